"""The station's end of a virtual probe's USB cable: real pyOCD, with CMSIS-DAP packets on a unix socket below it.

Ref: pyOCD 0.46 probe/pydapaccess/interface/pyusb_v2_backend.py, whose errors and pipelining this interface keeps, and
hidapi_backend.py for CMSIS-DAP v1.
"""

import socket
import struct
from collections.abc import Sequence
from pathlib import Path

from pyocd.probe.cmsis_dap_probe import CMSISDAPProbe
from pyocd.probe.pydapaccess.dap_access_api import DAPAccessIntf
from pyocd.probe.pydapaccess.dap_access_cmsis_dap import DAPAccessCMSISDAP
from pyocd.probe.pydapaccess.interface.interface import Interface

# Set aside for private testing by https://pid.codes/1209/0001/; DAPLink's own would make pyOCD look for a board id.
VENDOR_ID, PRODUCT_ID = 0x1209, 0x0001
LENGTH = struct.Struct("<H")
REPORT_SIZE = 64  # bytes, the reports of CMSIS-DAP v1 at full speed: USB 2.0 §5.7.3


class SocketInterface(Interface):
    """A bulk pipe: every packet goes out at once, and its response is read when pyOCD asks for it."""

    def __init__(self, path: Path, serial: str) -> None:
        super().__init__()
        self.vid, self.pid = VENDOR_ID, PRODUCT_ID
        self.vendor_name, self.product_name, self.serial_number = "Station", "bench probe", serial
        self._path = path
        self._socket: socket.socket | None = None

    @property
    def is_bulk(self) -> bool:
        """CMSIS-DAP v2."""
        return True

    def open(self) -> None:
        """Connect; raises DeviceError when the plug is out."""
        link = socket.socket(socket.AF_UNIX)
        try:
            link.settimeout(self.DEFAULT_USB_TIMEOUT_S)
            link.connect(str(self._path))
        except OSError as error:
            link.close()
            raise DAPAccessIntf.DeviceError(f"Probe {self.serial_number} not found") from error
        self._socket = link

    def close(self) -> None:
        """Hang up; the chip stays as it is."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def __del__(self) -> None:
        # pyOCD 0.46 does not always close the interface of a probe that failed.
        self.close()

    def write(self, data: Sequence[int]) -> None:
        """Send one packet without waiting for its response."""
        try:
            self._link().sendall(LENGTH.pack(len(data)) + bytes(data))
        except OSError as error:
            raise self._lost("write failed") from error

    def read(self) -> bytes:
        """The response to the oldest packet not yet answered."""
        (length,) = LENGTH.unpack(self._receive(LENGTH.size))
        return self._receive(length)

    def _link(self) -> socket.socket:
        if self._socket is None:
            raise DAPAccessIntf.DeviceError(f"Probe {self.serial_number} is not open")
        return self._socket

    def _receive(self, length: int) -> bytes:
        link, data = self._link(), b""
        while len(data) < length:
            try:
                piece = link.recv(length - len(data))
            except TimeoutError:
                raise DAPAccessIntf.DeviceError(f"Timeout reading from probe {self.serial_number}") from None
            except OSError as error:
                raise self._lost("read failed") from error
            if not piece:
                raise self._lost("read failed: it is gone")
            data += piece
        return data

    def _lost(self, what: str) -> Exception:
        # pyOCD does not close an interface that has failed, so a broken connection is dropped here.
        self.close()
        error: Exception = DAPAccessIntf.DeviceError(f"Probe {self.serial_number} {what}")
        return error


class ReportInterface(SocketInterface):
    """HID reports, which are always of full size."""

    @property
    def is_bulk(self) -> bool:
        """CMSIS-DAP v1."""
        return False

    def write(self, data: Sequence[int]) -> None:
        """Send one report."""
        super().write(bytes(data).ljust(REPORT_SIZE, b"\0"))


def probe_at(path: Path, serial: str, *, bulk: bool = True) -> CMSISDAPProbe:
    """The probe whose plug is at `path`, on bulk pipes or, as CMSIS-DAP v1, on HID reports; nothing is opened yet."""
    interface = SocketInterface(path, serial) if bulk else ReportInterface(path, serial)
    return CMSISDAPProbe(DAPAccessCMSISDAP(None, interface=interface))

"""The host's end of the bench's USB wire over TCP: a pyusb backend with one device, at place `1-1`.

One connection is one attachment. When it breaks, or an answer comes too late to belong to anything, the device has
left the bus, and the next look at the bus finds another one. A device that tells no device descriptor is shown with
zeros: its vendor requests can be asked all the same.
"""

import socket
import time
from collections.abc import Iterator

import usb.core

from station.bench.wires.usb import NEVER, Attached, WireUsb, ask_device, converse, is_stall, lost
from station.codec.control import SERVICE_LENGTH, VENDOR_IN, Setup
from station.codec.usb_descriptors import DeviceDescriptor

PLACE = "1-1"
CONNECT_MS = 2000
"""A design margin, not measured: who offers a device is on the same machine or the same desk."""

_VERSION = Setup(VENDOR_IN, 0x50, 0, 30, SERVICE_LENGTH)
"""The vendor request that asks for the version of Device OS, without a session."""

_TELLS_NOTHING = DeviceDescriptor(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


class TcpPipe:
    """One attachment; gone for good after the first transfer that was not answered as it should be."""

    def __init__(self, wire: socket.socket) -> None:
        self._wire: socket.socket | None = wire

    @property
    def gone(self) -> bool:
        """True once the device has left."""
        return self._wire is None

    def transfer(self, setup: bytes, out: bytes, timeout_ms: int) -> bytes:
        """One control transfer."""
        if self._wire is None:
            raise lost()
        try:
            return converse(self._wire, setup, out, time.monotonic() + (timeout_ms / 1000 or NEVER))
        except usb.core.USBError as error:
            if not is_stall(error):
                self.close()
            raise
        except OSError:
            self.close()
            raise lost() from None

    def close(self) -> None:
        """Leave."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None


class TcpUsb(WireUsb):
    """Whatever speaks the wire at this address; `close` hangs up."""

    def __init__(self, host: str, port: int) -> None:
        self._address = host, port
        self._attached: Attached | None = None
        self._pipe: TcpPipe | None = None
        self._attachments = 0
        self._asks_descriptor = True

    def enumerate_devices(self) -> Iterator[Attached]:
        """The device, if it is there."""
        if self._attached is None or self._pipe is None or self._pipe.gone:
            self._attached = self._attach()
        if self._attached is not None:
            yield self._attached

    def _attach(self) -> Attached | None:
        pipe = self._connect()
        descriptor = None
        if pipe is not None and self._asks_descriptor:
            try:
                descriptor = ask_device(pipe)
            except usb.core.USBError as error:
                # It is not there, or does not answer to its own name; then only what firmware answers is asked.
                pipe = self._connect()
                self._asks_descriptor = not (isinstance(error, usb.core.USBTimeoutError) or _answers(pipe))
                if self._asks_descriptor:
                    return None
        if pipe is None:
            return None
        self._pipe = pipe
        self._attachments += 1
        return Attached(pipe, 1, (1,), self._attachments % 127 + 1, descriptor or _TELLS_NOTHING)

    def _connect(self) -> TcpPipe | None:
        try:
            return TcpPipe(socket.create_connection(self._address, timeout=CONNECT_MS / 1000))
        except OSError:
            return None

    def close(self) -> None:
        """Hang up."""
        if self._pipe is not None:
            self._pipe.close()


def _answers(pipe: TcpPipe | None) -> bool:
    """Whether firmware is there: it tells its version, or refuses to."""
    if pipe is None:
        return False
    try:
        pipe.transfer(_VERSION.encode(), b"", CONNECT_MS)
    except usb.core.USBError as error:
        return is_stall(error)
    return True

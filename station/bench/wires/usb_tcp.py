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
from station.codec.usb_descriptors import DeviceDescriptor

PLACE = "1-1"
CONNECT_SECONDS = 2.0
"""A design margin, not measured: who offers a device is on the same machine or the same desk."""

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
        self.tells_descriptor = False
        """False while no device descriptor was told: ids and texts are not known then."""

    def enumerate_devices(self) -> Iterator[Attached]:
        """The device, if it is there."""
        if self._attached is None or self._pipe is None or self._pipe.gone:
            self._attached = self._attach()
        if self._attached is not None:
            yield self._attached

    def _attach(self) -> Attached | None:
        descriptor = None
        if self._asks_descriptor:
            pipe = self._connect()
            if pipe is None:
                return None
            try:
                descriptor = ask_device(pipe)
            except usb.core.USBTimeoutError:
                # It does not answer to its own name: from now on only what a unit's firmware answers is asked.
                self._asks_descriptor = False
                pipe = self._connect()
            except usb.core.USBError:
                return None
        else:
            pipe = self._connect()
        if pipe is None:
            return None
        self._pipe = pipe
        self.tells_descriptor = descriptor is not None
        self._attachments += 1
        return Attached(pipe, 1, (1,), self._attachments % 127 + 1, descriptor or _TELLS_NOTHING)

    def _connect(self) -> TcpPipe | None:
        try:
            return TcpPipe(socket.create_connection(self._address, timeout=CONNECT_SECONDS))
        except OSError:
            return None

    def close(self) -> None:
        """Hang up."""
        if self._pipe is not None:
            self._pipe.close()

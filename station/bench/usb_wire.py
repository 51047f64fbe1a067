"""The bench's USB wire: one unix stream socket per place in the topology, `<folder>/usb/<bus>-<port>.<port>.sock`.

`station bench --usb-wire PORT` offers one of them on TCP, in the same language (station/bench/usb_tcp.py).

A device is attached while its socket exists and accepts. Several hosts may be connected, or one with several
connections; transfers are done one after another. Each transfer is

    host    8 bytes     setup packet, as on USB (USB 2.0 §9.3), little-endian:
                        u8 bmRequestType, u8 bRequest, u16 wValue, u16 wIndex, u16 wLength
            wLength     bytes of data, only when bit 7 of bmRequestType is 0 (host to device)
    device  1 byte      1 when the device stalls, else 0
            2 bytes     u16 length, little-endian; 0 when it stalls and for host-to-device transfers
            length      bytes of data, never more than wLength

The device answers everything about itself by the standard requests: GET_DESCRIPTOR for device, configuration and
strings, SET_ADDRESS, SET_CONFIGURATION. Only endpoint 0 travels here. When a device leaves the bus, the socket goes
away and every connection is closed, in the middle of a transfer, too; coming back, it is a new attachment.
"""

import contextlib
import socket
import struct
import threading
import time
from pathlib import Path
from typing import Protocol

from station.codec.control import Setup
from station.codec.wire import NotUnderstood

SETUP_SIZE = 8
ANSWER = struct.Struct("<BH")


class Overflow(Exception):
    """The device sends more than it was asked for; nobody can use the connection after it."""


def ask(wire: socket.socket, setup: bytes, out: bytes, until: float) -> bytes | None:
    """The host's end of one transfer, over by `until` on time.monotonic's clock: the data, or None for a stall.

    Raises TimeoutError, another OSError when the device goes away, Overflow, NotUnderstood for an answer that is none.
    """
    (most,) = struct.unpack_from("<H", setup, 6)
    wire.settimeout(_left(until))
    wire.sendall(setup + out)
    stall, length = ANSWER.unpack(_all_of(wire, ANSWER.size, until))
    if stall > 1 or (stall and length):
        raise NotUnderstood(f"an answer that begins with {stall}")
    if length > (most if setup[0] & 0x80 else 0):
        raise Overflow(f"{length} bytes where {most if setup[0] & 0x80 else 0} were asked for")
    data = _all_of(wire, length, until)
    return None if stall else data


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _all_of(wire: socket.socket, size: int, until: float) -> bytes:
    data = bytearray()
    while len(data) < size:
        wire.settimeout(_left(until))
        more = wire.recv(size - len(data))
        if not more:
            raise ConnectionResetError("the device went away")
        data += more
    return bytes(data)


class Device(Protocol):
    """What is behind the wire."""

    def transfer(self, setup: Setup, data: bytes) -> bytes | None:
        """Do one transfer: the data for the host, or None to stall."""
        ...


class Attachment:
    """One device on the bus, from here until `detach`; `lock` is held around each of its transfers."""

    def __init__(self, path: Path, device: Device, lock: threading.RLock) -> None:
        self._path, self._device, self._lock = path, device, lock
        self._hosts: set[socket.socket] = set()
        self._gone = False
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen(16)
        threading.Thread(target=self._accept, name=f"usb {path.stem}", daemon=True).start()

    def detach(self) -> None:
        """Leave the bus, at once; callable from within a transfer."""
        if self._gone:
            return
        self._gone = True
        self._path.unlink(missing_ok=True)
        for end in (self._listener, *list(self._hosts)):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with self._listener:
            while not self._gone:
                try:
                    host, _ = self._listener.accept()
                except OSError:
                    return
                threading.Thread(target=self._converse, args=(host,), name="usb transfers", daemon=True).start()

    def _converse(self, host: socket.socket) -> None:
        with host, contextlib.suppress(OSError):
            self._hosts.add(host)
            try:
                while not self._gone and (answer := self._transfer(host)) is not None:
                    host.sendall(answer)
            finally:
                self._hosts.discard(host)

    def _transfer(self, host: socket.socket) -> bytes | None:
        """The answer to the next transfer; None when the host or the device has gone."""
        head = exactly(host, SETUP_SIZE)
        if head is None:
            return None
        setup = Setup.decode(head)
        data = b"" if setup.request_type & 0x80 else exactly(host, setup.length)
        if data is None:
            return None
        with self._lock:
            if self._gone:
                return None
            answer = self._device.transfer(setup, data)
        if answer is None:
            return ANSWER.pack(1, 0)
        if not setup.request_type & 0x80:
            answer = b""
        return ANSWER.pack(0, len(answer)) + answer


def exactly(host: socket.socket, size: int) -> bytes | None:
    """So many bytes, or None when the other end hangs up before."""
    data = b""
    while len(data) < size:
        more = host.recv(size - len(data))
        if not more:
            return None
        data += more
    return data

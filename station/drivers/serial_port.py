"""A serial device node that is read in bulk and never waited on for ever; the only door to pyserial.

`readline` costs a system call per byte, and write or close can hang when the far end does not read
(pyserial #163, #226): every write here has a time-out, and what waits is read at once, from the node that pyserial
opened and set up. `station bench serial` measures it.
"""

import os
import select
import termios
import time
from pathlib import Path

import serial
import serial.tools.list_ports

from station.domain.offline import FORBIDDEN_RATES

WRITE_TIMEOUT = 1.0
"""Seconds; a device that does not take 100 bytes in that time is gone."""

WAIT = 0.02
"""Seconds one look at the port may wait for the first byte."""

AT_ONCE = 65536
"""Bytes one read takes at most; a pseudo-terminal holds 4096, a USB serial port's buffer as much."""

GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL


class PortLost(OSError):
    """The device node is gone, or does not take what is written."""


class SerialPort:
    """One open device node. Raises PortLost from every method but `close` and `alive`."""

    def __init__(self, path: Path, rate: int, patience: float = 0.0, lasting: bool = False) -> None:
        """`patience`, in seconds, is for a node that is still in somebody's hand.

        `lasting`: the modem lines stay as they are when the port is closed, so that what starts over whenever its port
        is opened does so at the first time only.
        """
        if rate in FORBIDDEN_RATES:
            raise ValueError(f"{rate} baud is a command to a Particle unit, not a rate to talk at")
        self._port = _open(path, rate, patience)
        self._node: int = self._port.fileno()
        if lasting:
            self._keep_lines()
        self._poll = select.poll()
        self._poll.register(self._node, select.POLLIN)

    def _keep_lines(self) -> None:
        """No HUPCL (termios(3)): DTR is not dropped at the last close."""
        try:
            settings = termios.tcgetattr(self._node)
            settings[2] &= ~termios.HUPCL
            termios.tcsetattr(self._node, termios.TCSANOW, settings)
        except termios.error as error:
            raise PortLost(f"{self._port.port}: {error}") from error

    def drop_input(self) -> None:
        """Forget what came in so far."""
        try:
            self._port.reset_input_buffer()
        except (serial.SerialException, OSError, termios.error) as error:
            raise PortLost(f"{self._port.port}: {error}") from error

    def write(self, data: bytes) -> None:
        """Send all of `data`, within WRITE_TIMEOUT."""
        try:
            sent = self._send(data)
            if sent < len(data):
                self._port.write(data[sent:])
        except (serial.SerialException, OSError, TypeError) as error:
            raise PortLost(f"{self._port.port}: {error}") from error

    def _send(self, data: bytes) -> int:
        """As much as the node takes at once, which is all of a question; the node never blocks."""
        try:
            return os.write(self._node, data)
        except BlockingIOError:
            return 0

    def read(self, within: float = WAIT) -> bytes:
        """What waits, or the first that comes within so many seconds; empty when nothing does."""
        try:
            if not self._poll.poll(within * 1000):
                return b""
            data = os.read(self._node, AT_ONCE)
        except BlockingIOError:
            return b""
        except (OSError, TypeError) as error:
            raise PortLost(f"{self._port.port}: {error}") from error
        if not data:
            raise PortLost(f"{self._port.port}: the device has hung up")
        return data

    def alive(self) -> bool:
        """False once the device behind the node has gone, also when nothing was read or written meanwhile."""
        return not any(events & GONE for _, events in self._poll.poll(0))

    def close(self) -> None:
        """Let go of the node."""
        try:
            self._port.cancel_write()
            self._port.close()
        except (serial.SerialException, OSError):
            pass


def _open(path: Path, rate: int, patience: float) -> serial.Serial:
    """Try until the patience, in seconds, is over: a node that has just appeared may still be in somebody's hand."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return serial.Serial(str(path), rate, timeout=0, write_timeout=WRITE_TIMEOUT, exclusive=True)
        except (serial.SerialException, OSError) as error:
            if time.monotonic() >= deadline:
                raise PortLost(f"{path} cannot be opened: {error}") from error
            time.sleep(0.1)


def tty_at(place: str) -> Path | None:
    """The serial device node of the USB device at `place` (bus-port.port…), by topology and never by name."""
    for port in serial.tools.list_ports.comports():
        if port.location is not None and port.location.split(":")[0] == place:
            return Path(port.device)
    return None


def ports() -> list[tuple[str, str]]:
    """Serial ports of this machine: device node, and what is behind it."""
    return [
        (port.device, f"{port.description} at {port.location or 'no USB place'}")
        for port in serial.tools.list_ports.comports()
    ]


def readline_rate(path: Path, rate: int, size: int) -> float:
    """Bytes per second of pyserial's own `readline` over `size` bytes: what this driver is measured against."""
    with serial.Serial(str(path), rate, timeout=5.0, exclusive=True) as port:
        done = first = len(port.readline())
        began = time.perf_counter()
        while done < size:
            done += len(port.readline())
        return (done - first) / (time.perf_counter() - began)

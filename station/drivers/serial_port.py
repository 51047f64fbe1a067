"""A serial device node that is read in bulk and never waited on for ever; the only door to pyserial.

`readline` costs a system call per byte, and write or close can hang when the far end does not read
(pyserial #163, #226): every write here has a time-out, and what waits is read at once.
"""

import time
from pathlib import Path

import serial
import serial.tools.list_ports

from station.domain.offline import FORBIDDEN_RATES

WRITE_TIMEOUT = 1.0
"""Seconds; a device that does not take 100 bytes in that time is gone."""

WAIT = 0.02
"""Seconds one look at the port may wait for the first byte."""


class PortLost(OSError):
    """The device node is gone, or does not take what is written."""


class SerialPort:
    """One open device node. Raises PortLost from every method but `close`."""

    def __init__(self, path: Path, rate: int, patience: float = 0.0) -> None:
        if rate in FORBIDDEN_RATES:
            raise ValueError(f"{rate} baud is a command to a Particle unit, not a rate to talk at")
        deadline = time.monotonic() + patience
        while True:
            try:
                self._port = serial.Serial(str(path), rate, timeout=WAIT, write_timeout=WRITE_TIMEOUT, exclusive=True)
                return
            except (serial.SerialException, OSError) as error:
                if time.monotonic() >= deadline:
                    raise PortLost(f"{path} cannot be opened: {error}") from error
                time.sleep(0.1)

    def drop_input(self) -> None:
        """Forget what came in so far."""
        try:
            self._port.reset_input_buffer()
        except (serial.SerialException, OSError) as error:
            raise PortLost(f"{self._port.port}: {error}") from error

    def write(self, data: bytes) -> None:
        """Send all of `data`."""
        try:
            self._port.write(data)
        except (serial.SerialException, OSError) as error:
            raise PortLost(f"{self._port.port}: {error}") from error

    def read(self) -> bytes:
        """What waits, or what comes within WAIT; empty when nothing does."""
        try:
            first: bytes = self._port.read(1)
            return first + self._port.read(self._port.in_waiting) if first else b""
        except (serial.SerialException, OSError, TypeError) as error:
            raise PortLost(f"{self._port.port}: {error}") from error

    def close(self) -> None:
        """Let go of the node."""
        try:
            self._port.cancel_write()
            self._port.close()
        except (serial.SerialException, OSError):
            pass


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

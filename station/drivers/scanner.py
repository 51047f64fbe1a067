"""A scanner on a serial port: codes as lines, ended by CR, LF or both.

Never checked on hardware.
"""

import time
from pathlib import Path

from station.codec import label
from station.domain.faults import LabelRefused
from station.drivers.serial_port import SerialPort
from station.ports import Scan

RATE = 115200
"""Baud; USB-serial imagers take any."""

LONGEST = 256
"""Bytes of one code that are kept; no label of a unit has more than 100."""


FLOOD = 4096
"""Bytes without an end that are kept; what follows them is not a code."""


class SerialScanner:
    """Implements ports.Scanner. The text of a label, which may hold a secret, never leaves this object."""

    def __init__(self, path: Path, patience: float = 0.0) -> None:
        self._port = SerialPort(path, RATE, patience)
        self._held = bytearray()

    def read(self, within: float) -> Scan | None:
        """Raises PortLost."""
        deadline = time.monotonic() + within
        while True:
            line = self._line()
            if line is not None:
                return parse_scan(line.decode("latin-1"))
            if time.monotonic() >= deadline:
                return None
            self._take(self._port.read())

    def _take(self, data: bytes) -> None:
        self._held += data[: max(0, FLOOD - len(self._held))]

    def _line(self) -> bytes | None:
        while True:
            ends = [at for at in (self._held.find(b"\r"), self._held.find(b"\n")) if at >= 0]
            if not ends:
                return None
            line = bytes(self._held[: min(ends)])
            del self._held[: min(ends) + 1]
            if line:
                return line[:LONGEST]

    def close(self) -> None:
        self._port.close()


def parse_scan(text: str) -> Scan:
    """The label, or its refusal: code, sentence, number of characters; the text itself is dropped here."""
    try:
        return label.parse(text)
    except LabelRefused as fault:
        return ("refused", fault.code, str(fault), len(text))

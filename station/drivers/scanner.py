"""A scanner on a serial port: codes ended by CR, LF or ETX; some wait to be told whether the station took them.

Never checked on hardware.
"""

import time
from collections import deque
from collections.abc import Collection
from pathlib import Path
from typing import Literal

from station.codec.frames import SerialFramer
from station.codec.scan import scan_of
from station.domain.scan import Scan, Symbology
from station.drivers.serial_port import SerialPort

RATE = 115200
"""Baud; USB-serial imagers take any."""

HostAck = Literal["none", "honeywell"]

GOOD, BAD = b"\x1b7,", b"\x1b8,"
"""Host ACK: the scanner is silent and reads nothing until it is told to beep or to razz, at most 10 s (Honeywell,
Xenon XP User Guide, Host ACK)."""


class SerialScanner:
    """Implements ports.Scanner. The text of a label, which may hold a secret, never leaves this object."""

    def __init__(
        self,
        path: Path,
        patience: float = 0.0,
        *,
        name: str = "",
        rate: int = RATE,
        host_ack: HostAck = "none",
        symbologies: Collection[Symbology] = (),
    ) -> None:
        self._port = SerialPort(path, rate, patience)
        self._framer = SerialFramer(name)
        self._host_ack = host_ack
        self._symbologies = symbologies
        self._ready: deque[Scan] = deque()

    def read(self, within: float) -> Scan | None:
        """Raises PortLost."""
        deadline = time.monotonic() + within
        while not self._ready:
            data, now = self._port.read(), time.monotonic()
            # Silence counts only while nothing waits: a PC that was busy finds the rest of a scan in its buffer.
            framed = self._framer.feed(data, now) if data else self._framer.idle(now)
            self._ready += [scan_of(one, self._symbologies) for one in framed]
            if now >= deadline:
                break
        return self._ready.popleft() if self._ready else None

    def judged(self, accepted: bool) -> None:
        """Beep or razz, on a scanner that waits for it. Raises PortLost."""
        if self._host_ack == "honeywell":
            self._port.write(GOOD if accepted else BAD)

    def close(self) -> None:
        self._port.close()

"""The virtual scanners: one types bytes on a serial port, one types keys; and what may go wrong while they read.

The key wedge sits behind a serial device node that carries what a keyboard's event device would: key events with
their times (linux/input.h). The station's driver opens either node as it opens iron's.
"""

import contextlib
import os
import select
import threading
import time
import tty
from pathlib import Path
from typing import Literal, get_args

from station.bench.serial_pty import open_pair, point
from station.codec.key_events import press
from station.codec.keyboards import LAYOUTS

HOST_SECONDS = 10.0
"""How long whoever scans waits for a station that listens; on iron, for its beep."""

SETTLED_SECONDS = 0.1
"""A host that has just opened a serial port drops what came in before (pyserial 3.5, serialposix.py, open)."""

TWICE_SECONDS = 0.2
"""Between two reads of the same code by a trigger that is held; scanners do 5 to 20 a second."""

KEY_SECONDS = 0.008
"""Between two keys of a wedge (bitsnpixels.dev: 7 to 8 ms)."""

SLOW_SECONDS = 0.06
"""The same of a slow one (ofstack: 15 to 60 ms); and between two bytes on a serial port, less than any time-out."""

Manner = Literal["well", "framed", "cut", "double", "together", "slow", "french", "caps_lock"]
MANNERS: tuple[Manner, ...] = get_args(Manner)
"""Well; between STX and ETX; half of it without an end; twice; two codes as one; slowly; by a scanner that is set to a
French keyboard; with Caps Lock on. Of the last two, only a scanner that types keys can be."""

Beep = Literal["good", "razz"]
_BEEPS: dict[bytes, Beep] = {b"\x1b7": "good", b"\x1b8": "razz"}


class _Node:
    """A device node that a host opens, reached by a symbolic link."""

    def __init__(self, link: Path) -> None:
        self._link = link
        self._master, host_end = open_pair()
        tty.setraw(host_end)
        self._name = os.ttyname(host_end)
        os.close(host_end)  # so that the master hangs up whenever no host has the port open
        os.set_blocking(self._master, False)
        self._open_since: float | None = None
        point(link, self._name)

    def await_host(self) -> None:
        """Return once a host has had the node open for a moment, or never came."""
        deadline = time.monotonic() + HOST_SECONDS
        self._open_since = None  # another host may have come since the last code
        while not self._heard() and time.monotonic() < deadline:
            time.sleep(0.01)

    def write(self, data: bytes) -> None:
        """Type; without a host it is lost."""
        with contextlib.suppress(OSError):
            os.write(self._master, data)

    def read(self) -> bytes:
        """What the host has sent since."""
        with contextlib.suppress(OSError):
            return os.read(self._master, 4096)
        return b""

    def _heard(self) -> bool:
        """Whether a host listens and has dropped what it drops on opening."""
        poll = select.poll()
        poll.register(self._master, 0)
        now = time.monotonic()
        if any(events & select.POLLHUP for _, events in poll.poll(0)):
            self._open_since = None
        elif self._open_since is None:
            self._open_since = now
        return self._open_since is not None and now - self._open_since >= SETTLED_SECONDS

    def close(self) -> None:
        """Hang up."""
        self._link.unlink(missing_ok=True)
        os.close(self._master)


class Scanner:
    """A scanner on a serial port, as an imager is out of its box: the code, then CR."""

    def __init__(self, link: Path) -> None:
        self._node = _Node(link)
        self._reading = threading.Lock()
        self._told = b""

    def scan(self, text: str, manner: Manner = "well") -> None:
        """Read this code. Raises ValueError for a manner that only a scanner that types keys has."""
        code = text.encode("utf-8")
        with self._reading:
            self._node.await_host()
            match manner:
                case "well":
                    self._node.write(code + b"\r")
                case "framed":
                    self._node.write(b"\x02" + code + b"\x03")
                case "cut":
                    self._node.write(code[: len(code) // 2])
                case "double":
                    self._node.write(code + b"\r")
                    time.sleep(TWICE_SECONDS)
                    self._node.write(code + b"\r")
                case "together":
                    self._node.write(code + code + b"\r")
                case "slow":
                    for one in (*code, 0x0D):
                        self._node.write(bytes([one]))
                        time.sleep(SLOW_SECONDS)
                case _:
                    raise ValueError(f"a serial scanner types no keys, so nothing can be {manner} about it")

    def beeps(self) -> list[Beep]:
        """What the host had it beep so far, oldest first (Honeywell, Host ACK: each command ends in a comma)."""
        self._told += self._node.read()
        return [_BEEPS[one] for one in self._told.split(b",") if one in _BEEPS]

    def close(self) -> None:
        """Hang up."""
        self._node.close()


class Wedge:
    """A scanner that types like a US keyboard, at a scanner's pace."""

    def __init__(self, link: Path) -> None:
        self._node = _Node(link)
        self._reading = threading.Lock()

    def scan(self, text: str, manner: Manner = "well") -> None:
        """Read this code; its keys carry the times at which they would have been pressed."""
        with self._reading:
            self._node.await_host()
            match manner:
                case "well" | "framed":
                    self._type(f"{text}\r")
                case "cut":
                    self._type(text[: len(text) // 2])
                case "double":
                    self._type(f"{text}\r")
                    time.sleep(TWICE_SECONDS)
                    self._type(f"{text}\r")
                case "together":
                    self._type(f"{text}{text}\r")
                case "slow":
                    self._type(f"{text}\r", SLOW_SECONDS)
                case "french":
                    self._type(f"{LAYOUTS[2].damage(text)}\r")
                case "caps_lock":
                    self._type(f"{text.swapcase()}\r")

    def _type(self, text: str, gap: float = KEY_SECONDS) -> None:
        now = time.monotonic()
        for number, one in enumerate(text):
            self._node.write(press(one, now + number * gap))

    def beeps(self) -> list[Beep]:
        """A wedge is told nothing."""
        return []

    def close(self) -> None:
        """Hang up."""
        self._node.close()

"""The virtual scanner: types what it reads, and CR, as a serial imager does out of its box."""

import contextlib
import os
import select
import time
import tty
from pathlib import Path

from station.bench.serial_pty import point

HOST_SECONDS = 10.0
"""How long whoever scans waits for a station that listens; on iron, for its beep."""

SETTLED_SECONDS = 0.1
"""A host that has just opened a serial port drops what came in before (pyserial 3.5, serialposix.py, open)."""


class Scanner:
    """A scanner on its serial port; what the host sends to it is ignored. Used by one thread at a time."""

    def __init__(self, link: Path) -> None:
        self._link = link
        self._master, host_end = os.openpty()
        tty.setraw(host_end)
        self._name = os.ttyname(host_end)
        os.close(host_end)  # so that the master hangs up whenever no host has the port open
        os.set_blocking(self._master, False)
        self._open_since: float | None = None
        point(link, self._name)

    def scan(self, text: str) -> None:
        """Read this code, once a host has had the port open for a moment; without a host it is lost in the end."""
        deadline = time.monotonic() + HOST_SECONDS
        self._open_since = None  # another host may have come since the last code
        while not self._heard() and time.monotonic() < deadline:
            time.sleep(0.01)
        with contextlib.suppress(OSError):
            os.write(self._master, text.encode("utf-8") + b"\r")

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

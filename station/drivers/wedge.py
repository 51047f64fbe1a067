"""A scanner that types like a keyboard, read at the kernel's event device: no window has to have the focus.

It is taken for this station alone, so that a label's secret is typed into nothing else. Never checked on hardware.
"""

import errno
import fcntl
import os
import select
import struct
import time
from collections import deque
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from station.codec.frames import Framed, WedgeFramer
from station.codec.key_events import KeyReader
from station.codec.scan import scan_of
from station.domain.scan import Scan, Symbology

EVIOCGRAB = 0x40044590
"""_IOW('E', 0x90, int): events go to this reader and to nobody else (linux/input.h)."""

EVIOCSCLOCKID = 0x400445A0
"""_IOW('E', 0xa0, int): which clock stamps the events (linux/input.h)."""

LOOK = 0.05
"""Seconds one look at the device may wait for the first event."""

CHUNK = 24 * 64
"""Bytes of one read: 64 events."""


class KeyWedge:
    """Implements ports.Scanner. Raises OSError where the device cannot be opened, or is another's."""

    def __init__(self, path: Path, *, name: str = "", symbologies: Collection[Symbology] = ()) -> None:
        self._device = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        try:
            self._take()
        except BaseException:
            os.close(self._device)
            raise
        self._keys = KeyReader()
        self._framer = WedgeFramer(name, persons=False)
        self._symbologies = symbologies
        self._ready: deque[Scan] = deque()

    def _take(self) -> None:
        for request, argument in ((EVIOCSCLOCKID, struct.pack("@i", time.CLOCK_MONOTONIC)), (EVIOCGRAB, 1)):
            try:
                fcntl.ioctl(self._device, request, argument)
            except OSError as why:
                # What knows no such request is no keyboard of the kernel's: nobody else listens to it.
                if why.errno not in (errno.ENOTTY, errno.EINVAL):
                    raise

    def read(self, within: float) -> Scan | None:
        """Raises OSError when the device is gone."""
        deadline = time.monotonic() + within
        while not self._ready:
            data = self._look()
            if data:
                for character, at in self._keys.feed(data):
                    self._take_in(self._framer.key(character, at))
            else:
                self._take_in(self._framer.idle(time.monotonic()))
            if time.monotonic() >= deadline:
                break
        return self._ready.popleft() if self._ready else None

    def _look(self) -> bytes:
        ready, _, _ = select.select([self._device], [], [], LOOK)
        if not ready:
            return b""
        with suppress(BlockingIOError):
            data = os.read(self._device, CHUNK)
            if not data:
                raise OSError(errno.ENODEV, "the scanner is gone")
            return data
        return b""

    def _take_in(self, framed: list[Framed]) -> None:
        self._ready += [scan_of(one, self._symbologies) for one in framed]

    def judged(self, accepted: bool) -> None:
        """A wedge cannot be told."""

    def close(self) -> None:
        """Let go of the device."""
        with suppress(OSError):
            os.close(self._device)

"""A thread a scanner: reads it, hands each scan to the core, and tells the scanner what the station made of it."""

import queue
import threading
from collections.abc import Callable
from typing import Protocol

from station.domain.faults import Fault, ScannerLost
from station.domain.scan import Scan
from station.ports import Scanner

LOOK = 0.2
"""Seconds of one look at the scanner, after which the thread sees whether it shall end."""

AGAIN = 1.0
"""Seconds between two tries to find a scanner that is gone."""

JUDGED_WITHIN = 5.0
"""Seconds for the core to say what it made of a scan; a scanner that waits to be told gives up after 10 (Honeywell)."""

Judged = Callable[[bool], None]
"""Called in the core thread with whether a scan was taken; returns at once."""


class Take(Protocol):
    """The core's ear for scans."""

    def __call__(self, scan: Scan, source: str = "", judged: Judged | None = None) -> None: ...


class ScanDesk:
    """One scanner, from `start` to `close`; one that is gone is told of once, and looked for again."""

    def __init__(
        self, name: str, open_scanner: Callable[[], Scanner], take: Take, on_lost: Callable[[Fault], None]
    ) -> None:
        self.name = name
        self._open = open_scanner
        self._take = take
        self._on_lost = on_lost
        self._scanner: Scanner | None = None
        self._lost = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name=f"scanner {name}", daemon=True)

    @property
    def there(self) -> bool:
        """Whether the scanner is open; may be asked from any thread."""
        return self._scanner is not None

    def start(self) -> None:
        """Open the scanner now, where it is there, so that a scan is heard before any nest says that it is ready."""
        self._find()
        self._thread.start()

    def close(self) -> None:
        """Let go of the scanner."""
        self._stop.set()
        self._thread.join(timeout=2.0)

    def _work(self) -> None:
        while not self._stop.is_set():
            if self._scanner is None and not self._find():
                self._stop.wait(AGAIN)
                continue
            self._read()
        self._let_go()

    def _find(self) -> bool:
        try:
            self._scanner = self._open()
        except OSError as why:
            if not self._lost:
                self._lost = True
                self._on_lost(ScannerLost(f"{self.name} is not there: {why}"))
            return False
        self._lost = False
        return True

    def _read(self) -> None:
        scanner = self._scanner
        if scanner is None:
            return
        try:
            scan = scanner.read(LOOK)
            if scan is not None:
                scanner.judged(self._judged(scan))
        except OSError:
            self._let_go()

    def _judged(self, scan: Scan) -> bool:
        """What the core made of it; no, when it says nothing in time."""
        answer: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._take(scan, self.name, answer.put)
        try:
            return answer.get(timeout=JUDGED_WITHIN)
        except queue.Empty:
            return False

    def _let_go(self) -> None:
        if self._scanner is not None:
            self._scanner.close()
            self._scanner = None

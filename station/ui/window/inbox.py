"""From the core's thread to the window's: nothing waits, nothing is lost, and a flood cannot freeze the page."""

import time
from collections import deque

from PySide6.QtCore import QObject, Qt, Signal

from station.engine.bus import Heard

AT_ONCE = 200
"""What is taken in before keys and paint have their turn again: about 2 ms of folding on a slow PC."""


class Inbox(QObject):
    """`put` from any thread; `arrived` gives (what was heard, when) in the thread of the window.

    Times are µs since 1970 UTC. However many are put, at most one wake-up is queued in Qt.
    """

    arrived = Signal(object)
    _wake = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: deque[tuple[Heard, int]] = deque()
        self._woken = False
        self._wake.connect(self._drain, Qt.ConnectionType.QueuedConnection)

    def put(self, heard: Heard) -> None:
        """Hand something over; returns at once."""
        self._waiting.append((heard, time.time_ns() // 1000))
        if not self._woken:
            self._woken = True
            self._wake.emit()

    def _drain(self) -> None:
        # First this, then the look: what is put in between wakes once more, which costs nothing.
        self._woken = False
        batch: list[tuple[Heard, int]] = []
        while self._waiting and len(batch) < AT_ONCE:
            batch.append(self._waiting.popleft())
        if self._waiting:
            self._woken = True
            self._wake.emit()
        if batch:
            self.arrived.emit(batch)

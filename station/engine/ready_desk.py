"""The thread that looks at the station now and then."""

import threading
from collections.abc import Callable

from station.domain.ready import Item

EVERY = 5.0
"""Seconds between two looks: soon enough for a plug that came out, and no load."""


class ReadyDesk:
    """`look` is called in this thread and takes its time; `tell` gets what it found."""

    def __init__(
        self, look: Callable[[], list[Item]], tell: Callable[[list[Item]], None], every: float = EVERY
    ) -> None:
        self._look, self._tell, self._every = look, tell, every
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="station check", daemon=True)

    def start(self) -> None:
        """Look now, and from time to time."""
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._stop.set()
        self._thread.join(timeout=2.0)

    def _work(self) -> None:
        while not self._stop.is_set():
            self._tell(self._look())
            self._stop.wait(self._every)

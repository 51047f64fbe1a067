"""The station's clock on the bench: what is only waited for is skipped."""

import time
from pathlib import Path

from station.bench.client import Bench


class BenchClock:
    """Implements ports.Clock. A sleep moves the nest's virtual time on, and `now` by as much.

    With the bench paced to the wall a sleep takes as long as it says; as fast as it goes, it takes no time at all.
    """

    def __init__(self, folder: Path, nest: int) -> None:
        self._bench = Bench.join(folder)
        self._nest = nest
        self._skipped = 0.0

    def close(self) -> None:
        """Hang up."""
        self._bench.close()

    def now(self) -> float:
        return time.monotonic() + self._skipped

    def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return
        began = time.monotonic()
        self._bench.advance(self._nest, seconds)
        self._skipped += max(0.0, seconds - (time.monotonic() - began))

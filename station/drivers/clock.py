"""The station's own clock."""

import time


class WallClock:
    """Implements ports.Clock with the machine's monotonic clock."""

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

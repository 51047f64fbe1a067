"""Virtual time of one board: everything that takes time on iron advances it."""

import heapq
import threading
import time
from collections.abc import Callable
from itertools import count

# A paced clock sleeps in pieces of at least this: shorter sleeps cost more than they wait.
SLEEP_GRAIN_NS = 2_000_000  # measured: time.sleep() overshoots by 80 to 190 us, 5th to 95th percentile of 300


class VirtualClock:
    """Microseconds since the board was built, as an integer; kept in nanoseconds, so that 5.75 us is exact.

    `pace=None` runs as fast as the processor goes and stands still while nobody advances it.
    `pace=1.0` follows real time (2.0: twice as fast): it sleeps when it is ahead and catches up when it is behind.
    With `skips=False` a clock that is not paced does not jump to what somebody polls for: each question takes its time.

    Callable from any thread. What is due runs in the thread that advances the clock, with no lock of the clock held;
    whoever advances the clock of a board holds that board's lock.

    >>> clock = VirtualClock()
    >>> clock.call_at(1_000, lambda: print("booted at", clock.now))  # doctest: +ELLIPSIS
    <...>
    >>> clock.advance(5_000)
    booted at 1000
    >>> clock.now
    5000
    """

    def __init__(self, pace: float | None = None, *, skips: bool = True) -> None:
        self.pace, self._skips = pace, skips
        self._ns = 0
        self._started_ns = time.monotonic_ns()
        self._lock = threading.Lock()
        self._order = count()
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._cancelled: set[int] = set()

    @property
    def now(self) -> int:
        """Microseconds, rounded down."""
        return self._ns // 1000

    def advance(self, us: float) -> None:
        """Let `us` microseconds pass; `advance(0)` lets a paced clock catch up with real time."""
        self._run_to(self._ns + round(us * 1000))
        if self.pace is not None:
            self._keep_pace(self.pace)

    def skip_to(self, us: int) -> None:
        """Go straight to `us` where time may be skipped: what only waits for that moment need not poll for it."""
        if self.pace is None and self._skips:
            self._run_to(us * 1000)

    def call_at(self, us: int, fn: Callable[[], None]) -> Callable[[], None]:
        """Have `fn` called when the clock reaches `us`; calling what this returns forgets it."""
        with self._lock:
            key = next(self._order)
            heapq.heappush(self._due, (us * 1000, key, fn))
        return lambda: self._forget(key)

    def _forget(self, key: int) -> None:
        with self._lock:
            if any(key == queued for _, queued, _ in self._due):
                self._cancelled.add(key)

    def _run_to(self, target_ns: int) -> None:
        """Move to `target_ns`; each call that is due sees the clock at its own moment."""
        while self._due:
            with self._lock:
                if not self._due or self._due[0][0] > target_ns:
                    break
                at_ns, key, fn = heapq.heappop(self._due)
                self._ns = max(self._ns, at_ns)
                if key in self._cancelled:
                    self._cancelled.discard(key)
                    continue
            fn()
        with self._lock:
            self._ns = max(self._ns, target_ns)

    def _keep_pace(self, pace: float) -> None:
        real_ns = round((time.monotonic_ns() - self._started_ns) * pace)
        ahead_ns = self._ns - real_ns
        if ahead_ns < 0:
            self._run_to(real_ns)
        elif ahead_ns / pace >= SLEEP_GRAIN_NS:
            time.sleep(ahead_ns / pace / 1e9)

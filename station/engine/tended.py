"""One nest for a verb that works without a line: switched like any other, its fixture's watchdog fed meanwhile."""

import math
import queue
from types import TracebackType
from typing import Self

from station.domain.faults import Fault
from station.engine.fixture_desk import FixtureDesk, Request, What
from station.ports import Clock, Fixture


def _nobody(*_: object) -> None:
    """Nobody watches a lid here, and a controller that is lost shows at the next switch."""


class Tended:
    """Implements ports.Power. Use it in a `with`: in the end reset is held and the power is off, or a fault tells."""

    def __init__(self, fixture: Fixture, nest: int, clock: Clock) -> None:
        self._nest, self._clock = nest, clock
        self._on_since: float | None = None
        self._done: queue.SimpleQueue[Fault | None] = queue.SimpleQueue()
        # A verb may work for a minute without a word: it is alive as long as its process is.
        self._desk = FixtureDesk(fixture, on_seen=_nobody, on_lost=_nobody, hangs=math.inf)
        self._desk.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None) -> None:
        try:
            self.make_safe()
        finally:
            self._desk.close()

    def set_power(self, on: bool) -> None:
        self._ask("power", on)
        self._on_since = self._clock.now() if on else None

    def set_reset(self, held: bool) -> None:
        self._ask("reset", held)

    def seconds_powered(self) -> float:
        return 0.0 if self._on_since is None else self._clock.now() - self._on_since

    def make_safe(self) -> None:
        """Hold reset, then cut the power, and see both. Raises FixtureSilent, FixtureRefused."""
        self._ask("safe", True)

    def _ask(self, what: What, on: bool) -> None:
        self._desk.ask(Request(self._nest, what, on, self._done.put))
        fault = self._done.get()
        if fault is not None:
            raise fault

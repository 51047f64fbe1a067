"""Which nest's question a scan answers: the one that the band asks. It is asked alone until it is over."""

from collections.abc import Callable, Mapping

from station.engine.bus import Bus, Turned
from station.engine.nest import Nest


class Questions:
    """Everything here runs in the core thread; `nest` is the one that is asked, `since` when that could be read."""

    def __init__(self, nests: Mapping[int, Nest], now: Callable[[], float], bus: Bus) -> None:
        self._nests, self._now, self._bus = nests, now, bus
        self.nest: Nest | None = None
        self.since = 0.0
        self._asks: object = None

    def look(self) -> None:
        """A nest has moved: where the question that was asked is over, the one that waits longest comes next."""
        if self.nest is not None and self.nest.question is not None and self.nest.question is self._asks:
            return
        asking = [one for one in self._nests.values() if one.question is not None]
        self._turn(min(asking, key=lambda one: (one.asked_at, one.number), default=None), named=False)

    def turn(self, nest: Nest) -> None:
        """Somebody named a nest that asks."""
        if nest is not self.nest:
            self._turn(nest, named=True)

    def _turn(self, nest: Nest | None, *, named: bool) -> None:
        if nest is None and self.nest is None:
            return
        self.nest, self._asks = nest, None if nest is None else nest.question
        # Who reads the band has to read it anew.
        self.since = self._now()
        self._bus.publish(Turned(None if nest is None else nest.number, named=named))

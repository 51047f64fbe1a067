"""What moves of lids and units mean to the nests, and how they stood before; only the table decides what follows."""

from collections.abc import Mapping
from typing import Protocol

from station.domain.nest import On, State, found, lid_moved
from station.domain.record import Record
from station.domain.standing import Standing
from station.engine.bus import Bus, Found
from station.engine.nest import Nest, Taken


class Floor(Protocol):
    """What the core does with its nests."""

    def move(self, nest: Nest, on: On, why: str = "", by: str = "") -> bool:
        """Move a nest by the table; False when the table has no such row and nothing changed."""
        ...


class Lids:
    """Everything here runs in the core thread; `before` is the run that each nest had when the station started."""

    def __init__(self, floor: Floor, nests: Mapping[int, Nest], before: Mapping[int, Record], bus: Bus) -> None:
        self._floor, self._nests, self._before, self._bus = floor, nests, dict(before), bus

    def seen(self, number: int, closed: bool, seated: bool | None, already: bool) -> None:
        """How a nest stands now, which differs from before; `already` where it stood so at the first look.

        `seated` is None where the fixture cannot tell.
        """
        nest, before = self._nests.get(number), self._before.pop(number, None)
        if nest is None:
            return
        was_closed, nest.lid_closed, nest.seated = nest.lid_closed, closed, seated
        if before is not None and closed and already and seated is not False and nest.state is State.EMPTY:
            # This lid did not move: it has been closed since before the start.
            self._find(nest, before)
            return
        # Of a closed nest a unit that comes or goes is news of the lid: the switch under it was the slower one.
        if closed or was_closed is not False:
            self._floor.move(nest, lid_moved(closed=closed, seated=seated), "the lid was opened")
        if not closed and seated is not None:
            self._floor.move(nest, On.SEATED if seated else On.OUT)

    def lock_as_before(self, nest: Nest, standing: Standing) -> None:
        """A nest that was locked when the station ended is locked again."""
        before = standing.locks.get(nest.number)
        if before is not None and before.why != "unsafe":
            nest.locked = before.why
            self._floor.move(nest, On.METER if before.why == "meter" else On.STREAK)

    def _find(self, nest: Nest, before: Record) -> None:
        """A unit whose run ended before this start still sits here, as far as its closed lid tells."""
        if before.finished is None:
            return
        nest.taken, nest.record = Taken.of(before.started).ended(before.finished.code), before
        self._bus.publish(Found(nest.number, before))
        self._floor.move(nest, found(before.finished.outcome))

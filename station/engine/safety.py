"""Power and reset of every nest: journalled before a unit may run, seen before a nest is called safe, and the watchdog.

Everything here runs in the core thread.
"""

from collections.abc import Callable, Mapping
from typing import Literal, Protocol

from station.domain.events import Body
from station.domain.faults import Aborted, Fault, NestUnsafe, RanUnwatched
from station.domain.ids import RunId
from station.domain.nest import ENDED, On, State, step
from station.domain.record import metered_of, unwatched, with_facts
from station.domain.safety_facts import Energised, MadeSafe, Unwatched, WatchdogTried
from station.domain.shift_facts import NestLocked
from station.domain.standing import Standing
from station.engine.fixture_desk import FixtureDesk, Request
from station.engine.messages import Reply
from station.engine.nest import Nest
from station.engine.supervisor import WorkerHandle
from station.ports import Fixture, Relays

TRIED_AGAIN = 60.0
"""Seconds until a watchdog that did not bite is tried again: somebody may have mended it. A design margin."""


class Hall(Protocol):
    """What the core does for it."""

    def post(self, action: Callable[[], object]) -> None:
        """Have `action` done in the core thread; from any thread."""
        ...

    def store(self, nest: Nest | None, bodies: list[Body], run: RunId | None = None) -> Fault | None:
        """Append to `run`, that of the nest unless told, then tell; the fault when nothing was stored."""
        ...

    def move(self, nest: Nest, on: On, why: str = "", by: str = "") -> bool:
        """Move a nest by the table."""
        ...

    def seen(self, number: int, closed: bool, seated: bool | None, already: bool) -> None:
        """A nest stands otherwise than before; `already` where it stood so at the first look."""
        ...

    def taken(self, nest: Nest, fault: Fault, runs: bool = False) -> None:
        """The power of a nest was switched, and not from here; `runs`: its unit can run now."""
        ...

    def say(self, fault: Fault) -> None:
        """Tell people of something about the station itself."""
        ...


Then = Callable[[Nest, Fault | None], None]


class Safety:
    """What stands between a unit and the network when something goes wrong."""

    def __init__(
        self,
        fixture: Fixture,
        hall: Hall,
        nests: Mapping[int, Nest],
        standing: Standing,
        watchdog: float | None,
        due: Callable[[int | None], bool],
        now: Callable[[], float],
    ) -> None:
        """`watchdog` is in seconds, None where there is none; `due` tells whether it was proved too long ago."""
        self._hall, self._nests, self._standing = hall, nests, standing
        self._watchdog, self._due, self._now = watchdog, due, now
        self._trying, self._not_before = False, 0.0
        self.asleep: Fault | None = None
        """Why the watchdog cannot be relied on."""
        self.desk = FixtureDesk(
            fixture,
            on_seen=lambda *seen: hall.post(lambda: hall.seen(*seen)),
            on_lost=lambda fault: hall.post(lambda: self._lost(fault)),
            on_taken=lambda nest, fault, runs: hall.post(lambda: hall.taken(nests[nest], fault, runs)),
        )

    def tick(self) -> None:
        """The core is alive. While nothing runs, prove the watchdog where that is due."""
        self.desk.beat()
        if self._watchdog is None or self._trying or self._now() < self._not_before:
            return
        if not self._due(self._standing.watchdog_at) or any(nest.run is not None for nest in self._nests.values()):
            return
        self._trying = True
        self.desk.ask(
            Request(min(self._nests), "prove", True, lambda fault: self._hall.post(lambda: self._tried(fault)))
        )

    def _tried(self, fault: Fault | None) -> None:
        self._trying = False
        bites, news = fault is None, (fault is None) or (self.asleep is None)
        if news:
            tried = WatchdogTried(bites=bites, seconds=self._watchdog or 0.0, detail=str(fault or ""))
            unstored = self._hall.store(None, [tried])
            # Not being able to store it: it is proved again, soon.
            self._not_before = 0.0 if unstored is None else self._now() + TRIED_AGAIN
        self.asleep = fault
        if fault is not None:
            self._not_before = self._now() + TRIED_AGAIN
            if news:
                self._hall.say(fault)

    def _lost(self, fault: Fault) -> None:
        """The controller does not answer: whoever has a unit that may run cannot stop it any more."""
        self._hall.say(fault)
        for nest in self._nests.values():
            if nest.record is not None and nest.record.may_run:
                self._hall.taken(nest, fault)

    # What a worker asks

    def switch(self, nest: Nest, what: Literal["power", "reset"], on: bool) -> None:
        """Switch a relay for a nest's worker; that its unit may run is on disk before it is so."""
        worker, before = nest.worker, nest.relays
        after = Relays(on if what == "power" else before.power, on if what == "reset" else before.reset)
        if nest.run is None or (nest.state is State.STOPPING and on is (what == "power")):
            worker.send(Reply.to(Aborted("the run is being stopped")))
            return
        if after.runs and not before.runs:
            unstored = self._hall.store(nest, [Energised(op=_op(nest))])
            if unstored is not None:
                worker.send(Reply.to(unstored))
                return
        self.desk.ask(
            Request(
                nest.number, what, on, lambda fault: self._hall.post(lambda: self._done(nest, worker, after, fault))
            )
        )

    def _done(self, nest: Nest, worker: WorkerHandle, after: Relays, fault: Fault | None) -> None:
        if fault is None and worker is nest.worker:
            nest.relays = after
            if nest.run is not None:
                self.seen(nest)
        worker.send(Reply.to(fault))

    def seen(self, nest: Nest) -> None:
        """Note that a nest whose unit could run is safe now."""
        if nest.relays.safe and nest.record is not None and nest.record.may_run:
            self._hall.store(nest, [MadeSafe(op=_op(nest))])

    # What the core asks

    def make_safe(self, nest: Nest, then: Then) -> None:
        """Hold reset, cut the power, see both; `then` is called with what came of it."""

        def done(fault: Fault | None) -> None:
            if fault is None:
                nest.relays = Relays()
            then(nest, fault)

        self.desk.ask(Request(nest.number, "safe", True, lambda fault: self._hall.post(lambda: done(fault))))

    def cut(self, nest: Nest) -> bool:
        """A hand is in the nest: whatever sits in it, or is put there now, must not run. False where it cannot."""
        if nest.run is None or nest.record is None or not nest.record.may_run:
            return False
        self.make_safe(nest, lambda one, fault: self.seen(one) if fault is None and one.run is not None else None)
        return True

    def closing(self, nest: Nest, fault: Fault | None) -> list[Body]:
        """What the end of a run says of its nest's power."""
        if nest.record is None or not nest.record.may_run:
            return []
        if fault is None:
            return [MadeSafe(op=_op(nest))]
        return [*unwatched(nest.record, f"the nest could not be made safe ({fault})")]

    def locked_if(self, nest: Nest, fault: Fault | None) -> None:
        """Lock a nest that could not be made safe."""
        if fault is not None:
            told = unsafe(nest, fault)
            self._hall.say(told)
            self.lock(nest, told)

    def keep_locked(self, nest: Nest, fault: Fault) -> None:
        """Somebody released a nest that cannot be made safe: it stays as it is."""
        told = unsafe(nest, fault)
        self._hall.say(told)
        self._note_lock(nest, told)

    def astray(self, nest: Nest, fault: Fault, runs: bool) -> None:
        """A nest in which nothing is made has power that nobody gave it. What sits there ran, where it could."""
        self._hall.say(fault)
        if runs and nest.state is not State.LOCKED:
            if nest.state in ENDED and nest.record is not None:
                # The unit of the last run is not out yet: it is no longer known to be silent.
                ran = Unwatched(detail=f"after its run, {fault}")
                metered = metered_of(with_facts(nest.record, [ran]))
                self._hall.store(nest, [ran, *metered], nest.record.run)
            nest.locked = "meter"
            self.lock(nest, RanUnwatched(str(fault)))
        self.make_safe(nest, self.locked_if)

    def lock(self, nest: Nest, fault: Fault) -> None:
        """Nothing is made in a nest until somebody has released it."""
        if step(nest.state, On.UNSAFE) is not None:
            self._note_lock(nest, fault)
            self._hall.move(nest, On.UNSAFE)

    def _note_lock(self, nest: Nest, fault: Fault) -> None:
        nest.locked = nest.locked or "unsafe"
        self._hall.store(None, [NestLocked(nest=nest.number, why=nest.locked, code=fault.code, detail=str(fault))])

    def close(self) -> None:
        """Make every nest safe and let go of the controller."""
        for number in self._nests:
            self.desk.ask(Request(number, "safe", True, lambda fault: None))
        self.desk.close()


def _op(nest: Nest) -> int | None:
    current = nest.record.current if nest.record is not None else None
    return None if current is None else current.op


def unsafe(nest: Nest, fault: Fault) -> NestUnsafe:
    """The fault of a nest that could not be made safe."""
    return NestUnsafe(f"nest {nest.number}: {fault}")

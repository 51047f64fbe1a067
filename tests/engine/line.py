"""A whole line in small: a fixture without iron, a real journal, real worker processes."""

import itertools
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from station.domain.events import Body, Event, RunFinished
from station.domain.faults import Fault, FixtureRefused, JournalFull
from station.domain.ids import DeviceId, Iccid, RunId, SerialNumber
from station.domain.known import Known
from station.domain.label import Label
from station.domain.nest import ENDED, State
from station.domain.recipe import Recipe
from station.domain.record import Record, records_of
from station.domain.scan import Scan
from station.domain.shift_rules import ShiftRules
from station.engine.bus import Bus, Earlier, Heard, Moved, Stored, Trouble
from station.engine.core import Core
from station.journal.recovery import close_interrupted
from station.journal.store import Journal
from station.ports import Relays
from tests.engine.sheet import inputs, recipe, unit
from tests.engine.workers import Spawner, WorkerBody, work

PATIENCE = 12.0
"""Seconds a test waits for what must happen; a busy machine starts a process in one or two."""

TIGHT = 1.0
"""Seconds allowed to `act`, where units hang."""

SHEET = recipe({"do": "act", "within": TIGHT}, {"do": "dawdle", "within": 60})


class Iron:
    """Implements ports.Fixture: relays and lids are attributes, `switched` is what was done in which order.

    `seated` is empty where the controller cannot tell.
    """

    def __init__(self, nests: Sequence[int]) -> None:
        self.power = dict.fromkeys(nests, True)
        self.reset = dict.fromkeys(nests, False)
        self.lid_closed = dict.fromkeys(nests, False)
        self.seated: dict[int, bool] = {}
        self.seen: dict[int, bool] = {}
        self.switched: list[tuple[int, str, bool]] = []
        self.stuck: Callable[[int, str, bool], bool] = lambda nest, what, on: False
        self.raises: Exception | None = None
        self.proved: list[int] = []
        self.asleep: Fault | None = None
        self.closed = False

    def identity(self) -> str:
        return "station,iron,0,0"

    def set_power(self, nest: int, on: bool) -> None:
        self._switch(nest, "power", on)
        self.power[nest] = on

    def set_reset(self, nest: int, held: bool) -> None:
        self._switch(nest, "reset", held)
        self.reset[nest] = held

    def relays(self, nest: int) -> Relays:
        return Relays(self.power[nest], self.reset[nest])

    def prove_watchdog(self, nest: int) -> None:
        self.proved.append(nest)
        if self.asleep is not None:
            raise self.asleep

    def lids(self) -> dict[int, bool]:
        if self.raises is not None:
            raise self.raises
        self.seen = dict(self.lid_closed)
        return self.seen

    def seats(self) -> dict[int, bool]:
        return dict(self.seated)

    def close(self) -> None:
        self.closed = True

    def safe(self, nest: int) -> bool:
        """Reset held and power off."""
        return self.reset[nest] and not self.power[nest]

    def _switch(self, nest: int, what: str, on: bool) -> None:
        if self.stuck(nest, what, on):
            raise FixtureRefused(f"relay {what} of nest {nest} is stuck")
        self.switched.append((nest, what, on))


class Desk:
    """Implements ports.Ledger over a real journal; `hindrance` sees the facts first and may raise or take its time."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.hindrance: Callable[[Sequence[Body], RunId | None], None] = lambda bodies, run: None

    def append(self, bodies: Sequence[Body], run: RunId | None) -> list[Event]:
        self.hindrance(bodies, run)
        return self._journal.append(bodies, run)

    def open_runs(self) -> list[RunId]:
        return self._journal.open_runs()

    def known(self, device: DeviceId | None, serial: SerialNumber | None, iccid: Iccid | None = None) -> Known:
        return self._journal.known(device, serial, iccid)


class PeoplesTime:
    """Seconds that pass when a test says so; `wall` begins on 23 November 2026."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds

    def wall(self) -> int:
        return 1_795_392_000_000_000 + int(self.seconds * 1e6)


def pin_fits(kept: str, pin: str) -> bool:
    """As drivers.pin_hash.pin_fits, of hashes that tell their PIN: `$argon2id$v=19$1234`."""
    return kept == f"$argon2id$v=19${pin}"


class Line:
    """A core in its thread; use it in a `with`. Everything that was heard is in `heard`, in order."""

    def __init__(
        self,
        folder: Path,
        nests: Sequence[int] = (1,),
        *,
        method: Literal["spawn", "forkserver"] = "forkserver",
        body: WorkerBody = work,
        slow_start: float = 0.0,
        sheet: Recipe = SHEET,
        patience: float = PATIENCE,
        rules: ShiftRules | None = None,
        time: "PeoplesTime | None" = None,
        watchdog: float | None = None,
        asleep: Fault | None = None,
    ) -> None:
        self.rules = rules or ShiftRules()
        self.time = time or PeoplesTime()
        self.folder = folder
        self.iron, self._watchdog = Iron(nests), watchdog
        self.iron.asleep = asleep
        self.spawner = Spawner(folder, method, body, slow_start)
        self.heard: list[Heard] = []
        self.states: dict[int, State] = dict.fromkeys(nests, State.EMPTY)
        self.full: Fault | None = None
        self._sheet = sheet
        self._patience = patience
        self._nests = list(nests)
        self._news = threading.Condition()
        self._up = threading.Event()
        self._runs = itertools.count()
        self._thread = threading.Thread(target=self._work, name="core", daemon=True)
        self._events: list[Event] = []
        self.closed: list[Event] = []
        """Verdicts of runs that the last station left open."""
        self.crashed: BaseException | None = None
        self.core: Core
        self.desk: Desk

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._up.wait(PATIENCE)
        return self

    def __exit__(self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None) -> None:
        self.quit()
        assert self.crashed is None

    def quit(self) -> None:
        """Stop the station and wait for its end; may be called twice."""
        if self._thread.is_alive():
            self.core.quit()
        self._thread.join(self._patience)
        assert not self._thread.is_alive(), "the core did not end"

    def _work(self) -> None:
        count = itertools.count()
        with Journal.create_or_open(self.folder, lambda: self.time.wall() + next(count)) as journal:
            bus = Bus()
            bus.subscribe(self._hear)
            # As station.line does it.
            self.closed = close_interrupted(journal)
            recent = journal.recent()
            bus.publish(Earlier(tuple(recent)))
            self.desk = Desk(journal)
            self.core = Core(
                ledger=self.desk,
                fixture=self.iron,
                nests=self._nests,
                inputs=replace(inputs(self._sheet), watchdog=self._watchdog),
                spawn=self.spawner,
                bus=bus,
                new_run=lambda nest: RunId(f"20261122-201501-n{nest}-{next(self._runs):04x}"),
                shortage=lambda: self.full,
                rules=self.rules,
                standing=journal.standing(),
                fits=pin_fits,
                before={one.started.nest: one for one in recent},
                now=self.time.now,
                wall=self.time.wall,
            )
            self._up.set()
            try:
                self.core.run()
            except BaseException as why:
                self.crashed = why
            self._events = list(journal.events())

    def _hear(self, heard: Heard) -> None:
        with self._news:
            self.heard.append(heard)
            if isinstance(heard, Moved):
                self.states[heard.nest] = heard.state
            self._news.notify_all()

    # What a person does

    def later(self, seconds: float) -> None:
        """Let people's time pass."""
        self.time.seconds += seconds
        self.core.post(lambda: None)

    def scanned(self, scan: Scan, source: str = "left") -> bool:
        """Have a scanner read something; what it hears."""
        heard: list[bool] = []
        self.core.scan(scan, source, heard.append)
        self.until(lambda: heard)
        return heard[0]

    def seat(self, label: Label, nest: int = 1) -> None:
        """Scan a label that this nest takes, then close its lid."""
        self.unload(nest)
        self.core.scan(label)
        self.until(lambda: self.states[nest] is State.LABELLED)
        self.close_lid(nest)

    def unload(self, nest: int = 1) -> None:
        """Take a unit out that has its verdict, and leave the lid open."""
        self.open_lid(nest)
        if self.states[nest] in ENDED:
            # Nothing feels the unit here: the lid that is closed again says that it is out.
            self.iron.lid_closed[nest] = True
            self.until(lambda: self.states[nest] not in ENDED)
            self.open_lid(nest)

    def close_lid(self, nest: int = 1) -> None:
        self.iron.lid_closed[nest] = True
        self.until(lambda: self.states[nest] is not State.LABELLED)

    def open_lid(self, nest: int = 1) -> None:
        """Returns once the station has looked: a lid that is closed again at once was never open to it."""
        self.iron.lid_closed[nest] = False
        self.until(lambda: self.iron.seen.get(nest) is False)

    def make(self, label: Label, nest: int = 1) -> State:
        """Seat a unit and wait for its end."""
        self.seat(label, nest)
        return self.end(nest)

    def end(self, nest: int = 1) -> State:
        """The state of a nest once nothing runs in it."""
        busy = {State.LABELLED, State.RUNNING, State.ASKING, State.STOPPING}
        self.until(lambda: self.states[nest] not in busy)
        return self.states[nest]

    # What a test looks at

    def until(self, true: Callable[[], object]) -> None:
        """Wait until this is so; what is heard wakes it, and so does time."""
        deadline = time.monotonic() + self._patience
        with self._news:
            while not true():
                assert time.monotonic() < deadline, f"did not come: {self.heard[-6:]}"
                assert self.crashed is None, f"the core crashed: {self.crashed!r}"
                self._news.wait(0.02)

    def stored(self) -> list[Event]:
        """Every event that was told of, in order."""
        with self._news:
            return [one.event for one in self.heard if isinstance(one, Stored)]

    def verdicts(self) -> list[RunFinished]:
        return [event.body for event in self.stored() if isinstance(event.body, RunFinished)]

    def troubles(self) -> list[Trouble]:
        with self._news:
            return [one for one in self.heard if isinstance(one, Trouble)]

    def wait_for_step(self, do: str, nest: int = 1) -> None:
        """Wait until the newest run of a nest works on this operation."""

        def there() -> bool:
            record = self.record(nest)
            return record is not None and record.current is not None and record.current.do == do

        self.until(there)

    def record(self, nest: int = 1) -> Record | None:
        """The newest run of a nest, as told."""
        return next((one for one in reversed(records_of(self.stored())) if one.started.nest == nest), None)

    def journal(self) -> list[Event]:
        """What is on disk; ends the station."""
        self.quit()
        return self._events


def good(number: int = 0) -> Label:
    """The label of a unit that has nothing wrong with it."""
    return unit("GOOD", number)


def refuse(*_: object) -> None:
    """A hindrance: the disk is full."""
    raise JournalFull("no space left on device")

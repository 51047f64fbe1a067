"""Stations that die in mid-run on a bench that lives on, and what became of every unit, verdict and nest.

PC, core, one worker or the controller's port die at an event of a run, people go on with what sits there, and the
station goes on, or is started again. The bench knows what is true: which unit reached the cloud, which ran while nobody
watched, how the relays stood when a nest was called safe.
"""

import itertools
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Literal

from station.bench import modules
from station.bench.boot import Kind
from station.bench.client import Bench, Facts
from station.cli.stage import with_nests
from station.cli.station_apart import Apart, Told
from station.domain.events import Event
from station.domain.nest import State
from station.domain.record import records_of
from station.domain.standing import Standing
from station.domain.unwind import suspects
from station.journal.outbox import outbox
from station.journal.store import Reader
from station.toml_file import Sealed
from station.wiring import Selected

NESTS = 2
PATIENCE = 60.0
"""Seconds for anything that a busy machine does in a few."""

SEEN = 0.2
"""Seconds in which a station that looks twenty times a second has seen a lid."""

HANDS = 0.3
"""Seconds before anybody's hands are at the nest."""

GOES = 8.0
"""Seconds in which what a death leaves behind has come to rest."""

LONG = 60.0
"""Seconds that pass for a unit while nobody is there: long enough for any radio."""

STARTS = 3
"""Times people start a station whose port is still in the hands of the workers of the one before."""

ENGINEER = "Ada"
"""Who releases a nest that is locked for its unit: somebody has to be named for that."""


class Way(StrEnum):
    """Who dies."""

    PC = "pc"
    CORE = "core"
    WORKER = "worker"
    CONTROLLER = "controller"


class People(StrEnum):
    """What whoever stands there does with the nest meanwhile."""

    NOTHING = "nothing"
    OPEN = "opens the lid"
    AGAIN = "seats the unit again"
    OTHER = "seats another unit"


AT = (
    "run_started", "step_started", "identified", "energised", "planned", "flashed", "programmed", "proved", "booted",
    "bound", "measured", "silent", "stopped", "made_safe", "sealed", "step_finished", "run_finished",
)  # fmt: skip
"""The kinds of events of a run at which somebody dies, each in each way."""


STRIDE = 29
"""Ways and events make 68 pairs; steps of this many, prime to 68, meet each of them and mix early."""


@dataclass(frozen=True, slots=True)
class Came:
    """One death, and what must never come of it: each a sentence, or nothing."""

    death: int
    way: Way
    at: str
    people: People
    guarded: bool
    online: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    unsafe: tuple[str, ...] = ()
    held: int = 0
    """Units that ran while nobody watched, and are withheld."""
    connected: int = 0
    """Units that reached the cloud, and are withheld."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is to happen: always the same for the same seed."""

    way: Way
    at: str
    nth: int
    people: People
    pause: float
    both: bool
    restart: Literal["unplugged", "restarted"]
    at_once: bool
    """A core is started again before its workers have noticed its end."""


def drawn(seed: int, death: int) -> Drawn:
    """Ways and events go round together, so that each meets each; everything else is thrown."""
    dice = random.Random(f"death {seed} {death}")
    ways = list(Way)
    place = death * STRIDE % (len(ways) * len(AT))
    return Drawn(
        way=ways[place % len(ways)],
        at=AT[place // len(ways)],
        nth=dice.choice((1, 1, 2, 3)),
        people=dice.choice(list(People)),
        pause=dice.choice((0.0, 0.5, 1.5, 3.0)),
        both=dice.random() < 0.4,
        restart=dice.choice(("unplugged", "restarted")),
        at_once=dice.random() < 0.5,
    )


@dataclass(slots=True)
class Truth:
    """What the bench knows of a unit that was there, and who it was to the station."""

    facts: Facts
    in_run: bool
    ran_at_death: bool = False


@dataclass(slots=True)
class Seen:
    """What the station has shown since it was started, and what was true when it called a nest safe."""

    events: list[Event] = field(default_factory=list)
    unsafe: list[str] = field(default_factory=list)


def unnoticed(units: Sequence[Truth], events: Sequence[Event], seats: dict[int, int | None]) -> tuple[list[str], int]:
    """Units that connected, or ran while nobody watched, and that nothing holds; and how many are held.

    Held is what stands on the list of those that may have connected, and what sits in a nest that is locked for it.
    A unit that nobody made must be held where it connected: what ran for less is bounded by the watchdog.
    """
    listed = {one.key for one in suspects(events) if one.done is None}
    listed |= {one.serial for one in suspects(events) if one.done is None and one.serial}
    locks = {nest for nest, lock in Standing.of(events).locks.items() if lock.why == "meter"}
    waiting = {one.device_id for one in outbox(events).pending}
    booted: dict[str, int] = {}
    for record in records_of(events):
        if record.device_id is not None:
            booted[record.device_id] = booted.get(record.device_id, 0) + len(record.booted)
    wrong, held = [], 0
    for one in units:
        facts = one.facts
        tests = sum(boot.firmware == Kind.FACTORY_TEST for boot in facts.boots)
        others = len(facts.boots) - tests
        alone = one.in_run and (others > 0 or tests > booted.get(facts.device_id, 0) or one.ran_at_death)
        if not (facts.contacts or alone):
            continue
        is_held = bool({facts.device_id, facts.serial} & listed) or any(seats.get(nest) == facts.unit for nest in locks)
        if not is_held or facts.device_id in waiting:
            did = f"reached the cloud {len(facts.contacts)} times" if facts.contacts else "ran unwatched"
            wrong.append(f"unit {facts.unit}, {facts.serial}, {did} and is not withheld")
        else:
            held += 1
    return wrong, held


def shown_and_lost(shown: Sequence[Event], stored: Sequence[Event]) -> list[str]:
    """Events that were told of and are not in the journal as they were told."""
    there = {event.seq: event for event in stored}
    return [f"entry {one.seq}, {one.body.kind}, was shown and is gone" for one in shown if there.get(one.seq) != one]


class Floor:
    """A bench with its nests, the journal of one station, and stations that come and go on them."""

    def __init__(self, selected: Selected, seed: int, guarded: bool) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="deaths-"))
        self.guarded = guarded
        selected = with_nests(selected, NESTS)
        if not guarded:
            blind = selected.fixture.value.model_copy(update={"no_watchdog": "a relay board without a processor"})
            selected = replace(selected, fixture=Sealed(selected.fixture.path, blind, selected.fixture.sha256))
        self._selected = replace(selected, parts=self._folder / "parts")
        modules.write_release_files(self._folder / "parts")
        self.state = self._folder / "state"
        self.state.mkdir()
        self.bench = Bench.start(nests=NESTS, seed=seed)
        self._station: Apart | None = None
        self._states: dict[int, State] = {}
        self._starts = itertools.count(1)
        self._seen = Seen()

    def close(self) -> None:
        """Leave nothing behind."""
        if self._station is not None:
            self._station.kill_all()
        self.bench.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def die(self, death: int, plan: Drawn) -> Came:
        """Let it happen, let people go on, start again what has to be started, and look."""
        station = self._station or self._start()
        nests = [1, 2] if plan.both else [1]
        units = {nest: Truth(self.bench.unit(self.bench.new_unit()), in_run=True) for nest in nests}
        for nest, one in units.items():
            self._seat(station, nest, one.facts)
        at = self._until_event(station, plan.at, plan.nth)
        others = self._kill(station, plan, units)
        if self._station is None:
            station = self._start()
        self._rest(station)
        truths = [*units.values(), *others]
        for one in truths:
            one.facts = self.bench.unit(one.facts.unit)
        with Reader.open(self.state) as journal:
            stored = list(journal.events())
        wrong, held = unnoticed(truths, stored, {one.nest: one.unit for one in self.bench.seats()})
        came = Came(
            death, plan.way, at, plan.people, self.guarded, tuple(wrong),
            tuple(shown_and_lost(self._seen.events, stored)), tuple(self._seen.unsafe),
            held, sum(bool(one.facts.contacts) for one in truths) if not wrong else 0,
        )  # fmt: skip
        self._seen = Seen()
        self._tidy(station)
        return came

    # The station

    def _start(self) -> Apart:
        said = ""
        for _ in range(STARTS):
            self._states = {}
            door = self._folder / f"door-{next(self._starts)}"
            station = self._station = Apart(self._selected, self.state, self.bench.folder, door)
            there = self._pump(station, partial(self._is_up_or_gone, station))
            if there and station.alive:
                return station
            said = station.said
        raise RuntimeError(f"the station does not start: {said}")

    def _is_up_or_gone(self, station: Apart) -> bool:
        return not station.alive or (station.up and len(self._states) == NESTS)

    def _pump(self, station: Apart, done: Callable[[], bool], within: float = PATIENCE) -> bool:
        """Hear what the station says until something is so; False when it is not in time."""
        deadline = time.monotonic() + within
        while not done():
            if time.monotonic() > deadline:
                return False
            for told in station.hear(0.02):
                self._take(told)
        return True

    def _take(self, told: Told) -> None:
        if told.event is not None:
            self._seen.events.append(told.event)
        if told.state is not None:
            self._states[told.nest] = told.state
        if told.unsafe:
            self._seen.unsafe.append(told.unsafe)

    def _seat(self, station: Apart, nest: int, unit: Facts) -> None:
        if not self._pump(station, lambda: self._states.get(nest) is State.EMPTY):
            raise RuntimeError(f"nest {nest} is {self._states.get(nest)}: {station.said}")
        station.type(unit.label)
        if not self._pump(station, lambda: self._states.get(nest) is State.LABELLED):
            raise RuntimeError(f"nest {nest} did not take a label: {station.said}")
        self.bench.place(nest, unit.unit)
        self.bench.lid(nest, True)

    def _until_event(self, station: Apart, kind: str, nth: int) -> str:
        """Wait for the nth event of this kind; a run that ends before it is where it happens then."""
        left, last = nth, [""]
        before = len(self._seen.events)

        def there() -> bool:
            nonlocal left, before
            while before < len(self._seen.events):
                event = self._seen.events[before]
                before += 1
                if event.run is None:
                    continue
                last[0] = event.body.kind
                left -= event.body.kind == kind
                if left <= 0 or event.body.kind == "run_finished":
                    return True
            return False

        if not self._pump(station, there):
            raise RuntimeError(f"no {kind} came: {station.said}")
        return last[0]

    # Death, and what people do

    def _kill(self, station: Apart, plan: Drawn, units: dict[int, Truth]) -> list[Truth]:
        dying = station.dying(plan.way.value)
        for process in dying:
            process.stop()
        # Whose firmware runs now is watched by nobody from now on; a worker dies alone, and its nest with it.
        for nest, one in units.items():
            if nest == 1 or plan.way is not Way.WORKER:
                one.ran_at_death = self.bench.unit(one.facts.unit).running is not None
        for process in dying:
            process.kill()
        if plan.way is Way.CONTROLLER:
            self.bench.controller(plan.restart)
        elif plan.way is not Way.WORKER:
            self._station = None
        self._drain(station)
        if self._station is not None:
            self._pump(station, lambda: False, HANDS)
        elif plan.way is Way.PC:
            self.bench.pass_time(plan.pause)
        others = self._people(station, plan.people, units)
        if plan.way is Way.PC:
            self.bench.pass_time(LONG)
        elif plan.way is Way.CORE and not plan.at_once:
            station.await_orphans()
            self.bench.pass_time(LONG)
        elif plan.way is Way.CONTROLLER and plan.restart == "unplugged":
            self._pump(station, lambda: False, HANDS)
            self.bench.controller("plugged")
        return others

    def _drain(self, station: Apart) -> None:
        """What was told before it died counts as shown."""
        for told in station.hear(0.0):
            self._take(told)

    def _people(self, station: Apart, what: People, units: dict[int, Truth]) -> list[Truth]:
        nest = 1
        if what is People.NOTHING:
            return []
        self.bench.lid(nest, False)
        if self._station is not None:
            self._pump(station, lambda: False, SEEN)  # no hand is quicker
        others: list[Truth] = []
        if what is not People.OPEN:
            self.bench.remove(nest)
            if what is People.OTHER:
                others.append(Truth(self.bench.unit(self.bench.new_unit()), in_run=False))
            self.bench.place(nest, others[0].facts.unit if others else units[nest].facts.unit)
        self.bench.lid(nest, True)
        return others

    def _rest(self, station: Apart) -> None:
        """Let runs that go on come to their end, whatever it is."""
        busy = {State.LABELLED, State.RUNNING, State.ASKING, State.STOPPING}
        self._pump(station, lambda: False, SEEN)
        self._pump(station, lambda: not any(state in busy for state in self._states.values()), GOES + PATIENCE)

    def _tidy(self, station: Apart) -> None:
        """Everything out; an engineer has seen to what is locked."""
        for seat in self.bench.seats():
            self.bench.lid(seat.nest, False)
            if seat.unit is not None:
                self.bench.remove(seat.nest)
        # Both are seen: the open lid, and what it makes of the nest.
        self._pump(station, lambda: False, SEEN)
        for nest, state in list(self._states.items()):
            if state is State.LOCKED:
                station.type(f"release {nest} {ENGINEER}")
        self._pump(station, lambda: all(state is State.EMPTY for state in self._states.values()), GOES)
        for nest, state in self._states.items():
            if state is not State.EMPTY:
                raise RuntimeError(f"nest {nest} stays {state}: {station.said}")


def trials(selected: Selected, seed: int, deaths: Sequence[int], guarded: bool = True) -> list[Came]:
    """These deaths, one after the other on one floor."""
    floor = Floor(selected, seed * 1000 + deaths[0], guarded)
    try:
        return [floor.die(death, drawn(seed, death)) for death in deaths]
    finally:
        floor.close()

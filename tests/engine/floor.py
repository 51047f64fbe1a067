"""A floor without iron and without processes: the reception, the gate, the table of nests, and a list of facts."""

import itertools
import multiprocessing
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from station.domain.events import Body, Event, RunFinished
from station.domain.faults import Fault
from station.domain.ids import DeviceId, Iccid, RunId, SerialNumber
from station.domain.known import Known, Tried
from station.domain.label import Label
from station.domain.nest import On, State, step, verdict
from station.domain.outcome import Outcome
from station.domain.shift_facts import NestLocked
from station.domain.shift_rules import ShiftRules
from station.domain.standing import Standing
from station.engine.allowed import House
from station.engine.bus import Bus
from station.engine.closing import closing_facts
from station.engine.gate import Gate
from station.engine.lids import Lids
from station.engine.nest import Nest
from station.engine.questions import Questions
from station.engine.reception import Reception
from station.engine.supervisor import WorkerHandle
from tests.engine.line import PeoplesTime, pin_fits
from tests.engine.sheet import inputs, recipe, started

SHEET = recipe({"do": "act"})


def no_worker(nest: int) -> tuple[BaseProcess, Connection]:
    """A worker that nobody starts."""
    return multiprocessing.get_context("spawn").Process(), multiprocessing.Pipe()[0]


class ScanFloor:
    """Implements reception.Floor and ports.Ledger. Runs begin at a closed lid and end when they are told to."""

    def __init__(self, rules: ShiftRules, nests: int, earlier: list[Event]) -> None:
        self.time = PeoplesTime()
        self.rules = rules
        self.events = list(earlier)
        self.standing = Standing.of(earlier)
        self.past: dict[SerialNumber | None, list[Tried]] = {}
        self.quits = 0
        self._seq = itertools.count(len(earlier) + 1)
        self.nests = {number: Nest(number, WorkerHandle(number, no_worker)) for number in range(1, nests + 1)}
        self._runs: dict[int, RunId] = {}
        self.bus = Bus()
        self.gate = Gate(
            rules,
            self.standing,
            pin_fits,
            self.time.now,
            lambda body: self.store(None, [body]) is None,
            self.bus,
            self._drop_labels,
        )
        house = House(inputs(SHEET), rules, self.standing, lambda: None, self.time.now, self.time.wall)
        self.questions = Questions(self.nests, self.time.now, self.bus)
        self.lids = Lids(self, self.nests, {}, self.bus)
        self.reception = Reception(house, self, self.gate, self.nests, self.questions, self, self.bus)
        for number, lock in self.standing.locks.items():
            self.nests[number].locked = lock.why
            self.move(self.nests[number], On.METER if lock.why == "meter" else On.STREAK)

    # Floor

    def move(self, nest: Nest, on: On, why: str = "", by: str = "") -> bool:
        row = step(nest.state, on)
        if row is None:
            return False
        nest.state = row.then
        if row.then is State.EMPTY:
            nest.taken = None
            if on is On.RELEASED:
                nest.locked = None
            elif nest.locked == "streak":
                self.move(nest, On.STREAK)
        elif row.state is State.LABELLED and row.then is State.RUNNING and nest.taken is not None:
            self._begin(nest)
        return True

    def store(self, nest: Nest | None, bodies: list[Body]) -> Fault | None:
        for body in bodies:
            run = self._runs.get(nest.number) if nest else None
            event = Event(seq=next(self._seq), run=run, at=self.time.wall(), body=body)
            self.events.append(event)
            self.standing.add(event)
        return None

    def quit(self) -> None:
        self.quits += 1

    # Ledger

    def append(self, bodies: object, run: RunId | None) -> list[Event]:
        raise NotImplementedError

    def open_runs(self) -> list[RunId]:
        return []

    def known(self, device: DeviceId | None, serial: SerialNumber | None, iccid: Iccid | None = None) -> Known:
        return Known(past=tuple(self.past.get(serial, ())))

    # What happens

    def lid(self, number: int, closed: bool) -> None:
        self.lids.seen(number, closed, None, already=False)

    def end(self, number: int, outcome: Outcome) -> None:
        """The run of a nest comes to its end, if there is one."""
        nest = self.nests[number]
        if nest.state not in (State.RUNNING, State.STOPPING) or nest.taken is None:
            return
        reference = nest.taken.reference
        finished = RunFinished(outcome=outcome)
        closing = closing_facts(number, reference, finished, [], None, self.rules, self.standing)
        self.store(nest, [*closing.facts, finished])
        if reference is None:
            self.past.setdefault(nest.taken.label.serial, []).append(Tried(self.time.wall(), number, outcome))
        nest.locked = next((one.why for one in closing.locks), None)
        self.move(nest, verdict(outcome))

    def _begin(self, nest: Nest) -> None:
        taken = nest.taken
        assert taken is not None
        self._runs[nest.number] = RunId(f"20261122-201501-n{nest.number}-{len(self.events):04x}")
        fact = started(SHEET, taken.label, nest.number).model_copy(
            update={
                "operator": taken.by,
                "approvals": taken.approvals,
                "reference": taken.reference.expect if taken.reference else None,
            }
        )
        self.store(nest, [fact])

    def _drop_labels(self) -> None:
        for nest in self.nests.values():
            self.move(nest, On.CANCEL)


def locked(nest: int, why: str) -> NestLocked:
    """As it was stored before the station started."""
    return NestLocked.model_validate({"nest": nest, "why": why, "code": "X", "detail": "before"})


def label(number: int) -> Label:
    """The label of one of a few units."""
    return Label(serial=SerialNumber(f"B40HAB{number:09d}"))

"""The core thread: nests, workers and the journal, driven by one inbox."""

import contextlib
import math
import os
import queue
import time
from collections.abc import Callable, Mapping
from multiprocessing.connection import wait
from typing import assert_never

from station.domain.events import (
    Answered,
    Body,
    Prompted,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
)
from station.domain.faults import Aborted, Fault, JournalFull, OperationLate, WorkerLost
from station.domain.ids import RunId
from station.domain.label import Label
from station.domain.nest import On, State, sentence, step, verdict
from station.domain.outcome import Outcome
from station.domain.record import Record, fold, metered_of, unwatched, with_facts
from station.domain.reference import of_reference
from station.domain.shift_facts import StopRequested
from station.domain.shift_rules import ShiftRules
from station.domain.standing import Standing
from station.engine.allowed import House
from station.engine.bus import AtWork, Bus, Moving, Stored, Trouble
from station.engine.closing import closing_facts
from station.engine.evidence import weigh
from station.engine.front import Front
from station.engine.gate import Gate, PinFits
from station.engine.lids import Lids
from station.engine.messages import Ended, FromWorker, Job, Note, Ready, Recall, Reply, Stop, Switch, Tell
from station.engine.nest import Inputs, Nest
from station.engine.questions import Questions
from station.engine.reception import Reception
from station.engine.safety import Safety
from station.engine.safety import unsafe as unsafe_of
from station.engine.supervisor import GRACE, Spawn, WorkerHandle
from station.ports import Fixture, Ledger

BETWEEN = 30.0
"""Seconds a worker may take between two operations, and to load its drivers."""

STOPS_WITHIN = 10.0
"""Seconds a worker may take to stop when a person wants it to: an operation stops at its next page or answer."""

DEATHS = 3
"""A nest whose worker dies this often before it is ready is locked: trying again would not help."""


def _never(kept: str, pin: str) -> bool:
    """Where no PIN is asked for, none fits."""
    return False


class Core(Front):
    """Everything here runs in one thread; other threads only `post`, and ask what a Front takes."""

    def __init__(
        self,
        ledger: Ledger,
        fixture: Fixture,
        nests: list[int],
        inputs: Inputs,
        spawn: Spawn,
        bus: Bus,
        new_run: Callable[[int], RunId],
        shortage: Callable[[], Fault | None],
        rules: ShiftRules | None = None,
        standing: Standing | None = None,
        fits: PinFits = _never,
        before: Mapping[int, Record] | None = None,
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        """`rules` and `standing` are those of the shift, `before` is the run that each nest had last.

        `now` and `wall` are people's time, in seconds and in µs.
        """
        self.bus = bus
        self._ledger = ledger
        self._inputs = inputs
        self._spawn = spawn
        self._new_run = new_run
        self._shortage = shortage
        self._inbox: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self._wake_read, self._wake_write = os.pipe()
        self._quitting = False
        self._now = now
        self._rules = rules or ShiftRules()
        self._standing = standing or Standing()
        self._owed: list[tuple[RunId, list[Body]]] = []
        self._nests = {number: Nest(number, WorkerHandle(number, spawn)) for number in nests}
        self.safety = Safety(
            fixture,
            self,
            self._nests,
            self._standing,
            inputs.watchdog,
            due=lambda at: self._rules.over(at, wall()),
            now=time.monotonic,
        )
        self._gate = Gate(
            self._rules,
            self._standing,
            fits,
            now,
            store=lambda body: self.store(None, [body]) is None,
            bus=bus,
            left=self._drop_labels,
        )
        house = House(inputs, self._rules, self._standing, shortage, now, wall, lambda: self.safety.asleep)
        self._questions = Questions(self._nests, now, bus)
        self._lids = Lids(self, self._nests, before or {}, bus)
        reception = Reception(house, self, self._gate, self._nests, self._questions, ledger, bus)
        super().__init__(reception, self._gate, now)

    # What other threads may call

    @property
    def fixture_lost(self) -> Fault | None:
        """Why the fixture's controller does not answer; None while it does."""
        return self.safety.desk.lost

    def post(self, action: Callable[[], object]) -> None:
        """Have `action` done in the core thread."""
        self._inbox.put(action)
        with contextlib.suppress(OSError):  # the core has ended; nobody is left to be woken
            os.write(self._wake_write, b"!")

    def trouble(self, fault: Fault) -> None:
        """Tell a person of something about the station itself."""
        self.post(lambda: self.say(fault))

    def quit(self) -> None:
        """Stop open runs, make every nest safe, end."""
        self.post(self._quit)

    # The thread

    def run(self) -> None:
        """Work until `quit`; returns with every worker ended and every nest safe."""
        for nest in self._nests.values():
            self.safety.make_safe(nest, self.safety.locked_if)
            self.bus.publish(nest.moved)
            self._lids.lock_as_before(nest, self._standing)
        self.bus.publish(AtWork(None, asked=self._rules.signed))
        self.safety.desk.start()
        try:
            while not (self._quitting and all(nest.run is None for nest in self._nests.values())):
                self._turn()
        finally:
            for nest in self._nests.values():
                nest.worker.quit()
            self.safety.close()
            os.close(self._wake_read)

    def _turn(self) -> None:
        pipes = {nest.worker.pipe: nest for nest in self._nests.values() if not nest.worker.gone}
        deadlines = [nest.deadline for nest in self._nests.values() if nest.deadline is not None]
        patience = min([0.5, *(max(0.0, one - time.monotonic()) for one in deadlines)])
        for ready in wait([self._wake_read, *pipes], timeout=patience):
            if isinstance(ready, int):
                os.read(self._wake_read, 4096)
            elif ready in pipes:
                self._hear(pipes[ready])
        while not self._inbox.empty():
            self._inbox.get()()
        for nest in self._nests.values():
            # What a worker said in time counts, however long the core was busy; but it does not talk for ever.
            patience = time.monotonic() + GRACE
            while self._overdue(nest) and nest.worker.pipe.poll() and time.monotonic() < patience:
                self._hear(nest)
            if self._overdue(nest):
                self._late(nest)
        self._reception.tick()
        self.safety.tick()
        self._pay()

    @staticmethod
    def _overdue(nest: Nest) -> bool:
        return nest.deadline is not None and time.monotonic() > nest.deadline

    # Moves

    def seen(self, number: int, closed: bool, seated: bool | None, already: bool) -> None:
        """A nest stands otherwise than before; `already` where it stood so at the first look."""
        if not closed and (nest := self._nests.get(number)) is not None and self.safety.cut(nest):
            nest.cut = "the lid was opened"
        if not self._quitting:
            self._lids.seen(number, closed, seated, already)

    def move(self, nest: Nest, on: On, why: str = "", by: str = "") -> bool:
        """Move a nest by the table; False when the table has no such row and nothing changed."""
        row = step(nest.state, on)
        if row is None:
            return False
        if on is On.RELEASED and nest.locked is not None:
            # Whoever released it may be wrong: it is seen safe first.
            self.safety.make_safe(nest, self._release)
            return True
        nest.state, nest.tell = row.then, sentence(row, nest.reference)
        if row.then is State.EMPTY:
            nest.taken = None
        if row.then is not State.ASKING:
            nest.question = None
        elif nest.question is not None:
            nest.tell = nest.question.tell
        self.bus.publish(nest.moved)
        self._questions.look()
        if row.then is State.EMPTY and nest.locked == "streak":
            self.move(nest, On.STREAK)
        elif row.then is State.EMPTY and nest.seated:
            self.move(nest, On.SEATED)
        elif row.state is State.LABELLED and row.then is State.RUNNING:
            self._begin(nest)
        elif row.then is State.STOPPING:
            self._stop_run(nest, why, by)
        return True

    def _release(self, nest: Nest, fault: Fault | None) -> None:
        if fault is not None:
            self.safety.keep_locked(nest, fault)
            return
        nest.locked = None
        if nest.worker.gone:
            nest.worker, nest.deaths = WorkerHandle(nest.number, self._spawn), 0
        self.move(nest, On.RELEASED)

    def _drop_labels(self) -> None:
        """Nobody is signed in: what was scanned and not started is scanned again by whoever comes."""
        for nest in self._nests.values():
            self.move(nest, On.CANCEL)

    def _stop_run(self, nest: Nest, why: str, by: str) -> None:
        waiting, nest.waiting = nest.waiting, None
        if waiting is None and nest.run is not None:
            nest.worker.send(Stop(nest.run, why))
            nest.deadline = min(nest.deadline or math.inf, time.monotonic() + STOPS_WITHIN)
        # Stopped first and written down then: nothing keeps a run from being stopped.
        if nest.run is not None:
            self.store(nest, [StopRequested(why=why, by=by)])
        if waiting is not None:
            # The worker has not begun; there is nothing to stop but the run itself.
            self._end(nest, Ended(Aborted.outcome, Aborted.code, why, Aborted.remedy))

    # A run

    def _begin(self, nest: Nest) -> None:
        inputs, taken = self._inputs, nest.taken
        run = self._new_run(nest.number)
        started = RunStarted(
            nest=nest.number,
            label=nest.label or Label(),
            recipe=inputs.recipe.name,
            revision=inputs.recipe.revision,
            recipe_sha256=inputs.recipe_sha256,
            release=inputs.release.title,
            release_sha256=inputs.release_sha256,
            factory_test=inputs.factory_test.title,
            factory_test_sha256=inputs.factory_test_sha256,
            platform=inputs.recipe.platform,
            profile=inputs.recipe.profile,
            declares=inputs.declares,
            tells_power=True,
            watchdog=inputs.watchdog,
            ops=tuple(line.op for line in inputs.recipe.sheet),
            operator=taken.by if taken else "",
            typed=taken.typed if taken else False,
            reference=nest.reference,
            approvals=taken.approvals if taken else (),
        )
        recipe = inputs.recipe
        if started.reference is not None:
            recipe = recipe.model_copy(update={"orders": "if_imported"})
        nest.run, nest.record, nest.ended, nest.cut = run, None, None, ""
        if self.store(nest, [started]) is not None:
            nest.run = None
            self.move(nest, On.ERROR)
            return
        nest.waiting = Job(run, started, recipe, inputs.release, inputs.factory_test)
        nest.deadline = time.monotonic() + BETWEEN
        if nest.worker.ready:
            self._hand_over(nest)

    def _hand_over(self, nest: Nest) -> None:
        if nest.waiting is not None and nest.worker.send(nest.waiting):
            nest.waiting = None
            nest.deadline = time.monotonic() + BETWEEN

    def _hear(self, nest: Nest) -> None:
        message = nest.worker.receive()
        if message is None:
            code = nest.worker.kill()
            self._lost(nest, WorkerLost(f"the worker of nest {nest.number} ended with code {code}"))
            return
        self._dispatch(nest, message)

    def _dispatch(self, nest: Nest, message: FromWorker) -> None:
        match message:
            case Ready():
                nest.worker.ready, nest.deaths = True, 0
                self._hand_over(nest)
            case Note(body=body):
                self._note(nest, body)
            case Tell(body=progressed):
                if nest.run is not None:
                    self.bus.publish(Moving(nest.number, nest.run, progressed))
            case Recall():
                nest.worker.send(self._recalled(nest, message))
            case Switch(what=what, on=on):
                self.safety.switch(nest, what, on)
            case Ended():
                self._end(nest, message)
            case unknown:
                assert_never(unknown)

    def _note(self, nest: Nest, body: Body) -> None:
        if isinstance(body, Answered) and nest.question is None:
            # The operator's answer was stored before this withdrawal came.
            nest.worker.send(Reply())
            return
        fault = self.store(nest, [body])
        nest.worker.send(Reply.to(fault))
        self._time(nest, body)
        if fault is None and isinstance(body, Prompted):
            nest.question, nest.asked_at = body, self._now()
            if not self.move(nest, On.QUESTION):
                nest.question = None
        elif isinstance(body, Answered):
            nest.question = None
            self.move(nest, On.ANSWER)

    def _recalled(self, nest: Nest, asked: Recall) -> Reply:
        try:
            known = self._ledger.known(asked.device, asked.serial, asked.iccid)
            return Reply(known=known.without_orders() if nest.reference else known)
        except Fault as fault:
            return Reply.to(fault)

    def _time(self, nest: Nest, body: Body) -> None:
        """Every operation has its deadline; so has the time between two."""
        allowed = BETWEEN
        if isinstance(body, StepStarted):
            nest.began = time.monotonic()
            allowed = next((line.within for line in self._inputs.recipe.sheet if line.op == body.op), BETWEEN) + GRACE
        elif not isinstance(body, StepFinished):
            return
        nest.deadline = time.monotonic() + allowed

    def _late(self, nest: Nest) -> None:
        doing = nest.record.current if nest.record else None
        what = f"op {doing.op} {doing.do}" if doing else f"the worker of nest {nest.number}"
        nest.worker.kill()
        self._lost(nest, OperationLate(f"{what} did not end in its time"))

    def _lost(self, nest: Nest, fault: Fault) -> None:
        """The worker is gone: close its step, make the nest safe, start another worker."""
        nest.deadline, nest.waiting = None, None
        if not nest.worker.ready:
            nest.deaths += 1
        doing = nest.record.current if nest.record and nest.run else None
        if nest.record is not None and nest.run is not None and not nest.record.stands_still:
            self.store(nest, [*unwatched(nest.record, str(fault))])
        if doing is not None:
            self.store(
                nest,
                [
                    StepFinished(
                        op=doing.op,
                        do=doing.do,
                        outcome=fault.outcome,
                        code=fault.code,
                        detail=str(fault),
                        remedy=fault.remedy,
                        seconds=round(time.monotonic() - nest.began, 3),
                        attempt=doing.attempt,
                    )
                ],
            )
        if nest.run is not None and nest.ended is None:
            self._end(nest, Ended(fault.outcome, fault.code, str(fault), fault.remedy))
        else:
            self.safety.make_safe(nest, self.safety.locked_if)
        if nest.deaths >= DEATHS:
            self.say(fault)
            self.safety.lock(nest, fault)
        else:
            nest.worker = WorkerHandle(nest.number, self._spawn)

    def _end(self, nest: Nest, ended: Ended) -> None:
        if nest.cut and ended.outcome is not Outcome.PASS:
            # What the worker made of a unit without power says nothing of the unit.
            ended = Ended(Aborted.outcome, Aborted.code, nest.cut, Aborted.remedy)
        nest.ended, nest.deadline = ended, None
        self.safety.make_safe(nest, self._close)

    def _close(self, nest: Nest, fault: Fault | None) -> None:
        """The nest is safe, or is not; now the verdict is stored, and only then shown."""
        if nest.run is None or nest.ended is None:
            return
        unsafe = None if fault is None else unsafe_of(nest, fault)
        power = self.safety.closing(nest, fault)
        judged = with_facts(nest.record, power)
        ended = weigh(judged, nest.ended, fault)
        metered = metered_of(judged, self._suspected(judged))
        finished = RunFinished(outcome=ended.outcome, code=ended.code, detail=ended.detail, remedy=ended.remedy)
        reference = nest.taken.reference if nest.taken else None
        closing = closing_facts(nest.number, reference, finished, metered, unsafe, self._rules, self._standing)
        # A reference unit is put on no list, however good it is.
        on_pass = ended.on_pass if reference is None else ()
        unstored = self.store(nest, [*on_pass, *power, *metered, *closing.facts, finished])
        outcome = ended.outcome
        if unstored is not None:
            outcome = Outcome.ERROR
            owed = RunFinished(outcome=outcome, code=unstored.code, detail=str(unstored), remedy=unstored.remedy)
            self._owed.append((nest.run, [*power, *metered, *closing.locks, owed]))
        nest.run, nest.taken = None, nest.taken and nest.taken.ended(ended.code)
        nest.locked = next((one.why for one in closing.locks), None)
        if unsafe is not None:
            self.move(nest, On.UNSAFE)
        self.move(nest, On.METER if nest.locked == "meter" else verdict(outcome))
        for why in closing.told:
            self.bus.publish(Trouble.of(why))

    def taken(self, nest: Nest, fault: Fault, runs: bool = False) -> None:
        """The power of a nest was switched, and not from here: its run is over, whatever its worker makes of it."""
        if nest.run is None:
            self.safety.astray(nest, fault, runs)
        if nest.run is None or nest.ended is not None:
            return
        nest.worker.kill()
        self._lost(nest, fault)

    def _suspected(self, record: Record | None) -> tuple[RunId, ...]:
        """Earlier runs of a unit in which it may have connected, and that nobody has judged."""
        try:
            return () if record is None else self._ledger.known(record.device_id, record.serial).suspected
        except Fault as fault:
            self.say(fault)
            return ()

    # Evidence

    def store(self, nest: Nest | None, bodies: list[Body], run: RunId | None = None) -> Fault | None:
        """Append to `run`, that of the nest unless told, then tell; the fault when nothing was stored."""
        run = run or (nest.run if nest else None)
        if nest is not None and nest.reference is not None:
            bodies = [of_reference(one) for one in bodies]
        try:
            events = self._ledger.append(bodies, run)
        except Fault as fault:
            self.say(fault)
            return fault
        except Exception as bug:
            # Whatever it was, it is not on disk, and so it did not happen.
            unstored = JournalFull(f"an event could not be stored: {bug!r}")
            self.say(unstored)
            return unstored
        for event in events:
            self._standing.add(event)
            if nest is not None:
                nest.record = fold(nest.record, event)
            self.bus.publish(Stored(nest.number if nest else None, event))
        return None

    def _pay(self) -> None:
        """Close runs that lost their verdict to a full disk, as soon as there is room."""
        while self._owed:
            run, facts = self._owed[0]
            if self._shortage() is not None:
                return
            try:
                events = self._ledger.append(facts, run)
            except Fault:
                return
            self._owed.pop(0)
            for event in events:
                self._standing.add(event)
                self.bus.publish(Stored(None, event))

    def say(self, fault: Fault) -> None:
        """Tell people of something about the station itself."""
        self.bus.publish(Trouble.of(fault))

    def _quit(self) -> None:
        self._quitting = self._reception.closed = True
        self._gate.sign_out("closed")
        for nest in self._nests.values():
            if nest.run is not None:
                self.move(nest, On.STOP, "the station was stopped")

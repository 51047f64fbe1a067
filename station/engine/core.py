"""The core thread: nests, workers and the journal, driven by one inbox."""

import contextlib
import math
import os
import queue
import time
from collections.abc import Callable, Mapping
from multiprocessing.connection import wait
from typing import Literal, assert_never

from station.domain.command import Command, Verb
from station.domain.events import (
    Answered,
    Body,
    Prompted,
    RunFinished,
    RunStarted,
    ScanRefused,
    StepFinished,
    StepStarted,
)
from station.domain.faults import (
    Aborted,
    CommandRefused,
    Fault,
    JournalFull,
    LabelRefused,
    NestUnsafe,
    OperationLate,
    WorkerLost,
)
from station.domain.hints import Hint
from station.domain.ids import RunId
from station.domain.label import Label
from station.domain.nest import On, State, step, verdict
from station.domain.outcome import Outcome
from station.domain.record import fold, metered_of
from station.domain.scan import Scan
from station.engine.admission import BEING_MADE, DoubleReads, Refusal, Seated, admit
from station.engine.bus import Bus, Ignored, Moved, Moving, Stored, Trouble
from station.engine.evidence import weigh
from station.engine.fixture_desk import FixtureDesk, Request
from station.engine.messages import Ended, FromWorker, Job, Note, Ready, Recall, Reply, Said, Stop, Switch, Tell
from station.engine.nest import Inputs, Nest
from station.engine.supervisor import GRACE, Spawn, WorkerHandle
from station.ports import Fixture, Ledger

BETWEEN = 30.0
"""Seconds a worker may take between two operations, and to load its drivers."""

STOPS_WITHIN = 10.0
"""Seconds a worker may take to stop when a person wants it to: an operation stops at its next page or answer."""

DEATHS = 3
"""A nest whose worker dies this often before it is ready is locked: trying again would not help."""

_ANSWERS: Mapping[Verb, Literal["yes", "no", "done"]] = {Verb.YES: "yes", Verb.NO: "no", Verb.DONE: "done"}


_REMEDIES = {one.code: one.remedy for one in (LabelRefused, CommandRefused)}


def _why_unanswered(asking: list[Nest], fitting: list[Nest], prompt: int | None) -> Trouble:
    """What happened and what to do when an answer belongs to no question, or to several."""
    if len(fitting) > 1:
        return Trouble(Hint.SEVERAL_ASK, "Several nests ask.", "Answer one of them: name the nest.")
    if asking:
        return Trouble(Hint.OTHER_ANSWER, "That is no answer to this question.", "Answer as the screen asks.")
    if prompt is not None:
        return Trouble(Hint.NOT_ASKED, "That question is over.", "Go on as the screen says.")
    return Trouble(Hint.NOT_ASKED, "Nothing is asked.", "Go on as the screen says.")


class Core:
    """Everything here runs in one thread; other threads only `post`."""

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
    ) -> None:
        self.bus = bus
        self._ledger = ledger
        self._inputs = inputs
        self._spawn = spawn
        self._new_run = new_run
        self._shortage = shortage
        self._inbox: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self._wake_read, self._wake_write = os.pipe()
        self._quitting = False
        self._double_reads = DoubleReads()
        self._repeated = False
        self._owed: list[tuple[RunId, list[Body]]] = []
        self._desk = FixtureDesk(
            fixture,
            on_lid=lambda nest, closed: self.post(lambda: self._lid(nest, closed)),
            on_lost=lambda fault: self.post(lambda: self._trouble(fault)),
        )
        self._nests = {number: Nest(number, WorkerHandle(number, spawn)) for number in nests}

    # What other threads may call

    def post(self, action: Callable[[], object]) -> None:
        """Have `action` done in the core thread."""
        self._inbox.put(action)
        with contextlib.suppress(OSError):  # the core has ended; nobody is left to be woken
            os.write(self._wake_write, b"!")

    def scan(self, scan: Scan, source: str = "", judged: Callable[[bool], None] | None = None) -> None:
        """A scanner, `source`, read something, or a person typed it; `judged` is told whether it was taken."""
        now = time.monotonic()
        self.post(lambda: self._judge(scan, source, now, judged))

    def trouble(self, fault: Fault) -> None:
        """Tell a person of something about the station itself."""
        self.post(lambda: self._trouble(fault))

    def stop_nest(self, number: int) -> None:
        """A person wants the run in this nest to end."""
        self._tell(number, On.STOP, "stopped by a person")

    def cancel(self, number: int) -> None:
        """Drop the label of a nest whose unit is not seated yet."""
        self._tell(number, On.CANCEL)

    def release_nest(self, number: int) -> None:
        """The engineer says that a locked nest is safe again."""
        self._tell(number, On.RELEASED)

    def answer(
        self, answer: Literal["yes", "no", "done"], by: str, number: int | None = None, prompt: int | None = None
    ) -> None:
        """The operator answers: the question of a nest, or the only one that is open; `prompt` says which was read."""
        self.post(lambda: self._answer(answer, by, number, prompt))

    def _tell(self, number: int, on: On, why: str = "") -> None:
        nest = self._nests.get(number)
        if nest is not None:
            self.post(lambda: self._on(nest, on, why))

    def quit(self) -> None:
        """Stop open runs, make every nest safe, end."""
        self.post(self._quit)

    # The thread

    def run(self) -> None:
        """Work until `quit`; returns with every worker ended and every nest safe."""
        for nest in self._nests.values():
            self._make_safe(nest, self._locked_if)
            self.bus.publish(Moved(nest.number, nest.state, nest.tell, None))
        self._desk.start()
        try:
            while not (self._quitting and all(nest.run is None for nest in self._nests.values())):
                self._turn()
        finally:
            for nest in self._nests.values():
                nest.worker.quit()
                self._desk.ask(Request(nest.number, "safe", True, lambda fault: None))
            self._desk.close()
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
        self._pay()

    @staticmethod
    def _overdue(nest: Nest) -> bool:
        return nest.deadline is not None and time.monotonic() > nest.deadline

    # Scans and lids

    def _judge(self, scan: Scan, source: str, now: float, judged: Callable[[bool], None] | None) -> None:
        before = self._double_reads.just_now(scan, now) if source else None
        if before and self._goes_on(scan):
            self.bus.publish(Ignored(source, "Read twice: the second time was ignored."))
            taken = True
        else:
            # What was refused a moment ago may be taken now: a nest may have become free.
            self._repeated = before is False
            taken = self._scan(scan, source)
        self._double_reads.became(taken)
        if judged is not None:
            judged(taken)

    def _goes_on(self, scan: Scan) -> bool:
        """Whether what was taken of this scan is still under way: of a label, its unit in a nest."""
        return not isinstance(scan, Label) or any(
            nest.label == scan and nest.state in BEING_MADE for nest in self._nests.values()
        )

    def _scan(self, scan: Scan, source: str) -> bool:
        """Whether something takes the scan."""
        if self._quitting:
            return False
        match scan:
            case Command():
                return self._command(scan, source)
            case Label():
                return self._label(scan, source)
            case (_, code, detail, length):
                return self._refuse_scan(Refusal(code, detail, _REMEDIES.get(code, "")), length, source)

    def _label(self, label: Label, source: str) -> bool:
        short = self._shortage()
        if short is not None:
            self._trouble(short)
            return False
        try:
            known = self._ledger.known(label.device_id, label.serial)
        except Fault as fault:
            self._trouble(fault)
            return False
        inputs = self._inputs
        seats = [Seated(nest.number, nest.state, nest.label) for nest in self._nests.values()]
        taken = admit(label, inputs.recipe.platform, seats, known, inputs.recipe.orders, inputs.declares)
        if isinstance(taken, Refusal):
            return self._refuse_scan(taken, len(str(label)), source)
        nest = self._nests[taken]
        nest.label = label
        return self._on(nest, On.SCAN)

    def _command(self, command: Command, source: str) -> bool:
        """What a scanned command asks for; one that needs a screen is refused."""
        match command.verb:
            case Verb.YES | Verb.NO | Verb.DONE:
                return self._answer(_ANSWERS[command.verb], "scan", command.nest, None)
            case Verb.STOP:
                meant = [one for one in self._nests.values() if command.nest in (None, one.number)]
                stopped = [self._on(nest, On.STOP, "stopped by a scan") for nest in meant]
                refusal = Refusal(CommandRefused.code, "Nothing runs that could be stopped.", "Go on.")
                return any(stopped) or self._refuse_scan(refusal, len(command.verb), source)
            case Verb.UNLOAD | Verb.NEST | Verb.START | Verb.RETRY:
                refusal = Refusal(Hint.NO_USE, f"{command.verb} does nothing here.", "Use the lid.")
                return self._refuse_scan(refusal, len(command.verb), source)

    def _answer(self, answer: Literal["yes", "no", "done"], by: str, number: int | None, prompt: int | None) -> bool:
        asking = [
            one
            for one in self._nests.values()
            if one.question is not None and number in (None, one.number) and prompt in (None, one.question.prompt)
        ]
        fitting = [one for one in asking if one.question and (answer == "done") is (one.question.answers == "done")]
        if len(fitting) != 1:
            self.bus.publish(_why_unanswered(asking, fitting, prompt))
            return False
        (nest,) = fitting
        question, run = nest.question, nest.run
        if question is None or run is None:
            return False
        if self._store(nest, [Answered(op=question.op, prompt=question.prompt, answer=answer, by=by)]) is not None:
            return False
        nest.question = None
        nest.worker.send(Said(run, question.prompt, answer, by))
        return self._on(nest, On.ANSWER)

    def _refuse_scan(self, refusal: Refusal, length: int, source: str) -> bool:
        if self._repeated:
            self.bus.publish(Ignored(source, f"Read twice: {refusal.detail}"))
            return False
        self._store(None, [ScanRefused(code=refusal.code, detail=refusal.detail, length=length, source=source)])
        told = f"{source}: {refusal.detail}" if source else refusal.detail
        self.bus.publish(Trouble(refusal.code, told, refusal.remedy, refusal.nest))
        return False

    def _lid(self, number: int, closed: bool) -> None:
        nest = self._nests.get(number)
        if nest is not None and not self._quitting:
            self._on(nest, On.LID_CLOSED if closed else On.LID_OPENED, "the lid was opened")

    def _on(self, nest: Nest, on: On, why: str = "") -> bool:
        """Move a nest by the table; False when the table has no such row and nothing changed."""
        row = step(nest.state, on)
        if row is None:
            return False
        nest.state, nest.tell = row.then, row.tell
        if row.then is State.EMPTY:
            nest.label = None
        if row.then is not State.ASKING:
            nest.question = None
        elif nest.question is not None:
            nest.tell = nest.question.tell
        self.bus.publish(Moved(nest.number, nest.state, nest.tell, nest.label, nest.question))
        if on is On.RELEASED and nest.worker.gone:
            nest.worker, nest.deaths = WorkerHandle(nest.number, self._spawn), 0
        if on is On.LID_CLOSED and row.then is State.RUNNING:
            self._begin(nest)
        elif row.then is State.STOPPING:
            self._stop_run(nest, why)
        return True

    def _stop_run(self, nest: Nest, why: str) -> None:
        if nest.waiting is not None:
            # The worker has not begun; there is nothing to stop but the run itself.
            nest.waiting = None
            self._end(nest, Ended(Aborted.outcome, Aborted.code, why, Aborted.remedy))
        elif nest.run is not None:
            nest.worker.send(Stop(nest.run, why))
            nest.deadline = min(nest.deadline or math.inf, time.monotonic() + STOPS_WITHIN)

    # A run

    def _begin(self, nest: Nest) -> None:
        inputs = self._inputs
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
            ops=tuple(line.op for line in inputs.recipe.sheet),
        )
        nest.run, nest.record, nest.ended = run, None, None
        if self._store(nest, [started]) is not None:
            nest.run = None
            self._on(nest, On.ERROR)
            return
        nest.waiting = Job(run, started, inputs.recipe, inputs.release, inputs.factory_test)
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
                nest.worker.send(self._recalled(message))
            case Switch(what=what, on=on):
                worker = nest.worker
                self._desk.ask(
                    Request(nest.number, what, on, lambda fault: self.post(lambda: self._switched(worker, fault)))
                )
            case Ended():
                self._end(nest, message)
            case unknown:
                assert_never(unknown)

    def _note(self, nest: Nest, body: Body) -> None:
        if isinstance(body, Answered) and nest.question is None:
            # The operator's answer was stored before this withdrawal came.
            nest.worker.send(Reply())
            return
        fault = self._store(nest, [body])
        nest.worker.send(Reply.to(fault))
        self._time(nest, body)
        if fault is None and isinstance(body, Prompted):
            nest.question = body
            if not self._on(nest, On.QUESTION):
                nest.question = None
        elif isinstance(body, Answered):
            nest.question = None
            self._on(nest, On.ANSWER)

    def _recalled(self, asked: Recall) -> Reply:
        try:
            return Reply(known=self._ledger.known(asked.device, asked.serial, asked.iccid))
        except Fault as fault:
            return Reply.to(fault)

    @staticmethod
    def _switched(worker: WorkerHandle, fault: Fault | None) -> None:
        worker.send(Reply.to(fault))

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
        if doing is not None:
            self._store(
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
            self._make_safe(nest, self._locked_if)
        if nest.deaths >= DEATHS:
            self._trouble(fault)
            self._on(nest, On.UNSAFE)
        else:
            nest.worker = WorkerHandle(nest.number, self._spawn)

    def _end(self, nest: Nest, ended: Ended) -> None:
        nest.ended, nest.deadline = ended, None
        self._make_safe(nest, self._close)

    def _make_safe(self, nest: Nest, then: Callable[[Nest, Fault | None], None]) -> None:
        self._desk.ask(Request(nest.number, "safe", True, lambda fault: self.post(lambda: then(nest, fault))))

    def _locked_if(self, nest: Nest, fault: Fault | None) -> None:
        if fault is not None:
            self._trouble(NestUnsafe(f"nest {nest.number}: {fault}"))
            self._on(nest, On.UNSAFE)

    def _close(self, nest: Nest, unsafe: Fault | None) -> None:
        """The nest is safe, or is not; now the verdict is stored, and only then shown."""
        if nest.run is None or nest.ended is None:
            return
        ended = weigh(nest.record, nest.ended, unsafe)
        metered = metered_of(nest.record)
        finished = RunFinished(outcome=ended.outcome, code=ended.code, detail=ended.detail, remedy=ended.remedy)
        fault = self._store(nest, [*ended.on_pass, *metered, finished])
        outcome = ended.outcome
        if fault is not None:
            outcome = Outcome.ERROR
            owed = RunFinished(outcome=outcome, code=fault.code, detail=str(fault), remedy=fault.remedy)
            self._owed.append((nest.run, [*metered, owed]))
        nest.run = None
        quarantined = any(one.verdict != "no_evidence" for one in metered)
        self._on(nest, On.METER if quarantined else verdict(outcome))
        self._locked_if(nest, unsafe)

    # Evidence

    def _store(self, nest: Nest | None, bodies: list[Body]) -> Fault | None:
        """Append, then tell; the fault when nothing was stored."""
        run = nest.run if nest else None
        try:
            events = self._ledger.append(bodies, run)
        except Fault as fault:
            self._trouble(fault)
            return fault
        except Exception as bug:
            # Whatever it was, it is not on disk, and so it did not happen.
            unstored = JournalFull(f"an event could not be stored: {bug!r}")
            self._trouble(unstored)
            return unstored
        for event in events:
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
                self.bus.publish(Stored(None, event))

    def _trouble(self, fault: Fault) -> None:
        self.bus.publish(Trouble(fault.code, str(fault), fault.remedy))

    def _quit(self) -> None:
        self._quitting = True
        for nest in self._nests.values():
            if nest.run is not None:
                self._on(nest, On.STOP, "the station was stopped")

"""What becomes of a scan, an answer, a wish: judged on arrival, done or refused with a reason, never queued."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal

from station.domain.command import Command, Verb
from station.domain.events import Answered, ScanRefused
from station.domain.faults import CommandRefused, Fault, LabelRefused
from station.domain.known import Known
from station.domain.label import Label
from station.domain.nest import ENDED, On, State, lid_moved, step
from station.domain.people import Action, Badge
from station.domain.refusals import TEXTS, Code, Refusal, refuse
from station.domain.scan import Letters, Scan
from station.domain.shift_facts import (
    Approval,
)
from station.domain.shift_rules import AIMED_FOR, UNREAD
from station.engine.admission import BEING_MADE, DoubleReads, Seated, admit
from station.engine.allowed import House, blocked, needs_approval
from station.engine.bus import Aimed, Bus, Ignored, Trouble
from station.engine.gate import Gate, Wish
from station.engine.messages import Said
from station.engine.nest import Nest, Taken
from station.engine.questions import Questions
from station.engine.wishes import Floor, Wishes
from station.ports import Ledger

Answer = Literal["yes", "no", "done"]

_ANSWERS: Mapping[Verb, Answer] = {Verb.YES: "yes", Verb.NO: "no", Verb.DONE: "done"}

_REMEDIES = {one.code: one.remedy for one in (LabelRefused, CommandRefused)} | {Code.SCAN_CUT: TEXTS[Code.SCAN_CUT][1]}


class Reception(Wishes):
    """Everything here runs in the core thread."""

    def __init__(
        self,
        house: House,
        floor: Floor,
        gate: Gate,
        nests: Mapping[int, Nest],
        questions: Questions,
        ledger: Ledger,
        bus: Bus,
    ) -> None:
        super().__init__(house, floor, gate, nests, bus)
        self._questions, self._ledger = questions, ledger
        self._double_reads = DoubleReads()
        self._repeated = False
        self._aimed: tuple[int, float] | None = None
        self.closed = False
        """Once the station is about to end, nothing is taken any more."""

    def tick(self) -> None:
        """End what is over."""
        if self._aimed is not None and self._house.now() >= self._aimed[1]:
            self._aim(None)
        self._gate.tick(busy=self.running)

    # Scans

    def judge(self, scan: Scan, source: str, now: float, judged: Callable[[bool], None] | None) -> None:
        """Take a scan or refuse it, and say which."""
        self._gate.touch()
        before = self._double_reads.just_now(scan, now) if source else None
        if before and self._goes_on(scan):
            self._bus.publish(Ignored(source, "Read twice: the second time was ignored."))
            taken = True
        else:
            # What was refused a moment ago may be taken now: a nest may have become free.
            self._repeated = before is False
            taken = self._scan(scan, source, now)
        self._double_reads.became(taken)
        if judged is not None:
            judged(taken)

    def _goes_on(self, scan: Scan) -> bool:
        """Whether what was taken of this scan is still under way: of a label, its unit in a nest."""
        return not isinstance(scan, Label) or any(
            nest.label == scan and nest.state in BEING_MADE for nest in self._nests.values()
        )

    def _scan(self, scan: Scan, source: str, now: float) -> bool:
        """Whether something takes the scan."""
        if self.closed:
            self._bus.publish(Ignored(source, "The station is ending: this scan was not taken.", "ending"))
            return False
        match scan:
            case Command():
                return self._command(scan, source, now)
            case Label():
                aimed = self._aimed[0] if self._aimed is not None else None
                self._aim(None)
                return self._label(Taken(scan, self._gate.by, typed=not source), source, aimed)
            case Badge():
                return self._gate.badge(scan, source)
            case Letters(wrong=""):
                self._bus.publish(Ignored(source, "This scanner sends every letter right.", "letters"))
                return True
            case Letters(wrong=why):
                return self._refuse_scan(refuse(Code.SCANNER_LAYOUT, why=why), 0, source)
            case (_, code, detail, length):
                why_not = Refusal(code, detail, _REMEDIES.get(code, ""), values={"length": str(length)})
                return self._refuse_scan(why_not, length, source)

    def _refuse_scan(self, refusal: Refusal, length: int, source: str, label: Label | None = None) -> bool:
        if self._repeated:
            self._bus.publish(Ignored(source, f"Read twice: {refusal.detail}", "again"))
            return False
        told = ScanRefused(code=refusal.code, detail=refusal.detail, length=length, source=source, label=label)
        self._floor.store(None, [told])
        where = f"{source}: {refusal.detail}" if source else refusal.detail
        self._bus.publish(replace(Trouble.of(refusal), detail=where))
        return False

    # Labels

    def _label(self, taken: Taken, source: str, aimed: int | None) -> bool:
        """Find the nest that takes a label; what only somebody with a right can allow waits for their badge."""
        label, rules = taken.label, self._house.rules
        taken = replace(taken, reference=rules.reference(label.serial))
        why = self._gate.refusal(Action.RUN) or blocked(self._house, taken.reference)
        if why is not None:
            return self._refuse_scan(why, len(str(label)), source, label)
        try:
            known = self._ledger.known(label.device_id, label.serial)
        except Fault as fault:
            self._bus.publish(Trouble.of(fault))
            return False
        found = self._admit(taken, known, aimed)
        if isinstance(found, Refusal):
            return self._refuse_scan(found, len(str(label)), source, label)
        needed = needs_approval(self._house, taken, known)
        if needed is not None:
            action, refusal = needed
            self._refuse_scan(refusal, len(str(label)), source, label)
            self._gate.want(
                Wish(action, refusal.detail, lambda by: self._approved(taken, by, source, found), found, label)
            )
            return False
        nest = self._nests[found]
        on = nest.takes or On.RETRY
        nest.taken = taken
        return self._floor.move(nest, on)

    def _approved(self, taken: Taken, by: Approval, source: str, nest: int) -> bool:
        """Go on with a label, where it would have gone, now that somebody has allowed it."""
        self._repeated = False
        if by.action is Action.ACCEPT_RECIPE:
            return self.accepted(by.by) and self._label(taken, source, nest)
        return self._label(replace(taken, approvals=(*taken.approvals, by)), source, nest)

    def _admit(self, taken: Taken, known: Known, aimed: int | None) -> int | Refusal:
        inputs = self._house.inputs
        seats = [Seated(nest.number, nest.state, nest.label, nest.seen, nest.takes) for nest in self._nests.values()]
        orders = inputs.recipe.orders
        if taken.reference is not None:
            known, orders = known.without_orders(), "if_imported"
        return admit(taken.label, inputs.recipe.platform, seats, known, orders, inputs.declares, aimed)

    # Commands

    def _command(self, command: Command, source: str, now: float) -> bool:
        """What a scanned command asks for."""
        match command.verb:
            case Verb.YES | Verb.NO | Verb.DONE:
                return self.answer(_ANSWERS[command.verb], "scan", command.nest, None, now)
            case Verb.STOP:
                return self.stop(command.nest, "stopped by a scan")
            case Verb.LOCK:
                return self.sign_out(source)
        return self._at_nest(command, source)

    def _at_nest(self, command: Command, source: str) -> bool:
        """START, UNLOAD, RETRY and NEST."""
        meant = [one for one in self._nests.values() if command.nest in (None, one.number)]
        why = self._gate.refusal(Action.RUN)
        if why is None and not meant:
            why = refuse(Code.NO_SUCH_NEST, nest=command.nest)
        if why is not None:
            return self._refuse_command(why, source)
        match command.verb:
            case Verb.NEST if meant[0].question is not None:
                self._questions.turn(meant[0])
                return True
            case Verb.NEST:
                if meant[0].state is State.UNLABELLED:
                    return self._refuse_command(refuse(Code.SEATED_UNLABELLED, nest=meant[0].number), source)
                if meant[0].takes is None and step(meant[0].state, On.RETRY) is None:
                    return self._refuse_command(refuse(Code.SCAN_NEST_TAKEN, nest=meant[0].number), source)
                self._aim(meant[0].number)
                return True
            case Verb.START:
                return self._start([one for one in meant if one.state is State.LABELLED], source)
            case Verb.UNLOAD:
                if command.nest is not None and meant[0].state is State.LOCKED:
                    return self.release(command.nest)
                return self._unload([one for one in meant if one.state in ENDED], source)
            case _ if self._gate.confirms(command.nest):
                return self._gate.confirm()
            case _:
                return self._retry(meant, source)

    def _start(self, waiting: list[Nest], source: str) -> bool:
        """Have a lid that is closed count as closed now: it was moved before the nest waited for it."""
        moved = [one for one in waiting if one.lid_closed]
        for one in moved:
            self._floor.move(one, lid_moved(closed=True, seated=one.seated))
        why = refuse(Code.LID_OPEN, nest=waiting[0].number) if waiting else refuse(Code.NOTHING_TO_START)
        return bool(moved) or self._refuse_command(why, source)

    def _unload(self, ended: list[Nest], source: str) -> bool:
        """A person says that units are out; nobody can say it of a closed nest, or of a unit that is seen."""
        empty = [one for one in ended if one.lid_closed is False and not one.seated]
        for one in empty:
            self._floor.move(one, On.OUT)
        if empty or not ended:
            return bool(empty) or self._refuse_command(refuse(Code.NOTHING_TO_UNLOAD), source)
        code = Code.UNIT_STILL_IN if ended[0].lid_closed is False else Code.LID_CLOSED
        return self._refuse_command(refuse(code, nest=ended[0].number), source)

    def _retry(self, nests: list[Nest], source: str) -> bool:
        """Have a unit that has no verdict run again where it sits, as if its label had been scanned."""
        ended = [(one, one.taken) for one in nests if step(one.state, On.RETRY) and one.seen and one.taken]
        if not ended:
            return self._refuse_command(refuse(Code.NOTHING_TO_RETRY), source)
        # What was allowed for the run before was used up by it.
        done = [
            self._label(replace(taken, by=self._gate.by, approvals=()), source, nest.number) for nest, taken in ended
        ]
        return any(done)

    def sign_out(self, source: str = "") -> bool:
        """Whoever is signed in goes."""
        nobody = Code.SIGN_IN_FIRST if self._house.rules.signed else Code.SIGN_IN_OFF
        return self._gate.sign_out("person") or self._refuse_command(refuse(nobody), source)

    def _refuse_command(self, why: Refusal, source: str) -> bool:
        return self._refuse_scan(why, 0, source)

    def _aim(self, nest: int | None) -> None:
        if nest is not None:
            self._aimed = nest, self._house.now() + AIMED_FOR
            self._bus.publish(Aimed(nest, AIMED_FOR))
        elif self._aimed is not None:
            self._aimed = None
            self._bus.publish(Aimed(None))

    # Answers

    def answer(self, answer: Answer, by: str, number: int | None, prompt: int | None, now: float) -> bool:
        """Take the operator's answer, given at `now`: to the question of the nest it names, else to the band's.

        It counts once that question could be read; one that names its `prompt` counts for no other.
        """
        if (why := self._gate.refusal(Action.ANSWER)) is not None:
            return self.refuse(Action.ANSWER, why, number)
        nest = self._questions.nest if number is None else self._nests.get(number)
        question, run = (nest.question, nest.run) if nest is not None else (None, None)
        if nest is None or question is None or run is None or prompt not in (None, question.prompt):
            return self.refuse(Action.ANSWER, _not_asked(number, prompt), number)
        if (answer == "done") is not (question.answers == "done"):
            return self.refuse(Action.ANSWER, refuse(Code.OTHER_ANSWER, nest=nest.number), nest.number)
        if now - (self._questions.since if number is None else nest.asked_at) < UNREAD:
            return self.refuse(Action.ANSWER, refuse(Code.QUESTION_UNREAD, nest=nest.number), nest.number)
        told = Answered(op=question.op, prompt=question.prompt, answer=answer, by=by, person=self._gate.by)
        if self._floor.store(nest, [told]) is not None:
            return False
        nest.question = None
        nest.worker.send(Said(run, question.prompt, answer, by))
        return self._floor.move(nest, On.ANSWER)


def _not_asked(number: int | None, prompt: int | None) -> Refusal:
    """Why an answer belongs to no question."""
    if prompt is not None:
        return refuse(Code.QUESTION_OVER)
    return refuse(Code.NOTHING_ASKED) if number is None else refuse(Code.NEST_ASKS_NOTHING, nest=number)

"""The hand a step works with: its line of the sheet, its limits, its pen."""

import math
from collections.abc import Callable, Mapping
from typing import Literal, Protocol

from station.domain.events import (
    Answered,
    Answers,
    Body,
    Checked,
    Kept,
    Measured,
    Progressed,
    Prompted,
)
from station.domain.faults import Aborted, EvidenceMissing, Fault, NoAnswer, OutOfLimits
from station.domain.flash_plan import Moment
from station.domain.ids import DeviceId, Iccid, RunId, SerialNumber
from station.domain.known import Known
from station.domain.label import Label
from station.domain.limits import quantity
from station.domain.outcome import Outcome
from station.domain.recipe import Operation, Recipe
from station.domain.record import Record
from station.domain.release import Release

Reply = tuple[Literal["yes", "no", "done"], str]
"""An operator's answer, and by what it was given."""


class Pen(Protocol):
    """Writes facts; what `note` returns from is on disk."""

    def note(self, body: Body) -> None:
        """Store a fact. Raises JournalFull."""
        ...

    def tell(self, progressed: Progressed) -> None:
        """Broadcast progress."""
        ...

    def stop_wanted(self) -> str | None:
        """Why a person wants this run to end, or None."""
        ...

    def known(self, device: DeviceId | None, serial: SerialNumber | None, iccid: Iccid | None) -> Known:
        """What the journal knows of a unit with these identifiers, in whichever run."""
        ...

    def said(self, prompt: int) -> Reply | None:
        """What the operator has answered to this question, or None so far; waits a moment for it."""
        ...

    def now(self) -> float:
        """Monotonic seconds of people's time, not of the bench's."""
        ...

    @property
    def record(self) -> Record:
        """What was noted so far."""
        ...


class Op:
    """One operation of one run."""

    def __init__(
        self, line: Operation, label: Label, recipe: Recipe, release: Release, factory_test: Release, pen: Pen
    ) -> None:
        self.line = line
        self.label = label
        self.recipe = recipe
        self.release = release
        self.factory_test = factory_test
        self._pen = pen
        self._began = pen.now()
        self.on_pass: list[Body] = []
        self.attempt = 1

    @property
    def record(self) -> Record:
        """The run so far."""
        return self._pen.record

    def note(self, body: Body) -> None:
        """Store a fact; it is on disk when this returns. Raises JournalFull, Aborted."""
        self.checkpoint()
        self._pen.note(body)

    def unrestored(self, device: DeviceId | None, serial: SerialNumber | None) -> Kept | None:
        """What the journal kept of this unit, of this chip or with this label, before an erase that never ended."""
        return self._pen.known(device, serial, None).kept

    def known(
        self, device: DeviceId | None = None, serial: SerialNumber | None = None, iccid: Iccid | None = None
    ) -> Known:
        """What the journal and the orders know of a unit with any of these identifiers."""
        return self._pen.known(device, serial, iccid)

    def prompt(
        self, tell: str, answers: Answers, within: float, shown: Callable[[], str | None] = lambda: None
    ) -> Reply | None:
        """Ask the operator and wait; None when nobody answered in time. Raises Aborted.

        `shown` is asked now and then: a text means that the unit itself has shown the answer, and ends the question.
        """
        number = question_number(self.record.run, len(self.record.prompted))
        self.note(Prompted(op=self.line.op, prompt=number, tell=tell, answers=answers, within=round(within, 1)))
        try:
            reply = self._await_reply(number, within, shown)
        except Fault:
            # A question that nobody waits for any more must not stay on the screen.
            self._pen.note(Answered(op=self.line.op, prompt=number, answer=None, by="withdrawn"))
            raise
        if reply is None:
            self.note(Answered(op=self.line.op, prompt=number, answer=None))
            # An answer that was stored before the question could be withdrawn counts.
            return self._pen.said(number)
        return reply

    def _await_reply(self, number: int, within: float, shown: Callable[[], str | None]) -> Reply | None:
        deadline = self._pen.now() + within
        while self._pen.now() < deadline:
            self.checkpoint()
            reply = self._pen.said(number)
            if reply is not None:
                return reply
            if by := shown():
                self.note(Answered(op=self.line.op, prompt=number, answer="done", by=by))
                return "done", by
        return None

    def with_verdict(self, body: Body) -> None:
        """Have a fact stored in the same transaction as the PASS, and never without it."""
        self.on_pass.append(body)

    def checkpoint(self) -> None:
        """The place where a run can be stopped. Raises Aborted."""
        why = self._pen.stop_wanted()
        if why is not None:
            raise Aborted(why)

    def remaining(self) -> float:
        """Seconds that this attempt has before its worker is ended, in people's time; 0 when there are none left."""
        return max(0.0, self.line.within - (self._pen.now() - self._began))

    def progress(self, part: float, text: str = "") -> None:
        """Say how far the operation is, 0 to 1. Raises Aborted."""
        self.checkpoint()
        self._pen.tell(Progressed(op=self.line.op, part=min(1.0, max(0.0, part)), text=text))

    def flashing(self, moment: Moment, share: float = 1.0) -> None:
        """Say how far a flash job is that makes up this share of the operation. Raises Aborted."""
        self.checkpoint()
        self._pen.tell(
            Progressed(
                op=self.line.op,
                part=min(1.0, max(0.0, moment.part * share)),
                text=moment.doing,
                done=moment.done,
                size=moment.size,
                seconds_left=round(moment.seconds_left, 1),
            )
        )

    def measure(self, name: str, value: float, source: str = "") -> Outcome:
        """Judge a value by the recipe's limit of that name and note it. Raises EvidenceMissing, NoAnswer."""
        limit = self.recipe.limits.get(name)
        if limit is None:
            raise EvidenceMissing(f"[limits] has no {name!r} to judge by")
        if not math.isfinite(value):
            raise NoAnswer(f"{name} is {value}, which is no reading")
        outcome = Outcome.PASS if limit.holds(value) else Outcome.FAIL
        self.note(
            Measured(
                op=self.line.op,
                name=name,
                value=value,
                limit=limit,
                outcome=outcome,
                attempt=self.attempt,
                source=source,
            )
        )
        return outcome

    def check(self, name: str, value: str | bool, expected: str | bool, source: str = "") -> Outcome:
        """Compare a text or a yes-no, exactly and in its kind, with what the recipe expects, and note it."""
        same = type(value) is type(expected) and value == expected
        outcome = Outcome.PASS if same else Outcome.FAIL
        self.note(
            Checked(
                op=self.line.op,
                name=name,
                value=value,
                expected=expected,
                outcome=outcome,
                attempt=self.attempt,
                source=source,
            )
        )
        return outcome

    def judge(self, values: Mapping[str, float], source: str = "") -> None:
        """Measure all, then fail once, naming every value that is out. Raises OutOfLimits."""
        out = [
            self.beyond(name, value)
            for name, value in values.items()
            if self.measure(name, value, source) is not Outcome.PASS
        ]
        if out:
            raise OutOfLimits("; ".join(out))

    def beyond(self, name: str, value: float) -> str:
        """The sentence about a value that is out of its limit."""
        limit = self.recipe.limits[name]
        return f"{name} is {quantity(value, limit.unit)}, limit {limit}"


def question_number(run: RunId, before: int) -> int:
    """The number of a run's next question, after so many.

    It begins with the random end of the run's id: a key that is pressed late answers no question of the next unit.

    >>> question_number(RunId("20261122-201501-n2-000f"), 2)
    15003
    """
    return int(run[-4:], 16) * 1000 + before + 1

"""The hand a step works with: its line of the sheet, its limits, its pen."""

import math
from typing import Protocol

from station.domain.events import Body, Kept, Measured, Progressed
from station.domain.faults import Aborted, EvidenceMissing, NoAnswer, OutOfLimits
from station.domain.flash_plan import Moment
from station.domain.ids import DeviceId, SerialNumber
from station.domain.label import Label
from station.domain.outcome import Outcome
from station.domain.recipe import Operation, Recipe
from station.domain.record import Record
from station.domain.release import Release


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

    def unrestored(self, device: DeviceId | None, serial: SerialNumber | None) -> Kept | None:
        """What the journal kept of this unit before an erase that never ended, in whichever run."""
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
        self.on_pass: list[Body] = []

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
        return self._pen.unrestored(device, serial)

    def with_verdict(self, body: Body) -> None:
        """Have a fact stored in the same transaction as the PASS, and never without it."""
        self.on_pass.append(body)

    def checkpoint(self) -> None:
        """The place where a run can be stopped. Raises Aborted."""
        why = self._pen.stop_wanted()
        if why is not None:
            raise Aborted(why)

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

    def measure(self, name: str, value: float) -> Outcome:
        """Judge a value by the recipe's limit of that name and note it. Raises EvidenceMissing, NoAnswer."""
        limit = self.recipe.limits.get(name)
        if limit is None:
            raise EvidenceMissing(f"[limits] has no {name!r} to judge by")
        if not math.isfinite(value):
            raise NoAnswer(f"{name} is {value}, which is no reading")
        outcome = Outcome.PASS if limit.holds(value) else Outcome.FAIL
        self.note(Measured(op=self.line.op, name=name, value=value, limit=limit, outcome=outcome))
        return outcome

    def judge(self, values: dict[str, float]) -> None:
        """Measure all, then fail once, naming every value that is out. Raises OutOfLimits."""
        out = [
            f"{name} is {value:g} {self.recipe.limits[name].unit}, limit {self.recipe.limits[name]}"
            for name, value in values.items()
            if self.measure(name, value) is not Outcome.PASS
        ]
        if out:
            raise OutOfLimits("; ".join(out))

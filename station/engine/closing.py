"""What the end of a run means to the shift: a nest that is locked, a reference unit that was judged."""

from collections.abc import Sequence
from dataclasses import dataclass

from station.domain.events import Metered, RunFinished
from station.domain.faults import CloudContact, Fault
from station.domain.outcome import Outcome
from station.domain.reference import came_right, is_it
from station.domain.refusals import Code, Refusal, refuse
from station.domain.shift_facts import NestLocked, ReferenceJudged
from station.domain.shift_rules import Reference, ShiftRules
from station.domain.standing import Standing


@dataclass(frozen=True, slots=True)
class Closing:
    """Facts to be stored with the verdict, and what people are told once they are."""

    locks: tuple[NestLocked, ...]
    judged: tuple[ReferenceJudged, ...]
    told: tuple[Fault | Refusal, ...]

    @property
    def facts(self) -> tuple[NestLocked | ReferenceJudged, ...]:
        """All of them."""
        return (*self.judged, *self.locks)


def closing_facts(
    nest: int,
    reference: Reference | None,
    end: RunFinished,
    metered: Sequence[Metered],
    unsafe: Fault | None,
    rules: ShiftRules,
    standing: Standing,
) -> Closing:
    """A reference unit is judged; another unit under its label is not, and it stays due.

    A nest is locked for the first of: its unit may have connected, now or in an earlier run that nobody has judged; it
    cannot be made safe; too many units failed in it in a row.
    """
    outcome = end.outcome
    told: list[Fault | Refusal] = [unsafe] if unsafe is not None else []
    judged: list[ReferenceJudged] = []
    if reference is not None and outcome in (Outcome.PASS, Outcome.FAIL) and is_it(end.code):
        serial, expect, right = reference.serial, reference.expect, came_right(reference.expect, outcome)
        judged.append(ReferenceJudged(serial=serial, nest=nest, expect=expect, outcome=outcome, right=right))
        told += [] if right else [refuse(Code.REF_WRONG, serial=serial, outcome=outcome.value, expect=expect)]
    lock: NestLocked | None = None
    suspect = next((one for one in metered if one.verdict != "no_evidence" or one.earlier), None)
    if suspect is not None:
        lock = NestLocked(nest=nest, why="meter", code=CloudContact.code, detail=suspect.conclusion)
    elif unsafe is not None:
        lock = NestLocked(nest=nest, why="unsafe", code=unsafe.code, detail=str(unsafe))
    elif reference is None and rules.locks(standing, nest, outcome):
        why = refuse(Code.FAIL_STREAK, times=standing.streaks.get(nest, 0) + 1, nest=nest)
        told.append(why)
        lock = NestLocked(nest=nest, why="streak", code=why.code, detail=why.detail)
    return Closing(() if lock is None else (lock,), tuple(judged), tuple(told))

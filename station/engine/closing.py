"""What the end of a run means to the shift: a nest that is locked, a reference unit that was judged."""

from collections.abc import Sequence
from dataclasses import dataclass

from station.domain.events import Metered
from station.domain.faults import CloudContact
from station.domain.outcome import Outcome
from station.domain.refusals import Code, Refusal, refuse
from station.domain.shift_facts import NestLocked, ReferenceJudged
from station.domain.shift_rules import Reference, ShiftRules
from station.domain.standing import Standing


@dataclass(frozen=True, slots=True)
class Closing:
    """Facts to be stored with the verdict, and what people are told once they are."""

    locks: tuple[NestLocked, ...] = ()
    judged: tuple[ReferenceJudged, ...] = ()
    told: tuple[Refusal, ...] = ()

    @property
    def facts(self) -> tuple[NestLocked | ReferenceJudged, ...]:
        """All of them."""
        return (*self.judged, *self.locks)


def closing_facts(
    nest: int,
    reference: Reference | None,
    outcome: Outcome,
    metered: Sequence[Metered],
    rules: ShiftRules,
    standing: Standing,
) -> Closing:
    """A unit that may have connected locks its nest, so do too many fails in a row; a reference unit is judged."""
    judged: tuple[ReferenceJudged, ...] = ()
    locks: tuple[NestLocked, ...] = ()
    told: tuple[Refusal, ...] = ()
    if reference is not None and outcome in (Outcome.PASS, Outcome.FAIL):
        right = outcome.value == reference.expect
        judged = (
            ReferenceJudged(serial=reference.serial, nest=nest, expect=reference.expect, outcome=outcome, right=right),
        )
        if not right:
            told = (refuse(Code.REF_WRONG, serial=reference.serial, outcome=outcome.value, expect=reference.expect),)
    suspect = next((one for one in metered if one.verdict != "no_evidence"), None)
    if suspect is not None:
        locks = (NestLocked(nest=nest, why="meter", code=CloudContact.code, detail=suspect.conclusion),)
    elif reference is None and rules.locks(standing, nest, outcome):
        why = refuse(Code.FAIL_STREAK, times=standing.streaks.get(nest, 0) + 1, nest=nest)
        locks = (NestLocked(nest=nest, why="streak", code=why.code, detail=why.detail),)
        told = (*told, why)
    return Closing(locks, judged, told)

"""What keeps a label from being taken: the disk, reference units, and what only somebody with a right can allow."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from station.domain.faults import Fault, JournalMoved
from station.domain.known import Known
from station.domain.people import Action, who_may
from station.domain.refusals import Code, Refusal, refuse
from station.domain.shift_rules import Reference, ShiftRules, fails, passed
from station.domain.standing import Standing
from station.engine.nest import Inputs, Taken


@dataclass(frozen=True, slots=True)
class House:
    """What is made here and by which rules; `wall` tells µs since 1970 UTC, `now` monotonic seconds."""

    inputs: Inputs
    rules: ShiftRules
    standing: Standing
    shortage: Callable[[], Fault | None]
    now: Callable[[], float]
    wall: Callable[[], int]
    asleep: Callable[[], Fault | None] = lambda: None
    """Why the fixture's watchdog cannot be relied on."""


def blocked(house: House, reference: Reference | None) -> Refusal | None:
    """Why no unit is tested now, or none of production."""
    short, standing = house.shortage(), house.standing
    if short is not None:
        return refuse(Code.JOURNAL_MOVED if isinstance(short, JournalMoved) else Code.DISK_LOW, detail=short)
    if (asleep := house.asleep()) is not None:
        return Refusal.of(asleep)
    if reference is not None:
        return None
    if (wrong := standing.wrong_reference) is not None:
        return refuse(Code.REF_WRONG, serial=wrong.serial, outcome=wrong.outcome.value, expect=wrong.expect)
    if due := house.rules.due(standing, house.wall()):
        return refuse(Code.REF_DUE, serials=", ".join(f"{one.serial} ({one.expect})" for one in due))
    return None


def needs_approval(house: House, taken: Taken, known: Known) -> tuple[Action, Refusal] | None:
    """What somebody has to allow first: where people sign in with their badge, elsewhere by wanting it once more."""
    rules, inputs = house.rules, house.inputs
    allowed = {one.action for one in taken.approvals}
    again = taken.reference is not None or Action.TEST_AGAIN in allowed
    # A label that a person took back may be on another unit now.
    earlier = None if again or (known.released and not known.bound) else passed(known.past)
    # As the clock on the wall shows it to whoever reads this.
    at = "" if earlier is None else f"{datetime.fromtimestamp(earlier.at / 1e6).astimezone():%Y-%m-%d %H:%M}"
    if not rules.signed:
        return None if earlier is None else (Action.TEST_AGAIN, refuse(Code.PASSED_BEFORE, at=at))
    accepted = house.standing.accepted
    if accepted is None or accepted.recipe_sha256 != inputs.recipe_sha256:
        recipe = f"{inputs.recipe.name} {inputs.recipe.revision}"
        return Action.ACCEPT_RECIPE, refuse(Code.PLAN_CHANGED, recipe=recipe, who=who_may(Action.ACCEPT_RECIPE))
    if taken.typed and rules.typed_labels == "lead" and Action.TYPE_LABEL not in allowed:
        return Action.TYPE_LABEL, refuse(Code.TYPED_LABEL, who=who_may(Action.TYPE_LABEL))
    if again:
        return None
    who = who_may(Action.TEST_AGAIN)
    if earlier is not None:
        return Action.TEST_AGAIN, refuse(Code.SCAN_ALREADY_PASSED, at=at, who=who)
    if (times := fails(known.past)) >= inputs.recipe.retests:
        return Action.TEST_AGAIN, refuse(Code.RETEST_BLOCKED, times=times, who=who)
    return None

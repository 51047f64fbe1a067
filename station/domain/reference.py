"""Reference units: known to be good or bad, they show that the station can tell, and go back to their box."""

from station.domain.events import Body, RunFinished, StepFinished
from station.domain.faults import CloudContact, RanUnwatched, WrongUnit, all_faults
from station.domain.outcome import Outcome
from station.domain.shift_facts import Expect

BACK = "Put the reference unit back in its box."

_STAYS = frozenset({CloudContact.code, RanUnwatched.code})
"""What keeps any unit in its nest."""


_ANOTHER = frozenset(one.code for one in all_faults() if issubclass(one, WrongUnit))


def is_it(code: str) -> bool:
    """Whether a run that ended with this code says anything of the reference unit; another one may have its label.

    >>> is_it("U301"), is_it("U120")
    (True, False)
    """
    return code not in _ANOTHER


def came_right(expect: Expect, outcome: Outcome) -> bool:
    """Whether it came out as it must.

    >>> came_right("fail", Outcome.FAIL), came_right("fail", Outcome.ERROR)
    (True, False)
    """
    return outcome.value == expect


def of_reference(body: Body) -> Body:
    """A fact of a reference unit's run: whatever it says, it sends this unit to no tray. Another unit is set apart."""
    match body:
        case StepFinished(code=code) | RunFinished(code=code) if not code or code in _STAYS or not is_it(code):
            return body
        case StepFinished(outcome=Outcome.FAIL) | RunFinished(outcome=Outcome.FAIL):
            return body.model_copy(update={"remedy": BACK})
        case StepFinished(remedy=remedy) | RunFinished(remedy=remedy):
            return body.model_copy(update={"remedy": f"{remedy} {BACK}"})
        case _:
            return body

"""The rules of a shift: what station.toml says of people and reference units, and what follows from a unit's past.

What only somebody with a right can lift (a unit tested again, a changed test plan) applies where people sign in:
without them nobody could, and the line works without these rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, Field

from station.domain.ids import SerialNumber
from station.domain.known import Tried
from station.domain.outcome import Outcome
from station.domain.people import NOBODY, People
from station.domain.shift_facts import Expect
from station.domain.standing import Standing
from station.domain.timeline import MINUTE

SignInMode = Literal["none", "badge", "badge_and_pin"]

APPROVED_WITHIN = 30.0
"""Seconds that an action waits for the badge that approves it."""

IDLE = 600.0
"""Seconds without a scan and without a run, after which nobody is signed in any more."""

SHORT_SESSION = 900.0
"""Seconds that a technician or an engineer stays signed in."""

AIMED_FOR = 8.0
"""Seconds after NEST n in which the next label goes there."""

UNREAD = 0.4
"""Seconds a question stands before an answer counts: one that comes sooner was meant for the question before. A design
margin, not measured: to see that something is there and to move a finger takes a person longer."""

PIN_TRIES = 5
"""Wrong PINs, one after the other, after which a badge is locked."""

HOUR = 3_600_000_000
"""µs."""


class Reference(BaseModel, frozen=True, extra="forbid"):
    """A unit that is known to be good, or to be bad: it shows that the station can tell."""

    serial: SerialNumber
    expect: Expect = Field(description="pass or fail")


@dataclass(frozen=True, slots=True)
class ShiftRules:
    """What holds at this station."""

    sign_in: SignInMode = "none"
    people: People = NOBODY
    references: tuple[Reference, ...] = ()
    reference_hours: float = 12.0
    shift_hours: float = 12.0
    fail_streak: int = 5
    typed_labels: Literal["anybody", "lead"] = "anybody"

    @property
    def signed(self) -> bool:
        """Whether people sign in here."""
        return self.sign_in != "none"

    def reference(self, serial: SerialNumber | None) -> Reference | None:
        """The reference unit with this label."""
        return next((one for one in self.references if one.serial == serial), None)

    def over(self, at: int | None, now: int) -> bool:
        """Whether what was proved then, in µs, has to be proved anew: a shift ago, never, or in the future."""
        return at is None or not -MINUTE < now - at < self.shift_hours * HOUR

    def due(self, standing: Standing, now: int) -> list[Reference]:
        """Reference units that were not run with the right outcome within the hours of a shift; `now` in µs.

        A time that lies in the future is no proof: the clock was set back.
        """

        def proved(one: Reference) -> bool:
            at, judged = standing.references.get(one.serial, (0, None))
            return (
                judged is not None
                and judged.right
                and judged.expect == one.expect
                and -MINUTE < now - at < self.reference_hours * HOUR
            )

        return [one for one in self.references if not proved(one)]

    def locks(self, standing: Standing, nest: int, outcome: Outcome) -> bool:
        """Whether this outcome makes too many fails in a row in a nest."""
        streak = standing.streaks.get(nest, 0) + 1
        return outcome is Outcome.FAIL and 0 < self.fail_streak <= streak


def delay(wrong: int) -> float:
    """Seconds before the next PIN is looked at, after so many wrong ones: 1, 2, 4, 8.

    >>> [delay(wrong) for wrong in range(5)]
    [0.0, 1.0, 2.0, 4.0, 8.0]
    """
    return 2.0 ** (wrong - 1) if wrong > 0 else 0.0


def passed(past: Sequence[Tried]) -> Tried | None:
    """The PASS that is the newest thing known of a unit; a run after it that was no PASS takes it back."""
    return past[-1] if past and past[-1].outcome is Outcome.PASS else None


def fails(past: Sequence[Tried]) -> int:
    """How often a unit failed since it last passed; runs without a verdict do not count."""
    count = 0
    for one in past:
        match one.outcome:
            case Outcome.PASS:
                count = 0
            case Outcome.FAIL:
                count += 1
            case _:
                continue
    return count

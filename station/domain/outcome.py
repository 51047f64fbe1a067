"""How a step or a run ends."""

from collections.abc import Iterable
from enum import StrEnum


class Outcome(StrEnum):
    """The worst outcome of its steps is the outcome of a run."""

    PASS = "pass"
    """Everything that had to be shown was shown."""
    FAIL = "fail"
    """The unit is bad; counts against yield."""
    ERROR = "error"
    """The station could not tell; the unit is run again."""
    ABORTED = "aborted"
    """A person stopped the run."""
    INTERRUPTED = "interrupted"
    """The station itself stopped in mid-run; found and closed at the next start."""

    @property
    def severity(self) -> int:
        """0 for PASS, larger is worse."""
        return list(Outcome).index(self)


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome of several; of none, PASS.

    >>> worst([Outcome.PASS, Outcome.ERROR, Outcome.FAIL]).value
    'error'
    """
    return max(outcomes, key=lambda one: one.severity, default=Outcome.PASS)

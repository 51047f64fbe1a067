"""Many runs in a few numbers."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Self

from pydantic import BaseModel, Field

from station.domain.ids import DeviceId, SerialNumber
from station.domain.outcome import Outcome, worst
from station.domain.record import Record


class OperationTime(BaseModel, frozen=True, extra="forbid"):
    """How long one operation took, over all its attempts; seconds, to the millisecond."""

    op: int
    do: str
    count: int
    median: float
    max: float


class Summary(BaseModel, frozen=True, extra="forbid"):
    """A shift, a lot or a demonstration. Without `first_pass_yield` no first attempt was judged."""

    runs: int
    open_runs: int
    units: int
    outcomes: dict[Outcome, int] = Field(description="ended runs; every outcome is named, also with 0")
    first_pass: int = Field(description="units whose first attempt was a PASS, every operation at its first try")
    first_fail: int = Field(description="units whose first attempt, or whose first try at an operation, was a FAIL")
    first_unjudged: int = Field(description="units whose first attempt ended otherwise: the station could not tell")
    first_pass_yield: float | None = Field(description="first_pass / (first_pass + first_fail), 0 to 1")
    operations: tuple[OperationTime, ...]

    @classmethod
    def of(cls, records: Iterable[Record]) -> Self:
        """Add up records, in the order in which their runs began.

        A unit is told by its device id; before it has one, by its serial number. A run that learnt neither counts as
        a unit of its own. The first attempt is the unit's first run, whatever became of it, and in it each operation's
        first try: a PASS after an ERROR is no first pass, and an ERROR does not speak against the unit. Reference
        units show what the station can tell, and are left out.
        """
        runs = [one for one in records if one.started.reference is None]
        first: dict[str, Outcome] = {}
        known = {run.serial: run.device_id for run in runs if run.serial and run.device_id}
        ended = [run for run in runs if run.outcome is not None]
        units = {_unit(run, known) for run in runs}
        for run in ended:
            if run.outcome is not None:
                first.setdefault(_unit(run, known), at_first(run, run.outcome))
        passed, failed = (list(first.values()).count(one) for one in (Outcome.PASS, Outcome.FAIL))
        return cls(
            runs=len(runs),
            open_runs=len(runs) - len(ended),
            units=len(units),
            outcomes={one: sum(run.outcome is one for run in ended) for one in Outcome},
            first_pass=passed,
            first_fail=failed,
            first_unjudged=len(first) - passed - failed,
            first_pass_yield=round(passed / (passed + failed), 4) if passed + failed else None,
            operations=tuple(_times(runs)),
        )


def at_first(run: Record, outcome: Outcome) -> Outcome:
    """What an ended run counts as: its outcome, but for a PASS that took a second try at an operation."""
    if outcome is not Outcome.PASS or run.at_first_try:
        return outcome
    tried = [step.outcome for step in run.steps if step.attempt == 1]
    # A unit that failed once has failed, whatever else the station could not tell at first.
    return Outcome.FAIL if Outcome.FAIL in tried else worst(tried)


def _unit(run: Record, known: Mapping[SerialNumber, DeviceId]) -> str:
    if run.device_id is not None or run.serial is None:
        return run.device_id or run.run
    return known.get(run.serial, run.serial)


def _times(runs: Sequence[Record]) -> list[OperationTime]:
    seconds: dict[tuple[int, str], list[float]] = {}
    for run in runs:
        for step in run.steps:
            seconds.setdefault((step.op, step.do), []).append(step.seconds)
    return [
        OperationTime(op=op, do=do, count=len(taken), median=round(median(taken), 3), max=round(max(taken), 3))
        for (op, do), taken in sorted(seconds.items())
    ]

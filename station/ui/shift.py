"""The runs that ended in a shift, in the few numbers that stand at the foot of the page."""

from statistics import median

from station.domain.outcome import Outcome
from station.domain.record import Record
from station.report.summary import Summary

USUAL = 20
"""Runs from which usual times are taken: enough for a median, few enough to follow a change."""


class Shift:
    """Counts as the report counts; keeps of each run only what that needs."""

    def __init__(self) -> None:
        self._ended: list[Record] = []
        self.summary = Summary.of([])

    def add(self, record: Record) -> None:
        """Take in a run that has ended."""
        self._ended.append(
            Record(
                run=record.run,
                started=record.started,
                started_at=record.started_at,
                finished=record.finished,
                finished_at=record.finished_at,
                steps=record.steps,
                identified=record.identified,
            )
        )
        self.summary = Summary.of(self._ended)

    def runs_of(self, serial: str) -> int:
        """How many runs of the unit with this label have ended."""
        return sum(str(one.started.label) == serial for one in self._ended)

    def usual(self) -> dict[int, float]:
        """Median seconds of each operation in the runs that passed; of none before the first."""
        passed = [one for one in self._ended if one.outcome is Outcome.PASS][-USUAL:]
        taken: dict[int, list[float]] = {}
        for record in passed:
            for step in record.steps:
                taken.setdefault(step.op, []).append(step.seconds)
        return {op: median(seconds) for op, seconds in taken.items()}

    @property
    def cycle(self) -> float | None:
        """Median seconds of the runs that passed; None before the first."""
        passed = [one.seconds for one in self._ended if one.outcome is Outcome.PASS]
        return median(passed) if passed else None

"""The runs that ended in a shift, in the few numbers that stand at the foot of the page."""

from bisect import insort
from collections import Counter, deque
from statistics import median

from station.domain.ids import DeviceId, SerialNumber
from station.domain.outcome import Outcome
from station.domain.record import Record
from station.report.summary import at_first

USUAL = 20
"""Runs from which usual times are taken: enough for a median, few enough to follow a change."""


class Shift:
    """Counts as the report counts (report.summary), run by run: a late unit costs no more than the first.

    Of a unit no more is kept than its names and how it came out first; reference units count nowhere.
    """

    def __init__(self) -> None:
        self.failed = 0
        """Runs that ended as a FAIL."""
        self._runs: Counter[str] = Counter()
        self._first: dict[str, tuple[int, Outcome]] = {}
        self._by_serial: dict[SerialNumber, tuple[int, Outcome]] = {}
        self._devices: dict[SerialNumber, DeviceId] = {}
        self._firsts: Counter[Outcome] = Counter()
        self._passed: list[float] = []
        self._recent: deque[tuple[tuple[int, float], ...]] = deque(maxlen=USUAL)

    def add(self, record: Record) -> None:
        """Take in a run that has ended."""
        outcome = record.outcome
        if outcome is None or record.started.reference is not None:
            return
        self._runs[str(record.started.label)] += 1
        self.failed += outcome is Outcome.FAIL
        if outcome is Outcome.PASS:
            insort(self._passed, record.seconds)
            self._recent.append(tuple((step.op, step.seconds) for step in record.steps))
        self._attempt(record, (self._runs.total(), at_first(record, outcome)))

    def _attempt(self, record: Record, attempt: tuple[int, Outcome]) -> None:
        device, serial = record.device_id, record.serial
        if device is None and serial is not None:
            self._by_serial.setdefault(serial, attempt)
            return
        unit = device or record.run
        if unit not in self._first:
            self._first[unit] = attempt
            self._firsts[attempt[1]] += 1
        if device is not None and serial is not None:
            self._devices[serial] = device

    def _counted(self) -> tuple[int, Counter[Outcome]]:
        """Units, and how their first attempts came out.

        Runs that ended before the chip was asked, few, are told by their label: the unit's own, once both are known.
        """
        firsts, earlier = self._firsts.copy(), dict[str, tuple[int, Outcome]]()
        units = len(self._first)
        for serial, attempt in self._by_serial.items():
            unit = self._devices.get(serial)
            if unit is None:
                units += 1
                firsts[attempt[1]] += 1
            elif attempt < (before := earlier.get(unit, self._first[unit])):
                firsts[before[1]] -= 1
                firsts[attempt[1]] += 1
                earlier[unit] = attempt
        return units, firsts

    @property
    def units(self) -> int:
        """How many units were tested."""
        return self._counted()[0]

    @property
    def first_pass_yield(self) -> float | None:
        """Of the units that were judged at their first attempt, how many passed, 0 to 1; None before the first."""
        _, firsts = self._counted()
        judged = firsts[Outcome.PASS] + firsts[Outcome.FAIL]
        return round(firsts[Outcome.PASS] / judged, 4) if judged else None

    def runs_of(self, serial: str) -> int:
        """How many runs of the unit with this label have ended."""
        return self._runs[serial]

    def usual(self) -> dict[int, float]:
        """Median seconds of each operation in the runs that passed; of none before the first."""
        taken: dict[int, list[float]] = {}
        for steps in self._recent:
            for op, seconds in steps:
                taken.setdefault(op, []).append(seconds)
        return {op: median(seconds) for op, seconds in taken.items()}

    @property
    def cycle(self) -> float | None:
        """Median seconds of the runs that passed; None before the first."""
        return median(self._passed) if self._passed else None

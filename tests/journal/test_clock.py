"""Order is sequence, never the clock: a clock that was set is a fact, and changes no verdict, list or figure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from station.domain.events import Body, Event, Metered, Unwound
from station.domain.journal_facts import ClockStepped
from station.domain.outcome import Outcome
from station.domain.shift_facts import ReferenceJudged
from station.domain.shift_rules import HOUR, Reference, ShiftRules
from station.domain.timeline import first_since
from station.domain.unwind import suspects
from station.journal.outbox import outbox
from station.journal.store import Journal
from station.report.shift import ShiftReport
from tests.journal.shift import MIDNIGHT, clock, run, serial, unit_id, whole_run

YEAR = 8760 * HOUR


@dataclass
class Clocks:
    """The clock on the wall, and one that nobody can set."""

    wall: int = MIDNIGHT
    elapsed: float = 0.0
    heard: list[Event] = field(default_factory=list)

    def wait(self, hours: float) -> None:
        self.wall += round(hours * HOUR)
        self.elapsed += hours * 3600

    def set(self, wall: int) -> None:
        self.wall = wall

    def open(self, folder: Path) -> Journal:
        journal = Journal.create_or_open(folder, lambda: self.wall, lambda: self.elapsed)
        journal.tell = self.heard.extend
        return journal

    @property
    def steps(self) -> list[tuple[float, str]]:
        return [(one.body.seconds, one.body.since) for one in self.heard if isinstance(one.body, ClockStepped)]


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def journal(clocks: Clocks, tmp_path: Path) -> Iterator[Journal]:
    with clocks.open(tmp_path) as opened:
        yield opened


def test_time_that_passes_is_no_step(journal: Journal, clocks: Clocks) -> None:
    for hours in (0, 0.001, 1, 400):
        clocks.wait(hours)
        journal.append(whole_run(1)[:1], run(1))
    assert clocks.steps == []


@pytest.mark.parametrize("seconds", [-86_400, -6, 6, 31_536_000])
def test_a_clock_that_is_set_is_a_fact_before_the_next_one(seconds: int, journal: Journal, clocks: Clocks) -> None:
    journal.append(whole_run(1)[:1], run(1))
    clocks.wait(1)
    clocks.set(clocks.wall + seconds * 1_000_000)
    [told] = journal.append(whole_run(1)[1:2], run(1))
    assert clocks.steps == [(seconds, "running")]
    assert [event.seq for event in (*clocks.heard, told)] == [2, 3]
    assert clocks.heard[0].run is None
    journal.append(whole_run(1)[2:3], run(1))
    assert len(clocks.steps) == 1


def test_a_clock_that_the_network_keeps_right_makes_no_facts(journal: Journal, clocks: Clocks) -> None:
    for off in (0, 2, -3, 4):
        clocks.wait(1)
        clocks.set(clocks.wall + off * 1_000_000)
        journal.append(whole_run(1)[:1], run(1))
    assert clocks.steps == []


def test_a_station_that_starts_before_its_last_entry_says_so(clocks: Clocks, tmp_path: Path) -> None:
    with clocks.open(tmp_path) as journal:
        journal.append(whole_run(1), run(1))
    clocks.set(MIDNIGHT - YEAR)
    with clocks.open(tmp_path) as journal:
        journal.append(whole_run(2), run(2))
    assert clocks.steps == [(-YEAR / 1e6, "stopped")]


def met(verdict: str) -> list[Body]:
    """A run that failed, as the meter judged it."""
    told = {"verdict": verdict, "reasons": ("it spoke",), "conclusion": "", "radio": "cellular"}
    metered = Metered.model_validate({**told, "device_id": unit_id(1), "serial": serial(1)})
    return [*whole_run(1, Outcome.FAIL)[:-1], metered, whole_run(1, Outcome.FAIL)[-1]]


WHENS = {
    "right": (0, HOUR, 2 * HOUR, 3 * HOUR),
    "at 1970 from the second incident on": (0, HOUR, 2 * HOUR - MIDNIGHT, 3 * HOUR - MIDNIGHT),
    "a year ahead at the strike-off": (0, YEAR, 2 * HOUR, 3 * HOUR),
    "all at once": (0, 0, 0, 0),
    "backwards": (3 * HOUR, 2 * HOUR, HOUR, 0),
}


@pytest.mark.parametrize("when", WHENS.values(), ids=WHENS)
def test_an_incident_after_a_strike_off_counts_whatever_the_clock_says(
    when: tuple[int, int, int, int], journal: Journal, clocks: Clocks
) -> None:
    history: list[tuple[list[Body], int | None]] = [
        (met("incident"), 1),
        ([Unwound(device_id=unit_id(1), by="Ann", note="SIM off")], None),
        (met("incident"), 2),
        (whole_run(1), 3),
    ]
    for at, (bodies, number) in zip(when, history, strict=True):
        clocks.set(MIDNIGHT + at)
        journal.append(bodies, None if number is None else run(number))
    found = outbox(journal.events())
    assert (len(found.pending), len(found.withheld)) == (0, 1)
    assert [one.run for one in suspects(journal.events()) if one.done is None] == [run(2)]


@pytest.mark.parametrize("when", WHENS.values(), ids=WHENS)
def test_a_strike_off_after_the_incident_counts_whatever_the_clock_says(
    when: tuple[int, int, int, int], journal: Journal, clocks: Clocks
) -> None:
    struck_off: list[Body] = [Unwound(device_id=unit_id(1), by="Ann", note="SIM off")]
    history: list[tuple[list[Body], int | None]] = [(met("incident"), 1), (struck_off, None), (whole_run(1), 3)]
    for at, (bodies, number) in zip(when, history, strict=False):
        clocks.set(MIDNIGHT + at)
        journal.append(bodies, None if number is None else run(number))
    assert len(outbox(journal.events()).pending) == 1


def this_shift(journal: Journal, now: int) -> ShiftReport:
    first = first_since(journal.moments(), now, 12 * HOUR)
    return ShiftReport.of(journal.events(), first, now - 12 * HOUR, now)


@pytest.mark.parametrize("wrong", [-MIDNIGHT + HOUR, -YEAR, -13 * HOUR, 13 * HOUR, YEAR, 60 * YEAR])
def test_a_shift_has_its_units_once_however_the_clock_was_set_meanwhile(
    wrong: int, journal: Journal, clocks: Clocks
) -> None:
    """Three units yesterday; today one, then one by a wrong clock, then one by the right clock again."""
    for number in (1, 2, 3):
        journal.append(whole_run(number), run(number))
    clocks.wait(24)
    journal.append(whole_run(4), run(4))
    clocks.wait(1)
    clocks.set(clocks.wall + wrong)
    journal.append(whole_run(5), run(5))
    assert this_shift(journal, clocks.wall).made.units == 2
    clocks.wait(1)
    clocks.set(clocks.wall - wrong)
    journal.append(whole_run(6), run(6))
    report = this_shift(journal, clocks.wall)
    assert report.made.units == 3
    assert [one.what[:17] for one in report.done] == ["the clock was set"] * 2


@pytest.mark.parametrize("wrong", [-MIDNIGHT + HOUR, -YEAR, -7 * HOUR, 7 * HOUR, YEAR])
def test_a_reference_unit_stays_as_old_as_it_is(wrong: int, journal: Journal, clocks: Clocks) -> None:
    rules = ShiftRules(references=(Reference(serial=serial(9), expect="pass"),), reference_hours=12)
    judged = ReferenceJudged(serial=serial(9), nest=1, expect="pass", outcome=Outcome.PASS, right=True)
    journal.append([judged], None)
    clocks.wait(6)
    clocks.set(clocks.wall + wrong)
    journal.append(whole_run(1), run(1))
    assert rules.due(journal.standing(), clocks.wall) == []
    clocks.wait(7)
    assert rules.due(journal.standing(), clocks.wall) != []


def test_who_gives_no_second_clock_has_none_compared(tmp_path: Path) -> None:
    ticks = clock()
    with Journal.create_or_open(tmp_path, ticks.__next__) as journal:
        journal.append(whole_run(1), run(1))
        for _ in range(100):
            next(ticks)
        assert len(journal.append(whole_run(2), run(2))) == 14
        assert journal.tail()[0] == 28

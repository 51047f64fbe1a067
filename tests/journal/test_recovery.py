"""Runs that the station did not end."""

from pathlib import Path

from station.domain.events import RunFinished
from station.domain.faults import StationStopped
from station.domain.outcome import Outcome
from station.domain.record import record_of, records_of
from station.journal.recovery import close_interrupted
from station.journal.store import Journal
from tests.journal.shift import clock, run, whole_run


def test_each_open_run_is_closed_as_interrupted_and_no_other(tmp_path: Path) -> None:
    with Journal.create_or_open(tmp_path, clock().__next__) as journal:
        journal.append(whole_run(1), run(1))
        journal.append(whole_run(2)[:5], run(2))
        journal.append(whole_run(3)[:1], run(3))
    with Journal.create_or_open(tmp_path, clock().__next__) as journal:
        closed = close_interrupted(journal)
        assert [event.run for event in closed] == [run(2), run(2), run(3), run(3)]
        assert [event.body.kind for event in closed] == ["metered", "run_finished"] * 2
        assert journal.open_runs() == []
        outcomes = [record.outcome for record in records_of(journal.events())]
        assert outcomes == [Outcome.PASS, Outcome.INTERRUPTED, Outcome.INTERRUPTED]


def test_the_verdict_says_what_happened_and_what_to_do(tmp_path: Path) -> None:
    with Journal.create_or_open(tmp_path, clock().__next__) as journal:
        journal.append(whole_run(2)[:5], run(2))
        close_interrupted(journal)
        record = record_of(journal.events(run(2)))
    assert record is not None
    assert record.finished == RunFinished(
        outcome=Outcome.INTERRUPTED,
        code=StationStopped.code,
        detail="The station stopped before this run had an end.",
        remedy=StationStopped.remedy,
    )
    assert record.current is None


def test_closing_twice_adds_nothing(tmp_path: Path) -> None:
    with Journal.create_or_open(tmp_path, clock().__next__) as journal:
        journal.append(whole_run(2)[:5], run(2))
        close_interrupted(journal)
        assert close_interrupted(journal) == []

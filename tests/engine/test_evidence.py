"""A journal that refuses: without evidence there is no verdict."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from station.domain.events import Body, PreAddRequested, RunFinished, RunStarted
from station.domain.faults import JournalFull
from station.domain.ids import RunId
from station.domain.nest import State
from station.domain.outcome import Outcome
from tests.engine.line import Line, good, refuse
from tests.engine.sheet import unit


def from_the(count: int) -> Callable[[Sequence[Body], RunId | None], None]:
    """A disk with room for this many transactions."""
    left = [count]

    def hindrance(bodies: Sequence[Body], run: RunId | None) -> None:
        left[0] -= 1
        if left[0] < 0:
            refuse()

    return hindrance


def only_the(number: int) -> Callable[[Sequence[Body], RunId | None], None]:
    """A disk that refuses one transaction."""
    left = [number]

    def hindrance(bodies: Sequence[Body], run: RunId | None) -> None:
        left[0] -= 1
        if left[0] == -1:
            refuse()

    return hindrance


def nothing(bodies: Sequence[Body], run: RunId | None) -> None:
    """No hindrance."""


APPENDS = 17
"""Transactions of a good run: start, six operations with begin and end, three facts, the verdict."""


@pytest.mark.parametrize("full", [from_the, only_the])
def test_a_journal_that_refuses_any_fact_of_a_run_never_shows_a_pass_and_every_run_is_closed(
    tmp_path: Path, full: Callable[[int], Callable[[Sequence[Body], RunId | None], None]]
) -> None:
    with Line(tmp_path) as line:
        for number in range(APPENDS):
            line.desk.hindrance = full(number)
            assert line.make(good(number)) is State.UNDECIDED, f"append {number}"
            line.desk.hindrance = nothing
            line.core.post(lambda: None)  # a turn, so that what is owed is paid
            line.until(lambda: all(one.finished for one in [line.record()] if one))
        line.desk.hindrance = full(APPENDS)
        assert line.make(good()) is State.PASSED, "the test counts its transactions"
        events = line.journal()
    ends = [event.body for event in events if isinstance(event.body, RunFinished)]
    starts = [event.run for event in events if isinstance(event.body, RunStarted)]
    assert [event.run for event in events if isinstance(event.body, RunFinished)] == starts
    assert [one.outcome for one in ends] == [Outcome.ERROR] * (APPENDS - 1) + [Outcome.PASS]
    assert {one.code for one in ends[:-1]} == {"S501"}
    assert len([event for event in events if isinstance(event.body, PreAddRequested)]) == 1


def test_a_run_that_lost_its_verdict_is_closed_only_when_there_is_room(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        line.seat(unit("SLOW"))
        line.wait_for_step("dawdle")
        line.full = JournalFull("0 MB are free")
        line.desk.hindrance = refuse
        line.core.stop_nest(1)
        assert line.end() is State.UNDECIDED
        line.desk.hindrance = nothing
        time.sleep(0.8)
        assert line.verdicts() == []
        line.full = None
        line.until(line.verdicts)
        assert [(one.outcome, one.code) for one in line.verdicts()] == [(Outcome.ERROR, "S501")]

"""A station that starts again shows every nest as it was left, where a closed lid tells that its unit is there."""

from pathlib import Path

import pytest

from station.domain.events import Body, RunFinished
from station.domain.faults import StationStopped
from station.domain.ids import RunId
from station.domain.nest import State
from station.domain.outcome import Outcome
from station.domain.shift_facts import Expect, NestLocked
from station.engine.bus import Earlier, Found, Moved
from station.journal.store import Journal
from station.texts import texts_in
from station.ui.around import Around, Making
from station.ui.cards import card_of
from station.ui.run_page import figures_of
from station.ui.samples import NOW
from station.ui.screen import Screen
from tests.engine.line import SHEET, Line, good
from tests.engine.sheet import started, unit
from tests.journal.shift import clock

TEXTS = texts_in("en")
MAKING = Making("line-1", SHEET, "demo-1.0.0")

ENDS = {
    "PASS": (RunFinished(outcome=Outcome.PASS), State.PASSED),
    "FAIL": (RunFinished(outcome=Outcome.FAIL, code="U302", detail="its own test failed"), State.FAILED),
    "ERROR": (RunFinished(outcome=Outcome.ERROR, code="S104", detail="the probe is gone"), State.UNDECIDED),
    "ABORTED": (RunFinished(outcome=Outcome.ABORTED, code="A001", detail="stopped by a person"), State.STOPPED),
    "killed": (None, State.UNDECIDED),
}
"""How a run ended that the station had before, or None where it did not end; and what its nest shows then."""


def left(folder: Path, *ends: RunFinished | None, more: tuple[Body, ...] = (), reference: Expect | None = None) -> None:
    """The journal of a station that has ended: a run in each nest; of a reference unit where one is expected so."""
    with Journal.create_or_open(folder, clock().__next__) as journal:
        for nest, end in enumerate(ends, start=1):
            run = RunId(f"20261122-201501-n{nest}-00aa")
            journal.append([started(SHEET, good(nest), nest).model_copy(update={"reference": reference})], run)
            if end is not None:
                journal.append([end], run)
        if more:
            journal.append(list(more), None)


def again(folder: Path, *, closed: tuple[int, ...], nests: tuple[int, ...] = (1,)) -> Line:
    """The next station; these lids are closed when it starts."""
    line = Line(folder, nests=nests)
    for nest in closed:
        line.iron.lid_closed[nest] = True
    return line


def looked(line: Line, nest: int = 1) -> None:
    """Wait until the station has looked at a lid, and has done what it does about it."""
    line.until(lambda: nest in line.iron.seen)
    done: list[bool] = []
    line.until(lambda: line.iron.safe(nest))
    line.core.post(lambda: line.core.post(lambda: done.append(True)))
    line.until(lambda: done)


def screen(line: Line) -> Screen:
    shown = Screen()
    for one in list(line.heard):
        shown.hear(one, NOW)
    return shown


@pytest.mark.parametrize("how", ENDS)
def test_a_nest_that_is_closed_shows_its_last_verdict_with_its_reason_until_its_unit_is_out(
    how: str, tmp_path: Path
) -> None:
    end, state = ENDS[how]
    left(tmp_path, end)
    with again(tmp_path, closed=(1,)) as line:
        line.until(lambda: line.states[1] is state)
        looked(line)
        assert line.states[1] is state
        (found,) = [one for one in line.heard if isinstance(one, Found)]
        assert found.record.finished is not None
        shown = screen(line)
        card = card_of(shown.nests[1], MAKING, Around(NOW), TEXTS)
        assert card.serial == str(good(1))
        if state is not State.PASSED:
            code = end.code if end is not None else StationStopped.code
            assert card.advice is not None
            assert card.advice.what == TEXTS.say(f"fault.{code}.what")
            assert card.advice.do == TEXTS.say(f"fault.{code}.do")
        else:
            assert (card.tray, card.advice) == ("P", None)
        line.open_lid()
        looked(line)
        assert line.states[1] is state, "nobody has seen it out"
        line.unload()
        line.until(lambda: line.states[1] is State.EMPTY)
        assert [one.outcome for one in line.verdicts()] == [], "nothing was judged anew"
        assert line.make(good(5)) is State.PASSED


def test_a_nest_that_is_open_is_empty_and_closing_it_later_brings_nothing_back(tmp_path: Path) -> None:
    left(tmp_path, ENDS["FAIL"][0])
    with again(tmp_path, closed=()) as line:
        looked(line)
        line.iron.lid_closed[1] = True
        line.until(lambda: line.iron.seen.get(1) is True)
        looked(line)
        assert line.states == {1: State.EMPTY}
        assert [one for one in line.heard if isinstance(one, Found)] == []
        assert line.make(good(5)) is State.PASSED


def test_a_nest_that_no_run_was_in_is_empty_however_its_lid_is(tmp_path: Path) -> None:
    left(tmp_path, ENDS["PASS"][0])
    with again(tmp_path, closed=(1, 2), nests=(1, 2)) as line:
        line.until(lambda: line.states[1] is State.PASSED)
        looked(line, 2)
        assert line.states == {1: State.PASSED, 2: State.EMPTY}


@pytest.mark.parametrize("why", ["meter", "streak"])
def test_a_locked_nest_stays_locked_whatever_its_lid_and_its_last_run_say(why: str, tmp_path: Path) -> None:
    lock = NestLocked.model_validate({"nest": 1, "why": why, "code": "X", "detail": "before"})
    left(tmp_path, ENDS["FAIL"][0], ENDS["PASS"][0], more=(lock,))
    with again(tmp_path, closed=(1, 2), nests=(1, 2)) as line:
        line.until(lambda: line.states[2] is State.PASSED)
        looked(line)
        assert line.states[1] is State.LOCKED
        line.open_lid()
        looked(line)
        assert line.states[1] is State.LOCKED
        line.core.release_nest(1, "Edda Engineer")
        line.until(lambda: line.states[1] is State.EMPTY)


def test_a_unit_without_verdict_that_is_still_there_is_run_once_more_where_it_sits(tmp_path: Path) -> None:
    left(tmp_path, None)
    with again(tmp_path, closed=(1,)) as line:
        line.until(lambda: line.states[1] is State.UNDECIDED)
        assert line.scanned(good(1))
        line.until(lambda: line.states[1] is State.LABELLED)
        line.open_lid()
        line.close_lid()
        assert line.end() is State.PASSED


def test_no_unit_that_was_found_can_be_made_in_another_nest(tmp_path: Path) -> None:
    left(tmp_path, ENDS["PASS"][0])
    with again(tmp_path, closed=(1,), nests=(1, 2)) as line:
        line.until(lambda: line.states[1] is State.PASSED)
        assert not line.scanned(good(1))
        assert [one.code for one in line.troubles()] == ["LABEL_FOUND_OTHER_NEST"]


def test_the_figures_of_the_shift_are_those_before_the_restart(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        assert line.make(good()) is State.PASSED
        assert line.make(unit("BAD")) is State.FAILED
        before = screen(line)
    with again(tmp_path, closed=(1,)) as line:
        line.until(lambda: line.states[1] is State.FAILED)
        after = screen(line)
        assert isinstance(line.heard[0], Earlier), "counted once, and first"
    assert after.outcomes == before.outcomes
    assert after.last_start == before.last_start
    told = [figures_of(one, Around(before.last_start or 0), TEXTS) for one in (before, after)]
    assert told[0] == told[1]
    assert [one for one in line.heard if isinstance(one, Moved)][-1].label == unit("BAD")

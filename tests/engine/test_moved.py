"""The journal's file is replaced while a unit is made: no verdict is shown, and no unit is started."""

import shutil
from pathlib import Path

from station.domain.events import PreAddRequested, RunFinished
from station.domain.faults import JournalMoved
from station.domain.nest import State
from station.domain.outcome import Outcome
from station.domain.refusals import Code
from station.journal.entries import FILE
from station.journal.presence import beside
from tests.engine.line import Line, good
from tests.engine.sheet import unit


def replace(folder: Path) -> None:
    """As a sync tool does that brings back another version."""
    (folder / "away").mkdir()
    shutil.copyfile(folder / FILE, folder / "other")
    for one in beside(folder / FILE):
        one.rename(folder / "away" / one.name)
    (folder / "other").rename(folder / FILE)


def put_back(folder: Path) -> None:
    for one in (folder / "away").iterdir():
        one.replace(folder / one.name)


def test_no_verdict_is_shown_while_another_file_stands_in_the_journals_place(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        line.seat(unit("SLOW"))
        line.wait_for_step("dawdle")
        replace(tmp_path)
        line.core.stop_nest(1)
        assert line.end() is State.UNDECIDED
        assert JournalMoved.code in {one.code for one in line.troubles()}
        assert line.verdicts() == []
        put_back(tmp_path)
        line.until(line.verdicts)
        assert [(one.outcome, one.code) for one in line.verdicts()] == [(Outcome.ERROR, JournalMoved.code)]
        events = line.journal()
    assert [event.body.outcome for event in events if isinstance(event.body, RunFinished)] == [Outcome.ERROR]
    assert not [event for event in events if isinstance(event.body, PreAddRequested)]


def test_no_label_is_taken_while_the_journal_is_not_where_it_was(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        line.full = JournalMoved("the journal is now /backup/journal.sqlite")
        line.core.scan(good())
        line.until(line.troubles)
        assert line.troubles()[0].code == Code.JOURNAL_MOVED
        assert line.troubles()[0].stays
        assert line.states[1] is State.EMPTY

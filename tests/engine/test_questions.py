"""Questions to the operator: only a fitting answer to the open question counts, and a run never waits for ever."""

from pathlib import Path

import pytest

from station.domain.command import Command, Verb
from station.domain.events import Answered, Prompted
from station.domain.nest import State
from station.domain.outcome import Outcome
from station.domain.shift_rules import UNREAD
from station.engine.bus import Moved
from tests.engine.line import Line, good
from tests.engine.sheet import recipe, unit

SHEET = recipe({"do": "act", "within": 40}, {"do": "dawdle", "within": 60})
TWO_QUESTIONS = recipe({"do": "inquire", "within": 20})


def asked(line: Line, nest: int = 1) -> None:
    """A nest asks, and its operator has read it."""
    line.until(lambda: line.states[nest] is State.ASKING)
    line.later(UNREAD)


def shown(line: Line) -> list[int]:
    """The numbers of the questions that the screen had, in order."""
    return [one.question.prompt for one in line.heard if isinstance(one, Moved) and one.question is not None]


def answers(line: Line) -> list[tuple[str | None, str]]:
    return [(one.body.answer, one.body.by) for one in line.stored() if isinstance(one.body, Answered)]


def test_the_nest_shows_the_question_itself_and_goes_on_with_the_answer(tmp_path: Path) -> None:
    with Line(tmp_path, sheet=SHEET) as line:
        line.seat(unit("ASKS"))
        asked(line)
        [shown] = [one for one in line.heard if isinstance(one, Moved) and one.state is State.ASKING]
        assert shown.tell == "Is the LED red?"
        assert shown.question is not None
        assert (shown.question.prompt, shown.question.answers) == (1, "yes_no")
        line.core.answer("yes", "key")
        assert line.end() is State.PASSED
        assert answers(line) == [("yes", "key")]
        [prompted] = [one.body for one in line.stored() if isinstance(one.body, Prompted)]
        assert prompted.tell == "Is the LED red?"


def test_a_scanned_no_is_a_fail_of_the_unit(tmp_path: Path) -> None:
    with Line(tmp_path, sheet=SHEET) as line:
        line.seat(unit("ASKS"))
        asked(line)
        line.core.scan(Command(Verb.NO))
        assert line.end() is State.FAILED
        assert (line.verdicts()[0].code, answers(line)) == ("U304", [("no", "scan")])


def test_nobody_s_answer_is_no_fault_of_the_unit(tmp_path: Path) -> None:
    with Line(tmp_path, sheet=SHEET) as line:
        line.seat(unit("WAITS"))
        assert line.end() is State.UNDECIDED
        assert (line.verdicts()[0].code, answers(line)) == ("S207", [(None, "")])


def test_an_answer_when_nothing_is_asked_changes_nothing(tmp_path: Path) -> None:
    with Line(tmp_path, sheet=SHEET) as line:
        line.core.answer("yes", "key")
        line.until(line.troubles)
        assert line.troubles()[0].detail == "Nothing is asked."
        assert line.make(good()) is State.PASSED
        assert answers(line) == []


def test_an_answer_that_does_not_fit_or_names_another_question_is_not_taken(tmp_path: Path) -> None:
    with Line(tmp_path, sheet=SHEET) as line:
        line.seat(unit("ASKS"))
        asked(line)
        line.core.answer("done", "key")
        line.core.answer("no", "key", prompt=7)
        line.core.answer("no", "key", number=2)
        line.until(lambda: len(line.troubles()) == 3)
        assert line.states[1] is State.ASKING
        line.core.answer("yes", "key", number=1, prompt=1)
        assert line.end() is State.PASSED
        assert answers(line) == [("yes", "key")]


def test_a_second_yes_does_not_answer_the_next_unit_s_question(tmp_path: Path) -> None:
    with Line(tmp_path, sheet=SHEET) as line:
        line.seat(unit("ASKS"))
        asked(line)
        line.core.answer("yes", "scan")
        line.core.answer("yes", "scan")
        assert line.end() is State.PASSED
        line.seat(unit("ASKS", 1))
        asked(line)
        line.core.answer("no", "scan")
        assert line.end() is State.FAILED
        assert answers(line) == [("yes", "scan"), ("no", "scan")]


@pytest.mark.parametrize("by", ["touch", "key", "scan"])
def test_an_answer_before_the_question_could_be_read_counts_for_nothing(by: str, tmp_path: Path) -> None:
    with Line(tmp_path, sheet=SHEET) as line:
        line.seat(unit("ASKS"))
        line.until(lambda: line.states[1] is State.ASKING)
        for early in (0.0, UNREAD - 0.01):
            line.time.seconds = early
            if by == "scan":
                assert not line.scanned(Command(Verb.NO), f"scanner {early}")
            else:
                line.core.answer("no", by, 1, 1 if by == "touch" else None)
        line.until(lambda: len(line.troubles()) == 2)
        assert [(one.code, one.nest) for one in line.troubles()] == [("QUESTION_UNREAD", 1)] * 2
        assert line.states[1] is State.ASKING
        line.later(0.01)
        line.core.answer("yes", by, 1, 1)
        assert line.end() is State.PASSED
        assert answers(line) == [("yes", by)]


def test_two_quick_yes_answer_one_question_and_not_the_one_that_comes_behind_it(tmp_path: Path) -> None:
    with Line(tmp_path, sheet=TWO_QUESTIONS) as line:
        line.seat(unit("TWICE"))
        asked(line)
        line.core.answer("yes", "key")
        line.until(lambda: len(shown(line)) == 2)
        line.core.answer("yes", "key")
        line.until(line.troubles)
        assert [one.code for one in line.troubles()] == ["QUESTION_UNREAD"]
        assert (line.states[1], answers(line)) == (State.ASKING, [("yes", "key")])
        line.later(UNREAD)
        line.core.answer("no", "touch", 1, shown(line)[0])
        line.until(lambda: len(line.troubles()) == 2)
        assert line.troubles()[1].code == "QUESTION_OVER"
        line.core.answer("no", "touch", 1, shown(line)[1])
        assert line.end() is State.FAILED


def test_of_two_nests_that_ask_the_answer_must_name_one(tmp_path: Path) -> None:
    with Line(tmp_path, nests=(1, 2), sheet=SHEET) as line:
        line.seat(unit("ASKS"), 1)
        line.seat(unit("ASKS", 1), 2)
        asked(line, 1)
        asked(line, 2)
        line.core.answer("yes", "key")
        line.until(line.troubles)
        assert line.troubles()[0].detail == "Several nests ask."
        line.core.answer("no", "key", number=2)
        assert line.end(2) is State.FAILED
        assert line.states[1] is State.ASKING
        line.core.scan(Command(Verb.YES, 1))
        assert line.end(1) is State.PASSED


@pytest.mark.parametrize("how", ["lid", "person", "scan"])
def test_a_question_never_keeps_a_run_from_being_stopped(how: str, tmp_path: Path) -> None:
    with Line(tmp_path, sheet=SHEET) as line:
        line.seat(unit("ASKS"))
        asked(line)
        match how:
            case "lid":
                line.open_lid()
            case "person":
                line.core.stop_nest(1)
            case _:
                line.core.scan(Command(Verb.STOP))
        assert line.end() is State.STOPPED
        assert line.verdicts()[0].outcome is Outcome.ABORTED
        assert line.iron.safe(1)


def test_a_station_that_quits_does_not_wait_for_an_answer(tmp_path: Path) -> None:
    with Line(tmp_path, sheet=SHEET) as line:
        line.seat(unit("ASKS"))
        asked(line)
        line.quit()
        assert [one.outcome for one in line.verdicts()] == [Outcome.ABORTED]


def test_commands_that_need_a_screen_are_refused_without_touching_a_run(tmp_path: Path) -> None:
    with Line(tmp_path, sheet=SHEET) as line:
        line.seat(unit("ASKS"))
        asked(line)
        line.core.scan(Command(Verb.UNLOAD))
        line.until(line.troubles)
        assert line.states[1] is State.ASKING
        line.core.answer("yes", "key")
        assert line.end() is State.PASSED

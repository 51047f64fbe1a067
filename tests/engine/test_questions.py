"""Questions to the operator: only a fitting answer to the open question counts, and a run never waits for ever."""

from pathlib import Path

import pytest

from station.domain.command import Command, Verb
from station.domain.events import Answered, Prompted
from station.domain.nest import State
from station.domain.outcome import Outcome
from station.engine.bus import Moved
from tests.engine.line import Line, good
from tests.engine.sheet import recipe, unit

SHEET = recipe({"do": "act", "within": 40}, {"do": "dawdle", "within": 60})


def asked(line: Line, nest: int = 1) -> None:
    """A nest asks, and the operator has read it."""
    line.until(lambda: line.states[nest] is State.ASKING)
    line.time.seconds += 1


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


def test_a_code_that_is_scanned_before_anybody_can_have_read_the_question_is_no_answer(tmp_path: Path) -> None:
    with Line(tmp_path, sheet=SHEET) as line:
        line.seat(unit("ASKS"))
        line.until(lambda: line.states[1] is State.ASKING)
        line.time.seconds += 0.3
        line.core.answer("yes", "scan")
        line.until(line.troubles)
        assert line.troubles()[0].code == "QUESTION_NEW"
        assert line.states[1] is State.ASKING
        line.time.seconds += 0.2
        line.core.answer("no", "scan")
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

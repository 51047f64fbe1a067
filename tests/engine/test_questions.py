"""Questions to the operator: only a fitting answer to the open question counts, and a run never waits for ever."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from station.domain.command import Command, Verb
from station.domain.events import Answered, Prompted
from station.domain.nest import State
from station.domain.outcome import Outcome
from station.domain.shift_rules import UNREAD
from station.engine.admission import DOUBLE_READ
from station.engine.bus import Moved
from station.ui.screen import Screen
from station.ui.wishes import typed
from tests.engine.line import Line, good
from tests.engine.sheet import recipe, unit

SHEET = recipe({"do": "act", "within": 40}, {"do": "dawdle", "within": 60})
TWO_QUESTIONS = recipe({"do": "inquire", "within": 20})
READ = 2 * UNREAD


def asked(line: Line, nest: int = 1) -> None:
    """A nest asks, and its operator has read it."""
    line.until(lambda: line.states[nest] is State.ASKING)
    line.later(READ)


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


def asking(line: Line, nests: Sequence[int] = (1, 2, 3)) -> None:
    """So many nests ask, one after the other, and their operator has read each question."""
    for nest in nests:
        line.core.scan(Command(Verb.NEST, nest))
        line.seat(unit("ASKS", nest), nest)
        asked(line, nest)


def band(line: Line) -> int | None:
    """The nest whose question the band asks, on a screen that has heard what this line told."""
    screen = Screen()
    for heard in list(line.heard):
        screen.hear(heard)
    return None if screen.asked is None else screen.asked.nest


def three(folder: Path) -> Line:
    return Line(folder, nests=(1, 2, 3), sheet=SHEET)


@pytest.mark.parametrize("how", ["scan", "key"])
def test_of_three_nests_that_ask_the_band_s_is_answered_one_after_the_other(how: str, tmp_path: Path) -> None:
    with three(tmp_path) as line:
        asking(line)
        for nest, verb, then in ((1, Verb.YES, State.PASSED), (2, Verb.NO, State.FAILED), (3, Verb.YES, State.PASSED)):
            assert band(line) == nest
            if how == "scan":
                assert line.scanned(Command(verb), f"scanner {nest}")
            else:
                typed(line.core, verb.value)
            assert line.end(nest) is then
            line.later(READ)
        assert band(line) is None
        assert line.troubles() == []


def test_the_question_that_waits_longest_is_asked_and_stands_until_it_is_over(tmp_path: Path) -> None:
    with three(tmp_path) as line:
        asking(line, (3, 1))
        assert band(line) == 3
        asking(line, (2,))
        assert band(line) == 3
        assert line.scanned(Command(Verb.NO))
        assert line.end(3) is State.FAILED
        assert band(line) == 1


@pytest.mark.parametrize("how", ["scan", "key"])
def test_nest_n_turns_the_band_to_nest_n_and_a_scan_answers_it(how: str, tmp_path: Path) -> None:
    with three(tmp_path) as line:
        asking(line)
        if how == "scan":
            assert line.scanned(Command(Verb.NEST, 2))
        else:
            typed(line.core, "nest-2")
        line.until(lambda: band(line) == 2)
        assert not line.scanned(Command(Verb.NO)), "nobody has read it yet"
        assert [(one.code, one.nest) for one in line.troubles()] == [("QUESTION_UNREAD", 2)]
        line.later(READ)
        assert line.scanned(Command(Verb.NO), "right")
        assert line.end(2) is State.FAILED
        assert (line.states[1], line.states[3], band(line)) == (State.ASKING, State.ASKING, 1)
        assert not line.scanned(Command(Verb.NEST, 2)), "it neither asks nor takes a label: its unit sits in it"


@pytest.mark.parametrize("how", ["lid", "person", "time"])
def test_a_yes_that_was_meant_for_a_question_that_is_gone_answers_no_other(how: str, tmp_path: Path) -> None:
    with Line(tmp_path, nests=(1, 2), sheet=SHEET) as line:
        line.seat(unit("WAITS" if how == "time" else "ASKS"), 1)
        line.until(lambda: line.states[1] is State.ASKING)
        asking(line, (2,))
        if how == "lid":
            line.open_lid(1)
        elif how == "person":
            line.core.stop_nest(1)
        line.until(lambda: band(line) == 2)
        # The hand was on its way when the band turned.
        assert not line.scanned(Command(Verb.YES))
        line.core.answer("yes", "key")
        line.until(lambda: len(line.troubles()) == 2)
        assert [(one.code, one.nest) for one in line.troubles()] == [("QUESTION_UNREAD", 2)] * 2
        assert line.states[2] is State.ASKING
        line.later(READ)
        assert line.scanned(Command(Verb.YES), "right")
        assert line.end(2) is State.PASSED
        assert [one for one in answers(line) if one[0] is not None] == [("yes", "scan")]


def test_a_touch_answers_its_own_card_s_question_and_leaves_the_band_s_alone(tmp_path: Path) -> None:
    with three(tmp_path) as line:
        asking(line)
        line.core.answer("no", "touch", 2, shown(line)[1])
        assert line.end(2) is State.FAILED
        assert (line.states[1], line.states[3], band(line)) == (State.ASKING, State.ASKING, 1)
        # It stood there all the time.
        assert line.scanned(Command(Verb.YES))
        assert line.end(1) is State.PASSED


def test_a_touch_that_was_meant_for_the_run_before_answers_nothing(tmp_path: Path) -> None:
    with Line(tmp_path, sheet=SHEET) as line:
        line.seat(unit("ASKS"))
        asked(line)
        line.core.stop_nest(1)
        assert line.end() is State.STOPPED
        line.seat(unit("ASKS", 1))
        asked(line)
        line.core.answer("no", "touch", 1, shown(line)[0])
        line.until(line.troubles)
        assert [one.code for one in line.troubles()] == ["QUESTION_OVER"]
        assert line.states[1] is State.ASKING


def test_a_command_that_names_a_nest_answers_that_one(tmp_path: Path) -> None:
    with three(tmp_path) as line:
        asking(line)
        assert line.scanned(Command(Verb.NO, 3))
        assert line.end(3) is State.FAILED
        line.later(DOUBLE_READ)
        assert not line.scanned(Command(Verb.NO, 3))
        assert line.troubles()[-1].detail == "Nest 3 asks nothing."
        assert line.scanned(Command(Verb.YES, 2))
        assert line.end(2) is State.PASSED
        assert band(line) == 1


def test_a_done_is_no_answer_to_a_band_that_asks_yes_or_no_whoever_else_waits_for_it(tmp_path: Path) -> None:
    with Line(tmp_path, nests=(1, 2), sheet=SHEET) as line:
        asking(line, (1,))
        line.seat(unit("HOLDS"), 2)
        asked(line, 2)
        assert not line.scanned(Command(Verb.DONE))
        assert [(one.code, one.nest) for one in line.troubles()] == [("OTHER_ANSWER", 1)]
        assert (line.states[1], line.states[2]) == (State.ASKING, State.ASKING)
        assert line.scanned(Command(Verb.NEST, 2))
        line.later(READ)
        assert not line.scanned(Command(Verb.YES))
        assert line.scanned(Command(Verb.DONE), "right")
        assert line.end(2) is State.PASSED


def test_a_label_that_is_scanned_while_nests_ask_goes_to_a_free_nest_and_answers_nothing(tmp_path: Path) -> None:
    with three(tmp_path) as line:
        asking(line, (1, 2))
        assert line.scanned(good(7))
        assert (line.states[3], band(line)) == (State.LABELLED, 1)
        assert not line.scanned(good(8)), "every nest is taken"
        assert line.scanned(Command(Verb.YES))
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

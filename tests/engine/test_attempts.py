"""Attempts at an operation, and what an attempt leaves of the question it asked."""

from pathlib import Path

from station.domain.events import Answered, Prompted, StepFinished, StepStarted
from station.domain.nest import State
from station.domain.outcome import Outcome
from station.domain.shift_rules import UNREAD
from station.engine.bus import Moved
from tests.engine.line import Line, good
from tests.engine.sheet import recipe, unit

ASKS = recipe({"do": "inquire", "within": 20, "tries": 2})


def asked(line: Line, nest: int = 1, number: int = 1) -> Prompted:
    """The n-th question of a run, once a nest shows it and it was read."""

    def shown() -> Prompted | None:
        moves = [one for one in line.heard if isinstance(one, Moved) and one.nest == nest]
        question = moves[-1].question if moves else None
        return question if question is not None and question.prompt % 1000 == number else None

    line.until(shown)
    question = shown()
    assert question is not None
    line.later(UNREAD)
    return question


def facts(line: Line) -> list[Prompted | Answered]:
    return [event.body for event in line.stored() if isinstance(event.body, Prompted | Answered)]


def test_an_answer_is_on_disk_before_the_step_hears_it(tmp_path: Path) -> None:
    with Line(tmp_path, sheet=ASKS) as line:
        line.seat(good())
        asked(line)
        line.core.answer("no", "key")
        asked(line, number=2)
        line.core.answer("no", "key")
        assert line.end() is State.FAILED
        bodies = [event.body for event in line.journal()]
        ends = [n for n, one in enumerate(bodies) if isinstance(one, StepFinished) and one.op == 20]
        answers = [n for n, one in enumerate(bodies) if isinstance(one, Answered)]
        assert answers[0] < ends[0] < answers[1] < ends[1]
        assert line.verdicts()[0].code == "U304"


def test_an_answer_to_the_question_before_counts_for_nothing(tmp_path: Path) -> None:
    with Line(tmp_path, sheet=ASKS) as line:
        line.seat(unit("TWICE"))
        first = asked(line)
        line.core.answer("yes", "key", 1, first.prompt)
        second = asked(line, number=2)
        line.core.answer("no", "key", 1, first.prompt)
        line.until(line.troubles)
        assert line.troubles()[0].detail == "That question is over."
        assert line.states[1] is State.ASKING
        line.core.answer("yes", "key", 1, second.prompt)
        assert line.end() is State.PASSED


def test_an_answer_to_the_unit_before_is_no_answer_to_this_one(tmp_path: Path) -> None:
    with Line(tmp_path, sheet=ASKS) as line:
        line.seat(good())
        first = asked(line)
        line.core.answer("yes", "key", 1, first.prompt)
        assert line.end() is State.PASSED
        line.seat(good(1))
        assert asked(line).prompt != first.prompt
        line.core.answer("no", "key", 1, first.prompt)
        line.until(line.troubles)
        assert line.troubles()[0].detail == "That question is over."
        line.core.answer("yes", "key", 1)
        assert line.end() is State.PASSED


def test_a_question_that_nobody_answers_is_withdrawn_and_asked_again_by_the_next_attempt(tmp_path: Path) -> None:
    with Line(tmp_path, sheet=ASKS) as line:
        line.seat(unit("HURRY"))
        assert line.end() is State.UNDECIDED
        assert line.verdicts()[0].code == "S207"
        assert [one.prompt for one in facts(line)] == [1, 1, 2, 2]
        assert len(line.spawner.started) == 1


def test_a_fault_while_the_operator_is_asked_takes_the_question_away_and_the_next_attempt_can_ask(
    tmp_path: Path,
) -> None:
    with Line(tmp_path, sheet=ASKS) as line:
        line.seat(unit("LOST"))
        asked(line, number=2)
        assert facts(line)[1] == Answered(op=20, prompt=1, answer=None, by="withdrawn")
        line.core.answer("yes", "key", 1, 2)
        assert line.end() is State.PASSED


def test_a_worker_that_dies_while_it_asks_is_an_error_and_the_question_is_gone(tmp_path: Path) -> None:
    with Line(tmp_path, sheet=ASKS, method="spawn") as line:
        line.seat(good())
        asked(line)
        line.spawner.started[0].kill()
        assert line.end() is State.UNDECIDED
        assert line.verdicts()[0].code == "S602"
        line.core.answer("yes", "key", 1)
        line.until(line.troubles)
        assert line.troubles()[0].detail == "Nest 1 asks nothing."


# Attempts


def test_attempts_are_recorded_and_the_last_one_decides(tmp_path: Path) -> None:
    with Line(tmp_path, sheet=ASKS) as line:
        line.seat(good())
        asked(line)
        line.core.answer("no", "key")
        asked(line, number=2)
        line.core.answer("yes", "key")
        assert line.end() is State.PASSED
        record = line.record()
        assert record is not None
        tries = [(one.attempt, one.outcome) for one in record.steps if one.op == 20]
        assert tries == [(1, Outcome.FAIL), (2, Outcome.PASS)]
        assert record.repeated == (20,)
        assert not record.at_first_try
        assert record.missing() == []
        began = [event.body for event in line.journal() if isinstance(event.body, StepStarted)]
        assert [(one.attempt, one.tries) for one in began if one.op == 20] == [(1, 2), (2, 2)]


def test_an_attempt_that_ends_with_its_worker_is_recorded_as_that_attempt(tmp_path: Path) -> None:
    with Line(tmp_path, sheet=ASKS, method="spawn") as line:
        line.seat(unit("DIES"))
        asked(line)
        line.core.answer("no", "key")
        assert line.end() is State.UNDECIDED
        record = line.record()
        assert record is not None
        assert [(one.attempt, one.code) for one in record.steps if one.op == 20] == [(1, "U304"), (2, "S602")]

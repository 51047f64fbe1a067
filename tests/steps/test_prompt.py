"""The operator is asked; a person's no, silence and haste, and what the unit shows."""

import pytest

from station.domain.events import Answered, Body, Prompted
from station.domain.faults import Aborted, LinkLost, NotDoneInTime, OperatorSaysNo, Unanswered, WrongAnswer
from station.engine.op import Op, question_number
from tests.engine.notebook import Notebook, op_with
from tests.engine.sheet import RUN
from tests.steps.hands import Unit, do

FIRST = question_number(RUN, 0)
SECOND = question_number(RUN, 1)

LED: dict[str, object] = {"do": "prompt", "ask": "led", "give": {"colour": "red"}, "tell": "Is it red?"}
BUTTON: dict[str, object] = {
    "do": "prompt",
    "ask": "button",
    "until": {"presses": 1},
    "answers": "done",
    "tell": "Press it.",
}


def question(pen: Notebook, line: dict[str, object], **own: object) -> Op:
    return op_with(pen, line, own)


def facts(pen: Notebook) -> list[Prompted | Answered]:
    return [one for one in pen.notes if isinstance(one, Prompted | Answered)]


# Yes and no


def test_the_unit_shows_first_and_then_the_operator_is_asked() -> None:
    pen, unit = Notebook(), Unit({})
    pen.replies[FIRST] = ("yes", "key")
    do(question(pen, LED), unit)
    assert unit.asked == [("led", {"colour": "red"})]
    assert facts(pen) == [Prompted(op=20, prompt=FIRST, tell="Is it red?", answers="yes_no", within=18.0)]


def test_a_no_is_the_unit_s_failure() -> None:
    pen = Notebook()
    pen.replies[FIRST] = ("no", "scan")
    with pytest.raises(OperatorSaysNo, match=r"Is it red\? The operator says no\."):
        do(question(pen, LED), Unit({}))


def test_nobody_s_answer_is_no_verdict_on_the_unit_and_the_question_is_withdrawn() -> None:
    pen = Notebook()
    with pytest.raises(Unanswered, match=r"nobody answered within 18 s: Is it red\?"):
        do(question(pen, LED), Unit({}))
    assert facts(pen)[1:] == [Answered(op=20, prompt=FIRST, answer=None)]


def test_an_answer_that_comes_while_the_question_is_withdrawn_counts() -> None:
    class Hasty(Notebook):
        def note(self, body: Body) -> None:
            super().note(body)
            if isinstance(body, Answered):
                self.replies[FIRST] = ("yes", "key")

    do(question(Hasty(), LED), Unit({}))


def test_a_question_can_be_asked_without_asking_the_unit() -> None:
    pen, unit = Notebook(), Unit({})
    pen.replies[FIRST] = ("done", "key")
    do(
        question(pen, {"do": "prompt", "ask": None, "tell": {"es": "Cierre.", "en": "Close it."}, "answers": "done"}),
        unit,
    )
    assert unit.asked == []
    assert [one.tell for one in facts(pen) if isinstance(one, Prompted)] == ["Close it."]


def test_a_unit_that_answers_wrongly_does_not_bother_the_operator() -> None:
    pen = Notebook()
    lamp = {"flags": ["lit"], "give": {"colour": "text"}}
    with pytest.raises(WrongAnswer):
        do(question(pen, {**LED, "ask": "lamp", "expect": {"lit": True}}, lamp=lamp), Unit({"lit": False}))
    assert facts(pen) == []


def test_the_questions_of_a_run_are_numbered_so_that_an_answer_to_an_earlier_one_is_none() -> None:
    pen = Notebook()
    pen.replies[FIRST] = ("yes", "key")
    do(question(pen, LED), Unit({}))
    with pytest.raises(Unanswered):
        do(question(pen, LED), Unit({}))
    assert [one.prompt for one in facts(pen)] == [FIRST, SECOND, SECOND]


def test_a_question_takes_less_time_than_its_operation_has() -> None:
    pen, unit = Notebook(), Unit({})

    def takes_six_seconds(count: int) -> None:
        for _ in range(6):
            pen.said(99)

    unit.on_ask = takes_six_seconds
    with pytest.raises(Unanswered):
        do(question(pen, LED), unit)
    assert [one.within for one in facts(pen) if isinstance(one, Prompted)] == [12.0]


# Until the unit shows it


def test_a_question_ends_by_itself_when_the_unit_shows_the_answer() -> None:
    pen, unit = Notebook(), Unit({"presses": 0.0}, {"presses": 0.0}, {"presses": 2.0})
    do(question(pen, BUTTON), unit)
    assert len(unit.asked) == 3
    assert facts(pen) == [
        Prompted(op=20, prompt=FIRST, tell="Press it.", answers="done", within=16.0),
        Answered(op=20, prompt=FIRST, answer="done", by="button: presses 2"),
    ]


@pytest.mark.parametrize(
    "shown", [{}, {"presses": 0.0}, {"presses": True}, {"presses": "1"}, {"presses": float("nan")}]
)
def test_what_does_not_show_in_time_is_the_unit_s_failure(shown: dict[str, float | str | bool]) -> None:
    pen = Notebook()
    with pytest.raises(NotDoneInTime, match=r"Press it\. After 16 s button says presses"):
        do(question(pen, BUTTON), Unit(shown))
    assert facts(pen)[-1] == Answered(op=20, prompt=FIRST, answer=None)


def test_an_operator_who_says_done_too_early_is_asked_again_and_the_word_alone_counts_nothing() -> None:
    pen = Notebook()
    pen.replies[FIRST] = ("done", "key")
    with pytest.raises(NotDoneInTime):
        do(question(pen, BUTTON), Unit({"presses": 0.0}))
    assert [one.prompt for one in facts(pen) if isinstance(one, Prompted)] == [FIRST, SECOND]


def test_a_done_that_the_unit_bears_out_at_once_is_enough() -> None:
    pen = Notebook()
    pen.replies[FIRST] = ("done", "key")
    do(question(pen, BUTTON), Unit({"presses": 1.0}))
    assert [one.prompt for one in facts(pen)] == [FIRST]


def test_an_operator_can_say_that_it_cannot_be_done() -> None:
    pen = Notebook()
    pen.replies[FIRST] = ("no", "key")
    with pytest.raises(OperatorSaysNo):
        do(question(pen, {**BUTTON, "answers": "yes_no"}), Unit({"presses": 0.0}))


def test_texts_and_yes_noes_are_waited_for_exactly() -> None:
    line: dict[str, object] = {
        "do": "prompt",
        "ask": "door",
        "until": {"open": True, "side": "left"},
        "tell": "Open it.",
    }
    unit = Unit({"open": "yes", "side": "left"}, {"open": True, "side": "right"}, {"open": True, "side": "left"})
    do(question(Notebook(), line, door={"flags": ["open"], "texts": ["side"]}), unit)
    assert len(unit.asked) == 3


# What ends a question early


@pytest.mark.parametrize("line", [LED, BUTTON])
def test_a_stop_ends_a_question_at_once_and_takes_it_off_the_screen(line: dict[str, object]) -> None:
    pen = Notebook(stop_at=1)
    with pytest.raises(Aborted, match="stopped by a person"):
        do(question(pen, line), Unit({"presses": 0.0}))
    assert facts(pen)[1:] == [Answered(op=20, prompt=FIRST, answer=None, by="withdrawn")]


def test_a_unit_that_is_lost_ends_the_question() -> None:
    pen = Notebook()
    with pytest.raises(LinkLost):
        do(question(pen, BUTTON), Unit({"presses": 0.0}, LinkLost("gone")))
    assert facts(pen)[1:] == [Answered(op=20, prompt=FIRST, answer=None, by="withdrawn")]

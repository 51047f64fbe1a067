"""A unit from outside: its LED, its button, what it draws; and the questions of the test firmware about them."""

import pytest

from station.bench.board import Mode
from station.bench.body import Body, body_of
from station.bench.nest import Nest
from station.codec.factory_test import Question, Value
from station.domain.questions import BY_NAME
from tests.bench.conftest import let_run, unit_with_test_firmware


@pytest.fixture
def body(nest: Nest) -> Body:
    """A unit whose test firmware is up."""
    board = unit_with_test_firmware()
    let_run(nest, board)
    assert board.mode is Mode.NORMAL
    return body_of(board)


def ask(body: Body, question: str, **given: Value) -> dict[str, Value]:
    answer = body.answer(Question(1, question, given))
    assert answer is not None
    assert answer.ok, answer.error
    return dict(answer.values)


def on_usb(body: Body) -> bool:
    return body.board.mode is Mode.NORMAL


def test_the_answers_hold_what_the_table_of_questions_says(body: Body) -> None:
    for name, given in (
        ("led", {"colour": "red"}),
        ("button", {}),
        ("load", {"on": True}),
        ("sleep", {"seconds": 5.0}),
    ):
        known = BY_NAME[name]
        assert set(ask(body, name, **given)) == {*known.numbers, *known.texts, *known.flags}


def test_the_led_is_seen_in_the_colour_it_was_told_unless_it_is_dark(body: Body) -> None:
    assert body.seen == "off"
    ask(body, "led", colour="green")
    assert body.seen == "green"
    body.led_dark = True
    assert body.seen == "off"


def test_presses_are_counted_since_the_start(body: Body, nest: Nest) -> None:
    body.press()
    body.press()
    assert ask(body, "button")["presses"] == 2.0
    body.button_stuck = True
    body.press()
    assert ask(body, "button")["presses"] == 2.0
    nest.set_reset(held=True)
    nest.set_reset(held=False)
    nest.advance(1.0)
    assert ask(body_of(body.board), "button")["presses"] == 0.0


def test_a_load_draws_more_and_pulls_its_rail_down_and_no_other(body: Body) -> None:
    before = body.amps(), body.volts("v3v3"), body.volts("vbat")
    ask(body, "load", on=True)
    assert body.amps() > before[0] + 0.1
    assert before[1] - 0.1 < body.volts("v3v3") < before[1]
    assert body.volts("vbat") == before[2]
    ask(body, "load", on=False)
    assert (body.amps(), body.volts("v3v3"), body.volts("vbat")) == before
    assert body.volts("no_such_rail") == 0.0


def test_a_unit_that_sleeps_leaves_usb_draws_little_and_wakes_by_itself(body: Body, nest: Nest) -> None:
    awake = body.amps()
    ask(body, "sleep", seconds=5.0)
    assert (on_usb(body), body.amps()) == (True, awake), "it answers first"
    nest.advance(1.0)
    assert not on_usb(body)
    assert 0.0004 < body.amps() < 0.0008
    assert body.seen == "off"
    nest.advance(5.0)
    assert (on_usb(body), body.amps()) == (True, awake)
    assert len(body.board.runs) == 1, "it went on, and did not start anew"


def test_a_sleeping_unit_that_loses_power_does_not_wake(body: Body, nest: Nest) -> None:
    ask(body, "sleep", seconds=5.0)
    nest.advance(1.0)
    nest.make_safe()
    assert (body.amps(), body.volts("v3v3"), body.inrush_peak()) == (0.0, 0.0, 0.0)
    nest.advance(10.0)
    assert not on_usb(body)


def test_reset_held_is_less_than_running_and_the_inrush_is_more(body: Body, nest: Nest) -> None:
    running, peak = body.amps(), body.inrush_peak()
    nest.set_reset(held=True)
    assert 0 < body.amps() < running < peak


@pytest.mark.parametrize(
    ("question", "given"),
    [
        ("led", {"colour": "pink"}),
        ("led", {}),
        ("load", {"on": "yes"}),
        ("sleep", {"seconds": 0.0}),
        ("sleep", {"seconds": 61.0}),
        ("button", {"x": 1.0}),
    ],
)
def test_a_question_with_other_arguments_is_answered_with_no(
    body: Body, question: str, given: dict[str, Value]
) -> None:
    answer = body.answer(Question(1, question, given))
    assert answer is not None
    assert not answer.ok


def test_what_is_not_about_the_outside_is_not_answered_here(body: Body) -> None:
    assert body.answer(Question(1, "rails")) is None

"""The factory-test firmware is asked, the recipe judges."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.domain.events import Checked, Measured
from station.domain.faults import Fault, LinkLost, NoAnswer, OutOfLimits, WrongAnswer
from station.domain.outcome import Outcome
from station.ports import Value
from tests.engine.notebook import Notebook, op_of
from tests.steps.hands import Unit, do

BOTH = ["vbat", "temp"]
"""Judged by `op_of`'s limits: 3.6–4.2 V, up to 40 °C."""


def test_the_named_numbers_are_judged_and_noted_with_their_question() -> None:
    pen = Notebook()
    unit = Unit({"vbat": 3.7, "temp": 21, "other": 99.0})
    do(op_of(pen, ask="health", judge=BOTH), unit)
    noted = [one for one in pen.notes if isinstance(one, Measured)]
    assert [(one.name, one.value, one.outcome, one.source) for one in noted] == [
        ("vbat", 3.7, Outcome.PASS, "factory-test:health"),
        ("temp", 21.0, Outcome.PASS, "factory-test:health"),
    ]
    assert unit.asked == [("health", {})]


def test_what_the_line_gives_goes_with_the_question() -> None:
    unit = Unit({})
    do(op_of(Notebook(), ask="i2c", give={"bus": 1.0, "expect": "36"}), unit)
    assert unit.asked == [("i2c", {"bus": 1.0, "expect": "36"})]


def test_a_question_without_names_passes_when_the_unit_says_that_all_is_well() -> None:
    pen = Notebook()
    do(op_of(pen, ask="loopback"), Unit({"pairs": 4.0}))
    assert pen.notes == []


@pytest.mark.parametrize(
    ("value", "told"),
    [(None, "missing"), (True, "yes"), ("3.7", "'3.7'"), (math.nan, "nan"), (math.inf, "inf"), (-math.inf, "-inf")],
)
def test_what_is_no_finite_number_never_passes_and_the_others_are_noted_all_the_same(
    value: Value | None, told: str
) -> None:
    pen = Notebook()
    answer: dict[str, Value] = {"temp": 21.0} if value is None else {"vbat": value, "temp": 21.0}
    with pytest.raises(NoAnswer, match=f"health: vbat is {told}, which is no number"):
        do(op_of(pen, ask="health", judge=BOTH), Unit(answer))
    assert [one.name for one in pen.notes if isinstance(one, Measured)] == ["temp"]


def test_one_sentence_names_everything_that_is_bad() -> None:
    pen = Notebook()
    line = {"ask": "health", "judge": BOTH, "expect": {"jedec": "1c7016", "charging": True}}
    with pytest.raises(OutOfLimits) as refused:
        do(op_of(pen, **line), Unit({"vbat": 3.0, "temp": 55.5, "jedec": "000000", "charging": False}))
    assert str(refused.value) == (
        "vbat is 3 V, limit 3.6–4.2 V; temp is 55.5 °C, limit …–40 °C;"
        " jedec is '000000', expected '1c7016'; charging is no, expected yes"
    )
    assert [one.outcome for one in pen.notes if isinstance(one, Measured | Checked)] == [Outcome.FAIL] * 4


@pytest.mark.parametrize("value", ["true", "1c7016 ", "1C7016", "", True])
def test_a_text_must_be_exactly_what_is_expected(value: Value) -> None:
    pen = Notebook()
    with pytest.raises(WrongAnswer, match=r"jedec is .*, expected '1c7016'"):
        do(op_of(pen, ask="health", expect={"jedec": "1c7016"}), Unit({"jedec": value}))
    (noted,) = [one for one in pen.notes if isinstance(one, Checked)]
    assert (noted.value, noted.expected, noted.outcome) == (value, "1c7016", Outcome.FAIL)
    assert noted.source == "factory-test:health"


@pytest.mark.parametrize("value", ["yes", "true", False])
def test_a_yes_must_be_a_yes(value: Value) -> None:
    with pytest.raises(WrongAnswer, match="expected yes"):
        do(op_of(Notebook(), ask="health", expect={"charging": True}), Unit({"charging": value}))


@pytest.mark.parametrize("answer", [{}, {"jedec": 1.0}])
def test_a_text_that_is_missing_or_a_number_is_no_answer(answer: dict[str, Value]) -> None:
    with pytest.raises(NoAnswer, match=r"jedec is (missing|1), expected '1c7016'"):
        do(op_of(Notebook(), ask="health", expect={"jedec": "1c7016"}), Unit(answer))


def test_what_the_unit_expects_and_says_is_noted_when_it_is_right() -> None:
    pen = Notebook()
    do(
        op_of(pen, ask="health", expect={"jedec": "1c7016", "charging": False}),
        Unit({"jedec": "1c7016", "charging": False}),
    )
    assert [one.outcome for one in pen.notes if isinstance(one, Checked)] == [Outcome.PASS] * 2


@pytest.mark.parametrize(
    ("line", "within"),
    [
        ({"ask": "rails", "within": 20}, 3.0),
        ({"ask": "health", "within": 20}, 3.0),
        ({"ask": "rails", "within": 2}, 1.5),
        ({"ask": "rails", "within": 0.4}, 0.1),
        ({"ask": "health", "within": 3600}, 3.0),
    ],
)
def test_an_answer_has_the_time_of_its_question_and_never_more_than_the_line(
    line: dict[str, object], within: float
) -> None:
    unit = Unit({})
    do(op_of(Notebook(), **line), unit)
    assert unit.within == [within]


def test_a_fault_of_the_unit_is_the_step_s_own() -> None:
    pen = Notebook()
    with pytest.raises(LinkLost, match="unplugged"):
        do(op_of(pen, ask="rails", judge=["vbat"]), Unit(LinkLost("unplugged")))
    assert pen.notes == []


values = st.one_of(st.none(), st.booleans(), st.text(max_size=5), st.floats(), st.integers(-10, 10))


@given(vbat=values, temp=values)
def test_whatever_is_answered_only_numbers_inside_their_limits_pass(vbat: Value | None, temp: Value | None) -> None:
    answer = {name: value for name, value in (("vbat", vbat), ("temp", temp)) if value is not None}
    good = all(type(value) in (int, float) for value in (vbat, temp)) and (
        3.6 <= float(vbat or 0) <= 4.2 and float(temp or 0) <= 40 and math.isfinite(float(temp or 0))
    )
    pen = Notebook()
    try:
        do(op_of(pen, ask="health", judge=BOTH), Unit(answer))
        passed = True
    except Fault:
        passed = False
    assert passed is good
    assert passed is ([one.outcome for one in pen.notes if isinstance(one, Measured)] == [Outcome.PASS] * 2)

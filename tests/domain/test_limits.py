"""What is good enough."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from station.domain.limits import Limit, quantity

numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(numbers, numbers, numbers)
def test_a_window_holds_exactly_what_lies_between_its_edges(one: float, other: float, value: float) -> None:
    low, high = sorted((one, other))
    limit = Limit(low=low, high=high)
    assert limit.holds(value) == (low <= value <= high)
    assert limit.holds(low)
    assert limit.holds(high)


@given(numbers, numbers)
def test_an_open_side_holds_everything_on_that_side(edge: float, value: float) -> None:
    assert Limit(low=edge).holds(value) == (value >= edge)
    assert Limit(high=edge).holds(value) == (value <= edge)


@given(numbers)
def test_nan_and_infinity_are_never_good_enough(edge: float) -> None:
    for value in (math.nan, math.inf, -math.inf):
        assert not Limit(low=edge).holds(value)
        assert not Limit(high=edge).holds(value)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"unit": "V"},
        {"low": 2.0, "high": 1.0},
        {"low": math.nan},
        {"high": math.inf},
        {"low": True},
        {"low": "3.2"},
        {"low": 1.0, "mid": 2.0},
        {"low": 1.0, "unit": "x" * 13},
    ],
)
def test_a_limit_that_judges_nothing_or_nonsense_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Limit.model_validate(fields)


def test_a_whole_number_in_a_recipe_is_a_number() -> None:
    assert Limit.model_validate({"low": 3}).holds(3.0)


def test_a_limit_reads_as_a_person_writes_it() -> None:
    assert str(Limit(low=3.2, high=3.4, unit="V")) == "3.2–3.4 V"
    assert str(Limit(low=1)) == "1–…"
    assert str(Limit(high=1, unit="s")) == "…–1 s"
    assert str(Limit(low=0.00002, high=0.0001, unit="A")) == "20–100 µA"
    assert str(Limit(low=-0.0005, high=0.001, unit="V")) == "-0.0005–0.001 V"
    assert str(Limit(low=0, high=0.0001)) == "0–0.0001"


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (4.64e-5, "A", "46.4 µA"),
        (-2e-6, "V", "-2 µV"),
        (0.0, "A", "0 A"),
        (0.001, "A", "0.001 A"),
        (12.5, "", "12.5"),
        (0.0001, "ppm", "0.0001 ppm"),
    ],
)
def test_a_value_reads_as_a_person_writes_it(value: float, unit: str, told: str) -> None:
    assert quantity(value, unit) == told

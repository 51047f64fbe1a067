"""Times and values as a person reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.domain.limits import Limit
from station.domain.nest import TABLE
from station.texts import texts_in
from station.ui.words import limit_text, minutes, moved_key, quantity, row_key, step_text

TEXTS = texts_in("en")


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.000412, "A", "412\u00a0µA"),
        (0.25, "V", "250\u00a0mV"),
        (4.2, "V", "4.2\u00a0V"),
        (0.0, "V", "0\u00a0V"),
        (-0.0015, "A", "-1.5\u00a0mA"),
        (32768.0, "Hz", "32.8\u00a0kHz"),
        (0.9999999, "V", "1\u00a0V"),
        (8388608.0, "B", "8388608\u00a0B"),
        (3.0, "", "3"),
        (1e-12, "A", "0.001\u00a0nA"),
    ],
)
def test_a_value_has_three_digits_and_a_fitting_prefix(value: float, unit: str, said: str) -> None:
    assert quantity(value, unit, TEXTS) == said


@given(st.floats(allow_nan=False, allow_infinity=False, width=32), st.sampled_from(["V", "A", "%", "", "Hz"]))
def test_every_value_can_be_told(value: float, unit: str) -> None:
    assert quantity(value, unit, TEXTS)


def test_a_value_on_the_wrong_side_names_the_edge_it_missed() -> None:
    limit = Limit(low=3.6, high=4.25, unit="V")
    assert limit_text("vbat", 2.1, limit, TEXTS) == "Battery is 2.1\u00a0V, at least 3.6\u00a0V."
    assert limit_text("vbat", 4.3, limit, TEXTS) == "Battery is 4.3\u00a0V, at most 4.25\u00a0V."
    assert limit_text("vbat", 4.0, limit, TEXTS) == ""
    assert limit_text("antenna_gain", 1.0, Limit(low=2.0), TEXTS) == "Antenna gain is 1, at least 2."


@given(st.floats(min_value=-1e6, max_value=1e7, allow_nan=False))
def test_a_time_is_never_negative_and_always_reads_as_one(seconds: float) -> None:
    assert all(part.isdigit() for part in minutes(seconds).split(":"))


def test_a_step_of_another_package_is_named_by_its_own_name() -> None:
    assert step_text(None, "check_antenna", TEXTS) == "Check antenna"


def test_every_row_is_found_by_what_led_to_it() -> None:
    """Rows with the same state, next state and sentence have the same text, so none needs to be told apart."""
    for row in TABLE:
        found = moved_key(row.state, row.then, row.tell)
        assert TEXTS.say(found) == TEXTS.say(row_key(row)), row

"""What instruments answer, read by the host."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.codec import scpi_instrument
from station.codec.scpi_grammar import spelling
from station.codec.wire import NotUnderstood


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_every_number_that_an_instrument_writes_is_read_in_all_its_forms(value: float) -> None:
    for text in (f"{value:+.9E}", f"{value!r}", f" {value:.9e}\r"):
        if abs(float(text)) < scpi_instrument.OVERLOAD:
            assert scpi_instrument.number(text) == float(text)


@given(st.text(max_size=80))
def test_whatever_else_it_says_is_a_finite_number_or_refused(text: str) -> None:
    try:
        value = scpi_instrument.number(text)
    except NotUnderstood as why:
        said, value = str(why), 0.0
    else:
        said = ""
    assert math.isfinite(value)
    assert abs(value) < scpi_instrument.OVERLOAD
    assert said.replace("…", "").isascii()
    assert len(said) < 150


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ('0,"No error"', (0, "No error")),
        ('+0,"No error"\r', (0, "No error")),
        ("0,No error", (0, "No error")),
        ('-222,"Data out of range;CURR 5"', (-222, "Data out of range;CURR 5")),
        ('-350 , "Queue overflow"', (-350, "Queue overflow")),
        ('5,"\x1b[2J"', (5, "?[2J")),
        ("0  No Error", (0, "No Error")),
        ("0\tno error", (0, "no error")),
        ("No error", (0, "No error")),
        ('"No Error"', (0, "No Error")),
        ("NO ERRORS\r", (0, "NO ERRORS")),
        ("-113 Undefined header", (-113, "Undefined header")),
        ("+0", (0, "")),
        ("0", (0, "")),
        ("-410", (-410, "")),
        ('0,""', (0, "")),
    ],
)
def test_errors_are_read_with_the_liberties_that_instruments_take(answer: str, error: tuple[int, str]) -> None:
    found = scpi_instrument.error(answer)
    assert (found.number, found.words) == error
    assert found.bare == (not error[1] and '"' not in answer)


@pytest.mark.parametrize(
    "answer",
    ["", "1.5", '"0","No error"', "123456,x", "0,1", "1,0,1", "0 0", "No error 5", "0;1", "0x10", "+", "None", "1e0"],
)
def test_what_is_no_error_is_no_good_news(answer: str) -> None:
    with pytest.raises(NotUnderstood, match="error queue"):
        scpi_instrument.error(answer)


@pytest.mark.parametrize("answer", ["", ",", "Maker", "Maker\x07,Model", "Mäker,Model"])
def test_an_instrument_without_maker_and_model_has_no_name(answer: str) -> None:
    with pytest.raises(NotUnderstood, match="no maker and model"):
        scpi_instrument.identity(answer)


@pytest.mark.parametrize(
    ("header", "good", "bad"),
    [
        (
            "MEASure[:SCALar]:CURRent[:DC]",
            ("MEAS:CURR", ":MEASURE:SCAL:CURRENT:DC", "MEAS:CURR:DC"),
            ("MEAS", "MEASU:CURR", "MEAS:CURR:AC", "SCAL:CURR", "MEAS::CURR"),
        ),
        ("*IDN", ("*IDN",), (":*IDN", "IDN")),
        ("OUTPut#:STATe", ("OUTP:STAT", "OUTPUT12:STATE"), ("OUTPX:STAT",)),
        ("READ", ("READ", ":READ"), ("REA", "READS")),
    ],
)
def test_words_have_a_short_and_a_long_form_and_nothing_between(
    header: str, good: tuple[str, ...], bad: tuple[str, ...]
) -> None:
    assert all(spelling(header).match(one) for one in good)
    assert not any(spelling(header).match(one) for one in bad)

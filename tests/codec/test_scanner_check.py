"""A scanner that types something else than it reads is found before the first unit."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.codec.command import is_command
from station.codec.keyboards import LAYOUTS, Layout
from station.codec.scan import read_scan
from station.codec.scanner_check import TEXT, read
from station.domain.scan import Letters


def misreading(scanned: str) -> str | None:
    """What is wrong with it; None where nothing is."""
    letters = read(scanned)
    return "another code" if letters is None else letters.wrong or None


@pytest.mark.parametrize("around", [("", ""), ("]d1", "\r"), ("]C0", "\n"), ("\x02", "\x03"), ("", "\t")])
def test_what_arrives_as_it_is_is_right_whatever_the_scanner_adds(around: tuple[str, str]) -> None:
    assert misreading(TEXT.join(around)) is None


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda one: one.name)
@pytest.mark.parametrize("aim", ["", "]d1"])
def test_another_keyboard_is_named(layout: Layout, aim: str) -> None:
    assert misreading(layout.damage(aim + TEXT)) == f"this PC types as on {layout.name}"


@pytest.mark.parametrize(
    ("scanned", "says"),
    [
        (TEXT.lower(), "Caps Lock"),
        (TEXT[:-1], "36 characters"),
        (TEXT[5:], "32 characters"),
        (TEXT + TEXT, "74 characters"),
        ("", "another code"),
        ("B40HAB412004F9M", "another code"),
        (TEXT[::-1], "another code"),
    ],
)
def test_what_else_may_be_wrong_is_told(scanned: str, says: str) -> None:
    assert says in (misreading(scanned) or "")


@given(st.text(max_size=80).filter(lambda one: TEXT not in one))
def test_nothing_else_counts_as_right(scanned: str) -> None:
    assert misreading(scanned) is not None


def test_scanned_in_the_midst_of_work_it_is_no_command_and_no_label() -> None:
    assert not is_command(TEXT)
    assert read_scan(TEXT) == Letters()
    assert read_scan(TEXT.lower()) == Letters("it sends small letters for capital ones; Caps Lock may be on")


def test_a_piece_of_it_on_a_label_makes_no_check_of_the_label() -> None:
    scan = read_scan("B31KBN0001VK6SDABCDEFGHIJKLMNOP")
    assert isinstance(scan, tuple)
    assert scan[1] == "U101"


def test_it_has_every_digit_every_letter_and_the_hyphen_once() -> None:
    assert sorted(TEXT) == sorted([*string.digits, *string.ascii_uppercase, "-"])

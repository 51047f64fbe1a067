"""Scanners and PCs that do not mean the same keyboard."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.codec.keyboards import LAYOUTS, Layout
from station.codec.label import parse
from station.domain.faults import LabelRefused

LABEL = "B40HAB123456789 WBPYG6CPLRCFK4S"
FRENCH, GERMAN, FRENCH_SCANNER = LAYOUTS
of_a_label = st.text(string.ascii_uppercase + string.digits + " ", max_size=31)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda one: one.name)
@given(text=of_a_label)
def test_what_a_wrong_keyboard_does_to_a_label_can_be_undone(layout: Layout, text: str) -> None:
    assert layout.undo(layout.damage(text)) == text


@pytest.mark.parametrize("layout", [FRENCH, FRENCH_SCANNER], ids=lambda one: one.name)
@pytest.mark.parametrize("head", ["", "]d1"])
def test_a_wrong_keyboard_is_named_and_its_text_is_not_taken(layout: Layout, head: str) -> None:
    with pytest.raises(LabelRefused, match="keyboard layout is wrong") as refused:
        parse(layout.damage(head + LABEL))
    assert layout.name in str(refused.value)


def test_a_german_keyboard_shows_where_the_scanner_says_what_it_read() -> None:
    with pytest.raises(LabelRefused, match="QWERTZ"):
        parse(GERMAN.damage("]d1" + LABEL))
    # Without that it changes Y and Z only: the unit itself tells then that its label is another.
    assert parse(GERMAN.damage("B40HAY123456789")).serial == "B40HAZ123456789"


def test_a_keyboard_with_caps_lock_is_named() -> None:
    with pytest.raises(LabelRefused, match="Caps Lock"):
        parse(LABEL.swapcase())

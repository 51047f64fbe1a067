"""Keys as the kernel tells them."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.codec.key_events import EV_KEY, EV_SYN, EVENT, KEYPAD, KEYS, LOST, KeyReader, press

TYPEABLE = sorted(set(string.printable) - set("\n\x0b\x0c"))


def events(text: str, gap: float = 0.01) -> bytes:
    return b"".join(press(one, 10.0 + n * gap) for n, one in enumerate(text))


@given(st.text(TYPEABLE, max_size=60), st.integers(1, 100))
def test_what_a_scanner_types_is_read_in_whatever_pieces_it_comes(text: str, size: int) -> None:
    data, reader = events(text), KeyReader()
    found = [key for at in range(0, len(data), size) for key in reader.feed(data[at : at + size])]
    assert "".join(key.character for key in found) == text
    assert [round(key.at - 10.0, 3) for key in found] == [round(n * 0.01, 3) for n in range(len(text))]


def test_every_character_that_labels_and_commands_have_has_a_key() -> None:
    assert set(string.ascii_letters + string.digits + " -]\r\t") <= set(KEYS)


@pytest.mark.parametrize("character", ["é", "\0", "ß", "\x1d"])
def test_what_has_no_key_cannot_be_typed(character: str) -> None:
    assert press(character, 1.0) == b""


@given(st.binary(max_size=600))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    list(KeyReader().feed(data))


@given(st.text("0123456789.-+*/=,", min_size=1, max_size=40), st.booleans())
def test_a_code_typed_on_the_keypad_is_read_like_any_other(text: str, shift: bool) -> None:
    held = EVENT.pack(1, 0, EV_KEY, 42, 1) if shift else b""
    data = held + b"".join(EVENT.pack(1, 0, EV_KEY, KEYPAD[one], 1) for one in text)
    assert "".join(key.character for key in KeyReader().feed(data)) == text


def test_control_characters_come_with_ctrl_and_capitals_with_caps_lock() -> None:
    ctrl = EVENT.pack(1, 0, EV_KEY, 29, 1) + press("]", 1.0) + EVENT.pack(1, 0, EV_KEY, 29, 0)
    assert [key.character for key in KeyReader().feed(ctrl + press("]", 1.0))] == ["\x1d", "]"]
    caps = EVENT.pack(1, 0, EV_KEY, 58, 1)
    assert "".join(key.character for key in KeyReader().feed(caps + press("a", 1) + press("-", 1) + caps)) == "A-"


@given(st.integers(0, 767), st.integers(0, 40))
def test_a_key_is_a_character_or_a_modifier_or_leaves_a_mark(code: int, before: int) -> None:
    data = events("A" * before) + EVENT.pack(20, 0, EV_KEY, code, 1) + EVENT.pack(20, 0, EV_KEY, code, 0)
    found = [key.character for key in KeyReader().feed(data)][before:]
    assert found == [] if code in {42, 54, 29, 97, 56, 100, 125, 126, 58, 69, 70} else len(found) == 1


def test_events_that_the_kernel_dropped_leave_a_mark() -> None:
    dropped = EVENT.pack(10, 0, EV_SYN, 3, 0)
    assert "".join(key.character for key in KeyReader().feed(events("AB") + dropped + events("CD"))) == f"AB{LOST}CD"


def test_repeats_and_keys_that_are_let_go_are_no_characters() -> None:
    held = EVENT.pack(1, 0, EV_KEY, 30, 2) + EVENT.pack(1, 0, EV_KEY, 30, 0)
    assert list(KeyReader().feed(held)) == []

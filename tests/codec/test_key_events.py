"""Keys as the kernel tells them."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.codec.key_events import EV_KEY, EVENT, KEYS, KeyReader, press

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


def test_repeats_and_keys_that_are_let_go_are_no_characters() -> None:
    held = EVENT.pack(1, 0, EV_KEY, 30, 2) + EVENT.pack(1, 0, EV_KEY, 30, 0)
    assert list(KeyReader().feed(held)) == []

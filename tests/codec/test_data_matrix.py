"""A code of ours is a square that a reader finds; the standard's example is known by heart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.codec import scanner_check
from station.codec.command import render
from station.codec.data_matrix import LARGEST, QUIET, Modules, encode
from station.domain.command import Command, Verb
from tests.codec.symbols import picture, read, skewed, turned

COMMANDS = [
    *(Command(verb, nest) for verb in Verb for nest in (None, 1, 12, 99) if nest or verb is not Verb.NEST),
]
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"


def drawn(modules: Modules) -> list[str]:
    return ["".join("#" if one else "." for one in row) for row in modules]


def test_a_known_symbol_is_drawn_to_the_module() -> None:
    """ISO/IEC 16022 works it through: 123456."""
    assert drawn(encode("123456")) == [
        "#.#.#.#.#.",
        "##..#.##.#",
        "##.....#..",
        "##...###.#",
        "##....#...",
        "#.....####",
        "###.##....",
        "####.##..#",
        "#..###.#..",
        "##########",
    ]


@pytest.mark.parametrize("command", COMMANDS, ids=render)
def test_every_command_is_read_as_it_is_meant(command: Command) -> None:
    assert read(picture(encode(render(command)), 4, QUIET)) == [render(command)]


def test_every_length_that_fits_is_read() -> None:
    for length in range(1, 45):
        text = (LETTERS * 2)[length % 7 :][:length].replace("0", "O")
        assert read(picture(encode(text), 3, QUIET), pure=True) == [text]


@given(st.text(st.characters(max_codepoint=127), min_size=1, max_size=44))
def test_whatever_is_ascii_is_read(text: str) -> None:
    assert read(picture(encode(text), 2, QUIET), pure=True) == [text]


@pytest.mark.parametrize("text", [render(Command(Verb.YES)), render(Command(Verb.NEST, 12)), scanner_check.TEXT])
def test_a_code_is_read_from_every_side_at_a_slant_and_faded(text: str) -> None:
    rows = picture(encode(text), 6, 4, light=230, dark=25)
    for _ in range(4):
        rows = turned(rows)
        assert read(rows) == [text]
    assert read(skewed(rows, 5)) == [text]


def test_what_is_torn_off_is_made_good() -> None:
    """Table 7: a symbol of 16 modules repairs six codewords of 24."""
    text = render(Command(Verb.YES))
    rows = picture(encode(text), 4, 4)
    hidden = [row if not 40 <= at < 56 else row[:40] + b"\xff" * 16 + row[56:] for at, row in enumerate(rows)]
    assert hidden != rows
    assert read(hidden) == [text]


@pytest.mark.parametrize("text", ["", "Größe", "€", "x" * 80, "1" * 89, "\x80"])
def test_what_does_not_fit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Data Matrix"):
        encode(text)


def test_a_symbol_is_a_square_with_a_finder_of_two_dark_and_two_broken_sides() -> None:
    """A command of ten characters and more would be drawn as a bar of 8 rows if the shape were left open."""
    for text in (*map(render, COMMANDS), "1" * 88, "A" * 60):
        rows = encode(text)
        side = len(rows)
        assert side <= LARGEST
        assert all(len(row) == side for row in rows)
        assert all(rows[-1])
        assert all(row[0] for row in rows)
        assert list(rows[0]) == [at % 2 == 0 for at in range(side)]
        assert [row[-1] for row in rows] == [at % 2 == 1 for at in range(side)]

"""Printed pages as data: what is on them, and how far apart."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.codec import data_matrix, scanner_check
from station.codec.command import parse
from station.domain.command import Command, Verb
from station.texts import languages, texts_in
from station.ui.sheet import AREA, DOT, QUIET, Badge, Card, Paper, Sheet, badge_sheet, columns, command_sheet
from tests.codec.symbols import picture, read

ENGLISH = texts_in("en")
NESTS = st.lists(st.integers(1, 99), min_size=1, max_size=40, unique=True)
MARGIN = 5.0
"""mm that no common printer prints on; ours keep 10."""


def cards(sheet: Sheet) -> list[Card]:
    return [card for page in sheet.pages for card in page.cards]


def commands(sheet: Sheet) -> list[Command]:
    return [parse(card.code) for card in cards(sheet) if card.code != scanner_check.TEXT]


def nest_of(card: Card) -> int | None:
    return None if card.code == scanner_check.TEXT else parse(card.code).nest


def between(one: Card, other: Card) -> float:
    """mm of paper between two codes, the shorter way of both."""
    ways = [
        max(there - (here + one.side), here - (there + other.side))
        for here, there in zip(one.place, other.place, strict=True)
    ]
    return max(ways)


@pytest.mark.parametrize("language", languages())
def test_every_command_is_on_the_sheet_once_and_every_nest_has_its_own(language: str) -> None:
    told = commands(command_sheet([1, 2, 3, 4], texts_in(language)))
    assert sorted(str(one.verb) for one in told if one.verb is not Verb.NEST) == sorted(set(Verb) - {Verb.NEST})
    assert [one.nest for one in told if one.verb is Verb.NEST] == [1, 2, 3, 4]


@given(NESTS)
def test_nests_stand_as_in_the_fixture(nests: list[int]) -> None:
    sheet = command_sheet(nests, ENGLISH)
    assert [one.nest for one in commands(sheet) if one.verb is Verb.NEST] == nests
    for page in sheet.pages:
        seats = [card for card in page.cards if nest_of(card) is not None]
        for left, right in pairwise(seats):
            below = right.top > left.top
            assert below or (right.top == left.top and right.left > left.left)


@given(NESTS)
def test_no_card_leaves_the_paper_or_covers_another(nests: list[int]) -> None:
    for page in command_sheet(nests, ENGLISH).pages:
        for card in page.cards:
            assert card.left >= 0
            assert card.left + card.width <= AREA[0] + 1e-6
            assert card.top >= 15, "the title is there"
            assert card.top + card.height <= AREA[1] - 8, "the line that is measured is there"
        for one, other in combinations(page.cards, 2):
            beside = one.left + one.width <= other.left or other.left + other.width <= one.left
            above = one.top + one.height <= other.top or other.top + other.height <= one.top
            assert beside or above


@given(NESTS)
def test_a_scanner_that_is_aimed_at_one_code_does_not_see_its_neighbour(nests: list[int]) -> None:
    for page in command_sheet(nests, ENGLISH).pages:
        for one, other in combinations(page.cards, 2):
            assert between(one, other) >= max(one.side, other.side), (one.word, other.word)


def test_yes_and_no_are_far_apart_and_stop_stands_alone() -> None:
    sheet = command_sheet([1], ENGLISH)
    by_word = {card.word: card for card in sheet.pages[0].cards}
    yes, no, stop = by_word["YES"], by_word["NO"], by_word["STOP"]
    assert between(yes, no) >= 2 * yes.side
    assert all(between(stop, one) >= 1.3 * stop.side for one in by_word.values() if one is not stop)
    assert stop.tone not in {one.tone for one in by_word.values() if one is not stop}


@given(NESTS)
def test_every_code_keeps_its_quiet_zone_inside_its_card_and_under_its_word(nests: list[int]) -> None:
    sheets = [command_sheet(nests, ENGLISH), badge_sheet([BADGE, LONG], ENGLISH)]
    for card in [card for sheet in sheets for card in cards(sheet)]:
        left, top = card.place
        quiet = data_matrix.QUIET * card.dots * DOT
        assert left - quiet >= card.left + 0.4
        assert top - quiet >= card.top + (0.4 if card.wide else card.head)
        assert top + card.side + quiet <= card.top + card.height - (0.4 if card.wide else card.foot)
        if not card.wide:
            assert left + card.side + quiet <= card.left + card.width - 0.4


def test_modules_are_a_millimetre_and_more() -> None:
    """A design margin, not measured: a sheet hangs at arm's length, a unit's label is held to the scanner."""
    for card in cards(command_sheet(range(1, 13), ENGLISH)) + cards(badge_sheet([BADGE, LONG], ENGLISH)):
        assert card.dots * DOT >= 1.0
        assert QUIET > data_matrix.QUIET


@pytest.mark.parametrize("paper", Paper)
def test_the_area_fits_every_paper(paper: Paper) -> None:
    assert all((whole - part) / 2 >= 2 * MARGIN for whole, part in zip(paper.value, AREA, strict=True))


@pytest.mark.parametrize(
    ("nests", "across"), [(1, 1), (2, 2), (3, 3), (4, 4), (5, 3), (6, 3), (7, 4), (8, 4), (12, 4), (99, 4)]
)
def test_so_many_nests_stand_in_a_row_as_on_the_screen(nests: int, across: int) -> None:
    assert columns(nests) == across


BADGE = Badge("Maria Quispe", "Line lead", "BDG-1042-K")
LONG = Badge("Aleksandra Wiśniewska-Kowalczyk", "Operator", "BDG-ABCDEFGHIJKLMNOP-7")


def test_a_badge_says_who_somebody_is_and_its_code_what_a_scanner_wants() -> None:
    sheet = badge_sheet([BADGE, LONG] * 5, ENGLISH)
    assert [len(page.cards) for page in sheet.pages] == [8, 2]
    card = cards(sheet)[0]
    assert (card.word, card.note, card.code, card.spelled) == ("Maria Quispe", "Line lead", "BDG-1042-K", False)
    assert (card.width, card.height) == (85.6, 53.98), "ISO/IEC 7810, ID-1"
    assert read(picture(data_matrix.encode(card.code), 4, 1)) == ["BDG-1042-K"]


def test_badges_do_not_cover_one_another() -> None:
    for page in badge_sheet([BADGE, LONG] * 8, ENGLISH).pages:
        for one, other in combinations(page.cards, 2):
            assert one.left + one.width <= other.left or one.top + one.height <= other.top
        assert all(card.top + card.height <= AREA[1] - 6 for card in page.cards)


def test_without_anybody_there_is_no_badge() -> None:
    assert badge_sheet([], ENGLISH).pages == ()

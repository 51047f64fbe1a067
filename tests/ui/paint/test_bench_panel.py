"""The bench's panel: all of it is there at any height, in every language, and a tray that is too long scrolls."""

from collections.abc import Iterator
from itertools import combinations, product

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent

from station.bench import mishaps
from station.texts import Texts, languages, texts_in
from station.ui.bench_model import BenchNest, BenchPage, BenchUnit, Deed
from station.ui.paint.bench_panel import (
    CELL,
    SCAN,
    BenchPanel,
    ailment_text,
    key_type,
    keys,
    panel_parts,
    said_of,
)
from station.ui.paint.bench_places import EDGE, WIDTH, places, scale_for, wide
from station.ui.paint.text import width
from station.ui.shots import application
from station.ui.tokens import LABEL, LIGHT, SMALL, SMALL_MONO, TITLE

HEIGHTS = (600, 700, 748, 1060, 1200, 2160)
"""Logical pixels of a window: of 1024 × 600 and of panels under a title bar up to 4K."""
EVERY = pytest.mark.parametrize("texts", [texts_in(one) for one in languages()], ids=list(languages()))
AILMENTS = tuple(one.name for one in mishaps.CATALOGUE if one.where == "unit" and one.recipe is None)
BADGES = ("Olga Operator", "Leo Lead", "Edda Engineer")


def a_page(nests: int = 8, units: int = 100, *, badges: bool = True, chosen: int | None = None) -> BenchPage:
    tray = tuple(BenchUnit(unit, f"B31KBN{unit:09}") for unit in range(units, 0, -1))
    seats = tuple(
        BenchNest(nest, nest % 2 == 0, 200 + nest, "B31KBN00000K6SD", "red") if nest % 3 else BenchNest(nest, False)
        for nest in range(1, nests + 1)
    )
    return BenchPage(False, seats, tray, chosen, badges=BADGES if badges else ())


def boxes() -> Iterator[tuple[BenchPage, QRectF]]:
    """Every number of nests at every height, with badges and without, and with the list of faults."""
    for nests, height, badges, listed in product(range(1, 9), HEIGHTS, (False, True), (False, True)):
        page = a_page(nests, badges=badges, chosen=100)
        if listed:
            page = BenchPage(False, page.nests, page.tray, None, AILMENTS, page.badges)
        yield page, QRectF(0, 0, WIDTH, height / scale_for(height))


def the_panel(height: int, page: BenchPage) -> BenchPanel:
    application()
    panel = BenchPanel()
    panel.resize(wide(height), height)
    panel.show_page(page)
    return panel


def touch(panel: BenchPanel, begin: QPointF, end: QPointF | None = None) -> list[tuple[str, int, str]]:
    """Press at one place of the panel, in design pixels, move, and let go at another; what was done by it."""
    done: list[tuple[str, int, str]] = []
    panel.did.connect(lambda deed, number, name: done.append((deed, number, name)))
    places_touched = [
        (QEvent.Type.MouseButtonPress, begin),
        (QEvent.Type.MouseMove, end or begin),
        (QEvent.Type.MouseButtonRelease, end or begin),
    ]
    left = Qt.MouseButton.LeftButton
    for kind, at in places_touched:
        here = at * panel.zoom
        QCoreApplication.sendEvent(panel, QMouseEvent(kind, here, here, left, left, Qt.KeyboardModifier.NoModifier))
    return done


def turn(panel: BenchPanel, notches: int) -> None:
    """Turn a mouse's wheel towards oneself."""
    at, none = QPointF(20, 20), QPoint()
    event = QWheelEvent(
        at,
        at,
        none,
        QPoint(0, -120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QCoreApplication.sendEvent(panel, event)


def seen_units(panel: BenchPanel, page: BenchPage) -> list[int]:
    """Units whose lines are seen whole."""
    there = places(page, panel.design)
    whole = there.rows.adjusted(-1, -1, 1, 1)
    return [unit.unit for at, unit in enumerate(page.tray) if whole.contains(there.row(at, panel.offset))]


def test_nothing_is_outside_the_panel_and_nothing_covers_anything_else() -> None:
    texts = texts_in("en")
    for page, box in boxes():
        there = places(page, box)
        pieces = [there.said, there.pause, *there.nests, there.head, there.rows, there.badges, there.new, there.fault]
        assert all(box.contains(piece) for piece in pieces if not piece.isEmpty()), (box, page.badges)
        assert not any(one.intersects(other) for one, other in combinations(pieces, 2)), (box, len(page.nests))
        touched = keys(page, box, texts)
        assert all(box.contains(key.box) for key in touched)
        assert not any(one.box.intersects(other.box) for one, other in combinations(touched, 2))
        for nest, place in zip(page.nests, there.nests, strict=False):
            own = [key for key in touched if key.deed in (Deed.LID, Deed.SEAT, Deed.TAKE) and key.number == nest.nest]
            assert own
            assert all(place.contains(key.box) for key in own)


def test_two_units_of_the_tray_are_seen_at_the_height_of_a_small_panel() -> None:
    for page, box in boxes():
        if box.height() * scale_for(748) >= 748:
            assert places(page, box).rows.height() >= 2 * 50, (len(page.nests), page.badges)


@EVERY
def test_every_word_of_the_panel_is_whole(texts: Texts) -> None:
    for page, box in boxes():
        for key in keys(page, box, texts):
            assert width(key.text, key_type(key.text, key.box)) <= key.box.width() - 6, (key, box)
    say, room = texts.say, WIDTH - 2 * EDGE
    assert width(say("bench.title"), TITLE) + 20 + width(say("bench.virtual"), SMALL) <= room
    for title, hint in (("tray", "hint"), ("tray", "none"), ("badges", "badge_hint"), ("choose", "none")):
        assert width(say(f"bench.{title}"), LABEL) + 12 + width(say(f"bench.{hint}"), SMALL) <= room, title
    for who in ("you", "works", "empty"):
        assert width(say(f"bench.{who}"), SMALL) <= room, who
    nest, unit, serial = say("bench.nest", nest=8), say("bench.unit", unit=888), width("…K6SD", SMALL_MONO)
    assert width("8", LABEL) + 12 + width(unit, SMALL) <= CELL - 12 - 26
    assert width(nest, LABEL) + 12 + width(unit, SMALL) + serial <= room - 12 - 36
    for name in AILMENTS:
        told = width(ailment_text(name, texts), SMALL)
        assert texts.has(f"bench.ailment.{name}")
        assert told <= CELL - 16, (name, told)
        assert width(say("bench.made", unit=888, ailment=ailment_text(name, texts)), SMALL) <= room
        assert width(unit, LABEL) + 12 + told <= room - 12 - SCAN - 34


def test_the_newest_unit_stands_first_and_the_oldest_is_reached_with_the_wheel() -> None:
    page = a_page()
    panel = the_panel(748, page)
    assert seen_units(panel, page)[:2] == [100, 99]
    turn(panel, 60)
    assert seen_units(panel, page)[-1] == 1
    turn(panel, -60)
    assert seen_units(panel, page)[0] == 100


def test_a_finger_moves_the_tray_and_touches_nothing_by_it() -> None:
    page = a_page()
    panel = the_panel(748, page)
    at = places(page, panel.design).rows.center()
    assert touch(panel, at, at - QPointF(0, 100)) == []
    assert panel.offset == pytest.approx(100)
    assert touch(panel, at, at + QPointF(0, 3)) == [(Deed.CHOOSE.value, seen_units(panel, page)[1], "")]


def test_what_is_scrolled_out_of_sight_cannot_be_touched() -> None:
    page = a_page()
    panel = the_panel(748, page)
    turn(panel, 3)
    there = places(page, panel.design)
    listed = (Deed.CHOOSE, Deed.SCAN)
    touched = [key.box for key in keys(page, panel.design, texts_in("en"), panel.offset) if key.deed in listed]
    assert touched
    assert all(there.rows.contains(box) for box in touched)


def test_a_unit_that_was_picked_out_is_scrolled_to_wherever_it_lies() -> None:
    panel = the_panel(748, a_page())
    for chosen in (7, 99, 50):
        page = a_page(chosen=chosen)
        panel.show_page(page)
        assert chosen in seen_units(panel, page)
    turn(panel, 4)
    before = panel.offset
    panel.show_page(a_page(chosen=50))
    assert panel.offset == before


def test_the_list_of_faults_begins_at_its_first_and_leaves_the_tray_where_the_new_unit_is() -> None:
    page = a_page(chosen=3)
    panel = the_panel(748, page)
    listed = BenchPage(False, page.nests, page.tray, 3, AILMENTS, BADGES)
    for _ in range(3):
        panel.show_page(listed)
        assert panel.offset == 0
    made = BenchPage(False, page.nests, (BenchUnit(101, "B31", AILMENTS[0]), *page.tray), 101, (), BADGES)
    panel.show_page(made)
    assert seen_units(panel, made)[0] == 101


@EVERY
def test_the_panel_says_which_fault_a_new_unit_has(texts: Texts) -> None:
    page = BenchPage(True, (), (BenchUnit(13, "B31", "locked_chip"),), 13)
    assert ailment_text("locked_chip", texts) in said_of(page, texts)
    assert "13" in said_of(page, texts)


def test_a_hundred_units_cost_no_more_than_those_that_are_seen() -> None:
    few, many = a_page(units=4), a_page(units=100)
    box = QRectF(0, 0, WIDTH, 1080)
    assert len(panel_parts(few, box, LIGHT, texts_in("en"))) == len(panel_parts(many, box, LIGHT, texts_in("en")))

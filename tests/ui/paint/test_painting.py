"""What is painted: only what changed, all that must be read, and nothing that takes a scan."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QRegion
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from station.domain.faults import BUG, all_faults
from station.domain.limits import Limit
from station.domain.people import RIGHTS
from station.texts import Texts, languages, texts_in
from station.ui.model import Advice, Card, Choice, Look, Press, Question, RunPage, Tone
from station.ui.paint import glyphs
from station.ui.paint.card import CardView, card_parts
from station.ui.paint.card_body import answer_places
from station.ui.paint.card_head import (
    LEAST_HEADLINE,
    LEAST_WORD,
    TRAY_WIDTH,
    UNDER_GLYPH,
    WORD_UP,
    inline_room,
    stacked_baseline,
    stacked_glyph,
    stacked_word,
)
from station.ui.paint.card_plan import PAD, inner, plan
from station.ui.paint.footer import keys
from station.ui.paint.page import places
from station.ui.paint.run_view import RunView
from station.ui.paint.sign_in import SignInView
from station.ui.paint.sign_in import languages as language_places
from station.ui.paint.steps import window
from station.ui.paint.text import ELLIPSIS, fitted, rise, width, wrapped
from station.ui.samples import RUN_PAGES, Story, mixed, signing_in
from station.ui.shots import picture_of
from station.ui.tokens import ADVICE, BUTTON, DARK, DETAIL, HEADLINE, LIGHT, PROMPT, STATE_WORD, THEMES, Theme, Type
from station.ui.words import limit_text

USUAL = (1366, 768)
FOUR = ("first", "seated", "mixed", "turn", "passed", "refused", "stopping", "focus")
PANELS = ((1366, 768), (1280, 720), (1920, 1080), (1920, 1200), (3840, 2160), (1024, 768))


def view_of(page: RunPage, theme: Theme = LIGHT, size: tuple[int, int] = USUAL) -> RunView:
    view = RunView(theme)
    view.resize(*size)
    view.show_page(page)
    return view


def painted_again(before: RunPage, after: RunPage, theme: Theme) -> QImage:
    """The picture of `before`, in which only what `after` asks for is painted again."""
    view = view_of(before, theme)
    picture = picture_of(view)
    view.show_page(after)
    regions = {child: child.stale for child in view.findChildren(CardView)}
    painter = QPainter(picture)
    for child, region in regions.items():
        if not region.isEmpty():
            painter.save()
            painter.translate(child.pos())
            child.render(painter, QPoint(0, 0) + region.boundingRect().topLeft(), region)
            painter.restore()
    painter.end()
    return picture


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_painting_only_what_changed_gives_the_same_picture_as_painting_all(theme: Theme) -> None:
    pages = [RUN_PAGES[name]() for name in FOUR if name not in ("turn", "stopping")]
    for before, after in pairwise([*pages, *reversed(pages[:-1])]):
        kept = replace(before, cards=after.cards)
        assert painted_again(before, kept, theme) == picture_of(view_of(kept, theme))


def test_a_tick_of_progress_touches_only_what_moves() -> None:
    def running(part: float) -> Card:
        story = Story(4)
        story.run(1, "B40HAB412004F7Q", 4, 20, part)
        return story.page().cards[0]

    view = CardView()
    view.put(QRectF(0, 0, 455, 752), 1.0, LIGHT)
    view.show_card(running(0.500))
    before, after = ({p.name: p for p in card_parts(running(x), plan(view.design), LIGHT)} for x in (0.500, 0.506))
    moved = [part for name, part in after.items() if not part.same(before[name])]
    assert [part.name for part in moved] == ["bar", "step 4"]
    view.show_card(running(0.506))
    touched = QRegion()
    for part in moved:
        touched += part.box.toAlignedRect()
    assert view.stale == touched
    view.show_card(running(0.506))
    assert view.stale.isEmpty()


def look_alike(one: Look, other: Look) -> float:
    """The share of pixels in which two silhouettes are the same, in black and white."""

    def drawn(look: Look) -> QImage:
        picture = QImage(50, 50, QImage.Format.Format_RGB32)
        picture.fill(0xFFFFFF)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        glyphs.LOOKS[look](painter, "#000000", "#ffffff")
        painter.end()
        return picture

    left, right = drawn(one), drawn(other)
    same = sum((left.pixel(x, y) ^ right.pixel(x, y)) & 0x80 == 0 for x in range(50) for y in range(50))
    return same / 2500


def test_no_two_silhouettes_are_alike_without_colour() -> None:
    looks = list(Look)
    for at, one in enumerate(looks):
        for other in looks[at + 1 :]:
            assert look_alike(one, other) < 0.95, (one, other)


def cards() -> Iterator[tuple[str, QRectF]]:
    """Every size of card there is on any panel, each once."""
    seen = set()
    for panel in PANELS:
        for nests in range(1, 9):
            for warned in (False, True):
                box = places(*panel, nests, warned=warned).cards[0]
                size = round(box.width()), round(box.height())
                if size not in seen:
                    seen.add(size)
                    yield f"{panel} {nests} {warned}", QRectF(0, 0, box.width(), box.height())


def words(texts: Texts) -> list[tuple[Look, str]]:
    """Every word there is at the head of a card; a reference unit has its own."""
    of_references = ((Look.PASS, "right"), (Look.FAIL, "wrong"))
    return [
        *((look, texts.say(f"look.{look}")) for look in Look),
        *((look, texts.say(f"card.reference.{key}")) for look, key in of_references),
    ]


@pytest.mark.parametrize("language", languages())
def test_every_state_word_and_headline_fits_every_card(language: str) -> None:
    texts = texts_in(language)
    for name, box in cards():
        where = plan(box)
        whole = where.head.width() - 2 * PAD
        for look, word in words(texts):
            if where.inline:
                room = inline_room(where, tray=False, left=True) - PAD - 68
                assert width(word, Type(STATE_WORD.face, LEAST_WORD)) <= room, (name, look)
            else:
                tray = look in (Look.PASS, Look.FAIL)
                room = whole - (TRAY_WIDTH if tray else 0)
                assert width(word, stacked_word(word, where, tray=tray)) <= room + 1e-6, (name, look)
        for key, text in texts.entries.items():
            if not key.startswith("nest.") and not key.endswith(".head"):
                continue
            tray = key.startswith(("nest.passed", "nest.failed"))
            room = inline_room(where, tray=tray, left=False) - PAD if where.inline else whole - (80 if tray else 0)
            assert width(text, Type(HEADLINE.face, LEAST_HEADLINE)) <= room, (name, key)


@pytest.mark.parametrize("language", languages())
def test_no_state_word_reaches_up_to_its_glyph(language: str) -> None:
    """Chinese and Vietnamese stand higher than a capital letter."""
    for name, box in cards():
        where = plan(box)
        if where.inline or where.landscape:
            continue
        for look, word in words(texts_in(language)):
            kind = stacked_word(word, where, tray=look in (Look.PASS, Look.FAIL))
            top = stacked_baseline(where) - WORD_UP * where.zoom - rise(word, kind)
            assert top >= stacked_glyph(where).bottom() + UNDER_GLYPH - 1e-6, (name, look)


@pytest.mark.parametrize("language", languages())
def test_no_advice_is_cut_on_any_card(language: str) -> None:
    texts = texts_in(language)
    told = [
        *((code, texts.say(f"fault.{code}.what"), texts.say(f"fault.{code}.do")) for code in _codes()),
        *((of, texts.say(f"card.{of}.what"), texts.say(f"card.{of}.do")) for of in ("meter", "streak", "unsafe")),
        *((of, texts.say(f"card.reference.{of}"), texts.say("card.reference.call")) for of in ("passed", "failed")),
        (
            "reference",
            limit_text("sleep_current", 0.000412, Limit(high=0.00025, unit="A"), texts),
            texts.say("card.reference.as_it_must"),
        ),
        (
            "limit",
            limit_text("sleep_current", 0.000412, Limit(high=0.00025, unit="A"), texts),
            texts.say("fault.U301.do"),
        ),
    ]
    for name, box in cards():
        where = plan(box)
        body = inner(where.body)
        for code, what, do in told:
            card = Card(1, Look.FAIL, "FAIL", "", "", serial="B40HAB412004F7Q", advice=Advice(Tone.BAD, what, do))
            part = next(one for one in card_parts(card, where, LIGHT) if one.name == "advice")
            text = body.width() - 34
            lines = [wrapped(one, ADVICE, text, 9) for one in (what, do)]
            needs = sum(map(len, lines)) * 26.0 * where.larger
            assert part.box.height() >= needs, (name, code)
            assert part.box.bottom() <= where.card.bottom() - 4, (name, code)


def _codes() -> list[str]:
    return [BUG, *(fault.code for fault in all_faults())]


@pytest.mark.parametrize("language", languages())
def test_band_and_answers_fit(language: str) -> None:
    texts = texts_in(language)
    filled = {"nest": "8", "nests": "1, 2, 3, 4, 5, 6 and 7", "count": "8", "seconds": "120", "question": "Is it on?"}
    filled["name"] = "Maximiliana de la Wolkenstein"
    filled["what"] = max((text for key, text in texts.entries.items() if key.startswith("action.")), key=len)
    filled["who"] = max((", ".join(texts.say(f"role.{role}") for role in roles) for roles in RIGHTS.values()), key=len)
    for panel in PANELS:
        found = places(*panel, 8)
        room = found.band.width() - 28 - 54 - 28 - 28 - 430
        for key, text in texts.entries.items():
            if key.startswith("band."):
                said = texts.fill(key, filled)
                if ".prompt" in key:
                    assert wrapped(said, PROMPT, room, 2)[-1][-1:] != ELLIPSIS, (panel, key)
                elif "{nests}" not in text:
                    assert fitted(said, DETAIL, room) == said, (panel, key)
    longest = max(width(texts.say(f"answer.{one}"), BUTTON) for one in ("yes", "no", "done"))
    assert longest <= 150


def test_the_longest_question_of_a_recipe_is_whole_on_a_tall_card() -> None:
    question = Question(1, "w" * 11 + " word" * 21, (Choice("yes", "Yes"), Choice("no", "No")))
    where = plan(QRectF(0, 0, 455, 700))
    lines = wrapped(question.text, HEADLINE, inner(where.body).width(), 4)
    assert not lines[-1].endswith(ELLIPSIS)
    for _, place in answer_places(question, where):
        assert where.card.contains(place)


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("nests", range(1, 9))
def test_nothing_stands_on_anything_else_or_off_the_page(panel: tuple[int, int], nests: int) -> None:
    for warned in (False, True):
        for logged in (False, True):
            found = places(*panel, nests, warned=warned, logged=logged)
            page = QRectF(0, 0, panel[0] / found.scale, panel[1] / found.scale)
            boxes = [found.header, found.band, *found.cards, found.footer, found.log, found.warning]
            there = [box for box in boxes if box is not None]
            assert len(found.cards) == nests
            assert all(page.adjusted(-1, -1, 1, 1).contains(box) for box in there)
            for at, box in enumerate(there):
                assert not any(box.intersects(other) for other in there[at + 1 :])


@pytest.mark.parametrize("page", RUN_PAGES)
@pytest.mark.parametrize("panel", PANELS)
def test_nothing_on_a_card_stands_on_anything_else(page: str, panel: tuple[int, int]) -> None:
    shown = RUN_PAGES[page]()
    for warned in (False, True):
        for logged in (False, True):
            found = places(*panel, len(shown.cards), warned=warned, logged=logged)
            for card, box in zip(shown.cards, found.cards, strict=True):
                asked = replace(card.question, text="Is the lamp green? " * 6) if card.question else None
                parts = card_parts(replace(card, question=asked), plan(QRectF(0, 0, box.width(), box.height())), LIGHT)
                there = [one for one in parts if one.name not in ("ground", "edge", "notes", "left")]
                for at, one in enumerate(there):
                    assert box.translated(-box.topLeft()).contains(one.box), (card.nest, one.name)
                    for other in there[at + 1 :]:
                        # A hair less: sums of parts of a pixel are not exact.
                        apart = not one.box.adjusted(0.01, 0.01, -0.01, -0.01).intersects(other.box)
                        assert apart, (card.nest, one.name, other.name)


def test_cards_stand_in_two_rows_where_there_are_many_or_the_panel_is_small() -> None:
    def rows(panel: tuple[int, int], nests: int) -> int:
        return len({box.top() for box in places(*panel, nests).cards})

    assert [rows((1920, 1080), nests) for nests in (1, 2, 4, 5, 6, 8)] == [1, 1, 1, 2, 2, 2]
    assert rows((1280, 720), 4) == 2
    assert rows((1366, 768), 4) == 1


@given(st.integers(0, 19), st.integers(3, 20))
def test_the_active_operation_is_always_in_the_list(active: int, lines: int) -> None:
    seen = window(20, active, lines)
    assert seen.first <= active < seen.last
    assert seen.last - seen.first + bool(seen.before) + bool(seen.after) <= lines
    assert seen.before == seen.first
    assert seen.after == 20 - seen.last


def test_every_card_has_a_name_and_says_what_is_on_it() -> None:
    view = view_of(RUN_PAGES["turn"]())
    names = [(one.accessibleName(), one.accessibleDescription()) for one in view.cards]
    assert [name for name, _ in names] == ["Nest 1: YOUR TURN", "Nest 2: NO RESULT", "Nest 3: LOCKED", "Nest 4: SEAT"]
    assert "Is the lamp green?" in names[0][1]
    assert "Call the line engineer" in names[2][1]


def test_nothing_on_a_page_takes_the_focus_from_a_scan() -> None:
    for view in (view_of(mixed(8).page()), SignInView()):
        for one in (view, *view.findChildren(QWidget)):
            assert one.focusPolicy() is Qt.FocusPolicy.NoFocus


@pytest.mark.parametrize("size", [(1366, 768), (1280, 720), (1920, 1080)])
@pytest.mark.parametrize("page", ["turn", "eight"])
def test_an_answer_is_given_where_it_is_touched_and_nowhere_else(page: str, size: tuple[int, int]) -> None:
    view = view_of(RUN_PAGES[page](), size=size)
    given: list[tuple[int, int, str]] = []
    view.answered.connect(lambda *answer: given.append(answer))
    asking = next(one for one in view.cards if "YOUR TURN" in one.accessibleName())
    nest = int(asking.accessibleName().split()[1].rstrip(":"))
    shown = next(card for card in RUN_PAGES[page]().cards if card.nest == nest)
    assert shown.question is not None
    for choice, place in answer_places(shown.question, plan(asking.design)):
        at = QPointF(place.center()) * asking.zoom
        QTest.mouseClick(asking, Qt.MouseButton.LeftButton, pos=at.toPoint())
        assert given[-1] == (nest, shown.question.prompt, choice.answer)
    QTest.mouseClick(asking, Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
    QTest.mouseClick(asking, Qt.MouseButton.RightButton, pos=at.toPoint())
    assert len(given) == 2


def test_a_key_of_the_foot_is_pressed_where_it_stands() -> None:
    view = view_of(mixed().page())
    pressed: list[str] = []
    view.pressed.connect(pressed.append)
    footer = view.footer
    for button, place in keys(mixed().page().buttons, footer.design):
        QTest.mouseClick(footer, Qt.MouseButton.LeftButton, pos=(place.center() * footer.zoom).toPoint())
        assert pressed[-1] == button.press
    QTest.mouseClick(footer, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert pressed == list(Press)


def test_a_language_is_chosen_where_it_stands() -> None:
    view = SignInView(DARK)
    view.resize(1366, 768)
    view.show_page(signing_in())
    chosen: list[str] = []
    view.chosen.connect(chosen.append)
    for place in language_places(signing_in(), view.design):
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=(place.center() * view.zoom).toPoint())
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert chosen == list(languages())
    assert view.accessibleName() == "Scan your badge"


def test_another_panel_another_theme_and_another_fixture_give_the_page_that_fits() -> None:
    view = view_of(mixed(4).page())
    view.resize(1920, 1080)
    view.set_theme(DARK)
    view.show_page(mixed(2).page())
    assert picture_of(view) == picture_of(view_of(mixed(2).page(), DARK, (1920, 1080)))
    view.show_page(RUN_PAGES["stopping"]())
    view.show_page(RUN_PAGES["turn"]())
    assert picture_of(view) == picture_of(view_of(RUN_PAGES["turn"](), DARK, (1920, 1080)))
    sign_in = SignInView()
    sign_in.resize(1280, 720)
    sign_in.show_page(signing_in())
    sign_in.resize(1366, 768)
    sign_in.set_theme(DARK)
    other = SignInView(DARK)
    other.resize(1366, 768)
    other.show_page(signing_in())
    assert picture_of(sign_in) == picture_of(other)


@pytest.mark.parametrize("text", ["", "x" * 400, "\u202eSSAP", "Ắ" * 90, "\n\n", "请扫描"])
def test_no_text_from_outside_breaks_a_page(text: str) -> None:
    page = RUN_PAGES["turn"]()
    card = replace(page.cards[1], serial=text, device_id=text, headline=text, advice=Advice(Tone.WARN, text, text))
    header = replace(page.header, station=text, product=text)
    band = replace(page.band, prompt=text, detail=text)
    broken = replace(page, cards=(card, *page.cards[1:]), header=header, band=band, log=(text, text))
    assert not picture_of(view_of(broken)).isNull()


def test_a_region_is_never_larger_than_its_card() -> None:
    view = view_of(mixed(8).page())
    view.show_page(RUN_PAGES["eight"]())
    for one in view.cards:
        assert QRegion(one.rect()).united(one.stale) == QRegion(one.rect())

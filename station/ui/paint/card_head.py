"""The head of a card: what is read at two metres. Silhouette, number, word, and where the unit goes."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from station.ui.model import Card, Look
from station.ui.paint import glyphs
from station.ui.paint.canvas import Part
from station.ui.paint.card_plan import PAD, Plan
from station.ui.paint.ground import fill, hatch, mixed, round_left, round_top, rounded
from station.ui.paint.text import cap_height, draw, draw_centred, draw_right, fitted, rise, shrunk, width
from station.ui.tokens import (
    HATCHED,
    HEADLINE,
    NEST_NUMBER,
    PALE,
    PLAIN,
    RADIUS,
    STATE_WORD,
    TONES,
    TRAY,
    Face,
    Fill,
    Theme,
    Type,
)

GLYPH = 50.0
PLATE = 66.0
LEFT = Type(Face.BOLD, 34)
LEFT_WORD = Type(Face.STRONG, 18)
LEFT_ROOM = 130.0
TRAY_WIDTH = 66.0
WORD_UP = 36.0
"""From the headline's baseline up to the word's."""
UNDER_GLYPH = 6.0
"""Between the glyph and the highest stroke of the word."""
LEAST_WORD = 40.0
"""Design pixels below which a word is no longer made smaller: 8 mm, 14' at 2 m, on cards of a third of a small page."""
BELOW_PLATE = 48.0
"""A word of this size stands below the plate of a card in two rows, not beside it."""
LEAST_HEADLINE = 18.0


def head_fill(card: Card, theme: Theme) -> Fill:
    """Ground and ink of the head."""
    tone = TONES[card.look]
    if card.look in PALE:
        return Fill(mixed(theme.surface, theme.fills[tone].ground, 1.3 * theme.tint), theme.inks[tone])
    if card.look in PLAIN:
        return Fill(theme.surface, theme.text)
    if card.look is Look.LOCKED:
        # Out of use like an empty nest, but to be read as well as a verdict, on the dark ground and its stripes, too.
        return Fill(theme.fills[tone].ground, theme.text)
    return theme.fills[tone]


def head_parts(card: Card, plan: Plan, theme: Theme) -> list[Part]:
    """The ground with everything on it: a head changes seldom, and as a whole."""
    shows = (card.look, card.word, card.headline, card.nest, card.tray, bool(card.left), theme.name)
    parts = [Part("head", plan.head, shows, lambda painter: _head(painter, card, plan, theme))]
    return [*parts, _left(card, plan, theme)] if card.left else parts


def _left(card: Card, plan: Plan, theme: Theme) -> Part:
    """How long the run still takes, where the tray will be: it changes every second, so it is a part of its own."""
    box = _left_box(plan)
    ink = head_fill(card, theme).ink

    def paint(painter: QPainter) -> None:
        baseline = box.bottom() - 8
        draw_right(painter, card.left_word, LEFT_WORD, box.right(), baseline, ink)
        right = box.right() - width(card.left_word, LEFT_WORD) - 8
        draw_right(painter, card.left, LEFT, right, baseline, ink)

    return Part("left", box, (card.left, card.left_word, card.look, theme.name), paint)


def _left_box(plan: Plan) -> QRectF:
    wide = LEFT_ROOM
    if plan.landscape:
        return QRectF(34, plan.head.bottom() - 90, wide, 56)
    if plan.inline:
        return QRectF(_plate(plan).left() - 18 - wide, 30, wide, 44)
    bottom = plan.head.bottom() - (24 * plan.zoom if plan.full else 20) + 8
    return QRectF(plan.head.right() - PAD - wide, bottom - 44, wide, 44)


def _head(painter: QPainter, card: Card, plan: Plan, theme: Theme) -> None:
    colours = head_fill(card, theme)
    _ground(painter, card, plan, theme, colours)
    plate = _plate(plan)
    fill(painter, rounded(plate, 12), mixed(colours.ground, colours.ink, 0.16))
    draw_centred(painter, str(card.nest), Type(NEST_NUMBER.face, NEST_NUMBER.size * plan.zoom), plate, colours.ink)
    if plan.landscape:
        _wide(painter, card, plan, colours)
    elif plan.inline:
        _inline(painter, card, plan, plate, colours)
    else:
        _stacked(painter, card, plan, plate, colours)


def _plate(plan: Plan) -> QRectF:
    """The plate with the nest's number: always in the same corner."""
    size = PLATE * plan.zoom if plan.full else PLATE - 4
    right, top = (30.0, 34.0) if plan.landscape else (PAD - 2, 20.0 if plan.full or plan.inline else 15.0)
    return QRectF(plan.head.right() - right - size, top, size, size)


def _glyph(painter: QPainter, card: Card, box: QRectF, colours: Fill) -> None:
    glyphs.paint_glyph(painter, glyphs.LOOKS[card.look], box, colours.ink, colours.ground)


def _ground(painter: QPainter, card: Card, plan: Plan, theme: Theme, colours: Fill) -> None:
    area = (round_left if plan.landscape else round_top)(plan.head, RADIUS)
    fill(painter, area, colours.ground)
    if card.look in HATCHED:
        hatch(painter, area, mixed(colours.ground, colours.ink if theme.name == "dark" else "#000000", 0.12))
    if card.look in PLAIN:
        edge = QRectF(plan.head.left(), plan.head.bottom() - 1.5, plan.head.width(), 1.5)
        if plan.landscape:
            edge = QRectF(plan.head.right() - 1.5, 0, 1.5, plan.head.height())
        fill(painter, rounded(edge, 0), theme.line)


def _stacked(painter: QPainter, card: Card, plan: Plan, plate: QRectF, colours: Fill) -> None:
    """The word under its glyph, the headline under the word, the tray at the right of both."""
    zoom = plan.zoom
    _glyph(painter, card, stacked_glyph(plan), colours)
    room = plan.head.width() - 2 * PAD
    kind = Type(HEADLINE.face, HEADLINE.size * (1 + (zoom - 1) / 2))
    baseline = stacked_baseline(plan)
    word = stacked_word(card.word, plan, tray=bool(card.tray))
    _word(painter, card.word, word, PAD, baseline - WORD_UP * zoom, colours.ink)
    if card.tray:
        high = 58 * zoom if plan.full else 50.0
        wide = TRAY_WIDTH * zoom
        _tray(painter, card.tray, QRectF(plate.right() - wide, baseline + 4 * zoom - high, wide, high), colours)
        room -= wide + 12
    elif card.left:
        room -= LEFT_ROOM + 12
    _headline(painter, card.headline, kind, PAD, baseline, room, colours.ink)


def stacked_word(word: str, plan: Plan, *, tray: bool = False) -> Type:
    """How large the word is. In two rows its top is beside the plate: a long one makes room, or goes below.

    The tray reaches up to the word's foot: what is long ends before it.
    """
    room = plan.head.width() - 2 * PAD - (TRAY_WIDTH * plan.zoom + 8 if tray else 0)
    whole = Type(STATE_WORD.face, STATE_WORD.size * plan.zoom)
    high = stacked_baseline(plan) - WORD_UP * plan.zoom - stacked_glyph(plan).bottom() - UNDER_GLYPH
    whole = Type(whole.face, min(whole.size, whole.size * high / max(1.0, rise(word, whole))))
    if plan.full:
        return shrunk(word, whole, room, LEAST_WORD)
    beside = shrunk(word, whole, min(room, _plate(plan).left() - PAD - 6), min(BELOW_PLATE, whole.size))
    return beside if beside.size > BELOW_PLATE else shrunk(word, beside, room, LEAST_WORD)


def stacked_glyph(plan: Plan) -> QRectF:
    """Where the silhouette stands; the word is below it."""
    size = GLYPH * plan.zoom if plan.full else 42.0
    return QRectF(PAD, 22 if plan.full else 16, size, size)


def stacked_baseline(plan: Plan) -> float:
    """Where the headline stands; the word is above it."""
    return plan.head.bottom() - (24 * plan.zoom if plan.full else 20)


def inline_room(plan: Plan, *, tray: bool, left: bool) -> float:
    """How wide a word and a headline may be that stand in a low and broad head, from the card's edge on."""
    right = _plate(plan).left() - 18
    return right - (84 if tray else LEFT_ROOM + 12 if left else 0)


def _headline(painter: QPainter, text: str, kind: Type, x: float, baseline: float, room: float, ink: str) -> None:
    fit = shrunk(text, kind, room, LEAST_HEADLINE)
    draw(painter, fitted(text, fit, room), fit, x, baseline, ink)


def _inline(painter: QPainter, card: Card, plan: Plan, plate: QRectF, colours: Fill) -> None:
    """The word beside its glyph: where a card is low and broad."""
    _glyph(painter, card, QRectF(PAD, 19, GLYPH, GLYPH), colours)
    if card.tray:
        _tray(painter, card.tray, QRectF(plate.left() - 84, 24, 62, 58), colours)
    left, right = PAD + GLYPH + 18, inline_room(plan, tray=bool(card.tray), left=bool(card.left))
    word = shrunk(card.word, STATE_WORD, right - left, LEAST_WORD)
    _word(painter, card.word, word, left, 66, colours.ink)
    _headline(painter, card.headline, HEADLINE, PAD, 97, right - PAD, colours.ink)


def _wide(painter: QPainter, card: Card, plan: Plan, colours: Fill) -> None:
    """A single nest's head: the word in the middle of its height, the tray large below."""
    left, middle = 34.0, plan.head.center().y()
    size = GLYPH * plan.zoom
    _glyph(painter, card, QRectF(left, 34, size, size), colours)
    room = plan.head.width() - 2 * left
    word = shrunk(card.word, Type(STATE_WORD.face, 104), room, LEAST_WORD)
    _word(painter, card.word, word, left, middle + cap_height(word) / 2 - 20, colours.ink)
    _headline(painter, card.headline, Type(HEADLINE.face, 34), left, middle + 84, room, colours.ink)
    if card.tray:
        _tray(painter, card.tray, QRectF(left, plan.head.bottom() - 34 - 116, 132, 116), colours)


def _word(painter: QPainter, word: str, kind: Type, x: float, baseline: float, ink: str) -> None:
    # A capital's stem stands a little to the right of where its advance begins: the word is set flush with the glyph.
    draw(painter, word, kind, x - kind.size * 0.05, baseline, ink)


def _tray(painter: QPainter, letter: str, box: QRectF, colours: Fill) -> None:
    """The tray with its letter."""
    painter.save()
    painter.translate(box.topLeft())
    painter.scale(box.width() / glyphs.BOX, box.height() / glyphs.BOX)
    glyphs.tray(painter, colours.ink, colours.ground)
    painter.restore()
    letters = Type(TRAY.face, TRAY.size * box.height() / 58)
    inside = QRectF(box.left(), box.top(), box.width(), box.height() * 0.72)
    draw_centred(painter, letter, letters, inside, colours.ink)

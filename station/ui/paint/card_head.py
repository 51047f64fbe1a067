"""The head of a card: what is read at two metres. Silhouette, number, word, and where the unit goes."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from station.ui.model import Card
from station.ui.paint import glyphs
from station.ui.paint.canvas import Part
from station.ui.paint.card_plan import PAD, Plan
from station.ui.paint.ground import fill, hatch, mixed, round_left, round_top, rounded
from station.ui.paint.text import cap_height, draw, draw_centred, fitted, shrunk
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
    Fill,
    Theme,
    Type,
)

GLYPH = 50.0
PLATE = 66.0
LEAST_WORD = 44.0
"""Design pixels below which a word is no longer made smaller: 9 mm, 15' at 2 m."""


def head_fill(card: Card, theme: Theme) -> Fill:
    """Ground and ink of the head."""
    tone = TONES[card.look]
    if card.look in PALE:
        return Fill(mixed(theme.surface, theme.fills[tone].ground, 1.3 * theme.tint), theme.inks[tone])
    if card.look in PLAIN:
        return Fill(theme.surface, theme.text)
    return theme.fills[tone]


def head_parts(card: Card, plan: Plan, theme: Theme) -> list[Part]:
    """The ground with everything on it: a head changes seldom, and as a whole."""
    shows = (card.look, card.word, card.headline, card.nest, card.tray, theme.name)
    return [Part("head", plan.head, shows, lambda painter: _head(painter, card, plan, theme))]


def _head(painter: QPainter, card: Card, plan: Plan, theme: Theme) -> None:
    colours = head_fill(card, theme)
    _ground(painter, card, plan, theme, colours)
    zoom = plan.zoom
    glyph = glyphs.LOOKS[card.look]
    size = GLYPH * zoom
    plate = QRectF(plan.head.right() - PAD + 2 - PLATE * zoom, 20, PLATE * zoom, PLATE * zoom)
    if plan.landscape:
        plate.moveTop(30)
        _wide(painter, card, plan, colours)
        glyphs.paint_glyph(painter, glyph, QRectF(34, 34, size, size), colours.ink, colours.ground)
    elif plan.inline:
        glyphs.paint_glyph(painter, glyph, QRectF(PAD, 19, size, size), colours.ink, colours.ground)
        left = PAD + size + 18
        _word(painter, card.word, STATE_WORD, left, 66, plate.left() - 18 - left, colours.ink)
        room = plate.left() - PAD - 18 - (80 if card.tray else 0)
        draw(painter, fitted(card.headline, HEADLINE, room), HEADLINE, PAD, 97, colours.ink)
        if card.tray:
            _tray(painter, card.tray, QRectF(plate.left() - 84, 24, 62, 58), colours)
    else:
        glyphs.paint_glyph(painter, glyph, QRectF(PAD, 22, size, size), colours.ink, colours.ground)
        _stacked(painter, card, plan, colours)
    fill(painter, rounded(plate, 12), mixed(colours.ground, colours.ink, 0.16))
    number = Type(NEST_NUMBER.face, NEST_NUMBER.size * zoom)
    draw_centred(painter, str(card.nest), number, plate, colours.ink)


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


def _stacked(painter: QPainter, card: Card, plan: Plan, colours: Fill) -> None:
    """The word under its glyph, the headline under the word, the tray at the right of both."""
    zoom, bottom = plan.zoom, plan.head.bottom()
    room = plan.head.width() - 2 * PAD
    kind = Type(HEADLINE.face, HEADLINE.size * (1 + (zoom - 1) / 2))
    baseline = bottom - 24 * zoom
    _word(
        painter, card.word, Type(STATE_WORD.face, STATE_WORD.size * zoom), PAD, baseline - 36 * zoom, room, colours.ink
    )
    if card.tray:
        box = QRectF(plan.head.right() - PAD - 64 * zoom, bottom - 78 * zoom, 66 * zoom, 58 * zoom)
        _tray(painter, card.tray, box, colours)
        room -= box.width() + 12
    draw(painter, fitted(card.headline, kind, room), kind, PAD, baseline, colours.ink)


def _wide(painter: QPainter, card: Card, plan: Plan, colours: Fill) -> None:
    """A single nest's head: the word in the middle of its height, the tray large below."""
    left, middle = 34.0, plan.head.center().y()
    room = plan.head.width() - 2 * left
    word = Type(STATE_WORD.face, 104)
    _word(painter, card.word, word, left - 4, middle + cap_height(word) / 2, room, colours.ink)
    kind = Type(HEADLINE.face, 34)
    draw(painter, fitted(card.headline, kind, room), kind, left, middle + 104, colours.ink)
    if card.tray:
        _tray(painter, card.tray, QRectF(left, plan.head.bottom() - 34 - 116, 132, 116), colours)


def _word(painter: QPainter, word: str, kind: Type, x: float, baseline: float, room: float, ink: str) -> None:
    fit = shrunk(word, kind, room, LEAST_WORD)
    # A capital's stem stands a little to the right of where its advance begins: the word is set flush with the glyph.
    draw(painter, word, fit, x - fit.size * 0.05, baseline, ink)


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

"""Where things stand on a card: one plan for a row of tall cards, one for two rows, one for a single wide one."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF

PAD = 22.0
LOW = 430.0
"""Cards lower than this stand in two rows and show few operations or none."""
BROAD = 600.0
"""Cards wider than this have room for a larger word, or, when they are low, for the word beside its glyph."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`zoom` enlarges the head, `larger` the body, whose box is in pixels before that.

    `inline` puts the word beside its glyph; `full` shows ids and operations.
    """

    card: QRectF
    head: QRectF
    body: QRectF
    zoom: float = 1.0
    larger: float = 1.0
    inline: bool = False
    full: bool = True
    landscape: bool = False


def plan(card: QRectF) -> Plan:
    """The plan for a card of this size."""
    wide, high = card.width(), card.height()
    low = high < LOW
    if wide > 2 * high and not low:
        return _single(wide, high)
    if low and wide >= BROAD:
        return _upright(card, 112, inline=True, full=False)
    if low:
        return _upright(card, 170, full=False)
    zoom = 1.12 if wide >= 1.4 * BROAD else 1.0
    return _upright(card, 196 * zoom, zoom=zoom)


def _single(wide: float, high: float) -> Plan:
    """One nest has the whole page: the head stands at the left, and the body is larger."""
    head = QRectF(0, 0, 620, high)
    larger = 1.32
    body = QRectF(head.width() / larger, 0, (wide - head.width()) / larger, high / larger)
    return Plan(QRectF(0, 0, wide, high), head, body, zoom=1.6, larger=larger, landscape=True)


def _upright(card: QRectF, head: float, *, zoom: float = 1.0, inline: bool = False, full: bool = True) -> Plan:
    top = QRectF(0, 0, card.width(), head)
    body = QRectF(0, head, card.width(), card.height() - head)
    return Plan(card, top, body, zoom=zoom, inline=inline, full=full)


def inner(body: QRectF) -> QRectF:
    """The body without its margins at the sides."""
    return body.adjusted(PAD, 0, -PAD, 0)

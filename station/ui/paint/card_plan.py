"""Where things stand on a card: one plan for a row of tall cards, one for two rows, one for a single wide one."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF

PAD = 22.0
LOW = 430.0
"""Cards lower than this stand in two rows and show no list of operations."""
BROAD = 600.0
"""Cards wider than this have room for a larger word, or, when they are low, for the word beside its glyph."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`zoom` enlarges what is in the head; `inline` puts the word beside the glyph; `full` shows ids and operations."""

    card: QRectF
    head: QRectF
    body: QRectF
    zoom: float
    inline: bool
    full: bool
    landscape: bool


def plan(card: QRectF) -> Plan:
    """The plan for a card of this size."""
    width, height = card.width(), card.height()
    low = height < LOW
    if width > 2 * height and not low:
        head = QRectF(0, 0, 620, height)
        return Plan(card, head, QRectF(head.right(), 0, width - head.right(), height), 1.6, False, True, True)
    if low and width >= BROAD:
        return _upright(card, 112, 1.0, inline=True)
    if low:
        return _upright(card, 176, 1.0, inline=False)
    zoom = 1.3 if width >= BROAD * 1.4 else 1.0
    return _upright(card, 196 * zoom, zoom, inline=False)


def _upright(card: QRectF, head: float, zoom: float, *, inline: bool) -> Plan:
    top = QRectF(0, 0, card.width(), head)
    body = QRectF(0, head, card.width(), card.height() - head)
    return Plan(card, top, body, zoom, inline, card.height() >= LOW, False)


def inner(body: QRectF) -> QRectF:
    """The body without its margins at the sides."""
    return body.adjusted(PAD, 0, -PAD, 0)

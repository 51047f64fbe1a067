"""A nest's card."""

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from station.ui.model import Card, Look
from station.ui.paint.canvas import Canvas, Part
from station.ui.paint.card_body import answer_places, body_parts
from station.ui.paint.card_head import head_parts
from station.ui.paint.card_plan import Plan, plan
from station.ui.paint.ground import border, fill, rounded
from station.ui.tokens import RADIUS, TONES, Theme

QUIET = frozenset({Look.READY, Look.TESTING, Look.STOPPING, Look.LOCKED})
"""Looks whose edge is a hair line: nobody has to come."""


class CardView(Canvas):
    """One nest; `answered` tells the question's number and the answer that was touched."""

    answered = Signal(int, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._card: Card | None = None

    def show_card(self, card: Card) -> None:
        """Show this card; what is the same as before is not painted again."""
        self._card = card
        self.setAccessibleName(card.name)
        self.setAccessibleDescription(card.description)
        self.show_parts(card_parts(card, plan(self.design), self.theme))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 -- Qt's name
        """An answer was touched."""
        question = self._card.question if self._card is not None else None
        if question is not None and event.button() is Qt.MouseButton.LeftButton:
            at = event.position() / self.zoom
            for choice, place in answer_places(question, plan(self.design)):
                if place.contains(QPointF(at)):
                    self.answered.emit(question.prompt, choice.answer)


def card_parts(card: Card, where: Plan, theme: Theme) -> list[Part]:
    """The whole card: its ground, its head, its body, and its edge above all; a dark head covers a hair line."""
    ground = Part("ground", where.card, (card.look, theme.name), lambda painter: _ground(painter, card, where, theme))
    shows = (card.look, card.advice, theme.name)
    edge = Part("edge", where.card, shows, lambda painter: _edge(painter, card, where, theme))
    head, body = head_parts(card, where, theme), body_parts(card, where, theme)
    if card.look in (Look.TESTING, Look.STOPPING):
        return [ground, edge, *head, *body]
    return [ground, *head, *body, edge]


def _ground(painter: QPainter, card: Card, where: Plan, theme: Theme) -> None:
    """An empty nest is a hollow."""
    fill(painter, rounded(where.card, RADIUS), theme.sunken if card.look is Look.EMPTY else theme.surface)


def _edge(painter: QPainter, card: Card, where: Plan, theme: Theme) -> None:
    if card.look is Look.EMPTY:
        border(painter, where.card, RADIUS, theme.line_strong, 2, dashed=True)
    elif card.look is Look.LOCKED and card.advice is not None:
        border(painter, where.card, RADIUS, theme.fills[card.advice.tone].ground, 4)
    elif card.look in QUIET:
        border(painter, where.card, RADIUS, theme.line, 2)
    else:
        border(painter, where.card, RADIUS, theme.fills[TONES[card.look]].ground, 4)

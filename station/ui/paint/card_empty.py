"""The body of a nest without a unit: what it waits for, or why it does not."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath

from station.ui.model import Card, Look
from station.ui.paint.advice import advice_part
from station.ui.paint.canvas import Part
from station.ui.paint.card_plan import Plan, inner
from station.ui.paint.ground import border, fill, rounded
from station.ui.paint.text import cap_height, draw, draw_centred, fitted
from station.ui.tokens import LABEL, NOTE, Theme

LINE = 33.0
DOT = 6.0
"""Design pixels a cell of the label's picture."""


def empty_parts(card: Card, where: Plan, theme: Theme) -> list[Part]:
    """The label to look for under what to do, or what happened and since when."""
    body = inner(where.body)
    told = card.advice is not None
    lines = [] if told else list(card.notes)
    picture = card.picture and body.height() >= len(lines) * LINE + 170
    height = len(lines) * LINE + (150 if picture else 0)
    top = body.top() + (body.height() - height) / (2.6 if where.full else 2)

    def paint(painter: QPainter) -> None:
        ink = theme.text if card.look is Look.LOAD else theme.text2
        for at, line in enumerate(lines):
            row = QRectF(body.left(), top + at * LINE, body.width(), LINE)
            draw_centred(painter, fitted(line, NOTE, body.width()), NOTE, row, ink)
        if picture:
            place = QRectF(body.center().x() - 92, top + len(lines) * LINE + 36, 184, 116)
            _label_picture(painter, place, theme, strong=card.look is Look.LOAD)

    parts = [Part("notes", where.body, (lines, picture, card.look, theme.name), paint)]
    if card.advice is not None:
        first = QRectF(body.left(), body.top() + 24, body.width(), body.height() - 40)
        parts.append(advice_part(card.advice, first, theme))
        since = QRectF(body.left(), parts[-1].box.bottom() + 8, body.width(), 34)
        parts += [_since(card.remark, since, theme)] if since.bottom() <= body.bottom() - 4 else []
    return parts


def _since(text: str, box: QRectF, theme: Theme) -> Part:
    """Since when a nest is locked."""

    def paint(painter: QPainter) -> None:
        draw(
            painter,
            fitted(text, LABEL, box.width()),
            LABEL,
            box.left(),
            box.center().y() + cap_height(LABEL) / 2,
            theme.text2,
        )

    return Part("since", box, (text, theme.name), paint)


_MATRIX = (
    "1010101010",
    "1100110101",
    "1011001010",
    "1101010011",
    "1010011100",
    "1110100101",
    "1001011010",
    "1101100111",
    "1010010100",
    "1111111111",
)
"""A picture of a Data Matrix code: its two full edges and its two dotted ones; it says nothing."""


def _label_picture(painter: QPainter, box: QRectF, theme: Theme, *, strong: bool) -> None:
    """The label to look for."""
    ink = theme.text2 if strong else theme.text3
    fill(painter, rounded(box, 10), theme.sunken)
    border(painter, box, 10, theme.line_strong, 2)
    code = QPainterPath()
    for row, cells in enumerate(_MATRIX):
        for column, cell in enumerate(cells):
            if cell == "1":
                code.addRect(QRectF(box.left() + 20 + column * DOT, box.top() + 28 + row * DOT, DOT, DOT))
    code.setFillRule(Qt.FillRule.WindingFill)
    fill(painter, code, ink)
    for at, length in enumerate((62, 62, 42)):
        line = QRectF(box.left() + 98, box.top() + 34 + at * 19, length, 9)
        fill(painter, rounded(line, 4), theme.line_strong)

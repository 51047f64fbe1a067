"""What everything is painted on: colours, rounded areas, borders, textures."""

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from station.ui.model import Tone
from station.ui.tokens import Theme

HATCH_PITCH = 26.0
HATCH_WIDTH = 11.0
"""Design pixels across the stripes: told apart at two metres, and quiet behind a word."""


def mixed(ground: str, over: str, share: float) -> str:
    """`over` laid on `ground` with this share, 0 to 1.

    >>> mixed("#000000", "#ffffff", 0.5)
    '#808080'
    """
    parts = [round(int(ground[at : at + 2], 16) * (1 - share) + int(over[at : at + 2], 16) * share) for at in (1, 3, 5)]
    return "#" + "".join(f"{part:02x}" for part in parts)


def tinted(theme: Theme, tone: Tone) -> str:
    """The surface with a breath of a meaning's colour."""
    return mixed(theme.surface, theme.fills[tone].ground, theme.tint)


def rounded(box: QRectF, radius: float) -> QPainterPath:
    """An area with round corners."""
    path = QPainterPath()
    path.addRoundedRect(box, radius, radius)
    return path


def round_left(box: QRectF, radius: float) -> QPainterPath:
    """An area with round corners at its left."""
    return _squared(box, radius, QRectF(box.center().x(), box.top(), box.width() / 2, box.height()))


def round_top(box: QRectF, radius: float) -> QPainterPath:
    """An area with round corners at its top."""
    return _squared(box, radius, QRectF(box.left(), box.center().y(), box.width(), box.height() / 2))


def _squared(box: QRectF, radius: float, half: QRectF) -> QPainterPath:
    square = QPainterPath()
    square.addRect(half)
    return rounded(box, radius).united(square)


def fill(painter: QPainter, path: QPainterPath, colour: str) -> None:
    """Fill an area."""
    painter.fillPath(path, QColor(colour))


def stroke(painter: QPainter, path: QPainterPath, colour: str, width: float, *, round_ends: bool = True) -> None:
    """Draw along a path."""
    pen = QPen(QColor(colour), width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap if round_ends else Qt.PenCapStyle.FlatCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.strokePath(path, pen)


def border(painter: QPainter, box: QRectF, radius: float, colour: str, width: float, *, dashed: bool = False) -> None:
    """A line inside an area's edge."""
    inset = width / 2
    pen = QPen(QColor(colour), width)
    if dashed:
        pen.setDashPattern([5.0, 4.0])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.strokePath(rounded(box.adjusted(inset, inset, -inset, -inset), radius - inset), pen)


def hatch(painter: QPainter, area: QPainterPath, colour: str) -> None:
    """Stripes that rise to the right, over an area; they begin at its lower left corner, wherever it stands."""
    box = area.boundingRect()
    painter.save()
    painter.setClipPath(area, Qt.ClipOperation.IntersectClip)
    painter.translate(box.bottomLeft())
    painter.fillPath(_stripes(box.width(), box.height()), QColor(colour))
    painter.restore()


@lru_cache(maxsize=32)
def _stripes(width: float, height: float) -> QPainterPath:
    path = QPainterPath()
    at = -height
    while at < width:
        path.moveTo(QPointF(at, 0.0))
        path.lineTo(QPointF(at + HATCH_WIDTH, 0.0))
        path.lineTo(QPointF(at + HATCH_WIDTH + height, -height))
        path.lineTo(QPointF(at + height, -height))
        path.closeSubpath()
        at += HATCH_PITCH
    return path

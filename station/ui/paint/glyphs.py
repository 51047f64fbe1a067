"""The silhouettes of the states and the pictures of what to reach for; paths of our own, no icon font.

Every glyph is drawn in a box of 50 × 50 design pixels; `ink` is the glyph's, `ground` what shows through it.
"""

import math
from collections.abc import Callable, Mapping

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from station.ui.model import Look, Mark, Sign
from station.ui.paint.ground import fill, mixed, rounded, stroke
from station.ui.paint.text import draw_centred
from station.ui.tokens import Face, Type

BOX = 50.0
Glyph = Callable[[QPainter, str, str], None]
_WHOLE = QRectF(0, 0, BOX, BOX)
_BARS = ((0, 4), (7, 2), (11, 5), (19, 2), (24, 4), (31, 2), (35, 6), (44, 2), (48, 2))
"""Left edge and width of the bars of the bar code's picture."""


def paint_glyph(painter: QPainter, glyph: Glyph, box: QRectF, ink: str, ground: str) -> None:
    """A glyph, as large as its box."""
    painter.save()
    painter.translate(box.topLeft())
    painter.scale(box.width() / BOX, box.height() / BOX)
    glyph(painter, ink, ground)
    painter.restore()


def _polygon(*points: tuple[float, float]) -> QPainterPath:
    path = QPainterPath(QPointF(*points[0]))
    for point in points[1:]:
        path.lineTo(QPointF(*point))
    path.closeSubpath()
    return path


def _line(*points: tuple[float, float]) -> QPainterPath:
    path = QPainterPath(QPointF(*points[0]))
    for point in points[1:]:
        path.lineTo(QPointF(*point))
    return path


def _disc(box: QRectF) -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(box)
    return path


def _arc(start: float, span: float, inset: float = 5.0) -> QPainterPath:
    """A piece of a circle; degrees, from three o'clock, anticlockwise."""
    box = _WHOLE.adjusted(inset, inset, -inset, -inset)
    path = QPainterPath()
    path.arcMoveTo(box, start)
    path.arcTo(box, start, span)
    return path


def _octagon() -> QPainterPath:
    turns = [math.radians(22.5 + 45 * at) for at in range(8)]
    return _polygon(*[(25 + 27 * math.cos(turn), 25 + 27 * math.sin(turn)) for turn in turns])


def _triangle() -> QPainterPath:
    return _polygon((25, 4.5), (48, 45), (2, 45))


def _solid(painter: QPainter, path: QPainterPath, ink: str, soft: float) -> None:
    """A filled area with softened corners."""
    fill(painter, path, ink)
    stroke(painter, path, ink, soft)


def empty(painter: QPainter, ink: str, ground: str) -> None:
    """A dashed ring: nothing is here."""
    pen = QPen(QColor(ink), 5)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setDashPattern([1.55, 1.1168])  # nine equal dashes around the ring
    painter.strokePath(_arc(90, 359.99), pen)


def load(painter: QPainter, ink: str, ground: str) -> None:
    """An arrow down: in here."""
    fill(painter, rounded(_WHOLE, 10), ink)
    stroke(painter, _line((25, 12), (25, 37)), ground, 5.5)
    stroke(painter, _line((14.5, 27.5), (25, 38), (35.5, 27.5)), ground, 5.5)


def ready(painter: QPainter, ink: str, ground: str) -> None:
    """A ring with a dot: a unit is expected or seated."""
    stroke(painter, _arc(0, 360), ink, 5)
    fill(painter, _disc(QRectF(16, 16, 18, 18)), ink)


def testing(painter: QPainter, ink: str, ground: str) -> None:
    """A ring of which a quarter is still open."""
    stroke(painter, _arc(0, 360), mixed(ground, ink, 0.32), 6)
    stroke(painter, _arc(90, -270), ink, 6)


def stopping(painter: QPainter, ink: str, ground: str) -> None:
    """A square in a square: it is coming to rest."""
    stroke(painter, rounded(QRectF(5, 5, 40, 40), 6), ink, 5)
    fill(painter, rounded(QRectF(16.5, 16.5, 17, 17), 2.5), ink)


def your_turn(painter: QPainter, ink: str, ground: str) -> None:
    """A question mark in a square: the only square that speaks."""
    fill(painter, rounded(_WHOLE, 10), ink)
    draw_centred(painter, "?", Type(Face.HEAVY, 36), _WHOLE, ground)


def passed(painter: QPainter, ink: str, ground: str) -> None:
    """A disc with a tick."""
    fill(painter, _disc(_WHOLE), ink)
    stroke(painter, _line((14, 25.8), (21.8, 33.6), (36.2, 17.8)), ground, 6)


def failed(painter: QPainter, ink: str, ground: str) -> None:
    """An octagon with a cross."""
    fill(painter, _octagon(), ink)
    for line in (_line((17, 17), (33, 33)), _line((33, 17), (17, 33))):
        stroke(painter, line, ground, 6)


def no_result(painter: QPainter, ink: str, ground: str) -> None:
    """A triangle with an exclamation mark: neither good nor bad."""
    _solid(painter, _triangle(), ink, 4)
    stroke(painter, _line((25, 18.5), (25, 29)), ground, 5.5)
    fill(painter, _disc(QRectF(21.9, 34, 6.2, 6.2)), ground)


def locked(painter: QPainter, ink: str, ground: str) -> None:
    """A padlock."""
    shackle = QPainterPath(QPointF(14.5, 24))
    shackle.lineTo(14.5, 16)
    shackle.arcTo(QRectF(14.5, 4.5, 21, 21), 180, -180)
    shackle.lineTo(35.5, 24)
    stroke(painter, shackle, ink, 5.5, round_ends=False)
    fill(painter, rounded(QRectF(8, 22, 34, 25), 5), ink)
    fill(painter, _disc(QRectF(21.2, 28.5, 7.6, 7.6)), ground)
    stroke(painter, _line((25, 33), (25, 39.5)), ground, 3.6)


def scan(painter: QPainter, ink: str, ground: str) -> None:
    """A bar code."""
    for left, width in _BARS:
        painter.fillRect(QRectF(left, 6, width, 38), QColor(ink))


def seat(painter: QPainter, ink: str, ground: str) -> None:
    """A unit going down into its nest."""
    stroke(painter, _line((4, 27), (4, 44), (46, 44), (46, 27)), ink, 5)
    stroke(painter, _line((25, 6), (25, 31)), ink, 5.5)
    stroke(painter, _line((14.5, 21.5), (25, 32), (35.5, 21.5)), ink, 5.5)


def unload(painter: QPainter, ink: str, ground: str) -> None:
    """A unit coming up out of its nest."""
    stroke(painter, _line((4, 27), (4, 44), (46, 44), (46, 27)), ink, 5)
    stroke(painter, _line((25, 32), (25, 7)), ink, 5.5)
    stroke(painter, _line((14.5, 17.5), (25, 7), (35.5, 17.5)), ink, 5.5)


LOOKS: Mapping[Look, Glyph] = {
    Look.EMPTY: empty,
    Look.LOAD: load,
    Look.READY: ready,
    Look.TESTING: testing,
    Look.STOPPING: stopping,
    Look.YOUR_TURN: your_turn,
    Look.PASS: passed,
    Look.FAIL: failed,
    Look.NO_RESULT: no_result,
    Look.LOCKED: locked,
}

SIGNS: Mapping[Sign, Glyph] = {
    Sign.SCAN: scan,
    Sign.SEAT: seat,
    Sign.ANSWER: your_turn,
    Sign.UNLOAD: unload,
    Sign.WAIT: testing,
    Sign.LOCK: locked,
    Sign.WARN: no_result,
}


def _todo(painter: QPainter, ink: str, ground: str) -> None:
    stroke(painter, _arc(0, 360, 9), ink, 5)


def _active(painter: QPainter, ink: str, ground: str) -> None:
    stroke(painter, _arc(0, 360, 8), mixed(ground, ink, 0.3), 7)
    stroke(painter, _arc(90, -270, 8), ink, 7)


def tick(painter: QPainter, ink: str, ground: str) -> None:
    """Done, and nothing more is to be said of it."""
    stroke(painter, _line((8, 26), (20, 38), (43, 12)), ink, 6.5)


MARKS: Mapping[Mark, Glyph] = {
    Mark.DONE: tick,
    Mark.ACTIVE: _active,
    Mark.BAD: failed,
    Mark.UNDECIDED: no_result,
    Mark.TODO: _todo,
}


def tray(painter: QPainter, ink: str, ground: str) -> None:
    """A tray, seen from the front."""
    stroke(painter, _line((3, 14), (3, 42), (47, 42), (47, 14)), ink, 5)


def person(painter: QPainter, ink: str, ground: str) -> None:
    """Head and shoulders."""
    fill(painter, _disc(QRectF(14, 2, 22, 22)), ink)
    shoulders = QPainterPath(QPointF(5, 47))
    shoulders.cubicTo(QPointF(5, 22), QPointF(45, 22), QPointF(45, 47))
    shoulders.closeSubpath()
    fill(painter, shoulders, ink)


def cross(painter: QPainter, ink: str, ground: str) -> None:
    """No."""
    for line in (_line((9, 9), (41, 41)), _line((41, 9), (9, 41))):
        stroke(painter, line, ink, 6.5)


def done(painter: QPainter, ink: str, ground: str) -> None:
    """A box that is ticked."""
    stroke(painter, rounded(QRectF(4, 4, 42, 42), 7), ink, 5)
    stroke(painter, _line((14, 25.8), (21.8, 33.6), (36.2, 17.8)), ink, 6)


def start(painter: QPainter, ink: str, ground: str) -> None:
    """A triangle that points forward."""
    _solid(painter, _polygon((12, 7), (43, 25), (12, 43)), ink, 5)


def retry(painter: QPainter, ink: str, ground: str) -> None:
    """An arrow that comes round again."""
    stroke(painter, _arc(60, 300, 8), ink, 5.5)
    _solid(painter, _polygon((28, 2.5), (43, 10.5), (28, 18.5)), ink, 2)


def nest(painter: QPainter, ink: str, ground: str) -> None:
    """The seat of a unit."""
    stroke(painter, _line((5, 12), (5, 40), (45, 40), (45, 12)), ink, 5.5)
    fill(painter, rounded(QRectF(13, 18, 24, 14), 3), ink)

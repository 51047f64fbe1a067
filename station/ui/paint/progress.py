"""The progress bar of a run: one piece an operation, as wide as it usually takes."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from station.ui.model import Look, Mark, Segment, Tone
from station.ui.paint.canvas import Part
from station.ui.paint.ground import fill, rounded
from station.ui.tokens import Theme

HEIGHT = 12.0
BETWEEN = 4.0
CORNER = 3.0


def progress_part(segments: tuple[Segment, ...], look: Look, box: QRectF, theme: Theme) -> Part:
    """The bar."""
    return Part("bar", box, (segments, look, theme.name), lambda painter: _paint(painter, segments, look, box, theme))


def _paint(painter: QPainter, segments: tuple[Segment, ...], look: Look, box: QRectF, theme: Theme) -> None:
    room = box.width() - BETWEEN * (len(segments) - 1)
    left = box.left()
    for one in segments:
        piece = QRectF(left, box.top(), room * one.share, box.height())
        _piece(painter, piece, one, look, theme)
        left = piece.right() + BETWEEN


def _piece(painter: QPainter, piece: QRectF, one: Segment, look: Look, theme: Theme) -> None:
    area = rounded(piece, CORNER)
    if one.filled < 1.0:
        fill(painter, area, theme.track)
    if one.filled <= 0.0:
        return
    painter.save()
    painter.setClipPath(area)
    done = QRectF(piece.left(), piece.top(), piece.width() * one.filled, piece.height())
    fill(painter, rounded(done, 0), _colour(one.mark, look, theme))
    painter.restore()


def _colour(mark: Mark, look: Look, theme: Theme) -> str:
    match mark:
        case Mark.BAD:
            return theme.fills[Tone.BAD].ground
        case Mark.UNDECIDED:
            return theme.fills[Tone.WARN].ground
        case Mark.DONE if look is Look.PASS:
            return theme.fills[Tone.GOOD].ground
        case Mark.ACTIVE if look is Look.YOUR_TURN:
            return theme.fills[Tone.ACT].ground
        case _:
            return theme.done

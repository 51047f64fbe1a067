"""Asked before the window closes: a drawer at the page's foot, no dialog; only a touch answers it, never a scan."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter

from station.ui.model import Leave, Tone
from station.ui.paint.canvas import Canvas, Part
from station.ui.paint.ground import border, fill, rounded
from station.ui.paint.text import draw, draw_centred, fitted, width
from station.ui.tokens import BUTTON, BUTTON_GAP, BUTTON_HEIGHT, DETAIL, MARGIN, RADIUS, TITLE, Theme

HEIGHT = BUTTON_HEIGHT + 2 * MARGIN
LEAST_KEY = 180.0


class LeaveView(Canvas):
    """Shows the question; `answered` tells True where the program is to end."""

    answered = Signal(bool)

    def show_leave(self, leave: Leave) -> None:
        """Show this."""
        self._leave = leave
        self.setAccessibleName(leave.title)
        self.setAccessibleDescription(leave.prompt)
        self.show_parts(leave_parts(leave, self.design, self.theme))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 -- Qt's name
        """A key was touched."""
        at = event.position() / self.zoom
        for ends, _, place in keys(self._leave, self.design):
            if event.button() is Qt.MouseButton.LeftButton and place.contains(at):
                self.answered.emit(ends)


def drawer(wide: float, high: float) -> QRectF:
    """Where it stands on a page of this size, in design pixels."""
    return QRectF(0, high - HEIGHT, wide, HEIGHT)


def keys(leave: Leave, box: QRectF) -> list[tuple[bool, str, QRectF]]:
    """Whether a key ends the program, its words, and where it is touched; staying stands at the right."""
    found, right = [], box.right() - MARGIN
    for ends, text in ((False, leave.stay), (True, leave.end)):
        if text:
            wide = max(LEAST_KEY, width(text, BUTTON) + 56)
            found.append((ends, text, QRectF(right - wide, box.top() + MARGIN, wide, BUTTON_HEIGHT)))
            right -= wide + BUTTON_GAP
    return found


def text_room(leave: Leave, box: QRectF) -> float:
    """How wide the words may be."""
    return min(place.left() for _, _, place in keys(leave, box)) - 2 * MARGIN


def leave_parts(leave: Leave, box: QRectF, theme: Theme) -> list[Part]:
    """The whole drawer."""
    room = text_room(leave, box)

    def paint(painter: QPainter) -> None:
        fill(painter, rounded(box, 0), theme.surface)
        fill(painter, rounded(QRectF(box.left(), box.top(), box.width(), 3), 0), theme.inks[Tone.ACT])
        middle = box.center().y()
        draw(painter, fitted(leave.title, TITLE, room), TITLE, MARGIN, middle - 8, theme.text)
        draw(painter, fitted(leave.prompt, DETAIL, room), DETAIL, MARGIN, middle + 26, theme.text2)
        for ends, text, place in keys(leave, box):
            ink = theme.inks[Tone.BAD] if ends else theme.inks[Tone.ACT]
            border(painter, place, RADIUS, ink, 2)
            draw_centred(painter, text, BUTTON, place, ink)

    return [Part("leave", box, (leave, theme.name), paint)]

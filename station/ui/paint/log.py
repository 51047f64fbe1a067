"""The log drawer: the last lines, newest at the bottom."""

import re

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from station.ui.paint.canvas import Canvas, Part
from station.ui.paint.ground import border, fill, rounded
from station.ui.paint.text import draw, fitted
from station.ui.tokens import RADIUS, SMALL_MONO, Theme
from station.ui.visible import visible

PITCH = 23.0
PAD = 14.0
HEIGHT = 2 * PAD + 5 * PITCH


class LogView(Canvas):
    """The drawer."""

    def show_log(self, lines: tuple[str, ...]) -> None:
        """Show the last of these lines."""
        self.show_parts(log_parts(lines, self.design, self.theme))


def log_parts(lines: tuple[str, ...], box: QRectF, theme: Theme) -> list[Part]:
    """As many lines as there is room for."""
    room = box.width() - 2 * PAD
    pad = PAD if box.height() >= HEIGHT else 11.0
    count = int((box.height() - 2 * pad + 1) // PITCH)
    shown = tuple(fitted(_columns(line), SMALL_MONO, room) for line in lines[-count:])

    def paint(painter: QPainter) -> None:
        fill(painter, rounded(box, RADIUS), theme.surface)
        border(painter, box, RADIUS, theme.line, 2)
        for at, line in enumerate(shown):
            draw(painter, line, SMALL_MONO, box.left() + PAD + 2, box.top() + pad + 17 + at * PITCH, theme.text2)

    return [Part("log", box, (shown, theme.name), paint)]


def _columns(line: str) -> str:
    """Made visible, with the spaces that make its columns."""
    return "".join(part if part.strip(" ") == "" else visible(part) for part in re.split("( +)", line))

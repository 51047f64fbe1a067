"""The red strip over every page of a line that makes units which go online."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from station.ui.model import Tone
from station.ui.paint import glyphs
from station.ui.paint.canvas import Canvas, Part
from station.ui.paint.ground import fill, hatch, mixed, rounded
from station.ui.paint.text import cap_height, draw, fitted, width
from station.ui.tokens import DETAIL, Face, Theme, Type

HEIGHT = 40.0
TEXT = Type(Face.BOLD, DETAIL.size)


class WarningView(Canvas):
    """The strip."""

    def show_warning(self, text: str) -> None:
        """Show this."""
        self.setAccessibleName(text)
        self.show_parts([warning_part(text, self.design, self.theme)])


def warning_part(text: str, box: QRectF, theme: Theme) -> Part:
    """Hatched at both ends, the words in the middle on a plain ground."""
    colours = theme.fills[Tone.BAD]
    said = fitted(text, TEXT, box.width() - 200)

    def paint(painter: QPainter) -> None:
        area = rounded(box, 0)
        fill(painter, area, colours.ground)
        hatch(painter, area, mixed(colours.ground, "#000000", 0.28))
        wide = width(said, TEXT) + 84
        middle = QRectF(box.center().x() - wide / 2, box.top(), wide, box.height())
        fill(painter, rounded(middle, 0), colours.ground)
        mark = QRectF(middle.left() + 20, box.center().y() - 12, 24, 24)
        glyphs.paint_glyph(painter, glyphs.no_result, mark, colours.ink, colours.ground)
        draw(painter, said, TEXT, mark.right() + 14, box.center().y() + cap_height(TEXT) / 2, colours.ink)

    return Part("warning", box, (said, theme.name), paint)

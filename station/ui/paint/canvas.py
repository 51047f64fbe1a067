"""A page as parts: each knows what it shows and where, and only what differs is painted again."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QWidget

from station.ui.tokens import LIGHT, Theme


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a picture. `box` encloses all that it paints, in design pixels; equal `shows` means equal pixels."""

    name: str
    box: QRectF
    shows: object
    paint: Callable[[QPainter], None]

    def same(self, other: "Part | None") -> bool:
        """True where painting it again would change nothing."""
        return other is not None and self.box == other.box and self.shows == other.shows


def zoomed(part: Part, zoom: float) -> Part:
    """The same piece of a picture, larger, away from the upper left corner."""
    if zoom == 1.0:
        return part

    def paint(painter: QPainter) -> None:
        painter.scale(zoom, zoom)
        part.paint(painter)

    return Part(part.name, larger(part.box, zoom), (part.shows, zoom), paint)


def larger(box: QRectF, zoom: float) -> QRectF:
    """A box at a scale."""
    return QRectF(box.x() * zoom, box.y() * zoom, box.width() * zoom, box.height() * zoom)


class Canvas(QWidget):
    """A widget that paints parts, in their order, at a scale; it takes no focus, so no scan ends up in it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._parts: dict[str, Part] = {}
        self._scale = 1.0
        self.stale = QRegion()
        self.theme: Theme = LIGHT

    @property
    def zoom(self) -> float:
        """Logical pixels a design pixel."""
        return self._scale

    @property
    def design(self) -> QRectF:
        """The whole widget in design pixels."""
        return QRectF(0, 0, self.width() / self._scale, self.height() / self._scale)

    def put(self, box: QRectF, scale: float, theme: Theme) -> bool:
        """Stand at this place of the page, in design pixels; True where anything of it changed."""
        place = _outer(box, scale)
        if place == self.geometry() and scale == self._scale and theme is self.theme and self._parts:
            return False
        self._scale, self.theme = scale, theme
        self.setGeometry(place)
        self._parts = {}
        return True

    def show_parts(self, parts: Iterable[Part]) -> None:
        """Show these parts; `stale` is what has to be painted again for it."""
        now = {part.name: part for part in parts}
        region = QRegion()
        for name in now.keys() | self._parts.keys():
            old, new = self._parts.get(name), now.get(name)
            if new is not None and new.same(old):
                continue
            for part in (old, new):
                if part is not None:
                    region += _outer(part.box, self._scale)
        self._parts, self.stale = now, region
        if not region.isEmpty():
            self.update(region)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 -- Qt's name
        """Paint what was exposed or changed."""
        painter = QPainter(self)
        region = event.region()
        painter.fillRect(region.boundingRect(), QColor(self.theme.page))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(self._scale, self._scale)
        for part in self._parts.values():
            if region.intersects(_outer(part.box, self._scale)):
                painter.save()
                part.paint(painter)
                painter.restore()
        painter.end()


def _outer(box: QRectF, scale: float) -> QRect:
    """The whole pixels that a box touches."""
    return larger(box, scale).toAlignedRect()

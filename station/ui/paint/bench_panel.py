"""The bench beside the window: nests, lids, units, an operator who can be paused. A demonstration's, not a line's."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QWidget

from station.ui.bench_model import BenchNest, BenchPage, BenchUnit, Deed
from station.ui.model import Tone
from station.ui.paint.canvas import Canvas, Part
from station.ui.paint.ground import border, fill, rounded, tinted
from station.ui.paint.page import scale_of
from station.ui.paint.text import draw, draw_centred, draw_right, fitted
from station.ui.tokens import LABEL, LIGHT, RADIUS, SMALL, SMALL_MONO, TITLE, Theme

WIDTH = 400.0
"""Design pixels."""
EDGE = 16.0
NEST = 96.0
UNIT = 50.0
KEY = 52.0
LEDS = {"red": "#E5342B", "green": "#1FA862", "blue": "#2A6FDB", "white": "#FFFFFF", "yellow": "#F5B301"}


@dataclass(frozen=True, slots=True)
class Key:
    """What can be touched: a deed, whom it is about, and how it looks."""

    deed: Deed
    number: int
    name: str
    text: str
    box: QRectF
    on: bool = False


class BenchPanel(Canvas):
    """Shows the bench; `did` tells a deed, a number and a name."""

    did = Signal(str, int, str)

    def __init__(self, theme: Theme = LIGHT, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = theme
        self._page: BenchPage | None = None
        self._scale_of: float | None = None

    def show_page(self, page: BenchPage, scale: float | None = None) -> None:
        """Show this, at the scale of the page beside it."""
        self._page, self._scale_of = page, scale or self._scale_of
        scale = self._scale_of or scale_of(1920 * self.height() / 1080, self.height())[0]
        place = QRectF(self.x() / scale, self.y() / scale, self.width() / scale, self.height() / scale)
        self.put(place, scale, self._look)
        self.show_parts(panel_parts(page, self.design, self.theme))

    def set_theme(self, theme: Theme) -> None:
        """Light or dark."""
        self._look = theme
        if self._page is not None:
            self.show_page(self._page)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 -- Qt's name
        """Another panel, another scale."""
        if self._page is not None:
            self.show_page(self._page)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 -- Qt's name
        """Something was touched."""
        if self._page is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        at = event.position() / self.zoom
        for key in keys(self._page, self.design):
            if key.box.contains(at):
                self.did.emit(key.deed.value, key.number, key.name)
                return


def keys(page: BenchPage, box: QRectF) -> list[Key]:
    """Everything that can be touched, and where."""
    left, wide = EDGE, box.width() - 2 * EDGE
    found = [Key(Deed.PAUSE, 0, "", "Pause" if page.working else "Let go on", QRectF(left, 92, wide, KEY))]
    for at, nest in enumerate(page.nests):
        found += _nest_keys(nest, page, _nest_box(at, box))
    foot = box.bottom() - EDGE - KEY
    half = (wide - EDGE) / 2
    found.append(Key(Deed.NEW, 0, "", "New unit", QRectF(left, foot, half, KEY)))
    found.append(
        Key(Deed.LIST, 0, "", "One with a fault", QRectF(left + half + EDGE, foot, half, KEY), on=bool(page.ailments))
    )
    if page.ailments:
        return [*found[:1], *_ailment_keys(page, box), *found[-2:]]
    found += _badge_keys(page, box)
    for unit, row in _tray(page, box):
        found.append(Key(Deed.CHOOSE, unit.unit, "", "", row.adjusted(0, 0, -112, 0), on=unit.unit == page.chosen))
        found.append(Key(Deed.SCAN, unit.unit, "", "Scan", QRectF(row.right() - 104, row.top(), 104, row.height())))
    return found


def _nest_box(at: int, box: QRectF) -> QRectF:
    return QRectF(EDGE, 164 + at * (NEST + 10), box.width() - 2 * EDGE, NEST)


def _nest_keys(nest: BenchNest, page: BenchPage, place: QRectF) -> list[Key]:
    """Lid, seat or take out, and the unit's button: what is possible with this nest now."""
    row = QRectF(place.left() + 10, place.bottom() - 46, place.width() - 20, 38)
    third = (row.width() - 16) / 3
    boxes = [QRectF(row.left() + n * (third + 8), row.top(), third, row.height()) for n in range(3)]
    found = [Key(Deed.LID, nest.nest, "", "Open lid" if nest.closed else "Close lid", boxes[0])]
    if nest.unit is not None and not nest.closed:
        found.append(Key(Deed.TAKE, nest.nest, "", "Take out", boxes[1]))
    elif nest.unit is None and not nest.closed and page.chosen is not None:
        found.append(Key(Deed.SEAT, nest.nest, "", f"Seat {page.chosen}", boxes[1], on=True))
    if nest.unit is not None:
        found.append(Key(Deed.PRESS, nest.nest, "", "MODE", boxes[2]))
    return found


def _badge_keys(page: BenchPage, box: QRectF) -> list[Key]:
    """The badges, side by side above the foot."""
    count = len(page.badges)
    wide = (box.width() - 2 * EDGE - 8 * (count - 1)) / max(1, count)
    top = box.bottom() - EDGE - 2 * KEY - 12
    return [
        Key(Deed.BADGE, at, name, name.split()[0], QRectF(EDGE + at * (wide + 8), top, wide, KEY))
        for at, name in enumerate(page.badges)
    ]


def _tray(page: BenchPage, box: QRectF) -> list[tuple[BenchUnit, QRectF]]:
    """The units that there is room for, between the nests and the foot."""
    top = _nest_box(len(page.nests), box).top() + 34
    foot = EDGE + KEY + 12 + (KEY + 34 if page.badges else 0)
    room = int((box.bottom() - foot - top) // (UNIT + 6))
    wide = box.width() - 2 * EDGE
    return [
        (unit, QRectF(EDGE, top + at * (UNIT + 6), wide, UNIT)) for at, unit in enumerate(page.tray[: max(0, room)])
    ]


def _ailment_keys(page: BenchPage, box: QRectF) -> list[Key]:
    top, foot = 164.0, box.bottom() - EDGE - KEY - 12
    pitch = min(46.0, (foot - top) / max(1, len(page.ailments)))
    wide = box.width() - 2 * EDGE
    return [
        Key(Deed.NEW, 0, name, name.replace("_", " "), QRectF(EDGE, top + at * pitch, wide, pitch - 4))
        for at, name in enumerate(page.ailments)
    ]


def panel_parts(page: BenchPage, box: QRectF, theme: Theme) -> list[Part]:
    """The whole panel."""

    def ground(painter: QPainter) -> None:
        fill(painter, rounded(box, 0), theme.sunken)
        draw(painter, "Bench", TITLE, EDGE, 44, theme.text)
        draw_right(painter, "virtual fixture", SMALL, box.right() - EDGE, 44, theme.text3)
        said = "You are the operator: scan, seat, close lids."
        if page.working:
            said = "The virtual operator works." if page.tray else "The tray is empty: make a new unit."
        draw(painter, said, SMALL, EDGE, 76, theme.text2)
        if not page.ailments:
            tray = _nest_box(len(page.nests), box).top() + 20
            draw(painter, "Tray", LABEL, EDGE, tray, theme.text)
            draw_right(painter, "touch a unit to take it in hand", SMALL, box.right() - EDGE, tray, theme.text3)
        if page.badges and not page.ailments:
            draw(painter, "Badges", LABEL, EDGE, box.bottom() - EDGE - 2 * KEY - 24, theme.text)
            draw_right(
                painter,
                "touch one to scan it",
                SMALL,
                box.right() - EDGE,
                box.bottom() - EDGE - 2 * KEY - 24,
                theme.text3,
            )

    shown = (page.working, len(page.nests), bool(page.ailments), page.badges, bool(page.tray), theme.name)
    parts = [Part("ground", box, shown, ground)]
    if not page.ailments:
        parts += [_nest(nest, _nest_box(at, box), theme) for at, nest in enumerate(page.nests)]
        parts += [_unit(unit, row, page.chosen == unit.unit, theme) for unit, row in _tray(page, box)]
    parts += [_key(key, theme) for key in keys(page, box) if key.text]
    return parts


def _nest(nest: BenchNest, place: QRectF, theme: Theme) -> Part:
    def paint(painter: QPainter) -> None:
        fill(painter, rounded(place, RADIUS), theme.surface)
        border(painter, place, RADIUS, theme.line, 2)
        line = place.top() + 32
        x = draw(painter, f"Nest {nest.nest}", LABEL, place.left() + 14, line, theme.text)
        if nest.unit is None:
            draw(painter, "no unit", SMALL, x + 14, line, theme.text3)
        else:
            draw(painter, f"unit {nest.unit}", SMALL, x + 14, line, theme.text2)
            draw_right(painter, f"…{nest.serial[-4:]}", SMALL_MONO, place.right() - 44, line, theme.text2)
            dot = QRectF(place.right() - 32, line - 14, 16, 16)
            fill(painter, rounded(dot, 8), LEDS.get(nest.led, theme.track))
            border(painter, dot, 8, theme.line_strong, 1.5)

    return Part(f"nest {nest.nest}", place, (nest, theme.name), paint)


def _unit(unit: BenchUnit, row: QRectF, chosen: bool, theme: Theme) -> Part:
    def paint(painter: QPainter) -> None:
        fill(painter, rounded(row, RADIUS), tinted(theme, Tone.ACT) if chosen else theme.surface)
        border(painter, row, RADIUS, theme.inks[Tone.ACT] if chosen else theme.line, 3 if chosen else 2)
        line = row.center().y() + 6
        x = draw(painter, f"Unit {unit.unit}", LABEL, row.left() + 14, line, theme.text)
        said = unit.ailment.replace("_", " ") or f"…{unit.serial[-4:]}"
        kind, ink = (SMALL, theme.inks[Tone.WARN]) if unit.ailment else (SMALL_MONO, theme.text2)
        draw(painter, fitted(said, kind, row.right() - 124 - x), kind, x + 12, line, ink)

    return Part(f"unit {unit.unit}", row, (unit, chosen, theme.name), paint)


def _key(key: Key, theme: Theme) -> Part:
    def paint(painter: QPainter) -> None:
        fill(painter, rounded(key.box, RADIUS - 4), tinted(theme, Tone.ACT) if key.on else theme.surface)
        border(painter, key.box, RADIUS - 4, theme.inks[Tone.ACT] if key.on else theme.line_strong, 2)
        draw_centred(painter, key.text, LABEL, key.box, theme.inks[Tone.ACT] if key.on else theme.text)

    return Part(
        f"key {key.deed} {key.number} {key.name}", key.box, (key.text, key.on, key.box.width(), theme.name), paint
    )

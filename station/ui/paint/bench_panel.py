"""The bench beside the window: nests, lids, units, an operator who can be paused. A demonstration's, not a line's."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from station.texts import COMPLETE, Texts, texts_in
from station.ui.bench_model import BenchNest, BenchPage, BenchUnit, Deed
from station.ui.model import Tone
from station.ui.paint.bench_places import BAR, EDGE, GAP, ROW, WIDTH, Places, places, scale_for
from station.ui.paint.canvas import Canvas, Part
from station.ui.paint.ground import border, fill, rounded, tinted
from station.ui.paint.text import draw, draw_centred, draw_right, fitted, width
from station.ui.tokens import LABEL, LIGHT, RADIUS, SMALL, SMALL_MONO, TITLE, Theme, Type
from station.ui.words import words

LEDS = {"red": "#E5342B", "green": "#1FA862", "blue": "#2A6FDB", "white": "#FFFFFF", "yellow": "#F5B301"}
SCAN = 104.0
DRAGGED = 8.0
"""Design pixels after which a touch moves the list and touches nothing: a finger is never quite still."""
TURN = 2 * (ROW + GAP)
"""What one notch of a wheel moves; Qt counts a notch as 120."""
CELL = 126.0
"""Where keys stand beside a nest's name, what is left for the name."""


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
        self._texts = texts_in(COMPLETE)
        self._page: BenchPage | None = None
        self.offset = 0.0
        self._pressed: QPointF | None = None
        self._began = 0.0

    def show_page(self, page: BenchPage) -> None:
        """Show this; a unit that has just been picked out is scrolled to."""
        before, self._page = self._page, page
        scale = scale_for(self.height())
        self.put(QRectF(self.x() / scale, self.y() / scale, WIDTH, self.height() / scale), scale, self._look)
        other_list = before is None or bool(before.ailments) is not bool(page.ailments)
        if other_list:
            self.offset = 0.0
        if (
            page.chosen is not None
            and not page.ailments
            and (other_list or before is None or before.chosen != page.chosen)
        ):
            self._seek(page.chosen)
        self._scroll(0.0)

    def speak(self, texts: Texts) -> None:
        """In this language."""
        self._texts = texts
        self._again()

    def set_theme(self, theme: Theme) -> None:
        """Light or dark."""
        self._look = theme
        self._again()

    def _again(self) -> None:
        if self._page is not None:
            self.show_page(self._page)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 -- Qt's name
        """Another panel, another scale."""
        self._again()

    def _seek(self, unit: int) -> None:
        at = next((at for at, one in enumerate(self._page.tray if self._page else ()) if one.unit == unit), None)
        if self._page is not None and at is not None:
            there = places(self._page, self.design)
            row = there.row(at, self.offset)
            self.offset += min(0.0, row.top() - there.rows.top()) + max(0.0, row.bottom() - there.rows.bottom())

    def _scroll(self, by: float) -> None:
        """Move the list by so many design pixels, as far as it goes, and show what stands there then."""
        if self._page is None:
            return
        furthest = places(self._page, self.design).furthest(_lines(self._page))
        self.offset = min(furthest, max(0.0, self.offset + by))
        self.show_parts(panel_parts(self._page, self.design, self.theme, self._texts, self.offset))

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 -- Qt's name
        """The list moves, wherever on the panel the pointer is."""
        self._scroll(-event.angleDelta().y() / 120 * TURN)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 -- Qt's name
        """A finger may begin to move the list."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._pressed, self._began = event.position() / self.zoom, self.offset

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 -- Qt's name
        """The list goes with the finger."""
        if self._page is None or self._pressed is None or not self._on_list(self._pressed):
            return
        moved = self._pressed.y() - event.position().y() / self.zoom
        if self._began != self.offset or abs(moved) > DRAGGED:
            self._scroll(self._began + moved - self.offset)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 -- Qt's name
        """Something was touched, unless the list was moved."""
        if self._page is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        at, began, self._pressed = event.position() / self.zoom, self._pressed, None
        if began is not None and self._on_list(began) and abs(began.y() - at.y()) > DRAGGED:
            return
        for key in keys(self._page, self.design, self._texts, self.offset):
            if key.box.contains(at):
                self.did.emit(key.deed.value, key.number, key.name)
                return

    def _on_list(self, at: QPointF) -> bool:
        return self._page is not None and places(self._page, self.design).rows.contains(at)


def _lines(page: BenchPage) -> int:
    return len(page.ailments or page.tray)


def ailment_text(name: str, texts: Texts) -> str:
    """What is wrong with a unit, as a person says it; a bench may have names of its own."""
    key = f"bench.ailment.{name}"
    return texts.say(key) if texts.has(key) else words(name)


def said_of(page: BenchPage, texts: Texts) -> str:
    """Who works here; of a unit that has just been made with a fault, which one."""
    chosen = next((one for one in page.tray if one.unit == page.chosen and one.ailment), None)
    if chosen is not None:
        return texts.say("bench.made", unit=chosen.unit, ailment=ailment_text(chosen.ailment, texts))
    if not page.working:
        return texts.say("bench.you")
    return texts.say("bench.works" if page.tray else "bench.empty")


def keys(page: BenchPage, box: QRectF, texts: Texts, offset: float = 0.0) -> list[Key]:
    """Everything that can be touched, and where; of a list what is seen of it."""
    there, say = places(page, box), texts.say
    found = [Key(Deed.PAUSE, 0, "", say("bench.pause" if page.working else "bench.go_on"), there.pause)]
    for nest, place in zip(page.nests, there.nests, strict=False):
        found += _nest_keys(nest, page, place, texts, roomy=there.roomy)
    found.append(Key(Deed.NEW, 0, "", say("bench.new"), there.new))
    found.append(Key(Deed.LIST, 0, "", say("bench.fault"), there.fault, on=bool(page.ailments)))
    listed = _listed(page, there, texts, offset)
    found += [
        Key(one.deed, one.number, one.name, one.text, seen, on=one.on)
        for one in listed
        if not (seen := one.box.intersected(there.rows)).isEmpty()
    ]
    return found if page.ailments else found + _badge_keys(page, there)


def _listed(page: BenchPage, there: Places, texts: Texts, offset: float) -> list[Key]:
    """The keys of the list: a line an ailment, or a unit with its label to scan."""
    if page.ailments:
        return [
            Key(Deed.NEW, 0, name, ailment_text(name, texts), there.row(at, offset))
            for at, name in enumerate(page.ailments)
        ]
    found = []
    for at, unit in enumerate(page.tray):
        row = there.row(at, offset)
        scan = QRectF(row.right() - SCAN, row.top(), SCAN, row.height())
        found.append(Key(Deed.CHOOSE, unit.unit, "", "", row.adjusted(0, 0, -SCAN - 8, 0), on=unit.unit == page.chosen))
        found.append(Key(Deed.SCAN, unit.unit, "", texts.say("bench.scan"), scan))
    return found


def _nest_keys(nest: BenchNest, page: BenchPage, place: QRectF, texts: Texts, *, roomy: bool) -> list[Key]:
    """Lid, seat or take out, and the unit's button: what is possible with this nest now."""
    if roomy:
        row = QRectF(place.left() + 10, place.bottom() - 46, place.width() - 20, 38)
    else:
        row = QRectF(place.left() + CELL, place.top() + 5, place.width() - CELL - 5, place.height() - 10)
    third = (row.width() - 12) / 3
    boxes = [QRectF(row.left() + n * (third + 6), row.top(), third, row.height()) for n in range(3)]
    say = texts.say
    found = [Key(Deed.LID, nest.nest, "", say("bench.open" if nest.closed else "bench.close"), boxes[0])]
    if nest.unit is not None and not nest.closed:
        found.append(Key(Deed.TAKE, nest.nest, "", say("bench.take"), boxes[1]))
    elif nest.unit is None and not nest.closed and page.chosen is not None:
        found.append(
            Key(Deed.SEAT, nest.nest, "", say("bench.seat", unit=page.chosen), boxes[1].united(boxes[2]), on=True)
        )
    if nest.unit is not None:
        found.append(Key(Deed.PRESS, nest.nest, "", "MODE", boxes[2]))
    return found


def _badge_keys(page: BenchPage, there: Places) -> list[Key]:
    """The badges, side by side above the foot."""
    count = len(page.badges)
    wide = (there.badges.width() - 8 * (count - 1)) / max(1, count)
    left, top, high = there.badges.left(), there.badges.top(), there.badges.height()
    return [
        Key(Deed.BADGE, at, name, name.split()[0], QRectF(left + at * (wide + 8), top, wide, high))
        for at, name in enumerate(page.badges)
    ]


def panel_parts(page: BenchPage, box: QRectF, theme: Theme, texts: Texts, offset: float = 0.0) -> list[Part]:
    """The whole panel."""
    there, say, right = places(page, box), texts.say, box.right() - EDGE
    said = said_of(page, texts)
    titled = bool(page.badges) and not page.ailments and there.badges.top() - there.rows.bottom() > 20

    def ground(painter: QPainter) -> None:
        fill(painter, rounded(box, 0), theme.sunken)
        draw(painter, say("bench.title"), TITLE, EDGE, 42, theme.text)
        draw_right(painter, say("bench.virtual"), SMALL, right, 42, theme.text3)
        draw(painter, fitted(said, SMALL, there.said.width()), SMALL, EDGE, there.said.top() + 22, theme.text2)
        line = there.head.top() + 22
        draw(painter, say("bench.choose" if page.ailments else "bench.tray"), LABEL, EDGE, line, theme.text)
        if not page.ailments:
            hint = say("bench.hint" if page.tray else "bench.none")
            draw_right(painter, hint, SMALL, right, line, theme.text3)
        if titled:
            draw(painter, say("bench.badges"), LABEL, EDGE, there.badges.top() - 10, theme.text)
            draw_right(painter, say("bench.badge_hint"), SMALL, right, there.badges.top() - 10, theme.text3)

    shown = (said, len(page.nests), bool(page.ailments), page.badges, bool(page.tray), texts.language, theme.name)
    parts = [Part("ground", box, shown, ground)]
    parts += [
        _nest(nest, place, theme, texts, roomy=there.roomy)
        for nest, place in zip(page.nests, there.nests, strict=False)
    ]
    listed = {(key.deed, key.number, key.name) for key in _listed(page, there, texts, offset)}
    parts.append(_list(page, there, theme, texts, offset))
    return parts + [
        _key(key, theme) for key in keys(page, box, texts, offset) if (key.deed, key.number, key.name) not in listed
    ]


def _list(page: BenchPage, there: Places, theme: Theme, texts: Texts, offset: float) -> Part:
    """The list that scrolls, as one part: what sticks out of it is not seen."""
    furthest = there.furthest(_lines(page))

    def paint(painter: QPainter) -> None:
        painter.setClipRect(there.rows)
        for at, unit in enumerate(() if page.ailments else page.tray):
            row = there.row(at, offset)
            if row.intersects(there.rows):
                _unit(painter, unit, row, page.chosen == unit.unit, theme, texts)
        for key in _listed(page, there, texts, offset):
            if key.text and key.box.intersects(there.rows):
                _paint_key(painter, key, theme)
        if furthest:
            whole = QRectF(there.rows.right() - BAR, there.rows.top(), BAR, there.rows.height())
            part = whole.height() * whole.height() / (whole.height() + furthest)
            down = (whole.height() - part) * offset / furthest
            fill(painter, rounded(whole, BAR / 2), theme.track)
            fill(painter, rounded(QRectF(whole.left(), whole.top() + down, BAR, part), BAR / 2), theme.line_strong)

    shown = (page.tray, page.chosen, page.ailments, offset, texts.language, theme.name)
    return Part("list", there.rows, shown, paint)


def _nest(nest: BenchNest, place: QRectF, theme: Theme, texts: Texts, *, roomy: bool) -> Part:
    name = texts.say("bench.nest", nest=nest.nest)
    unit = texts.say("bench.no_unit") if nest.unit is None else texts.say("bench.unit", unit=nest.unit)
    tells, kind, ink = _tells(nest.serial, nest.ailment, theme, texts)

    def paint(painter: QPainter) -> None:
        fill(painter, rounded(place, RADIUS), theme.surface)
        border(painter, place, RADIUS, theme.line, 2)
        left = place.left() + 12
        line = place.top() + (32 if roomy else place.height() / 2 - 5)
        x = draw(painter, name if roomy else str(nest.nest), LABEL, left, line, theme.text)
        draw(painter, unit, SMALL, x + 12, line, theme.text2 if nest.unit is not None else theme.text3)
        if nest.unit is None:
            return
        dot = QRectF((place.right() if roomy else place.left() + CELL) - 26, line - 13, 14, 14)
        fill(painter, rounded(dot, 7), LEDS.get(nest.led, theme.track))
        border(painter, dot, 7, theme.line_strong, 1.5)
        if roomy:
            draw_right(painter, tells, kind, dot.left() - 10, line, ink)
        else:
            draw(painter, fitted(tells, kind, CELL - 16), kind, left, line + 21, ink)

    return Part(f"nest {nest.nest}", place, (nest, texts.language, theme.name), paint)


def _tells(serial: str, ailment: str, theme: Theme, texts: Texts) -> tuple[str, Type, str]:
    """What is told of a unit: what is wrong with it, else the end of its serial number."""
    if ailment:
        return ailment_text(ailment, texts), SMALL, theme.inks[Tone.WARN]
    return f"…{serial[-4:]}", SMALL_MONO, theme.text2


def _unit(painter: QPainter, unit: BenchUnit, row: QRectF, chosen: bool, theme: Theme, texts: Texts) -> None:
    fill(painter, rounded(row, RADIUS), tinted(theme, Tone.ACT) if chosen else theme.surface)
    border(painter, row, RADIUS, theme.inks[Tone.ACT] if chosen else theme.line, 3 if chosen else 2)
    line = row.center().y() + 6
    x = draw(painter, texts.say("bench.unit", unit=unit.unit), LABEL, row.left() + 14, line, theme.text)
    said, kind, ink = _tells(unit.serial, unit.ailment, theme, texts)
    draw(painter, fitted(said, kind, row.right() - SCAN - 20 - x), kind, x + 12, line, ink)


def _key(key: Key, theme: Theme) -> Part:
    return Part(
        f"key {key.deed} {key.number} {key.name}",
        key.box,
        (key.text, key.on, key.box.width(), theme.name),
        lambda painter: _paint_key(painter, key, theme),
    )


def key_type(text: str, box: QRectF) -> Type:
    """The letters of a key: lighter ones where the heavier do not fit."""
    return LABEL if width(text, LABEL) <= box.width() - 10 else SMALL


def _paint_key(painter: QPainter, key: Key, theme: Theme) -> None:
    fill(painter, rounded(key.box, RADIUS - 4), tinted(theme, Tone.ACT) if key.on else theme.surface)
    border(painter, key.box, RADIUS - 4, theme.inks[Tone.ACT] if key.on else theme.line_strong, 2)
    draw_centred(
        painter, key.text, key_type(key.text, key.box), key.box, theme.inks[Tone.ACT] if key.on else theme.text
    )

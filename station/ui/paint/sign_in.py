"""The page before a shift: a badge to scan at the left, what the station found of itself at the right."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QWidget

from station.ui.model import Check, SignInPage, Tone
from station.ui.paint import glyphs, warning
from station.ui.paint.canvas import Canvas, Part
from station.ui.paint.ground import border, fill, mixed, rounded
from station.ui.paint.page import scale_of
from station.ui.paint.text import draw, draw_centred, draw_right, fitted, shrunk, width, wrapped
from station.ui.tokens import (
    BUTTON,
    DETAIL,
    LABEL,
    LIGHT,
    MARGIN,
    NOTE,
    PAGE,
    RADIUS,
    SIGN_IN_TITLE,
    STEP,
    TITLE,
    Face,
    Theme,
    Type,
)

LEFT = 0.6
"""Share of the page that belongs to the badge; of a small page less, or the station check is cut."""
LEFT_SMALL = 0.5
LOW = 900.0
"""Of the badge's side: a smaller picture leaves room for what is told."""
NOTES = 3
"""Lines of what is told under the title, such as why a badge was not taken."""
ROW = 106.0
ROW_GAP = 16.0
LEAST_ROW = 60.0
"""Two lines, the one above the other: rows come closer before one is left out."""
LEAST_GAP = 3.0
CHECK_TITLE = Type(Face.BOLD, 34)
PLACE = Type(Face.BOLD, 26)
BARS = (
    (0, 3),
    (6, 2),
    (10, 5),
    (18, 2),
    (23, 3),
    (29, 6),
    (38, 2),
    (43, 3),
    (49, 2),
    (54, 5),
    (62, 3),
    (68, 2),
    (73, 5),
    (81, 2),
    (86, 3),
    (92, 2),
    (97, 3),
)
"""A picture of a bar code; it says nothing."""


class SignInView(Canvas):
    """The sign-in page; `chosen` tells the code of a language that was touched."""

    chosen = Signal(str)

    def __init__(self, theme: Theme = LIGHT, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = theme
        self._page: SignInPage | None = None

    def show_page(self, page: SignInPage) -> None:
        """Show this page."""
        self._page = page
        self.setAccessibleName(page.title)
        self.setAccessibleDescription(f"{page.shift} {page.check_text}")
        scale, _ = scale_of(self.width(), self.height())
        self.put(QRectF(0, 0, self.width() / scale, self.height() / scale), scale, self._look)
        self.show_parts(sign_in_parts(page, self.design, self.theme))

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
        """A language was touched."""
        if self._page is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        at = event.position() / self.zoom
        for language, place in zip(self._page.languages, languages(self._page, self.design), strict=True):
            if place.contains(at):
                self.chosen.emit(language.code)


def sign_in_parts(page: SignInPage, box: QRectF, theme: Theme) -> list[Part]:
    """The whole page."""
    ground = Part("page", box, theme.name, lambda painter: painter.fillRect(box, QColor(theme.page)))
    parts = [ground]
    if page.warning:
        strip = QRectF(0, 0, box.width(), warning.HEIGHT)
        parts.append(warning.warning_part(page.warning, strip, theme))
    left = badge_box(page, box)
    said = (page.station, page.product, page.time, page.title, page.shift, page.languages, page.refused, theme.name)
    parts.append(Part("badge", left, said, lambda painter: _badge(painter, page, left, box, theme)))
    return [*parts, *_checks(page, box, theme)]


def left_of(box: QRectF) -> float:
    """How wide the badge's side of the page is."""
    return box.width() * (LEFT if box.width() >= PAGE[0] - 1 else LEFT_SMALL)


def _top(page: SignInPage) -> float:
    return MARGIN + (warning.HEIGHT if page.warning else 0.0)


def badge_box(page: SignInPage, box: QRectF) -> QRectF:
    """The area at the left."""
    top = _top(page)
    return QRectF(MARGIN, top, left_of(box) - MARGIN, box.height() - top - MARGIN)


def _badge(painter: QPainter, page: SignInPage, left: QRectF, box: QRectF, theme: Theme) -> None:
    colours = theme.fills[Tone.WARN if page.refused else Tone.ACT]
    soft = mixed(colours.ground, colours.ink, 0.86)
    fill(painter, rounded(left, RADIUS), colours.ground)
    x = draw(painter, page.station, PLACE, left.left() + 50, left.top() + 62, colours.ink)
    draw(painter, fitted(page.product, PLACE, left.right() - x - 180), PLACE, x + 18, left.top() + 62, colours.ink)
    draw_right(painter, page.time, PLACE, left.right() - 50, left.top() + 62, colours.ink)
    middle = left.center().x()
    height = min(400.0, left.height() * (0.4 if left.height() > LOW else 0.34))
    card = QRectF(middle - height * 0.375, left.top() + left.height() * 0.17, height * 0.75, height)
    _card(painter, card, colours.ground, theme)
    title = shrunk(page.title, SIGN_IN_TITLE, left.width() - 100, 48)
    line = QRectF(left.left(), card.bottom() + 48, left.width(), 110)
    draw_centred(painter, page.title, title, line, colours.ink)
    said = page.refused or page.shift
    for at, text in enumerate(wrapped(said, NOTE, left.width() - 120, NOTES)):
        row = QRectF(left.left(), line.bottom() + 8 + at * 36, left.width(), 36)
        draw_centred(painter, text, NOTE, row, soft)
    for language, place in zip(page.languages, languages(page, box), strict=True):
        if language.chosen:
            fill(painter, rounded(place, RADIUS), mixed(colours.ground, colours.ink, 0.16))
            border(painter, place, RADIUS, colours.ink, 2)
        draw_centred(painter, language.text, BUTTON, place, colours.ink)


def _card(painter: QPainter, card: QRectF, ground: str, theme: Theme) -> None:
    """A badge: slot, head and shoulders, bar code."""
    unit = card.height() / 400
    fill(painter, rounded(card, 24 * unit), "#FFFFFF")
    slot = QRectF(card.center().x() - 42 * unit, card.top() + 24 * unit, 84 * unit, 17 * unit)
    fill(painter, rounded(slot, slot.height() / 2), ground)
    head = QRectF(card.center().x() - 78 * unit, card.top() + 78 * unit, 156 * unit, 156 * unit)
    glyphs.paint_glyph(painter, glyphs.person, head, "#C9D2DB", "#FFFFFF")
    wide = 200 * unit
    for start, bar in BARS:
        place = QRectF(
            card.center().x() - wide / 2 + start * unit * 2, card.bottom() - 112 * unit, bar * unit * 2, 72 * unit
        )
        fill(painter, rounded(place, 0), "#131C26")


def languages(page: SignInPage, box: QRectF) -> list[QRectF]:
    """Where each language is touched: in a row at the foot of the badge's area."""
    left = badge_box(page, box)
    widths = [width(one.text, BUTTON) + 44 for one in page.languages]
    x = left.center().x() - (sum(widths) + 16 * (len(widths) - 1)) / 2
    found = []
    for wide in widths:
        found.append(QRectF(x, left.bottom() - 96, wide, 60))
        x += wide + 16
    return found


def _checks(page: SignInPage, box: QRectF, theme: Theme) -> list[Part]:
    """The station check: a headline and a row for each part."""
    top = _top(page)
    left = left_of(box)
    area = QRectF(left + MARGIN, top, box.width() - left - 2 * MARGIN, box.height() - top - MARGIN)
    head = QRectF(area.left(), area.top() + 14, area.width(), 100)

    def paint(painter: QPainter) -> None:
        draw(painter, page.check_title, CHECK_TITLE, head.left() + 8, head.top() + 48, theme.text)
        draw(
            painter,
            fitted(page.check_text, DETAIL, head.width() - 8),
            DETAIL,
            head.left() + 8,
            head.top() + 84,
            theme.text2,
        )

    parts = [Part("check", head, (page.check_title, page.check_text, theme.name), paint)]
    first = head.bottom() + 22
    pitch = min(ROW + ROW_GAP, (area.bottom() - first + ROW_GAP) / max(1, len(page.checks)))
    high = pitch - max(LEAST_GAP, min(ROW_GAP, pitch * 0.14, pitch - LEAST_ROW))
    return parts + [
        _check(f"check {at}", check, QRectF(area.left(), first + at * pitch, area.width(), high), theme)
        for at, check in enumerate(page.checks)
    ]


def _check(name: str, check: Check, box: QRectF, theme: Theme) -> Part:
    """Ready is quiet; what is not has an amber edge and a word."""
    warn = theme.fills[Tone.WARN]

    def paint(painter: QPainter) -> None:
        fill(painter, rounded(box, RADIUS), theme.surface)
        border(painter, box, RADIUS, theme.line if check.ready else warn.ground, 2 if check.ready else 3)
        size = 26.0 if check.ready else 36.0
        mark = QRectF(box.left() + 44 - size / 2, box.center().y() - size / 2, size, size)
        if check.ready:
            glyphs.paint_glyph(painter, glyphs.tick, mark, theme.text2, theme.surface)
        else:
            glyphs.paint_glyph(painter, glyphs.no_result, mark, warn.ground, warn.ink)
        left, right = box.left() + 88, box.right() - 26
        baseline = box.center().y() - 6
        room = right - left
        if check.state:
            draw_right(painter, check.state, LABEL, right, baseline, theme.inks[Tone.WARN])
            room -= width(check.state, LABEL) + 20
        draw(painter, fitted(check.title, TITLE, room), TITLE, left, baseline, theme.text)
        draw(painter, fitted(check.text, STEP, right - left), STEP, left, box.center().y() + 24, theme.text2)

    return Part(name, box, (check, theme.name), paint)

"""The band: the one next thing, read at two metres; at its right, the answer to the last scan."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from station.ui.model import Band, LastScan, Tone
from station.ui.paint import glyphs
from station.ui.paint.canvas import Canvas, Part
from station.ui.paint.ground import fill, rounded
from station.ui.paint.text import cap_height, draw, draw_right, fitted, fitted_end, shrunk, width, wrapped
from station.ui.tokens import DETAIL, LABEL, PROMPT, RADIUS, SMALL, Face, Theme, Type

SIGN = 54.0
SCAN_WIDTH = 420.0
LEAST_PROMPT = 38.0
"""Design pixels below which a prompt is no longer made smaller but wrapped: 7.7 mm, 13' at 2 m."""
SCANNED = Type(Face.MONO_HEAVY, 22)


class BandView(Canvas):
    """The band."""

    def show_band(self, band: Band, last: LastScan) -> None:
        """Show this."""
        self.setAccessibleName(band.prompt)
        self.setAccessibleDescription(band.detail)
        self.show_parts(band_parts(band, last, self.design, self.theme))


def band_parts(band: Band, last: LastScan, box: QRectF, theme: Theme) -> list[Part]:
    """The band and, on it, the last scan."""
    scan = QRectF(box.right() - 10 - SCAN_WIDTH, box.top() + 10, SCAN_WIDTH, box.height() - 20)
    return [
        Part("band", box, (band, theme.name), lambda painter: _band(painter, band, box, scan.left() - 28, theme)),
        Part("scan", scan, (last, band.tone, theme.name), lambda painter: _scan(painter, last, scan, theme)),
    ]


def _band(painter: QPainter, band: Band, box: QRectF, right: float, theme: Theme) -> None:
    colours = theme.fills[band.tone]
    fill(painter, rounded(box, RADIUS), colours.ground)
    sign = QRectF(box.left() + 28, box.center().y() - SIGN / 2, SIGN, SIGN)
    glyphs.paint_glyph(painter, glyphs.SIGNS[band.sign], sign, colours.ink, colours.ground)
    left = sign.right() + 28
    room = right - left
    kind = shrunk(band.prompt, PROMPT, room, LEAST_PROMPT)
    if width(band.prompt, kind) > room:
        _long(painter, band, left, box, room, colours.ink)
        return
    if not band.detail:
        draw(painter, band.prompt, kind, left, box.center().y() + cap_height(kind) / 2, colours.ink)
        return
    lines = detail_lines(band.detail, room)
    up = 0 if len(lines) == 1 else 12
    draw(painter, band.prompt, kind, left - 2, box.center().y() + 3 - up, colours.ink)
    for at, line in enumerate(lines):
        draw(painter, line, DETAIL, left, box.center().y() + 37 - 1.5 * up + at * 25, colours.ink)


def detail_lines(detail: str, room: float) -> tuple[str, ...]:
    """What stands under the prompt: one line, on a small page two."""
    return (detail,) if width(detail, DETAIL) <= room else wrapped(detail, DETAIL, room, 2)


def _long(painter: QPainter, band: Band, left: float, box: QRectF, room: float, ink: str) -> None:
    """A long prompt, such as a question of a recipe: two lines instead of a prompt and its detail."""
    kind = Type(PROMPT.face, 34)
    for at, line in enumerate(wrapped(band.prompt, kind, room, 2)):
        draw(painter, line, kind, left, box.center().y() - 8 + at * 42, ink)


def _scan(painter: QPainter, last: LastScan, box: QRectF, theme: Theme) -> None:
    fill(painter, rounded(box, RADIUS - 4), theme.surface)
    left, right = box.left() + 18, box.right() - 18
    room = right - left
    draw(painter, last.title, SMALL, left, box.top() + 28, theme.text2)
    draw_right(painter, last.time, SMALL, right, box.top() + 28, theme.text2)
    if last.taken is None:
        draw(painter, fitted(last.what, DETAIL, room), DETAIL, left, box.top() + 62, theme.text3)
        return
    if last.taken:
        draw(painter, fitted_end(last.what, SCANNED, room), SCANNED, left, box.top() + 56, theme.text)
    else:
        draw(painter, fitted(last.what, DETAIL, room), DETAIL, left, box.top() + 56, theme.text2)
    tone, glyph = (Tone.GOOD, glyphs.passed) if last.taken else (Tone.BAD, glyphs.failed)
    mark = QRectF(left, box.top() + 68, 18, 18)
    glyphs.paint_glyph(painter, glyph, mark, theme.inks[tone], theme.surface)
    baseline = mark.center().y() + cap_height(LABEL) / 2
    draw(painter, fitted(last.answer, LABEL, room - 28), LABEL, left + 27, baseline, theme.inks[tone])

"""The band: the one next thing, read at two metres; at its right, the answer to the last scan."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from station.ui.model import Band, LastScan, Tone
from station.ui.paint import glyphs
from station.ui.paint.canvas import Canvas, Part
from station.ui.paint.ground import fill, rounded
from station.ui.paint.text import ELLIPSIS, cap_height, draw, draw_right, fitted, fitted_end, shrunk, width, wrapped
from station.ui.tokens import DETAIL, LABEL, PROMPT, RADIUS, SMALL, Face, Theme, Type

SIGN = 54.0
SCAN_WIDTH = 420.0
LEAST_PROMPT = 38.0
"""Design pixels below which a prompt is no longer made smaller but wrapped: 7.7 mm, 13' at 2 m."""
LONG_PROMPT, LONGEST_PROMPT = 34.0, 28.0
"""Of a prompt on two lines, such as a question of a recipe: over one line of detail, and over two. Read at arm's length
rather than not at all."""
SCANNED = Type(Face.MONO_HEAVY, 22)

Line = tuple[str, Type, float]
"""A text, its letters, and how far its baseline is below the band's middle."""


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
    for text, kind, down in band_lines(band, right - left):
        draw(painter, text, kind, left - (2 if kind.face is PROMPT.face else 0), box.center().y() + down, colours.ink)


def band_lines(band: Band, room: float) -> tuple[Line, ...]:
    """Prompt and detail, whole: a prompt that is too long for one line is smaller, on two, and keeps its detail."""
    kind = shrunk(band.prompt, PROMPT, room, LEAST_PROMPT)
    if width(band.prompt, kind) > room:
        kind = Type(PROMPT.face, LONG_PROMPT)
    detail = () if not band.detail else detail_lines(band.detail, room)
    prompt = wrapped(band.prompt, kind, room, 2)
    if len(prompt) == 1:
        alone = (cap_height(kind) / 2,)
        return _lines(prompt, kind, detail, (alone, (3.0, 37.0), (-9.0, 19.0, 44.0))[len(detail)])
    if len(detail) > 1 or (detail and prompt[-1].endswith(ELLIPSIS)):
        kind = Type(PROMPT.face, LONGEST_PROMPT)
        prompt = wrapped(band.prompt, kind, room, 2)
    downs = ((-8.0, 34.0), (-25.0, 13.0, 46.0), (-31.0, 1.0, 26.0, 50.0))[len(detail)]
    return _lines(prompt, kind, detail, downs)


def _lines(prompt: tuple[str, ...], kind: Type, detail: tuple[str, ...], downs: tuple[float, ...]) -> tuple[Line, ...]:
    # A prompt that is broken anew may have a line less.
    said = [*((text, kind) for text in prompt), *((text, DETAIL) for text in detail)]
    return tuple((text, of, down) for (text, of), down in zip(said, downs[len(downs) - len(said) :], strict=True))


def detail_lines(detail: str, room: float) -> tuple[str, ...]:
    """What stands under the prompt: one line, on a small page two."""
    return (detail,) if width(detail, DETAIL) <= room else wrapped(detail, DETAIL, room, 2)


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

"""The operations of a run, one a line; where there are more than there is room for, those around the active one."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from station.ui.model import Card, Look, Mark, StepRow, Tone
from station.ui.paint import glyphs
from station.ui.paint.canvas import Part
from station.ui.paint.ground import fill, mixed, rounded, tinted
from station.ui.paint.text import cap_height, draw, draw_right, fitted, width
from station.ui.tokens import LABEL, MARK_TONES, SMALL, STEP, STEP_ACTIVE, Theme, Type

PITCH = 33.0
LEAST_PITCH = 28.5
"""Between lines, where a few more operations than fit are to be seen."""
MARK = 17.0
INDENT = 27.0
BETWEEN_VALUES = "   "
LEAST = 3
"""Lines below which no list is shown: it would say less than the bar."""


@dataclass(frozen=True, slots=True)
class Window:
    """The lines that are shown, and how many are not, before and after."""

    first: int
    last: int
    before: int
    after: int


def window(count: int, active: int, lines: int) -> Window:
    """Which of `count` operations stand in `lines` lines; those left out are counted in a line of their own.

    >>> window(11, 8, 6)
    Window(first=6, last=11, before=6, after=0)
    """
    if count <= lines:
        return Window(0, count, 0, 0)
    shown = lines - 1
    first = max(0, min(active - shown // 2, count - shown))
    if first > 0 and first + shown < count:
        # Both ends are cut: each has its line.
        shown -= 1
        first = max(1, min(active - shown // 2, count - shown))
    return Window(first, first + shown, first, count - first - shown)


def step_parts(card: Card, box: QRectF, theme: Theme) -> list[Part]:
    """The list; nothing where there is no room for it."""
    pitch = max(LEAST_PITCH, min(PITCH, box.height() / max(1, len(card.steps))))
    lines = int(box.height() / pitch + 1e-6)
    if lines < LEAST or not card.steps:
        return []
    seen = window(len(card.steps), card.active, lines)
    parts = []
    top = box.top()
    if seen.before:
        parts.append(_rest(seen.before, Mark.DONE, QRectF(box.left(), top, box.width(), pitch), theme))
        top += pitch
    for at in range(seen.first, seen.last):
        row = QRectF(box.left() - 8, top, box.width() + 16, pitch)
        parts.append(_row(f"step {at}", card.steps[at], card.look, row, theme))
        top += pitch
    if seen.after:
        parts.append(_rest(seen.after, Mark.TODO, QRectF(box.left(), top, box.width(), pitch), theme))
    return parts


def _rest(count: int, mark: Mark, box: QRectF, theme: Theme) -> Part:
    """How many more there are at this end."""

    def paint(painter: QPainter) -> None:
        place = QRectF(box.left(), box.center().y() - MARK / 2, MARK, MARK)
        glyphs.paint_glyph(painter, glyphs.MARKS[mark], place, theme.line_strong, theme.surface)
        draw(painter, f"+{count}", SMALL, box.left() + INDENT, box.center().y() + cap_height(SMALL) / 2, theme.text3)

    return Part(f"rest {mark}", box, (count, theme.name), paint)


def _row(name: str, row: StepRow, look: Look, box: QRectF, theme: Theme) -> Part:
    return Part(name, box, (row, look, theme.name), lambda painter: _paint(painter, row, look, box, theme))


def _paint(painter: QPainter, row: StepRow, look: Look, box: QRectF, theme: Theme) -> None:
    ground = theme.surface
    stands_out = row.mark in (Mark.ACTIVE, Mark.BAD, Mark.UNDECIDED)
    if stands_out:
        tone = MARK_TONES[row.mark]
        if row.mark is Mark.ACTIVE:
            ground = tinted(theme, Tone.ACT) if look is Look.YOUR_TURN else mixed(theme.surface, theme.text3, 0.12)
        else:
            ground = tinted(theme, tone)
        fill(painter, rounded(box.adjusted(0, 1, 0, -1), 7), ground)
    left, right = box.left() + 8, box.right() - 8
    ink = _ink(row.mark, theme)
    mark = QRectF(left, box.center().y() - MARK / 2, MARK, MARK)
    glyphs.paint_glyph(painter, glyphs.MARKS[row.mark], mark, ink, ground)
    kind = STEP_ACTIVE if stands_out else STEP
    baseline = box.center().y() + cap_height(kind) / 2
    room = right - left - INDENT
    strong = row.mark in (Mark.BAD, Mark.UNDECIDED)
    value = shown_value(row, kind, LABEL if strong else SMALL, room)
    if value:
        draw_right(painter, value, LABEL if strong else SMALL, right, baseline, ink if strong else theme.text2)
        room -= width(value, LABEL if strong else SMALL) + 12
    words = theme.text3 if row.mark is Mark.TODO else theme.text
    draw(painter, fitted(row.text, kind, room), kind, left + INDENT, baseline, words)


def shown_value(row: StepRow, words: Type, figures: Type, room: float) -> str:
    """As many of the values as there is room for beside the words; the first in any case."""
    left = room - width(row.text, words) - 12
    for count in range(len(row.values), 1, -1):
        text = BETWEEN_VALUES.join(row.values[:count])
        if width(text, figures) <= left:
            return text
    return row.values[0] if row.values else ""


def _ink(mark: Mark, theme: Theme) -> str:
    match mark:
        case Mark.BAD | Mark.UNDECIDED:
            return theme.inks[MARK_TONES[mark]]
        case Mark.TODO:
            return theme.line_strong
        case Mark.DONE | Mark.ACTIVE:
            return theme.text2

"""Where things stand on the bench's panel, for any height and one to eight nests; a list that is too long scrolls."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF

from station.ui.bench_model import BenchPage

WIDTH = 400.0
"""Design pixels."""
LEAST_SCALE = 0.65
"""Below it the floor of 16 px would be 10; a lower window has a wider panel instead (a design margin)."""
EDGE = 16.0
GAP = 6.0
ROW = 50.0
"""Of a list: a unit, or what can be wrong with one."""
ROOMY = 4
"""Nests that stand with their keys under their name; more have both in one line."""
LOW = 1000.0
"""Design pixels of height below which everything stands closer."""
BAR = 8.0
"""How wide the scroll bar is."""
HEAD = 30.0
"""A list's title."""


@dataclass(frozen=True, slots=True)
class Places:
    """Every piece of the panel in design pixels; `badges` has no height where nobody signs in, or a list is open."""

    said: QRectF
    pause: QRectF
    nests: tuple[QRectF, ...]
    roomy: bool
    head: QRectF
    rows: QRectF
    badges: QRectF
    new: QRectF
    fault: QRectF

    def row(self, at: int, offset: float) -> QRectF:
        """A line of the list, scrolled by `offset`; some of it may be outside of `rows`."""
        return QRectF(self.rows.left(), self.rows.top() + at * (ROW + GAP) - offset, self.rows.width() - BAR - 4, ROW)

    def furthest(self, count: int) -> float:
        """The largest offset of a list of so many lines."""
        return max(0.0, count * (ROW + GAP) - GAP - self.rows.height())


def scale_for(height: float) -> float:
    """Logical pixels a design pixel, in a window of this height."""
    return max(height / 1080, LEAST_SCALE)


def wide(height: float) -> int:
    """How wide the panel is in a window of this height, in logical pixels."""
    return round(WIDTH * scale_for(height))


def places(page: BenchPage, box: QRectF) -> Places:
    """The whole panel, from its top and from its foot; the list has what is left between."""
    low = box.height() < LOW
    key = 44.0 if low else 52.0
    left, room = EDGE, box.width() - 2 * EDGE
    said = QRectF(left, 54, room, 30)
    pause = QRectF(left, said.bottom() + 6, room, key)
    top = pause.bottom() + (10 if low else 18)
    roomy = len(page.nests) <= ROOMY and not low
    high, gap = (96.0, 10.0) if roomy else (50.0, 4.0) if low else (58.0, GAP)
    nests = tuple(QRectF(left, top + at * (high + gap), room, high) for at in range(len(page.nests)))
    foot = box.bottom() - EDGE - key
    half = (room - 10) / 2
    badges = QRectF(left, foot - 10, room, 0)
    if page.badges and not page.ailments:
        badges = QRectF(left, foot - 10 - key, room, key)
    if page.ailments:
        head = QRectF(left, top, room, HEAD)
    else:
        head = QRectF(left, nests[-1].bottom() + 6 if nests else top, room, HEAD)
    end = foot - 12 if badges.isEmpty() else badges.top() - 12 - (0 if low else HEAD)
    return Places(
        said=said,
        pause=pause,
        nests=() if page.ailments else nests,
        roomy=roomy,
        head=head,
        rows=QRectF(left, head.bottom() + 4, room, max(0.0, end - head.bottom() - 4)),
        badges=badges,
        new=QRectF(left, foot, half, key),
        fault=QRectF(left + half + 10, foot, half, key),
    )

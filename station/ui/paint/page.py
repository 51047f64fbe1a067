"""Where things stand on the run page, for any panel and one to eight nests."""

import math
from dataclasses import dataclass

from PySide6.QtCore import QRectF

from station.ui.paint import log, warning
from station.ui.tokens import BUTTON_HEIGHT, CARD_GAP, GAP, MARGIN, PAGE, SMALL_BELOW, SMALL_PAGE

HEADER = 64.0
BAND = 118.0
ROW = 4
"""Nests in a row; more stand in two."""
KEYS = 760.0
"""Room for the keys of the foot in the longest language."""


@dataclass(frozen=True, slots=True)
class Places:
    """Every piece of the page in design pixels; `scale` is logical pixels a design pixel."""

    scale: float
    header: QRectF
    band: QRectF
    cards: tuple[QRectF, ...]
    footer: QRectF
    warning: QRectF | None
    log: QRectF | None


def scale_of(width: float, height: float, nests: int = 0) -> tuple[float, bool]:
    """The scale for a panel, and whether it is a small one; more than four nests stand in two rows on any panel.

    >>> scale_of(1920, 1080), scale_of(1366, 768)[1], scale_of(1024, 768)[1]
    ((1.0, False), False, True)
    """
    scale = min(width / PAGE[0], height / PAGE[1])
    if scale >= SMALL_BELOW or nests > ROW:
        return scale, False
    return min(width / SMALL_PAGE[0], height / SMALL_PAGE[1]), True


def places(width: float, height: float, nests: int, *, warned: bool = False, logged: bool = False) -> Places:
    """The whole page. What a panel is wider or higher than 16:9 goes to the cards."""
    scale, small = scale_of(width, height, nests)
    page = QRectF(0, 0, width / scale, height / scale)
    left, wide = MARGIN, page.width() - 2 * MARGIN
    top = warning.HEIGHT if warned else 0.0
    strip = QRectF(0, 0, page.width(), warning.HEIGHT) if warned else None
    header = QRectF(left, top + (8 if warned else 14), wide, HEADER)
    band = QRectF(left, header.bottom() + GAP, wide, BAND)
    footer = QRectF(left, page.bottom() - GAP - BUTTON_HEIGHT, wide, BUTTON_HEIGHT)
    drawer = None
    if logged and _rows(nests, small=small) == 1:
        drawer = QRectF(left, footer.top() - GAP - log.HEIGHT, wide, log.HEIGHT)
    elif logged:
        # Two rows of cards have nothing to spare: the last lines stand where the figures stood.
        drawer = QRectF(left, footer.top(), wide - KEYS - GAP, footer.height())
        footer = QRectF(drawer.right() + GAP, footer.top(), KEYS, footer.height())
    bottom = min(footer.top(), drawer.top() if drawer is not None else footer.top()) - GAP
    area = QRectF(left, band.bottom() + GAP + 2, wide, bottom - band.bottom() - GAP - 2)
    return Places(scale, header, band, _cards(area, nests, small=small), footer, strip, drawer)


def _rows(nests: int, *, small: bool) -> int:
    return 2 if nests > ROW or (small and nests > 2) else 1


def _cards(area: QRectF, nests: int, *, small: bool) -> tuple[QRectF, ...]:
    """Left to right, then the next row: as the nests stand on the fixture."""
    if nests == 0:
        return ()
    rows = _rows(nests, small=small)
    columns = math.ceil(nests / rows)
    wide = (area.width() - CARD_GAP * (columns - 1)) / columns
    high = (area.height() - CARD_GAP * (rows - 1)) / rows
    return tuple(
        QRectF(
            area.left() + (at % columns) * (wide + CARD_GAP),
            area.top() + (at // columns) * (high + CARD_GAP),
            wide,
            high,
        )
        for at in range(nests)
    )

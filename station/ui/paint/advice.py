"""What happened and what to do, on a tint of its meaning."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from station.ui.model import Advice
from station.ui.paint.canvas import Part
from station.ui.paint.ground import fill, rounded, tinted
from station.ui.paint.text import cap_height, draw, wrapped
from station.ui.tokens import ADVICE, Theme

LINE = 26.0
PAD = 14.0
LEAST_PAD = 6.0


def advice_part(advice: Advice, room: QRectF, theme: Theme) -> Part:
    """As many lines as there is room for, two at least."""
    text = room.width() - 2 * PAD - 6
    most = max(2, int((room.height() - 2 * PAD + 8) // LINE))
    do = wrapped(advice.do, ADVICE, text, max(1, most - 1))
    what = wrapped(advice.what, ADVICE, text, max(1, most - len(do)))
    lines = len(what) + len(do)
    pad = min(PAD, max(LEAST_PAD, (room.height() - lines * LINE) / 2))
    box = QRectF(room.left(), room.top(), room.width(), lines * LINE + 2 * pad)

    def paint(painter: QPainter) -> None:
        fill(painter, rounded(box, 6), tinted(theme, advice.tone))
        fill(painter, rounded(QRectF(box.left(), box.top(), 5, box.height()), 2), theme.inks[advice.tone])
        baseline = box.top() + pad + LINE / 2 + cap_height(ADVICE) / 2
        for at, line in enumerate([*what, *do]):
            ink = theme.text if at < len(what) else theme.inks[advice.tone]
            draw(painter, line, ADVICE, box.left() + PAD + 6, baseline + at * LINE, ink)

    return Part("advice", box, (advice, theme.name), paint)

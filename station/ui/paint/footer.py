"""The foot of the run page: the shift in numbers, and the four keys that a gloved hand may press."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter

from station.ui.model import Button, Figure, Press, Tone
from station.ui.paint.canvas import Canvas, Part
from station.ui.paint.ground import border, fill, rounded, tinted
from station.ui.paint.text import draw, draw_centred, width
from station.ui.tokens import BUTTON, BUTTON_GAP, FIGURE, RADIUS, SMALL, Theme

BETWEEN = 34.0
LEAST_KEY = 150.0


class FooterView(Canvas):
    """Figures and keys; `pressed` tells which key."""

    pressed = Signal(str)

    def show_footer(self, figures: tuple[Figure, ...], buttons: tuple[Button, ...]) -> None:
        """Show these."""
        self._buttons = buttons
        self.show_parts(footer_parts(figures, buttons, self.design, self.theme))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 -- Qt's name
        """A key was touched."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        at = event.position() / self.zoom
        for button, place in keys(self._buttons, self.design):
            if place.contains(at):
                self.pressed.emit(button.press.value)


def footer_parts(figures: tuple[Figure, ...], buttons: tuple[Button, ...], box: QRectF, theme: Theme) -> list[Part]:
    """Figures from the left as long as there is room for them, keys from the right."""
    places = keys(buttons, box)
    right = min((place.left() for _, place in places), default=box.right()) - BETWEEN
    return [
        *_figures(figures, QRectF(box.left(), box.top(), right - box.left(), box.height()), theme),
        *[_key(button, place, theme) for button, place in places],
    ]


def keys(buttons: tuple[Button, ...], box: QRectF) -> list[tuple[Button, QRectF]]:
    """Each key and where it is touched."""
    widths = [max(LEAST_KEY, width(button.text, BUTTON) + 56) for button in buttons]
    left = box.right() - sum(widths) - BUTTON_GAP * (len(buttons) - 1)
    placed = []
    for button, wide in zip(buttons, widths, strict=True):
        placed.append((button, QRectF(left, box.top(), wide, box.height())))
        left += wide + BUTTON_GAP
    return placed


def _figures(figures: tuple[Figure, ...], box: QRectF, theme: Theme) -> list[Part]:
    parts = []
    left = box.left() + 6
    for at, figure in enumerate(figures):
        wide = max(width(figure.value, FIGURE), width(figure.text, SMALL)) + 2
        if left + wide > box.right():
            break
        place = QRectF(left, box.top(), wide, box.height())
        parts.append(_figure(f"figure {at}", figure, place, theme))
        left = place.right() + BETWEEN
    return parts


def _figure(name: str, figure: Figure, box: QRectF, theme: Theme) -> Part:
    def paint(painter: QPainter) -> None:
        draw(painter, figure.value, FIGURE, box.left(), box.center().y() - 1, theme.text)
        draw(painter, figure.text, SMALL, box.left(), box.center().y() + 25, theme.text2)

    return Part(name, box, (figure, theme.name), paint)


def _key(button: Button, box: QRectF, theme: Theme) -> Part:
    """Stop is the only key with a colour: pressing it is always safe."""
    stop = button.press is Press.STOP
    ink = theme.inks[Tone.BAD] if stop else theme.text

    def paint(painter: QPainter) -> None:
        fill(painter, rounded(box, RADIUS), tinted(theme, Tone.ACT) if button.down else theme.surface)
        edge = theme.inks[Tone.BAD] if stop else theme.inks[Tone.ACT] if button.down else theme.line_strong
        border(painter, box, RADIUS, edge, 2)
        draw_centred(painter, button.text, BUTTON, box, ink)

    return Part(f"key {button.press}", box, (button, theme.name), paint)

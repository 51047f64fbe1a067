"""Typing with gloves: a label that no scanner reads, or a PIN; a drawer over the page's lower half, no dialog."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from station.ui.model import Keypad, Tone
from station.ui.paint.canvas import Canvas, Part
from station.ui.paint.ground import border, fill, rounded, tinted
from station.ui.paint.text import draw, draw_centred, fitted, wrapped
from station.ui.tokens import BUTTON, BUTTON_GAP, BUTTON_HEIGHT, DETAIL, MARGIN, RADIUS, SERIAL, TITLE, Theme

LETTERS = ("1234567890", "QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM")
DIGITS = ("123", "456", "789", "0")
HEIGHT = 4 * BUTTON_HEIGHT + 3 * BUTTON_GAP + 2 * MARGIN
WIDEST = 150.0
SIDE = 0.34
"""Share of the drawer's width for what is typed; the keys have the rest."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key: a character, or `erase`, `enter`, `cancel`."""

    does: str
    text: str
    box: QRectF


class KeypadView(Canvas):
    """Shows a keypad; `touched` tells a character, or erase, enter, cancel."""

    touched = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pad: Keypad | None = None

    def show_pad(self, pad: Keypad) -> None:
        """Show this one."""
        self._pad = pad
        self.setAccessibleName(pad.title)
        self.setAccessibleDescription(pad.prompt)
        self.show_parts(keypad_parts(pad, self.design, self.theme))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 -- Qt's name
        """A key was touched."""
        if self._pad is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        at = event.position() / self.zoom
        for key in keys(self._pad, self.design):
            if key.box.contains(at):
                self.touched.emit(key.does)
                return


def drawer(width: float, height: float) -> QRectF:
    """Where the keypad stands on a page of this size, in design pixels."""
    return QRectF(0, height - HEIGHT, width, HEIGHT)


def side_of(box: QRectF) -> QRectF:
    """Where it is told what to type, and what was typed is seen."""
    return QRectF(MARGIN + 12, box.top() + MARGIN, box.width() * SIDE - MARGIN - 60, box.height() - 2 * MARGIN)


def keys(pad: Keypad, box: QRectF) -> list[Key]:
    """Every key and where it is touched: characters in the middle, what ends the typing at the right."""
    rows = LETTERS if pad.letters else DIGITS
    left = box.width() * SIDE
    column = 190.0
    room = box.right() - MARGIN - column - BUTTON_GAP - left
    longest = max(len(row) for row in rows)
    pitch = min(room / longest, WIDEST + BUTTON_GAP)
    left += (room - pitch * longest) / 2
    wide = pitch - BUTTON_GAP * 0.75
    found = []
    for at, row in enumerate(rows):
        top = box.top() + MARGIN + at * (BUTTON_HEIGHT + BUTTON_GAP)
        indent = (max(len(one) for one in rows) - len(row)) * pitch / 2 if pad.letters else 0.0
        if not pad.letters and len(row) == 1:
            indent = pitch
        for place, character in enumerate(row):
            found.append(Key(character, character, QRectF(left + indent + place * pitch, top, wide, BUTTON_HEIGHT)))
    for at, (does, text) in enumerate((("erase", pad.erase), ("enter", pad.enter), ("cancel", pad.cancel))):
        top = box.top() + MARGIN + (at if at < 2 else 3) * (BUTTON_HEIGHT + BUTTON_GAP)
        high = 2 * BUTTON_HEIGHT + BUTTON_GAP if does == "enter" else BUTTON_HEIGHT
        found.append(Key(does, text, QRectF(box.right() - MARGIN - column, top, column, high)))
    return found


def keypad_parts(pad: Keypad, box: QRectF, theme: Theme) -> list[Part]:
    """The whole drawer."""
    side = side_of(box)
    field = QRectF(side.left(), side.top() + 118, side.width(), BUTTON_HEIGHT)

    def ground(painter: QPainter) -> None:
        fill(painter, rounded(box, 0), theme.sunken)
        fill(painter, rounded(QRectF(box.left(), box.top(), box.width(), 3), 0), theme.line_strong)
        draw(painter, fitted(pad.title, TITLE, side.width()), TITLE, side.left(), side.top() + 34, theme.text)
        for at, line in enumerate(wrapped(pad.prompt, DETAIL, side.width(), 2)):
            draw(painter, line, DETAIL, side.left(), side.top() + 68 + at * 28, theme.text2)
        for at, line in enumerate(wrapped(pad.refused, DETAIL, side.width(), 3) if pad.refused else ()):
            draw(painter, line, DETAIL, side.left(), field.bottom() + 38 + at * 28, theme.inks[Tone.BAD])

    def typed(painter: QPainter) -> None:
        fill(painter, rounded(field, RADIUS), theme.surface)
        border(painter, field, RADIUS, theme.inks[Tone.ACT], 3)
        baseline = field.center().y() + 10
        end = draw(
            painter, fitted(pad.typed, SERIAL, field.width() - 50), SERIAL, field.left() + 20, baseline, theme.text
        )
        fill(painter, rounded(QRectF(end + 4, field.top() + 18, 3, field.height() - 36), 0), theme.inks[Tone.ACT])

    said = (pad.title, pad.prompt, pad.refused, theme.name)
    return [
        Part("ground", box, said, ground),
        Part("typed", field, (pad.typed, theme.name), typed),
        *[_key(key, theme) for key in keys(pad, box)],
    ]


def _key(key: Key, theme: Theme) -> Part:
    enter = key.does == "enter"

    def paint(painter: QPainter) -> None:
        fill(painter, rounded(key.box, RADIUS), tinted(theme, Tone.ACT) if enter else theme.surface)
        border(painter, key.box, RADIUS, theme.inks[Tone.ACT] if enter else theme.line_strong, 3 if enter else 2)
        kind = TITLE if len(key.does) == 1 else BUTTON
        draw_centred(painter, key.text, kind, key.box, theme.inks[Tone.ACT] if enter else theme.text)

    return Part(f"key {key.does}", key.box, (key.text, theme.name), paint)

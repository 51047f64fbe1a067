"""The line at the top: which station, what it makes, whether all is well, the time, and who is signed in."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from station.ui.model import Header, Lamp, Person, Tone
from station.ui.paint import glyphs
from station.ui.paint.canvas import Canvas, Part
from station.ui.paint.ground import fill, rounded
from station.ui.paint.text import cap_height, draw, draw_centred, fitted, width
from station.ui.tokens import CLOCK, LABEL, SMALL, TITLE, Theme

LAMP = 15.0
BADGE = 46.0
BETWEEN = 30.0
PERSON = 210.0
APART = "    "
"""Between details; what does not fit is left out from the end, as a whole."""


class HeaderView(Canvas):
    """The header of every page but the first."""

    def show_header(self, header: Header) -> None:
        """Show this header."""
        self.show_parts(header_parts(header, self.design, self.theme))


def header_parts(header: Header, box: QRectF, theme: Theme) -> list[Part]:
    """From the right: the person, the time, the lamps; what is left belongs to the station's name."""
    person = QRectF(box.right() - PERSON, box.top(), PERSON, box.height())
    time = QRectF(person.left() - 30 - width("00:00", CLOCK), box.top(), width("00:00", CLOCK) + 4, box.height())
    lamps, left = _lamps(header.lamps, time.left() - BETWEEN, box, theme)
    name = QRectF(box.left(), box.top(), max(0.0, left - BETWEEN - box.left()), box.height())
    return [
        Part(
            "name",
            name,
            (header.station, header.product, header.details, theme.name),
            lambda painter: _name(painter, header, name, theme),
        ),
        *lamps,
        Part("time", time, (header.time, theme.name), lambda painter: _time(painter, header.time, time, theme)),
        Part(
            "person",
            person,
            (header.person, header.nobody, theme.name),
            lambda painter: _person(painter, header.person, header.nobody, person, theme),
        ),
    ]


def _name(painter: QPainter, header: Header, box: QRectF, theme: Theme) -> None:
    top = box.center().y() - 7
    x = draw(painter, fitted(header.station, TITLE, box.width()), TITLE, box.left(), top, theme.text)
    room = box.right() - x - 16
    if room > 60:
        draw(painter, fitted(header.product, TITLE, room), TITLE, x + 16, top, theme.text)
    shown = list(header.details)
    while len(shown) > 1 and width(APART.join(shown), SMALL) > box.width():
        shown.pop()
    details = fitted(APART.join(shown), SMALL, box.width())
    draw(painter, details, SMALL, box.left(), box.center().y() + 23, theme.text3)


def _lamps(lamps: tuple[Lamp, ...], right: float, box: QRectF, theme: Theme) -> tuple[list[Part], float]:
    """The lamps, right-aligned; those that do not fit are the well ones."""
    shown = list(lamps)
    while shown and _lamps_width(shown) > (right - box.left()) * 0.62:
        well = [one for one in shown if one.well]
        shown.remove(well[-1] if well else shown[-1])
    left = right - _lamps_width(shown)
    parts = []
    x = left
    for at, lamp in enumerate(shown):
        place = QRectF(x, box.top(), _lamp_width(lamp), box.height())
        parts.append(_lamp_part(f"lamp {at}", lamp, place, theme))
        x = place.right() + BETWEEN
    return parts, left


def _lamp_width(lamp: Lamp) -> float:
    return LAMP + 10 + width(lamp.text, LABEL) + 2


def _lamps_width(lamps: list[Lamp]) -> float:
    return sum(_lamp_width(lamp) + BETWEEN for lamp in lamps) - BETWEEN if lamps else 0.0


def _lamp_part(name: str, lamp: Lamp, box: QRectF, theme: Theme) -> Part:
    """Well is a quiet dot in a ring; what is not well is an amber triangle, and its words are as dark as any."""

    def paint(painter: QPainter) -> None:
        size = LAMP if lamp.well else LAMP + 5
        place = QRectF(box.left() - (size - LAMP) / 2, box.center().y() - size / 2, size, size)
        if lamp.well:
            glyphs.paint_glyph(painter, glyphs.ready, place, theme.text3, theme.page)
        else:
            warn = theme.fills[Tone.WARN]
            glyphs.paint_glyph(painter, glyphs.no_result, place, warn.ground, warn.ink)
        ink = theme.text2 if lamp.well else theme.text
        draw(painter, lamp.text, LABEL, box.left() + LAMP + 10, box.center().y() + cap_height(LABEL) / 2, ink)

    return Part(name, box, (lamp, theme.name), paint)


def _time(painter: QPainter, text: str, box: QRectF, theme: Theme) -> None:
    draw(painter, text, CLOCK, box.left(), box.center().y() + cap_height(CLOCK) / 2, theme.text)


def _person(painter: QPainter, person: Person | None, nobody: str, box: QRectF, theme: Theme) -> None:
    round_box = QRectF(box.left(), box.center().y() - BADGE / 2, BADGE, BADGE)
    badge = theme.fills[Tone.RUN if person else Tone.OFF]
    fill(painter, rounded(round_box, BADGE / 2), badge.ground)
    left = round_box.right() + 12
    room = box.right() - left
    if person is None:
        glyphs.paint_glyph(painter, glyphs.person, round_box.adjusted(11, 9, -11, -13), badge.ink, badge.ground)
        draw(painter, fitted(nobody, SMALL, room), SMALL, left, box.center().y() + cap_height(SMALL) / 2, theme.text2)
        return
    draw_centred(painter, person.initials, LABEL, round_box, badge.ink)
    draw(painter, fitted(person.name, LABEL, room), LABEL, left, box.center().y() - 4, theme.text)
    draw(painter, fitted(person.role, SMALL, room), SMALL, left, box.center().y() + 18, theme.text2)

"""The printed pages: true to size on A4 and US Letter, the same bytes for the same pages, everything as outlines."""

import re
import uuid
from collections.abc import Mapping

from PySide6.QtCore import QBuffer, QByteArray, QCoreApplication, QIODevice, QMarginsF, QRectF, QSizeF, QUuid
from PySide6.QtGui import QPageLayout, QPageSize, QPainter, QPainterPath, QPdfWriter
from PySide6.QtWidgets import QApplication

from station.codec import data_matrix
from station.ui.model import Tone
from station.ui.paint import glyphs
from station.ui.paint.fonts import load_fonts
from station.ui.paint.ground import border, fill
from station.ui.paint.text import ELLIPSIS, cap_height, draw, draw_centred, fitted, shrunk, width, wrapped
from station.ui.sheet import AREA, DOT, QUIET, Card, Icon, Page, Paper, Sheet
from station.ui.tokens import LIGHT, Face, Type

MM = 25.4
DOTS_AN_INCH = 1200
"""Of the coordinates in the file: modules are whole ones."""

BLACK = "#000000"
TITLE = Type(Face.BOLD, 6.5)
WORD = Type(Face.HEAVY, 11)
NUMBER = Type(Face.HEAVY, 13)
NOTE = Type(Face.STRONG, 4.4)
SPELLED = Type(Face.MONO, 4.0)
SMALL = Type(Face.TEXT, 3.4)
LEAST = 4.0
"""mm; letters of 3 mm are read in the hand. What people read is in mm here, not in a screen's pixels."""

RULE = 100.0
"""mm of the line by which the printed size is checked."""

_ICONS: Mapping[Icon, glyphs.Glyph] = {
    Icon.TICK: glyphs.tick,
    Icon.CROSS: glyphs.cross,
    Icon.DONE: glyphs.done,
    Icon.STOP: glyphs.stopping,
    Icon.START: glyphs.start,
    Icon.RETRY: glyphs.retry,
    Icon.UNLOAD: glyphs.unload,
    Icon.NEST: glyphs.nest,
    Icon.OTHER: glyphs.scan,
}

_DATES = re.compile(rb"(?<=\n)/(?:Creation|Mod)Date \(D:[0-9]{14}[^)\n]*\)(?=\n)")
_NO_DATES = QByteArray(b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>')


def pdf(sheet: Sheet, paper: Paper) -> bytes:
    """The pages as a PDF without dates: the same sheet gives the same file."""
    _application()
    load_fonts()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(DOTS_AN_INCH)
    writer.setColorModel(QPdfWriter.ColorModel.Auto)
    writer.setPageLayout(_layout(paper))
    writer.setTitle(sheet.title)
    writer.setCreator("station")
    writer.setDocumentXmpMetadata(_NO_DATES)
    writer.setDocumentId(QUuid(str(uuid.uuid5(uuid.NAMESPACE_OID, repr((sheet, paper))))))
    painter = QPainter(writer)
    painter.scale(DOTS_AN_INCH / MM, DOTS_AN_INCH / MM)
    for number, page in enumerate(sheet.pages):
        if number:
            writer.newPage()
        paint_page(painter, page, sheet.size, paper)
    painter.end()
    # A date cannot be left out otherwise. What takes its place is as long, since the file tells where its parts begin.
    return _DATES.sub(lambda found: b" " * len(found[0]), buffer.data().data())


def _application() -> QCoreApplication:
    """The one application of this process, without a screen where there is none yet; Qt keeps it."""
    return QCoreApplication.instance() or QApplication(["station", "-platform", "offscreen"])


def _layout(paper: Paper) -> QPageLayout:
    size = QPageSize(QSizeF(*paper.value), QPageSize.Unit.Millimeter, paper.name.title())
    return QPageLayout(size, QPageLayout.Orientation.Portrait, QMarginsF())


def paint_page(painter: QPainter, page: Page, size: str, paper: Paper) -> None:
    """One page; the painter's unit is a millimetre of the paper."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    left, top = origin(paper)
    painter.translate(left, top)
    draw(painter, fitted(page.title, TITLE, AREA[0]), TITLE, 0, cap_height(TITLE) + 1, LIGHT.text)
    draw(painter, fitted(page.note, SMALL, AREA[0]), SMALL, 0, cap_height(TITLE) + 7, LIGHT.text2)
    for card in page.cards:
        _card(painter, card)
    _foot(painter, size)
    painter.restore()


def origin(paper: Paper) -> tuple[float, float]:
    """mm from the paper's corner to the area's, in whole dots of the printer: the area stands in the middle."""
    left, top = ((whole - part) / 2 for whole, part in zip(paper.value, AREA, strict=True))
    return round(left / DOT) * DOT, round(top / DOT) * DOT


def _card(painter: QPainter, card: Card) -> None:
    ink = LIGHT.inks[card.tone]
    border(
        painter, QRectF(card.left, card.top, card.width, card.height), 3.0, ink, 0.8 if card.tone is Tone.BAD else 0.4
    )
    _code(painter, card)
    if card.wide:
        _words_beside(painter, card, ink)
        return
    _icon_and_word(painter, card, QRectF(card.left, card.top, card.width, card.head), ink)
    if card.spelled:
        foot = QRectF(card.left, card.top + card.height - card.foot - 1, card.width, card.foot)
        draw_centred(painter, card.code, shrunk(card.code, SPELLED, card.width - 4, 0), foot, LIGHT.text)


def _icon_and_word(painter: QPainter, card: Card, strip: QRectF, ink: str) -> None:
    """Both in the middle of a strip."""
    side = 0.0 if card.icon is None else min(9.0, strip.height() * 0.7)
    gap = side * 0.4
    kind = shrunk(card.word, NUMBER if card.icon is Icon.NEST else WORD, strip.width() - side - gap - 6, LEAST)
    left = strip.center().x() - (side + gap + width(card.word, kind)) / 2
    middle = strip.center().y() + 1
    if card.icon is not None:
        glyphs.paint_glyph(painter, _ICONS[card.icon], QRectF(left, middle - side / 2, side, side), ink, LIGHT.surface)
    draw(painter, card.word, kind, left + side + gap, middle + cap_height(kind) / 2, ink)


def _words_beside(painter: QPainter, card: Card, ink: str) -> None:
    """Icon, word, what is to be known, and what is in the code, from the code's right edge on."""
    left = card.place[0] + card.side + QUIET * card.dots * DOT
    room = card.left + card.width - left - 4
    icon = 0.0 if card.icon is None else 9.0
    indent = icon * 1.35
    words, kind = _as_large_as_fits(card.word, room - indent)
    notes = wrapped(card.note, NOTE, room, 2) if card.note else ()
    high = len(words) * kind.size * 1.15 + 3 + (len(notes) + card.spelled) * 6.5
    baseline = card.top + (card.height - high) / 2
    if card.icon is not None:
        box = QRectF(left, baseline + kind.size * 0.6 - icon / 2, icon, icon)
        glyphs.paint_glyph(painter, _ICONS[card.icon], box, ink, LIGHT.surface)
    for word in words:
        baseline += kind.size * 1.15
        draw(painter, word, kind, left + indent, baseline - kind.size * 0.2, ink)
    baseline += 3
    for note in notes:
        baseline += 6.5
        draw(painter, note, NOTE, left, baseline - 2, LIGHT.text)
    if card.spelled:
        draw(painter, card.code, shrunk(card.code, SPELLED, room, 0), left, baseline + 4.5, LIGHT.text2)


def _as_large_as_fits(text: str, room: float) -> tuple[tuple[str, ...], Type]:
    """The lines of a word or a name, and their letters: whole, unless not even the smallest do."""
    kinds = [(1, WORD), *((3, Type(WORD.face, size)) for size in (9.0, 7.5, 6.0, 5.0, LEAST))]
    for most, kind in kinds:
        lines = wrapped(text, kind, room, most)
        if not any(line.endswith(ELLIPSIS) for line in lines):
            break
    return lines, kind


def _code(painter: QPainter, card: Card) -> None:
    """The dark modules as one area, so that no light line shows between two, at whole dots of the printer."""
    left, top = (round(place / DOT) * DOT for place in card.place)
    module = card.dots * DOT
    dark = QPainterPath()
    for row, modules in enumerate(data_matrix.encode(card.code)):
        for column in (at for at, one in enumerate(modules) if one):
            dark.addRect(QRectF(left + column * module, top + row * module, module, module))
    fill(painter, dark, BLACK)


def _foot(painter: QPainter, size: str) -> None:
    """The line that is measured."""
    bottom = AREA[1]
    rule = QPainterPath()
    for box in ((0, 0.3, RULE, 0.3), (0, 2.3, 0.3, 2.0), (RULE - 0.3, 2.3, 0.3, 2.0)):
        left, above, wide, high = box
        rule.addRect(QRectF(left, bottom - above, wide, high))
    fill(painter, rule, LIGHT.text2)
    draw(painter, size, SMALL, 1.5, bottom - 1.2, LIGHT.text2)

"""Text as outlines: the same on every PC, at every size.

Letters are shaped once at one pixel a font unit, where every outline and every advance is a whole number, and filled
like any other path. So neither the system's FreeType nor its hinting has a say in a picture, a text is as wide at
1366 × 768 as at 4K, and what is measured is what is drawn.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QTextCharFormat, QTextLayout

from station.ui.paint.fonts import families, load_fonts
from station.ui.tokens import Face, Type

UNITS = {Face.MONO: 1000, Face.MONO_HEAVY: 1000}
"""Font units an em of JetBrains Mono; Inter has 2048 (head.unitsPerEm of the bundled files)."""

INTER_UNITS = 2048

CAP_HEIGHT = {Face.MONO: 0.730, Face.MONO_HEAVY: 0.730}
"""Height of capitals in ems (OS/2.sCapHeight of the bundled files)."""

INTER_CAP_HEIGHT = 1490 / 2048

ELLIPSIS = "…"

KEPT = 512
"""Lines kept as outlines: a page of eight cards has some 200, and one of a device id takes 25 kB (measured)."""

UNIT = 2
"""Letters that a value may have for its unit, as µA."""


@dataclass(frozen=True, slots=True)
class Shaped:
    """A line of letters: outlines and width in font units, and the families they come from."""

    path: QPainterPath
    width: float
    families: frozenset[str]


LAST_ONE = re.compile(r"1(?=\s)")


def _format(before: str, font: QFont) -> QTextLayout.FormatRange:
    """One character in this font; Qt counts in UTF-16."""
    there = QTextLayout.FormatRange()
    there.start, there.length = len(before.encode("utf-16-le")) // 2, 1
    there.format = QTextCharFormat()
    there.format.setFont(font)
    return there


def units(face: Face) -> int:
    """Font units an em."""
    return UNITS.get(face, INTER_UNITS)


def cap_height(kind: Type) -> float:
    """Height of a capital letter in design pixels."""
    return CAP_HEIGHT.get(kind.face, INTER_CAP_HEIGHT) * kind.size


@lru_cache(maxsize=KEPT)
def shaped(text: str, face: Face) -> Shaped:
    """A line, shaped; in values figures are tabular, so that counting numbers do not dance and columns align.

    Not in words: Inter's tabular cut brings a hyphen and a space as wide as a figure, which tear a sentence apart.
    Only a 1 before a space is tabular there: the narrow one has no room at its right, and "1 and 2" reads "1and 2".
    """
    load_fonts()
    font = QFont()
    font.setFamilies(families(face))
    font.setWeight(QFont.Weight(face.weight))
    font.setPixelSize(units(face))
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    tabular = QFont(font)
    tabular.setFeature(QFont.Tag("tnum"), 1)
    in_words = sum(map(str.isalpha, text)) > UNIT
    layout = QTextLayout(text, font if in_words else tabular)
    if in_words:
        layout.setFormats([_format(text[: one.start()], tabular) for one in LAST_ONE.finditer(text)])
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(1e9)
    layout.endLayout()
    path, used, base = QPainterPath(), set(), line.ascent()
    for run in layout.glyphRuns():
        raw = run.rawFont()
        used.add(raw.familyName())
        for glyph, at in zip(run.glyphIndexes(), run.positions(), strict=True):
            path.addPath(raw.pathForGlyph(glyph).translated(QPointF(at.x(), at.y() - base)))
    path.setFillRule(Qt.FillRule.WindingFill)
    return Shaped(path, line.naturalTextWidth(), frozenset(used))


@lru_cache(maxsize=1024)
def _extent(text: str, face: Face) -> tuple[float, float]:
    """Width and height above the baseline, in font units: of many more lines than are kept as outlines."""
    line = shaped(text, face)
    return line.width, -line.path.boundingRect().top()


def width(text: str, kind: Type) -> float:
    """How wide a line is, in design pixels."""
    return _extent(text, kind.face)[0] * kind.size / units(kind.face)


def rise(text: str, kind: Type) -> float:
    """How far a line reaches above its baseline, in design pixels: 需 and Ẵ stand higher than a capital letter."""
    return _extent(text, kind.face)[1] * kind.size / units(kind.face)


def draw(painter: QPainter, text: str, kind: Type, x: float, baseline: float, colour: str) -> float:
    """Write a line from `x` on; returns where it ends."""
    line = shaped(text, kind.face)
    scale = kind.size / units(kind.face)
    painter.save()
    painter.translate(x, baseline)
    painter.scale(scale, scale)
    painter.fillPath(line.path, QColor(colour))
    painter.restore()
    return x + line.width * scale


def draw_right(painter: QPainter, text: str, kind: Type, right: float, baseline: float, colour: str) -> None:
    """Write a line that ends at `right`."""
    draw(painter, text, kind, right - width(text, kind), baseline, colour)


def draw_centred(painter: QPainter, text: str, kind: Type, box: QRectF, colour: str) -> None:
    """Write a line in the middle of a box: by its width, and by the height of its capitals."""
    x = box.center().x() - width(text, kind) / 2
    draw(painter, text, kind, x, box.center().y() + cap_height(kind) / 2, colour)


@lru_cache(maxsize=1024)
def fitted(text: str, kind: Type, room: float) -> str:
    """The text, or as much of its beginning as there is room for, with an ellipsis; whole words where one fits."""
    if width(text, kind) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width(text[:middle].rstrip() + ELLIPSIS, kind) <= room:
            low = middle
        else:
            high = middle - 1
    cut = text[:low]
    space = cut.rfind(" ")
    if space > len(cut) * 2 // 3:
        cut = cut[:space]
    return cut.rstrip(" ,.:;，。：；、") + ELLIPSIS


def fitted_end(text: str, kind: Type, room: float) -> str:
    """As much of the end as there is room for: of a serial number the last characters tell units apart."""
    if width(text, kind) <= room:
        return text
    return next((ELLIPSIS + text[at:] for at in range(len(text)) if width(ELLIPSIS + text[at:], kind) <= room), "")


def shrunk(text: str, kind: Type, room: float, least: float) -> Type:
    """The same letters, smaller where there is not enough room, but not below `least`: a word that must not be cut."""
    needs = width(text, kind)
    return kind if needs <= room else Type(kind.face, max(least, kind.size * room / needs))


@lru_cache(maxsize=1024)
def wrapped(text: str, kind: Type, room: float, most: int) -> tuple[str, ...]:
    """The text in at most `most` lines, a sentence each or about equally long; of more, the last one is cut."""
    lines = _broken(text, kind, room)
    if len(lines) > most:
        kept = lines[: most - 1]
        return (*kept, fitted(_after(kept, text), kind, room))
    for ends in (_PART, _SENTENCE):
        sentences = tuple(ends.split(text))
        if len(sentences) == len(lines) and all(width(one, kind) <= room for one in sentences):
            return sentences
    low, high = room / max(1, len(lines)), room
    while high - low > 1.0:
        middle = (low + high) / 2
        if len(_broken(text, kind, middle)) > len(lines):
            low = middle
        else:
            high = middle
    return tuple(fitted(line, kind, room) for line in _broken(text, kind, high))


def _after(lines: list[str], text: str) -> str:
    """What of the text comes after these lines."""
    for line in lines:
        text = text.lstrip(" ")[len(line) :]
    return text.lstrip(" ")


_CJK = "\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef"
_STOPS = "\u3001\u3002\uff01\uff09\uff0c\uff1a\uff1b\uff1f"
_WORD = re.compile(f" ?(?:[{_CJK}]|[^ {_CJK}]+)[{_STOPS}]*")
"""What stays together: a word or a Chinese character, with the punctuation after it."""
_PART = re.compile("(?<=[.:]) |(?<=[。：])(?=.)")
_SENTENCE = re.compile("(?<=[.]) |(?<=。)(?=.)")


def _broken(text: str, kind: Type, room: float) -> list[str]:
    lines: list[str] = []
    words = _WORD.findall(text)
    while words:
        line = words.pop(0).lstrip(" ")
        while words and width(line + words[0], kind) <= room:
            line += words.pop(0)
        lines.append(line)
    return lines or [""]

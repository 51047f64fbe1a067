"""Printed pages as data: commands to scan, and badges. Millimetres of an area that A4 and US Letter both have.

Every code is a Data Matrix: a line's scanner reads units' labels, which are nothing else. No Code 128 stands beside it:
of two codes for one command a scanner may take one of each of two neighbours, and one of 12 characters is 63 mm wide
at 1/3 mm, so four nests would not stand in a row.

A scanner that is set to read what it aims at takes what touches the middle fifth of its picture (Honeywell Xenon 1900,
User's Guide, "Centering"), or what lies under its aimer (Zebra DS8108, "Picklist Mode"). So between two codes there is
at least as much room as the larger of them takes, and more between YES and NO; STOP stands apart from everything.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum

from station.codec import command, data_matrix, scanner_check
from station.domain.command import Command, Verb
from station.texts import Texts
from station.ui.model import Tone

AREA = (190.0, 256.0)
"""Width and height of what is printed: A4 (210 × 297) and US Letter (215.9 × 279.4) less 10 mm a side, and a footer."""

DOT = 25.4 / 300
"""mm: modules are whole dots of a printer with 300 dots an inch, and so of one with 600 or 1200."""

QUIET = 4
"""Light modules kept around a code; the standard asks for one (data_matrix.QUIET), scissors and thumbs for more."""

PER_PAGE = 12
IN_A_ROW = 4
"""Nests on a page and in a row of it; up to eight stand as on the screen."""


class Paper(Enum):
    """What is in the printer; width and height in mm (ISO 216, ANSI/ASME Y14.1)."""

    A4 = (210.0, 297.0)
    LETTER = (215.9, 279.4)


class Icon(StrEnum):
    """The picture beside a command's word."""

    TICK = "tick"
    CROSS = "cross"
    DONE = "done"
    STOP = "stop"
    START = "start"
    RETRY = "retry"
    UNLOAD = "unload"
    NEST = "nest"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Card:
    """One code on a page: place and size in mm, what is in the code, how large its modules are, and what people read.

    `spelled` says whether the code's text stands under it, for whoever has to type it.
    """

    left: float
    top: float
    width: float
    height: float
    word: str
    code: str
    dots: int
    icon: Icon | None
    tone: Tone = Tone.ACT
    note: str = ""
    spelled: bool = True

    @property
    def wide(self) -> bool:
        """Whether the code stands beside the word, and not under it."""
        return self.width > 1.4 * self.height

    @property
    def side(self) -> float:
        """mm of the code's side, without its quiet zone."""
        return len(data_matrix.encode(self.code)) * self.dots * DOT

    @property
    def place(self) -> tuple[float, float]:
        """mm from the area's upper left corner to the code's."""
        if self.wide:
            inset = (self.height - self.side) / 2
            return self.left + min(inset, QUIET * self.dots * DOT + 2), self.top + inset
        room = self.height - self.head - self.foot
        return self.left + (self.width - self.side) / 2, self.top + self.head + (room - self.side) / 2

    @property
    def head(self) -> float:
        """mm of the strip with icon and word."""
        return self.height * 0.2

    @property
    def foot(self) -> float:
        """mm of the strip with the code's text."""
        return self.height * 0.1


@dataclass(frozen=True, slots=True)
class Page:
    """A page: what it is for, its cards, what to mind."""

    title: str
    cards: tuple[Card, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is printed: `size` is the sentence beside the line by which the printed size is checked."""

    title: str
    pages: tuple[Page, ...]
    size: str


@dataclass(frozen=True, slots=True)
class Badge:
    """Somebody's badge: name, what they are at the line, what is in the code."""

    name: str
    role: str
    text: str


def command_sheet(nests: Sequence[int], texts: Texts) -> Sheet:
    """Every command of a fixture with these nests, in physical order, in a language."""
    pages = [_answers(texts)]
    for at in range(0, len(nests), PER_PAGE):
        pages.append(_nests(nests[at : at + PER_PAGE], columns(len(nests)), texts))
    return Sheet(texts.say("sheet.title"), (*pages, _others(texts)), texts.say("sheet.size"))


def badge_sheet(badges: Sequence[Badge], texts: Texts) -> Sheet:
    """Badges to cut out, as large as a bank card (ISO/IEC 7810, ID-1: 85.6 × 53.98 mm), eight a page."""
    pages = []
    for first in range(0, len(badges), 8):
        some = badges[first : first + 8]
        cards = tuple(
            Card(
                left=(at % 2) * (AREA[0] - 85.6),
                top=18 + (at // 2) * 58,
                width=85.6,
                height=53.98,
                word=badge.name,
                code=badge.text,
                dots=18 if len(data_matrix.encode(badge.text)) <= 16 else 14,
                icon=None,
                tone=Tone.RUN,
                note=badge.role,
                spelled=False,
            )
            for at, badge in enumerate(some)
        )
        pages.append(Page(texts.say("sheet.badges"), cards))
    return Sheet(texts.say("sheet.badges"), tuple(pages), texts.say("sheet.size"))


def columns(nests: int) -> int:
    """Nests in a row: as on the screen up to eight."""
    rows = 1 if nests <= IN_A_ROW else 2
    return min(IN_A_ROW, math.ceil(nests / rows))


def _answers(texts: Texts) -> Page:
    answers = (
        _card(Verb.YES, (0, 18, 74, 74), 26, Icon.TICK, texts),
        _card(Verb.NO, (AREA[0] - 74, 18, 74, 74), 26, Icon.CROSS, texts),
        _card(Verb.DONE, (58, 104, 74, 74), 26, Icon.DONE, texts),
    )
    stop = _card(Verb.STOP, (0, 198, AREA[0], 48), 22, Icon.STOP, texts, Tone.BAD, texts.say("sheet.stop"))
    return Page(texts.say("sheet.answers"), (*answers, stop), texts.say("sheet.aim"))


def _nests(nests: Sequence[int], across: int, texts: Texts) -> Page:
    wide, high = 43.0, 66.0
    gap = (AREA[0] - IN_A_ROW * wide) / (IN_A_ROW - 1)
    indent = (AREA[0] - across * wide - (across - 1) * gap) / 2
    cards = tuple(
        Card(
            left=indent + (at % across) * (wide + gap),
            top=18 + (at // across) * (high + 10),
            width=wide,
            height=high,
            word=str(nest),
            code=command.render(Command(Verb.NEST, nest)),
            dots=18,
            icon=Icon.NEST,
        )
        for at, nest in enumerate(nests)
    )
    return Page(texts.say("sheet.nests"), cards, texts.say("sheet.aim"))


_APART = (Verb.YES, Verb.NO, Verb.DONE, Verb.STOP, Verb.NEST)
_ICONS = {Verb.START: Icon.START, Verb.RETRY: Icon.RETRY, Verb.UNLOAD: Icon.UNLOAD}


def _others(texts: Texts) -> Page:
    """What is left, three in a row, and the code of the scanner check."""
    verbs = [verb for verb in Verb if verb not in _APART]
    cards = [
        _card(verb, ((at % 3) * 66, 18 + (at // 3) * 82, 58, 72), 20, _ICONS.get(verb, Icon.OTHER), texts, Tone.RUN)
        for at, verb in enumerate(verbs)
    ]
    check = Card(
        left=0,
        top=198,
        width=AREA[0],
        height=48,
        word=texts.say("sheet.check.word"),
        code=scanner_check.TEXT,
        dots=16,
        icon=Icon.OTHER,
        tone=Tone.RUN,
        note=texts.say("sheet.check.note"),
    )
    return Page(texts.say("sheet.others"), (*cards, check), texts.say("sheet.aim"))


def _card(
    verb: Verb,
    place: tuple[float, float, float, float],
    dots: int,
    icon: Icon,
    texts: Texts,
    tone: Tone = Tone.ACT,
    note: str = "",
) -> Card:
    key = f"sheet.verb.{verb.lower()}"
    word = texts.say(key) if texts.has(key) else verb.value
    return Card(*place, word=word, code=command.render(Command(verb)), dots=dots, icon=icon, tone=tone, note=note)

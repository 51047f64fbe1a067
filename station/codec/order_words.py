"""The words of a supplier's list, each told by its shape and its check digit alone.

    word = device id          24 hexadecimal digits
         | serial number      15 letters and digits that begin like one
         | ICCID              18 to 22 digits beginning with 89, with their check digit; F behind them fills up
         | IMEI               15 digits with their check digit
         | anything else

Words stand between commas, semicolons, tabs, blanks, quotes, colons, bars, equals signs and brackets. Particle's own
tools take 24 digits anywhere (particle-cli), or split each line and sort its words (docs.particle.io, api-helper.js);
here a word is a whole word: 24 digits out of a longer number are none. Word for word the same in another dress is
taken, and marked: 0x or ICCID before it, .0 behind it, dashes or blanks inside it, two words with a slash between.
Nothing is guessed: an O for a 0 is no digit, and neither is one of another script.

A spreadsheet keeps 15 digits of a number and writes zeros for the rest (MicrosoftDocs/OfficeDocs-Support#745); a
program that keeps numbers in double precision keeps 17, or writes out what the nearest double is.
"""

import re
from collections.abc import Callable, Iterator
from enum import Enum, auto
from typing import NamedTuple

from station.domain.ids import NotAnId, SerialNumber, device_id, iccid, imei
from station.domain.platform import PLATFORMS, platform_of_serial


class Sort(Enum):
    """What a word of a list is."""

    DEVICE_ID = auto()
    SERIAL = auto()
    ICCID = auto()
    IMEI = auto()
    FIFTEEN = auto()
    """15 letters and digits that begin like no serial number: behind one, a mobile secret."""
    BAD_ICCID = auto()
    BAD_IMEI = auto()
    CUT_DEVICE_ID = auto()
    CUT_SERIAL = auto()
    ROUNDED = auto()
    """A device id that a spreadsheet has rounded."""
    SPOILT_DEVICE_ID = auto()
    """As long as a device id or beginning like one, and not all of it hexadecimal."""
    CUT_ICCID = auto()
    ROUNDED_ICCID = auto()
    ROUNDED_OTHER = auto()
    NUMBER = auto()
    """As long as an identifier and mostly digits, and none."""
    OTHER = auto()


IDENTIFIERS = frozenset({Sort.DEVICE_ID, Sort.SERIAL, Sort.ICCID, Sort.IMEI})


class Word(NamedTuple):
    """An identifier as the station writes it; of every other word the text is dropped, it may be a secret.

    `dressed`: it stood there in another dress.
    """

    sort: Sort
    value: str = ""
    dressed: bool = False


SHORTEST = 12
"""Characters below which a word is no identifier, not even a damaged one."""

EXACT, DOUBLE = 15, 17
"""Digits that a spreadsheet keeps of a number, and that a double needs (IEEE 754-2019, 5.12.2)."""

_WORD = re.compile(r"[^\s,;:|=\"'`´()\[\]{}<>\u00ab\u00bb\u2018-\u201f\u00a0\u200b-\u200f\u2060\ufeff]+")
_CELL = re.compile(r"[^,;\t|=\"'`´]+")
_DEVICE_ID = re.compile(r"[0-9A-Fa-f]{24}\Z", re.ASCII)
_ICCID = re.compile(r"(89[0-9]{16,20})[Ff]{0,2}\Z", re.ASCII)
_FIFTEEN = re.compile(r"[A-Za-z0-9]{15}\Z", re.ASCII)
_NEARLY_FIFTEEN = re.compile(r"[A-Za-z0-9]{13,17}\Z", re.ASCII)
_DIGITS = re.compile(r"[0-9]+\Z", re.ASCII)
_HEX = re.compile(r"[0-9A-Fa-f]{12,40}\Z", re.ASCII)
_ROUNDED = re.compile(r"[0-9][0-9.]*(?:[eE]\+?|[×x*]10\^?\+?)([0-9]{1,3})\Z", re.ASCII)

_GROUPS = re.compile(r"[0-9A-Fa-f]{1,8}(?:[ :\u00a0\u2007\u2009\u202f][0-9A-Fa-f]{1,8})+\Z")
"""A number in groups, with blanks of any width or colons between."""

_GROUP_ENDS = re.compile(r"[ :\u00a0\u2007\u2009\u202f]")
_DASHES = re.compile(r"[-_.\u2010-\u2015\u2212]+")
_SLASHES = re.compile(r"[/\\+&]+")
_BEFORE = re.compile(r"(?:0x|(?:ICCID|CCID|SIM|IMEI|S/?N|SERIAL|DEVICE[-_]?ID|ID)[-_.#]*)", re.IGNORECASE)
_AROUND = ".*#!?-_~^$%·•°…"
_ZEROS = re.compile(r"([0-9]+)\.0+\Z", re.ASCII)
_IMEI_GROUPS = (2, 6, 6, 1)
"""As GSM Association TS.06 writes one, with the check digit."""

_OTHER = Word(Sort.OTHER)
_PREFIXES = tuple({one.device_id_prefix for one in PLATFORMS} - {""})


def words_of(line: str) -> list[Word]:
    """The words of one line, in order.

    >>> words_of("B40HAB123456789;  WBPYG6CPLRCFK4S")[1]
    Word(sort=<Sort.FIFTEEN: 5>, value='', dressed=False)
    >>> words_of("0xE00FCE68-AABBCCDD-EEFF0011")
    [Word(sort=<Sort.DEVICE_ID: 1>, value='e00fce68aabbccddeeff0011', dressed=True)]
    """
    return [word for cell in _CELL.findall(line) for word in _of_cell(cell)]


def looks_kept_as_a_number(sim: str) -> bool:
    """Whether an ICCID is one that a double can hold: of 128 to 16 384 one is by chance, of rounded ones each is."""
    return not sim[DOUBLE - 1 :].strip("0") or int(float(sim)) == int(sim)


def _of_cell(cell: str) -> Iterator[Word]:
    bare = cell.strip()
    if len(bare) > SHORTEST and _GROUPS.match(bare):
        # Blanks stand between columns, too: a number in groups of its own is only what cannot be anything else.
        word = _in_groups(_GROUP_ENDS.split(bare), alone=":" in bare)
        if word is not _OTHER:
            yield word
            return
    for found in _WORD.finditer(cell):
        yield from _words(found.group())


def _words(text: str) -> Iterator[Word]:
    word = _word(text)
    if word is not _OTHER or len(text) < SHORTEST:
        yield word
        return
    bare = _undressed(text)
    if (word := _word(bare)) is not _OTHER:
        yield word._replace(dressed=True)
    elif (word := _in_groups(_DASHES.split(bare), alone=True)) is not _OTHER:
        yield word
    elif len(parts := _SLASHES.split(bare)) > 1 and any(_word(_undressed(one)).sort in IDENTIFIERS for one in parts):
        yield from (_word(_undressed(one))._replace(dressed=True) for one in parts if one)
    else:
        yield _damaged(bare)


def _damaged(text: str) -> Word:
    if any(one in text.lower() for one in _PREFIXES):
        return Word(Sort.SPOILT_DEVICE_ID)
    if sum(one.isdigit() for one in text) * 2 <= len(text):
        return _OTHER
    if text.startswith(("89", "98")) and 17 <= len(text) <= 23 and text.isalnum():
        return Word(Sort.CUT_ICCID)
    return Word(Sort.SPOILT_DEVICE_ID if len(text) == 24 and text.isalnum() else Sort.NUMBER)


def _undressed(text: str) -> str:
    """Without what only stands around an identifier."""
    bare = text.strip(_AROUND)
    if (before := _BEFORE.match(bare)) is not None and len(bare) - before.end() >= SHORTEST:
        bare = bare[before.end() :]
    zeros = _ZEROS.match(bare)
    return bare if zeros is None else zeros[1]


def _in_groups(groups: list[str], *, alone: bool) -> Word:
    """The identifier that groups of characters are; `alone` where they belong together whatever they are."""
    joined, sizes = "".join(groups), tuple(map(len, groups))
    if len(groups) < 2:
        return _OTHER
    word = _word(joined)
    alike = alone and min(sizes) > 1 and len(set(sizes)) == 1
    match word.sort:
        case Sort.DEVICE_ID | Sort.ROUNDED if alike or joined.lower().startswith(_PREFIXES):
            return word._replace(dressed=True)
        case Sort.ICCID | Sort.BAD_ICCID | Sort.ROUNDED_ICCID | Sort.SERIAL:
            return word._replace(dressed=True)
        case Sort.IMEI | Sort.BAD_IMEI if sizes == _IMEI_GROUPS:
            return word._replace(dressed=True)
    return _OTHER


def _word(text: str) -> Word:
    if len(text) < SHORTEST:
        return _in_powers_of_ten(text) if text[:1].isdigit() and ("+" in text or "." in text or "^" in text) else _OTHER
    if _DEVICE_ID.match(text):
        return (
            Word(Sort.ROUNDED) if _DIGITS.match(text) and _is_rounded(text) else Word(Sort.DEVICE_ID, device_id(text))
        )
    if found := _ICCID.match(text):
        if not found[1][EXACT:].strip("0"):
            return Word(Sort.ROUNDED_ICCID)
        return _checked(iccid, found[1], Sort.ICCID, Sort.BAD_ICCID)
    if _FIFTEEN.match(text):
        if _DIGITS.match(text):
            return _checked(imei, text, Sort.IMEI, Sort.BAD_IMEI)
        return Word(Sort.SERIAL, text.upper()) if _begins_like_a_serial(text) else Word(Sort.FIFTEEN)
    if _NEARLY_FIFTEEN.match(text) and _begins_like_a_serial(text):
        return Word(Sort.CUT_SERIAL)
    if _HEX.match(text) and (text.lower().startswith(_PREFIXES) or _nearly_a_device_id(text)):
        return Word(Sort.CUT_DEVICE_ID)
    return _in_powers_of_ten(text)


def _is_rounded(digits: str) -> bool:
    """Of 24 digits of which nothing else is known: one in ten million ends so by chance."""
    return not digits[DOUBLE:].strip("0") or int(float(digits)) == int(digits)


def _in_powers_of_ten(text: str) -> Word:
    found = _ROUNDED.match(text)
    if found is None or not ("+" in text or "." in text or "^" in text):
        return _OTHER
    power = int(found[1])
    if power < SHORTEST - 1:
        return _OTHER
    return Word(Sort.ROUNDED if 22 <= power <= 24 else Sort.ROUNDED_OTHER)


def _checked(read: Callable[[str], str], text: str, good: Sort, bad: Sort) -> Word:
    try:
        return Word(good, read(text))
    except NotAnId:
        return Word(bad)


def _begins_like_a_serial(text: str) -> bool:
    return platform_of_serial(SerialNumber(text[:4].upper())) is not None


def _nearly_a_device_id(text: str) -> bool:
    return len(text) in (22, 23, 25, 26) and not _DIGITS.match(text)

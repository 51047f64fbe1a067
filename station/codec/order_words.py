"""The words of a supplier's list, each told by its shape and its check digit alone.

    word = device id          24 hexadecimal digits
         | serial number      15 letters and digits that begin like one
         | ICCID              18 to 22 digits beginning with 89, with their check digit
         | IMEI               15 digits with their check digit
         | anything else

Words stand between commas, semicolons, tabs, blanks, quotes, colons, bars, equals signs and brackets. Particle's own
tools take 24 digits anywhere (particle-cli), or split each line and sort its words (docs.particle.io, api-helper.js);
here a word is a whole word: 24 digits out of a longer number are none.
"""

import re
from collections.abc import Callable
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
    OTHER = auto()


class Word(NamedTuple):
    """An identifier as the station writes it; of every other word the text is dropped, it may be a secret."""

    sort: Sort
    value: str = ""


_WORD = re.compile(r"[^\s,;:|=\"'`´()\[\]{}<>\u00ab\u00bb\u2018-\u201f\u00a0\u200b-\u200f\u2060\ufeff]+")
_DEVICE_ID = re.compile(r"[0-9A-Fa-f]{24}\Z", re.ASCII)
_ICCID = re.compile(r"89[0-9]{16,20}\Z", re.ASCII)
_FIFTEEN = re.compile(r"[A-Za-z0-9]{15}\Z", re.ASCII)
_NEARLY_FIFTEEN = re.compile(r"[A-Za-z0-9]{13,17}\Z", re.ASCII)
_DIGITS = re.compile(r"[0-9]+\Z", re.ASCII)
_HEX = re.compile(r"[0-9A-Fa-f]{12,40}\Z", re.ASCII)
_ROUNDED = re.compile(r"[0-9][0-9.]*[eE]\+[0-9]{1,3}\Z", re.ASCII)
SHORTEST = 12
"""Characters below which a word is no identifier, not even a damaged one."""

_OTHER, _ROUNDED_WORD = Word(Sort.OTHER), Word(Sort.ROUNDED)
_PREFIXES = tuple({one.device_id_prefix for one in PLATFORMS} - {""})


def words_of(line: str) -> list[Word]:
    """The words of one line, in order.

    >>> words_of("B40HAB123456789;  WBPYG6CPLRCFK4S")
    [Word(sort=<Sort.SERIAL: 2>, value='B40HAB123456789'), Word(sort=<Sort.FIFTEEN: 5>, value='')]
    """
    return [_word(one.group()) for one in _WORD.finditer(line)]


def _word(text: str) -> Word:
    if len(text) < SHORTEST:
        return _ROUNDED_WORD if "+" in text and _ROUNDED.match(text) else _OTHER
    if _DEVICE_ID.match(text):
        return Word(Sort.DEVICE_ID, device_id(text))
    if _ICCID.match(text):
        return _checked(iccid, text, Sort.ICCID, Sort.BAD_ICCID)
    if _FIFTEEN.match(text):
        if _DIGITS.match(text):
            return _checked(imei, text, Sort.IMEI, Sort.BAD_IMEI)
        return Word(Sort.SERIAL, text.upper()) if _begins_like_a_serial(text) else Word(Sort.FIFTEEN)
    if _NEARLY_FIFTEEN.match(text) and _begins_like_a_serial(text):
        return Word(Sort.CUT_SERIAL)
    if _HEX.match(text) and (text.lower().startswith(_PREFIXES) or _nearly_a_device_id(text)):
        return Word(Sort.CUT_DEVICE_ID)
    return _ROUNDED_WORD if _ROUNDED.match(text) else _OTHER


def _checked(read: Callable[[str], str], text: str, good: Sort, bad: Sort) -> Word:
    try:
        return Word(good, read(text))
    except NotAnId:
        return Word(bad)


def _begins_like_a_serial(text: str) -> bool:
    return platform_of_serial(SerialNumber(text.upper())) is not None


def _nearly_a_device_id(text: str) -> bool:
    return len(text) in (22, 23, 25, 26) and not _DIGITS.match(text)

"""The controller's end of the fixture's language: text to commands, and the queue of its errors.

The grammar stands in station/codec/scpi.py.
"""

import re
from collections import deque
from dataclasses import dataclass

from station.codec.scpi import ERRORS, MAX_NESTS, MAX_WATCHDOG, Header

_SWITCHES = frozenset({Header.POWER, Header.RESET})
_ACTIONS = frozenset({Header.RESET_ALL, Header.CLEAR})
_SETTINGS = _SWITCHES | {Header.WATCHDOG}


class ScpiError(Exception):
    """What the controller refuses, with its SCPI number."""

    def __init__(self, number: int) -> None:
        super().__init__(f'{number},"{ERRORS[number]}"')
        self.number = number


@dataclass(frozen=True, slots=True)
class Command:
    """A command or question: `nest` where the header takes one, `argument` where it sets something."""

    header: Header
    query: bool = False
    nest: int | None = None
    argument: bool | float | None = None


def _pattern(header: Header) -> re.Pattern[str]:
    """Short and long form of every word, the number as a group where there is one."""
    words = []
    for word in header.value.split(":"):
        stem = word.rstrip("#")
        short = "".join(letter for letter in stem if not letter.islower())
        number = "([0-9]{0,4})" if stem != word else ""
        words.append(f"(?:{re.escape(stem.upper())}|{re.escape(short)}){number}")
    lead = "" if header.value.startswith("*") else ":?"
    return re.compile(lead + ":".join(words) + r"\Z", re.ASCII)


_PATTERNS = {header: _pattern(header) for header in Header}
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[Ee][+-]?[0-9]{1,3})?\Z", re.ASCII)  # IEEE 488.2 §7.7.2
_SHAPE = re.compile(r"([*:A-Za-z0-9]+)(\?)?(?:[ \t]+(.+))?\Z", re.ASCII)


def split(line: str) -> list[str]:
    """The commands and questions of a line; the controller parses and does them one by one, up to the first error.

    >>> split("OUTP3:STAT ON;*OPC?\\r")
    ['OUTP3:STAT ON', '*OPC?']
    """
    return [text for part in line.split(";") if (text := part.strip(" \t\r"))]


def parse(text: str) -> Command:
    """One command or question, from its short or long form. Raises ScpiError.

    >>> parse("outp3:state on")
    Command(header=<Header.POWER: 'OUTPut#:STATe'>, query=False, nest=3, argument=True)
    """
    if not (text.isascii() and text.replace("\t", " ").isprintable()):
        raise ScpiError(-101)
    shape = _SHAPE.match(text.strip())
    if shape is None:
        raise ScpiError(-102)
    word, mark, argument = shape.groups()
    header, nest = _header(word.upper())
    query = mark is not None
    if (query and header in _ACTIONS) or (not query and header not in _ACTIONS | _SETTINGS):
        raise ScpiError(-113)
    if query or header in _ACTIONS:
        if argument is not None:
            raise ScpiError(-108)
        return Command(header, query, nest)
    if argument is None:
        raise ScpiError(-109)
    if "," in argument:
        raise ScpiError(-108)
    setting = _boolean(argument) if header in _SWITCHES else _seconds(argument)
    return Command(header, query, nest, setting)


def _header(word: str) -> tuple[Header, int | None]:
    for header, pattern in _PATTERNS.items():
        if shape := pattern.match(word):
            if not shape.re.groups:
                return header, None
            nest = int(shape[1] or 1)
            if not 1 <= nest <= MAX_NESTS:
                raise ScpiError(-114)
            return header, nest
    raise ScpiError(-113)


def _boolean(text: str) -> bool:
    match text.strip().upper():
        case "ON" | "1":
            return True
        case "OFF" | "0":
            return False
        case _:
            raise ScpiError(-224)


def _seconds(text: str) -> float:
    if not _NUMBER.match(text.strip()):
        raise ScpiError(-104)
    if not 0 <= (seconds := float(text)) <= MAX_WATCHDOG:
        raise ScpiError(-222)
    return seconds


class ErrorQueue:
    """The controller's errors, oldest first; the last place turns into "Queue overflow" (SCPI-99 §21.8.1)."""

    def __init__(self, room: int = 16) -> None:
        self._room = room
        self._numbers: deque[int] = deque()

    def push(self, number: int) -> None:
        """Add an error of the table."""
        if len(self._numbers) < self._room:
            self._numbers.append(number)
        else:
            self._numbers[-1] = -350

    def pop(self) -> str:
        """The answer to SYST:ERR?."""
        number = self._numbers.popleft() if self._numbers else 0
        return f'{number},"{ERRORS[number]}"'

    def clear(self) -> None:
        """What *CLS does."""
        self._numbers.clear()

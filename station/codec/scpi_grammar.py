"""What is the same at the instrument's end of every SCPI language: spellings, numbers, the queue of errors.

SCPI-99 volume 1, §6.2 (short and long forms, optional nodes) and volume 2, §21.8 (errors); IEEE 488.2, §7.
"""

import re
from collections import deque

from station.codec.scpi import ERRORS

NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[Ee][+-]?[0-9]{1,3})?\Z", re.ASCII)
"""A decimal number (IEEE 488.2 §7.7.2)."""

_SHAPE = re.compile(r"([*:A-Za-z0-9]+)(\?)?(?:[ \t]+(.+))?\Z", re.ASCII)
_NODE = re.compile(r"(\[:)?:?([*A-Za-z]+)(#)?\]?", re.ASCII)


class ScpiError(Exception):
    """What an instrument refuses, with its SCPI number."""

    def __init__(self, number: int) -> None:
        super().__init__(f'{number},"{ERRORS[number]}"')
        self.number = number


def spelling(header: str) -> re.Pattern[str]:
    """Matches the short and the long form of every word of an upper-case header; `#` is a number, a group of its own.

    >>> bool(spelling("MEASure[:SCALar]:VOLTage[:DC]").match("MEAS:VOLTAGE"))
    True
    """
    found = ""
    for optional, word, number in _NODE.findall(header):
        short = "".join(letter for letter in word if not letter.islower())
        node = f"(?:{re.escape(word.upper())}|{re.escape(short)})" + ("([0-9]{0,4})" if number else "")
        colon = ":" if found else ""
        found += f"(?:{colon}{node})?" if optional else f"{colon}{node}"
    lead = "" if header.startswith("*") else ":?"
    return re.compile(f"{lead}{found}\\Z", re.ASCII)


def split(line: str) -> list[str]:
    """The commands and questions of a line; they are parsed and done one by one, up to the first error.

    >>> split("OUTP3:STAT ON;*OPC?\\r")
    ['OUTP3:STAT ON', '*OPC?']
    """
    return [text for part in line.split(";") if (text := part.strip(" \t\r"))]


def shape(text: str) -> tuple[str, bool, str | None]:
    """Header in upper case, whether it is a question, and what follows it. Raises ScpiError.

    >>> shape("conf:volt:dc 10")
    ('CONF:VOLT:DC', False, '10')
    """
    if not (text.isascii() and text.replace("\t", " ").isprintable()):
        raise ScpiError(-101)
    found = _SHAPE.match(text.strip())
    if found is None:
        raise ScpiError(-102)
    word, mark, argument = found.groups()
    return word.upper(), mark is not None, argument


class ErrorQueue:
    """An instrument's errors, oldest first; the last place turns into "Queue overflow" (SCPI-99 §21.8.1)."""

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

"""The fixture controller's language, a small SCPI-99 on top of IEEE 488.2, and the host's end of it.

    *IDN?                        maker,model,serial number,version
    *RST                         all nests safe: reset held, power off; the watchdog stays as it is
    *CLS                         the error queue is emptied
    *OPC?                        1, when everything before it is done
    SYSTem:ERRor?                oldest error, taken from the queue: 0,"No error" when there is none
    SYSTem:NESTs?                number of nests
    SYSTem:WATChdog <seconds>    without a line for that long, all nests are made safe; 0 is off, at most 3600
    SYSTem:WATChdog?             seconds
    OUTPut<n>:STATe ON|OFF       power of nest n, 1 or more; also 1|0
    OUTPut<n>:STATe?             1 or 0
    ROUTe<n>:RESet ON|OFF        reset line of nest n: ON holds the unit in reset
    ROUTe<n>:RESet?              1 or 0
    SENSe:LID?                   1 (closed) or 0 for every nest, nest 1 first: 1,0,0,1
    SENSe:SEAT?                  1 (a unit is seated) or 0 for every nest; optional, -113 where nothing feels that

A line ends in LF (a CR before it is ignored) and has at most 255 bytes. Capitals are the short form, the whole word
the long one; case does not matter; no number means nest 1. Several of these may stand in a line with ";" between
them, each written from the root; after an error the rest of the line is dropped. After power-up all nests are safe,
the watchdog is off.

The host writes every command or question as one exchange of two lines, the second one `SYST:ERR?`. A command is
answered by one line: no error, or what was wrong. A question is answered by its value and then `0,"No error"`; or,
when it was refused, by the error alone. Of bare numbers those below 0 are errors there, all others are values. So the
host always knows how many lines to await, whatever the controller does with the rest of a line after an error. After
an error the host sends `*CLS`.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from station.codec.scpi_errors import error_answer
from station.codec.wire import NotUnderstood

MAX_LINE = 256
"""Bytes, LF included."""

MAX_NESTS = 99
MAX_WATCHDOG = 3600.0
"""Seconds."""

ERRORS: Final = {
    0: "No error",
    -101: "Invalid character",
    -102: "Syntax error",
    -104: "Data type error",
    -108: "Parameter not allowed",
    -109: "Missing parameter",
    -113: "Undefined header",
    -114: "Header suffix out of range",
    -222: "Data out of range",
    -224: "Illegal parameter value",
    -230: "Data corrupt or stale",
    -240: "Hardware error",
    -350: "Queue overflow",
    -363: "Input buffer overrun",
}
"""SCPI-99 volume 2, §21.8."""

NO_ERROR = (0, ERRORS[0])
UNDEFINED_HEADER = -113


class Header(Enum):
    """What a command or question is about; the value is its SCPI spelling, # stands for a nest's number."""

    IDENTITY = "*IDN"
    RESET_ALL = "*RST"
    CLEAR = "*CLS"
    COMPLETE = "*OPC"
    ERROR = "SYSTem:ERRor"
    NESTS = "SYSTem:NESTs"
    WATCHDOG = "SYSTem:WATChdog"
    POWER = "OUTPut#:STATe"
    RESET = "ROUTe#:RESet"
    LIDS = "SENSe:LID"
    SEATS = "SENSe:SEAT"


def power(nest: int, on: bool) -> str:
    """The command that switches a unit's supply."""
    return f"OUTP{_nest(nest)}:STAT {'ON' if on else 'OFF'}"


def reset(nest: int, held: bool) -> str:
    """The command that holds or lets go of a unit's reset line."""
    return f"ROUT{_nest(nest)}:RES {'ON' if held else 'OFF'}"


def watchdog(seconds: float) -> str:
    """The command that sets the watchdog; 0 is off."""
    if not 0 <= seconds <= MAX_WATCHDOG:
        raise ValueError(f"a watchdog has 0 to {MAX_WATCHDOG:g} seconds")
    return f"SYST:WATC {seconds:.3f}"


def ask_power(nest: int) -> str:
    """The question whether a unit's supply is on."""
    return f"OUTP{_nest(nest)}:STAT?"


def ask_reset(nest: int) -> str:
    """The question whether a unit's reset line is held."""
    return f"ROUT{_nest(nest)}:RES?"


ASK_IDENTITY = "*IDN?"
ASK_LIDS = "SENS:LID?"
ASK_SEATS = "SENS:SEAT?"
ASK_NESTS = "SYST:NEST?"
ASK_WATCHDOG = "SYST:WATC?"
RESET_ALL = "*RST"
CLEAR = "*CLS"


def _nest(number: int) -> int:
    if not 1 <= number <= MAX_NESTS:
        raise ValueError(f"nests are numbered from 1 to {MAX_NESTS}")
    return number


_NESTS_ANSWER = re.compile(r"[01](?:,[01])*\Z", re.ASCII)
_SECONDS = re.compile(r"\+?[0-9]{1,6}(?:\.[0-9]{0,6})?\Z", re.ASCII)


def read_error(answer: str) -> tuple[int, str] | None:
    """Number and text where a line is an answer to SYST:ERR?, (0, "No error") among them; None for any other line.

    >>> read_error('-113,"Undefined header"')
    (-113, 'Undefined header')
    """
    told = error_answer(answer)
    return None if told is None else (told.number, told.words)


def read_switch(answer: str) -> bool:
    """Raises NotUnderstood."""
    if answer not in {"0", "1"}:
        raise NotUnderstood("the controller's answer is neither 0 nor 1")
    return answer == "1"


def read_nests(answer: str) -> dict[int, bool]:
    """Nest to lid closed, or to unit seated. Raises NotUnderstood.

    >>> read_nests("1,0")
    {1: True, 2: False}
    """
    if not _NESTS_ANSWER.match(answer):
        raise NotUnderstood("the controller's answer is no list of 0 and 1")
    return {nest: on == "1" for nest, on in enumerate(answer.split(","), start=1)}


def read_count(answer: str) -> int:
    """Number of nests. Raises NotUnderstood."""
    if not (answer.isascii() and answer.isdecimal() and len(answer) <= 2 and int(answer) >= 1):
        raise NotUnderstood(f"the controller's answer is no number of nests from 1 to {MAX_NESTS}")
    return int(answer)


def read_seconds(answer: str) -> float:
    """Raises NotUnderstood."""
    if not _SECONDS.match(answer):
        raise NotUnderstood("the controller's answer is no number of seconds")
    return float(answer)


def read_identity(answer: str) -> tuple[str, str, str, str]:
    """Maker, model, serial number, version (IEEE 488.2 §10.14). Raises NotUnderstood."""
    fields = answer.split(",")
    if len(fields) != 4 or not (answer.isascii() and answer.isprintable()):
        raise NotUnderstood("the controller's identity does not have four fields")
    maker, model, serial, version = (field.strip() for field in fields)
    return maker, model, serial, version


@dataclass(slots=True)
class Exchange:
    """One command or question, and what the controller says to it.

    >>> talk = Exchange(ask_power(3))
    >>> talk.request, talk.take("1"), talk.take('0,"No error"'), talk.value, talk.error
    (b'OUTP3:STAT?\\nSYST:ERR?\\n', False, True, '1', None)
    """

    text: str
    value: str | None = None
    error: tuple[int, str] | None = None

    @property
    def request(self) -> bytes:
        """The two lines to write."""
        return f"{self.text}\nSYST:ERR?\n".encode("ascii")

    def take(self, answer: str) -> bool:
        """Take one line that came back, without its end; True when it was the last. Raises NotUnderstood."""
        told = error_answer(answer)
        awaits_value = self.text.endswith("?") and self.value is None
        if told is None or (told.bare and (told.number > 0 or (awaits_value and told.number == 0))):
            if not awaits_value:
                raise NotUnderstood("the controller sent a line that nobody asked for")
            self.value = answer
            return False
        if told.number != 0:
            self.error = (told.number, told.words)
        elif awaits_value:
            raise NotUnderstood("the controller left a question without an answer")
        return True

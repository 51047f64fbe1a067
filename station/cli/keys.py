"""The keys of a terminal, where a person types and a scanner may type, too.

A keyboard-wedge scanner on a PC without windows types into the terminal. Key by key its scans are told from a
person's typing by their pace, a scan that was cut off is noticed, and nothing is echoed that may be a label's secret:
the terminal's own echo is off, and the station shows what came at a person's pace.
"""

import codecs
import os
import select
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from station.codec.frames import Framed, WedgeFramer

LOOK = 0.05
"""Seconds one look at the keyboard may wait: an eye sees a letter appear at once."""

SHOWN = 15
"""Characters of a typed line that are shown: a serial number, and not what follows it on a label."""

PIN = "pin "
"""How a line with a PIN begins."""

_RUBS_OUT = "\x7f\x08"


def keyboard() -> int | None:
    """Standard input, where it is a terminal that this process may read; else None."""
    try:
        number = sys.stdin.fileno()
        return number if os.isatty(number) and os.tcgetpgrp(number) == os.getpgrp() else None
    except (OSError, ValueError):
        return None


@contextmanager
def quiet(terminal: int | None) -> Iterator[None]:
    """Inside, the terminal gives key by key and echoes nothing; Ctrl-C still interrupts. As it was after it."""
    if terminal is None:
        yield
        return
    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal)
    # FS, SUB, DC1 and DC3 may stand in a code: none of them ends, stops or freezes the station.
    now = termios.tcgetattr(terminal)
    now[0] &= ~(termios.IXON | termios.IXOFF)
    for key in (termios.VQUIT, termios.VSUSP):
        now[6][key] = b"\0"
    termios.tcsetattr(terminal, termios.TCSADRAIN, now)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


class Keyboard:
    """A quiet terminal, read until it is gone."""

    def __init__(self, terminal: int, hear: Callable[[Framed], None], show: Callable[[str], None]) -> None:
        """`hear` gets each line, typed or scanned, and scans that were cut off; `show` what stands typed so far."""
        self._input, self._hear, self._show = terminal, hear, show
        self._framer = WedgeFramer("keyboard")
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._shown = ""

    def run(self) -> None:
        """Read keys."""
        while True:
            ready, _, _ = select.select([self._input], [], [], LOOK)
            now = time.monotonic()
            try:
                data = os.read(self._input, 4096) if ready else b""
            except OSError:
                return
            if ready and not data:
                return
            for character in self._decoder.decode(data):
                self._key(character, now)
            if not ready:
                self._pass_on(self._framer.idle(now))
            self._tell()

    def _key(self, character: str, now: float) -> None:
        if character in _RUBS_OUT:
            self._framer.rub_out()
        else:
            self._pass_on(self._framer.key(character, now))

    def _pass_on(self, framed: list[Framed]) -> None:
        for one in framed:
            self._hear(one)

    def _tell(self) -> None:
        shown = masked(self._framer.by_a_person)
        if shown != self._shown:
            self._shown = shown
            self._show(shown)


def masked(text: str) -> str:
    """What may be seen of a line while it is typed: all of a command or a device id, of a label its serial number.

    Of a PIN, nothing is.

    >>> masked("stop 2"), masked("B40HAB123456789 WBPY")
    ('stop 2', 'B40HAB123456789•••••')
    """
    if text.lower().startswith(PIN):
        return text[: len(PIN)] + "•" * len(text[len(PIN) :])
    hexadecimal = all(one in "0123456789abcdefABCDEF" for one in text)
    return text if hexadecimal else text[:SHOWN] + "•" * len(text[SHOWN:])

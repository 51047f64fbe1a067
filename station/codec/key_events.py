"""What a keyboard tells the kernel, and the characters that a scanner means by it.

    event = seconds, microseconds: native long; type, code: 16 bits; value: 32 bits      linux/input.h, input_event
    type  = 1 for a key; value = 1 pressed, 0 let go, 2 repeated                         linux/input-event-codes.h

A scanner is told to mean a US keyboard; then its keys are read without any layout of this PC's.
"""

import struct
from collections.abc import Iterator, Mapping
from typing import NamedTuple

EVENT = struct.Struct("@llHHi")
EV_SYN, EV_KEY = 0, 1
PRESSED, LET_GO = 1, 0
LEFT_SHIFT, RIGHT_SHIFT = 42, 54
ENTER, KEYPAD_ENTER, TAB = 28, 96, 15

_ROWS = (
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    (57, " ", " "),
)
"""First key code of a row, and its keys from left to right without and with shift (linux/input-event-codes.h)."""

_PLAIN: dict[int, str] = {ENTER: "\r", KEYPAD_ENTER: "\r", TAB: "\t"}
_SHIFTED: dict[int, str] = dict(_PLAIN)
for _first, _plain, _shifted in _ROWS:
    _PLAIN |= {_first + place: one for place, one in enumerate(_plain)}
    _SHIFTED |= {_first + place: one for place, one in enumerate(_shifted)}

KEYS: Mapping[str, tuple[int, bool]] = {
    **{one: (code, True) for code, one in _SHIFTED.items()},
    **{one: (code, False) for code, one in _PLAIN.items()},
    "\n": (ENTER, False),
    "\r": (ENTER, False),
}
"""Character to key code and shift."""


class Key(NamedTuple):
    """A character that was typed, and when, in seconds of the events' clock."""

    character: str
    at: float


class KeyReader:
    """Events in, characters out; what is no character is dropped. Takes bytes in any pieces."""

    def __init__(self) -> None:
        self._held = b""
        self._shifts: set[int] = set()

    def feed(self, data: bytes) -> Iterator[Key]:
        """The characters that these bytes end."""
        self._held += data
        whole = len(self._held) - len(self._held) % EVENT.size
        events, self._held = self._held[:whole], self._held[whole:]
        for seconds, micros, kind, code, value in EVENT.iter_unpack(events):
            if kind != EV_KEY:
                continue
            if code in (LEFT_SHIFT, RIGHT_SHIFT):
                (self._shifts.add if value else self._shifts.discard)(code)
            elif value == PRESSED:
                character = (_SHIFTED if self._shifts else _PLAIN).get(code)
                if character is not None:
                    yield Key(character, seconds + micros / 1e6)


def press(character: str, at: float) -> bytes:
    """The events of typing one character at this time; nothing for one that has no key."""
    found = KEYS.get(character)
    if found is None:
        return b""
    code, shift = found
    steps = [(code, PRESSED), (code, LET_GO)]
    if shift:
        steps = [(LEFT_SHIFT, PRESSED), *steps, (LEFT_SHIFT, LET_GO)]
    seconds, micros = divmod(round(at * 1e6), 1_000_000)
    return b"".join(
        EVENT.pack(seconds, micros, EV_KEY, key, value) + EVENT.pack(seconds, micros, EV_SYN, 0, 0)
        for key, value in steps
    )

"""What a keyboard tells the kernel, and the characters that a scanner means by it.

    event = seconds, microseconds: native long; type, code: 16 bits; value: 32 bits      linux/input.h, input_event
    type  = 1 for a key; value = 1 pressed, 0 let go, 2 repeated                         linux/input-event-codes.h

A scanner is told to mean a US keyboard; then its keys are read without any layout of this PC's. Keys of the keypad are
digits: whether NumLock is on is the window system's affair and cannot be seen here. Control characters come with Ctrl.
A key that is no character, and events that the kernel dropped, leave a mark: what they were is lost, that they were
is not.
"""

import struct
from collections.abc import Iterator, Mapping
from typing import NamedTuple

EVENT = struct.Struct("@llHHi")
EV_SYN, EV_KEY = 0, 1
SYN_DROPPED = 3
PRESSED, LET_GO = 1, 0
LEFT_SHIFT, RIGHT_SHIFT = 42, 54
CAPS_LOCK = 58
_SHIFTS, _CONTROLS = frozenset({LEFT_SHIFT, RIGHT_SHIFT}), frozenset({29, 97})
_SILENT = frozenset({56, 100, 125, 126, 69, 70})
"""Alt, Meta, NumLock, ScrollLock: they type nothing by themselves."""

LOST = "\ufffd"
"""What stands for a key or keys whose character is not known."""

ENTER, KEYPAD_ENTER, TAB = 28, 96, 15

_ROWS = (
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    (57, " ", " "),
    (71, "789-456+1230.", "789-456+1230."),
    (55, "*", "*"),
    (98, "/", "/"),
    (117, "=", "="),
    (121, ",", ","),
)
"""First key code of a row, and its keys from left to right without and with shift (linux/input-event-codes.h)."""

_KEYPAD = frozenset({*range(71, 84), 55, 98, 117, 121})

_PLAIN: dict[int, str] = {ENTER: "\r", KEYPAD_ENTER: "\r", TAB: "\t"}
_SHIFTED: dict[int, str] = dict(_PLAIN)
for _first, _plain, _shifted in _ROWS:
    _PLAIN |= {_first + place: one for place, one in enumerate(_plain)}
    _SHIFTED |= {_first + place: one for place, one in enumerate(_shifted)}

KEYS: Mapping[str, tuple[int, bool]] = {
    **{one: (code, True) for code, one in _SHIFTED.items() if code not in _KEYPAD},
    **{one: (code, False) for code, one in _PLAIN.items() if code not in _KEYPAD},
    "\n": (ENTER, False),
    "\r": (ENTER, False),
}
"""Character to key code and shift, of the main block."""

KEYPAD: Mapping[str, int] = {_PLAIN[code]: code for code in _KEYPAD}
"""Character to key code of the keypad."""


class Key(NamedTuple):
    """A character that was typed, and when, in seconds of the events' clock."""

    character: str
    at: float


class KeyReader:
    """Events in, characters out. Takes bytes in any pieces."""

    def __init__(self) -> None:
        self._held = b""
        self._held_down: set[int] = set()
        self._capitals = False

    def feed(self, data: bytes) -> Iterator[Key]:
        """The characters that these bytes end."""
        self._held += data
        whole = len(self._held) - len(self._held) % EVENT.size
        events, self._held = self._held[:whole], self._held[whole:]
        for seconds, micros, kind, code, value in EVENT.iter_unpack(events):
            character = self._character(code, value) if kind == EV_KEY else self._dropped(kind, code)
            if character is not None:
                yield Key(character, seconds + micros / 1e6)

    def _dropped(self, kind: int, code: int) -> str | None:
        if (kind, code) != (EV_SYN, SYN_DROPPED):
            return None
        self._held_down.clear()
        return LOST

    def _character(self, code: int, value: int) -> str | None:
        if code in _SHIFTS | _CONTROLS:
            (self._held_down.add if value else self._held_down.discard)(code)
            return None
        if value != PRESSED or code in _SILENT:
            return None
        if code == CAPS_LOCK:
            self._capitals = not self._capitals
            return None
        character = (_SHIFTED if self._held_down & _SHIFTS else _PLAIN).get(code, LOST)
        if self._capitals and character.isalpha():
            character = character.swapcase()
        if self._held_down & _CONTROLS and "@" <= character.upper() <= "_":
            return chr(ord(character.upper()) & 0x1F)
        return character


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

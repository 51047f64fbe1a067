"""Every key of the application, before any widget has it: a scanner that types, a person who does, the function keys.

A scan can therefore not end in a button, a field or a dialog, whatever has the focus. What only the whole application
can lose is told by `focus.py`: keys go to the window that is in front, and that may be another program's.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QInputMethodEvent, QKeyEvent, Qt

from station.codec.frames import WedgeFramer
from station.codec.key_events import LOST

SOURCE = "keyboard"
"""What a scanner that types is called in records."""

LOOK = 50
"""Milliseconds between two looks whether a scan was cut off."""

LATE = 0.15
"""Seconds between two looks after which keys may wait that are older than the look: they come first."""

AFTER = 1.0
"""Seconds after the last key in which a scan can still be found cut off; the framer waits for less."""

HELD = 0.15
"""Seconds for which a key is held before it repeats: X waits 0.5 and more, a scanner's next key comes in 0.02."""

FUNCTIONS: dict[int, str] = {
    Qt.Key.Key_F1: "help",
    Qt.Key.Key_F2: "type",
    Qt.Key.Key_F8: "log",
    Qt.Key.Key_F9: "lead",
    Qt.Key.Key_F10: "lock",
    Qt.Key.Key_Escape: "close",
}
"""The only keys that do something by themselves: no label has them. Letters, Space and Enter never do."""

_ENDS: dict[int, str] = {
    Qt.Key.Key_Return: "\r",
    Qt.Key.Key_Enter: "\r",
    Qt.Key.Key_Tab: "\t",
    Qt.Key.Key_Backtab: "\t",
}
_NUMLOCK_OFF: dict[int, str] = {
    Qt.Key.Key_Insert: "0",
    Qt.Key.Key_End: "1",
    Qt.Key.Key_Down: "2",
    Qt.Key.Key_PageDown: "3",
    Qt.Key.Key_Left: "4",
    Qt.Key.Key_Clear: "5",
    Qt.Key.Key_Right: "6",
    Qt.Key.Key_Home: "7",
    Qt.Key.Key_Up: "8",
    Qt.Key.Key_PageUp: "9",
    Qt.Key.Key_Delete: ".",
}
"""What a scanner means that types digits on the keypad while NumLock is off; nothing here is moved by arrows."""

_SWALLOWED = (
    QEvent.Type.KeyPress,
    QEvent.Type.KeyRelease,
    QEvent.Type.ShortcutOverride,
    QEvent.Type.Shortcut,
    QEvent.Type.InputMethod,
)


@dataclass(slots=True)
class ServerTime:
    """The window system's milliseconds, of 32 bits that begin anew, as monotonic seconds.

    A busy station takes keys late, all at once; only their own times tell a scanner's pace. An event is never from the
    future, so the least delay that was seen stands between both clocks.
    """

    _turns: int = 0
    _last: int = 0
    _behind: float | None = None

    def seconds(self, stamp: int, now: float) -> float:
        """When an event with this time stamp happened; `now` for one without."""
        if stamp <= 0:
            return now
        if stamp < self._last - (1 << 31):
            self._turns += 1
        self._last = stamp
        at = ((self._turns << 32) + stamp) / 1000
        self._behind = now - at if self._behind is None else min(self._behind, now - at)
        return at + self._behind


@dataclass(slots=True)
class Repeats:
    """Tells a key that is held from one that is pressed again.

    X reports a held key as released and pressed at the same time, and Qt marks only the first of these pairs; a quick
    scanner's two equal characters look alike (seen with Qt 6.11 on Xvfb). What tells is how long it took to begin.
    """

    _key: int = 0
    _pressed: float = 0.0
    _released: float = -1.0
    _held: bool = False

    def released(self, key: int, at: float) -> None:
        """A key went up."""
        self._released = at if key == self._key else -1.0

    def held(self, key: int, at: float, *, marked: bool) -> bool:
        """True where this press is none of its own; `marked` is what Qt makes of it."""
        goes_on = key == self._key and (marked or at == self._released)
        self._held = goes_on and (self._held or at - self._pressed > HELD)
        self._key, self._pressed = key, at
        return self._held


class KeyFilter(QObject):
    """Install it on the application.

    `framed` gives a scan, or a line that a person typed (codec.frames.Framed); `standing` what a person has typed so
    far; `function` one of FUNCTIONS.
    """

    framed = Signal(object)
    standing = Signal(str)
    function = Signal(str)

    def __init__(self, parent: QObject | None = None, now: Callable[[], float] = time.monotonic) -> None:
        """`now` in seconds, on the window system's pace."""
        super().__init__(parent)
        self._now = now
        self._framer = WedgeFramer(SOURCE)
        self._time = ServerTime()
        self._repeats = Repeats()
        self._stands = ""
        self._last = 0.0
        self._looked = 0.0
        self._looks = QTimer(self)
        self._looks.setInterval(LOOK)
        self._looks.timeout.connect(self.look)
        self.keys = 0
        """Keys that came in: with the scans that came of them, what a diagnosis wants."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 -- Qt's name
        """Keep every key; an event of the keyboard goes no further."""
        if event.type() not in _SWALLOWED:
            return False
        if isinstance(event, QKeyEvent) and watched.isWindowType():
            now = self._now()
            at = self._time.seconds(event.timestamp(), now)
            if event.type() == QEvent.Type.KeyPress:
                self._press(event, at, now)
            elif event.type() == QEvent.Type.KeyRelease:
                self._repeats.released(event.key(), at)
        elif isinstance(event, QInputMethodEvent) and event.commitString():
            # An input method was on: what it made of the keys comes at once.
            self._take_in(event.commitString(), self._now(), self._now())
        return True

    def forget(self) -> None:
        """Drop what a person has typed."""
        self._framer = WedgeFramer(SOURCE)
        self._tell()

    def _press(self, event: QKeyEvent, at: float, now: float) -> None:
        key = event.key()
        held = self._repeats.held(key, at, marked=event.isAutoRepeat())
        if key == Qt.Key.Key_Backspace:
            self._framer.rub_out()
        elif held:
            return
        elif key in FUNCTIONS:
            self.function.emit(FUNCTIONS[key])
            return
        self._take_in("" if key == Qt.Key.Key_Backspace else _characters(event), at, now)

    def _take_in(self, characters: str, at: float, now: float) -> None:
        for character in characters:
            self.keys += 1
            for framed in self._framer.key(character, at):
                self.framed.emit(framed)
        self._last = now
        if not self._looks.isActive():
            self._looked = now
            self._looks.start()
        self._tell()

    def look(self) -> None:
        """See whether a scan was cut off."""
        now = self._now()
        late, self._looked = now - self._looked > LATE, now
        for framed in () if late else self._framer.idle(now):
            self.framed.emit(framed)
        if not late and now - self._last > AFTER:
            self._looks.stop()
        self._tell()

    def _tell(self) -> None:
        stands = self._framer.by_a_person
        if stands != self._stands:
            self._stands = stands
            self.standing.emit(stands)


def _characters(event: QKeyEvent) -> str:
    """What a key means; a dead key, which waits for the next to become a letter, leaves its mark."""
    key = event.key()
    if key in _ENDS:
        return _ENDS[key]
    if event.modifiers() & Qt.KeyboardModifier.KeypadModifier and key in _NUMLOCK_OFF:
        return _NUMLOCK_OFF[key]
    return LOST if Qt.Key.Key_Dead_Grave <= key <= Qt.Key.Key_Dead_Longsolidusoverlay else event.text()

"""Hands at a window without a screen: a keyboard with the times of its keys, and a desk that writes down what comes."""

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QInputMethodEvent, QKeyEvent, Qt
from PySide6.QtWidgets import QWidget

from station.domain.people import Language
from station.domain.scan import Scan
from station.ui.wishes import Answer

SCANNER = 0.01
"""Seconds between two keys of a scanner."""

PERSON = 0.15
"""The same of a person."""

_KEYS = {"\r": Qt.Key.Key_Return, "\t": Qt.Key.Key_Tab, " ": Qt.Key.Key_Space, "\b": Qt.Key.Key_Backspace}


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class Keyboard:
    """Types into the window that has the focus; each key carries the time at which it was pressed."""

    def __init__(self, clock: Clock, window: QWidget) -> None:
        self._clock, self._window = clock, window
        window.show()
        handle = window.windowHandle()
        assert handle is not None
        self._handle = handle

    def type(self, text: str, gap: float) -> None:
        """Characters, `\\r` for Enter, so many seconds apart."""
        for one in text:
            self._clock.seconds += gap
            self.press(_KEYS.get(one) or Qt.Key(ord(one.upper())), one)

    def scan(self, text: str) -> None:
        """As a scanner types it, with its end."""
        self.type(f"{text}\r", SCANNER)

    def compose(self, text: str) -> None:
        """What an input method makes of keys."""
        event = QInputMethodEvent()
        event.setCommitString(text)
        QCoreApplication.sendEvent(self._handle, event)

    def press(
        self,
        key: Qt.Key,
        text: str = "",
        *,
        again: bool = False,
        modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        """Press a key and let it go; `again` as Qt marks a key that is held."""
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, key, modifiers, text, again)
            event.setTimestamp(round(self._clock.seconds * 1000))
            QCoreApplication.sendEvent(self._handle, event)


@dataclass
class Notes:
    """Implements wishes.Desk: `asked` is what was asked of the station, in order."""

    asked: list[tuple[object, ...]] = field(default_factory=list)

    def scan(self, scan: Scan, source: str = "", judged: Callable[[bool], None] | None = None) -> None:
        self.asked.append(("scan", scan, source))

    def pin(self, pin: str) -> None:
        self.asked.append(("pin", pin))

    def answer(self, answer: Answer, by: str, number: int | None = None, prompt: int | None = None) -> None:
        self.asked.append(("answer", answer, by, number, prompt))

    def stop_nest(self, number: int) -> None:
        self.asked.append(("stop", number))

    def stop_all(self) -> None:
        self.asked.append(("stop",))

    def cancel(self, number: int) -> None:
        self.asked.append(("cancel", number))

    def release_nest(self, number: int, name: str = "") -> None:
        self.asked.append(("release", number, name))

    def call_lead(self, number: int | None = None) -> None:
        self.asked.append(("lead", number))

    def lead_came(self) -> None:
        self.asked.append(("came",))

    def lift_reference(self) -> None:
        self.asked.append(("lift",))

    def accept_recipe(self) -> None:
        self.asked.append(("accept",))

    def sign_out(self) -> None:
        self.asked.append(("sign out",))

    def speak(self, language: Language) -> None:
        self.asked.append(("speak", language))

    def close(self) -> None:
        self.asked.append(("close",))

    def quit(self) -> None:
        self.asked.append(("quit",))

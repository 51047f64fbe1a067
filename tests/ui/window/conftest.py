"""A window on a desk that writes down what is asked of it; keys come as events, as the window system sends them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from station.domain.scan import Scan
from station.engine.bus import Heard
from station.ui.samples import MAKING
from station.ui.sound import Sound
from station.ui.window.focus import Focus
from station.ui.window.inbox import Inbox
from station.ui.window.keys import KeyFilter
from station.ui.window.window import Window
from station.ui.wishes import Answer

_KEYS = {"\r": Qt.Key.Key_Return, "\t": Qt.Key.Key_Tab, " ": Qt.Key.Key_Space, "-": Qt.Key.Key_Minus}


@dataclass
class Written:
    """A wishes.Desk: everything that was asked, in order."""

    asked: list[tuple[object, ...]] = field(default_factory=list)

    def scan(self, scan: Scan, source: str = "", judged: Callable[[bool], None] | None = None) -> None:
        self.asked.append(("scan", scan, source))

    def pin(self, pin: str) -> None:
        self.asked.append(("pin", pin))

    def answer(self, answer: Answer, by: str, number: int | None = None, prompt: int | None = None) -> None:
        self.asked.append(("answer", answer, number, prompt))

    def stop_nest(self, number: int) -> None:
        self.asked.append(("stop", number))

    def stop_all(self) -> None:
        self.asked.append(("stop all",))

    def cancel(self, number: int) -> None:
        self.asked.append(("cancel", number))

    def release_nest(self, number: int) -> None:
        self.asked.append(("release", number))

    def lift_reference(self) -> None:
        self.asked.append(("lift",))

    def accept_recipe(self) -> None:
        self.asked.append(("accept",))

    def sign_out(self) -> None:
        self.asked.append(("sign out",))

    def close(self) -> None:
        self.asked.append(("close",))

    def quit(self) -> None:
        self.asked.append(("quit",))


class Screened:
    """The window, its desk, and hands that type and touch."""

    def __init__(self, app: QApplication) -> None:
        self.app = app
        self.desk = Written()
        self.inbox, self.keys, self.focus = Inbox(), KeyFilter(), Focus(app)
        self.sounds: list[Sound] = []
        app.installEventFilter(self.keys)
        self.window = Window(
            MAKING,
            self.desk,
            self.inbox,
            self.keys,
            self.focus,
            self.desk.close,
            keyed=False,
            sounds=self.sounds.append,
        )
        self.window.resize(1366, 768)
        self.window.show()
        self._stamps = count(1_000, 10)
        # An event is never from the future: with this one, all that follow are from the past, at their own pace.
        self._send(QEvent.Type.KeyRelease, Qt.Key.Key_Shift, "", 100_000_000, self.window.windowHandle() or self.window)
        self.settle()

    def settle(self) -> None:
        """Let everything that is queued happen, and one interval of the page's pace pass."""
        QTest.qWait(130)

    def hear(self, *heard: Heard) -> None:
        for one in heard:
            self.inbox.put(one)
        self.settle()

    def key(self, key: Qt.Key, text: str = "", to: QObject | None = None, apart: int = 10) -> None:
        """Press and let go, as the window system says it of the window in front."""
        target: QObject = to or self.window.windowHandle() or self.window
        stamp = next(self._stamps)
        for _ in range(apart // 10 - 1):
            stamp = next(self._stamps)
        self._send(QEvent.Type.KeyPress, key, text, stamp, target)
        self._send(QEvent.Type.KeyRelease, key, text, stamp + 5, target)

    @staticmethod
    def _send(kind: QEvent.Type, key: Qt.Key, text: str, stamp: int, target: QObject) -> None:
        event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, text)
        event.setTimestamp(stamp)
        QApplication.sendEvent(target, event)

    def scans(self, text: str, end: str = "\r", to: QObject | None = None) -> None:
        """A scanner that types: ten milliseconds between two keys."""
        for one in text + end:
            self.key(_key(one), one, to)

    def types(self, text: str, end: str = "") -> None:
        """A person: a fifth of a second between two keys."""
        for one in text + end:
            self.key(_key(one), one, apart=200)


def _key(one: str) -> Qt.Key:
    return _KEYS.get(one) or Qt.Key(ord(one.upper()))


@pytest.fixture
def screened(app: QApplication) -> Iterator[Screened]:
    made = Screened(app)
    yield made
    app.removeEventFilter(made.keys)
    made.window.hide()
    made.window.deleteLater()
    QTest.qWait(1)

"""What a trial sees of a window: when it has painted something, how late its timer comes; and a scanner's keys."""

import time
from collections.abc import Callable
from concurrent.futures import Future

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QWindow
from PySide6.QtWidgets import QWidget

TICK = 10
"""Milliseconds of the timer whose lateness is measured: a hundred looks a second at whether it is free."""

KEY = 0.008
"""Seconds a key of a scanner that types (codec.frames.SCANNER_GAP)."""


class Painted(QObject):
    """Tells when a piece of the page has been painted, with all that is painted together with it."""

    def __init__(self) -> None:
        super().__init__()
        self._wanted: Callable[[QWidget], bool] | None = None
        self._at: Future[float] = Future()

    def next(self, wanted: Callable[[QWidget], bool]) -> Future[float]:
        """When the next paint of such a widget has ended; to be called in the window's thread."""
        self._at, self._wanted = Future(), wanted
        app = QCoreApplication.instance()
        if app is not None:
            app.installEventFilter(self)
        return self._at

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 -- Qt's name
        """A paint begins; what is posted now comes when Qt has painted and shown all of it."""
        wanted = self._wanted
        if (
            wanted is not None
            and event.type() == QEvent.Type.Paint
            and isinstance(watched, QWidget)
            and wanted(watched)
        ):
            self._wanted = None
            QCoreApplication.postEvent(self, QEvent(QEvent.Type.User))
        return False

    def customEvent(self, event: QEvent) -> None:  # noqa: N802 -- Qt's name
        """It has."""
        app = QCoreApplication.instance()
        if app is not None:
            app.removeEventFilter(self)
        self._at.set_result(time.monotonic())


class Lateness:
    """How late a precise timer comes, in seconds; and the CPU that the window's thread takes meanwhile.

    A timer that is a second late hides a hundred ticks that were late, too: they are counted.
    """

    def __init__(self) -> None:
        """Begins; in the window's thread."""
        self.late: list[float] = []
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self._tick)
        self._timer.start()
        self._last = self._began = time.monotonic()
        self._cpu = time.thread_time()

    def _tick(self) -> None:
        now = time.monotonic()
        late = max(0.0, now - self._last - TICK / 1000)
        self._last = now
        while True:
            self.late.append(late)
            late -= TICK / 1000
            if late <= 0:
                return

    def stop(self) -> float:
        """End; returns the share of a core, 0 to 1. In the window's thread."""
        self._timer.stop()
        return (time.thread_time() - self._cpu) / (time.monotonic() - self._began)


def press_keys(window: QWindow, text: str, ended: float) -> None:
    """A scanner typed this and Return, the last key at this moment; all come at once, as a busy station takes them.

    In the window's thread: Qt makes its keyboard where the first key is made.
    """
    keys = f"{text}\r"
    for at, character in enumerate(keys, start=1 - len(keys)):
        press_key(window, character, ended + at * KEY)


def press_key(window: QWindow, character: str, at: float) -> None:
    """A key goes down and up, at this moment."""
    key = Qt.Key.Key_Return if character == "\r" else Qt.Key(ord(character.upper()))
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, character)
        event.setTimestamp(int(at * 1000))
        QCoreApplication.postEvent(window, event)

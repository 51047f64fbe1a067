"""Whether keys reach this window at all: a scanner that types is heard only by the program that is in front."""

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication

AFTER = 200
"""Milliseconds: window managers take the focus for a moment while they arrange windows."""


class Focus(QObject):
    """`changed` tells False when another program is in front, True when this one is again."""

    changed = Signal(bool)

    def __init__(self, app: QGuiApplication, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._app = app
        self.here = True
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(AFTER)
        self._timer.timeout.connect(self._look)
        app.applicationStateChanged.connect(self._moved)

    def start(self) -> None:
        """Look once, when the window stands."""
        self._timer.start()

    def _moved(self, state: Qt.ApplicationState) -> None:
        if state is Qt.ApplicationState.ApplicationActive:
            self._look()
        else:
            self._timer.start()

    def _look(self) -> None:
        here = self._app.applicationState() is Qt.ApplicationState.ApplicationActive
        if here is not self.here:
            self.here = here
            self.changed.emit(here)

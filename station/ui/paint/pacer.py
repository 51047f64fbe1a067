"""How often a page is made anew: at once when something happens, but not more than ten times a second."""

from PySide6.QtCore import QObject, QTimer, Signal

INTERVAL = 100
"""Milliseconds: an eye wants no more of a progress bar, and four workers need the time."""


class Pacer(QObject):
    """`due` after `touch`: the first at once, later ones together when the interval is over."""

    due = Signal()

    def __init__(self, parent: QObject | None = None, interval: int = INTERVAL) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(interval)
        self._timer.timeout.connect(self._over)
        self._touched = False

    def touch(self) -> None:
        """Something has changed."""
        if self._timer.isActive():
            self._touched = True
        else:
            self._timer.start()
            self.due.emit()

    def _over(self) -> None:
        if self._touched:
            self._touched = False
            self._timer.start()
            self.due.emit()

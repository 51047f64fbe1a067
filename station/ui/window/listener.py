"""The window with nothing behind it, which tells as lines of JSON what keys it got: for `station bench keys`.

A line is {"active": whether this window is in front}, {"band": what the operator reads}, {"scan": SHA-256 of its text,
"whole": …, "typed": …, "label": what the desk was given}. No text of a scan is told: it may hold a secret.
`thief` is another window, which takes the keys and tells how many. Both end when standard input does.
"""

import hashlib
import json
import sys
import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLineEdit

from station.codec.frames import Framed
from station.domain.label import Label
from station.domain.scan import Scan
from station.engine.bus import Bus
from station.ui.around import Frame
from station.ui.long_shift import LongShift
from station.ui.paint.band import BandView
from station.ui.samples import MAKING
from station.ui.window.app import show
from station.ui.window.keys import KeyFilter
from station.ui.window.told import ToldDesk, now
from station.ui.window.trial import child
from station.ui.wishes import Desk

NESTS = 4
LOOK = 20
"""Milliseconds between two looks at the band."""


def tell(**what: object) -> None:
    """One line."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


class LastDesk(ToldDesk):
    """Keeps the label that it was given last."""

    given: str | None = None

    def scan(self, scan: Scan, source: str = "", judged: Callable[[bool], None] | None = None) -> None:
        """A scanner read something."""
        self.given = str(scan.serial or scan.device_id) if isinstance(scan, Label) else None


class Teller(QObject):
    """Tells what the window shows and hears; in the window's thread once the station has begun."""

    begun = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.desk = LastDesk()
        self._band, self._active = "", False
        self.begun.connect(self._begin)

    def _begin(self) -> None:
        app = QApplication.instance()
        if app is not None:
            child(app, KeyFilter).framed.connect(self._scan)
        timer = QTimer(self)
        timer.setInterval(LOOK)
        timer.timeout.connect(self._look)
        timer.start()

    def _scan(self, framed: Framed) -> None:
        # The window has had it first: it was there before.
        digest = hashlib.sha256(framed.text.encode()).hexdigest()
        tell(scan=digest, whole=framed.frame.whole, typed=framed.frame.typed, label=self.desk.given)
        self.desk.given = None

    def _look(self) -> None:
        active = QGuiApplication.applicationState() is Qt.ApplicationState.ApplicationActive
        if active is not self._active:
            self._active = active
            tell(active=active)
        windows = [window.findChild(BandView) for window in QApplication.topLevelWidgets()]
        for band in windows:
            if isinstance(band, BandView) and band.accessibleName() != self._band:
                self._band = band.accessibleName()
                tell(band=self._band)


def window() -> None:
    """The line's window."""
    bus, teller = Bus(), Teller()

    def station(begun: Callable[[Desk], None]) -> None:
        begun(teller.desk)
        teller.begun.emit()
        for heard in LongShift(NESTS, now).begin():
            bus.publish(heard)
        sys.stdin.read()

    show(Frame(MAKING, keyed=True, volume=0), bus, station)


def thief() -> None:
    """A window that opens in front and takes the keys."""
    app = QApplication(sys.argv[:1])
    line = QLineEdit()
    line.setWindowTitle("another program")
    line.textChanged.connect(lambda text: tell(stolen=len(text)))
    line.show()
    line.raise_()
    line.activateWindow()
    ended = QTimer()
    ended.setInterval(LOOK)
    reader = threading.Thread(target=sys.stdin.read, daemon=True)
    reader.start()
    ended.timeout.connect(lambda: None if reader.is_alive() else app.exit(0))
    ended.start()
    app.exec()


if __name__ == "__main__":
    {"window": window, "thief": thief}[sys.argv[1]]()

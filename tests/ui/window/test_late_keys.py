"""A window that was busy: keys that waited are older than the look which comes before them."""

import time

from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer
from PySide6.QtGui import QWindow

from station.codec.frames import WEDGE_IDLE, Framed
from station.ui.window.keys import LATE, KeyFilter
from station.ui.window.watch import KEY, press_key

SERIAL = "B40HAB412004F7Q"


def typed(window: QWindow, text: str, began: float) -> None:
    """A scanner types this from that moment on; everything that is posted is taken in."""
    for at, character in enumerate(text):
        press_key(window, character, began + at * KEY)
    QCoreApplication.sendPostedEvents()


def heard_by(keys: KeyFilter) -> list[Framed]:
    heard: list[Framed] = []
    keys.framed.connect(heard.append)
    return heard


def wait_for(heard: list[Framed]) -> None:
    """Let the window's loop run until something was heard, or for far longer than it takes."""
    loop = QEventLoop()
    looks = QTimer()
    looks.timeout.connect(lambda: loop.quit() if heard else None)
    looks.start(10)
    QTimer.singleShot(10_000, loop.quit)
    loop.exec()


def test_a_window_that_was_busy_does_not_take_a_scan_for_cut_off() -> None:
    keys, window = KeyFilter(), QWindow()
    window.installEventFilter(keys)
    heard, began = heard_by(keys), time.monotonic()
    typed(window, SERIAL[:6], began)
    time.sleep(WEDGE_IDLE + LATE)
    # The rest of the scan waits behind the look that is due.
    keys.look()
    typed(window, SERIAL[6:] + "\r", began + 6 * KEY)
    [scan] = heard
    assert (scan.text, scan.frame.whole, scan.frame.typed) == (SERIAL, True, False)


def test_a_scan_that_was_cut_off_is_found_all_the_same() -> None:
    keys, window = KeyFilter(), QWindow()
    window.installEventFilter(keys)
    heard = heard_by(keys)
    typed(window, SERIAL[:6], time.monotonic())
    wait_for(heard)
    [scan] = heard
    assert (scan.text, scan.frame.whole) == (SERIAL[:6], False)

"""Whatever happens how often, a page is made anew at most ten times a second."""

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtTest import QSignalSpy

from station.ui.paint.pacer import Pacer


def wait(milliseconds: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def test_the_first_touch_is_due_at_once_and_the_next_ones_together() -> None:
    pacer = Pacer(interval=10)
    due = QSignalSpy(pacer.due)
    for _ in range(1000):
        pacer.touch()
    assert due.count() == 1
    assert due.wait(5000)
    assert due.count() == 2


def test_what_is_not_touched_is_not_due() -> None:
    pacer = Pacer(interval=1)
    due = QSignalSpy(pacer.due)
    wait(20)
    assert due.count() == 0
    pacer.touch()
    wait(20)
    assert due.count() == 1

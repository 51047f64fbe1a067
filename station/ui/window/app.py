"""The station in its window: Qt has the first thread, the station one of its own."""

import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from station.domain.faults import ConfigRefused
from station.engine.bus import Bus
from station.stopping import on_stop
from station.ui.around import Frame
from station.ui.bench_model import Hands
from station.ui.paint.binding import misfit
from station.ui.player import Player
from station.ui.tokens import THEMES
from station.ui.window.bench_side import BenchSide
from station.ui.window.focus import Focus
from station.ui.window.inbox import Inbox
from station.ui.window.keys import KeyFilter
from station.ui.window.window import Window
from station.ui.wishes import Desk

LOOK = 100
"""Milliseconds between two looks for signals and for the station's end: the interpreter hears signals only then."""

Station = Callable[[Callable[[Desk], None]], None]
"""Works until it is told to quit, in the thread it is called in; gives its desk as soon as there is one."""


class Work(threading.Thread):
    """The station in its own thread; `desk` raises what kept it from starting, `outcome` what ended it."""

    def __init__(self, station: Station) -> None:
        super().__init__(name="station")
        self._station = station
        self._desk: Future[Desk] = Future()
        self._outcome: Future[None] = Future()

    def run(self) -> None:
        """Work; whatever is raised is told in the thread that waits for it."""
        try:
            self._station(self._desk.set_result)
        except BaseException as why:
            if not self._desk.done():
                self._desk.set_exception(why)
            self._outcome.set_exception(why)
        else:
            self._outcome.set_result(None)

    def desk(self) -> Desk:
        """Wait until the station has begun."""
        return self._desk.result()

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self._outcome.done()

    def outcome(self) -> None:
        """Wait until it has ended."""
        self._outcome.result()


def show(frame: Frame, bus: Bus, station: Station, hands: Callable[[], Hands] | None = None) -> None:
    """Open the window, have the station work, and return when it has ended; raises what the station raised.

    Where there are `hands` it is a demonstration: the bench stands beside the page, and closing the window ends it.
    """
    app = QApplication(sys.argv[:1])
    if (why := misfit()) is not None:
        raise ConfigRefused(why)
    app.setQuitOnLastWindowClosed(False)
    inbox, keys, focus, player = Inbox(app), KeyFilter(app), Focus(app, app), Player(frame.volume)
    app.installEventFilter(keys)
    bus.subscribe(inbox.put)
    work = Work(station)
    work.start()
    side = None
    try:
        desk = work.desk()
        theme = THEMES[frame.theme]
        side = BenchSide(hands(), theme) if hands is not None else None
        window = Window(
            frame.making,
            desk,
            inbox,
            keys,
            focus,
            desk.quit if side is not None else desk.close,
            language=frame.language,
            theme=theme,
            zone=datetime.now().astimezone().tzinfo or UTC,
            keyed=frame.keyed,
            beside=side.panel if side is not None else None,
            sounds=player.play,
        )
        on_stop(desk.quit)
        looks = QTimer()
        looks.setInterval(LOOK)
        # Not `quit`, which asks the windows first; the station has ended already.
        looks.timeout.connect(lambda: app.exit(0) if work.over else None)
        looks.start()
        (window.showFullScreen if frame.whole else window.showMaximized)()
        focus.start()
        app.exec()
        window.hide()
    finally:
        if side is not None:
            side.close()
        work.join()
        player.close()
        app.removeEventFilter(keys)
    work.outcome()

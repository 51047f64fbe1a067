"""The window as a line has it, and what is measured of it: `python -m station.ui.window.trial` is a process of its own.

The station is told (ui.long_shift) by the thread that has the core elsewhere; the window is the one of `app.show`.
What is found is printed as one line of JSON. Times are monotonic seconds, which are the same in every process of a PC.
"""

import gc
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from typing import TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QWindow
from PySide6.QtWidgets import QApplication, QWidget

from station.engine.bus import Bus, Heard
from station.ui.around import Frame
from station.ui.long_shift import LongShift
from station.ui.paint.card import CardView
from station.ui.paint.pacer import Pacer
from station.ui.paint.run_view import RunView
from station.ui.samples import MAKING
from station.ui.window.app import show
from station.ui.window.inbox import Inbox
from station.ui.window.told import FREE, NESTS, Feed, ToldDesk, now
from station.ui.window.watch import Lateness, Painted, press_keys
from station.ui.window.window import Window
from station.ui.wishes import Desk

SETTLES = 2.0
"""Seconds of the flood before anything is measured."""

SHIFT = 8 * 3600
"""Seconds of the shift that is told in fast-forward."""

A_UNIT = 90
"""Events of one unit in fast-forward, progress and moves included; about."""

PAGE_EVERY = 40
"""Events a page in fast-forward: a card is painted about ten times a unit, so every unit's names are drawn."""

PATIENCE = 30.0
"""Seconds for what takes a window a part of one, on a PC that is busy otherwise."""

ANSWERED = 5.0
"""Seconds after which a scan is given up as lost."""

Found = Mapping[str, object]
T = TypeVar("T")
C = TypeVar("C", bound=QObject)


class Trial(QObject):
    """One window under trial; made in the thread that shall be the window's, told from the station's."""

    _asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.bus, self.desk = Bus(), ToldDesk()
        self.sent = self.taken = 0
        self.window: Window | None = None
        self.lateness: Lateness
        self._painted = Painted()
        self._asked.connect(self._do)
        self.bus.subscribe(self._count)

    def run(self, what: Callable[["Trial"], Found]) -> Found:
        """Open the window, try this in the station's thread, close the window."""
        found: dict[str, object] = {}

        def station(begun: Callable[[Desk], None]) -> None:
            begun(self.desk)
            found.update(what(self))

        show(Frame(MAKING, keyed=False, volume=0), self.bus, station)
        return found

    def start(self, what: Callable[[], None]) -> None:
        """Have this done in the window's thread."""
        self._asked.emit(what)

    def do(self, what: Callable[[], T]) -> T:
        """Have this done in the window's thread; returns what it returns."""
        done: Future[T] = Future()
        self.start(lambda: done.set_result(what()))
        return done.result(PATIENCE)

    def first_page(self) -> float:
        """Tell that the station has begun; returns when the page with its nests was painted for the first time."""
        painted = self.do(lambda: self._painted.next(self._shows_nests))
        for heard in LongShift(NESTS, now).begin():
            self.bus.publish(heard)
        return painted.result(PATIENCE)

    def next_paint(self, wanted: Callable[[QWidget], bool]) -> Future[float]:
        """When the next paint of such a widget has ended."""
        return self.do(lambda: self._painted.next(wanted))

    def until_taken(self) -> None:
        """Wait until the window has taken in all that was told."""
        until = time.monotonic() + PATIENCE
        while self.taken < self.sent and time.monotonic() < until:
            self.do(_nothing)

    @property
    def page(self) -> RunView:
        """The run page of the window."""
        return child(self.shown, RunView)

    @property
    def pacer(self) -> Pacer:
        """What makes a page due."""
        return child(self.shown, Pacer)

    @property
    def shown(self) -> Window:
        """The window; there is one once it was looked for."""
        if self.window is None:
            raise LookupError("the window is not open yet")
        return self.window

    def _do(self, what: Callable[[], None]) -> None:
        if self.window is None:
            self.window = next(one for one in QApplication.topLevelWidgets() if isinstance(one, Window))
            app = QApplication.instance()
            if app is not None:
                child(app, Inbox).arrived.connect(self._take)
        what()

    def _shows_nests(self, widget: QWidget) -> bool:
        page = self.page.page
        return isinstance(widget, CardView) and page is not None and len(page.cards) == NESTS

    def _count(self, heard: Heard) -> None:
        self.sent += 1

    def _take(self, batch: list[tuple[Heard, int]]) -> None:
        self.taken += len(batch)


def child(of: QObject, kind: type[C]) -> C:
    """The one object of this kind below another."""
    found = of.findChild(kind)
    if not isinstance(found, kind):
        raise LookupError(f"no {kind.__name__} below {of}")
    return found


@dataclass(frozen=True, slots=True)
class Held:
    """What the process holds: MB of memory, Python's objects that can hold others, Qt's objects of the window."""

    rss_mb: float
    objects: int
    qobjects: int

    @classmethod
    def by(cls, window: Window) -> "Held":
        """Look; in the window's thread."""
        gc.collect()
        return cls(rss(), len(gc.get_objects()), len(window.findChildren(QObject)))


def rss() -> float:
    """MB of memory that this process has now (proc_pid_statm(5))."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def first(trial: Trial, started: float) -> Found:
    """How long it takes until the page stands there, from the start of the process; ms."""
    return {"first_paint_ms": (trial.first_page() - started) * 1000}


def flood(trial: Trial, seconds: float, scans: int, events: int) -> Found:
    """Eight nests, a thousand events a second: lateness, CPU, the answer to a scan, memory after so many."""
    trial.first_page()
    feed = Feed(trial.bus.publish, trial.desk)
    feed.spread()
    feed.run(_for(SETTLES))
    sent, began = trial.sent, time.monotonic()
    trial.lateness = trial.do(Lateness)
    feed.run(_for(seconds))
    rate = (trial.sent - sent) / (time.monotonic() - began)
    core = trial.do(trial.lateness.stop)
    feed.empty(FREE)
    answers = _answers(trial, feed, scans)
    while trial.sent < events:
        feed.some(PAGE_EVERY)
        trial.do(_nothing)
    trial.until_taken()
    late = sorted(trial.lateness.late)
    return {
        "events_per_s": rate,
        "lateness_p99_ms": late[len(late) * 99 // 100] * 1000,
        "lateness_p95_ms": late[len(late) * 95 // 100] * 1000,
        "lateness_max_ms": late[-1] * 1000,
        "core_share": core,
        "scan_to_answer_ms": max(answers, default=ANSWERED) * 1000,
        "scan_to_answer_median_ms": median(answers or [ANSWERED]) * 1000,
        "scans": scans,
        "scans_lost": scans - len(answers),
        "rss_mb": trial.do(rss),
        "events": trial.sent,
        "events_lost": trial.sent - trial.taken,
    }


def soak(trial: Trial, units: int) -> Found:
    """An eight-hour shift as fast as the window takes it: what it holds after a tenth of the units, and at the end."""
    trial.first_page()
    began, step = now() - SHIFT * 1_000_000, SHIFT * 1_000_000 // (units * A_UNIT)
    told = LongShift(NESTS, lambda: began + trial.sent * step)
    at_first: Held | None = None
    pages = 0
    for heard in told.whole(units):
        trial.bus.publish(heard)
        if trial.sent % PAGE_EVERY == 0:
            painted = trial.next_paint(lambda widget: isinstance(widget, CardView))
            trial.do(trial.pacer.due.emit)
            painted.result(PATIENCE)
            pages += 1
            if at_first is None and told.units > units // 10:
                at_first = trial.do(lambda: Held.by(trial.shown))
    trial.until_taken()
    at_end = trial.do(lambda: Held.by(trial.shown))
    at_first = at_first or at_end
    shown = trial.shown.shown
    return {
        "soak_units": units,
        "soak_events": trial.sent,
        "soak_events_lost": trial.sent - trial.taken,
        "soak_units_shown": shown.shift.units,
        "soak_pages": pages,
        "soak_rss_growth_mb": at_end.rss_mb - at_first.rss_mb,
        "soak_objects_a_unit": (at_end.objects - at_first.objects) / (units - units // 10),
        "soak_qobjects_growth": at_end.qobjects - at_first.qobjects,
        "soak_at_first": asdict(at_first),
        "soak_at_end": asdict(at_end),
    }


def _answers(trial: Trial, feed: Feed, scans: int) -> list[float]:
    """Seconds from the key that ends a scan to the end of the paint that shows what became of it; the flood goes on.

    Of a scan that nothing became of there is none.
    """
    window, page = trial.do(trial.shown.windowHandle), trial.do(lambda: trial.page)

    def scanner() -> list[float]:
        random, taken = Random(1), list[float]()
        for number in range(scans):
            with suppress(TimeoutError):
                taken.append(_scan(trial, window, page, f"B40HAB9{number:08}"))
            # As people scan: at no fixed time after a page.
            time.sleep(random.uniform(0.05, 0.25))
        return taken

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(scanner)
        feed.run(lambda: not done.done())
    return done.result()


def _scan(trial: Trial, window: QWindow, page: RunView, serial: str) -> float:
    # Other nests' labels are scanned, too, and may stand in the place of the last scan by then; the card is its own.
    def answered(widget: QWidget) -> bool:
        return isinstance(widget, CardView) and page.page is not None and page.page.cards[FREE - 1].serial == serial

    painted = trial.next_paint(answered)
    ended = time.monotonic()
    trial.start(partial(press_keys, window, serial, ended))
    at = painted.result(ANSWERED)
    trial.desk.cancel(FREE)
    return at - ended


def _for(seconds: float) -> Callable[[], bool]:
    until = time.monotonic() + seconds
    return lambda: time.monotonic() < until


def _nothing() -> None:
    """The window's thread has its turn."""


def main(arguments: list[str]) -> int:
    """`first STARTED`, `flood SECONDS SCANS EVENTS` or `soak UNITS`."""
    trial = Trial()
    match arguments:
        case ["first", started]:
            found = trial.run(lambda one: first(one, float(started)))
        case ["flood", seconds, scans, events]:
            found = trial.run(lambda one: flood(one, float(seconds), int(scans), int(events)))
        case ["soak", units]:
            found = trial.run(lambda one: soak(one, int(units)))
        case _:
            sys.stderr.write(f"{main.__doc__}\n")
            return 2
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

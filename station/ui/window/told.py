"""What stands in the place of the core when the window is on trial: its desk, and its thread, which tells a shift."""

import queue
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import cycle, islice

from station.domain.label import Label
from station.domain.nest import State
from station.domain.people import Language
from station.domain.scan import Scan
from station.engine.bus import Heard, Moved
from station.ui.long_shift import LongShift
from station.ui.wishes import Answer

NESTS = 8
FREE = NESTS
"""The nest that labels are scanned for; the others work."""

RATE = 1000
"""Events a second that the window must stand (a budget: eight nests that all tell their progress tell less)."""

PROGRESS = 100
"""How often an operation tells how far it is: eight nests at this rate make a unit in ten seconds each."""


@dataclass
class ToldDesk:
    """Takes what a person asks for as the core does: returns at once, another thread answers over the bus."""

    asked: queue.SimpleQueue[Scan | None] = field(default_factory=queue.SimpleQueue)
    """Labels that were scanned; None to drop the last one."""

    def scan(self, scan: Scan, source: str = "", judged: Callable[[bool], None] | None = None) -> None:
        """A scanner read something."""
        self.asked.put(scan)

    def cancel(self, number: int) -> None:
        """Drop the label of a nest."""
        self.asked.put(None)

    def pin(self, pin: str) -> None:
        """Nobody has one."""

    def answer(self, answer: Answer, by: str, number: int | None = None, prompt: int | None = None) -> None:
        """Answers are told."""

    def stop_nest(self, number: int) -> None:
        """Runs are told."""

    def stop_all(self) -> None:
        """Runs are told."""

    def release_nest(self, number: int, name: str = "") -> None:
        """No nest is locked."""

    def call_lead(self, number: int | None = None) -> None:
        """Nobody comes."""

    def lead_came(self) -> None:
        """Nobody was called."""

    def lift_reference(self) -> None:
        """There is none."""

    def accept_recipe(self) -> None:
        """It is right."""

    def sign_out(self) -> None:
        """Whoever is told of stays."""

    def speak(self, language: Language) -> None:
        """Texts are in one language."""

    def close(self) -> None:
        """A trial ends by itself."""

    def quit(self) -> None:
        """A trial ends by itself."""


def now() -> int:
    """µs since 1970 UTC."""
    return time.time_ns() // 1000


class Feed:
    """The core's thread: tells of nests at a rate, and answers what is scanned in between."""

    def __init__(self, publish: Callable[[Heard], None], desk: "ToldDesk") -> None:
        self._publish, self._desk = publish, desk
        self._told = LongShift(NESTS, now, PROGRESS)
        self._goes_on = True
        self._nests = {nest: self._told.nest(nest, lambda: self._goes_on) for nest in self._told.nests}

    def spread(self) -> None:
        """Bring the nests to different places of the sheet, as on a line."""
        a_unit = sum(1 for _ in LongShift(1, now, PROGRESS).whole(1))
        for nest, told in self._nests.items():
            for heard in islice(told, a_unit * (nest - 1) // NESTS):
                self._publish(heard)

    def empty(self, nest: int) -> None:
        """This nest ends its unit at once, and takes part no more."""
        self._goes_on = False
        for heard in self._nests.pop(nest):
            self._publish(heard)
        self._goes_on = True

    def run(self, goes_on: Callable[[], bool], rate: float = RATE) -> None:
        """Tell so many events a second for as long as it goes on; what was late is made up for."""
        due = time.monotonic()
        while goes_on():
            for told in tuple(self._nests.values()):
                due += 1 / rate
                self._until(due)
                self._publish(next(told))

    def some(self, count: int) -> None:
        """So many at once."""
        for told in islice(cycle(self._nests.values()), count):
            self._publish(next(told))

    def _until(self, due: float) -> None:
        while (left := due - time.monotonic()) > 0:
            try:
                self._answer(self._desk.asked.get(timeout=left))
            except queue.Empty:
                return

    def _answer(self, scan: Scan | None) -> None:
        label = scan if isinstance(scan, Label) else None
        state = State.EMPTY if label is None else State.LABELLED
        self._publish(Moved(FREE, state, "Seat the unit and close the lid.", label))

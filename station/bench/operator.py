"""The operator at the virtual fixture: reads the screen, scans, seats units, closes and opens lids."""

import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from station.bench.client import Bench
from station.domain.nest import State

FINISHED = (State.PASSED, State.FAILED, State.UNDECIDED, State.STOPPED)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the screen shows of a nest, or of a scan that no nest took (`nest` is None)."""

    nest: int | None
    state: State | None = None


@dataclass(frozen=True, slots=True)
class Habits:
    """What this operator does wrong: seats units crosswise, opens the lid of a nest in mid-run, scans in a manner."""

    crosswise: bool = False
    opens_lid_of: int | None = None
    scans: str = "well"


class Operator(threading.Thread):
    """Takes units from a tray until it is empty; `done` is set when every unit was tried."""

    def __init__(self, bench: Bench, units: Sequence[tuple[int, str]], nests: Sequence[int], habits: Habits) -> None:
        """`units` are (unit on the bench, text of its label)."""
        super().__init__(name="operator", daemon=True)
        self._bench = bench
        self._tray = list(units)
        self._scanned: int | None = None
        self._seen: queue.SimpleQueue[Seen] = queue.SimpleQueue()
        self._nests = len(nests)
        self._states: dict[int, State] = {}
        self._partner = _partners([unit for unit, _ in units]) if habits.crosswise else {}
        self._habits = habits
        self.done = threading.Event()

    def look(self, seen: Seen) -> None:
        """The screen changed."""
        self._seen.put(seen)

    def run(self) -> None:
        while not self._idle():
            seen = self._seen.get()
            if seen.nest is None:
                self._scanned = None
            elif seen.state is not None:
                self._states[seen.nest] = seen.state
                self._act(seen.nest, seen.state)
            self._scan_next()
        self.done.set()

    def _idle(self) -> bool:
        at_rest = (State.EMPTY, State.LOCKED)
        return (
            self._scanned is None
            and len(self._states) == self._nests
            and (not self._tray or all(state is State.LOCKED for state in self._states.values()))
            and all(state in at_rest for state in self._states.values())
        )

    def _scan_next(self) -> None:
        # The screen shows every nest once the station is ready; a scan before that is heard by nobody.
        free = len(self._states) == self._nests and State.EMPTY in self._states.values()
        if self._scanned is None and self._tray and free:
            unit, label = self._tray.pop(0)
            self._scanned = unit
            self._bench.scan(label, manner=self._habits.scans)

    def _act(self, nest: int, state: State) -> None:
        if state is State.LABELLED and self._scanned is not None:
            unit, self._scanned = self._scanned, None
            self._bench.lid(nest, False)
            self._bench.place(nest, self._partner.get(unit, unit))
            self._bench.lid(nest, True)
        elif state is State.RUNNING and self._habits.opens_lid_of == nest:
            self._bench.lid(nest, False)
        elif state in FINISHED:
            self._bench.lid(nest, False)
            self._bench.remove(nest)
            if self._habits.opens_lid_of == nest:
                # Its lid was open already: closing the empty nest is what clears it.
                self._bench.lid(nest, True)


def _partners(units: Sequence[int]) -> dict[int, int]:
    """Each unit's neighbour in the tray, two by two; an odd one keeps its own nest."""
    pairs = list(zip(units[::2], units[1::2], strict=False))
    return {a: b for one, two in pairs for a, b in ((one, two), (two, one))}

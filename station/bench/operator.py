"""The operator at the virtual fixture: reads the screen, scans, seats units, moves lids, answers questions."""

import queue
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Literal, assert_never

from station.bench.client import Bench
from station.bench.crew import Badges, Crew, People, Type
from station.bench.tray import Tray
from station.domain.events import Prompted
from station.domain.nest import State
from station.domain.questions import COLOURS
from station.domain.shift_rules import UNREAD

FINISHED = (State.PASSED, State.FAILED, State.UNDECIDED, State.STOPPED)
AT_REST = (State.EMPTY, State.LOCKED)
TOO_LATE = 1.0  # real seconds after a question was withdrawn

READS = UNREAD + 0.1
"""Real seconds in which a question is read; the station takes no answer that comes sooner."""

Answer = Literal["yes", "no", "done"]

Say = Callable[[int, int, Answer], None]
"""Presses a key at the station: nest, number of the question that is answered, answer."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the screen shows of a nest, of people, or of a scan that no nest took (neither), and why."""

    nest: int | None
    state: State | None = None
    question: Prompted | None = None
    people: People | None = None
    refused: str = ""
    serial: str = ""
    """Of the label that the nest has taken."""


class Manner(StrEnum):
    """How an operator answers questions."""

    TRUTHFULLY = "truthfully"
    NO = "no"
    NEVER = "never"
    LATE = "late"
    STALE = "stale"
    """Truthfully, and at every next question first once more, and with no, to the one before."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What this operator does wrong: seats units crosswise, opens a lid in mid-run, scans or answers in a manner."""

    crosswise: bool = False
    opens_lid_of: int | None = None
    scans: str = "well"
    answers: Manner = Manner.TRUTHFULLY


class Nudge(Enum):
    """What is told to an operator besides what the screen shows."""

    GO_ON = auto()
    TRAY = auto()


def _mute(nest: int, prompt: int, answer: Answer) -> None:
    """There is no key to press."""


def _no_keys(line: str) -> None:
    """There is nothing to type on."""


class Operator(threading.Thread):
    """Takes units from a tray until it is empty; `done` is set when every unit was tried.

    One who `stays` waits for more. While one rests somebody else may scan, seat and unload; after that one goes on with
    what the screen shows then.
    """

    def __init__(
        self,
        bench: Bench,
        tray: Tray,
        nests: Sequence[int],
        habits: Habits,
        crew: Crew | None = None,
        stays: bool = False,
        looks: float = 0.0,
    ) -> None:
        """Where there is a `crew`, people sign in; `looks` is how long, in real seconds, a screen is read first."""
        super().__init__(name="operator", daemon=True)
        self._bench = bench
        self._tray, self._stays, self._looks = tray, stays, looks
        self._scanned: int | None = None
        self._seen: queue.SimpleQueue[Seen | Nudge] = queue.SimpleQueue()
        self._latest: dict[int | str, Seen] = {}
        self._moves = threading.Lock()
        self._works = True
        self._nests = len(nests)
        self._states: dict[int, State] = {}
        self._seated: dict[int, int] = {}
        self._say: Say = _mute
        self._asked: Prompted | None = None
        self._partner = _partners([unit for unit, _ in tray.units()]) if habits.crosswise else {}
        self._habits = habits
        self._crew = crew
        self._type: Type = _no_keys
        self._badges: Badges | None = None
        self._first = crew.first if crew is not None else 0
        self.done = threading.Event()

    def look(self, seen: Seen) -> None:
        """The screen changed."""
        if seen.nest is not None:
            self._latest[seen.nest] = seen
        elif seen.people is not None:
            self._latest[type(seen.people).__name__] = seen
        self._seen.put(seen)

    def begin(self, say: Say, type_: Type) -> None:
        """Work, with these keys to press and to type on."""
        self._say, self._type = say, type_
        self._badges = Badges(self._bench, self._crew, type_) if self._crew is not None else None
        self.start()

    def rest(self) -> int | None:
        """End the move that is being made, lay down what is in the hand, and touch nothing from now on.

        Returns the unit that lies in the tray again.
        """
        with self._moves:
            self._works = False
            held, self._scanned = self._scanned, None
            if held is not None:
                self._tray.put_back(held)
            return held

    def go_on(self) -> None:
        """Work again, or look at what is new in the tray."""
        self._works = True
        self._seen.put(Nudge.GO_ON)

    def look_in_tray(self) -> None:
        """There may be something new in it."""
        self._seen.put(Nudge.TRAY)

    @property
    def works(self) -> bool:
        """Whether it is this operator who works."""
        return self._works

    def run(self) -> None:
        while not self._idle() or self._stays:
            seen = self._seen.get()
            if isinstance(seen, Seen):
                self._remember(seen)
            if not self._works:
                continue
            if isinstance(seen, Seen):
                self._see(seen)
            elif seen is Nudge.GO_ON:
                for one in list(self._latest.values()):
                    self._see(one)
            self._scan_next()
        self.done.set()

    def _remember(self, seen: Seen) -> None:
        """What the screen shows now; somebody else may have made it so."""
        if seen.nest is not None and seen.state is not None:
            self._states[seen.nest] = seen.state

    def _see(self, seen: Seen) -> None:
        if seen.people is not None:
            if self._badges is not None:
                self._badges.look(seen.people)
        elif seen.nest is None:
            if self._badges is None or not self._badges.goes_on(seen.refused):
                self._set_aside()
        elif seen.state is not None:
            self._act(seen)
        if seen.nest is not None and seen.question is not None:
            self._answer(seen.nest, seen.question)

    def _set_aside(self) -> None:
        """No nest took the unit: it goes back to the tray, and is not scanned again."""
        with self._moves:
            held, self._scanned = self._scanned, None
            if held is not None:
                self._tray.set_aside(held)

    def _idle(self) -> bool:
        return (
            self._scanned is None
            and len(self._states) == self._nests
            and (not self._tray.waits or all(state is State.LOCKED for state in self._states.values()))
            and all(state in AT_REST for state in self._states.values())
        )

    def _scan_next(self) -> None:
        # The screen shows every nest once the station is ready; a scan before that is heard by nobody.
        free = len(self._states) == self._nests and State.EMPTY in self._states.values()
        here = self._badges is None or self._badges.signed_in
        if not free or not here or self._awaits_references():
            return
        with self._moves:
            taken = self._tray.next() if self._works and self._scanned is None else None
            if taken is None:
                return
            self._scanned, label = taken
            self._first -= 1
        self._bench.scan(label, manner=self._habits.scans)

    def _awaits_references(self) -> bool:
        """Production begins when every reference unit has its verdict."""
        return self._first == 0 and not all(state in AT_REST for state in self._states.values())

    def _act(self, seen: Seen) -> None:
        nest, state = seen.nest, seen.state
        if nest is None:
            return
        if state is State.LOCKED and self._crew is not None and self._crew.releases:
            self._type(f"release {nest}")
        if state is State.RUNNING and self._habits.opens_lid_of == nest:
            self._bench.lid(nest, False)
        elif state is State.LABELLED or state in FINISHED:
            time.sleep(self._looks)
            with self._moves:
                # While the screen was read somebody may have paused this operator, or have done it.
                if self._works and self._latest[nest] is seen:
                    self._move(nest, state, seen.serial)

    def _move(self, nest: int, state: State, serial: str) -> None:
        """Seat what was scanned for a nest, or take out what is finished; ends with nothing in the hand."""
        if state is State.LABELLED:
            self._seat(nest, serial)
            return
        self._bench.lid(nest, False)
        self._unload(nest)
        if self._habits.opens_lid_of == nest:
            # Its lid was open already: closing the empty nest is what clears it.
            self._bench.lid(nest, True)

    def _seat(self, nest: int, serial: str) -> None:
        """Seat what was scanned, by oneself or by whoever worked before."""
        unit = self._tray.labelled(serial) or self._scanned
        if unit is None:
            return
        if unit == self._scanned:
            self._scanned = None
        else:
            self._tray.take(unit)
        meant = self._partner.get(unit, unit)
        self._bench.lid(nest, False)
        if self._sits(nest) != meant:
            self._unload(nest)
            self._bench.place(nest, meant)
        self._seated[nest] = meant
        self._bench.lid(nest, True)

    def _unload(self, nest: int) -> None:
        if self._sits(nest) is not None:
            self._bench.remove(nest)

    def _sits(self, nest: int) -> int | None:
        return next(one.unit for one in self._bench.seats() if one.nest == nest)

    def _answer(self, nest: int, question: Prompted) -> None:
        match self._habits.answers:
            case Manner.TRUTHFULLY:
                self._say_what_is(nest, question)
            case Manner.STALE:
                if self._asked is not None:
                    self._say(nest, self._asked.prompt, "no")
                self._asked = question
                self._say_what_is(nest, question)
            case Manner.NO:
                time.sleep(READS)
                self._say(nest, question.prompt, "no")
            case Manner.LATE:
                late = threading.Timer(question.within + TOO_LATE, self._say_what_is, (nest, question))
                late.daemon = True
                late.start()
            case Manner.NEVER:
                return
            case unknown:
                assert_never(unknown)

    def _say_what_is(self, nest: int, question: Prompted) -> None:
        """Read the question, press what it says or look at the LED, and answer; what the unit shows needs no answer."""
        time.sleep(READS)
        if not self._works:
            return
        words = re.findall(r"[a-z]+", question.tell.lower())
        if "press" in words:
            self._bench.press(nest)
            return
        colour = next((one for one in words if one in COLOURS), None)
        true = colour is None or self._bench.unit(self._sits(nest) or self._seated[nest]).led == colour
        if question.answers == "yes_no":
            self._say(nest, question.prompt, "yes" if true else "no")
        else:
            self._say(nest, question.prompt, "done")


def _partners(units: Sequence[int]) -> dict[int, int]:
    """Each unit's neighbour in the tray, two by two; an odd one keeps its own nest."""
    pairs = list(zip(units[::2], units[1::2], strict=False))
    return {a: b for one, two in pairs for a, b in ((one, two), (two, one))}

"""The operator at the virtual fixture: reads the screen, scans, seats units, moves lids, answers questions."""

import queue
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, assert_never

from station.bench.client import Bench
from station.bench.crew import Badges, Crew, People, Type
from station.bench.factory_firmware import COLOURS
from station.domain.events import Prompted
from station.domain.nest import State

FINISHED = (State.PASSED, State.FAILED, State.UNDECIDED, State.STOPPED)
AT_REST = (State.EMPTY, State.LOCKED)
TOO_LATE = 1.0  # real seconds after a question was withdrawn

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


def _mute(nest: int, prompt: int, answer: Answer) -> None:
    """There is no key to press."""


def _no_keys(line: str) -> None:
    """There is nothing to type on."""


class Operator(threading.Thread):
    """Takes units from a tray until it is empty; `done` is set when every unit was tried."""

    def __init__(
        self,
        bench: Bench,
        units: Sequence[tuple[int, str]],
        nests: Sequence[int],
        habits: Habits,
        say: Say = _mute,
        crew: Crew | None = None,
        type_: Type = _no_keys,
    ) -> None:
        """`units` are (unit on the bench, text of its label); where there is a `crew`, people sign in."""
        super().__init__(name="operator", daemon=True)
        self._bench = bench
        self._tray = list(units)
        self._scanned: int | None = None
        self._seen: queue.SimpleQueue[Seen] = queue.SimpleQueue()
        self._nests = len(nests)
        self._states: dict[int, State] = {}
        self._seated: dict[int, int] = {}
        self._say = say
        self._asked: Prompted | None = None
        self._partner = _partners([unit for unit, _ in units]) if habits.crosswise else {}
        self._habits = habits
        self._crew, self._type = crew, type_
        self._badges = None if crew is None else Badges(bench, crew, type_)
        self._first = crew.first if crew is not None else 0
        self.done = threading.Event()

    def look(self, seen: Seen) -> None:
        """The screen changed."""
        self._seen.put(seen)

    def run(self) -> None:
        while not self._idle():
            seen = self._seen.get()
            if seen.people is not None:
                if self._badges is not None:
                    self._badges.look(seen.people)
            elif seen.nest is None:
                if self._badges is None or not self._badges.goes_on(seen.refused):
                    self._scanned = None
            elif seen.state is not None:
                self._states[seen.nest] = seen.state
                self._act(seen.nest, seen.state)
            if seen.nest is not None and seen.question is not None:
                self._answer(seen.nest, seen.question)
            self._scan_next()
        self.done.set()

    def _idle(self) -> bool:
        return (
            self._scanned is None
            and len(self._states) == self._nests
            and (not self._tray or all(state is State.LOCKED for state in self._states.values()))
            and all(state in AT_REST for state in self._states.values())
        )

    def _scan_next(self) -> None:
        # The screen shows every nest once the station is ready; a scan before that is heard by nobody.
        free = len(self._states) == self._nests and State.EMPTY in self._states.values()
        here = self._badges is None or self._badges.signed_in
        if self._scanned is None and self._tray and free and here and not self._awaits_references():
            unit, label = self._tray.pop(0)
            self._first -= 1
            self._scanned = unit
            self._bench.scan(label, manner=self._habits.scans)

    def _awaits_references(self) -> bool:
        """Production begins when every reference unit has its verdict."""
        return self._first == 0 and not all(state in AT_REST for state in self._states.values())

    def _act(self, nest: int, state: State) -> None:
        if state is State.LOCKED and self._crew is not None and self._crew.releases:
            self._type(f"release {nest}")
        if state is State.LABELLED and self._scanned is not None:
            unit, self._scanned = self._scanned, None
            self._bench.lid(nest, False)
            self._seated[nest] = self._partner.get(unit, unit)
            self._bench.place(nest, self._seated[nest])
            self._bench.lid(nest, True)
        elif state is State.RUNNING and self._habits.opens_lid_of == nest:
            self._bench.lid(nest, False)
        elif state in FINISHED:
            self._bench.lid(nest, False)
            self._bench.remove(nest)
            if self._habits.opens_lid_of == nest:
                # Its lid was open already: closing the empty nest is what clears it.
                self._bench.lid(nest, True)

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
        words = re.findall(r"[a-z]+", question.tell.lower())
        if "press" in words:
            self._bench.press(nest)
            return
        colour = next((one for one in words if one in COLOURS), None)
        true = colour is None or self._bench.unit(self._seated[nest]).led == colour
        if question.answers == "yes_no":
            self._say(nest, question.prompt, "yes" if true else "no")
        else:
            self._say(nest, question.prompt, "done")


def _partners(units: Sequence[int]) -> dict[int, int]:
    """Each unit's neighbour in the tray, two by two; an odd one keeps its own nest."""
    pairs = list(zip(units[::2], units[1::2], strict=False))
    return {a: b for one, two in pairs for a, b in ((one, two), (two, one))}

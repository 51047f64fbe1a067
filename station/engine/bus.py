"""Who is told what: events after they are on disk, progress, the moves of nests, who works here and what waits."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from station.domain.events import Event, Progressed, Prompted
from station.domain.faults import Fault
from station.domain.ids import RunId
from station.domain.label import Label
from station.domain.nest import State
from station.domain.people import Action, Language, Person
from station.domain.ready import Item
from station.domain.record import Record
from station.domain.refusals import Code, Refusal
from station.domain.shift_facts import Expect

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stored:
    """An event that is on disk; `nest` is None for the station's own."""

    nest: int | None
    event: Event


@dataclass(frozen=True, slots=True)
class Moving:
    """Progress of the operation in a nest."""

    nest: int
    run: RunId
    progressed: Progressed


@dataclass(frozen=True, slots=True)
class Moved:
    """A nest's state and the sentence its operator reads now; `reference` is what a reference unit must come out as.

    `free` where a label may go here; `seated` whether a unit is seen in it, None where the fixture cannot tell.
    """

    nest: int
    state: State
    tell: str
    label: Label | None
    question: Prompted | None = None
    reference: Expect | None = None
    free: bool = False
    seated: bool | None = False


@dataclass(frozen=True, slots=True)
class Found:
    """The station starts, and a nest still holds the unit of this run, which ended before."""

    nest: int
    record: Record


@dataclass(frozen=True, slots=True)
class Earlier:
    """Runs of this shift that ended before this start of the station, oldest first."""

    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that a person must know: code, what, what to do, and at which nest.

    `values` are what stands in the sentences.
    """

    code: str
    detail: str
    remedy: str
    nest: int | None = None
    values: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, why: Fault | Refusal) -> "Trouble":
        """A fault, or why something was not done."""
        if isinstance(why, Refusal):
            return cls(why.code, why.detail, why.remedy, why.nest, why.values)
        return cls(why.code, str(why), why.remedy)

    @property
    def stays(self) -> bool:
        """Whether it is about the station itself, and no later scan makes it old."""
        return self.code in _STAY or (self.code[1:2].isdigit() and self.code.startswith("S"))


_STAY = frozenset({Code.DISK_LOW, Code.JOURNAL_MOVED, Code.REF_WRONG, Code.FAIL_STREAK})


@dataclass(frozen=True, slots=True)
class Ignored:
    """A scan that changed nothing: shown for a moment, and not stored.

    It was taken before (`twice`), is the scanner's check (`letters`), was refused a moment ago (`again`), or came when
    the station was ending.
    """

    source: str
    detail: str
    why: Literal["twice", "letters", "again", "ending"] = "twice"

    @property
    def taken(self) -> bool:
        """Whether all is well with it."""
        return self.why in ("twice", "letters")


@dataclass(frozen=True, slots=True)
class AtWork:
    """Who is signed in from now on; None: nobody. `asked`: whether anybody has to."""

    person: Person | None
    asked: bool = True


@dataclass(frozen=True, slots=True)
class Speaks:
    """The language that the station speaks to whoever's badge names no other."""

    language: Language


@dataclass(frozen=True, slots=True)
class Waiting:
    """An action that waits for the badge of somebody who may approve it, for so many seconds; None: none does."""

    action: Action | None
    detail: str = ""
    within: float = 0.0
    nest: int | None = None
    label: Label | None = None


@dataclass(frozen=True, slots=True)
class PinWanted:
    """The station waits for the PIN of this person, for so many seconds; None: of nobody.

    `approves` is what it is asked for where it is no sign-in; before `not_before` seconds are over no PIN is looked at.
    """

    name: str | None
    within: float = 0.0
    approves: Action | None = None
    not_before: float = 0.0


@dataclass(frozen=True, slots=True)
class Aimed:
    """The next label goes to this nest, for so many seconds; None: to the lowest that takes it."""

    nest: int | None
    within: float = 0.0


@dataclass(frozen=True, slots=True)
class Turned:
    """The band asks for this nest from now on, and a scan answers it; None: nothing is asked.

    `named` where somebody named the nest.
    """

    nest: int | None
    named: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """The station check as it stands; told when something in it has changed."""

    items: tuple[Item, ...]


Heard = (
    Stored
    | Moving
    | Moved
    | Found
    | Earlier
    | Trouble
    | Ignored
    | AtWork
    | Speaks
    | Waiting
    | PinWanted
    | Aimed
    | Turned
    | Checked
)
Listener = Callable[[Heard], None]


class Bus:
    """Calls every listener in the core thread; a listener that fails cannot hurt the run."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> None:
        """Have `listener` called for everything from now on; it must return at once."""
        self._listeners.append(listener)

    def publish(self, heard: Heard) -> None:
        """Tell everyone."""
        for listener in self._listeners:
            try:
                listener(heard)
            except Exception:
                _log.exception("a listener failed")

"""Everything that is drawn, as plain data: the pages know nothing of Qt, and the painter nothing of nests.

All texts are in the operator's language and ready to be read. A page is made anew from what was heard (`run_page.py`);
what differs from the page before is what is painted again.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from station.ui.visible import visible


class Look(StrEnum):
    """What a card is at a glance: each has its own word, silhouette and texture."""

    EMPTY = "empty"
    LOAD = "load"
    READY = "ready"
    TESTING = "testing"
    STOPPING = "stopping"
    YOUR_TURN = "your_turn"
    PASS = "pass"
    FAIL = "fail"
    NO_RESULT = "no_result"
    LOCKED = "locked"


class Tone(StrEnum):
    """What a colour means: nothing, the operator must act, good, bad, abnormal without a verdict, out of use."""

    RUN = "run"
    ACT = "act"
    GOOD = "good"
    BAD = "bad"
    WARN = "warn"
    OFF = "off"


class Mark(StrEnum):
    """How far one operation is."""

    DONE = "done"
    ACTIVE = "active"
    BAD = "bad"
    UNDECIDED = "undecided"
    TODO = "todo"


class Sign(StrEnum):
    """The picture in the band: what to reach for."""

    SCAN = "scan"
    SEAT = "seat"
    ANSWER = "answer"
    UNLOAD = "unload"
    WAIT = "wait"
    LOCK = "lock"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Segment:
    """An operation in the progress bar: its share of the run's time, and how much of it is done, both 0 to 1."""

    share: float
    mark: Mark
    filled: float = 0.0


@dataclass(frozen=True, slots=True)
class StepRow:
    """An operation in the list; `values` are what was measured, its time, or its progress."""

    text: str
    mark: Mark
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Advice:
    """What happened and what to do."""

    tone: Tone
    what: str
    do: str

    def __str__(self) -> str:
        return f"{self.what} {self.do}".strip()


Answer = Literal["yes", "no", "done"]


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer that can be touched."""

    answer: Answer
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked at a nest; only an answer with this number counts."""

    prompt: int
    text: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """One nest.

    `remark` says which attempt this is, or since when the nest is locked;
    `tray` is the letter on the tray that the unit goes to, empty where there is no verdict; `left` the time a run still
    needs, empty where the history does not know; `active` the row of `steps` to be seen in any case.
    """

    nest: int
    look: Look
    word: str
    headline: str
    name: str
    serial: str = ""
    device_id: str = ""
    tray: str = ""
    count: str = ""
    remark: str = ""
    elapsed: str = ""
    left: str = ""
    left_word: str = ""
    segments: tuple[Segment, ...] = ()
    steps: tuple[StepRow, ...] = ()
    active: int = 0
    advice: Advice | None = None
    question: Question | None = None
    notes: tuple[str, ...] = ()
    picture: bool = False

    @property
    def description(self) -> str:
        """What a screen reader says after the name."""
        told = [self.serial, self.headline, self.remark]
        told += [self.question.text] if self.question else []
        told += [str(self.advice)] if self.advice else []
        return visible(". ".join(one.rstrip(".") for one in told if one))


@dataclass(frozen=True, slots=True)
class Band:
    """The one next thing."""

    tone: Tone
    sign: Sign
    prompt: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LastScan:
    """The visible answer to a scan; `taken` is None before the first."""

    title: str
    what: str
    answer: str = ""
    time: str = ""
    taken: bool | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the shift."""

    value: str
    text: str


Figures = tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Lamp:
    """A part of the station: quiet while it is well."""

    text: str
    well: bool = True


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in; `initials` stand in the round badge."""

    name: str
    role: str
    initials: str


@dataclass(frozen=True, slots=True)
class Header:
    """The line at the top of every page."""

    station: str
    product: str
    details: tuple[str, ...]
    lamps: tuple[Lamp, ...]
    time: str
    person: Person | None
    nobody: str


class Press(StrEnum):
    """What can be touched at the foot of the run page."""

    LOG = "log"
    TYPE = "type"
    LEAD = "lead"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Button:
    """`down` while what it opens is open."""

    press: Press
    text: str
    down: bool = False


@dataclass(frozen=True, slots=True)
class RunPage:
    """The page on which units are made; `warning` is the red strip, `log` None while the drawer is shut."""

    header: Header
    band: Band
    last_scan: LastScan
    cards: tuple[Card, ...]
    figures: Figures
    buttons: tuple[Button, ...]
    warning: str = ""
    log: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """A line of the station check; `state` is a word at the right where something is not as it should be."""

    title: str
    text: str
    ready: bool
    state: str = ""


@dataclass(frozen=True, slots=True)
class Language:
    """A language to choose, as it calls itself."""

    code: str
    text: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class SignInPage:
    """The page before a shift."""

    station: str
    product: str
    time: str
    title: str
    shift: str
    languages: tuple[Language, ...]
    check_title: str
    check_text: str
    checks: tuple[Check, ...]
    warning: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Keypad:
    """Where a label or, without letters, a PIN is typed; `typed` is what may be seen, `refused` what was wrong."""

    title: str
    prompt: str
    typed: str
    enter: str
    erase: str
    cancel: str
    letters: bool = True
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Leave:
    """Whether the program is to end; `end` is empty where it cannot now."""

    title: str
    prompt: str
    end: str
    stay: str

"""What travels on the pipe between the core and a nest's worker: plain data, nothing else."""

from dataclasses import dataclass, field
from typing import Literal

from station.domain.events import Body, Progressed, RunStarted
from station.domain.faults import Fault
from station.domain.ids import DeviceId, Iccid, RunId, SerialNumber
from station.domain.known import Known
from station.domain.outcome import Outcome
from station.domain.recipe import Recipe
from station.domain.release import Release


@dataclass(frozen=True, slots=True)
class Job:
    """Everything one run needs to know."""

    run: RunId
    started: RunStarted
    recipe: Recipe
    release: Release
    factory_test: Release


@dataclass(frozen=True, slots=True)
class Stop:
    """A person wants this run to end; the worker ends it at the next checkpoint."""

    run: RunId
    why: str


@dataclass(frozen=True, slots=True)
class Quit:
    """The worker is no longer needed."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a Note, a Switch or a Recall; `fault` is (code, detail) when it could not be done."""

    fault: tuple[str, str] | None = None
    known: Known | None = None

    @classmethod
    def to(cls, fault: Fault | None) -> "Reply":
        """The answer when this came of it."""
        return cls(None if fault is None else (fault.code, str(fault)))


@dataclass(frozen=True, slots=True)
class Said:
    """What the operator answered to a question of this run; the fact is on disk."""

    run: RunId
    prompt: int
    answer: Literal["yes", "no", "done"]
    by: str


ToWorker = Job | Stop | Quit | Reply | Said


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker has its drivers and waits for a job."""

    pid: int


@dataclass(frozen=True, slots=True)
class Note:
    """A fact to be stored; the worker goes on when the Reply says that it is on disk."""

    body: Body


@dataclass(frozen=True, slots=True)
class Tell:
    """Progress; nobody waits for it and nobody keeps it."""

    body: Progressed


@dataclass(frozen=True, slots=True)
class Switch:
    """Power or reset of this nest, which the fixture's controller switches."""

    what: Literal["power", "reset"]
    on: bool


@dataclass(frozen=True, slots=True)
class Recall:
    """What does the journal know of a unit with these identifiers? The Reply has it."""

    device: DeviceId | None
    serial: SerialNumber | None
    iccid: Iccid | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """The sheet is done or was left; `on_pass` is stored together with a PASS and with nothing else."""

    outcome: Outcome
    code: str = ""
    detail: str = ""
    remedy: str = ""
    on_pass: tuple[Body, ...] = field(default=())


FromWorker = Ready | Note | Tell | Switch | Recall | Ended

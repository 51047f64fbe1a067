"""The sum of one run's events."""

from collections.abc import Iterable
from typing import assert_never

from pydantic import BaseModel

from station.domain.events import (
    Booted,
    Event,
    Flashed,
    Identified,
    Kept,
    Measured,
    Planned,
    PreAddExported,
    PreAddRequested,
    Programmed,
    Proved,
    Recovered,
    Recovering,
    Restored,
    RunFinished,
    RunStarted,
    ScanRefused,
    Sealed,
    Silent,
    StationRefused,
    StationStarted,
    StepFinished,
    StepStarted,
)
from station.domain.ids import DeviceId, RunId, SerialNumber
from station.domain.outcome import Outcome, worst


class Record(BaseModel, frozen=True, extra="forbid"):
    """What is known of one run; a fold of its events and nothing else. Times are microseconds since 1970 UTC."""

    run: RunId
    started: RunStarted
    started_at: int
    finished: RunFinished | None = None
    finished_at: int | None = None
    current: StepStarted | None = None
    steps: tuple[StepFinished, ...] = ()
    identified: tuple[Identified, ...] = ()
    planned: tuple[Planned, ...] = ()
    flashed: tuple[Flashed, ...] = ()
    recoverings: tuple[Recovering, ...] = ()
    unrestored: Kept | None = None
    programmed: tuple[Programmed, ...] = ()
    proved: tuple[Proved, ...] = ()
    booted: tuple[Booted, ...] = ()
    measured: tuple[Measured, ...] = ()
    silent: tuple[Silent, ...] = ()
    sealed: Sealed | None = None
    preadd: PreAddRequested | None = None
    events: int = 0

    @property
    def outcome(self) -> Outcome | None:
        """The verdict, or None while the run is open."""
        return None if self.finished is None else self.finished.outcome

    @property
    def device_id(self) -> DeviceId | None:
        """As the chip says, else the first witness that named one, else the label's."""
        by_chip = [one.device_id for one in self.identified if one.by == "swd" and one.device_id]
        by_any = [one.device_id for one in self.identified if one.device_id]
        return next(iter(by_chip + by_any), self.started.label.device_id)

    @property
    def serial(self) -> SerialNumber | None:
        """As the label says, else as the unit says."""
        told = [one.serial for one in self.identified if one.serial]
        return self.started.label.serial or next(iter(told), None)

    @property
    def seconds(self) -> float:
        """Sum of the operations' times, as the station's clock counted them."""
        return sum(step.seconds for step in self.steps)

    def verdict(self) -> Outcome:
        """What the evidence supports. PASS needs every operation of the sheet, the seal and the proof behind it."""
        ended = worst(step.outcome for step in self.steps)
        if ended is Outcome.PASS and self.missing():
            return Outcome.ERROR
        return ended

    def missing(self) -> list[str]:
        """What a PASS still lacks, as sentences."""
        done = {step.op for step in self.steps if step.outcome is Outcome.PASS}
        lacking = [f"op {op} has no PASS" for op in self.started.ops if op not in done]
        if self.sealed is None:
            lacking.append("the unit was not sealed")
        if not self.proved:
            lacking.append("nothing on the chip was proved")
        if self.unrestored is not None:
            lacking.append("what erasing everything took from the chip was not put back")
        if self.device_id is None:
            lacking.append("no witness named the unit")
        contacts = any(one.cloud_attempts or one.network_attempts for one in self.silent)
        if contacts or (self.sealed is not None and self.sealed.cloud_attempts):
            lacking.append("the unit tried to reach the cloud")
        if any(one.outcome is not Outcome.PASS for one in self.measured):
            lacking.append("a measurement is out of its limits")
        return lacking


def fold(record: Record | None, event: Event) -> Record | None:
    """The record after one more event; None until the run has started."""
    body = event.body
    if record is None:
        if isinstance(body, RunStarted) and event.run is not None:
            return Record(run=event.run, started=body, started_at=event.at, events=1)
        return None
    if event.run != record.run:
        return record
    more: dict[str, object] = {"events": record.events + 1}
    match body:
        case StepStarted():
            more["current"] = body
        case StepFinished():
            more |= {"steps": (*record.steps, body), "current": None}
        case Identified():
            more["identified"] = (*record.identified, body)
        case Planned():
            more["planned"] = (*record.planned, body)
        case Kept():
            more["unrestored"] = body
        case Restored():
            more["unrestored"] = None
        case Recovering():
            more["recoverings"] = (*record.recoverings, body)
        case Recovered():
            pass
        case Flashed():
            more["flashed"] = (*record.flashed, body)
        case Programmed():
            more["programmed"] = (*record.programmed, body)
        case Proved():
            more["proved"] = (*record.proved, body)
        case Booted():
            more["booted"] = (*record.booted, body)
        case Measured():
            more["measured"] = (*record.measured, body)
        case Silent():
            more["silent"] = (*record.silent, body)
        case Sealed():
            more["sealed"] = body
        case PreAddRequested():
            more["preadd"] = body
        case RunFinished():
            more |= {"finished": body, "finished_at": event.at, "current": None}
        case RunStarted() | StationStarted() | StationRefused() | ScanRefused() | PreAddExported():
            return record
        case unknown:
            assert_never(unknown)
    return record.model_copy(update=more)


def record_of(events: Iterable[Event]) -> Record | None:
    """The record of one run's events, in order."""
    record: Record | None = None
    for event in events:
        record = fold(record, event)
    return record


def records_of(events: Iterable[Event]) -> list[Record]:
    """The records of all runs among these events, in the order in which the runs started."""
    records: dict[RunId, Record | None] = {}
    for event in events:
        if event.run is not None:
            records[event.run] = fold(records.get(event.run), event)
    return [record for record in records.values() if record is not None]

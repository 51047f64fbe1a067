"""One run as a JSON document; the same events give the same bytes, whenever and wherever they are written."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field

from station.domain.events import (
    Answered,
    Bound,
    Checked,
    Event,
    Flashed,
    Identified,
    Measured,
    MeterVerdict,
    OrderName,
    Planned,
    PreAddRequested,
    Programmed,
    Prompted,
    Proved,
    Rebooted,
    Recovering,
    RunStarted,
    Silent,
    StepFinished,
    StepStarted,
    SystemMode,
)
from station.domain.ids import DeviceId, Iccid, RunId, SerialNumber, run_id
from station.domain.limits import Limit, Number
from station.domain.meter import unwinding
from station.domain.outcome import Outcome
from station.domain.profile import BANNERS, CHECKLIST
from station.domain.record import Record
from station.domain.shift_facts import Approval, NestLocked, ReferenceJudged, StopRequested
from station.report.files import atomic_write, make_folder
from station.report.times import utc

VERSION: Literal[1] = 1


class Unit(BaseModel, frozen=True, extra="forbid"):
    """Who the unit is, by every witness."""

    device_id: DeviceId | None
    serial: SerialNumber | None
    iccid: Iccid | None
    order: OrderName | None = Field(description="the order whose list names the unit")
    bound: Bound | None = Field(description="what belongs together from this run on, as all witnesses agreed")
    label_device_id: DeviceId | None
    label_serial: SerialNumber | None
    witnesses: tuple[Identified, ...]


class StepLine(BaseModel, frozen=True, extra="forbid"):
    """One operation as it went; without an end when the run broke off in it."""

    op: int
    do: str
    started_at: str | None
    finished_at: str | None
    seconds: float | None
    outcome: Outcome | None
    code: str = ""
    detail: str = ""
    remedy: str = ""
    attempt: int = 1


class Reading(BaseModel, frozen=True, extra="forbid"):
    """One measured value with the limit that judged it."""

    op: int
    name: str
    value: Number
    limit: Limit
    outcome: Outcome
    attempt: int
    source: str
    at: str


class Boot(BaseModel, frozen=True, extra="forbid"):
    """One time that firmware was let run: which, in which declared mode, and for how long."""

    op: int
    firmware: str
    sha256: str
    mode: SystemMode
    seconds: float | None = Field(description="until it was stopped; null when nobody saw that")
    asked: bool = Field(description="whether its contact counters were read before it was stopped")


class Meter(BaseModel, frozen=True, extra="forbid"):
    """What the evidence says of the unit's contact with the cloud during this run."""

    verdict: MeterVerdict
    conclusion: str
    reasons: tuple[str, ...]
    sealed: bool
    boots: tuple[Boot, ...]
    cloud_attempts: int = Field(description="cloud:connatt, as the firmware counted, over all boots")
    seconds_powered: float | None = None
    seconds_running: float | None = None
    answers: tuple[Silent, ...]
    rebooted: tuple[Rebooted, ...]
    to_do: tuple[str, ...] = Field(description="what a person must do about it")


class People(BaseModel, frozen=True, extra="forbid"):
    """Who did what; names are empty where nobody has to sign in."""

    operator: str = Field(description="who scanned the label")
    typed: bool = Field(description="the label was typed, not scanned")
    approvals: tuple[Approval, ...] = Field(description="what somebody allowed for this run, each used once")
    stops: tuple[StopRequested, ...]


class Place(BaseModel, frozen=True, extra="forbid"):
    """Where in the journal the run's events stand."""

    first: int
    last: int
    events: int


class RunDocument(BaseModel, frozen=True, extra="forbid"):
    """One run of one unit; times are RFC 3339 UTC, lengths of time are seconds by the station's clock."""

    version: Literal[1] = VERSION
    run: RunId
    outcome: Outcome | None = Field(description="null while the run is open")
    code: str
    detail: str
    remedy: str
    missing: tuple[str, ...] = Field(description="what a PASS lacks")
    repeated: tuple[int, ...] = Field(description="operations that needed more than one attempt")
    started_at: str
    finished_at: str | None
    seconds: float = Field(description="sum of the operations' times")
    warning: str = Field(description="empty for an offline run; else what to know of its profile")
    checklist: tuple[str, ...] = Field(description="what a person must do for this unit besides")
    people: People
    unit: Unit
    inputs: RunStarted
    steps: tuple[StepLine, ...]
    measured: tuple[Reading, ...]
    checked: tuple[Checked, ...]
    prompted: tuple[Prompted, ...]
    answered: tuple[Answered, ...]
    planned: tuple[Planned, ...]
    flashed: tuple[Flashed, ...]
    recoverings: tuple[Recovering, ...]
    programmed: tuple[Programmed, ...]
    proved: tuple[Proved, ...]
    meter: Meter
    reference: ReferenceJudged | None = Field(description="of a reference unit: what it must be, and what came out")
    locked: tuple[NestLocked, ...] = Field(description="what this run locked its nest for")
    preadd: PreAddRequested | None
    journal: Place


def run_document(record: Record, events: Sequence[Event]) -> dict[str, object]:
    """A run's document, from its record and all its events. Raises ValueError when they are not of the same run."""
    if any(event.run != record.run for event in events) or len(events) != record.events:
        raise ValueError(f"these are not the {record.events} events of run {record.run}")
    ended = record.finished
    label = record.started.label
    document = RunDocument(
        run=record.run,
        outcome=record.outcome,
        code=ended.code if ended else "",
        detail=ended.detail if ended else "",
        remedy=ended.remedy if ended else "",
        missing=tuple(record.missing()),
        repeated=record.repeated,
        started_at=utc(record.started_at),
        finished_at=None if record.finished_at is None else utc(record.finished_at),
        seconds=record.seconds,
        warning=BANNERS[record.started.profile],
        checklist=CHECKLIST[record.started.profile],
        people=People(
            operator=record.started.operator,
            typed=record.started.typed,
            approvals=record.started.approvals,
            stops=record.stop_requested,
        ),
        unit=Unit(
            device_id=record.device_id,
            serial=record.serial,
            iccid=record.iccid,
            order=record.order,
            bound=record.bound,
            label_device_id=label.device_id,
            label_serial=label.serial,
            witnesses=record.identified,
        ),
        inputs=record.started,
        steps=tuple(_steps(events)),
        measured=tuple(_readings(events)),
        checked=record.checked,
        prompted=record.prompted,
        answered=record.answered,
        planned=record.planned,
        flashed=record.flashed,
        recoverings=record.recoverings,
        programmed=record.programmed,
        proved=record.proved,
        meter=_meter(record),
        reference=record.reference,
        locked=record.locked,
        preadd=record.preadd,
        journal=Place(first=events[0].seq, last=events[-1].seq, events=len(events)),
    )
    return document.model_dump(mode="json")


def document_bytes(document: dict[str, object]) -> bytes:
    """A document as it is written: UTF-8, two blanks of indent, keys in the schema's order, LF at the end."""
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def write_run(folder: Path, record: Record, events: Sequence[Event]) -> Path:
    """Write a run's document as `<run id>.json`; again if it is there, with the same bytes for the same events.

    The name comes from the run id and nothing else. Raises the faults of domain.places, and NotAnId.
    """
    name = run_id(record.run)
    make_folder(folder)
    return atomic_write(folder / f"{name}.json", document_bytes(run_document(record, events)))


def schema() -> dict[str, object]:
    """The JSON Schema of a run's document."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **RunDocument.model_json_schema(mode="serialization"),
    }


def _steps(events: Sequence[Event]) -> list[StepLine]:
    """Each attempt of each operation, in order; a start and the end that follows it make one line."""
    lines: list[StepLine] = []
    begun: tuple[StepStarted, str] | None = None
    for event in events:
        match event.body:
            case StepStarted() as started:
                if begun is not None:
                    lines.append(_line(begun, None, None))
                begun = (started, utc(event.at))
            case StepFinished() as finished:
                lines.append(_line(begun, finished, utc(event.at)))
                begun = None
            case _:
                continue
    return lines if begun is None else [*lines, _line(begun, None, None)]


def _line(begun: tuple[StepStarted, str] | None, finished: StepFinished | None, at: str | None) -> StepLine:
    started_at = None if begun is None else begun[1]
    if finished is not None:
        return StepLine(started_at=started_at, finished_at=at, **finished.model_dump(exclude={"kind"}))
    op, do, attempt = (0, "", 1) if begun is None else (begun[0].op, begun[0].do, begun[0].attempt)
    return StepLine(op=op, do=do, attempt=attempt, started_at=started_at, finished_at=None, seconds=None, outcome=None)


def _readings(events: Sequence[Event]) -> list[Reading]:
    found = [(event.body, utc(event.at)) for event in events if isinstance(event.body, Measured)]
    return [Reading(**one.model_dump(exclude={"kind", "limit"}), limit=one.limit, at=at) for one, at in found]


def _meter(record: Record) -> Meter:
    judged, sealed = record.meter, record.sealed
    cellular = record.metered is None or record.metered.radio == "cellular"
    stops = [*(one.seconds for one in record.stopped), *[None] * len(record.booted)]
    return Meter(
        verdict=judged.verdict,
        conclusion=judged.conclusion,
        reasons=judged.reasons,
        sealed=sealed is not None,
        boots=tuple(
            Boot(
                op=one.op,
                firmware=one.firmware,
                sha256=one.sha256,
                mode=one.mode,
                seconds=stopped,
                asked=number not in judged.unread,
            )
            for number, (one, stopped) in enumerate(zip(record.booted, stops, strict=False), start=1)
        ),
        cloud_attempts=sum(one.cloud_attempts for one in record.silent if one.when != "early"),
        seconds_powered=sealed.seconds_powered if sealed else None,
        seconds_running=sealed.seconds_running if sealed else None,
        answers=record.silent,
        rebooted=record.rebooted,
        to_do=unwinding(judged.verdict, cellular),
    )

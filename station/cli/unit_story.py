"""Everything that a journal knows of one unit: its names, its runs, its orders, what waits and what must be undone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, Field

from station.codec.order_words import IDENTIFIERS, words_of
from station.domain.events import (
    Bound,
    Checked,
    Event,
    Identified,
    Measured,
    MeterVerdict,
    PreAddExported,
    PreAddRequested,
    Programmed,
    Unbound,
)
from station.domain.ids import DeviceId, Iccid, NotAnId, RunId, SerialNumber, run_id, serial_number
from station.domain.outcome import Outcome
from station.domain.record import Record, records_of, stations_of
from station.domain.shift_facts import Approval, Expect
from station.domain.unwind import Suspect, suspects
from station.journal.entries import Entries
from station.journal.outbox import outbox
from station.report.times import utc


class SeveralUnits(Exception):
    """A name that more than one unit has or had; `devices` are their device ids."""

    def __init__(self, devices: Iterable[DeviceId]) -> None:
        self.devices = tuple(sorted(devices))
        super().__init__(", ".join(self.devices))


class Binding(BaseModel, frozen=True, extra="forbid"):
    """Names that were found to belong together; `released` is why they no longer count."""

    device_id: DeviceId
    serial: SerialNumber | None = None
    iccid: Iccid | None = None
    imei: str | None = None
    run: RunId | None = None
    at: str
    released: str | None = None
    released_at: str | None = None


class OpLine(BaseModel, frozen=True, extra="forbid"):
    """One attempt at an operation."""

    op: int
    do: str
    attempt: int
    outcome: Outcome
    code: str
    detail: str
    seconds: float


class RunStory(BaseModel, frozen=True, extra="forbid"):
    """One run that saw this unit; times are RFC 3339 UTC. Without an outcome it is open."""

    run: RunId
    station: str
    nest: int
    started_at: str
    finished_at: str | None
    outcome: Outcome | None
    code: str
    detail: str
    recipe: str
    release: str
    factory_test: str
    platform: str
    operator: str
    reference: Expect | None
    approvals: tuple[Approval, ...]
    other: DeviceId | None = Field(description="another unit's chip that lay under this unit's label")
    ops: tuple[OpLine, ...]
    out_of_limits: tuple[Measured, ...]
    not_as_expected: tuple[Checked, ...]
    programmed: tuple[Programmed, ...]
    guard: MeterVerdict
    guard_says: str
    guard_reasons: tuple[str, ...]
    boots: int | None = Field(description="how often firmware was let run; null without a seal")
    order: str | None


class Import(BaseModel, frozen=True, extra="forbid"):
    """Where the unit stands on its way into the product."""

    waiting_since: str | None = None
    held_back: str | None = Field(default=None, description="why it is on no list although it passed")
    file: str | None = Field(default=None, description="the import list that names it")
    exported_at: str | None = None


class InOrder(BaseModel, frozen=True, extra="forbid"):
    """An order whose list names the unit."""

    order: str
    closed: str | None
    in_product: bool


class UnitStory(BaseModel, frozen=True, extra="forbid"):
    """A unit's whole story, oldest first."""

    device_id: DeviceId | None
    serial: SerialNumber | None
    iccid: Iccid | None
    imei: str | None
    bound: tuple[Binding, ...]
    released: tuple[str, ...] = Field(description="bindings that a person took back, and why")
    orders: tuple[InOrder, ...]
    in_product: str | None = Field(description="why it is taken to be in the product already")
    runs: tuple[RunStory, ...]
    outbox: Import
    unwind: tuple[Suspect, ...]

    @property
    def empty(self) -> bool:
        """Whether nothing at all is known."""
        return not (self.bound or self.released or self.orders or self.in_product or self.runs or self.unwind)


@dataclass(frozen=True, slots=True)
class Names:
    """What a unit is called."""

    device: DeviceId | None = None
    serial: SerialNumber | None = None
    iccid: Iccid | None = None
    imei: str | None = None
    run: RunId | None = None

    @property
    def all(self) -> frozenset[str]:
        return frozenset(one for one in (self.device, self.serial, self.iccid, self.imei) if one)


def names_of(text: str) -> Names:
    """What a person typed: a device id, a serial number, a SIM's or a modem's number, or a run. Raises NotAnId."""
    match [(one.sort.name, one.value) for one in words_of(text) if one.sort in IDENTIFIERS]:
        case [("DEVICE_ID", value)]:
            return Names(device=DeviceId(value))
        case [("SERIAL", value)]:
            return Names(serial=SerialNumber(value))
        case [("ICCID", value)]:
            return Names(iccid=Iccid(value))
        case [("IMEI", value)]:
            return Names(imei=value)
        case []:
            pass
        case _:
            raise NotAnId("name one unit, by one of its names")
    try:
        return Names(run=run_id(text.strip()))
    except NotAnId:
        return Names(serial=serial_number(text.upper()))


def unit_story(journal: Entries, asked: Names) -> UnitStory:
    """The story of the unit that is called so. Raises SeveralUnits, NotAnId for a run that is not there."""
    events = list(journal.events())
    records = records_of(events)
    bindings = _bindings(events)
    names = _whole(asked, bindings, records)
    box = outbox(events)
    seen = [one for one in records if _saw(one, names)]
    runs = {one.run for one in seen} | ({asked.run} if asked.run else set())
    stations = stations_of(events)
    known = journal.known(names.device, names.serial, names.iccid)
    mine = [one for one in bindings if one.device_id == names.device or (names.device is None and _of(one) & names.all)]
    held = next((one.why for one in box.withheld if one.device_id == names.device), None)
    waits = next((utc(one.at) for one in box.pending if one.device_id == names.device), None)
    return UnitStory(
        device_id=names.device,
        serial=names.serial,
        iccid=names.iccid,
        imei=names.imei,
        bound=tuple(one for one in mine if one.released is None),
        released=known.released,
        orders=tuple(
            InOrder(order=one.order, closed=one.closed, in_product=one.in_product)
            for one in (*known.listed, *known.closed)
        ),
        in_product=known.in_product,
        runs=tuple(_run(one, names, stations.get(one.run, "")) for one in records if one.run in runs),
        outbox=_exported(events, names.device) or Import(waiting_since=waits, held_back=held),
        unwind=tuple(
            one
            for one in suspects(events)
            if one.run in runs or (names.device is not None and one.device_id == names.device)
        ),
    )


def _bindings(events: Sequence[Event]) -> list[Binding]:
    """Every binding, in order; of those that say the same the first."""
    found: list[Binding] = []
    for event in events:
        match event.body:
            case Bound(device_id=device, serial=serial, iccid=iccid, imei=imei):
                new = Binding(device_id=device, serial=serial, iccid=iccid, imei=imei, run=event.run, at=utc(event.at))
            case PreAddRequested(device_id=device, serial=serial):
                new = Binding(device_id=device, serial=serial, run=event.run, at=utc(event.at))
            case Unbound(device_id=device, why=why):
                update = {"released": why, "released_at": utc(event.at)}
                found = [
                    one.model_copy(update=update) if one.device_id == device and one.released is None else one
                    for one in found
                ]
                continue
            case _:
                continue
        if not any(_of(new) <= _of(one) and one.released is None for one in found):
            found.append(new)
    return found


def _of(one: Binding) -> frozenset[str]:
    return frozenset(name for name in (one.device_id, one.serial, one.iccid, one.imei) if name)


def _whole(asked: Names, bindings: Sequence[Binding], records: Sequence[Record]) -> Names:
    """All names of the unit that has the one that was asked for. Raises SeveralUnits, NotAnId."""
    if asked.run is not None:
        record = next((one for one in records if one.run == asked.run), None)
        if record is None:
            raise NotAnId("there is no such run in this journal")
        asked = Names(device=record.device_id, serial=record.serial, run=asked.run)
    holding = [one for one in bindings if one.released is None]
    devices = {one.device_id for one in holding if _of(one) & asked.all} if asked.device is None else {asked.device}
    if len(devices) > 1:
        raise SeveralUnits(devices)
    if not devices:
        # Nothing is bound: the chip that lay under this name, if it was one and only one.
        told = {one.device_id for one in records if asked.all & _names(one) and one.device_id}
        devices = told if len(told) == 1 else set()
    device = next(iter(devices), None)
    own = [one for one in holding if one.device_id == device]
    last = next((one for one in reversed(records) if device is not None and one.device_id == device), None)
    theirs = {name for one in holding if one.device_id != device for name in _of(one)}
    serials = [*(one.serial for one in reversed(own)), asked.serial, last.serial if last else None]
    sims = [*(one.iccid for one in reversed(own)), asked.iccid, last.iccid if last else None]
    return Names(
        device=device,
        serial=next((one for one in serials if one and one not in theirs), None),
        iccid=next((one for one in sims if one and one not in theirs), None),
        imei=next((one.imei for one in reversed(own) if one.imei), asked.imei),
        run=asked.run,
    )


def _witnesses(record: Record) -> list[Identified]:
    """Who saw the unit itself: an order's list saw nobody."""
    return [one for one in record.identified if one.by != "order"]


def _chips(record: Record) -> set[str]:
    label = record.started.label.device_id
    return {one.device_id for one in _witnesses(record) if one.device_id} | ({label} if label else set())


def _names(record: Record) -> set[str]:
    told = {name for one in _witnesses(record) for name in (one.serial, one.iccid, one.imei) if name}
    return told | _chips(record) | ({str(record.started.label.serial)} if record.started.label.serial else set())


def _saw(record: Record, names: Names) -> bool:
    """Whether a run saw this unit: its chip; any of its names where no chip was read; its label on another's chip."""
    return (names.device in _chips(record)) or bool(names.all & _names(record))


def _run(record: Record, names: Names, station: str) -> RunStory:
    started, ended, guard = record.started, record.finished, record.meter
    other = record.device_id if names.device not in (None, record.device_id) else None
    return RunStory(
        run=record.run,
        station=station,
        nest=started.nest,
        started_at=utc(record.started_at),
        finished_at=None if record.finished_at is None else utc(record.finished_at),
        outcome=record.outcome,
        code=ended.code if ended else "",
        detail=ended.detail if ended else "",
        recipe=f"{started.recipe} {started.revision}",
        release=started.release,
        factory_test=started.factory_test,
        platform=started.platform,
        operator=started.operator,
        reference=started.reference,
        approvals=started.approvals,
        other=other,
        ops=tuple(OpLine.model_validate(one.model_dump(exclude={"kind", "remedy"})) for one in record.steps),
        out_of_limits=tuple(one for one in record.measured if one.outcome is not Outcome.PASS),
        not_as_expected=tuple(one for one in record.checked if one.outcome is not Outcome.PASS),
        programmed=record.programmed,
        guard=record.metered.verdict if record.metered else guard.verdict,
        guard_says=record.metered.conclusion if record.metered else guard.conclusion,
        guard_reasons=record.metered.reasons if record.metered else guard.reasons,
        boots=record.sealed.boots if record.sealed else None,
        order=record.order,
    )


def _exported(events: Sequence[Event], device: DeviceId | None) -> Import | None:
    for event in events:
        match event.body:
            case PreAddExported(file=file, device_ids=devices) if device in devices:
                return Import(file=file, exported_at=utc(event.at))
            case _:
                continue
    return None

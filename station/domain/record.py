"""The sum of one run's events."""

from collections.abc import Iterable, Sequence

from pydantic import BaseModel

from station.domain.events import (
    Answered,
    Booted,
    Bound,
    Checked,
    Event,
    Flashed,
    Identified,
    Kept,
    Measured,
    Metered,
    OrderClosed,
    OrderImported,
    OrderName,
    Planned,
    PreAddExported,
    PreAddRequested,
    Programmed,
    Prompted,
    Proved,
    Rebooted,
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
    Stopped,
    Unbound,
    Unwound,
)
from station.domain.fact import Fact
from station.domain.ids import DeviceId, Iccid, RunId, SerialNumber
from station.domain.meter import Evidence, Judgement, judge
from station.domain.outcome import Outcome, worst
from station.domain.platform import Radio, platform_named
from station.domain.safety_facts import Energised, MadeSafe, Unwatched, WatchdogTried
from station.domain.shift_facts import (
    ActionRefused,
    Approved,
    LanguageChosen,
    LeadCalled,
    LeadCame,
    NestLocked,
    NestReleased,
    PeopleSealed,
    PersonRemoved,
    PersonSet,
    PinLocked,
    PinSet,
    PinUnlocked,
    RecipeAccepted,
    ReferenceJudged,
    ReferenceLifted,
    SignedIn,
    SignedOut,
    SignInRefused,
    StopRequested,
)


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
    stopped: tuple[Stopped, ...] = ()
    measured: tuple[Measured, ...] = ()
    checked: tuple[Checked, ...] = ()
    prompted: tuple[Prompted, ...] = ()
    answered: tuple[Answered, ...] = ()
    silent: tuple[Silent, ...] = ()
    rebooted: tuple[Rebooted, ...] = ()
    unwatched: tuple[Unwatched, ...] = ()
    may_run: bool = False
    """The nest has power and its reset is free, as far as the record tells."""
    stop_requested: tuple[StopRequested, ...] = ()
    locked: tuple[NestLocked, ...] = ()
    reference: ReferenceJudged | None = None
    bound: Bound | None = None
    sealed: Sealed | None = None
    metered: Metered | None = None
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
    def iccid(self) -> Iccid | None:
        """As the modem says, else as the order's list says."""
        told = {one.by: one.iccid for one in self.identified if one.iccid}
        return told.get("modem") or next(iter(told.values()), None)

    @property
    def order(self) -> OrderName | None:
        """The order whose list names this unit."""
        return next((one.order for one in self.identified if one.order), None)

    @property
    def seconds(self) -> float:
        """Sum of the operations' times, as the station's clock counted them."""
        return sum(step.seconds for step in self.steps)

    def verdict(self) -> Outcome:
        """What the evidence supports. PASS needs every operation of the sheet, the seal and the proof behind it."""
        ended = worst(step.outcome for step in self.last_attempts)
        if ended is Outcome.PASS and self.missing():
            return Outcome.ERROR
        return ended

    def missing(self) -> list[str]:
        """What a PASS still lacks, as sentences."""
        done = {step.op for step in self.last_attempts if step.outcome is Outcome.PASS}
        lacking = [f"op {op} has no PASS" for op in self.started.ops if op not in done]
        if self.sealed is None:
            lacking.append("the unit was not sealed")
        if not self.proved:
            lacking.append("nothing on the chip was proved")
        if self.unrestored is not None:
            lacking.append("what erasing everything took from the chip was not put back")
        if self.device_id is None:
            lacking.append("no witness named the unit")
        if self.may_run:
            lacking.append("nobody saw that reset is held and the power is off")
        meter = self.meter
        if meter.verdict != "no_evidence":
            lacking += meter.reasons
        lacking += [f"boot {boot}: its contact counters were not read" for boot in meter.unread]
        final = {(one.op, one.attempt) for one in self.last_attempts}
        if any(one.outcome is not Outcome.PASS for one in self.measured if (one.op, one.attempt) in final):
            lacking.append("a measurement is out of its limits")
        if any(one.outcome is not Outcome.PASS for one in self.checked if (one.op, one.attempt) in final):
            lacking.append("an answer is not as expected")
        return lacking

    @property
    def last_attempts(self) -> tuple[StepFinished, ...]:
        """How each operation ended in the end, in order."""
        return tuple({step.op: step for step in self.steps}.values())

    @property
    def at_first_try(self) -> bool:
        """True while no operation needed another attempt."""
        return not self.repeated

    @property
    def repeated(self) -> tuple[int, ...]:
        """The operations that needed more than one attempt."""
        return tuple(dict.fromkeys(step.op for step in self.steps if step.attempt > 1))

    @property
    def stands_still(self) -> bool:
        """The chip's core was caught, and stopped after every boot since."""
        caught = any(one.by == "swd" and one.device_id for one in self.identified)
        return caught and len(self.stopped) >= len(self.booted)

    @property
    def meter(self) -> Judgement:
        """What the billing guard makes of the run so far."""
        return judge(self.evidence)

    @property
    def _cut_off(self) -> list[Unwatched]:
        """What it means that the station died in this run: what the record does not tell is no evidence of silence."""
        if self.outcome is not Outcome.INTERRUPTED:
            return []
        if self.started.tells_power:
            return unwatched(self, "the station stopped")
        begun = self.identified or self.steps
        told = "the station stopped, and its journal does not tell whether the unit had power"
        return [Unwatched(detail=told)] if begun and self.sealed is None else []

    @property
    def evidence(self) -> Evidence:
        """What the billing guard judges by."""
        sealed = self.sealed
        return Evidence(
            boots=self.booted,
            readings=self.silent,
            rebooted=self.rebooted,
            unwatched=(*self.unwatched, *self._cut_off),
            faults=tuple(step.code for step in self.steps if step.code),
            sealed_attempts=sealed.cloud_attempts if sealed else 0,
        )


_LISTED: dict[type[Fact], str] = {
    Identified: "identified",
    Planned: "planned",
    Flashed: "flashed",
    Recovering: "recoverings",
    Programmed: "programmed",
    Proved: "proved",
    Booted: "booted",
    Stopped: "stopped",
    Measured: "measured",
    Checked: "checked",
    Prompted: "prompted",
    Answered: "answered",
    Silent: "silent",
    Rebooted: "rebooted",
    Unwatched: "unwatched",
    StopRequested: "stop_requested",
    NestLocked: "locked",
}
"""Facts of which a run has many: each is added to what it names."""

_KEPT: dict[type[Fact], str] = {
    Bound: "bound",
    Kept: "unrestored",
    Sealed: "sealed",
    Metered: "metered",
    PreAddRequested: "preadd",
    ReferenceJudged: "reference",
}
"""Facts of which the last one counts."""

_ELSEWHERE = (
    RunStarted,
    StationStarted,
    StationRefused,
    ScanRefused,
    PreAddExported,
    OrderImported,
    OrderClosed,
    Unbound,
    Unwound,
    WatchdogTried,
    PersonSet,
    PeopleSealed,
    PersonRemoved,
    PinSet,
    SignedIn,
    SignedOut,
    SignInRefused,
    PinLocked,
    PinUnlocked,
    ActionRefused,
    Approved,
    LeadCalled,
    LeadCame,
    NestReleased,
    LanguageChosen,
    RecipeAccepted,
    ReferenceLifted,
)
"""Facts that are no run's, and the one that a run begins with."""


def fold(record: Record | None, event: Event) -> Record | None:
    """The record after one more event; None until the run has started."""
    body = event.body
    if record is None:
        if isinstance(body, RunStarted) and event.run is not None:
            return Record(run=event.run, started=body, started_at=event.at, events=1)
        return None
    if event.run != record.run or isinstance(body, _ELSEWHERE):
        return record
    more: dict[str, object] = {"events": record.events + 1}
    match body:
        case StepStarted():
            more["current"] = body
        case StepFinished():
            more |= {"steps": (*record.steps, body), "current": None}
        case Restored():
            more["unrestored"] = None
        case Recovered():
            pass
        case Energised() | MadeSafe():
            more["may_run"] = isinstance(body, Energised)
        case RunFinished():
            more |= {"finished": body, "finished_at": event.at, "current": None}
        case _ if name := _LISTED.get(type(body)):
            more[name] = (*_list(record, name), body)
        case _:
            more[_KEPT[type(body)]] = body
    return record.model_copy(update=more)


def _list(record: Record, name: str) -> tuple[Fact, ...]:
    found: tuple[Fact, ...] = vars(record)[name]
    return found


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


def stations_of(events: Iterable[Event]) -> dict[RunId, str]:
    """At which station each run began, by the name that its file gave it at the start before."""
    name, found = "", dict[RunId, str]()
    for event in events:
        match event.body:
            case StationStarted(station=station):
                name = station
            case RunStarted() if event.run is not None:
                found[event.run] = name
            case _:
                continue
    return found


def with_facts(record: Record | None, bodies: Iterable[Fact]) -> Record | None:
    """The record as it will be once these facts of its run are stored."""
    for body in bodies:
        if record is not None:
            record = fold(record, Event.model_validate({"seq": 0, "run": record.run, "at": 0, "body": body}))
    return record


def unwatched(record: Record | None, why: str) -> list[Unwatched]:
    """That nobody watches this run's unit any more, for a reason; nothing where it cannot run."""
    if record is None or not record.may_run:
        return []
    seconds = record.started.watchdog
    bound = f"within {seconds:g} s the fixture's watchdog takes its power" if seconds else "its fixture has no watchdog"
    return [Unwatched(detail=f"{why} while the unit had power and its reset was free; {bound}")]


def metered_of(record: Record | None, earlier: Sequence[RunId] = ()) -> list[Metered]:
    """The billing guard's verdict on this run as a fact; nothing for a run that never began.

    `earlier` are runs of this unit before in which it may have connected, and that nobody has judged.
    """
    if record is None:
        return []
    judged = record.meter
    earlier = [run for run in earlier if run != record.run]
    before = f"; it may have connected in run {', '.join(earlier)}, which nobody has judged yet" if earlier else ""
    platform = platform_named(record.started.platform)
    wifi = platform is not None and platform.radio is Radio.WIFI
    return [
        Metered(
            verdict=judged.verdict,
            reasons=judged.reasons,
            conclusion=judged.conclusion + before,
            device_id=record.device_id,
            serial=record.serial,
            iccid=record.iccid,
            radio="wifi" if wifi else "cellular",
            earlier=tuple(earlier),
        )
    ]

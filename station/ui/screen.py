"""What is shown of a line, as a fold of what the bus says; the same for every kind of screen and language."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from station.domain.events import Event, Progressed, Prompted, RunFinished, RunStarted, ScanRefused, StationStarted
from station.domain.faults import FixtureRefused, FixtureSilent, JournalFull, JournalMoved, NoWatchdog, ScannerLost
from station.domain.label import Label
from station.domain.nest import READY, State
from station.domain.outcome import Outcome
from station.domain.people import Role
from station.domain.profile import BANNERS
from station.domain.ready import Item, ItemCode
from station.domain.record import Record, fold
from station.domain.refusals import Code
from station.domain.shift_facts import Approved, Expect, LeadCalled, LeadCame, NestReleased, ReferenceJudged, SignedIn
from station.engine.bus import (
    Aimed,
    AtWork,
    Checked,
    Earlier,
    Found,
    Heard,
    Ignored,
    Moved,
    Moving,
    PinWanted,
    Stored,
    Trouble,
    Turned,
    Waiting,
)
from station.ui.shift import Shift
from station.ui.words import moved_key

_SEEN_BY: Mapping[str, ItemCode] = {
    Code.JOURNAL_MOVED: "JOURNAL",
    JournalMoved.code: "JOURNAL",
    Code.DISK_LOW: "DISK",
    JournalFull.code: "DISK",
    ScannerLost.code: "SCANNER",
    **dict.fromkeys((FixtureSilent.code, FixtureRefused.code, NoWatchdog.code), "FIXTURE"),
}
"""The part of the station check that sees when a trouble is over."""


@dataclass(frozen=True, slots=True)
class NestView:
    """One nest: its state and since when, the operator's sentence, its unit and how far the run is.

    `told` is the code of the sentence in every language; `runs` counts the runs of this unit in this shift.
    """

    nest: int
    state: State = State.EMPTY
    tell: str = READY
    label: Label | None = None
    record: Record | None = None
    part: float = 0.0
    doing: str = ""
    told: str = "nest.empty.start"
    since: int = 0
    runs: int = 0
    question: Prompted | None = None
    reference: Expect | None = None
    free: bool = False
    seated: bool | None = False
    released: bool = False
    """Whether a person unlocked the nest while the unit that is seen in it was in it."""

    @property
    def takes_label(self) -> bool:
        """Whether the next label may go here."""
        return self.state is State.EMPTY or self.free


@dataclass(frozen=True, slots=True)
class Scanned:
    """The last scan and what became of it: the nest that took it, or why none did."""

    at: int
    label: Label | None = None
    nest: int | None = None
    code: str = ""
    length: int = 0


@dataclass(slots=True)
class Screen:
    """Everything a screen shows; `hear` is all that changes it. Times are µs since 1970 UTC."""

    nests: dict[int, NestView] = field(default_factory=dict)
    outcomes: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    trouble: Trouble | None = None
    trouble_at: int = 0
    scanned: Scanned | None = None
    started: StationStarted | None = None
    last_start: int | None = None
    shift: Shift = field(default_factory=Shift)
    warning: str = ""
    """What stands in red on every screen: this line makes units that go online."""
    ignored: Ignored | None = None
    ignored_at: int = 0
    typing: str = ""
    at_work: AtWork | None = None
    """Who works here; None while nothing was told of people."""
    waiting: Waiting | None = None
    waiting_at: int = 0
    pin: PinWanted | None = None
    pin_at: int = 0
    aimed: int | None = None
    """The nest that somebody named for the next label."""
    lead_called: int | None = None
    """When the line lead was called, while nobody has come."""
    turned: int | None = None
    """The nest whose question a scan answers."""
    checks: tuple[Item, ...] = ()
    references_right: frozenset[str] = frozenset()
    """Reference units that came out as they must since the station was checked last."""

    def hear(self, heard: Heard, at: int = 0) -> None:
        """Take in one thing that happened at this moment."""
        match heard:
            case Moved():
                self._move(heard, at)
            case Moving(nest=nest, progressed=progressed):
                self.nests[nest] = replace(self._view(nest), part=progressed.part, doing=doing(progressed))
            case Stored(nest=nest, event=event):
                self._store(nest, event)
            case Trouble():
                self.trouble, self.trouble_at, self.ignored = heard, at, None
            case Ignored():
                self.ignored, self.ignored_at = heard, at
            case Found(nest=nest, record=record):
                self.nests[nest] = replace(self._view(nest), record=record, label=record.started.label)
            case Earlier(records=records):
                self._count(records)
            case AtWork():
                self.at_work = heard
                self._no_news()
            case Waiting():
                self.waiting, self.waiting_at = heard if heard.action is not None else None, at
            case PinWanted():
                self.pin, self.pin_at = heard if heard.name is not None else None, at
            case Aimed(nest=nest):
                self.aimed = nest
            case Turned(nest=nest):
                self.turned = nest
            case Checked(items=items):
                self._check(items)

    @property
    def references_due(self) -> list[str]:
        """The serial numbers of the reference units that have to be tested before any other unit is."""
        due = next((one for one in self.checks if one.code == "REFERENCES" and one.state == "due"), None)
        serials = due.values.get("serials", "") if due is not None else ""
        return [one for one in serials.split(", ") if one and one not in self.references_right]

    @property
    def asked(self) -> NestView | None:
        """The nest whose question the band asks, and a scan answers; None where none is open."""
        asking = [one for one in self.nests.values() if one.state is State.ASKING and one.question is not None]
        # Until the station says which: it asks the one first that waits longest.
        return min(asking, key=lambda one: (one.nest != self.turned, one.since, one.nest), default=None)

    def _count(self, records: Iterable[Record]) -> None:
        """Runs that ended before this start of the station are a part of the shift; nothing else was counted yet."""
        self.shift, self.outcomes = Shift(), dict.fromkeys(Outcome, 0)
        for record in records:
            self.last_start = record.started_at
            if record.finished is not None:
                self.shift.add(record)
            if record.finished is not None and record.started.reference is None:
                self.outcomes[record.finished.outcome] += 1

    def _check(self, items: tuple[Item, ...]) -> None:
        """What was wrong with the station is no news any more once the station has seen that it is right again."""
        broken = {one.code for one in self.checks if one.state == "fail"}
        mended = {one.code for one in items if one.code in broken and one.state != "fail"}
        if self.trouble is not None and _SEEN_BY.get(self.trouble.code) in mended:
            self.trouble = None
        self.checks, self.references_right = items, frozenset()

    def _no_news(self) -> None:
        """What was wrong with an earlier scan is no longer news; what is wrong with the station stays."""
        if self.trouble is not None and not self.trouble.stays:
            self.trouble = None

    def _move(self, moved: Moved, at: int) -> None:
        view = self._view(moved.nest)
        told = moved_key(view.state, moved.state, moved.tell, moved.reference)
        since = view.since if view.state is moved.state else at
        # An answered question goes on with the same run.
        begins = moved.state is State.RUNNING and view.state not in (State.RUNNING, State.ASKING)
        again = moved.state is State.LABELLED and view.state is not State.LABELLED
        if begins or again or moved.state is State.EMPTY:
            view = replace(view, record=None, part=0.0, doing="")
        self.nests[moved.nest] = replace(
            view,
            state=moved.state,
            tell=moved.tell,
            told=told,
            label=moved.label,
            since=since,
            question=moved.question,
            reference=moved.reference,
            free=moved.free,
            seated=moved.seated,
            released=view.state is State.LOCKED or (view.released and moved.state is State.UNLABELLED),
            runs=self.shift.runs_of(str(moved.label)) if moved.state is State.LABELLED else view.runs,
        )
        self.ignored = None
        if moved.state is State.LABELLED:
            self.scanned = Scanned(at, moved.label, moved.nest)
        answered = moved.state is State.RUNNING and not begins
        if moved.state is State.LABELLED or answered:
            self._no_news()

    def _store(self, nest: int | None, event: Event) -> None:
        match event.body:
            case StationStarted() as started:
                self.started, self.warning = started, BANNERS[started.profile]
            case ScanRefused(code=code, length=length, label=label):
                self.scanned = Scanned(event.at, label=label, code=code, length=length)
            case Approved() | NestReleased():
                self._no_news()
            case ReferenceJudged(serial=serial, right=True):
                self.references_right |= {str(serial)}
            case LeadCalled():
                self.lead_called = event.at
            case LeadCame() | SignedIn(role=Role.LEAD | Role.ENGINEER):
                self.lead_called = None
            case RunStarted():
                self.last_start = event.at
            case RunFinished(outcome=outcome) if not self._of_reference(nest):
                self.outcomes[outcome] += 1
            case _:
                pass
        if nest is None:
            return
        view = self._view(nest)
        record = fold(view.record, event)
        new_step = record is not None and view.record is not None and record.current != view.record.current
        if new_step:
            view = replace(view, part=0.0, doing="")
        self.nests[nest] = replace(view, record=record)
        if record is not None and isinstance(event.body, RunFinished) and not self._of_reference(nest):
            self.shift.add(record)

    def _of_reference(self, nest: int | None) -> bool:
        """Whether the run that has just ended in a nest is one of a reference unit, which counts nowhere."""
        record = None if nest is None else self._view(nest).record
        return record is not None and record.started.reference is not None

    def _view(self, nest: int) -> NestView:
        return self.nests.get(nest) or NestView(nest)


def doing(progressed: Progressed) -> str:
    """What an operation is at, with bytes and the time they still need where bytes are written."""
    if progressed.done is None or not progressed.size:
        return progressed.text
    told = f"{progressed.text} {progressed.done >> 10} of {progressed.size >> 10} KiB"
    return told if progressed.seconds_left is None else f"{told}, {progressed.seconds_left:.0f} s left"


def share_done(view: NestView) -> float:
    """How much of the sheet a nest has done, 0 to 1, counted in operations."""
    record = view.record
    if record is None:
        return 0.0
    if record.finished is not None:
        return 1.0
    doing_now = record.current.op if record.current else None
    # An operation that is tried again is not done twice.
    done = len({step.op for step in record.steps} - {doing_now})
    return min(1.0, (done + (view.part if record.current else 0.0)) / max(1, len(record.started.ops)))

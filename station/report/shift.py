"""The last shift in one page: who worked, what was made, what was approved, refused and locked."""

from collections.abc import Iterable
from typing import Self

from pydantic import BaseModel, Field

from station.domain.counted import counted
from station.domain.events import Event, RunStarted, ScanRefused, StationStarted
from station.domain.journal_facts import ClockStepped, JournalAccepted, JournalPutBack
from station.domain.people import Action, Role
from station.domain.record import records_of
from station.domain.shift_facts import (
    ActionRefused,
    Approved,
    LanguageChosen,
    LeadCalled,
    LeadCame,
    Lock,
    NestLocked,
    NestReleased,
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
    SignOut,
    StopRequested,
)
from station.report.summary import Summary
from station.report.times import utc

HOUR = 3_600_000_000


class Worked(BaseModel, frozen=True, extra="forbid"):
    """One session, and how many runs were begun in it; without an end the station was ended hard, or it goes on."""

    name: str
    role: Role
    since: str
    until: str | None = None
    reason: SignOut | None = None
    runs: int = 0


class Allowed(BaseModel, frozen=True, extra="forbid"):
    """One approval."""

    at: str
    action: Action
    by: str
    asked_by: str
    detail: str
    nest: int | None
    unit: str | None


class Refused(BaseModel, frozen=True, extra="forbid"):
    """One scan, badge, PIN or wish that was not taken."""

    at: str
    code: str
    detail: str
    by: str
    nest: int | None = None


class Locked(BaseModel, frozen=True, extra="forbid"):
    """A nest that was locked in this shift; without an end it still is."""

    nest: int
    why: Lock
    code: str
    at: str
    released_at: str | None = None
    released_by: str | None = None


class Called(BaseModel, frozen=True, extra="forbid"):
    """A call for the line lead; without an end nobody came."""

    at: str
    by: str
    nest: int | None
    came_at: str | None = None
    came: str | None = None


class Said(BaseModel, frozen=True, extra="forbid"):
    """Anything else that a person did: recipes accepted, reference units, people, stops."""

    at: str
    what: str
    by: str


class ShiftReport(BaseModel, frozen=True, extra="forbid"):
    """Times are RFC 3339 UTC."""

    since: str
    until: str
    worked: tuple[Worked, ...]
    unsigned_runs: int = Field(description="runs that nobody had to sign in for")
    made: Summary
    references: int = Field(description="runs of reference units, which are in no number of `made`")
    approvals: tuple[Allowed, ...]
    refusals: tuple[Refused, ...]
    locks: tuple[Locked, ...]
    calls: tuple[Called, ...]
    done: tuple[Said, ...]

    @classmethod
    def of(cls, events: Iterable[Event], first: int, since: int, until: int) -> Self:
        """What happened from entry `first` on; `events` are all, to know who was there already.

        `since` and `until` are the shift's ends by the clock as it stands now, µs since 1970 UTC.
        """
        page = _Page(first)
        runs: list[Event] = []
        begun: set[str] = set()
        for event in events:
            page.add(event)
            if isinstance(event.body, RunStarted) and event.run is not None and event.seq >= first:
                begun.add(event.run)
            if event.run in begun:
                runs.append(event)
        records = records_of(runs)
        return cls(
            since=utc(since),
            until=utc(until),
            worked=tuple(page.worked),
            unsigned_runs=page.unsigned,
            made=Summary.of(records),
            references=sum(one.started.reference is not None for one in records),
            approvals=tuple(page.approvals),
            refusals=tuple(page.refusals),
            locks=tuple(page.locks),
            calls=tuple(page.calls),
            done=tuple(page.done),
        )


class _Page:
    """The lists of a report while its events are read."""

    def __init__(self, first: int) -> None:
        self._first = first
        self._signed_in = False
        self.worked: list[Worked] = []
        self.unsigned = 0
        self.approvals: list[Allowed] = []
        self.refusals: list[Refused] = []
        self.locks: list[Locked] = []
        self.calls: list[Called] = []
        self.done: list[Said] = []

    def add(self, event: Event) -> None:
        at, within = utc(event.at), event.seq >= self._first
        match event.body:
            case LeadCalled(nest=nest, by=by) if within:
                self.calls.append(Called(at=at, by=by, nest=nest))
            case LeadCame(by=by):
                self._come(at, by)
            case SignedIn(name=name, role=role):
                if role in (Role.LEAD, Role.ENGINEER):
                    self._come(at, name)
                self.worked.append(Worked(name=name, role=role, since=at))
                self._signed_in = True
            case SignedOut(reason=reason) if self._signed_in:
                self._change({"until": at, "reason": reason})
                self._end(within)
            case StationStarted() if self._signed_in:
                # It was ended hard, and nobody is signed in at a start.
                self._end(within)
            case _ if not within:
                return
            case RunStarted(operator=""):
                self.unsigned += 1
            case RunStarted():
                if self._signed_in:
                    self._change({"runs": self.worked[-1].runs + 1})
            case Approved() as one:
                unit = None if one.label is None else str(one.label)
                told = one.model_dump(exclude={"kind", "role", "label"})
                self.approvals.append(Allowed(at=at, unit=unit, **told))
            case ScanRefused(code=code, detail=detail):
                self.refusals.append(Refused(at=at, code=code, detail=detail, by=self._who()))
            case SignInRefused(code=code, detail=detail, name=name):
                self.refusals.append(Refused(at=at, code=code, detail=detail, by=name))
            case ActionRefused(code=code, detail=detail, by=by, nest=nest):
                self.refusals.append(Refused(at=at, code=code, detail=detail, by=by, nest=nest))
            case NestLocked(nest=nest, why=why, code=code):
                self.locks.append(Locked(nest=nest, why=why, code=code, at=at))
            case NestReleased(nest=nest, by=by):
                self._release(nest, at, by)
            case _:
                if (said := _said(event)) is not None:
                    self.done.append(Said(at=at, what=said[0], by=said[1]))

    def _who(self) -> str:
        return self.worked[-1].name if self._signed_in else ""

    def _end(self, within: bool) -> None:
        """A session is over; one that was so before this shift began is none of it."""
        self._signed_in = False
        if not within:
            self.worked.pop()

    def _come(self, at: str, who: str) -> None:
        for place, one in enumerate(self.calls):
            if one.came_at is None:
                self.calls[place] = one.model_copy(update={"came_at": at, "came": who})

    def _release(self, nest: int, at: str, by: str) -> None:
        for place, one in enumerate(self.locks):
            if one.nest == nest and one.released_at is None:
                self.locks[place] = one.model_copy(update={"released_at": at, "released_by": by})

    def _change(self, update: dict[str, object]) -> None:
        self.worked[-1] = self.worked[-1].model_copy(update=update)


def _said(event: Event) -> tuple[str, str] | None:
    """What else a person did, in a sentence."""
    match event.body:
        case RecipeAccepted(recipe=recipe, revision=revision, by=by):
            return f"accepted the test plan {recipe} {revision}", by
        case LanguageChosen(language=language, by=by):
            return f"the station speaks {language}", by
        case ReferenceJudged(serial=serial, outcome=outcome, right=right):
            return f"reference unit {serial} came out as {outcome.value}, {'as it must' if right else 'WRONG'}", ""
        case ReferenceLifted(serial=serial, by=by):
            return f"went on after reference unit {serial}", by
        case PinLocked(name=name, tries=tries):
            return f"the badge of {name} was locked after {counted(tries, 'wrong PIN')}", ""
        case PinUnlocked(name=name, by=by):
            return f"unlocked the badge of {name}", by
        case PersonSet(name=name, role=role, active=active, by=by):
            return f"{name} is {role.value}{'' if active else ', inactive'}", by
        case PersonRemoved(name=name, by=by):
            return f"took {name} out", by
        case PinSet(name=name, removed=removed, by=by):
            return f"{'removed' if removed else 'set'} the PIN of {name}", by
        case StopRequested(why=why, by=by):
            return f"{why}: run {event.run}", by
        case ClockStepped(seconds=seconds, since=since):
            return (
                f"the clock was set by {seconds:+.0f} s while the station {'ran' if since == 'running' else 'stood'}",
                "",
            )
        case JournalPutBack(detail=detail):
            return f"the journal was put back: {detail}", ""
        case JournalAccepted(detail=detail, why=why, by=by):
            return f"accepted the journal, because {why}: {detail}", by
        case _:
            return None

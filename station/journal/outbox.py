"""Units that passed and are to be added to the product: which they are, and how their list reaches a person.

A list is defined by its event, PreAddExported: the event names every id, and the file is those ids rendered, the
same bytes at any time. So a unit is in one list, once, for ever. `export` goes on from wherever it was stopped:

1. the list lies under a hidden name in the target's folder: a full or missing stick shows here, nothing happened yet
2. a copy lies in the state folder as `outbox-undelivered.txt`
3. the event is appended: from here on the units are on this list and on no other
4. the file gets its name; it is never put in place of another
5. the copy goes

Stopped before 3, the copy belongs to no event and is dropped: the units are still pending. Stopped after 3, the copy
is there and belongs to an event: the next export hands out that very list, byte for byte, before any other, whichever
folder it is asked for. Stopped between 4 and 5, a person may find the same list under two names; to import a list
twice does nothing, as its ids are then in the product. Lost with its stick after 5, a list can be rendered again from
its event.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel

from station.codec.import_file import render
from station.domain.events import (
    Event,
    Identified,
    Metered,
    PreAddExported,
    PreAddRequested,
    RunFinished,
    RunStarted,
)
from station.domain.ids import DeviceId, RunId, SerialNumber
from station.domain.outcome import Outcome, worst
from station.domain.unwind import called, suspects
from station.journal.files import prepare, publish, sync_folder
from station.journal.store import Journal

UNDELIVERED = "outbox-undelivered.txt"


class ExportRefused(Exception):
    """The list cannot be written there; the message says what to do, and no unit is lost."""


class Pending(BaseModel, frozen=True, extra="forbid"):
    """A unit that waits for its place on a list; `at` is when it passed, µs since 1970 UTC."""

    device_id: DeviceId
    serial: SerialNumber | None
    run: RunId
    product_id: int | None
    at: int


class Withheld(BaseModel, frozen=True, extra="forbid"):
    """A unit that passed and is on no list, with the sentence that says why it does not go on one."""

    device_id: DeviceId
    run: RunId
    why: str


class Outbox(BaseModel, frozen=True, extra="forbid"):
    """All units that passed and are on no list yet."""

    pending: tuple[Pending, ...]
    withheld: tuple[Withheld, ...]

    def says(self) -> str:
        """How many there are, in the words that every place has for it."""
        held = len(self.withheld)
        return _units(len(self.pending)) + (f", {held} {'is' if held == 1 else 'are'} held back" if held else "")


def _units(count: int) -> str:
    return "1 unit waits" if count == 1 else f"{count or 'no'} units wait"


class Exported(BaseModel, frozen=True, extra="forbid"):
    """What an export did: the file, or None with no ids when nothing was to be exported."""

    file: Path | None = None
    sha256: str = ""
    device_ids: tuple[DeviceId, ...] = ()
    product_id: int | None = None
    again: bool = False
    """True for a list that an earlier export had begun and not handed out."""
    remaining: int = 0
    """Units that wait for another list, because they belong to another product or because `again` went first."""


@dataclass(slots=True)
class _Run:
    """As much of a run as the outbox has to know."""

    names: set[str] = field(default_factory=set)
    asked: list[PreAddRequested] = field(default_factory=list)
    ended: list[Outcome] = field(default_factory=list)
    suspect: str = ""
    """What the list of units that may have connected calls its unit; empty while it is on none."""
    reference: bool = False
    at: int = 0

    def add(self, event: Event) -> None:
        match event.body:
            case RunStarted(label=label, reference=reference):
                self.reference = reference is not None
                self.names |= {name for name in (label.device_id, label.serial) if name}
            case Identified() as seen if seen.by != "order":
                self.names |= {name for name in (seen.device_id, seen.serial) if name}
            case PreAddRequested() as asked:
                self.names |= {name for name in (asked.device_id, asked.serial) if name}
                self.asked.append(asked)
            case Metered() as metered if metered.verdict != "no_evidence":
                self.suspect = called(metered, event.run)
            case RunFinished(outcome=outcome):
                self.ended.append(outcome)
                self.at = event.at
            case _:
                return

    @property
    def unit(self) -> PreAddRequested | None:
        """The unit that this run passed and asks for; of several none, as a run makes one, and of a reference none."""
        passed = not self.reference and bool(self.ended) and worst(self.ended) is Outcome.PASS
        one_unit = len({asked.device_id for asked in self.asked}) == 1
        return self.asked[-1] if passed and one_unit else None


def outbox(events: Iterable[Event]) -> Outbox:
    """What a whole journal says of units to be added.

    A unit is pending when the latest run that saw it is a PASS that asks for it, and no list ever named it. A run saw
    every device id and serial number that the label or a witness gave it, and a unit has the names that its passed
    runs gave it. So a unit that passed and was run again without a PASS is withheld, also while that run is open and
    also when that run saw no more than its label: what the station knows last is not that this unit is good. The next
    PASS brings it back. A unit that may have connected is withheld until a person has struck it off.
    """
    runs: dict[RunId, _Run] = {}
    listed: set[DeviceId] = set()
    events = list(events)
    open_ones = {one.key for one in suspects(events) if one.done is None}
    for event in events:
        if isinstance(event.body, PreAddExported):
            listed.update(event.body.device_ids)
        elif event.run is not None:
            runs.setdefault(event.run, _Run()).add(event)
    order = {run: place for place, run in enumerate(runs)}
    latest = {name: run for run, one in runs.items() for name in one.names}
    names: dict[DeviceId, set[str]] = {}
    for one in runs.values():
        if one.unit is not None:
            names.setdefault(one.unit.device_id, set()).update(one.names)
    ready: dict[DeviceId, Pending] = {}
    withheld: dict[DeviceId, Withheld] = {}
    for run, one in runs.items():
        if one.unit is None or (unit := one.unit.device_id) in listed:
            continue
        if (suspect := _suspect(names[unit], runs, open_ones)) is not None:
            why = f"it may have connected in run {suspect}; `station unwind list` says what to do first"
            withheld[unit] = Withheld(device_id=unit, run=run, why=why)
            continue
        newest = max((latest[name] for name in names[unit]), key=order.__getitem__)
        if newest != run:
            withheld[unit] = Withheld(device_id=unit, run=run, why=f"run {newest} saw it later and is no PASS of it")
        else:
            withheld.pop(unit, None)
            ready[unit] = Pending(
                device_id=unit, serial=one.unit.serial, run=run, product_id=one.unit.product_id, at=one.at
            )
    return Outbox(pending=tuple(ready.values()), withheld=tuple(withheld.values()))


def _suspect(names: set[str], runs: dict[RunId, _Run], open_ones: set[str]) -> RunId | None:
    """The newest run in which this unit may have connected, unless a person has struck it off since."""
    found = [run for run, one in runs.items() if one.suspect in open_ones and one.names & names]
    return found[-1] if found else None


def pending(events: Iterable[Event]) -> list[Pending]:
    """Units to be put on the next lists, in the order in which their runs began; see `outbox` for who is withheld."""
    return list(outbox(events).pending)


def export(journal: Journal, target: Path) -> Exported:
    """Write one import list and record it; a list holds the units of one product, the one that waits longest.

    Raises ExportRefused when the target's name is taken by anything but this very list, or cannot be written;
    JournalFull when the list could not be recorded, and then there is no list.
    """
    waiting = pending(journal.events())
    copy = journal.folder / UNDELIVERED
    if (begun := _begun(journal, copy)) is not None:
        product_id = _product_of(journal, begun)
        with _draft(target, copy.read_bytes()) as draft:
            _hand_out(draft, target, copy)
        return _exported(target, begun, product_id, again=True, remaining=len(waiting))
    if not waiting:
        return Exported()
    product_id = waiting[0].product_id
    ids = tuple(unit.device_id for unit in waiting if unit.product_id == product_id)
    data = render(ids)
    name = os.fsencode(target.name).decode("utf-8", "replace")
    fact = PreAddExported(file=name, sha256=hashlib.sha256(data).hexdigest(), device_ids=ids)
    with _draft(target, data) as draft:
        with _refused(copy):
            prepare(copy, data).replace(copy)
            sync_folder(copy.parent)
        journal.append([fact], None)
        _hand_out(draft, target, copy)
    return _exported(target, fact, product_id, again=False, remaining=len(waiting) - len(ids))


def _begun(journal: Journal, copy: Path) -> PreAddExported | None:
    """The recorded list that nobody was handed yet; a copy that no event tells of is dropped."""
    if not copy.exists():
        return None
    digest = hashlib.sha256(copy.read_bytes()).hexdigest()
    for event in journal.events():
        if isinstance(event.body, PreAddExported) and event.body.sha256 == digest:
            return event.body
    copy.unlink()
    return None


@contextmanager
def _draft(target: Path, data: bytes) -> Iterator[Path]:
    """The list under a hidden name beside its target, once it is sure that the target's name is free or this list's."""
    with _refused(target):
        if target.exists() and not target.is_file():
            raise ExportRefused(f"{target}: this is no file; nothing was exported")
        if target.exists() and target.read_bytes() != data:
            raise ExportRefused(f"{target} is another list; take another name, or remove it once it is imported")
        draft = prepare(target, data)
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _hand_out(draft: Path, target: Path, copy: Path) -> None:
    """Give the list its name, then drop the copy that says it has none."""
    try:
        if not target.exists():
            publish(draft, target)
        copy.unlink()
        sync_folder(copy.parent)
    except OSError as why:
        raise ExportRefused(f"{target}: {why.strerror}; the list is kept, export it again to another name") from why


@contextmanager
def _refused(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as why:
        raise ExportRefused(f"{path}: {why.strerror}; nothing was exported") from why


def _product_of(journal: Journal, fact: PreAddExported) -> int | None:
    asked = (event.body for event in journal.events() if isinstance(event.body, PreAddRequested))
    return next((one.product_id for one in asked if one.device_id == fact.device_ids[0]), None)


def _exported(target: Path, fact: PreAddExported, product_id: int | None, *, again: bool, remaining: int) -> Exported:
    return Exported(
        file=target,
        sha256=fact.sha256,
        device_ids=fact.device_ids,
        product_id=product_id,
        again=again,
        remaining=remaining,
    )

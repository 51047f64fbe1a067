"""What a state folder remembers of its journal, so that a journal that is missing, old or another's is told.

The marker lies beside the journal under a name that no backup of `journal.*` takes along. It names the journal, how far
it had come when it was last written, and whether its station has ended by itself since: a clean end moves all entries
into journal.sqlite, so that afterwards, and only then, no -wal is needed. It is written with the first entry after an
opening, then now and then, and at the end; so what it names is always stored, and the journal may hold more.

Reports and import lists in the folder name runs and units, too: whatever they tell of must be in the journal.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic import BaseModel, Field, ValidationError

from station.codec.import_file import parse
from station.domain.faults import (
    JournalDoubted,
    JournalGone,
    JournalLogGone,
    JournalOther,
    JournalShort,
)
from station.domain.ids import DeviceId, NotAnId, RunId, run_id
from station.domain.journal_facts import JournalAccepted
from station.domain.places import fault_of, refuse_special, refuse_unreadable
from station.journal.entries import FILE, Entries
from station.journal.files import prepare, sync_folder
from station.journal.lock import LOCK
from station.journal.presence import beside

MARKER = "state-folder.json"

SIZE = 512
"""Bytes of the marker, a disk's sector: it is written in place, so that a full disk cannot keep it from being true."""

LISTS = "devices*.txt"
"""Import lists as `station outbox export` calls them."""

LIST_SIZE = 1 << 22
"""Bytes; a larger file is no import list of this station."""


class Marker(BaseModel, frozen=True, extra="forbid"):
    """`open`: the station has not ended by itself; `seq` and `hash` are an entry that is stored for certain."""

    journal: str
    open: bool
    seq: int = Field(ge=0)
    hash: str

    @property
    def used(self) -> bool:
        """Whether anything was ever stored."""
        return self.open or self.seq > 0


def journal_of(folder: Path) -> Path:
    """The journal's name in a state folder, where it and what belongs to it are files, if they are there.

    Raises PlaceRefused.
    """
    refuse_unreadable(folder)
    path = folder / FILE
    refuse_special(*beside(path), folder / LOCK, folder / MARKER)
    return path


def read(folder: Path) -> Marker | None:
    """The marker of a state folder, None where there is none. Raises JournalDoubted, DiskFails, NotPermitted."""
    try:
        text = (folder / MARKER).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as why:
        raise fault_of(folder / MARKER, why) from why
    try:
        return Marker.model_validate_json(text)
    except ValidationError:
        raise JournalDoubted(f"{folder / MARKER} is unreadable: how far the journal had come is not known") from None


def write(folder: Path, marker: Marker) -> None:
    """Remember this; it is on disk when this returns. Raises OSError."""
    text = (json.dumps(marker.model_dump(mode="json")).ljust(SIZE - 1) + "\n").encode("ascii")
    path = folder / MARKER
    try:
        handle = os.open(path, os.O_WRONLY)
    except FileNotFoundError:
        prepare(path, text).replace(path)
        sync_folder(folder)
        return
    try:
        os.pwrite(handle, text, 0)
        os.fsync(handle)
    finally:
        os.close(handle)


def log_is_there(folder: Path) -> bool:
    """Whether the write-ahead log has content."""
    try:
        return beside(folder / FILE)[1].stat().st_size > 0
    except OSError:
        return False


@dataclass(frozen=True, slots=True)
class Signs:
    """What a state folder says of its journal, as seen before the journal was opened.

    Opening makes an empty log, and a station that runs goes on: what is seen afterwards would contradict what is read.
    """

    folder: Path
    marker: Marker | None
    unreadable: JournalDoubted | None
    log: bool
    runs: frozenset[RunId]
    devices: Mapping[DeviceId, str]

    @classmethod
    def of(cls, folder: Path) -> Self:
        """Look. Raises OSError, DiskFails, NotPermitted."""
        marker, unreadable = None, None
        try:
            marker = read(folder)
            log = log_is_there(folder)
            if marker is not None and marker.open and not log:
                # A station that ends in this moment has written its marker anew, and then let go of the log.
                marker = read(folder)
        except JournalDoubted as why:
            unreadable, log = why, log_is_there(folder)
        return cls(folder, marker, unreadable, log, _reported(folder), _exported(folder))

    def gone(self) -> JournalGone | None:
        """Why a folder that has no journal had one."""
        signs = [] if self.unreadable is None else [str(self.unreadable)]
        if self.marker is not None and self.marker.used:
            signs.append(f"{MARKER} names journal {self.marker.journal} with {self.marker.seq} entries")
        if self.log:
            signs.append(f"{FILE}-wal is there")
        if self.runs:
            signs.append(f"{len(self.runs)} runs have a report, the last is {max(self.runs)}")
        signs += [f"{name} was exported" for name in sorted(set(self.devices.values()))]
        if not signs:
            return None
        kept = [one.name for one in self.folder.glob(f"{FILE}.*") if one.suffix in (".new", ".kept")]
        there = f"; there is a copy, {', '.join(kept)}" if kept else ""
        return JournalGone(f"{self.folder}: there is no {FILE}, and there was: {', '.join(signs)}{there}")

    def doubt(self, entries: Entries) -> JournalDoubted | None:
        """Why this journal may lack entries."""
        folder, marker = self.folder, self.marker
        last, _ = entries.tail()
        if self.unreadable is not None:
            return self.unreadable
        if marker is not None and marker.used:
            if marker.journal != entries.identity.journal:
                return JournalOther(
                    f"{folder}: its journal is {marker.journal}, the one that is there is {entries.identity.journal}"
                )
            if marker.open and not self.log:
                return JournalLogGone(
                    f"{folder}: the station did not end by itself, and there is no {FILE}-wal;"
                    f" {last} entries are there, {marker.seq} were noted"
                )
            if last < marker.seq:
                return JournalShort(f"{folder}: the journal ends with entry {last}, and had {marker.seq}")
            if entries.hash_of(marker.seq).hex() != marker.hash:
                return JournalShort(f"{folder}: entry {marker.seq} is another one than was noted")
        runs, devices = self.unknown(entries)
        if runs:
            return JournalShort(f"{folder}: {len(runs)} runs have a report and no entry, such as {runs[-1]}")
        if devices:
            return JournalShort(
                f"{folder}: {len(devices)} units are on a list that no entry knows, such as {devices[0]}"
            )
        return None

    def unknown(self, entries: Entries) -> tuple[tuple[RunId, ...], tuple[DeviceId, ...]]:
        """Runs with a report and units on a list that no entry tells of and no engineer accepted."""
        runs, devices = set(self.runs), set(self.devices)
        runs -= set(entries.run_ids()) if runs else set()
        devices -= set(entries.book().exported) if devices else set()
        for event in entries.events() if runs or devices else ():
            if isinstance(event.body, JournalAccepted):
                runs -= set(event.body.runs)
                devices -= set(event.body.devices)
        return tuple(sorted(runs)), tuple(sorted(devices))


def _reported(folder: Path) -> frozenset[RunId]:
    found = set()
    for one in (folder / "reports").glob("*.json"):
        with suppress(NotAnId):
            found.add(run_id(one.stem))
    return frozenset(found)


def _exported(folder: Path) -> dict[DeviceId, str]:
    """The units on the import lists in the folder, and the name of the list."""
    found: dict[DeviceId, str] = {}
    for one in folder.glob(LISTS):
        with suppress(OSError, ValueError):
            if one.is_file() and one.stat().st_size <= LIST_SIZE:
                found |= dict.fromkeys(parse(one.read_bytes()), one.name)
    return found

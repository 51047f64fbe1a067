"""The journal's file in a state folder: one station appends to it, anybody reads it."""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from station.domain.events import Body, Event
from station.domain.faults import (
    DiskFails,
    Fault,
    JournalBusy,
    JournalDamaged,
    JournalDoubted,
    JournalGone,
    JournalMoved,
    JournalTouched,
    NoJournal,
)
from station.domain.ids import RunId
from station.domain.journal_facts import ClockStepped, JournalAccepted, JournalPutBack
from station.domain.places import fault_of
from station.domain.timeline import JUMP, MINUTE
from station.journal import elsewhere, marker
from station.journal.chain import Entry, as_event, body_bytes, link
from station.journal.database import Database
from station.journal.entries import FILE, Entries
from station.journal.files import publish
from station.journal.lock import take
from station.journal.marker import Signs
from station.journal.presence import Contents, Held, beside, inode, opened
from station.journal.schema import lay_out, upgrade

REMEMBERED = 1000
"""Entries after which the folder's marker is written anew."""


Elapsed = Callable[[], float]


class Reader(Entries):
    """A journal as one sees it who does not write, also while its station runs."""

    def __init__(self, database: Database, signs: Signs) -> None:
        super().__init__(database, signs.folder)
        self._signs = signs

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the journal of a state folder, wherever it lies, and check every entry.

        Raises NoJournal, JournalDamaged, JournalDoubted, JournalBusy, NotPermitted, DiskFails.
        """
        reader = cls.look(folder)
        try:
            with reader.snapshot():
                reader.check()
                reader.refuse_doubted()
        except BaseException:
            reader.close()
            raise
        return reader

    @classmethod
    def look(cls, folder: Path) -> Self:
        """The same without a check: for whoever finds out what is there. Raises as `open` does, but not for entries."""
        path = marker.journal_of(folder)
        try:
            signs = Signs.of(folder)
            if not path.exists():
                raise signs.gone() or NoJournal(f"{folder}: there is no {FILE}")
            database = elsewhere.readable(path)
        except OSError as why:
            raise fault_of(path, why) from why
        with _closed_on_error(database):
            return cls(database, signs)

    def refuse_doubted(self) -> None:
        """Raises JournalDoubted where this journal may lack entries."""
        if (doubt := self._signs.doubt(self)) is not None:
            raise doubt

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All that is read inside is of one moment, although the station goes on."""
        with self._database.snapshot():
            yield

    def complaints(self) -> list[str]:
        """What SQLite's own check of pages, rows and indexes finds; of a sound file, nothing."""
        rows = self._database.rows("SELECT CAST(integrity_check AS BLOB) FROM pragma_integrity_check LIMIT 3")
        told = [bytes(one).decode("utf-8", "replace") if isinstance(one, bytes) else repr(one) for (one,) in rows]
        return [] if told == ["ok"] else told

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class Journal(Entries):
    """The journal as its station has it: the only one who writes and checkpoints, from one thread."""

    def __init__(
        self,
        database: Database,
        signs: Signs,
        lock: int,
        held: Held,
        now: Callable[[], int],
        elapsed: Elapsed | None,
    ) -> None:
        super().__init__(database, signs.folder)
        self.signs = signs
        """What the folder said of it before it was opened."""
        self._lock = lock
        self._held = held
        self._now = now
        self._elapsed = elapsed
        self._clock: tuple[int, float] | None = None
        self._end = self.tail()
        self._looked: Contents | None = None
        self._foreign = ""
        self._thread = threading.get_ident()
        self._marked: int | None = None
        self._kept = False
        self.tell: Callable[[list[Event]], None] = lambda events: None
        """Hears of entries that nobody asked for."""
        self.doubted: JournalDoubted | None = None
        """Why this journal may lack entries; only who asked to have it nevertheless sees one."""

    @classmethod
    def create_or_open(
        cls, folder: Path, now: Callable[[], int], elapsed: Elapsed | None = None, *, doubted: bool = False
    ) -> Self:
        """Open the journal of a state folder, or begin one there; `now` tells µs since 1970 UTC.

        `elapsed` tells seconds by a clock that nobody can set: then it is noted that the other one was.

        Every entry is checked. A journal that may lack entries is refused, unless it was asked for as `doubted`: then
        the folder remembers the one before until a JournalAccepted is appended.

        Raises JournalBusy, JournalDamaged, JournalDoubted, JournalFull, ConfigRefused.
        """
        path = marker.journal_of(folder)
        lock = take(folder)
        try:
            signs = _signs(folder)
            gone = _begin_if_new(path, now, signs, doubted)
            before = opened(path)
            database = Database.writable(path)
            with _closed_on_error(database):
                held = Held(path, before)
                upgrade(database)
                journal = cls(database, signs, lock, held, now, elapsed)
                # Only after the file has shown that it is a journal: this writes to it.
                database.durable()
                journal.check()
                held.note()
                journal.doubted = gone or signs.doubt(journal)
                if journal.doubted is not None and not doubted:
                    raise journal.doubted
                return journal
        except BaseException:
            os.close(lock)
            raise

    def append(self, bodies: Sequence[Body], run: RunId | None) -> list[Event]:
        """Store these facts in one transaction; they are on disk when this returns, and read back as returned here.

        Raises JournalFull, JournalBusy, JournalDamaged, JournalMoved; ValidationError for what is no fact. Then nothing
        of them may be shown, and the next call may succeed.
        """
        if threading.get_ident() != self._thread:
            raise RuntimeError("the journal is used by the thread that opened it and by no other")
        if not bodies:
            return []
        self.stay()
        events = self._store(bodies, run)
        self.stay()
        self._remember(events)
        return events

    def _store(self, bodies: Sequence[Body], run: RunId | None) -> list[Event]:
        at, elapsed = self._now(), None if self._elapsed is None else self._elapsed()
        stepped = None if elapsed is None else self._stepped(at, elapsed)
        noted: list[tuple[Body, RunId | None]] = [] if stepped is None else [(stepped, None)]
        events: list[Event] = []
        with self._written(), self._database.transaction():
            seq, tail = self.tail()
            for body, of in (*noted, *((one, run) for one in bodies)):
                seq += 1
                stored = body_bytes(body)
                tail = link(tail, seq, of, at, stored)
                events.append(as_event(Entry(seq, of, at, stored, tail)))
                self._database.write(
                    "INSERT INTO entry(seq, run, at, body, hash) VALUES (?, ?, ?, ?, ?)",
                    (seq, of, at, stored.decode("ascii"), tail),
                )
        self._clock = None if elapsed is None else (at, elapsed)
        self._end = seq, tail
        if noted:
            self.tell(events[: len(noted)])
        return events[len(noted) :]

    def _stepped(self, at: int, elapsed: float) -> ClockStepped | None:
        """Whether the clock was set since the entry before; while the station stood, as far as that entry tells."""
        if self._clock is None:
            behind = max((one.at for one in self.moments(1)), default=at) - at
            return ClockStepped(seconds=-behind / 1e6, since="stopped") if behind > MINUTE else None
        jumped = (at - self._clock[0]) / 1e6 - (elapsed - self._clock[1])
        return ClockStepped(seconds=round(jumped, 3), since="running") if abs(jumped) > JUMP else None

    def stay(self) -> None:
        """See that what is written is what is there; what was taken away is put back where nothing took its place.

        Raises JournalMoved, which says where the entries are; JournalTouched where others wrote into it.
        """
        gone = self._held.gone()
        if not gone:
            if (now := self._held.touched()) is not None:
                self._look_again(now)
            return
        names = ", ".join(one.name for one in gone)
        told = f"{self.folder}: what the station writes is not there any more ({names}); {self._held.where()}"
        if self._held.taken() or not self.folder.is_dir():
            raise JournalMoved(told + self._keep())
        try:
            self._put_back()
            told_to = self._store([JournalPutBack(detail=told)], None)
        except (Fault, OSError) as why:
            raise JournalMoved(f"{told}; it cannot be put back: {why}") from why
        self.tell(told_to)

    @contextmanager
    def _written(self) -> Iterator[None]:
        try:
            yield
        finally:
            self._held.leave()

    def _look_again(self, now: Contents) -> None:
        """Somebody else wrote into the files: go on only if every entry is there, and the last one is our own."""
        if now != self._looked:
            self._looked, self._foreign = now, self._found_foreign()
        if self._foreign:
            raise JournalTouched(f"{self.folder}: another program wrote into {FILE}: {self._foreign}")
        self._held.leave()

    def _found_foreign(self) -> str:
        try:
            self._database.forget()
            last, tail = self.check(), self.tail()
        except (JournalDamaged, DiskFails) as why:
            # A file that is shorter than it was reads as a disk that fails (sqlite.org, rescode.html#ioerr_short_read).
            return str(why)
        return "" if tail == self._end else f"it ends with entry {last}, and {self._end[0]} were written"

    def _put_back(self) -> None:
        """Make the files in the folder whole again: from the log, and where the database itself is gone as a copy."""
        path, end = self.folder / FILE, self.tail()
        draft = path.with_name(path.name + ".new")
        if inode(path) is None:
            draft.unlink(missing_ok=True)
            self._database.copy(draft)
        elif not self._database.settle():
            raise JournalBusy(f"{path}: somebody reads it")
        if inode(path) is None:
            publish(draft, path)
        # SQLite removes the log by its name when it closes, so another of that name is made after that.
        self._database.close()
        before = opened(path)
        self._database = Database.writable(path)
        self._held = Held(path, before)
        self._database.durable()
        self._held.note()
        if self.tail() != end:
            raise JournalDamaged(f"{path}: it ends with entry {self.tail()[0]}, and {end[0]} were written")
        self._marked = None

    def _keep(self) -> str:
        """A copy under another name of what would be gone with this process, once; says which."""
        kept = self.folder / f"{FILE}.kept"
        if self._kept or not self._held.deleted() or not self.folder.is_dir():
            return ""
        try:
            draft = kept.with_name(kept.name + ".part")
            draft.unlink(missing_ok=True)
            self._database.copy(draft)
            publish(draft, kept)
        except (Fault, OSError) as why:
            return f"; it could not be copied: {why}"
        self._kept = True
        return f"; all of it was copied to {kept}"

    def _remember(self, events: Sequence[Event]) -> None:
        """Note now and then how far the journal has come; what was noted before stays true where that fails."""
        if any(isinstance(one.body, JournalAccepted) for one in events):
            self.doubted = None
        last = events[-1].seq
        if self.doubted is None and (self._marked is None or last - self._marked >= REMEMBERED):
            with suppress(OSError):
                self._mark(is_open=True)
                self._marked = last

    def _mark(self, *, is_open: bool) -> None:
        seq, tail = self.tail()
        marker.write(self.folder, marker.Marker(journal=self.identity.journal, open=is_open, seq=seq, hash=tail.hex()))

    def close(self) -> None:
        """Move everything into the one file and let go of it; may be called twice."""
        if self._lock < 0:
            return
        with suppress(Fault, OSError):
            self.stay()
            if self._database.settle() and self.doubted is None:
                self._mark(is_open=False)
        self._held.release()
        self._database.close()
        if isinstance(self.doubted, JournalGone):
            _unmake(self.folder / FILE)
        os.close(self._lock)
        self._lock = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _signs(folder: Path) -> Signs:
    try:
        return Signs.of(folder)
    except OSError as why:
        raise fault_of(folder, why) from why


def _begin_if_new(path: Path, now: Callable[[], int], signs: Signs, doubted: bool) -> JournalGone | None:
    """Begin a journal in a folder that has none; in one that had one only where that is known, and then say so."""
    if path.exists():
        return None
    gone = signs.gone()
    if gone is not None and not doubted:
        raise gone
    if signs.log:
        # SQLite would take it for the new journal's.
        beside(path)[1].rename(_put_aside(path))
    _begin(path, now())
    return gone


def _put_aside(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal.kept")


def _unmake(path: Path) -> None:
    """Take away a journal that was begun in place of one that is gone, and that nobody accepted."""
    for one in beside(path):
        one.unlink(missing_ok=True)
    with suppress(FileNotFoundError):
        _put_aside(path).rename(beside(path)[1])


def _begin(path: Path, now: int) -> None:
    """Make a journal under its final name only once it is whole, so that an empty file is always a damaged one."""
    draft = path.with_name(path.name + ".new")
    for leftover in path.parent.glob(draft.name + "*"):
        leftover.unlink()
    database = Database.create(draft)
    try:
        database.durable()
        lay_out(database, now)
        database.settle()
    finally:
        database.close()
    try:
        publish(draft, path)
    except OSError as why:
        raise fault_of(path, why) from why


@contextmanager
def _closed_on_error(database: Database) -> Iterator[None]:
    try:
        yield
    except BaseException:
        database.close()
        raise

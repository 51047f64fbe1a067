"""The journal's file in a state folder: one station appends to it, anybody reads it."""

import fcntl
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from station.domain.events import Body, Event
from station.domain.faults import JournalBusy, JournalDamaged, JournalFull, NoJournal
from station.domain.ids import RunId
from station.journal.chain import Entry, as_event, body_bytes, link
from station.journal.database import Database
from station.journal.entries import FILE, Entries
from station.journal.files import sync_folder
from station.journal.schema import lay_out, upgrade

LOCK = "journal.lock"


class Reader(Entries):
    """A journal as one sees it who does not write, also while its station runs."""

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the journal of a state folder. Raises NoJournal, JournalDamaged, JournalBusy."""
        path = folder / FILE
        if not path.is_file():
            raise NoJournal(f"{folder}: there is no {FILE}")
        database = Database.readable(path)
        with _closed_on_error(database):
            return cls(database, folder)

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

    def __init__(self, database: Database, folder: Path, lock: int, now: Callable[[], int]) -> None:
        super().__init__(database, folder)
        self._lock = lock
        self._now = now
        self._thread = threading.get_ident()

    @classmethod
    def create_or_open(cls, folder: Path, now: Callable[[], int]) -> Self:
        """Open the journal of a state folder, or begin one there; `now` tells µs since 1970 UTC.

        The newest entries are checked. Raises JournalBusy, JournalDamaged, JournalFull, ConfigRefused.
        """
        lock = _take(folder)
        try:
            path = folder / FILE
            if not path.exists():
                _begin(path, now())
            database = Database.writable(path)
            with _closed_on_error(database):
                upgrade(database)
                journal = cls(database, folder, lock, now)
                # Only after the file has shown that it is a journal: this writes to it.
                database.durable()
                journal.check_tail()
                return journal
        except BaseException:
            os.close(lock)
            raise

    def append(self, bodies: Sequence[Body], run: RunId | None) -> list[Event]:
        """Store these facts in one transaction; they are on disk when this returns, and read back as returned here.

        Raises JournalFull, JournalBusy, JournalDamaged; ValidationError for what is no fact. Then nothing of them is
        stored, and the next call may succeed.
        """
        if threading.get_ident() != self._thread:
            raise RuntimeError("the journal is used by the thread that opened it and by no other")
        events: list[Event] = []
        if not bodies:
            return events
        at = self._now()
        with self._database.transaction():
            seq, tail = self.tail()
            for body in bodies:
                seq += 1
                stored = body_bytes(body)
                tail = link(tail, seq, run, at, stored)
                events.append(as_event(Entry(seq, run, at, stored, tail)))
                self._database.write(
                    "INSERT INTO entry(seq, run, at, body, hash) VALUES (?, ?, ?, ?, ?)",
                    (seq, run, at, stored.decode("ascii"), tail),
                )
        return events

    def close(self) -> None:
        """Move everything into the one file and let go of it; may be called twice."""
        if self._lock < 0:
            return
        self._database.settle()
        self._database.close()
        os.close(self._lock)
        self._lock = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def holder(folder: Path) -> str | None:
    """The process that writes the journal of a state folder; None while nobody does."""
    try:
        lock = os.open(folder / LOCK, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(lock, 20, 0).decode("ascii", "replace").strip() or "unknown"
    else:
        return None
    finally:
        os.close(lock)


def _take(folder: Path) -> int:
    """Lock the folder for this process; the kernel lets go of the lock however the process ends. Raises JournalBusy."""
    try:
        missing = [one for one in (folder, *folder.parents) if not one.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        for made in missing:
            sync_folder(made.parent)
        # Not inherited by programs that this one starts (PEP 446): a worker that outlives the station holds nothing.
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as why:
        raise JournalFull(f"{folder}: {why.strerror}") from why
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(lock, 20, 0).decode("ascii", "replace").strip()
        os.close(lock)
        raise JournalBusy(f"{folder}: process {holder or 'unknown'} writes this journal") from None
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode("ascii"), 0)
    return lock


def _begin(path: Path, now: int) -> None:
    """Make a journal under its final name only once it is whole, so that an empty file is always a damaged one."""
    log = path.with_name(path.name + "-wal")
    if log.exists():
        raise JournalDamaged(f"{log.name} is there, {path.name} is not")
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
        draft.rename(path)
        sync_folder(path.parent)
    except OSError as why:
        raise JournalFull(f"{path}: {why.strerror}") from why


@contextmanager
def _closed_on_error(database: Database) -> Iterator[None]:
    try:
        yield
    except BaseException:
        database.close()
        raise

"""SQLite as the journal uses it, and the only module that knows apsw.

SQLite drops its file locks when the same process opens and closes the database file by other means
(sqlite.org, "How To Corrupt An SQLite Database File", §2.2); nothing here or in the journal's other modules does.
"""

import errno
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Self
from urllib.parse import quote

import apsw

from station.domain.faults import ConfigRefused, DiskFails, Fault, JournalBusy, JournalDamaged, JournalFull
from station.domain.places import fault_for, fault_of

Value = str | int | float | bytes | None
Row = tuple[Value, ...]

BUSY_MS = 4000
"""How long a foreign lock (a backup, an editor) is waited for; a verdict then is at most this late."""

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""SQLite says "full" for the first of them only, and "disk I/O error" for a quota or a largest size (os_unix.c)."""

WAL_FULL = 2
"""What `PRAGMA synchronous` answers for FULL (sqlite.org, pragma.html)."""


class Database:
    """One connection to one SQLite file."""

    def __init__(self, connection: apsw.Connection, path: Path, private: Path | None = None) -> None:
        """`path` is what is told of it; `private` is a folder that goes when it is closed."""
        self._connection = connection
        self._path = path
        self._private = private

    @classmethod
    def create(cls, path: Path) -> Self:
        """A new, empty file for writing. Raises JournalFull."""
        with _as_writer(path):
            return cls._open(path, apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE)

    @classmethod
    def writable(cls, path: Path) -> Self:
        """An existing file for reading and writing. Raises JournalDamaged, JournalBusy, JournalFull."""
        with _as_writer(path):
            return cls._open(path, apsw.SQLITE_OPEN_READWRITE)

    @classmethod
    def readable(cls, path: Path) -> Self:
        """An existing file for reading, while another process may write it. Raises JournalDamaged, JournalBusy."""
        with _as_reader(path):
            return cls._open(path, apsw.SQLITE_OPEN_READONLY)

    @classmethod
    def unchanging(cls, path: Path) -> Self:
        """An existing file without a log, where nobody can write it. Raises JournalDamaged."""
        with _as_reader(path):
            uri = f"file:{quote(str(path))}?immutable=1"
            return cls._open(path, apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI, uri)

    @classmethod
    def copied(cls, copy: Path, original: Path) -> Self:
        """A private copy in a folder of its own, which goes with it. Raises JournalDamaged."""
        with _as_reader(original):
            return cls._open(original, apsw.SQLITE_OPEN_READWRITE, str(copy), copy.parent)

    def _writes(self) -> AbstractContextManager[None]:
        return _as_writer(self._path, self._connection)

    @classmethod
    def _open(cls, path: Path, flags: int, name: str = "", private: Path | None = None) -> Self:
        connection = apsw.Connection(name or str(path), flags=flags)
        connection.set_busy_timeout(BUSY_MS)
        # sqlite.org/security.html asks for these when a file may be damaged or hostile.
        connection.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
        connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
        connection.pragma("cell_size_check", True)
        return cls(connection, path, private)

    def durable(self) -> None:
        """Make a commit survive a power cut: WAL syncs on each commit only with FULL (sqlite.org, wal.html §2.3).

        Raises ConfigRefused, JournalFull, JournalDamaged, JournalBusy.
        """
        with self._writes():
            mode = self._connection.pragma("journal_mode", "WAL")
            self._connection.pragma("synchronous", "FULL")
            level = self._connection.pragma("synchronous")
        if (mode, level) != ("wal", WAL_FULL):
            raise ConfigRefused(
                f"{self._path.parent}: SQLite answers journal_mode {mode!r}, synchronous {level!r}; "
                "the state folder must lie on a local disk"
            )

    def rows(self, sql: str, values: Sequence[Value] = ()) -> Iterator[Row]:
        """The rows of a query. Raises JournalDamaged, JournalBusy."""
        with _as_reader(self._path):
            yield from self._connection.execute(sql, tuple(values))

    def page(self, sql: str, values: Sequence[Value]) -> list[Row]:
        """The same all at once, in two thirds of the time. Raises JournalDamaged, JournalBusy."""
        with _as_reader(self._path):
            return self._connection.execute(sql, tuple(values)).fetchall()

    def write(self, sql: str, values: Sequence[Value] = ()) -> None:
        """Run one statement. Raises JournalFull, JournalDamaged, JournalBusy."""
        with self._writes():
            self._connection.execute(sql, tuple(values))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside is stored, or nothing is. Raises JournalFull, JournalDamaged, JournalBusy."""
        self.write("BEGIN IMMEDIATE")
        try:
            yield
            self.write("COMMIT")
        except BaseException:
            # SQLite has rolled back by itself after most errors of the disk (sqlite.org, lang_transaction.html §3).
            if self._connection.in_transaction:
                self.write("ROLLBACK")
            raise

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All that is read inside is of one moment."""
        list(self.rows("BEGIN"))
        try:
            yield
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def forget(self) -> None:
        """Read anew from the disk what is kept of it in memory (sqlite.org, pragma.html#pragma_shrink_memory)."""
        with _as_reader(self._path):
            self._connection.pragma("shrink_memory")

    def settle(self) -> bool:
        """Move what is in the write-ahead log into the file; where that cannot be it stays in the log, equally safe."""
        try:
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        except apsw.Error:
            return False
        return True

    def copy(self, target: Path) -> None:
        """Write all that this connection sees into a new file, page by page; it is on disk when this returns.

        Raises JournalFull, JournalBusy, JournalDamaged.
        """
        with _as_writer(target):
            copied = apsw.Connection(str(target))
            try:
                copied.pragma("synchronous", "FULL")
                with copied.backup("main", self._connection, "main") as backup:
                    backup.step()
            finally:
                copied.close()

    def close(self) -> None:
        """Let go of the file; may be called twice. What cannot be tidied up is found by the next who opens it."""
        with suppress(apsw.Error):
            self._connection.close()
        if self._private is not None:
            shutil.rmtree(self._private, ignore_errors=True)


@contextmanager
def _as_writer(path: Path, connection: apsw.Connection | None = None) -> Iterator[None]:
    """Say in the station's words what SQLite reports to one who writes."""
    try:
        yield
    except (apsw.BusyError, apsw.LockedError) as why:
        raise JournalBusy(f"{path}: locked by another program for {BUSY_MS / 1000:g} s") from why
    except apsw.FullError as why:
        raise JournalFull(f"{path}: {why}") from why
    except (apsw.IOError, apsw.ReadOnlyError, apsw.CantOpenError) as why:
        raise _not_written(path, str(why), 0 if connection is None else connection.system_errno) from why
    except (apsw.Error, UnicodeError) as why:
        raise JournalDamaged(f"{path}: {why}") from why


def _not_written(path: Path, says: str, number: int) -> Fault:
    """What keeps a file from being written, as far as the system tells: SQLite has one word for all of it.

    `number` is the system's last error as SQLite noted it (sqlite.org, c3ref/system_errno.html). Only those of a disk
    without room are taken from there: others may be left over from a call before.
    """
    if number in _NO_ROOM:
        return fault_for(path, number)
    try:
        asked = path if path.exists() else path.parent
        disk = os.statvfs(asked)
        if disk.f_flag & os.ST_RDONLY:
            return fault_for(path, errno.EROFS, says)
        if not (disk.f_bavail and disk.f_favail):
            return fault_for(path, errno.ENOSPC, says)
        if not (os.access(asked, os.W_OK) and os.access(path.parent, os.W_OK)):
            return fault_for(path, errno.EACCES, says)
    except OSError as why:
        return fault_of(path, why)
    return fault_for(path, errno.EIO, says)


@contextmanager
def _as_reader(path: Path) -> Iterator[None]:
    """Say in the station's words what SQLite reports to one who reads."""
    try:
        yield
    except (apsw.BusyError, apsw.LockedError) as why:
        raise JournalBusy(f"{path}: locked by another program for {BUSY_MS / 1000:g} s") from why
    except apsw.IOError as why:
        raise DiskFails(f"{path}: {why}") from why
    except (apsw.Error, UnicodeError) as why:
        raise JournalDamaged(f"{path}: {why}") from why

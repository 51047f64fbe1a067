"""Reading a journal that lies where SQLite cannot keep its own files beside it: read-only, another user's, full.

SQLite reads a database with a write-ahead log only where it may make an index of that log (sqlite.org, wal.html,
"Read-Only Databases"). Where it may not, a file without a log is read as one that does not change, and one with a log
from a private copy of both. The original is never touched.
"""

import os
import shutil
import tempfile
from pathlib import Path

from station.domain.faults import JournalBusy, JournalDamaged, JournalFull, NotPermitted
from station.domain.places import fault_of
from station.journal.database import Database
from station.journal.presence import beside

TRIES = 5
"""Copies that are begun, where the files changed while they were copied. A design margin."""


def readable(path: Path) -> Database:
    """A journal's database for reading. Raises NotPermitted, JournalDamaged, JournalBusy, JournalFull, DiskFails."""
    for one in beside(path)[:2]:
        if one.exists() and not os.access(one, os.R_OK):
            raise NotPermitted(f"{one}: this user may not read it")
    database = Database.readable(path)
    try:
        list(database.rows("SELECT count(*) FROM sqlite_schema"))
    except (JournalDamaged, JournalFull):
        database.close()
        if _takes_files(path.parent):
            raise
        return _apart(path)
    return database


def _takes_files(folder: Path) -> bool:
    disk = os.statvfs(folder)
    writable = not disk.f_flag & os.ST_RDONLY and os.access(folder, os.W_OK)
    return writable and bool(disk.f_bavail) and bool(disk.f_favail)


def _apart(path: Path) -> Database:
    log = beside(path)[1]
    if not (log.exists() and log.stat().st_size):
        return Database.unchanging(path)
    for _ in range(TRIES):
        folder = Path(tempfile.mkdtemp(prefix="station-journal-"))
        try:
            before = _seen(path, log)
            for one in (path, log):
                shutil.copyfile(one, folder / one.name)
        except OSError as why:
            shutil.rmtree(folder, ignore_errors=True)
            raise fault_of(Path(str(why.filename2 or why.filename or folder)), why) from why
        if _seen(path, log) == before:
            return Database.copied(folder / path.name, path)
        shutil.rmtree(folder, ignore_errors=True)
    raise JournalBusy(f"{path}: it changes while it is copied to be read; a station writes it")


def _seen(*files: Path) -> list[tuple[int, int, int]]:
    found = [one.stat() for one in files]
    return [(one.st_ino, one.st_size, one.st_mtime_ns) for one in found]

"""Whether the files that a journal's station writes are the ones that are there.

A file that is moved, deleted or replaced while it is open is written on, and nobody finds it: Linux keeps what was
opened, by inode, whatever becomes of its name. So names and inodes are compared before a verdict is shown.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from station.domain.faults import ConfigRefused, JournalBusy

_OPENED = Path("/proc/self/fd")
"""Every file that this process has open, as links to where it is now (proc(5))."""

Inode = tuple[int, int]

Contents = tuple[tuple[int, int, int] | None, ...]
"""Of a database and its log: size, when it was last written, when it or what is known of it last changed, in ns.

A program can set the second back, not the third (inode(7)).
"""


def beside(path: Path) -> tuple[Path, Path, Path]:
    """A database, its write-ahead log and the log's index (sqlite.org, walformat.html §1)."""
    return path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")


def inode(path: Path) -> Inode | None:
    """What a name stands for; None where there is nothing."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _contents(path: Path) -> Contents:
    found: list[tuple[int, int, int] | None] = []
    for one in beside(path)[:2]:
        try:
            kept = one.stat()
        except OSError:
            found.append(None)
        else:
            found.append((kept.st_size, kept.st_mtime_ns, kept.st_ctime_ns))
    return tuple(found)


def opened(path: Path) -> frozenset[int]:
    """The descriptors by which this process has the file of that name open."""
    there = inode(path)
    found = set()
    for one in _OPENED.iterdir() if there is not None else ():
        with suppress(OSError):
            number = int(one.name)
            held = os.fstat(number)
            if (held.st_dev, held.st_ino) == there:
                found.add(number)
    return frozenset(found)


class Held:
    """A journal's files as this process opened them, and the lock on the very file that is written.

    The lock is on SQLite's own descriptor: a descriptor of our own would, when it is closed, take SQLite's locks along
    (sqlite.org, howtocorrupt.html §2.2). It is flock's, which SQLite does not use, so readers read on.
    """

    def __init__(self, path: Path, before: frozenset[int]) -> None:
        """`before` are the descriptors of the file before SQLite opened it. Raises JournalBusy, ConfigRefused."""
        self.path = path
        self._held: dict[Path, Inode | None] = {}
        self._left: Contents = ()
        mine = opened(path) - before
        if not mine:
            raise ConfigRefused(f"{path}: it cannot be seen in {_OPENED} whether the file was opened; mount /proc")
        self._lock = min(mine)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise JournalBusy(f"{path}: another station writes this file") from None
        except OSError as why:
            raise ConfigRefused(f"{path}: {why.strerror}; the state folder must lie on a local disk") from why

    def note(self) -> None:
        """Remember what the names stand for now that all files are there."""
        self._held = {one: inode(one) for one in beside(self.path)}
        self.leave()

    def leave(self) -> None:
        """Remember the files as this process leaves them after it wrote."""
        self._left = _contents(self.path)

    def touched(self) -> Contents | None:
        """What the very same files are now that somebody else wrote into them, by SQLite or over it."""
        now = _contents(self.path)
        return None if now == self._left else now

    def gone(self) -> list[Path]:
        """The names that do not stand for what was opened."""
        return [one for one, held in self._held.items() if inode(one) != held]

    def taken(self) -> list[Path]:
        """Of those, the names that stand for a file with content that somebody else put there."""
        log_index = beside(self.path)[2]
        return [one for one in self.gone() if one != log_index and inode(one) is not None and one.stat().st_size > 0]

    def where(self) -> str:
        """Where the file that is written is now, in words."""
        if self.deleted():
            return "the journal is deleted, and only this station still has it"
        now = Path(os.readlink(_OPENED / str(self._lock)))
        return "the journal itself is where it was" if now == self.path else f"the journal is now {now}"

    def deleted(self) -> bool:
        """Whether no name at all stands for the file that is written: it is gone when this process ends."""
        return os.fstat(self._lock).st_nlink == 0

    def release(self) -> None:
        """Let go of the lock, also where SQLite keeps the descriptor for another connection of this process."""
        with suppress(OSError):
            fcntl.flock(self._lock, fcntl.LOCK_UN)

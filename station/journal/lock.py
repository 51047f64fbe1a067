"""Which process has the journal of a state folder, for whoever asks before the journal is opened."""

import fcntl
import os
from pathlib import Path

from station.domain.faults import JournalBusy
from station.domain.places import fault_of
from station.journal.files import sync_folder

LOCK = "journal.lock"
"""Says which process has the journal. What keeps two from writing is the lock on the journal itself (presence.Held)."""


def holder(folder: Path) -> str | None:
    """The process that writes the journal of a state folder; None while nobody does."""
    try:
        lock = os.open(folder / LOCK, os.O_RDONLY | os.O_NONBLOCK)
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


def take(folder: Path) -> int:
    """Lock the folder for this process; the kernel lets go of the lock however the process ends. Raises JournalBusy."""
    try:
        missing = [one for one in (folder, *folder.parents) if not one.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        for made in missing:
            sync_folder(made.parent)
        # Not inherited by programs that this one starts (PEP 446): a worker that outlives the station holds nothing.
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as why:
        raise fault_of(folder, why) from why
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(lock, 20, 0).decode("ascii", "replace").strip()
        os.close(lock)
        raise JournalBusy(f"{folder}: process {holder or 'unknown'} writes this journal") from None
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode("ascii"), 0)
    return lock

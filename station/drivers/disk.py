"""Room on a disk, and whether a file can be written and kept there: found by writing one, as nothing else tells."""

import os
import shutil
import tempfile
import time
from pathlib import Path

from station.domain.places import fault_of
from station.engine.ready import Room

BLOCK = 4096
"""Bytes of one try: a page of a journal (sqlite.org, pgszchng2016)."""


def room(folder: Path) -> Room:
    """What is left where this folder is, or would be. Raises the faults of domain.places."""
    there = nearest(folder)
    try:
        left = os.statvfs(there)
        # Some file systems count no files; they make them as long as there is room.
        return Room(shutil.disk_usage(there).free, left.f_favail if left.f_files else None)
    except OSError as why:
        raise fault_of(there, why) from why


def tried(folder: Path) -> Room:
    """The same, once a file was written there and kept. Raises the faults of domain.places."""
    sync_times(folder, 1)
    return room(folder)


def sync_times(folder: Path, count: int) -> list[float]:
    """Seconds that each of so many blocks takes to be on the disk. Raises the faults of domain.places."""
    there, times = nearest(folder), []
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            for _ in range(count):
                began = time.perf_counter()
                file.write(b"x" * BLOCK)
                file.flush()
                os.fdatasync(file.fileno())
                times.append(time.perf_counter() - began)
    except OSError as why:
        raise fault_of(there, why) from why
    return times


def nearest(folder: Path) -> Path:
    """The folder, or the one it would be made in. Raises the faults of domain.places where it cannot be looked at."""
    for one in (folder, *folder.parents):
        try:
            one.stat()
        except FileNotFoundError:
            continue
        except OSError as why:
            raise fault_of(one, why) from why
        return one
    return folder

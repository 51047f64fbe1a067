"""Processes that write a journal and are killed while they do."""

import os
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from station.domain.events import Body, Booted, Event
from station.domain.faults import JournalFull
from station.domain.ids import RunId
from station.journal.outbox import export
from station.journal.store import Journal
from tests.journal.shift import clock, whole_run
from tests.journal.shift import run as run_id


def now() -> Callable[[], int]:
    """A clock."""
    return clock().__next__


def append_until_killed(folder: Path, acks: Connection) -> None:
    """Append transactions of one to fourteen facts; tell the last number of each one that is on disk."""
    journal = Journal.create_or_open(folder, now())
    number = 0
    while True:
        number += 1
        events = journal.append(whole_run(number)[: number % 14 + 1], run_id(number))
        acks.send_bytes(events[-1].model_dump_json().encode())


def append_until_full(folder: Path, told: Connection) -> None:
    """Fill a disk of 200 kB, find it full, get room, go on; tell (events, tail, number) at each turn."""
    journal = Journal.create_or_open(folder, now())
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, most))
    number = 0
    try:
        while True:
            number = journal.append(whole_run(1), run_id(1))[-1].seq
    except JournalFull as why:
        told.send(("full", number, journal.tail()[0], str(why)))
    try:
        journal.append([Booted(op=1, firmware="x" * 40_000)], None)
    except JournalFull:
        told.send(("still full", number, journal.tail()[0], ""))
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    number = journal.append([Booted(op=1, firmware="y")], None)[-1].seq
    told.send(("room", number, journal.tail()[0], ""))
    journal.close()


class Fuse:
    """Kills its process at the n-th moment that counts."""

    def __init__(self, moments: int) -> None:
        self.left = moments

    def burn(self) -> None:
        """One moment."""
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class Fused(Journal):
    """A journal whose appending has two moments: before it, and after it."""

    fuse = Fuse(0)

    def append(self, bodies: Sequence[Body], run: RunId | None) -> list[Event]:
        self.fuse.burn()
        events = super().append(bodies, run)
        self.fuse.burn()
        return events


def export_until_killed(folder: Path, target: Path, moments: int, told: Connection) -> None:
    """Export a list and be killed before the n-th file operation or beside the append; tell if it came to its end."""
    fuse = Fuse(0)

    def watch(event: str, details: tuple[object, ...]) -> None:
        touched = {"open", "os.link", "os.rename", "os.remove"}
        if event in touched and str(details[0]).startswith(str(folder.parent)):
            fuse.burn()

    sys.addaudithook(watch)
    with Fused.create_or_open(folder, now()) as journal:
        fuse.left = moments
        journal.fuse = fuse
        export(journal, target)
        fuse.left = 0
    told.send("done")

"""Kills, power cuts and full disks: what was acknowledged is there, and the chain holds."""

import itertools
import json
import multiprocessing
import random
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType

import apsw
import pytest

from station.domain.events import Event
from station.domain.faults import Fault, JournalFull
from station.journal.entries import FILE
from station.journal.marker import MARKER
from station.journal.recovery import close_interrupted
from station.journal.store import Journal, Reader
from station.journal.verify import verify
from tests.journal.power import Disk
from tests.journal.shift import run, whole_run
from tests.journal.writer import append_until_full, append_until_killed, now

KILLS = 20
CUTS = 300

SPAWN = multiprocessing.get_context("forkserver")
SPAWN.set_forkserver_preload(["station.journal.outbox"])


def start(target: Callable[..., None], *arguments: object) -> tuple[multiprocessing.process.BaseProcess, Connection]:
    mine, theirs = SPAWN.Pipe(duplex=False)
    process = SPAWN.Process(target=target, args=(*arguments, theirs))
    process.start()
    theirs.close()
    return process, mine


def left_in(acks: Connection) -> Iterator[Event]:
    """What a killed process had told before its end."""
    with suppress(EOFError):
        while True:
            yield Event.model_validate_json(acks.recv_bytes())


def test_a_killed_station_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    dice = random.Random(7)
    acked: list[Event] = []
    for _ in range(KILLS):
        process, acks = start(append_until_killed, tmp_path)
        acked.append(Event.model_validate_json(acks.recv_bytes()))
        time.sleep(dice.uniform(0, 0.15))
        process.kill()
        process.join()
        acked += left_in(acks)
        acks.close()
        process.close()
        with Journal.create_or_open(tmp_path, now()) as journal:
            stored = {event.seq: event for event in journal.events()}
            close_interrupted(journal)
    assert all(stored[event.seq] == event for event in acked)
    assert verify(tmp_path).entries >= len(stored)
    assert len(acked) > 10 * KILLS


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("begun")
    with Journal.create_or_open(folder, now()) as journal:
        journal.append(whole_run(0), run(0))
    return folder


def work_until_the_cut(folder: Path, disk: Disk) -> list[Event]:
    """Three shifts, each opened and closed, so that cuts fall into appends, checkpoints and the ends of shifts."""
    acked: list[Event] = []
    numbers = itertools.count(1)
    try:
        for _ in range(3):
            with Journal.create_or_open(folder, now()) as journal:
                for _ in range(disk.dice.randrange(1, 6)):
                    number = next(numbers)
                    acked += journal.append(whole_run(number)[: disk.dice.randrange(1, 15)], run(number))
    except Fault:
        assert disk.budget <= 0
    return acked


def cut(begun: Path, folder: Path, seed: int, lying: bool = False) -> tuple[list[Event], Path]:
    """One power cut: what was acknowledged before it, and the folder as it is found after it."""
    dice = random.Random(seed)
    worked, found = folder / "worked", folder / "found"
    shutil.copytree(begun, worked)
    found.mkdir(parents=True)
    disk = Disk(dice, budget=dice.randrange(2, 120), lying=lying)
    try:
        acked = work_until_the_cut(worked, disk)
    finally:
        disk.unregister()
    disk.leave(found)
    shutil.copyfile(worked / MARKER, found / MARKER)
    return acked, found


def surviving(found: Path) -> dict[int, Event]:
    with Journal.create_or_open(found, now()) as journal:
        close_interrupted(journal)
        stored = {event.seq: event for event in journal.events()}
    verify(found)
    return stored


def test_a_power_cut_loses_nothing_that_was_acknowledged(begun: Path, tmp_path: Path) -> None:
    lost, total = 0, 0
    for seed in range(CUTS):
        acked, found = cut(begun, tmp_path / str(seed), seed)
        stored = surviving(found)
        lost += sum(stored.get(event.seq) != event for event in acked)
        total += len(acked)
        shutil.rmtree(tmp_path / str(seed))
    assert lost == 0
    assert total > CUTS


def test_the_power_cuts_of_these_tests_do_destroy_what_is_not_synced(begun: Path, tmp_path: Path) -> None:
    harmed = 0
    for seed in range(40):
        acked, found = cut(begun, tmp_path / str(seed), seed, lying=True)
        try:
            stored = surviving(found)
        except Fault:
            harmed += 1
        else:
            harmed += any(stored.get(event.seq) != event for event in acked)
    assert harmed > 10


def test_a_full_disk_stops_the_station_until_there_is_room_and_costs_nothing(tmp_path: Path) -> None:
    process, told = start(append_until_full, tmp_path)
    try:
        full, still_full, room = told.recv(), told.recv(), told.recv()
    finally:
        process.join()
        told.close()
    number = full[1]
    assert full[:3] == ("full", number, number)
    assert FILE in full[3]
    assert still_full[:3] == ("still full", number, number)
    assert room[:3] == ("room", number + 1, number + 1)
    assert verify(tmp_path).entries == number + 1


class Stubborn(apsw.VFS):
    """A disk whose n-th write or sync fails once, as full or as broken."""

    def __init__(self, error: type[apsw.Error], at: int) -> None:
        self.error = error
        self.left = at
        super().__init__("stubborn-disk", "", makedefault=True)

    def pass_or_fail(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise self.error("as the test wants it")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> "StubbornFile":  # noqa: N802
        return StubbornFile(self, name, flags)

    def excepthook(self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None) -> bool:
        """The failure is meant."""
        return True


class StubbornFile(apsw.VFSFile):
    def __init__(self, disk: Stubborn, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        self.disk = disk
        super().__init__("unix", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self.disk.pass_or_fail()
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self.disk.pass_or_fail()
        super().xSync(flags)


@pytest.fixture
def stubborn() -> Iterator[Callable[[type[apsw.Error], int], Stubborn]]:
    disks: list[Stubborn] = []

    def make(error: type[apsw.Error], at: int) -> Stubborn:
        disks.append(Stubborn(error, at))
        return disks[-1]

    yield make
    for disk in disks:
        disk.unregister()


def append_until_refused(journal: Journal) -> tuple[tuple[int, bytes], str]:
    """The journal's end before the append that was refused, and the refusal."""
    for number in range(1, 10):
        before = journal.tail()
        try:
            journal.append(whole_run(number), run(number))
        except JournalFull as why:
            return before, str(why)
    raise AssertionError("nothing was refused")


@pytest.mark.parametrize("error", [apsw.FullError, apsw.IOError], ids=["full", "broken"])
@pytest.mark.parametrize("at", range(1, 9))
def test_a_write_that_fails_leaves_nothing_of_its_transaction(
    begun: Path,
    tmp_path: Path,
    stubborn: Callable[[type[apsw.Error], int], Stubborn],
    error: type[apsw.Error],
    at: int,
) -> None:
    folder = tmp_path / "state"
    shutil.copytree(begun, folder)
    disk = stubborn(error, 0)
    with Journal.create_or_open(folder, now()) as journal:
        disk.left = at
        before, told = append_until_refused(journal)
        assert FILE in told
        assert journal.tail() == before
        assert journal.append(whole_run(11), run(11))[0].seq == before[0] + 1
    assert verify(folder).entries > before[0]


def test_a_reader_that_meets_the_station_midway_sees_whole_transactions(tmp_path: Path) -> None:
    process, acks = start(append_until_killed, tmp_path)
    try:
        acks.recv_bytes()
        for _ in range(20):
            with Reader.open(tmp_path) as reader:
                per_run = [sum(1 for _ in reader.events(run_id)) for run_id in reader.run_ids()[:-1]]
            assert per_run == [number % 14 + 1 for number in range(1, len(per_run) + 1)]
            assert verify(tmp_path).entries >= sum(per_run)
    finally:
        process.kill()
        process.join()
        acks.close()
    assert json.loads(verify(tmp_path).model_dump_json())["entries"] > 0

"""An intact journal is read wherever it lies, and never written; what cannot be read is told as what it is."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from station.domain.faults import DiskReadOnly, JournalDamaged, NotPermitted, PlaceRefused
from station.journal.entries import FILE
from station.journal.presence import beside
from station.journal.store import Journal, Reader
from station.journal.verify import verify
from tests.journal.shift import clock, run, whole_run

NOBODY = 65534
"""A user who owns nothing (Debian, base-passwd)."""


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    """A journal whose station ended by itself: one file."""
    with Journal.create_or_open(tmp_path / "state #1?%20", clock().__next__) as journal:
        journal.append(whole_run(1), run(1))
    return tmp_path / "state #1?%20"


@pytest.fixture
def torn(clean: Path, tmp_path: Path) -> Path:
    """A journal whose station was killed: half of it is in the log."""
    with Journal.create_or_open(clean, clock().__next__) as journal:
        journal.append(whole_run(2), run(2))
        shutil.copytree(clean, tmp_path / "torn")
    return tmp_path / "torn"


@pytest.fixture
def torn_without_index(torn: Path) -> Path:
    """The same without the index of its log, which a copy seldom has."""
    beside(torn / FILE)[2].unlink()
    return torn


WHICH = {"clean": 14, "torn": 28, "torn_without_index": 28}


@pytest.fixture(params=WHICH)
def state(request: pytest.FixtureRequest) -> tuple[Path, int]:
    """A state folder and how many entries its journal has."""
    folder = request.getfixturevalue(request.param)
    assert isinstance(folder, Path)
    return folder, WHICH[request.param]


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Callable[[Path], Path]]:
    """Puts a folder on a disk that is mounted read-only."""
    mounted: list[Path] = []

    def mount(folder: Path) -> Path:
        there = tmp_path / "disk"
        there.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", there], check=True)
        mounted.append(there)
        shutil.copytree(folder, there / folder.name)
        subprocess.run(["mount", "-o", "remount,ro", there], check=True)
        return there / folder.name

    yield mount
    for one in mounted:
        subprocess.run(["umount", one], check=True)


def files(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in folder.iterdir()}


may_mount = pytest.mark.skipif(
    os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False).returncode != 0,
    reason="to mount a disk needs root",
)


@may_mount
def test_a_journal_on_a_read_only_disk_is_read(state: tuple[Path, int], read_only: Callable[[Path], Path]) -> None:
    folder, entries = state
    there = read_only(folder)
    before = files(there)
    assert verify(there).entries == entries
    with Reader.open(there) as reader:
        assert len(list(reader.events())) == entries
    assert files(there) == before


@may_mount
def test_who_would_write_on_a_read_only_disk_is_told_so(clean: Path, read_only: Callable[[Path], Path]) -> None:
    with pytest.raises(DiskReadOnly):
        Journal.create_or_open(read_only(clean), clock().__next__)


AS_ANOTHER = """
import os, sys
from pathlib import Path
from station.domain.faults import Fault
from station.journal.store import Journal, Reader
from station.journal.verify import verify
from tests.journal.shift import clock
os.setgid({nobody}); os.setuid({nobody})
folder = Path(sys.argv[1])
for ask in (lambda: verify(folder).entries, lambda: len(list(Reader.open(folder).events())),
            lambda: Journal.create_or_open(folder, clock().__next__)):
    try:
        print(ask())
    except Fault as why:
        print(type(why).__name__)
"""


def as_another_user(folder: Path) -> list[str]:
    """What somebody else is told: by `verify`, by a reader, by who would write."""
    script = AS_ANOTHER.format(nobody=NOBODY)
    command = [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {os.getcwd()!r})\n{script}", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.split()


def open_to_all(folder: Path, mode: int) -> Path:
    """With this mode for the journal's files, and a way to it for everybody."""
    for one in beside(folder / FILE):
        if one.exists():
            one.chmod(mode)
    for one in (folder, *folder.parents):
        if one.owner() == "root" and one != Path("/"):
            one.chmod(one.stat().st_mode | 0o055)
    return folder


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="to be somebody else needs root")


@as_root
def test_a_journal_of_another_user_is_read_by_who_may_read_it(state: tuple[Path, int]) -> None:
    folder, entries = state
    before = files(open_to_all(folder, 0o644))
    assert as_another_user(folder) == [str(entries), str(entries), "NotPermitted"]
    assert files(folder) == before


@as_root
def test_a_journal_that_this_user_may_not_read_is_told_so_and_never_called_damaged(state: tuple[Path, int]) -> None:
    folder, _ = state
    open_to_all(folder, 0o600)
    assert as_another_user(folder) == [NotPermitted.__name__] * 3


@as_root
def test_a_folder_that_this_user_may_not_enter_is_told_so(clean: Path) -> None:
    open_to_all(clean, 0o644)
    clean.chmod(0o700)
    assert as_another_user(clean) == [NotPermitted.__name__] * 3


@may_mount
def test_a_damaged_journal_on_a_read_only_disk_is_still_called_damaged(
    clean: Path, read_only: Callable[[Path], Path]
) -> None:
    file = clean / FILE
    file.write_bytes(file.read_bytes().replace(b'"identify"', b'"identifx"'))
    there = read_only(clean)
    for ask in (lambda: verify(there), lambda: Reader.open(there)):
        with pytest.raises(JournalDamaged, match="entry 2 "):
            ask()


def fill(ballast: Path) -> None:
    """Take all the room that a disk has."""
    with suppress(OSError), ballast.open("wb", buffering=0) as out:
        while out.write(bytes(4096)):
            continue


@may_mount
def test_a_full_disk_keeps_nobody_from_reading(tmp_path: Path, torn_without_index: Path) -> None:
    disk = tmp_path / "full"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], check=True)
    try:
        there = Path(shutil.copytree(torn_without_index, disk / "state"))
        fill(disk / "ballast")
        assert verify(there).entries == 28
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize("name", ["lin\udce9", "a" * 300, "n/" * 2100])
def test_a_folder_that_cannot_be_called_so_is_refused_as_a_configuration(name: str, tmp_path: Path) -> None:
    for ask in (lambda folder: Journal.create_or_open(folder, clock().__next__), Reader.open, verify):
        with pytest.raises(PlaceRefused):
            ask(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_folders_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(PlaceRefused):
        Journal.create_or_open(tmp_path / "state", clock().__next__)

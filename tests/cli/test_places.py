"""Places as they are: each is told as what it is, with its own remedy, and nothing waits for ever."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from station.domain.faults import DiskReadOnly, JournalFull, NotPermitted, PlaceRefused
from station.drivers.disk import nearest, room, tried
from tests.line.floor import STATION, Done, environment, eventually

SOMEBODY = 65534
"""A user of this PC to whom nothing here belongs (nobody, Debian base-passwd)."""

WRITERS = [
    ("orders", "import", "LIST"),
    ("people", "add", "Edda", "--role", "engineer"),
    ("report", "--to", "STATE/reports"),
    ("unwind", "export", "--to", "STATE/unwind.csv"),
    ("sheet", "--to", "STATE/sheet.pdf"),
    ("sound", "--to", "STATE/sound.wav"),
]
"""Verbs that write, by what they write."""


class Place:
    """A state folder that is not as it should be; `run` is a verb that meets it, as this user or as nobody."""

    def __init__(self, folder: Path, spoil: Callable[["Place"], None]) -> None:
        self.folder, self.state = folder, folder / "state"
        self.prefix: list[str] = []
        self.list = folder.parent / "list.txt"
        self.list.write_text("e00fce680000000000000001\n", encoding="ascii")
        self.state.mkdir(parents=True)
        self._spoil, self.mounted = spoil, False

    def spoil(self) -> None:
        self._spoil(self)

    def mount(self, options: str) -> None:
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.folder)], check=True)
        self.mounted = True
        self.state.mkdir()

    def run(self, *words: str, stdin: str = "") -> Done:
        given = [one.replace("STATE", str(self.state)).replace("LIST", str(self.list)) for one in words]
        given += [] if words[0] in ("sheet", "sound") else ["--state", str(self.state)]
        done = subprocess.run(
            [*self.prefix, *STATION, *given],
            capture_output=True,
            input=stdin.encode(),
            timeout=100,
            env=environment() | {"PYTHONDONTWRITEBYTECODE": "1", "HOME": "/nonexistent"},
            check=False,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def another_users(place: Place) -> None:
    """Root is asked for no permission, so that it gives up the right to do without; anybody else gives up their own."""
    if os.geteuid() == 0:
        os.chown(place.state, SOMEBODY, SOMEBODY)
        place.state.chmod(0o755)
        place.prefix = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]
    else:
        place.state.chmod(0o555)


def read_only(place: Place) -> None:
    place.mount("size=64m")
    subprocess.run(["mount", "-o", "remount,ro", str(place.folder)], check=True)


def full(place: Place) -> None:
    place.mount("size=1m")
    with (place.folder / "fill").open("wb", buffering=0) as out:
        try:
            while True:
                out.write(b"x" * 4096)
        except OSError:
            return


def no_files(place: Place) -> None:
    place.mount("size=64m,nr_inodes=8")
    for number in range(8):
        try:
            (place.folder / f"file{number}").touch()
        except OSError:
            return


def too_long(place: Place) -> None:
    place.state = place.state / ("x" * 300)


AS_ROOT = {"read_only": read_only, "full": full, "no_files": no_files}
"""Only root may mount; for somebody else each of these is a permission that they do not have, which is told, too."""

ALWAYS = {"another_users": another_users, "too_long": too_long}

TOLD = {
    "read_only": ("S506", "dmesg", 3),
    "full": ("S501", "Free disk space", 3),
    "no_files": ("S501", "remove files", 3),
    "another_users": ("S507", "chown", 3),
    "too_long": ("S404", "Name another place", 78),
}


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "disk", {**AS_ROOT, **ALWAYS}[request.param])
    made.spoil()
    yield made
    if made.mounted:
        subprocess.run(["umount", "-l", str(made.folder)], check=True)


KINDS = [*ALWAYS, *(AS_ROOT if os.geteuid() == 0 else ())]


@pytest.mark.parametrize("words", WRITERS, ids=lambda words: words[0])
@pytest.mark.parametrize("place", KINDS, indirect=True)
def test_who_writes_is_told_what_the_place_is_and_what_to_do(
    words: tuple[str, ...], place: Place, request: pytest.FixtureRequest
) -> None:
    kind = request.node.callspec.params["place"]
    code, remedy, exit_code = TOLD[kind]
    told = place.run(*words)
    assert "Traceback" not in told.err
    assert told.code not in (0, 1), told
    if "S505" not in told.err:  # without a journal there is nothing to report on
        assert code in told.err, told.err
        assert remedy in told.err
        assert told.code == exit_code


@pytest.mark.parametrize("place", KINDS, indirect=True)
def test_the_station_check_and_the_doctor_see_it(place: Place, request: pytest.FixtureRequest) -> None:
    kind = request.node.callspec.params["place"]
    checked = place.run("check", "--ready", "--json")
    if kind == "too_long":
        assert checked.code == 78
        assert "S404" in checked.err
        return
    assert checked.code == 3, checked
    items = {one["code"]: one for one in json.loads(checked.out.splitlines()[-1])["items"]}
    assert items["DISK"]["state"] == "fail", items["DISK"]
    looked = place.run("doctor", "--json")
    findings = {one["what"]: one for one in json.loads(looked.out.splitlines()[-1])["findings"]}
    assert looked.code == 69
    assert findings["disk"]["state"] == "missing"
    assert findings["disk"]["todo"]
    if kind not in ("full", "no_files"):
        assert items["DISK"]["what"] == TOLD[kind][0]


def test_a_place_that_is_well_has_room_and_keeps_a_file(tmp_path: Path) -> None:
    left = tried(tmp_path / "not" / "there" / "yet")
    assert left.free > 0
    assert nearest(tmp_path / "not" / "there") == tmp_path
    assert room(tmp_path).free > 0
    assert list(tmp_path.iterdir()) == []


def test_each_kind_of_place_is_a_fault_of_its_own() -> None:
    assert len({one.remedy for one in (JournalFull, DiskReadOnly, NotPermitted, PlaceRefused)}) == 4


def test_a_name_that_is_no_utf_8_is_refused_as_a_name(tmp_path: Path) -> None:
    state = os.fsencode(tmp_path / "lin") + b"\xe9"
    command = [os.fsencode(one) for one in (*STATION, "orders", "list", "--state")]
    done = subprocess.run([*command, state], capture_output=True, timeout=60, env=environment(), check=False)
    assert done.returncode == 78, done.stderr
    assert b"not UTF-8" in done.stderr
    assert b"lin\\xe9" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk; `sim --mishap disk_full` needs none")
def test_a_demonstration_ends_when_its_disk_is_full_in_mid_run(tmp_path: Path) -> None:
    disk, root = tmp_path / "disk", tmp_path / "root"
    disk.mkdir()
    for name in ("configs", "fixtures", "firmware/releases"):
        shutil.copytree(Path(__file__).parents[2] / name, root / name)
    station = root / "configs" / "station.toml"
    lines = [line for line in station.read_text(encoding="utf-8").splitlines() if "min_free_mb" not in line]
    station.write_text("\n".join(["min_free_mb = 1", *lines]) + "\n", encoding="utf-8")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(disk)], check=True)
    try:
        words = ["sim", "--headless", "--units", "3", "--nests", "1", "--speed", "real", "--root", str(root)]
        command = [*STATION, *words, "--state", str(disk / "state"), "--json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as shown:
            assert eventually((disk / "state" / "journal.sqlite-wal").exists, 60.0)
            assert eventually(lambda: (disk / "state" / "journal.sqlite-wal").stat().st_size > 100_000, 60.0)
            full_by(disk)
            late = threading.Timer(100.0, shown.kill)
            late.start()
            out, err = shown.communicate()
            late.cancel()
        assert shown.returncode == 3, err.decode()
        assert b"Traceback" not in err
        assert json.loads(out.splitlines()[-1])["passed"] == 0
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def full_by(disk: Path) -> None:
    for size in (1 << 16, 1):
        with (disk / f"fill{size}").open("wb", buffering=0) as out:
            try:
                while True:
                    out.write(b"x" * size)
            except OSError:
                continue


def test_a_temporary_folder_too_long_for_a_socket_does_not_matter(tmp_path: Path) -> None:
    long = tmp_path / ("a" * 60) / ("b" * 60)
    long.mkdir(parents=True)
    words = ["sim", "--headless", "--units", "1", "--nests", "1", "--state", str(tmp_path / "state")]
    place = environment() | {"TMPDIR": str(long)}
    done = subprocess.run([*STATION, *words], capture_output=True, timeout=100, env=place, check=False)
    assert done.returncode == 0, done.stderr.decode()
    words = [sys.executable, "-m", "station", "bench", "--folder", str(long)]
    done = subprocess.run(words, capture_output=True, timeout=60, env=place, check=False)
    assert done.returncode == 78
    assert b"S404" in done.stderr

"""Nothing that lies in a folder of somebody else's is run: not in the station, its workers, the bench or pyOCD."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from station import interpreter
from tests.line.floor import environment

MODULES = sorted(sys.stdlib_module_names | {"apsw", "click", "pydantic", "pyocd", "rich", "serial", "usb", "tests"})
CUSTOM = ("sitecustomize", "usercustomize", "pyocd_user", ".pyocd_user")
PROGRAMS = ("aplay", "pw-play", "paplay", "gcc", "cc", "ld", "objdump", "ldconfig", "uname", "sh", "python3", "xdotool")


class Traps:
    """A folder in which everything that could be run by mistake writes its name down."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._ran = folder, folder.with_name(folder.name + ".ran")
        folder.mkdir(parents=True)
        for name in (*MODULES, *CUSTOM):
            self.sets(folder / f"{name}.py")
        for name in PROGRAMS:
            path = folder / name
            path.write_text(f"#!/bin/sh\necho {name} >> {self._ran}\n", encoding="ascii")
            path.chmod(0o755)
        (folder / "pyocd.yaml").write_text("frequency: 1\n", encoding="ascii")
        plugin = folder / "evil-1.0.dist-info"
        plugin.mkdir()
        (plugin / "METADATA").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n", encoding="ascii")
        points = "".join(
            f"[{group}]\nevil = pyocd_user:evil\n" for group in ("station.steps", "pyocd.probe", "pyocd.rtos")
        )
        (plugin / "entry_points.txt").write_text(points, encoding="ascii")

    def sets(self, path: Path) -> None:
        """One more trap."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"open({str(self._ran)!r}, 'a').write({path.name!r} + '\\n')\n", encoding="ascii")

    @property
    def ran(self) -> list[str]:
        """What was run."""
        return self._ran.read_text(encoding="ascii").splitlines() if self._ran.exists() else []


@pytest.fixture
def traps(tmp_path: Path) -> Traps:
    return Traps(tmp_path / "theirs")


def around(traps: Traps) -> dict[str, str]:
    """A shell in which everything points at the traps."""
    theirs = str(traps.folder)
    place = environment() | {"PATH": theirs, "TMPDIR": theirs, "HOME": theirs, "PYTHONSTARTUP": f"{theirs}/ast.py"}
    return place | {"PYTHONPATH": theirs, "XDG_STATE_HOME": f"{theirs}/state", "XDG_CACHE_HOME": f"{theirs}/cache"}


def station(traps: Traps, *words: str | Path) -> "subprocess.CompletedProcess[bytes]":
    """The program as `./run` starts it, from the folder of the traps."""
    command = [sys.executable, "-I", "-m", "station", *map(str, words)]
    return subprocess.run(command, cwd=traps.folder, env=around(traps), capture_output=True, timeout=100, check=False)


def test_a_unit_is_made_and_nothing_in_the_callers_folders_is_run(traps: Traps, tmp_path: Path) -> None:
    state = tmp_path / "state"
    for name in ("pyocd_user.py", ".pyocd_user.py", "json.py", "pyocd.yaml"):
        traps.sets(state / "pyocd" / "nest-1" / name)
    done = station(traps, "sim", "--headless", "--units", "1", "--nests", "1", "--state", state, "--json")
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout.splitlines()[-1])["passed"] == 1
    assert traps.ran == []
    assert list((state / "pyocd" / "nest-1").iterdir()) == []
    assert (state / "pyocd" / "nest-1").stat().st_mode & 0o777 == 0o700


def test_the_traps_do_catch_who_is_not_alone(traps: Traps) -> None:
    subprocess.run([sys.executable, "-m", "json.tool", "-h"], cwd=traps.folder, capture_output=True, check=False)
    assert traps.ran


@pytest.mark.parametrize("words", [("doctor",), ("sound",), ("check",), ("identify",)], ids=" ".join)
def test_no_verb_runs_what_lies_around(words: tuple[str, ...], traps: Traps, tmp_path: Path) -> None:
    state = () if words[0] in ("sound", "check") else ("--state", tmp_path / "state")
    done = station(traps, *words, *state)
    assert b"Traceback" not in done.stderr
    assert done.returncode in (0, 69), done.stderr.decode()
    assert traps.ran == []


def test_a_module_of_ours_runs_alone_and_is_of_this_very_package(traps: Traps) -> None:
    command = interpreter.module("station.bench", "modules", traps.folder / "made")
    done = subprocess.run(command, cwd=traps.folder, env=around(traps), capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert (traps.folder / "made" / "parts").is_dir()
    assert traps.ran == []


ALONE = """
import json, os, sys
from station import interpreter
interpreter.alone()
print(json.dumps([sys.path, {name: one for name, one in os.environ.items() if name.startswith(("PYTHON", "PATH"))}]))
"""


def test_a_process_that_was_started_by_hand_forgets_the_callers_folder(tmp_path: Path) -> None:
    place = environment() | {
        "PYTHONPATH": f"{interpreter.PACKAGE}{os.pathsep}{tmp_path}{os.pathsep}",
        "PATH": "/theirs",
    }
    place |= {"PYTHONSTARTUP": "x.py", "PYTHONPYCACHEPREFIX": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", ALONE], cwd=tmp_path, env=place, capture_output=True, check=True)
    path, around = json.loads(done.stdout)
    assert str(interpreter.PACKAGE) in path
    assert not {"", str(tmp_path)} & set(path)
    assert around.pop("PATH") == interpreter.PATH
    assert around.items() >= {"PYTHONSAFEPATH": "1", "PYTHONNOUSERSITE": "1"}.items()
    assert not around.keys() & {"PYTHONPATH", "PYTHONSTARTUP", "PYTHONPYCACHEPREFIX"}

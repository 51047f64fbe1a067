"""However a verb ends, its exit code can be trusted and nobody reads a traceback."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from station.bench.client import BenchError
from station.cli import cli, ending
from station.cli.ending import ended
from station.domain.faults import JournalFull
from tests.line.floor import STATION, environment, verb


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where bugs are written down."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    return tmp_path / "home"


def bugs(home: Path) -> list[str]:
    return [one.read_text(encoding="utf-8") for one in sorted((home / "station" / "bugs").glob("*.txt"))]


def leaves(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every verb with its words, from the tree itself."""
    if isinstance(command, click.Group):
        for name, one in command.commands.items():
            yield from leaves(one, (*words, name))
    else:
        yield words, command


LEAVES = list(leaves(cli))


def needed(command: click.Command) -> list[str]:
    """Words for all that a verb must be given, so that it begins."""
    words: list[str] = []
    for one in command.params:
        if not one.required:
            continue
        fits = {"DEVICE": "e00fce680000000000000001", "UNIT": "B40HAB123456789", "FOLDER": "tests"}
        word = (
            one.type.choices[0] if isinstance(one.type, click.Choice) else fits.get(one.human_readable_name, "LICENSE")
        )
        words += [str(word)] if isinstance(one, click.Argument) else [one.opts[0], str(word)]
    return words


@pytest.mark.parametrize(("words", "command"), LEAVES, ids=lambda one: " ".join(one) if isinstance(one, tuple) else "")
def test_a_bug_in_any_verb_is_3_a_sentence_and_a_file(
    words: tuple[str, ...], command: click.Command, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: object) -> None:
        raise ZeroDivisionError("division by\nzero")

    monkeypatch.setattr(command, "callback", broken)
    told = verb(*words, *needed(command))
    assert (told.code, told.out) == (3, ""), told.err
    [line] = told.err.splitlines()
    assert line.startswith("X000  A bug of the station, ZeroDivisionError: division by zero; it is written down in ")
    [kept] = bugs(home)
    assert "Traceback" in kept
    assert "ZeroDivisionError: division by\nzero" in kept
    path = Path(line.rpartition(" in ")[2])
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("what", "code"),
    [
        (KeyboardInterrupt(), 4),
        (click.Abort(), 4),
        (EOFError(), 4),
        (SystemExit(), 0),
        (SystemExit(1), 1),
        (SystemExit("a sentence"), 3),
        (click.UsageError("no such thing"), 2),
        (JournalFull("0 MB are free"), 3),
        (BenchError("the bench is gone"), 3),
        (BrokenPipeError(32, "Broken pipe"), 3),
        (OSError(28, "No space left on device"), 3),
        (PermissionError(13, "Permission denied", "/etc/x"), 3),
        (OSError(36, "File name too long", "/etc/x"), 78),
        (FileNotFoundError(2, "No such file", "/etc/x"), 3),
        (UnicodeEncodeError("ascii", "–", 0, 1, "no"), 3),
        (MemoryError(), 3),
        (RecursionError("too deep"), 3),
    ],
    ids=repr,
)
@pytest.mark.usefixtures("home")
def test_an_exit_code_says_who_has_to_act(what: BaseException, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    def fails() -> None:
        raise what

    assert ended(fails) == code
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [("-h",), ("people", "list", "--json"), ("check", "--diagram"), ("check",)], ids=" ".join
)
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_output_that_nobody_takes_is_3_and_no_traceback(
    words: tuple[str, ...], unbuffered: str, tmp_path: Path
) -> None:
    place = environment() | {"XDG_CACHE_HOME": str(tmp_path), "PYTHONUNBUFFERED": unbuffered}
    place |= {"XDG_STATE_HOME": str(tmp_path)}
    reader, writer = os.pipe()
    os.close(reader)
    with Path("/dev/full").open("wb") as full:
        for out, says in ((full.fileno(), "No space left on device"), (writer, "")):
            done = subprocess.run(
                [*STATION, *words], stdout=out, stderr=subprocess.PIPE, env=place, timeout=60, check=False
            )
            told = done.stderr.decode("utf-8")
            assert done.returncode == 3, told
            assert says in told
            assert "Traceback" not in told
            assert "Exception ignored" not in told
    os.close(writer)
    assert bugs(tmp_path) == []


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
def test_a_stream_that_is_closed_takes_nobody_elses_place(closed: tuple[int, ...], tmp_path: Path) -> None:
    """The journal's lock or file must never be opened as number 1: what is printed would stand in it."""
    shell = " ".join(f"{number}{'<' if number == 0 else '>'}&-" for number in closed)
    words = f"{sys.executable} -m station people list --state {tmp_path} {shell}"
    done = subprocess.run(["/bin/sh", "-c", words], capture_output=True, env=environment(), timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("encoding", ["iso8859-1", "ascii", "cp437"])
@pytest.mark.parametrize(
    "words", [("check",), ("check", "--json"), ("bench", "-h"), ("sim", "--mishaps")], ids=" ".join
)
def test_a_terminal_that_has_not_every_letter_loses_a_letter_and_nothing_else(
    words: tuple[str, ...], encoding: str, tmp_path: Path
) -> None:
    place = environment() | {"XDG_CACHE_HOME": str(tmp_path), "PYTHONIOENCODING": encoding}
    done = subprocess.run([*STATION, *words], capture_output=True, env=place, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    if "--json" in words:
        whole = subprocess.run([*STATION, *words], capture_output=True, env=environment(), timeout=60, check=False)
        assert json.loads(done.stdout.decode(encoding)) == json.loads(whole.stdout)


def test_a_bug_in_a_thread_is_told_once_and_the_verb_does_not_pass(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails() -> None:
        raise ValueError("in a thread")

    def work() -> None:
        for _ in range(3):
            one = threading.Thread(target=fails)
            one.start()
            one.join()

    assert ended(work) == 3
    told = capsys.readouterr().err
    assert told.count("ValueError: in a thread") == 1
    assert "Traceback" not in told
    assert len(bugs(home)) == 1


def test_where_nothing_can_be_written_a_bug_is_told_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(blocked))
    monkeypatch.setattr("tempfile.tempdir", str(blocked))

    def fails() -> None:
        raise ValueError("nowhere")

    assert ended(fails) == 3
    assert "no disk here takes a file with more of it" in capsys.readouterr().err


def test_ctrl_c_is_4_and_no_traceback() -> None:
    waits = "import sys, time; from station.cli.ending import ended; print('up', flush=True); "
    waits += "sys.exit(ended(lambda: time.sleep(60)))"
    command = [sys.executable, "-c", waits]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"up\n"
        time.sleep(0.2)
        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=60)
    assert (running.returncode, told) == (4, b"Aborted.\n")


def test_a_package_that_lacks_a_part_is_3_and_a_sentence(tmp_path: Path) -> None:
    lacks = "import sys; sys.modules['rich'] = None; from station.__main__ import start; start()"
    done = subprocess.run(
        [sys.executable, "-c", lacks], capture_output=True, env=environment(), timeout=60, check=False
    )
    assert done.returncode == 3
    assert b"not installed as a whole" in done.stderr
    assert b"Traceback" not in done.stderr


def test_rich_prints_by_the_one_console_that_does_not_end_the_process_with_1() -> None:
    package = Path(ending.__file__).parents[1]
    found = {
        f"{path.name}: {line.strip()}"
        for path in package.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"\bConsole\(", line) and "io.StringIO()" not in line
    }
    assert found == set()

"""What the program prints to be typed next can be pasted, whatever is in the names of folders."""

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from station.cli import common
from station.cli.common import as_called, command, quoted
from tests.line.floor import STATION, environment

NAMES = [
    "Line 2 #1",
    "it's",
    "a;touch pwned",
    "$(touch pwned)",
    "`touch pwned`",
    '"',
    "–ü 线",
    "~",
    "-x",
    "a&b|c>d",
    "\\",
    ":smile:",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("at_home", [True, False])
def test_a_path_is_one_word_for_a_shell(
    name: str, at_home: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "my home"))
    folder = (tmp_path / "my home" if at_home else tmp_path / "elsewhere") / name / "state"
    printed = command("outbox", "export", "--state", folder)
    script = f'station() {{ printf "%s\\n" "$@"; }}; {printed}'
    place = environment() | {"HOME": str(tmp_path / "my home")}
    told = subprocess.run(["/bin/sh", "-c", script], capture_output=True, cwd=tmp_path, env=place, check=True)
    assert told.stdout.decode().splitlines() == ["outbox", "export", "--state", str(folder)]
    assert not (tmp_path / "pwned").exists()
    assert printed.startswith("station outbox export --state ~/") is at_home


def test_a_sentence_names_the_program_as_it_was_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, "PROGRAM", "/opt/my line/run")
    assert as_called("`station check` tells when it is right.") == "`'/opt/my line/run' check` tells when it is right."
    assert as_called("the station's own") == "the station's own"
    assert command("check") == "'/opt/my line/run' check"


@pytest.mark.parametrize("name", ["Line 2 #1", "a;b :smile: $(x)"])
def test_what_a_demonstration_prints_is_done_when_it_is_pasted(name: str, tmp_path: Path) -> None:
    state = tmp_path / name
    program = tmp_path / "my station"
    program.write_text(f'#!/bin/sh\nSTATION_AS=$0 exec {shlex.join(STATION)} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    words = [str(program), "sim", "--headless", "--units", "1", "--nests", "1", "--state", str(state)]
    made = subprocess.run(words, capture_output=True, env=environment(), timeout=100, check=True)
    [printed] = [line.strip() for line in made.stderr.decode().splitlines() if "outbox export" in line]
    done = subprocess.run(["/bin/sh", "-c", printed], capture_output=True, cwd=tmp_path, env=environment(), check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert (state / "devices.txt").read_text(encoding="ascii") == done.stdout.decode()


def test_what_a_bench_prints_is_whole_lines_for_a_shell(tmp_path: Path) -> None:
    folder = tmp_path / "b 1"
    words = [*STATION, "bench", "--nests", "1", "--folder", str(folder), "--bus-pirate", "--usb-wire", "0"]
    with subprocess.Popen([*words, "--pyocd-remote", "0"], stdout=subprocess.PIPE, env=environment()) as bench:
        assert bench.stdout is not None
        lines = []
        for line in bench.stdout:
            lines.append(line.decode().rstrip("\n"))
            if b"Ctrl-C" in line:
                break
        bench.terminate()
    text = "\n".join(lines)
    split = {
        line.split()[0]: shlex.split(line, comments=True) for line in text.replace("\\\n", "").splitlines() if line
    }
    assert split["station"][:2] == ["station", "identify"]
    assert split["openocd"][2].endswith(f"buspirate port {{{folder}/probe/BENCH0001.tty}}; transport select swd")
    assert split["pyocd"][-1].startswith("remote:127.0.0.1:")
    assert shlex.split(next(one for one in lines if " run " in one))[2:] == [
        "--bench",
        str(folder),
        "--parts",
        str(folder / "parts"),
    ]


def test_a_word_that_needs_no_quotes_has_none() -> None:
    assert quoted("127.0.0.1:5556") == "127.0.0.1:5556"
    assert json.dumps(quoted(Path("/srv/state"))) == '"/srv/state"'

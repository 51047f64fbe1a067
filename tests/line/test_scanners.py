"""A line with three scanners: two on serial ports, of which one waits for its beep, and one that types keys."""

import os
import pty
import select
import signal
import sys
import termios
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from station.bench.client import Bench, Facts
from station.codec.command import render
from station.domain.command import Command, Verb
from station.domain.events import Event, RunFinished, RunStarted, ScanRefused
from station.domain.outcome import Outcome
from tests.line.floor import (
    PATIENCE,
    TO_BE_SEEN,
    Line,
    environment,
    eventually,
    files_with,
    parts_in,
    root_with_nests,
    secret,
)

SCANNERS = """
[[scanners]]
name = "left"
port = "scanner"
host_ack = "honeywell"

[[scanners]]
name = "right"
port = "scanner-2"

[[scanners]]
name = "gun"
kind = "wedge"
port = "wedge"
"""


def root_with_scanners(folder: Path, nests: int) -> Path:
    root = root_with_nests(folder, nests)
    path = root / "fixtures" / "sim-4up.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('scanner = "scanner"\n', "") + SCANNERS, encoding="utf-8")
    return root


@dataclass
class Shift:
    """What came of it."""

    state: Path
    units: list[Facts] = field(default_factory=list)
    beeps: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    said: str = ""

    def refused(self, source: str) -> list[str]:
        """Why scans of this scanner were refused."""
        found = [one.body for one in self.events if isinstance(one.body, ScanRefused)]
        return [one.detail for one in found if one.source == source]


@pytest.fixture(scope="module")
def shift(tmp_path_factory: pytest.TempPathFactory) -> Shift:
    folder = tmp_path_factory.mktemp("scanners")
    root, parts = root_with_scanners(folder / "root", 3), parts_in(folder / "parts")
    made = Shift(folder / "state")
    with Bench.start(nests=3) as bench, Line(bench, root, parts, made.state) as line:
        line.started()
        made.units = [bench.unit(bench.new_unit()) for _ in range(4)]
        bench.scan("https://example.org/box", by="scanner")
        bench.scan(made.units[0].label, by="scanner", manner="cut")
        bench.scan(made.units[0].label, by="scanner-2", manner="together")
        bench.scan(made.units[0].label, by="wedge", manner="french")
        bench.scan(render(Command(Verb.UNLOAD)), by="scanner-2")
        for nest, (unit, by, manner) in enumerate(
            zip(made.units, ("scanner", "scanner-2", "wedge"), ("double", "framed", "well"), strict=False), start=1
        ):
            bench.scan(unit.label, by=by, manner=manner)
            bench.place(nest, unit.unit)
        time.sleep(TO_BE_SEEN)
        bench.scan(made.units[3].label, by="scanner")
        for nest in (1, 2, 3):
            bench.lid(nest, True)
        ended = 0
        while ended < 3:
            ended += isinstance(line.until(lambda _: True).body, RunFinished)
        made.beeps = bench.beeps("scanner")
        line.stop()
        made.events, made.said = line.seen, line.said.read_text(encoding="utf-8")
    return made


def test_every_scanner_names_the_unit_that_was_held_before_it(shift: Shift) -> None:
    started = {one.body.nest: one.body.label.serial for one in shift.events if isinstance(one.body, RunStarted)}
    assert started == {nest: shift.units[nest - 1].serial for nest in (1, 2, 3)}
    verdicts = [one.body.outcome for one in shift.events if isinstance(one.body, RunFinished)]
    assert verdicts == [Outcome.PASS] * 3


def test_every_refused_scan_names_its_scanner_and_its_reason(shift: Shift) -> None:
    left, right, gun = (shift.refused(name) for name in ("left", "right", "gun"))
    assert [("web address" in left[0]), ("cut off" in left[1]), ("Every nest is taken" in left[2])] == [True] * 3
    assert [("ran together" in right[0]), ("No nest there is finished" in right[1])] == [True] * 2
    assert ["the keyboard layout is wrong" in one for one in gun] == [True]
    assert (len(left), len(right)) == (3, 2)
    assert "scan refused (gun)  U101 the keyboard layout" in shift.said


def test_the_scanner_that_waits_for_it_hears_what_became_of_each_scan(shift: Shift) -> None:
    assert shift.beeps == ["razz", "razz", "good", "good", "razz"]


def test_the_second_read_of_a_label_is_shown(shift: Shift) -> None:
    assert shift.said.count("scan ignored (left)  Read twice") == 1


def test_no_secret_of_a_label_is_kept_or_said(shift: Shift) -> None:
    for unit in shift.units:
        assert files_with(shift.state, secret(unit)) == []
        assert secret(unit) not in shift.said


class Terminal:
    """`station run` on a terminal of its own, as a person starts it."""

    def __init__(self, *words: str | Path) -> None:
        self.shown = b""
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            os.execve(sys.executable, [sys.executable, "-m", "station", *map(str, words)], environment())

    def shows(self, text: str, within: float = PATIENCE) -> bool:
        """Whether the terminal comes to show this."""
        deadline = time.monotonic() + within
        while text.encode() not in self.shown and time.monotonic() < deadline:
            ready, _, _ = select.select([self._master], [], [], 0.1)
            try:
                self.shown += os.read(self._master, 65536) if ready else b""
            except OSError:
                break
        return text.encode() in self.shown

    def is_quiet(self) -> bool:
        """Whether it echoes nothing by itself."""
        return not termios.tcgetattr(self._master)[3] & termios.ECHO

    def press(self, text: str, gap: float = 0.0) -> None:
        """Type, all at once or with pauses."""
        for one in [text] if not gap else text:
            os.write(self._master, one.encode())
            time.sleep(gap)

    def end(self) -> int:
        """Ctrl-C; its exit code."""
        os.kill(self.pid, signal.SIGINT)
        self.shows("\0never", within=3.0)
        _, status = os.waitpid(self.pid, 0)
        os.close(self._master)
        return os.waitstatus_to_exitcode(status)


def test_a_scanner_that_types_into_the_terminal_is_told_from_a_person(tmp_path: Path) -> None:
    root, parts = root_with_scanners(tmp_path / "root", 2), parts_in(tmp_path / "parts")
    with Bench.start(nests=2) as bench:
        one, two = (bench.unit(bench.new_unit()) for _ in range(2))
        words = ("run", "--headless", "--bench", bench.folder, "--root", root, "--parts", parts)
        terminal = Terminal(*words, "--state", tmp_path / "state")
        assert eventually(terminal.is_quiet)
        terminal.press(f"{one.label}\r{one.label}\r")
        assert terminal.shows("scan ignored (keyboard)"), terminal.shown
        terminal.press("]Q1https://example.org\r")
        assert terminal.shows("scan refused (keyboard)  U101 a web address"), terminal.shown
        terminal.press("cancel 1", 0.06)
        assert terminal.shows("> cancel 1"), terminal.shown
        terminal.press("\r")
        terminal.press(two.label[:15], 0.06)
        terminal.press("\r")
        bench.place(1, two.unit)
        time.sleep(TO_BE_SEEN)
        bench.lid(1, True)
        assert terminal.shows("PASS"), terminal.shown
        assert terminal.end() == 0
        assert secret(one).encode() not in terminal.shown
        assert one.label.split()[0].encode() not in terminal.shown
    assert files_with(tmp_path / "state", secret(one)) == []

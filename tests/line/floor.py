"""A factory floor: a bench, the station as a process of its own, and an operator who reads its events."""

import fcntl
import io
import json
import os
import resource
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from station.bench import modules, spoil
from station.bench.client import Bench, Facts
from station.cli import main
from station.config import default_root
from station.domain.events import Event, RunFinished, RunStarted, ScanRefused, StationStarted
from station.domain.refusals import Code

PATIENCE = 60.0
"""Seconds for anything that a busy machine does in a few."""

TO_BE_SEEN = 0.25
"""Seconds in which a station sees a lid or reads a scanner; it looks twenty times a second."""

STATION = (sys.executable, "-m", "station")
WATCHED = (sys.executable, "-m", "tests.line.watched")
"""The station in a window that nobody sees; what its cards say goes to stderr."""


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, object]:
        """The last line of stdout."""
        found: dict[str, object] = json.loads(self.out.splitlines()[-1])
        return found


def environment() -> dict[str, str]:
    """The caller's, with this checkout importable and no place of this PC's station."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("STATION_", "STATE_"))}
    return kept | {"PYTHONPATH": str(Path(__file__).parents[2])}


def command(*words: str | Path, within: float = 60.0) -> Done:
    """`station WORDS`, as a process."""
    done = subprocess.run(
        [*STATION, *map(str, words)], capture_output=True, timeout=within, env=environment(), check=False
    )
    return Done(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


def verb(*words: str | Path) -> Done:
    """The same in this process, for verbs that start nothing: a second of imports less."""
    out, err, before = io.StringIO(), io.StringIO(), sys.argv
    sys.argv = ["station", *map(str, words)]
    code: object = 0
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main()
    except SystemExit as end:
        code = end.code or 0
    finally:
        sys.argv = before
    assert isinstance(code, int)
    return Done(code, out.getvalue(), err.getvalue())


def parts_in(folder: Path) -> Path:
    """The modules of the example product."""
    modules.write_release_files(folder)
    return folder


def root_with_nests(folder: Path, nests: int) -> Path:
    """The example product on a virtual fixture of so many nests: a worker process each."""
    spoil.copy_root(default_root(), folder)
    instruments = 'instruments = { dmm = "dmm", supply = "supply" }'
    seats = "".join(
        f'  {{ nest = {n}, usb = "1-1.{n}", probe = "BENCH{n:04d}", {instruments} }},\n' for n in range(1, nests + 1)
    )
    text = f'name = "sim-4up"\nbench = true\ncontroller = "fixture"\nscanner = "scanner"\nnests = [\n{seats}]\n'
    (folder / "fixtures" / "sim-4up.toml").write_text(text, encoding="utf-8")
    return folder


def produced(units: int, seed: int = 1) -> list[Facts]:
    """The first units of a seeded production: every bench with this seed makes the same ones."""
    with Bench.start(nests=1, seed=seed) as bench:
        return [bench.unit(bench.new_unit()) for _ in range(units)]


def secret(facts: Facts) -> str:
    """The mobile secret, which stands behind the serial number on the label."""
    return facts.label.split()[1]


def files_with(folder: Path, text: str) -> list[Path]:
    """Every file below `folder` that holds this text, in whatever else it holds."""
    return [one for one in folder.rglob("*") if one.is_file() and text.encode("ascii") in one.read_bytes()]


def eventually(holds: Callable[[], bool], within: float = 10.0) -> bool:
    """Whether it comes true in time."""
    deadline = time.monotonic() + within
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def is_gone(pid: int) -> bool:
    """Whether a process has ended, also one that nobody has buried yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


class Line:
    """`station run --bench --events` as a process; `seen` are the events it printed so far."""

    def __init__(
        self,
        bench: Bench,
        root: Path,
        parts: Path,
        state: Path,
        stepped: bool = False,
        recipe: str | None = None,
        window: bool = False,
    ) -> None:
        """`stepped`: it cannot print an event before the one before it was read, so it is never two ahead."""
        self._bench = bench
        self._heard = b""
        self.seen: list[Event] = []
        state.mkdir(parents=True, exist_ok=True)
        self.said = state.with_name(f"{state.name}-{time.monotonic_ns()}.stderr")
        words = ["run", "--bench", bench.folder, "--root", root, "--parts", parts, "--state", state, "--events"]
        words += [] if recipe is None else ["--recipe", recipe]
        words += ["--window"] if window else []
        # In packet mode every write takes a page, and of one page there is no second one (pipe(7)).
        self._out, printing = os.pipe2(os.O_DIRECT if stepped else 0)
        if stepped:
            fcntl.fcntl(printing, fcntl.F_SETPIPE_SZ, resource.getpagesize())
        # It is started as from a terminal, also where these tests run under nohup.
        hung_up = signal.signal(signal.SIGHUP, signal.SIG_DFL)
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(
                [*(WATCHED if window else STATION), *map(str, words)],
                stdin=subprocess.PIPE,
                stdout=printing,
                stderr=said,
                env=environment() | {"QT_QPA_PLATFORM": "offscreen"},
                start_new_session=True,
            )
        signal.signal(signal.SIGHUP, hung_up)
        os.close(printing)

    def enter(self, label: str) -> None:
        """Type a label on standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{label}\n".encode("ascii"))
        self.process.stdin.flush()

    def prints(self, within: float = PATIENCE) -> bool:
        """Whether it prints something, or ends, in time; what it printed is left unread."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._out, selectors.EVENT_READ)
            return bool(selector.select(max(0.0, within)))

    def next(self, within: float = PATIENCE) -> Event | None:
        """The next event that is printed; None when the station has closed its output, or says nothing in time."""
        deadline = time.monotonic() + within
        while b"\n" not in self._heard:
            if not self.prints(deadline - time.monotonic()):
                return None
            data = os.read(self._out, 65536)
            if not data:
                return None
            self._heard += data
        text, _, self._heard = self._heard.partition(b"\n")
        event = Event.model_validate_json(text)
        self.seen.append(event)
        return event

    def until(self, holds: Callable[[Event], bool], within: float = PATIENCE) -> Event:
        """The next event for which this holds."""
        deadline = time.monotonic() + within
        while (event := self.next(deadline - time.monotonic())) is not None:
            if holds(event):
                return event
        raise AssertionError(f"no such event came; the station said:\n{self.said.read_text(encoding='utf-8')}")

    def until_finished(self) -> RunFinished:
        """The verdict of the next run that ends."""
        body = self.until(lambda event: isinstance(event.body, RunFinished)).body
        assert isinstance(body, RunFinished)
        return body

    def seat(self, nest: int, unit: int, typed: bool = False, label: str | None = None, again: bool = False) -> Event:
        """As an operator does it: scan or type the label, seat the unit, close the lid. Returns how the run began.

        A unit that sits there is taken out first: what is seated before its label is scanned is nobody's.

        The label is the unit's own unless another one is given. `again`: its unit passed before, and is made once more.
        The events tell of refused scans and of runs, not of lids and accepted labels: what was too quick is done again.
        """
        self._bench.lid(nest, False)
        label, accepted = label or self._bench.unit(unit).label, False
        for _ in range(10):
            if not accepted:
                if self._bench.unit(unit).seat is not None:
                    self._bench.remove(nest)
                time.sleep(TO_BE_SEEN)
                (self.enter if typed else self._bench.scan)(label)
                time.sleep(TO_BE_SEEN)
                self._bench.place(nest, unit)
            self._bench.lid(nest, True)
            answer = self._answer(nest, 2.0)
            if answer is not None and isinstance(answer.body, RunStarted):
                return answer
            if again and answer is not None and isinstance(answer.body, ScanRefused):
                assert answer.body.code == Code.PASSED_BEFORE
                self.clear(nest)
                self.enter("retry")
                time.sleep(TO_BE_SEEN)
                self._bench.place(nest, unit)
                accepted = True
                continue
            accepted = answer is None
            self._bench.lid(nest, False)
        raise AssertionError(f"no run began; the station said:\n{self.said.read_text(encoding='utf-8')}")

    def _answer(self, nest: int, within: float) -> Event | None:
        deadline = time.monotonic() + within
        while (event := self.next(deadline - time.monotonic())) is not None:
            if isinstance(event.body, ScanRefused) or (isinstance(event.body, RunStarted) and event.body.nest == nest):
                return event
        return None

    def clear(self, nest: int) -> None:
        """Open the lid of a nest that is done, and take the unit out."""
        self._bench.lid(nest, False)
        self._bench.remove(nest)

    def release(self, nest: int) -> None:
        """As the line engineer does it with a locked nest, once its unit is out."""
        self.enter(f"release {nest} Edda Engineer")
        time.sleep(TO_BE_SEEN)

    def workers(self) -> list[int]:
        """The processes that the station started to work on nests."""
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                text = stat.read_text(encoding="ascii", errors="replace")
                words = (stat.parent / "cmdline").read_bytes()
            except OSError:
                continue
            if int(text.rpartition(")")[2].split()[1]) == self.process.pid and b"spawn_main" in words:
                found.append(int(stat.parent.name))
        return found

    def stop(self, number: int = signal.SIGTERM, everybody: bool = False) -> int:
        """Send a signal, to `everybody` that the station started as well, and wait; returns the exit code."""
        if everybody:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        while self.next() is not None:
            continue
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        """End the process as a power switch would, and keep what it had printed."""
        self.process.kill()
        while self.next(5.0) is not None:
            continue
        self.process.wait(PATIENCE)

    def started(self) -> Event:
        """Wait until it is up."""
        event = self.until(lambda event: isinstance(event.body, StationStarted))
        time.sleep(TO_BE_SEEN)
        return event

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        os.close(self._out)
        if self.process.stdin is not None:
            self.process.stdin.close()

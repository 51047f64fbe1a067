"""The bench from outside: starts the process, or joins one that runs, and asks it for things."""

import base64
import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from station import interpreter
from station.domain.faults import PartMissing, PlaceRefused

READY_SECONDS = 15.0
STOP_SECONDS = 5.0
UNAVAILABLE = 69  # sysexits.h, EX_UNAVAILABLE: what a bench ends with that lacks a part of the system

SOCKET_PATH = 107
"""Bytes of a socket's path without its NUL (unix(7))."""

DEEPEST = Path("probe", "BENCH0000.sock")
"""The longest of the names that sockets have in a bench's folder."""


class BenchError(Exception):
    """The bench is not there, or refuses what it was asked for; the message says why, `complaint` all it said."""

    complaint = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """Something a unit did, in seconds on its own clock, and the firmware that did it."""

    at: float
    firmware: str


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is true of a unit, whatever it says of itself."""

    unit: int
    device_id: str
    serial: str
    label: str
    contacts: tuple[Moment, ...]
    boots: tuple[Moment, ...]
    powered: bool
    reset_held: bool
    running: str | None
    mode: str | None
    asleep: bool
    led: str
    presses: int
    modem_power_ups: int
    seat: int | None


@dataclass(frozen=True, slots=True)
class SeatFacts:
    """A nest of the virtual fixture: its lid, the number of the unit in it, power on, reset held."""

    nest: int
    closed: bool
    unit: int | None
    power: bool
    reset: bool


class Bench:
    """One connection to a bench; callable from any thread, one command at a time."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes] | None = None, owned: bool = False) -> None:
        self.folder = folder
        self._process, self._owned = process, owned
        self._lock = threading.Lock()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.connect(str(folder / "control.sock"))
        except OSError as error:
            self._socket.close()
            raise BenchError(f"no bench answers in {folder}: {error}") from error
        self._answers = self._socket.makefile("rb")

    @classmethod
    def start(
        cls,
        folder: Path | None = None,
        nests: int = 4,
        seed: int = 1,
        pace: float | None = None,
        platform: str = "boron",
        follow: bool = True,
    ) -> Self:
        """Start a bench process and wait until it is ready.

        `pace` None is as fast as it goes, 1.0 real time. The bench ends with this process if it is to `follow`.
        Without `folder` it gets a new one, short enough for sockets, that `close` removes. Raises BenchError,
        PlaceRefused, PartMissing.
        """
        owned = folder is None
        where = folder if folder is not None else _short_folder()
        if not fits(where):
            raise PlaceRefused(f"{where}: the name leaves no room for those of sockets: {SOCKET_PATH} bytes, unix(7)")
        command = interpreter.module("station.bench", "serve", where)
        command += ["--nests", str(nests), "--seed", str(seed), "--pace", str(pace or 0), "--platform", platform]
        command += ["--follow"] if follow else []
        stdin = subprocess.PIPE if follow else subprocess.DEVNULL
        process = subprocess.Popen(
            command,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            _await_ready(process)
            return cls(where, process, owned)
        except (BenchError, PartMissing):
            _end(process)
            if owned:
                shutil.rmtree(where, ignore_errors=True)
            raise

    @classmethod
    def join(cls, folder: Path) -> Self:
        """Connect to a bench that runs. Raises BenchError."""
        return cls(folder)

    def close(self) -> None:
        """Hang up; a bench that was started here is stopped, and a folder that was made for it is removed."""
        if self._process is not None and self._process.poll() is None:
            try:
                self._ask("stop")
            except BenchError:
                self._process.terminate()
        self._answers.close()
        self._socket.close()
        if self._process is not None:
            _end(self._process)
            self._process = None
        if self._owned:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def process_id(self) -> int | None:
        """Of the process that was started here."""
        return self._process.pid if self._process is not None else None

    # The operator's hands

    def new_unit(
        self, serial: str | None = None, rails: Mapping[str, float] | None = None, firmware: str | None = None
    ) -> int:
        """Make the next unit of the seeded production; returns its number."""
        return _int(self._ask("new_unit", serial=serial, rails=dict(rails or {}), firmware=firmware))

    def place(self, nest: int, unit: int) -> None:
        """Seat a unit."""
        self._ask("place", nest=nest, unit=unit)

    def remove(self, nest: int) -> int:
        """Take a unit out; returns which it was."""
        return _int(self._ask("remove", nest=nest))

    def lid(self, nest: int, closed: bool) -> None:
        """Close or open a lid."""
        self._ask("lid", nest=nest, closed=closed)

    def scan(self, text: str, by: str = "scanner", manner: str = "well") -> None:
        """Hold a code before a scanner, which reads it well or in another manner: station/bench/scanner.py."""
        self._ask("scan", text=text, by=by, manner=manner)

    def beeps(self, by: str = "scanner") -> list[str]:
        """What a scanner was told to beep so far: good or razz."""
        answer = self._ask("beeps", by=by)
        return [str(one) for one in answer] if isinstance(answer, list) else []

    def press(self, nest: int) -> None:
        """Press the MODE button of the unit in a nest, once and shortly."""
        self._ask("press", nest=nest)

    def instrument(self, nest: int, name: str, trouble: str, after: int = 0) -> None:
        """Have something go wrong with an instrument, or all be well again: station/bench/rack.py lists what."""
        self._ask("instrument", nest=nest, name=name, trouble=trouble, after=after)

    def bus_pirate(self, nest: int) -> Path:
        """Put a Bus Pirate on a nest's debug wires; returns its serial port."""
        return Path(str(self._ask("bus_pirate", nest=nest)))

    def mishap(self, name: str, unit: int | None = None, nest: int | None = None) -> None:
        """Have something of the catalogue go wrong, with a unit or with the one in a nest."""
        self._ask("mishap", name=name, unit=unit, nest=nest)

    # What is true, and time

    def unit(self, unit: int) -> Facts:
        """All that is true of a unit."""
        answer = self._ask("unit", unit=unit)
        if not isinstance(answer, dict):
            raise BenchError("the bench's answer is no set of facts")
        moments = {name: tuple(Moment(**one) for one in answer[name]) for name in ("contacts", "boots")}
        return Facts(**{**answer, **moments})

    def seats(self) -> list[SeatFacts]:
        """Every nest of the fixture."""
        answer = self._ask("seats")
        if not isinstance(answer, list):
            raise BenchError("the bench's answer is no list of seats")
        return [SeatFacts(**one) for one in answer]

    def controller(self, what: str) -> None:
        """Have something befall the fixture's controller: unplugged, plugged or restarted."""
        self._ask("controller", what=what)

    def pass_time(self, seconds: float) -> None:
        """Let the same virtual time pass for the controller and for every unit."""
        self._ask("pass_time", seconds=seconds)

    def flash(self, unit: int, start: int, size: int) -> bytes:
        """What the cells of a unit's chip hold, whoever may read them."""
        return base64.b64decode(str(self._ask("flash", unit=unit, start=start, size=size)))

    def advance(self, nest: int, seconds: float) -> float:
        """Let virtual time pass; returns the nest's new `now`."""
        return _float(self._ask("advance", nest=nest, seconds=seconds))

    def now(self, nest: int) -> float:
        """The nest's virtual seconds."""
        return _float(self._ask("now", nest=nest))

    def counters(self, nest: int) -> dict[str, int]:
        """What went over the nest's debug wire: packets, transfers, words, pages_erased, resets."""
        answer = self._ask("counters", nest=nest)
        return {str(name): _int(count) for name, count in answer.items()} if isinstance(answer, dict) else {}

    def _ask(self, command: str, **arguments: object) -> object:
        line = json.dumps({"do": command, **arguments}).encode("ascii") + b"\n"
        with self._lock:
            try:
                self._socket.sendall(line)
                answer = self._answers.readline()
            except OSError as error:
                raise BenchError(f"the bench in {self.folder} is gone: {error}") from error
        if not answer:
            raise BenchError(f"the bench in {self.folder} is gone")
        told: dict[str, object] = json.loads(answer)
        if "refused" in told:
            raise BenchError(str(told["refused"]))
        return told["ok"]


def fits(folder: Path) -> bool:
    """Whether the sockets of a bench in this folder have room for their names."""
    return len(os.fsencode(folder / DEEPEST)) <= SOCKET_PATH


def _short_folder() -> Path:
    """A new private folder with room for sockets, wherever temporary files lie. Raises BenchError."""
    places = [Path(tempfile.gettempdir()), Path(os.environ.get("XDG_RUNTIME_DIR") or os.sep), Path(os.sep, "tmp")]
    for place in places:
        with contextlib.suppress(OSError):
            folder = Path(tempfile.mkdtemp(prefix="bench-", dir=place))
            if fits(folder):
                return folder
            folder.rmdir()
    raise BenchError(f"no short folder for sockets can be made in {' or '.join(map(str, dict.fromkeys(places)))}")


def _await_ready(process: subprocess.Popen[bytes]) -> None:
    """Read the ready line; a process that ends instead has said why."""
    late = threading.Timer(READY_SECONDS, process.kill)
    late.start()
    try:
        line = process.stdout.readline() if process.stdout is not None else b""
    finally:
        late.cancel()
    if not line.startswith(b"ready "):
        complaint = process.communicate()[1].decode("utf-8", "replace").strip()
        lines = complaint.splitlines() or ["it said nothing"]
        if process.returncode == UNAVAILABLE:
            raise PartMissing(lines[-1])
        error = BenchError(f"the bench did not start: {lines[-1]}")
        error.complaint = complaint if len(lines) > 1 else ""
        raise error


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.communicate(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def _int(value: object) -> int:
    if not isinstance(value, int):
        raise BenchError("the bench's answer is no whole number")
    return value


def _float(value: object) -> float:
    if not isinstance(value, int | float):
        raise BenchError("the bench's answer is no number")
    return float(value)

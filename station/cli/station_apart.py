"""A whole station as processes that can be killed, started from a process that has everything loaded already.

The line and the workers are those of `station run`; what differs is how their processes are made: forked, not started
afresh, so that hundreds of stations can live and die in minutes. Linux only.
"""

import contextlib
import multiprocessing
import os
import signal
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Client, Connection, Listener
from multiprocessing.process import BaseProcess
from pathlib import Path

from station.bench.client import Bench
from station.domain.events import Event
from station.domain.faults import Fault
from station.domain.nest import State
from station.domain.safety_facts import MadeSafe
from station.engine.bus import Bus, Heard, Moved, Stored, Trouble
from station.engine.supervisor import Process
from station.line import Line
from station.ui.wishes import typed
from station.wiring import Place, Selected, places_of, worker_main

FORK = multiprocessing.get_context("fork")
SAFE = frozenset({State.EMPTY, State.PASSED, State.FAILED, State.UNDECIDED, State.STOPPED})
"""Where a hand may go into a nest, by what the screen says."""

ENDS = 60.0
"""Seconds in which a worker whose station is gone has ended, also on a busy machine."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a station says: an event once it is on disk, a nest's state, a nest it called safe that was not, words."""

    nest: int = 0
    event: Event | None = None
    state: State | None = None
    unsafe: str = ""
    words: str = ""
    wants_worker: bool = False
    up: bool = False


class Dying:
    """A process that has not much time left."""

    def __init__(self, process: BaseProcess) -> None:
        self._process = process

    def stop(self) -> None:
        """It does nothing any more, and does not know it."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process.pid or 0, signal.SIGSTOP)

    def kill(self) -> None:
        """It is gone."""
        self._process.kill()
        self._process.join()


class Apart:
    """One station. Use it in one thread; it forks, so there must be no other one."""

    def __init__(self, selected: Selected, state: Path, bench: Path, door: Path) -> None:
        """Its workers meet it at the socket `door`, which nobody had before."""
        self._door = door
        self._places = {one.seat.nest: one for one in places_of(selected.fixture.value, selected.parts, state, bench)}
        self._pipe, theirs = FORK.Pipe()
        self._workers: dict[int, BaseProcess] = {}
        self.up, self.said = False, ""
        self._core = FORK.Process(target=_station, args=(selected, state, bench, self._door, theirs))
        self._core.start()
        theirs.close()

    @property
    def alive(self) -> bool:
        """Whether its core lives."""
        return self._core.is_alive()

    def hear(self, within: float) -> Iterator[Told]:
        """What it has to say; workers that it wants are started meanwhile."""
        with contextlib.suppress(EOFError, OSError):
            while self._pipe.poll(within):
                told: Told = self._pipe.recv()
                within = 0.0
                self.up = self.up or told.up
                self.said = told.words or self.said
                if told.wants_worker:
                    self._work(told.nest)
                else:
                    yield told

    def type(self, text: str) -> None:
        """As a person types it at the station."""
        self._pipe.send(text)

    def _work(self, nest: int) -> None:
        worker = FORK.Process(target=_worker, args=(self._places[nest], self._door), daemon=True)
        worker.start()
        self._workers[nest] = worker

    # Deaths

    def dying(self, way: str) -> "list[Dying]":
        """The processes that die when the `pc`, the `core`, or the `worker` of nest 1 does."""
        found: dict[str, list[BaseProcess]] = {
            "pc": [self._core, *self._workers.values()],
            "core": [self._core],
            "worker": [one for nest, one in self._workers.items() if nest == 1],
        }
        return [Dying(one) for one in found.get(way, []) if one.is_alive()]

    def kill_all(self) -> None:
        """As a PC without power."""
        for one in self.dying("pc"):
            one.kill()

    def await_orphans(self) -> None:
        """Workers whose station is gone make their nests safe, and end."""
        for nest, one in self._workers.items():
            one.join(ENDS)
            if one.is_alive():
                raise RuntimeError(f"the worker of nest {nest} does not notice that its station is gone")


def _worker(place: Place, door: Path) -> None:
    worker_main(place, Client(str(door), "AF_UNIX"))


class Far:
    """A worker that another process has started, as supervisor.Process wants it."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    @property
    def exitcode(self) -> int | None:
        return None if self._alive() else -signal.SIGKILL

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)

    def join(self, timeout: float | None = None) -> None:
        deadline = time.monotonic() + (timeout or 0.0)
        while self._alive() and time.monotonic() < deadline:
            time.sleep(0.005)

    def _alive(self) -> bool:
        try:
            return Path(f"/proc/{self._pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False


def _station(selected: Selected, state: Path, bench: Path, door: Path, pipe: Connection) -> None:
    truth, sending = Bench.join(bench), threading.Lock()

    def say(told: Told) -> None:
        with sending:
            pipe.send(told)

    def hear(heard: Heard) -> None:
        match heard:
            case Moved(nest=nest, state=there):
                say(Told(nest, state=there, unsafe=_unsafe(truth, nest, there.value) if there in SAFE else ""))
            case Stored(nest=nest, event=event):
                wrong = _unsafe(truth, nest, "made safe") if nest and isinstance(event.body, MadeSafe) else ""
                say(Told(nest or 0, event=event, unsafe=wrong))
            case Trouble():
                say(Told(words=str(heard)))
            case _:
                return

    with Listener(str(door), "AF_UNIX") as listener:

        def spawn(nest: int) -> tuple[Process, Connection]:
            say(Told(nest, wants_worker=True))
            there = listener.accept()
            return Far(_peer(there)), there

        bus = Bus()
        bus.subscribe(hear)
        try:
            line = Line(selected, state, bench, bus, spawn=spawn)
        except Fault as why:
            say(Told(words=str(why)))
            return
        threading.Thread(target=_listen, args=(line, pipe), daemon=True).start()
        say(Told(up=True))
        line.run()


def _listen(line: Line, pipe: Connection) -> None:
    with contextlib.suppress(EOFError, OSError):
        while True:
            typed(line.core, pipe.recv())


def _peer(connection: Connection) -> int:
    """The process at the other end (unix(7), SO_PEERCRED)."""
    with socket.socket(fileno=os.dup(connection.fileno())) as peer:
        credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid: int = struct.unpack("3i", credentials)[0]
    return pid


def _unsafe(truth: Bench, nest: int, called: str) -> str:
    seat = next(one for one in truth.seats() if one.nest == nest)
    return f"nest {nest} was called {called} with power on and reset free" if seat.power and not seat.reset else ""

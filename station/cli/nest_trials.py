"""What `station bench flash` measures on many nests: real worker processes on a bench that keeps real time."""

import multiprocessing
import os
import signal
import statistics
import tempfile
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from station.bench.client import Bench
from station.cli.notebook import Ledger, op_of
from station.cli.virtual_unit import gen3_set
from station.domain.label import Label
from station.drivers.fixture_scpi import ScpiFixture
from station.steps.program import Job
from station.wiring import PATIENCE, Place, Selected, drivers_of, places_of

STARTS_WITHIN = 60.0
"""Seconds for a worker to load its drivers and stop its core."""

HUNG_AT, KILLED_AT = 2.0, 4.2
"""Seconds into the job at which one worker is frozen, and at which its deadline and the grace are over."""


@dataclass(frozen=True, slots=True)
class Shift:
    """Seconds of each nest that came to its end."""

    seconds: tuple[float, ...]

    @property
    def worst(self) -> float:
        """The slowest nest."""
        return max(self.seconds)

    @property
    def median(self) -> float:
        """The nest in the middle."""
        return statistics.median(self.seconds)


def flash_together(selected: Selected, nests: int, seed: int, hang: bool = False) -> Shift:
    """Flash the full set in so many nests at once, each from the same moment on, paced to real time."""
    with tempfile.TemporaryDirectory(prefix="nests-") as state, Bench.start(nests=nests, seed=seed, pace=1.0) as bench:
        for nest in range(1, nests + 1):
            bench.place(nest, bench.new_unit())
        places = places_of(selected.fixture.value, selected.parts, Path(state), bench.folder)[:nests]
        context = multiprocessing.get_context("spawn")
        workers = []
        for place in places:
            here, there = context.Pipe()
            process = context.Process(target=_worker, args=(place, selected, seed, there), daemon=True)
            process.start()
            there.close()
            workers.append((process, here))
        fixture = ScpiFixture(places[0].controller, PATIENCE, watchdog=None)
        try:
            _each(workers, "held")
            for place in places:
                fixture.set_power(place.seat.nest, True)
                fixture.set_reset(place.seat.nest, False)
            _tell(workers, "attach")
            _each(workers, "attached")
            _tell(workers, "go")
            hung = workers.pop() if hang else None
            if hung is not None and hung[0].pid is not None:
                time.sleep(HUNG_AT)
                os.kill(hung[0].pid, signal.SIGSTOP)
                time.sleep(KILLED_AT - HUNG_AT)
                hung[0].kill()
                fixture.set_reset(nests, True)
                fixture.set_power(nests, False)
            return Shift(tuple(_each(workers, None)))
        finally:
            for process, _ in workers:
                process.kill()
            fixture.close()


def _tell(workers: list[tuple[multiprocessing.context.SpawnProcess, Connection]], word: str) -> None:
    for _, pipe in workers:
        pipe.send(word)


def _each(workers: list[tuple[multiprocessing.context.SpawnProcess, Connection]], expected: str | None) -> list[float]:
    """Wait for what every worker says; raises RuntimeError for one that says something else, or nothing."""
    seconds = []
    for process, pipe in workers:
        if not pipe.poll(STARTS_WITHIN):
            raise RuntimeError(f"{process.name} said nothing")
        said = pipe.recv()
        if isinstance(said, float) == (expected is not None) or (expected is not None and said != expected):
            raise RuntimeError(f"{process.name}: {said}")
        seconds.append(said if isinstance(said, float) else 0.0)
    return seconds


def _worker(place: Place, selected: Selected, seed: int, pipe: Connection) -> None:
    """One nest: hold, attach, flash and prove the full set; tells its seconds by the wall, which the bench keeps."""
    programmer = drivers_of(place)[1]
    parts = gen3_set(seed)
    try:
        programmer.hold()
        pipe.send("held")
        pipe.recv()
        programmer.attach()
        pipe.send("attached")
        pipe.recv()
        began = time.monotonic()
        Job(op_of(selected, Ledger(), Label()), programmer, parts).put()
        pipe.send(time.monotonic() - began)
    except Exception as error:
        pipe.send(repr(error))
    finally:
        programmer.detach()

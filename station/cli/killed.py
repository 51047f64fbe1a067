"""A station that is killed in mid-run, for the demonstration of what its next start does."""

import json
import queue
import subprocess
import threading
import time
from pathlib import Path

from station import interpreter
from station.bench import spoil
from station.bench.client import Bench
from station.config import default_root

NEST = 1
AFTER = "programmed"
"""The kind of event after which the station is killed: firmware is half way on the chip."""

ANSWERS_WITHIN = 30.0
"""Seconds for anything the station has to say; a busy machine starts it slowly."""

SAFE_WITHIN = 10.0
"""Seconds in which the worker that is left behind must have made its nest safe."""


def kill_a_station(bench: Bench, state: Path, parts: Path, unit: tuple[int, str]) -> None:
    """Start a station on nest 1, have it make `unit` (number, label), kill it, and take the unit out again.

    Raises RuntimeError when the station ends by itself, or its nest keeps its power.
    """
    root = state / "root-of-one"
    spoil.copy_root(default_root(), root)
    fixture = root / "fixtures" / "sim-4up.toml"
    kept = [
        line
        for line in fixture.read_text(encoding="utf-8").splitlines()
        if "nest = " not in line or "nest = 1," in line
    ]
    fixture.write_text("\n".join(kept) + "\n", encoding="utf-8")
    command = interpreter.module("station", "run", "--bench", bench.folder, "--parts", parts)
    command += ["--state", str(state), "--root", str(root), "--fixture", "sim-4up", "--events"]
    number, label = unit
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as station:
        heard: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=_listen, args=(station, heard), daemon=True).start()
        try:
            _await(heard, "station_started", ANSWERS_WITHIN)
            bench.scan(label)
            bench.place(NEST, number)
            _close_the_lid(bench, heard)
            _await(heard, AFTER, ANSWERS_WITHIN)
        finally:
            station.kill()
    deadline = time.monotonic() + SAFE_WITHIN
    while bench.unit(number).powered:
        if time.monotonic() > deadline:
            raise RuntimeError(f"nest {NEST} kept its power after its station was killed")
        time.sleep(0.05)
    bench.lid(NEST, False)
    bench.remove(NEST)


def _close_the_lid(bench: Bench, heard: "queue.SimpleQueue[str]") -> None:
    """Close the lid until the run begins: one that is closed before the scan is taken starts nothing."""
    for _ in range(int(ANSWERS_WITHIN)):
        bench.lid(NEST, True)
        try:
            return _await(heard, "run_started", 1.0)
        except TimeoutError:
            bench.lid(NEST, False)
            time.sleep(0.2)
    raise RuntimeError("the station did not begin a run")


def _listen(station: "subprocess.Popen[str]", heard: "queue.SimpleQueue[str]") -> None:
    """The kinds of the events that were stored, and a last empty one."""
    for line in station.stdout or ():
        heard.put(json.loads(line)["body"]["kind"])
    heard.put("")


def _await(heard: "queue.SimpleQueue[str]", kind: str, within: float) -> None:
    """Wait for an event of this kind. Raises TimeoutError, RuntimeError when the station has ended."""
    deadline = time.monotonic() + within
    while True:
        try:
            told = heard.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise TimeoutError(f"no {kind} within {within:g} s") from None
        if told == kind:
            return
        if not told:
            raise RuntimeError(f"the station ended before {kind}")

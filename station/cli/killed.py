"""A station that is killed in mid-run, for the demonstration of what its next start does."""

import json
import subprocess
import sys
import time
from pathlib import Path

from station.bench import spoil
from station.bench.client import Bench
from station.config import default_root

NEST = 1
AFTER = "programmed"
"""The kind of event after which the station is killed: firmware is half way on the chip."""

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
    command = [sys.executable, "-m", "station", "run", "--bench", str(bench.folder), "--parts", str(parts)]
    command += ["--state", str(state), "--root", str(root), "--fixture", "sim-4up", "--events"]
    number, label = unit
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as station:
        try:
            _await(station, "station_started")
            bench.scan(label)
            bench.place(NEST, number)
            # The scan has to be taken before the lid closes.
            time.sleep(0.5)
            bench.lid(NEST, True)
            _await(station, AFTER)
        finally:
            station.kill()
    deadline = time.monotonic() + SAFE_WITHIN
    while bench.unit(number).powered:
        if time.monotonic() > deadline:
            raise RuntimeError(f"nest {NEST} kept its power after its station was killed")
        time.sleep(0.05)
    bench.lid(NEST, False)
    bench.remove(NEST)


def _await(station: "subprocess.Popen[str]", kind: str) -> None:
    """Read events until one of this kind was stored."""
    for line in station.stdout or ():
        if json.loads(line)["body"]["kind"] == kind:
            return
    raise RuntimeError(f"the station ended with code {station.wait()} before {kind}")

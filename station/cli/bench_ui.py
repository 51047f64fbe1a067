"""`station bench ui`: how soon the window stands, how it keeps up with a busy line, and that a shift leaks nothing."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import click

from station import interpreter
from station.cli.common import PASS, STATION_ERROR, UNIT_FAILED, json_option, say_json
from station.cli.window import has_display
from station.engine.worker import NICE

MINUTE = 60_000
"""Events after which the memory is looked at: a minute's, at a thousand a second."""

PANEL = {"name": "panel", "x": 0, "y": 0, "width": 1920, "height": 1080}
"""Without a display: the panel of a line, Full HD."""

GOALS: Mapping[str, float] = {
    "first_paint_ms": 1000.0,
    "rss_mb": 150.0,
    "lateness_p99_ms": 50.0,
    "core_share": 0.20,
    "scan_to_answer_ms": 300.0,
    "scans_lost": 0,
    "events_lost": 0,
    "soak_events_lost": 0,
    "soak_rss_growth_mb": 10.0,
    "soak_objects_a_unit": 2.0,
    "soak_qobjects_growth": 0,
}
"""At most: the budgets of the window; what a shift may leave behind is a design margin, not measured."""

SPIN = (
    "import os\nos.nice({nice})\nfirst = os.getppid()\nwhile os.getppid() == first:\n    for _ in range(100_000): pass"
)
"""A worker that only computes, until it is ended or whoever started it has gone."""

GIVEN_UP = 600.0
"""Seconds a trial may take beyond what it was asked for. A design margin, not measured."""


@click.command()
@click.option("--seconds", default=20.0, show_default=True, type=click.FloatRange(1, 3600), help="Of the flood.")
@click.option("--scans", default=50, show_default=True, type=click.IntRange(1, 10_000), help="Answers to time.")
@click.option("--units", default=1000, show_default=True, type=click.IntRange(10, 100_000), help="Of the long shift.")
@click.option("--starts", default=5, show_default=True, type=click.IntRange(1, 100), help="Of the window, anew.")
@click.option("--events", default=MINUTE, show_default=True, type=click.IntRange(1), help="Then memory is looked at.")
@click.option("--workers", "busy", default=8, show_default=True, type=click.IntRange(0, 64), help="Busy processes.")
@json_option
def ui(seconds: float, scans: int, units: int, starts: int, events: int, busy: int, as_json: bool) -> None:
    """Measure the window against its budgets.

    The window is the line's own, on this display or without one; its station is told. A thousand events a second come
    from the thread that has the core elsewhere, and busy processes, one a nest, compute all the while, standing back
    as a nest's worker does. A scan is timed from its last key to the end of the paint that answers it, in the same
    flood. The long shift is eight hours, as fast as the window takes it; of a few units the caches that fill at first
    look like a leak. Exits 1 when a budget is missed.
    """
    found = measure(seconds, scans, units, starts, events, busy)
    missed = [name for name, most in GOALS.items() if _number(found, name) > most]
    if as_json:
        say_json({**found, "met": {name: name not in missed for name in GOALS}})
    else:
        for line in _table(found, missed):
            click.echo(line)
    raise SystemExit(UNIT_FAILED if missed else PASS)


def measure(seconds: float, scans: int, units: int, starts: int, events: int, busy: int) -> dict[str, object]:
    """All figures, one trial after the other, each in a process of its own."""
    load = os.getloadavg()[0]
    firsts = []
    for _ in range(starts):
        began = time.monotonic()
        firsts.append(_number(trial("first", str(began)), "first_paint_ms"))
    with workers(busy):
        flood = trial("flood", str(seconds), str(scans), str(events), patience=seconds + scans)
    soak = trial("soak", str(units), patience=float(units))
    found = {
        "first_paint_ms": median(firsts), "first_paint_worst_ms": max(firsts), **flood, **soak, "seconds": seconds,
        "workers": busy, "workers_nice": NICE, "load_before": load, "processors": os.cpu_count(),
    }  # fmt: skip
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in found.items()}


def trial(*words: str, patience: float = 0.0) -> dict[str, object]:
    """What one trial found; where it fails, what it said, and the end of the verb."""
    with panel() as environment:
        command = interpreter.module("station.ui.window.trial", *words)
        try:
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=patience + GIVEN_UP, check=False
            )
        except subprocess.TimeoutExpired:
            click.echo(f"the window did not end its trial: {words[0]}", err=True)
            raise SystemExit(STATION_ERROR) from None
    if done.returncode != 0:
        click.echo(done.stderr, err=True)
        raise SystemExit(STATION_ERROR)
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


@contextmanager
def panel() -> Iterator[dict[str, str]]:
    """The environment of a window: this display, or a panel that nobody sees."""
    environment = dict(os.environ)
    without = environment.get("QT_QPA_PLATFORM", "") == "offscreen"
    if has_display() and not without:
        yield environment
        return
    with tempfile.TemporaryDirectory(prefix="station-panel-") as folder:
        # A path with a colon would end Qt's argument; this one has none.
        file = Path(folder) / "panel.json"
        screen = {**PANEL, "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1.0}
        file.write_text(json.dumps({"screens": [screen]}), encoding="ascii")
        yield {**environment, "QT_QPA_PLATFORM": f"offscreen:configfile={file}"}


@contextmanager
def workers(count: int, nice: int = NICE) -> Iterator[None]:
    """So many processes that only compute."""
    command = [sys.executable, "-I", "-S", "-c", SPIN.format(nice=nice)]
    running = [subprocess.Popen(command) for _ in range(count)]
    try:
        yield
    finally:
        for one in running:
            one.kill()
        for one in running:
            one.wait()


def _number(found: Mapping[str, object], name: str) -> float:
    value = found[name]
    if not isinstance(value, int | float):
        raise TypeError(f"{name} is {value!r}")
    return value


def _table(found: Mapping[str, object], missed: list[str]) -> Iterator[str]:
    for name, most in GOALS.items():
        mark = "  missed" if name in missed else ""
        yield f"  {name:<22} {_number(found, name):>9.2f}   at most {most:g}{mark}"
    yield ""
    for name, value in found.items():
        if name not in GOALS and isinstance(value, int | float):
            yield f"  {name:<22} {value:>9.2f}"

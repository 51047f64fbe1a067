"""`station bench keys`: the window on a real display, typed at as a scanner types, and robbed of its focus."""

import hashlib
import json
import os
import queue
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from random import Random
from types import TracebackType
from typing import Self

import click

from station import interpreter
from station.cli.bench_ui import workers
from station.cli.common import PASS, STATION_ERROR, UNIT_FAILED, json_option, say_json
from station.cli.window import on_x11
from station.domain.faults import PartMissing
from station.texts import texts_in

DELAYS = (0, 2, 4, 8)
"""Milliseconds a key (codec.frames.SCANNER_GAP: scanners take 8 to 16; none is quicker than xdotool at 0)."""

PATIENCE = 10.0
"""Seconds for what takes a part of one."""

INSTALL = "apt install xvfb openbox xdotool; then: Xvfb :7 & DISPLAY=:7 openbox & DISPLAY=:7 station bench keys"


@click.command()
@click.option("--scans", default=480, show_default=True, type=click.IntRange(1, 100_000), help="How many to type.")
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same labels.")
@click.option("--burners", default=4, show_default=True, type=click.IntRange(0, 64), help="Busy processes meanwhile.")
@json_option
def keys(scans: int, seed: int, burners: int, as_json: bool) -> None:
    """Type scans into the line's window as a scanner does, while the processors are busy, and count the exact ones.

    Labels of every form are typed through the X server: with and without a secret, with a scanner's AIM prefix, device
    ids in both cases; ended by Return or Tab. Then another window takes the focus: the band must say so, and stop
    saying it when the focus is back. Needs a display with a window manager, and xdotool. Exits 1 when a scan was not
    exact or the theft was not told.
    """
    refuse_without_display()
    with ExitStack() as stack:
        stack.enter_context(workers(burners, nice=0))
        window = stack.enter_context(Told("window"))
        if not window.wait(lambda told: told.get("active") is True):
            click.echo("the window was never in front: does a window manager run on this display?", err=True)
            raise SystemExit(STATION_ERROR)
        began = time.monotonic()
        came = [typed(window, one) for one in labels(scans, seed)]
        seconds = time.monotonic() - began
        robbed = theft(window, Random(seed))
    found: dict[str, object] = {
        "scans": scans,
        "exact": sum(one == "exact" for one in came),
        **{kind: came.count(kind) for kind in ("lost", "cut", "by_a_person", "other", "refused")},
        **robbed,
        "burners": burners,
        "seconds": round(seconds, 1),
    }
    met = found["exact"] == scans and all(robbed[name] is True for name in GOALS)
    if as_json:
        say_json({**found, "met": met})
    else:
        for name, value in found.items():
            click.echo(f"  {name:<20} {value}")
    raise SystemExit(PASS if met else UNIT_FAILED)


GOALS = ("theft_told", "keys_went_elsewhere", "return_told", "exact_again")


@dataclass(frozen=True, slots=True)
class Typed:
    """What is typed, with its end, how fast, and which label it is."""

    text: str
    end: str
    delay: int
    label: str

    @property
    def digest(self) -> str:
        """As the window tells it."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def labels(count: int, seed: int) -> Iterator[Typed]:
    """Made-up labels, every form in turn."""
    random = Random(seed)
    for number in range(count):
        yield label(random, number)


def label(random: Random, number: int) -> Typed:
    """One label; of these characters none is told from another by its look."""
    tail = "".join(random.choices("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ", k=24))
    serial, secret = f"B40HAB{tail[:9]}", tail[9:]
    device = f"e00fce68{random.getrandbits(64):016x}"
    forms = (
        (serial, serial),
        (f"{serial} {secret}", serial),
        (f"]d1{serial} {secret}", serial),
        (device, device),
        (f"]d1{serial}", serial),
        (device.upper(), device),
    )
    text, meant = forms[number % len(forms)]
    return Typed(text, "\t" if number % 4 == 3 else "\n", DELAYS[number % len(DELAYS)], meant)


def typed(window: "Told", one: Typed) -> str:
    """Type it; returns what became of it: exact, lost, cut, by_a_person, other or refused."""
    window.forget()
    xdotool("type", "--delay", str(one.delay), "--", one.text + one.end)
    told = window.wait(lambda told: "scan" in told)
    if told is None:
        return "lost"
    if told["scan"] != one.digest:
        return "other" if told["whole"] else "cut"
    if told["typed"]:
        return "by_a_person"
    return "exact" if told["label"] == one.label else "refused"


def theft(window: "Told", random: Random) -> dict[str, object]:
    """Another window takes the focus and a scan with it, and goes."""
    says = texts_in("en").say("notice.focus_lost.what")
    lost = label(random, 1)
    window.forget()
    with Told("thief") as thief:
        window.wait(lambda told: told.get("active") is False)
        began = time.monotonic()
        told = window.wait(lambda told: told.get("band") == says)
        seconds = time.monotonic() - began
        xdotool("type", "--delay", "8", "--", lost.text)
        stolen = thief.wait(lambda told: told.get("stolen") == len(lost.text))
    back = window.wait(lambda told: told.get("active") is True)
    cleared = window.wait(lambda told: told.get("band", says) != says)
    return {
        "theft_told": told is not None,
        "keys_went_elsewhere": stolen is not None,
        "return_told": back is not None and cleared is not None,
        "exact_again": typed(window, label(random, 1)) == "exact",
        "theft_told_after_s": round(seconds, 2),
    }


class Told:
    """One of the two programs of `ui.window.listener`, and the lines that it tells."""

    def __init__(self, what: str) -> None:
        command = interpreter.module("station.ui.window.listener", what)
        environment = {**os.environ, "QT_QPA_PLATFORM": "xcb"}
        self._process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._lines: queue.SimpleQueue[Mapping[str, object]] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def wait(self, holds: Callable[[Mapping[str, object]], bool]) -> Mapping[str, object] | None:
        """The next line for which this holds; None where there is none in time."""
        until = time.monotonic() + PATIENCE
        while (left := until - time.monotonic()) > 0:
            try:
                told = self._lines.get(timeout=left)
            except queue.Empty:
                return None
            if holds(told):
                return told
        return None

    def forget(self) -> None:
        """What was told up to now is of no interest."""
        while not self._lines.empty():
            self._lines.get()

    def _read(self) -> None:
        if self._process.stdout is not None:
            for line in self._process.stdout:
                self._lines.put(json.loads(line))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def refuse_without_display() -> None:
    """Raises PartMissing where there is no X display, no xdotool, or no window manager to give a window the keys."""
    if not on_x11():
        raise PartMissing(f"there is no X display to type on. {INSTALL}")
    if shutil.which("xdotool") is None:
        raise PartMissing(f"xdotool, which types as a scanner does, is not installed. {INSTALL}")
    # A display without a window manager has no desktops (EWMH, _NET_CURRENT_DESKTOP).
    if subprocess.run(["xdotool", "get_desktop"], capture_output=True, check=False).returncode != 0:
        raise PartMissing(f"no window manager runs on this display, so no window gets the keys. {INSTALL}")


def xdotool(*words: str) -> None:
    """Have it done."""
    subprocess.run(["xdotool", *words], check=True, timeout=60)

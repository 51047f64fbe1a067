"""What `station bench ui` and `station bench keys` find; how fast it is, is not a test's business."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from station.cli.bench_keys import labels
from station.cli.bench_ui import GOALS
from station.codec.label import parse
from tests.line.floor import PATIENCE, Done, command, environment, eventually

PROGRAMS = {"Xvfb": "xvfb", "openbox": "openbox", "xdotool": "xdotool"}
"""What the real path needs, and the Debian package that has it."""

MISSING = [package for program, package in PROGRAMS.items() if shutil.which(program) is None]


def test_a_short_trial_tells_every_figure_and_loses_nothing() -> None:
    short = "--seconds 1 --scans 3 --units 10 --starts 1 --events 5000 --workers 2"
    done = command("bench", "ui", "--json", *short.split())
    # Whether a busy machine keeps the budgets is not asked here.
    assert done.code in (0, 1), done.err
    told = done.json
    assert GOALS.keys() <= told.keys()
    assert isinstance(met := told["met"], dict)
    assert met.keys() == GOALS.keys()
    assert (told["scans"], told["scans_lost"], told["events_lost"], told["soak_events_lost"]) == (3, 0, 0, 0)
    assert (told["soak_units"], told["soak_units_shown"], told["workers"]) == (10, 10, 2)
    assert all(isinstance(told[name], int | float) for name in GOALS)
    assert isinstance(events := told["events"], int)
    assert events >= 5000


def test_typed_labels_have_every_form_and_mean_what_they_say() -> None:
    made = list(labels(48, seed=7))
    assert [one.text for one in made] == [one.text for one in labels(48, seed=7)]
    for one in made:
        label = parse(one.text)
        assert one.label == (label.serial or label.device_id)
    assert {one.end for one in made} == {"\n", "\t"}
    assert any(" " in one.text for one in made)
    assert any(one.text.startswith("]d1") for one in made)
    assert any(one.text.islower() for one in made)
    assert len({one.text for one in made}) == len(made)


def test_without_a_display_it_says_what_to_install() -> None:
    done = keys({"DISPLAY": ":987"})
    assert done.code == 69
    assert "there is no X display" in done.err
    assert "xvfb" in done.err
    assert done.out == ""


@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
def test_without_a_window_manager_it_says_so() -> None:
    with display() as name:
        done = keys({"DISPLAY": name})
    assert done.code == 69
    assert "no window manager" in done.err


@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
def test_typed_scans_are_exact_and_a_stolen_focus_is_told() -> None:
    with display() as name, started(["openbox"], {"DISPLAY": name}):
        assert eventually(lambda: _desktops(name), PATIENCE)
        done = keys({"DISPLAY": name}, "--scans", "24", "--burners", "1")
    assert done.code == 0, done.out + done.err
    told = done.json
    assert (told["scans"], told["exact"]) == (24, 24)
    assert told["theft_told"] is told["keys_went_elsewhere"] is told["return_told"] is told["exact_again"] is True


def keys(more: dict[str, str], *words: str) -> Done:
    """`station bench keys`, with this environment."""
    done = subprocess.run(
        [sys.executable, "-m", "station", "bench", "keys", "--json", *words],
        env=environment() | more, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    return Done(done.returncode, done.stdout, done.stderr)


@contextmanager
def display() -> Iterator[str]:
    """An X server of its own, without a screen; yields what DISPLAY is to be."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1920x1080x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        with open(reader, encoding="ascii") as told:
            yield f":{told.readline().strip()}"
    finally:
        server.terminate()
        server.wait(PATIENCE)


@contextmanager
def started(command: list[str], more: dict[str, str]) -> Iterator[None]:
    """A program that runs until it is ended."""
    program = subprocess.Popen(command, env=environment() | more, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        program.terminate()
        program.wait(PATIENCE)


def _desktops(name: str) -> bool:
    asked = ["xdotool", "get_desktop"]
    return (
        subprocess.run(asked, env=environment() | {"DISPLAY": name}, capture_output=True, check=False).returncode == 0
    )

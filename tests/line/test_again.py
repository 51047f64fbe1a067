"""Two demonstrations in one state folder: each counts its own units, and all say alike how many wait."""

from pathlib import Path

import pytest

from tests.line.floor import Done, command, verb


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("again")


@pytest.fixture(scope="module")
def shifts(state: Path) -> list[Done]:
    """Two units, in one of whose runs the station is killed; then two others, one of which fails."""
    words = ("--headless", "--units", "2", "--json", "--state", state)
    return [command("sim", "--mishap", name, *words) for name in ("station_killed", "gauge_silent")]


def test_a_shift_counts_its_own_units_and_no_earlier_ones(shifts: list[Done]) -> None:
    assert [(one.json["passed"], one.json["failed"], one.json["units"]) for one in shifts] == [(2, 0, 2), (1, 1, 2)]
    assert [one.code for one in shifts] == [3, 1]


def test_every_place_says_the_same_of_how_many_wait(shifts: list[Done], state: Path) -> None:
    listed = verb("outbox", "list", "--state", state, "--json").json
    pending, withheld = listed["pending"], listed["withheld"]
    assert isinstance(pending, list)
    assert isinstance(withheld, list)
    assert (len(pending), len(withheld)) == (2, 1)
    report = verb("report", "--state", state, "--json").json
    assert [(one["waiting"], one["withheld"]) for one in (shifts[1].json, report)] == [(2, 1)] * 2
    assert (report["units"], report["runs"]) == (4, 5)
    words = "2 units wait, 1 is held back"
    assert words in shifts[1].err
    assert words in verb("report", "--state", state).out
    assert words in verb("outbox", "list", "--state", state).err
    ready = verb("check", "--ready", "--state", state, "--json").json["items"]
    assert isinstance(ready, list)
    assert [one["value"] for one in ready if one["code"] == "OUTBOX"] == ["3"], "passed, and on no list"


def test_what_was_exported_waits_no_longer_anywhere(shifts: list[Done], state: Path) -> None:
    assert verb("outbox", "export", "--state", state).code == 0
    assert "no units wait, 1 is held back" in verb("outbox", "list", "--state", state).err
    assert verb("report", "--state", state, "--json").json["waiting"] == 0

"""Swapped labels, probes, cables and units: what `station bench swaps` looks for, and that it would see it."""

import os
from collections import Counter
from collections.abc import Iterator

import pytest

from station.cli.common import root_of
from station.cli.swap_trials import Floor, drawn, trials
from station.domain.faults import Fault
from station.steps import agree
from station.wiring import Selected, select


@pytest.fixture(scope="module")
def selected() -> Selected:
    return select(root_of(None), None, "sim-4up", None)


@pytest.fixture(autouse=True)
def same_folder() -> Iterator[None]:
    """pyOCD changes the process's working directory."""
    here = os.getcwd()
    yield
    os.chdir(here)


def test_no_label_is_bound_to_another_unit(selected: Selected) -> None:
    came = trials(selected, 1, range(24))
    assert [one.wrong for one in came if one.wrong] == []
    codes = Counter(one.code for one in came if one.swapped)
    assert {"U111", "U112"} <= codes.keys()
    assert all(one.code == "PASS" for one in came if not one.swapped)
    assert sum(not one.swapped for one in came) > 10


def test_a_station_that_did_not_compare_would_be_seen(selected: Selected, monkeypatch: pytest.MonkeyPatch) -> None:
    def all_agree(*told: object, **how: object) -> Fault | None:
        return None

    monkeypatch.setattr(agree, "disagreement", all_agree)
    swapped = [trial for trial in range(60) if drawn(1, trial).labels != (0, 1, 2)][:3]
    assert any("was bound" in one.wrong or "ended in" in one.wrong for one in trials(selected, 1, swapped))


def test_the_same_seed_makes_the_same_swaps() -> None:
    assert [drawn(7, trial) for trial in range(50)] == [drawn(7, trial) for trial in range(50)]
    assert len({drawn(7, trial) for trial in range(50)}) > 10


def test_a_floor_leaves_nothing_behind(selected: Selected) -> None:
    floor = Floor(selected, 1)
    folder = floor.folder
    floor.close()
    assert not folder.exists()

"""The programmer against its limits, and faults in mid-flash: what `station bench flash` and `bench faults` measure.

Seconds are the virtual unit's, counted and the same on every machine.
"""

import os
from collections.abc import Iterator

import pytest

from station.cli.bench_flash import DATASHEET, QUICK_ERASE
from station.cli.common import root_of
from station.cli.fault_trials import LASTS, UNITS, Extent, Kind, befall, extent
from station.cli.flash_trials import floor_of_everything, floor_of_pages, ours
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


def test_a_full_set_takes_little_more_than_its_flash_and_the_same_again_next_to_nothing(selected: Selected) -> None:
    took = ours(1, selected, DATASHEET)
    assert took.full.seconds <= 1.05 * floor_of_everything(took.full.size)
    assert took.again.seconds <= 0.03 * took.full.seconds
    assert took.again.pages_erased == 0
    assert took.user.pages_erased == 30
    assert took.user.seconds <= 1.15 * floor_of_pages(30)


def test_a_part_that_erases_faster_is_not_waited_for_longer_than_it_takes(selected: Selected) -> None:
    took = ours(1, selected, QUICK_ERASE)
    assert took.user.seconds < floor_of_pages(30) - 30 * 0.055


@pytest.fixture(scope="module")
def extents(selected: Selected) -> dict[int, Extent]:
    here = os.getcwd()
    found = {UNITS + index: extent(selected, UNITS + index) for index in range(3)}
    os.chdir(here)
    return found


@pytest.mark.parametrize("index", range(3))
@pytest.mark.parametrize("kind", list(Kind))
def test_no_unit_passes_with_anything_wrong_and_every_good_one_is_made_at_the_next_seating(
    kind: Kind, index: int, selected: Selected, extents: dict[int, Extent]
) -> None:
    came = befall(selected, 1, kind, index, extents)
    assert not came.wrong_passed
    assert came.recovered
    assert not came.code.startswith("X000")
    if came.must_fail:
        assert kind in LASTS

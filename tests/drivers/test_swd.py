"""The SWD driver: real pyOCD, real CMSIS-DAP packets, a virtual chip."""

import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.bench.chip import ResetPin
from station.domain.chip import NRF52840_PART, PAGE
from station.domain.faults import (
    ChipLocked,
    ProbeLost,
    ProbeMissing,
    RanUnwatched,
    TargetSilent,
)
from station.domain.firmware import Image
from station.domain.flash_plan import Moment
from tests.bench.swd import Seat
from tests.drivers.desk import UnitClock, attached, plan_of, programmer_of, short_folder, unheard, write


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path for sockets; the working directory, which pyOCD changes, is put back."""
    with short_folder() as made:
        yield made


def test_the_core_never_runs_an_instruction_before_it_is_caught(folder: Path) -> None:
    seat = Seat(folder)
    programmer = attached(seat)
    assert "runs" not in seat.heard
    assert programmer.identify().part == NRF52840_PART
    assert programmer.identify().flash_size == 0x100000
    programmer.detach()
    assert "runs" not in seat.heard


@pytest.mark.parametrize("when", ["before the first session", "between two sessions"])
def test_a_script_in_the_project_folder_is_not_run_whenever_it_was_put_there(when: str, folder: Path) -> None:
    ran, project = folder / "ran", folder / "project"

    def plant() -> None:
        project.mkdir(exist_ok=True)
        for name in ("pyocd_user.py", ".pyocd_user.py"):
            (project / name).write_text(f"open({str(ran)!r}, 'w')\n", encoding="ascii")
        (project / "pyocd.yaml").write_text("auto_unlock: true\n", encoding="ascii")

    seat = Seat(folder)
    if when == "before the first session":
        plant()
    programmer = attached(seat)
    if when == "between two sessions":
        plant()
        programmer.detach()
        programmer.hold()
        programmer.attach()
    else:
        assert list(project.iterdir()) == []
    assert project.stat().st_mode & 0o777 == 0o700
    programmer.detach()
    assert not ran.exists()


def test_a_project_folder_that_is_a_link_is_made_anew_and_what_it_leads_to_stays(folder: Path) -> None:
    theirs = folder / "theirs"
    theirs.mkdir()
    (theirs / "kept").touch()
    (folder / "project").symlink_to(theirs)
    attached(Seat(folder)).detach()
    assert not (folder / "project").is_symlink()
    assert (theirs / "kept").exists()


def test_a_chip_that_is_deaf_while_in_reset_is_caught_right_after_it(folder: Path) -> None:
    seat = Seat(folder, reset_pin=ResetPin(answers=False))
    programmer = attached(seat)
    assert programmer.identify().part == NRF52840_PART
    assert seat.chip.core.halted
    programmer.detach()


def test_an_image_is_written_and_the_chip_computes_its_crc(folder: Path) -> None:
    seat = Seat(folder)
    programmer = attached(seat)
    data = os.urandom(3 * PAGE + 100)
    image = Image("user", 0x40000, data)
    plan = plan_of(programmer, [image])
    assert plan.counts(image) == (4, 0)
    programmer.write(plan, unheard)
    assert seat.chip.peek(0x40000, len(data)) == data
    ranges = [(0x40000, image.end), (0x40001, 0x40001 + 5001)]
    assert programmer.crc(ranges) == [zlib.crc32(data), zlib.crc32(data[1:5002])]
    assert programmer.untouched()
    programmer.detach()


def test_equal_pages_are_left_alone_and_neighbouring_pages_survive(folder: Path) -> None:
    seat = Seat(folder)
    neighbour = b"neighbour!"
    seat.chip.poke(0x41000, neighbour)
    programmer = attached(seat)
    image = Image("user", 0x40000, os.urandom(PAGE - 100))
    write(programmer, image)
    again = plan_of(programmer, [image])
    assert again.counts(image) == (0, 1)
    assert again.nothing_to_do
    erased = seat.chip.wear.pages
    programmer.write(again, unheard)
    assert seat.chip.wear.pages == erased
    assert seat.chip.peek(0x41000, len(neighbour)) == neighbour
    programmer.detach()


def test_a_page_that_must_be_blank_is_erased(folder: Path) -> None:
    seat = Seat(folder)
    seat.chip.poke(0xD4000, b"former user part")
    programmer = attached(seat)
    plan = plan_of(programmer, [], left=[(0, 0xD4000), (0xD5000, 0x100000)])
    programmer.write(plan, unheard)
    assert seat.chip.peek(0xD4000, PAGE) == b"\xff" * PAGE
    assert (seat.chip.wear.pages, seat.chip.wear.words) == (1, 0)
    programmer.detach()


def test_booting_lets_the_core_run_once_and_stopping_it_counts_the_time(folder: Path) -> None:
    seat = Seat(folder)
    programmer = attached(seat)
    programmer.boot()
    assert seat.heard.count("runs") == 1
    UnitClock(seat).sleep(0.05)
    programmer.hold()
    assert programmer.seconds_running() == pytest.approx(0.05, abs=0.01)
    programmer.attach()
    assert seat.chip.core.halted
    programmer.detach()


def test_a_reset_behind_the_stations_back_is_noticed(folder: Path) -> None:
    seat = Seat(folder)
    programmer = attached(seat)
    write(programmer, Image("user", 0x40000, b"\x00" * 8))
    assert programmer.untouched()
    with seat.lock:
        seat.chip.soft_reset()
    assert not programmer.untouched()
    programmer.detach()


def test_a_core_that_reset_does_not_hold_is_no_unit_to_go_on_with(folder: Path) -> None:
    seat = Seat(folder)
    programmer = programmer_of(seat)
    seat.power(True)  # it runs, and the line to its reset pin is open
    seat.chip.pull_reset = lambda by, low: None  # type: ignore[method-assign]
    programmer.hold()
    with pytest.raises(RanUnwatched, match="reset line"):
        programmer.attach()
    assert seat.chip.core.halted
    programmer.detach()


def test_a_missing_probe_is_named(folder: Path) -> None:
    seat = Seat(folder)
    seat.plug.unplug()
    with pytest.raises(ProbeMissing):
        programmer_of(seat).hold()


def test_an_unpowered_unit_is_silent_and_not_bad(folder: Path) -> None:
    seat = Seat(folder)
    programmer = programmer_of(seat)
    programmer.hold()
    with pytest.raises(TargetSilent):
        programmer.attach()
    programmer.detach()


def test_a_locked_chip_is_refused_and_not_erased(folder: Path) -> None:
    seat = Seat(folder)
    seat.chip.poke(0x10001208, b"\x00\x00\x00\x00")
    seat.chip.poke(0x50000, b"keep me")
    with pytest.raises(ChipLocked):
        attached(seat)
    assert seat.chip.peek(0x50000, 7) == b"keep me"


def test_a_probe_pulled_in_mid_write_is_lost_and_the_next_run_repairs(folder: Path) -> None:
    seat = Seat(folder)
    programmer = attached(seat)
    image = Image("user", 0x40000, os.urandom(4 * PAGE))

    def pull(moment: Moment) -> None:
        if moment.part > 0.5:
            seat.plug.unplug()

    with pytest.raises(ProbeLost):
        programmer.write(plan_of(programmer, [image]), pull)
    programmer.detach()
    seat.plug.plug()
    programmer = attached(seat)
    write(programmer, image)
    assert programmer.crc([(image.start, image.end)]) == [image.crc32]
    programmer.detach()


def test_a_bad_cell_is_seen_by_the_chips_own_crc(folder: Path) -> None:
    seat = Seat(folder)
    seat.chip.stuck_bits[0x40010] = 0x80
    programmer = attached(seat)
    image = Image("user", 0x40000, b"\x00" * PAGE)
    write(programmer, image)  # pyOCD reports success
    assert programmer.crc([(image.start, image.end)]) != [image.crc32]
    programmer.detach()


def test_power_lost_in_mid_page_is_an_error_not_a_pass(folder: Path) -> None:
    seat = Seat(folder)
    programmer = attached(seat)
    seat.chip.power_cut_after_words = 300
    with pytest.raises(TargetSilent):
        write(programmer, Image("user", 0x40000, os.urandom(2 * PAGE)))
    programmer.detach()

"""The SWD driver: real pyOCD, real CMSIS-DAP packets, a virtual chip."""

import os
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.bench.chip import ResetPin
from station.bench.wires.dap import probe_at
from station.domain.chip import NRF52840_PART, PAGE
from station.domain.faults import (
    ChipLocked,
    FlashFailed,
    ProbeLost,
    ProbeMissing,
    RanUnwatched,
    TargetSilent,
    WireNoise,
)
from station.domain.firmware import Image
from station.drivers.swd import SwdProgrammer
from tests.bench.swd import SERIAL, Seat


class SkippingClock:
    """Waits cost nothing; the virtual chip is done whenever it is asked."""

    skipped = 0.0

    def now(self) -> float:
        return time.monotonic() + self.skipped

    def sleep(self, seconds: float) -> None:
        self.skipped += seconds


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short path for sockets; the working directory, which pyOCD changes, is put back."""
    here = os.getcwd()
    with tempfile.TemporaryDirectory(prefix="swd-") as name:
        yield Path(name)
        os.chdir(here)


def programmer_of(seat: Seat, folder: Path) -> SwdProgrammer:
    return SwdProgrammer(lambda: probe_at(folder / "probe", SERIAL), SkippingClock(), folder / "project")


def attached(seat: Seat, folder: Path) -> SwdProgrammer:
    """As op 10 does it: the fixture holds reset, power comes, the probe holds, the fixture lets go."""
    programmer = programmer_of(seat, folder)
    with seat.lock:
        seat.chip.pull_reset("fixture", True)
    programmer.hold()
    seat.power(True)
    with seat.lock:
        seat.chip.pull_reset("fixture", False)
    programmer.attach()
    return programmer


def test_the_core_never_runs_an_instruction_before_it_is_caught(folder: Path) -> None:
    seat = Seat(folder)
    programmer = attached(seat, folder)
    assert "runs" not in seat.heard
    assert programmer.identify().part == NRF52840_PART
    assert programmer.identify().flash_size == 0x100000
    programmer.detach()
    assert "runs" not in seat.heard


def test_a_chip_that_is_deaf_while_in_reset_is_caught_right_after_it(folder: Path) -> None:
    seat = Seat(folder, reset_pin=ResetPin(answers=False))
    programmer = attached(seat, folder)
    assert programmer.identify().part == NRF52840_PART
    assert seat.chip.core.halted
    programmer.detach()


def test_an_image_is_written_and_the_chip_computes_its_crc(folder: Path) -> None:
    seat = Seat(folder)
    programmer = attached(seat, folder)
    data = os.urandom(3 * PAGE + 100)
    image = Image("user", 0x40000, data)
    parts: list[float] = []
    assert programmer.write([image], [], parts.append) == {"user": (4, 0)}
    assert seat.chip.peek(0x40000, len(data)) == data
    assert programmer.crc([(0x40000, len(data)), (0x40001, 5001)]) == [zlib.crc32(data), zlib.crc32(data[1:5002])]
    assert parts == sorted(parts)
    assert parts[-1] == 1.0
    assert programmer.untouched()
    programmer.detach()


def test_equal_pages_are_left_alone_and_neighbours_survive(folder: Path) -> None:
    seat = Seat(folder)
    neighbour = b"neighbour!"
    seat.chip.poke(0x41000 - len(neighbour), neighbour)
    programmer = attached(seat, folder)
    image = Image("user", 0x40000, os.urandom(PAGE - 100))
    assert programmer.write([image], [], lambda part: None) == {"user": (1, 0)}
    assert programmer.write([image], [], lambda part: None) == {"user": (0, 1)}
    assert seat.chip.peek(0x41000 - len(neighbour), len(neighbour)) == neighbour
    programmer.detach()


def test_a_page_that_must_be_blank_is_erased(folder: Path) -> None:
    seat = Seat(folder)
    seat.chip.poke(0xD4000, b"former user part")
    programmer = attached(seat, folder)
    programmer.write([], [0xD4000], lambda part: None)
    assert seat.chip.peek(0xD4000, PAGE) == b"\xff" * PAGE
    programmer.detach()


def test_booting_lets_the_core_run_once_and_stopping_it_counts_the_time(folder: Path) -> None:
    seat = Seat(folder)
    programmer = attached(seat, folder)
    programmer.boot()
    assert seat.heard.count("runs") == 1
    time.sleep(0.05)
    programmer.hold()
    assert programmer.seconds_running() >= 0.05
    programmer.attach()
    assert seat.chip.core.halted
    programmer.detach()


def test_a_reset_behind_the_stations_back_is_noticed(folder: Path) -> None:
    seat = Seat(folder)
    programmer = attached(seat, folder)
    programmer.write([Image("user", 0x40000, b"\x00" * 8)], [], lambda part: None)
    assert programmer.untouched()
    with seat.lock:
        seat.chip.soft_reset()
    assert not programmer.untouched()
    programmer.detach()


def test_a_core_that_reset_does_not_hold_is_no_unit_to_go_on_with(folder: Path) -> None:
    seat = Seat(folder)
    programmer = programmer_of(seat, folder)
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
        programmer_of(seat, folder).hold()


def test_an_unpowered_unit_is_silent_and_not_bad(folder: Path) -> None:
    seat = Seat(folder)
    programmer = programmer_of(seat, folder)
    programmer.hold()
    with pytest.raises(TargetSilent):
        programmer.attach()
    programmer.detach()


def test_a_locked_chip_is_refused_and_not_erased(folder: Path) -> None:
    seat = Seat(folder)
    seat.chip.poke(0x10001208, b"\x00\x00\x00\x00")
    seat.chip.poke(0x50000, b"keep me")
    with pytest.raises(ChipLocked):
        attached(seat, folder)
    assert seat.chip.peek(0x50000, 7) == b"keep me"


def test_a_probe_pulled_in_mid_write_is_lost_and_the_next_run_repairs(folder: Path) -> None:
    seat = Seat(folder)
    programmer = attached(seat, folder)
    image = Image("user", 0x40000, os.urandom(4 * PAGE))

    def pull(part: float) -> None:
        if part > 0.5:
            seat.plug.unplug()

    with pytest.raises((ProbeLost, WireNoise)):
        programmer.write([image], [], pull)
    programmer.detach()
    seat.plug.plug()
    programmer = attached(seat, folder)
    programmer.write([image], [], lambda part: None)
    assert programmer.crc([(image.start, len(image.data))]) == [image.crc32]
    programmer.detach()


def test_a_bad_cell_is_seen_by_the_chips_own_crc(folder: Path) -> None:
    seat = Seat(folder)
    seat.chip.stuck_bits[0x40010] = 0x80
    programmer = attached(seat, folder)
    image = Image("user", 0x40000, b"\x00" * PAGE)
    programmer.write([image], [], lambda part: None)  # pyOCD reports success
    assert programmer.crc([(image.start, PAGE)]) != [image.crc32]
    programmer.detach()


def test_power_lost_in_mid_page_is_an_error_not_a_pass(folder: Path) -> None:
    seat = Seat(folder)
    programmer = attached(seat, folder)
    seat.chip.power_cut_after_words = 300
    with pytest.raises((WireNoise, FlashFailed, TargetSilent)):
        programmer.write([Image("user", 0x40000, os.urandom(2 * PAGE))], [], lambda part: None)
    programmer.detach()

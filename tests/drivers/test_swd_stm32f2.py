"""The STM32F205 for the programmer: real pyOCD on our target, and the driver on its row."""

import os
import struct
import zlib
from collections.abc import Iterator

import pytest
from pyocd.core import exceptions
from pyocd.core.target import Target
from pyocd.flash.flash import Flash

from station.bench.dap import DRW, Ack
from station.bench.stm32f2_flash import (
    CR,
    FACTORY_OPTIONS,
    FLASH_BASE,
    FLASH_SIZE,
    LOCK,
    RDP,
    REGISTERS,
    SECTOR_SIZES,
    SECTOR_STARTS,
    WRPERR,
)
from station.bench.wires.dap import probe_at
from station.domain.faults import EraseFailed, RanUnwatched, TargetSilent, WireNoise
from station.domain.firmware import Image
from station.domain.flash_map import STM32F205_FLASH
from station.domain.flash_plan import FlashPlan, plan_flash, wanted_pages
from station.domain.stm32f2 import KEPT, STM32F2_PART
from station.drivers.swd import SwdProgrammer
from station.drivers.swd_stm32f2 import (
    ANALYZER_SMALLEST,
    STM32F205,
    identify,
)
from tests.bench.swd_stm32f2 import (
    RESET_VECTOR,
    SERIAL,
    F205Seat,
    crcs,
    flash_at,
    protect,
    seated,
    write,
)
from tests.drivers.desk import UnitClock, short_folder, unheard

OPEN_TO_ALL, SECTOR_64K, SECTOR_128K = SECTOR_STARTS[3], SECTOR_STARTS[4], SECTOR_STARTS[5]


@pytest.fixture
def seat() -> Iterator[F205Seat]:
    with short_folder() as folder, seated(folder) as made:
        yield made


# pyOCD on the target


def test_pyocd_knows_the_same_sectors_as_the_flash_map(seat: F205Seat) -> None:
    seat.power(on=True)
    with seat.session() as session:
        for page in STM32F205_FLASH.pages:
            for address in (page.start, page.end - 1):
                found = flash_at(session, address).get_sector_info(address)
                assert (found.base_addr, found.size) == (page.start, page.size)
        assert not flash_at(session, FLASH_BASE).is_erase_all_supported
    assert [(page.start, page.size) for page in STM32F205_FLASH.pages] == list(
        zip(SECTOR_STARTS, SECTOR_SIZES, strict=True)
    )
    timing = seat.chip.timing
    assert all(page.erase * 1e6 == timing.sector_us(page.size) for page in STM32F205_FLASH.pages)
    assert STM32F205_FLASH.word_write * 1e6 == pytest.approx(timing.word_us)


def under_reset(seat: F205Seat) -> None:
    """Power the unit with reset held by the probe, as the station does."""
    seat.pull_reset(low=True)
    seat.power(on=True)
    with seat.lock:
        seat.chip.pull_reset("probe", low=True)
    seat.pull_reset(low=False)


def test_a_unit_powered_under_reset_is_caught_before_its_first_instruction(seat: F205Seat) -> None:
    under_reset(seat)
    with seat.session(connect_mode="under-reset") as session:
        target = session.target
        assert not session.probe.is_reset_asserted()
        assert target.get_state() is Target.State.HALTED
        assert target.read_core_register("pc") == RESET_VECTOR
        assert [core.name for core in target.cores.values()] == ["Cortex-M3"]
        assert target.read32(0xE000_EDFC) & 1 == 0  # the vector catch is disarmed
    assert seat.heard == []


def test_a_unit_that_runs_is_halted_without_a_reset(seat: F205Seat) -> None:
    seat.power(on=True)
    resets = seat.chip.wear.resets
    with seat.session() as session:
        assert session.target.get_state() is Target.State.HALTED
    assert seat.heard == ["runs", "stops"]
    assert seat.chip.wear.resets == resets


def test_the_chip_says_who_it_is(seat: F205Seat) -> None:
    protect(seat.chip, 0)
    protect(seat.chip, 7)
    seat.power(on=True)
    with seat.session() as session:
        found = identify(session.target)
        assert not session.target.is_locked()
    assert (found.part, found.revision_letter, found.flash_size) == (STM32F2_PART, "X", 1 << 20)
    assert found.device_id == "2f0038000247343138333038"
    assert (found.readout, found.write_protected) == (0, (0, 7))


def test_each_kind_of_sector_is_erased_programmed_read_back_and_proved_on_the_chip(seat: F205Seat) -> None:
    seat.chip.poke(FLASH_BASE + 8, os.urandom(FLASH_SIZE - 8))
    before = seat.chip.peek(FLASH_BASE, FLASH_SIZE)
    pieces = [(OPEN_TO_ALL, os.urandom(0x4000)), (SECTOR_64K, os.urandom(0x8004)), (SECTOR_128K, os.urandom(0x20000))]
    seat.power(on=True)
    with seat.session() as session:
        write(session, *pieces)
        blocks = [(OPEN_TO_ALL, 0x4000), (SECTOR_64K, 0x8000), (SECTOR_128K, 0x20000), (SECTOR_128K, ANALYZER_SMALLEST)]
        data = [seat.chip.peek(start, size) for start, size in blocks]
        assert crcs(session, blocks) == [zlib.crc32(one) for one in data]
        for start, wanted in pieces:
            assert bytes(session.target.read_memory_block8(start, len(wanted))) == wanted
        assert session.target.read32(REGISTERS + CR) == LOCK
    for start, wanted in pieces:
        assert seat.chip.peek(start, len(wanted)) == wanted
    assert [number for number, worn in enumerate(seat.chip.page_wear) if worn] == [3, 4, 5]
    # Bootloader and both copies of the keys before, everything behind.
    for start, end in ((FLASH_BASE, OPEN_TO_ALL), (SECTOR_STARTS[6], FLASH_BASE + FLASH_SIZE)):
        assert seat.chip.peek(start, end - start) == before[start - FLASH_BASE : end - FLASH_BASE]
    assert (seat.chip.wear.clashes, seat.chip.wear.refused) == (0, 0)


def test_the_clock_of_the_board_pays_for_flash_work_and_wire(seat: F205Seat) -> None:
    seat.power(on=True)
    data = os.urandom(0x10000)
    with seat.session() as session:
        began = seat.clock.now
        write(session, (SECTOR_64K, data))
        took = seat.clock.now - began
    work = seat.chip.timing.sector_us(0x10000) + len(data) // 4 * seat.chip.timing.word_us
    assert work < took < work * 1.1


def test_a_write_protected_sector_is_reported_and_survives(seat: F205Seat) -> None:
    seat.chip.poke(OPEN_TO_ALL, b"keep")
    protect(seat.chip, 3)
    seat.power(on=True)
    with seat.session() as session:
        with pytest.raises(exceptions.FlashEraseFailure) as erasing:
            write(session, (OPEN_TO_ALL, bytes(16)))
        algorithm = flash_at(session, OPEN_TO_ALL)
        algorithm.cleanup()
        algorithm.init(Flash.Operation.PROGRAM)
        with pytest.raises(exceptions.FlashProgramFailure) as programming:
            algorithm.program_page(OPEN_TO_ALL + 16, [0] * 16)
        algorithm.cleanup()
    assert (erasing.value.result_code, programming.value.result_code) == (WRPERR, WRPERR)
    assert seat.chip.peek(OPEN_TO_ALL, 32) == b"keep" + b"\xff" * 28


def test_a_chip_with_readout_protection_says_so_and_keeps_its_flash(seat: F205Seat) -> None:
    seat.chip.poke(SECTOR_64K, b"keep")
    seat.chip.options = FACTORY_OPTIONS & ~(0xFF << RDP)
    seat.power(on=True)
    with seat.session() as session:
        target = session.target
        assert target.is_locked()
        assert identify(target).readout == 1
        assert identify(target).unique_id == seat.chip.peek(0x1FFF_7A10, 12)
        with pytest.raises(exceptions.TransferFaultError):
            target.read32(SECTOR_64K)
        with pytest.raises(exceptions.FlashEraseFailure):
            write(session, (SECTOR_64K, bytes(16)))
    assert seat.chip.peek(SECTOR_64K, 4) == b"keep"


def test_erasing_the_whole_chip_is_refused(seat: F205Seat) -> None:
    seat.power(on=True)
    with seat.session() as session, pytest.raises(exceptions.Error, match="keys"):
        session.target.mass_erase()
    assert seat.chip.wear.pages == seat.chip.wear.erase_all == 0


def test_programming_without_erasing_only_clears_bits(seat: F205Seat) -> None:
    seat.chip.poke(SECTOR_64K, b"\x0f" * 64)
    seat.power(on=True)
    with seat.session() as session:
        algorithm = flash_at(session, SECTOR_64K)
        algorithm.init(Flash.Operation.PROGRAM)
        algorithm.program_page(SECTOR_64K, [0xF3] * 64)
        algorithm.cleanup()
    assert seat.chip.peek(SECTOR_64K, 64) == b"\x03" * 64
    assert seat.chip.wear.clashes == 16


def test_a_stuck_bit_goes_unnoticed_by_the_loader_and_shows_in_the_crc(seat: F205Seat) -> None:
    seat.power(on=True)
    seat.chip.stuck_bits[SECTOR_64K + 0x40] = 1 << 5
    with seat.session() as session:
        write(session, (SECTOR_64K, bytes(0x4000)))
        assert crcs(session, [(SECTOR_64K, 0x4000)]) != [zlib.crc32(bytes(0x4000))]
        assert session.target.read32(SECTOR_64K + 0x40) == 1 << 5


@pytest.mark.parametrize("when", ["word", "erase"])
def test_a_unit_that_loses_its_supply_is_an_error_and_is_flashed_again(seat: F205Seat, when: str) -> None:
    data = os.urandom(0x10000)
    seat.chip.poke(SECTOR_64K, bytes(0x10000))
    if when == "word":
        seat.chip.power_cut_after_words = 5000
    else:
        seat.chip.power_cut_at_erase = 0
    seat.power(on=True)
    with seat.session() as session, pytest.raises(exceptions.Error):
        write(session, (SECTOR_64K, data))
    assert not seat.chip.powered
    torn = seat.chip.peek(SECTOR_64K, 0x10000)
    assert torn != data
    assert (torn[:20000] == data[:20000]) is (when == "word")
    seat.power(on=True)
    with seat.session() as session:
        write(session, (SECTOR_64K, data))
    assert seat.chip.peek(SECTOR_64K, 0x10000) == data


# The driver, on this chip's row of the target table


def programmer_of(seat: F205Seat) -> SwdProgrammer:
    project = seat.folder / "project"
    return SwdProgrammer(lambda: probe_at(seat.plug.path, SERIAL), UnitClock(seat), project, STM32F205)


def attached(seat: F205Seat) -> SwdProgrammer:
    programmer = programmer_of(seat)
    seat.pull_reset(low=True)
    programmer.hold()
    seat.power(on=True)
    seat.pull_reset(low=False)
    programmer.attach()
    return programmer


def plan_of(programmer: SwdProgrammer, *images: Image) -> FlashPlan:
    kept = [(KEPT.start, KEPT.stop)]
    pages = wanted_pages(programmer.flash, images, [*kept, (FLASH_BASE, FLASH_BASE + FLASH_SIZE)])
    return plan_flash(programmer.flash, pages, programmer.scan(), settings={}, settings_found={})


def test_the_programmer_puts_images_on_mixed_sectors_by_plan_and_keeps_the_keys(seat: F205Seat) -> None:
    keys = os.urandom(0x8000)
    seat.chip.poke(KEPT.start, keys)
    seat.chip.poke(SECTOR_128K, os.urandom(0x100))
    programmer = attached(seat)
    assert programmer.identify().device_id == "2f0038000247343138333038"
    assert programmer.identify().part == STM32F2_PART
    loader = Image("bootloader", FLASH_BASE, struct.pack("<2I", 0x2001_0000, RESET_VECTOR | 1) + os.urandom(0x3000))
    system = Image("system", SECTOR_128K, os.urandom(0x22002))
    plan = plan_of(programmer, loader, system)
    assert "keys" in plan.because
    began = seat.clock.now
    programmer.write(plan, unheard)
    took = (seat.clock.now - began) / 1e6
    assert plan.seconds <= took < 1.05 * plan.seconds
    assert programmer.crc([(image.start, image.end) for image in (loader, system)]) == [loader.crc32, system.crc32]
    assert programmer.untouched()
    assert plan_of(programmer, loader, system).nothing_to_do
    programmer.detach()
    assert seat.heard == []
    assert seat.chip.peek(KEPT.start, len(keys)) == keys


def test_a_protected_bootloader_is_a_failed_erase(seat: F205Seat) -> None:
    protect(seat.chip, 0)
    programmer = attached(seat)
    plan = plan_of(programmer, Image("bootloader", FLASH_BASE, os.urandom(0x100)))
    with pytest.raises(EraseFailed, match="0x10"):
        programmer.write(plan, unheard)
    programmer.detach()


def test_a_supply_that_fails_under_the_programmer_is_no_pass(seat: F205Seat) -> None:
    programmer = attached(seat)
    plan = plan_of(programmer, Image("system", SECTOR_128K, os.urandom(0x8000)))
    seat.chip.power_cut_after_words = 1000
    with pytest.raises((TargetSilent, WireNoise)):
        programmer.write(plan, unheard)
    programmer.detach()


def test_a_wire_that_faults_for_ever_ends_in_an_error(seat: F205Seat) -> None:
    programmer = attached(seat)
    plan = plan_of(programmer, Image("system", SECTOR_128K, os.urandom(0x8000)))

    def refuse_memory_writes(ap: bool, read: bool, register: int, data: int) -> Ack | None:
        return Ack.FAULT if ap and not read and register == DRW and seat.chip.wear.words > 100 else None

    with seat.lock:
        seat.plug.firmware.dap.inject = refuse_memory_writes
    with pytest.raises((WireNoise, RanUnwatched)):
        programmer.write(plan, unheard)
    programmer.detach()

"""The CRC routine: real pyOCD puts it into the RAM of a virtual chip, where its Thumb code really runs."""

import os
import random
import struct
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import capstone
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyocd.core import exceptions
from pyocd.core.session import Session
from pyocd.core.target import Target

from station.bench.cortex import RAM_BASE, RAM_SIZE
from station.bench.nvmc import PAGE_SIZE
from station.drivers.swd_crc import BUILD, BYTE, RANGES, ROOM, TargetCrc
from station.drivers.swd_crc_code import BLOCK, BREAKPOINT, CODE, ENTRY, LISTING, TABLES
from tests.bench.swd import Seat, flash, seated

BASE = 0x2000_8000
FLASH_SIZE = 0x10_0000
IDLE = 0xE7FE  # b . (ARMv7-M ARM §A7.7.12)


class CountedClock:
    """Time passes only in sleeps, which are noted; `meanwhile` is done in each."""

    def __init__(self, meanwhile: Callable[[], None] = lambda: None, at_least: float = 0.0) -> None:
        self.slept: list[float] = []
        self._meanwhile, self._at_least = meanwhile, at_least

    def now(self) -> float:
        return sum(max(seconds, self._at_least) for seconds in self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._meanwhile()


@contextmanager
def halted(content: bytes = b"") -> Iterator[tuple[Seat, Session]]:
    """A unit with this flash, powered and halted on its debug port."""
    here = os.getcwd()
    with tempfile.TemporaryDirectory(prefix="crc-") as name, seated(Path(name)) as seat:
        seat.power(True)
        seat.chip.poke(0, content)
        with seat.session() as session:
            session.target.halt()
            yield seat, session
    os.chdir(here)


def noise(length: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(length)


def of(data: bytes, ranges: list[tuple[int, int]]) -> list[int]:
    return [zlib.crc32(data[start : start + size]) for start, size in ranges]


def instructions() -> list[tuple[int, bytes, str]]:
    """The listing's lines: offset, bytes, instruction."""
    lines = []
    for line in LISTING.strip().splitlines():
        code = b"".join(struct.pack("<H", int(half, 16)) for half in line[5:14].split())
        lines.append((int(line[:3], 16), code, line.split(";")[0][16:].strip()))
    return lines


def test_the_listing_is_what_a_disassembler_reads_in_the_words() -> None:
    code = struct.pack(f"<{len(CODE)}I", *CODE)
    decoder = capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS)
    read = [(i.address, bytes(i.bytes), f"{i.mnemonic} {i.op_str}".strip()) for i in decoder.disasm(code, 0)]
    assert instructions() == read
    assert b"".join(line[1] for line in instructions()) == code


def test_a_call_begins_and_ends_where_the_listing_says() -> None:
    text = {offset: instruction for offset, _, instruction in instructions()}
    assert text[BREAKPOINT] == "bkpt #0"
    assert text[ENTRY].startswith("addw ip, pc")
    assert 4 * len(CODE) + 9 * 4 <= TABLES  # nine registers are kept behind the code


def test_every_size_from_0_to_70_at_every_alignment() -> None:
    data = noise(PAGE_SIZE, 1)
    ranges = [(start, size) for size in range(71) for start in range(1000, 1004)]
    with halted(data) as (_, session):
        assert TargetCrc(session.target, CountedClock(), BASE).crcs(ranges) == of(data, ranges)


def test_nothing_has_the_crc_0() -> None:
    with halted() as (_, session):
        crc = TargetCrc(session.target, CountedClock(), BASE)
        assert crc.crcs([]) == []
        assert crc.crcs([(3, 0), (FLASH_SIZE, 0)]) == [0, 0]


def test_the_whole_flash_and_each_of_its_pages() -> None:
    data = noise(FLASH_SIZE, 2)
    pages = [(start, PAGE_SIZE) for start in range(0, FLASH_SIZE, PAGE_SIZE)]
    with halted(data) as (_, session):
        crc = TargetCrc(session.target, CountedClock(), BASE)
        assert crc.crcs([(0, FLASH_SIZE), (1, FLASH_SIZE - 1)]) == of(data, [(0, FLASH_SIZE), (1, FLASH_SIZE - 1)])
        assert crc.crcs(pages) == of(data, pages)


def test_more_ranges_than_one_call_takes() -> None:
    data = noise(PAGE_SIZE, 3)
    ranges = [(number % 97, number % 61) for number in range(2 * RANGES + 7)]
    with halted(data) as (_, session):
        assert TargetCrc(session.target, CountedClock(), BASE).crcs(ranges) == of(data, ranges)


def test_any_ranges_anywhere() -> None:
    data = noise(0x1_0000, 4)
    a_range = st.tuples(st.integers(0, len(data)), st.integers(0, 3000)).map(
        lambda r: (r[0], min(r[1], len(data) - r[0]))
    )
    with halted(data) as (_, session):
        crc = TargetCrc(session.target, CountedClock(), BASE)

        @settings(max_examples=25)
        @given(st.lists(a_range, max_size=20))
        def holds(ranges: list[tuple[int, int]]) -> None:
            assert crc.crcs(ranges) == of(data, ranges)

        holds()


@pytest.mark.parametrize("base", [RAM_BASE, RAM_BASE + 0x1_2344, RAM_BASE + RAM_SIZE - ROOM])
def test_ram_outside_its_room_is_untouched_wherever_it_lies(base: int) -> None:
    data, before = noise(5000, 5), noise(RAM_SIZE, 6)
    with halted(data) as (seat, session):
        seat.chip.poke(RAM_BASE, before)
        assert TargetCrc(session.target, CountedClock(), base).crcs([(7, 4000)] * RANGES) == of(
            data, [(7, 4000)] * RANGES
        )
        after, room = seat.chip.peek(RAM_BASE, RAM_SIZE), base - RAM_BASE
    assert after[:room] == before[:room]
    assert after[room + ROOM :] == before[room + ROOM :]


def test_the_core_stands_in_ram_with_the_registers_that_pyocd_sets_only_once() -> None:
    kept = {"r4": 4, "r5": 5, "r6": 6, "r7": 7, "r8": 8, "r9": 9, "r10": 10, "r11": 11, "sp": 0x2000_1000}
    with halted(noise(100, 7)) as (_, session):
        target = session.target
        target.write_core_registers_raw(list(kept), list(kept.values()))
        TargetCrc(target, CountedClock(), BASE).crcs([(1, 99)])
        assert target.get_state() is Target.State.HALTED
        assert target.read_core_register("pc") == BASE + BREAKPOINT
        assert dict(zip(kept, target.read_core_registers_raw(list(kept)), strict=True)) == kept


def test_pyocds_flash_algorithm_goes_on_before_and_after_a_call() -> None:
    data = noise(2 * PAGE_SIZE, 8)
    with halted() as (_, session):
        crc = TargetCrc(session.target, CountedClock(), BASE)
        for page in (0x2_0000, 0x4_0000):
            flash(session, page, data)
            assert crc.crcs([(page, len(data))]) == [zlib.crc32(data)]


def test_the_first_look_comes_when_the_routine_should_be_done() -> None:
    clock = CountedClock()
    with halted() as (_, session):
        crc = TargetCrc(session.target, clock, BASE)
        crc.crcs([(0, PAGE_SIZE), (0, 1)])
        crc.crcs([(0, PAGE_SIZE)])
    assert clock.slept == [pytest.approx(BUILD + (PAGE_SIZE + 1) * BYTE), pytest.approx(PAGE_SIZE * BYTE)]


def test_the_code_is_loaded_once_and_again_when_it_is_forgotten() -> None:
    with halted(noise(100, 9)) as (seat, session):
        crc = TargetCrc(session.target, CountedClock(), BASE)
        (expected,) = crc.crcs([(0, 100)])
        seat.chip.poke(BASE + TABLES, bytes(BLOCK - TABLES))
        assert crc.crcs([(0, 100)]) != [expected]
        crc.forget()
        assert crc.crcs([(0, 100)]) == [expected]


def test_code_that_ram_does_not_keep_is_never_run() -> None:
    with halted() as (seat, session):
        heard = list(seat.heard)
        outside = TargetCrc(session.target, CountedClock(), 0)  # flash, which keeps no word that is only written
        with pytest.raises(exceptions.FlashFailure, match="was not found in RAM"):
            outside.crcs([(0, 4)])
        assert seat.heard == heard


def test_a_routine_that_does_not_end_is_halted() -> None:
    with halted() as (seat, session):
        crc = TargetCrc(session.target, CountedClock(at_least=4.0), BASE)
        crc.crcs([(0, 4)])
        seat.chip.poke(BASE + BREAKPOINT, struct.pack("<H", IDLE))
        with pytest.raises(exceptions.FlashFailure, match="CRC timed out"):
            crc.crcs([(0, 4)])
        assert session.target.get_state() is Target.State.HALTED
        # What failed is loaded anew.
        assert crc.crcs([(PAGE_SIZE, 4)]) == [zlib.crc32(b"\xff" * 4)]


def test_results_of_a_core_that_stopped_early_are_refused() -> None:
    with halted() as (seat, session):
        # The count as it was: what a core leaves that a fault's vector catch stopped.
        clock = CountedClock(meanwhile=lambda: seat.chip.poke(BASE + BLOCK, struct.pack("<I", 1)))
        with pytest.raises(exceptions.FlashFailure, match="stopped before its end"):
            TargetCrc(session.target, clock, BASE).crcs([(0, 4)])


def test_an_address_where_nothing_answers_is_refused() -> None:
    with halted() as (_, session), pytest.raises(exceptions.FlashFailure, match="where nothing answers"):
        TargetCrc(session.target, CountedClock(), BASE).crcs([(0x3000_0000, 4)])


@pytest.mark.parametrize("wrong", [(-1, 4), (0, -1), (0xFFFF_FFFF, 2)])
def test_what_is_no_range_is_refused_before_anything_is_sent(wrong: tuple[int, int]) -> None:
    with halted() as (seat, session):
        sent = seat.firmware.packets
        with pytest.raises(ValueError, match="no range of addresses"):
            TargetCrc(session.target, CountedClock(), BASE).crcs([(0, 4), wrong])
        assert seat.firmware.packets == sent


def test_a_crooked_base_is_refused() -> None:
    with halted() as (_, session), pytest.raises(ValueError, match="multiple of 4"):
        TargetCrc(session.target, CountedClock(), BASE + 2)


@pytest.mark.parametrize(("ranges", "packets"), [(1, 6), (64, 7), (RANGES, 12)])
def test_a_call_is_a_handful_of_packets(ranges: int, packets: int) -> None:
    with halted() as (seat, session):
        crc = TargetCrc(session.target, CountedClock(), BASE)
        before = seat.firmware.packets
        crc.crcs([(0, 4)])
        first = seat.firmware.packets
        crc.crcs([(0, 4)] * ranges)
        assert first - before <= 8
        assert seat.firmware.packets - first <= packets

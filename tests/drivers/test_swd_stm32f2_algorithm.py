"""The STM32F205's flash algorithm: what its bytes say, and what its calls do and return."""

import struct

import capstone
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyocd.flash.flash import Flash

from station.bench.stm32f2 import Stm32f205
from station.bench.stm32f2_flash import (
    CR,
    FLASH_BASE,
    FLASH_SIZE,
    KEYR,
    KEYS,
    LOCK,
    OTP,
    REGISTERS,
    SECTOR_SIZES,
    SECTOR_STARTS,
    SR,
    WRPERR,
)
from station.drivers.swd_crc import ROOM
from station.drivers.swd_stm32f2 import (
    ANALYZER,
    BUFFER_SIZE,
    BUFFERS,
    CRC,
    FLASH_ALGO,
    RAM_SIZE,
    RAM_START,
    STACK_BEGIN,
    STACK_END,
    STM32F205,
)
from station.drivers.swd_stm32f2_algorithm import CODE, LABELS, LISTING, LOAD_ADDRESS, LOCKED, REFUSED
from tests.bench.swd_stm32f2 import call, halted_chip, protect

SECTOR_64K = SECTOR_STARTS[4]
ERASING, PROGRAMMING, VERIFYING = (int(one) for one in Flash.Operation)
BUFFER = BUFFERS[0]


# The bytes


def listed() -> list[tuple[int, str, str]]:
    """The listing's rows: address, bytes, what they say."""
    rows = (line.split(";")[0] for line in LISTING.splitlines() if line.startswith("  "))
    return [(int(row[2:10], 16), row[12:20].strip(), row[20:].strip()) for row in rows]


def test_the_bytes_say_what_the_listing_says() -> None:
    machine = capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS)
    end = LABELS["registers"] - LOAD_ADDRESS
    found = [
        (one.address, one.bytes.hex(), f"{one.mnemonic} {one.op_str}".strip())
        for one in machine.disasm(CODE[:end], LOAD_ADDRESS)
    ]
    found += [
        (LOAD_ADDRESS + at, CODE[at : at + 4].hex(), f".word {int.from_bytes(CODE[at : at + 4], 'little'):#010x}")
        for at in range(end, len(CODE), 4)
    ]
    assert found == listed()


def test_branches_and_constants_of_the_listing_meet_their_labels() -> None:
    labels = set(LABELS.values())
    for address, code, text in listed():
        if text.startswith("ldr") and "[pc" in text:
            aligned = (address + 4) & ~3
            assert aligned + int(text.rpartition("#")[2].rstrip("]"), 16) in labels
        elif text[0] == "b" and not text.startswith(("bkpt", "bx")):
            assert int(text.rpartition("#")[2], 16) in labels
        assert len(bytes.fromhex(code)) in (2, 4)


def test_the_ram_layout_has_room_for_everything_at_once() -> None:
    pieces = [
        (LOAD_ADDRESS, len(CODE)),
        (ANALYZER, 0x600),
        (STACK_END, STACK_BEGIN - STACK_END),
        *((buffer, BUFFER_SIZE) for buffer in BUFFERS),
        (CRC, ROOM),
    ]
    assert pieces == sorted(pieces)
    for (start, size), (after, _) in zip(pieces, [*pieces[1:], (RAM_START + RAM_SIZE, 0)], strict=True):
        assert start + size <= after


def test_nothing_in_the_algorithm_erases_everything() -> None:
    assert "pc_eraseAll" not in FLASH_ALGO
    assert not [line for line in LISTING.splitlines() if "MER" in line]
    assert STM32F205.flash.erase_all is None


# The algorithm, called without a wire


def ready(operation: int = PROGRAMMING) -> Stm32f205:
    chip = halted_chip()
    assert call(chip, LABELS["init"], FLASH_BASE, 0, operation) == 0
    return chip


def program(chip: Stm32f205, address: int, data: bytes) -> int:
    chip.poke(BUFFER, data)
    return call(chip, LABELS["program"], address, len(data), BUFFER)


@pytest.mark.parametrize("sector", range(12))
def test_an_address_anywhere_in_a_sector_erases_that_sector(sector: int) -> None:
    chip = ready(ERASING)
    for address in (SECTOR_STARTS[sector], SECTOR_STARTS[sector] + SECTOR_SIZES[sector] - 4):
        chip.page_wear = [0] * 12
        assert call(chip, LABELS["erase"], address) == 0
        assert [number for number, worn in enumerate(chip.page_wear) if worn] == [sector]


@given(
    address=st.integers(0, 64).map(lambda n: SECTOR_64K - 128 + 4 * n),
    words=st.lists(st.sampled_from([0xFFFF_FFFF, 0, 0x1234_5678, 0x9E37_79B1]), max_size=40),
    armed=st.booleans(),
)
@settings(max_examples=25, deadline=None)
def test_a_page_is_programmed_in_whole_words_and_no_further_than_asked(
    address: int, words: list[int], armed: bool
) -> None:
    chip = ready()
    if armed:
        chip.stuck_bits[OTP] = 0
    data = struct.pack(f"<{len(words)}I", *words)
    chip.poke(BUFFER, bytes(1024))
    assert program(chip, address, data) == 0
    assert chip.peek(address, len(data)) == data
    assert chip.peek(address - 64, 64) + chip.peek(address + len(data), 64) == b"\xff" * 128
    assert chip.wear.words == sum(word != 0xFFFF_FFFF for word in words)
    assert chip.read(REGISTERS + CR) == 0


@pytest.mark.parametrize(
    ("address", "size"),
    [
        (FLASH_BASE - 4, 8),
        (FLASH_BASE + FLASH_SIZE - 4, 8),
        (FLASH_BASE + FLASH_SIZE, 4),
        (0, 4),
        (RAM_START, 4),
        (OTP, 4),
        (FLASH_BASE + 2, 4),
        (FLASH_BASE, 6),
    ],
)
def test_what_is_outside_the_flash_or_not_whole_words_is_refused(address: int, size: int) -> None:
    chip = ready()
    before = chip.peek(RAM_START, 16)
    assert program(chip, address, b"\x5a" * size) == REFUSED
    assert (chip.wear.words, chip.peek(RAM_START, 16)) == (0, before)


@pytest.mark.parametrize("address", [FLASH_BASE - 1, FLASH_BASE + FLASH_SIZE, 0, 0xFFFF_FFFF])
def test_no_sector_is_erased_for_an_address_outside_the_flash(address: int) -> None:
    chip = ready(ERASING)
    assert call(chip, LABELS["erase"], address) == REFUSED
    assert chip.wear.pages == 0


def test_a_controller_that_was_not_opened_is_told_and_nothing_is_done() -> None:
    chip = halted_chip()
    chip.poke(SECTOR_64K, b"keep")
    assert call(chip, LABELS["erase"], SECTOR_64K) == LOCKED
    assert program(chip, SECTOR_64K + 4, bytes(4)) == LOCKED
    assert chip.peek(SECTOR_64K, 8) == b"keep\xff\xff\xff\xff"


def test_a_controller_that_a_wrong_key_sealed_does_not_pass_for_open() -> None:
    chip = halted_chip()
    with pytest.raises(Exception, match="not the key"):
        chip.write(REGISTERS + KEYR, 0)
    assert call(chip, LABELS["init"], FLASH_BASE, 0, ERASING) == LOCKED
    assert chip.core.locked_up


def test_a_controller_that_is_open_already_is_not_given_its_keys_again() -> None:
    chip = halted_chip()
    for key in KEYS:
        chip.write(REGISTERS + KEYR, key)
    assert call(chip, LABELS["init"], FLASH_BASE, 0, ERASING) == 0
    assert not chip.core.locked_up


def test_to_verify_nothing_is_opened_and_in_the_end_all_is_locked() -> None:
    chip = ready(VERIFYING)
    assert chip.read(REGISTERS + CR) == LOCK
    chip = ready(ERASING)
    assert chip.read(REGISTERS + CR) == 0
    assert call(chip, LABELS["uninit"], ERASING) == 0
    assert chip.read(REGISTERS + CR) == LOCK


def test_error_flags_are_returned_once() -> None:
    chip = halted_chip()
    protect(chip, 3)
    assert call(chip, LABELS["init"], FLASH_BASE, 0, PROGRAMMING) == 0
    assert program(chip, SECTOR_STARTS[3], bytes(64)) == WRPERR
    assert chip.wear.refused == 1  # it stops at the first word
    assert chip.read(REGISTERS + SR) == WRPERR
    assert program(chip, SECTOR_64K, bytes(64)) == 0
    assert call(chip, LABELS["erase"], SECTOR_STARTS[3]) == WRPERR
    assert call(chip, LABELS["erase"], SECTOR_STARTS[2]) == 0

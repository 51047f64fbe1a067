"""Code in an STM32F205's RAM meets its flash and registers as they are."""

from station.bench.stm32f2 import UNIQUE_ID
from station.bench.stm32f2_flash import (
    CR,
    FACTORY_OPTIONS,
    KEYR,
    KEYS,
    LOCK,
    PG,
    PGAERR,
    PGPERR,
    PSIZE,
    RDP,
    REGISTERS,
    SECTOR_STARTS,
    SR,
)
from tests.bench.swd_stm32f2 import call, halted_chip

WORD_AT = SECTOR_STARTS[4]
WORDS = 2 << PSIZE

# ldr r1, [r0]; bkpt: what code in RAM sees of an address
LOOK = (0x6801, 0xBE00)


def test_code_in_ram_reads_what_a_register_holds_not_what_it_wrote() -> None:
    chip = halted_chip()
    # str r1, [r0]; ldr r0, [r0]; bkpt — CR keeps its lock, whatever is written
    assert call(chip, (0x6001, 0x6800, 0xBE00), REGISTERS + CR, PG) == LOCK
    chip.write(REGISTERS + KEYR, KEYS[0])
    chip.write(REGISTERS + KEYR, KEYS[1])
    assert call(chip, (0x6001, 0x6800, 0xBE00), REGISTERS + CR, PG | WORDS) == PG | WORDS


def test_code_in_ram_that_gives_a_wrong_key_stops_with_a_fault() -> None:
    chip = halted_chip()
    call(chip, (0x6001, 0x2000, 0xBE00), REGISTERS + KEYR, 0x1234)
    assert chip.core.locked_up


def test_code_in_ram_meets_the_same_flags_as_the_debugger() -> None:
    chip = halted_chip()
    for key in KEYS:
        chip.write(REGISTERS + KEYR, key)
    chip.write(REGISTERS + CR, PG | WORDS)
    chip.stuck_bits[UNIQUE_ID] = 0  # something is armed, so that every write is looked at
    # strh r1, [r0]; ldr r0, [r2]; bkpt
    assert call(chip, (0x8001, 0x6810, 0xBE00), WORD_AT, 0, REGISTERS + SR) == PGPERR
    chip.write(REGISTERS + SR, 0xF3)
    # str r1, [r0]; ldr r0, [r2]; bkpt, across a row
    assert call(chip, (0x6001, 0x6810, 0xBE00), WORD_AT + 14, 0, REGISTERS + SR) == PGAERR
    assert chip.peek(WORD_AT, 32) == b"\xff" * 32


def test_code_in_ram_is_kept_from_a_closed_flash() -> None:
    chip = halted_chip()
    chip.options = FACTORY_OPTIONS & ~(0xFF << RDP)
    chip.power(on=False)
    chip = halted_chip(chip)
    call(chip, LOOK, WORD_AT)
    assert chip.core.locked_up

"""Code in a virtual chip's RAM, called as a debugger calls it but without a wire: pyOCD's own routines, and a few."""

import struct

from pyocd.flash.flash import _ANALYZER_CODE
from pyocd.target.builtin.target_nRF52840_xxAA import FLASH_ALGO

from station.bench.chip import Nrf52840
from station.bench.clock import VirtualClock
from station.bench.cortex import C_DEBUGEN, C_HALT, DBGKEY, DCRDR, DCRSR, DHCSR, PC, RAM_BASE, REGWNR, S_HALT, SP

KEY = DBGKEY << 16
LOADER, BUFFER, ANALYZER, OWN = RAM_BASE, RAM_BASE + 0x2000, RAM_BASE + 0x4000, RAM_BASE + 0x8000
ERASING, PROGRAMMING = 1, 2  # what pyOCD tells the loader's init


def halted_chip() -> Nrf52840:
    """Powered and halted, with pyOCD's loader and CRC routine in RAM."""
    chip = Nrf52840(VirtualClock())
    chip.power(on=True)
    chip.write(DHCSR, KEY | C_DEBUGEN | C_HALT)
    chip.poke(LOADER, struct.pack(f"<{len(FLASH_ALGO['instructions'])}I", *FLASH_ALGO["instructions"]))
    chip.poke(ANALYZER, struct.pack(f"<{len(_ANALYZER_CODE)}I", *_ANALYZER_CODE))
    return chip


def call(chip: Nrf52840, routine: int, *arguments: int) -> int:
    """R0 after the routine, whose end is waited for on the chip's clock."""
    registers = dict(enumerate(arguments)) | {SP: RAM_BASE + 0x1000, 14: LOADER | 1, PC: routine}
    for register, value in registers.items():
        chip.write(DCRDR, value)
        chip.write(DCRSR, register | REGWNR)
    chip.write(DHCSR, KEY | C_DEBUGEN)
    assert chip.read(DHCSR) & S_HALT
    chip.write(DCRSR, 0)
    return chip.read(DCRDR)


def erase_page(chip: Nrf52840, page: int) -> None:
    """By pyOCD's loader."""
    call(chip, FLASH_ALGO["pc_init"], 0, 0, ERASING)
    assert call(chip, FLASH_ALGO["pc_erase_sector"], page) == 0


def program(chip: Nrf52840, address: int, data: bytes) -> None:
    """By pyOCD's loader, as one page."""
    chip.poke(BUFFER, data)
    call(chip, FLASH_ALGO["pc_init"], 0, 0, PROGRAMMING)
    assert call(chip, FLASH_ALGO["pc_program_page"], address, len(data), BUFFER) == 0


def own_code(chip: Nrf52840, *halfwords: int) -> int:
    """Where a routine of these instructions, with a breakpoint behind them, now is."""
    code = (*halfwords, 0xBE00)
    chip.poke(OWN, struct.pack(f"<{len(code)}H", *code))
    return OWN

"""The STM32F205 on its own: keys, flags, NOR cells, protection, supply, reset, and what code in its RAM meets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.bench.clock import VirtualClock
from station.bench.cortex import C_DEBUGEN, CPUID, DBGKEY, DCRDR, DCRSR, DEMCR, DHCSR, PC, S_HALT, VC_CORERESET
from station.bench.dap import DP_CTRL_STAT, DPIDR, Ack, DebugPort
from station.bench.soc import BusError
from station.bench.stm32f2 import FLASH_KIB, IDCODE, RAM_BASE, UNIQUE_ID, Stm32f205
from station.bench.stm32f2_flash import (
    BSY,
    CR,
    FACTORY_OPTIONS,
    FLASH_BASE,
    FLASH_SIZE,
    KEYR,
    KEYS,
    LOCK,
    MER,
    NWRP,
    OPTCR,
    OPTION_KEYS,
    OPTKEYR,
    OPTLOCK,
    OPTSTRT,
    OTP,
    OTP_LOCKS,
    PG,
    PGAERR,
    PGPERR,
    PGSERR,
    PSIZE,
    RDP,
    REGISTERS,
    SECTOR_SIZES,
    SECTOR_STARTS,
    SER,
    SNB,
    SR,
    STRT,
    WRPERR,
    Timing,
)
from tests.bench.swd_stm32f2 import VECTORS

KEY = DBGKEY << 16
WORD_AT = SECTOR_STARTS[4]
BYTES, HALVES, WORDS = 0 << PSIZE, 1 << PSIZE, 2 << PSIZE


def powered_chip() -> Stm32f205:
    chip = Stm32f205(VirtualClock())
    chip.power(on=True)
    return chip


def unlocked_chip() -> Stm32f205:
    chip = powered_chip()
    for key in KEYS:
        chip.write(REGISTERS + KEYR, key)
    return chip


def erase(chip: Stm32f205, sector: int) -> None:
    chip.write(REGISTERS + CR, SER | WORDS | sector << SNB | STRT)


def program(chip: Stm32f205, address: int, value: int, size: int = 4) -> None:
    chip.write(REGISTERS + CR, PG | {1: BYTES, 2: HALVES, 4: WORDS}[size])
    chip.write(address, value, size)


def flags(chip: Stm32f205) -> int:
    """The error flags, which are cleared."""
    found = chip.read(REGISTERS + SR)
    chip.write(REGISTERS + SR, 0xF3)
    assert chip.read(REGISTERS + SR) == 0
    return found


def set_options(chip: Stm32f205, value: int) -> None:
    for key in OPTION_KEYS:
        chip.write(REGISTERS + OPTKEYR, key)
    chip.write(REGISTERS + OPTCR, value)
    chip.write(REGISTERS + OPTCR, value | OPTSTRT)
    chip.write(REGISTERS + OPTCR, value | OPTLOCK)


def protect(chip: Stm32f205, *sectors: int) -> None:
    set_options(chip, FACTORY_OPTIONS & ~sum(1 << (NWRP + sector) for sector in sectors))


def with_readout(level: int) -> int:
    return FACTORY_OPTIONS & ~(0xFF << RDP) | {0: 0xAA, 1: 0x55, 2: 0xCC}[level] << RDP


def power_cycle(chip: Stm32f205) -> None:
    chip.power(on=False)
    chip.power(on=True)


def test_the_ids_are_those_of_a_cortex_m3_in_an_stm32f205() -> None:
    chip = Stm32f205(VirtualClock(), unique_id=bytes(range(12)), revision=0x200F)
    chip.power(on=True)
    assert chip.read(CPUID) == 0x412F_C230
    assert chip.read(IDCODE) == 0x200F_0411
    assert chip.read(FLASH_KIB, 2) == 1024
    assert b"".join(chip.read(UNIQUE_ID + n, 1).to_bytes(1, "little") for n in range(12)) == bytes(range(12))


def test_the_flash_shows_at_address_zero_too() -> None:
    chip = powered_chip()
    chip.poke(FLASH_BASE + 0x1234, b"\x12\x34\x56\x78")
    assert chip.read(0x1234) == chip.read(FLASH_BASE + 0x1234) == 0x7856_3412


def test_the_controller_opens_by_two_keys_and_closes_by_its_lock() -> None:
    chip = powered_chip()
    chip.write(REGISTERS + CR, PG)
    assert chip.read(REGISTERS + CR) == LOCK
    for key in KEYS:
        chip.write(REGISTERS + KEYR, key)
    chip.write(REGISTERS + CR, PG | WORDS)
    assert chip.read(REGISTERS + CR) == PG | WORDS
    chip.write(REGISTERS + CR, LOCK)
    chip.write(REGISTERS + CR, PG)
    assert chip.read(REGISTERS + CR) & LOCK


@pytest.mark.parametrize("keys", [(0,), (KEYS[1],), (KEYS[0], KEYS[0]), (*KEYS, KEYS[0])])
def test_a_key_that_is_not_asked_for_closes_the_controller_until_the_next_reset(keys: tuple[int, ...]) -> None:
    chip = powered_chip()
    for key in keys[:-1]:
        chip.write(REGISTERS + KEYR, key)
    with pytest.raises(BusError):
        chip.write(REGISTERS + KEYR, keys[-1])
    with pytest.raises(BusError):
        chip.write(REGISTERS + KEYR, KEYS[0])
    assert chip.read(REGISTERS + CR) & LOCK
    chip.soft_reset()
    for key in KEYS:
        chip.write(REGISTERS + KEYR, key)
    assert not chip.read(REGISTERS + CR) & LOCK


@pytest.mark.parametrize("sector", [0, 3, 4, 5, 11])
def test_an_erase_blanks_its_sector_takes_its_time_and_wears_it(sector: int) -> None:
    chip = unlocked_chip()
    chip.poke(FLASH_BASE, bytes(FLASH_SIZE))
    began = chip.clock.now
    erase(chip, sector)
    start, size = SECTOR_STARTS[sector], SECTOR_SIZES[sector]
    assert chip.peek(start, size) == b"\xff" * size
    assert chip.peek(FLASH_BASE, FLASH_SIZE).count(0) == FLASH_SIZE - size
    assert chip.flash_free_at - began == {0x4000: 500_000, 0x1_0000: 1_100_000, 0x2_0000: 2_000_000}[size]
    assert (sum(chip.page_wear), chip.page_wear[sector], chip.wear.pages) == (1, 1, 1)
    assert flags(chip) == 0
    assert not chip.read(REGISTERS + CR) & STRT


def test_the_flash_is_busy_while_it_works() -> None:
    chip = Stm32f205(VirtualClock(pace=1.0))
    chip.power(on=True)
    for key in KEYS:
        chip.write(REGISTERS + KEYR, key)
    erase(chip, 11)
    assert chip.read(REGISTERS + SR) == BSY
    chip.power(on=False)
    chip.power(on=True)
    assert chip.read(REGISTERS + SR) == 0


def test_a_mass_erase_blanks_all_but_what_may_be_programmed_once() -> None:
    chip = unlocked_chip()
    chip.poke(FLASH_BASE, bytes(FLASH_SIZE))
    chip.poke(OTP, b"serial")
    chip.write(REGISTERS + CR, MER | SER | STRT)
    assert chip.peek(FLASH_BASE, FLASH_SIZE) == bytes(FLASH_SIZE)
    began = chip.clock.now
    chip.write(REGISTERS + CR, MER | STRT)
    assert chip.peek(FLASH_BASE, FLASH_SIZE) == b"\xff" * FLASH_SIZE
    assert chip.peek(OTP, 6) == b"serial"
    assert chip.flash_free_at - began == Timing().all_us


_CHIP: list[Stm32f205] = []


@given(first=st.integers(0, 0xFFFF_FFFF), second=st.integers(0, 0xFFFF_FFFF), size=st.sampled_from([1, 2, 4]))
def test_a_cell_only_ever_goes_from_one_to_zero(first: int, second: int, size: int) -> None:
    if not _CHIP:
        _CHIP.append(unlocked_chip())
    (chip,) = _CHIP
    first, second = (value & ((1 << (8 * size)) - 1) for value in (first, second))
    chip.poke(WORD_AT, b"\xff" * 8)
    clashes = chip.wear.clashes
    program(chip, WORD_AT, first, size)
    program(chip, WORD_AT, second, size)
    assert chip.read(WORD_AT, size) == first & second
    assert chip.peek(WORD_AT + size, 8 - size) == b"\xff" * (8 - size)
    assert chip.wear.clashes - clashes == int(second & ~first != 0)
    assert flags(chip) == 0


def test_a_write_that_is_not_prepared_raises_its_flag_and_leaves_the_cells() -> None:
    chip = unlocked_chip()
    chip.write(REGISTERS + CR, 0)
    chip.write(WORD_AT, 0)
    assert flags(chip) == PGSERR
    chip.write(REGISTERS + CR, PG | WORDS)
    chip.write(WORD_AT, 0, 2)
    assert flags(chip) == PGPERR
    assert chip.programmed(chip.flash, WORD_AT + 14, 0) == 0xFFFF_FFFF
    assert flags(chip) == PGAERR
    assert chip.peek(WORD_AT, 32) == b"\xff" * 32
    assert (chip.wear.refused, chip.wear.words) == (3, 0)


def test_a_protected_sector_is_neither_erased_nor_programmed() -> None:
    chip = unlocked_chip()
    chip.poke(SECTOR_STARTS[1], b"keys")
    protect(chip, 1)
    assert chip.write_protected == {1}
    erase(chip, 1)
    assert flags(chip) == WRPERR
    chip.write(REGISTERS + CR, MER | STRT)
    assert flags(chip) == WRPERR
    program(chip, SECTOR_STARTS[1], 0)
    assert flags(chip) == WRPERR
    assert chip.peek(SECTOR_STARTS[1], 4) == b"keys"
    erase(chip, 2)
    assert flags(chip) == 0


def test_a_sector_that_does_not_exist_is_not_erased() -> None:
    chip = unlocked_chip()
    erase(chip, 12)
    assert flags(chip) == PGSERR
    assert chip.wear.pages == 0


def test_option_bytes_need_their_own_keys_and_survive_without_power() -> None:
    chip = unlocked_chip()
    chip.write(REGISTERS + OPTCR, 0 | OPTSTRT)
    assert chip.options == FACTORY_OPTIONS
    with pytest.raises(BusError):
        chip.write(REGISTERS + OPTKEYR, KEYS[0])
    chip.soft_reset()
    protect(chip, 0)
    power_cycle(chip)
    assert chip.read(REGISTERS + OPTCR) == FACTORY_OPTIONS & ~(1 << NWRP) | OPTLOCK


def test_bytes_that_are_programmed_once_can_be_locked_and_the_signature_never_changes() -> None:
    chip = unlocked_chip()
    program(chip, OTP, 0x1234_5678)
    program(chip, OTP_LOCKS, 0, 1)
    assert flags(chip) == 0
    program(chip, OTP + 4, 0)
    assert flags(chip) == WRPERR
    program(chip, OTP + 32, 0)
    assert flags(chip) == 0
    unique = chip.peek(UNIQUE_ID, 12)
    program(chip, UNIQUE_ID, 0)
    assert flags(chip) == WRPERR
    assert (chip.read(OTP), chip.peek(UNIQUE_ID, 12)) == (0x1234_5678, unique)


def test_readout_protection_closes_the_flash_to_the_debugger_from_the_next_power_up() -> None:
    chip = powered_chip()
    chip.poke(WORD_AT, b"keep")
    set_options(chip, with_readout(1))
    assert chip.read(WORD_AT) == int.from_bytes(b"keep", "little")
    power_cycle(chip)
    for address in (WORD_AT, WORD_AT - FLASH_BASE):
        with pytest.raises(BusError):
            chip.read(address)
    with pytest.raises(BusError):
        chip.write(WORD_AT, 0)
    for key in KEYS:
        chip.write(REGISTERS + KEYR, key)
    erase(chip, 4)
    assert flags(chip) == WRPERR
    assert chip.peek(WORD_AT, 4) == b"keep"
    assert chip.read(UNIQUE_ID)
    assert chip.read(RAM_BASE) == 0


def test_opening_the_readout_again_costs_the_whole_flash() -> None:
    chip = powered_chip()
    chip.poke(FLASH_BASE, bytes(FLASH_SIZE))
    set_options(chip, with_readout(1))
    power_cycle(chip)
    began = chip.clock.now
    set_options(chip, with_readout(0))
    assert chip.peek(FLASH_BASE, FLASH_SIZE) == b"\xff" * FLASH_SIZE
    assert chip.flash_free_at - began == Timing().all_us + Timing().options_us
    power_cycle(chip)
    assert chip.read(WORD_AT) == 0xFFFF_FFFF


def test_at_readout_level_2_the_debug_port_is_silent_for_ever() -> None:
    chip = powered_chip()
    set_options(chip, with_readout(2))
    assert chip.answers
    power_cycle(chip)
    assert not chip.answers


def test_while_reset_is_held_only_the_private_bus_answers() -> None:
    chip = powered_chip()
    chip.pull_reset("fixture", low=True)
    assert chip.read(CPUID) == 0x412F_C230
    for address in (FLASH_BASE, RAM_BASE, REGISTERS + SR, UNIQUE_ID):
        with pytest.raises(BusError):
            chip.read(address)
    chip.pull_reset("fixture", low=False)
    assert chip.read(RAM_BASE) == 0


def test_nothing_answers_where_nothing_is_and_registers_take_only_words() -> None:
    chip = powered_chip()
    for address in (0x6000_0000, RAM_BASE + 0x2_0000, FLASH_BASE + FLASH_SIZE):
        with pytest.raises(BusError):
            chip.read(address)
    with pytest.raises(BusError):
        chip.write(REGISTERS + OPTCR, 0, 1)


def test_a_chip_without_power_forgets_its_ram_but_not_its_flash() -> None:
    chip = unlocked_chip()
    program(chip, WORD_AT, 0x1234_5678)
    chip.write(RAM_BASE, 0x1234_5678)
    power_cycle(chip)
    assert (chip.read(WORD_AT), chip.read(RAM_BASE)) == (0x1234_5678, 0)
    assert chip.read(REGISTERS + CR) == LOCK


def test_the_core_halts_at_the_reset_vector_that_lies_in_flash() -> None:
    chip, heard = powered_chip(), list[str]()
    chip.on_run, chip.on_stop = lambda: heard.append("runs"), lambda: heard.append("stops")
    chip.poke(FLASH_BASE, VECTORS)
    chip.pull_reset("fixture", low=True)
    chip.write(DHCSR, KEY | C_DEBUGEN)
    chip.write(DEMCR, VC_CORERESET)
    chip.pull_reset("fixture", low=False)
    assert chip.read(DHCSR) & S_HALT
    chip.write(DCRSR, PC)
    assert chip.read(DCRDR) == FLASH_BASE + 0x1100
    chip.write(DHCSR, KEY | C_DEBUGEN)
    assert heard == ["stops", "runs"]


def test_the_debug_port_has_no_access_port_of_nordics() -> None:
    dap = DebugPort(powered_chip())
    dap.sequence(51, (1 << 51) - 1)
    assert dap.transfer(ap=False, read=True, register=0) == (Ack.OK, DPIDR)
    dap.transfer(ap=False, read=False, register=DP_CTRL_STAT, data=0x5000_0000)
    ids = []
    for port in (0, 1):
        dap.transfer(ap=False, read=False, register=8, data=port << 24 | 0xF0)
        dap.transfer(ap=True, read=True, register=0xC)
        ids.append(dap.transfer(ap=False, read=True, register=0xC)[1])
    assert ids == [0x2477_0011, 0]


def test_cells_that_went_bad_stay_as_they_are() -> None:
    chip = unlocked_chip()
    chip.stuck_bits[WORD_AT] = 0x0001_0000
    chip.dead_bits[WORD_AT + 4] = 0x8000_0000
    erase(chip, 4)
    program(chip, WORD_AT, 0)
    assert (chip.read(WORD_AT), chip.read(WORD_AT + 4)) == (0x0001_0000, 0x7FFF_FFFF)
    program(chip, WORD_AT + 2, 0, 1)
    assert chip.read(WORD_AT) == 0x0001_0000


def test_an_erase_that_loses_its_supply_leaves_a_mix() -> None:
    chip = unlocked_chip()
    chip.poke(WORD_AT, bytes(0x1_0000))
    chip.power_cut_at_erase = 0
    erase(chip, 4)
    assert not chip.powered
    ones = sum(byte.bit_count() for byte in chip.peek(WORD_AT, 0x1_0000))
    assert 0.4 < ones / (8 * 0x1_0000) < 0.6
    chip.power(on=True)
    assert chip.power_cut_at_erase is None

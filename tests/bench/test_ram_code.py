"""Code that runs from RAM: flash written in bulk is flash written word by word, and instructions take time."""

import struct

from hypothesis import given, settings
from hypothesis import strategies as st

from station.bench.bulk import UNWRITTEN
from station.bench.chip import Nrf52840
from station.bench.cortex import C_DEBUGEN, DCRDR, DCRSR, DHCSR, LR, PC, RAM_BASE, REGWNR, S_HALT, SP
from station.bench.nvmc import CONFIG, NVMC, PAGE_SIZE, UICR, WRITE_ENABLED
from tests.bench.ram_code import ANALYZER, BUFFER, KEY, LOADER, call, erase_page, halted_chip, own_code, program

PAGE_2 = 0x2000
SOME_WORDS = st.sampled_from([0xFFFF_FFFF, 0, 0x1234_5678, *(int.from_bytes(word, "little") for word in UNWRITTEN[:2])])
PAGES = st.lists(st.one_of(SOME_WORDS, st.integers(0, 0xFFFF_FFFF)), min_size=1, max_size=PAGE_SIZE // 4)

# str r1,[r2] (CONFIG) with r1 = 1; what is done meanwhile; str r1,[r2] with r1 = 0
OPEN, CLOSE = (0x2101, 0x6011), (0x2100, 0x6011)


def looked_at(chip: Nrf52840) -> Nrf52840:
    """A chip whose words are programmed one by one: something is armed, which hits nothing."""
    chip.stuck_bits[UICR + 0xFFC] = 0
    return chip


_PAIR: list[Nrf52840] = []


def both() -> list[Nrf52840]:
    """A chip that is written in bulk, and one that is not, for all examples of a property."""
    if not _PAIR:
        _PAIR.extend((halted_chip(), looked_at(halted_chip())))
    return _PAIR


def assert_same(one: Nrf52840, other: Nrf52840) -> None:
    assert one.flash.view == other.flash.view
    assert one.uicr.view == other.uicr.view
    assert one.wear == other.wear
    assert one.page_wear == other.page_wear
    assert one.clock.now == other.clock.now
    assert one.core.registers == other.core.registers


@settings(max_examples=30, deadline=None)
@given(first=PAGES, second=PAGES, offset=st.integers(0, 3))
def test_pages_written_in_bulk_are_pages_written_word_by_word(first: list[int], second: list[int], offset: int) -> None:
    chips = both()
    for chip in chips:
        erase_page(chip, PAGE_2)
        erase_page(chip, PAGE_2 + PAGE_SIZE)
        for words in (first, second):  # the second time without an erase: clashes, and words that are there already
            program(chip, PAGE_2 + 4 * offset, struct.pack(f"<{len(words)}I", *words))
    assert_same(*chips)


def test_uicr_is_written_in_bulk_too() -> None:
    chips = halted_chip(), looked_at(halted_chip())
    for chip in chips:
        program(chip, UICR + 0x80, bytes(range(64)))
    assert_same(*chips)
    assert chips[0].peek(UICR + 0x80, 64) == bytes(range(64))
    assert chips[0].wear.words == 16


def test_code_that_reads_flash_between_its_writes_sees_what_the_cells_hold() -> None:
    # str r5,[r4]; ldr r6,[r4,#4]; ldr r7,[r4]; str r6,[r4]; str r7,[r4,#8]
    meanwhile = (0x6025, 0x6866, 0x6827, 0x6026, 0x60A7)
    chips = halted_chip(), looked_at(halted_chip())
    for chip in chips:
        chip.poke(PAGE_2, struct.pack("<3I", 0xFFFF_00FF, 0x5555_5555, 0xFFFF_FFFF))
        routine = own_code(chip, *OPEN, *meanwhile, *CLOSE)
        call(chip, routine, 0, 0, NVMC + CONFIG, 0, PAGE_2, 0x1234_FFFF)
        assert struct.unpack("<3I", chip.peek(PAGE_2, 12)) == (0x1014_0055, 0x5555_5555, 0x1234_00FF)
    assert_same(*chips)


def test_words_that_all_look_unwritten_are_programmed_one_by_one() -> None:
    chip = halted_chip()
    data = b"".join(UNWRITTEN) * 4
    program(chip, PAGE_2, data)
    assert chip.peek(PAGE_2, len(data)) == data
    assert chip.wear.words == len(data) // 4


def test_code_that_writes_without_write_enable_changes_nothing() -> None:
    chip = halted_chip()
    # write-enabled and not again, then str r5,[r4]
    routine = own_code(chip, *OPEN, *CLOSE, 0x6025)
    call(chip, routine, 0, 0, NVMC + CONFIG, 0, PAGE_2, 0)
    assert chip.peek(PAGE_2, 4) == b"\xff" * 4
    assert (chip.wear.words, chip.wear.refused) == (0, 1)


def test_a_chip_left_write_enabled_is_written_by_the_next_call() -> None:
    chip = halted_chip()
    chip.write(NVMC + CONFIG, WRITE_ENABLED)
    call(chip, own_code(chip, 0x6025), 0, 0, 0, 0, PAGE_2, 0xFFFF_FF00)
    assert chip.peek(PAGE_2, 4) == b"\x00\xff\xff\xff"
    assert chip.wear.words == 1


def test_the_instructions_of_a_crc_take_their_time() -> None:
    chip = halted_chip()
    blocks = 16
    chip.poke(BUFFER, struct.pack(f"<{blocks}I", *(12 | n << 16 for n in range(blocks))))
    began = chip.clock.now
    call(chip, ANALYZER, BUFFER, blocks)
    per_byte = (chip.clock.now - began) / (blocks * PAGE_SIZE)
    # pyOCD's routine executes ten instructions for a byte, after some 10,000 for its table
    assert 10 * chip.instruction_us <= per_byte <= 11 * chip.instruction_us


def test_a_short_routine_costs_about_its_instructions() -> None:
    chip = halted_chip()
    # movs r0,#200; subs r0,#1; bne: 401 instructions
    routine = own_code(chip, 0x20C8, 0x3801, 0xD1FD)
    began = chip.clock.now
    call(chip, routine)
    assert abs(chip.clock.now - began - 401 * chip.instruction_us) <= 0.15 * 401 * chip.instruction_us


def test_the_loop_that_programs_hides_behind_the_flash() -> None:
    chip = halted_chip()
    began = chip.clock.now
    program(chip, PAGE_2, bytes(PAGE_SIZE))
    flash_work = PAGE_SIZE // 4 * chip.timing.word_us
    assert flash_work <= chip.clock.now - began <= flash_work + 10


def test_a_halt_does_not_show_before_the_instructions_are_over() -> None:
    chip = halted_chip()
    chip.poke(BUFFER, struct.pack("<I", 12))
    chip.clock.pace = 1.0  # nobody advances it: it stands
    for register, value in {0: BUFFER, 1: 1, SP: RAM_BASE + 0x1000, LR: LOADER | 1, PC: ANALYZER}.items():
        chip.write(DCRDR, value)
        chip.write(DCRSR, register | REGWNR)
    chip.write(DHCSR, KEY | C_DEBUGEN)
    assert not chip.read(DHCSR) & S_HALT
    chip.clock.pace = None
    assert chip.read(DHCSR) & S_HALT
    assert chip.clock.now >= 10 * PAGE_SIZE * chip.instruction_us

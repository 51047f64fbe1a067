"""The chip on its own: clock, NOR cells, supply, reset line, protection, and its debug port register by register."""

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.bench.chip import (
    APPROTECT,
    ENABLED,
    HARDWARE_DISABLED,
    Nrf52840,
)
from station.bench.clock import VirtualClock
from station.bench.cortex import (
    C_DEBUGEN,
    C_HALT,
    DBGKEY,
    DCRDR,
    DCRSR,
    DEMCR,
    DHCSR,
    PC,
    RAM_BASE,
    S_HALT,
    S_RESET_ST,
    VC_CORERESET,
)
from station.bench.dap import CTRL_AP, DP_ABORT, DP_CTRL_STAT, DP_RDBUFF, DP_SELECT, DPIDR, Ack, Dap
from station.bench.modules import RESET_PIN, UICR_RESET_PINS
from station.bench.nvmc import (
    CONFIG,
    ERASE_ALL,
    ERASE_ENABLED,
    ERASE_PAGE,
    ERASE_UICR,
    NVMC,
    UICR,
    WRITE_ENABLED,
    Timing,
)
from station.bench.soc import BusError

KEY = DBGKEY << 16
PAGE_2 = 0x2000
WORDS = st.integers(0, 0xFFFF_FFFF)


def powered_chip(build: str = "AAD0") -> Nrf52840:
    chip = Nrf52840(VirtualClock(), build=build)
    chip.power(on=True)
    return chip


def with_reset_pin(chip: Nrf52840) -> Nrf52840:
    for address in UICR_RESET_PINS:
        chip.poke(address, RESET_PIN.to_bytes(4, "little"))
    return chip


def program(chip: Nrf52840, address: int, value: int) -> None:
    chip.write(NVMC + CONFIG, WRITE_ENABLED)
    chip.write(address, value)
    chip.write(NVMC + CONFIG, 0)


def erase(chip: Nrf52840, register: int, value: int) -> None:
    chip.write(NVMC + CONFIG, ERASE_ENABLED)
    chip.write(NVMC + register, value)
    chip.write(NVMC + CONFIG, 0)


def connected(chip: Nrf52840) -> Dap:
    dap = Dap(chip)
    dap.sequence(51, (1 << 51) - 1)
    assert dap.transfer(ap=False, read=True, register=0) == (Ack.OK, DPIDR)
    dap.transfer(ap=False, read=False, register=DP_CTRL_STAT, data=0x5000_0000)
    return dap


def ctrl_ap(dap: Dap, register: int, value: int | None = None) -> int:
    dap.transfer(ap=False, read=False, register=DP_SELECT, data=CTRL_AP << 24 | register & 0xF0)
    dap.transfer(ap=True, read=value is None, register=register & 0xC, data=value or 0)
    return dap.transfer(ap=False, read=True, register=DP_RDBUFF)[1]


def test_what_is_due_runs_in_order_and_at_its_own_moment() -> None:
    clock, seen = VirtualClock(), list[tuple[str, int]]()

    def boot() -> None:
        clock.call_at(200, lambda: seen.append(("chained", clock.now)))

    clock.call_at(300, lambda: seen.append(("late", clock.now)))
    clock.call_at(100, boot)
    forget = clock.call_at(250, lambda: seen.append(("forgotten", clock.now)))
    forget()
    clock.advance(1000)
    assert seen == [("chained", 200), ("late", 300)]
    assert clock.now == 1000


def test_a_paced_clock_neither_runs_ahead_of_real_time_nor_falls_behind_it() -> None:
    clock, started = VirtualClock(pace=1.0), time.monotonic()
    clock.advance(30_000)
    assert time.monotonic() - started >= 0.025
    time.sleep(0.02)
    clock.advance(0)
    assert clock.now >= 45_000
    before = clock.now
    clock.skip_to(10_000_000)
    assert clock.now == before


def test_threads_lose_no_time_of_the_clock_they_share_under_a_lock() -> None:
    clock, lock = VirtualClock(), threading.RLock()

    def spend() -> None:
        for _ in range(1000):
            with lock:
                clock.advance(5.75)

    threads = [threading.Thread(target=spend) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clock.now == 23_000


@given(first=WORDS, second=WORDS)
def test_a_cell_only_ever_goes_from_one_to_zero(first: int, second: int) -> None:
    chip = powered_chip_once()
    erase(chip, ERASE_PAGE, PAGE_2)
    clashes = chip.wear.clashes
    program(chip, PAGE_2, first)
    program(chip, PAGE_2, second)
    assert chip.read(PAGE_2) == first & second
    assert chip.wear.clashes - clashes == int(second & ~first != 0)


_CHIP: list[Nrf52840] = []


def powered_chip_once() -> Nrf52840:
    """One chip for all examples of a property: a new one costs two megabytes."""
    if not _CHIP:
        _CHIP.append(powered_chip())
    return _CHIP[0]


def test_an_erase_blanks_one_page_takes_its_time_and_wears_that_page() -> None:
    chip = powered_chip()
    for page in (0x1000, PAGE_2, 0x3000):
        chip.poke(page, b"\x00" * 0x1000)
    began = chip.clock.now
    erase(chip, ERASE_PAGE, PAGE_2)
    assert chip.peek(PAGE_2, 0x1000) == b"\xff" * 0x1000
    assert chip.peek(0x1000, 0x1000) + chip.peek(0x3000, 0x1000) == b"\x00" * 0x2000
    assert chip.flash_free_at - began == Timing().page_us
    assert (chip.page_wear[1], chip.page_wear[2], chip.page_wear[3]) == (0, 1, 0)


def test_nothing_is_written_without_write_enable() -> None:
    chip = powered_chip()
    chip.write(PAGE_2, 0)
    assert chip.read(PAGE_2) == 0xFFFF_FFFF
    assert chip.wear.refused == 1


def test_bad_cells_stay_as_they_are() -> None:
    chip = powered_chip()
    chip.stuck_bits[PAGE_2] = 0x0000_0001
    chip.dead_bits[PAGE_2 + 4] = 0x8000_0000
    erase(chip, ERASE_PAGE, PAGE_2)
    program(chip, PAGE_2, 0)
    assert chip.read(PAGE_2) == 0x0000_0001
    assert chip.read(PAGE_2 + 4) == 0x7FFF_FFFF


def test_flash_refuses_bytes_and_nothing_answers_where_nothing_is() -> None:
    chip = powered_chip()
    chip.write(NVMC + CONFIG, WRITE_ENABLED)
    with pytest.raises(BusError):
        chip.write(PAGE_2, 0, size=1)
    with pytest.raises(BusError):
        chip.read(0x6000_0000)


def test_a_chip_without_power_forgets_its_ram_and_its_debugger_but_not_its_flash() -> None:
    chip = powered_chip()
    chip.poke(PAGE_2, b"kept")
    chip.write(RAM_BASE, 0x1234_5678)
    chip.write(DEMCR, VC_CORERESET)
    chip.power(on=False)
    assert not chip.answers
    chip.power(on=True)
    assert chip.read(RAM_BASE) == 0
    assert chip.read(DEMCR) == 0
    assert chip.peek(PAGE_2, 4) == b"kept"


def test_the_core_runs_when_the_last_one_lets_go_of_reset() -> None:
    chip, heard = with_reset_pin(Nrf52840(VirtualClock())), list[str]()
    chip.on_run, chip.on_stop = lambda: heard.append("runs"), lambda: heard.append("stops")
    chip.pull_reset("fixture", low=True)
    chip.power(on=True)
    chip.pull_reset("probe", low=True)
    chip.pull_reset("fixture", low=False)
    assert heard == []
    chip.pull_reset("probe", low=False)
    assert heard == ["runs"]
    chip.pull_reset("probe", low=True)
    assert heard == ["runs", "stops"]
    chip.power(on=False)
    assert heard == ["runs", "stops"]


def test_without_a_mapping_in_uicr_the_reset_pin_does_nothing() -> None:
    chip = with_reset_pin(Nrf52840(VirtualClock()))
    chip.power(on=True)
    erase(chip, ERASE_ALL, 1)
    chip.pull_reset("fixture", low=True)
    assert chip.reset_held  # what the last reset found still holds
    chip.pull_reset("fixture", low=False)
    resets = chip.wear.resets
    chip.pull_reset("fixture", low=True)
    assert chip.reset_low
    assert not chip.reset_held
    assert chip.core.running
    chip.power(on=False)
    chip.power(on=True)
    assert chip.core.running
    chip.pull_reset("fixture", low=False)
    assert chip.wear.resets == resets + 1


@pytest.mark.parametrize(("first", "second"), [(18, 19), (18, 0xFFFF_FFFF), (18, 0x8000_0012), (18, 50), (17, 17)])
def test_a_mapping_counts_only_if_both_registers_name_the_pad(first: int, second: int) -> None:
    chip = Nrf52840(VirtualClock())
    for address, value in zip(UICR_RESET_PINS, (first, second), strict=True):
        chip.poke(address, value.to_bytes(4, "little"))
    chip.pull_reset("fixture", low=True)
    chip.power(on=True)
    assert chip.core.running


def test_a_mapping_that_is_written_counts_from_the_next_reset() -> None:
    chip = powered_chip()
    chip.pull_reset("fixture", low=True)
    for address in UICR_RESET_PINS:
        program(chip, address, 0x7FFF_FFC0 | RESET_PIN)
    assert chip.core.running
    chip.soft_reset()
    assert chip.reset_held
    assert not chip.core.running
    chip.pull_reset("fixture", low=False)
    assert chip.core.running


def test_the_reset_flag_is_sticky_clears_on_read_and_stays_up_while_reset_lasts() -> None:
    chip = with_reset_pin(Nrf52840(VirtualClock()))
    chip.power(on=True)
    assert chip.read(DHCSR) & S_RESET_ST
    assert not chip.read(DHCSR) & S_RESET_ST
    chip.pull_reset("fixture", low=True)
    assert chip.read(DHCSR) & S_RESET_ST
    assert chip.read(DHCSR) & S_RESET_ST
    chip.pull_reset("fixture", low=False)
    assert chip.read(DHCSR) & S_RESET_ST
    assert not chip.read(DHCSR) & S_RESET_ST


def test_the_vector_catch_halts_at_the_reset_vector_only_with_debug_enabled() -> None:
    chip = powered_chip()
    chip.poke(0, bytes.fromhex("0040002001110000"))
    chip.write(DEMCR, VC_CORERESET)
    chip.soft_reset()
    assert not chip.read(DHCSR) & S_HALT
    chip.write(DHCSR, KEY | C_DEBUGEN)
    chip.soft_reset()
    assert chip.read(DHCSR) & S_HALT
    chip.write(DCRSR, PC)
    assert chip.read(DCRDR) == 0x1100


def test_halting_needs_the_key() -> None:
    chip = powered_chip()
    chip.write(DHCSR, C_DEBUGEN | C_HALT)
    assert not chip.read(DHCSR) & S_HALT
    chip.write(DHCSR, KEY | C_DEBUGEN | C_HALT)
    assert chip.read(DHCSR) & S_HALT


@pytest.mark.parametrize(
    ("build", "setting", "locked"),
    [
        ("AAD0", 0xFF, False),
        ("AAD0", HARDWARE_DISABLED, False),
        ("AAD0", ENABLED, True),
        ("AAF0", 0xFF, True),
        ("AAF0", HARDWARE_DISABLED, False),
        ("AAF0", ENABLED, True),
    ],
)
def test_the_build_code_decides_what_a_blank_uicr_means(build: str, setting: int, locked: bool) -> None:
    chip = Nrf52840(VirtualClock(), build=build)
    chip.poke(UICR + APPROTECT, bytes((setting,)))
    chip.power(on=True)
    assert chip.locked is locked


def test_a_new_setting_of_approtect_counts_from_the_next_reset() -> None:
    chip = powered_chip()
    program(chip, UICR + APPROTECT, 0xFFFF_FF00)
    assert not chip.locked
    chip.soft_reset()
    assert chip.locked


def test_a_uicr_erase_locks_a_hardened_chip_at_the_next_power_up() -> None:
    chip = Nrf52840(VirtualClock(), build="AAF0")
    chip.poke(UICR + APPROTECT, bytes((HARDWARE_DISABLED,)))
    chip.power(on=True)
    erase(chip, ERASE_UICR, 1)
    assert not chip.locked
    chip.power(on=False)
    chip.power(on=True)
    assert chip.locked


def test_a_debug_port_is_silent_without_power_and_until_a_line_reset() -> None:
    chip = Nrf52840(VirtualClock())
    dap = Dap(chip)
    dap.sequence(51, (1 << 51) - 1)
    assert dap.transfer(ap=False, read=True, register=0)[0] is Ack.NONE
    chip.power(on=True)
    assert dap.transfer(ap=False, read=True, register=0)[0] is Ack.NONE
    dap.sequence(51, (1 << 51) - 1)
    assert dap.transfer(ap=False, read=True, register=0) == (Ack.OK, DPIDR)


def test_a_locked_chip_shows_only_its_ctrl_ap_and_recovers_by_erasing_everything() -> None:
    chip = Nrf52840(VirtualClock(), build="AAF0")
    chip.poke(PAGE_2, b"secret")
    chip.power(on=True)
    dap = connected(chip)
    dap.transfer(ap=True, read=True, register=0xC)
    assert dap.transfer(ap=False, read=True, register=DP_RDBUFF)[0] is Ack.FAULT
    dap.transfer(ap=False, read=False, register=DP_ABORT, data=0x1E)

    assert ctrl_ap(dap, 0x0C) == 0
    began = chip.clock.now
    ctrl_ap(dap, 0x04, 1)
    assert ctrl_ap(dap, 0x08) == 0
    assert chip.clock.now - began >= Timing().all_us
    ctrl_ap(dap, 0x00, 1)
    ctrl_ap(dap, 0x00, 0)
    assert ctrl_ap(dap, 0x0C) == 1
    assert chip.peek(PAGE_2, 6) == b"\xff" * 6


def test_a_fault_is_sticky_until_abort_clears_it() -> None:
    dap = connected(powered_chip())
    dap.inject = lambda ap, _read, _register, _data: Ack.FAULT if ap else None
    assert dap.transfer(ap=True, read=True, register=0)[0] is Ack.FAULT
    dap.inject = None
    assert dap.transfer(ap=True, read=True, register=0)[0] is Ack.FAULT
    dap.transfer(ap=False, read=False, register=DP_ABORT, data=0x1E)
    assert dap.transfer(ap=True, read=True, register=0)[0] is Ack.OK


@given(words=st.lists(WORDS, min_size=1, max_size=32), start=st.integers(0, 40))
def test_many_words_at_once_are_the_same_as_one_by_one(words: list[int], start: int) -> None:
    chip = powered_chip_once()
    fast, slow = connected(chip), connected(chip)
    slow.inject = lambda *_: None
    for dap, address in ((fast, RAM_BASE + 4 * start), (slow, RAM_BASE + 0x4000 + 4 * start)):
        dap.transfer(ap=True, read=False, register=0x0, data=0x2300_0012)
        dap.transfer(ap=True, read=False, register=0x4, data=address)
    before = fast.transfers, slow.transfers
    assert fast.write_words(words)
    assert not slow.write_words(words)
    for word in words:
        slow.transfer(ap=True, read=False, register=0xC, data=word)
    assert fast.transfers - before[0] == slow.transfers - before[1]
    for dap in (fast, slow):
        dap.transfer(ap=True, read=True, register=0x4)
    ends = [dap.transfer(ap=False, read=True, register=DP_RDBUFF)[1] for dap in (fast, slow)]
    assert ends[1] - ends[0] == 0x4000
    length = 4 * len(words)
    assert chip.peek(RAM_BASE + 4 * start, length) == chip.peek(RAM_BASE + 0x4000 + 4 * start, length)

"""The SWD wire by hand-made bits. Ref: ADIv5.2; bits stand in the order of the wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.bench.chip import Nrf52840
from station.bench.clock import VirtualClock
from station.bench.dap import DPIDR, STICKYERR, STICKYORUN, WDATAERR, Ack, Dap
from station.bench.swd_line import SwdLine

HZ = 1_000_000
RESET, IDLE = "1" * 50, "00"  # §B4.3.3
JTAG_TO_SWD = "0111100111100111"  # §B5.2.1: 0xE79E, low bit first

# Requests: start, APnDP, RnW, A2, A3, parity, stop, park: §B4.1.1
READ_DPIDR, WRITE_ABORT = "10100101", "10000001"
READ_CTRL_STAT, WRITE_CTRL_STAT = "10110001", "10010101"
WRITE_SELECT, READ_RDBUFF = "10001101", "10111101"
READ_CSW, WRITE_CSW, WRITE_TAR, READ_DRW = "11100001", "11000101", "11010001", "11111001"

OK, WAIT, FAULT, SILENCE = "100", "010", "001", "111"
POWER_UP, OVERRUN_DETECTION = 0x5000_0000, 1
NOTHING_THERE = 0x0080_0000  # between flash and FICR: nRF52840 PS v1.11 §Memory map


class Host:
    """Drives the wires of a chip under power as §B4.2 draws it."""

    def __init__(self) -> None:
        self.chip = Nrf52840(VirtualClock())
        self.chip.power(on=True)
        self.dap = Dap(self.chip)
        self.line = SwdLine(lambda: self.dap, HZ)

    def send(self, bits: str) -> None:
        self.line.write(int(bits[::-1], 2), len(bits))

    def see(self, clocks: int) -> str:
        return f"{self.line.read(clocks):0{clocks}b}"[::-1]

    def connect(self) -> None:
        self.send(RESET + IDLE)
        assert self.read(READ_DPIDR) == (OK, DPIDR)

    def read(self, request: str) -> tuple[str, int]:
        """46 clocks where it is acknowledged, 13 where not: §B4.2.2, §B4.2.3."""
        self.send(request)
        ack = self.see(3)
        if ack != OK:
            self.see(2)
            return ack, 0
        data = self.see(33)
        self.see(2)
        assert data.count("1") % 2 == 0
        return ack, int(data[31::-1], 2)

    def write(self, request: str, value: int, *, parity_wrong: bool = False) -> str:
        """46 clocks where it is acknowledged, 13 where not: §B4.2.1, §B4.2.3."""
        self.send(request)
        ack = self.see(3)
        self.see(2)
        if ack == OK:
            self.send(f"{value:032b}"[::-1] + str((value.bit_count() + parity_wrong) % 2))
        return ack


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def connected(host: Host) -> Host:
    host.connect()
    return host


@pytest.fixture
def powered_up(connected: Host) -> Host:
    assert connected.write(WRITE_CTRL_STAT, POWER_UP) == OK
    return connected


def test_after_a_line_reset_the_chip_says_who_it_is_in_46_clocks(host: Host) -> None:
    host.send(RESET + IDLE + READ_DPIDR)
    assert host.see(3) == OK
    assert host.see(32) == "11101110001010000000010111010100"  # 0x2BA01477
    assert host.see(1) == "0"
    assert host.see(2) == "11"
    assert host.line.clocks == 52 + 46
    assert host.read(READ_DPIDR) == (OK, 0x2BA0_1477)


def test_the_sequence_that_switches_from_jtag_to_swd_ends_in_a_chip_that_answers(host: Host) -> None:
    host.send(RESET + JTAG_TO_SWD + RESET + IDLE)
    assert host.read(READ_DPIDR) == (OK, DPIDR)


@pytest.mark.parametrize("before", ["", "0" * 8, READ_DPIDR])
def test_forty_nine_ones_are_no_line_reset(host: Host, before: str) -> None:
    host.send(before + "0" + "1" * 49 + IDLE + READ_DPIDR)
    assert host.see(40) == "1" * 40


def test_a_chip_without_power_answers_nothing_and_one_that_had_none_waits_for_a_line_reset(connected: Host) -> None:
    connected.chip.power(on=False)
    assert connected.read(READ_DPIDR) == (SILENCE, 0)
    connected.chip.power(on=True)
    assert connected.read(READ_DPIDR) == (SILENCE, 0)
    connected.connect()


@pytest.mark.parametrize(
    "request_bits",
    ["10100001", "10100111", "10100100", "11100101", "10000101"],
    ids=["parity", "stop", "park", "AP bit", "RnW bit"],
)
def test_after_a_malformed_request_the_chip_is_silent_until_a_line_reset(connected: Host, request_bits: str) -> None:
    connected.send(request_bits)
    assert connected.see(3) == SILENCE
    connected.send("0" * 60)
    assert connected.read(READ_DPIDR) == (SILENCE, 0)
    connected.send("0" * 60)
    connected.connect()


@pytest.mark.parametrize("request_bits", [READ_CTRL_STAT, WRITE_ABORT, READ_CSW])
def test_nothing_but_dpidr_is_answered_first_after_a_line_reset(host: Host, request_bits: str) -> None:
    host.send(RESET + IDLE + request_bits)
    assert host.see(3) == SILENCE
    host.connect()


def test_a_line_reset_in_the_middle_of_data_is_one(connected: Host) -> None:
    connected.send(WRITE_CTRL_STAT)
    assert connected.see(5)[:3] == OK
    connected.send("0" * 10)
    connected.connect()
    assert connected.read(READ_CTRL_STAT)[1] & POWER_UP == 0


@pytest.mark.parametrize("zeros", range(9))
def test_fifty_ones_are_a_line_reset_wherever_they_begin(host: Host, zeros: int) -> None:
    host.send("0" * zeros + RESET + IDLE + READ_DPIDR)
    assert host.see(3) == OK


def test_a_host_that_holds_the_line_high_while_the_chip_answers_resets_it(connected: Host) -> None:
    connected.send(READ_DPIDR + RESET + IDLE + READ_DPIDR)
    assert connected.see(3) == OK


def test_what_is_written_is_read_back(powered_up: Host) -> None:
    ack, status = powered_up.read(READ_CTRL_STAT)
    assert ack == OK
    assert status >> 28 == 0b1111
    assert powered_up.write(WRITE_CSW, 0x2300_0052) == OK
    assert powered_up.write(WRITE_TAR, 0x2000_0000) == OK
    powered_up.chip.poke(0x2000_0000, bytes.fromhex("78563412"))
    assert powered_up.read(READ_DRW)[0] == OK
    assert powered_up.read(READ_RDBUFF) == (OK, 0x1234_5678)


def test_data_of_wrong_parity_are_not_taken_and_say_so_until_abort(connected: Host) -> None:
    assert connected.write(WRITE_CTRL_STAT, POWER_UP, parity_wrong=True) == OK
    assert connected.write(WRITE_SELECT, 0) == FAULT
    assert connected.read(READ_CTRL_STAT)[1] & (WDATAERR | POWER_UP) == WDATAERR
    assert connected.write(WRITE_ABORT, 1 << 3) == OK
    assert connected.write(WRITE_SELECT, 0) == OK


def test_data_that_turn_over_on_the_wire_have_a_wrong_parity_at_either_end(powered_up: Host) -> None:
    answers = [Ack.PARITY]
    powered_up.dap.inject = lambda *_: answers.pop() if answers else None
    powered_up.send(READ_DPIDR)
    assert powered_up.see(3) == OK
    assert powered_up.see(33).count("1") % 2 == 1
    powered_up.see(2)
    answers.append(Ack.PARITY)
    assert powered_up.write(WRITE_SELECT, 0xF) == OK
    assert powered_up.read(READ_CTRL_STAT)[1] & WDATAERR


def test_an_error_on_the_bus_is_a_fault_of_the_next_transfer_until_abort(powered_up: Host) -> None:
    powered_up.write(WRITE_CSW, 0x2300_0052)
    powered_up.write(WRITE_TAR, NOTHING_THERE)
    assert powered_up.read(READ_DRW)[0] == OK
    assert powered_up.read(READ_RDBUFF) == (FAULT, 0)
    assert powered_up.write(WRITE_TAR, 0x2000_0000) == FAULT
    assert powered_up.read(READ_CTRL_STAT)[1] & STICKYERR
    assert powered_up.write(WRITE_ABORT, 1 << 2) == OK
    assert powered_up.write(WRITE_TAR, 0x2000_0000) == OK


def test_a_chip_that_says_wait_did_nothing_and_takes_the_same_again(powered_up: Host) -> None:
    answers = [Ack.WAIT, Ack.WAIT]
    powered_up.dap.inject = lambda ap, _read, _register, _data: answers.pop() if ap and answers else None
    before = powered_up.line.clocks
    assert powered_up.write(WRITE_TAR, 0x2000_0010) == WAIT
    assert powered_up.line.clocks - before == 13
    assert powered_up.read(READ_CSW) == (WAIT, 0)
    assert powered_up.write(WRITE_TAR, 0x2000_0010) == OK


@pytest.mark.parametrize("request_bits", [WRITE_TAR, READ_CSW])
def test_with_overrun_detection_a_refused_transfer_has_its_data_phase_and_is_an_error(
    connected: Host, request_bits: str
) -> None:
    connected.write(WRITE_CTRL_STAT, POWER_UP | OVERRUN_DETECTION)
    answers = [Ack.WAIT]
    connected.dap.inject = lambda ap, _read, _register, _data: answers.pop() if ap and answers else None
    connected.send(request_bits)
    assert connected.see(3) == WAIT
    connected.send("1" * 35)
    assert connected.read(READ_CSW)[0] == FAULT
    connected.send("1" * 33)
    assert connected.read(READ_CTRL_STAT)[1] & STICKYORUN
    assert connected.write(WRITE_ABORT, 1 << 4) == OK
    assert connected.read(READ_CSW)[0] == OK


def test_every_clock_takes_its_time_at_the_adapters_rate(connected: Host) -> None:
    connected.send("0" * 1000)
    connected.line.settle()
    assert connected.chip.clock.now == connected.line.clocks * 1_000_000 // HZ
    connected.line.hz = HZ / 4
    before = connected.chip.clock.now
    connected.send("0" * 100)
    connected.line.settle()
    assert connected.chip.clock.now - before == 400


WORDS = [READ_DPIDR, WRITE_CTRL_STAT, READ_CTRL_STAT, READ_CSW, WRITE_ABORT, WRITE_SELECT, RESET, IDLE, "1", "0"]
Clocks = tuple[str, bool]
"""Bits, and whether the host drives them."""


@given(
    words=st.lists(st.tuples(st.sampled_from(WORDS), st.integers(0, 46), st.binary(min_size=5, max_size=5))),
    cuts=st.lists(st.integers(1, 40), min_size=1),
)
def test_clocks_in_any_portions_are_the_same_as_one_by_one(
    words: list[tuple[str, int, bytes]], cuts: list[int]
) -> None:
    whole, single = Host(), Host()
    stream: list[Clocks] = [(RESET + IDLE + READ_DPIDR, True), ("-" * 38, False)]
    for word, released, data in words:
        stream += [(word, True), ("-" * released, False), (f"{int.from_bytes(data):040b}"[released:], True)]
    for number, (bits, driven) in enumerate(stream):
        assert in_portions(whole, bits, driven, cuts[number % len(cuts)]) == in_portions(single, bits, driven, 1)
    assert whole.line.clocks == single.line.clocks
    assert whole.dap.transfers == single.dap.transfers >= 1
    assert whole.read(READ_CTRL_STAT) == single.read(READ_CTRL_STAT)


def in_portions(host: Host, bits: str, driven: bool, length: int) -> str:
    seen = ""
    for start in range(0, len(bits), length):
        portion = bits[start : start + length]
        if driven:
            host.send(portion)
        else:
            seen += host.see(len(portion))
    return seen

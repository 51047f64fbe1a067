"""Real pyOCD on the virtual chip, over the virtual probe's USB cable."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyocd.core import exceptions

from station.bench.chip import APPROTECT, ENABLED, ResetPin
from station.bench.cmsis_dap import Unplugged
from station.bench.dap import Ack
from station.bench.nvmc import PAGE_SIZE, UICR
from station.bench.wires.dap import SocketInterface
from tests.bench.swd import PAGE, RESET_VECTOR, SERIAL, Seat, crc_of, crcs, flash, seated

TARGET_PAGE = 0x3_0000
WORDS_PER_PAGE = PAGE_SIZE // 4


@pytest.fixture
def seat(tmp_path: Path) -> Iterator[Seat]:
    with seated(tmp_path) as seat:
        yield seat


def under_reset(seat: Seat) -> list[str]:
    """Power the unit without letting it run, by the sequence that the station uses; what the unit did meanwhile."""
    seat.pull_reset(low=True)
    seat.power(on=True)
    with seat.prepared(connect_mode="under-reset") as session:
        session.probe.open()
        session.probe.assert_reset(True)
        seat.pull_reset(low=False)
        assert session.probe.is_reset_asserted()
        session.open()
        assert not session.probe.is_reset_asserted()
        if session.target.is_halted():
            assert session.target.read_core_register("pc") == RESET_VECTOR
            flash(session, TARGET_PAGE, PAGE)
            assert session.target.is_halted()
    return seat.heard


def test_a_unit_powered_under_reset_is_flashed_and_never_runs(seat: Seat) -> None:
    assert under_reset(seat) == []
    assert seat.chip.core.halted
    assert seat.chip.peek(TARGET_PAGE, PAGE_SIZE) == PAGE


def test_a_unit_that_is_powered_without_reset_runs_until_it_is_halted(seat: Seat) -> None:
    seat.power(on=True)
    with seat.session() as session:
        assert session.target.is_halted()
    assert seat.heard == ["runs", "stops"]


def test_under_reset_fails_on_a_chip_that_is_silent_in_reset(tmp_path: Path) -> None:
    with seated(tmp_path, reset_pin=ResetPin(answers=False)) as seat, pytest.raises(exceptions.Error, match="Target"):
        under_reset(seat)


def test_under_reset_lets_firmware_run_if_reset_clears_the_debugger_again(tmp_path: Path) -> None:
    with seated(tmp_path, reset_pin=ResetPin(clears_debug=True)) as seat:
        seat.power(on=True)
        with seat.session() as session:
            session.target.set_vector_catch(1)
            session.target.reset_and_halt()
            seat.heard.clear()
            session.probe.reset()
        assert seat.heard == ["runs"]


def test_pages_are_erased_programmed_and_proved_on_the_chip(seat: Seat) -> None:
    seat.power(on=True)
    data = os.urandom(5 * PAGE_SIZE)
    with seat.session() as session:
        flash(session, TARGET_PAGE, data)
        pages = range(TARGET_PAGE, TARGET_PAGE + len(data), PAGE_SIZE)
        assert crcs(session, pages) == [crc_of(data[n : n + PAGE_SIZE]) for n in range(0, len(data), PAGE_SIZE)]
        assert bytes(session.target.read_memory_block8(TARGET_PAGE, len(data))) == data
    assert seat.chip.peek(TARGET_PAGE, len(data)) == data
    assert (seat.chip.wear.pages, seat.chip.wear.words) == (5, len(data) // 4)
    assert seat.chip.wear.clashes == 0


def test_the_clock_of_the_board_pays_for_flash_work_and_wire(seat: Seat) -> None:
    seat.power(on=True)
    with seat.session() as session:
        began = seat.clock.now
        flash(session, TARGET_PAGE, PAGE * 4)
        took = seat.clock.now - began
    flash_work = 4 * (seat.chip.timing.page_us + WORDS_PER_PAGE * seat.chip.timing.word_us)
    assert flash_work < took < flash_work * 1.1


def test_programming_without_erasing_only_clears_bits(seat: Seat) -> None:
    seat.power(on=True)
    seat.chip.poke(TARGET_PAGE, b"\x0f" * PAGE_SIZE)
    with seat.session() as session:
        algorithm = session.target.memory_map.get_region_for_address(TARGET_PAGE).flash
        algorithm.init(algorithm.Operation.PROGRAM)
        algorithm.program_page(TARGET_PAGE, [0xF3] * PAGE_SIZE)
        algorithm.cleanup()
    assert seat.chip.peek(TARGET_PAGE, PAGE_SIZE) == b"\x03" * PAGE_SIZE
    assert seat.chip.wear.clashes == WORDS_PER_PAGE


def test_a_stuck_bit_goes_unnoticed_by_the_loader_and_shows_in_the_crc(seat: Seat) -> None:
    seat.power(on=True)
    seat.chip.stuck_bits[TARGET_PAGE + 0x40] = 1 << 5
    data = b"\x00" * PAGE_SIZE
    with seat.session() as session:
        flash(session, TARGET_PAGE, data)
        assert crcs(session, [TARGET_PAGE]) != [crc_of(data)]
        assert session.target.read32(TARGET_PAGE + 0x40) == 1 << 5


def test_a_unit_without_power_is_not_detected(seat: Seat) -> None:
    with pytest.raises(exceptions.Error, match="Target not detected"), seat.session():
        pass


def test_a_probe_without_its_plug_is_not_found(seat: Seat) -> None:
    seat.plug.unplug()
    with pytest.raises(exceptions.ProbeError, match=f"Probe {SERIAL} not found"), seat.session():
        pass


def test_pulling_the_plug_while_flashing_is_a_probe_error_and_the_unit_flashes_again(seat: Seat) -> None:
    seat.power(on=True)
    data = os.urandom(16 * PAGE_SIZE)

    def pull(_: float) -> None:
        if seat.chip.wear.words > 4 * WORDS_PER_PAGE:
            seat.plug.unplug()

    with seat.session() as session, pytest.raises(exceptions.ProbeError, match=f"Probe {SERIAL}"):
        flash(session, TARGET_PAGE, data, pull)
    assert not seat.plug.plugged
    assert seat.chip.peek(TARGET_PAGE, len(data)) != data

    seat.plug.plug()
    with seat.session() as session:
        flash(session, TARGET_PAGE, data)
    assert seat.chip.peek(TARGET_PAGE, len(data)) == data


def test_a_plug_pulled_inside_a_packet_is_a_probe_error_too(seat: Seat) -> None:
    seat.power(on=True)
    with seat.session() as session:
        left = [200]

        def pull(_ap: bool, _read: bool, _register: int, _data: int) -> Ack | None:
            left[0] -= 1
            if left[0] < 0:
                raise Unplugged
            return None

        with seat.lock:
            seat.dap.inject = pull
        with pytest.raises(exceptions.ProbeError):
            flash(session, TARGET_PAGE, PAGE)


def test_an_unplugged_probe_lets_go_of_reset(seat: Seat) -> None:
    seat.power(on=True)
    with seat.prepared() as session:
        session.probe.open()
        session.probe.assert_reset(True)
        assert seat.chip.reset_low
        seat.plug.unplug()
        assert not seat.chip.reset_low


def test_a_power_cut_tears_the_page_at_a_word_and_the_unit_flashes_again(seat: Seat) -> None:
    seat.power(on=True)
    data = b"\x00" * (4 * PAGE_SIZE)
    kept = WORDS_PER_PAGE + 123
    seat.chip.power_cut_after_words = kept
    with seat.session() as session, pytest.raises(exceptions.TransferError, match="No ACK"):
        flash(session, TARGET_PAGE, data)
    assert not seat.chip.powered
    assert seat.chip.peek(TARGET_PAGE, len(data)) == b"\x00" * (4 * kept) + b"\xff" * (len(data) - 4 * kept)

    seat.power(on=True)
    with seat.session() as session:
        flash(session, TARGET_PAGE, data)
    assert seat.chip.peek(TARGET_PAGE, len(data)) == data


def test_a_locked_unit_is_left_alone_without_auto_unlock_and_erased_only_when_asked(seat: Seat) -> None:
    seat.chip.poke(TARGET_PAGE, PAGE)
    seat.chip.poke(UICR + APPROTECT, bytes((ENABLED,)))
    seat.power(on=True)
    # Behind APPROTECT pyOCD 0.46 finds no core and then stumbles over that.
    with seat.prepared() as session:
        with pytest.raises(KeyError):
            session.open()
        assert session.target.is_locked()
        assert seat.chip.wear.erase_all == 0
        assert seat.chip.peek(TARGET_PAGE, PAGE_SIZE) == PAGE

        assert session.target.mass_erase()
        assert not session.target.is_locked()
    assert seat.chip.wear.erase_all == 1
    assert seat.chip.peek(TARGET_PAGE, PAGE_SIZE) == b"\xff" * PAGE_SIZE
    with seat.session() as session:
        flash(session, TARGET_PAGE, PAGE)


def test_merely_connecting_with_auto_unlock_erases_a_locked_unit(seat: Seat) -> None:
    seat.chip.poke(TARGET_PAGE, PAGE)
    seat.chip.poke(UICR + APPROTECT, bytes((ENABLED,)))
    seat.power(on=True)
    with seat.session(auto_unlock=True):
        pass
    assert seat.chip.peek(TARGET_PAGE, PAGE_SIZE) == b"\xff" * PAGE_SIZE


def test_a_wrong_part_opens_happily_and_says_so_only_when_asked(tmp_path: Path) -> None:
    with seated(tmp_path, part=0x52833) as seat:
        seat.power(on=True)
        with seat.session() as session:
            assert session.target.read32(0x1000_0100) == 0x52833
            assert session.target.read_memory_block32(0x1000_0060, 2) == [0x1122_3344, 0x5566_7788]


def test_waits_are_absorbed_and_a_fault_is_reported_with_the_session_still_usable(seat: Seat) -> None:
    seat.power(on=True)
    answers: list[Ack] = []
    with seat.session() as session:
        with seat.lock:
            seat.dap.inject = lambda ap, _read, _register, _data: answers.pop() if ap and answers else None
        answers[:] = [Ack.WAIT] * 20
        assert session.target.read32(0x1000_0100) == 0x52840
        answers[:] = [Ack.FAULT]
        with pytest.raises(exceptions.TransferFaultError):
            session.target.read32(0x1000_0100)
        assert session.target.read32(0x1000_0100) == 0x52840


def test_a_host_that_goes_away_leaves_the_chip_as_it_is_and_the_next_one_is_served(seat: Seat) -> None:
    seat.power(on=True)
    with seat.session() as session:
        session.target.halt()
    assert seat.chip.core.halted
    host = SocketInterface(seat.plug.path, SERIAL)
    host.open()
    host.write([0x10, 0x00, 0x80, 0, 0, 0, 0])
    assert host.read()[0] == 0x10
    host.close()
    assert seat.chip.reset_low
    with seat.prepared() as session:
        session.probe.open()
        assert session.probe.is_reset_asserted()


def test_a_probe_that_disconnects_lets_go_of_reset(seat: Seat) -> None:
    seat.firmware.handle(bytes((0x10, 0x00, 0x80, 0, 0, 0, 0)))
    assert seat.chip.reset_low
    seat.firmware.handle(bytes((0x03,)))
    assert not seat.chip.reset_low


def test_packets_may_be_sent_ahead_of_their_answers(seat: Seat) -> None:
    host = SocketInterface(seat.plug.path, SERIAL)
    host.open()
    for info in (0xFF, 0xFE, 0x04, 0x03):
        host.write([0x00, info])
    answers = [host.read() for _ in range(4)]
    host.close()
    assert answers == [b"\x00\x02\x00\x02", b"\x00\x01\x04", b"\x00\x062.1.1\x00", b"\x00\x08BENCH-1\x00"]


def test_a_packet_that_makes_no_sense_is_answered_as_invalid(seat: Seat) -> None:
    for packet in (b"", b"\x05\x00\x01", b"\x06\x00", b"\x16\x00", b"\xfe"):
        assert seat.firmware.handle(packet) == b"\xff"


def test_two_units_are_flashed_at_the_same_time(tmp_path: Path) -> None:
    images = [os.urandom(8 * PAGE_SIZE) for _ in range(2)]
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with seated(tmp_path / "a") as first, seated(tmp_path / "b") as second:
        first.power(on=True)
        second.power(on=True)
        with first.session() as one, second.session() as two:
            threads = [
                threading.Thread(target=flash, args=(session, TARGET_PAGE, image))
                for session, image in zip((one, two), images, strict=True)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        for seat, image in zip((first, second), images, strict=True):
            assert seat.chip.peek(TARGET_PAGE, len(image)) == image

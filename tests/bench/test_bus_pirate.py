"""The Bus Pirate by the bytes of its documents, and where its pins end in a nest."""

import os
from pathlib import Path

from station.bench.bus_pirate import BusPirate
from station.bench.chip import Nrf52840
from station.bench.clock import VirtualClock
from station.bench.dap import DPIDR, Dap
from station.bench.nest import Nest
from tests.bench.conftest import eventually, fresh_unit, let_run

KNOCK, RAW, RESET_TO_TERMINAL = bytes(20), b"\x05", b"\x0f"
TWO_WIRES_LOW_BIT_FIRST, TWO_WIRES_HIGH_BIT_FIRST, FAST = b"\x8a", b"\x88", b"\x63"
AUX_LOW, AUX_HIGH = b"\x40", b"\x42"


def adapter() -> tuple[BusPirate, Nrf52840]:
    """On the wires of a chip under power."""
    chip = Nrf52840(VirtualClock())
    chip.power(on=True)
    dap = Dap(chip)
    return BusPirate(lambda: dap), chip


def test_twenty_zeros_lead_from_the_terminal_to_bitbang_mode_and_five_to_raw_wire() -> None:
    pirate, _ = adapter()
    assert pirate.received(bytes(19)) == b""
    assert pirate.received(b"\0") == b"BBIO1"
    assert pirate.received(RAW) == b"RAW1"
    assert pirate.received(b"\x01") == b"RAW1"
    assert pirate.received(b"\0") == b"BBIO1"
    assert pirate.received(RESET_TO_TERMINAL) == b"\x01"
    assert pirate.received(b"i\r" + KNOCK[1:]) == b""
    assert pirate.received(b"\0") == b"BBIO1"


def test_a_command_that_is_not_modelled_fails() -> None:
    pirate, _ = adapter()
    assert pirate.received(KNOCK + b"\x02") == b"BBIO1\x00"
    assert pirate.received(RAW + b"\x02\x0d\x8e\x6f\xff") == b"RAW1" + bytes(5)


def test_a_chip_is_read_in_either_order_of_bits_at_the_speed_that_was_set() -> None:
    pirate, chip = adapter()
    pirate.received(KNOCK + RAW + FAST)
    reset, request = b"\x17" + b"\xff" * 7 + b"\x00", b"\x10\xa5"
    assert pirate.received(TWO_WIRES_LOW_BIT_FIRST + reset + request) == b"\x01" * 12
    assert pirate.received(b"\x07\x07\x07") == b"\x01\x00\x00"
    assert pirate.received(b"\x06\x06\x06\x06\x07\x21") == DPIDR.to_bytes(4, "little") + b"\x00\x01"
    assert pirate.received(TWO_WIRES_HIGH_BIT_FIRST + b"\x10\xa5") == b"\x01" * 3  # the same from either end
    assert pirate.received(b"\x07\x07\x07\x06") == b"\x01\x00\x00\xee"  # 0x77
    assert chip.clock.now == (64 + 46 + 8 + 3 + 8) * 10 // 4


def test_aux_is_nreset_and_is_let_go_of_by_leaving_raw_wire_mode() -> None:
    pirate, chip = adapter()
    pirate.received(KNOCK + RAW + AUX_LOW)
    assert chip.reset_low
    pirate.received(AUX_HIGH)
    assert not chip.reset_low
    pirate.received(AUX_LOW + b"\0")
    assert not chip.reset_low


def test_a_nest_has_one_bus_pirate_and_a_unit_taken_out_is_free_of_it(nest: Nest, folder: Path) -> None:
    board = fresh_unit()
    let_run(nest, board)
    port = nest.bus_pirate()
    assert port == nest.bus_pirate() == folder / "probe" / "BENCH0001.tty"
    line = os.open(port, os.O_RDWR | os.O_NOCTTY)
    try:
        os.write(line, KNOCK + RAW + AUX_LOW)
        assert eventually(lambda: board.chip.reset_low)
        assert os.read(line, 64).startswith(b"BBIO1RAW1")
    finally:
        os.close(line)
    nest.remove_unit()
    assert not board.chip.reset_low
    nest.close()
    assert not port.is_symlink()

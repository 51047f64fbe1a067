"""The unit's USB serial port and the scanner's, as real pyserial opens them."""

import os
import re
import threading
import time
from pathlib import Path

import pytest
import serial

from station.bench.board import Mode
from station.bench.nest import Nest
from station.bench.scanner import Scanner
from station.codec import factory_test, listening
from tests.bench.conftest import eventually, let_run, unit_with_test_firmware


def ask(port: serial.Serial, question: str, number: int = 1) -> list[factory_test.Answer]:
    port.write(b"\n" + factory_test.line(factory_test.encode_question(factory_test.Question(number, question))))
    decoder = factory_test.Decoder()
    found = decoder.feed(port.read_until(b"\n", 600))
    return found


def opened(nest: Nest, baud: int = 9600) -> serial.Serial:
    return serial.Serial(str(nest.tty_path.resolve(strict=True)), baud, timeout=1.0, exclusive=True)


def test_questions_are_answered_over_the_serial_port(nest: Nest) -> None:
    board = unit_with_test_firmware()
    let_run(nest, board)
    with opened(nest) as port:
        (who,) = ask(port, "who")
        assert who.values["device_id"] == board.chip_id
        (rails,) = ask(port, "rails", 2)
        assert rails.values == board.born.rails


def test_the_port_is_there_only_while_the_unit_is(nest: Nest) -> None:
    assert not nest.tty_path.is_symlink()
    let_run(nest, unit_with_test_firmware())
    assert nest.tty_path.is_symlink()
    nest.set_reset(held=True)
    assert not nest.tty_path.is_symlink()


def test_a_host_that_has_it_open_notices_that_the_unit_left(nest: Nest) -> None:
    let_run(nest, unit_with_test_firmware())
    with opened(nest) as port:
        nest.set_power(on=False)
        with pytest.raises((serial.SerialException, OSError)):
            talk_on(port)


def talk_on(port: serial.Serial) -> None:
    for _ in range(100):
        port.write(b"\n")
        port.read(1)


def test_a_unit_that_came_back_has_a_new_port_that_works(nest: Nest) -> None:
    let_run(nest, unit_with_test_firmware())
    for _ in range(3):
        nest.set_reset(held=True)
        nest.set_reset(held=False)
        nest.advance(1.0)
        with opened(nest) as port:
            assert ask(port, "loopback")[0].ok


def test_listening_mode_answers_single_characters(nest: Nest) -> None:
    board = unit_with_test_firmware()
    let_run(nest, board)
    with nest.lock:
        board.listen(on=True)
    with opened(nest) as port:
        port.write(b"i")
        told = port.read_until(b"Serial Number: " + board.born.serial.encode() + b"\r\n").decode()
    assert listening.identity(told) == (board.chip_id, board.born.serial)


@pytest.mark.parametrize(("baud", "mode"), [(9600, Mode.NORMAL), (115200, Mode.NORMAL), (14400, Mode.DFU)])
def test_the_unit_sees_the_speed_and_14400_means_dfu(nest: Nest, baud: int, mode: Mode) -> None:
    board = unit_with_test_firmware()
    let_run(nest, board)
    with opened(nest, baud):
        time.sleep(0.05)
        nest.advance(1.0)
        assert eventually(lambda: (nest.advance(0.1), board.mode is mode)[1])


def test_a_silent_unit_says_nothing(nest: Nest) -> None:
    board = unit_with_test_firmware()
    board.ailments.silent = True
    let_run(nest, board)
    with opened(nest) as port:
        port.timeout = 0.1
        assert ask(port, "who") == []
        board.listen(on=True)
        port.write(b"i")
        assert port.read(1) == b""


def test_a_babbling_unit_never_stops(nest: Nest) -> None:
    board = unit_with_test_firmware()
    board.ailments.babbling = True
    let_run(nest, board)
    with opened(nest) as port:
        heard = port.read(20_000)
    assert re.fullmatch(rb"[!-~]+", heard)
    assert len(heard) > 10_000


def test_a_late_unit_answers_when_it_likes(nest: Nest) -> None:
    board = unit_with_test_firmware()
    board.ailments.late = 0.3
    let_run(nest, board)
    with opened(nest) as port:
        port.timeout = 0.1
        assert ask(port, "who") == []
        port.timeout = 1.0
        assert factory_test.Decoder().feed(port.read_until(b"\n"))[0].id == 1


def test_a_scan_waits_for_a_station_that_listens(folder: Path) -> None:
    scanner = Scanner(folder / "scanner")
    typing = threading.Thread(target=scanner.scan, args=("B31KBN0001VK6SD",))
    typing.start()
    time.sleep(0.05)
    with serial.Serial(str(folder / "scanner"), 9600, timeout=2.0) as port:
        assert port.read_until(b"\r") == b"B31KBN0001VK6SD\r"
    typing.join()
    scanner.close()


def test_the_scanner_types_the_code_and_carriage_return(folder: Path) -> None:
    scanner = Scanner(folder / "scanner")
    with serial.Serial(str(folder / "scanner"), 9600, timeout=1.0) as port:
        scanner.scan("B31KBN0001VK6SD ABCDEFGHJKLMNPQ")
        assert port.read_until(b"\r") == b"B31KBN0001VK6SD ABCDEFGHJKLMNPQ\r"
    scanner.close()
    assert not os.path.lexists(folder / "scanner")

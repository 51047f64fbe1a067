"""Device protection: what a locked unit still answers, and how it is opened."""

import pytest

from station.bench import modules
from station.bench.board import Board
from station.bench.control_requests import ControlRequests
from station.bench.nest import Nest
from station.bench.p256 import fingerprint, sign
from station.bench.personality import SerialTalk
from station.bench.protection import SERVER_KEY, server_text
from station.codec import control_proto as proto
from station.codec.control_messages import protection
from station.codec.protobuf import decode, encode
from station.domain.on_unit import Protection
from tests.bench.conftest import let_run, unit_with_test_firmware
from tests.bench.test_updates import update

NONCE = bytes(range(32))


@pytest.fixture
def board(nest: Nest) -> Board:
    """A unit whose bootloader protects it, running."""
    made = unit_with_test_firmware()
    made.chip.poke(modules.BOOTLOADER_START, modules.bootloader(13, 3100, True))
    let_run(nest, made)
    return made


def ask(board: Board, number: int, payload: bytes = b"") -> tuple[int, bytes]:
    return ControlRequests(board).handle(number, payload)


def state(board: Board) -> Protection:
    return protection(ask(board, 76)[1])


def prepare(board: Board) -> proto.PreparedProtectedState:
    result, reply = ask(board, 77, encode(proto.SetProtectedStateRequest(1, proto.PrepareProtectedState(NONCE))))
    assert result == 0
    told = decode(proto.SetProtectedStateReply, reply).prepare
    assert told is not None
    return told


def confirm(board: Board, told: proto.PreparedProtectedState) -> int:
    text = server_text(board.device_id, NONCE, told.device_nonce, told.device_public_key_fingerprint)
    sent = proto.ConfirmProtectedState(sign(SERVER_KEY, text), fingerprint(SERVER_KEY.public_key()))
    return ask(board, 77, encode(proto.SetProtectedStateRequest(2, confirm=sent)))[0]


def test_a_protected_unit_refuses_what_could_tell_or_change_anything(board: Board) -> None:
    assert state(board) is Protection.PROTECTED
    answered = {number for number in range(1000) if ask(board, number)[0] != -1801}
    assert answered == {10, 20, 76, 77}
    board.listen(on=True)
    assert SerialTalk(board).received(b"ivdsc") == b""


def test_the_first_boot_of_a_protecting_bootloader_shuts_the_debug_port_until_the_chip_is_erased(
    board: Board, nest: Nest
) -> None:
    assert board.chip.locked
    nest.set_power(on=False)
    nest.set_power(on=True)
    assert board.chip.locked
    board.chip.recover()
    board.chip.soft_reset()
    assert not board.chip.locked


def test_service_mode_opens_the_debug_port_of_a_hardened_chip(board: Board, nest: Nest) -> None:
    assert confirm(board, prepare(board)) == 0
    board.chip.soft_reset()
    assert board.chip.locked is not board.chip.hardened


def test_the_clouds_signature_opens_it_for_twenty_starts(board: Board, nest: Nest) -> None:
    assert confirm(board, prepare(board)) == 0
    assert state(board) is Protection.SERVICE
    assert ask(board, 30)[0] == 0
    for _ in range(19):
        board.chip.soft_reset()
        nest.advance(1.0)
        assert state(board) is Protection.SERVICE
    board.chip.soft_reset()
    nest.advance(1.0)
    assert state(board) is Protection.PROTECTED


def test_in_service_mode_no_update_takes_the_protection_away(board: Board, nest: Nest) -> None:
    # Device OS 6.2, hal/src/nRF52840/ota_flash_hal.cpp, validateModules
    assert confirm(board, prepare(board)) == 0
    assert update(board, modules.bootloader(13, 3101)) == -1801
    old = modules.system_part(13, 5901, modules.SYSTEM_START, 20 * 1024, ())
    assert update(board, old) == -1801
    assert update(board, modules.bootloader(13, 3101, True)) == 0
    nest.advance(2.5)
    assert board.running is not None
    assert [one.version for one in board.running.modules] == [3101, 6200, 6]


def test_service_mode_ends_after_a_day_or_when_it_is_told_to(board: Board, nest: Nest) -> None:
    assert confirm(board, prepare(board)) == 0
    nest.advance(24 * 3600.0)
    assert state(board) is Protection.PROTECTED
    assert confirm(board, prepare(board)) == 0
    assert ask(board, 77) == (0, b"")
    assert state(board) is Protection.PROTECTED


def test_a_signature_opens_nothing_a_minute_later_nor_twice(board: Board, nest: Nest) -> None:
    told = prepare(board)
    nest.advance(60.0)
    assert confirm(board, told) == -160
    told = prepare(board)
    assert confirm(board, told) == 0
    assert ask(board, 77) == (0, b"")
    assert confirm(board, told) == -210


@pytest.mark.parametrize(
    ("asked", "result"),
    [
        (proto.SetProtectedStateRequest(3), -270),
        (proto.SetProtectedStateRequest(1), -270),
        (proto.SetProtectedStateRequest(2), -210),
    ],
)
def test_requests_that_make_no_sense_change_nothing(
    board: Board, asked: proto.SetProtectedStateRequest, result: int
) -> None:
    assert ask(board, 77, encode(asked)) == (result, b"")
    assert ask(board, 77, b"\xff") == (-280, b"")
    assert state(board) is Protection.PROTECTED

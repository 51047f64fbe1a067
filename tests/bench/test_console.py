"""What a unit of the bench prints in listening mode, held against the forms that Device OS prints."""

import json

import pytest

from station.bench import modules
from station.bench.board import Board
from station.bench.nest import Nest
from station.bench.personality import SerialTalk
from station.bench.traits import traits
from station.domain.platform import platform_named
from tests.bench.conftest import let_run, unit_with_test_firmware


@pytest.fixture
def board(nest: Nest) -> Board:
    """A Boron with factory-test firmware, listening."""
    made = unit_with_test_firmware()
    let_run(nest, made)
    made.listen(on=True)
    return made


def said(board: Board, character: str) -> str:
    return SerialTalk(board).received(character.encode()).decode("ascii")


def test_the_module_list_tells_rooms_softdevice_and_modem(board: Board) -> None:
    told = json.loads(said(board, "s"))
    born = board.born
    assert list(told) == ["p", "imei", "iccid", "cellfw", "m"]
    assert (told["p"], told["imei"], told["iccid"]) == (13, born.imei, born.iccid)
    # In the order of Device OS 6.2, hal/src/nRF52840/ota_module_bounds.c; "s" is the room there is
    assert [(one["f"], one["n"], one["v"], one["s"]) for one in told["m"]] == [
        ("b", "0", 3100, 49152),
        ("s", "1", 6200, 573440),
        ("u", "2", 6, 262144),
        ("a", "0", 202, 155648),
    ]
    assert {(one["vc"], one["vv"]) for one in told["m"]} == {(30, 30)}
    assert [one["d"] for one in told["m"]] == [
        [],
        [{"f": "b", "n": "0", "v": 3100}, {"f": "a", "n": "0", "v": 202}],
        [{"f": "s", "n": "1", "v": 6200}],
        [],  # the SoftDevice's header is not in flash, nor what it needs
    ]
    assert ["u" in one for one in told["m"]] == [False, False, True, False]


def test_a_failed_check_is_seen_in_the_module_list(board: Board) -> None:
    newer = modules.user_part(13, "factory-test", modules.USER_START, 96 * 1024, 6300, 1)
    board.chip.poke(modules.USER_START, newer)
    [user] = [one for one in json.loads(said(board, "s"))["m"] if one["f"] == "u"]
    assert (user["vc"], user["vv"]) == (30, 26)


def test_a_cellular_unit_tells_its_modem_with_its_identity_and_gives_it_no_power(board: Board) -> None:
    lines = said(board, "i").split("\r\n")
    names = [line.split(": ")[0] for line in lines if line]
    assert names == ["Device ID", "Device Secret", "Serial Number", "IMEI", "ICCID", "Cell Radio Version"]
    assert (f"IMEI: {board.born.imei}" in lines, f"ICCID: {board.born.iccid}" in lines) == (True, True)
    assert not board.online.modem_on
    board.ailments.no_sim = True
    assert "ICCID: \r\n" in said(board, "i")


def test_a_wifi_unit_has_no_modem_to_tell(nest: Nest) -> None:
    argon = platform_named("argon")
    assert argon is not None
    board = Board(2, argon, traits(1, 2, argon), None)
    let_run(nest, board)
    board.listen(on=True)
    assert "IMEI" not in said(board, "i")
    told = json.loads(said(board, "s"))
    assert list(told) == ["p", "m"]
    assert [(one["f"], one["v"]) for one in told["m"]][-2:] == [("c", 7), ("a", 202)]


def test_the_version_is_that_of_the_release(board: Board) -> None:
    assert said(board, "v") == "system firmware version: 6.2.0\n\r\n"

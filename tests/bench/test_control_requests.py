"""What control requests do to a unit, and what it says of itself."""

import pytest

from station.bench import modules
from station.bench.board import BOOT_SECONDS, CONNECT_SECONDS, Board, Mode
from station.bench.boot import Kind
from station.bench.connection import HANDSHAKE_SECONDS, Ended
from station.bench.control_requests import ControlRequests
from station.bench.nest import Nest
from station.bench.traits import traits
from station.codec import control_messages as messages
from station.codec import control_proto as proto
from station.codec import module
from station.codec.protobuf import decode
from station.domain.firmware import Function
from station.domain.ids import iccid, imei
from station.domain.on_unit import Check, DeviceMode, InterfaceType
from station.domain.platform import platform_named
from tests.bench.conftest import BORON, fresh_unit, let_run, program, unit_with_test_firmware


@pytest.fixture
def board(nest: Nest) -> Board:
    """A unit with factory-test firmware, running."""
    made = unit_with_test_firmware()
    let_run(nest, made)
    return made


def ask(board: Board, number: int, payload: bytes = b"") -> tuple[int, bytes]:
    requests = ControlRequests(board)
    if not payload:
        requests.begins(number)
    return requests.handle(number, payload)


def good(board: Board, number: int, payload: bytes = b"") -> bytes:
    result, reply = ask(board, number, payload)
    assert result == 0
    return reply


def test_a_unit_says_who_it_is_and_what_is_on_it(board: Board) -> None:
    assert messages.device_id(good(board, 20)) == board.chip_id
    assert messages.serial_number(good(board, 21)) == board.born.serial
    assert messages.system_version(good(board, 30)) == "6.2.0"
    assert messages.device_mode(good(board, 72)) is DeviceMode.NORMAL
    assert messages.claimed(good(board, 201)) is False
    assert messages.assets(good(board, 91)).missing == ()
    told = messages.modules(good(board, 90))
    assert [one.function for one in told] == [Function.BOOTLOADER, Function.SYSTEM, Function.USER, Function.RADIO]
    assert all(one.ok for one in told)
    user = module.read(modules.factory_test().data)
    assert (told[2].sha256, told[2].size, told[2].dependencies) == (user.sha256, user.size, user.dependencies)


def kinds(board: Board) -> list[tuple[Function, int]]:
    return [(one.function, one.index) for one in messages.modules(good(board, 90))]


def test_a_damaged_user_part_is_not_listed(nest: Nest) -> None:
    board = unit_with_test_firmware()
    board.chip.poke(modules.USER_START + 0x2000, bytes(16))
    let_run(nest, board)
    assert board.running is not None
    assert board.running.kind is Kind.SAFE_MODE
    assert kinds(board) == [(Function.BOOTLOADER, 0), (Function.SYSTEM, 1), (Function.RADIO, 0)]


def test_of_two_user_parts_the_one_of_128_kib_is_listed_though_the_other_may_run(nest: Nest) -> None:
    board = unit_with_test_firmware()
    old = modules.user_part(13, "tinker", modules.USER_START_OLD, 12 * 1024, 1213, 3)
    board.chip.poke(modules.USER_START_OLD, old)
    let_run(nest, board)
    assert kinds(board)[2:] == [(Function.USER, 1), (Function.RADIO, 0)]
    # One that needs what is not there is listed as bad, and not run: what runs is not in the list.
    needy = modules.user_part(13, "tinker", modules.USER_START_OLD, 12 * 1024, 6300, 3)
    board.chip.poke(modules.USER_START_OLD, needy)
    board.chip.soft_reset()
    nest.advance(1.0)
    [user] = [one for one in messages.modules(good(board, 90)) if one.function is Function.USER]
    assert (user.index, user.checked & ~user.passed) == (1, Check.DEPENDENCIES)
    assert [one.firmware for one in board.runs] == ["tinker", "factory-test"]


def test_a_user_part_that_needs_a_newer_system_misses_its_dependency(nest: Nest) -> None:
    board = unit_with_test_firmware()
    newer = modules.user_part(13, "factory-test", modules.USER_START, 96 * 1024, 6300, 1)
    board.chip.poke(modules.USER_START, newer)
    let_run(nest, board)
    bad = [one for one in messages.modules(good(board, 90)) if not one.ok]
    assert [one.checked & ~one.passed for one in bad] == [Check.DEPENDENCIES]


def test_modules_are_told_with_the_room_there_is_and_the_softdevice_by_its_own_string(board: Board) -> None:
    # Device OS 6.2, hal/src/nRF52840/ota_module_bounds.c and platform_radio_stack.cpp
    told = messages.modules(good(board, 90))
    assert [one.max_size for one in told] == [0xC000, 0x8C000, 0x40000, 0x26000]
    radio = told[-1]
    assert (radio.version, radio.dependencies, radio.size) == (202, (), 0)
    assert bytes.fromhex(radio.sha256)[:20].strip(b"\xff\0")
    assert bytes.fromhex(radio.sha256)[20:] == bytes(12)


def test_an_argon_lists_its_network_co_processor(nest: Nest) -> None:
    argon = platform_named("argon")
    assert argon is not None
    wifi = Board(2, argon, traits(1, 2, argon), None)
    let_run(nest, wifi)
    ncp = [one for one in messages.modules(good(wifi, 90)) if one.function is Function.NCP]
    assert [(one.version, one.ok) for one in ncp] == [(7, True)]


def test_a_factory_reset_starts_the_unit_anew_and_the_rainbow_is_seen(board: Board, nest: Nest) -> None:
    assert ask(board, 230) == (0, b"")
    assert board.led == "rainbow"
    assert ask(board, 231) == (0, b"")
    assert board.led == "system"
    board.online.attempt()
    assert ask(board, 41) == (0, b"")
    assert board.online.cloud == "disconnected"
    nest.advance(2.5)
    assert [one.firmware for one in board.runs] == ["factory-test", "factory-test"]


def test_a_unit_from_its_factory_answers_as_its_older_device_os_does(nest: Nest) -> None:
    board = fresh_unit()
    let_run(nest, board)
    assert decode(proto.GetModuleInfoReply, good(board, 90)).modules == ()
    told = messages.modules(good(board, 90))
    assert [(one.function, one.index, one.version) for one in told] == [
        (Function.BOOTLOADER, 0, 2100),
        (Function.SYSTEM, 1, 4100),
        (Function.USER, 1, 6),
        (Function.RADIO, 0, 202),
    ]
    assert all(one.ok for one in told)
    assert [ask(board, number) for number in (76, 77, 91)] == [(-120, b"")] * 3


def test_a_unit_from_its_factory_calls_its_device_os_as_it_was_published(nest: Nest) -> None:
    board = fresh_unit()
    board.chip.poke(modules.SYSTEM_START_OLD, modules.system_part(13, 4006, modules.SYSTEM_START_OLD, 459 * 1024, ()))
    let_run(nest, board)
    assert messages.system_version(good(board, 30)) == "4.0.2"


def test_networks_are_told_by_platform(board: Board) -> None:
    listed = messages.interfaces(good(board, 400))
    assert [(one.index, one.name, one.type) for one in listed] == [
        (1, "lo0", InterfaceType.LOOPBACK),
        (4, "pp3", InterfaceType.PPP),
    ]
    assert messages.interface(good(board, 401, messages.ask_interface(4))).hw_address is None
    assert ask(board, 401, messages.ask_interface(9)) == (-1, b"")
    argon = platform_named("argon")
    assert argon is not None
    wifi = Board(2, argon, traits(1, 2, argon), None)
    told = messages.interface(good(wifi, 401, messages.ask_interface(4)))
    assert (told.name, told.hw_address) == ("wl3", bytes.fromhex(wifi.chip_id)[-6:].hex(":"))
    assert (ask(wifi, 554)[0], messages.ncp_version(good(wifi, 31))) == (-120, ("0.0.7", 7))


def test_reading_the_sims_number_gives_the_modem_power_and_nothing_else(board: Board) -> None:
    assert ControlRequests(board).seconds(554, b"") > 1
    told = messages.modem(good(board, 554))
    assert (told.iccid, told.imei) == (board.born.iccid, board.born.imei)
    assert (board.online.modem_on, len(board.online.modem_starts)) == (True, 1)
    assert (board.contacts, board.network_attempts, board.online.cloud) == ([], 0, "disconnected")
    assert ControlRequests(board).seconds(554, b"") == 0
    board.ailments.no_sim = True
    assert ask(board, 554)[0] < 0


def test_sims_and_modems_have_numbers_that_could_be_real_and_no_two_alike() -> None:
    assert BORON is not None
    made = [traits(seed, number, BORON) for seed in (1, 2) for number in range(1, 40)]
    assert all(one.iccid is not None and iccid(one.iccid) == one.iccid for one in made)
    assert all(one.imei is not None and imei(one.imei) == one.imei for one in made)
    assert len({one.iccid for one in made}) == len({one.imei for one in made}) == len(made)
    assert not any(str(one.iccid).startswith("8900") for one in made)  # test profiles


# The cloud


def test_connecting_is_seen_before_connected_and_counted_before_both(nest: Nest) -> None:
    board = fresh_unit()
    program(board, modules.product())
    let_run(nest, board, BOOT_SECONDS + CONNECT_SECONDS - HANDSHAKE_SECONDS - 0.01)
    assert (messages.connection_status(good(board, 300)), board.cloud_attempts) == ("disconnected", 0)
    nest.advance(0.02)
    assert (messages.connection_status(good(board, 300)), board.cloud_attempts) == ("connecting", 1)
    assert board.contacts == []
    nest.advance(HANDSHAKE_SECONDS)
    assert messages.connection_status(good(board, 300)) == "connected"
    assert len(board.contacts) == 1


def test_an_attempt_that_is_called_off_stays_counted_and_reached_nothing(board: Board, nest: Nest) -> None:
    board.online.attempt()
    good(board, 302)
    nest.advance(60.0)
    told = messages.diagnostics(good(board, 100))
    assert (board.contacts, told["cloud:connatt"], told["cloud:dconnrsn"]) == ([], 1, 0)


def test_of_a_connection_that_was_ended_in_good_order_the_attempts_are_forgotten(board: Board) -> None:
    # Device OS counts attempts from zero again, and only unexpected ends at all: the reason and the messages stay.
    board.connect()
    good(board, 302)
    told = messages.diagnostics(good(board, 100))
    assert (told["cloud:stat"], told["cloud:connatt"], told["cloud:dconn"]) == (0, 0, 0)
    assert (told["cloud:dconnrsn"], told["coap:transmit"]) == (Ended.USER, 1)
    assert len(board.contacts) == 1


def test_a_connection_that_was_lost_is_counted(board: Board) -> None:
    board.connect()
    board.disconnect(Ended.ERROR)
    told = messages.diagnostics(good(board, 100))
    assert (told["cloud:dconn"], told["cloud:dconnrsn"], told["cloud:connatt"]) == (1, Ended.ERROR, 0)


def test_entering_listening_mode_ends_a_connection_and_forgets_its_attempts(board: Board) -> None:
    board.connect()
    good(board, 70)
    told = messages.diagnostics(good(board, 100))
    assert (told["cloud:connatt"], told["net:connatt"], told["cloud:dconnrsn"]) == (0, 0, Ended.LISTENING)


# Starting over


def mode_after(board: Board, nest: Nest, power_cut: bool) -> Mode | None:
    if power_cut:
        nest.set_power(on=False)
        nest.set_power(on=True)
    else:
        board.chip.soft_reset()
    nest.advance(1.0)
    return board.mode


def test_a_unit_that_is_to_start_listening_does_so_once_and_not_after_losing_its_supply(nest: Nest) -> None:
    board = unit_with_test_firmware()
    program(board, modules.product())
    let_run(nest, board)
    good(board, 75, b"\x08\x01")
    assert [mode_after(board, nest, power_cut=False) for _ in range(2)] == [Mode.LISTENING, Mode.NORMAL]
    good(board, 75, b"\x08\x01")
    assert mode_after(board, nest, power_cut=True) is Mode.NORMAL
    good(board, 75, b"\x08\x01")
    good(board, 75)
    assert mode_after(board, nest, power_cut=False) is Mode.NORMAL


def test_firmware_that_does_not_connect_by_itself_does_not_listen_either_until_it_is_told_to_connect(
    board: Board, nest: Nest
) -> None:
    good(board, 75, b"\x08\x01")
    assert mode_after(board, nest, power_cut=False) is Mode.NORMAL
    good(board, 301)
    nest.advance(5.0)
    assert (board.mode, board.contacts, board.cloud_attempts) == (Mode.LISTENING, [], 0)


def test_requests_with_garbled_payloads_are_bad_data(board: Board) -> None:
    for number in (73, 75, 250, 251, 253, 401):
        assert ask(board, number, b"\xff") == (-280, b"")
    assert ask(board, 250, b"\x10\x05") == (-120, b"")


def test_tinker_answers_a_ping_and_knows_nothing_else(nest: Nest) -> None:
    board = fresh_unit()
    let_run(nest, board)
    assert ask(board, 10) == (0, b"")
    assert ask(board, 10, b'{"a":1}') == (-120, b"")
    assert ask(board, 10, b"hello") == (-280, b"")


def test_a_request_takes_as_long_as_its_handler_is_busy(board: Board) -> None:
    requests = ControlRequests(board)
    assert requests.seconds(20, b"") == 0
    board.ailments.slow[20] = 1.5
    assert requests.seconds(20, b"") == 1.5

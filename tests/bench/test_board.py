"""What a unit does when it is fed, held, let go and asked."""

import pytest

from station.bench import modules
from station.bench.board import BOOT_SECONDS, CONNECT_SECONDS, Board, Mode
from station.bench.boot import Kind
from station.bench.control_requests import ControlRequests
from station.bench.nest import Nest
from station.bench.personality import SerialTalk
from station.bench.traits import traits
from station.codec import listening, module
from station.codec.extensions import of_assets
from station.domain.firmware import AssetNeed, Function
from station.domain.platform import platform_named, platform_of_serial
from tests.bench.conftest import BORON, fresh_unit, let_run, program, unit_with_test_firmware


def control_request(board: Board, number: int, payload: bytes) -> tuple[int, bytes]:
    """One control request, as its handler does it."""
    requests = ControlRequests(board)
    requests.begins(number)
    return requests.handle(number, payload)


def test_a_unit_from_the_factory_powered_without_reset_connects_and_it_is_remembered_for_ever(nest: Nest) -> None:
    board = fresh_unit()
    let_run(nest, board, BOOT_SECONDS + CONNECT_SECONDS)
    assert [contact.firmware for contact in board.contacts] == ["tinker"]
    nest.make_safe()
    nest.remove_unit()
    program(board, modules.factory_test())
    let_run(nest, board, 10.0)
    assert [contact.firmware for contact in board.contacts] == ["tinker"]


def test_a_unit_in_reset_does_nothing_however_long(nest: Nest) -> None:
    board = fresh_unit()
    nest.place_unit(board)
    nest.set_power(on=True)
    nest.advance(3600.0)
    assert (board.contacts, board.runs, board.mode) == ([], [], None)


def test_a_glimpse_of_power_is_too_short_to_connect_but_is_a_boot(nest: Nest) -> None:
    board = fresh_unit()
    let_run(nest, board, 1.5)
    nest.make_safe()
    nest.advance(3600.0)
    assert (board.contacts, [run.firmware for run in board.runs]) == ([], ["tinker"])


def test_the_factory_test_firmware_stays_silent_for_hours(nest: Nest) -> None:
    board = unit_with_test_firmware()
    let_run(nest, board, 4 * 3600.0)
    assert board.mode is Mode.NORMAL
    assert (board.contacts, board.diagnostics()["cloud:connatt"], board.diagnostics()["net:connatt"]) == ([], 0, 0)


def test_a_unit_without_a_user_part_connects_in_safe_mode(nest: Nest) -> None:
    board = fresh_unit()
    program(board)
    let_run(nest, board, 5.0)
    assert [contact.firmware for contact in board.contacts] == ["safe mode"]


def test_a_unit_without_a_system_part_shows_its_bootloader_and_never_connects(nest: Nest) -> None:
    board = unit_with_test_firmware()
    board.chip.poke(modules.SYSTEM_START, b"\xff" * 0x1000)
    let_run(nest, board, 3600.0)
    assert (board.mode, board.runs, board.contacts) == (Mode.DFU, [], [])
    board.chip.soft_reset()
    nest.advance(BOOT_SECONDS + 0.1)
    assert board.mode is Mode.DFU


def test_a_unit_with_a_user_part_that_waits_for_its_assets_connects_in_safe_mode(nest: Nest) -> None:
    board = fresh_unit()
    need = AssetNeed("cat.jpg", "c" * 64)
    user = module.build(
        bytes(4096),
        function=Function.USER,
        version=6,
        platform=13,
        start=modules.USER_START,
        index=2,
        product=(13, 1),
        suffix_extensions=of_assets((need,)),
    )
    program(board, modules.File("user", "waiting.bin", 6, user))
    let_run(nest, board, 5.0)
    assert [contact.firmware for contact in board.contacts] == ["safe mode"]


def test_the_product_connects_and_counts_the_attempt_before(nest: Nest) -> None:
    board = fresh_unit()
    program(board, modules.product())
    let_run(nest, board, BOOT_SECONDS + CONNECT_SECONDS - 0.01)
    assert board.contacts == []
    nest.advance(0.02)
    assert [contact.firmware for contact in board.contacts] == ["product"]
    assert board.diagnostics()["cloud:connatt"] == 1


def test_listening_mode_holds_an_automatic_application_back_until_it_is_left(nest: Nest) -> None:
    board = fresh_unit()
    let_run(nest, board)
    control_request(board, 70, b"")
    nest.advance(60.0)
    assert board.contacts == []
    control_request(board, 71, b"")
    nest.advance(CONNECT_SECONDS)
    assert len(board.contacts) == 1


def test_control_request_301_connects_even_the_test_firmware(nest: Nest) -> None:
    board = unit_with_test_firmware()
    let_run(nest, board)
    assert control_request(board, 301, b"") == (0, b"")
    nest.advance(1.0)
    assert [contact.firmware for contact in board.contacts] == ["factory-test"]


def test_safe_mode_on_request_connects(nest: Nest) -> None:
    board = unit_with_test_firmware()
    let_run(nest, board)
    control_request(board, 60, b"")
    nest.advance(5.0)
    assert [contact.firmware for contact in board.contacts] == ["safe mode"]
    assert [run.firmware for run in board.runs] == ["factory-test", "safe mode"]


def test_counters_begin_anew_at_each_boot(nest: Nest) -> None:
    board = fresh_unit()
    let_run(nest, board, 5.0)
    assert board.diagnostics()["cloud:connatt"] == 1
    nest.set_reset(held=True)
    program(board, modules.factory_test())
    nest.set_reset(held=False)
    nest.advance(1.0)
    assert board.diagnostics()["cloud:connatt"] == 0
    assert board.uptime == pytest.approx(1.0, abs=0.1)
    assert len(board.contacts) == 1


def test_a_unit_pulled_from_a_powered_nest_loses_its_supply(nest: Nest) -> None:
    board = unit_with_test_firmware()
    let_run(nest, board)
    nest.remove_unit()
    assert (board.chip.powered, board.running, board.mode) == (False, None, None)
    assert not nest.usb_path.exists()


def test_a_nest_keeps_its_power_and_drives_whatever_is_put_in(nest: Nest) -> None:
    nest.set_reset(held=False)
    nest.set_power(on=True)
    board = unit_with_test_firmware()
    nest.place_unit(board)
    nest.advance(1.0)
    assert board.running is not None
    assert board.running.kind is Kind.FACTORY_TEST


def test_a_nests_time_never_goes_back_when_units_change(nest: Nest) -> None:
    first, second = unit_with_test_firmware(1), unit_with_test_firmware(2)
    let_run(nest, first, 100.0)
    before = nest.now()
    nest.remove_unit()
    nest.place_unit(second)
    assert before <= nest.now() < before + 1.0
    nest.advance(5.0)
    assert before + 5.0 <= nest.now() < before + 6.0


def test_the_reset_pad_without_contact_lets_the_firmware_run(nest: Nest) -> None:
    board = fresh_unit()
    board.chip.reset_pad_open = True
    nest.place_unit(board)
    nest.set_power(on=True)
    assert [run.firmware for run in board.runs] == ["tinker"]


def test_the_same_seed_makes_the_same_units_and_no_two_alike() -> None:
    assert BORON is not None
    made = [traits(7, number, BORON) for number in range(1, 50)]
    assert made == [traits(7, number, BORON) for number in range(1, 50)]
    assert len({one.serial for one in made}) == len({one.device_words for one in made}) == len(made)
    assert {platform_of_serial(one.serial) for one in made} == {platform_named("boron")}


def test_listening_mode_speaks_as_device_os_does(nest: Nest) -> None:
    board = unit_with_test_firmware()
    let_run(nest, board)
    talk = SerialTalk(board)
    assert talk.received(b"i") == b""
    board.listen(on=True)
    told = talk.received(b"i").decode()
    assert listening.identity(told) == (board.chip_id, board.born.serial)
    assert f"Device Secret: {board.born.secret}\r\n" in told
    assert listening.version(talk.received(b"v").decode()) == "6.2.0"
    assert listening.diagnostics(talk.received(b"d").decode())["cloud:connatt"] == 0
    assert listening.complete(talk.received(b"s").decode(), "s")
    assert talk.received(b"c") == b"Device claimed: no\r\n"
    assert talk.received(b"?w\r") == b""
    assert talk.received(b"x") == b""
    assert board.mode is Mode.NORMAL

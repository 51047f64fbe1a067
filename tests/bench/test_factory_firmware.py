"""The test firmware on a virtual unit: what it answers follows from what is true of the unit."""

from collections.abc import Callable

import pytest

from station.bench.around import SYSTEM
from station.bench.board import REENUMERATION_SECONDS, Board, Mode
from station.bench.connection import Ended
from station.bench.control_requests import ControlRequests
from station.bench.factory_firmware import SLEEPS_AFTER, answer
from station.bench.mishaps import befall
from station.bench.nest import Nest
from station.bench.traits import traits
from station.codec import control_messages
from station.codec.factory_test import Answer, Question, Value
from station.domain.ids import iccid, imei
from station.domain.on_unit import Modem
from station.domain.platform import platform_named
from tests.bench.conftest import let_run, unit_with_test_firmware


def running(nest: Nest, *mishaps: str) -> Nest:
    """A nest whose unit runs the test firmware."""
    board = unit_with_test_firmware()
    for one in mishaps:
        befall(one, board)
    let_run(nest, board)
    return nest


def ask(nest: Nest, question: str, **given: Value) -> Answer:
    assert nest.unit is not None
    return answer(nest.unit, Question(1, question, given))


def modem_of(board: Board) -> Modem:
    """What request 554 tells."""
    result, reply = ControlRequests(board).handle(554, b"")
    assert result == 0
    return control_messages.modem(reply)


def seen(board: Board) -> tuple[bool, Mode | None]:
    return board.asleep, board.mode


def test_a_unit_says_who_it_is_and_which_start_this_is(nest: Nest) -> None:
    running(nest)
    board = nest.unit
    assert board is not None
    who = ask(nest, "who").values
    assert (who["device_id"], who["serial"], who["platform"]) == (board.chip_id, board.born.serial, 13)
    assert (who["firmware"], who["version"], who["mode"], who["os"]) == ("factory-test", "1.0.0", "MANUAL", "6.2.0")
    nest.set_reset(held=True)
    nest.set_reset(held=False)
    nest.advance(1.0)
    assert ask(nest, "who").values["boot"] not in (who["boot"], 0)


def test_an_attempt_to_connect_shows_in_the_radios_answer(nest: Nest) -> None:
    running(nest)
    assert ask(nest, "radio").values["cloud"] is False
    assert nest.unit is not None
    nest.unit.connect()
    seen = ask(nest, "radio").values
    assert (seen["network"], seen["cloud"]) == (True, True)


def test_each_mishap_of_the_hardware_is_told_by_the_question_that_looks_for_it(nest: Nest) -> None:
    told = {
        "gauge_silent": ("gauge", "the fuel gauge does not answer"),
        "loopback_open": ("loopback", "open D2-D3"),
        "loopback_short": ("loopback", "short D2-D4"),
        "i2c_missing": ("i2c", "no answer from 6b"),
        "flash_worn": ("flash_check", "the external flash gives back something else"),
        "rtc_stopped": ("rtc", "the 32 kHz clock stands still"),
    }
    for mishap, (question, error) in told.items():
        assert ask(running(nest, mishap), question) == Answer(1, ok=False, error=error)
        nest.remove_unit()
        assert ask(running(nest), question).ok
        nest.remove_unit()
    assert ask(running(nest, "wrong_flash"), "flash_id").values == {"jedec": "c22014", "size": 1.0}


def test_a_sleeping_unit_is_off_usb_and_wakes_as_the_same_start(nest: Nest) -> None:
    running(nest)
    board = nest.unit
    assert board is not None
    boot = board.boot_number
    assert ask(nest, "sleep", seconds=2.5).values == {"seconds": 2.5}
    assert seen(board) == (False, Mode.NORMAL)
    nest.advance(SLEEPS_AFTER)
    assert seen(board) == (True, None)
    assert not nest.tty_path.is_symlink()
    nest.advance(2.5 + REENUMERATION_SECONDS)
    assert seen(board) == (False, Mode.NORMAL)
    assert board.boot_number == boot
    assert board.uptime > 3.0


@pytest.mark.parametrize("end", [Nest.make_safe, lambda nest: nest.set_reset(held=True)], ids=["no power", "reset"])
def test_a_unit_whose_sleep_is_ended_does_not_wake(nest: Nest, end: Callable[[Nest], None]) -> None:
    running(nest)
    ask(nest, "sleep", seconds=60)
    nest.advance(1.0)
    end(nest)
    assert nest.unit is not None
    assert not nest.unit.asleep
    nest.advance(100.0)
    assert nest.unit.mode is None


def test_a_unit_that_is_told_to_sleep_twice_does_as_it_was_told_last(nest: Nest) -> None:
    running(nest)
    assert nest.unit is not None
    ask(nest, "sleep", seconds=60)
    nest.advance(SLEEPS_AFTER / 2)
    ask(nest, "sleep", seconds=1)
    nest.advance(SLEEPS_AFTER / 2)
    assert not nest.unit.asleep
    nest.advance(SLEEPS_AFTER / 2)
    assert nest.unit.asleep
    nest.advance(1.0)
    assert not nest.unit.asleep
    nest.advance(100.0)
    assert seen(nest.unit) == (False, Mode.NORMAL)


def test_a_unit_in_dfu_mode_runs_no_firmware_that_could_sleep(nest: Nest) -> None:
    running(nest)
    assert nest.unit is not None
    ask(nest, "sleep", seconds=5)
    nest.unit.dfu_soon(0.0)
    nest.advance(1.0)
    assert seen(nest.unit) == (False, Mode.DFU)


def test_sleep_leaves_network_and_modem_and_what_it_ended_is_begun_again(nest: Nest) -> None:
    running(nest)
    board = nest.unit
    assert board is not None
    board.connect()
    ask(nest, "sleep", seconds=5)
    nest.advance(SLEEPS_AFTER)
    online = board.online
    assert (online.cloud, online.network_up, online.modem_on, online.ended) == (
        "disconnected",
        False,
        False,
        Ended.SLEEP,
    )
    assert board.cloud_attempts == 0
    nest.advance(6.0)
    assert (board.connected, board.cloud_attempts, len(board.contacts)) == (True, 1, 2)


def test_presses_are_counted_from_the_start_of_the_firmware(nest: Nest) -> None:
    running(nest)
    board = nest.unit
    assert board is not None
    board.press()
    board.press()
    assert ask(nest, "button").values == {"presses": 2, "pressed": False}
    board.listen(on=True)
    board.press()
    board.listen(on=False)
    assert ask(nest, "button").values["presses"] == 2
    ask(nest, "sleep", seconds=1)
    nest.advance(SLEEPS_AFTER)
    board.press()
    nest.advance(2.0)
    assert ask(nest, "button").values["presses"] == 2
    nest.set_reset(held=True)
    board.press()
    nest.set_reset(held=False)
    nest.advance(1.0)
    assert ask(nest, "button").values["presses"] == 0
    befall("stuck_button", board)
    board.press()
    assert ask(nest, "button").values["presses"] == 0


def test_the_led_shows_what_it_was_told_until_it_starts_anew_and_nothing_in_sleep(nest: Nest) -> None:
    running(nest)
    board = nest.unit
    assert board is not None
    assert board.led == SYSTEM
    assert ask(nest, "led", colour="green") == Answer(1, ok=True)
    assert board.led == "green"
    assert ask(nest, "led", colour="mauve").error == "colour must be off, red, green, blue or white"
    assert board.led == "green"
    ask(nest, "sleep", seconds=1)
    nest.advance(SLEEPS_AFTER)
    assert board.led == "off"
    nest.advance(2.0)
    assert board.led == "green"
    befall("dark_led", board)
    assert board.led == "off"
    board.ailments.led_dark = False
    nest.set_power(on=False)
    assert board.led == "off"
    nest.set_power(on=True)
    assert board.led == SYSTEM


def test_the_modem_is_powered_only_when_it_may_be_and_is_off_again(nest: Nest) -> None:
    running(nest)
    board = nest.unit
    assert board is not None
    assert ask(nest, "modem", allow=False).error == "the modem stays off: allow is not true"
    assert ask(nest, "modem").error == "modem needs allow"
    assert board.online.modem_starts == []
    told = ask(nest, "modem", allow=True).values
    assert (iccid(str(told["iccid"])), imei(str(told["imei"]))) == (board.born.iccid, board.born.imei)
    assert (board.online.modem_on, len(board.online.modem_starts)) == (False, 1)
    assert ask(nest, "radio").values["network"] is False


def test_request_554_and_the_firmware_s_own_question_name_one_modem_and_one_sim(nest: Nest) -> None:
    running(nest)
    board = nest.unit
    assert board is not None
    told, named = ask(nest, "modem", allow=True).values, modem_of(board)
    assert (told["iccid"], told["imei"]) == (named.iccid, named.imei)
    assert len(board.online.modem_starts) == 2
    board.ailments.no_sim = True
    assert ask(nest, "modem", allow=True).values == {"iccid": "", "imei": told["imei"]}
    assert ControlRequests(board).handle(554, b"")[0] < 0
    board.ailments.modem_dead = True
    assert ask(nest, "modem", allow=True).error == "the modem does not answer"
    assert ControlRequests(board).handle(554, b"")[0] < 0


def test_a_unit_without_a_modem_says_so() -> None:
    argon = platform_named("argon")
    assert argon is not None
    board = Board(1, argon, traits(1, 1, argon), None)
    assert answer(board, Question(1, "modem", {"allow": True})).error == "this board has no modem"
    assert answer(board, Question(1, "modem", {"allow": False})).error == "the modem stays off: allow is not true"

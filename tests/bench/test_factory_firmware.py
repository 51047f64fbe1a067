"""The test firmware on a virtual unit: what it answers follows from what is true of the unit."""

from station.bench.board import REENUMERATION_SECONDS, Board, Mode
from station.bench.factory_firmware import SLEEPS_AFTER, answer
from station.bench.mishaps import befall
from station.bench.nest import Nest
from station.codec.factory_test import Answer, Question, Value
from station.domain.ids import iccid, imei
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


def seen(board: Board) -> tuple[bool, Mode | None]:
    return board.asleep, board.mode


def test_a_unit_says_who_it_is_and_which_start_this_is(nest: Nest) -> None:
    running(nest)
    board = nest.unit
    assert board is not None
    who = ask(nest, "who").values
    assert (who["device_id"], who["serial"], who["platform"]) == (board.chip_id, board.born.serial, 13)
    assert (who["firmware"], who["mode"], who["os"]) == ("factory-test", "MANUAL", "6.2.0")
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


def test_reset_ends_sleep(nest: Nest) -> None:
    running(nest)
    ask(nest, "sleep", seconds=60)
    nest.advance(1.0)
    nest.set_reset(held=True)
    assert nest.unit is not None
    assert not nest.unit.asleep
    nest.advance(100.0)
    assert nest.unit.mode is None


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
    nest.set_reset(held=True)
    board.press()
    nest.set_reset(held=False)
    nest.advance(1.0)
    assert ask(nest, "button").values["presses"] == 0


def test_the_board_remembers_what_its_led_shows_until_it_starts_anew(nest: Nest) -> None:
    running(nest)
    board = nest.unit
    assert board is not None
    assert ask(nest, "led", colour="green") == Answer(1, ok=True)
    assert board.around.led == "green"
    assert ask(nest, "led", colour="mauve").error == "colour must be off, red, green, blue or white"
    assert board.around.led == "green"
    nest.set_power(on=False)
    assert board.around.led == "system"


def test_the_modem_is_powered_only_when_it_may_be_and_is_off_again(nest: Nest) -> None:
    running(nest)
    board = nest.unit
    assert board is not None
    assert ask(nest, "modem", allow=False).error == "the modem stays off: allow is not true"
    assert ask(nest, "modem").error == "modem needs allow"
    assert board.around.modem_power_ups == 0
    told = ask(nest, "modem", allow=True).values
    assert (iccid(str(told["iccid"])), imei(str(told["imei"]))) == (board.born.iccid, board.born.imei)
    assert (board.around.modem_on, board.around.modem_power_ups) == (False, 1)
    board.ailments.no_sim = True
    assert ask(nest, "modem", allow=True).values["iccid"] == ""
    assert ask(nest, "radio").values["network"] is False

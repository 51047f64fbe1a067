"""What happens besides answers: sleep, presses, the LED, the load, the modem, requests that come at once."""

import pytest

from station.bench.nest import Nest
from station.codec.factory_test import Answer, Question, decode_answer, encode_question
from tests.firmware.far import OverSerial, eventually
from tests.firmware.host import Host

BUSY = -110  # Device OS, services/inc/system_error.h


def test_the_firmware_answers_then_sleeps_off_usb_and_wakes_as_the_same_start(host: Host) -> None:
    far = OverSerial(host.tty)
    before = far.ask("who").values
    far.ask("load", on=True)
    assert far.ask("sleep", seconds=30) == Answer(1, ok=True, values={"seconds": 30.0})
    host.tell("advance 0.6")
    assert (host.look()["asleep"], host.look()["load"], host.tty.is_symlink()) == (True, False, False)
    host.tell("advance 29")
    assert host.look()["asleep"] is True
    host.tell("advance 2")
    after = far.ask("who").values
    assert (after["boot"], host.look()["sleeps"]) == (before["boot"], 1)
    assert float(after["uptime"]) - float(before["uptime"]) >= 30


def test_so_does_the_benchs_unit(nest: Nest) -> None:
    far = OverSerial(nest.tty_path)
    before = far.ask("who").values
    far.ask("load", on=True)
    assert far.ask("sleep", seconds=30) == Answer(1, ok=True, values={"seconds": 30.0})
    nest.advance(0.6)
    assert nest.unit is not None
    assert (nest.unit.asleep, nest.unit.around.load_on, nest.tty_path.is_symlink()) == (True, False, False)
    eventually(nest, nest.tty_path)
    after = far.ask("who").values
    assert after["boot"] == before["boot"]
    assert float(after["uptime"]) - float(before["uptime"]) >= 30


def test_sleep_asked_for_as_a_request_is_answered_first(host: Host) -> None:
    ((result, reply),) = host.request(encode_question(Question(5, "sleep", {"seconds": 1})))
    assert (result, decode_answer(reply)) == (0, Answer(5, ok=True, values={"seconds": 1.0}))
    host.tell("advance 0.6")
    assert host.look()["asleep"] is True
    host.tell("advance 1.1")
    assert OverSerial(host.tty).ask("who").ok


def test_presses_are_counted_and_a_button_held_down_is_seen(host: Host) -> None:
    far = OverSerial(host.tty)
    assert far.ask("button").values == {"presses": 0.0, "pressed": False}
    host.tell("press")
    host.tell("hold")
    assert far.ask("button").values == {"presses": 2.0, "pressed": True}
    host.tell("release")
    assert far.ask("button").values == {"presses": 2.0, "pressed": False}


@pytest.mark.parametrize(
    ("colour", "shown"),
    [("off", "000000"), ("red", "ff0000"), ("green", "00ff00"), ("blue", "0000ff"), ("white", "ffffff")],
)
def test_the_led_is_taken_over_only_when_it_is_asked_for(colour: str, shown: str, host: Host) -> None:
    assert str(host.look()["led"]).startswith("system")
    assert OverSerial(host.tty).ask("led", colour=colour).ok
    assert host.look()["led"] == f"#{shown}"


def test_the_load_is_off_until_it_is_switched_on(host: Host) -> None:
    far = OverSerial(host.tty)
    assert host.look()["load"] is False
    assert far.ask("load", on=True).ok
    assert host.look()["load"] is True
    assert far.ask("load", on=False).ok
    assert host.look()["load"] is False


def test_the_modem_is_powered_for_its_names_only_and_off_afterwards(host: Host) -> None:
    far = OverSerial(host.tty)
    assert not far.ask("modem", allow=False).ok
    assert host.look()["modem_power_ups"] == 0
    told = far.ask("modem", allow=True).values
    assert told == {"iccid": "8934076500002589174", "imei": "353785720000018"}
    assert (host.look()["modem_on"], host.look()["modem_power_ups"]) == (False, 1)


@pytest.mark.parametrize(
    ("trouble", "answer"),
    [
        ("sim none", Answer(1, ok=True, values={"iccid": "", "imei": "353785720000018"})),
        ("modem dead", Answer(1, ok=False, error="the modem does not answer")),
        ("modem stuck", Answer(1, ok=False, error="the modem does not go off")),
    ],
)
def test_a_modem_in_trouble_is_told_and_its_old_names_are_not(trouble: str, answer: Answer, host: Host) -> None:
    host.tell(trouble)
    assert OverSerial(host.tty).ask("modem", allow=True) == answer


@pytest.mark.parametrize(
    ("event", "network", "cloud"),
    [
        ("attempts 1 0", True, False),
        ("attempts 0 1", False, True),
        ("network on", True, False),
        ("cloud on", False, True),
    ],
)
def test_an_attempt_to_connect_is_told(event: str, network: bool, cloud: bool, host: Host) -> None:
    host.tell(event)
    seen = OverSerial(host.tty).ask("radio").values
    assert (seen["network"], seen["cloud"]) == (network, cloud)


def test_while_it_listens_the_serial_port_is_the_systems_own(host: Host) -> None:
    far = OverSerial(host.tty)
    host.tell("listen on")
    ((_, reply),) = host.request(encode_question(Question(3, "led", {"colour": "off"})))
    assert decode_answer(reply).ok
    with pytest.raises(Exception, match="nothing valid"):
        far.link.ask("who", 0.1)
    host.tell("listen off")
    assert far.ask("who").ok


def test_four_requests_at_once_are_answered_and_a_fifth_is_told_to_come_back(host: Host) -> None:
    asked = [encode_question(Question(number, "radio")) for number in range(1, 6)]
    answers = host.request(*asked)
    assert [result for result, _ in answers] == [0, 0, 0, 0, BUSY]
    assert [decode_answer(reply).id for _, reply in answers[:4]] == [1, 2, 3, 4]


def test_an_answer_fits_a_message_whatever_the_unit_is_called(host: Host) -> None:
    host.tell('serial "\\')
    assert OverSerial(host.tty).ask("who").values["serial"] == '"\\'
    host.tell("serial none")
    assert OverSerial(host.tty).ask("who").values["serial"] == ""

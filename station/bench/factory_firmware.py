"""What the factory-test firmware finds on a virtual unit: every question of the table, answered by what is true of it.

The firmware itself is firmware/factory-test; tests hold the two together.
"""

from collections.abc import Callable, Mapping

from station.bench.around import PAIRS, wiring_faults
from station.bench.board import Board
from station.bench.traits import CHARGER, GAUGE, flash_id
from station.codec.factory_test import MAX_TEXT, Answer, Question, Value
from station.domain.platform import Radio
from station.domain.questions import BY_NAME, FIRMWARE, refusal

VERSION = "1.0.0"
SLEEPS_AFTER = 0.5  # seconds from the answer to sleep: firmware/factory-test/src/sleep.cpp
CHECKED_BYTES = 4096.0
MEBIBYTE = 2.0**20

BUSES: tuple[tuple[int, ...], ...] = ((), (GAUGE, CHARGER))
"""I2C devices by bus, all of which must answer: firmware/factory-test/src/board.h."""

USUAL_BUS = 1.0

Values = Mapping[str, Value]
Given = Mapping[str, Value]


class No(Exception):
    """The answer is no; the message says why."""


def answer(board: Board, question: Question) -> Answer:
    """What the unit answers."""
    ask = BY_NAME.get(question.ask)
    if ask is None:
        return Answer(question.id, ok=False, error="unknown question")
    why = refusal(ask, question.given)
    if why is not None:
        return Answer(question.id, ok=False, error=why[:MAX_TEXT])
    try:
        return Answer(question.id, ok=True, values=_SUBJECTS[question.ask](board, question.given))
    except No as no:
        return Answer(question.id, ok=False, error=str(no)[:MAX_TEXT])


def _who(board: Board, _: Given) -> Values:
    return {
        "firmware": FIRMWARE,
        "version": VERSION,
        "mode": "MANUAL",
        "os": board.release,
        "platform": board.platform.id,
        "device_id": board.device_id,
        "serial": board.serial,
        **_start(board),
    }


def _start(board: Board) -> Values:
    return {"boot": board.boot_number, "uptime": round(board.uptime, 3)}


def _radio(board: Board, _: Given) -> Values:
    return {
        "network": board.network_attempts > 0 or board.connected,
        "cloud": board.cloud_attempts > 0 or board.connected,
        **_start(board),
    }


def _rails(board: Board, _: Given) -> Values:
    return {rail: round(board.supply.volts(rail), 3) for rail in board.born.rails}


def _gauge(board: Board, _: Given) -> Values:
    if board.ailments.gauge_silent:
        raise No("the fuel gauge does not answer")
    return {"vcell": round(board.supply.volts("vbat"), 3), "soc": board.born.charge}


def _loopback(board: Board, _: Given) -> Values:
    ailments = board.ailments
    if faults := wiring_faults(ailments.cut, ailments.touching, ailments.stuck):
        raise No(", ".join(faults))
    return {"pairs": len(PAIRS)}


def _i2c(board: Board, given: Given) -> Values:
    number = given.get("bus", USUAL_BUS)
    bus = next((one for at, one in enumerate(BUSES) if at == number), None)
    if bus is None:
        raise No("there is no such bus")
    wanted = [int(one, 16) for one in str(given["expect"]).split()] if "expect" in given else bus
    silent = {GAUGE} if board.ailments.gauge_silent else set()
    there = [one for one in bus if one not in board.ailments.missing | silent]
    if missing := sorted(set(wanted) - set(there)):
        raise No(f"no answer from {_text(missing)}")
    return {"found": len(there), "addresses": _text(there)}


def _text(addresses: list[int]) -> str:
    return " ".join(f"{one:02x}" for one in addresses)


def _flash_id(board: Board, _: Given) -> Values:
    jedec = board.ailments.flash_id or flash_id(board.platform.name)
    return {"jedec": jedec, "size": 2.0 ** int(jedec[4:], 16) / MEBIBYTE}


def _flash_check(board: Board, _: Given) -> Values:
    if board.ailments.flash_worn:
        raise No("the external flash gives back something else")
    return {"bytes": CHECKED_BYTES}


def _rtc(board: Board, _: Given) -> Values:
    if board.ailments.rtc_stopped:
        raise No("the 32 kHz clock stands still")
    return {"seconds": 1.0, "drift": board.born.rtc_ppm}


def _button(board: Board, _: Given) -> Values:
    return {"presses": board.around.presses, "pressed": board.around.pressed}


def _led(board: Board, given: Given) -> Values:
    board.around.led = str(given["colour"])
    return {}


def _load(board: Board, given: Given) -> Values:
    board.around.load_on = bool(given["on"])
    return {}


def _sleep(board: Board, given: Given) -> Values:
    seconds = float(given["seconds"])
    board.sleep_soon(SLEEPS_AFTER, round(seconds, 3))
    return {"seconds": round(seconds, 3)}


def _modem(board: Board, _: Given) -> Values:
    if board.platform.radio is not Radio.CELLULAR:
        raise No("this board has no modem")
    board.online.start_modem()
    board.online.stop_modem()
    if board.ailments.modem_dead:
        raise No("the modem does not answer")
    return {"iccid": "" if board.ailments.no_sim else board.born.iccid or "", "imei": board.born.imei or ""}


_SUBJECTS: Mapping[str, Callable[[Board, Given], Values]] = {
    "who": _who,
    "radio": _radio,
    "rails": _rails,
    "gauge": _gauge,
    "loopback": _loopback,
    "i2c": _i2c,
    "flash_id": _flash_id,
    "flash_check": _flash_check,
    "rtc": _rtc,
    "button": _button,
    "led": _led,
    "load": _load,
    "sleep": _sleep,
    "modem": _modem,
}

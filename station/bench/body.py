"""What of a unit is seen, pressed and measured from outside: status LED, MODE button, currents, rails under load.

And the questions that its factory-test firmware answers about these: led, button, load, sleep.
"""

import random
from dataclasses import dataclass

from station.bench.board import Board, Mode
from station.bench.boot import Kind
from station.bench.personality import SerialTalk
from station.bench.personality import answer as of_the_board
from station.codec import factory_test
from station.codec.factory_test import Answer, Question, QuestionDecoder

COLOURS = ("off", "red", "green", "blue", "white")
RUNNING_AMPS = 0.032  # assumed; the modem is off
RESET_AMPS = 0.006  # assumed
LOAD_OHMS = 20.0  # assumed: the fixture's load on the 3.3 V rail
RAIL_OHMS = 0.15  # assumed: regulator, pins and wires
SLEEP_AMPS = 590e-6  # docs.particle.io, SystemSleepMode STOP: Boron LTE 584 µA, 2G/3G 607 µA when the RTC wakes it
INRUSH_AMPS = 0.6  # assumed
FALLS_ASLEEP = 0.1  # seconds from its answer; assumed
LONGEST_SLEEP = 60.0


@dataclass
class Body:
    """One unit from outside. Whoever touches it holds the lock of the nest it sits in."""

    board: Board
    sleep_amps: float
    rail_ohms: float
    inrush: float
    led: str = "off"
    led_dark: bool = False
    button_stuck: bool = False
    presses: int = 0
    load_on: bool = False
    asleep: bool = False

    def amps(self) -> float:
        """What the unit draws from its supply now."""
        if not self.board.chip.powered:
            return 0.0
        if not self.board.chip.core.running:
            return RESET_AMPS
        if self.asleep:
            return self.sleep_amps
        return RUNNING_AMPS + (self.board.born.rails["v3v3"] / LOAD_OHMS if self.load_on else 0.0)

    def volts(self, rail: str) -> float:
        """A rail as a voltmeter reads it; 0 for one that the unit does not have."""
        if not self.board.chip.powered:
            return 0.0
        rails = {**self.board.born.rails, **self.board.ailments.rails}
        sag = self.rail_ohms * rails["v3v3"] / LOAD_OHMS if self.load_on and rail == "v3v3" else 0.0
        return max(0.0, rails.get(rail, 0.0) - sag)

    def inrush_peak(self) -> float:
        """The highest current since power came; 0 without power."""
        return self.inrush if self.board.chip.powered else 0.0

    @property
    def seen(self) -> str:
        """The colour that a person sees the LED in."""
        lit = self.board.chip.powered and self.board.chip.core.running and not self.asleep and not self.led_dark
        return self.led if lit else "off"

    def press(self) -> None:
        """A finger presses the MODE button once."""
        if self.board.chip.core.running and not self.asleep and not self.button_stuck:
            self.presses += 1

    def answer(self, question: Question) -> Answer | None:
        """What the test firmware answers; None to a question that is not about the outside."""
        given = question.given
        match question.ask, given:
            case "led", {"colour": str(colour)} if colour in COLOURS and len(given) == 1:
                self.led = colour
            case "button", {} if not given:
                return Answer(question.id, ok=True, values={"pressed": False, "presses": float(self.presses)})
            case "load", {"on": bool(on)} if len(given) == 1:
                self.load_on = on
            case "sleep", {"seconds": float(seconds)} if 1 <= seconds <= LONGEST_SLEEP and len(given) == 1:
                self._sleep(seconds)
                return Answer(question.id, ok=True, values={"seconds": seconds})
            case "led" | "button" | "load" | "sleep", _:
                return Answer(question.id, ok=False, error="it takes other arguments")
            case _:
                return None
        return Answer(question.id, ok=True)

    def began(self) -> None:
        """Firmware starts anew: nothing is lit, pressed or switched."""
        self.led, self.presses, self.load_on, self.asleep = "off", 0, False, False

    def _sleep(self, seconds: float) -> None:
        board, clock, this_start = self.board, self.board.clock, len(self.board.runs)

        def still() -> bool:
            return board.chip.core.running and len(board.runs) == this_start

        def fall_asleep() -> None:
            if still():
                self.asleep = True
                self._show(None)

        def wake() -> None:
            if still():
                self.asleep = False
                self._show(Mode.NORMAL)

        clock.call_at(clock.now + round(FALLS_ASLEEP * 1e6), fall_asleep)
        clock.call_at(clock.now + round((FALLS_ASLEEP + seconds) * 1e6), wake)

    def _show(self, mode: Mode | None) -> None:
        self.board.mode = mode
        if self.board.wires is not None:
            self.board.wires.show_usb(mode)


_BODIES: dict[Board, tuple[int, Body]] = {}  # with the number of starts that the body has seen; units live on


def body_of(board: Board) -> Body:
    """The outside of a unit, always the same one; what a start of the firmware resets is reset."""
    runs, body = _BODIES.get(board) or (0, _made(board))
    if runs != len(board.runs):
        body.began()
    _BODIES[board] = (len(board.runs), body)
    return body


def _made(board: Board) -> Body:
    dice = random.Random(f"body {board.chip_id}")
    return Body(
        board,
        sleep_amps=dice.gauss(SLEEP_AMPS, SLEEP_AMPS / 40),
        rail_ohms=dice.gauss(RAIL_OHMS, RAIL_OHMS / 20),
        inrush=dice.gauss(INRUSH_AMPS, INRUSH_AMPS / 30),
    )


class BodyTalk:
    """The firmware's end of one attachment of USB serial, with the questions about the outside."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._board_s = SerialTalk(board)
        self._questions = QuestionDecoder()

    def received(self, data: bytes) -> bytes:
        """What the unit sends back to these bytes."""
        board = self._board
        quiet = board.ailments.silent or board.ailments.babbling
        tests = board.running is not None and board.running.kind is Kind.FACTORY_TEST
        if quiet or board.mode is Mode.LISTENING or not tests:
            return self._board_s.received(data)
        answers = (body_of(board).answer(one) or of_the_board(board, one) for one in self._questions.feed(data))
        return b"".join(factory_test.line(factory_test.encode_answer(one)) for one in answers)

"""The fixture's controller on a serial port, in the language of station/codec/scpi.py.

Questions and answers are matched: a line on which an answer did not come in time, or something came that nobody asked
for, is closed, opened anew and brought into step before anything else is believed. What was switched is read back.
Never checked on hardware.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

from station.codec import scpi
from station.codec.wire import Lines, NotUnderstood
from station.domain.faults import Fault, FixtureRefused, FixtureSilent, NoWatchdog
from station.domain.meter import WATCHDOG
from station.drivers.serial_port import PortLost, SerialPort
from station.ports import Relays

Value = TypeVar("Value")

RATE = 115200
"""Baud."""

ANSWER = 1.0
"""Seconds for one exchange; a relay settles in tens of milliseconds. A design margin, not measured."""

HELLO = 5.0
"""Seconds in which a controller must say who it is once its port is open: many start over then, and an Arduino's boot
loader takes 1.6 s (grbl #160, PyCmdMessenger #9). A design margin, not measured."""

REFUSALS = 3
"""Errors to that question after which it is not asked again."""

QUIET = 0.2
"""Seconds without a byte after which nothing more is on its way. A design margin, not measured."""

PROOF = 0.2
"""Seconds the watchdog is set to while it is proved."""

SILENCES = (0.4, 0.8, 0.8, 0.8)
"""Seconds without a line in which it must bite then, once: at most 0.6 s late, so that a unit is off before it can
have connected (domain/meter.py, WATCHDOG). Repeated for a controller that was busy; a busy PC is only silent longer."""

EXACT = 0.001
"""Seconds by which a setting may be read back differently: three decimals are written."""


class OutOfStep(Exception):
    """What came is not the answer to what was asked; the message says how."""


class Wrong(NamedTuple):
    """Why a controller did not say who it is; empty when nothing came. `refused`: it does not want to."""

    says: str
    refused: bool


class ScpiFixture:
    """Implements ports.Fixture, for one thread.

    `watchdog` is in seconds, and None for a controller that is declared to have none: before any power is switched on
    it is armed, or found armed.
    """

    def __init__(self, path: Path, patience: float = 0.0, watchdog: float | None = WATCHDOG) -> None:
        """`patience`, in seconds, is for a port that another process is about to let go of. Raises FixtureSilent."""
        self._path, self._watchdog = path, watchdog
        self._port: SerialPort | None = None
        self._in_step = self._blind = False
        self._error = self._nests = self._told = 0
        try:
            self._open(patience)
        except PortLost as error:
            raise FixtureSilent(f"the fixture's controller: {error}") from error

    def identity(self) -> str:
        return " ".join(self._ask(scpi.ASK_IDENTITY, scpi.read_identity))

    def set_power(self, nest: int, on: bool) -> None:
        if on:
            self._arm(self._watchdog)
        self._exchange(scpi.power(nest, on), urgent=not on)
        if self._switch(scpi.ask_power(nest)) != on:
            raise FixtureRefused(f"power of nest {nest} was switched {_on(on)}, and is {_on(not on)}")

    def set_reset(self, nest: int, held: bool) -> None:
        self._exchange(scpi.reset(nest, held), urgent=held)
        if self._switch(scpi.ask_reset(nest)) != held:
            raise FixtureRefused(f"reset of nest {nest} was switched {_on(held)}, and is {_on(not held)}")

    def relays(self, nest: int) -> Relays:
        return Relays(self._switch(scpi.ask_power(nest)), self._switch(scpi.ask_reset(nest)))

    def lids(self) -> dict[int, bool]:
        return self._ask(scpi.ASK_LIDS, self._every_nest)

    def seats(self) -> dict[int, bool]:
        if self._blind:
            return {}
        self._error = 0
        try:
            return self._ask(scpi.ASK_SEATS, self._every_nest)
        except FixtureRefused:
            # No other error says that it has no such question.
            self._blind = self._error == scpi.UNDEFINED_HEADER
            if self._blind:
                return {}
            raise

    def prove_watchdog(self, nest: int) -> None:
        """Power with reset held, then reset free without power, are taken when nobody says anything; both are seen.

        What sits in the nest never runs meanwhile.
        """
        if self._watchdog is None:
            raise NoWatchdog("the fixture's file says that its controller has no watchdog")
        left: list[str] = []
        for silence in SILENCES:
            left = self._left_on(nest, silence)
            if not left:
                return
        silent = f"the watchdog was at {PROOF:g} s and nobody spoke for {SILENCES[-1]:g} s"
        raise NoWatchdog(f"{silent}: the controller left {' and '.join(left)}")

    def close(self) -> None:
        if self._port is not None:
            self._port.close()
        self._port, self._in_step = None, False

    # The watchdog

    def _arm(self, seconds: float | None) -> None:
        """Have the watchdog at these seconds, read back: a controller that started over has forgotten them."""
        if seconds is None:
            return
        try:
            if self._is_at(seconds):
                return
            self._exchange(scpi.watchdog(seconds))
            if self._is_at(seconds):
                return
        except FixtureRefused as why:
            raise NoWatchdog(str(why)) from why
        raise NoWatchdog(f"its watchdog was set to {seconds:g} s, and reads something else")

    def _is_at(self, seconds: float) -> bool:
        return abs(self._ask(scpi.ASK_WATCHDOG, scpi.read_seconds) - seconds) <= EXACT

    def _left_on(self, nest: int, silence: float) -> list[str]:
        """What a controller that nobody spoke to did not take."""
        left = []
        try:
            self.set_reset(nest, True)
            self.set_power(nest, False)
            self._arm(PROOF)
            self._exchange(scpi.power(nest, True))
            time.sleep(silence)
            left += ["power on"] if self._switch(scpi.ask_power(nest)) else []
            self.set_power(nest, False)
            self._exchange(scpi.reset(nest, False))
            time.sleep(silence)
            left += [] if self._switch(scpi.ask_reset(nest)) else ["reset free"]
        finally:
            try:
                self.set_power(nest, False)
            finally:
                self.set_reset(nest, True)
        self._arm(self._watchdog)
        return left

    # Questions and answers

    def _switch(self, question: str) -> bool:
        return self._ask(question, scpi.read_switch)

    def _ask(self, question: str, read: Callable[[str], Value]) -> Value:
        """What `read` makes of the answer. An answer that it does not understand may be another question's."""
        return self._in_turn(question, lambda: read(self._converse(question) or ""))

    def _exchange(self, command: str, urgent: bool = False) -> None:
        """What is `urgent` makes a nest safer: it is also written before a line is in step."""
        self._in_turn(command, lambda: self._converse(command), command if urgent else "")

    def _in_turn(self, text: str, talk: Callable[[], Value], urgent: str = "") -> Value:
        """Once more on a line that had to be opened anew."""
        fault: Fault = FixtureSilent(text)
        for _ in range(2):
            try:
                if not self._in_step:
                    self._step_in(urgent)
                return talk()
            except PortLost as error:
                fault = FixtureSilent(f"{text}: {error}")
            except NotUnderstood as error:
                fault = FixtureRefused(f"{text}: {error}")
            except OutOfStep as error:
                fault = FixtureSilent(f"{text}: {error}")
            self.close()
        raise fault

    def _every_nest(self, answer: str) -> dict[int, bool]:
        """A list that is as long as the one before; of a cut one nobody knows whose lids are left.

        Another length is believed when it is told twice. Raises NotUnderstood.
        """
        found = scpi.read_nests(answer)
        before, self._told = self._told, len(found)
        if self._nests not in (0, len(found)) and before != len(found):
            raise NotUnderstood(f"the controller told {self._nests} nests before, and {len(found)} now")
        self._nests = len(found)
        return found

    def _converse(self, text: str) -> str | None:
        """One exchange on a line that is in step. Raises FixtureRefused, PortLost, NotUnderstood, OutOfStep."""
        if self._opened.read(within=0.0):
            raise OutOfStep("the fixture's controller said what nobody asked for")
        talk = scpi.Exchange(text)
        self._say(talk)
        if talk.error is not None:
            number, why = talk.error
            self._error = number
            self._say(scpi.Exchange(scpi.CLEAR))
            raise FixtureRefused(f"{text}: error {number}, {why}")
        return talk.value

    def _say(self, talk: scpi.Exchange) -> None:
        self._opened.write(talk.request)
        done = False
        for came in self._incoming():
            for line in came:
                if done:
                    raise OutOfStep("the fixture's controller said more than it was asked")
                done = talk.take(line)
            if done:
                return
        raise OutOfStep(f"the fixture's controller did not answer within {ANSWER:g} s")

    def _incoming(self) -> Iterator[list[str]]:
        """The lines that come in, as they come together, until the time for an answer is over."""
        lines = Lines(scpi.MAX_LINE)
        deadline = time.monotonic() + ANSWER
        while time.monotonic() < deadline:
            came = lines.feed(self._opened.read())
            yield [line.decode("ascii", "replace").rstrip("\r") for line in came]

    # The line

    @property
    def _opened(self) -> SerialPort:
        if self._port is None:
            raise PortLost(f"{self._path} is not open")
        return self._port

    def _open(self, patience: float) -> None:
        self._port = SerialPort(self._path, RATE, patience, lasting=True)
        # Another controller may be there now, which can tell.
        self._blind = False

    def _step_in(self, urgent: str) -> None:
        """Ask who is there until one question has got its one answer, with nothing before it.

        A controller answers in order: what it still had to say to earlier questions has come by then. Raises
        FixtureSilent, FixtureRefused, PortLost.
        """
        if self._port is None:
            self._open(0.0)
        # The first LF ends what a program that died may have left half-written.
        self._opened.write(f"\n{urgent}\n".encode("ascii"))
        deadline, heard, refused, before = time.monotonic() + HELLO, "", 0, 0.0
        while time.monotonic() < deadline and refused < REFUSALS:
            asked = time.monotonic()
            wrong = self._who()
            # What was asked before may be answered only now: then the answer to this is as long behind it.
            if wrong is None and not (before and self._opened.read(within=asked - before + QUIET)):
                self._in_step = True
                return
            if wrong is not None:
                heard, refused = wrong.says or heard, refused + wrong.refused
            while self._opened.read(within=QUIET):
                pass
            before = asked
        self.close()
        if heard:
            raise FixtureRefused(f"{scpi.ASK_IDENTITY}: {heard}")
        raise FixtureSilent(f"{scpi.ASK_IDENTITY}: the fixture's controller did not answer within {HELLO:g} s")

    def _who(self) -> Wrong | None:
        """Ask once; None when it is answered well, else what is wrong with what came."""
        talk = scpi.Exchange(scpi.ASK_IDENTITY)
        self._opened.write(talk.request)
        for came in self._incoming():
            for line in came:
                refused = talk.value is None and scpi.read_error(line) is not None
                try:
                    ended = talk.take(line)
                    if talk.error is not None:
                        self._opened.write(f"{scpi.CLEAR}\n".encode("ascii"))
                        return Wrong(f"error {talk.error[0]}, {talk.error[1]}", refused)
                    scpi.read_identity(talk.value or "")
                except NotUnderstood as why:
                    return Wrong(str(why), refused)
                if ended:
                    return None
        return Wrong("", False)


def _on(on: bool) -> str:
    return "on" if on else "off"

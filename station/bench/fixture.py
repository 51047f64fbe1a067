"""The virtual fixture's controller: relays and lid switches of all nests behind a serial port that speaks SCPI.

The language stands in station/codec/scpi.py. Units at power-up: reset held, power off. The watchdog counts real
seconds, since what it guards against is a station that died.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from station.bench.serial_pty import Pty
from station.codec.scpi import MAX_LINE, Header
from station.codec.scpi_controller import Command, parse
from station.codec.scpi_grammar import ErrorQueue, ScpiError, split
from station.codec.wire import Lines

IDENTITY = "Station,bench fixture,0,1.0"
UNDEFINED_HEADER, SUFFIX_OUT_OF_RANGE, INPUT_OVERRUN = -113, -114, -363  # SCPI-99 volume 2, §21.8


class Seat(Protocol):
    """What the controller drives."""

    power_on: bool
    reset_held: bool
    lid_closed: bool

    @property
    def seated(self) -> bool:
        """Whether a unit sits in it."""
        ...

    def set_power(self, on: bool) -> None:
        """Switch the supply."""
        ...

    def set_reset(self, held: bool) -> None:
        """Switch the reset relay."""
        ...

    def make_safe(self) -> None:
        """Reset held, power off."""
        ...


class Controller:
    """Bytes in, bytes out; nests are numbered from 1."""

    def __init__(self, seats: Sequence[Seat]) -> None:
        self._seats = seats
        self._lines = Lines(MAX_LINE)
        self._overruns = 0
        self._errors = ErrorQueue()
        self._watchdog = 0.0
        self._heard_at = time.monotonic()

    def received(self, data: bytes) -> bytes:
        """The answers to the lines that `data` completes."""
        return b"".join(self._line(piece) for piece in data.splitlines(keepends=True))

    def _line(self, data: bytes) -> bytes:
        out: list[str] = []
        try:
            for line in self._lines.feed(data):
                self._heard_at = time.monotonic()
                for text in split(line.decode("ascii", "replace")):
                    answer = self._do(parse(text))
                    if answer is not None:
                        out.append(answer)
        except ScpiError as why:
            self._errors.push(why.number)
        if data.endswith(b"\n") and self._lines.dropped > self._overruns:
            self._overruns = self._lines.dropped
            self._errors.push(INPUT_OVERRUN)
        return "".join(f"{answer}\n" for answer in out).encode("ascii")

    def start_over(self) -> None:
        """What a loss of its own supply does: all safe, nothing remembered, nothing half-heard."""
        self._lines, self._overruns, self._watchdog = Lines(MAX_LINE), 0, 0.0
        self._errors.clear()
        self._all_safe()

    def later(self, seconds: float) -> None:
        """Let time pass without waiting for it."""
        self._heard_at -= seconds
        self.idle()

    def idle(self) -> None:
        """Called now and then: the watchdog."""
        if self._watchdog and time.monotonic() - self._heard_at > self._watchdog:
            self._heard_at = time.monotonic()
            self._all_safe()

    def _all_safe(self) -> None:
        for seat in self._seats:
            seat.make_safe()

    def _seat(self, command: Command) -> Seat:
        number = command.nest or 1
        if number > len(self._seats):
            raise ScpiError(SUFFIX_OUT_OF_RANGE)
        return self._seats[number - 1]

    def _do(self, command: Command) -> str | None:
        if command.query:
            return self._answer(command)
        match command.header:
            case Header.RESET_ALL:
                self._all_safe()
            case Header.CLEAR:
                self._errors.clear()
            case Header.WATCHDOG:
                self._watchdog = float(command.argument or 0)
            case Header.POWER:
                self._seat(command).set_power(bool(command.argument))
            case Header.RESET:
                self._seat(command).set_reset(bool(command.argument))
            case _:
                raise ScpiError(UNDEFINED_HEADER)
        return None

    def _answer(self, command: Command) -> str:
        match command.header:
            case Header.IDENTITY:
                return IDENTITY
            case Header.COMPLETE:
                return "1"
            case Header.ERROR:
                return self._errors.pop()
            case Header.NESTS:
                return str(len(self._seats))
            case Header.LIDS:
                return ",".join(_switch(seat.lid_closed) for seat in self._seats)
            case Header.SEATS:
                return ",".join(_switch(seat.seated) for seat in self._seats)
            case Header.WATCHDOG:
                return f"{self._watchdog:.3f}"
            case Header.POWER:
                return _switch(self._seat(command).power_on)
            case Header.RESET:
                return _switch(self._seat(command).reset_held)
            case _:
                raise ScpiError(UNDEFINED_HEADER)


def _switch(on: bool) -> str:
    return "1" if on else "0"


def controller_port(link: Path, controller: Controller) -> Pty:
    """The controller on its serial port."""
    return Pty(
        link,
        lambda port, data: port.write(controller.received(data)),
        idle=lambda _: controller.idle(),
    )

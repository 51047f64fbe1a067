"""The fixture's controller on a serial port, in the language of station/codec/scpi.py.

Never checked on hardware.
"""

import time
from pathlib import Path

from station.codec import scpi
from station.codec.wire import Lines, NotUnderstood
from station.domain.faults import FixtureRefused, FixtureSilent
from station.drivers.serial_port import PortLost, SerialPort

RATE = 115200
"""Baud."""

ANSWER = 1.0
"""Seconds for one exchange; a relay settles in tens of milliseconds. A design margin, not measured."""


class ScpiFixture:
    """Implements ports.Fixture."""

    def __init__(self, path: Path, patience: float = 0.0) -> None:
        try:
            self._port = SerialPort(path, RATE, patience)
            self._port.drop_input()
        except PortLost as error:
            raise FixtureSilent(f"the fixture's controller: {error}") from error

    def identity(self) -> str:
        return " ".join(scpi.read_identity(self._ask(scpi.ASK_IDENTITY)))

    def set_power(self, nest: int, on: bool) -> None:
        self._exchange(scpi.power(nest, on))

    def set_reset(self, nest: int, held: bool) -> None:
        self._exchange(scpi.reset(nest, held))

    def lids(self) -> dict[int, bool]:
        return scpi.read_lids(self._ask(scpi.ASK_LIDS))

    def close(self) -> None:
        self._port.close()

    def _ask(self, question: str) -> str:
        done = self._exchange(question)
        if done.value is None:
            raise FixtureRefused(f"{question}: no value")
        return done.value

    def _exchange(self, text: str) -> scpi.Exchange:
        talk = scpi.Exchange(text)
        try:
            self._say(talk)
            if talk.error is not None:
                number, why = talk.error
                self._say(scpi.Exchange(scpi.CLEAR))
                raise FixtureRefused(f"{text}: error {number}, {why}")
        except PortLost as error:
            raise FixtureSilent(f"{text}: {error}") from error
        except NotUnderstood as error:
            raise FixtureRefused(f"{text}: {error}") from error
        return talk

    def _say(self, talk: scpi.Exchange) -> None:
        self._port.drop_input()
        self._port.write(talk.request)
        lines = Lines(scpi.MAX_LINE)
        deadline = time.monotonic() + ANSWER
        while time.monotonic() < deadline:
            for line in lines.feed(self._port.read()):
                if talk.take(line.decode("ascii", "replace").rstrip("\r")):
                    return
        raise FixtureSilent(f"{talk.text}: the fixture's controller did not answer within {ANSWER:g} s")

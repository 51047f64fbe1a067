"""Talk with a unit's firmware over its USB serial port.

Never checked on hardware.
"""

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from station.codec import factory_test, listening
from station.codec.wire import NotUnderstood
from station.domain.faults import Babble, LinkLost, NoAnswer, OfflineRule, TestFailed
from station.domain.ids import DeviceId, SerialNumber
from station.domain.offline import console_refusal
from station.drivers.serial_port import PortLost, SerialPort
from station.ports import NOTHING, FindTty, Given
from station.ports import Value as Answer

Value = TypeVar("Value")

RATE = 9600
"""Baud; the rate of a USB serial port means nothing, except 14400 and 28800, which are commands."""

APPEARS = 3.0
"""Seconds until the device node is there after the unit is on the bus. A design margin, not measured."""

NOISE = 16384
"""Bytes without a valid answer after which a unit babbles."""

SILENCE = 0.5
"""Seconds without a byte that end a listening-mode reply which has no other end. A design margin, not measured."""


class SerialLink:
    """Implements ports.Link. The port is found by topology and opened for each talk: it vanishes on every reset."""

    def __init__(self, place: str, find_tty: FindTty) -> None:
        self._place = place
        self._find_tty = find_tty
        self._ids: Iterator[int] = itertools.cycle(range(1, factory_test.MAX_ID + 1))

    def ask(self, question: str, within: float, given: Given = NOTHING) -> dict[str, Answer]:
        ident = next(self._ids)
        decoder = factory_test.Decoder()
        with self._open() as port:
            port.drop_input()
            asked = factory_test.encode_question(factory_test.Question(ident, question, given))
            port.write(b"\n" + factory_test.line(asked))
            for data in self._incoming(port, within):
                for answer in decoder.feed(data):
                    if answer.id != ident:
                        continue  # an answer to an earlier question that came too late
                    if not answer.ok:
                        raise TestFailed(f"{question}: the unit says {answer.error}")
                    return dict(answer.values)
                if decoder.noise > NOISE:
                    raise Babble(f"{question}: {decoder.noise} bytes and no valid answer among them")
        damaged = f", {decoder.damaged} damaged lines" if decoder.damaged else ""
        raise NoAnswer(f"{question}: nothing valid within {within:g} s{damaged}")

    def identify(self, within: float) -> tuple[DeviceId, SerialNumber | None]:
        return _read("i", self._console("i", within), listening.identity)

    def diagnostics(self, within: float) -> dict[str, int]:
        return _read("d", self._console("d", within), listening.diagnostics)

    def _console(self, character: str, within: float) -> str:
        refusal = console_refusal(character)
        if refusal is not None:
            raise OfflineRule(f"{character!r} is not typed at the console: {refusal}")
        text = ""
        heard = time.monotonic()
        with self._open() as port:
            port.drop_input()
            port.write(character.encode("ascii"))
            for data in self._incoming(port, within):
                text += data.decode("ascii", "replace")
                if data:
                    heard = time.monotonic()
                if listening.complete(text, character):
                    return text
                if len(text) > listening.MAX_REPLY:
                    raise Babble(f"listening mode, {character!r}: {len(text)} characters and no end")
                if text and time.monotonic() - heard > SILENCE:
                    return text
        raise NoAnswer(f"listening mode, {character!r}: no complete reply within {within:g} s")

    @contextmanager
    def _open(self) -> Iterator[SerialPort]:
        deadline = time.monotonic() + APPEARS
        path = self._find_tty(self._place)
        while path is None:
            if time.monotonic() >= deadline:
                raise LinkLost(f"no serial port belongs to USB place {self._place}")
            time.sleep(0.02)
            path = self._find_tty(self._place)
        try:
            port = SerialPort(path, RATE, patience=deadline - time.monotonic())
        except PortLost as error:
            raise LinkLost(str(error)) from error
        try:
            yield port
        except PortLost as error:
            raise LinkLost(str(error)) from error
        finally:
            port.close()

    @staticmethod
    def _incoming(port: SerialPort, within: float) -> Iterator[bytes]:
        """What comes in until the time is over, empty pieces included."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            yield port.read()


def _read(character: str, text: str, read: Callable[[str], Value]) -> Value:
    """The value in a console reply. Raises NoAnswer without repeating the reply, which may hold a secret."""
    try:
        return read(text)
    except NotUnderstood as error:
        raise NoAnswer(f"listening mode, {character!r}: {error}") from error

"""The four far ends that must be one: the C++ and the bench's unit, each over USB serial and as control request 10."""

import os
import selectors
import time
import tty
from pathlib import Path
from typing import Protocol

from station.bench.board import Board
from station.bench.nest import Nest
from station.bench.wires.usb import BenchUsb
from station.codec.factory_test import (
    Answer,
    Question,
    Value,
    decode_answer,
    encode_answer,
    encode_question,
    line,
)
from station.domain.faults import RequestRefused, TestFailed
from station.drivers.clock import WallClock
from station.drivers.serial_link import SerialLink
from station.drivers.usb_bus import UsbBus
from tests.firmware.host import Host

PATIENCE = 10.0
"""Real seconds after which a far end that says nothing is stuck."""

APP_CUSTOM = 10
SENTINEL = Question(60_000, "led", {"colour": "off"})
"""Asked behind what may be passed over: its answer ends the waiting."""

DONE = line(encode_answer(Answer(SENTINEL.id, ok=True)))


class Far(Protocol):
    """A unit with the test firmware, over one transport."""

    def ask(self, question: str, **given: Value) -> Answer:
        """Its answer to a question that is right in form; the id is not compared."""
        ...

    def reply(self, message: bytes) -> bytes | None:
        """Its answer to these very bytes; None when it passes them over."""
        ...


class Wire:
    """A serial port as raw bytes: what no driver of ours would ever send."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self._file)

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def write(self, data: bytes) -> None:
        """All of it, as the far end takes it."""
        while data:
            with selectors.DefaultSelector() as ready:
                ready.register(self._file, selectors.EVENT_WRITE)
                assert ready.select(PATIENCE), "the unit takes no more bytes"
            data = data[os.write(self._file, data) :]

    def read(self, within: float) -> bytes:
        """What comes next; nothing when nothing comes in time."""
        with selectors.DefaultSelector() as ready:
            ready.register(self._file, selectors.EVENT_READ)
            return os.read(self._file, 65536) if ready.select(within) else b""

    def replies(self, data: bytes) -> list[bytes]:
        """Every reply to what these bytes ask, as it was written."""
        self.write(data + b"\n" + line(encode_question(SENTINEL)))
        heard = b""
        while not heard.endswith(DONE):
            piece = self.read(PATIENCE)
            assert piece, "the unit has stopped answering"
            heard += piece
        lines = heard.removesuffix(DONE).splitlines(keepends=True)
        messages = [one[: -len("*00000000\n")] for one in lines]
        assert [line(one) for one in messages] == lines
        return messages

    def answers(self, data: bytes) -> list[Answer]:
        """The same, read."""
        return [decode_answer(one) for one in self.replies(data)]


class OverSerial:
    """Through the station's own driver, or as raw bytes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.link = SerialLink("1-1.1", lambda _: path.resolve())

    def ask(self, question: str, **given: Value) -> Answer:
        try:
            return Answer(1, ok=True, values=self.link.ask(question, PATIENCE, given))
        except TestFailed as no:
            return Answer(1, ok=False, error=str(no).removeprefix(f"{question}: the unit says "))

    def reply(self, message: bytes) -> bytes | None:
        with Wire(self.path) as wire:
            found = wire.replies(line(message))
        assert len(found) <= 1
        return found[0] if found else None


class OverRequest:
    """Control request 10; `put` sends the payload and returns the reply, or None where it is refused as bad data."""

    def put(self, payload: bytes) -> bytes | None:
        raise NotImplementedError

    def ask(self, question: str, **given: Value) -> Answer:
        reply = self.put(encode_question(Question(1, question, given)))
        assert reply is not None
        return decode_answer(reply)

    def reply(self, message: bytes) -> bytes | None:
        return self.put(message)


class HostRequest(OverRequest):
    """The C++."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def put(self, payload: bytes) -> bytes | None:
        ((result, reply),) = self._host.request(payload)
        assert result in (0, -280)  # BAD_DATA: Device OS, services/inc/system_error.h
        return reply if result == 0 else None


class BenchRequest(OverRequest):
    """The bench's unit, through the station's own driver."""

    def __init__(self, folder: Path, place: str) -> None:
        self._usb = UsbBus(place, WallClock(), lambda: BenchUsb(folder))

    def put(self, payload: bytes) -> bytes | None:
        try:
            return self._usb.request(APP_CUSTOM, payload)
        except RequestRefused as refused:
            if "BAD_DATA" not in str(refused):
                raise
            return None


def mirror(board: Board) -> list[str]:
    """Commands that make the C++'s surroundings what the bench's unit was made with."""
    born = board.born
    return [
        f"device {board.device_id}",
        f"serial {board.serial}",
        *(f"rail {rail} {volts}" for rail, volts in born.rails.items()),
        f"gauge {born.rails['vbat']} {born.charge}",
        f"rtc {born.rtc_ppm}",
        f"sim {born.iccid}",
        f"imei {born.imei}",
    ]


def eventually(nest: Nest, path: Path) -> None:
    """The unit's time passes until its port is there."""
    deadline = time.monotonic() + PATIENCE
    while not path.is_symlink():
        assert time.monotonic() < deadline
        nest.advance(0.1)


OWN = frozenset({"boot", "uptime"})
"""Values that are each unit's own, and each moment's."""

WITHIN = {"vbat": 0.002, "v3v3": 0.002, "vbus": 0.002, "drift": 1.0}
"""By how much the C++ may read otherwise than the bench: a count of its ADC, a look at its clock."""


def same(one: Answer, other: Answer) -> bool:
    """Whether two answers say the same, but for what must differ."""
    shared = {name: value for name, value in one.values.items() if name not in OWN}
    theirs = {name: value for name, value in other.values.items() if name not in OWN}
    if (one.ok, one.error, one.values.keys(), one.id) != (other.ok, other.error, other.values.keys(), other.id):
        return False
    return all(_alike(name, value, theirs[name]) for name, value in shared.items())


def _alike(name: str, one: Value, other: Value) -> bool:
    if isinstance(one, str | bool) or isinstance(other, str | bool):
        return one is other if isinstance(one, bool) else one == other
    return abs(one - other) <= WITHIN.get(name, 0.0) + 1e-9

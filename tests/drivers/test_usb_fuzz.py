"""A unit that answers anything: nothing crashes, nothing hangs, nobody is taken for somebody else.

Four thousand cases run with the suite, a million with `./run test -m nightly`. A case is made from one number, which
is all that hypothesis draws: a million cases drawn byte by byte take a day.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import suppress
from enum import Enum, auto
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from station.bench import modules
from station.bench.board import Board, Mode
from station.bench.traits import traits
from station.bench.usb_device import UsbDevice
from station.bench.wires.usb import Attached, WireUsb, lost, timed_out
from station.codec import control_messages as messages
from station.codec import factory_test, protobuf
from station.codec.control import MAX_CHUNK, Setup
from station.codec.control_exchange import MAX_REPLY, Heard, Late, Refused, Step, Wait, play, request
from station.codec.usb_descriptors import DEVICE, DeviceDescriptor, get_descriptor
from station.codec.wire import NotUnderstood
from station.domain.faults import Fault
from station.domain.ids import NotAnId, device_id
from station.drivers.usb_bus import UsbBus
from tests.bench.conftest import BORON, program
from tests.codec.test_control_messages import READERS, VECTORS
from tests.codec.test_protobuf import Everything, Google, _as_ours
from tests.drivers.usb_desk import HandClock

SUITE, NIGHT = 1000, 250_000
"""Cases of each of the four properties, by day and by night."""


# Messages

KEYS = [number << 3 | wire for number in (*range(1, 14), 200) for wire in (0, 1, 2, 5)] + [0, 3, 11, 12, 14, 15]


def records(dice: Random) -> bytes:
    """Something like a message: tags, sizes and what follows, or bytes of any kind."""
    if dice.random() < 0.2:
        return dice.randbytes(dice.randrange(40))
    whole = b""
    for _ in range(dice.randrange(5)):
        body = dice.randbytes(dice.randrange(8))
        size = dice.choice(
            (b"", protobuf._as_varint(len(body)), protobuf._as_varint(dice.getrandbits(dice.randrange(66))))
        )
        whole += protobuf._as_varint(dice.choice(KEYS)) + size + body
    return whole


def no_message_is_read_otherwise_than_google_reads_it(dice: Random) -> None:
    encoded = records(dice)
    with suppress(NotUnderstood):
        ours = protobuf.decode(Everything, encoded)
        assert _as_ours(Google.FromString(encoded)) == ours


GOOD = tuple(
    bytes.fromhex(text)
    for text in (
        *(one["hex"] for one in VECTORS["messages"]),
        *(one["reply"] for one in VECTORS["module_info"]),
        b'{"cloud:connatt":0,"sys:uptime":9}'.hex(),
    )
)


def no_reader_crashes_or_takes_a_part_for_the_whole(dice: Random) -> None:
    read, reply = dice.choice(READERS), dice.choice(GOOD)
    start = dice.randrange(len(reply) + 1)
    reply = reply[:start] + dice.randbytes(dice.randrange(6)) + reply[start + dice.randrange(6) :]
    with suppress(NotUnderstood):
        told = read(reply)
        if read is messages.device_id:
            assert str(told).encode() in reply.lower()


# The exchange


def service_reply(dice: Random) -> bytes:
    """Something like one."""
    flags = dice.choice((1, 3, 5, 9, 13, 13, 15, 0, 17, 0xFFFFFFFF))
    status = dice.choice((0, 0, 0, 1, 2, 2, 3, 4, 5, 6))
    size = dice.choice((0, 2, 4, 6, 8, 8, 10))
    rest = dice.choice((bytes(size), dice.randbytes(size), b"\x05".ljust(size, b"\0")))
    return flags.to_bytes(4, "little") + status.to_bytes(2, "little") + rest


def every_request_ends_in_time_whatever_comes(dice: Random) -> None:
    clock, within, asked = HandClock(), dice.uniform(0, 20), 0

    def do(step: Step) -> Heard:
        nonlocal asked
        asked += 1
        if isinstance(step, Wait):
            clock.sleep(step.seconds)
            return Heard(b"", clock.now())
        assert step.setup.length <= MAX_CHUNK
        data = dice.choice((None, service_reply(dice), service_reply(dice), service_reply(dice), dice.randbytes(5)))
        if data is not None:
            data = data[: step.setup.length] if step.setup.request_type & 0x80 else b""
        return Heard(data, clock.now())

    with suppress(Refused, Late, NotUnderstood):
        assert len(play(request(10, bytes(dice.choice((0, 0, 3, 80))), within), do)) <= MAX_REPLY
    assert clock.at <= within + 0.001 * (asked + 2)


# The driver


class Spoil(Enum):
    """What may become of an answer on its way."""

    KEEP = auto()
    STALL = auto()
    LOST = auto()
    SILENT = auto()
    CUT = auto()
    GROW = auto()
    GARBLE = auto()
    STALE = auto()


Plan = list[tuple[Spoil, int]]


def plan_of(dice: Random) -> Plan:
    """Up to four answers spoiled among the first eight."""
    plan: Plan = [(Spoil.KEEP, 0)] * 8
    for _ in range(dice.randrange(1, 5)):
        plan[dice.randrange(8)] = (dice.choice(list(Spoil)), dice.randrange(256))
    return plan


@functools.cache
def unit() -> Board:
    """A unit with factory-test firmware that is up, for ever at the same moment."""
    assert BORON is not None
    board = Board(1, BORON, traits(1, 1, BORON), None)
    program(board, modules.factory_test())
    board.chip.power(on=True)
    board.clock.advance(2e6)
    assert board.mode is Mode.NORMAL
    return board


class SpoiledPipe:
    """A unit whose answers are spoiled as planned, one after another."""

    def __init__(self, plan: Plan) -> None:
        self._device, self._plan, self._before = UsbDevice(unit(), Mode.NORMAL), iter(plan), b""

    def transfer(self, setup: bytes, out: bytes, timeout_ms: int) -> bytes:
        packet = Setup.decode(setup)
        answer = self._device.transfer(packet, out)
        how, much = next(self._plan, (Spoil.KEEP, 0))
        if how is Spoil.LOST:
            raise lost()
        if how is Spoil.SILENT:
            raise timed_out()
        if answer is None or how is Spoil.STALL:
            raise _stall()
        if not packet.request_type & 0x80:
            return b""
        spoiled = self._spoiled(answer, how, much)
        self._before = answer
        return spoiled[: packet.length]

    def _spoiled(self, answer: bytes, how: Spoil, much: int) -> bytes:
        match how:
            case Spoil.CUT:
                return answer[: much % (len(answer) + 1)]
            case Spoil.GROW:
                return answer + bytes((much,)) * (much % 9)
            case Spoil.GARBLE if answer:
                # Never one hexadecimal digit for another: nothing on this wire could tell.
                at = much % len(answer)
                return answer[:at] + bytes((answer[at] ^ 0x80,)) + answer[at + 1 :]
            case Spoil.STALE:
                return self._before
            case _:
                return answer


def _stall() -> Exception:
    from usb.core import USBError

    error: Exception = USBError("Pipe error", -9, 32)
    return error


class SpoiledUsb(WireUsb):
    """One unit at place 1-1, behind a pipe that spoils."""

    def __init__(self, plan: Plan) -> None:
        descriptor = DeviceDescriptor.decode(
            UsbDevice(unit(), Mode.NORMAL).transfer(get_descriptor(DEVICE, 0, 18), b"") or b""
        )
        self._there = Attached(SpoiledPipe(plan), 1, (1,), 1, descriptor)

    def enumerate_devices(self) -> Iterator[Attached]:
        yield self._there


def _raw_id(bus: UsbBus) -> str | None:
    with suppress(NotAnId, UnicodeDecodeError):
        return device_id(bus.raw(20).decode("ascii"))
    return None


def _by_question(bus: UsbBus) -> str | None:
    reply = bus.request(10, factory_test.encode_question(factory_test.Question(1, "who")))
    return str(factory_test.decode_answer(reply).values["device_id"])


NAMES: tuple[Callable[[UsbBus], str | None], ...] = (
    lambda bus: bus.device_id(),
    lambda bus: messages.device_id(bus.request(20)),
    _raw_id,
    _by_question,
)
OTHERS: tuple[Callable[[UsbBus], object], ...] = (
    lambda bus: bus.shown(),
    lambda bus: bus.platform_id(),
    lambda bus: bus.raw(30),
    lambda bus: messages.serial_number(bus.request(21)),
    lambda bus: messages.modules(bus.request(90)),
    lambda bus: messages.diagnostics(bus.request(100)),
    lambda bus: messages.interfaces(bus.request(400)),
    lambda bus: messages.connection_status(bus.request(300)),
)


def no_spoiled_answer_makes_another_unit_of_it(dice: Random) -> None:
    clock, plan = HandClock(), plan_of(dice)
    bus = UsbBus("1-1", clock, lambda: SpoiledUsb(plan))
    with suppress(Fault, NotUnderstood):
        dice.choice(OTHERS)(bus)
    with suppress(Fault, NotUnderstood):
        assert dice.choice(NAMES)(bus) in (None, unit().chip_id)
    # Two requests of at most 5 s each, and a moment a transfer.
    assert clock.at < 12


PROPERTIES = (
    no_message_is_read_otherwise_than_google_reads_it,
    no_reader_crashes_or_takes_a_part_for_the_whole,
    every_request_ends_in_time_whatever_comes,
    no_spoiled_answer_makes_another_unit_of_it,
)


@pytest.mark.parametrize("holds", PROPERTIES)
@settings(max_examples=SUITE)
@given(seed=st.integers(0, 2**64))
def test_whatever_a_unit_answers(holds: Callable[[Random], None], seed: int) -> None:
    holds(Random(seed))


@pytest.mark.nightly
@pytest.mark.timeout(0)
@pytest.mark.parametrize("holds", PROPERTIES)
@settings(max_examples=NIGHT, database=None, phases=[Phase.generate])
@given(seed=st.integers(0, 2**64))
def test_whatever_a_unit_answers_all_night(holds: Callable[[Random], None], seed: int) -> None:
    holds(Random(seed))

"""Places, memory and states of control requests, as Device OS keeps them."""

from collections.abc import Callable

import pytest

from station.bench.control_channel import ControlChannel, Memory
from station.codec import control
from station.codec.control import ServiceReply, Setup, Status


class Echo:
    """Firmware whose handlers take as long as they are told, and give back what they got."""

    def __init__(self, takes: float = 0.0) -> None:
        self.takes, self.begun = takes, list[int]()

    def begins(self, number: int) -> None:
        self.begun.append(number)

    def seconds(self, number: int, payload: bytes) -> float:
        return self.takes

    def handle(self, number: int, payload: bytes) -> tuple[int, bytes]:
        return 0, payload


class Desk:
    """A channel, and the things that are due."""

    def __init__(self, memory: Memory | None = None, takes: float = 0.0) -> None:
        self.firmware, self.due = Echo(takes), list[Callable[[], None]]()
        self.channel = ControlChannel(self.firmware, lambda _, what: self.due.append(what), lambda: memory or Memory())

    def ask(self, setup: Setup, data: bytes = b"") -> ServiceReply:
        answer = self.channel.transfer(setup, data)
        assert answer is not None
        return ServiceReply.decode(answer)

    def stalls(self, setup: Setup, data: bytes = b"") -> bool:
        return self.channel.transfer(setup, data) is None


def test_the_fifth_request_finds_no_place_and_reset_makes_room() -> None:
    desk = Desk()
    assert [desk.ask(control.init(1, 8)).status for _ in range(5)] == [Status.OK] * 4 + [Status.BUSY]
    assert desk.ask(control.reset(2)).status is Status.OK
    assert desk.ask(control.reset(2)).status is Status.NOT_FOUND
    assert desk.ask(control.init(1, 8)) == ServiceReply(Status.OK, id=5)
    assert desk.ask(control.reset()).status is Status.OK
    assert [desk.ask(control.init(1, 8)).status for _ in range(4)] == [Status.OK] * 4


def test_where_memory_runs_short_the_unit_says_so_before_it_is_busy() -> None:
    desk = Desk(Memory(places=3, heap=100))
    assert [desk.ask(control.init(1, 8)).status for _ in range(4)] == [Status.OK] * 3 + [Status.NO_MEMORY]
    desk.ask(control.reset())
    long = desk.ask(control.init(1, 101))
    assert long.status is Status.PENDING
    assert long.id is not None
    assert desk.ask(control.check(long.id)).status is Status.NO_MEMORY
    assert desk.ask(control.check(long.id)).status is Status.NOT_FOUND


def test_a_payload_may_come_in_pieces_and_the_reply_go_in_pieces() -> None:
    desk = Desk()
    assert desk.ask(control.init(1, 70)) == ServiceReply(Status.PENDING, id=1)
    assert desk.ask(control.check(1)) == ServiceReply(Status.OK)
    assert desk.channel.transfer(control.send(1, 30), bytes(range(30))) == b""
    assert desk.ask(control.check(1)) == ServiceReply(Status.OK)
    assert desk.stalls(control.send(1, 41), bytes(41))
    assert desk.stalls(control.send(1, 0), b"")
    assert desk.channel.transfer(control.send(1, 40), bytes(range(30, 70))) == b""
    assert desk.ask(control.check(1)) == ServiceReply(Status.OK, size=70, result=0)
    assert desk.ask(control.check(1)) == ServiceReply(Status.OK, size=70, result=0)  # harmless
    assert desk.stalls(control.recv(1, 71))
    assert desk.stalls(control.recv(1, 0))
    assert desk.channel.transfer(control.recv(1, 64), b"") == bytes(range(64))
    assert desk.stalls(control.recv(1, 7))
    assert desk.channel.transfer(control.recv(1, 6), b"") == bytes(range(64, 70))
    assert desk.ask(control.check(1)).status is Status.NOT_FOUND


def test_a_long_payload_is_taken_after_pending_without_another_question() -> None:
    # Memory is given in the unit's own time (Device OS, usb_control_request_channel.cpp, allocRequestData).
    desk = Desk()
    assert desk.ask(control.init(1, 70)) == ServiceReply(Status.PENDING, id=1)
    assert desk.channel.transfer(control.send(1, 70), bytes(70)) == b""
    assert desk.ask(control.check(1)) == ServiceReply(Status.OK, size=70, result=0)


def test_a_long_payload_without_memory_is_stalled_and_then_told() -> None:
    desk = Desk(Memory(places=3, heap=100))
    assert desk.ask(control.init(1, 101)) == ServiceReply(Status.PENDING, id=1)
    assert desk.stalls(control.send(1, 101), bytes(101))
    assert desk.ask(control.check(1)).status is Status.NO_MEMORY


def test_a_handler_that_takes_its_time_is_pending_until_it_is_done() -> None:
    desk = Desk(takes=0.5)
    assert desk.ask(control.init(72)) == ServiceReply(Status.OK, id=1)
    assert desk.firmware.begun == [72]
    assert desk.stalls(control.recv(1, 1))
    assert [desk.ask(control.check(1)).status for _ in range(3)] == [Status.PENDING] * 3
    desk.due.pop()()
    assert desk.ask(control.check(1)) == ServiceReply(Status.OK, result=0)


def test_a_request_that_was_cancelled_while_it_ran_is_gone() -> None:
    desk = Desk(takes=0.5)
    desk.ask(control.init(72))
    assert desk.ask(control.reset(1)).status is Status.OK
    desk.due.pop()()
    assert desk.ask(control.check(1)).status is Status.NOT_FOUND


def test_ids_count_on_and_begin_anew_after_the_last() -> None:
    desk = Desk()
    desk.channel._last_id = 0xFFFE
    assert [desk.ask(control.init(1)).id for _ in range(3)] == [0xFFFF, 0, 1]


@pytest.mark.parametrize(
    "setup",
    [
        Setup(0xC0, 1, 0, 20, 63),
        Setup(0xC0, 2, 0, 1, 65),
        Setup(0xC0, 5, 0, 0, 0),
        Setup(0x40, 1, 0, 20, 64),
        Setup(0xC0, 3, 0, 1, 8),
        Setup(0x40, 4, 0, 1, 8),
        Setup(0xC0, 6, 0, 0, 64),
        Setup(0xC0, 0, 0, 0, 64),
        Setup(0xC1, 1, 0, 20, 64),
    ],
)
def test_what_is_no_service_request_stalls(setup: Setup) -> None:
    assert Desk().stalls(setup, bytes(8))

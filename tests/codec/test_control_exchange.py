"""A whole control request, against Device OS's own conversations and against units that answer anything."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.codec import control
from station.codec.control import MAX_CHUNK, Service, ServiceReply, Status
from station.codec.control_exchange import (
    MAX_REPLY,
    PAUSES,
    Heard,
    Late,
    Refused,
    Step,
    Transfer,
    Wait,
    cancel_all,
    play,
    request,
)
from station.codec.wire import NotUnderstood

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/control_requests.json").read_text())
ASKED = [one for one in VECTORS["transcripts"] if one["number"] is not None]
TRANSFER_TAKES = 0.001


class Unit:
    """A unit that says what it is told to say; its time is what was waited for and a moment for each transfer."""

    def __init__(self, *answers: bytes | ServiceReply | None) -> None:
        self._answers = iter(answers)
        self.now = 100.0
        self.steps: list[Step] = []

    def answer(self, transfer: Transfer) -> bytes | None:
        """What comes back, None for a stall."""
        told = next(self._answers)
        return told.encode() if isinstance(told, ServiceReply) else told

    def do(self, step: Step) -> Heard:
        """One step of an exchange."""
        self.steps.append(step)
        if isinstance(step, Wait):
            assert step.seconds > 0
            self.now += step.seconds
            return Heard(b"", self.now)
        assert len(step.out) == (0 if step.setup.request_type & 0x80 else step.setup.length)
        self.now += TRANSFER_TAKES
        return Heard(self.answer(step), self.now)

    @property
    def services(self) -> list[Service]:
        """What was asked, in order."""
        return [Service(one.setup.request) for one in self.steps if isinstance(one, Transfer)]

    @property
    def waits(self) -> list[float]:
        """How long was waited, each time."""
        return [round(one.seconds, 6) for one in self.steps if isinstance(one, Wait)]


def ask(unit: Unit, number: int = 20, payload: bytes = b"", within: float = 5.0) -> bytes:
    return play(request(number, payload, unit.now + within), unit.do)


DONE = ServiceReply(Status.OK, result=0)
PENDING = ServiceReply(Status.PENDING)


@pytest.mark.parametrize("transcript", ASKED, ids=[one["name"] for one in ASKED])
def test_a_request_puts_the_bytes_on_the_wire_that_device_os_was_seen_to_take(transcript: dict[str, Any]) -> None:
    seen = iter(transcript["transfers"])

    class Recorded(Unit):
        def answer(self, transfer: Transfer) -> bytes | None:
            there = next(seen)
            assert (transfer.setup.encode().hex(), transfer.out.hex()) == (there["setup"], there["out"])
            return None if there["stall"] else bytes.fromhex(there["in"])

    unit, payload, reply = Recorded(), bytes.fromhex(transcript["payload"]), transcript["reply"]
    if reply["result"]:
        with pytest.raises(Refused, match=str(reply["result"])):
            ask(unit, transcript["number"], payload)
    else:
        assert len(ask(unit, transcript["number"], payload)) == reply.get("size", 0)
    assert next(seen, None) is None


def test_a_pending_request_is_looked_at_ever_less_often_and_never_after_its_time() -> None:
    unit = Unit(ServiceReply(Status.OK, id=7), *[PENDING] * 20, ServiceReply(Status.OK))
    with pytest.raises(Late, match="PENDING"):
        ask(unit, within=6.0)
    assert unit.waits[: len(PAUSES)] == list(PAUSES)
    assert unit.waits[len(PAUSES)] == 1.0
    assert unit.now == pytest.approx(106.0, abs=3 * TRANSFER_TAKES)
    assert unit.steps[-1] == Transfer(control.reset(7))


@pytest.mark.parametrize("status", [Status.BUSY, Status.NO_MEMORY])
def test_a_unit_without_room_is_asked_again_until_time_is_up(status: Status) -> None:
    unit = Unit(ServiceReply(status), ServiceReply(status), ServiceReply(Status.OK, id=1), DONE)
    assert ask(unit) == b""
    assert unit.services == [Service.INIT] * 3 + [Service.CHECK]
    never = Unit(*[ServiceReply(status)] * 50)
    with pytest.raises(Late, match=status.name):
        ask(never)
    assert set(never.services) == {Service.INIT}
    assert never.now == pytest.approx(105.0, abs=3 * TRANSFER_TAKES)


def test_a_unit_that_finds_no_memory_for_the_payload_is_asked_anew() -> None:
    unit = Unit(
        ServiceReply(Status.PENDING, id=1),
        ServiceReply(Status.NO_MEMORY),
        ServiceReply(Status.PENDING, id=2),
        ServiceReply(Status.OK),
        b"",
        ServiceReply(Status.OK, size=70, result=0),
        bytes(70),
    )
    assert ask(unit, 1, bytes(70)) == bytes(70)
    assert unit.services == [Service(one) for one in (1, 2, 1, 2, 3, 2, 4)]


def test_long_payloads_and_replies_travel_in_chunks_that_never_ask_for_more_than_is_left() -> None:
    unit = Unit(
        ServiceReply(Status.OK, id=1),
        b"",
        b"",
        ServiceReply(Status.OK, size=MAX_CHUNK + 1, result=0),
        bytes(MAX_CHUNK),
        b"!",
    )
    assert ask(unit, 1, bytes(MAX_CHUNK + 900)) == bytes(MAX_CHUNK) + b"!"
    lengths = [one.setup.length for one in unit.steps if isinstance(one, Transfer)]
    assert lengths == [64, MAX_CHUNK, 900, 64, MAX_CHUNK, 1]


def test_a_payload_the_unit_did_not_hear_of_is_no_success() -> None:
    # An nRF52840 acknowledges up to 64 bytes before Device OS looks at them: only CHECK tells.
    unit = Unit(ServiceReply(Status.OK, id=1), b"", *[ServiceReply(Status.OK)] * 50)
    with pytest.raises(Late):
        ask(unit, 1, b"payload")
    assert unit.services[-1] is Service.RESET


STARTED = ServiceReply(Status.OK, id=9)


@pytest.mark.parametrize(
    ("answers", "payload", "raised", "why", "cancelled"),
    [
        ([None], b"", Refused, "stalls INIT", False),
        ([b""], b"", NotUnderstood, "0 bytes", False),
        ([ServiceReply(Status.ERROR)], b"", Refused, "ERROR", False),
        ([ServiceReply(Status.NOT_FOUND)], b"", Refused, "NOT_FOUND", False),
        ([ServiceReply(Status.OK)], b"", NotUnderstood, "no id", False),
        ([ServiceReply(Status.PENDING, id=9)], b"", NotUnderstood, "pending for a payload", False),
        ([STARTED, None], b"", Refused, "stalls CHECK", True),
        ([STARTED, b"\x01"], b"", NotUnderstood, "1 bytes", True),
        ([STARTED, ServiceReply(Status.NOT_FOUND)], b"", Refused, "lost it: NOT_FOUND", False),
        ([STARTED, ServiceReply(Status.NO_MEMORY)], b"", Refused, "lost it: NO_MEMORY", False),
        ([STARTED, ServiceReply(Status.PENDING, id=8)], b"", NotUnderstood, "request 8", True),
        ([STARTED, ServiceReply(Status.OK, size=3)], b"", NotUnderstood, "not done", True),
        ([STARTED, ServiceReply(Status.OK, result=-120)], b"", Refused, r"NOT_SUPPORTED \(-120\)", False),
        ([STARTED, ServiceReply(Status.OK, size=3, result=-280)], b"", Refused, "BAD_DATA", True),
        ([STARTED, ServiceReply(Status.OK, size=MAX_REPLY + 1, result=0)], b"", NotUnderstood, "65537", True),
        ([STARTED, ServiceReply(Status.OK, size=0xFFFFFFFF, result=0)], b"", NotUnderstood, "4294967295", True),
        ([STARTED, ServiceReply(Status.OK, size=3, result=0), None], b"", Refused, "its own reply", True),
        ([STARTED, ServiceReply(Status.OK, size=3, result=0), b"ab"], b"", NotUnderstood, "2 bytes", True),
        ([STARTED, ServiceReply(Status.OK, size=3, result=0), b""], b"", NotUnderstood, "0 bytes", True),
        ([STARTED, None], b"p", Refused, "stalls its payload", True),
    ],
)
def test_what_a_unit_may_not_answer_ends_the_request_and_leaves_nothing_with_the_unit(
    answers: list[bytes | ServiceReply | None],
    payload: bytes,
    raised: type[Exception],
    why: str,
    cancelled: bool,
) -> None:
    unit = Unit(*answers, ServiceReply(Status.OK))
    with pytest.raises(raised, match=why):
        ask(unit, 1, payload)
    assert (unit.steps[-1] == Transfer(control.reset(9))) is cancelled
    assert len(unit.steps) == len(answers) + cancelled


def test_what_the_driver_raises_ends_the_exchange() -> None:
    def gone(step: Step) -> Heard:
        raise ConnectionError("unplugged")

    with pytest.raises(ConnectionError):
        play(request(20, b"", 1.0), gone)


def test_a_unit_that_does_not_know_how_to_cancel_is_as_good() -> None:
    for told in (None, b"rubbish", ServiceReply(Status.OK).encode()):
        unit = Unit(told)
        assert play(cancel_all(), unit.do) == b""
        assert unit.steps == [Transfer(control.reset(0))]


# Units that answer anything

near_misses = st.builds(
    ServiceReply,
    st.sampled_from(Status),
    st.none() | st.integers(0, 3),
    st.none() | st.integers(0, 200) | st.just(MAX_REPLY + 1),
    st.none() | st.just(0) | st.integers(-300, 0),
)
service_answers = st.one_of(st.none(), near_misses.map(ServiceReply.encode), st.binary(max_size=20))


class Anything(Unit):
    """Answers whatever is drawn, and notes what a host could rely on."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        super().__init__()
        self._draw = draw
        self.promised: int | None = None
        self.fetched = b""

    def answer(self, transfer: Transfer) -> bytes | None:
        setup = transfer.setup
        assert setup.length <= MAX_CHUNK
        match setup.request:
            case Service.RECV:
                assert self.promised is not None
                assert setup.length <= self.promised - len(self.fetched)
                length = self._draw(st.sampled_from((setup.length, setup.length, 0, max(0, setup.length - 1))))
                part = None if self._draw(st.integers(0, 9)) == 0 else bytes(length)
                self.fetched += part or b""
                return part
            case Service.SEND:
                return self._draw(st.sampled_from((b"", b"", None)))  # type: ignore[no-any-return]
            case _:
                told: bytes | None = self._draw(service_answers)
                self._note(told)
                return told

    def _note(self, told: bytes | None) -> None:
        try:
            reply = ServiceReply.decode(told or b"")
        except NotUnderstood:
            return
        if reply.status is Status.OK and reply.result is not None:
            self.promised = reply.size or 0


@given(st.data(), st.binary(max_size=80), st.floats(0, 30))
def test_whatever_a_unit_answers_the_request_ends_in_time_and_believes_only_whole_replies(
    data: st.DataObject, payload: bytes, within: float
) -> None:
    unit = Anything(data.draw)
    try:
        reply = ask(unit, 10, payload, within)
    except (Refused, Late, NotUnderstood):
        pass
    else:
        assert len(reply) == unit.promised == len(unit.fetched)
    assert unit.now <= 100.0 + within + TRANSFER_TAKES * (len(unit.steps) + 1)
    assert len(unit.waits) <= within + 2 * len(PAUSES) + 2

"""One control request from its INIT to the last byte of its reply, without a wire: the driver does each step and says
what came of it.

    exchange = request(20, b"", until=clock.now() + 5)
    reply = play(exchange, do)          # do(step) -> Heard

What the unit has no room for is tried again until time is up. A request that is given up is cancelled, since it would
keep one of the few places a unit has. The unit is not trusted: ids, sizes and lengths that do not fit are refused.
Source: station/codec/control.py; the pauses are those of particle-usb 4.2, src/device-base.js.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from itertools import chain, repeat

from station.codec import control
from station.codec.control import ServiceReply, Setup, Status
from station.codec.wire import NotUnderstood

MAX_REPLY = 0x10000
"""Bytes; sixteen times the longest reply seen, the modules of a unit with assets. A design margin, not measured."""

PAUSES = (0.05, 0.05, 0.1, 0.1, 0.25, 0.25, 0.5, 0.5, 1.0)
"""Seconds between two looks at a request that is pending; the last one goes on."""

_INSTANT = 0.001
"""Seconds that are not worth waiting for."""


class Refused(Exception):
    """The unit does not take the request, or did it without success; `result` is what it said in the end."""

    def __init__(self, why: str, result: int | None = None) -> None:
        super().__init__(why)
        self.result = result


class _Stalled(Refused):
    """The unit stalls what it has to answer; it may hold the request all the same."""


class Late(Exception):
    """The request was not done in time."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """Put this on the wire; `out` is the data stage of a transfer to the unit."""

    setup: Setup
    out: bytes = b""


@dataclass(frozen=True, slots=True)
class Wait:
    """Let so many seconds pass."""

    seconds: float


Step = Transfer | Wait


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a step, and when: the data of a transfer to the host, else nothing; None when the unit stalled."""

    data: bytes | None
    now: float


Exchange = Generator[Step, Heard, bytes]
"""Gives steps, takes what came of them, returns the reply. Raises Refused, Late, NotUnderstood."""


def play(exchange: Exchange, do: Callable[[Step], Heard]) -> bytes:
    """Have every step done; what `do` raises ends the exchange where it is."""
    try:
        step = next(exchange)
        while True:
            step = exchange.send(do(step))
    except StopIteration as end:
        reply: bytes = end.value
        return reply
    finally:
        exchange.close()


def cancel_all() -> Exchange:
    """Cancel what an earlier host left with the unit; a unit that does not know how is as good."""
    yield Transfer(control.reset())
    return b""


def request(number: int, payload: bytes, until: float) -> Exchange:
    """Control request `number`; `until` is on the clock of what is heard."""
    pauses = _pauses()
    while True:
        heard = yield Transfer(control.init(number, len(payload)))
        said = _service(heard, "INIT")
        if said.status in (Status.BUSY, Status.NO_MEMORY):
            yield from _pause(pauses, heard.now, until, said.status)
            continue
        try:
            return (yield from _accepted(_begun(said, payload), said.status, payload, heard.now, until))
        except _NoRoom as why:
            yield from _pause(pauses, why.now, until, Status.NO_MEMORY)


class _NoRoom(Exception):
    """The unit found no memory for the payload, and has forgotten the request."""

    def __init__(self, now: float) -> None:
        super().__init__()
        self.now = now


def _begun(said: ServiceReply, payload: bytes) -> int:
    """The id of the request that INIT began."""
    if said.status is Status.PENDING and not payload:
        raise NotUnderstood("memory is pending for a payload that there is not")
    if said.status not in (Status.OK, Status.PENDING):
        raise Refused(f"the unit does not take it: {said.status.name}")
    if said.id is None:
        raise NotUnderstood("the unit took the request and gave it no id")
    return said.id


def _accepted(ident: int, status: Status, payload: bytes, now: float, until: float) -> Exchange:
    """The rest of a request that has an id; given up, it is cancelled."""
    try:
        if payload:
            now = yield from _send(ident, status, payload, now, until)
        said = yield from _result(ident, now, until)
        if said.result:
            if said.size:
                yield Transfer(control.reset(ident))
            raise Refused(control.result_name(said.result), said.result)
        return (yield from _recv(ident, said.size or 0))
    except (NotUnderstood, Late, _Stalled):
        yield Transfer(control.reset(ident))
        raise


def _send(ident: int, status: Status, payload: bytes, now: float, until: float) -> Generator[Step, Heard, float]:
    """Wait for memory, then hand the payload over; returns when that was."""
    pauses = _pauses()
    while status is Status.PENDING:
        yield from _pause(pauses, now, until)
        said, now = yield from _check(ident)
        if said.status is Status.NO_MEMORY:
            raise _NoRoom(now)
        status = said.status
    at = 0
    for length in control.chunks(len(payload)):
        heard = yield Transfer(control.send(ident, length), payload[at : at + length])
        if heard.data is None:
            raise _Stalled("the unit stalls its payload")
        at, now = at + length, heard.now
    return now


def _result(ident: int, now: float, until: float) -> Generator[Step, Heard, ServiceReply]:
    """Ask until the request is done."""
    pauses = _pauses()
    while True:
        said, now = yield from _check(ident)
        if said.status is Status.OK and said.result is not None:
            return said
        if said.status not in (Status.OK, Status.PENDING):
            raise Refused(f"the unit lost it: {said.status.name}")
        # OK without a result: the payload did not arrive, or not yet.
        yield from _pause(pauses, now, until)


def _recv(ident: int, size: int) -> Exchange:
    """Fetch the reply, never asking for more than is left of it."""
    if size > MAX_REPLY:
        raise NotUnderstood(f"a reply of {size} bytes; a station takes {MAX_REPLY}")
    parts = []
    for length in control.chunks(size):
        heard = yield Transfer(control.recv(ident, length))
        if heard.data is None:
            raise _Stalled("the unit stalls its own reply")
        if len(heard.data) != length:
            raise NotUnderstood(f"{len(heard.data)} bytes of a reply where {length} were promised")
        parts.append(heard.data)
    return b"".join(parts)


def _check(ident: int) -> Generator[Step, Heard, tuple[ServiceReply, float]]:
    heard = yield Transfer(control.check(ident))
    said = _service(heard, "CHECK")
    if said.id not in (None, ident):
        raise NotUnderstood(f"the unit speaks of request {said.id} when asked about {ident}")
    if said.size and said.result is None:
        raise NotUnderstood("the size of a reply to a request that is not done")
    return said, heard.now


def _service(heard: Heard, service: str) -> ServiceReply:
    if heard.data is None:
        raise _Stalled(f"the unit stalls {service}")
    return ServiceReply.decode(heard.data)


def _pauses() -> Iterator[float]:
    return chain(PAUSES, repeat(PAUSES[-1]))


def _pause(
    pauses: Iterator[float], now: float, until: float, because: Status = Status.PENDING
) -> Generator[Step, Heard, None]:
    """Wait for the next look, no longer than there is time. Raises Late."""
    left = until - now
    if left < _INSTANT:
        raise Late(f"not done in time: {because.name}")
    yield Wait(min(next(pauses), left))

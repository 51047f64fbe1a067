"""Control requests while they travel: places, memory, states, as Device OS keeps them. What they mean is elsewhere.

Source: Device OS 6.2, system/src/usb_control_request_channel.cpp, whose answers tests/vectors hold. The transfers of an
nRF52840 differ in one thing that is not modelled: up to 64 bytes to the unit are acknowledged before it looks at them,
so that a SEND it does not want is not stalled (hal/src/nRF52840/usb_hal_control.cpp).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from station.codec import control
from station.codec.control import SERVICE_LENGTH, Service, ServiceReply, Setup, Status

MAX_ACTIVE = 4  # requests at a time (USB_REQUEST_MAX_ACTIVE_COUNT)
POOLED = 64  # bytes of payload that need no allocation (USB_REQUEST_MAX_POOLED_BUFFER_SIZE)

Later = Callable[[float, Callable[[], None]], object]
"""Has something happen in so many seconds, unless the unit stops before."""


class Firmware(Protocol):
    """What the unit does about requests."""

    def begins(self, number: int) -> None:
        """A request without payload came, in the interrupt: some end a connection at once."""
        ...

    def seconds(self, number: int, payload: bytes) -> float:
        """How long its handler takes."""
        ...

    def handle(self, number: int, payload: bytes) -> tuple[int, bytes]:
        """Result code and reply."""
        ...


@dataclass(frozen=True, slots=True)
class Memory:
    """Places for requests, and bytes for one payload that is longer than POOLED."""

    places: int = MAX_ACTIVE
    heap: int = 0x10000


class _State(Enum):
    ALLOCATES = auto()
    RECEIVES = auto()
    RUNS = auto()
    DONE = auto()


@dataclass
class _Request:
    number: int
    size: int
    state: _State
    payload: bytes = b""
    result: int = 0
    reply: bytes = b""
    fetched: int = 0


class ControlChannel:
    """The requests of one attachment."""

    def __init__(self, firmware: Firmware, later: Later, memory: Callable[[], Memory]) -> None:
        self._firmware, self._later, self._memory = firmware, later, memory
        self._requests: dict[int, _Request] = {}
        self._last_id = 0

    def transfer(self, setup: Setup, data: bytes) -> bytes | None:
        """One transfer of a service request; None stalls."""
        match setup.request_type, setup.request:
            case (control.VENDOR_IN, Service.INIT | Service.CHECK | Service.RESET) if setup.length != SERVICE_LENGTH:
                return None
            case (control.VENDOR_IN, Service.INIT):
                return self._init(setup.index, setup.value).encode()
            case (control.VENDOR_IN, Service.CHECK):
                return self._check(setup.index).encode()
            case (control.VENDOR_IN, Service.RESET):
                return self._reset(setup.index).encode()
            case (control.VENDOR_IN, Service.RECV):
                return self._recv(setup.index, setup.length)
            case (control.VENDOR_OUT, Service.SEND):
                return self._send(setup.index, data)
            case _:
                return None

    def _init(self, number: int, size: int) -> ServiceReply:
        if len(self._requests) >= MAX_ACTIVE:
            return ServiceReply(Status.BUSY)
        if len(self._requests) >= self._memory().places:
            return ServiceReply(Status.NO_MEMORY)
        self._last_id = (self._last_id + 1) & 0xFFFF
        request = _Request(number, size, _State.ALLOCATES if size > POOLED else _State.RECEIVES)
        self._requests[self._last_id] = request
        if not size:
            self._firmware.begins(number)
            self._run(request)
        return ServiceReply(Status.PENDING if request.state is _State.ALLOCATES else Status.OK, id=self._last_id)

    def _run(self, request: _Request) -> None:
        def done() -> None:
            request.result, request.reply = self._firmware.handle(request.number, request.payload)
            request.state = _State.DONE

        request.state = _State.RUNS
        seconds = self._firmware.seconds(request.number, request.payload)
        if seconds > 0:
            self._later(seconds, done)
        else:
            done()

    def _find(self, ident: int) -> _Request | None:
        """A request by its id. Memory for a long payload is there by the time the host comes back, asked for or not."""
        request = self._requests.get(ident)
        if request is not None and request.state is _State.ALLOCATES and request.size <= self._memory().heap:
            request.state = _State.RECEIVES
        return request

    def _check(self, ident: int) -> ServiceReply:
        request = self._find(ident)
        if request is None:
            return ServiceReply(Status.NOT_FOUND)
        match request.state:
            case _State.ALLOCATES:  # and there is none
                del self._requests[ident]
                return ServiceReply(Status.NO_MEMORY)
            case _State.RECEIVES:
                return ServiceReply(Status.OK)
            case _State.RUNS:
                return ServiceReply(Status.PENDING)
            case _State.DONE if request.reply:
                return ServiceReply(Status.OK, size=len(request.reply), result=request.result)
            case _State.DONE:
                del self._requests[ident]
                return ServiceReply(Status.OK, result=request.result)

    def _send(self, ident: int, data: bytes) -> bytes | None:
        request = self._find(ident)
        if request is None or request.state is not _State.RECEIVES or not data:
            return None
        if len(request.payload) + len(data) > request.size:
            return None
        request.payload += data
        if len(request.payload) == request.size:
            self._run(request)
        return b""

    def _recv(self, ident: int, length: int) -> bytes | None:
        request = self._requests.get(ident)
        if request is None or request.state is not _State.DONE:
            return None
        if not 0 < length <= len(request.reply) - request.fetched:
            return None
        part = request.reply[request.fetched : request.fetched + length]
        request.fetched += length
        if request.fetched == len(request.reply):
            del self._requests[ident]
        return part

    def _reset(self, ident: int) -> ServiceReply:
        if ident and ident not in self._requests:
            return ServiceReply(Status.NOT_FOUND)
        for one in [ident] if ident else list(self._requests):
            del self._requests[one]
        return ServiceReply(Status.OK)

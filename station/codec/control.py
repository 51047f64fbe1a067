"""USB control requests of Device OS: how a request and its reply travel over endpoint 0, for both ends.

    host    INIT(number, payload size)                          reply: status, id
    host    CHECK(id) until the status is OK, if it was PENDING
    host    SEND(id, payload), in chunks, if there is a payload
    host    CHECK(id) until the status is OK and a result is there, and a size if there is data
    host    RECV(id), in chunks that never ask for more than is left, if there is a size

Source: Device OS, system/src/usb_control_request_channel.cpp; the bytes in tests/vectors were exchanged with
Device OS 6.2.0. One request at a time: the unit has room for few. Not verified on hardware.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag

from station.codec.wire import NotUnderstood

VENDOR_IN = 0xC0
"""bmRequestType: to the host, vendor, device (USB 2.0 §9.3.1)."""

VENDOR_OUT = 0x40

SERVICE_LENGTH = 64
"""wLength of INIT, CHECK and RESET; the unit stalls any other."""

MAX_PAYLOAD = 0xFFFF
"""Bytes; the size travels in wValue."""

MAX_CHUNK = 4096
"""Bytes of one SEND or RECV (particle-usb 4.2, src/usb-device-node.js)."""

EVERY_REQUEST = 0
"""Id that RESET takes for all requests of the unit."""


class Service(IntEnum):
    """bRequest."""

    INIT = 1
    CHECK = 2
    SEND = 3
    RECV = 4
    RESET = 5


class Status(IntEnum):
    """What a service reply says of the request."""

    OK = 0
    ERROR = 1
    PENDING = 2
    BUSY = 3
    NO_MEMORY = 4
    NOT_FOUND = 5


class _Has(IntFlag):
    STATUS = 1
    ID = 2
    SIZE = 4
    RESULT = 8


_SETUP = struct.Struct("<BBHHH")
_FLAGS_STATUS = struct.Struct("<IH")


@dataclass(frozen=True, slots=True)
class Setup:
    """A setup packet (USB 2.0 §9.3)."""

    request_type: int
    request: int
    value: int
    index: int
    length: int

    def encode(self) -> bytes:
        """The 8 bytes on the wire."""
        return _SETUP.pack(self.request_type, self.request, self.value, self.index, self.length)

    @classmethod
    def decode(cls, data: bytes) -> "Setup":
        """Raises NotUnderstood."""
        if len(data) != _SETUP.size:
            raise NotUnderstood(f"a setup packet has {_SETUP.size} bytes, not {len(data)}")
        return cls(*_SETUP.unpack(data))


def init(number: int, payload_size: int = 0) -> Setup:
    """Begin control request `number`. Raises ValueError when the payload is too long."""
    if not 0 <= payload_size <= MAX_PAYLOAD:
        raise ValueError(f"a control request's payload has at most {MAX_PAYLOAD} bytes")
    return Setup(VENDOR_IN, Service.INIT, payload_size, number, SERVICE_LENGTH)


def check(request_id: int) -> Setup:
    """Ask how far the request is."""
    return Setup(VENDOR_IN, Service.CHECK, 0, request_id, SERVICE_LENGTH)


def send(request_id: int, length: int) -> Setup:
    """Hand over the next `length` bytes of the payload."""
    return Setup(VENDOR_OUT, Service.SEND, 0, request_id, length)


def recv(request_id: int, length: int) -> Setup:
    """Fetch the next `length` bytes of the reply's data."""
    return Setup(VENDOR_IN, Service.RECV, 0, request_id, length)


def reset(request_id: int = EVERY_REQUEST) -> Setup:
    """Cancel the request, or all."""
    return Setup(VENDOR_IN, Service.RESET, 0, request_id, SERVICE_LENGTH)


def chunks(size: int) -> list[int]:
    """Lengths of the SENDs or RECVs that move `size` bytes.

    >>> chunks(5000)
    [4096, 904]
    """
    return [min(MAX_CHUNK, size - at) for at in range(0, size, MAX_CHUNK)]


@dataclass(frozen=True, slots=True)
class ServiceReply:
    """The unit's answer to INIT, CHECK or RESET; None where it does not say."""

    status: Status
    id: int | None = None
    size: int | None = None
    result: int | None = None

    def encode(self) -> bytes:
        """Flags, status and the fields that are there, little-endian and packed."""
        flags, fields = _Has.STATUS, b""
        if self.id is not None:
            flags, fields = flags | _Has.ID, fields + self.id.to_bytes(2, "little")
        if self.size is not None:
            flags, fields = flags | _Has.SIZE, fields + self.size.to_bytes(4, "little")
        if self.result is not None:
            flags, fields = flags | _Has.RESULT, fields + self.result.to_bytes(4, "little", signed=True)
        return _FLAGS_STATUS.pack(flags, self.status) + fields

    @classmethod
    def decode(cls, data: bytes) -> "ServiceReply":
        """Raises NotUnderstood for unknown flags or a status nobody defined, and for bytes missing or left over."""
        if len(data) < _FLAGS_STATUS.size:
            raise NotUnderstood(f"a service reply of {len(data)} bytes")
        flags, status = _FLAGS_STATUS.unpack_from(data)
        if not flags & _Has.STATUS or flags & ~sum(_Has) or status not in set(Status):
            raise NotUnderstood(f"a service reply with flags {flags:#x} and status {status}")
        widths = {_Has.ID: 2, _Has.SIZE: 4, _Has.RESULT: 4}
        fields: dict[_Has, int] = {}
        at = _FLAGS_STATUS.size
        for flag, width in widths.items():
            if flags & flag:
                fields[flag] = int.from_bytes(data[at : at + width], "little", signed=flag is _Has.RESULT)
                at += width
        if at != len(data):
            raise NotUnderstood(f"a service reply of {len(data)} bytes whose flags promise {at}")
        return cls(Status(status), fields.get(_Has.ID), fields.get(_Has.SIZE), fields.get(_Has.RESULT))


RESULTS = {
    0: "OK",
    -100: "UNKNOWN",
    -110: "BUSY",
    -120: "NOT_SUPPORTED",
    -130: "NOT_ALLOWED",
    -140: "CANCELLED",
    -150: "ABORTED",
    -160: "TIMEOUT",
    -170: "NOT_FOUND",
    -180: "ALREADY_EXISTS",
    -190: "TOO_LARGE",
    -210: "INVALID_STATE",
    -220: "IO",
    -230: "NETWORK",
    -240: "PROTOCOL",
    -250: "INTERNAL",
    -260: "NO_MEMORY",
    -270: "INVALID_ARGUMENT",
    -280: "BAD_DATA",
    -290: "OUT_OF_RANGE",
    -1801: "PROTECTED",
    -1802: "KEY_MISMATCH",
    -1803: "INVALID_SIGNATURE",
}
"""Result codes by name (Device OS, services/inc/system_error.h)."""


def result_name(result: int) -> str:
    """What a result code is called.

    >>> result_name(-120)
    'NOT_SUPPORTED (-120)'
    """
    return f"{RESULTS.get(result, 'result')} ({result})"

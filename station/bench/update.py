"""A firmware update over USB: its size, its pieces, and what becomes of it.

Source: Device OS 6.2, system/src/control/storage.cpp. What a unit checks in the end is modelled on the module's own
words: form, CRC, platform, dependencies. Not verified on hardware; compressed and combined modules, assets and network
co-processors are refused as of a form it does not know.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from station.codec import control_proto as proto
from station.codec import module
from station.codec.protobuf import decode, encode
from station.codec.wire import NotUnderstood
from station.domain.firmware import Dependency, Flag, Function, Image, Module, image_of

CHUNK = 1024  # bytes; what Device OS 6.2 tells

# Device OS, services/inc/system_error.h
OK, NOT_SUPPORTED, INVALID_STATE, BAD_DATA, OUT_OF_RANGE = 0, -120, -210, -280, -290
INTEGRITY, DEPENDENCY, PLATFORM, FORMAT = -1330, -1340, -1360, -1370

_PLAIN = frozenset({Function.BOOTLOADER, Function.SYSTEM, Function.USER, Function.RADIO})


@dataclass
class _Session:
    size: int
    data: bytearray = field(default_factory=bytearray)


class Update:
    """One unit's; `met` says whether a dependency is there, `apply` has the image written at the next reset."""

    def __init__(self, platform: int, met: Callable[[Dependency], bool], apply: Callable[[Image], None]) -> None:
        self._platform, self._met, self._apply = platform, met, apply
        self._session: _Session | None = None

    def start(self, payload: bytes) -> tuple[int, bytes]:
        """Request 250; one that is under way is given up."""
        try:
            asked = decode(proto.StartFirmwareUpdateRequest, payload)
        except NotUnderstood:
            return BAD_DATA, b""
        self._session = None
        if asked.format:
            return NOT_SUPPORTED, b""
        self._session = _Session(asked.size)
        return OK, encode(proto.StartFirmwareUpdateReply(CHUNK))

    def piece(self, payload: bytes) -> int:
        """Request 253; a piece that cannot be taken ends the update."""
        session, self._session = self._session, None
        try:
            piece = decode(proto.FirmwareUpdateDataRequest, payload).data
        except NotUnderstood:
            return BAD_DATA
        if session is None:
            return INVALID_STATE
        if not 0 < len(piece) <= session.size - len(session.data):
            return OUT_OF_RANGE
        session.data += piece
        self._session = session
        return OK

    def cancel(self) -> int:
        """Request 252."""
        self._session = None
        return OK

    def finish(self, payload: bytes) -> int:
        """Request 251: a good module is written at the next reset, which comes by itself."""
        session, self._session = self._session, None
        try:
            asked = decode(proto.FinishFirmwareUpdateRequest, payload)
        except NotUnderstood:
            return BAD_DATA
        if session is None or len(session.data) < session.size:
            return INVALID_STATE
        data = bytes(session.data)
        try:
            found = module.read(data)
        except module.NotAModule:
            return FORMAT
        result = self._judge(found)
        if result == OK and not asked.validate_only:
            self._apply(image_of(found.function.noun, found, data))
        return result

    def _judge(self, found: Module) -> int:
        if found.function not in _PLAIN or found.flags & ~Flag.DROP_MODULE_INFO:
            return FORMAT
        if not found.crc_ok:
            return INTEGRITY
        if found.platform != self._platform:
            return PLATFORM
        return OK if all(self._met(one) for one in found.dependencies) else DEPENDENCY

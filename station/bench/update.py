"""A firmware update over USB: its size, its pieces, and what becomes of it.

Source: Device OS 6.2, system/src/control/storage.cpp; for what is checked in the end, and in which order,
ota_flash_hal.cpp and ota_module.cpp of hal/src/nRF52840. A module's start is not checked: it is written where its
header says. Not verified on hardware.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from station.bench.boot import NCP_PLATFORMS, There
from station.bench.inventory import places
from station.bench.modules import PREFIX_OFFSET
from station.codec import control_proto as proto
from station.codec import module
from station.codec.protobuf import decode, encode
from station.codec.wire import NotUnderstood
from station.domain.firmware import Flag, Function, Module
from station.domain.on_unit import Protection

CHUNK = 1024  # bytes; what Device OS 6.2 tells
ROOM = 1500 * 1024  # EXTERNAL_FLASH_OTA_LENGTH (platform/MCU/nRF52840/inc/flash_mal.h)
MOST_COMBINED = 2  # modules of one update that are looked at

STACK_MASK, STACK = 0x2FFC_0000, 0x2000_0000  # of a first word behind which the header stands at 0x200 (flash_mal.c)
ESP32 = 0x21  # PLATFORM_NCP_ESP32 (hal/shared/platform_ncp.h)
FIRST_PROTECTABLE = 6000  # of system parts: what a unit with Device Protection takes over USB

# Device OS, services/inc/system_error.h
OK, NOT_SUPPORTED, INVALID_STATE, BAD_DATA, OUT_OF_RANGE = 0, -120, -210, -280, -290
NOT_FOUND, UNSUPPORTED, INTEGRITY, DEPENDENCY = -1300, -1310, -1330, -1340
TOO_LARGE, PLATFORM, FORMAT, PROTECTED = -1351, -1360, -1370, -1801

Taken = tuple[Module, bytes]
"""A module and its file."""


@dataclass
class _Session:
    size: int
    data: bytearray = field(default_factory=bytearray)


class Update:
    """One unit's; `there` is what runs on it, `apply` has the modules take effect at the reset that comes by itself."""

    def __init__(
        self,
        platform: int,
        there: Callable[[], There],
        protection: Callable[[], Protection],
        apply: Callable[[list[Taken]], None],
    ) -> None:
        self._platform, self._there, self._protection, self._apply = platform, there, protection, apply
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
        if asked.size > ROOM:
            return TOO_LARGE, b""
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
        """Request 251: what is good takes effect at the next reset, which comes by itself."""
        session, self._session = self._session, None
        try:
            asked = decode(proto.FinishFirmwareUpdateRequest, payload)
        except NotUnderstood:
            return BAD_DATA
        if session is None or len(session.data) < session.size:
            return INVALID_STATE
        taken = list(islice(self._fetched(bytes(session.data)), MOST_COMBINED))
        found = [one for one in taken if one is not None]
        result = NOT_FOUND if len(found) < len(taken) else next((why for one in found if (why := self._judge(one))), OK)
        if result == OK and not asked.validate_only:
            self._apply(found)
        return result

    def _fetched(self, data: bytes) -> Iterator[Taken | None]:
        """The module at the start of what was sent, and the one behind it where it is said to follow; None is none."""
        while True:
            found = _first(data)
            yield found if found is not None and self._has_place(found[0]) else None
            if found is None or Flag.COMBINED not in found[0].flags:
                return
            data = data[len(found[1]) :]

    def _has_place(self, found: Module) -> bool:
        """Assets are looked at when they are stored, and not before."""
        if found.function in (Function.ASSET, Function.NCP):
            return found.function is Function.ASSET or self._platform in NCP_PLATFORMS
        return any(place.takes(found) for place in places(self._there().system))

    def _judge(self, one: Taken) -> int:
        found, _ = one
        if found.function is Function.ASSET:
            return OK
        if not found.crc_ok:
            return INTEGRITY
        if not self._meets(found):
            return DEPENDENCY
        if found.platform != self._platform:
            return PLATFORM
        packed = Flag.COMPRESSED in found.flags
        if found.prefix_size > PREFIX_OFFSET and (packed or Flag.DROP_MODULE_INFO in found.flags):
            return FORMAT
        match found.function:
            case Function.SYSTEM if found.version < FIRST_PROTECTABLE and self._protection() is not Protection.OPEN:
                return PROTECTED
            case Function.BOOTLOADER if not (packed or found.protects) and self._protection() is not Protection.OPEN:
                return PROTECTED
            case Function.SYSTEM | Function.USER:
                return OK
            case Function.NCP if not packed:
                return OK if found.mcu_target == ESP32 else PLATFORM
            case _:
                return UNSUPPORTED if packed else OK

    def _meets(self, found: Module) -> bool:
        """A user part is taken whatever it needs, and so is what needs another bootloader in its second place."""
        first, second = found.slots
        if first is None or found.function is Function.USER:
            return True
        there = self._there()
        return there.has(first) and (second is None or second.function is Function.BOOTLOADER or there.has(second))


def _first(data: bytes) -> Taken | None:
    """The module that the first bytes announce, and its file; what was not sent of it is blank flash."""
    offset = PREFIX_OFFSET if int.from_bytes(data[:4], "little") & STACK_MASK == STACK else 0
    if len(data) < offset + module.HEADER.size:
        return None
    start, end = struct.unpack_from("<II", data, offset)
    size = end - start + module.CRC_SIZE
    if not 0 < size <= ROOM:
        return None
    file = data[:size].ljust(size, b"\xff")
    try:
        return module.read(file), file
    except module.NotAModule:
        return None

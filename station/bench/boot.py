"""What a unit does when its core is let run: decided by flash and UICR alone.

Sources: Device OS, bootloader and system start-up (bootloader/src, system/src/main.cpp, hal/src/nRF52840/user_hal.cpp).
Simplified: the MBR is taken at its vectors, a damaged SoftDevice stops everything, dependencies on the network
co-processor count as met, assets are not modelled. Not verified on hardware.
"""

import struct
from dataclasses import dataclass
from enum import StrEnum

from station.bench import modules
from station.codec import module
from station.domain.firmware import Dependency, Function, Module
from station.domain.on_unit import Check

FLASH_SIZE = 0x100000
UICR_BASE = 0x10001000
_RAM = range(0x2000_0000, 0x2004_0001)  # nRF52840 PS v1.11 §Memory: where a stack may begin
_MARK_WITHIN = 0x100  # bytes behind the header in which a synthetic user part carries its mark


class Kind(StrEnum):
    """How a unit behaves once its core runs."""

    DEAD = "dead"
    SAFE_MODE = "safe mode"
    FACTORY_TEST = "factory-test"
    TINKER = "tinker"
    PRODUCT = "product"
    UNKNOWN = "unknown application"


_PERSONALITIES = {one.value: one for one in (Kind.FACTORY_TEST, Kind.TINKER, Kind.PRODUCT)}


@dataclass(frozen=True, slots=True)
class Boot:
    """What runs and why; `system` and `user` are what the flash holds, where it holds anything valid."""

    kind: Kind
    why: str
    system: Module | None = None
    user: Module | None = None
    modules: tuple[Module, ...] = ()
    radio: int | None = None
    """The SoftDevice's firmware id."""

    @property
    def connects(self) -> bool:
        """True for firmware that goes online by itself: everything but test firmware and dead units."""
        return self.kind not in (Kind.DEAD, Kind.FACTORY_TEST)


def os_version(number: int) -> str:
    """How a person writes a system part's version number.

    >>> os_version(6200)
    '6.2.0'
    """
    return f"{number // 1000}.{number // 100 % 10}.{number % 100}"


def boot(flash: memoryview, uicr: memoryview) -> Boot:
    """What this chip does out of reset; `flash` from address 0, `uicr` from 0x10001000."""
    if why := _no_mbr(flash):
        return Boot(Kind.DEAD, why)
    loader = _module(flash, _bootloader_start(uicr), modules.PREFIX_OFFSET, Function.BOOTLOADER)
    if loader is None:
        return Boot(Kind.DEAD, f"no valid bootloader at {_bootloader_start(uicr):#x}, where UICR says it is")
    starts = (modules.SYSTEM_START, modules.SYSTEM_START_OLD)
    found = (_module(flash, start, modules.PREFIX_OFFSET, Function.SYSTEM) for start in starts)
    system = next((one for one in found if one is not None and one.index == 1), None)
    if system is None:
        return Boot(Kind.DEAD, "no valid system part")
    radio, damaged = softdevice_version(flash)
    if radio is None or damaged:
        return Boot(Kind.DEAD, "the SoftDevice is damaged" if damaged else "no SoftDevice", system)
    return _application(flash, loader, system, radio)


def _application(flash: memoryview, loader: Module, system: Module, radio: int) -> Boot:
    """What the system part does: the user part, or safe mode."""
    user = _user_part(flash)
    there = (loader, system) if user is None else (loader, system, user)
    why = None
    if system.platform != loader.platform:
        why = f"the bootloader is for platform {loader.platform}, the system part for {system.platform}"
    elif missing := _missing(system, there, radio):
        why = f"the system part needs {missing}"
    elif user is None:
        why = "no valid user part"
    elif user.platform != system.platform:
        why = f"the user part is for platform {user.platform}, the system part for {system.platform}"
    elif missing := _missing(user, there, radio):
        why = f"the user part needs {missing}"
    if why is not None or user is None:
        return Boot(Kind.SAFE_MODE, why or "no valid user part", system, user, there, radio)
    kind = _personality(flash, user)
    return Boot(kind, f"user part at {user.start:#x}", system, user, there, radio)


def softdevice_version(flash: memoryview) -> tuple[int | None, bool]:
    """The SoftDevice's firmware id from Nordic's information structure, and whether a synthetic one is damaged.

    None where there is no SoftDevice. A real one carries no checksum in flash and is taken at its word.
    """
    info = modules.SOFTDEVICE_START + modules.SD_INFO
    magic, _, firmware_id = struct.unpack_from("<IIH", flash, info + 4)
    if magic != modules.SD_MAGIC:
        return None, False
    text, size, checksum = struct.unpack_from("<32sII", flash, modules.SOFTDEVICE_START + modules.SD_MARK)
    if text.rstrip(b"\0") != modules.SD_MARK_TEXT:
        return firmware_id, False
    body = bytes(flash[modules.SOFTDEVICE_START : modules.SOFTDEVICE_START + min(size, modules.SD_REGION_END)])
    return firmware_id, modules.softdevice_checksum(body) != checksum


def _no_mbr(flash: memoryview) -> str | None:
    stack, entry = struct.unpack_from("<II", flash, 0)
    if stack in _RAM and 8 <= entry < modules.MBR_SIZE:
        return None
    return "no master boot record: the reset vector leads nowhere"


def _bootloader_start(uicr: memoryview) -> int:
    address: int = struct.unpack_from("<I", uicr, modules.UICR_BOOTLOADER - UICR_BASE)[0]
    return address


def _user_part(flash: memoryview) -> Module | None:
    """The user part the system part takes: a valid 128 KiB one wins (Device OS, user_hal.cpp)."""
    for start in (modules.USER_START_OLD, modules.USER_START):
        found = _module(flash, start, 0, Function.USER)
        if found is not None:
            return found
    return None


@dataclass(frozen=True, slots=True)
class Listed:
    """A module as the unit judges it; `room` in bytes is what there is for it."""

    module: Module
    room: int
    passed: Check


ALL_CHECKS = Check.INTEGRITY | Check.DEPENDENCIES | Check.RANGE | Check.PLATFORM


def listed(flash: memoryview, uicr: memoryview) -> list[Listed]:
    """Every module that lies in its place, damaged ones too, in the order of Device OS (ota_module_bounds.c).

    The SoftDevice, whose header is not in flash, is told by `softdevice_version`.
    """
    places = (
        (_bootloader_start(uicr), modules.PREFIX_OFFSET, Function.BOOTLOADER, 48 * 1024),
        (modules.SYSTEM_START, modules.PREFIX_OFFSET, Function.SYSTEM, modules.USER_START - modules.SYSTEM_START),
        (
            modules.SYSTEM_START_OLD,
            modules.PREFIX_OFFSET,
            Function.SYSTEM,
            modules.USER_START - modules.SYSTEM_START_OLD,
        ),
        (modules.USER_START_OLD, 0, Function.USER, 128 * 1024),
        (modules.USER_START, 0, Function.USER, 256 * 1024),
    )
    found = [(one, room) for start, offset, kind, room in places if (one := _lying(flash, start, offset, kind))]
    there = tuple(one for one, _ in found if one.crc_ok)
    platform = next((one.platform for one in there if one.function is Function.SYSTEM), None)
    radio = softdevice_version(flash)[0] or 0
    return [Listed(one, room, _passed(one, room, there, radio, platform)) for one, room in found]


def _passed(one: Module, room: int, there: tuple[Module, ...], radio: int, platform: int | None) -> Check:
    passed = Check(0)
    passed |= Check.INTEGRITY if one.crc_ok else passed
    passed |= Check.DEPENDENCIES if _missing(one, there, radio) is None else passed
    passed |= Check.RANGE if one.size <= room else passed
    passed |= Check.PLATFORM if one.platform == platform else passed
    return passed


def _module(flash: memoryview, start: int, offset: int, function: Function) -> Module | None:
    """The module that begins at `start`, if it says so itself and its CRC holds."""
    found = _lying(flash, start, offset, function)
    return found if found is not None and found.crc_ok else None


def _lying(flash: memoryview, start: int, offset: int, function: Function) -> Module | None:
    """The module that begins at `start`, if it says so itself, damaged or not."""
    if start % 4 or start + offset + 8 > FLASH_SIZE:
        return None
    says_start, end = struct.unpack_from("<II", flash, start + offset)
    if says_start != start or not start < end <= FLASH_SIZE - 4:
        return None
    try:
        found = module.read(bytes(flash[start : end + 4]))
    except module.NotAModule:
        return None
    return found if found.function is function and found.start == start else None


def _missing(needy: Module, there: tuple[Module, ...], radio: int) -> Dependency | None:
    for need in needy.dependencies:
        match need.function:
            case Function.RADIO:
                met = radio >= need.version
            case Function.NCP | Function.ASSET:
                met = True
            case _:
                met = any(one.satisfies(need) for one in there)
        if not met:
            return need
    return None


def _personality(flash: memoryview, user: Module) -> Kind:
    """Which synthetic application this is; a vendor's has no mark and is taken for the worst."""
    head = bytes(flash[user.start : user.start + _MARK_WITHIN])
    _, found, rest = head.partition(modules.MARK)
    name = rest.split(b"\0", 1)[0].decode("ascii", "replace") if found else ""
    return _PERSONALITIES.get(name, Kind.UNKNOWN)

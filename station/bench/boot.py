"""What a unit does when its core is let run: decided by flash and UICR alone.

Sources: Device OS 6.2, bootloader and system start-up (bootloader/src, system/src/main.cpp, and user_hal.cpp,
core_hal.c, ota_flash_hal.cpp of hal/src/nRF52840). Simplified: the MBR is taken at its vectors, a damaged bootloader
or SoftDevice stops everything, and a Wi-Fi unit is taken to know a network, which is the worst case: without one it
would listen in place of connecting (system/src/system_network_manager_api.cpp). Not verified on hardware.
"""

import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from station.bench import modules
from station.codec import module
from station.domain.firmware import Dependency, Function, Module

FLASH_SIZE = 0x100000
UICR_BASE = 0x10001000
_RAM = range(0x2000_0000, 0x2004_0001)  # nRF52840 PS v1.11 §Memory: where a stack may begin
_MARK_WITHIN = 0x100  # bytes behind the header in which a synthetic user part carries its mark


class Kind(StrEnum):
    """How a unit behaves once its core runs."""

    DEAD = "dead"
    DFU = "bootloader in DFU mode"
    SAFE_MODE = "safe mode"
    FACTORY_TEST = "factory-test"
    TINKER = "tinker"
    PRODUCT = "product"
    UNKNOWN = "unknown application"


_PERSONALITIES = {one.value: one for one in (Kind.FACTORY_TEST, Kind.TINKER, Kind.PRODUCT)}


KNOWN_INDEX = {Function.BOOTLOADER: 0, Function.SYSTEM: 1}
"""Numbers that Device OS looks for when it starts (core_hal.c, HAL_Core_Validate_Modules)."""

NCP_VERSION, NCP_PLATFORMS = 7, frozenset({12, 26})
"""Of the network co-processor's firmware, which Argon and Tracker have (their hal_platform_config.h)."""


@dataclass(frozen=True, slots=True)
class There:
    """Valid modules of a unit, and its SoftDevice's firmware id."""

    modules: tuple[Module, ...]
    radio: int

    @property
    def system(self) -> Module | None:
        """The system part."""
        return next((one for one in self.modules if one.function is Function.SYSTEM), None)

    def has(self, need: Dependency) -> bool:
        """Whether a dependency is met; one on a kind of module that the unit has no place for is not."""
        match need.function:
            case Function.RADIO:
                return need.index == 0 and self.radio >= need.version
            case Function.NCP:
                platform = self.system.platform if self.system else None
                return platform in NCP_PLATFORMS and need.index == 0 and need.version <= NCP_VERSION
            case _:
                return any(one.satisfies(need) for one in self.modules)

    def missing(self, needy: Module) -> Dependency | None:
        """A dependency that is not met. Device OS does not look at the second where the first is empty."""
        first, second = needy.slots
        if first is None:
            return None
        return next((need for need in (first, second) if need is not None and not self.has(need)), None)


@dataclass(frozen=True, slots=True)
class Boot:
    """What runs and why; `system` and `user` are what the flash holds, where it holds anything valid.

    `user` is the user part that runs, or in safe mode one that cannot.
    """

    kind: Kind
    why: str
    system: Module | None = None
    user: Module | None = None
    modules: tuple[Module, ...] = ()
    radio: int | None = None
    """The SoftDevice's firmware id."""

    @property
    def runs(self) -> bool:
        """True where Device OS runs, with the user part or without it."""
        return self.kind not in (Kind.DEAD, Kind.DFU)

    @property
    def connects(self) -> bool:
        """True for firmware that goes online by itself: all Device OS but with the test firmware."""
        return self.runs and self.kind is not Kind.FACTORY_TEST

    @property
    def there(self) -> There:
        """What a dependency may be met by."""
        return There(self.modules, self.radio or 0)


def boot(flash: memoryview, uicr: memoryview, assets: Collection[str] = ()) -> Boot:
    """What this chip does out of reset; `flash` from address 0, `uicr` from 0x10001000, `assets` stored, by SHA-256."""
    if why := _no_mbr(flash):
        return Boot(Kind.DEAD, why)
    loader = module_at(flash, bootloader_start(uicr), Function.BOOTLOADER)
    if loader is None:
        return Boot(Kind.DEAD, f"no valid bootloader at {bootloader_start(uicr):#x}, where UICR says it is")
    system = system_part(flash, loader.platform)
    if system is None:
        return Boot(Kind.DFU, "no valid system part", modules=(loader,))
    radio, damaged = softdevice_version(flash)
    if radio is None or damaged:
        return Boot(Kind.DEAD, "the SoftDevice is damaged" if damaged else "no SoftDevice", system, modules=(loader,))
    return _application(flash, There((loader, system), radio), assets)


def _application(flash: memoryview, there: There, assets: Collection[str]) -> Boot:
    """What the system part does: the user part, or safe mode."""
    loader, system = there.modules
    users = list(_user_parts(flash))
    fitting = next((one for one in users if _why_not_taken(one, there) is None), None)
    user = fitting or next(iter(users), None)
    why = None
    if strange := next((one for one in there.modules if one.index != KNOWN_INDEX[one.function]), None):
        why = f"there is no place for a {strange.function.noun} {strange.index}"
    elif missing := there.missing(loader):
        why = f"the bootloader needs {missing}"
    elif missing := there.missing(system):
        why = f"the system part needs {missing}"
    elif user is None:
        why = "no valid user part"
    elif fitting is None:
        why = _why_not_taken(user, there)
    elif lacking := next((one for one in user.assets if one.sha256 not in assets), None):
        why = f"the user part needs asset {lacking.name!r}"
    found = there.modules if user is None else (*there.modules, user)
    if why is not None or user is None:
        return Boot(Kind.SAFE_MODE, why or "no valid user part", system, user, found, there.radio)
    kind = _personality(flash, user)
    return Boot(kind, f"user part at {user.start:#x}", system, user, found, there.radio)


def _why_not_taken(user: Module, there: There) -> str | None:
    """Why the system part does not take this user part (user_hal.cpp), or None where it does."""
    system = there.system
    if system is None or user.platform != system.platform:
        return f"the user part is for platform {user.platform}, the system part for {system.platform if system else 0}"
    missing = there.missing(user)
    return f"the user part needs {missing}" if missing else None


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


def bootloader_start(uicr: memoryview) -> int:
    """Where UICR has the master boot record look for the bootloader."""
    address: int = struct.unpack_from("<I", uicr, modules.UICR_BOOTLOADER - UICR_BASE)[0]
    return address


def system_part(flash: memoryview, platform: int) -> Module | None:
    """The one that the bootloader starts, else it stays in DFU mode: where it lies today, or lay up to 6.1.1.

    Source: Device OS 6.2, bootloader/src/nRF52840/dfu_usb.c, is_application_valid.
    """
    found = (module_at(flash, start, Function.SYSTEM) for start in (modules.SYSTEM_START, modules.SYSTEM_START_OLD))
    return next((one for one in found if one is not None and one.platform == platform), None)


def _user_parts(flash: memoryview) -> Iterator[Module]:
    """Undamaged user parts in the order in which the system part looks: at 0xD4000 first."""
    for start in (modules.USER_START_OLD, modules.USER_START):
        found = module_at(flash, start, Function.USER)
        if found is not None:
            yield found


def module_at(flash: memoryview, start: int, function: Function) -> Module | None:
    """The module that begins at `start`, if it says so itself and its CRC holds."""
    found = lying_at(flash, start, function)
    return found if found is not None and found.crc_ok else None


def lying_at(flash: memoryview, start: int, function: Function) -> Module | None:
    """The module that begins at `start`, if it says so itself, damaged or not."""
    offset = 0 if function is Function.USER else modules.PREFIX_OFFSET
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


def _personality(flash: memoryview, user: Module) -> Kind:
    """Which synthetic application this is; a vendor's has no mark and is taken for the worst."""
    head = bytes(flash[user.start : user.start + _MARK_WITHIN])
    _, found, rest = head.partition(modules.MARK)
    name = rest.split(b"\0", 1)[0].decode("ascii", "replace") if found else ""
    return _PERSONALITIES.get(name, Kind.UNKNOWN)

"""Firmware modules as facts: what a module says of itself, and the bytes that go on a chip."""

import hashlib
import zlib
from dataclasses import dataclass
from enum import IntEnum, IntFlag


class Function(IntEnum):
    """What a module is for (Device OS, dynalib/inc/module_info.h)."""

    NONE = 0
    RESOURCE = 1
    BOOTLOADER = 2
    MONO = 3
    SYSTEM = 4
    USER = 5
    SETTINGS = 6
    NCP = 7
    RADIO = 8
    ASSET = 9

    @property
    def noun(self) -> str:
        """The name a person uses."""
        return _NOUNS[self]


_NOUNS = {
    Function.NONE: "no function",
    Function.RESOURCE: "resource",
    Function.BOOTLOADER: "bootloader",
    Function.MONO: "monolithic firmware",
    Function.SYSTEM: "system part",
    Function.USER: "user part",
    Function.SETTINGS: "settings",
    Function.NCP: "network co-processor firmware",
    Function.RADIO: "SoftDevice",
    Function.ASSET: "asset",
}


class Flag(IntFlag):
    """Module flags (Device OS, dynalib/inc/module_info.h)."""

    DROP_MODULE_INFO = 1
    COMPRESSED = 2
    COMBINED = 4
    ENCRYPTED = 8
    PREFIX_EXTENSIONS = 0x10


@dataclass(frozen=True, slots=True)
class Dependency:
    """Another module this one needs, in `version` or newer."""

    function: Function
    index: int
    version: int

    def __str__(self) -> str:
        return f"{self.function.noun} {self.index} ≥ {self.version}"


Slots = tuple[Dependency | None, Dependency | None]
"""The two places for a dependency in a header, in their order; None where one is empty."""


@dataclass(frozen=True, slots=True)
class Extension:
    """Something a module says of itself beside its header and suffix; `size` in bytes without type and length."""

    number: int
    size: int

    @property
    def is_known(self) -> bool:
        """Whether this station knows what it means."""
        return self.number in _EXTENSIONS

    def __str__(self) -> str:
        return _EXTENSIONS.get(self.number, f"unknown extension {self.number:#x}") + f" ({self.size} bytes)"


_EXTENSIONS = {
    0x01: "product data",
    0x02: "dynamic location",
    0x03: "dependency",
    0x10: "hash",
    0x11: "name",
    0x12: "asset dependency",
    0x13: "security mode",
    0x14: "asset type",
}
"""By their numbers (Device OS 6.2, dynalib/inc/module_info.h; 0x14: binary-version-reader 4.2.0, lib/moduleInfo.js)."""

DEPENDENCY_EXTENSION = 0x03


@dataclass(frozen=True, slots=True)
class AssetNeed:
    """An asset a user part cannot start without; `sha256` is None where its hash is of a kind not known."""

    name: str
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Module:
    """One firmware module, as its header and suffix describe it. `end` is exclusive; a CRC-32 follows at `end`.

    `mcu_target` is 0 for the unit's own microcontroller. `protects` is true of a bootloader that locks its unit against
    everybody but its owner, debug port included (Device Protection). `extensions` are those behind the header, then
    those of the suffix.
    """

    start: int
    end: int
    flags: Flag
    version: int
    platform: int
    function: Function
    index: int
    dependencies: tuple[Dependency, ...]
    prefix_size: int
    suffix_size: int
    product_id: int | None
    product_version: int | None
    sha256: str
    crc32: int
    crc_ok: bool
    size: int
    assets: tuple[AssetNeed, ...] = ()
    protects: bool = False
    mcu_target: int = 0
    extensions: tuple[Extension, ...] = ()
    first_slot_empty: bool = False

    @property
    def slots(self) -> Slots:
        """The header's two places for a dependency, as they are filled.

        Device OS does not look at the second where the first is empty (hal/src/nRF52840/ota_flash_hal.cpp,
        validate_module_dependencies).
        """
        first, second = (*self.dependencies, None, None)[:2]
        return (None, first) if self.first_slot_empty else (first, second)

    def satisfies(self, need: Dependency) -> bool:
        """True when this module is what `need` asks for."""
        return (self.function, self.index) == (need.function, need.index) and self.version >= need.version

    def __str__(self) -> str:
        return f"{self.function.noun} {self.index}, version {self.version}"


HEADER_SIZE = 24
"""Bytes of module_info_t (Device OS, dynalib/inc/module_info.h)."""


@dataclass(frozen=True, slots=True)
class Image:
    """Bytes and the address they belong to."""

    name: str
    start: int
    data: bytes

    @property
    def end(self) -> int:
        """First address behind the image."""
        return self.start + len(self.data)

    @property
    def crc32(self) -> int:
        """CRC-32 (zlib's) of the bytes."""
        return zlib.crc32(self.data)

    @property
    def sha256(self) -> str:
        """SHA-256 of the very bytes."""
        return hashlib.sha256(self.data).hexdigest()


def image_of(name: str, module: Module, data: bytes) -> Image:
    """What of a module's file goes on the chip, and where: the header is left out where the module says so."""
    dropped = HEADER_SIZE if Flag.DROP_MODULE_INFO in module.flags else 0
    return Image(name, module.start, data[dropped:])

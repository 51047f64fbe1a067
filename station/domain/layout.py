"""Which region of an nRF52840's flash each kind of module keeps to, and in which order they lie.

Ref: Device OS, build/arm/linker/nrf52840/platform_flash.ld and hal/src/nRF52840/ota_module_bounds.c. A system part's
start is never taken from a table: it moved twice, and the module's own header says it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from station.domain.chip import FLASH_SIZE, FORMER_USER_PART, MBR_SIZE, USER_PART_END
from station.domain.firmware import Function, Image, Module, image_of
from station.domain.platform import Mcu, platform_with_id
from station.domain.release import Loaded

KIB = 1024
SOFTDEVICE_END = 0x27000
"""End of the largest SoftDevice; the MBR's parameter page follows, or lies higher."""

USER_PART_START = 0xB4000
"""Where a user part of up to 256 KiB begins, from Device OS 3.1 on."""


@dataclass(frozen=True, slots=True)
class Region:
    """Flash that belongs to one kind of module: from `start` up to, not including, `end`."""

    start: int
    end: int

    @property
    def size(self) -> int:
        """Bytes."""
        return self.end - self.start

    def room(self, image: Image) -> int:
        """Bytes left behind the image; negative where it does not fit."""
        return self.end - image.end

    def __str__(self) -> str:
        return f"{self.start:#x}–{self.end:#x}, {self.size // KIB} KiB"


USER_256, USER_128 = Region(USER_PART_START, USER_PART_END), Region(FORMER_USER_PART, USER_PART_END)
BOOTLOADER = Region(USER_PART_END, FLASH_SIZE)
SOFTDEVICE = Region(MBR_SIZE, SOFTDEVICE_END)


def region_of(module: Module) -> Region | None:
    """Where such a module has to lie, or None where nothing is known of its kind or its microcontroller."""
    platform = platform_with_id(module.platform)
    if platform is None or platform.mcu is not Mcu.NRF52840:
        return None
    match module.function:
        case Function.BOOTLOADER:
            return BOOTLOADER
        case Function.RADIO:
            return SOFTDEVICE
        case Function.USER:
            return USER_128 if module.start >= FORMER_USER_PART else USER_256
        case Function.SYSTEM:
            return Region(
                module.start, USER_128.start if module.start + module.size > USER_256.start else USER_256.start
            )
        case _:
            return None


def misplaced(parts: Sequence[Loaded]) -> list[str]:
    """Every module that starts elsewhere than its kind does, is too large for its region, or lies out of order."""
    return [why for one in parts for why in _of_region(one)] + _order(parts)


_INDICES = {Function.BOOTLOADER: {0}, Function.RADIO: {0}, Function.SYSTEM: {1}, Function.USER: {1, 2}}
"""Numbers that Device OS knows (hal/src/nRF52840/ota_module_bounds.c); with another system part it starts safe mode."""


def _of_region(one: Loaded) -> list[str]:
    region = region_of(one.module)
    if region is None:
        return []
    image = image_of(one.part.file, one.module, one.data)
    found = []
    if one.module.index not in _INDICES[one.module.function]:
        found.append(f"{image.name}: an nRF52840 has no {one.module.function.noun} {one.module.index}")
    if image.start != region.start:
        found.append(f"{image.name}: a {one.module.function.noun} starts at {region.start:#x}, not at {image.start:#x}")
    if region.room(image) < 0:
        found.append(
            f"{image.name}: {len(image.data)} bytes at {image.start:#x} end {-region.room(image)} bytes behind"
            f" what is there for a {one.module.function.noun}, {region}"
        )
    return found


_ORDER = (Function.RADIO, Function.SYSTEM, Function.USER, Function.BOOTLOADER)


def _order(parts: Sequence[Loaded]) -> list[str]:
    """SoftDevice, system parts, user part, bootloader, by ascending address."""
    known = [one for one in parts if one.module.function in _ORDER and region_of(one.module)]
    ranked = sorted(known, key=lambda one: (_ORDER.index(one.module.function), one.module.index))
    found = []
    for number, low in enumerate(ranked):
        for high in ranked[number + 1 :]:
            if low.module.function is not high.module.function and low.image.start >= high.image.start:
                found.append(f"{low.part.file} at {low.image.start:#x} has to lie below {high.part.file}")
    return found


def unwritable(platform: str, mcu: Mcu) -> str | None:
    """Why units of this platform cannot be written over the debug port, or None where they can."""
    match mcu:
        case Mcu.NRF52840 | Mcu.STM32F2:
            return None  # what lies outside the flash a release may write is refused by its address
        case Mcu.RTL872X:
            return (
                f"a {platform} has an RTL872x: Device OS takes its debug pins for other uses, and its flash is only"
                " written through a loader in RAM, which this station does not have"
            )
        case Mcu.QCM6490:
            return f"a {platform} has a QCM6490, which is no microcontroller with a debug port for its flash"

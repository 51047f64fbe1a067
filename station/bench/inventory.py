"""The modules that a unit lists, on USB (request 90) and on its console (`s`), and what it says of each.

Source: Device OS 6.2, hal/src/nRF52840/ota_flash_hal.cpp (HAL_System_Info), ota_module.cpp, ota_module_bounds.c and
platform_radio_stack.cpp. Not modelled: the factory copy in external flash. Of the user parts one is listed, the first
that is whole, in the order 128 KiB, 256 KiB: it need not be the one that runs.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from station.bench import modules
from station.bench.boot import NCP_PLATFORMS, NCP_VERSION, There, bootloader_start, lying_at, softdevice_version
from station.domain.chip import FLASH_SIZE
from station.domain.firmware import AssetNeed, Dependency, Function, Module
from station.domain.on_unit import Check

ALL_CHECKS = Check.INTEGRITY | Check.DEPENDENCIES | Check.RANGE | Check.PLATFORM
NCP_ROOM = 1500 * 1024  # module_ncp_mono
UNIQUE_STRING, UNIQUE_SIZE = 0x18, 20  # in Nordic's information structure (nRF5 SDK, nrf_sdm.h)
SHA256_SIZE = 32
MAIN_MCU = (0, 0xFF)  # HAL_PLATFORM_MCU_DEFAULT, HAL_PLATFORM_MCU_ANY


@dataclass(frozen=True, slots=True)
class Place:
    """Where Device OS keeps a kind of module; it looks only whether a module's end lies there, both ends included."""

    function: Function
    index: int
    start: int
    end: int

    @property
    def room(self) -> int:
        """Bytes."""
        return self.end - self.start

    def takes(self, module: Module) -> bool:
        """Whether a module belongs here, by its header."""
        belongs = (module.function, module.index) == (self.function, self.index) and module.mcu_target in MAIN_MCU
        return belongs and self.start <= module.end <= self.end


def places(system: Module | None) -> tuple[Place, ...]:
    """Those of the Device OS that runs, in its order; up to 6.1.1 it began at 0x30000."""
    start = system.start if system is not None else modules.SYSTEM_START
    softdevice_end = modules.SD_REGION_END if start == modules.SYSTEM_START else start
    return (
        Place(Function.BOOTLOADER, 0, modules.BOOTLOADER_START, FLASH_SIZE),
        Place(Function.SYSTEM, 1, start, modules.USER_START),
        Place(Function.USER, 1, modules.USER_START_OLD, modules.BOOTLOADER_START),
        Place(Function.USER, 2, modules.USER_START, modules.BOOTLOADER_START),
        Place(Function.RADIO, 0, modules.SOFTDEVICE_START, softdevice_end),
    )


@dataclass(frozen=True, slots=True)
class Listed:
    """One module as the unit tells it; `room` and `size` in bytes, a module that is not in flash has size 0."""

    function: Function
    index: int
    version: int
    room: int
    passed: Check
    digest: bytes
    dependencies: tuple[Dependency, ...] = ()
    assets: tuple[AssetNeed, ...] = ()
    size: int = 0
    protects: bool = False


def inventory(flash: memoryview, uicr: memoryview, there: There) -> list[Listed]:
    """Everything that the unit lists while these modules run."""
    return list(_all(flash, uicr, there))


def _all(flash: memoryview, uicr: memoryview, there: There) -> Iterator[Listed]:
    system = there.system
    known = places(system)
    platform = system.platform if system is not None else None
    user_listed = False
    for place in known:
        start = bootloader_start(uicr) if place.function is Function.BOOTLOADER else place.start
        if place.function is Function.RADIO or (place.function is Function.USER and user_listed):
            continue
        found = lying_at(flash, start, place.function)
        if found is None or not any(each.takes(found) for each in known):
            continue
        if found.function is Function.USER:
            if not found.crc_ok:
                continue
            user_listed = True
        yield _of(found, place.room, _passed(found, there, platform))
    if platform in NCP_PLATFORMS:
        yield Listed(Function.NCP, 0, NCP_VERSION, NCP_ROOM, ALL_CHECKS, bytes(SHA256_SIZE))
    radio, _ = softdevice_version(flash)
    if radio is not None:
        # Not from a header, of which there is none in flash; all its checks are taken as passed.
        yield Listed(Function.RADIO, 0, radio, known[-1].room, ALL_CHECKS, _unique(flash))


def _of(found: Module, room: int, passed: Check) -> Listed:
    whole = Check.INTEGRITY in passed
    return Listed(
        found.function,
        found.index,
        found.version,
        room,
        passed,
        bytes.fromhex(found.sha256),
        found.dependencies,
        found.assets if whole and found.function is Function.USER else (),
        found.size,
        found.protects and whole,
    )


def _passed(found: Module, there: There, platform: int | None) -> Check:
    passed = Check.RANGE
    passed |= Check.INTEGRITY if found.crc_ok else passed
    passed |= Check.DEPENDENCIES if there.missing(found) is None else passed
    passed |= Check.PLATFORM if found.platform == platform else passed
    return passed


def _unique(flash: memoryview) -> bytes:
    """Nordic's unique string of the SoftDevice, which stands where other modules have their SHA-256."""
    at = modules.SOFTDEVICE_START + modules.SD_INFO + UNIQUE_STRING
    return bytes(flash[at : at + UNIQUE_SIZE]).ljust(SHA256_SIZE, b"\0")

"""Firmware that nobody wrote: modules of true size and valid format, the same bytes for ever.

Nothing in them can run and nothing in them is a vendor's. A synthetic user part carries the ASCII mark
`station-bench:<personality>` and NUL behind its header, by which station/bench/boot.py knows how it behaves.
A synthetic SoftDevice carries its own CRC-32, since the header with the module's CRC never reaches the flash:

    payload + 0x2000   Nordic's information structure (nRF5 SDK, nrf_sdm.h: magic +4, size +8, firmware id +0xC,
                       20 bytes of its own at +0x18)
    payload + 0x2100   "station-bench:softdevice", NUL to 32 bytes, u32 length of the body, u32 CRC-32 of the body
                       without these 0x200 bytes
"""

import functools
import hashlib
import os
import struct
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from station.codec.extensions import of_protection
from station.codec.module import build, overhead, read
from station.domain.firmware import HEADER_SIZE, Dependency, Flag, Function
from station.domain.platform import Platform, platform_named

MARK = b"station-bench:"

# Device OS, build/arm/linker/nrf52840/platform_flash.ld and hal/shared/ota_module_bounds.c
MBR_SIZE = 0x1000
SOFTDEVICE_START = 0x1000
SYSTEM_START = 0x28000  # from 6.1.2 on
SYSTEM_START_OLD = 0x30000  # 3.1 to 6.1.1
USER_START = 0xB4000  # 256 KiB user part, from 3.1 on
USER_START_OLD = 0xD4000  # 128 KiB user part, up to 3.0
BOOTLOADER_START = 0xF4000
PREFIX_OFFSET = 0x200  # behind the vector table of an nRF52840 bootloader or system part

# nRF52840 PS v1.11 §UICR: NRFFW[0] tells the MBR where the bootloader is, PSELRESET makes P0.18 the reset pin
UICR_BOOTLOADER, UICR_RESET_PINS, RESET_PIN = 0x10001014, (0x10001200, 0x10001204), 18

SD_INFO, SD_MAGIC, SD_ID, SD_VERSION = 0x2000, 0x51B1E5DB, 140, 7_000_001  # nRF5 SDK, nrf_sdm.h; S140 7.0.1
SD_MARK, SD_MARK_END = 0x2100, 0x2200
SD_MARK_TEXT = MARK + b"softdevice"
SD_REGION_END = 0x27000

_STACK, _ENTRY = 0x2003_F000, 0x201  # a vector table that looks like one
BORON = "boron"


@dataclass(frozen=True, slots=True)
class File:
    """One module file of a release."""

    kind: str
    name: str
    version: int
    data: bytes


def _noise(seed: str, size: int) -> bytes:
    """Bytes that no compressor shortens and every machine computes alike."""
    return hashlib.shake_256(seed.encode()).digest(size)


def _code(seed: str, start: int, size: int) -> bytes:
    return struct.pack("<II", _STACK, start + _ENTRY) + _noise(seed, size - 8)


def softdevice_checksum(body: bytes) -> int:
    """CRC-32 of a synthetic SoftDevice's body without the stretch that holds what it says of itself."""
    return zlib.crc32(body[SD_MARK_END:], zlib.crc32(body[:SD_INFO]))


@functools.cache
def bootloader(platform: int, version: int, protects: bool = False) -> bytes:
    """46 KiB at 0xF4000; one that protects its unit says so in an extension."""
    extensions = of_protection() if protects else b""
    size = 46 * 1024 - overhead((0, 0)) - len(extensions)
    return build(
        _code(f"bootloader {platform} {version}", BOOTLOADER_START, size),
        function=Function.BOOTLOADER,
        version=version,
        platform=platform,
        start=BOOTLOADER_START,
        prefix_offset=PREFIX_OFFSET,
        product=(0, 0),
        suffix_extensions=extensions,
    )


@functools.cache
def softdevice(platform: int, firmware_id: int) -> bytes:
    """151.75 KiB at 0x1000, written without its header."""
    size = 0x25F00 - (overhead(None) - HEADER_SIZE)
    body = bytearray(_code(f"softdevice {platform} {firmware_id}", SOFTDEVICE_START, size))
    body[SD_INFO:SD_MARK_END] = b"\xff" * (SD_MARK_END - SD_INFO)
    own = _noise(f"softdevice {platform} {firmware_id}, itself", 20)
    told = (0x2C, SD_MAGIC, SD_REGION_END, firmware_id, SD_ID, SD_VERSION, own)
    struct.pack_into("<B3xIIHxxII20s", body, SD_INFO, *told)
    struct.pack_into("<32sII", body, SD_MARK, SD_MARK_TEXT, size, softdevice_checksum(bytes(body)))
    return build(
        bytes(body),
        function=Function.RADIO,
        version=firmware_id,
        platform=platform,
        start=SOFTDEVICE_START,
        dependencies=(Dependency(Function.BOOTLOADER, 0, 501),),
        flags=Flag.DROP_MODULE_INFO,
    )


@functools.cache
def system_part(platform: int, version: int, start: int, size: int, needs: tuple[Dependency, ...]) -> bytes:
    """Device OS of that many bytes."""
    product = (0, 0)
    return build(
        _code(f"system part {platform} {version}", start, size - overhead(product)),
        function=Function.SYSTEM,
        version=version,
        platform=platform,
        start=start,
        index=1,
        dependencies=needs,
        prefix_offset=PREFIX_OFFSET,
        product=product,
    )


@functools.cache
def user_part(platform: int, personality: str, start: int, size: int, needs_system: int, product_version: int) -> bytes:
    """An application of that many bytes; its product id is the platform's, as Device OS builds it since 4.0."""
    product = (platform, product_version)
    seed = f"user part {platform} {personality} {product_version}"
    body = bytearray(_noise(seed, size - overhead(product)))
    mark = MARK + personality.encode("ascii") + b"\0"
    body[0x10 : 0x10 + len(mark)] = mark
    return build(
        bytes(body),
        function=Function.USER,
        version=6,  # MODULE_VERSION of user parts (Device OS, modules/shared)
        platform=platform,
        start=start,
        index=1 if start == USER_START_OLD else 2,
        dependencies=(Dependency(Function.SYSTEM, 1, needs_system),),
        product=product,
    )


def _platform(name: str) -> Platform:
    platform = platform_named(name)
    if platform is None:
        raise ValueError(f"{name!r} is not a Particle platform")
    return platform


def device_os_620(name: str = BORON) -> tuple[File, ...]:
    """Bootloader, SoftDevice and system part of Device OS 6.2.0, at that version's addresses and version numbers."""
    number = _platform(name).id
    needs = (Dependency(Function.BOOTLOADER, 0, 3100), Dependency(Function.RADIO, 0, 202))
    system = system_part(number, 6200, SYSTEM_START, 544 * 1024, needs)
    return (
        File("bootloader", f"{name}-bootloader@6.2.0.bin", 3100, bootloader(number, 3100)),
        File("softdevice", f"{name}-softdevice@6.2.0.bin", 202, softdevice(number, 202)),
        File("system", f"{name}-system-part1@6.2.0.bin", 6200, system),
    )


def factory_test(name: str = BORON) -> File:
    """The test firmware: manual mode, answers questions over USB serial, never connects."""
    data = user_part(_platform(name).id, "factory-test", USER_START, 96 * 1024, 6200, 1)
    return File("user", f"{name}-factory-test@1.0.0.bin", 6, data)


def product(name: str = BORON) -> File:
    """The product's application: automatic mode, connects as soon as it may."""
    data = user_part(_platform(name).id, "product", USER_START, 120 * 1024, 6200, 14)
    return File("user", f"{name}-gateway@1.4.0.bin", 6, data)


def release_files(name: str = BORON) -> tuple[File, ...]:
    """Every file of both releases."""
    return (*device_os_620(name), factory_test(name), product(name))


def write_release_files(folder: Path, name: str = BORON) -> None:
    """Put the files into `folder`; one that is there and right is left alone, no half one is ever seen."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in release_files(name):
        there = folder / file.name
        if not there.is_file() or there.read_bytes() != file.data:
            _write(there, file.data)


def _write(there: Path, data: bytes) -> None:
    number, temporary = tempfile.mkstemp(dir=there.parent, prefix=f".{there.name}.")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o644)
        os.replace(temporary, there)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise


def manifests(name: str = BORON) -> dict[str, str]:
    """The two releases as manifests, TOML by title; the factory-test firmware comes first."""
    shared, of = device_os_620(name), "" if name == BORON else f"-{name}"
    test, made = f"factory-test{of}", f"gateway{of}"
    return {
        f"{test}-1.0.0": _manifest(test, "1.0.0", name, None, (*shared, factory_test(name))),
        f"{made}-1.4.0": _manifest(made, "1.4.0", name, (31337, 14), (*shared, product(name))),
    }


def _manifest(title: str, version: str, platform: str, of: tuple[int, int] | None, files: tuple[File, ...]) -> str:
    def lines() -> Iterator[str]:
        yield "#:schema ../../configs/schemas/release.schema.json"
        yield "# For the virtual fixture: true sizes, valid format, no vendor's content."
        yield "# `python -m station.bench modules DIR` writes this file and the parts it names."
        mode = "manual" if of is None else "automatic"
        yield f'name = "{title}"\nversion = "{version}"\nplatform = "{platform}"\nmode = "{mode}"\n'
        if of is not None:
            yield f"[product]\nid = {of[0]}\nversion = {of[1]}\n"
        for file in files:
            yield f'[[parts]]\nkind = "{file.kind}"\nfile = "{file.name}"\nversion = {file.version}'
            yield f'sha256 = "{hashlib.sha256(file.data).hexdigest()}"\n'

    return "\n".join(lines()).rstrip("\n") + "\n"


ON_THE_BENCH = ("argon", "boron", "bsom", "b5som", "esomx", "tracker")
"""Platforms of which the bench makes units: those with an nRF52840 whose serial numbers are published."""


def factory_fresh(name: str = BORON) -> dict[int, bytes]:
    """What a new unit carries, by address: MBR, Device OS 4.1.0, Tinker as a 128 KiB user part, UICR.

    Device OS 4.1.0's own Tinker lies at 0xB4000; here it lies where that of 3.x does, since a valid one there
    wins over any user part at 0xB4000 until its page is erased.
    """
    number = _platform(name).id
    needs = (Dependency(Function.RADIO, 0, 202), Dependency(Function.BOOTLOADER, 0, 1200))
    return {
        0: struct.pack("<II", 0x2000_0400, 0xA81) + _noise("mbr", MBR_SIZE - 8),
        SOFTDEVICE_START: softdevice(number, 202)[HEADER_SIZE:],
        SYSTEM_START_OLD: system_part(number, 4100, SYSTEM_START_OLD, 459 * 1024, needs),
        USER_START_OLD: user_part(number, "tinker", USER_START_OLD, 12 * 1024, 1213, 3),
        BOOTLOADER_START: bootloader(number, 2100),
        UICR_BOOTLOADER: BOOTLOADER_START.to_bytes(4, "little"),
        **{address: RESET_PIN.to_bytes(4, "little") for address in UICR_RESET_PINS},
    }


def programmed(user: File, name: str = BORON) -> dict[int, bytes]:
    """What the station leaves on a unit with this user part, by address: Device OS 6.2.0, and no old user part."""
    cells = {USER_START_OLD: b"\xff" * 0x1000}
    for file in (*device_os_620(name), user):
        found = read(file.data)
        cells[found.start] = file.data[HEADER_SIZE if Flag.DROP_MODULE_INFO in found.flags else 0 :]
    return cells

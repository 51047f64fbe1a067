"""Particle firmware modules, byte for byte.

    file    = [vectors] header body suffix crc       the header stands at a fixed offset per kind of module
    header  = 24 bytes, little-endian                Device OS, dynalib/inc/module_info.h, module_info_t
    suffix  = [extensions] [product] reserved(2) sha256(32) size(2)
    product = id(2) version(2), little-endian        last thing before the base suffix, as such or as an extension
    crc     = CRC-32 (zlib's) of all before it, big-endian

`end − start + 4` is the size of the file. What `sha256` covers depends on who built the module: see `covered`.
Checked against published Argon, Tracker and Electron modules; particle-iot/binary-version-reader agrees.
"""

import hashlib
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from station.codec import extensions
from station.codec.file_kind import what_is
from station.domain.firmware import HEADER_SIZE, AssetNeed, Dependency, Flag, Function, Module, Slots

OFFSETS = (0, 0x200, 0x184, 0x20, 0x10C, 0xC0)
"""Where a header may stand: first thing, or behind the vectors of nRF52840, STM32F2, an RTL872x bootloader, and
of two platforms no longer made (Device OS, build/arm/linker)."""

BASE_SUFFIX = 36
"""Bytes of module_info_suffix_base_t (Device OS, dynalib/inc/module_info.h)."""

CRC_SIZE = 4
SHA_FROM_END = 34
"""Bytes of the base suffix from its SHA-256 on."""

PRODUCT_SIZE = 4
NO_PRODUCT = (0xFFFF, 0xFFFF)
"""Id and version of a module that belongs to no product."""

LAST_PLATFORM = 103
"""The largest platform id ever given (@particle/device-constants 4.2.1)."""

MAX_SIZE = 0x0100_0000
"""16 MiB, more than any flash a Particle device has; a header that claims more is no header."""

NO_FLAGS = Flag(0)
_OFFSETS = frozenset(OFFSETS)
_FUNCTIONS = frozenset(Function) - {Function.NONE}
_FLAGS = sum(Flag)

HEADER = struct.Struct("<IIBBHHBBBBHBBH")
"""module_info_t."""

_PRODUCT = struct.Struct("<HH")


class NotAModule(ValueError):
    """The file is no firmware module; the message is a sentence that says what it is instead."""


class DamagedModule(NotAModule):
    """The file was a firmware module before something happened to it."""


def read(data: bytes) -> Module:
    """What a module file says of itself; a CRC that does not match is told in `crc_ok`. Raises NotAModule."""
    found = [header for header in _headers(data) if header.file_size == len(data)]
    if not found:
        raise _why_not(data)
    header = found[0]
    suffix_size = int.from_bytes(data[-6:-4], "little")
    suffix = _suffix_extensions(data, suffix_size)
    behind = data[header.offset + HEADER_SIZE :] if Flag.PREFIX_EXTENSIONS in header.flags else b""
    product = _product(suffix)
    crc = int.from_bytes(data[-CRC_SIZE:], "big")
    return Module(
        start=header.start,
        end=header.end,
        flags=header.flags,
        version=header.version,
        platform=header.platform,
        function=header.function,
        index=header.index,
        dependencies=tuple(one for one in header.slots if one is not None),
        first_slot_empty=header.slots[0] is None and header.slots[1] is not None,
        prefix_size=header.offset + HEADER_SIZE,
        suffix_size=suffix_size,
        product_id=product[0] if product else None,
        product_version=product[1] if product else None,
        sha256=data[-38:-6].hex(),
        crc32=crc,
        crc_ok=zlib.crc32(data[:-CRC_SIZE]) == crc,
        size=len(data),
        assets=extensions.assets(behind) + extensions.assets(suffix),
        protects=header.function is Function.BOOTLOADER and extensions.protects(suffix),
        mcu_target=header.mcu_target,
        extensions=extensions.listed(behind) + extensions.listed(suffix if len(suffix) > PRODUCT_SIZE else b""),
    )


Covered = Literal["everything before it", "the payload"]


def covered(data: bytes, found: Module) -> Covered | None:
    """What the SHA-256 in the suffix is of, or None where it is of neither; Device OS does not check it.

    The linker's modules are hashed from their first byte on (Device OS, build/arm/linker and binary-version-reader,
    updateModuleSha256); build/create_module.py hashes what stands between header and suffix (SoftDevice, network
    co-processor).
    """
    at = len(data) - CRC_SIZE - SHA_FROM_END
    if hashlib.sha256(data[:at]).hexdigest() == found.sha256:
        return "everything before it"
    payload = data[found.prefix_size : len(data) - CRC_SIZE - found.suffix_size]
    return "the payload" if hashlib.sha256(payload).hexdigest() == found.sha256 else None


def asset_in(data: bytes, found: Module) -> AssetNeed:
    """The asset that a module of function ASSET brings."""
    return extensions.carried(_suffix_extensions(data, found.suffix_size))


@dataclass(frozen=True, slots=True)
class _Header:
    offset: int
    start: int
    end: int
    flags: Flag
    version: int
    platform: int
    function: Function
    index: int
    slots: Slots
    mcu_target: int

    @property
    def file_size(self) -> int:
        return self.end - self.start + CRC_SIZE


def _headers(data: bytes) -> Iterator[_Header]:
    """Every plausible header at a place where one may stand."""
    for offset in OFFSETS:
        if len(data) >= offset + HEADER_SIZE + BASE_SUFFIX + CRC_SIZE and (header := _header(data, offset)):
            yield header


def _header(data: bytes, offset: int) -> _Header | None:
    start, end, target, flags, version, platform, function, index, *needs = HEADER.unpack_from(data, offset)
    if function not in _FUNCTIONS or flags & ~_FLAGS or platform > LAST_PLATFORM:
        return None
    if not 0 < end - start <= MAX_SIZE:
        return None
    first, second = needs[:3], needs[3:]
    if any(one[0] not in _FUNCTIONS and any(one) for one in (first, second)):
        return None
    slots = _dependency(*first), _dependency(*second)
    return _Header(offset, start, end, Flag(flags), version, platform, Function(function), index, slots, target)


def _dependency(function: int, index: int, version: int) -> Dependency | None:
    return Dependency(Function(function), index, version) if function else None


def lying_in(memory: bytes, base: int) -> Iterator[tuple[int, int]]:
    """Start and end address of each module whose header says that it belongs just where it lies.

    `memory` is read from a chip's address `base` on; the end may lie behind it.
    """
    first = -base % 4
    words = memoryview(memory)[first : first + (len(memory) - first) // 4 * 4]
    for at, (word,) in enumerate(struct.iter_unpack("<I", words)):
        offset = base + first + 4 * at - word
        start = word - base
        if offset in _OFFSETS and 0 <= start <= len(memory) - offset - HEADER_SIZE:
            header = _header(memory[start : start + offset + HEADER_SIZE], offset)
            if header and Flag.DROP_MODULE_INFO not in header.flags:
                yield header.start, header.end + CRC_SIZE


def _suffix_extensions(data: bytes, suffix_size: int) -> bytes:
    """What stands before the base suffix, product included; nothing where the suffix cannot be right."""
    room = len(data) - HEADER_SIZE - CRC_SIZE
    if not BASE_SUFFIX <= suffix_size <= room:
        return b""
    base = len(data) - CRC_SIZE - BASE_SUFFIX
    return data[base - (suffix_size - BASE_SUFFIX) : base]


def _product(suffix: bytes) -> tuple[int, int] | None:
    """Product id and version, or None where the module has none."""
    if len(suffix) < PRODUCT_SIZE:
        return None
    product = extensions.product(suffix)
    if product is None:
        product = _PRODUCT.unpack_from(suffix, len(suffix) - PRODUCT_SIZE)
    return None if product == NO_PRODUCT else product


def _why_not(data: bytes) -> NotAModule:
    """What this file is instead of a module, as a sentence."""
    if not data:
        return NotAModule("the file is empty")
    if (kind := what_is(data)) is not None:
        return NotAModule(kind.as_firmware)
    if len(data) < HEADER_SIZE + BASE_SUFFIX + CRC_SIZE:
        return NotAModule(f"too short for a module: {len(data)} bytes")
    likely = next(iter(_headers(data)), None)
    if likely is None:
        return NotAModule("no module header: a raw image, or something else altogether")
    more = len(data) - likely.file_size
    if more < 0:
        return DamagedModule(f"cut short: its header promises {likely.file_size} bytes, the file has {len(data)}")
    if Flag.COMBINED in likely.flags:
        return DamagedModule("several modules one after another; take them one by one")
    return DamagedModule(f"{more} trailing bytes behind a module of {likely.file_size} bytes")


def slot_numbers(need: Dependency | None) -> tuple[int, int, int]:
    """A dependency as its header has it; an empty slot is zeros."""
    return (0, 0, 0) if need is None else (int(need.function), need.index, need.version)


def overhead(product: tuple[int, int] | None) -> int:
    """Bytes that `build` adds to a body."""
    return HEADER_SIZE + (PRODUCT_SIZE if product else 0) + BASE_SUFFIX + CRC_SIZE


def build(
    body: bytes,
    *,
    function: Function,
    version: int,
    platform: int,
    start: int,
    index: int = 0,
    dependencies: Sequence[Dependency | None] = (),
    flags: Flag = NO_FLAGS,
    prefix_offset: int = 0,
    product: tuple[int, int] | None = None,
    suffix_extensions: bytes = b"",
    mcu_target: int = 0,
) -> bytes:
    """A module file around `body`, whose first `prefix_offset` bytes stand before the header.

    The file has `len(body) + overhead(product)` bytes, and those of the extensions. With DROP_MODULE_INFO, `start` is
    where the byte behind the header goes. Extensions behind the header are the first bytes of `body`.
    Raises ValueError for fields that no header can hold.
    """
    if prefix_offset not in OFFSETS or len(body) < prefix_offset:
        raise ValueError(f"no module has its header at {prefix_offset:#x} of a body of {len(body)} bytes")
    if prefix_offset and Flag.DROP_MODULE_INFO in flags:
        raise ValueError("a header that is dropped stands first in the file")
    if len(dependencies) > 2:
        raise ValueError("a header has room for two dependencies")
    size = len(body) + len(suffix_extensions) + overhead(product)
    needs = [number for need in dependencies for number in slot_numbers(need)]
    needs += [0] * (6 - len(needs))
    try:
        header = HEADER.pack(
            start, start + size - CRC_SIZE, mcu_target, flags, version, platform, function, index, *needs
        )
        ending = suffix_extensions + (_PRODUCT.pack(*product) if product else b"")
    except struct.error as why:
        raise ValueError(f"a field does not fit its place in the header: {why}") from None
    file = body[:prefix_offset] + header + body[prefix_offset:] + ending + bytes(2)
    file += hashlib.sha256(file).digest() + (len(ending) + BASE_SUFFIX).to_bytes(2, "little")
    return file + zlib.crc32(file).to_bytes(CRC_SIZE, "big")

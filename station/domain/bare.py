"""What a release brings that no module header describes: the boot record's page, UICR words, assets."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from station.domain.chip import MBR_SIZE
from station.domain.firmware import AssetNeed, Function, Module
from station.domain.release import AssetPart, BarePart, Loaded, Release

UICR_START, UICR_END = 0x10001000, 0x10001400
"""Where a release's words may lie (nRF52840 PS v1.11, UICR: registers up to 0x308)."""

APPROTECT = 0x10001208
"""Locks the debug port (nRF52840 PS v1.11, UICR); the station decides on it, never a file."""

BOOTLOADER_WORD = 0x10001014
"""NRFFW[0]: where the MBR finds the bootloader (nRF5 SDK, nrf_mbr.h; Device OS, platform_flash.ld)."""

RESET_PIN_WORDS = (0x10001200, 0x10001204)
"""PSELRESET: the reset pin counts only where both are the same (nRF52840 PS v1.11, UICR)."""

BLANK = 0xFFFF_FFFF
_RAM = range(0x2000_0000, 0x2004_0000 + 1)
"""Where an initial stack pointer may point: 256 KiB of RAM, and its end (nRF52840 PS v1.11, memory)."""

_VECTORS = struct.Struct("<II")


@dataclass(frozen=True, slots=True)
class Bare:
    """A part without a header, with the bytes of its file and, for UICR, its words by address."""

    part: BarePart
    data: bytes
    words: Mapping[int, int] = field(default_factory=dict)


def boot_record(bare: Sequence[Bare]) -> bytes | None:
    """The page at address 0 without its blank end, up to 4 KiB, or None where the release brings none."""
    return next((one.data for one in bare if one.part.kind == "mbr"), None)


def uicr_words(bare: Sequence[Bare]) -> dict[int, int]:
    """Words of UICR by address, never APPROTECT; empty where the release brings none."""
    return {address: word for one in bare if one.part.kind == "uicr" for address, word in one.words.items()}


def why_no_boot_record(data: bytes) -> str | None:
    """Why these bytes cannot be the page at 0 that the chip starts from, or None where they can."""
    if not _VECTORS.size <= len(data) <= MBR_SIZE:
        return f"{len(data)} bytes are no boot record, which has up to {MBR_SIZE}"
    stack, reset = _VECTORS.unpack_from(data)
    if stack not in _RAM or stack % 4:
        return f"its initial stack pointer {stack:#x} is not in RAM"
    if not reset & 1 or not _VECTORS.size < reset < len(data):
        return f"its reset vector {reset:#x} does not point into it"
    return None


def word_problems(words: Mapping[int, int], bootloaders: Sequence[int]) -> list[str]:
    """Every reason why these words may not be written to UICR beside bootloaders at these addresses."""
    found = []
    strange = [one for one in words if not UICR_START <= one < UICR_END or one % 4]
    if strange:
        found.append(f"{strange[0]:#x} is no word of UICR, {UICR_START:#x}–{UICR_END:#x}")
    if APPROTECT in words:
        found.append(f"{APPROTECT:#x} is APPROTECT, which would lock the debug port: no release brings it")
    bootloader = words.get(BOOTLOADER_WORD)
    if bootloader is not None and bootloaders and bootloader not in bootloaders:
        found.append(
            f"{BOOTLOADER_WORD:#x} sends the boot record to {bootloader:#x}, the bootloader is at {bootloaders[0]:#x}"
        )
    reset = [words.get(address) for address in RESET_PIN_WORDS]
    if reset[0] != reset[1]:
        found.append("the two words of PSELRESET differ, so that no pin would reset the chip")
    return found


def bare_problems(release: Release, parts: Sequence[Loaded], bare: Sequence[Bare]) -> list[str]:
    """Every reason why what has no header may not be flashed with these modules."""
    found = []
    kinds = [one.part.kind for one in bare]
    found += [
        f"there are {kinds.count(kind)} parts of kind {kind}" for kind in ("mbr", "uicr") if kinds.count(kind) > 1
    ]
    bootloaders = [one.image.start for one in parts if one.module.function is Function.BOOTLOADER]
    for one in bare:
        match one.part.kind:
            case "mbr":
                why = why_no_boot_record(one.data)
                found += [f"{one.part.file}: {why}"] if why else []
            case "uicr":
                found += [f"{one.part.file}: {why}" for why in word_problems(one.words, bootloaders)]
    return found


def asset_problems(modules: Sequence[Module], assets: Sequence[AssetPart]) -> list[str]:
    """Assets that a module asks for and that are sealed with another content, or twice."""
    found = []
    names = [one.name for one in assets]
    found += [f"asset {name!r} is sealed twice" for name in sorted({one for one in names if names.count(one) > 1})]
    for module in modules:
        for need in module.assets:
            there = next((one for one in assets if one.name == need.name), None)
            if there is not None and there.sha256 != need.sha256:
                found.append(f"{module} needs another asset {need.name!r} than the one that is sealed")
    return found


def missing_assets(needs: Sequence[AssetNeed], assets: Mapping[str, str]) -> list[str]:
    """Why these assets, SHA-256 by name, are not what is needed."""
    found = []
    for need in needs:
        have = assets.get(need.name)
        if need.sha256 is None:
            found.append(f"asset {need.name!r} is asked for by a hash of unknown kind")
        elif have is None:
            found.append(f"asset {need.name!r} is missing")
        elif have != need.sha256:
            found.append(f"asset {need.name!r} has SHA-256 {have[:16]}…, asked for is {need.sha256[:16]}…")
    return found

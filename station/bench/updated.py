"""What the bootloader and the asset storage make of an update that was taken.

Source: Device OS 6.2, platform/MCU/nRF52840/src/flash_mal.c (FLASH_CopyMemory) and system/src/asset_manager.cpp. The
bootloader goes where UICR has it. Not modelled: an asset whose content is not what its own hash says.
"""

import struct
import zlib

from station.bench import modules
from station.bench.boot import bootloader_start
from station.bench.chip import Nrf52840
from station.bench.update import Taken
from station.codec import module
from station.domain.chip import FLASH_SIZE, PAGE
from station.domain.firmware import HEADER_SIZE, Flag, Function, Module
from station.domain.on_unit import AssetOnUnit

_PACKED = struct.Struct("<HBBI")  # compressed_module_header: size, method, window bits, size of the whole
DEFLATE, DEFAULT_WINDOW = 0, 15


def install(chip: Nrf52840, found: Module, file: bytes) -> None:
    """Write a module where its header says; a user part of 256 KiB makes one of 128 KiB invalid."""
    data = _unpacked(found, file) if Flag.COMPRESSED in found.flags else file
    if data is None:
        return
    if Flag.DROP_MODULE_INFO in found.flags and Flag.COMPRESSED not in found.flags:
        data = data[HEADER_SIZE:]
    start = found.start if found.function is not Function.BOOTLOADER else bootloader_start(chip.uicr.view)
    end = min(start + len(data), FLASH_SIZE)
    if found.function is Function.USER and start == modules.USER_START:
        chip.poke(modules.USER_START_OLD, b"\xff" * PAGE)
    first, last = start // PAGE * PAGE, -(-end // PAGE) * PAGE
    chip.poke(first, b"\xff" * (last - first))
    chip.poke(start, data[: end - start])


def _unpacked(found: Module, file: bytes) -> bytes | None:
    """The module that was packed, or None where that is not to be made out."""
    size, method, window, whole = _PACKED.unpack_from(file, found.prefix_size)
    packed = file[found.prefix_size + size : len(file) - module.CRC_SIZE - found.suffix_size]
    if method != DEFLATE:
        return None
    try:
        data = zlib.decompressobj(-(window or DEFAULT_WINDOW)).decompress(packed, whole)
    except (zlib.error, ValueError):
        return None
    return data if len(data) == whole else None


def store(there: dict[str, AssetOnUnit], taken: Taken, user: Module | None) -> None:
    """Keep an asset, if it is whole; those that the user part does not ask for are removed first."""
    found, file = taken
    asset = module.asset_in(file, found)
    if not found.crc_ok or not asset.name or asset.sha256 is None:
        return
    wanted = {one.name: one.sha256 for one in user.assets} if user is not None else {}
    for one in [each for each in there.values() if wanted.get(each.name) != each.sha256]:
        del there[one.name]
    size = len(file) - found.prefix_size - module.CRC_SIZE - found.suffix_size
    if Flag.COMPRESSED in found.flags:
        size = _PACKED.unpack_from(file, found.prefix_size)[3]
    there[asset.name] = AssetOnUnit(asset.name, asset.sha256, size)

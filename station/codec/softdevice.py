"""Particle's SoftDevice module, put together again from the SoftDevice that lies on a chip.

A chip, and a hex file of a whole chip, holds Nordic's payload at 0x1000 without the module's header. The hex files
that particle-iot/docs publishes for device restore cut the suffix off as well, after its first four bytes.
What is missing follows from the payload: Particle's modules of known payloads, and the platform.

Checked: Nordic's S140 7.0.1 from its own hex file becomes a module with the CRC-32 that particle-iot/docs publishes for
Boron and Argon (device-restore/6.2.0); S140 6.1.1 becomes argon-softdevice-6.1.1.bin byte for byte.
"""

import hashlib
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from station.codec.module import BASE_SUFFIX, CRC_SIZE, HEADER, slot_numbers
from station.domain.chip import MBR_SIZE
from station.domain.firmware import HEADER_SIZE, Dependency, Flag, Function


@dataclass(frozen=True, slots=True)
class Known:
    """A SoftDevice by its payload, and what Particle's module says of it beside.

    `version` is Nordic's firmware id. `hashes_header`: the suffix's SHA-256 covers the header, too.
    """

    name: str
    version: int
    size: int
    sha256: str
    needs: tuple[Dependency, Dependency]
    hashes_header: bool


KNOWN = (
    Known(
        "S140 6.1.1",
        182,
        151016,
        "1cba9a699dbc1629f9a8073a7bad0328afbdd53c192a8c4c707f6cfef613d23e",
        (Dependency(Function.SYSTEM, 1, 1300), Dependency(Function.BOOTLOADER, 0, 311)),
        hashes_header=True,
    ),
    Known(
        "S140 7.0.1",
        202,
        152984,
        "939fee60b4b8dcb8cf25533a46ba8774c418174b80d5fad5e1f89064c04d8bb4",
        (Dependency(Function.BOOTLOADER, 0, 501), Dependency(Function.SYSTEM, 1, 1321)),
        hashes_header=False,
    ),
)
"""What Device OS 3 to 6 uses: from argon-softdevice-6.1.1.bin (Device OS 1.x to 3.x) and particle-iot/docs,
src/assets/files/device-restore/6.2.0/boron.json."""


def module_of(chip: bytes, platform: int, known: Sequence[Known] = KNOWN) -> bytes | None:
    """The module file whose payload stands at the start of `chip`, flash from 0x1000 on up to the first gap.

    None where the payload is not known, or where something else than the module's own suffix follows it.
    """
    for one in known:
        if hashlib.sha256(chip[: one.size]).hexdigest() == one.sha256:
            data = _module(one, chip[: one.size], platform)
            return data if data[HEADER_SIZE:].startswith(chip.rstrip(b"\xff")) else None
    return None


def _module(one: Known, payload: bytes, platform: int) -> bytes:
    end = MBR_SIZE + HEADER_SIZE + len(payload) + BASE_SUFFIX
    needs = [number for need in one.needs for number in slot_numbers(need)]
    flags, function = Flag.DROP_MODULE_INFO, Function.RADIO
    header = HEADER.pack(MBR_SIZE, end, 0, flags, one.version, platform, function, 0, *needs)
    reserved = bytes(2)
    digest = hashlib.sha256(header + payload + reserved if one.hashes_header else payload).digest()
    file = header + payload + reserved + digest + struct.pack("<H", BASE_SUFFIX)
    return file + zlib.crc32(file).to_bytes(CRC_SIZE, "big")

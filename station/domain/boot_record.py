"""What an nRF52840 needs to start and no module brings: the master boot record and the words of UICR.

Erasing everything loses them, so they are journalled before and put back after it.
Sources: Nordic S140 memory map (MBR at 0, its parameter page below the system part), nRF52840 PS v1.11 UICR,
Device OS platform_flash.ld and hw_config.c. Keys, serial number and secret of a unit lie in external flash and OTP.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from station.domain.bare import Bare, boot_record, uicr_words
from station.domain.chip import MBR_SIZE, PAGE, UICR_APPROTECT, UICR_BOOTLOADER, ChipIdentity
from station.domain.events import Kept, KeptMemory
from station.domain.firmware import Function, Image, Module
from station.domain.ids import SerialNumber

RAM = range(0x20000000, 0x20040001)
"""Where a stack may begin (nRF52840 PS v1.11, memory)."""

HW_DISABLED = 0x0000005A
"""UICR.APPROTECT that leaves the debug port open on hardened silicon (pyOCD 0.46, target_nRF52.py)."""

BLANK_WORD = 0xFFFFFFFF

MBR_NAME, PARAMETERS_NAME = "master boot record", "MBR parameter page"

MBR_RANGE = (0, MBR_SIZE)


@dataclass(frozen=True, slots=True)
class BootRecord:
    """The boot record, and the parameter page where it holds anything; words of UICR by address."""

    memory: tuple[Image, ...]
    settings: Mapping[int, int]

    def kept(self, op: int, chip: ChipIdentity, serial: SerialNumber | None) -> Kept:
        """The same as a fact for the journal."""
        return Kept(
            op=op,
            device_id=chip.device_id,
            serial=serial,
            memory=tuple(KeptMemory(name=one.name, start=one.start, data=one.data.hex()) for one in self.memory),
            settings=tuple(self.settings.items()),
        )

    @classmethod
    def of(cls, kept: Kept) -> "BootRecord":
        """What the journal kept."""
        memory = tuple(Image(one.name, one.start, bytes.fromhex(one.data)) for one in kept.memory)
        return cls(memory, dict(kept.settings))


def brought_by(bare: Sequence[Bare]) -> BootRecord | None:
    """What a release brings itself, or None."""
    page = boot_record(bare)
    words = uicr_words(bare)
    if page is None and not words:
        return None
    return BootRecord(() if page is None else (Image(MBR_NAME, 0, page),), words)


def starts(page: bytes) -> bool:
    """True for a page that a core can start from: a stack in RAM, a reset vector inside the page."""
    stack, entry = int.from_bytes(page[:4], "little"), int.from_bytes(page[4:8], "little")
    return stack in RAM and entry & 1 == 1 and 8 <= entry < MBR_SIZE


def parameter_page(modules: Sequence[Module]) -> int | None:
    """Where the MBR keeps its parameters: the page below the system part, unless a module lies there."""
    systems = [one.start for one in modules if one.function is Function.SYSTEM and one.index == 1]
    if not systems:
        return None
    page = min(systems) // PAGE * PAGE - PAGE
    return None if any(one.start < page + PAGE and page < one.end for one in modules) else page


def wanted_settings(
    found: Mapping[int, int], brought: Mapping[int, int], modules: Sequence[Module], chip: ChipIdentity
) -> dict[int, int]:
    """The words UICR must hold, in the order of writing: found and brought ones, then the one that keeps the port open.

    Where nobody says where the bootloader is, it is where the release puts it.
    """
    wanted = {address: word for address, word in found.items() if word != BLANK_WORD}
    loader = next((one.start for one in modules if one.function is Function.BOOTLOADER), None)
    if loader is not None:
        wanted.setdefault(UICR_BOOTLOADER, loader)
    wanted |= brought
    protect = wanted.pop(UICR_APPROTECT, BLANK_WORD)
    wanted = dict(sorted(wanted.items()))
    if chip.hardened:
        # Written last: from build F0 on a blank word locks the port at the next reset.
        wanted[UICR_APPROTECT] = protect if protect & 0xFF == HW_DISABLED else HW_DISABLED
    elif protect != BLANK_WORD:
        wanted[UICR_APPROTECT] = protect
    return wanted

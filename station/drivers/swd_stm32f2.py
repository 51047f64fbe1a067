"""pyOCD's view of an STM32F205: what an Electron, a Photon or a P1 is flashed through.

pyOCD 0.46 brings no such target. The whole of discovery does not go through while nRESET is low (pyOCD's own STM32
targets say so), so `connect_mode=under-reset` arms the vector catch through the bare access port, lets go of nRESET and
goes on with a core that stands at its reset vector.

Never checked on hardware.
"""

import struct

from pyocd.core import exceptions
from pyocd.core.memory_map import FlashRegion, MemoryMap, RamRegion
from pyocd.core.session import Session
from pyocd.core.target import Target
from pyocd.coresight.coresight_target import CoreSightTarget
from pyocd.coresight.cortex_m import CortexM
from pyocd.coresight.minimal_mem_ap import MinimalMemAP
from pyocd.target import TARGET
from pyocd.utility.sequencer import CallSequence
from pyocd.utility.timeout import Timeout

from station.domain.chip import ChipIdentity
from station.domain.flash_map import STM32F205_FLASH
from station.domain.stm32f2 import Stm32f2Identity
from station.drivers.swd_stm32f2_algorithm import CODE, LABELS, LOAD_ADDRESS
from station.drivers.swd_targets import SwdTarget

TARGET_NAME = "station_stm32f205"
"""The name under which pyOCD knows this target."""

RAM_START, RAM_SIZE = 0x2000_0000, 0x2_0000
"""SRAM1 and SRAM2 in a row (DS6329, memory map)."""

BUFFER_SIZE = 0x4000
"""Bytes of each page buffer. Small writes may be shorter: ProgramPage keeps to the size it is given, in words."""

BUFFERS = (RAM_START + 0x4000, RAM_START + 0x8000)
"""Two, so that one is filled while the other is programmed."""

CRC = RAM_START + 0x10000
"""Where the station puts its own CRC routine, which knows no smallest block (swd_crc.ROOM)."""

ANALYZER = RAM_START + 0x400
"""Where pyOCD puts its CRC routine, which needs 0x600 bytes (pyOCD 0.46, flash.py)."""

ANALYZER_SMALLEST = 0x1000
"""Bytes of the smallest block that routine can be asked for: it takes address / size in 16 bits, from 0x08000000 up."""

STACK_END, STACK_BEGIN = RAM_START + 0xC00, RAM_START + 0x1000
"""Grows down from the second; a word at the first is a canary."""

# RM0033: DBGMCU registers, device electronic signature; PM0059: FLASH_OPTCR
_DBGMCU_IDCODE, _DBGMCU_CR, _CLOCKED_ASLEEP = 0xE004_2000, 0xE004_2004, 0b111
_UNIQUE_ID, _FLASH_KIB, _OPTCR = 0x1FFF_7A10, 0x1FFF_7A22, 0x4002_3C14
_SECTORS = 12

_RESET_RELEASE = 0.05
"""Seconds within which a core whose nRESET was let go stands at its reset vector; assumed."""

FLASH_ALGO = {
    "load_address": LOAD_ADDRESS,
    "instructions": list(struct.unpack(f"<{len(CODE) // 4}I", CODE)),
    "pc_init": LABELS["init"] | 1,
    "pc_unInit": LABELS["uninit"] | 1,
    "pc_erase_sector": LABELS["erase"] | 1,
    "pc_program_page": LABELS["program"] | 1,
    "static_base": LOAD_ADDRESS,
    "begin_stack": STACK_BEGIN,
    "end_stack": STACK_END,
    "page_size": BUFFER_SIZE,
    "min_program_length": 4,
    "analyzer_supported": True,
    "analyzer_address": ANALYZER,
    "page_buffers": list(BUFFERS),
}
"""In pyOCD's form. It has no `pc_eraseAll`, which would wipe the unit's keys: pyOCD then goes by sector."""


def _flash(start: int, length: int, sector: int) -> FlashRegion:
    return FlashRegion(
        start=start,
        length=length,
        sector_size=sector,
        page_size=BUFFER_SIZE,
        phrase_size=4,
        is_boot_memory=start == 0x0800_0000,
        algo=FLASH_ALGO,
    )


class Stm32f205(CoreSightTarget):
    """1 MiB of flash in sectors of 16, 64 and 128 KiB (PM0059, table 2), 128 KiB of RAM."""

    VENDOR = "STMicroelectronics"
    MEMORY_MAP = MemoryMap(
        _flash(0x0800_0000, 0x1_0000, 0x4000),
        _flash(0x0801_0000, 0x1_0000, 0x1_0000),
        _flash(0x0802_0000, 0xE_0000, 0x2_0000),
        RamRegion(start=RAM_START, length=RAM_SIZE),
    )

    def __init__(self, session: Session) -> None:
        super().__init__(session, self.MEMORY_MAP)

    def create_init_sequence(self) -> CallSequence:
        """pyOCD's sequence, with the core caught before the rest of the chip is looked at."""
        sequence = super().create_init_sequence()
        if self.session.options.get("connect_mode") == "under-reset":
            sequence.insert_after("dp_init", ("catch_reset", self._catch_reset))
        return sequence

    def _catch_reset(self) -> None:
        """Let go of nRESET with the vector catch armed; while somebody else holds the line, it stays armed."""
        port = MinimalMemAP(self.dp)
        port.init()
        port.write32(CortexM.DHCSR, CortexM.DBGKEY | CortexM.C_DEBUGEN)
        port.write32(CortexM.DEMCR, CortexM.DEMCR_VC_CORERESET)
        port.write32(_DBGMCU_CR, _CLOCKED_ASLEEP)
        self.dp.assert_reset(False)
        with Timeout(_RESET_RELEASE) as time:
            while time.check():
                if port.read32(CortexM.DHCSR) & CortexM.S_HALT:
                    port.write32(CortexM.DEMCR, 0)
                    break

    def is_locked(self) -> bool:
        """Whether readout protection keeps the debugger out of the flash."""
        return readout_level(self) > 0

    def mass_erase(self) -> None:
        """Never: it takes the unit's keys with it. Raises pyOCD's Error."""
        raise exceptions.Error("an STM32F205 is not erased as a whole: the unit's keys lie in the same flash")


def readout_level(target: Target) -> int:
    """0 is open; at 1 flash is closed to a debugger, and going back to 0 erases it; 2 is for ever (PM0059, RDP)."""
    match target.read32(_OPTCR) >> 8 & 0xFF:
        case 0xAA:
            return 0
        case 0xCC:
            return 2
        case _:
            return 1


def identify(target: Target) -> Stm32f2Identity:
    """What the chip says of itself; none of it lies in the flash, so a protected chip answers, too."""
    code, options = target.read32(_DBGMCU_IDCODE), target.read32(_OPTCR)
    return Stm32f2Identity(
        part=code & 0xFFF,
        revision=code >> 16,
        flash_size=target.read16(_FLASH_KIB) * 1024,
        unique_id=bytes(target.read_memory_block8(_UNIQUE_ID, 12)),
        readout=readout_level(target),
        write_protected=tuple(sector for sector in range(_SECTORS) if not options >> (16 + sector) & 1),
    )


def _chip_identity(target: Target) -> ChipIdentity:
    found = identify(target)
    return ChipIdentity(found.part, found.revision_letter, found.flash_size, found.device_id)


STM32F205 = SwdTarget(
    name=TARGET_NAME,
    flash=STM32F205_FLASH,
    algorithm=FLASH_ALGO,
    buffers=BUFFERS,
    room=BUFFER_SIZE,
    crc=CRC,
    ram=range(RAM_START, RAM_START + RAM_SIZE),
    identify=_chip_identity,
)
"""The entry of the programmer's target table; what is in `domain.stm32f2.KEPT` is left alone by every plan."""

TARGET[TARGET_NAME] = Stm32f205

"""What an STM32F205 says of itself over its debug port, and what lies in its flash that no release brings."""

from dataclasses import dataclass

from station.domain.ids import DeviceId

STM32F2_PART = 0x411
"""DBGMCU_IDCODE.DEV_ID of every STM32F20x and F21x (RM0033, DBGMCU)."""

KEPT = range(0x08004000, 0x08020000)
"""Device configuration with the unit's keys, twice, at 0x08004000 and 0x08008000; emulated EEPROM from 0x0800C000 to
0x08020000. Sectors 1 to 4; no module of a release lies in them (Device OS 2.3, linker_stm32f2xx.ld and
eeprom_emulation_impl.h)."""

_REVISIONS = {0x1000: "A", 0x1001: "Z", 0x2000: "B", 0x2001: "Y", 0x2003: "X", 0x2007: "1", 0x200F: "V", 0x201F: "2"}
"""DBGMCU_IDCODE.REV_ID: up to X as OpenOCD's stm32f2x.c has them, the last three from memory of RM0033."""


@dataclass(frozen=True, slots=True)
class Stm32f2Identity:
    """IDCODE fields, bytes of flash, the 96-bit unique id in the chip's byte order, and the protection in force.

    `readout` is 0, 1 or 2; `write_protected` are sector numbers.
    """

    part: int
    revision: int
    flash_size: int
    unique_id: bytes
    readout: int
    write_protected: tuple[int, ...]

    @property
    def device_id(self) -> DeviceId:
        """Particle's device id of a Gen 2 unit: its unique id (Device OS 2.3, hal/src/stm32f2xx/deviceid_hal.cpp)."""
        return DeviceId(self.unique_id.hex())

    @property
    def revision_letter(self) -> str:
        """As printed on the package; the number, where it is none that we know.

        >>> Stm32f2Identity(0x411, 0x2003, 0x100000, bytes(12), 0, ()).revision_letter
        'X'
        """
        return _REVISIONS.get(self.revision, f"{self.revision:#06x}")

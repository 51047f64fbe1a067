"""What a chip says of itself over its debug port."""

from dataclasses import dataclass

from station.domain.ids import DeviceId

PAGE = 0x1000
"""Bytes in one flash page (nRF52840 PS v1.11, NVMC)."""

FLASH_SIZE = 0x100000
"""Bytes of flash in an nRF52840 xxAA (nRF52840 PS v1.11, memory)."""

MBR_SIZE = 0x1000
"""Bytes of the master boot record at address 0, which no release brings (Nordic S140 memory map)."""

NRF52840_PART = 0x52840
"""FICR.INFO.PART (nRF52840 PS v1.11, FICR)."""

USER_PART = 0xB4000
"""Where a 256 KiB user part begins (Device OS, platform_flash.ld; from 3.1 on)."""

FORMER_USER_PART = 0xD4000
"""Where a 128 KiB user part began before Device OS 3.1; a valid one there still wins (Device OS, user_hal.cpp)."""

USER_PART_END = 0xF4000
"""End of the user part, start of the bootloader (Device OS, build/arm/linker/nrf52840/platform_flash.ld)."""


UICR = (0x10001000, 0x10001400)
"""User information configuration registers (nRF52840 PS v1.11, UICR)."""

UICR_BOOTLOADER = 0x10001014
"""NRFFW[0]: where the MBR finds the bootloader."""

UICR_RESET_PIN = (0x10001200, 0x10001204)
"""PSELRESET[0] and [1]: both must name the pin, or there is no reset pin."""

UICR_APPROTECT = 0x10001208
"""What a reset makes of the debug port."""

FIRST_HARDENED = "F0"
"""From this build code on UICR must say that the port stays open (pyOCD 0.46, HARDENED_APPROTECT_REVISIONS)."""


@dataclass(frozen=True, slots=True)
class ChipIdentity:
    """What a chip says of itself: part, variant with its build code such as AAD0, bytes of flash, its device id."""

    part: int
    variant: str
    flash_size: int
    device_id: DeviceId

    @property
    def hardened(self) -> bool:
        """True for an nRF52840 whose debug port is locked unless UICR says otherwise."""
        return self.part == NRF52840_PART and self.variant[2:] >= FIRST_HARDENED

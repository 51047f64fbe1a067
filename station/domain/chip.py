"""What a chip says of itself over its debug port."""

from dataclasses import dataclass

from station.domain.ids import DeviceId, nrf52840_device_id

PAGE = 0x1000
"""Bytes in one flash page (nRF52840 PS v1.11, NVMC)."""

FLASH_SIZE = 0x100000
"""Bytes of flash in an nRF52840 xxAA (nRF52840 PS v1.11, memory)."""

MBR_SIZE = 0x1000
"""Bytes of the master boot record at address 0, which no release brings (Nordic S140 memory map)."""

NRF52840_PART = 0x52840
"""FICR.INFO.PART (nRF52840 PS v1.11, FICR)."""

FORMER_USER_PART = 0xD4000
"""Where a 128 KiB user part began before Device OS 3.1; a valid one there still wins (Device OS, user_hal.cpp)."""

USER_PART_END = 0xF4000
"""End of the user part, start of the bootloader (Device OS, build/arm/linker/nrf52840/platform_flash.ld)."""


@dataclass(frozen=True, slots=True)
class ChipIdentity:
    """FICR of an nRF52840: part, variant and build code, sizes in bytes, DEVICEID words."""

    part: int
    variant: str
    flash_size: int
    device_words: tuple[int, int]

    @property
    def device_id(self) -> DeviceId:
        """The device id that follows from the chip alone."""
        return nrf52840_device_id(*self.device_words)

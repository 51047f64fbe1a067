"""What a unit shows on USB: its descriptors with firmware on USB, and with its bootloader there (DFU mode).

Sources: USB 2.0 §9.6; Device OS 6.2, hal/src/boron/app_usbd_string_config.h, hal/src/nRF52840/usb_hal_control.cpp,
platform/MCU/nRF52840/inc/sdk_config_system.h, bootloader/src/nRF52840/usbd_device.cpp, usbd_dfu.h, usbd_dfu_mal.h.
Of an nRF52840; not verified on hardware. Microsoft's own descriptors are not modelled, but for the text that begins
them.
"""

import struct

from station.bench.traits import BIG_FLASH
from station.codec.usb_descriptors import (
    CONFIGURATION,
    ENGLISH,
    STATE_TEXT,
    STRING,
    DeviceDescriptor,
    encode_text,
)
from station.domain.ids import DeviceId
from station.domain.on_unit import Protection
from station.domain.platform import USB_VENDOR, Platform

SELF_POWERED = 0xC0  # bmAttributes
MICROSOFT_TEXT = 0xEE

_CDC_AND_CONTROL = b"".join(
    (
        bytes.fromhex("080b000202020000"),  # interface association: two interfaces, CDC-ACM
        bytes.fromhex("090400000102020000"),  # interface 0: CDC communication, one endpoint
        bytes.fromhex("0524001001"),  # CDC header 1.10
        bytes.fromhex("0524010001"),  # call management: data interface 1
        bytes.fromhex("04240202"),  # abstract control: line coding
        bytes.fromhex("0524060001"),  # union of 0 and 1
        bytes.fromhex("0705810340000a"),  # interrupt IN
        bytes.fromhex("09040100020a000000"),  # interface 1: CDC data
        bytes.fromhex("07050202400000"),
        bytes.fromhex("07058202400000"),
        bytes.fromhex("0904020000ffffff05"),  # interface 2: vendor control, no endpoints, text 5
    )
)
_DFU = b"".join(
    (
        bytes.fromhex("0904000000fe010206"),  # alternate 0: internal flash, text 6
        bytes.fromhex("0904000100fe010207"),  # alternate 1: DCT
        bytes.fromhex("0904000200fe010208"),  # alternate 2: external flash
        bytes.fromhex("09210bff0000101a01"),  # DfuSe, transfers of 4096 bytes
    )
)

_NAMES = {"esomx": "E-SoM-X", "asom": "A-SoM", "bsom": "B-SoM", "b5som": "B5-SoM"}

_STATES = {Protection.OPEN: "sm=o", Protection.PROTECTED: "sm=p", Protection.SERVICE: "sm=s"}


class Descriptors:
    """All descriptors of one attachment."""

    def __init__(self, platform: Platform, ident: DeviceId, dfu: bool, protection: Protection) -> None:
        name = _NAMES.get(platform.name, platform.name.capitalize())
        product = (platform.usb_product_dfu or 0) if dfu else platform.usb_product
        kind = (0, 0, 0) if dfu else (0xEF, 0x02, 0x01)
        self._device = DeviceDescriptor(0x0200, *kind, 64, USB_VENDOR, product, 0x0251, 1, 2, 3, 1).encode()
        self._configuration = _configuration(dfu)
        self._texts = {1: "Particle", 3: ident, MICROSOFT_TEXT: "MSFT100\xee"}
        if dfu:
            said = f"{name} DFU Mode"
            self._texts |= {2: said, 4: said, 5: said, **_areas(platform, protection)}
            self._texts[STATE_TEXT] = _STATES[protection].ljust(8, "\0")
        else:
            self._texts |= {2: f"{name} CDC Mode", 4: f"{name} Serial", 5: f"{name} Control Interface"}

    def get(self, kind: int, index: int) -> bytes | None:
        """One descriptor, None where there is none."""
        match kind, index:
            case (1, 0):
                return self._device
            case (2, 0):
                return self._configuration
            case (3, 0):
                return struct.pack("<BBH", 4, STRING, ENGLISH)
            case (3, number) if number in self._texts:
                return encode_text(self._texts[number])
            case _:
                return None


def _configuration(dfu: bool) -> bytes:
    body, count, text, power = (_DFU, 1, 4, 0x32) if dfu else (_CDC_AND_CONTROL, 3, 0, 250)
    head = struct.pack("<BBHBBBBB", 9, CONFIGURATION, 9 + len(body), count, 1, text, SELF_POWERED, power)
    return head + body


def _areas(platform: Platform, protection: Protection) -> dict[int, str]:
    """The texts of the DFU alternates: areas, pages, and what may be done to them; of a protected unit, nothing."""
    pages = 2048 if platform.name in BIG_FLASH else 1024
    if protection is Protection.PROTECTED:
        internal, dct, external = "1*004Kb,47*004Kb,192*004Kb,4*004Kb,4*004Kb,8*004Kb", "1*016Kb", f"{pages}*004Kb"
    else:
        internal, dct, external = "1*004Ka,47*004Kg,192*004Kg,4*004Kg,4*004Kg,8*004Ka", "1*016Ke", f"{pages}*004Kg"
    return {
        6: f"@Internal Flash   /0x00000000/{internal}",
        7: f"@DCT Flash   /0x00000000/{dct}",
        8: f"@External Flash   /0x80000000/{external}",
    }

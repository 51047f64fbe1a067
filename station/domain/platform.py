"""The kinds of Particle devices, and how each one is recognised from outside."""

from dataclasses import dataclass
from enum import StrEnum

from station.domain.ids import DeviceId, SerialNumber

USB_VENDOR = 0x2B04
"""Particle's USB vendor id (Device OS, build/platform-id.mk)."""


class Mcu(StrEnum):
    """The microcontroller decides how a unit is flashed."""

    STM32F2 = "stm32f2"
    NRF52840 = "nrf52840"
    RTL872X = "rtl872x"
    QCM6490 = "qcm6490"


class Radio(StrEnum):
    """The billing class of a platform."""

    WIFI = "wifi"
    CELLULAR = "cellular"


@dataclass(frozen=True, slots=True)
class Platform:
    """One platform id; `prefixes` are the first four characters of its serial numbers."""

    id: int
    name: str
    mcu: Mcu
    radio: Radio
    in_products: bool
    prefixes: tuple[str, ...]

    @property
    def usb_product(self) -> int:
        """USB product id while firmware runs: 0xC000 | platform id (Device OS, build/platform-id.mk)."""
        return 0xC000 | self.id

    @property
    def usb_product_dfu(self) -> int | None:
        """USB product id in DFU mode: 0xD000 | platform id; None where Linux runs, which has no such mode."""
        return None if self.mcu is Mcu.QCM6490 else 0xD000 | self.id

    @property
    def takes_requests(self) -> bool:
        """False where Linux answers on USB in place of Device OS.

        Source: @particle/device-constants 4.2.1, quirk controlRequestsNotSupported.
        """
        return self.mcu is not Mcu.QCM6490

    @property
    def needs_data_out(self) -> bool:
        """True where USB never ends a transfer to the unit that has no data: one zero byte goes along.

        Source: particle-usb 4.2, src/usb-device-node.js, quirk controlOutTransfersRequireDataStage.
        """
        return self.mcu is Mcu.RTL872X

    @property
    def device_id_prefix(self) -> str:
        """What every device id of this platform begins with; empty where nothing is fixed."""
        match self.mcu:
            case Mcu.NRF52840:
                return "e00fce68"  # Device OS, hal/src/nRF52840/deviceid_hal.cpp
            case Mcu.RTL872X:
                return "0a10aced2021"  # Device OS, hal/src/rtl872x/deviceid_hal.cpp
            case Mcu.QCM6490:
                return "422a06"  # @particle/device-constants 4.2.1, src/js/linux.js: platform 42, by its SoC's number
            case Mcu.STM32F2:
                return ""


# Ids, names and USB ids: @particle/device-constants 4.2.1. Prefixes: particle-iot/docs,
# hardware/best-practices/serial-number.md, mapped to platforms by product family.
# Electron 2's MCU is taken from its constants; Sulu's and Tachyon's prefixes are not published.
_N, _R, _S = Mcu.NRF52840, Mcu.RTL872X, Mcu.STM32F2
_W, _C = Radio.WIFI, Radio.CELLULAR
PLATFORMS = (
    Platform(6, "photon", _S, _W, True, tuple("PHHT PHNT PHHM PHHK PHNM P0MD".split())),
    Platform(8, "p1", _S, _W, True, ("P1MD",)),
    Platform(
        10,
        "electron",
        _S,
        _C,
        True,
        tuple(
            "E26K E26T E27K E27T E35K E35T E31K E31M E31T E40K E40M E40T E4DK E4DT"
            " P005 P029 P030 P035 P036 A26K A27K A35K S26K S27K".split()
        ),
    ),
    Platform(12, "argon", _N, _W, True, tuple("ARNH ARNK ARNT P010 P011 P013".split())),
    Platform(13, "boron", _N, _C, True, tuple("B31K B31T B40H B40K B40T P012 P027 P028 P044".split())),
    Platform(14, "xenon", _N, _W, False, ("XENT",)),
    Platform(15, "esomx", _N, _C, True, ("P052",)),
    Platform(22, "asom", _N, _W, False, ()),
    Platform(23, "bsom", _N, _C, True, tuple("P006 P007 P033 P042".split())),
    Platform(24, "xsom", _N, _W, False, ()),
    Platform(25, "b5som", _N, _C, True, tuple("P019 P020 P034 P056 P069".split())),
    Platform(26, "tracker", _N, _C, True, tuple("P024 P025 P031 P032".split())),
    Platform(28, "trackerm", _R, _C, True, ()),
    Platform(32, "p2", _R, _W, True, tuple("P046 P051".split())),
    Platform(35, "msom", _R, _C, True, tuple("P054 P055 P068".split())),
    Platform(37, "electron2", _N, _C, True, ()),
    Platform(38, "sulu", _R, _C, True, ()),
    Platform(42, "tachyon", Mcu.QCM6490, _C, True, ()),
)

_BY_NAME = {one.name: one for one in PLATFORMS}
_BY_ID = {one.id: one for one in PLATFORMS}
_BY_PREFIX = {prefix: one for one in PLATFORMS for prefix in one.prefixes}
_BY_USB = {
    product: one for one in PLATFORMS for product in (one.usb_product, one.usb_product_dfu) if product is not None
}


def platform_named(name: str) -> Platform | None:
    """The platform of that name, as recipes and releases write it."""
    return _BY_NAME.get(name)


def platform_with_id(number: int) -> Platform | None:
    """The platform of that id, as module headers and the cloud write it."""
    return _BY_ID.get(number)


def platform_of_serial(serial: SerialNumber) -> Platform | None:
    """The platform that uses this serial number's first four characters, or None for an unknown prefix."""
    return _BY_PREFIX.get(serial[:4])


def platform_of_usb(product: int) -> Platform | None:
    """The platform with this USB product id, in normal or DFU mode."""
    return _BY_USB.get(product)


def label_contradicts(serial: SerialNumber, device: DeviceId, platform: Platform) -> bool:
    """True where the platform ties the label to the chip and the two differ.

    RTL872x serial numbers end in the last six digits of the device id
    (Device OS, hal/src/rtl872x/deviceid_hal.cpp); the others cannot be derived.
    """
    return platform.mcu is Mcu.RTL872X and serial[9:15] != device[18:24].upper()

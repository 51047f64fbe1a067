"""Who a unit is: identifiers, each with the one function that reads it."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NewType, Protocol

from station.domain.counted import counted

DeviceId = NewType("DeviceId", str)
"""24 lower-case hexadecimal digits, as Particle's cloud and the unit's own USB descriptor write it."""

SerialNumber = NewType("SerialNumber", str)
"""15 upper-case letters and digits, as printed on the label (Device OS: HAL_DEVICE_SERIAL_NUMBER_SIZE)."""

Iccid = NewType("Iccid", str)
"""18 to 22 digits beginning with 89, the last one a Luhn check digit: the number of a SIM (ITU-T E.118)."""

Imei = NewType("Imei", str)
"""15 digits, the last one a Luhn check digit: the number of a modem (3GPP TS 23.003 §6.2)."""

RunId = NewType("RunId", str)
"""Sorts by time and is safe as a file name: `20261122-201501-n2-3f9a`."""

Kind = Literal["device_id", "serial", "iccid", "imei"]

KIND_NAMES: Mapping[Kind, str] = MappingProxyType(
    {"device_id": "device id", "serial": "serial number", "iccid": "ICCID", "imei": "IMEI"}
)


class Named(Protocol):
    """Whatever names a unit: a label's binding, a line of an order, a witness."""

    @property
    def device_id(self) -> DeviceId | None: ...
    @property
    def serial(self) -> SerialNumber | None: ...
    @property
    def iccid(self) -> Iccid | None: ...
    @property
    def imei(self) -> Imei | None: ...


def identifiers(of: Named) -> dict[Kind, str]:
    """What it names its unit by; what it does not tell is left out."""
    told: dict[Kind, str] = {}
    if (device := of.device_id) is not None:
        told["device_id"] = device
    if (serial := of.serial) is not None:
        told["serial"] = serial
    if (sim := of.iccid) is not None:
        told["iccid"] = sim
    if (modem := of.imei) is not None:
        told["imei"] = modem
    return told


_DEVICE_ID = re.compile(r"[0-9a-f]{24}\Z", re.ASCII)
_SERIAL = re.compile(r"[A-Z0-9]{15}\Z", re.ASCII)
_ICCID = re.compile(r"89[0-9]{16,20}\Z", re.ASCII)
_IMEI = re.compile(r"[0-9]{15}\Z", re.ASCII)
_RUN_ID = re.compile(r"\d{8}-\d{6}-n\d{1,2}-[0-9a-f]{4}\Z", re.ASCII)

NRF52840_PREFIX = bytes.fromhex("e00fce68")
"""First four bytes of every nRF52840 device id (Device OS, hal/src/nRF52840/deviceid_hal.cpp)."""


class NotAnId(ValueError):
    """The text is not the identifier it should be; the message never repeats the text."""


def device_id(text: str) -> DeviceId:
    """Read a device id as it arrives from a scanner, a USB descriptor or a log line.

    >>> device_id(" E00FCE68AABBCCDDEEFF0011\\r")
    'e00fce68aabbccddeeff0011'
    """
    lowered = text.strip(" \t\r\n\0").lower()
    if not _DEVICE_ID.match(lowered):
        raise NotAnId(f"a device id has 24 hexadecimal digits; got {counted(len(lowered), 'character')}")
    return DeviceId(lowered)


def serial_number(text: str) -> SerialNumber:
    """Read a serial number.

    >>> serial_number("B40HAB1234567K9")
    'B40HAB1234567K9'
    """
    stripped = text.strip(" \t\r\n\0")
    if not _SERIAL.match(stripped):
        told = counted(len(stripped), "character")
        raise NotAnId(f"a serial number has 15 upper-case letters and digits; got {told}")
    return SerialNumber(stripped)


def iccid(text: str) -> Iccid:
    """Read the number of a SIM.

    >>> iccid("8934076500002589174")
    '8934076500002589174'
    """
    stripped = text.strip(" \t\r\n\0")
    if not _ICCID.match(stripped):
        raise NotAnId(f"an ICCID has 18 to 22 digits and begins with 89; got {counted(len(stripped), 'character')}")
    if not _luhn(stripped):
        raise NotAnId("the ICCID's check digit is wrong")
    return Iccid(stripped)


def imei(text: str) -> Imei:
    """Read the number of a modem.

    >>> imei("352753090000000")
    Traceback (most recent call last):
    station.domain.ids.NotAnId: the IMEI's check digit is wrong
    """
    stripped = text.strip(" \t\r\n\0")
    if not _IMEI.match(stripped):
        raise NotAnId(f"an IMEI has 15 digits; got {counted(len(stripped), 'character')}")
    if not _luhn(stripped):
        raise NotAnId("the IMEI's check digit is wrong")
    return Imei(stripped)


def _luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B: every second digit from the right doubled, its digits added, all a multiple of ten."""
    doubled = (int(one) * (1 + place % 2) for place, one in enumerate(reversed(digits)))
    return sum(one // 10 + one % 10 for one in doubled) % 10 == 0


def luhn_digit(digits: str) -> str:
    """The check digit that goes behind these.

    >>> luhn_digit("893407650000258917")
    '4'
    """
    return next(one for one in "0123456789" if _luhn(digits + one))


def run_id(text: str) -> RunId:
    """Read a run id back from a command line or a file name."""
    if not _RUN_ID.match(text):
        raise NotAnId("a run id looks like 20261122-201501-n2-3f9a")
    return RunId(text)


def nrf52840_device_id(word0: int, word1: int) -> DeviceId:
    """The device id that follows from FICR.DEVICEID[0] and [1], in the chip's byte order.

    >>> nrf52840_device_id(0x44332211, 0x88776655)
    'e00fce681122334455667788'
    """
    return DeviceId((NRF52840_PREFIX + word0.to_bytes(4, "little") + word1.to_bytes(4, "little")).hex())

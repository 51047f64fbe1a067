"""What a USB device says of itself before anyone asks its firmware: device descriptor and texts (USB 2.0 §9.6)."""

import struct
from dataclasses import astuple, dataclass

from station.codec.control import Setup
from station.codec.wire import NotUnderstood

STANDARD_IN = 0x80
"""bmRequestType: to the host, standard, device (USB 2.0 §9.3.1)."""

GET_DESCRIPTOR = 6
DEVICE, CONFIGURATION, STRING, INTERFACE, ENDPOINT = 1, 2, 3, 4, 5
"""bDescriptorType (USB 2.0 §9.4, table 9-5)."""

ENGLISH = 0x0409
"""The language of a unit's texts, US English."""

STATE_TEXT = 0xFA
"""Index of the text by which a unit in DFU mode tells its protection: sm=o open, sm=p protected, sm=s service mode
(Device OS from 6.1.2 on, bootloader/src/nRF52840/usbd_device.cpp)."""

MAX_TEXT = 255
"""wLength for a text: its own length is one byte."""

_DEVICE = struct.Struct("<BBHBBBBHHHBBBB")


@dataclass(frozen=True, slots=True)
class DeviceDescriptor:
    """Who made it and what it is; the last texts are numbers of texts, 0 where there is none."""

    usb: int
    device_class: int
    subclass: int
    protocol: int
    packet_size: int
    vendor: int
    product: int
    release: int
    manufacturer_text: int
    product_text: int
    serial_text: int
    configurations: int

    def encode(self) -> bytes:
        """The 18 bytes."""
        return _DEVICE.pack(_DEVICE.size, DEVICE, *astuple(self))

    @classmethod
    def decode(cls, data: bytes) -> "DeviceDescriptor":
        """Raises NotUnderstood."""
        if len(data) != _DEVICE.size or data[:2] != bytes((_DEVICE.size, DEVICE)):
            raise NotUnderstood(f"{len(data)} bytes that are no device descriptor")
        return cls(*_DEVICE.unpack(data)[2:])


def get_descriptor(kind: int, index: int, length: int, language: int = 0) -> Setup:
    """Ask for a descriptor."""
    return Setup(STANDARD_IN, GET_DESCRIPTOR, kind << 8 | index, language, length)


def get_text(index: int) -> Setup:
    """Ask for a text."""
    return get_descriptor(STRING, index, MAX_TEXT, ENGLISH)


def encode_text(characters: str) -> bytes:
    """The descriptor of a text of at most 126 characters."""
    content = characters.encode("utf-16-le")
    return bytes((2 + len(content), STRING)) + content


def decode_text(data: bytes) -> str:
    """The text in its descriptor. Raises NotUnderstood, whose words hold nothing of it."""
    if len(data) < 2 or data[1] != STRING or data[0] != len(data) or len(data) % 2:
        raise NotUnderstood(f"{len(data)} bytes that are no text")
    try:
        return data[2:].decode("utf-16-le")
    except UnicodeDecodeError:
        raise NotUnderstood("a text that is no UTF-16") from None

"""The host's end of the bench's USB wire: a pyusb backend whose devices are sockets in a folder.

`usb.core.find(backend=BenchUsb(folder))` finds what is attached at `<folder>/usb/<place>.sock`; the wire itself is
described in station/bench/usb_wire.py. Everything pyusb learns it asks the device for, as libusb does.
Only control transfers exist: a unit's data endpoints belong to its serial port.
"""

import array
import os
import re
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import usb.backend
import usb.core

GET_DESCRIPTOR, GET_CONFIGURATION, SET_CONFIGURATION, SET_INTERFACE = 6, 8, 9, 11  # USB 2.0 §9.4
DEVICE, CONFIGURATION, INTERFACE, ENDPOINT = 1, 2, 4, 5  # USB 2.0 §9.4, table 9-5
FULL_SPEED = 2  # what pyusb calls 12 Mbit/s (usb.util.SPEED_FULL); nRF52840 PS v1.11 §USBD
ENUMERATION_TIMEOUT_MS = 1000

# libusb's own codes beside the errno that pyusb shows (libusb, enum libusb_error)
_TIMEOUT, _PIPE, _NO_DEVICE = (-7, 110), (-9, 32), (-4, 19)

_PLACE = re.compile(r"(\d+)-(\d+(?:\.\d+)*)\.sock\Z", re.ASCII)
_DEVICE_FIELDS = (
    "bLength bDescriptorType bcdUSB bDeviceClass bDeviceSubClass bDeviceProtocol bMaxPacketSize0 idVendor idProduct"
    " bcdDevice iManufacturer iProduct iSerialNumber bNumConfigurations"
).split()
_CONFIGURATION_FIELDS = (
    "bLength bDescriptorType wTotalLength bNumInterfaces bConfigurationValue iConfiguration bmAttributes bMaxPower"
).split()
_INTERFACE_FIELDS = (
    "bLength bDescriptorType bInterfaceNumber bAlternateSetting bNumEndpoints bInterfaceClass bInterfaceSubClass"
    " bInterfaceProtocol iInterface"
).split()
_ENDPOINT_FIELDS = "bLength bDescriptorType bEndpointAddress bmAttributes wMaxPacketSize bInterval".split()


def _lost() -> usb.core.USBError:
    return usb.core.USBError("No such device (it may have been disconnected)", *_NO_DEVICE)


@dataclass(frozen=True, slots=True)
class Attached:
    """One attachment of one device: the same place after a re-enumeration is another attachment."""

    path: Path
    bus: int
    ports: tuple[int, ...]
    born: tuple[int, int]
    descriptor: bytes

    @property
    def address(self) -> int:
        """Device address on its bus, 1 to 127, new at each attachment; chosen here as the kernel would."""
        return (self.born[0] + self.born[1] // 1000) % 127 + 1


class Pipe:
    """An open device. Each transfer has a connection of its own, so that a handle nobody closes holds nothing open."""

    def __init__(self, path: Path, born: tuple[int, int]) -> None:
        self._path, self._born = path, born

    def transfer(self, setup: bytes, out: bytes, timeout_ms: int) -> bytes:
        """One control transfer; raises USBError as pyusb's libusb backend does."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
                wire.settimeout(timeout_ms / 1000 or None)
                wire.connect(str(self._path))
                if _born(self._path) != self._born:
                    raise _lost()
                wire.sendall(setup + out)
                stall, length = struct.unpack("<BH", _exactly(wire, 3))
                data = _exactly(wire, length)
        except TimeoutError:
            raise usb.core.USBTimeoutError("Operation timed out", *_TIMEOUT) from None
        except usb.core.USBError:
            raise
        except OSError:
            raise _lost() from None
        if stall:
            raise usb.core.USBError("Pipe error", *_PIPE)
        return data


def _exactly(wire: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = wire.recv(size - len(data))
        if not more:
            raise ConnectionResetError("the device went away")
        data += more
    return data


class BenchUsb(usb.backend.IBackend):
    """All devices of one bench folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "usb"

    def enumerate_devices(self) -> Iterator[Attached]:
        """Every device that answers, by place."""
        for path in sorted(self._folder.glob("*.sock")):
            found = self._attached(path)
            if found is not None:
                yield found

    def _attached(self, path: Path) -> Attached | None:
        named = _PLACE.match(path.name)
        if named is None:
            return None
        try:
            born = _born(path)
            descriptor = _ask_descriptor(Pipe(path, born), DEVICE, 0, 18)
        except OSError:
            return None
        ports = tuple(int(port) for port in named[2].split("."))
        return Attached(path, int(named[1]), ports, born, descriptor)

    def get_parent(self, dev: Attached) -> None:
        """Hubs are not shown."""

    def get_device_descriptor(self, dev: Attached) -> SimpleNamespace:
        """USB 2.0 §9.6.1, and where the device sits."""
        fields = _fields(_DEVICE_FIELDS, "<BBHBBBBHHHBBBB", dev.descriptor)
        fields.bus, fields.address, fields.speed = dev.bus, dev.address, FULL_SPEED
        fields.port_number, fields.port_numbers = dev.ports[-1], dev.ports
        return fields

    def get_configuration_descriptor(self, dev: Attached, config: int) -> SimpleNamespace:
        """USB 2.0 §9.6.3."""
        whole = self._configuration(dev, config)
        fields = _fields(_CONFIGURATION_FIELDS, "<BBHBBBBB", whole)
        fields.extra_descriptors = []
        return fields

    def get_interface_descriptor(self, dev: Attached, intf: int, alt: int, config: int) -> SimpleNamespace:
        """USB 2.0 §9.6.5; raises IndexError where there is none, which ends pyusb's iteration."""
        found = [one for one in _parts(self._configuration(dev, config)) if one[1] == INTERFACE]
        numbers = sorted({one[2] for one in found})
        same = [one for one in found if one[2] == numbers[intf]]
        fields = _fields(_INTERFACE_FIELDS, "<BBBBBBBBB", same[alt])
        fields.extra_descriptors = []
        return fields

    def get_endpoint_descriptor(self, dev: Attached, ep: int, intf: int, alt: int, config: int) -> SimpleNamespace:
        """USB 2.0 §9.6.6; raises IndexError where there is none."""
        wanted = self.get_interface_descriptor(dev, intf, alt, config)
        found, inside = [], False
        for one in _parts(self._configuration(dev, config)):
            if one[1] == INTERFACE:
                inside = (one[2], one[3]) == (wanted.bInterfaceNumber, wanted.bAlternateSetting)
            elif one[1] == ENDPOINT and inside:
                found.append(one)
        fields = _fields(_ENDPOINT_FIELDS, "<BBBBHB", found[ep])
        fields.bRefresh = fields.bSynchAddress = 0
        fields.extra_descriptors = []
        return fields

    def _configuration(self, dev: Attached, config: int) -> bytes:
        if config >= dev.descriptor[17]:
            raise IndexError("no such configuration")
        pipe = Pipe(dev.path, dev.born)
        head = _ask_descriptor(pipe, CONFIGURATION, config, 9)
        (total,) = struct.unpack_from("<H", head, 2)
        return _ask_descriptor(pipe, CONFIGURATION, config, total)

    def open_device(self, dev: Attached) -> Pipe:
        """Open the device, if it is still the one that was enumerated."""
        try:
            same = _born(dev.path) == dev.born
        except OSError:
            same = False
        if not same:
            raise _lost()
        return Pipe(dev.path, dev.born)

    def close_device(self, dev_handle: Pipe) -> None:
        """Nothing is held open."""

    def ctrl_transfer(
        self,
        dev_handle: Pipe,
        bmRequestType: int,  # noqa: N803 - the names are pyusb's
        bRequest: int,  # noqa: N803
        wValue: int,  # noqa: N803
        wIndex: int,  # noqa: N803
        data: "array.array[int]",
        timeout: int,
    ) -> int:
        """One control transfer, `timeout` in milliseconds; returns how many bytes went over the wire."""
        setup = struct.pack("<BBHHH", bmRequestType, bRequest, wValue, wIndex, len(data))
        if not bmRequestType & 0x80:
            dev_handle.transfer(setup, data.tobytes(), timeout)
            return len(data)
        answer = dev_handle.transfer(setup, b"", timeout)[: len(data)]
        data[: len(answer)] = array.array("B", answer)
        return len(answer)

    def get_configuration(self, dev_handle: Pipe) -> int:
        """The active configuration's value; 0 while there is none."""
        return dev_handle.transfer(struct.pack("<BBHHH", 0x80, GET_CONFIGURATION, 0, 0, 1), b"", 1000)[0]

    def set_configuration(self, dev_handle: Pipe, config_value: int) -> None:
        """Choose a configuration."""
        dev_handle.transfer(struct.pack("<BBHHH", 0x00, SET_CONFIGURATION, config_value, 0, 0), b"", 1000)

    def set_interface_altsetting(self, dev_handle: Pipe, intf: int, altsetting: int) -> None:
        """Choose an alternate setting."""
        dev_handle.transfer(struct.pack("<BBHHH", 0x01, SET_INTERFACE, altsetting, intf, 0), b"", 1000)

    def claim_interface(self, dev_handle: Pipe, intf: int) -> None:
        """Nobody competes for interfaces here."""

    def release_interface(self, dev_handle: Pipe, intf: int) -> None:
        """Nobody competes for interfaces here."""

    def is_kernel_driver_active(self, dev_handle: Pipe, intf: int) -> bool:
        """No kernel driver knows of a socket."""
        return False


def _born(path: Path) -> tuple[int, int]:
    there = os.stat(path)
    return there.st_ino, there.st_ctime_ns


def _ask_descriptor(pipe: Pipe, kind: int, index: int, size: int) -> bytes:
    setup = struct.pack("<BBHHH", 0x80, GET_DESCRIPTOR, kind << 8 | index, 0, size)
    answer = pipe.transfer(setup, b"", ENUMERATION_TIMEOUT_MS)
    if len(answer) < min(size, 9):
        raise _lost()
    return answer


def _fields(names: list[str], layout: str, data: bytes) -> SimpleNamespace:
    return SimpleNamespace(**dict(zip(names, struct.unpack_from(layout, data), strict=True)))


def _parts(configuration: bytes) -> Iterator[bytes]:
    """The single descriptors of a configuration, in order."""
    at = 0
    while at + 2 <= len(configuration) and configuration[at] >= 2:
        yield configuration[at : at + configuration[at]]
        at += configuration[at]

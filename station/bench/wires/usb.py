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
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Protocol

import usb.backend
import usb.core

from station.bench.usb_wire import Overflow, ask
from station.codec.usb_descriptors import CONFIGURATION, DEVICE, ENDPOINT, INTERFACE, DeviceDescriptor, get_descriptor
from station.codec.wire import NotUnderstood

GET_CONFIGURATION, SET_CONFIGURATION, SET_INTERFACE = 8, 9, 11  # USB 2.0 §9.4
FULL_SPEED = 2  # what pyusb calls 12 Mbit/s (usb.util.SPEED_FULL); nRF52840 PS v1.11 §USBD
ENUMERATION_TIMEOUT_MS = 1000
NEVER = 1e6  # seconds; libusb takes a time-out of 0 for none

# libusb's own codes beside the errno that pyusb shows (libusb, enum libusb_error)
_IO, _NO_DEVICE, _TIMEOUT, _OVERFLOW, _PIPE = (-1, 5), (-4, 19), (-7, 110), (-8, 75), (-9, 32)

_PLACE = re.compile(r"(\d+)-(\d+(?:\.\d+)*)\.sock\Z", re.ASCII)
_CONFIGURATION_FIELDS = (
    "bLength bDescriptorType wTotalLength bNumInterfaces bConfigurationValue iConfiguration bmAttributes bMaxPower"
).split()
_INTERFACE_FIELDS = (
    "bLength bDescriptorType bInterfaceNumber bAlternateSetting bNumEndpoints bInterfaceClass bInterfaceSubClass"
    " bInterfaceProtocol iInterface"
).split()
_ENDPOINT_FIELDS = "bLength bDescriptorType bEndpointAddress bmAttributes wMaxPacketSize bInterval".split()


class Pipe(Protocol):
    """A device that is open."""

    def transfer(self, setup: bytes, out: bytes, timeout_ms: int) -> bytes:
        """One control transfer; raises USBError as pyusb's libusb backend does."""
        ...


@dataclass(frozen=True, slots=True)
class Attached:
    """One attachment of one device: the same place after a re-enumeration is another attachment."""

    pipe: Pipe
    bus: int
    ports: tuple[int, ...]
    address: int
    descriptor: DeviceDescriptor


def lost() -> usb.core.USBError:
    """What pyusb raises for a device that is no more."""
    return usb.core.USBError("No such device (it may have been disconnected)", *_NO_DEVICE)


def is_stall(error: usb.core.USBError) -> bool:
    """True when the device answered, and refused."""
    return bool(error.errno == _PIPE[1])


def timed_out() -> usb.core.USBTimeoutError:
    """What pyusb raises for a device that takes too long."""
    return usb.core.USBTimeoutError("Operation timed out", *_TIMEOUT)


def converse(wire: socket.socket, setup: bytes, out: bytes, until: float) -> bytes:
    """One transfer, with pyusb's errors for what can come of it. Raises OSError when the connection breaks."""
    try:
        data = ask(wire, setup, out, until)
    except TimeoutError:
        raise timed_out() from None
    except Overflow as why:
        raise usb.core.USBError(f"Overflow: {why}", *_OVERFLOW) from None
    except NotUnderstood as why:
        raise usb.core.USBError(f"Input/Output Error: {why}", *_IO) from None
    if data is None:
        raise usb.core.USBError("Pipe error", *_PIPE)
    return data


class SocketPipe:
    """A device in a folder. Each transfer has a connection of its own, so that a handle nobody closes holds nothing."""

    def __init__(self, path: Path, born: tuple[int, int]) -> None:
        self._path, self._born = path, born

    def transfer(self, setup: bytes, out: bytes, timeout_ms: int) -> bytes:
        """One control transfer."""
        until = time.monotonic() + (timeout_ms / 1000 or NEVER)
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
                wire.settimeout(timeout_ms / 1000 or None)
                wire.connect(str(self._path))
                if _born(self._path) != self._born:
                    raise lost()
                return converse(wire, setup, out, until)
        except TimeoutError:
            raise timed_out() from None
        except usb.core.USBError:
            raise
        except OSError:
            raise lost() from None


class WireUsb(usb.backend.IBackend):
    """What pyusb asks of a backend, for devices that are asked over a wire; a child finds them."""

    def get_parent(self, dev: Attached) -> None:
        """Hubs are not shown."""

    def get_device_descriptor(self, dev: Attached) -> SimpleNamespace:
        """USB 2.0 §9.6.1, and where the device sits."""
        told = dev.descriptor
        return SimpleNamespace(
            bLength=18,
            bDescriptorType=DEVICE,
            bcdUSB=told.usb,
            bDeviceClass=told.device_class,
            bDeviceSubClass=told.subclass,
            bDeviceProtocol=told.protocol,
            bMaxPacketSize0=told.packet_size,
            idVendor=told.vendor,
            idProduct=told.product,
            bcdDevice=told.release,
            iManufacturer=told.manufacturer_text,
            iProduct=told.product_text,
            iSerialNumber=told.serial_text,
            bNumConfigurations=told.configurations,
            bus=dev.bus,
            address=dev.address,
            speed=FULL_SPEED,
            port_number=dev.ports[-1],
            port_numbers=dev.ports,
        )

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
        if config >= dev.descriptor.configurations:
            raise IndexError("no such configuration")
        head = _ask_descriptor(dev.pipe, CONFIGURATION, config, 9)
        (total,) = struct.unpack_from("<H", head, 2)
        return _ask_descriptor(dev.pipe, CONFIGURATION, config, total)

    def open_device(self, dev: Attached) -> Pipe:
        """What was enumerated; whether it is still there shows at the first transfer."""
        return dev.pipe

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


def _ask_descriptor(pipe: Pipe, kind: int, index: int, size: int) -> bytes:
    answer = pipe.transfer(get_descriptor(kind, index, size).encode(), b"", ENUMERATION_TIMEOUT_MS)
    if len(answer) < min(size, 9):
        raise lost()
    return answer


def ask_device(pipe: Pipe) -> DeviceDescriptor | None:
    """The device descriptor, None where the device tells none. Raises USBError when it went away or is silent."""
    try:
        return DeviceDescriptor.decode(
            pipe.transfer(get_descriptor(DEVICE, 0, 18).encode(), b"", ENUMERATION_TIMEOUT_MS)
        )
    except NotUnderstood:
        return None
    except usb.core.USBError as error:
        if is_stall(error):
            return None
        raise


def _fields(names: list[str], layout: str, data: bytes) -> SimpleNamespace:
    return SimpleNamespace(**dict(zip(names, struct.unpack_from(layout, data), strict=True)))


def _parts(configuration: bytes) -> Iterator[bytes]:
    """The single descriptors of a configuration, in order."""
    at = 0
    while at + 2 <= len(configuration) and configuration[at] >= 2:
        yield configuration[at : at + configuration[at]]
        at += configuration[at]


class BenchUsb(WireUsb):
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
            pipe = SocketPipe(path, born)
            descriptor = ask_device(pipe)
        except OSError:
            return None
        if descriptor is None:
            return None
        ports = tuple(int(port) for port in named[2].split("."))
        # Device address, 1 to 127, new at each attachment; chosen here as the kernel would.
        address = (born[0] + born[1] // 1000) % 127 + 1
        return Attached(pipe, int(named[1]), ports, address, descriptor)


def _born(path: Path) -> tuple[int, int]:
    there = os.stat(path)
    return there.st_ino, there.st_ctime_ns

"""Writes down what goes over endpoint 0, whichever backend it goes through: pyusb asks this one, this one asks it."""

import array
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import usb.backend
import usb.core

from station.codec.control import Setup
from station.codec.usb_descriptors import DEVICE, DeviceDescriptor, get_descriptor
from station.codec.usb_recording import Transfer, Unanswered


class RecordingUsb(usb.backend.IBackend):
    """Passes everything on, and notes each transfer when it is over."""

    def __init__(self, backend: usb.backend.IBackend, note: Callable[[Transfer], None]) -> None:
        self._backend, self._note = backend, note
        self._told: set[tuple[int, int]] = set()

    def enumerate_devices(self) -> Iterator[object]:
        """As the backend finds them."""
        yield from self._backend.enumerate_devices()

    def get_device_descriptor(self, dev: object) -> SimpleNamespace:
        """As the backend tells it; noted once an attachment, since the system asks a device for it once."""
        told: SimpleNamespace = self._backend.get_device_descriptor(dev)
        attachment = (told.bus or 0, told.address or 0)
        if attachment not in self._told:
            self._told.add(attachment)
            self._note(Transfer(get_descriptor(DEVICE, 0, 18), b"", _packed(told)))
        return told

    def get_parent(self, dev: object) -> object:
        """As the backend tells it."""
        return self._backend.get_parent(dev)

    def open_device(self, dev: object) -> object:
        """As the backend does."""
        return self._backend.open_device(dev)

    def close_device(self, dev_handle: object) -> None:
        """As the backend does."""
        self._backend.close_device(dev_handle)

    def ctrl_transfer(
        self,
        dev_handle: object,
        bmRequestType: int,  # noqa: N803 - the names are pyusb's
        bRequest: int,  # noqa: N803
        wValue: int,  # noqa: N803
        wIndex: int,  # noqa: N803
        data: "array.array[int]",
        timeout: int,
    ) -> int:
        """One control transfer through the backend."""
        setup = Setup(bmRequestType, bRequest, wValue, wIndex, len(data))
        to_host = bool(bmRequestType & 0x80)
        out = b"" if to_host else data.tobytes()
        try:
            moved: int = self._backend.ctrl_transfer(dev_handle, bmRequestType, bRequest, wValue, wIndex, data, timeout)
        except usb.core.USBError as error:
            self._note(Transfer(setup, out, Unanswered.STALL if error.errno == 32 else Unanswered.LOST))
            raise
        self._note(Transfer(setup, out, data[:moved].tobytes() if to_host else b""))
        return moved


def _packed(told: SimpleNamespace) -> bytes:
    return DeviceDescriptor(
        told.bcdUSB,
        told.bDeviceClass,
        told.bDeviceSubClass,
        told.bDeviceProtocol,
        told.bMaxPacketSize0,
        told.idVendor,
        told.idProduct,
        told.bcdDevice,
        told.iManufacturer,
        told.iProduct,
        told.iSerialNumber,
        told.bNumConfigurations,
    ).encode()

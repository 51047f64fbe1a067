"""The unit on the USB bus: descriptors and control requests, by its place in the topology; the only door to pyusb.

Never checked on hardware.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import libusb_package
import usb.backend
import usb.core

from station.codec import control
from station.codec.wire import NotUnderstood
from station.domain.faults import DidNotBoot, LinkLost, NoAnswer, OfflineRule, RequestRefused
from station.domain.ids import DeviceId, NotAnId, device_id
from station.domain.offline import raw_refusal, request_refusal
from station.domain.platform import USB_VENDOR, platform_of_usb
from station.ports import REQUEST_WITHIN, Clock

TRANSFER_MS = 1000
"""Milliseconds for one control transfer."""

RAW = 0x50
"""bRequest of vendor requests without a session (Device OS, hal/src/nRF52840/usb_hal_cdc.c)."""

OUT_REQUESTS = frozenset({302})

DFU = 0xD
"""First digit of USB product ids in DFU mode (Device OS, build/platform-id.mk)."""

POLL = 0.05
"""Seconds between two looks at the bus or at a pending request (particle-usb 4.2.0 begins with 50 ms)."""


def system_backend() -> usb.backend.IBackend:
    """libusb-1.0 as the wheel brings it."""
    return libusb_package.get_libusb1_backend()


class UsbBus:
    """Implements ports.Usb for one place, such as `1-1.2`: bus 1, port 1, port 2."""

    def __init__(self, place: str, clock: Clock, backend: Callable[[], usb.backend.IBackend]) -> None:
        bus, _, ports = place.partition("-")
        self._bus = int(bus)
        self._ports = tuple(int(port) for port in ports.split("."))
        self._place = place
        self._clock = clock
        self._backend = backend()

    def present(self) -> bool:
        return self._find() is not None

    def await_unit(self, within: float) -> None:
        deadline = self._clock.now() + within
        while True:
            found = self._find()
            if found is not None and found.idVendor == USB_VENDOR:
                return
            if self._clock.now() >= deadline:
                raise DidNotBoot(f"no Particle device came up at USB place {self._place} within {within:g} s")
            self._clock.sleep(POLL)

    def device_id(self) -> DeviceId:
        with self._device() as device:
            text = device.serial_number
        if text is None:
            raise NoAnswer("the unit has no serial-number descriptor")
        try:
            return device_id(text)
        except NotAnId as error:
            raise NoAnswer(f"the unit's serial-number descriptor is no device id: {error}") from error

    def platform_id(self) -> int:
        with self._device() as device:
            product: int = device.idProduct
        platform = platform_of_usb(product)
        if platform is None:
            raise NoAnswer(f"USB product id {product:#06x} is of no Particle platform")
        return platform.id

    def in_dfu_mode(self) -> bool:
        with self._device() as device:
            return int(device.idProduct) >> 12 == DFU

    def raw(self, number: int) -> bytes:
        if why := raw_refusal(number):
            raise OfflineRule(f"vendor request {number} is not sent: {why}")
        with self._device() as device:
            if number in OUT_REQUESTS:
                self._out(device, control.Setup(control.VENDOR_OUT, RAW, 0, number, 0), b"")
                return b""
            return self._in(device, control.Setup(control.VENDOR_IN, RAW, 0, number, control.SERVICE_LENGTH))

    def request(
        self, number: int, payload: bytes = b"", *, within: float = REQUEST_WITHIN, modem: bool = False
    ) -> bytes:
        refusal = request_refusal(number, modem)
        if refusal is not None:
            raise OfflineRule(f"control request {number} is not sent: {refusal}")
        deadline = self._clock.now() + within
        with self._device() as device:
            try:
                return self._talk(device, number, payload, deadline)
            except NotUnderstood as error:
                raise NoAnswer(f"control request {number}: {error}") from error

    def _talk(self, device: usb.core.Device, number: int, payload: bytes, deadline: float) -> bytes:
        reply = self._service(device, control.init(number, len(payload)), number)
        if reply.id is None:
            raise NotUnderstood("the unit took the request and gave it no id")
        ident = reply.id
        if payload:
            while reply.status is control.Status.PENDING:
                reply = self._wait(device, ident, number, deadline)
            at = 0
            for length in control.chunks(len(payload)):
                self._out(device, control.send(ident, length), payload[at : at + length])
                at += length
        reply = self._service(device, control.check(ident), number)
        while reply.status is control.Status.PENDING or reply.result is None:
            reply = self._wait(device, ident, number, deadline)
        if reply.result:
            raise RequestRefused(f"control request {number} failed: {control.result_name(reply.result)}")
        return b"".join(self._in(device, control.recv(ident, length)) for length in control.chunks(reply.size or 0))

    def _wait(self, device: usb.core.Device, ident: int, number: int, deadline: float) -> control.ServiceReply:
        if self._clock.now() >= deadline:
            # An abandoned request would keep one of the few places the unit has for them.
            self._in(device, control.reset(ident))
            raise NoAnswer(f"control request {number} was not done in time")
        self._clock.sleep(POLL)
        return self._service(device, control.check(ident), number)

    def _service(self, device: usb.core.Device, setup: control.Setup, number: int) -> control.ServiceReply:
        reply = control.ServiceReply.decode(self._in(device, setup))
        if reply.status not in (control.Status.OK, control.Status.PENDING):
            raise RequestRefused(f"the unit did not take control request {number}: status {reply.status.name}")
        return reply

    @staticmethod
    def _in(device: usb.core.Device, setup: control.Setup) -> bytes:
        return bytes(
            device.ctrl_transfer(setup.request_type, setup.request, setup.value, setup.index, setup.length, TRANSFER_MS)
        )

    @staticmethod
    def _out(device: usb.core.Device, setup: control.Setup, data: bytes) -> None:
        device.ctrl_transfer(setup.request_type, setup.request, setup.value, setup.index, data, TRANSFER_MS)

    def _find(self) -> usb.core.Device | None:
        found: Iterator[usb.core.Device] = usb.core.find(find_all=True, backend=self._backend)
        for device in found:
            if device.bus == self._bus and tuple(device.port_numbers or ()) == self._ports:
                return device
        return None

    @contextmanager
    def _device(self) -> Iterator[usb.core.Device]:
        device = self._find()
        if device is None:
            raise LinkLost(f"nothing is at USB place {self._place}")
        try:
            yield device
        except usb.core.USBTimeoutError as error:
            raise NoAnswer(f"the unit at USB place {self._place} did not answer: {error}") from error
        except (usb.core.USBError, ValueError) as error:
            raise LinkLost(f"the unit at USB place {self._place}: {error}") from error


def units_on_bus() -> list[tuple[str, str]]:
    """Particle devices on this machine: place in the topology, and what they are."""
    found = []
    for device in usb.core.find(find_all=True, idVendor=USB_VENDOR, backend=system_backend()):
        platform = platform_of_usb(device.idProduct)
        ports = ".".join(str(port) for port in device.port_numbers or ())
        found.append((f"{device.bus}-{ports}", f"{platform.name if platform else 'unknown'} {device.idProduct:#06x}"))
    return found

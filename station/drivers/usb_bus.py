"""The unit on the USB bus: descriptors and control requests, by its place in the topology; the only door to pyusb.

Never checked on hardware.
"""

import errno
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import libusb_package
import usb.backend
import usb.core
import usb.util

from station.codec import control, control_exchange, tracker_edge
from station.codec.control import Setup
from station.codec.control_exchange import Exchange, Heard, Late, Refused, Step, Wait, play
from station.codec.usb_descriptors import STATE_TEXT, decode_text, get_text
from station.codec.wire import NotUnderstood
from station.domain.faults import DidNotBoot, LinkLost, NoAnswer, OfflineRule, RequestRefused
from station.domain.ids import DeviceId, NotAnId, device_id
from station.domain.offline import raw_refusal, request_refusal
from station.domain.platform import USB_VENDOR, Platform, platform_of_usb
from station.ports import REQUEST_WITHIN, Clock

TRANSFER_MS = 1000
"""Milliseconds for one control transfer."""

NEIGHBOUR_MS = 100
"""Milliseconds for a neighbour to say who it is: no unit waits long for another. A design margin, not measured."""

RAW = 0x50
"""bRequest of vendor requests without a session (Device OS, hal/src/nRF52840/usb_hal_cdc.c)."""

OUT_REQUESTS = frozenset({302})

DFU = 0xD
"""First digit of USB product ids in DFU mode (Device OS, build/platform-id.mk)."""

POLL = 0.05
"""Seconds between two looks at the bus (particle-usb 4.2 begins with 50 ms)."""


def system_backend() -> usb.backend.IBackend:
    """libusb-1.0 as the wheel brings it."""
    return libusb_package.get_libusb1_backend()


class UsbBus:
    """Implements ports.Usb for one place, such as `1-1.2`: bus 1, port 1, port 2. One request at a time."""

    def __init__(self, place: str, clock: Clock, backend: Callable[[], usb.backend.IBackend]) -> None:
        self._place = place
        self._clock = clock
        self._backend = backend()
        self._cleared: tuple[int, int] | None = None

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
            try:
                told = _text(device, device.iSerialNumber)
            except NotUnderstood as error:
                raise NoAnswer(f"the unit's serial-number descriptor: {error}") from error
        if told is None:
            raise NoAnswer("the unit has no serial-number descriptor")
        try:
            ident = device_id(told)
        except NotAnId as error:
            raise NoAnswer(f"the unit's serial-number descriptor is no device id: {error}") from error
        twin = next((one.place for one in on_bus(self._backend, but=self._place) if one.ident == ident), None)
        if twin is not None:
            raise NoAnswer(f"device id {ident} is on USB twice, at {self._place} and {twin}: neither is taken")
        return ident

    def shown(self) -> "Shown":
        """All that the unit shows without being asked for more. Raises LinkLost, NoAnswer."""
        with self._device() as device:
            dfu = _is_dfu(device.idProduct)
            return Shown(
                vendor=device.idVendor,
                product=device.idProduct,
                release=device.bcdDevice,
                manufacturer=_text_if_any(device, device.iManufacturer),
                name=_text_if_any(device, device.iProduct),
                state=_text_if_any(device, STATE_TEXT) if dfu else None,
            )

    def platform_id(self) -> int:
        with self._device() as device:
            vendor, product = int(device.idVendor), int(device.idProduct)
        platform = platform_of_usb(product) if vendor == USB_VENDOR else None
        if platform is None:
            raise NoAnswer(f"USB ids {vendor:04x}:{product:04x} are of no Particle platform")
        return platform.id

    def in_dfu_mode(self) -> bool:
        with self._device() as device:
            return _is_dfu(device.idProduct)

    def raw(self, number: int) -> bytes:
        if why := raw_refusal(number):
            raise OfflineRule(f"vendor request {number} is not sent: {why}")
        with self._device() as device:
            platform = _takes_requests(device)
            if number in OUT_REQUESTS:
                data = bytes(1) if platform is not None and platform.needs_data_out else b""
                answer = _transfer(device, Setup(control.VENDOR_OUT, RAW, 0, number, len(data)), data)
            else:
                answer = _transfer(device, Setup(control.VENDOR_IN, RAW, 0, number, control.SERVICE_LENGTH))
        if answer is None:
            raise RequestRefused(f"the unit does not know vendor request {number}")
        return answer

    def request(
        self, number: int, payload: bytes = b"", *, within: float = REQUEST_WITHIN, modem: bool = False
    ) -> bytes:
        if refusal := request_refusal(number, modem):
            raise OfflineRule(f"control request {number} is not sent: {refusal}")
        try:
            return self._ask(number, payload, within)
        except Refused as why:
            raise RequestRefused(f"control request {number}: {why}") from why

    def shipping_mode(self, within: float = tracker_edge.SHIPPED_WITHIN) -> None:
        """Have Tracker Edge firmware take the battery off its supply, and wait until the unit has left USB.

        That firmware connects by itself when it runs: this is for units that may. Raises RequestRefused where other
        firmware runs, NoAnswer when the unit stays, LinkLost.
        """
        deadline = self._clock.now() + within
        try:
            self._ask(10, tracker_edge.ENTER_SHIPPING, REQUEST_WITHIN)
        except Refused as why:
            if why.result not in tracker_edge.DONE:
                raise RequestRefused(f"the unit does not go into shipping mode: {why}") from why
        while self.present():
            if self._clock.now() >= deadline:
                raise NoAnswer(f"the unit is still on USB {within:g} s after it was told to go into shipping mode")
            self._clock.sleep(POLL)

    def _ask(self, number: int, payload: bytes, within: float) -> bytes:
        """One control request. Raises Refused, RequestRefused, NoAnswer, LinkLost."""
        until = self._clock.now() + within
        with self._device() as device:
            _takes_requests(device)
            attachment = (device.bus, device.address)
            if attachment != self._cleared:
                # Whoever talked to this unit before may have left requests behind; the unit has room for few.
                self._cleared = None
                self._play(device, control_exchange.cancel_all())
                self._cleared = attachment
            try:
                return self._play(device, control_exchange.request(number, payload, until))
            except (Late, NotUnderstood) as why:
                raise NoAnswer(f"control request {number}: {why}") from why

    def _play(self, device: usb.core.Device, exchange: Exchange) -> bytes:
        def do(step: Step) -> Heard:
            if isinstance(step, Wait):
                self._clock.sleep(step.seconds)
                return Heard(b"", self._clock.now())
            return Heard(_transfer(device, step.setup, step.out), self._clock.now())

        return play(exchange, do)

    def _find(self) -> usb.core.Device | None:
        try:
            found: Iterator[usb.core.Device] = usb.core.find(find_all=True, backend=self._backend)
            return next((device for device in found if _place(device) == self._place), None)
        except usb.core.USBError:
            return None

    @contextmanager
    def _device(self) -> Iterator[usb.core.Device]:
        device = self._find()
        if device is None:
            raise LinkLost(f"nothing is at USB place {self._place}")
        try:
            yield device
        except usb.core.USBTimeoutError as error:
            self._cleared = None
            raise NoAnswer(f"the unit at USB place {self._place} did not answer: {error}") from error
        except usb.core.USBError as error:
            self._cleared = None
            raise LinkLost(f"the unit at USB place {self._place}: {error}") from error
        finally:
            usb.util.dispose_resources(device)


@dataclass(frozen=True, slots=True)
class Shown:
    """USB ids and texts; a text is None where the unit has none. `state` tells the protection of one in DFU mode."""

    vendor: int
    product: int
    release: int
    manufacturer: str | None
    name: str | None
    state: str | None

    @property
    def platform(self) -> Platform | None:
        """None where these are no USB ids of Particle's."""
        return platform_of_usb(self.product) if self.vendor == USB_VENDOR else None

    @property
    def dfu(self) -> bool:
        """True when the bootloader is on USB, not the firmware."""
        return _is_dfu(self.product)


@dataclass(frozen=True, slots=True)
class OnBus:
    """A Particle device somewhere on USB; `ident` is None where it tells none."""

    place: str
    product: int
    ident: DeviceId | None

    def __str__(self) -> str:
        platform = platform_of_usb(self.product)
        mode = " in DFU mode" if _is_dfu(self.product) else ""
        return f"{platform.name if platform else 'unknown'} {self.product:#06x}{mode}, {self.ident or 'no device id'}"


def on_bus(backend: usb.backend.IBackend, but: str | None = None) -> list[OnBus]:
    """Every Particle device, by place, but the one at `but`; those that go away meanwhile are left out."""
    found = []
    try:
        devices = list(usb.core.find(find_all=True, idVendor=USB_VENDOR, backend=backend))
    except usb.core.USBError:
        return []
    for device in devices:
        if _place(device) != but:
            found.append(OnBus(_place(device), device.idProduct, _ident_if_any(device)))
            usb.util.dispose_resources(device)
    return sorted(found, key=lambda one: one.place)


def place_with(ident: DeviceId, backend: usb.backend.IBackend) -> str:
    """Where the unit with this device id is, in normal or DFU mode. Raises NoAnswer unless it is at one place."""
    places = [one.place for one in on_bus(backend) if one.ident == ident]
    if not places:
        raise NoAnswer(f"no device on USB says it is {ident}")
    if len(places) > 1:
        raise NoAnswer(f"device id {ident} is on USB twice, at {' and '.join(places)}: neither is taken")
    return places[0]


def units_on_bus() -> list[tuple[str, str]]:
    """Particle devices on this machine: place in the topology, and what they are."""
    units = on_bus(system_backend())
    times = Counter(one.ident for one in units if one.ident is not None)
    twice = {ident for ident, count in times.items() if count > 1}
    return [(one.place, f"{one}{', as another does: neither is taken' if one.ident in twice else ''}") for one in units]


def _takes_requests(device: usb.core.Device) -> Platform | None:
    """The platform of this device, if its ids tell one. Raises RequestRefused for one that takes no requests."""
    platform = platform_of_usb(device.idProduct)
    if platform is not None and not platform.takes_requests:
        raise RequestRefused(f"a {platform.name} runs Linux and takes no control requests")
    return platform


def _is_dfu(product: int) -> bool:
    return product >> 12 == DFU


def _place(device: usb.core.Device) -> str:
    return f"{device.bus}-{'.'.join(str(port) for port in device.port_numbers or ())}"


def _transfer(device: usb.core.Device, setup: Setup, out: bytes = b"", within: int = TRANSFER_MS) -> bytes | None:
    """One control transfer: the data it brought, None when the unit stalls. Raises USBError, USBTimeoutError."""
    what = setup.length if setup.request_type & 0x80 else out
    try:
        brought = device.ctrl_transfer(setup.request_type, setup.request, setup.value, setup.index, what, within)
    except usb.core.USBError as error:
        if error.errno == errno.EPIPE:
            return None
        raise
    return bytes(brought) if setup.request_type & 0x80 else b""


def _text(device: usb.core.Device, index: int, within: int = TRANSFER_MS) -> str | None:
    """A text of the device, None where it has none. Raises NotUnderstood, USBError."""
    data = _transfer(device, get_text(index), within=within) if index else None
    return None if data is None else decode_text(data)


def _text_if_any(device: usb.core.Device, index: int) -> str | None:
    try:
        told = _text(device, index)
    except NotUnderstood:
        return None
    return told.rstrip("\0") if told is not None else None


def _ident_if_any(device: usb.core.Device) -> DeviceId | None:
    try:
        return device_id(_text(device, device.iSerialNumber, NEIGHBOUR_MS) or "")
    except (usb.core.USBError, NotUnderstood, NotAnId):
        return None

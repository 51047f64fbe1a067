"""Everything a unit tells of itself over USB, question by question, and whether its witnesses agree."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, is_dataclass
from enum import Enum
from functools import partial
from typing import TypeVar

from station.codec import control_messages as messages
from station.codec import factory_test
from station.codec.wire import NotUnderstood
from station.domain.faults import Fault, NoAnswer, NotOurFirmware, RequestRefused
from station.domain.ids import DeviceId, NotAnId, SerialNumber, device_id, serial_number
from station.domain.on_unit import Interface, ModuleOnUnit
from station.domain.platform import Platform, platform_of_serial
from station.domain.questions import FIRMWARE
from station.drivers.usb_bus import Shown, UsbBus
from station.ports import REQUEST_WITHIN, Clock, Value

MODEM_WITHIN = 60.0
"""Seconds for a modem to start and tell its number (particle-usb's time for any request)."""

STRIKES = 5
"""Questions in a row that a device may leave unanswered, having answered none, until it is taken for none."""

ASKED_BY = 1  # the number of the one question the test firmware gets here

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one question: a value, or why there is none."""

    name: str
    value: object = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Examination:
    """All that a unit told, and every pair of witnesses that do not agree."""

    told: tuple[Told, ...]
    disagreements: tuple[str, ...]

    def value(self, name: str) -> object:
        """What came of this question; None where nothing did."""
        return next((one.value for one in self.told if one.name == name), None)

    @property
    def ident(self) -> DeviceId | None:
        """The device id of the first witness that has one."""
        told = (self.value(name) for name in ("device_id", "raw_id", "descriptor_id"))
        return next((DeviceId(one) for one in told if isinstance(one, str)), None)


class _Asking:
    """Puts questions until time is up, or until it is clear that nobody answers."""

    def __init__(self, clock: Clock, within: float) -> None:
        self._clock, self._until = clock, clock.now() + within
        self._strikes = 0
        self.told: list[Told] = []

    @property
    def left(self) -> float:
        """Seconds for the next answer."""
        return min(REQUEST_WITHIN, self._until - self._clock.now())

    def ask(self, name: str, question: Callable[[], T]) -> T | None:
        """Put one question and keep what came of it."""
        if self._strikes >= STRIKES:
            self.told.append(Told(name, error="not asked: the device does not answer"))
            return None
        if self.left <= 0:
            self.told.append(Told(name, error="not asked: time is up"))
            return None
        try:
            value = question()
        except (Fault, NotUnderstood) as why:
            silent = isinstance(why, Fault) and not isinstance(why, RequestRefused | NotOurFirmware)
            self._strikes += silent and not any(one.value is not None for one in self.told)
            self.told.append(Told(name, error=str(why)))
            return None
        self.told.append(Told(name, value))
        return value


def examine(bus: UsbBus, clock: Clock, within: float, modem: bool) -> Examination:
    """Ask everything; never raises a fault. With `modem`, SIM and modem are asked, too, which powers the modem."""
    asking = _Asking(clock, within)

    def request(number: int, payload: bytes = b"") -> bytes:
        return bus.request(number, payload, within=asking.left)

    asking.ask("usb", lambda: _shown(bus))
    asking.ask("descriptor_id", bus.device_id)
    asking.ask("raw_id", lambda: _raw_id(bus))
    asking.ask("raw_version", lambda: _raw_version(bus))
    asking.ask("device_id", lambda: messages.device_id(request(20)))
    asking.ask("serial", lambda: messages.serial_number(request(21)))
    asking.ask("os_version", lambda: messages.system_version(request(30)))
    asking.ask("mode", lambda: messages.device_mode(request(72)))
    asking.ask("protection", lambda: messages.protection(request(76)))
    asking.ask("modules", lambda: messages.modules(request(90)))
    asking.ask("assets", lambda: messages.assets(request(91)))
    asking.ask("claimed", lambda: messages.claimed(request(201)))
    asking.ask("cloud", lambda: messages.connection_status(request(300)))
    asking.ask("diagnostics", lambda: messages.diagnostics(request(100)))
    listed = asking.ask("interfaces", lambda: messages.interfaces(request(400)))
    for one in listed or ():
        payload = messages.ask_interface(one.index)
        asking.ask(f"interface {one.name}", partial(_interface, request, payload))
    asking.ask("test_firmware", lambda: _test_firmware(request))
    if modem:
        asking.ask("modem", lambda: messages.modem(bus.request(554, within=MODEM_WITHIN, modem=True)))
    told = tuple(asking.told)
    return Examination(told, tuple(_disagreements({one.name: one.value for one in told})))


def _shown(bus: UsbBus) -> Shown:
    shown = bus.shown()
    if not shown.vendor:
        raise NotUnderstood("the device tells no descriptors: what kind it is, USB does not say")
    return shown


def _interface(request: Callable[[int, bytes], bytes], payload: bytes) -> Interface:
    return messages.interface(request(401, payload))


def _raw_id(bus: UsbBus) -> DeviceId:
    try:
        return device_id(bus.raw(20).decode("ascii"))
    except (UnicodeDecodeError, NotAnId) as why:
        raise NoAnswer(f"what the unit's interrupt tells is no device id: {why}") from None


def _raw_version(bus: UsbBus) -> str:
    told = bus.raw(30)
    if not 0 < len(told) <= 32 or not told.isascii() or not told.decode("ascii").isprintable():
        raise NoAnswer(f"what the unit's interrupt tells is no version: {len(told)} bytes")
    return told.decode("ascii")


def _test_firmware(request: Callable[[int, bytes], bytes]) -> dict[str, Value]:
    """What our test firmware says of itself; others answer request 10, too, but never with its name."""
    try:
        reply = request(10, factory_test.encode_question(factory_test.Question(ASKED_BY, "who")))
        answer = factory_test.decode_answer(reply)
    except RequestRefused as why:
        raise NotOurFirmware(f"other firmware runs: {why}") from None
    except NotUnderstood:
        raise NotOurFirmware("other firmware runs: it answers, but not in the test firmware's language") from None
    if answer.id != ASKED_BY or answer.values.get("firmware") != FIRMWARE:
        raise NotOurFirmware("other firmware runs: it does not say that it is the test firmware")
    return dict(answer.values)


def _disagreements(told: dict[str, object]) -> list[str]:
    firmware = told.get("test_firmware")
    who = firmware if isinstance(firmware, dict) else {}
    return [
        *_differ(
            "device id",
            {
                "the USB descriptor": told.get("descriptor_id"),
                "the USB interrupt": told.get("raw_id"),
                "request 20": told.get("device_id"),
                "the test firmware": _read(device_id, who.get("device_id")),
            },
        ),
        *_differ(
            "serial number",
            {"request 21": told.get("serial"), "the test firmware": _read(serial_number, who.get("serial"))},
        ),
        *_differ(
            "Device OS",
            {
                "the USB interrupt": told.get("raw_version"),
                "request 30": told.get("os_version"),
                "the test firmware": who.get("os"),
            },
        ),
        *_wrong_platform(told, who),
    ]


def _read(read: Callable[[str], str], value: object) -> object:
    """An identifier as the test firmware writes it; what is none stays as it is, and agrees with nobody."""
    try:
        return read(value) if isinstance(value, str) else value
    except NotAnId:
        return value


def _differ(what: str, witnesses: dict[str, object]) -> list[str]:
    """A sentence for each witness that says otherwise than the first."""
    said = [(by, value) for by, value in witnesses.items() if value is not None]
    first = said[0] if said else None
    return [
        f"{what}: {first[0]} says {first[1]}, {by} says {value}"
        for by, value in said[1:]
        if first is not None and value != first[1]
    ]


def _wrong_platform(told: dict[str, object], who: dict[str, Value]) -> list[str]:
    shown = told.get("usb")
    platform: Platform | None = shown.platform if isinstance(shown, Shown) else None
    if platform is None:
        return []
    found = []
    ident = told.get("device_id") or told.get("raw_id") or told.get("descriptor_id")
    if isinstance(ident, str) and not ident.startswith(platform.device_id_prefix):
        found.append(f"platform: USB says {platform.name}, whose device ids begin with {platform.device_id_prefix}")
    serial = told.get("serial")
    other = platform_of_serial(SerialNumber(serial)) if isinstance(serial, str) else None
    if other not in (None, platform) and other is not None:
        found.append(f"platform: USB says {platform.name}, the serial number is {other.name}'s")
    if "platform" in who and who["platform"] != platform.id:
        found.append(f"platform: USB says {platform.name} ({platform.id}), the test firmware {who['platform']:g}")
    return found


def plain(value: object) -> object:
    """A value as JSON has it: enumerations by their value, flags by name, texts without what is not printable."""
    match value:
        case Shown():
            return {
                "vendor_id": f"{value.vendor:#06x}",
                "product_id": f"{value.product:#06x}",
                "release": f"{value.release:#06x}",
                "platform": value.platform.name if value.platform else None,
                "mode": "dfu" if value.dfu else "normal",
                "manufacturer": plain(value.manufacturer),
                "product": plain(value.name),
                "state": plain(value.state),
            }
        case ModuleOnUnit():
            told = asdict(value)
            needs = [str(one) for one in value.dependencies]
            return plain({**told, "function": value.function.noun, "dependencies": needs, "ok": value.ok})
        case str() if not isinstance(value, Enum):
            return "".join(one if one.isprintable() else "�" for one in value)
        case Enum():
            return plain(value.value)
        case dict():
            return {str(name): plain(one) for name, one in value.items()}
        case tuple() | list():
            return [plain(one) for one in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return plain(asdict(value))
        case _:
            return value

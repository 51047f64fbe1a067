"""Op 30: the unit names itself, by every way it has to speak, and every witness must name the same one."""

from station.codec import control_messages
from station.codec.wire import NotUnderstood
from station.domain.events import Identified
from station.domain.faults import NoAnswer, NotOurFirmware, RequestRefused, WrongUnit
from station.domain.ids import NotAnId, SerialNumber, device_id, serial_number
from station.domain.platform import platform_named
from station.engine.op import Op
from station.ports import Clock, Link, Usb, Value
from station.steps import test_firmware
from station.steps.agree import agree
from station.steps.contacts import read_contacts
from station.steps.identify_modem import identify_modem
from station.steps.listening import listening

DEVICE_ID, SERIAL_NUMBER = 20, 21
"""Control requests (Device OS, system/inc/system_control.h)."""

FIRST_BYTE = 5.0
"""Seconds for the reply to `i`; cellular units may ask their modem first. A design margin, not measured."""

OFFLINE_MODES = ("MANUAL", "SEMI_AUTOMATIC")
"""What factory-test firmware may say of its mode."""


def identify_by_word(op: Op, usb: Usb, link: Link, clock: Clock) -> None:
    """Hear the USB descriptor, control requests, the factory-test firmware and listening mode.

    Once all have spoken, what they name is bound together, for all history.
    """
    platform = platform_named(op.recipe.platform)
    found = usb.platform_id()
    if platform is not None and found != platform.id:
        raise WrongUnit(f"the unit on USB says platform {found}, the recipe makes {platform.name} ({platform.id})")
    op.note(Identified(op=op.line.op, by="usb", device_id=usb.device_id()))
    op.note(by_request(op.line.op, usb))
    op.progress(0.3, "the factory-test firmware")
    op.note(by_firmware(op.line.op, test_firmware.who(usb)))
    read_contacts(op, usb, link, clock, "early")
    op.progress(0.6, "listening mode")
    with listening(usb):
        device, serial = link.identify(FIRST_BYTE)
    op.note(Identified(op=op.line.op, by="listening", device_id=device, serial=serial))
    agree(op, last=not any(line.do == identify_modem.__name__ for line in op.recipe.sheet))


def by_request(op: int, usb: Usb) -> Identified:
    """What control requests tell: the device id, and the serial number where the unit has one. Raises NoAnswer."""
    try:
        device = control_messages.device_id(usb.request(DEVICE_ID))
        return Identified(op=op, by="usb_request", device_id=device, serial=_stored_serial(usb))
    except NotUnderstood as why:
        raise NoAnswer(f"the unit's answer to a control request: {why}") from None


def _stored_serial(usb: Usb) -> SerialNumber | None:
    """Gen 2 units may have stored none, and a protected unit does not tell."""
    try:
        reply = usb.request(SERIAL_NUMBER)
    except RequestRefused:
        return None
    return control_messages.serial_number(reply)


def by_firmware(op: int, told: dict[str, Value]) -> Identified:
    """What the factory-test firmware says of the unit and of itself. Raises NotOurFirmware."""
    if told.get("mode") not in OFFLINE_MODES:
        raise NotOurFirmware(f"who: the firmware says its mode is {told.get('mode')!r}: it may connect by itself")
    try:
        device = device_id(str(told.get("device_id", "")))
        serial = serial_number(str(told["serial"])) if told.get("serial") else None
    except NotAnId as why:
        raise NotOurFirmware(f"who: {why}") from None
    detail = f"{told.get('firmware')} {told.get('version')}, {told['mode']}, Device OS {told.get('os')}"
    return Identified(op=op, by="factory_test", device_id=device, serial=serial, detail=detail)

"""Op 30: the unit names itself, and every witness must name the same one."""

from station.domain.events import Identified
from station.domain.faults import WrongUnit
from station.domain.platform import platform_named
from station.domain.record import Record
from station.engine.op import Op
from station.ports import Link, Usb
from station.steps.listening import listening

FIRST_BYTE = 5.0
"""Seconds for the reply to `i`; cellular units may ask their modem first. A design margin, not measured."""


def identify_by_word(op: Op, usb: Usb, link: Link) -> None:
    """Read the device id from the USB descriptor and from listening mode, the serial number from listening mode."""
    platform = platform_named(op.recipe.platform)
    found = usb.platform_id()
    if platform is not None and found != platform.id:
        raise WrongUnit(f"the unit on USB says platform {found}, the recipe makes {platform.name} ({platform.id})")
    op.note(Identified(op=op.line.op, by="usb", device_id=usb.device_id()))
    op.progress(0.4, "listening mode")
    with listening(usb):
        device, serial = link.identify(FIRST_BYTE)
    op.note(Identified(op=op.line.op, by="listening", device_id=device, serial=serial))
    disagreement = disagree(op.record)
    if disagreement is not None:
        raise WrongUnit(disagreement)


def disagree(record: Record) -> str | None:
    """The first two witnesses that name different units, as a sentence; None when all agree."""
    for field in ("device_id", "serial"):
        told = [
            (one.by, one.device_id if field == "device_id" else one.serial)
            for one in record.identified
            if (one.device_id if field == "device_id" else one.serial) is not None
        ]
        for by, value in told[1:]:
            if value != told[0][1]:
                what = "device id" if field == "device_id" else "serial number"
                return f"{told[0][0]} says {what} {told[0][1]}, {by} says {value}"
    if record.started.label.serial is not None and not any(
        one.serial for one in record.identified if one.by != "label"
    ):
        return "the label has a serial number and the unit reports none: nothing ties the label to this unit"
    return None

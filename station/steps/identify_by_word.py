"""Op 30: the unit names itself, and every witness must name the same one."""

from station.domain.events import Identified
from station.domain.faults import WrongUnit
from station.domain.platform import platform_named
from station.engine.op import Op
from station.ports import Link, Usb
from station.steps.agree import agree
from station.steps.listening import listening

FIRST_BYTE = 5.0
"""Seconds for the reply to `i`; cellular units may ask their modem first. A design margin, not measured."""


def identify_by_word(op: Op, usb: Usb, link: Link) -> None:
    """Read the device id from the USB descriptor and from listening mode, the serial number from listening mode.

    Then all have spoken: what they name is bound together, for all history.
    """
    platform = platform_named(op.recipe.platform)
    found = usb.platform_id()
    if platform is not None and found != platform.id:
        raise WrongUnit(f"the unit on USB says platform {found}, the recipe makes {platform.name} ({platform.id})")
    op.note(Identified(op=op.line.op, by="usb", device_id=usb.device_id()))
    op.progress(0.4, "listening mode")
    with listening(usb):
        device, serial = link.identify(FIRST_BYTE)
    op.note(Identified(op=op.line.op, by="listening", device_id=device, serial=serial))
    agree(op, last=True)

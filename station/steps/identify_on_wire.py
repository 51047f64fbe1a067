"""Op 10: the chip names the unit before any firmware of it runs."""

from station.domain.chip import FLASH_SIZE, ChipIdentity
from station.domain.events import Identified
from station.domain.faults import Fault, RanUnwatched, UsbNotChip, WrongChip
from station.engine.op import Op
from station.ports import Power, Programmer, Usb
from station.steps.agree import agree, before_power
from station.steps.attach import stop_core


def identify_on_wire(op: Op, power: Power, programmer: Programmer, usb: Usb) -> None:
    """Power up with reset held, stop the core before its first instruction, read the device id from the chip.

    The firmware from the factory connects to the cloud by itself, so it must never run here. A unit that is not to be
    made is refused before it is powered, where its label tells, else before anything of it is erased.
    """
    label = op.label
    op.note(Identified(op=op.line.op, by="label", device_id=label.device_id, serial=label.serial))
    before_power(op)
    power.set_reset(True)
    programmer.hold()
    power.set_power(True)
    op.progress(0.3, "power on, reset held")
    power.set_reset(False)
    # Two hands hold the line: the probe pulls reset until attach has caught the core.
    chip = stop_core(op, programmer)
    if usb.present():
        raise _unexpected(usb, chip)
    if chip.flash_size != FLASH_SIZE:
        raise WrongChip(f"the chip has {chip.flash_size // 1024} KiB of flash, not {FLASH_SIZE // 1024}")
    op.note(Identified(op=op.line.op, by="swd", device_id=chip.device_id, detail=f"nRF52840 {chip.variant}"))
    agree(op)


def _unexpected(usb: Usb, chip: ChipIdentity) -> Fault:
    """Why something is on USB while this chip stands in reset: another unit at the end of its cable, or its own run."""
    try:
        there = usb.device_id()
    except Fault:
        there = chip.device_id
    if there != chip.device_id:
        return UsbNotChip(f"the chip is {chip.device_id}, at the USB cable of this nest is {there}: cables are crossed")
    return RanUnwatched("the unit was on USB while it had to stand in reset: its factory firmware ran")

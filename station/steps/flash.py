"""Op 20, 50, 60: firmware over the debug port, with the chip's own word for what is there afterwards."""

from station.domain.boot_record import brought_by
from station.domain.chip import FORMER_USER_PART, USER_PART, USER_PART_END
from station.domain.events import Booted
from station.domain.firmware import Function
from station.engine.op import Op
from station.ports import Firmware, Programmer, Usb
from station.steps.attach import stop_core
from station.steps.program import Job

FIRST_BOOT = 15.0
"""Seconds until freshly flashed firmware must be on USB. A design margin, not measured on hardware."""


def flash_factory_test(op: Op, programmer: Programmer, firmware: Firmware, usb: Usb) -> None:
    """Write the factory-test firmware and the Device OS it needs, prove both, then let them run."""
    parts = firmware.load(op.factory_test)
    Job(op, programmer, parts, brought_by(firmware.bare(op.factory_test))).put()
    op.note(Booted(op=op.line.op, firmware=op.factory_test.title))
    programmer.boot()
    usb.await_unit(FIRST_BOOT)


def flash_device_os(op: Op, programmer: Programmer, firmware: Firmware) -> None:
    """Stop the core for good and write everything of the release but the product's own firmware."""
    parts = firmware.load(op.release)
    stop_core(op, programmer)
    system = [one for one in parts if one.module.function is not Function.USER]
    user = [one.image.start for one in parts if one.module.function is Function.USER]
    brought = brought_by(firmware.bare(op.release))
    Job(op, programmer, system, brought, left=[(min([USER_PART, FORMER_USER_PART, *user]), USER_PART_END)]).put()


def flash_product_firmware(op: Op, programmer: Programmer, firmware: Firmware) -> None:
    """Write the product's firmware to the halted core, then have the chip prove the whole release.

    What is written here never runs in the fixture: it would connect.
    """
    Job(op, programmer, firmware.load(op.release), brought_by(firmware.bare(op.release))).put()

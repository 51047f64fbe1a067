"""Op 20, 50, 60: firmware over the debug port, with the chip's own word for what is there afterwards."""

from collections.abc import Sequence

from station.domain.boot_record import brought_by
from station.domain.chip import FORMER_USER_PART, USER_PART, USER_PART_END
from station.domain.events import Booted
from station.domain.faults import ReleaseRefused
from station.domain.firmware import Function
from station.domain.release import Loaded, not_in_the_fixture
from station.engine.op import Op
from station.ports import Clock, Firmware, Link, Programmer, Usb
from station.steps import contacts
from station.steps.attach import stop_core
from station.steps.program import Job

FIRST_BOOT = 15.0
"""Seconds until freshly flashed firmware must be on USB. A design margin, not measured on hardware."""


def flash_factory_test(op: Op, programmer: Programmer, firmware: Firmware, usb: Usb, clock: Clock) -> None:
    """Write the factory-test firmware and the Device OS it needs, prove both, then let them run.

    Raises ReleaseRefused for what may not boot in the fixture, before anything is written.
    """
    parts = firmware.load(op.factory_test)
    if why := not_in_the_fixture(parts):
        raise ReleaseRefused(f"{op.factory_test.title}: {'; '.join(why)}")
    Job(op, programmer, parts, brought_by(firmware.bare(op.factory_test))).put()
    op.note(
        Booted(
            op=op.line.op,
            firmware=op.factory_test.title,
            sha256=_user_part(parts),
            mode=op.factory_test.mode,
            clock=clock.now(),
        )
    )
    programmer.boot()
    usb.await_unit(FIRST_BOOT)


def _user_part(parts: Sequence[Loaded]) -> str:
    """SHA-256 of what runs: the user part as it lies in flash."""
    return next((one.image.sha256 for one in parts if one.module.function is Function.USER), "")


def flash_device_os(op: Op, programmer: Programmer, firmware: Firmware, usb: Usb, link: Link, clock: Clock) -> None:
    """Ask the running firmware for its contacts, stop the core for good, write all but the product's own firmware."""
    parts = firmware.load(op.release)
    if contacts.runs(op.record):
        contacts.read_contacts(op, usb, link, clock)
    stop_core(op, programmer)
    if contacts.runs(op.record):
        op.note(contacts.stopped(op.record, op.line.op, clock))
    system = [one for one in parts if one.module.function is not Function.USER]
    user = [one.image.start for one in parts if one.module.function is Function.USER]
    brought = brought_by(firmware.bare(op.release))
    Job(op, programmer, system, brought, left=[(min([USER_PART, FORMER_USER_PART, *user]), USER_PART_END)]).put()


def flash_product_firmware(op: Op, programmer: Programmer, firmware: Firmware) -> None:
    """Write the product's firmware to the halted core, then have the chip prove the whole release.

    What is written here never runs in the fixture: it would connect.
    """
    Job(op, programmer, firmware.load(op.release), brought_by(firmware.bare(op.release))).put()

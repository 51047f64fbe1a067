"""Op 20, 50, 60: firmware over the debug port, with the chip's own word for what is there afterwards."""

import zlib
from collections.abc import Sequence

from station.domain.chip import FORMER_USER_PART, PAGE, USER_PART_END
from station.domain.events import Booted, Programmed, Proved
from station.domain.faults import ImageMismatch
from station.domain.firmware import Function
from station.domain.release import Loaded
from station.engine.op import Op
from station.ports import Firmware, Programmer, Usb
from station.steps.attach import stop_core

FIRST_BOOT = 15.0
"""Seconds until freshly flashed firmware must be on USB. A design margin, not measured on hardware."""

_BLANK_CRC = zlib.crc32(b"\xff" * PAGE)


def flash_factory_test(op: Op, programmer: Programmer, firmware: Firmware, usb: Usb) -> None:
    """Write the factory-test firmware and the Device OS it needs, prove both, then let them run."""
    parts = firmware.load(op.factory_test)
    _write(op, programmer, parts)
    _prove(op, programmer, parts)
    op.note(Booted(op=op.line.op, firmware=op.factory_test.title))
    programmer.boot()
    usb.await_unit(FIRST_BOOT)


def flash_device_os(op: Op, programmer: Programmer, firmware: Firmware) -> None:
    """Stop the core for good and write everything of the release but the product's own firmware."""
    parts = firmware.load(op.release)
    stop_core(op, programmer)
    system = [one for one in parts if one.module.function is not Function.USER]
    _write(op, programmer, system)
    _prove(op, programmer, system)


def flash_product_firmware(op: Op, programmer: Programmer, firmware: Firmware) -> None:
    """Write the product's firmware to the halted core, then have the chip prove the whole release.

    What is written here never runs in the fixture: it would connect.
    """
    parts = firmware.load(op.release)
    _write(op, programmer, [one for one in parts if one.module.function is Function.USER])
    _prove(op, programmer, parts)


def _write(op: Op, programmer: Programmer, parts: Sequence[Loaded]) -> None:
    images = [one.image for one in parts]
    blank = [FORMER_USER_PART] if _leaves_former_user_part(parts) else []
    done = programmer.write(images, blank, lambda part: op.progress(part * 0.95, "writing"))
    for one, image in zip(parts, images, strict=True):
        written, equal = done[image.name]
        op.note(
            Programmed(
                op=op.line.op,
                part=str(one.module),
                version=one.module.version,
                start=image.start,
                size=len(image.data),
                sha256=image.sha256,
                pages_written=written,
                pages_equal=equal,
            )
        )


def _prove(op: Op, programmer: Programmer, parts: Sequence[Loaded]) -> None:
    """Ask the chip for the CRC of all that must be there. Raises ImageMismatch."""
    images = [one.image for one in parts]
    expected = {image.name: image.crc32 for image in images}
    ranges = [(image.start, len(image.data)) for image in images]
    names = [str(one.module) for one in parts]
    wanted = [expected[image.name] for image in images]
    if _leaves_former_user_part(parts):
        names.append("blank page where a former user part began")
        ranges.append((FORMER_USER_PART, PAGE))
        wanted.append(_BLANK_CRC)
    for name, (start, size), want, found in zip(names, ranges, wanted, programmer.crc(ranges), strict=True):
        if found != want:
            raise ImageMismatch(
                f"{name} at {start:#x}, {size} bytes: the chip computes CRC-32 {found:08x}, meant was {want:08x}"
            )
        op.note(Proved(op=op.line.op, part=name, start=start, size=size, crc32=f"{found:08x}"))
    op.progress(1.0, "proved")


def _leaves_former_user_part(parts: Sequence[Loaded]) -> bool:
    """True when a user part is written that does not itself cover the page of a former 128 KiB one."""
    users = [one.image for one in parts if one.module.function is Function.USER]
    return any(image.end <= FORMER_USER_PART < USER_PART_END for image in users)

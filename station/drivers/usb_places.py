"""What is plugged in where, as the kernel lists it: nothing is opened, so that whoever works with a device goes on.

Source: Linux, Documentation/ABI/stable/sysfs-bus-usb: a folder a device, named as its place, with a file `serial`.
Never checked on hardware.
"""

import contextlib
from pathlib import Path

DEVICES = Path("/sys/bus/usb/devices")


def serials(devices: Path = DEVICES) -> frozenset[str]:
    """Serial numbers of everything on USB that has one."""
    found = set()
    for one in devices.glob("*/serial"):
        with contextlib.suppress(OSError):  # it was unplugged meanwhile
            found.add(one.read_text(encoding="utf-8", errors="replace").strip())
    return frozenset(found)


def places(devices: Path = DEVICES) -> frozenset[str]:
    """Every place where something is plugged in, such as `1-1.2`, and each bus as `usb1`."""
    return frozenset(one.name for one in devices.glob("*") if ":" not in one.name)


def hub_of(place: str) -> str:
    """Where the cable of a place is plugged in.

    >>> hub_of("1-1.2"), hub_of("1-1"), hub_of("3-2.1.4")
    ('1-1', 'usb1', '3-2.1')
    """
    bus, _, ports = place.partition("-")
    hub, _, _ = ports.rpartition(".")
    return f"{bus}-{hub}" if hub else f"usb{bus}"

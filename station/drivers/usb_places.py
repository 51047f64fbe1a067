"""What is plugged in where, as the kernel lists it: nothing is opened, so that whoever works with a device goes on.

Source: Linux, Documentation/ABI/stable/sysfs-bus-usb: a folder a device, named as its place, with files `serial`,
`idVendor`, `idProduct`, `product` and `bDeviceClass`. Never checked on hardware.
"""

import contextlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from station.domain.faults import ProbesAlike
from station.domain.usb_serial import how_many, serial_key

DEVICES = Path("/sys/bus/usb/devices")
HUB = "09"
"""bDeviceClass (USB 2.0 §11.23.1): a hub of USB 3 stands at two places with one number."""


@dataclass(frozen=True, slots=True)
class Plugged:
    """One thing on USB; empty texts where it tells nothing."""

    place: str
    serial: str
    kind: str
    """Vendor and product, as 1366:0101."""
    product: str


def plugged(devices: Path = DEVICES) -> list[Plugged]:
    """Everything on USB but hubs, by place."""
    return [
        Plugged(
            one.name,
            _says(one / "serial"),
            f"{_says(one / 'idVendor')}:{_says(one / 'idProduct')}",
            _says(one / "product"),
        )
        for one in sorted(devices.glob("*"))
        if ":" not in one.name and _says(one / "bDeviceClass") != HUB
    ]


def _says(path: Path) -> str:
    with contextlib.suppress(OSError):  # it has no such file, or was unplugged meanwhile
        return path.read_text(encoding="utf-8", errors="replace").strip()
    return ""


def serials(devices: Path = DEVICES) -> list[str]:
    """Serial numbers of everything on USB that has one; a number that two things have is there twice."""
    return [one.serial for one in plugged(devices) if one.serial]


def refuse_alike(probes: Iterable[str], listed: Sequence[str]) -> None:
    """Raises ProbesAlike where two things on USB have the number of one of these debug probes."""
    alike = [one for one in probes if how_many(one, listed) > 1]
    if alike:
        raise ProbesAlike(f"two things on USB have the serial number {', '.join(alike)}")


def twins(devices: Path = DEVICES) -> list[list[Plugged]]:
    """Things of one kind that no serial number tells apart: of each kind, all with one number, or with none."""
    alike: dict[tuple[str, str], list[Plugged]] = defaultdict(list)
    for one in plugged(devices):
        alike[one.kind, serial_key(one.serial)].append(one)
    return [group for group in alike.values() if len(group) > 1]


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

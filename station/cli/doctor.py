"""`station doctor`: is this PC fit for a line?"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import click

from station.cli.common import (
    MISSING_PART,
    PASS,
    as_called,
    json_option,
    quoted,
    say_json,
    shown,
    state_of,
    state_option,
)
from station.config import default_root
from station.domain.counted import counted
from station.domain.faults import Fault, PartMissing
from station.domain.usb_serial import how_many
from station.drivers.disk import nearest, room, sync_times
from station.engine.ready import FEW

UDEV_RULES = Path("/etc/udev/rules.d/60-station.rules")
INPUT = Path("/dev/input/by-id")
LYING_SYNC = 20e-6
"""Seconds; a disk that syncs faster answers from a cache (fdatasync of 4 KiB takes 300 µs on a common SSD)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `todo` says what to do when it is not well."""

    what: str
    state: Literal["ok", "warn", "missing"]
    detail: str
    todo: str = ""


@click.command()
@state_option
@json_option
def doctor(state: Path | None, as_json: bool) -> None:
    """Look at this PC: Python, USB, serial ports, probes, udev rules, disk. Changes nothing.

    Exits 69 when something is missing that a line cannot do without.
    """
    looks = (_python, _usb, _serial, _keyboards, _alike, _probes, _instruments, _udev, _sound)
    findings = [finding for look in looks for finding in _safely(look)]
    findings += list(_disk(state_of(state)))
    if as_json:
        say_json({"findings": [asdict(one) for one in findings]})
    else:
        colours = {"ok": "green", "warn": "yellow", "missing": "red"}
        for one in findings:
            click.echo(click.style(f"{one.state:<8}", fg=colours[one.state]) + f"{one.what:<12} {one.detail}")
            if one.todo:
                click.echo(f"{'':<20} {one.todo}")
    raise SystemExit(MISSING_PART if any(one.state == "missing" for one in findings) else PASS)


def _safely(look: Callable[[], Iterator[Finding]]) -> list[Finding]:
    try:
        return list(look())
    except Fault as fault:
        return [Finding(look.__name__.strip("_"), "warn", str(fault), fault.remedy)]
    except (ImportError, OSError) as error:
        return [Finding(look.__name__.strip("_"), "missing", str(error), "Install the package again.")]


def _python() -> Iterator[Finding]:
    yield Finding("python", "ok", sys.version.split()[0])


def _usb() -> Iterator[Finding]:
    from station.drivers.usb_bus import units_on_bus

    units = units_on_bus()
    yield Finding("usb", "ok", f"libusb works; {counted(len(units), 'Particle device')}")
    for place, text in units:
        yield Finding("usb", "ok", f"{place}: {text}")


def _serial() -> Iterator[Finding]:
    from station.drivers.serial_port import ports

    for name, text in ports():
        writable = os.access(name, os.R_OK | os.W_OK)
        todo = "" if writable else "Add this user to the group dialout and log in again."
        yield Finding("serial", "ok" if writable else "warn", f"{name}: {text}", todo)


def _keyboards() -> Iterator[Finding]:
    """Event devices of keyboards, among which are scanners that type."""
    for path in sorted(INPUT.glob("*-event-kbd")):
        readable = os.access(path, os.R_OK)
        todo = "" if readable else f"If this is a scanner: {_install_rules()}"
        yield Finding("keyboard", "ok", str(path), todo)


def _probes() -> Iterator[Finding]:
    from station.drivers.swd import probes
    from station.drivers.usb_places import serials

    found, own = probes(), serials()
    for serial, text in found:
        yield probe_finding(serial, text, [one for one, _ in found], own)
    if not found:
        yield Finding("probe", "warn", "no debug probe is connected", "Connect one a nest; the bench needs none.")


def probe_finding(serial: str, text: str, found: Sequence[str], own: Sequence[str]) -> Finding:
    """One debug probe; `found` are the numbers of all of them, `own` those that the kernel reads from the devices."""
    if max(how_many(serial, found), how_many(serial, own)) > 1:
        todo = "The station opens neither: unplug one, or give it a number of its own with its maker's tool."
        return Finding("probe", "warn", f"{serial}: {text}; another one has this number, too", todo)
    if not how_many(serial, own):
        todo = "A fixture cannot name it: use a probe with a number, or give it one with its maker's tool."
        return Finding("probe", "warn", f"{text} has no serial number; {serial} is made up from its place", todo)
    return Finding("probe", "ok", f"{serial}: {text}")


def _alike() -> Iterator[Finding]:
    """Things on USB that /dev/serial/by-id and /dev/input/by-id cannot tell apart: scanners, probes, controllers."""
    from station.drivers.usb_places import twins

    for group in twins():
        one, places = group[0], ", ".join(each.place for each in group)
        number = f"one serial number, {one.serial}" if one.serial else "no serial number"
        todo = "A name under by-id is one of them by chance: give a scanner or controller by its name under by-path."
        yield Finding("usb", "warn", f"{places}: {len(group)} times {one.product or one.kind} with {number}", todo)


def _instruments() -> Iterator[Finding]:
    from station.drivers.visa_instrument import HOW_TO_INSTALL, local_resources

    try:
        found = local_resources()
    except PartMissing:
        yield Finding(
            "instrument", "warn", "pyvisa is not installed; only recipes that read instruments need it", HOW_TO_INSTALL
        )
        return
    for resource in found:
        yield Finding("instrument", "ok", resource)
    yield Finding(
        "instrument",
        "ok",
        f"pyvisa works; {len(found)} VISA resources on this PC's own buses, the network is not searched",
    )


def _install_rules() -> str:
    """What a shell takes, in whatever folder it stands."""
    return f"sudo cp {quoted(default_root() / 'fixtures' / UDEV_RULES.name)} {UDEV_RULES.parent}/"


def _udev() -> Iterator[Finding]:
    if UDEV_RULES.exists():
        yield Finding("udev", "ok", str(UDEV_RULES))
    else:
        yield Finding("udev", "warn", f"{UDEV_RULES} is not there", _install_rules())


def _sound() -> Iterator[Finding]:
    from station.texts import COMPLETE, texts_in
    from station.ui.player import can_play

    why = can_play()
    if why is None:
        yield Finding("sound", "ok", "a sound device plays; `station sound` lets it be heard")
    else:
        yield Finding(
            "sound", "warn", texts_in(COMPLETE).say(f"sound.{why}"), "The screen says all that is heard, too."
        )


def _disk(folder: Path) -> Iterator[Finding]:
    try:
        times, left = sync_times(folder, 20), room(folder)
    except Fault as fault:
        yield Finding("disk", "missing", str(fault), as_called(fault.remedy))
        return
    where, middle = shown(nearest(folder)), sorted(times)[len(times) // 2]
    if left.files is not None and left.files < FEW:
        yield Finding("disk", "missing", f"{where}: only {left.files} more files can be made", "Remove files there.")
    elif middle < LYING_SYNC:
        todo = "A power cut may lose verdicts: use a disk that keeps what it has synced."
        yield Finding("disk", "warn", f"{where}: a sync takes {middle * 1e6:.0f} µs, as if from a cache", todo)
    else:
        yield Finding("disk", "ok", f"{where}: a sync takes {middle * 1e3:.2f} ms")

"""The billing guard's questions to running firmware: status, counters and uptime, asked before every reset.

The counters begin anew at each boot and are lost with it (Device OS, system/src/system_task.cpp), so they are read as
the last thing before the firmware is stopped, whatever became of the run. Control requests carry the answers, which
changes nothing at the unit; where Device OS does not know request 100, its console in listening mode does.
Not verified on hardware.
"""

import contextlib
from collections.abc import Mapping
from typing import Literal

from station.codec import control_messages
from station.codec.wire import NotUnderstood
from station.domain.events import Booted, CloudStatus, Rebooted, Silent, Stopped
from station.domain.faults import (
    CloudContact,
    Fault,
    NoAnswer,
    NotOurFirmware,
    RanUnwatched,
    RequestRefused,
    TestFailed,
)
from station.domain.meter import contact, seems_rebooted
from station.domain.record import Record
from station.engine.op import Op, Pen
from station.ports import Clock, Link, Usb
from station.steps import test_firmware
from station.steps.listening import listening as listening_mode

DIAGNOSTICS, CLOUD_STATUS = 100, 300
"""Control requests (Device OS, system/inc/system_control.h)."""

DISCONNECT = 302
"""Vendor request that the USB interrupt answers, also when the system thread is stuck."""

WITHIN = 3.0
"""Seconds for each answer. A design margin, not measured."""

COUNTERS = ("cloud:connatt", "net:connatt", "sys:uptime")

When = Literal["early", "before_reset", "last_words"]


def read_contacts(op: Op, usb: Usb, link: Link, clock: Clock, when: When = "before_reset") -> None:
    """Note what the unit says of its contacts since it booted, and stop the run where there are any.

    Raises CloudContact, RanUnwatched; NoAnswer, LinkLost, RequestRefused when it does not tell.
    """
    silent = ask_contacts(op.record, op.line.op, usb, link, clock, when)
    op.note(silent)
    if why := unbidden_start(op.record):
        op.note(Rebooted(op=op.line.op, detail=why))
        raise RanUnwatched(f"the unit started over and the station did not make it: {why}")
    if why := contact(silent):
        with contextlib.suppress(Fault):  # the reset that follows is what counts
            usb.raw(DISCONNECT)
        raise CloudContact(why)


def last_words(pen: Pen, usb: Usb, link: Link, clock: Clock) -> None:
    """Note what firmware that still runs says, before a run that did not pass takes its power; never raises a fault.

    What cannot be read stays unread: the meter's verdict tells.
    """
    if not runs(pen.record):
        return
    op = pen.record.steps[-1].op if pen.record.steps else pen.record.started.ops[0]
    with contextlib.suppress(Fault):
        pen.note(ask_contacts(pen.record, op, usb, link, clock, "last_words"))
        if why := unbidden_start(pen.record):
            pen.note(Rebooted(op=op, detail=why))


def note_stop(pen: Pen, clock: Clock) -> None:
    """Note that firmware which still ran was stopped by the nest's reset. Raises JournalFull."""
    if runs(pen.record):
        pen.note(stopped(pen.record, pen.record.booted[-1].op, clock))


def runs(record: Record) -> bool:
    """True while firmware that the station let run was not stopped."""
    return len(record.booted) > len(record.stopped)


def stopped(record: Record, op: int, clock: Clock) -> Stopped:
    """The fact that the firmware of the last boot stands still now."""
    return Stopped(op=op, seconds=round(max(0.0, clock.now() - record.booted[-1].clock), 3))


def ask_contacts(record: Record, op: int, usb: Usb, link: Link, clock: Clock, when: When) -> Silent:
    """Everything the unit tells of its contacts. Raises NoAnswer, LinkLost, RequestRefused, Babble."""
    status = _status(usb)
    told, source = _counters(usb, link)
    for name in COUNTERS:
        if name not in told:
            raise NoAnswer(f"the unit's diagnostics have no {name}")
    radio, start = _radio(usb)
    booted: Booted | None = record.booted[-1] if record.booted else None
    return Silent(
        op=op,
        cloud_attempts=max(told["cloud:connatt"], int(radio.get("cloud", False))),
        network_attempts=max(told["net:connatt"], int(radio.get("network", False))),
        uptime=float(told["sys:uptime"]),
        boot=max(1, len(record.booted)),
        status=status,
        disconnections=told.get("cloud:dconn", 0),
        left_cloud=told.get("cloud:dconnrsn", 0),
        left_network=told.get("net:dconnrsn", 0),
        messages=told.get("coap:transmit", 0),
        seconds=None if booted is None else round(clock.now() - booted.clock, 3),
        when=when,
        start=start,
        source=source if start is None else f"{source}, factory-test",
    )


def _status(usb: Usb) -> CloudStatus:
    try:
        return control_messages.connection_status(usb.request(CLOUD_STATUS, within=WITHIN))
    except NotUnderstood as why:
        raise NoAnswer(f"control request {CLOUD_STATUS}: {why}") from None


def _counters(usb: Usb, link: Link) -> tuple[Mapping[str, int], str]:
    try:
        reply = usb.request(DIAGNOSTICS, within=WITHIN)
    except RequestRefused:
        with listening_mode(usb):
            return link.diagnostics(WITHIN), "console"
    try:
        return control_messages.diagnostics(reply), "request 100"
    except NotUnderstood as why:
        raise NoAnswer(f"control request {DIAGNOSTICS}: {why}") from None


def _radio(usb: Usb) -> tuple[Mapping[str, bool], int | None]:
    """What the factory-test firmware itself knows; nothing where other firmware runs, which the counters tell of."""
    try:
        told = test_firmware.ask(usb, "radio")
    except (NotOurFirmware, TestFailed):
        return {}, None
    start = told.get("boot")
    flags = {name: value for name, value in told.items() if isinstance(value, bool)}
    return flags, int(start) if isinstance(start, float) and start.is_integer() else None


def unbidden_start(record: Record) -> str | None:
    """Why the newest reading shows a start of the firmware that the station did not make, or None.

    The firmware's own number tells for certain; without one, an uptime that lags behind the station's clock does.
    """
    *before, last = record.silent
    numbers = {one.start for one in before if one.boot == last.boot and one.start is not None}
    if last.start is not None and numbers:
        return None if numbers == {last.start} else "the firmware's number of this start is another one than before"
    if last.seconds is not None and seems_rebooted(last.uptime, last.seconds):
        return f"it was let run {last.seconds:.1f} s ago and counts {last.uptime:.0f} s since its start"
    return None

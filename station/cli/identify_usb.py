"""`station identify --usb-wire HOST:PORT` and `--usb PLACE`: who sits there, by everything a unit tells over USB."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import click

from station.cli.common import PASS, STATION_ERROR, UNIT_FAILED, say_json
from station.cli.usb_record import Note, recorder
from station.cli.usb_witness import Examination, Told, examine, plain
from station.domain.on_unit import Assets, Interface, Modem, ModuleOnUnit
from station.drivers.clock import WallClock
from station.drivers.usb_bus import Shown, UsbBus, system_backend
from station.ports import Clock

WITHIN = 30.0
"""Seconds for all questions together, those to the modem left out; a design margin, not measured."""

LABELS = {
    "usb": "USB",
    "descriptor_id": "device id, descriptor",
    "raw_id": "device id, interrupt",
    "raw_version": "Device OS, interrupt",
    "device_id": "device id, request 20",
    "serial": "serial number",
    "os_version": "Device OS",
    "mode": "mode",
    "protection": "protection",
    "modules": "modules",
    "assets": "assets",
    "claimed": "claimed",
    "cloud": "cloud",
    "diagnostics": "since it started",
    "interfaces": "interfaces",
    "test_firmware": "test firmware",
    "modem": "SIM and modem",
}

SHOWN_DIAGNOSTICS = ("sys:uptime", "cloud:connatt", "cloud:dconn", "cloud:dconnrsn", "net:connatt")
"""What a person wants to know of them; --json has all."""

SHOWN_FIRMWARE = ("firmware", "version", "mode", "os")


def identify_over_usb(
    wire: tuple[str, int] | None, place: str | None, record: Path | None, modem: bool, as_json: bool
) -> int:
    """Ask everything, say what came of it; returns the exit code."""
    clock = WallClock()
    with recorder(record) as note, _bus(wire, place, clock, note) as bus:
        examination = examine(bus, clock, WITHIN, modem)
    code = _code(examination)
    if as_json:
        say_json(_as_json(examination, code))
    else:
        _say(examination, f"{wire[0]}:{wire[1]}" if wire is not None else f"USB place {place}")
    return code


@contextmanager
def _bus(wire: tuple[str, int] | None, place: str | None, clock: Clock, note: Note | None) -> Iterator[UsbBus]:
    """The station's own driver on the wire over TCP, or on a place of this machine's USB."""
    from station.bench.wires.usb_tcp import PLACE, TcpUsb
    from station.drivers.usb_recording import RecordingUsb

    with ExitStack() as stack:
        backend = stack.enter_context(closing(TcpUsb(*wire))) if wire is not None else system_backend()
        heard = RecordingUsb(backend, note) if note is not None else backend
        yield UsbBus(place or PLACE, clock, lambda: heard)


def _code(examination: Examination) -> int:
    if examination.ident is None:
        return STATION_ERROR
    return UNIT_FAILED if examination.disagreements else PASS


def _as_json(examination: Examination, code: int) -> dict[str, object]:
    return {
        "device_id": examination.ident,
        "serial": plain(examination.value("serial")),
        "agree": code == PASS,
        "disagreements": list(examination.disagreements),
        "told": {
            one.name: {"value": plain(one.value)} if one.error is None else {"error": plain(one.error)}
            for one in examination.told
        },
    }


# For a person


def _say(examination: Examination, where: str) -> None:
    ident = examination.ident
    if ident is None:
        click.echo(f"Nothing at {where} says who it is.")
    else:
        serial = examination.value("serial")
        click.secho(f"{ident}  {serial or 'no serial number'}  at {where}", bold=True)
    width = max(len(_label(one.name)) for one in examination.told)
    for one in examination.told:
        first, *more = [f"–  {one.error}"] if one.error is not None else _lines(one)
        click.secho(f"  {_label(one.name):<{width}}  {_printable(first)}", dim=one.error is not None)
        for line in more:
            click.echo(f"  {'':<{width}}  {_printable(line)}")
    for line in examination.disagreements:
        click.secho(f"  {_printable(line)}", fg="red")
    if ident is not None:
        click.echo("Its witnesses do not agree." if examination.disagreements else "All witnesses agree.")


def _label(name: str) -> str:
    return LABELS.get(name, name)


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else "�" for one in text)


def _lines(told: Told) -> list[str]:
    """A value as a person reads it."""
    match told.value:
        case Shown() as shown:
            kind = shown.platform.name if shown.platform is not None else "no Particle device"
            mode = "DFU mode" if shown.dfu else "normal mode"
            texts = " ".join(one for one in (shown.manufacturer, shown.name, shown.state) if one)
            return [f"{kind}, {mode}, {shown.vendor:04x}:{shown.product:04x}, {texts or 'no texts'}"]
        case Assets() as assets:
            names = ", ".join(one.name for one in assets.required) or "none needed"
            missing = ", ".join(one.name for one in assets.missing)
            return [names + (f"; missing: {missing}" if missing else "")]
        case Interface() as one:
            return [f"{one.type}, {one.hw_address or 'no hardware address'}"]
        case Modem() as modem:
            return [f"ICCID {modem.iccid or 'none: no SIM'}, IMEI {modem.imei or 'none'}"]
        case bool(claimed):
            return ["yes" if claimed else "no"]
        case dict():
            wanted = SHOWN_DIAGNOSTICS if told.name == "diagnostics" else SHOWN_FIRMWARE
            return [", ".join(f"{name} {told.value[name]}" for name in wanted if name in told.value)]
        case tuple() as several:
            return [_one(each) for each in several] or ["none"]
        case other:
            return [str(other)]


def _one(value: object) -> str:
    match value:
        case ModuleOnUnit():
            return str(value)
        case Interface():
            return f"{value.index} {value.name}, {value.type}"
        case _:
            return str(value)

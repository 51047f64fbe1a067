"""`station identify`: which unit sits in a nest, by the chip's own word or by USB's; nothing is written."""

import re
from pathlib import Path

import click

from station.cli.at_nest import bench_option, fixture_option, nest_option, place_of, powered
from station.cli.common import json_option, root_of, root_option, say_json
from station.wiring import select


class WireAddress(click.ParamType[tuple[str, int]]):
    """HOST:PORT."""

    name = "HOST:PORT"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        """Takes the text apart."""
        if isinstance(value, tuple):
            return value
        host, _, port = str(value).rpartition(":")
        if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 0x10000:
            self.fail("an address looks like 127.0.0.1:5556", param, ctx)
        return host.strip("[]"), int(port)


PLACE = re.compile(r"\d{1,3}-\d{1,2}(?:\.\d{1,2})*\Z", re.ASCII)


@click.command()
@nest_option
@fixture_option
@bench_option
@root_option
@click.option("--usb", "port", metavar="PLACE", help="Ask the unit at this USB place of this machine, such as 1-1.2.")
@click.option("--usb-wire", "wire", type=WireAddress(), help="Ask whatever speaks the bench's USB wire there.")
@click.option("--modem", is_flag=True, help="Over USB: read SIM and modem, too, which powers the modem.")
@click.option(
    "--record",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Over USB: write every transfer to this file, one JSON object a line.",
)
@json_option
def identify(
    nest: int,
    fixture: str | None,
    bench: Path | None,
    root: Path | None,
    port: str | None,
    wire: tuple[str, int] | None,
    modem: bool,
    record: Path | None,
    as_json: bool,
) -> None:
    """Power a nest with reset held, read the chip over SWD, power it off again.

    The unit's firmware does not run, so it cannot connect. Nothing is erased or written; a locked chip stays locked.

    With --usb or --usb-wire, a unit that runs is asked who it is, over USB: 0 when all its witnesses agree, 1 when
    they do not, 3 when nothing says who it is. It is told nothing, and asked nothing that could connect it.
    """
    if port is not None or wire is not None:
        if (port is not None and wire is not None) or fixture is not None or bench is not None:
            raise click.UsageError("--usb, --usb-wire and a nest exclude one another")
        if port is not None and not PLACE.match(port):
            raise click.UsageError("a USB place looks like 1-1.2: bus, dash, ports")
        from station.cli.identify_usb import identify_over_usb

        raise SystemExit(identify_over_usb(wire, port, record, modem, as_json))
    if modem or record is not None:
        raise click.UsageError("--modem and --record go with --usb or --usb-wire")
    selected = select(root_of(root), None, fixture, None)
    with place_of(selected, nest, bench, Path.cwd() / ".station") as (place, _), powered(place) as programmer:
        programmer.attach()
        chip = programmer.identify()
    if as_json:
        say_json(
            {
                "device_id": chip.device_id,
                "part": f"{chip.part:#x}",
                "variant": chip.variant,
                "flash_size": chip.flash_size,
            }
        )
    else:
        click.echo(chip.device_id)
        click.echo(f"part {chip.part:#x} {chip.variant}, {chip.flash_size // 1024} KiB of flash", err=True)

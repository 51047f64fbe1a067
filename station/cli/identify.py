"""`station identify`: which unit sits in a nest, by every witness; or at a USB place, by all that it tells there."""

import re
from contextlib import ExitStack
from pathlib import Path

import click

from station.cli.at_nest import bench_option, fixture_option, nest_option, seat
from station.cli.common import json_option, root_of, root_option, state_of, state_option
from station.cli.stage import with_bench_parts
from station.codec.label import parse
from station.domain.label import Label
from station.journal.entries import FILE
from station.journal.store import Reader
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
@click.option("--recipe", help="A file under configs/recipes/, without .toml.  [default: station.toml's]")
@click.option(
    "--parts",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the firmware modules.  [default: firmware/parts]",
)
@click.option("--label", help="What a scanner reads of the unit's label; on a bench of its own, the unit's.")
@click.option("--boot/--no-boot", default=None, help="Let the factory-test firmware run.  [default: on the bench]")
@state_option
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
    recipe: str | None,
    parts: Path | None,
    label: str | None,
    boot: bool | None,
    state: Path | None,
    port: str | None,
    wire: tuple[str, int] | None,
    modem: bool,
    record: Path | None,
    as_json: bool,
) -> None:
    """Ask every witness who sits in a nest: label, chip, and with --boot the unit's own firmware; orders and history.

    The nest is powered with reset held and its core stopped, so that the unit's firmware cannot run or connect. --boot
    flashes the factory-test firmware where it is not there yet, and lets it run: on the bench that is what happens
    unless --no-boot says otherwise, on iron it must be asked for. A locked chip stays locked.
    0 when all witnesses agree, 1 when they do not, 3 when the station could not tell.

    With --usb or --usb-wire, a unit that runs is asked who it is, over USB, in the same way and with the same exit
    codes. It is told nothing, and asked nothing that could connect it.
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
    from station.cli.identify_nest import hear, say

    selected = select(root_of(root), recipe, fixture, parts)
    if boot is None:
        boot = selected.fixture.value.bench
    with ExitStack() as stack:
        place, own = stack.enter_context(seat(selected, nest, bench, Path.cwd() / ".station", state_of(state)))
        if boot and parts is None:
            selected = with_bench_parts(selected)
        named = _label(label if label is not None or own is None else own)
        history = stack.enter_context(Reader.open(state_of(state))) if _has_journal(state) else None
        heard = hear(selected, place, named, history, boot)
    say(heard, as_json, virtual=selected.fixture.value.bench)
    raise SystemExit(heard.code)


def _label(text: str | None) -> Label:
    """Raises LabelRefused."""
    return Label() if text is None else parse(text)


def _has_journal(state: Path | None) -> bool:
    """Whether there is history to look things up in; a station that never ran has none."""
    return (state_of(state) / FILE).is_file()

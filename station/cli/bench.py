"""`station bench`: the virtual fixture by itself."""

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from station.bench import modules
from station.bench.client import Bench
from station.cli.bench_deaths import deaths as deaths_verb
from station.cli.bench_faults import faults as faults_verb
from station.cli.bench_flash import flash as flash_verb
from station.cli.bench_keys import keys as keys_verb
from station.cli.bench_serial import serial as serial_verb
from station.cli.bench_swaps import swaps as swaps_verb
from station.cli.bench_ui import ui as ui_verb
from station.cli.common import command, quoted, say_json
from station.cli.usb_record import recorder


class ServesByDefault(click.Group):
    """`station bench OPTIONS` is `station bench serve OPTIONS`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the verb in front where there is none."""
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = ["serve", *args]
        return super().parse_args(ctx, args)


@click.group(cls=ServesByDefault)
def bench() -> None:
    """The virtual fixture by itself; without a verb, `serve`."""


bench.add_command(deaths_verb)
bench.add_command(flash_verb)
bench.add_command(faults_verb)
bench.add_command(keys_verb)
bench.add_command(serial_verb)
bench.add_command(swaps_verb)
bench.add_command(ui_verb)


@bench.command()
@click.option("--nests", default=4, show_default=True, type=click.IntRange(1, 8))
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same units.")
@click.option("--speed", type=click.Choice(["fast", "real"]), default="fast", show_default=True)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where its wires end; a short path.  [default: a new one]",
)
@click.option(
    "--pyocd-remote",
    "port",
    type=click.IntRange(0, 65535),
    help="Serve nest 1's probe to pyOCD command lines on this TCP port of 127.0.0.1; 0 takes a free one.",
)
@click.option(
    "--usb-wire",
    "wire",
    type=click.IntRange(0, 65535),
    help="Offer nest 1's unit, powered, on this TCP port of 127.0.0.1, USB transfer by transfer; 0 takes a free one.",
)
@click.option(
    "--firmware",
    type=click.Choice(["factory-test", "tinker"]),
    default="factory-test",
    show_default=True,
    help="With --usb-wire: what runs on that unit.",
)
@click.option(
    "--record",
    type=click.Path(dir_okay=False, path_type=Path),
    help="With --usb-wire: write every transfer to this file, one JSON object a line.",
)
@click.option("--bus-pirate", is_flag=True, help="Put a Bus Pirate on nest 1's debug wires, for OpenOCD.")
@click.option("--json", "as_json", is_flag=True, help="Where everything is, as one line of JSON.")
def serve(
    nests: int,
    seed: int,
    speed: str,
    folder: Path | None,
    port: int | None,
    wire: int | None,
    firmware: str,
    record: Path | None,
    bus_pirate: bool,
    as_json: bool,
) -> None:
    """Run a bench until Ctrl-C, with a unit in every nest.

    \b
    In another terminal:
      station run --bench FOLDER --parts FOLDER/parts
      station identify --usb-wire 127.0.0.1:PORT
      pyocd load -t nrf52840 -u remote:127.0.0.1:PORT image.bin@0x40000
      openocd -c "adapter driver buspirate; buspirate port FOLDER/probe/BENCH0001.tty; transport select swd" \\
        -f target/nrf52.cfg -c "program image.bin 0x40000 verify exit"
    """
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    with Bench.start(folder, nests=nests, seed=seed, pace=None if speed == "fast" else 1.0) as running:
        modules.write_release_files(running.folder / "parts")
        labels = {}
        for nest in range(1, nests + 1):
            unit = running.new_unit(firmware=firmware if nest == 1 and wire is not None else None)
            running.place(nest, unit)
            labels[nest] = running.unit(unit).serial
        if port is not None or wire is not None or bus_pirate:
            _power(running)
        pirate = running.bus_pirate(1) if bus_pirate else None
        with _lent(running, port) as probe, _offered(running, wire, record) as usb:
            _until_stopped(running, labels, Lent(probe, usb, pirate), as_json)


@dataclass(frozen=True, slots=True)
class Lent:
    """Nest 1's wires that others may use: TCP ports of its probe and of its USB, a Bus Pirate's serial port."""

    probe: int | None
    usb: int | None
    bus_pirate: Path | None


@contextmanager
def _lent(running: Bench, port: int | None) -> Iterator[int | None]:
    """Nest 1's probe for pyOCD command lines, where that was asked for; yields the port."""
    if port is None:
        yield None
        return
    from station.bench.remote import serve_remote
    from station.bench.wires.dap import probe_at

    with serve_remote(probe_at(running.folder / "probe" / "BENCH0001.sock", "BENCH0001"), port) as taken:
        yield taken


@contextmanager
def _offered(running: Bench, port: int | None, record: Path | None) -> Iterator[int | None]:
    """Nest 1's USB wire on a TCP port, where that was asked for; yields the port."""
    if port is None:
        if record is not None:
            raise click.UsageError("--record goes with --usb-wire")
        yield None
        return
    from station.bench.board import BOOT_SECONDS
    from station.bench.usb_tcp import offered

    running.advance(1, BOOT_SECONDS)
    with ExitStack() as stack:
        note = stack.enter_context(recorder(record))
        try:
            taken = stack.enter_context(offered(running.folder / "usb" / "1-1.1.sock", port, note))
        except OSError as error:
            raise click.UsageError(f"port {port}: {error.strerror}") from None
        yield taken


def _power(running: Bench) -> None:
    """Power for nest 1, as on a desk: what is on its unit runs until a debugger stops it."""
    from station.drivers.fixture_scpi import ScpiFixture

    # Nobody watches it, and nobody feeds a watchdog.
    fixture = ScpiFixture(running.folder / "fixture", patience=2.0, watchdog=None)
    fixture.set_power(1, True)
    fixture.set_reset(1, False)
    fixture.close()


def _until_stopped(running: Bench, labels: dict[int, str], lent: Lent, as_json: bool) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    if as_json:
        say_json(
            {
                "folder": str(running.folder),
                "parts": str(running.folder / "parts"),
                "labels": labels,
                "pyocd_remote": lent.probe,
                "usb_wire": lent.usb,
                "bus_pirate": str(lent.bus_pirate) if lent.bus_pirate is not None else None,
            }
        )
    else:
        click.secho(f"The bench runs in {running.folder}", bold=True)
        click.echo(f"  {command('run', '--bench', running.folder, '--parts', running.folder / 'parts')}")
        for nest, serial in labels.items():
            click.echo(f"  nest {nest}: a unit with serial number {serial}")
        if lent.usb is not None:
            click.echo(f"  {command('identify', '--usb-wire', f'127.0.0.1:{lent.usb}')}   # nest 1")
        if lent.probe is not None:
            click.echo(f"  pyocd cmd -t nrf52840 -u remote:127.0.0.1:{lent.probe}   # nest 1")
        if lent.bus_pirate is not None:
            # Braces are openocd's own quotes (Tcl).
            adapter = f"adapter driver buspirate; buspirate port {{{lent.bus_pirate}}}; transport select swd"
            click.echo(f"  openocd -c {quoted(adapter)} \\")
            click.echo("    -f target/nrf52.cfg -c 'program image.bin 0x40000 verify exit'   # nest 1")
        click.echo("Ctrl-C ends it.")
    stop.wait()

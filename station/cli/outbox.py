"""`station outbox`: units that passed and are to be added to the product."""

import sys
from pathlib import Path

import click

from station.cli.common import STATION_ERROR, as_called, json_option, say_json, state_of, state_option
from station.domain.counted import counted
from station.journal import outbox as box
from station.journal.outbox import ExportRefused
from station.journal.store import Journal, Reader
from station.wiring import now_us


@click.group()
def outbox() -> None:
    """List and export units that passed and are not yet in the product."""


@outbox.command("list")
@state_option
@json_option
def list_units(state: Path | None, as_json: bool) -> None:
    """Show the units that wait for an import list, and those that passed and are held back. Works while a line runs."""
    with Reader.open(state_of(state)) as journal:
        found = box.outbox(journal.events())
    if as_json:
        say_json(found.model_dump(mode="json"))
        return
    for unit in found.pending:
        click.echo(f"{unit.device_id}  {unit.serial or '':<15}  product {unit.product_id}  {unit.run}")
    for held in found.withheld:
        click.secho(as_called(f"{held.device_id}  held back: {held.why}"), fg="yellow")
    click.echo(found.says(), err=True)


@outbox.command()
@click.option(
    "--to",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file.  [default: devices.txt in the state folder]",
)
@state_option
@json_option
def export(target: Path | None, state: Path | None, as_json: bool) -> None:
    """Write devices.txt for the console: Product > Devices > Add devices > Add many.

    One device id a line. Every unit is on one list, once, for ever; a unit without PASS is on none. The ids are
    printed, too. The line must not be running in the same state folder.
    """
    folder = state_of(state)
    Reader.look(folder).close()
    with Journal.create_or_open(folder, now_us) as journal:
        path = (target or free_name(folder)).resolve()
        try:
            done = box.export(journal, path)
        except ExportRefused as error:
            click.secho(str(error), fg="red", err=True)
            sys.exit(STATION_ERROR)
    if as_json:
        say_json(done.model_dump(mode="json"))
        return
    for one in done.device_ids:
        click.echo(one)
    if done.file is None:
        click.echo("No unit waits; nothing was written.", err=True)
        return
    click.echo(f"{done.file}: {counted(len(done.device_ids), 'unit')} for product {done.product_id}", err=True)
    if done.again:
        click.echo("This list was begun by an earlier export that did not end.", err=True)
    if done.remaining:
        click.echo(f"{done.remaining} more wait for another list: export again.", err=True)


def free_name(folder: Path) -> Path:
    """devices.txt, or the next name with a number: a list that was handed out is never replaced."""
    path, number = folder / "devices.txt", 1
    while path.exists():
        number += 1
        path = folder / f"devices-{number}.txt"
    return path

"""`station unwind`: units that may have connected, and what a person must do about each."""

import sys
from pathlib import Path

import click

from station.cli.by_badge import allow
from station.cli.common import USAGE, as_called, json_option, say_json, shown, state_of, state_option
from station.domain.counted import counted
from station.domain.events import Unwound
from station.domain.people import Action
from station.domain.record import stations_of
from station.domain.unwind import Suspect, suspects
from station.journal.store import Journal, Reader
from station.report.files import atomic_write
from station.report.tables import spreadsheet, unwind_csv
from station.report.times import utc
from station.wiring import now_us


@click.group()
def unwind() -> None:
    """List units that may have connected to the cloud, and strike off those that were seen to."""


@unwind.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that were struck off.")
@state_option
@json_option
def list_units(everything: bool, state: Path | None, as_json: bool) -> None:
    """Show each unit with its evidence and the steps to take. Works while a line runs."""
    with Reader.open(state_of(state)) as journal:
        found = [one for one in suspects(journal.events()) if everything or one.done is None]
    if as_json:
        say_json({"units": [one.model_dump(mode="json") for one in found]})
        return
    for one in found:
        _show(one)
    if not found:
        click.echo("No unit is on the list: there is no evidence of a connection.", err=True)


def _show(one: Suspect) -> None:
    colour = None if one.done else "red"
    click.secho(f"{one.verdict.upper():<9} {one.key}", fg=colour, bold=True)
    click.echo(
        f"  serial number {one.serial or 'unknown'}, ICCID {one.iccid or 'unknown'}, {utc(one.at)}, run {one.run}"
    )
    for reason in one.reasons:
        click.echo(f"  because {reason}")
    if one.done is not None:
        click.echo(f"  done by {one.done.by}: {one.done.note}")
        return
    for number, step in enumerate(one.to_do, start=1):
        click.echo(f"  {number}. {step}")


@unwind.command()
@click.option(
    "--to", "target", type=click.Path(dir_okay=False, path_type=Path), help="[default: unwind.csv in the state folder]"
)
@state_option
@json_option
def export(target: Path | None, state: Path | None, as_json: bool) -> None:
    """Write the open entries as a table for whoever works them off; an older table is replaced as a whole."""
    folder = state_of(state)
    with Reader.open(folder) as journal:
        found = [one for one in suspects(journal.events()) if one.done is None]
        stations = stations_of(journal.events())
    path = (target or folder / "unwind.csv").resolve()
    atomic_write(path, spreadsheet(unwind_csv(found, stations)))
    if as_json:
        say_json({"file": str(path), "units": len(found)})
    else:
        click.echo(f"{shown(path)}: {counted(len(found), 'unit')}", err=True)


@unwind.command()
@click.argument("unit")
@click.option("--by", default="", help="Who did it, where nobody signs in; else whose badge it is.")
@click.option("--note", required=True, help="What was found and done, such as 'never heard, nothing to remove'.")
@state_option
@json_option
def done(unit: str, by: str, note: str, state: Path | None, as_json: bool) -> None:
    """Strike off UNIT, by the name that the list has: its device id, else its serial number, else its run.

    A person has done what was to be done. The statement is journalled with that name; the evidence stays. The line
    must not be running meanwhile.
    """
    folder = state_of(state)
    Reader.look(folder).close()
    with Journal.create_or_open(folder, now_us) as journal:
        found = (one for one in suspects(journal.events()) if one.key.lower() == unit.lower() and one.done is None)
        one = next(found, None)
        if one is None:
            click.secho(
                as_called(f"{unit} is not on the list; `station unwind list` shows who is."), fg="red", err=True
            )
            sys.exit(USAGE)
        signed = allow(journal, Action.UNWIND)
        if signed and by:
            raise click.UsageError(f"--by is said by the badge, which is {signed}'s; nothing was changed")
        by = by or signed
        if not by:
            raise click.UsageError("say who did it: --by")
        serial, run = (None, None) if one.device_id else (one.serial, None if one.serial else one.run)
        journal.append([Unwound(device_id=one.device_id, serial=serial, run=run, by=by, note=note)], None)
    if as_json:
        say_json({"unit": one.key, "device_id": one.device_id, "by": by, "note": note})
    else:
        click.echo(f"{one.key} is struck off.", err=True)

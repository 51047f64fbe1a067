"""`station identity`: which label, chip and SIM belong together, and how an engineer takes that back."""

from pathlib import Path

import click

from station.cli.by_badge import allow
from station.cli.common import USAGE, json_option, say_json, state_of, state_option
from station.cli.standing import standing_journal
from station.cli.unit_lines import lines_of
from station.cli.unit_story import SeveralUnits, names_of, unit_story
from station.domain.events import Unbound
from station.domain.ids import DeviceId, NotAnId, SerialNumber, device_id, serial_number
from station.domain.people import Action
from station.journal.store import Reader


@click.group()
def identity() -> None:
    """Look up who a unit is, and release a binding after rework.

    A label, a chip and a SIM that were once seen together belong together for ever: another unit with the same label,
    or this one with another, is refused. A unit that was given another label or SIM on purpose has to be released.
    """


@identity.command()
@click.argument("unit")
@state_option
@json_option
def show(unit: str, state: Path | None, as_json: bool) -> None:
    """Tell a unit's whole story: names, runs, orders, import list, what must be undone. Works while a line runs.

    UNIT is its device id, its serial number, the number of its SIM or modem, or a run that saw it.
    """
    try:
        names = names_of(unit)
    except NotAnId:
        raise click.BadParameter("no device id, serial number, SIM or modem number, and no run") from None
    with Reader.open(state_of(state)) as journal, journal.snapshot():
        try:
            story = unit_story(journal, names)
        except SeveralUnits as several:
            click.echo(f"Several units had this name: name one of them. They are {several}", err=True)
            raise SystemExit(USAGE) from None
        except NotAnId as why:
            click.echo(f"Nothing is known: {why}.", err=True)
            raise SystemExit(USAGE) from None
    if as_json:
        say_json(story.model_dump(mode="json"))
    elif not story.empty:
        for line in lines_of(story):
            click.echo(line)
    if story.empty:
        click.echo("Nothing is known of this unit.", err=True)
        raise SystemExit(USAGE)


@identity.command()
@click.argument("unit")
@click.option("--why", required=True, help="What was changed on the unit; it is journalled and told in its reports.")
@state_option
def release(unit: str, why: str, state: Path | None) -> None:
    """Say that a unit's bindings so far no longer count: it was given another label, or another SIM.

    UNIT is the device id of the unit that had them, or the serial number they were under. Nothing else of it is
    forgotten. The line must not be running in the same state folder.
    """
    device, serial = _named(unit)
    folder = state_of(state)
    Reader.look(folder).close()
    with standing_journal(folder) as journal:
        bound = [one for one in journal.known(device, serial).bound if one.device_id == device or device is None]
        if not bound:
            click.echo("No binding of this unit holds; nothing was changed.", err=True)
            raise SystemExit(USAGE)
        if len({one.device_id for one in bound}) > 1:
            devices = ", ".join(sorted({one.device_id for one in bound}))
            click.echo(f"Several units had this label: name one of them. They are {devices}", err=True)
            raise SystemExit(USAGE)
        allow(journal, Action.RELEASE_UNIT)
        journal.append([Unbound(device_id=bound[-1].device_id, serial=bound[-1].serial, why=why)], None)
    for one in bound:
        click.echo(
            f"Released: device id {one.device_id}, serial number {one.serial or '-'}. It is bound anew when it is made."
        )


def _named(unit: str) -> tuple[DeviceId | None, SerialNumber | None]:
    """What a person typed is a device id or a serial number."""
    try:
        return (device_id(unit), None) if len(unit.strip()) == 24 else (None, serial_number(unit.upper()))
    except NotAnId as why:
        raise click.BadParameter(f"neither a device id of 24 digits nor a serial number of 15: {why}") from None

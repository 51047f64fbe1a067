"""`station journal`: the truth on disk, checked and shown."""

from pathlib import Path

import click

from station.cli.common import USAGE, json_option, json_text, say_json, state_of, state_option
from station.domain.counted import counted
from station.domain.ids import NotAnId, run_id
from station.journal.store import Reader
from station.journal.verify import verify as verify_journal


@click.group()
def journal() -> None:
    """Verify and show the journal."""


@journal.command()
@click.option("--expect-last", help="A last hash noted earlier: finds a journal that was put back or written anew.")
@state_option
@json_option
def verify(expect_last: str | None, state: Path | None, as_json: bool) -> None:
    """Check the hash chain from the first entry to the last, and SQLite's pages. Works while a line runs.

    Exits 3 and names the first bad entry when anything was changed.
    """
    try:
        anchor = bytes.fromhex(expect_last) if expect_last else None
    except ValueError:
        raise click.BadParameter("64 hexadecimal digits", param_hint="--expect-last") from None
    found = verify_journal(state_of(state), anchor)
    if as_json:
        say_json(found.model_dump(mode="json"))
    else:
        click.echo(f"{counted(found.entries, 'entry', 'entries')} of {counted(found.runs, 'run')}, every hash follows.")
        click.echo(f"last hash {found.last_hash}")


@journal.command()
@click.option("--run", "run", help="One run only.")
@state_option
def show(run: str | None, state: Path | None) -> None:
    """Print events, one JSON object a line. Works while a line runs."""
    try:
        wanted = run_id(run) if run else None
    except NotAnId as error:
        click.echo(str(error), err=True)
        raise SystemExit(USAGE) from None
    with Reader.open(state_of(state)) as entries:
        for event in entries.events(run=wanted):
            click.echo(json_text(event.model_dump(mode="json")))

"""`station journal`: the truth on disk, checked and shown."""

from pathlib import Path

import click

from station.cli.by_badge import allow
from station.cli.common import USAGE, json_option, json_text, say_json, state_of, state_option
from station.domain.counted import counted
from station.domain.ids import NotAnId, run_id
from station.domain.journal_facts import JournalAccepted
from station.domain.people import Action
from station.journal.store import Journal, Reader
from station.journal.verify import verify as verify_journal
from station.wiring import elapsed, now_us


@click.group()
def journal() -> None:
    """Verify and show the journal."""


@journal.command()
@click.option("--expect-last", help="A last hash noted earlier: finds a journal that was put back or written anew.")
@state_option
@json_option
def verify(expect_last: str | None, state: Path | None, as_json: bool) -> None:
    """Check the hash chain from the first entry to the last, and SQLite's pages. Works while a line runs.

    Exits 3 and names the first bad entry when anything was changed, or says why entries may be missing at the end.
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
    with Reader.look(state_of(state)) as entries:
        for event in entries.events(run=wanted):
            click.echo(json_text(event.model_dump(mode="json")))


@journal.command()
@click.option("--why", required=True, help="What became of the entries; it is journalled and told in reports.")
@click.option("--by", default="", help="Who found it out, where nobody signs in; else whose badge it is.")
@state_option
@json_option
def accept(why: str, by: str, state: Path | None, as_json: bool) -> None:
    """Say that the station goes on with the journal that is there, although entries of it may be missing.

    An engineer finds out first which it is: a journal that was moved, a log that was deleted, an old copy that was put
    back. Files that can still be found are put back instead. Where the journal is lost a new one is begun, and its
    first entry says so. The line must not be running in the same state folder.
    """
    folder = state_of(state)
    with Journal.create_or_open(folder, now_us, elapsed, doubted=True) as opened:
        doubt = opened.doubted
        if doubt is None:
            click.echo("Nothing is doubted about this journal; nothing was written.", err=True)
            raise SystemExit(USAGE)
        signed = allow(opened, Action.ACCEPT_JOURNAL, changed=True)
        if signed and by:
            raise click.UsageError(f"--by is said by the badge, which is {signed}'s; nothing was changed")
        by = by or signed
        if not by:
            raise click.UsageError("say who found it out: --by")
        runs, devices = opened.signs.unknown(opened)
        fact = JournalAccepted(code=doubt.code, detail=str(doubt), why=why, by=by, runs=runs, devices=devices)
        opened.append([fact], None)
    if as_json:
        say_json({"code": doubt.code, "detail": str(doubt), "why": why, "by": by, "runs": runs, "device_ids": devices})
        return
    click.echo(f"Accepted: {doubt}", err=True)
    if runs or devices:
        click.echo(
            f"{len(runs)} runs that have a report, and {len(devices)} units on lists, are in no entry.", err=True
        )

"""`station shift`: the last shift in one page."""

from pathlib import Path

import click

from station.cli.common import json_option, root_of, root_option, say_json, state_of, state_option
from station.domain.counted import counted
from station.domain.events import Event
from station.domain.timeline import first_since
from station.journal.store import Reader
from station.report.shift import HOUR, ShiftReport
from station.ui.visible import visible


@click.command()
@click.option("--hours", type=click.FloatRange(0.01, 24 * 31), help="How long it was.  [default: station.toml's]")
@state_option
@root_option
@json_option
def shift(hours: float | None, state: Path | None, root: Path | None, as_json: bool) -> None:
    """Show who worked, what was made, what was approved, refused and locked in the last hours that the journal has.

    Works while a line runs.
    """
    length = hours or root_of(root).station().value.shift_hours
    with Reader.open(state_of(state)) as journal, journal.snapshot():
        moments = journal.moments()
        until = moments[-1].at if moments else 0
        events: list[Event] = list(journal.events())
    ago = int(length * HOUR)
    report = ShiftReport.of(events, first_since(moments, until, ago), max(0, until - ago), until)
    if as_json:
        say_json(report.model_dump(mode="json"))
    else:
        _print(report)


def _print(report: ShiftReport) -> None:
    made = report.made
    click.secho(f"{_time(report.since)} to {_time(report.until)} UTC", bold=True)
    counts = ", ".join(f"{count} {one.value}" for one, count in made.outcomes.items() if count)
    first = "" if made.first_pass_yield is None else f"; first pass {made.first_pass_yield:.1%}"
    click.echo(f"{counted(made.runs, 'run')} of {counted(made.units, 'unit')}: {counts or 'none ended'}{first}")
    if report.references:
        click.echo(f"{counted(report.references, 'run')} of reference units")
    if report.unsigned_runs:
        click.echo(f"{counted(report.unsigned_runs, 'run')} that nobody had to sign in for")
    _list(
        "signed in",
        [
            f"{_time(one.since)}  {one.name}, {one.role.value}: {counted(one.runs, 'run')}, "
            + (f"until {_time(one.until)} ({(one.reason or '').replace('_', ' ')})" if one.until else "no end")
            for one in report.worked
        ],
    )
    _list(
        "approved",
        [
            f"{_time(one.at)}  {one.by or 'somebody'}: {one.detail}"
            + (f" Unit {one.unit}." if one.unit else "")
            + (f" Nest {one.nest}." if one.nest else "")
            + (f" Asked by {one.asked_by}." if one.asked_by else "")
            for one in report.approvals
        ],
    )
    _list("done", [f"{_time(one.at)}  {f'{one.by}: ' if one.by else ''}{one.what}" for one in report.done])
    _list(
        "locked",
        [
            f"{_time(one.at)}  nest {one.nest}, {one.code}, "
            + (
                f"released {_time(one.released_at)} by {one.released_by or 'nobody who signed in'}"
                if one.released_at
                else "still"
            )
            for one in report.locks
        ],
    )
    _list(
        "lead called",
        [
            f"{_time(one.at)}  {f'nest {one.nest}, ' if one.nest is not None else ''}by {one.by or 'somebody'}, "
            + (f"there {_time(one.came_at)}{f': {one.came}' if one.came else ''}" if one.came_at else "nobody came")
            for one in report.calls
        ],
    )
    _list(
        "refused",
        [f"{_time(one.at)}  {one.code}  {f'{one.by}: ' if one.by else ''}{one.detail}" for one in report.refusals],
    )


def _list(title: str, lines: list[str]) -> None:
    if lines:
        click.secho(title.upper(), dim=True)
    for line in lines:
        click.echo(f"  {visible(line)}")


def _time(at: str) -> str:
    """RFC 3339 to the second, as people read it."""
    return at[:19].replace("T", " ")

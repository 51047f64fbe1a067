"""`station report`: what people read at night."""

from pathlib import Path

import click

from station.cli.common import json_option, say_json, state_of, state_option
from station.cli.view import View
from station.domain.counted import counted
from station.domain.record import records_of
from station.journal.outbox import outbox
from station.journal.store import Reader
from station.line import write_reports
from station.report.summary import Summary


@click.command()
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder.  [default: reports in the state folder]",
)
@state_option
@json_option
def report(folder: Path | None, state: Path | None, as_json: bool) -> None:
    """Write the reports from the journal and print a summary. Works while a line runs.

    One JSON document a run, runs.csv and measurements.csv; the same journal gives the same bytes.
    """
    where = state_of(state)
    target = (folder or where / "reports").resolve()
    with Reader.open(where) as journal:
        records = records_of(journal.events())
        waiting = outbox(journal.events())
        written = write_reports(journal, target)
    summary = Summary.of(records)
    if as_json:
        say_json(
            summary.model_dump(mode="json")
            | {"waiting": len(waiting.pending), "withheld": len(waiting.withheld)}
            | {"folder": str(target), "files": len(written)}
        )
        return
    places = {"Reports": f"{target}  ({counted(len(written), 'file')})", "Import list": waiting.says()}
    View(False, "").summary(summary, sum(record.seconds for record in records), places)

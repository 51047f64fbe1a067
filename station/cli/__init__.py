"""`station`: the command line. Verbs and exit codes are an interface."""

import os
import sys

import click
from click.shell_completion import shell_complete

from station import __version__
from station.cli.bench import bench as bench_verb
from station.cli.check import check as check_verb
from station.cli.common import PROGRAM
from station.cli.doctor import doctor as doctor_verb
from station.cli.ending import ended
from station.cli.firmware import firmware as firmware_verb
from station.cli.flash import flash as flash_verb
from station.cli.flash import recover as recover_verb
from station.cli.identify import identify as identify_verb
from station.cli.identity import identity as identity_verb
from station.cli.journal import journal as journal_verb
from station.cli.line import run as run_verb
from station.cli.orders import orders as orders_verb
from station.cli.outbox import outbox as outbox_verb
from station.cli.people import people as people_verb
from station.cli.report import report as report_verb
from station.cli.sheet import sheet as sheet_verb
from station.cli.shift import shift as shift_verb
from station.cli.sim import sim as sim_verb
from station.cli.sound import sound as sound_verb
from station.cli.unwind import unwind as unwind_verb

EPILOG = """\b
Exit codes: 0 pass, 1 a unit failed, 2 usage, 3 the station could not tell,
4 aborted, 69 a system part is missing, 78 a configuration is refused."""


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="station")
def cli() -> None:
    """Make Particle devices: identify, flash, test offline, seal, and list them for the product."""


for verb in (
    sim_verb,
    run_verb,
    check_verb,
    bench_verb,
    identify_verb,
    flash_verb,
    recover_verb,
    orders_verb,
    identity_verb,
    people_verb,
    outbox_verb,
    unwind_verb,
    report_verb,
    shift_verb,
    journal_verb,
    firmware_verb,
    sheet_verb,
    sound_verb,
    doctor_verb,
):
    cli.add_command(verb)


def main() -> None:
    """Run the verb; how it ends says `ending`."""
    sys.exit(ended(_verb))


def _verb() -> None:
    # Not click's own main: it ends with 1 what Ctrl-C or a closed pipe ended, and here 1 is a unit that failed.
    if (wanted := os.environ.get("_STATION_COMPLETE")) is not None:
        sys.exit(shell_complete(cli, {}, "station", "_STATION_COMPLETE", wanted))
    with cli.make_context(PROGRAM, sys.argv[1:]) as ctx:
        cli.invoke(ctx)

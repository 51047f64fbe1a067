"""`station`: the command line. Verbs and exit codes are an interface."""

import sys

import click

from station import __version__
from station.cli import bench, check, doctor, firmware, identify, journal, line, outbox, report, sim
from station.cli.common import exit_code, say_fault
from station.domain.faults import Fault

EPILOG = """\b
Exit codes: 0 pass, 1 a unit failed, 2 usage, 3 the station could not tell,
4 aborted, 69 a system part is missing, 78 a configuration is refused."""


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="station")
def cli() -> None:
    """Make Particle devices: identify, flash, test offline, seal, and list them for the product."""


for verb in (
    sim.sim,
    line.run,
    check.check,
    bench.bench,
    identify.identify,
    outbox.outbox,
    report.report,
    journal.journal,
    firmware.firmware,
    doctor.doctor,
):
    cli.add_command(verb)


def main() -> None:
    """Run the verb; a fault becomes two sentences and an exit code."""
    try:
        cli(standalone_mode=True)
    except Fault as fault:
        say_fault(fault)
        sys.exit(exit_code(fault))
    except BrokenPipeError:
        sys.exit(3)

"""What the verbs share: options, places, refusals, exit codes."""

import json
import os
import shlex
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import click
from platformdirs import user_state_path

from station.config import Root, default_root
from station.domain.faults import (
    ConfigRefused,
    Fault,
    FileChanged,
    OrderRefused,
    PartMissing,
    PortMissing,
    ReleaseRefused,
)
from station.domain.outcome import Outcome
from station.domain.release import Release
from station.domain.remarks import remarks
from station.drivers.firmware_files import FirmwareFiles

PASS, UNIT_FAILED, USAGE, STATION_ERROR, ABORTED, MISSING_PART, BAD_CONFIG = 0, 1, 2, 3, 4, 69, 78
"""Exit codes; 69 and 78 as in sysexits.h."""

PROGRAM = os.environ.get("STATION_AS", "station")
"""How this program was called, for the commands it proposes; `./run` says so."""

root_option = click.option(
    "--root",
    "root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="STATION_CONFIG",
    help="Folder that holds configs/, fixtures/ and firmware/.  [default: this checkout, else the example product]",
)
state_option = click.option(
    "--state",
    "state",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="STATION_STATE_DIR",
    help="Folder of the journal, the reports and the import lists.",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Machine-readable: the last line is one JSON object."
)


def root_of(path: Path | None) -> Root:
    """Where configurations are read from."""
    return Root((path or default_root()).resolve())


def state_of(path: Path | None) -> Path:
    """The state folder of a station: what was said, else systemd's, else the user's."""
    if path is not None:
        return path.resolve()
    given = os.environ.get("STATE_DIRECTORY")
    return Path(given) if given else user_state_path("station") / "line"


def fresh_state() -> Path:
    """A state folder of its own for every demonstration, so that no two mix; sorts by time."""
    return user_state_path("station") / "sim" / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.getpid()}"


def shown(path: Path) -> str:
    """A path as a person reads and a shell takes it."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except ValueError:
        return str(path)


def command(*words: str | Path) -> str:
    """A command of this program as a shell takes it, whatever is in the names of folders."""
    return " ".join(quoted(one) for one in (PROGRAM, *words))


def quoted(word: str | Path) -> str:
    """A word for a shell: what is no letter, digit or harmless sign stands in quotes, a home folder stays short.

    >>> quoted("Line 2 #1")
    "'Line 2 #1'"
    """
    if not isinstance(word, Path):
        return shlex.quote(word)
    home, slash, rest = shown(word).partition("~/")
    return shlex.quote(str(word)) if home or not slash else slash + shlex.quote(rest)


def as_called(text: str) -> str:
    """A sentence whose commands begin as this program was called."""
    return text.replace("`station ", f"`{shlex.quote(PROGRAM)} ")


def exit_code(fault: Fault) -> int:
    """What a script can trust."""
    if isinstance(fault, ConfigRefused | PortMissing | ReleaseRefused | FileChanged | OrderRefused):
        return BAD_CONFIG
    if isinstance(fault, PartMissing):
        return MISSING_PART
    return code_of(fault.outcome)


def code_of(outcome: Outcome) -> int:
    """The exit code of a verb that ended like this."""
    match outcome:
        case Outcome.PASS:
            return PASS
        case Outcome.FAIL:
            return UNIT_FAILED
        case Outcome.ERROR | Outcome.INTERRUPTED:
            return STATION_ERROR
        case Outcome.ABORTED:
            return ABORTED


def say_fault(fault: Fault) -> None:
    """What happened and what to do, on stderr."""
    click.secho(as_called(f"{fault.code}  {fault}"), fg="red", err=True)
    click.echo(as_called(f"      {fault.remedy}"), err=True)


def release_warnings(parts: Path, release: Release) -> list[str]:
    """What a person should know of the modules of a release. Raises FileChanged, ReleaseRefused."""
    return remarks(one.module for one in FirmwareFiles(parts).load(release))


def say_warnings(warnings: Iterable[str]) -> None:
    """What a person should know of modules, and what is no reason to refuse them."""
    for warning in warnings:
        click.secho(f"  warning: {warning}", fg="yellow")


def say_json(content: Mapping[str, object]) -> None:
    """One JSON object on one line of stdout, flushed."""
    click.echo(json_text(content))
    sys.stdout.flush()


def json_text(content: Mapping[str, object]) -> str:
    """One line of JSON that reads back as it was, also where the output takes no UTF-8."""
    takes_all = (sys.stdout.encoding or "utf-8").lower().replace("-", "") == "utf8"
    return json.dumps(content, ensure_ascii=not takes_all)

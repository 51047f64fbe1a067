"""How a verb ends, whatever it meets: with an exit code that a script can trust, and with sentences, never a traceback.

A bug of ours is 3, never 1. So is output that nobody took: a closed pipe, a full disk. Ctrl-C is 4.
"""

import errno
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

import click

from station.bench.client import BenchError
from station.cli.common import ABORTED, PASS, STATION_ERROR, exit_code, say_fault
from station.domain.faults import Fault
from station.domain.places import fault_of
from station.report import bugs

_OF_THE_DISK = frozenset(
    {
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EFBIG,
        errno.EROFS,
        errno.EACCES,
        errno.EPERM,
        errno.EIO,
        errno.ENAMETOOLONG,
        errno.ELOOP,
    }
)
"""Errors that tell of a place and not of a bug."""


def ended(verb: Callable[[], object]) -> int:
    """Do it; returns the exit code."""
    open_streams()
    with bugs.watched(_say) as found:
        code = _code_of(verb)
        if (lost := _flushed()) is not None:
            code = _unread(lost)
    return code or (STATION_ERROR if found else PASS)


def _code_of(verb: Callable[[], object]) -> int:
    try:
        verb()
    except (click.exceptions.Exit, SystemExit) as end:
        code = end.exit_code if isinstance(end, click.exceptions.Exit) else end.code
        return code if isinstance(code, int) else STATION_ERROR if code else PASS
    except click.ClickException as why:
        why.show()
        return why.exit_code
    except (click.Abort, KeyboardInterrupt, EOFError):
        _say("Aborted.")
        return ABORTED
    except Fault as fault:
        say_fault(fault)
        return exit_code(fault)
    except BenchError as why:
        _say(f"{why}{f'; all it said is in {bugs.keep(why, why.complaint)}' if why.complaint else ''}")
        return STATION_ERROR
    except OSError as why:
        return _of_system(why)
    except Exception as bug:
        return _bug(bug)
    return PASS


def _of_system(why: OSError) -> int:
    """The terminal, pipe or file that takes our output; a disk; or a bug."""
    if (lost := _flushed()) is not None:
        return _unread(lost)
    if isinstance(why, BrokenPipeError):
        return _unread(why)
    if why.errno not in _OF_THE_DISK:
        return _bug(why)
    fault = fault_of(Path(os.fsdecode(why.filename) if isinstance(why.filename, str | bytes) else "a file"), why)
    say_fault(fault)
    return exit_code(fault)


def _bug(bug: Exception) -> int:
    _say(bugs.sentence(bug, bugs.keep(bug)))
    return STATION_ERROR


def _unread(why: OSError) -> int:
    """Who closed the pipe has read enough; anything else is told. What is still to be written goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    if not isinstance(why, BrokenPipeError):
        _say(f"The output could not be written: {why.strerror}")
    return STATION_ERROR


def _flushed() -> OSError | None:
    """Why what was printed could not be written; the stream keeps it and fails again."""
    try:
        if sys.stdout is not None and not sys.stdout.closed:
            sys.stdout.flush()
    except OSError as why:
        return why
    return None


def _say(text: str) -> None:
    try:
        click.secho(text, fg="red", err=True)
    except OSError:
        return  # nobody hears it; the exit code tells


def open_streams() -> None:
    """Nothing the station opens takes the place of an output that is closed, and no letter ends a verb.

    A terminal without a letter shows a question mark; a name of a file that is not UTF-8 is shown, too.
    """
    nowhere = os.open(os.devnull, os.O_RDWR)
    while nowhere <= 2:
        os.set_inheritable(nowhere, True)
        nowhere = os.dup(nowhere)
    os.close(nowhere)
    sys.stdin = sys.stdin or os.fdopen(0, closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")

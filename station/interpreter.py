"""How this program runs interpreters and programs: nothing that lies in a folder of somebody else's is run."""

import os
import site
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
"""The folder in which this package was found, installed or not."""

PATH = "/usr/bin:/bin:/usr/sbin:/sbin"
"""Where programs of the system are found, whatever the caller's shell says."""

_STEERS = ("HOME", "PATH", "STARTUP", "USERBASE", "PYCACHEPREFIX", "PLATLIBDIR", "BREAKPOINT", "INSPECT", "WARNINGS")
"""PYTHON… in the environment: what one loads or does besides its program (docs.python.org, using/cmdline)."""

_RUN = """import runpy, sys
sys.path.insert(0, sys.argv.pop(1))
runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)"""


def alone() -> None:
    """Make this process, and those it starts, deaf to the caller's folder and to what points Python elsewhere.

    Called before anything but this file is imported.
    """
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    for name in _STEERS:
        os.environ.pop(f"PYTHON{name}", None)
    os.environ.update(PYTHONSAFEPATH="1", PYTHONNOUSERSITE="1", PATH=PATH)
    # What `python -m` puts first is the caller's folder, and a script's is its own.
    callers = {*given, *([] if sys.flags.safe_path else sys.path[:1])} - {*site.getsitepackages()}
    sys.path[:] = [one for one in sys.path if one not in callers or Path(one) == PACKAGE]
    if str(PACKAGE) not in sys.path:
        sys.path.append(str(PACKAGE))


def module(name: str, *words: str | Path) -> list[str]:
    """The command line that runs a module of this very package in an interpreter alone."""
    return [sys.executable, "-I", "-c", _RUN, str(PACKAGE), name, *map(str, words)]

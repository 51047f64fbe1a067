"""A machine without pseudo-terminals: said as a part of the system that is missing, with what to do."""

import shutil
import subprocess
from pathlib import Path

import pytest

from station import interpreter

HIDDEN = 'mount --make-rprivate / && mount --bind /dev/null /dev/ptmx && exec "$@"'
"""In a mount namespace of its own, the kernel's door to pseudo-terminals is not there."""


def hidden(*command: str) -> subprocess.CompletedProcess[str]:
    """A command of the station where no pseudo-terminal can be opened."""
    words = ["unshare", "-rm", "sh", "-c", HIDDEN, "sh", *command]
    return subprocess.run(words, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False)


MAY = shutil.which("unshare") is not None and hidden("true").returncode == 0


@pytest.mark.skipif(not MAY, reason="no mount namespace can be made here")
@pytest.mark.parametrize("verb", [("sim", "--headless", "--units", "1"), ("identify",), ("check", "--ready")])
def test_without_pseudo_terminals_the_bench_is_a_missing_part_of_the_system(
    verb: tuple[str, ...], tmp_path: Path
) -> None:
    told = hidden(*interpreter.module("station", *verb, "--state", str(tmp_path)))
    assert told.returncode == 69, told.stderr
    assert "S403" in told.stderr
    assert "mount -t devpts devpts /dev/pts" in told.stderr
    assert "Traceback" not in told.stderr

"""Workers whose station is gone."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.engine.line import PATIENCE

STATION = """
import sys, time
from pathlib import Path
from tests.engine.line import Line
from tests.engine.sheet import unit
if __name__ == "__main__":
    folder = Path(sys.argv[1])
    with Line(folder, nests=(1, 2, 3, 4), method="spawn") as line:
        line.seat(unit("SLOW"), 1)
        line.seat(unit("CHATTY"), 2)
        line.wait_for_step("dawdle", 1)
        line.wait_for_step("dawdle", 2)
        line.until(lambda: (folder / "nest-4-began").exists())
        line.seat(unit("SLEEP"), 3)
        line.wait_for_step("act", 3)
        print("ready", flush=True)
        time.sleep(60)
"""


@pytest.fixture(scope="module")
def orphaned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a station that was killed while its four workers did four things, after the last of them ended."""
    folder = tmp_path_factory.mktemp("orphaned")
    program = folder / "shift.py"
    program.write_text(STATION)
    with subprocess.Popen(
        [sys.executable, str(program), str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    ) as station:
        assert station.stdout is not None
        assert station.stdout.readline() == b"ready\n"
        workers = [Path("/proc") / (folder / f"nest-{nest}-began").read_text() for nest in (1, 2, 3, 4)]
        station.kill()
    deadline = time.monotonic() + PATIENCE
    while any(worker.exists() for worker in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    return folder


@pytest.mark.parametrize(
    "nest",
    [
        pytest.param(1, id="at work"),
        pytest.param(2, id="talking without a pause"),
        pytest.param(3, id="hanging"),
        pytest.param(4, id="idle"),
    ],
)
def test_a_worker_whose_station_is_killed_makes_its_nest_safe_whatever_it_does(orphaned: Path, nest: int) -> None:
    assert (orphaned / f"nest-{nest}-safe").exists()

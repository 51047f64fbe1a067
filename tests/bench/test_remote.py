"""The unmodified `pyocd` command line on a virtual unit."""

import os
import subprocess
import sys
from pathlib import Path

from station.bench.remote import serve_remote
from station.bench.wires.dap import probe_at
from tests.bench.swd import SERIAL, seated

PYOCD = Path(sys.executable).with_name("pyocd")
ADDRESS, LENGTH = 0x3_0000, 0x1_0000


def pyocd(folder: Path, port: int, verb: str, *arguments: str) -> str:
    """What one command printed; it runs in an empty directory and reads no configuration."""
    project = folder / "project"
    project.mkdir(exist_ok=True)
    target = ("--no-config", "-j", str(project), "-u", f"remote:127.0.0.1:{port}", "-t", "nrf52840")
    done = subprocess.run(
        [str(PYOCD), verb, *target, *arguments], cwd=project, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_pyocd_command_line_flashes_a_virtual_unit_and_reads_it_back(tmp_path: Path) -> None:
    image, copy = tmp_path / "image.bin", tmp_path / "copy.bin"
    image.write_bytes(os.urandom(LENGTH))
    with seated(tmp_path) as seat:
        seat.power(on=True)
        with serve_remote(probe_at(seat.plug.path, SERIAL)) as port:
            pyocd(tmp_path, port, "load", "--base-address", hex(ADDRESS), str(image))
            printed = pyocd(
                tmp_path,
                port,
                "cmd",
                *("-c", f"savemem {ADDRESS:#x} {LENGTH:#x} {copy}"),
                *("-c", "read32 0x10000100"),
            )
        assert seat.chip.peek(ADDRESS, LENGTH) == image.read_bytes()
    assert copy.read_bytes() == image.read_bytes()
    assert "00052840" in printed

"""Judges from outside: unmodified `openocd` and `pyocd` read what we wrote, and we see what they wrote as it is.

OpenOCD reaches the chip bit by bit over SWDIO and SWCLK, pyOCD's command line over its own remote probe.
"""

import os
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from station.bench.bus_pirate import bus_pirate_port
from station.bench.chip import APPROTECT, ENABLED
from station.bench.nvmc import UICR
from station.bench.remote import serve_remote
from station.bench.wires.dap import probe_at
from station.domain.faults import ChipLocked
from station.domain.firmware import Image
from station.drivers.swd import SwdProgrammer
from tests.bench.swd import SERIAL, Seat, seated
from tests.drivers.desk import plan_of, unheard

OPENOCD = shutil.which("openocd")
PYOCD = Path(sys.executable).with_name("pyocd")
needs_openocd = pytest.mark.skipif(OPENOCD is None, reason="openocd is not installed, its judge is skipped")
needs_pyocd = pytest.mark.skipif(not PYOCD.is_file(), reason="the pyocd command is not installed, its judge is skipped")

START, FLIPPED = 0x3_0000, 0x3_1064
LENGTH = 0x4000 - 0x64
"""Bytes; no whole number of pages, and not of the loaders' buffers either."""


class NoWaiting:
    """A clock on which waits are over at once: the virtual chip is done whenever it is asked."""

    moment = 0.0

    def now(self) -> float:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += seconds


@pytest.fixture
def seat(tmp_path: Path) -> Iterator[Seat]:
    with seated(tmp_path) as seat:
        seat.power(on=True)
        yield seat


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "image.bin"
    path.write_bytes(os.urandom(LENGTH))
    return path


@contextmanager
def attached(seat: Seat) -> Iterator[SwdProgrammer]:
    """Our own programmer on the chip, which the fixture had in reset; the process stays in its directory."""
    here = os.getcwd()
    programmer = SwdProgrammer(lambda: probe_at(seat.plug.path, SERIAL), NoWaiting(), seat.folder / "ours")
    seat.pull_reset(low=True)
    programmer.hold()
    seat.pull_reset(low=False)
    try:
        programmer.attach()
        yield programmer
    finally:
        programmer.detach()
        os.chdir(here)


def write(seat: Seat, image: Path) -> tuple[int, int]:
    """Have our programmer write it; returns the pages that it wrote and those that it found equal."""
    one = Image("user", START, image.read_bytes())
    with attached(seat) as programmer:
        plan = plan_of(programmer, [one], not_all="neighbours stay")
        programmer.write(plan, unheard)
        return plan.counts(one)


def assert_seen_as_it_is(seat: Seat, image: Path) -> None:
    """The cells hold the image, the chip's own CRC says so, and our programmer finds nothing to write."""
    data = image.read_bytes()
    assert seat.chip.peek(START, LENGTH) == data
    assert seat.chip.peek(START + LENGTH, 0x64) == b"\xff" * 0x64
    with attached(seat) as programmer:
        assert programmer.crc([(START, START + LENGTH)]) == [zlib.crc32(data)]
    words = seat.chip.wear.words
    assert write(seat, image) == (0, 4)
    assert seat.chip.wear.words == words


def flip_one_bit(seat: Seat) -> None:
    with seat.lock:
        [cell] = seat.chip.peek(FLIPPED, 1)
        seat.chip.poke(FLIPPED, bytes((cell ^ 0x10,)))


def lock(seat: Seat) -> bytes:
    """Have the chip's debug port locked from now on; returns its flash."""
    with seat.lock:
        seat.chip.poke(UICR + APPROTECT, bytes((ENABLED,)))
        seat.chip.power(on=False)
        seat.chip.power(on=True)
        return seat.chip.peek(0, START + LENGTH)


def openocd(seat: Seat, *commands: str, fails: bool = False) -> str:
    """What OpenOCD said when it had connected, done these and shut down."""
    port = bus_pirate_port(seat.folder / "pirate", lambda: seat.dap, seat.lock)
    words = [str(OPENOCD), "-c", f"adapter driver buspirate; buspirate port {seat.folder / 'pirate'}"]
    words += ["-c", "transport select swd; gdb_port disabled; tcl_port disabled; telnet_port disabled"]
    words += ["-f", "target/nrf52.cfg"]
    for command in ("init", *commands, "shutdown"):
        words += ["-c", command]
    try:
        done = subprocess.run(words, cwd=seat.folder, capture_output=True, text=True, timeout=60, check=False)
    finally:
        port.close()
    assert bool(done.returncode) is fails, done.stderr
    return done.stdout + done.stderr


def pyocd(seat: Seat, verb: str, *arguments: str, fails: bool = False) -> str:
    """What one pyOCD command said; it runs in an empty directory and reads no configuration."""
    project = seat.folder / "theirs"
    project.mkdir(exist_ok=True)
    with serve_remote(probe_at(seat.plug.path, SERIAL)) as port:
        words = [str(PYOCD), verb, "--no-config", "-j", str(project), "-u", f"remote:127.0.0.1:{port}"]
        words += ["-t", "nrf52840", *arguments]
        done = subprocess.run(words, cwd=project, capture_output=True, text=True, timeout=60, check=False)
    assert bool(done.returncode) is fails, done.stderr
    return done.stdout + done.stderr


@needs_openocd
def test_openocd_finds_a_cortex_m4_with_its_debug_units_and_an_nrf52840(seat: Seat) -> None:
    said = openocd(seat, "reset halt", "flash probe 0", "reg pc")
    assert "SWD DPIDR 0x2ba01477" in said
    assert "Cortex-M4 r0p1 processor detected" in said
    assert "target has 6 breakpoints, 4 watchpoints" in said
    assert "nRF52840-xxAA(build code: D0) 1024kB Flash, 256kB RAM" in said
    assert "pc (/32): 0x00001100" in said


@needs_openocd
def test_what_our_programmer_wrote_openocd_reads_back_and_it_finds_one_flipped_bit(
    seat: Seat, image: Path, tmp_path: Path
) -> None:
    assert write(seat, image) == (4, 0)
    said = openocd(seat, "reset halt", f"verify_image {image} {START:#x}", f"dump_image back.bin {START:#x} {LENGTH}")
    assert f"verified {LENGTH} bytes" in said
    assert (tmp_path / "back.bin").read_bytes() == image.read_bytes()
    flip_one_bit(seat)
    said = openocd(seat, "reset halt", f"verify_image {image} {START:#x}", fails=True)
    assert f"diff 0 address {FLIPPED:#010x}" in said
    assert "diff 1" not in said


@needs_openocd
def test_what_openocd_wrote_we_see_as_it_is(seat: Seat, image: Path) -> None:
    seat.chip.poke(START, b"\0" * 0x4000)
    said = openocd(seat, "reset halt", f"flash write_image erase {image} {START:#x}")
    assert f"wrote {LENGTH} bytes" in said
    assert (seat.chip.wear.pages, seat.chip.wear.clashes, seat.chip.wear.refused) == (4, 0, 0)
    assert_seen_as_it_is(seat, image)


@needs_openocd
def test_openocd_warns_of_a_locked_chip_and_nothing_is_erased(seat: Seat, image: Path) -> None:
    seat.chip.poke(START, image.read_bytes())
    before = lock(seat)
    said = openocd(seat, f"catch {{flash write_image erase {image} {START:#x}}}")
    assert "nRF52 device has AP lock engaged" in said
    assert seat.chip.peek(0, START + LENGTH) == before
    assert (seat.chip.wear.pages, seat.chip.wear.erase_all, seat.chip.wear.words) == (0, 0, 0)


@needs_openocd
def test_openocd_unlocks_a_chip_when_it_is_told_to_and_all_is_erased(seat: Seat) -> None:
    lock(seat)
    said = openocd(seat, "nrf52_recover")
    assert "has been successfully erased and unlocked" in said
    assert seat.chip.wear.erase_all == 1
    assert not seat.chip.locked
    assert seat.chip.peek(0, 8) == b"\xff" * 8


@needs_pyocd
def test_what_our_programmer_wrote_pyocd_reads_back_and_it_finds_one_flipped_bit(
    seat: Seat, image: Path, tmp_path: Path
) -> None:
    assert write(seat, image) == (4, 0)
    compare, save = f"compare {START:#x} {image}", f"savemem {START:#x} {LENGTH} {tmp_path / 'back.bin'}"
    assert f"All {LENGTH} bytes match." in pyocd(seat, "cmd", "-c", compare, "-c", save)
    assert (tmp_path / "back.bin").read_bytes() == image.read_bytes()
    flip_one_bit(seat)
    assert f"Mismatched byte at {FLIPPED:#010x}" in pyocd(seat, "cmd", "-c", compare)


@needs_pyocd
def test_what_pyocd_wrote_we_see_as_it_is(seat: Seat, image: Path) -> None:
    seat.chip.poke(START, b"\0" * 0x4000)
    pyocd(seat, "load", "--base-address", hex(START), str(image))
    assert_seen_as_it_is(seat, image)


@needs_pyocd
def test_pyocd_that_may_not_unlock_a_locked_chip_erases_nothing_and_our_programmer_never_does(
    seat: Seat, image: Path
) -> None:
    before = lock(seat)
    pyocd(seat, "load", "-O", "auto_unlock=false", "--base-address", hex(START), str(image), fails=True)
    with pytest.raises(ChipLocked), attached(seat):
        pass
    assert seat.chip.peek(0, START + LENGTH) == before
    assert seat.chip.wear.erase_all == 0

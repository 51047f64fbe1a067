"""The programmer in an engineer's hand: plan, flash, recover, on a bench."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from intelhex import IntelHex

from station.bench import modules, spoil
from station.bench.client import Bench
from station.config import default_root
from station.domain.chip import UICR, UICR_BOOTLOADER
from station.domain.events import Flashed, Kept, Planned, Proved, Recovered, Recovering, Restored
from station.drivers.fixture_scpi import ScpiFixture
from station.journal.store import Journal, Reader
from tests.line.floor import command

MBR_SIZE = 0x1000
HERE = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Bench.start(nests=1) as running:
        modules.write_release_files(running.folder / "parts")
        yield running


@pytest.fixture
def unit(bench: Bench) -> Iterator[int]:
    """A new unit in nest 1."""
    number = bench.new_unit()
    bench.place(1, number)
    yield number
    bench.remove(1)


def places(bench: Bench, state: Path) -> tuple[str | Path, ...]:
    return ("--bench", bench.folder, "--state", state)


def bodies(state: Path) -> list[object]:
    with Reader.open(state) as journal:
        return [event.body for event in journal.events()]


def test_a_plan_tells_what_would_be_done_and_touches_nothing(bench: Bench, unit: int, tmp_path: Path) -> None:
    before = bench.flash(unit, 0, 0x100000)
    parts = ("--parts", bench.folder / "parts")
    told = command("flash", "--plan-only", *parts, *places(bench, tmp_path))
    assert told.code == 0, told.err
    said = ("erase    everything", "master boot record", "everything else", "3 words of UICR", "boot record last")
    assert [words for words in said if words not in told.out] == []
    plan = command("flash", "--plan-only", "--json", *parts, *places(bench, tmp_path)).json
    assert plan["erase_all"] is True
    assert plan["proved"] is False
    assert plan["seconds"] == pytest.approx(0.169 + 221_636 * 41e-6, rel=0.01)
    assert bench.flash(unit, 0, 0x100000) == before
    assert not list(tmp_path.glob("journal*"))


def test_a_release_is_flashed_kept_proved_and_not_booted(bench: Bench, unit: int, tmp_path: Path) -> None:
    record, settings = bench.flash(unit, 0, MBR_SIZE), bench.flash(unit, UICR[0], 0x400)
    parts = ("--parts", bench.folder / "parts")
    done = command("flash", "--json", *parts, *places(bench, tmp_path))
    assert (done.code, done.json["proved"]) == (0, True), done.err
    assert bench.flash(unit, 0, MBR_SIZE) == record
    assert bench.flash(unit, UICR[0], 0x400) == settings
    kinds = [type(body) for body in bodies(tmp_path)]
    assert kinds.index(Planned) < kinds.index(Kept) < kinds.index(Flashed) < kinds.index(Proved) < kinds.index(Restored)
    facts = bench.unit(unit)
    assert not facts.boots
    assert not facts.contacts
    assert not facts.powered
    again = command("flash", "--plan-only", *parts, *places(bench, tmp_path))
    assert "nothing is erased, nothing is written" in again.out


def test_plan_and_journal_tell_of_a_bootloader_that_locks_the_debug_port(
    bench: Bench, unit: int, tmp_path: Path
) -> None:
    root, folder, state = tmp_path / "root", tmp_path / "folder", tmp_path / "state"
    spoil.copy_root(default_root(), root)
    folder.mkdir()
    for number, file in enumerate((*modules.device_os_620(), modules.product())):
        (folder / f"{number}.bin").write_bytes(file.data)
    (folder / "0.bin").write_bytes(modules.bootloader(13, 3100, True))
    sealing = ("--name", "shut", "--version", "1", "--product-id", "31337", "--into", root / "firmware")
    assert command("firmware", "seal", folder, *sealing).code == 0
    where = ("--release", "shut-1", "--root", root, *places(bench, state))
    told = command("flash", "--plan-only", *where)
    assert "warning: bootloader 0, version 3100 locks the unit at its first boot" in told.out, told.err
    done = command("flash", "--json", *where)
    assert done.code == 0, done.err
    [planned] = [body for body in bodies(state) if isinstance(body, Planned)]
    assert list(planned.warnings) == done.json["warnings"]
    assert "the debug port is shut from then on" in str(planned.warnings)


def test_an_open_chip_is_not_recovered(bench: Bench, unit: int, tmp_path: Path) -> None:
    before = bench.flash(unit, 0, 0x100000)
    told = command("recover", "--yes", *places(bench, tmp_path))
    assert told.code == 4
    assert "not locked" in told.err
    assert bench.flash(unit, 0, 0x100000) == before


def test_a_locked_chip_is_refused_by_flash_and_erased_by_nothing_but_recover(
    bench: Bench, unit: int, tmp_path: Path
) -> None:
    parts = ("--parts", bench.folder / "parts")
    assert command("flash", *parts, *places(bench, tmp_path)).code == 0
    bench.mishap("locked_chip", unit=unit)
    before = bench.flash(unit, 0, 0x100000)
    refused = command("flash", *parts, *places(bench, tmp_path))
    assert refused.code == 1
    assert "U105" in refused.err
    asked = command("recover", *places(bench, tmp_path))
    assert asked.code != 0  # nobody answered
    assert "boot record, SoftDevice, Device OS" in asked.err
    assert bench.flash(unit, 0, 0x100000) == before

    done = command("recover", "--yes", "--json", *places(bench, tmp_path))
    assert done.code == 0, done.err
    assert done.json["boot_record_kept"] is True
    assert bench.flash(unit, 0, 0x100000) == b"\xff" * 0x100000
    last = bodies(tmp_path)[-2:]
    assert [type(body) for body in last] == [Recovering, Recovered]
    assert command("flash", *parts, *places(bench, tmp_path)).code == 0
    assert bench.flash(unit, 0, MBR_SIZE) == modules.factory_fresh()[0]
    assert type(bodies(tmp_path)[-1]) is Restored


def test_a_unit_without_a_boot_record_is_refused_before_anything_is_erased(
    bench: Bench, unit: int, tmp_path: Path
) -> None:
    bench.mishap("locked_chip", unit=unit)
    assert command("recover", "--yes", *places(bench, tmp_path)).code == 0
    told = command("flash", "--parts", bench.folder / "parts", *places(bench, tmp_path))
    assert told.code == 1
    assert "U205" in told.err
    assert bench.flash(unit, 0, 0x100000) == b"\xff" * 0x100000


def test_a_unit_without_a_boot_record_is_made_by_a_release_that_brings_one(
    bench: Bench, unit: int, tmp_path: Path
) -> None:
    bench.mishap("locked_chip", unit=unit)
    assert command("recover", "--yes", *places(bench, tmp_path)).code == 0
    whole = IntelHex()
    cells = modules.factory_fresh()
    for address, data in cells.items():
        if address < MBR_SIZE or address >= UICR[0]:
            whole.puts(address, data)
    folder, root = tmp_path / "hex", tmp_path / "root"
    folder.mkdir()
    whole.write_hex_file(str(folder / "boron.hex"))
    for file in (*modules.device_os_620(), modules.product()):
        (folder / file.name).write_bytes(file.data)
    for name in ("configs", "fixtures"):
        shutil.copytree(HERE / name, root / name)
    shutil.copytree(HERE / "firmware" / "releases", root / "firmware" / "releases")
    sealed = command("firmware", "seal", folder, "--root", root, "--name", "whole", "--product-id", "31337")
    assert sealed.code == 0, sealed.err
    parts = ("--root", root, "--release", "whole-14", "--parts", root / "firmware" / "parts")
    made = command("flash", *parts, *places(bench, tmp_path))
    assert made.code == 0, made.err
    assert bench.flash(unit, 0, MBR_SIZE) == cells[0]
    assert bench.flash(unit, UICR_BOOTLOADER, 4) == cells[UICR_BOOTLOADER]


@pytest.mark.parametrize("verb", [("flash",), ("flash", "--plan-only"), ("recover", "--yes"), ("identify",)])
def test_a_unit_that_runs_before_anything_is_switched_is_told_and_the_next_line_is_told_of_it(
    verb: tuple[str, ...], bench: Bench, unit: int, tmp_path: Path
) -> None:
    Journal.create_or_open(tmp_path, lambda: 0).close()
    left = ScpiFixture(bench.folder / "fixture", watchdog=None)  # by whoever died there
    left.set_power(1, True)
    left.set_reset(1, False)
    left.close()
    told = command(*verb, *places(bench, tmp_path))
    assert told.code == 1
    assert "U402" in told.err
    assert "may have connected" in told.err
    facts = bench.unit(unit)
    assert (facts.powered, facts.reset_held) == (False, True)
    with Reader.open(tmp_path) as journal:
        assert journal.standing().locks[1].why == "meter"

"""Sealing a folder of firmware into a release, and comparing releases and files."""

import hashlib
from pathlib import Path

import pytest
from intelhex import IntelHex

from station.bench import modules
from station.config import Root
from station.drivers.firmware_files import FirmwareFiles
from tests.line.floor import verb

HERE = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Modules of the example product, under names that say nothing."""
    there = tmp_path / "from-a-mail"
    there.mkdir()
    for number, file in enumerate((*modules.device_os_620(), modules.product())):
        (there / f"{number}.bin").write_bytes(file.data)
    (there / "README.txt").write_text("the latest", encoding="utf-8")
    return there


def seal(folder: Path, into: Path, *more: str) -> tuple[str | Path, ...]:
    return ("firmware", "seal", folder, "--into", into, "--name", "gateway", "--version", "9", *more)


def test_a_folder_becomes_a_release_that_loads_and_sealing_it_again_changes_nothing(
    folder: Path, tmp_path: Path
) -> None:
    into = tmp_path / "firmware"
    done = verb(*seal(folder, into, "--product-id", "31337"))
    assert done.code == 0, done.err
    assert "ignored: README.txt" in done.out
    release = Root(tmp_path).release("gateway-9").value
    assert [one.kind for one in release.parts] == ["bootloader", "softdevice", "system", "user"]
    assert [hashlib.sha256(one.data).hexdigest() for one in FirmwareFiles(into / "parts").load(release)] == [
        one.sha256 for one in release.parts
    ]
    before = {path: path.read_bytes() for path in into.rglob("*") if path.is_file()}
    again = verb(*seal(folder, into, "--product-id", "31337"))
    assert again.code == 0
    assert {path: path.read_bytes() for path in into.rglob("*") if path.is_file()} == before


def test_a_dry_run_writes_nothing(folder: Path, tmp_path: Path) -> None:
    assert verb(*seal(folder, tmp_path / "firmware", "--dry-run")).code == 0
    assert not (tmp_path / "firmware").exists()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda there: (there / "0.bin").write_bytes((there / "0.bin").read_bytes()[:-9]), "0.bin: cut short"),
        (lambda there: (there / "3.bin").unlink(), "no user part"),
        (lambda there: (there / "2.bin").write_bytes(b"<html>"), "a web page"),
        (lambda there: (there / "4.bin").write_bytes(modules.factory_test().data), "are both a user part"),
        (lambda there: (there / "4.bin").write_bytes(modules.bootloader(12, 3100)), "are both a bootloader"),
    ],
    ids=["cut short", "no user part", "a web page", "two user parts", "two bootloaders"],
)
def test_a_folder_that_makes_no_release_is_refused_and_nothing_is_written(
    spoil: object, says: str, folder: Path, tmp_path: Path
) -> None:
    assert callable(spoil)
    spoil(folder)
    done = verb(*seal(folder, tmp_path / "firmware"))
    assert done.code == 78
    assert says in done.err
    assert not (tmp_path / "firmware").exists()


def test_releases_and_files_are_compared_by_what_a_unit_would_get(folder: Path) -> None:
    same = verb("firmware", "diff", "gateway-1.4.0", "gateway-1.4.0", "--root", HERE)
    assert (same.code, same.out) == (0, "the same\n")
    other = verb("firmware", "diff", "gateway-1.4.0", "factory-test-1.0.0", "--root", HERE, "--json")
    assert other.code == 1
    assert "'user'" in str(other.json)
    assert "'system'" not in str(other.json)
    files = verb("firmware", "diff", folder / "3.bin", folder / "2.bin")
    assert files.code == 1
    assert "pages of 4096 bytes differ" in files.out
    assert verb("firmware", "diff", folder / "3.bin", folder / "none.bin").code == 78


def test_a_hex_file_is_explained_module_by_module_and_what_nothing_explains_is_named(tmp_path: Path) -> None:
    whole = IntelHex()
    cells = modules.factory_fresh()
    for address, data in cells.items():
        if address != modules.SOFTDEVICE_START:
            whole.puts(address, data)
    whole.write_hex_file(str(tmp_path / "fresh.hex"))
    told = verb("firmware", "inspect", tmp_path / "fresh.hex")
    assert told.code == 0
    for words in ("system part 1, version 4100", "user part 1", "bootloader 0", "UICR 0x10001014", "boot record"):
        assert words in told.out
    whole.puts(0x2C000, b"what is this?")
    whole.write_hex_file(str(tmp_path / "strange.hex"))
    told = verb("firmware", "inspect", tmp_path / "strange.hex")
    assert told.code == 78
    assert "not understood: 13 bytes at 0x2c000" in told.out

"""Firmware is read, hashed and checked right before it is flashed."""

import hashlib
from pathlib import Path

import pytest

from station.bench import modules, spoil
from station.codec import intel_hex
from station.config import Root, default_root
from station.domain.bare import boot_record, uicr_words
from station.domain.faults import ConfigRefused, FileChanged, ProbesAlike, ReleaseRefused
from station.domain.release import Release
from station.drivers.firmware_files import FirmwareFiles
from station.wiring import refuse_misfits, select


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Root, Path]:
    """A copy of the example product that may be spoilt."""
    spoil.copy_root(default_root(), tmp_path / "root")
    modules.write_release_files(tmp_path / "parts")
    return Root(tmp_path / "root"), tmp_path / "parts"


def test_the_example_release_holds_together(folders: tuple[Root, Path]) -> None:
    root, parts = folders
    release = root.release("gateway-1.4.0").value
    loaded = FirmwareFiles(parts).load(release)
    assert [one.part.kind for one in loaded] == ["bootloader", "softdevice", "system", "user"]
    assert {one.image.start for one in loaded} == {0xF4000, 0x1000, 0x28000, 0xB4000}


@pytest.mark.parametrize("spoilt", spoil.CATALOGUE, ids=lambda one: one.name)
def test_what_was_spoilt_is_refused_before_the_first_unit(spoilt: spoil.Spoilt, folders: tuple[Root, Path]) -> None:
    root, parts = folders
    spoilt.spoil(root.path, parts)
    with pytest.raises(spoilt.fault):
        refuse_misfits(select(root, None, None, parts))


def test_a_missing_file_is_named(folders: tuple[Root, Path]) -> None:
    root, parts = folders
    (parts / "boron-gateway@1.4.0.bin").unlink()
    with pytest.raises(FileChanged, match=r"boron-gateway@1\.4\.0\.bin: No such file"):
        FirmwareFiles(parts).load(root.release("gateway-1.4.0").value)


def test_every_single_flipped_byte_is_found(folders: tuple[Root, Path]) -> None:
    root, parts = folders
    path = parts / "boron-bootloader@6.2.0.bin"
    whole = path.read_bytes()
    release = root.release("gateway-1.4.0").value
    for at in range(0, len(whole), 4999):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        with pytest.raises(FileChanged, match="sealed was"):
            FirmwareFiles(parts).load(release)


def test_the_benchs_modules_never_go_on_a_real_unit(folders: tuple[Root, Path]) -> None:
    root, parts = folders
    with pytest.raises(ReleaseRefused, match="synthetic"):
        refuse_misfits(select(root, None, "bench-top-1up", parts))


def test_a_fixture_whose_probe_has_a_twin_is_refused_before_the_first_unit(folders: tuple[Root, Path]) -> None:
    root, parts = folders
    selected = select(root, None, "bench-top-1up", parts)
    for place in ("1-1.3", "1-1.4"):
        (parts / place).mkdir()
        (parts / place / "serial").write_text(f"{selected.fixture.value.nests[0].probe}\n")
    with pytest.raises(ProbesAlike, match="two things on USB have the serial number 0700"):
        refuse_misfits(selected, parts)


def test_a_recipe_and_a_release_for_different_platforms_are_refused(folders: tuple[Root, Path]) -> None:
    root, parts = folders
    recipe = root.path / "configs" / "recipes" / "gateway.toml"
    recipe.write_text(recipe.read_text().replace('platform     = "boron"', 'platform     = "argon"'))
    with pytest.raises(ConfigRefused, match="for a boron"):
        refuse_misfits(select(root, None, None, parts))


# Boot record, UICR and assets


def with_more(folders: tuple[Root, Path], table: str, file: str, data: bytes, **more: str) -> Release:
    """The example release that brings one file more."""
    root, parts = folders
    (parts / file).write_bytes(data)
    path = root.path / "firmware" / "releases" / "gateway-1.4.0.toml"
    fields = more | {"file": file, "sha256": hashlib.sha256(data).hexdigest()}
    text = "\n".join(f'{key} = "{value}"' for key, value in fields.items())
    path.write_text(f"{path.read_text()}\n[[{table}]]\n{text}\n")
    return root.release("gateway-1.4.0").value


def test_a_boot_record_and_words_of_uicr_come_with_the_release(folders: tuple[Root, Path]) -> None:
    words = {0x10001014: 0xF4000, 0x10001200: 18, 0x10001204: 18}
    page = modules.factory_fresh()[0]
    with_more(folders, "bare", "mbr.bin", page, kind="mbr")
    release = with_more(folders, "bare", "uicr.hex", intel_hex.write(intel_hex.of_words(words)), kind="uicr")
    files = FirmwareFiles(folders[1])
    assert (boot_record(files.bare(release)), uicr_words(files.bare(release))) == (page, words)
    assert len(files.load(release)) == 4


BAD_BARE = {
    "no boot record": ("mbr", b"\xff" * 64, "not in RAM"),
    "no hex": ("uicr", b"hello", "line 1: no record"),
    "no whole words": ("uicr", intel_hex.write([intel_hex.Stretch(0x10001014, b"\1")]), "no whole words"),
    "a lock": ("uicr", intel_hex.write(intel_hex.of_words({0x10001208: 0})), "APPROTECT"),
    "another bootloader": ("uicr", intel_hex.write(intel_hex.of_words({0x10001014: 0x1000})), "the bootloader is at"),
}


@pytest.mark.parametrize("bad", BAD_BARE)
def test_what_has_no_header_is_judged_before_the_first_erase(bad: str, folders: tuple[Root, Path]) -> None:
    kind, data, says = BAD_BARE[bad]
    release = with_more(folders, "bare", "it.bin", data, kind=kind)
    with pytest.raises(ReleaseRefused, match=says):
        FirmwareFiles(folders[1]).load(release)


def test_what_has_no_header_is_sealed_like_a_module(folders: tuple[Root, Path]) -> None:
    release = with_more(folders, "bare", "mbr.bin", modules.factory_fresh()[0], kind="mbr")
    (folders[1] / "mbr.bin").write_bytes(b"another")
    with pytest.raises(FileChanged, match="sealed was"):
        FirmwareFiles(folders[1]).load(release)


def test_an_asset_is_read_by_its_name(folders: tuple[Root, Path]) -> None:
    release = with_more(folders, "assets", "asset-1.jpg", b"picture", name="Bild, schön.jpg")
    assert FirmwareFiles(folders[1]).assets(release) == {"Bild, schön.jpg": b"picture"}

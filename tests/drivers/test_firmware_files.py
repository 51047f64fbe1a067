"""Firmware is read, hashed and checked right before it is flashed."""

from pathlib import Path

import pytest

from station.bench import modules, spoil
from station.config import Root, default_root
from station.domain.faults import ConfigRefused, FileChanged, ReleaseRefused
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


def test_a_recipe_and_a_release_for_different_platforms_are_refused(folders: tuple[Root, Path]) -> None:
    root, parts = folders
    recipe = root.path / "configs" / "recipes" / "gateway.toml"
    recipe.write_text(recipe.read_text().replace('platform     = "boron"', 'platform     = "argon"'))
    with pytest.raises(ConfigRefused, match="for a boron"):
        refuse_misfits(select(root, None, None, parts))

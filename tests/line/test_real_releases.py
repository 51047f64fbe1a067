"""Real modules of Particle's Device OS: sealed, refused, laid out as a vendor's hex and found again, compared.

They belong to others and are not in this repository. STATION_VENDOR_FIRMWARE names the folder that has them.
"""

import json
import os
import shutil
from pathlib import Path

import pytest

from station.bench import modules
from station.codec import firmware_file, intel_hex, module
from station.codec.intel_hex import Stretch
from station.config import Root
from station.domain.firmware import HEADER_SIZE, Flag
from station.drivers.firmware_files import FirmwareFiles
from tests.line.floor import verb

FOLDER = Path(os.environ.get("STATION_VENDOR_FIRMWARE") or Path(__file__).parents[2] / ".." / "shared" / "firmware")

pytestmark = pytest.mark.skipif(
    not (FOLDER / "expected.json").is_file(),
    reason="no vendor firmware: STATION_VENDOR_FIRMWARE names a folder with the modules and expected.json",
)


def copied(there: Path, *starts: str) -> Path:
    there.mkdir()
    for path in FOLDER.iterdir():
        if path.name.startswith(starts):
            shutil.copyfile(path, there / path.name)
    return there


def test_a_tracker_s_modules_are_sealed_under_the_names_their_headers_give_them(tmp_path: Path) -> None:
    there = copied(tmp_path / "tracker", "tracker", "README", "expected")
    done = verb("firmware", "seal", there, "--into", tmp_path / "firmware", "--product-id", "4711", "--json")
    assert done.code == 0, done.err
    ignored = done.json["ignored"]
    assert isinstance(ignored, dict)
    assert set(ignored) == {"README.md", "expected.json"}
    release = Root(tmp_path).release("tracker-3").value
    assert [one.file for one in release.parts] == [
        "tracker-bootloader@2400.bin",
        "tracker-system-part1@3101.bin",
        "tracker-user-part1@3.bin",
    ]
    assert release.product is not None
    assert (release.product.id, release.product.version) == (4711, 3)
    known = {one["sha256"] for one in json.loads((FOLDER / "expected.json").read_text()).values()}
    assert {one.sha256 for one in release.parts} <= known
    assert len(FirmwareFiles(tmp_path / "firmware" / "parts").load(release)) == 3
    assert "network co-processor firmware 0 ≥ 7" in str(done.json["notes"])


def test_an_argon_s_modules_are_refused_for_their_softdevice(tmp_path: Path) -> None:
    there = copied(tmp_path / "argon", "argon")
    refused = verb("firmware", "seal", there, "--into", tmp_path / "firmware", "--version", "1", "--json")
    assert refused.code == 78
    assert refused.json["refused"] == [
        "system part 1, version 4100 needs SoftDevice 0 ≥ 202; the release has version 182"
    ]
    assert not (tmp_path / "firmware").exists()


def test_modules_of_three_platforms_make_no_release(tmp_path: Path) -> None:
    refused = verb("firmware", "seal", FOLDER, "--into", tmp_path / "firmware", "--version", "1")
    assert refused.code == 78
    for name in ("argon: ", "tracker: ", "electron: product_firmware.bin"):
        assert name in refused.err


def test_modules_laid_out_on_a_chip_are_found_byte_for_byte() -> None:
    """As particle-iot/docs publishes hex files: the SoftDevice loses its header, and its suffix after four bytes."""
    files = [path.read_bytes() for path in sorted(FOLDER.glob("argon*.bin"))]
    chip = [Stretch(0, modules.factory_fresh()[0])]
    for data in files:
        found = module.read(data)
        chip.append(Stretch(found.start, data[HEADER_SIZE:-36] if Flag.DROP_MODULE_INFO in found.flags else data))
    seen = firmware_file.read(intel_hex.write(chip))
    assert sorted(data for _, data in seen.modules) == sorted(files)
    assert seen.unclaimed == ()


def test_real_files_are_compared_by_what_their_headers_say() -> None:
    one, other = FOLDER / "argon-bootloader-610.bin", FOLDER / "tracker-bootloader@5.6.0.bin"
    told = verb("firmware", "diff", one, other, "--json")
    assert told.code == 1
    [part] = json.loads(told.out)["parts"]
    assert part["aspects"]["version"] == ["3000", "2400"]
    assert part["first"] == 0xF400C
    assert 0 < part["pages"] <= 12
    assert verb("firmware", "diff", one, one).code == 0


def test_inspection_tells_which_needs_the_other_files_meet() -> None:
    told = verb("firmware", "inspect", *sorted(FOLDER.glob("argon*.bin")))
    assert told.code == 0
    assert "SoftDevice 0 ≥ 202: NOT MET, there is 182" in told.out
    assert "bootloader 0 ≥ 1200: met by argon-bootloader-610.bin" in told.out
    assert "123060 bytes left in 0xd4000–0xf4000, 128 KiB" in told.out

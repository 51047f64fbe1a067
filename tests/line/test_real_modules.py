"""Real modules of Particle's Device OS: read, checked as a release, flashed, found on the chip byte for byte.

They belong to others and are not in this repository. STATION_VENDOR_FIRMWARE names the folder that has them.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.bench import spoil
from station.codec import module
from station.config import Root, default_root
from station.domain.firmware import Flag
from station.domain.release import KINDS, Loaded, Release, left_to_the_unit
from station.drivers.firmware_files import FirmwareFiles
from tests.bench.swd import seated
from tests.drivers.desk import attached, plan_of, short_folder, unheard
from tests.line.floor import verb

FOLDER = Path(os.environ.get("STATION_VENDOR_FIRMWARE") or Path(__file__).parents[2] / ".." / "shared" / "firmware")

pytestmark = pytest.mark.skipif(
    not (FOLDER / "expected.json").is_file(),
    reason="no vendor firmware: STATION_VENDOR_FIRMWARE names a folder with the modules and expected.json",
)

TRACKER = {
    "bootloader": "tracker-bootloader@5.6.0.bin",
    "system": "tracker-system-part1@3.1.0-alpha.2.bin",
    "user": "tracker-tinker@1.5.4-rc.1.bin",
}
ARGON = {
    "bootloader": "argon-bootloader-610.bin",
    "softdevice": "argon-softdevice-6.1.1.bin",
    "system": "argon-system-part1@4.1.0.bin",
    "user": "argon_stroby.bin",
}


def expected() -> dict[str, dict[str, object]]:
    told: dict[str, dict[str, object]] = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))
    return told


def manifest(name: str, platform: str, files: dict[str, str], product: tuple[int, int]) -> str:
    """A release of these files, sealed with the hashes that are known of them."""
    lines = [f'name = "{name}"\nversion = "1"\nplatform = "{platform}"']
    lines.append(f"[product]\nid = {product[0]}\nversion = {product[1]}")
    for kind, file in files.items():
        told = expected()[file]
        seal = f'version = {told["version"]}\nsha256 = "{told["sha256"]}"'
        lines.append(f'[[parts]]\nkind = "{kind}"\nfile = "{file}"\n{seal}')
    return "\n\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example product's configuration with two more products, of real modules."""
    folder = tmp_path_factory.mktemp("vendor") / "root"
    spoil.copy_root(default_root(), folder)
    releases, recipes = folder / "firmware" / "releases", folder / "configs" / "recipes"
    sheet = (recipes / "gateway.toml").read_text(encoding="utf-8")
    for platform, files, product in (("tracker", TRACKER, (26, 3)), ("argon", ARGON, (1, 65535))):
        (releases / f"{platform}-1.toml").write_text(manifest(platform, platform, files, product), encoding="utf-8")
        text = sheet.replace('"gateway-1.4.0"', f'"{platform}-1"').replace('"factory-test-1.0.0"', f'"{platform}-1"')
        text = text.replace('"boron"', f'"{platform}"').replace('name         = "gateway"', f'name = "{platform}"')
        (recipes / f"{platform}.toml").write_text(text, encoding="utf-8")
    return folder


def test_inspection_tells_what_is_known_of_every_module() -> None:
    known = expected()
    inspected = verb("firmware", "inspect", "--json", *(FOLDER / name for name in known))
    assert inspected.code == 0, inspected.err
    told = {str(one["file"]): one for one in map(json.loads, inspected.out.splitlines())}
    assert set(told) == set(known)
    for name, want in known.items():
        assert {key: told[name].get(key) for key in want} == want, name


def test_a_release_of_real_modules_is_checked_and_what_only_the_unit_can_tell_is_noted(root: Path) -> None:
    checked = verb("check", "--root", root, "--recipe", "tracker", "--parts", FOLDER)
    assert checked.code == 0, checked.err
    assert "Everything fits." in checked.out
    for file in TRACKER.values():
        assert file in checked.out
    notes = {line.strip() for line in checked.out.splitlines() if "note:" in line}
    [note] = notes
    assert "7" in note
    assert "the unit must report it" in note


def test_a_release_whose_system_part_wants_a_newer_softdevice_is_refused(root: Path) -> None:
    checked = verb("check", "--root", root, "--recipe", "argon", "--parts", FOLDER)
    assert checked.code == 78
    assert "S301" in checked.err
    assert "202" in checked.err
    assert "182" in checked.err


@pytest.fixture
def place() -> Iterator[Path]:
    """A short path for sockets; the working directory, which pyOCD changes, is put back."""
    with short_folder() as folder:
        yield folder


def loaded(root: Path) -> tuple[Release, list[Loaded]]:
    release = Root(root).release("tracker-1").value
    return release, FirmwareFiles(FOLDER).load(release)


def test_real_modules_are_on_the_chip_byte_for_byte(root: Path, place: Path) -> None:
    _, parts = loaded(root)
    images = [one.image for one in parts]
    with seated(place) as seat:
        programmer = attached(seat)
        plan = plan_of(programmer, images)
        assert [plan.counts(image)[1] for image in images] == [0] * len(TRACKER)
        programmer.write(plan, unheard)
        computed = programmer.crc([(image.start, image.end) for image in images])
        assert computed == [image.crc32 for image in images]
        for kind, file in TRACKER.items():
            data = (FOLDER / file).read_bytes()
            start = expected()[file]["start"]
            assert isinstance(start, int)
            assert seat.chip.peek(start, len(data)) == data, kind
        assert programmer.untouched()
        assert "runs" not in seat.heard
        programmer.detach()


def test_of_real_modules_only_a_softdevice_loses_its_header_on_the_way_to_the_chip() -> None:
    for name in expected():
        data = (FOLDER / name).read_bytes()
        found = module.read(data)
        assert (Flag.DROP_MODULE_INFO in found.flags) == (found.function is KINDS["softdevice"]), name


def test_what_a_release_leaves_to_the_unit_is_its_network_co_processor(root: Path) -> None:
    _, parts = loaded(root)
    [note] = left_to_the_unit([one.module for one in parts])
    assert "NCP" in note.upper() or "co-processor" in note

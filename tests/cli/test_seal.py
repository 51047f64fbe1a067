"""Sealing a folder of firmware into a release, and looking into files."""

import hashlib
import json
import zipfile
from pathlib import Path

import pytest
from intelhex import IntelHex

from station.bench import modules, spoil
from station.codec.extensions import of_assets
from station.codec.module import build
from station.config import Root, default_root
from station.domain.bare import boot_record, uicr_words
from station.domain.firmware import HEADER_SIZE, AssetNeed, Dependency, Function
from station.drivers.firmware_files import FirmwareFiles
from tests.line.floor import verb


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
        (lambda there: (there / "4.bin").write_bytes(modules.bootloader(13, 3101)), "are both a bootloader"),
        (lambda there: (there / "0.bin").write_bytes(modules.bootloader(12, 3100)), "argon: 0.bin; boron: 1.bin"),
    ],
    ids=["cut short", "no user part", "a web page", "two user parts", "two bootloaders", "two platforms"],
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


def test_a_hex_file_is_explained_module_by_module_and_what_nothing_explains_is_named(tmp_path: Path) -> None:
    whole = IntelHex()
    cells = modules.factory_fresh()
    for address, data in cells.items():
        if address != modules.SOFTDEVICE_START:
            whole.puts(address, data)
    whole.write_hex_file(str(tmp_path / "fresh.hex"))
    told = verb("firmware", "inspect", tmp_path / "fresh.hex")
    assert told.code == 0
    for words in ("system part 1, version 4100", "user part 1", "bootloader 0", "UICR      0x10001014", "boot record"):
        assert words in told.out
    whole.puts(0x2C000, b"what is this?")
    whole.write_hex_file(str(tmp_path / "strange.hex"))
    told = verb("firmware", "inspect", tmp_path / "strange.hex")
    assert told.code == 78
    assert "not understood: 13 bytes at 0x2c000" in told.out


# What a hex file and a bundle bring


def chip_hex(path: Path, *, softdevice: bool = False) -> None:
    """A hex file of a whole chip: boot record, UICR and every module, its SoftDevice without a header."""
    whole = IntelHex()
    fresh = modules.factory_fresh()
    for address, data in fresh.items():
        if address < modules.SOFTDEVICE_START or address > 0x10000000:
            whole.puts(address, data)
    for file in (*modules.device_os_620(), modules.product()):
        if file.kind != "softdevice":
            whole.puts(START[file.kind], file.data)
        elif softdevice:
            whole.puts(START[file.kind], file.data[HEADER_SIZE:])
    whole.write_hex_file(str(path))


START = {"bootloader": 0xF4000, "softdevice": 0x1000, "system": 0x28000, "user": 0xB4000}


def test_a_vendors_hex_brings_modules_boot_record_and_uicr(tmp_path: Path) -> None:
    there, into = tmp_path / "there", tmp_path / "firmware"
    there.mkdir()
    chip_hex(there / "boron.hex")
    (there / "softdevice.bin").write_bytes(modules.device_os_620()[1].data)
    done = verb(*seal(there, into, "--product-id", "31337", "--json"))
    assert done.code == 0, done.err
    release = Root(tmp_path).release("gateway-9").value
    files = FirmwareFiles(into / "parts")
    assert {one.part.kind: one.data for one in files.load(release)} == {
        one.kind: one.data for one in (*modules.device_os_620(), modules.product())
    }
    fresh = modules.factory_fresh()
    bare = files.bare(release)
    page = boot_record(bare)
    assert page is not None
    assert page.ljust(0x1000, b"\xff") == fresh[0]
    assert uicr_words(bare) == {0x10001014: 0xF4000, 0x10001200: 18, 0x10001204: 18}
    assert done.json["uicr"] == {"0x10001014": "0xf4000", "0x10001200": "0x12", "0x10001204": "0x12"}


def test_a_softdevice_that_nobody_knows_needs_its_module_beside_the_hex(tmp_path: Path) -> None:
    there, into = tmp_path / "there", tmp_path / "firmware"
    there.mkdir()
    chip_hex(there / "boron.hex", softdevice=True)
    refused = verb(*seal(there, into))
    assert refused.code == 78
    assert "bytes at 0x1000 belong to nothing that is known: a SoftDevice that is not known here? Add its .bin" in (
        refused.err
    )
    (there / "softdevice.bin").write_bytes(modules.device_os_620()[1].data)
    assert verb(*seal(there, into)).code == 0


PICTURE = b"not really a picture"


def bundled(path: Path, picture: bytes = PICTURE) -> None:
    need = AssetNeed("picture.jpg", hashlib.sha256(PICTURE).hexdigest())
    user = build(
        bytes(4000),
        function=Function.USER,
        index=2,
        version=6,
        platform=13,
        start=0xB4000,
        dependencies=[Dependency(Function.SYSTEM, 1, 6200)],
        product=(13, 15),
        suffix_extensions=of_assets((need,)),
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("app.bin", user)
        archive.writestr("assets/picture.jpg", picture)


def test_a_bundle_is_sealed_with_its_assets_and_the_unit_is_left_to_get_them(folder: Path, tmp_path: Path) -> None:
    into = tmp_path / "firmware"
    (folder / "3.bin").unlink()
    bundled(folder / "app.zip")
    done = verb(*seal(folder, into, "--product-id", "31337"))
    assert done.code == 0, done.err
    assert "safe mode until it arrives" in done.out
    release = Root(tmp_path).release("gateway-9").value
    assert release.product is not None
    assert release.product.version == 15
    assert FirmwareFiles(into / "parts").assets(release) == {"picture.jpg": PICTURE}
    told = verb("firmware", "inspect", folder / "app.zip", folder / "2.bin", "--json")
    module, besides, _ = map(json.loads, told.out.splitlines())
    assert told.code == 0
    assert module["assets"][0]["name"] == "picture.jpg"
    assert module["needs"] == [{"needs": "system part 1 ≥ 6200", "met_by": "2.bin"}]
    assert besides["besides"]["assets"]["picture.jpg"]["size"] == len(PICTURE)


def test_factory_test_firmware_never_needs_an_asset(folder: Path, tmp_path: Path) -> None:
    (folder / "3.bin").unlink()
    bundled(folder / "app.zip")
    refused = verb(*seal(folder, tmp_path / "firmware"))
    assert refused.code == 78
    assert "it needs assets, without which it starts in safe mode, which connects" in refused.err


def test_a_bundle_with_another_asset_than_it_asks_for_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "3.bin").unlink()
    bundled(folder / "app.zip", picture=b"another")
    refused = verb(*seal(folder, tmp_path / "firmware", "--product-id", "31337", "--json"))
    assert refused.code == 78
    assert "app.zip" in str(refused.json["refused"])
    assert "picture.jpg" in str(refused.json["refused"])


# What stays as it is


def test_a_part_is_never_replaced_by_another_of_its_name(folder: Path, tmp_path: Path) -> None:
    parts = tmp_path / "firmware" / "parts"
    parts.mkdir(parents=True)
    (parts / "boron-bootloader@3100.bin").write_bytes(b"somebody else's")
    assert verb(*seal(folder, tmp_path / "firmware")).code == 0
    assert (parts / "boron-bootloader@3100.bin").read_bytes() == b"somebody else's"
    release = Root(tmp_path).release("gateway-9").value
    digest = hashlib.sha256(modules.device_os_620()[0].data).hexdigest()
    assert release.parts[0].file == f"boron-bootloader@3100-{digest[:8]}.bin"


def test_another_release_of_the_same_name_is_replaced_only_by_force(folder: Path, tmp_path: Path) -> None:
    into = tmp_path / "firmware"
    assert verb(*seal(folder, into, "--product-id", "1")).code == 0
    manifest = (into / "releases" / "gateway-9.toml").read_bytes()
    refused = verb(*seal(folder, into, "--product-id", "2"))
    assert refused.code == 78
    assert "--force" in refused.err
    assert (into / "releases" / "gateway-9.toml").read_bytes() == manifest
    assert verb(*seal(folder, into, "--product-id", "2", "--force")).code == 0
    assert "id = 2\n" in (into / "releases" / "gateway-9.toml").read_text()


def test_parts_that_were_lost_come_back_and_the_manifest_stays(folder: Path, tmp_path: Path) -> None:
    into = tmp_path / "firmware"
    assert verb(*seal(folder, into)).code == 0
    manifest = into / "releases" / "gateway-9.toml"
    manifest.write_text("# a remark\n" + manifest.read_text())
    lost = into / "parts" / "boron-system-part1@6200.bin"
    lost.unlink()
    again = verb(*seal(folder, into))
    assert again.code == 0
    assert "Sealed already" in again.out
    assert lost.read_bytes() == modules.device_os_620()[2].data
    assert manifest.read_text().startswith("# a remark")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--name", "Gateway"), "'Gateway' is no name"),
        (("--version", "a b"), "'a b' is no version"),
        (("--product-id", "0"), "product-id"),
    ],
)
def test_words_that_make_no_release_are_a_mistake_in_the_call(
    words: tuple[str, ...], says: str, folder: Path, tmp_path: Path
) -> None:
    done = verb(*seal(folder, tmp_path / "firmware", *words))
    assert done.code == 2
    assert says in done.err
    assert not (tmp_path / "firmware").exists()


def test_name_and_version_come_from_the_folder_and_the_user_part(folder: Path, tmp_path: Path) -> None:
    done = verb("firmware", "seal", folder, "--into", tmp_path / "firmware")
    assert done.code == 0
    assert Root(tmp_path).release("from-a-mail-14").value.product is None


def test_only_what_plainly_is_something_else_is_passed_over(folder: Path, tmp_path: Path) -> None:
    (folder / "app.elf").write_bytes(b"\x7fELF" + bytes(500))
    (folder / "photo.jpg").write_bytes(bytes(range(256)) * 9)
    (folder / ".hidden.bin").write_bytes(b"\0\1")
    (folder / "sub").mkdir()
    done = verb(*seal(folder, tmp_path / "firmware", "--dry-run", "--json"))
    assert done.code == 0
    ignored = done.json["ignored"]
    assert isinstance(ignored, dict)
    assert set(ignored) == {"app.elf", "photo.jpg", ".hidden.bin", "sub", "README.txt"}
    assert ignored["app.elf"] == "this is an ELF file from the compiler; take the .bin beside it"


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("app.bin", b"\x7fELF" + bytes(500), "an ELF file from the compiler"),
        ("dct.bin", bytes(8392), "no module header"),
        ("photo.bin", bytes(range(256)) * 9, "no module header"),
        ("backup.old", modules.product().data[:-1], "cut short"),
        ("backup.old", modules.product().data + b"\xff\xff", "2 trailing bytes"),
        ("empty.hex", b"", "the file is empty"),
        ("chip.hex", b":00000001FE\n", "line 1: the checksum does not match"),
        ("app.zip", b"PK\3\4" + bytes(100), "cut short"),
        ("large.bin", bytes((16 << 20) + 1), "too large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_promises_firmware_and_is_none_is_refused(
    name: str, data: bytes, says: str, folder: Path, tmp_path: Path
) -> None:
    (folder / name).write_bytes(data)
    done = verb(*seal(folder, tmp_path / "firmware", "--json"))
    assert done.code == 78
    assert f"{name}: " in str(done.json["refused"])
    assert says in str(done.json["refused"])
    assert not (tmp_path / "firmware").exists()


def test_a_damaged_module_is_refused(folder: Path, tmp_path: Path) -> None:
    data = bytearray((folder / "2.bin").read_bytes())
    data[5000] ^= 1
    (folder / "2.bin").write_bytes(data)
    done = verb(*seal(folder, tmp_path / "firmware"))
    assert done.code == 78
    assert "its CRC-32 does not match its content" in done.err
    assert not (tmp_path / "firmware").exists()


def test_a_folder_that_cannot_be_written_is_named(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "firmware").write_text("a file where a folder should be")
    done = verb(*seal(folder, tmp_path / "firmware" / "deeper"))
    assert done.code == 78
    assert "Not a directory" in done.err


# A bootloader that locks the debug port


@pytest.fixture
def protecting(folder: Path) -> Path:
    """The folder with another bootloader."""
    (folder / "0.bin").write_bytes(modules.bootloader(13, 3100, True))
    return folder


def test_a_bootloader_that_locks_the_debug_port_is_told_when_it_is_sealed(protecting: Path, tmp_path: Path) -> None:
    done = verb(*seal(protecting, tmp_path / "firmware", "--product-id", "31337"))
    assert done.code == 0, done.err
    assert "warning: bootloader 0, version 3100 locks the unit at its first boot" in done.out
    told = verb(*seal(protecting, tmp_path / "firmware", "--product-id", "31337", "--json")).json
    assert "the debug port is shut from then on" in str(told["warnings"])


def test_a_bootloader_that_locks_the_debug_port_is_no_factory_test_firmware(protecting: Path, tmp_path: Path) -> None:
    refused = verb(*seal(protecting, tmp_path / "firmware"))
    assert refused.code == 78
    assert "locks the debug port at its first boot" in refused.err
    assert not (tmp_path / "firmware").exists()


def test_inspection_and_comparison_name_a_bootloader_that_locks_the_debug_port(
    protecting: Path, tmp_path: Path
) -> None:
    plain = tmp_path / "plain.bin"
    plain.write_bytes(modules.bootloader(13, 3100))
    told = verb("firmware", "inspect", plain, protecting / "0.bin", "--json")
    first, second = map(json.loads, told.out.splitlines())
    assert (first["locks_debug_port"], first["warnings"]) == (False, [])
    assert second["locks_debug_port"]
    assert second["extensions"] == [{"number": 0x13, "size": 1}]
    said = verb("firmware", "inspect", protecting / "0.bin").out
    assert "security mode (1 bytes)" in said
    assert "the debug port is shut from then on" in said
    compared = verb("firmware", "diff", plain, protecting / "0.bin").out
    assert "debug port: left as it is → locked at its first boot" in compared
    assert "warning: 0.bin: bootloader 0, version 3100 locks the unit at its first boot" in compared
    same = verb("firmware", "diff", protecting / "0.bin", protecting / "0.bin")
    assert (same.code, "locks the unit at its first boot" in same.out) == (0, True)


@pytest.fixture
def root(protecting: Path, tmp_path: Path) -> Path:
    """The example product with this release, too."""
    made = tmp_path / "root"
    spoil.copy_root(default_root(), made)
    done = verb(*seal(protecting, made / "firmware", "--product-id", "31337", "--mode", "manual"))
    assert done.code == 0, done.err
    modules.write_release_files(made / "firmware" / "parts")
    return made


def sheet(root: Path, was: str) -> None:
    """Have the recipe name the release that was sealed, in place of another."""
    path = root / "configs" / "recipes" / "gateway.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(f'"{was}"', '"gateway-9"'), encoding="utf-8")


def test_the_check_tells_of_a_release_that_locks_the_debug_port(root: Path) -> None:
    sheet(root, "gateway-1.4.0")
    checked = verb("check", "--root", root)
    assert checked.code == 0, checked.err
    assert "warning: bootloader 0, version 3100 locks the unit at its first boot" in checked.out
    told = verb("check", "--root", root, "--json").json
    assert "the debug port is shut from then on" in str(told["release_warnings"])
    assert told["factory_test_warnings"] == []


def test_a_release_that_locks_the_debug_port_is_refused_as_factory_test_firmware_whatever_it_names(root: Path) -> None:
    sheet(root, "factory-test-1.0.0")
    checked = verb("check", "--root", root)
    assert checked.code == 78
    assert "locks the debug port at its first boot" in checked.err

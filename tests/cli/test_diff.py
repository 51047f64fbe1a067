"""What another release, or another file, would change on a unit."""

import json
from pathlib import Path

import pytest
from intelhex import IntelHex

from station.bench import modules
from tests.line.floor import verb

HERE = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The parts of the example product are made in a cache folder of this test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def changes(told: dict[str, object]) -> dict[str, str]:
    parts = told["parts"]
    assert isinstance(parts, list)
    return {one["part"]: one["change"] for one in parts}


def test_a_release_is_the_same_as_itself_by_name_and_by_manifest() -> None:
    manifest = HERE / "firmware" / "releases" / "gateway-1.4.0.toml"
    for other in ("gateway-1.4.0", manifest):
        same = verb("firmware", "diff", "gateway-1.4.0", other, "--root", HERE)
        assert (same.code, same.out) == (0, "the same\n")


def test_releases_are_compared_part_by_part_and_by_the_pages_of_a_unit() -> None:
    told = verb("firmware", "diff", "gateway-1.4.0", "factory-test-1.0.0", "--root", HERE, "--json")
    assert told.code == 1
    assert changes(told.json) == {
        "release": "changed",
        "bootloader 0": "same",
        "SoftDevice 0": "same",
        "system part 1": "same",
        "user part": "changed",
    }
    assert told.json["pages"] == 96 // 4
    person = verb("firmware", "diff", "gateway-1.4.0", "factory-test-1.0.0", "--root", HERE)
    assert "product version: 14 → 1" in person.out
    assert "A unit with gateway 1.4.0 would be flashed in 24 pages of 4 KiB." in person.out


def test_one_byte_is_one_page_and_its_address_is_told(tmp_path: Path) -> None:
    before, after = tmp_path / "a.bin", tmp_path / "b.bin"
    data = bytearray(modules.product().data)
    before.write_bytes(data)
    data[0x5678] ^= 1
    after.write_bytes(data)
    told = verb("firmware", "diff", before, after, "--json")
    assert (told.code, told.json["pages"]) == (1, 1)
    [user] = json.loads(told.out)["parts"]
    assert (user["change"], user["first"], user["aspects"]) == ("changed", 0xB4000 + 0x5678, {})


def test_a_hex_file_holds_what_its_modules_hold(tmp_path: Path) -> None:
    file, whole = modules.product(), IntelHex()
    (tmp_path / "user.bin").write_bytes(file.data)
    whole.puts(0xB4000, file.data)
    whole.write_hex_file(str(tmp_path / "user.hex"))
    assert verb("firmware", "diff", tmp_path / "user.bin", tmp_path / "user.hex").code == 0
    whole.puts(0xF4000, modules.device_os_620()[0].data)
    whole.puts(0x10001014, (0xF4000).to_bytes(4, "little"))
    whole.write_hex_file(str(tmp_path / "more.hex"))
    told = verb("firmware", "diff", tmp_path / "user.hex", tmp_path / "more.hex", "--json")
    assert changes(told.json) == {"user part": "same", "bootloader 0": "new", "UICR": "new"}
    assert told.json["pages"] == 12
    told = verb("firmware", "diff", tmp_path / "more.hex", tmp_path / "user.hex", "--json")
    assert changes(told.json) == {"user part": "same", "bootloader 0": "gone", "UICR": "gone"}
    assert (told.code, told.json["pages"]) == (1, 0)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("gateway-1.4.0", "no-such-release"), 78, "there are: factory-test-1.0.0, "),
        (("no-such.bin", "nothing.bin"), 78, "no-such.bin: No such file"),
        (("gateway-1.4.0", "no-such.bin"), 2, "Two releases can be compared, or two files"),
        (("README.md", "README.md"), 78, "README.md: this is text"),
        (("gateway-1.4.0", "factory-test-1.0.0", "--parts", "tests"), 78, "No such file"),
    ],
)
def test_what_cannot_be_compared_is_named(
    words: tuple[str, ...], code: int, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(HERE)
    told = verb("firmware", "diff", *words)
    assert (told.code, told.out) == (code, "")
    assert says in told.err

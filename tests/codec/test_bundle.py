"""Bundles of a user part and its assets, good and bad."""

import contextlib
import hashlib
import io
import stat
import struct
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.bench import modules
from station.codec import bundle, extensions, firmware_file, module
from station.codec.module import NotAModule
from station.domain.firmware import AssetNeed, Flag, Function

CAT, DOG = b"cat" * 1000, b"dog" * 10
ASSETS = {"cat.jpg": CAT, "hund und käse.txt": DOG}


def need(name: str, data: bytes) -> AssetNeed:
    return AssetNeed(name, hashlib.sha256(data).hexdigest())


NEEDS = tuple(need(name, data) for name, data in ASSETS.items())


def gen3(needs: tuple[AssetNeed, ...] = NEEDS) -> bytes:
    """A user part that asks in its suffix."""
    return module.build(
        bytes(500),
        function=Function.USER,
        index=2,
        version=6,
        platform=13,
        start=0xB4000,
        product=(13, 14),
        suffix_extensions=extensions.of_assets(needs) if needs else b"",
    )


def gen4(needs: tuple[AssetNeed, ...] = NEEDS) -> bytes:
    """A user part that asks behind its header."""
    return module.build(
        extensions.of_assets(needs, padding=5) + bytes(500),
        function=Function.USER,
        index=1,
        version=6,
        platform=32,
        start=0x85F4000,
        flags=Flag.PREFIX_EXTENSIONS,
        product=(32, 14),
    )


def zipped(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


def good(user: bytes, assets: dict[str, bytes] | None = None) -> dict[str, bytes]:
    return {"app.bin": user} | {f"assets/{name}": data for name, data in (ASSETS if assets is None else assets).items()}


@pytest.mark.parametrize("user", [gen3(), gen4()], ids=["suffix", "prefix"])
@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_bundle_brings_its_user_part_and_the_assets_it_asks_for(user: bytes, compression: int) -> None:
    seen = firmware_file.read(zipped(good(user), compression))
    [(found, data)] = seen.modules
    assert (found.function, found.assets, found.product_version, found.crc_ok) == (Function.USER, NEEDS, 14, True)
    assert (data, seen.assets, seen.notes) == (user, ASSETS, ())


def test_a_bundle_without_assets_is_one_too() -> None:
    seen = firmware_file.read(zipped(good(gen3(()), {})))
    assert (len(seen.modules), seen.assets) == (1, {})


def test_what_a_bundle_has_besides_is_named_and_left_out() -> None:
    also = {"env.json": b"{}", "readme/x.bin": b"", "assets/sub/deep.bin": b"1", "assets/more.txt": b"2", "notes/": b""}
    seen = firmware_file.read(zipped(good(gen3()) | also))
    assert seen.assets == ASSETS
    told = sorted(note.partition(":")[0] for note in seen.notes)
    assert told == ["assets/more.txt", "assets/sub/deep.bin", "env.json", "readme/x.bin"]


OTHER = module.build(bytes(500), function=Function.SYSTEM, version=6200, platform=13, start=0x28000, index=1)
WRONG: list[tuple[dict[str, bytes], str]] = [
    ({}, "0 .bin files at its top, not one: none"),
    ({"assets/cat.jpg": CAT}, "0 .bin files"),
    ({"app/app.bin": gen3()}, "0 .bin files"),
    (good(gen3()) | {"tinker.bin": gen3()}, "2 .bin files at its top, not one: app.bin, tinker.bin"),
    (
        {"app.bin": OTHER},
        "app.bin in it is system part 1, version 0, not a user part".replace("version 0", "version 6200"),
    ),
    ({"app.bin": b"<!doctype html>" * 9}, "app.bin in it: this is a web page"),
    (good(gen3(), {"cat.jpg": CAT}), "asset 'hund und käse.txt' is missing"),
    (good(gen3(), {}), "asset 'cat.jpg' is missing; asset 'hund und käse.txt' is missing"),
    (good(gen3(), ASSETS | {"cat.jpg": DOG}), "asset 'cat.jpg' has SHA-256 "),
    (good(gen3()) | {"../evil": b""}, "'../evil' is no plain path"),
    (good(gen3()) | {"/etc/passwd": b""}, "'/etc/passwd' is no plain path"),
    (good(gen3()) | {"assets/../../x": b""}, "no plain path"),
    (good(gen3()) | {"assets//x": b""}, "no plain path"),
    (good(gen3()) | {"a\\b.txt": b""}, "no plain path"),
    (good(gen3()) | {"C:evil": b""}, "no plain path"),
    (good(gen3()) | {"assets/\x07": b""}, "no plain path"),
    (good(gen3()) | {"big.txt": bytes(bundle.MAX_ENTRY + 1)}, f"would unpack to {bundle.MAX_ENTRY + 1} bytes"),
    (good(gen3()) | {f"{one}.txt": bytes(bundle.MAX_ENTRY - 9) for one in "abc"}, "it would unpack to"),
    (good(gen3()) | {"x" * 200 + str(one): b"" for one in range(300)}, "its table of contents has"),
]


@pytest.mark.parametrize(("files", "says"), WRONG, ids=[says for _, says in WRONG])
def test_a_bundle_that_is_wrong_is_refused_with_why(files: dict[str, bytes], says: str) -> None:
    with pytest.raises(NotAModule) as refused:
        firmware_file.read(zipped(files))
    assert says in str(refused.value)


def test_an_asset_asked_for_by_an_unknown_hash_is_refused() -> None:
    user = bytearray(gen3())
    user[user.index(b"cat.jpg") - 34] = 9
    with pytest.raises(NotAModule, match="hash of unknown kind"):
        firmware_file.read(zipped(good(bytes(user))))


def changed(spoil: Callable[[zipfile.ZipInfo], None]) -> bytes:
    """A good bundle with one more entry, made by a careful enemy."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in good(gen3()).items():
            archive.writestr(name, data)
        entry = zipfile.ZipInfo("extra")
        spoil(entry)
        archive.writestr(entry, b"content")
    return file.getvalue()


def test_a_symbolic_link_is_refused() -> None:
    def link(entry: zipfile.ZipInfo) -> None:
        entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16

    with pytest.raises(NotAModule, match="symbolic link"):
        firmware_file.read(changed(link))


def test_other_compressions_are_refused() -> None:
    def lzma(entry: zipfile.ZipInfo) -> None:
        entry.compress_type = zipfile.ZIP_LZMA

    with pytest.raises(NotAModule, match="compressed in a way"):
        firmware_file.read(changed(lzma))


def directory_entry(data: bytes, name: bytes) -> int:
    """Where the archive's table of contents speaks of that file."""
    return data.rindex(name) - 46


def test_an_encrypted_archive_is_refused() -> None:
    data = bytearray(zipped(good(gen3())))
    data[directory_entry(bytes(data), b"assets/cat.jpg") + 8] |= 1
    with pytest.raises(NotAModule, match=r"'assets/cat\.jpg' is encrypted"):
        firmware_file.read(bytes(data))


def test_the_same_name_twice_is_refused() -> None:
    data = zipped(good(gen3()) | {"assets/CAT.jpg": DOG}).replace(b"assets/CAT.jpg", b"assets/cat.jpg")
    with pytest.raises(NotAModule, match=r"'assets/cat\.jpg' is in it twice"):
        firmware_file.read(data)


def test_an_entry_that_unpacks_to_more_than_it_says_is_not_believed() -> None:
    data = bytearray(zipped(good(gen3())))
    struct.pack_into("<I", data, directory_entry(bytes(data), b"assets/cat.jpg") + 24, 10)
    with pytest.raises(NotAModule, match="damaged zip archive"):
        firmware_file.read(bytes(data))


def test_an_archive_without_its_end_is_cut_short() -> None:
    data = zipped(good(gen3()))
    for size in (len(data) - 23, len(data) // 2, 4):
        with pytest.raises(NotAModule, match="cut short"):
            firmware_file.read(data[:size])


SMALL = zipped(good(gen3(NEEDS[1:]), {"hund und käse.txt": DOG}))


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(1, 255)), min_size=1, max_size=3))
def test_a_damaged_archive_is_refused_or_says_what_it_said(changes: list[tuple[int, int]]) -> None:
    data = bytearray(SMALL)
    for at, change in changes:
        data[at] ^= change
    with contextlib.suppress(NotAModule):
        seen = bundle.read(bytes(data))
        assert [one.assets for one, _ in seen.modules] == [NEEDS[1:]]
        assert seen.assets == {"hund und käse.txt": DOG}


@given(st.binary(max_size=300))
def test_no_bytes_behind_the_signature_make_it_fail_otherwise(data: bytes) -> None:
    with pytest.raises(NotAModule):
        firmware_file.read(b"PK\3\4" + data + b"PK\5\6" + data)


# Extensions


@given(st.binary(max_size=200))
def test_extensions_of_any_bytes_end(data: bytes) -> None:
    for kind, content in extensions.walk(data):
        assert kind != 0
        assert len(content) <= len(data)
    assert extensions.assets(data) is not None
    assert extensions.product(data) is None or b"\x01\x00\x0a\x00" in data


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
wanted = st.lists(st.builds(AssetNeed, texts, st.binary(min_size=32, max_size=32).map(bytes.hex)), max_size=4)


@given(wanted, st.integers(0, 7), st.booleans())
def test_assets_that_are_asked_for_are_read_back_from_either_end(
    needs: list[AssetNeed], padding: int, behind: bool
) -> None:
    asked = extensions.of_assets(tuple(needs), padding)
    data = module.build(
        asked + bytes(64) if behind else bytes(64),
        function=Function.USER,
        version=6,
        platform=13,
        start=0xB4000,
        flags=Flag.PREFIX_EXTENSIONS if behind else Flag(0),
        product=(13, 3),
        suffix_extensions=b"" if behind else asked,
    )
    found = module.read(data)
    assert found.assets == tuple(needs)
    assert (found.product_id, found.product_version, found.crc_ok) == (13, 3, True)


def test_a_user_part_of_the_bench_asks_for_nothing() -> None:
    assert module.read(modules.product().data).assets == ()

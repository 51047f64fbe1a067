"""Firmware modules: published headers, published files where there are any, and our own writer."""

import hashlib
import json
import os
import struct
import zlib
from dataclasses import asdict
from pathlib import Path
from typing import TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.bench import modules
from station.codec import softdevice
from station.codec.extensions import of_protection
from station.codec.module import BASE_SUFFIX, NO_PRODUCT, OFFSETS, NotAModule, build, covered, overhead, read
from station.domain.firmware import HEADER_SIZE, Dependency, Extension, Flag, Function, Slots, image_of

TESTS = Path(__file__).parents[1]
VENDOR = Path(os.environ.get("STATION_VENDOR_FIRMWARE", TESTS.parents[1] / "shared/firmware"))


class Says(TypedDict):
    start: int
    end: int
    flags: int
    version: int
    platform: int
    function: int
    index: int
    needs: list[list[int]]
    product: list[int | None]
    size: int


class Head(TypedDict):
    name: str
    offset: int
    head: str
    extensions: str
    suffix_size: int
    sha256: str
    crc: str
    says: Says


HEADS: list[Head] = json.loads((TESTS / "vectors/module_heads.json").read_text())


def shell(one: Head) -> bytes:
    """A file with the published header and suffix, and nothing between them."""
    product = b"".join((field or 0).to_bytes(2, "little") for field in one["says"]["product"])
    extensions = bytes.fromhex(one["extensions"]) or (b"" if one["suffix_size"] == BASE_SUFFIX else product)
    suffix = extensions + bytes(2) + bytes.fromhex(one["sha256"]) + one["suffix_size"].to_bytes(2, "little")
    assert len(suffix) == one["suffix_size"]
    file = bytearray(one["says"]["size"])
    file[one["offset"] : one["offset"] + HEADER_SIZE] = bytes.fromhex(one["head"])
    file[-len(suffix) - 4 :] = suffix + bytes.fromhex(one["crc"])
    return bytes(file)


@pytest.mark.parametrize("one", HEADS, ids=[one["name"] for one in HEADS])
def test_published_headers_and_suffixes_say_what_their_publisher_says(one: Head) -> None:
    module, says = read(shell(one)), one["says"]
    assert (module.start, module.end, module.size) == (says["start"], says["end"], says["size"])
    assert (module.function, module.index, module.version) == (says["function"], says["index"], says["version"])
    assert (module.platform, module.flags) == (says["platform"], says["flags"])
    assert [[need.function, need.index, need.version] for need in module.dependencies] == says["needs"]
    assert (module.prefix_size, module.suffix_size) == (one["offset"] + HEADER_SIZE, one["suffix_size"])
    assert (module.sha256, f"{module.crc32:08x}") == (one["sha256"], one["crc"])
    product = None if says["product"] == list(NO_PRODUCT) else says["product"][0]
    assert module.product_id == product
    assert module.product_version == (None if product is None else says["product"][1])
    assert not module.crc_ok, "the body is not the published one"


@pytest.mark.parametrize("path", sorted(VENDOR.glob("*.bin")), ids=lambda path: str(path.name))
def test_published_files_say_what_their_publisher_says(path: Path) -> None:
    says = json.loads((VENDOR / "expected.json").read_text())[path.name]
    module = read(path.read_bytes())
    seen = asdict(module)
    for name in ("start", "end", "size", "version", "platform", "index", "flags", "suffix_size", "crc_ok"):
        assert (name, seen[name]) == (name, says[name])
    assert module.function.name.lower() == says["function"]
    assert module.prefix_size == says["prefix_offset"] + HEADER_SIZE
    needs = [need for need in (says["dep"], says["dep2"]) if need[0]]
    assert [[need.function, need.index, need.version] for need in module.dependencies] == needs
    product = (says["product_id"], says["product_version"])
    assert (module.product_id, module.product_version) == ((None, None) if product == NO_PRODUCT else product)


@pytest.mark.parametrize("path", sorted(VENDOR.glob("*.bin")), ids=lambda path: str(path.name))
def test_a_published_file_taken_apart_and_built_again_is_the_same_file(path: Path) -> None:
    data = path.read_bytes()
    module = read(data)
    before = module.prefix_size - HEADER_SIZE
    product = int.from_bytes(data[-44:-42], "little"), int.from_bytes(data[-42:-40], "little")
    again = build(
        data[:before] + data[module.prefix_size : -module.suffix_size - 4],
        function=module.function,
        index=module.index,
        version=module.version,
        platform=module.platform,
        start=module.start,
        dependencies=module.dependencies,
        flags=module.flags,
        prefix_offset=before,
        product=None if module.suffix_size == BASE_SUFFIX else product,
    )
    reserved = slice(-40, -38)
    assert again[: reserved.start] == data[: reserved.start]
    if data[reserved] == bytes(2):
        assert again == data


def test_what_the_linker_built_is_hashed_from_its_first_byte_on_and_a_created_module_by_its_payload() -> None:
    # Device OS 6.2.0, build/create_module.py: SHA-256 of the binary alone, then footer, then CRC-32.
    linked = modules.product().data
    assert covered(linked, read(linked)) == "everything before it"
    payload, head = bytes(range(256)), linked[:HEADER_SIZE]
    ending = bytes(2) + hashlib.sha256(payload).digest() + BASE_SUFFIX.to_bytes(2, "little")
    size = HEADER_SIZE + len(payload) + len(ending)
    file = (0x1000).to_bytes(4, "little") + (0x1000 + size).to_bytes(4, "little") + head[8:] + payload + ending
    created = file + zlib.crc32(file).to_bytes(4, "big")
    assert covered(created, read(created)) == "the payload"
    spoilt = created[:40] + b"?" + created[41:]
    assert covered(spoilt, read(spoilt)) is None


def test_the_published_softdevice_7_0_1_is_hashed_by_its_payload() -> None:
    # particle-iot/docs, device-restore/6.2.0/boron.json, and the payload of Nordic's S140 7.0.1
    [published] = [one for one in HEADS if one["name"] == "boron softdevice"]
    [known] = [one for one in softdevice.KNOWN if one.version == 202]
    assert published["sha256"] == known.sha256


@pytest.mark.parametrize("path", sorted(VENDOR.glob("*.bin")), ids=lambda path: str(path.name))
def test_the_hash_in_a_published_file_covers_everything_before_it(path: Path) -> None:
    data = path.read_bytes()
    assert covered(data, read(data)) == "everything before it"


NEED = Dependency(Function.BOOTLOADER, 0, 3100)


@pytest.mark.parametrize("slots", [(None, None), (NEED, None), (None, NEED), (NEED, Dependency(Function.RADIO, 0, 1))])
def test_dependencies_keep_their_places(slots: Slots) -> None:
    data = build(
        bytes(64), function=Function.SYSTEM, version=6200, platform=13, start=0x28000, index=1, dependencies=slots
    )
    module = read(data)
    assert module.slots == slots
    assert module.dependencies == tuple(one for one in slots if one is not None)
    assert module.first_slot_empty is (slots == (None, NEED))


def test_extensions_are_told_by_number_and_those_of_a_product_alone_are_none() -> None:
    # Product 0x13, version 4 before the base suffix has the very bytes of an empty extension SECURITY_MODE.
    alone = build(bytes(64), function=Function.BOOTLOADER, version=1, platform=13, start=0xF4000, product=(0x13, 4))
    assert (read(alone).extensions, read(alone).protects) == ((), False)
    strange = struct.pack("<HH3s", 0x77, 7, b"abc") + of_protection()
    data = build(
        bytes(64),
        function=Function.BOOTLOADER,
        version=1,
        platform=13,
        start=0xF4000,
        product=(0, 0),
        suffix_extensions=strange,
        mcu_target=3,
    )
    module = read(data)
    assert module.extensions == (Extension(0x77, 3), Extension(0x13, 1))
    assert (module.protects, module.mcu_target) == (True, 3)
    user = build(
        bytes(64),
        function=Function.USER,
        version=6,
        platform=13,
        start=0xB4000,
        product=(0, 0),
        suffix_extensions=strange,
    )
    assert not read(user).protects, "Device OS looks for it in the bootloader alone"


u8, u16 = st.integers(0, 0xFF), st.integers(0, 0xFFFF)
functions = st.sampled_from([one for one in Function if one is not Function.NONE])
needs = st.lists(st.builds(Dependency, functions, u8, u16), max_size=2)
products = st.none() | st.tuples(u16, u16)


@given(
    function=functions,
    index=u8,
    version=u16,
    platform=st.integers(0, 42),
    start=st.integers(0, 0xF0000000),
    needs=needs,
    flags=st.sampled_from([Flag(0), Flag.DROP_MODULE_INFO, Flag.PREFIX_EXTENSIONS]),
    deep=st.booleans(),
    product=products,
    body=st.binary(max_size=64),
)
def test_what_is_built_reads_back(
    function: Function,
    index: int,
    version: int,
    platform: int,
    start: int,
    needs: list[Dependency],
    flags: Flag,
    deep: bool,
    product: tuple[int, int] | None,
    body: bytes,
) -> None:
    offset = 0x200 if deep and Flag.DROP_MODULE_INFO not in flags else 0
    body = bytes(offset) + body
    data = build(
        body,
        function=function,
        index=index,
        version=version,
        platform=platform,
        start=start,
        dependencies=needs,
        flags=flags,
        prefix_offset=offset,
        product=product,
    )
    module = read(data)
    assert len(data) == module.size == len(body) + overhead(product)
    assert (module.start, module.end) == (start, start + len(data) - 4)
    assert (module.function, module.index, module.version) == (function, index, version)
    assert (module.platform, module.flags, list(module.dependencies)) == (platform, flags, needs)
    told = None if module.product_id is None else (module.product_id, module.product_version)
    assert told == (None if product == NO_PRODUCT else product)
    assert module.crc_ok
    assert data[:offset] + data[offset + HEADER_SIZE :][: len(body) - offset] == body


def plain(
    body: bytes = bytes(2000), version: int = 6, platform: int = 26, start: int = 0xB4000, prefix_offset: int = 0
) -> bytes:
    return build(
        body,
        function=Function.USER,
        index=2,
        version=version,
        platform=platform,
        start=start,
        prefix_offset=prefix_offset,
        product=(26, 3),
    )


@given(st.integers(0, 10**6), st.integers(1, 255))
def test_a_changed_byte_is_told_by_the_crc_or_makes_it_no_module(at: int, change: int) -> None:
    data = bytearray(plain())
    data[at % len(data)] ^= change
    try:
        module = read(bytes(data))
    except NotAModule:
        assert at % len(data) < HEADER_SIZE
    else:
        assert not module.crc_ok


def test_a_dropped_header_is_not_part_of_the_image() -> None:
    body = bytes(range(256)) * 8
    data = build(body, function=Function.RADIO, version=202, platform=12, start=0x1000, flags=Flag.DROP_MODULE_INFO)
    image = image_of("softdevice", read(data), data)
    assert (image.start, image.data[: len(body)]) == (0x1000, body)
    assert len(image.data) == len(data) - HEADER_SIZE


def test_a_product_that_is_an_extension_is_found_behind_the_others() -> None:
    location = bytes.fromhex("0200100000405f08a8405f08a8463f02")
    product = bytes.fromhex("01000a00ffff20000400")
    name = bytes.fromhex("11000800") + b"abcd"
    for extensions in (location + product, product + location, name + product, product + name):
        module = read(with_extensions(extensions))
        assert (module.product_id, module.product_version) == (32, 4)


@pytest.mark.parametrize(
    "extensions",
    [
        bytes.fromhex("01000a00ffffffffffff"),
        bytes.fromhex("0200100000405f08a8405f08a8463f02") + bytes.fromhex("00000400") + b"\xff\xff\xff\xff",
        bytes.fromhex("00000400") + bytes.fromhex("01000a00ffff20000400") + b"\xff\xff\xff\xff",
        bytes.fromhex("1100ffff") + b"\xff\xff\xff\xff",
        bytes.fromhex("11000000") + b"\xff\xff\xff\xff",
        bytes.fromhex("110002") + b"\xff\xff\xff\xff",
    ],
)
def test_extensions_without_a_product_leave_it_open(extensions: bytes) -> None:
    module = read(with_extensions(extensions))
    assert (module.product_id, module.product_version) == (None, None)


def with_extensions(extensions: bytes) -> bytes:
    data = build(bytes(100) + extensions, function=Function.USER, version=6, platform=32, start=0x85F4000)
    file = data[:-6] + (BASE_SUFFIX + len(extensions)).to_bytes(2, "little")
    return file + zlib.crc32(file).to_bytes(4, "big")


def test_a_suffix_size_that_cannot_be_leaves_the_product_open() -> None:
    data = bytearray(plain())
    data[-6:-4] = b"\xff\xff"
    module = read(bytes(data))
    assert (module.suffix_size, module.product_id, module.crc_ok) == (0xFFFF, None, False)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\x00" * 63, "too short for a module: 63 bytes"),
        (b"<!DOCTYPE html>\n<html><body>Not found</body></html>" * 40, "web page"),
        (b"\r\n<html lang='en'>" + b" " * 500, "web page"),
        (b'{"error": "invalid_token"}', "JSON"),
        (b"\x7fELF\x01\x01\x01" + bytes(1000), "ELF"),
        (b":020000040003F7\r\n:10000000" + b"0" * 500, "Intel hex"),
        (b"PK\x03\x04" + bytes(1000), "zip"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 7\n", "Git LFS"),
        (bytes(4000), "no module header"),
        (b"\xff" * 4000, "no module header"),
        (plain()[:-1], "cut short: its header promises 2068 bytes, the file has 2067"),
        (plain() + b"\xff" * 12, "12 trailing bytes behind a module of 2068 bytes"),
    ],
)
def test_a_file_that_is_no_module_is_told_what_it_is(data: bytes, says: str) -> None:
    with pytest.raises(NotAModule, match=says):
        read(data)


def test_modules_one_after_another_are_told_apart_from_trailing_bytes() -> None:
    first = build(bytes(100), function=Function.SYSTEM, version=1, platform=32, start=0x8060000, flags=Flag.COMBINED)
    with pytest.raises(NotAModule, match="several modules"):
        read(first + plain())


@given(st.binary(max_size=2000) | st.binary(max_size=200).map(lambda some: plain()[:200] + some))
def test_arbitrary_bytes_are_no_module(data: bytes) -> None:
    with pytest.raises(NotAModule, match=r"^[^\n]+$"):
        read(data)


@pytest.mark.parametrize(
    ("changed", "body"),
    [
        ({"version": 0x10000}, bytes(100)),
        ({"platform": -1}, bytes(100)),
        ({"start": 0xFFFFFFFF}, bytes(100)),
        ({"prefix_offset": 0x100}, bytes(0x300)),
        ({"prefix_offset": 0x200}, bytes(0x1FF)),
    ],
)
def test_a_module_that_no_header_can_describe_is_not_built(changed: dict[str, int], body: bytes) -> None:
    with pytest.raises(ValueError, match="header"):
        plain(body, **changed)


def test_a_header_that_is_dropped_stands_first() -> None:
    for offset in OFFSETS[1:]:
        with pytest.raises(ValueError, match="dropped"):
            build(
                bytes(1000),
                function=Function.RADIO,
                version=1,
                platform=12,
                start=0x1000,
                flags=Flag.DROP_MODULE_INFO,
                prefix_offset=offset,
            )


def test_a_header_has_room_for_two_dependencies() -> None:
    need = Dependency(Function.SYSTEM, 1, 6200)
    with pytest.raises(ValueError, match="two"):
        build(b"", function=Function.USER, version=6, platform=13, start=0xB4000, dependencies=[need] * 3)

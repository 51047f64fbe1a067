"""Where modules have to lie, what has no header, and what an asset needs."""

from dataclasses import replace

import pytest

from station.domain.bare import (
    APPROTECT,
    Bare,
    asset_problems,
    bare_problems,
    boot_record,
    missing_assets,
    uicr_words,
    why_no_boot_record,
)
from station.domain.firmware import AssetNeed, Function, Module
from station.domain.layout import USER_128, USER_256, misplaced, region_of, unwritable
from station.domain.platform import PLATFORMS, Mcu
from station.domain.release import AssetPart, BarePart, Loaded, left_to_the_unit, problems
from tests.domain.test_release import BOOTLOADER, PARTS, SOFTDEVICE, SYSTEM, USER, release, sole, with_module


def sized(one: Loaded, size: int, start: int | None = None) -> list[Loaded]:
    """The whole set with one part of another size, or at another place."""
    module = replace(one.module, start=one.module.start if start is None else start, size=size)
    return [Loaded(one.part, module, bytes(size)) if each is one else each for each in PARTS]


@pytest.mark.parametrize(
    ("part", "start", "most"),
    [
        (BOOTLOADER, 0xF4000, 48 * 1024),
        (USER, 0xB4000, 256 * 1024),
        (USER, 0xD4000, 128 * 1024),
        (SOFTDEVICE, 0x1000, 0x26000 + 24),
        (SYSTEM, 0x28000, 0x8C000),
    ],
    ids=["bootloader", "user part of 256 KiB", "user part of 128 KiB", "SoftDevice", "system part"],
)
def test_a_region_is_full_to_the_last_byte_and_not_beyond(part: Loaded, start: int, most: int) -> None:
    assert misplaced(sized(part, most, start)) == []
    if part is SYSTEM:  # the old layout has room up to a 128 KiB user part; what lies there then overlaps
        assert any("overlaps" in one for one in problems(release(), sized(part, most + 1, start)))
    else:
        assert "end 1 bytes behind" in sole(misplaced(sized(part, most + 1, start)))


@pytest.mark.parametrize(
    ("part", "start"), [(BOOTLOADER, 0xF5000), (USER, 0xB5000), (USER, 0xD5000), (SOFTDEVICE, 0x2000)]
)
def test_a_module_starts_where_its_kind_does(part: Loaded, start: int) -> None:
    assert f"not at {start:#x}" in sole(misplaced(sized(part, 0x1000, start)))


def test_a_system_part_may_start_anywhere_between_its_neighbours() -> None:
    for start in (0x27000, 0x28000, 0x30000):
        assert misplaced(sized(SYSTEM, 0x1000, start)) == []
    assert any(
        "system.bin at 0xc0000 has to lie below boron-user.bin" in one for one in misplaced(sized(SYSTEM, 16, 0xC0000))
    )


def test_regions_are_known_of_nrf52840_only() -> None:
    for platform in PLATFORMS:
        found = region_of(replace(USER.module, platform=platform.id))
        assert (found == USER_256) == (platform.mcu is Mcu.NRF52840)
    assert region_of(replace(USER.module, start=0xD4000)) == USER_128
    assert region_of(replace(USER.module, function=Function.NCP)) is None


def test_what_the_debug_port_cannot_write_is_refused_with_its_reason() -> None:
    told = {platform.name: unwritable(platform.name, platform.mcu) for platform in PLATFORMS}
    assert told["boron"] is None
    assert "loader in RAM" in str(told["p2"])
    assert "QCM6490" in str(told["tachyon"])


# Boot record and UICR

MBR = BarePart(kind="mbr", file="boron-mbr.bin", sha256="0" * 64)
UICR = BarePart(kind="uicr", file="boron-uicr.hex", sha256="0" * 64)
PAGE = (0x20000400).to_bytes(4, "little") + (0xA81).to_bytes(4, "little") + bytes(0xB00 - 8)
WORDS = {0x10001014: 0xF4000, 0x10001200: 18, 0x10001204: 18}


def test_a_release_offers_the_boot_record_and_the_words_it_brings() -> None:
    bare = [Bare(MBR, PAGE), Bare(UICR, b"", WORDS)]
    assert bare_problems(release(), PARTS, bare) == []
    assert (boot_record(bare), uicr_words(bare)) == (PAGE, WORDS)
    assert (boot_record([]), uicr_words([])) == (None, {})


@pytest.mark.parametrize(
    ("page", "says"),
    [
        (b"", "0 bytes are no boot record"),
        (PAGE.ljust(0x1001, b"\0"), "4097 bytes are no boot record"),
        (bytes(4) + PAGE[4:], "stack pointer 0x0 is not in RAM"),
        (b"\xff" * 0x1000, "stack pointer 0xffffffff is not in RAM"),
        (PAGE[:4] + (0xA80).to_bytes(4, "little") + PAGE[8:], "reset vector 0xa80"),
        (PAGE[:4] + (0xB01).to_bytes(4, "little") + PAGE[8:], "reset vector 0xb01"),
        (PAGE[:4] + (7).to_bytes(4, "little") + PAGE[8:], "reset vector 0x7"),
    ],
)
def test_a_page_that_no_chip_can_start_from_is_no_boot_record(page: bytes, says: str) -> None:
    assert says in str(why_no_boot_record(page))
    assert says in sole(bare_problems(release(), PARTS, [Bare(MBR, page)]))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (WORDS | {APPROTECT: 0xFFFFFF00}, "APPROTECT"),
        (WORDS | {0x10001014: 0xF8000}, "to 0xf8000, the bootloader is at 0xf4000"),
        (WORDS | {0x10001204: 21}, "PSELRESET differ"),
        ({0x10001200: 18}, "PSELRESET differ"),
        ({0x10001400: 1}, "0x10001400 is no word of UICR"),
        ({0x10000FFC: 1}, "0x10000ffc is no word of UICR"),
        ({0x10001081: 1}, "0x10001081 is no word of UICR"),
        ({0xF4000: 1}, "0xf4000 is no word of UICR"),
    ],
)
def test_words_that_must_not_be_written_are_refused(words: dict[int, int], says: str) -> None:
    assert says in sole(bare_problems(release(), PARTS, [Bare(UICR, b"", words)]))


def test_there_is_one_boot_record() -> None:
    assert "2 parts of kind mbr" in sole(bare_problems(release(), PARTS, [Bare(MBR, PAGE)] * 2))


@pytest.mark.parametrize(("part", "index"), [(BOOTLOADER, 1), (SOFTDEVICE, 1), (SYSTEM, 2), (USER, 3)])
def test_a_number_that_device_os_does_not_know_is_refused(part: Loaded, index: int) -> None:
    told = misplaced(with_module(part, replace(part.module, index=index)))
    assert f"an nRF52840 has no {part.module.function.noun} {index}" in sole(told)


# Assets

CAT = AssetNeed("cat.jpg", "c" * 64)


def asking(*needs: AssetNeed) -> Module:
    return replace(USER.module, assets=needs)


def test_assets_are_left_to_the_unit_and_never_to_factory_test_firmware() -> None:
    told = sole(left_to_the_unit([asking(CAT)]))
    assert "asset 'cat.jpg', which the debug port cannot write" in told
    assert "safe mode until it arrives" in told
    found = problems(release(), with_module(USER, asking(CAT)))
    assert "starts in safe mode, which connects" in sole(found)


def test_an_asset_is_sealed_once_and_is_the_one_that_is_asked_for() -> None:
    part = AssetPart(name="cat.jpg", file="asset-cat.jpg", sha256="c" * 64)
    assert asset_problems([asking(CAT)], [part]) == []
    assert asset_problems([asking(CAT)], []) == []
    assert "sealed twice" in sole(asset_problems([asking(CAT)], [part, part]))
    other = part.model_copy(update={"sha256": "d" * 64})
    assert "needs another asset 'cat.jpg'" in sole(asset_problems([asking(CAT)], [other]))


def test_why_assets_are_missing_is_told() -> None:
    assert missing_assets([CAT], {"cat.jpg": "c" * 64}) == []
    assert "is missing" in sole(missing_assets([CAT], {}))
    assert "asked for is cccc" in sole(missing_assets([CAT], {"cat.jpg": "d" * 64}))
    assert "hash of unknown kind" in sole(missing_assets([AssetNeed("cat.jpg", None)], {"cat.jpg": "c" * 64}))

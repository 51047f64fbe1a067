"""The rules a set of firmware modules keeps."""

from dataclasses import replace
from typing import Literal

import pytest
from pydantic import ValidationError

from station.domain.firmware import HEADER_SIZE, Dependency, Extension, Flag, Function, Image, Module, image_of
from station.domain.release import Loaded, Part, Product, Release, left_to_the_unit, problems
from station.domain.remarks import remarks

Kind = Literal["bootloader", "softdevice", "system", "user"]
NEEDS_SOFTDEVICE = Dependency(Function.RADIO, 0, 202)
NEEDS_BOOTLOADER = Dependency(Function.BOOTLOADER, 0, 3100)
NEEDS_SYSTEM = Dependency(Function.SYSTEM, 1, 6200)
NEEDS_NCP = Dependency(Function.NCP, 0, 7)


def part(kind: Kind, function: Function, start: int, version: int, index: int, *needs: Dependency) -> Loaded:
    data = bytes(0x1000)
    return Loaded(
        Part(kind=kind, file=f"boron-{kind}.bin", version=version, sha256="0" * 64),
        Module(
            start=start,
            end=start + len(data) - 4,
            flags=Flag.DROP_MODULE_INFO if kind == "softdevice" else Flag(0),
            version=version,
            platform=13,
            function=function,
            index=index,
            dependencies=needs,
            prefix_size=HEADER_SIZE,
            suffix_size=40,
            product_id=13,
            product_version=3 if kind == "user" else None,
            sha256="0" * 64,
            crc32=0,
            crc_ok=True,
            size=len(data),
        ),
        data,
    )


BOOTLOADER = part("bootloader", Function.BOOTLOADER, 0xF4000, 3100, 0)
SOFTDEVICE = part("softdevice", Function.RADIO, 0x1000, 202, 0, Dependency(Function.BOOTLOADER, 0, 501))
SYSTEM = part("system", Function.SYSTEM, 0x28000, 6200, 1, NEEDS_BOOTLOADER, NEEDS_SOFTDEVICE)
USER = part("user", Function.USER, 0xB4000, 6, 2, NEEDS_SYSTEM)
PARTS = [BOOTLOADER, SOFTDEVICE, SYSTEM, USER]


def release(*, platform: str = "boron", product: Product | None = None) -> Release:
    return Release(
        name="demo", version="1.0.0", platform=platform, product=product, parts=tuple(one.part for one in PARTS)
    )


def with_module(one: Loaded, module: Module) -> list[Loaded]:
    """The whole set with another module in one place."""
    return [Loaded(one.part, module, one.data) if each is one else each for each in PARTS]


def replace_needs(one: Loaded) -> Loaded:
    """The same part, in need of nothing."""
    return Loaded(one.part, replace(one.module, dependencies=()), one.data)


def sole(found: list[str]) -> str:
    assert len(found) == 1
    return found[0]


def test_a_set_that_holds_together_has_no_problem() -> None:
    assert problems(release(), PARTS) == []
    assert problems(release(product=Product(id=30000, version=3)), PARTS) == []


WRONG = [
    (replace(USER.module, crc_ok=False), "CRC-32 does not match"),
    (replace(USER.module, function=Function.SETTINGS), "calls it user, its header says settings"),
    (replace(USER.module, version=7), "manifest says version 6, its header 7"),
    (replace(USER.module, platform=12), "for platform 12, the release for platform 13"),
    (replace(USER.module, flags=Flag.COMPRESSED), "compressed modules cannot be written"),
    (replace(USER.module, flags=Flag.COMBINED), "combined modules cannot be written"),
    (replace(USER.module, flags=Flag.ENCRYPTED), "encrypted modules cannot be written"),
    (replace(USER.module, flags=Flag.DROP_MODULE_INFO), "header would stay behind (flag drop module info)"),
    (replace(USER.module, mcu_target=0x21), "another microcontroller of the unit, number 33"),
    (replace(USER.module, start=0x28800), "system 0x28000–0x29000 overlaps user 0x28800–0x29800"),
    (replace(USER.module, start=0x28FFF), "overlaps"),
    (replace(USER.module, dependencies=(Dependency(Function.SYSTEM, 1, 6201),)), "the release has version 6200"),
    (replace(USER.module, dependencies=(Dependency(Function.SYSTEM, 2, 1),)), "the release has none"),
    (replace(USER.module, dependencies=(Dependency(Function.RADIO, 0, 203),)), "the release has version 202"),
]


@pytest.mark.parametrize(("module", "says"), WRONG, ids=[says for _, says in WRONG])
def test_a_wrong_module_is_one_problem_that_names_it(module: Module, says: str) -> None:
    assert says in sole(problems(release(), with_module(USER, module)))


def test_a_softdevice_without_its_flag_would_be_written_with_its_header() -> None:
    module = replace(SOFTDEVICE.module, flags=Flag(0))
    assert "where the SoftDevice begins" in sole(problems(release(), with_module(SOFTDEVICE, module)))


PROTECTING = replace(BOOTLOADER.module, protects=True)


def test_a_bootloader_that_locks_the_debug_port_is_refused_for_the_fixture_and_told_for_a_product() -> None:
    parts = with_module(BOOTLOADER, PROTECTING)
    assert "locks the debug port at its first boot" in sole(problems(release(), parts))
    assert problems(release(product=Product(id=30000, version=3)), parts) == []
    assert "debug port is shut from then on" in sole(remarks(one.module for one in parts))


@pytest.mark.parametrize(
    ("module", "says"),
    [
        (replace(SYSTEM.module, version=3101), "Device OS 3.1.0-alpha.2, a pre-release"),
        (replace(USER.module, extensions=(Extension(0x77, 5),)), "unknown extension 0x77 (5 bytes)"),
        (replace(USER.module, extensions=(Extension(0x03, 8),)), "another dependency in an extension"),
        (replace(USER.module, first_slot_empty=True), "in its second place alone, where Device OS does not look"),
    ],
)
def test_what_forbids_nothing_and_matters_is_told(module: Module, says: str) -> None:
    assert says in sole(remarks([module]))


def test_of_an_ordinary_set_there_is_nothing_to_tell() -> None:
    told = replace(USER.module, extensions=(Extension(0x01, 6), Extension(0x02, 12), Extension(0x14, 1)))
    assert remarks([*(one.module for one in PARTS), told]) == []


def test_modules_that_touch_do_not_overlap() -> None:
    assert problems(release(), with_module(USER, replace(USER.module, start=0x29000))) == []


def test_the_same_module_twice_is_told_and_so_is_their_overlap() -> None:
    found = problems(release(), [*PARTS, USER])
    assert any("are both user part 2" in one for one in found)
    assert any("overlaps" in one for one in found)


def test_one_large_module_cannot_hide_an_overlap_behind_another() -> None:
    large = Loaded(SYSTEM.part, SYSTEM.module, bytes(0xC0000))
    between = with_module(USER, USER.module)
    found = problems(release(), [large if one.part is SYSTEM.part else one for one in between])
    assert any("overlaps user" in one for one in found)


def test_a_platform_that_does_not_exist_is_the_only_problem_told() -> None:
    assert "not a Particle platform" in sole(problems(release(platform="borom"), PARTS))


def test_without_a_user_part_the_unit_would_start_in_safe_mode_and_connect() -> None:
    told = sole(problems(release(), [BOOTLOADER, SOFTDEVICE, SYSTEM]))
    assert "no user part" in told
    assert "safe mode" in told
    assert any("no user part" in one for one in problems(release(), []))


@pytest.mark.parametrize(
    ("start", "fits"),
    [
        (0x0, False),
        (0xFFF, False),
        (0x1000, True),
        (0xFF000, True),
        (0xFF001, False),
        (0x100000, False),
        (0x10001000, False),
    ],
    ids=lambda value: hex(value) if isinstance(value, int) else str(value),
)
def test_a_release_keeps_to_the_flash_between_the_boot_record_and_the_end(start: int, fits: bool) -> None:
    alone = Loaded(USER.part, replace(USER.module, start=start, dependencies=()), USER.data)
    found = problems(release(), [alone])
    assert [one for one in found if "lies outside 0x1000–0x100000" in one] == found
    assert (found == []) == fits


def test_a_softdevice_is_judged_by_what_goes_on_the_chip_and_not_by_its_file() -> None:
    """Its header is dropped, so that 0x1000 - 24 in the file's view is where the boot record ends in the chip's."""
    end = 0x100000
    size = len(SOFTDEVICE.data) - HEADER_SIZE
    touching = replace(SOFTDEVICE.module, start=end - size, dependencies=())
    beyond = replace(touching, start=end - size + 1)
    rest = [replace_needs(one) for one in (SYSTEM, USER)]
    assert problems(release(), [Loaded(SOFTDEVICE.part, touching, SOFTDEVICE.data), *rest]) == []
    assert "softdevice" in sole(problems(release(), [Loaded(SOFTDEVICE.part, beyond, SOFTDEVICE.data), *rest]))


@pytest.mark.parametrize("missing", [BOOTLOADER, SYSTEM])
def test_what_the_debug_port_could_write_has_to_be_in_the_set(missing: Loaded) -> None:
    rest = [one for one in PARTS if one is not missing]
    assert any("the release has none" in one for one in problems(release(), rest))


def test_what_the_debug_port_cannot_write_is_left_to_the_unit() -> None:
    system = Loaded(SYSTEM.part, replace(SYSTEM.module, dependencies=(NEEDS_NCP, NEEDS_SOFTDEVICE)), SYSTEM.data)
    assert problems(release(), [BOOTLOADER, system, USER]) == []
    told = left_to_the_unit([one.module for one in (BOOTLOADER, system, USER)])
    assert [("network co-processor" in one, "SoftDevice" in one) for one in told] == [(True, False), (False, True)]
    assert left_to_the_unit([one.module for one in PARTS]) == []


@pytest.mark.parametrize(
    ("module", "says"),
    [
        (replace(USER.module, product_version=4), "PRODUCT_VERSION is 4, the release says 3"),
        (replace(USER.module, product_version=None), "PRODUCT_VERSION is None, the release says 3"),
        (replace(USER.module, product_id=30001), "it is for product 30001, not 30000"),
    ],
)
def test_a_user_part_of_another_product_is_refused(module: Module, says: str) -> None:
    product = Product(id=30000, version=3)
    assert says in sole(problems(release(product=product), with_module(USER, module)))


@pytest.mark.parametrize("product_id", [13, 30000, 0xFFFF, None])
def test_a_user_part_that_names_no_other_product_fits(product_id: int | None) -> None:
    module = replace(USER.module, product_id=product_id)
    assert problems(release(product=Product(id=30000, version=3)), with_module(USER, module)) == []


def test_the_image_of_a_softdevice_is_its_file_without_the_header() -> None:
    data = bytes(range(64)) * 64
    image = image_of("softdevice", SOFTDEVICE.module, data)
    assert image == Image("softdevice", 0x1000, data[HEADER_SIZE:])
    assert image.end == 0x1000 + len(data) - HEADER_SIZE
    assert image_of("user", USER.module, data).data == data


@pytest.mark.parametrize(
    "fields",
    [
        {"file": "../boot.bin"},
        {"file": "boot.bin\n"},
        {"file": ".hidden"},
        {"file": ""},
        {"sha256": "0" * 63},
        {"sha256": "0" * 63 + "G"},
        {"sha256": "A" * 64},
        {"version": 0x10000},
        {"version": -1},
        {"kind": "ncp"},
        {"comment": "x"},
    ],
)
def test_a_part_that_could_name_another_file_or_none_is_refused(fields: dict[str, object]) -> None:
    good: dict[str, object] = {"kind": "user", "file": "boot@1.0.bin", "version": 6, "sha256": "0" * 64}
    assert Part.model_validate(good)
    with pytest.raises(ValidationError):
        Part.model_validate(good | fields)

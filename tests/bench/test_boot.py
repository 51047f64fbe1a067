"""What a chip's memories make of a unit."""

import hashlib
import struct
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.bench import modules
from station.bench.boot import Boot, Kind, boot
from station.codec import module
from station.domain.firmware import HEADER_SIZE, Dependency, Function
from station.domain.release import Loaded, Release, problems

BORON = 13
PAGE = 0x1000
SHIPPED = Path(__file__).parents[2] / "firmware" / "releases"


class Memories:
    """Flash and UICR of one chip."""

    def __init__(self) -> None:
        self.flash, self.uicr = bytearray(b"\xff" * 0x100000), bytearray(b"\xff" * PAGE)

    def put(self, address: int, data: bytes) -> None:
        memory, at = (self.flash, address) if address < 0x100000 else (self.uicr, address - 0x10001000)
        memory[at : at + len(data)] = data

    def erase(self, address: int, size: int = PAGE) -> None:
        self.put(address, b"\xff" * size)

    def flash_files(self, files: Iterable[modules.File]) -> None:
        for file in files:
            start = module.read(file.data).start
            self.put(start, file.data[HEADER_SIZE:] if file.kind == "softdevice" else file.data)

    @property
    def boot(self) -> Boot:
        return boot(memoryview(self.flash), memoryview(self.uicr))


def fresh() -> Memories:
    made = Memories()
    for address, data in modules.factory_fresh().items():
        made.put(address, data)
    return made


def flashed(*files: modules.File) -> Memories:
    made = fresh()
    made.flash_files((*modules.device_os_620(), *files))
    made.erase(modules.USER_START_OLD)
    return made


def test_a_unit_from_the_factory_runs_tinker_and_connects() -> None:
    found = fresh().boot
    assert (found.kind, found.connects) == (Kind.TINKER, True)


def test_the_factory_test_firmware_does_not_connect() -> None:
    found = flashed(modules.factory_test()).boot
    assert (found.kind, found.connects) == (Kind.FACTORY_TEST, False)


def test_the_product_connects() -> None:
    found = flashed(modules.product()).boot
    assert (found.kind, found.connects) == (Kind.PRODUCT, True)


def test_a_former_user_part_wins_until_its_page_is_erased() -> None:
    memories = fresh()
    memories.flash_files((*modules.device_os_620(), modules.product()))
    kinds = [memories.boot.kind]
    memories.erase(modules.USER_START_OLD)
    kinds.append(memories.boot.kind)
    assert kinds == [Kind.TINKER, Kind.PRODUCT]


def test_without_a_user_part_the_unit_boots_into_safe_mode_and_connects() -> None:
    found = flashed().boot
    assert (found.kind, found.connects, found.why) == (Kind.SAFE_MODE, True, "no valid user part")


def test_a_softdevice_that_is_too_old_means_safe_mode() -> None:
    memories = flashed(modules.factory_test())
    memories.put(modules.SOFTDEVICE_START, modules.softdevice(BORON, 182)[HEADER_SIZE:])
    found = memories.boot
    assert (found.kind, found.why) == (Kind.SAFE_MODE, "the system part needs SoftDevice 0 ≥ 202")


def test_a_user_part_that_needs_a_newer_system_part_means_safe_mode() -> None:
    memories = fresh()
    memories.erase(modules.USER_START_OLD)
    memories.flash_files((modules.product(),))
    assert memories.boot.kind is Kind.SAFE_MODE


def test_a_user_part_of_another_platform_means_safe_mode() -> None:
    memories = flashed()
    memories.put(modules.USER_START, modules.user_part(12, "product", modules.USER_START, 8192, 6200, 1))
    assert memories.boot.kind is Kind.SAFE_MODE


def test_an_application_nobody_knows_is_taken_for_the_worst() -> None:
    memories = flashed()
    needs = (Dependency(Function.SYSTEM, 1, 6200),)
    body = hashlib.shake_256(b"somebody's").digest(5000)
    vendors = module.build(
        body, function=Function.USER, version=6, platform=BORON, start=modules.USER_START, index=2, dependencies=needs
    )
    memories.put(modules.USER_START, vendors)
    assert (memories.boot.kind, memories.boot.connects) == (Kind.UNKNOWN, True)


@pytest.mark.parametrize("lost", ["MBR", "bootloader", "SoftDevice", "UICR"])
def test_a_unit_that_lost_a_pillar_is_dead(lost: str) -> None:
    memories = flashed(modules.factory_test())
    address = {
        "MBR": 0,
        "bootloader": modules.BOOTLOADER_START,
        "SoftDevice": modules.SOFTDEVICE_START + modules.SD_INFO,
        "UICR": modules.UICR_BOOTLOADER,
    }[lost]
    memories.erase(address, 4 if lost == "UICR" else PAGE)
    found = memories.boot
    assert (found.kind, found.connects) == (Kind.DEAD, False)


def test_a_unit_without_a_system_part_or_with_one_of_another_platform_stays_in_dfu_mode() -> None:
    memories = flashed(modules.factory_test())
    memories.erase(modules.SYSTEM_START)
    assert (memories.boot.kind, memories.boot.connects) == (Kind.DFU, False)
    memories.put(modules.SYSTEM_START, modules.device_os_620("argon")[2].data)
    assert (memories.boot.kind, memories.boot.why) == (Kind.DFU, "no valid system part")


def test_a_system_part_with_a_number_that_device_os_does_not_know_means_safe_mode() -> None:
    memories = flashed(modules.factory_test())
    found = module.read(modules.device_os_620()[2].data)
    body = struct.pack("<II", 0x2003_F000, modules.SYSTEM_START + 0x201) + bytes(8000)
    second = module.build(
        body,
        function=Function.SYSTEM,
        version=found.version,
        platform=BORON,
        start=modules.SYSTEM_START,
        index=2,
        prefix_offset=0x200,
        product=(0, 0),
    )
    memories.put(modules.SYSTEM_START, second)
    assert (memories.boot.kind, memories.boot.connects) == (Kind.SAFE_MODE, True)
    assert memories.boot.why == "there is no place for a system part 2"


def test_a_former_user_part_whose_needs_are_not_met_is_passed_over() -> None:
    memories = flashed(modules.product())
    memories.put(modules.USER_START_OLD, modules.user_part(BORON, "tinker", modules.USER_START_OLD, 12 * 1024, 6300, 3))
    assert memories.boot.kind is Kind.PRODUCT
    memories.erase(modules.USER_START)
    assert (memories.boot.kind, memories.boot.why) == (Kind.SAFE_MODE, "the user part needs system part 1 ≥ 6300")


READY = flashed(modules.factory_test())
REGIONS = {
    Kind.DEAD: (
        range(modules.BOOTLOADER_START, modules.BOOTLOADER_START + 46 * 1024),
        range(modules.SOFTDEVICE_START, modules.SOFTDEVICE_START + modules.SD_INFO),
        range(modules.SOFTDEVICE_START + modules.SD_MARK_END, modules.SOFTDEVICE_START + 0x25E00),
    ),
    Kind.DFU: (range(modules.SYSTEM_START, modules.SYSTEM_START + 544 * 1024),),
    Kind.SAFE_MODE: (range(modules.USER_START, modules.USER_START + 96 * 1024),),
}
damage = st.sampled_from([(kind, region) for kind, regions in REGIONS.items() for region in regions]).flatmap(
    lambda where: st.tuples(
        st.just(where[0]), st.integers(where[1].start, where[1].stop - 1), st.integers(0, 7).map(lambda bit: 1 << bit)
    )
)


@given(damage)
@settings(max_examples=150, deadline=None)
def test_one_wrong_bit_anywhere_in_a_module_keeps_it_from_running(where: tuple[Kind, int, int]) -> None:
    kind, address, bit = where
    READY.flash[address] ^= bit
    try:
        assert READY.boot.kind is kind
    finally:
        READY.flash[address] ^= bit
    assert READY.boot.kind is Kind.FACTORY_TEST


@given(st.binary(min_size=64, max_size=64), st.integers(0, 0xFFFFF))
@settings(max_examples=50, deadline=None)
def test_no_memory_content_breaks_the_decision(noise: bytes, at: int) -> None:
    memories = Memories()
    memories.put(0, struct.pack("<II", 0x20000400, 0xA81))
    memories.uicr[0x14:0x18] = (at & ~3).to_bytes(4, "little")
    memories.flash[at : at + 64] = noise[: 0x100000 - at]
    assert memories.boot.kind is Kind.DEAD


def test_the_releases_hold_together_and_name_the_files_they_are_made_with() -> None:
    files = {file.name: file for name in modules.ON_THE_BENCH for file in modules.release_files(name)}
    for text in (text for name in modules.ON_THE_BENCH for text in modules.manifests(name).values()):
        release = Release.model_validate(tomllib.loads(text))
        loaded = [Loaded(part, module.read(files[part.file].data), files[part.file].data) for part in release.parts]
        assert problems(release, loaded) == []
        assert [hashlib.sha256(one.data).hexdigest() for one in loaded] == [part.sha256 for part in release.parts]


WRITTEN = {title: text for name in ("boron", "bsom", "tracker") for title, text in modules.manifests(name).items()}


@pytest.mark.parametrize("title", WRITTEN)
def test_the_manifests_in_the_tree_are_those_the_bench_writes(title: str) -> None:
    shipped = SHIPPED / f"{title}.toml"
    assert shipped.read_text(encoding="utf-8") == WRITTEN[title]
    Release.model_validate(tomllib.loads(shipped.read_text(encoding="utf-8")))


def test_release_files_are_written_once_and_mended_when_they_change(tmp_path: Path) -> None:
    modules.write_release_files(tmp_path)
    names = {file.name for file in modules.release_files()}
    assert {path.name for path in tmp_path.iterdir()} == names
    damaged = tmp_path / modules.product().name
    untouched = tmp_path / modules.factory_test().name
    before = untouched.stat().st_mtime_ns
    damaged.write_bytes(b"half")
    modules.write_release_files(tmp_path)
    assert damaged.read_bytes() == modules.product().data
    assert untouched.stat().st_mtime_ns == before
    assert {path.name for path in tmp_path.iterdir()} == names

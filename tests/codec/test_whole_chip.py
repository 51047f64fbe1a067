"""Hex files of whole chips, laid out as particle-iot/docs lays out its own, with modules nobody wrote."""

import hashlib
import struct
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.bench import modules
from station.codec import firmware_file, intel_hex, module, softdevice, whole_chip
from station.codec.intel_hex import Stretch
from station.codec.module import NotAModule
from station.domain.bare import APPROTECT
from station.domain.contents import Contents
from station.domain.firmware import HEADER_SIZE, Dependency, Function

BORON = 13
MBR = modules.factory_fresh()[0].ljust(0x1000, b"\xff")
UICR = {0x10001014: 0xF4000, 0x10001200: 18, 0x10001204: 18}
PAYLOAD = hashlib.shake_256(b"a SoftDevice nobody wrote").digest(0x9000)
S140 = softdevice.Known(
    "S140 0.0.0",
    202,
    len(PAYLOAD),
    hashlib.sha256(PAYLOAD).hexdigest(),
    (Dependency(Function.BOOTLOADER, 0, 501), Dependency(Function.SYSTEM, 1, 1321)),
    hashes_header=False,
)
SOFTDEVICE = softdevice.module_of(PAYLOAD, BORON, [S140]) or b""
CUT = SOFTDEVICE[HEADER_SIZE:-36]
"""What the published hex files hold of it: the payload and four bytes of the suffix."""

SYSTEM = modules.system_part(BORON, 6200, 0x28000, 0x8000, (Dependency(Function.RADIO, 0, 202),))
USER = modules.user_part(BORON, "product", 0xB4000, 0x2000, 6200, 14)
BOOTLOADER = modules.bootloader(BORON, 3100)


def uicr_page(words: dict[int, int]) -> Stretch:
    """The whole page, as the published files have it."""
    page = bytearray(b"\xff" * 0x1000)
    for address, word in words.items():
        struct.pack_into("<I", page, address - 0x10001000, word)
    return Stretch(0x10001000, bytes(page))


def chip(*also: Stretch, softdevice_bytes: bytes = CUT, words: dict[int, int] = UICR) -> list[Stretch]:
    """The chip of a Boron."""
    parts = [Stretch(0, MBR), Stretch(0x1000, softdevice_bytes)]
    parts += [Stretch(0x28000, SYSTEM), Stretch(0xB4000, USER), Stretch(0xF4000, BOOTLOADER), uicr_page(words)]
    return parts + list(also)


def look(stretches: list[Stretch]) -> Contents:
    return firmware_file.read(intel_hex.write(stretches), [S140])


def test_everything_on_a_chip_is_found_and_nothing_is_left() -> None:
    seen = look(chip())
    assert [data for _, data in seen.modules] == [SOFTDEVICE, SYSTEM, USER, BOOTLOADER]
    assert all(one.crc_ok for one, _ in seen.modules)
    assert seen.boot_record == MBR.rstrip(b"\xff")
    assert seen.uicr == UICR
    assert seen.unclaimed == ()
    assert [note for note in seen.notes if "put together" in note] == list(seen.notes)


@pytest.mark.parametrize("left", [0, 1, 4, 38, 39, 40])
def test_a_softdevice_becomes_its_module_however_much_of_its_suffix_is_left(left: int) -> None:
    seen = look(chip(softdevice_bytes=SOFTDEVICE[HEADER_SIZE : HEADER_SIZE + len(PAYLOAD) + left]))
    assert seen.modules[0][1] == SOFTDEVICE


def test_a_softdevice_that_is_not_known_or_has_something_behind_it_is_left_unexplained() -> None:
    for there in (PAYLOAD[:-1] + b"\0" + CUT[len(PAYLOAD) :], CUT + b"\1"):
        seen = look(chip(softdevice_bytes=there))
        assert [(one.start, one.data) for one in seen.unclaimed] == [(0x1000, there)]
        assert len(seen.modules) == 3


def test_a_softdevice_alone_says_not_for_which_platform() -> None:
    seen = look([Stretch(0, MBR), Stretch(0x1000, CUT)])
    assert (seen.modules, seen.boot_record) == ((), MBR.rstrip(b"\xff"))
    assert [one.start for one in seen.unclaimed] == [0x1000]


def test_a_module_that_the_file_leaves_blank_in_the_middle_is_whole() -> None:
    body = bytes(0x210) + b"\xff" * 0x1000 + bytes(100)
    system = module.build(
        body, function=Function.SYSTEM, version=6200, platform=BORON, start=0x28000, index=1, prefix_offset=0x200
    )
    gap = system.index(b"\xff" * 0x1000)
    seen = look([Stretch(0x28000, system[:gap]), Stretch(0x28000 + gap + 0x1000, system[gap + 0x1000 :])])
    assert [data for _, data in seen.modules] == [system]
    assert seen.unclaimed == ()


def test_a_damaged_module_is_found_and_told_as_damaged() -> None:
    spoilt = bytearray(USER)
    spoilt[500] ^= 1
    there = [Stretch(0xB4000, bytes(spoilt)) if one.start == 0xB4000 else one for one in chip()]
    [user] = [one for one, _ in look(there).modules if one.function is Function.USER]
    assert not user.crc_ok
    cut = [Stretch(0xB4000, USER[:-1000]) if one.start == 0xB4000 else one for one in chip()]
    [user] = [one for one, _ in look(cut).modules if one.function is Function.USER]
    assert not user.crc_ok


def test_a_module_at_another_address_than_its_header_says_is_not_taken_for_one() -> None:
    seen = look([Stretch(0xB5000, USER)])
    assert (seen.modules, [one.start for one in seen.unclaimed]) == ((), [0xB5000])


def test_a_page_that_is_no_boot_record_is_left_unexplained() -> None:
    seen = look([Stretch(0, bytes(0x1000))])
    assert (seen.boot_record, [one.start for one in seen.unclaimed]) == (None, [0])


def test_what_nothing_explains_is_told_with_its_place_and_blank_flash_is_nothing() -> None:
    seen = look(chip(Stretch(0x27000, b"\xff" * 0x100), Stretch(0xE0000, b"\xff\xff\1\2")))
    assert [(one.start, one.data) for one in seen.unclaimed] == [(0xE0000, b"\xff\xff\1\2")]


def test_the_lock_of_the_debug_port_is_never_taken_over() -> None:
    seen = look(chip(words=UICR | {APPROTECT: 0xFFFFFF00}))
    assert seen.uicr == UICR
    assert any("APPROTECT" in note and "not taken over" in note for note in seen.notes)


def test_a_file_that_fills_every_gap_says_the_same() -> None:
    filled = bytearray(b"\xff" * 0x100000)
    for one in chip()[:-1]:
        filled[one.start : one.end] = one.data
    seen, plain = look([Stretch(0, bytes(filled)), uicr_page(UICR)]), look(chip())
    assert seen == plain


def test_a_hex_file_that_is_wrong_is_a_damaged_one() -> None:
    text = intel_hex.write(chip())
    with pytest.raises(module.DamagedModule, match="cut short"):
        firmware_file.read(text[: len(text) // 2].rpartition(b"\n")[0])
    lines = text.split(b"\n")
    lines[2] = lines[2][:-1] + (b"0" if lines[2][-1:] != b"0" else b"1")
    with pytest.raises(module.DamagedModule, match="line 3: the checksum"):
        firmware_file.read(b"\n".join(lines))


pieces = st.sampled_from([USER, USER[:600], SYSTEM[:0x300], CUT[:700], b"\xff" * 64, bytes(48), MBR[:80]])
places = st.sampled_from([0, 0x1000, 0x28000, 0xB4000, 0xB4004, 0x10001000, 0x100013FC, 0xFFFFF000])


@settings(max_examples=60)
@given(st.dictionaries(places, pieces | st.binary(min_size=1, max_size=80), max_size=4))
def test_whatever_a_chip_holds_every_byte_is_claimed_or_told(layout: dict[int, bytes]) -> None:
    stretches = [
        Stretch(start, data[: min([one - start for one in layout if one > start] + [0x1_0000_0000 - start])])
        for start, data in sorted(layout.items())
    ]
    seen = whole_chip.find(stretches, [S140])
    claimed = [range(one.start, one.start + one.size) for one, _ in seen.modules]
    told = [range(one.start, one.end) for one in seen.unclaimed]
    for one in stretches:
        for address, byte in zip(range(one.start, one.end), one.data, strict=True):
            explained = any(address in place for place in claimed + told)
            in_page = seen.boot_record is not None and address < len(seen.boot_record)
            in_word = address & ~3 in seen.uicr or address & ~3 == APPROTECT
            assert explained or in_page or in_word or byte == 0xFF


def test_the_header_may_be_part_of_what_a_softdevice_hashes() -> None:
    older = replace(S140, hashes_header=True)
    data = softdevice.module_of(PAYLOAD, BORON, [older])
    assert data is not None
    assert module.read(data).crc_ok
    assert module.read(data).sha256 == hashlib.sha256(data[:-38]).hexdigest()
    assert module.read(SOFTDEVICE).sha256 == S140.sha256


def test_a_boot_record_on_its_own_is_known_by_its_vectors() -> None:
    assert firmware_file.read(MBR).boot_record == MBR.rstrip(b"\xff")
    with pytest.raises(NotAModule, match="no module header"):
        firmware_file.read(bytes(0x1000))

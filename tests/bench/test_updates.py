"""A firmware update over USB, as Device OS 6.2 checks it, and what the unit does afterwards.

The results are those of hal/src/nRF52840/ota_flash_hal.cpp and ota_module.cpp, in the order of their checks.
"""

import hashlib
import struct
import zlib
from collections.abc import Callable

import pytest

from station.bench import modules
from station.bench.board import CONNECT_SECONDS, Board
from station.bench.boot import Kind
from station.bench.control_requests import ControlRequests
from station.bench.nest import Nest
from station.bench.traits import traits
from station.codec import control_messages as messages
from station.codec import control_proto as proto
from station.codec.extensions import of_assets, of_carried
from station.codec.module import build, read
from station.codec.protobuf import decode, encode
from station.domain.firmware import AssetNeed, Dependency, Flag, Function
from station.domain.platform import platform_named
from tests.bench.conftest import let_run, unit_with_test_firmware

BORON, ARGON = 13, 12
NEWER = Dependency(Function.SYSTEM, 1, 6300)


@pytest.fixture
def board(nest: Nest) -> Board:
    """A unit with factory-test firmware, running."""
    made = unit_with_test_firmware()
    let_run(nest, made)
    return made


def ask(board: Board, number: int, payload: bytes = b"") -> tuple[int, bytes]:
    return ControlRequests(board).handle(number, payload)


def update(board: Board, data: bytes, validate_only: bool = False) -> int:
    result, reply = ask(board, 250, encode(proto.StartFirmwareUpdateRequest(len(data))))
    assert (result, decode(proto.StartFirmwareUpdateReply, reply).chunk_size) == (0, 1024)
    for at in range(0, len(data), 1024):
        assert ask(board, 253, encode(proto.FirmwareUpdateDataRequest(data[at : at + 1024]))) == (0, b"")
    return ask(board, 251, encode(proto.FinishFirmwareUpdateRequest(validate_only)))[0]


def user(start: int = modules.USER_START, index: int = 2, platform: int = BORON, **more: object) -> bytes:
    fields: dict[str, object] = {"body": bytes(4096), "product": (platform, 1), **more}
    body, product, extensions = fields["body"], fields["product"], fields.get("suffix_extensions", b"")
    assert isinstance(body, bytes) and isinstance(product, tuple) and isinstance(extensions, bytes)  # noqa: PT018
    return build(
        body,
        function=Function.USER,
        version=6,
        platform=platform,
        start=start,
        index=index,
        product=product,
        suffix_extensions=extensions,
    )


def test_an_update_over_usb_is_judged_and_then_run(board: Board, nest: Nest) -> None:
    data = modules.product().data
    assert update(board, data, validate_only=True) == 0
    nest.advance(5.0)
    assert len(board.runs) == 1
    assert update(board, data) == 0
    nest.advance(2.5)
    assert [one.firmware for one in board.runs] == ["factory-test", "product"]
    assert board.chip.peek(modules.USER_START, len(data)) == data


def prefixed(function: Function, start: int, index: int, version: int = 6200, needs: object = ()) -> bytes:
    """A module with a vector table before its header."""
    assert isinstance(needs, tuple)
    body = struct.pack("<II", 0x2003_F000, start + 0x201) + bytes(8000)
    return build(
        body,
        function=function,
        version=version,
        platform=BORON,
        start=start,
        index=index,
        prefix_offset=0x200,
        product=(0, 0),
        dependencies=needs,
    )


OUTSIDE: list[tuple[str, Callable[[], bytes]]] = [
    ("user part in the system part", lambda: user(0x40000)),
    ("user part in the bootloader", lambda: user(0xF6000)),
    ("user part behind the flash", lambda: user(0x200000)),
    ("user part of 128 KiB at 0xB4000", lambda: user(modules.USER_START, index=1)),
    ("user part with an unknown number", lambda: user(index=3)),
    ("bootloader in the user part", lambda: prefixed(Function.BOOTLOADER, 0xC0000, 0)),
    ("bootloader with an unknown number", lambda: prefixed(Function.BOOTLOADER, 0xF4000, 1)),
    ("system part in the user part", lambda: prefixed(Function.SYSTEM, 0xC0000, 1)),
    ("system part 2", lambda: prefixed(Function.SYSTEM, 0x28000, 2)),
    ("SoftDevice in the system part", lambda: prefixed(Function.RADIO, 0x40000, 0)),
    ("settings", lambda: prefixed(Function.SETTINGS, 0x28000, 0)),
    ("network co-processor of a Boron", lambda: prefixed(Function.NCP, 0x1000, 0)),
    ("garbage", lambda: b"not a module"),
    ("a long web page", lambda: b"<html>" + bytes(5000)),
    ("noise", lambda: hashlib.shake_256(b"noise").digest(4096)),
    ("blank flash", lambda: b"\xff" * 4096),
    ("nothing", lambda: b""),
]


@pytest.mark.parametrize("make", [make for _, make in OUTSIDE], ids=[name for name, _ in OUTSIDE])
def test_what_has_no_place_on_the_unit_is_not_found_and_the_unit_is_unharmed(
    board: Board, nest: Nest, make: Callable[[], bytes]
) -> None:
    before = bytes(board.chip.flash.view)
    assert update(board, make()) == -1300
    nest.advance(5.0)
    assert (bytes(board.chip.flash.view) == before, len(board.runs)) == (True, 1)
    assert board.running is not None
    assert board.running.kind is Kind.FACTORY_TEST


def packed(data: bytes) -> bytes:
    """A module as Particle's cloud sends it: raw deflate of the whole behind a header of its own."""
    found = read(data)
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    deflated = squeeze.compress(data) + squeeze.flush()
    return build(
        struct.pack("<HBBI", 8, 0, 0, len(data)) + deflated,
        function=found.function,
        version=found.version,
        platform=found.platform,
        start=found.start,
        index=found.index,
        dependencies=found.slots,
        flags=Flag.COMPRESSED,
        product=(BORON, 1),
    )


NEEDY = prefixed(Function.SYSTEM, 0x28000, 1, needs=(Dependency(Function.BOOTLOADER, 0, 9000),))
WRONG: list[tuple[str, int, Callable[[], bytes]]] = [
    ("one wrong bit", -1330, lambda: user()[:-1] + bytes((user()[-1] ^ 1,))),
    ("cut short", -1330, lambda: user()[:-500]),
    ("of another platform", -1360, lambda: user(platform=ARGON)),
    ("system part that needs a newer bootloader", -1340, lambda: NEEDY),
    ("compressed bootloader", -1310, lambda: packed(modules.bootloader(BORON, 3100))),
]


@pytest.mark.parametrize(("result", "make"), [one[1:] for one in WRONG], ids=[one[0] for one in WRONG])
def test_an_update_that_is_no_good_is_refused_and_nothing_changes(
    board: Board, nest: Nest, result: int, make: Callable[[], bytes]
) -> None:
    before = bytes(board.chip.flash.view)
    assert update(board, make()) == result
    nest.advance(5.0)
    assert (bytes(board.chip.flash.view) == before, len(board.runs)) == (True, 1)


def test_a_vector_table_and_a_dropped_header_do_not_go_together(board: Board) -> None:
    data = bytearray(prefixed(Function.SYSTEM, 0x28000, 1))
    data[0x200 + 9] = int(Flag.DROP_MODULE_INFO)
    body = bytes(data[:-4])
    assert update(board, body + zlib.crc32(body).to_bytes(4, "big")) == -1370


def test_an_update_larger_than_its_room_is_refused_at_once(board: Board) -> None:
    assert ask(board, 250, encode(proto.StartFirmwareUpdateRequest(1500 * 1024 + 1)))[0] == -1351
    assert ask(board, 250, encode(proto.StartFirmwareUpdateRequest(1500 * 1024)))[0] == 0


# What is taken, and harms


def test_a_user_part_with_unmet_needs_is_taken_and_then_the_unit_connects_in_safe_mode(
    board: Board, nest: Nest
) -> None:
    data = modules.user_part(BORON, "factory-test", modules.USER_START, 8192, 6300, 1)
    assert update(board, data) == 0
    assert board.contacts == []
    nest.advance(2.5 + CONNECT_SECONDS + 1.0)
    assert board.running is not None
    assert (board.running.kind, board.running.why) == (Kind.SAFE_MODE, "the user part needs system part 1 ≥ 6300")
    assert [one.firmware for one in board.contacts] == ["safe mode"]


def test_a_module_whose_second_need_is_another_bootloader_is_taken_and_then_the_unit_starts_safe_mode(
    board: Board, nest: Nest
) -> None:
    needs = (Dependency(Function.RADIO, 0, 202), Dependency(Function.BOOTLOADER, 0, 9000))
    assert update(board, modules.system_part(BORON, 6201, modules.SYSTEM_START, 20 * 1024, needs)) == 0
    nest.advance(2.5)
    assert board.running is not None
    assert (board.running.kind, board.running.why) == (Kind.SAFE_MODE, "the system part needs bootloader 0 ≥ 9000")


def test_what_stands_in_the_second_place_alone_is_looked_at_by_nobody(board: Board, nest: Nest) -> None:
    needs = (None, Dependency(Function.BOOTLOADER, 0, 9000))
    data = prefixed(Function.SYSTEM, modules.SYSTEM_START, 1, 6200, needs)
    assert update(board, data) == 0
    nest.advance(2.5)
    assert board.running is not None
    assert board.running.kind is Kind.FACTORY_TEST


def test_a_start_is_not_checked_and_what_is_written_there_is_lost(board: Board, nest: Nest) -> None:
    # Only a module's end is looked at: this one begins in the system part and ends where user parts lie.
    assert update(board, user(modules.USER_START - 0x5000, body=bytes(0x6000))) == 0
    nest.advance(2.5)
    assert board.running is not None
    assert board.running.kind is Kind.DFU


def test_a_user_part_at_0xb4000_makes_a_former_one_invalid(nest: Nest) -> None:
    board = unit_with_test_firmware()
    old = modules.user_part(BORON, "tinker", modules.USER_START_OLD, 12 * 1024, 1213, 3)
    board.chip.poke(modules.USER_START_OLD, old)
    let_run(nest, board)
    assert update(board, modules.product().data) == 0
    nest.advance(2.5)
    assert [one.firmware for one in board.runs] == ["tinker", "product"]
    assert board.chip.peek(modules.USER_START_OLD, 0x1000) == b"\xff" * 0x1000


def test_a_compressed_user_part_is_unpacked_where_it_belongs(board: Board, nest: Nest) -> None:
    data = modules.product().data
    assert update(board, packed(data)) == 0
    nest.advance(2.5)
    assert board.chip.peek(modules.USER_START, len(data)) == data
    assert [one.firmware for one in board.runs] == ["factory-test", "product"]


def test_two_combined_modules_are_both_written(board: Board, nest: Nest) -> None:
    first = bytearray(modules.product().data)
    first[9] |= Flag.COMBINED
    whole = bytes(first[:-4])
    combined = whole + zlib.crc32(whole).to_bytes(4, "big") + modules.bootloader(BORON, 3101)
    assert update(board, combined) == 0
    nest.advance(2.5)
    assert board.running is not None
    assert [one.version for one in board.running.modules] == [3101, 6200, 6]
    assert update(board, combined[:-8000]) == -1330


# Assets and network co-processors

CAT = b"not really a cat"
NEED = AssetNeed("cat.jpg", hashlib.sha256(CAT).hexdigest())


def asset(need: AssetNeed = NEED, content: bytes = CAT) -> bytes:
    return build(
        content,
        function=Function.ASSET,
        version=0,
        platform=0,
        start=0,
        flags=Flag.DROP_MODULE_INFO,
        product=(0xFFFF, 0xFFFF),
        suffix_extensions=of_carried(need),
    )


def test_a_user_part_waits_in_safe_mode_for_its_assets(board: Board, nest: Nest) -> None:
    wanting = user(body=modules.factory_test().data[24:4096], suffix_extensions=of_assets((NEED,)))
    assert update(board, wanting) == 0
    nest.advance(2.5)
    assert board.running is not None
    assert (board.running.kind, board.running.why) == (Kind.SAFE_MODE, "the user part needs asset 'cat.jpg'")
    [listed] = [one for one in messages.modules(ask(board, 90)[1]) if one.function is Function.USER]
    assert [(one.name, one.sha256) for one in listed.assets] == [("cat.jpg", NEED.sha256)]
    assert [one.name for one in messages.assets(ask(board, 91)[1]).missing] == ["cat.jpg"]
    assert update(board, asset()) == 0
    nest.advance(2.5)
    assert board.running.kind is Kind.FACTORY_TEST
    told = messages.assets(ask(board, 91)[1])
    assert (told.missing, [(one.name, one.size) for one in told.available]) == ((), [("cat.jpg", len(CAT))])


def test_an_asset_is_not_looked_at_before_it_is_stored_and_the_unit_starts_anew(board: Board, nest: Nest) -> None:
    spoilt = asset()[:-1] + b"?"
    assert update(board, spoilt) == 0
    nest.advance(2.5)
    assert (len(board.runs), board.assets) == (2, {})


def test_an_asset_that_nobody_asks_for_goes_when_another_comes(board: Board, nest: Nest) -> None:
    dog = AssetNeed("dog.jpg", hashlib.sha256(b"dog").hexdigest())
    for need, content in ((NEED, CAT), (dog, b"dog")):
        assert update(board, asset(need, content)) == 0
        nest.advance(2.5)
    assert list(board.assets) == ["dog.jpg"]


@pytest.mark.parametrize(("target", "result"), [(0x21, 0), (0x22, -1360)])
def test_an_argon_takes_firmware_for_its_own_network_co_processor(nest: Nest, target: int, result: int) -> None:
    argon = platform_named("argon")
    assert argon is not None
    board = Board(2, argon, traits(1, 2, argon), None)
    let_run(nest, board)
    data = build(
        bytes(4096), function=Function.NCP, version=7, platform=ARGON, start=0, mcu_target=target, product=(0, 0)
    )
    assert update(board, data) == result
    nest.advance(2.5)
    assert len(board.runs) == (2 if result == 0 else 1)

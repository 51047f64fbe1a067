"""The station's USB driver, pyusb included, on the bench's wire."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from station.bench.board import Mode
from station.bench.control_channel import Memory
from station.bench.usb_device import UsbDevice
from station.bench.wires.usb import BenchUsb
from station.codec import control, control_messages, factory_test, tracker_edge
from station.codec.control import Service, ServiceReply, Setup, Status
from station.codec.control_exchange import Refused
from station.domain.faults import DidNotBoot, LinkLost, NoAnswer, OfflineRule, RequestRefused
from station.domain.ids import device_id
from station.domain.offline import ALLOWED_REQUESTS, FORBIDDEN_REQUESTS, MODEM_REQUESTS, RAW_REQUESTS
from station.domain.on_unit import Protection
from station.domain.platform import PLATFORMS, Mcu, Platform
from station.drivers.usb_bus import UsbBus, on_bus, place_with
from tests.drivers.usb_desk import IDENT, Desk, HandClock, Heard, Scripted, attached, bus_folder, desk

RESET_ALL, RAW = control.reset(), 0x50
TRANSCRIPTS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "vectors/control_requests.json").read_text()
)["transcripts"]


@pytest.fixture
def at() -> Iterator[Desk]:
    with desk() as made:
        yield made


@pytest.fixture
def folder() -> Iterator[Path]:
    with bus_folder() as made:
        yield made


def bus_on(folder: Path, place: str = "1-1.9") -> UsbBus:
    return UsbBus(place, HandClock(), lambda: BenchUsb(folder))


def done(reply: bytes = b"", result: int = 0) -> Scripted:
    """A device whose every request ends like this."""

    def answer(setup: Setup, _: bytes) -> bytes | None:
        match setup.request:
            case Service.INIT:
                return ServiceReply(Status.OK, id=1).encode()
            case Service.CHECK:
                return ServiceReply(Status.OK, size=len(reply) or None, result=result).encode()
            case Service.RECV:
                return reply
            case _:
                return ServiceReply(Status.OK).encode()

    return Scripted(answer)


def test_a_unit_shows_who_and_what_it_is(at: Desk) -> None:
    assert at.bus.present()
    assert at.bus.device_id() == at.board.chip_id
    assert (at.bus.platform_id(), at.bus.in_dfu_mode()) == (13, False)
    shown = at.bus.shown()
    assert (shown.vendor, shown.product, shown.manufacturer, shown.name) == (
        0x2B04,
        0xC00D,
        "Particle",
        "Boron CDC Mode",
    )
    assert (shown.dfu, shown.state) == (False, None)
    assert at.bus.raw(20) == at.board.chip_id.upper().encode()
    assert at.bus.raw(30) == b"6.2.0"


def test_a_unit_in_dfu_mode_shows_that_and_its_protection(at: Desk) -> None:
    at.board.dfu_soon()
    at.nest.advance(2.0)
    assert (at.bus.device_id(), at.bus.platform_id(), at.bus.in_dfu_mode()) == (at.board.chip_id, 13, True)
    shown = at.bus.shown()
    assert (shown.name, shown.state) == ("Boron DFU Mode", "sm=o")
    with pytest.raises(RequestRefused, match="stalls INIT"):
        at.bus.request(20)


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda one: str(one.name))
def test_every_platform_is_known_in_each_mode_it_has(platform: Platform, folder: Path) -> None:
    for product, dfu in ((platform.usb_product, False), (platform.usb_product_dfu, True)):
        if product is None:
            assert platform.mcu is Mcu.QCM6490
            continue
        with attached(folder, Scripted(lambda *_: None, product=product)):
            bus = bus_on(folder)
            assert (bus.platform_id(), bus.in_dfu_mode(), bus.device_id()) == (platform.id, dfu, IDENT)


def test_a_tachyon_is_known_and_asked_nothing(folder: Path) -> None:
    asked: list[Setup] = []

    def answer(setup: Setup, _: bytes) -> None:
        asked.append(setup)

    with attached(folder, Scripted(answer, product=0xC02A)):
        bus = bus_on(folder)
        assert bus.platform_id() == 42
        asked.clear()
        with pytest.raises(RequestRefused, match="a tachyon runs Linux"):
            bus.request(20)
        for number in (30, 302):
            with pytest.raises(RequestRefused, match="a tachyon runs Linux"):
                bus.raw(number)
    assert asked == []


def test_questions_by_control_request_are_answered(at: Desk) -> None:
    assert control_messages.device_id(at.bus.request(20)) == at.board.chip_id
    assert control_messages.connection_status(at.bus.request(300)) == "disconnected"
    assert all(one.ok for one in control_messages.modules(at.bus.request(90)))
    asked = factory_test.encode_question(factory_test.Question(9, "who"))
    assert factory_test.decode_answer(at.bus.request(10, asked)).values["device_id"] == at.board.chip_id
    with pytest.raises(RequestRefused, match=r"BAD_DATA \(-280\)"):
        at.bus.request(10, b"?" * 5000)


# The recordings


class Recorded:
    """Device OS as it was recorded: strictly one transfer after another."""

    def __init__(self, transfers: list[dict[str, Any]]) -> None:
        self.left = iter(transfers)

    def answer(self, setup: Setup, data: bytes) -> bytes | None:
        if setup == RESET_ALL:
            return ServiceReply(Status.OK).encode()
        there = next(self.left)
        assert (setup.encode().hex(), data.hex()) == (there["setup"], there["out"])
        return None if there["stall"] else bytes.fromhex(there["in"])


@pytest.mark.parametrize("recorded", [one for one in TRANSCRIPTS if one["number"]], ids=lambda one: str(one["name"]))
def test_the_driver_has_every_recorded_conversation(recorded: dict[str, Any], folder: Path) -> None:
    there = Recorded(recorded["transfers"])
    with attached(folder, Scripted(there.answer)):
        bus, payload, reply = bus_on(folder), bytes.fromhex(recorded["payload"]), recorded["reply"]
        # Below the rule: some of these conversations are none of a station's.
        if reply["result"]:
            with pytest.raises(Refused) as raised:
                bus._ask(recorded["number"], payload, 5.0)
            assert raised.value.result == reply["result"]
        else:
            assert len(bus._ask(recorded["number"], payload, 5.0)) == reply.get("size", 0)
    assert next(there.left, None) is None


@pytest.mark.parametrize(
    ("name", "number", "product"),
    [
        ("raw DEVICE_ID", 20, 0xC00D),
        ("raw SYSTEM_VERSION", 30, 0xC00D),
        ("raw CLOUD_DISCONNECT OUT", 302, 0xC00D),
        ("raw CLOUD_DISCONNECT OUT 1 byte data stage", 302, 0xC020),
    ],
)
def test_raw_requests_are_those_that_were_recorded(name: str, number: int, product: int, folder: Path) -> None:
    (transfer,) = next(one for one in TRANSCRIPTS if one["name"] == name)["transfers"]
    there = Recorded([transfer])
    with attached(folder, Scripted(there.answer, product=product)):
        assert bus_on(folder).raw(number).hex() == transfer["in"]
    assert next(there.left, None) is None


# The rule


def test_of_all_requests_there_can_be_only_the_allowed_ones_put_a_byte_on_the_wire(folder: Path) -> None:
    heard = Heard(done())
    with attached(folder, heard):
        bus = bus_on(folder)
        for number in range(0x10000):
            try:
                bus.request(number)
            except OfflineRule:
                continue
        assert {one.index for one in heard.vendor if one.request == Service.INIT} == set(ALLOWED_REQUESTS)
        everything = len(heard.setups)
        for number in set(range(0x10000)) - set(ALLOWED_REQUESTS):
            with pytest.raises(OfflineRule):
                bus.request(number)
        assert len(heard.setups) == everything
        for number in MODEM_REQUESTS:
            bus.request(number, modem=True)
        assert {one.index for one in heard.vendor if one.request == Service.INIT} == {
            *ALLOWED_REQUESTS,
            *MODEM_REQUESTS,
        }


def test_of_all_raw_requests_only_the_allowed_ones_put_a_byte_on_the_wire(folder: Path) -> None:
    heard = Heard(done())
    with attached(folder, heard):
        bus = bus_on(folder)
        for number in range(0x10000):
            if number in RAW_REQUESTS:
                bus.raw(number)
            else:
                with pytest.raises(OfflineRule):
                    bus.raw(number)
        assert [one.index for one in heard.vendor] == sorted(RAW_REQUESTS)


@pytest.mark.parametrize("number", [60, 301, 41, 50, 500, 200])
def test_what_connects_a_unit_is_refused_with_its_reason(at: Desk, number: int) -> None:
    with pytest.raises(OfflineRule, match=FORBIDDEN_REQUESTS[number]):
        at.bus.request(number, modem=True)
    at.nest.advance(30.0)
    assert at.board.contacts == []


def test_reading_the_modem_needs_the_recipes_word_and_powers_it(at: Desk) -> None:
    with pytest.raises(OfflineRule, match="the recipe does not allow"):
        at.bus.request(554)
    assert at.board.online.modem_starts == []
    told = control_messages.modem(at.bus.request(554, within=60.0, modem=True))
    assert told.iccid == at.board.born.iccid
    assert (len(at.board.online.modem_starts), at.board.contacts) == (1, [])


def test_a_reset_on_request_is_allowed_and_comes(at: Desk) -> None:
    at.bus.request(40)
    at.nest.advance(2.5)
    assert [one.firmware for one in at.board.runs] == ["factory-test", "factory-test"]
    assert at.bus.device_id() == at.board.chip_id


# One request at a time


def test_what_an_earlier_host_left_behind_is_cancelled_once_an_attachment(folder: Path, at: Desk) -> None:
    heard = Heard(UsbDevice(at.board, Mode.NORMAL))
    for _ in range(4):
        heard.transfer(control.init(1, 8), b"")
    with attached(at.folder, heard):
        bus = UsbBus("1-1.9", at.clock, lambda: BenchUsb(at.folder))
        bus.request(72)
        bus.request(72)
        assert heard.vendor.count(RESET_ALL) == 1
    with attached(at.folder, heard):
        bus.request(72)
        assert heard.vendor.count(RESET_ALL) == 2


def test_a_slow_handler_is_waited_for_and_one_that_is_too_slow_gives_its_place_back(at: Desk) -> None:
    at.board.ailments.slow = {20: 3.0}
    began = at.clock.now()
    assert control_messages.device_id(at.bus.request(20)) == at.board.chip_id
    assert 3.0 <= at.clock.now() - began < 4.1
    at.board.ailments.slow = {20: 1e4}
    for _ in range(6):  # more than a unit has places for
        with pytest.raises(NoAnswer, match="not done in time: PENDING"):
            at.bus.request(20, within=2.0)
    at.board.ailments.slow = {}
    assert at.bus.request(72) == b""


def test_a_unit_short_of_memory_is_asked_until_time_is_up(at: Desk) -> None:
    at.board.ailments.memory = Memory(places=0)
    with pytest.raises(NoAnswer, match="NO_MEMORY"):
        at.bus.request(20, within=2.0)
    at.board.ailments.memory = Memory(heap=100)
    with pytest.raises(NoAnswer, match="not done in time"):
        at.bus.request(10, bytes(101), within=2.0)
    at.board.ailments.memory = Memory()
    assert control_messages.device_id(at.bus.request(20)) == at.board.chip_id


def test_a_protected_unit_says_so_and_refuses_the_rest() -> None:
    with desk(protects=True) as at:
        assert control_messages.protection(at.bus.request(76)) is Protection.PROTECTED
        assert control_messages.device_id(at.bus.request(20)) == at.board.chip_id
        with pytest.raises(RequestRefused, match=r"PROTECTED \(-1801\)"):
            at.bus.request(90)


# What can go wrong on the wire


def test_an_empty_place_is_said_to_be_empty(folder: Path) -> None:
    bus = bus_on(folder)
    assert not bus.present()
    with pytest.raises(LinkLost, match=r"nothing is at USB place 1-1\.9"):
        bus.request(20)
    with pytest.raises(DidNotBoot, match="within 2 s"):
        bus.await_unit(2.0)


def test_another_makers_device_is_no_unit(folder: Path) -> None:
    with attached(folder, Scripted(lambda *_: None, vendor=0x0D28, product=0x0204)):
        bus = bus_on(folder)
        assert bus.present()
        with pytest.raises(DidNotBoot):
            bus.await_unit(1.0)
        with pytest.raises(NoAnswer, match="0d28:0204 are of no Particle platform"):
            bus.platform_id()
        assert bus.shown().platform is None
    with attached(folder, Scripted(lambda *_: None, vendor=0x0D28)), pytest.raises(NoAnswer, match="0d28:c00d"):
        bus_on(folder).platform_id()
    with attached(folder, Scripted(lambda *_: None, product=0xC0FF)), pytest.raises(NoAnswer, match="2b04:c0ff"):
        bus_on(folder).platform_id()


@pytest.mark.parametrize(
    ("ident", "why"),
    [
        (None, "no serial-number descriptor"),
        ("", "no device id"),
        ("e00fce68aabbccddeeff001", "no device id"),
        ("e00fce68aabbccddeeff00111", "no device id"),
        ("e00fce68aabbccddeeff001g", "no device id"),
        ("e00fce68 aabbccddeeff001", "no device id"),
    ],
)
def test_a_descriptor_that_is_no_device_id_is_never_taken_for_one(folder: Path, ident: str | None, why: str) -> None:
    with attached(folder, Scripted(lambda *_: None, ident=ident)), pytest.raises(NoAnswer, match=why):
        bus_on(folder).device_id()


@pytest.mark.parametrize("data", [b"", b"\x03", b"\x04\x03a", b"\x05\x03abc", b"\x04\x02ab", b"\x04\x03\x00\xd8"])
def test_a_garbled_text_is_no_device_id(folder: Path, data: bytes) -> None:
    class Garbled(Scripted):
        def transfer(self, setup: Setup, out: bytes) -> bytes | None:
            return data if setup.value == 0x303 else super().transfer(setup, out)

    with attached(folder, Garbled(lambda *_: None)), pytest.raises(NoAnswer):
        bus_on(folder).device_id()


def test_two_devices_with_one_id_are_both_no_witness(folder: Path) -> None:
    same, other = Scripted(lambda *_: None), Scripted(lambda *_: None, ident=IDENT[:-1] + "2")
    with attached(folder, same, "1-1.1"), attached(folder, other, "1-1.3"):
        assert bus_on(folder, "1-1.1").device_id() == IDENT
        assert place_with(device_id(IDENT), BenchUsb(folder)) == "1-1.1"
        with attached(folder, Scripted(lambda *_: None, product=0xD00D), "1-1.2"):
            for place in ("1-1.1", "1-1.2"):
                with pytest.raises(NoAnswer, match="on USB twice"):
                    bus_on(folder, place).device_id()
            assert bus_on(folder, "1-1.3").device_id() == IDENT[:-1] + "2"
            with pytest.raises(NoAnswer, match=r"twice, at 1-1\.1 and 1-1\.2"):
                place_with(device_id(IDENT), BenchUsb(folder))
            assert [str(one) for one in on_bus(BenchUsb(folder))] == [
                f"boron 0xc00d, {IDENT}",
                f"boron 0xd00d in DFU mode, {IDENT}",
                f"boron 0xc00d, {IDENT[:-1]}2",
            ]
    with pytest.raises(NoAnswer, match="no device on USB"):
        place_with(device_id(IDENT), BenchUsb(folder))


def test_a_cable_pulled_in_mid_request_is_a_lost_link(folder: Path) -> None:
    def pulled(setup: Setup, _: bytes) -> bytes | None:
        if setup.request == Service.CHECK:
            there[0].detach()
        return ServiceReply(Status.OK, id=1).encode()

    with attached(folder, Scripted(pulled)) as attachment:
        there = [attachment]
        with pytest.raises(LinkLost):
            bus_on(folder).request(20)


def test_a_unit_that_falls_silent_costs_one_transfer_and_begins_anew_afterwards(folder: Path) -> None:
    silent = threading.Event()
    silent.set()
    good = done(b"\x0a\x05" + b"6.2.0")

    class Silent(Scripted):
        def transfer(self, setup: Setup, out: bytes) -> bytes | None:
            if silent.is_set() and setup.request == Service.CHECK:
                time.sleep(1.2)
            return good.transfer(setup, out)

    heard = Heard(Silent(lambda *_: None))
    with attached(folder, heard):
        bus = bus_on(folder)
        with pytest.raises(NoAnswer, match="did not answer"):
            bus.request(30)
        silent.clear()
        assert control_messages.system_version(bus.request(30)) == "6.2.0"
        assert heard.vendor.count(RESET_ALL) == 2


def test_a_reply_that_makes_no_sense_is_no_answer_and_is_not_left_with_the_unit(folder: Path) -> None:
    heard = Heard(done(b"x" * 3, result=0))

    def lies(setup: Setup, data: bytes) -> bytes | None:
        answer = heard.transfer(setup, data)
        return b"xx" if setup.request == Service.RECV else answer

    with attached(folder, Scripted(lies)), pytest.raises(NoAnswer, match="2 bytes of a reply where 3"):
        bus_on(folder).request(20)
    assert heard.vendor[-1] == control.reset(1)


def test_a_unit_that_does_not_know_a_raw_request_refuses_it(folder: Path) -> None:
    with attached(folder, Scripted(lambda *_: None)), pytest.raises(RequestRefused, match="vendor request 30"):
        bus_on(folder).raw(30)


@pytest.mark.parametrize(("product", "data"), [(0xC00D, b""), (0xC020, b"\0"), (0xC023, b"\0"), (0xC01C, b"\0")])
def test_an_rtl872x_gets_a_byte_with_what_has_none(folder: Path, product: int, data: bytes) -> None:
    got: list[tuple[Setup, bytes]] = []

    def answer(setup: Setup, out: bytes) -> bytes | None:
        got.append((setup, out))
        return b""

    with attached(folder, Scripted(answer, product=product)):
        assert bus_on(folder).raw(302) == b""
    assert got == [(Setup(0x40, RAW, 0, 302, len(data)), data)]


# Shipping mode


class Tracker:
    """A device whose application is told something, and answers with this result."""

    def __init__(self, result: int) -> None:
        self._result = result
        self.got = b""

    def answer(self, setup: Setup, data: bytes) -> bytes | None:
        match setup.request:
            case Service.INIT:
                return ServiceReply(Status.OK, id=1).encode()
            case Service.SEND:
                self.got = data
                return b""
            case Service.CHECK:
                return ServiceReply(Status.OK, result=self._result).encode()
            case _:
                return ServiceReply(Status.OK).encode()


@pytest.mark.parametrize("result", [0, -270])
def test_shipping_mode_is_shown_by_the_unit_leaving_whatever_the_result_says(folder: Path, result: int) -> None:
    tracker = Tracker(result)

    with attached(folder, Scripted(tracker.answer, product=0xC01A)) as there:

        class Leaves(HandClock):
            def sleep(self, seconds: float) -> None:
                super().sleep(seconds)
                if self.at > 10:
                    there.detach()

        UsbBus("1-1.9", Leaves(), lambda: BenchUsb(folder)).shipping_mode()
    assert tracker.got == tracker_edge.ENTER_SHIPPING == b'{"cmd":"enter_shipping"}'


def test_a_unit_that_stays_is_not_in_shipping_mode(folder: Path) -> None:
    with (
        attached(folder, Scripted(Tracker(0).answer, product=0xC01A)),
        pytest.raises(NoAnswer, match="still on USB 30 s"),
    ):
        bus_on(folder).shipping_mode()


def test_other_firmware_refuses_to_go_into_shipping_mode(at: Desk) -> None:
    with pytest.raises(RequestRefused, match="BAD_DATA"):
        at.bus.shipping_mode()
    assert at.bus.present()

"""The unit on USB, as real pyusb sees it."""

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import usb.core

from station.bench import modules
from station.bench.board import Mode
from station.bench.nest import Nest
from station.bench.usb_device import UsbDevice
from station.bench.usb_wire import Attachment
from station.bench.wires.usb import BenchUsb
from station.codec import control, factory_test
from station.codec.control import ServiceReply, Setup, Status
from tests.bench.conftest import fresh_unit, let_run, program, unit_with_test_firmware

RAW = 0x50
NO_DEVICE, PIPE = 19, 32  # errno(3)


@pytest.fixture
def unit(nest: Nest, folder: Path) -> Iterator[usb.core.Device]:
    """A unit with factory-test firmware that is up."""
    let_run(nest, unit_with_test_firmware())
    found = usb.core.find(idVendor=0x2B04, backend=BenchUsb(folder))
    assert found is not None
    yield found
    usb.util.dispose_resources(found)


def request(unit: usb.core.Device, number: int, payload: bytes = b"") -> tuple[int, bytes]:
    """One whole control request, as a host does it."""
    reply = service(unit, control.init(number, len(payload)))
    assert reply.id is not None
    while payload and reply.status is Status.PENDING:
        reply = ServiceReply(service(unit, control.check(reply.id)).status, reply.id)
    assert reply.id is not None
    for start in range(0, len(payload), 4096):
        part = payload[start : start + 4096]
        setup = control.send(reply.id, len(part))
        unit.ctrl_transfer(setup.request_type, setup.request, setup.value, setup.index, part)
    done = service(unit, control.check(reply.id))
    assert done.status is Status.OK
    assert done.result is not None
    data = b"".join(transfer_in(unit, control.recv(reply.id, length)) for length in control.chunks(done.size or 0))
    return done.result, data


def transfer_in(unit: usb.core.Device, setup: Setup) -> bytes:
    return bytes(unit.ctrl_transfer(setup.request_type, setup.request, setup.value, setup.index, setup.length, 1000))


def service(unit: usb.core.Device, setup: Setup) -> ServiceReply:
    return ServiceReply.decode(transfer_in(unit, setup))


def test_pyusb_finds_a_boron_by_its_place_and_reads_who_it_is(unit: usb.core.Device, nest: Nest) -> None:
    assert nest.unit is not None
    assert (unit.idVendor, unit.idProduct, unit.bcdDevice) == (0x2B04, 0xC00D, 0x0251)
    assert (unit.bDeviceClass, unit.bDeviceSubClass, unit.bDeviceProtocol) == (0xEF, 0x02, 0x01)
    assert (unit.bus, unit.port_numbers) == (1, (1, 1))
    assert (unit.manufacturer, unit.product) == ("Particle", "Boron CDC Mode")
    assert unit.serial_number == nest.unit.chip_id


def test_the_configuration_has_a_serial_port_and_a_control_interface(unit: usb.core.Device) -> None:
    interfaces = [(one.bInterfaceNumber, one.bInterfaceClass, one.bNumEndpoints) for one in unit[0]]
    assert interfaces == [(0, 0x02, 1), (1, 0x0A, 2), (2, 0xFF, 0)]
    assert [end.bEndpointAddress for one in unit[0] for end in one] == [0x81, 0x02, 0x82]
    unit.set_configuration()
    assert unit.get_active_configuration().bConfigurationValue == 1


def test_device_id_and_serial_number_by_control_request(unit: usb.core.Device, nest: Nest) -> None:
    assert nest.unit is not None
    assert request(unit, 20) == (0, b"\x0a\x18" + nest.unit.chip_id.encode())
    assert request(unit, 21) == (0, b"\x0a\x0f" + nest.unit.born.serial.encode())
    assert request(unit, 30) == (0, b"\x0a\x056.2.0")


def test_what_is_default_is_an_empty_reply(unit: usb.core.Device) -> None:
    assert request(unit, 72) == (0, b"")
    assert request(unit, 300) == (0, b"")
    assert request(unit, 70) == (0, b"")
    assert request(unit, 72) == (0, b"\x08\x01")
    assert request(unit, 71) == (0, b"")
    assert request(unit, 72) == (0, b"")


def test_an_unknown_request_is_not_supported(unit: usb.core.Device) -> None:
    assert request(unit, 9999) == (-120, b"")


def test_diagnostics_take_no_payload(unit: usb.core.Device) -> None:
    result, text = request(unit, 100)
    assert (result, json.loads(text)["cloud:connatt"]) == (0, 0)
    assert request(unit, 100, b"x") == (-120, b"")


def test_a_question_travels_by_control_request_too(unit: usb.core.Device) -> None:
    result, message = request(unit, 10, factory_test.encode_question(factory_test.Question(9, "rails")))
    told = factory_test.decode_answer(message)
    assert (result, told.id, sorted(told.values)) == (0, 9, ["v3v3", "vbat", "vbus"])
    assert request(unit, 10, b"{}") == (-280, b"")


def test_a_long_payload_is_pending_until_there_is_memory(unit: usb.core.Device) -> None:
    assert service(unit, control.init(20, 64)).status is Status.OK
    assert service(unit, control.init(20, 65)).status is Status.PENDING
    service(unit, control.reset())
    assert request(unit, 20, b"?" * 5000)[0] == 0


@pytest.mark.parametrize("length", [63, 65])
def test_the_service_requests_stall_unless_they_ask_for_64_bytes(unit: usb.core.Device, length: int) -> None:
    with pytest.raises(usb.core.USBError) as raised:
        unit.ctrl_transfer(0xC0, 1, 0, 20, length)
    assert raised.value.errno == PIPE


def test_asking_for_more_than_is_left_stalls_and_the_rest_can_still_be_had(unit: usb.core.Device) -> None:
    first = service(unit, control.init(20))
    assert first.id is not None
    assert service(unit, control.check(first.id)).size == 26
    with pytest.raises(usb.core.USBError):
        transfer_in(unit, control.recv(first.id, 27))
    assert len(transfer_in(unit, control.recv(first.id, 26))) == 26
    assert service(unit, control.check(first.id)).status is Status.NOT_FOUND


def test_four_requests_are_all_the_unit_has_room_for(unit: usb.core.Device) -> None:
    statuses = [service(unit, control.init(20, 8)).status for _ in range(5)]
    assert statuses == [Status.OK] * 4 + [Status.BUSY]
    assert service(unit, control.reset()).status is Status.OK
    assert service(unit, control.init(20, 8)).status is Status.OK


def test_raw_requests_answer_in_the_interrupt(unit: usb.core.Device, nest: Nest) -> None:
    assert nest.unit is not None
    assert bytes(unit.ctrl_transfer(0xC0, RAW, 0, 20, 64)) == nest.unit.chip_id.upper().encode()
    assert bytes(unit.ctrl_transfer(0xC0, RAW, 0, 30, 64)) == b"6.2.0"
    with pytest.raises(usb.core.USBError):
        unit.ctrl_transfer(0xC0, RAW, 0, 99, 64)


def test_a_unit_that_loses_power_is_no_such_device(unit: usb.core.Device, nest: Nest, folder: Path) -> None:
    assert request(unit, 72) == (0, b"")
    nest.set_power(on=False)
    with pytest.raises(usb.core.USBError) as raised:
        unit.ctrl_transfer(0xC0, RAW, 0, 30, 64)
    assert raised.value.errno == NO_DEVICE
    assert usb.core.find(backend=BenchUsb(folder)) is None


def test_a_unit_that_came_back_is_another_device(unit: usb.core.Device, nest: Nest, folder: Path) -> None:
    usb.util.dispose_resources(unit)
    nest.set_power(on=False)
    nest.set_power(on=True)
    nest.advance(1.0)
    with pytest.raises(usb.core.USBError) as raised:
        unit.ctrl_transfer(0xC0, RAW, 0, 30, 64)
    assert raised.value.errno == NO_DEVICE
    assert usb.core.find(backend=BenchUsb(folder)) is not None


def test_dfu_mode_is_another_device_without_control_requests(unit: usb.core.Device, nest: Nest, folder: Path) -> None:
    assert request(unit, 50) == (0, b"")
    nest.advance(2.0)
    found = usb.core.find(backend=BenchUsb(folder))
    assert found is not None
    assert (found.idProduct, found.product, found[0][(0, 0)].bInterfaceClass) == (0xD00D, "Boron DFU Mode", 0xFE)
    with pytest.raises(usb.core.USBError) as raised:
        found.ctrl_transfer(0xC0, 1, 0, 20, 64)
    assert raised.value.errno == PIPE
    assert not nest.tty_path.is_symlink()


@pytest.mark.parametrize(("protects", "state", "end"), [(False, "sm=o", "8*004Ka"), (True, "sm=p", "8*004Kb")])
def test_dfu_mode_tells_its_areas_and_whether_anything_may_be_done_to_them(
    nest: Nest, folder: Path, protects: bool, state: str, end: str
) -> None:
    board = unit_with_test_firmware()
    board.chip.poke(modules.BOOTLOADER_START, modules.bootloader(13, 3100, protects))
    let_run(nest, board)
    board.dfu_soon()
    nest.advance(2.0)
    found = usb.core.find(backend=BenchUsb(folder))
    assert found is not None
    texts = [usb.util.get_string(found, found[0][(0, number)].iInterface) for number in range(3)]
    assert [text.split("/")[0].strip() for text in texts] == ["@Internal Flash", "@DCT Flash", "@External Flash"]
    assert texts[0].endswith(end)
    assert usb.util.get_string(found, 0xFA).rstrip("\0") == state
    assert bytes(found[0].extra_descriptors or b"") == b""
    whole = bytes(found.ctrl_transfer(0x80, 6, 0x200, 0, 255))
    assert whole[-9:] == bytes.fromhex("09210bff0000101a01")  # DfuSe 1.1a, transfers of 4096 bytes
    usb.util.dispose_resources(found)


def test_a_reset_on_request_comes_a_second_after_the_answer(unit: usb.core.Device, nest: Nest) -> None:
    assert nest.unit is not None
    assert request(unit, 40) == (0, b"")
    nest.advance(0.9)
    assert len(nest.unit.runs) == 1
    nest.advance(0.2)
    assert len(nest.unit.runs) == 2


def test_the_product_says_that_it_is_connected(nest: Nest, folder: Path) -> None:
    board = fresh_unit()
    program(board, modules.product())
    let_run(nest, board, 5.0)
    found = usb.core.find(backend=BenchUsb(folder))
    assert request(found, 300) == (0, b"\x08\x02")
    assert json.loads(request(found, 100)[1])["cloud:connatt"] == 1
    usb.util.dispose_resources(found)


def test_any_other_host_can_talk_on_the_wire(nest: Nest) -> None:
    board = unit_with_test_firmware()
    let_run(nest, board)
    with socket.socket(socket.AF_UNIX) as wire:
        wire.connect(str(nest.usb_path))
        wire.sendall(bytes.fromhex("c050000014004000"))
        assert wire.recv(64) == b"\x00\x18\x00" + board.chip_id.upper().encode()
        wire.sendall(bytes.fromhex("c050000063004000"))
        assert wire.recv(64) == b"\x01\x00\x00"
        wire.sendall(bytes.fromhex("2120000000000700") + struct.pack("<IBBB", 115200, 0, 0, 8))
        assert wire.recv(64) == b"\x00\x00\x00"


class Sleeper:
    """A device that takes its time, and none for descriptors."""

    def __init__(self, device: UsbDevice) -> None:
        self._device = device

    def transfer(self, setup: Setup, data: bytes) -> bytes | None:
        if setup.request == RAW and setup.index == 30:
            time.sleep(0.2)
        return self._device.transfer(setup, data)


def test_a_transfer_that_takes_too_long_times_out_and_its_late_answer_is_nobodys(folder: Path, nest: Nest) -> None:
    board = unit_with_test_firmware()
    there = Attachment(folder / "usb" / "1-1.9.sock", Sleeper(UsbDevice(board, Mode.NORMAL)), threading.RLock())
    found = usb.core.find(backend=BenchUsb(folder))
    assert found is not None
    with pytest.raises(usb.core.USBTimeoutError):
        found.ctrl_transfer(0xC0, RAW, 0, 30, 64, 50)
    assert bytes(found.ctrl_transfer(0xC0, RAW, 0, 20, 64, 1000)) == board.chip_id.upper().encode()
    usb.util.dispose_resources(found)
    there.detach()


def test_a_socket_that_nobody_serves_is_no_device(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(folder / "usb" / "1-1.4.sock"))
    (folder / "usb" / "notes.sock").write_text("not a device")
    assert usb.core.find(backend=BenchUsb(folder)) is None

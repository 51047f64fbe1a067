"""`station identify` over USB: the real driver against whatever answers there."""

import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from station.bench import modules
from station.bench.board import Board, Mode
from station.bench.control_channel import Memory
from station.bench.usb_device import UsbDevice
from station.bench.usb_tcp import offered
from station.bench.usb_wire import Device
from station.cli import cli
from station.codec.control import Setup
from station.codec.usb_recording import read
from station.domain.ids import SerialNumber
from tests.bench.conftest import fresh_unit, unit_with_test_firmware
from tests.drivers.usb_desk import Desk, Scripted, attached, bus_folder
from tests.line.floor import STATION, environment

BOUNDED = 60
"""Seconds after which a test of a peer that is no device is ended; `station identify` gives up long before."""


@dataclass(frozen=True)
class Ran:
    code: int
    out: str

    @property
    def told(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.out.splitlines()[-1])
        return answer


def identify(port: int, *words: str) -> Ran:
    done = CliRunner().invoke(cli, ["identify", "--usb-wire", f"127.0.0.1:{port}", *words])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return Ran(done.exit_code, done.output)


@contextmanager
def wire_to(board: Board) -> Iterator[tuple[Desk, int]]:
    """A unit that runs, offered on TCP."""
    with bus_folder() as folder:
        desk = Desk(folder, board)
        with offered(desk.nest.usb_path, 0) as port:
            yield desk, port
        desk.nest.close()


@contextmanager
def wire_of(device: Device) -> Iterator[int]:
    """Any device, offered on TCP."""
    with (
        bus_folder() as folder,
        attached(folder, device),
        offered(folder / "usb" / "1-1.9.sock", 0) as port,
    ):
        yield port


def test_a_good_unit_is_named_by_all_its_witnesses() -> None:
    board = unit_with_test_firmware()
    with wire_to(board) as (_, port):
        ran = identify(port, "--json")
        assert (ran.code, ran.told["device_id"], ran.told["serial"]) == (0, board.chip_id, board.born.serial)
        told = ran.told["told"]
        assert {told[name]["value"] for name in ("descriptor_id", "raw_id", "device_id")} == {board.chip_id}
        assert told["usb"]["value"]["platform"] == "boron"
        assert told["test_firmware"]["value"]["firmware"] == "factory-test"
        assert told["cloud"]["value"] == "disconnected"
        assert all(one["ok"] for one in told["modules"]["value"])
        assert not any("error" in one for one in told.values())
        assert "modem" not in told
        assert (board.online.modem_starts, board.contacts) == ([], [])
        assert board.born.secret not in ran.out


def test_a_person_reads_the_same_in_aligned_lines() -> None:
    board = unit_with_test_firmware()
    with wire_to(board) as (_, port):
        ran = identify(port)
    first, *lines, last = ran.out.splitlines()
    assert first == f"{board.chip_id}  {board.born.serial}  at 127.0.0.1:{port}"
    assert last == "All witnesses agree."
    assert any(line.startswith("  serial number") and line.endswith(board.born.serial) for line in lines)
    values = [line[2:].partition("  ")[2].lstrip() for line in lines]
    assert len({line.index(value) for line, value in zip(lines, values, strict=True) if value}) == 1


def test_the_modem_is_asked_only_when_it_may_be_powered() -> None:
    board = unit_with_test_firmware()
    board.ailments.slow = {554: 0.1}
    with wire_to(board) as (desk, port):
        ticking = _ticks(desk)
        told = identify(port, "--json", "--modem").told["told"]
        ticking.set()
    assert told["modem"]["value"] == {"iccid": board.born.iccid, "imei": board.born.imei}
    assert len(board.online.modem_starts) == 1


def _ticks(desk: Desk) -> threading.Event:
    """The unit's time goes on with the wall's, as in a bench that is served."""
    stop = threading.Event()

    def tick() -> None:
        while not stop.wait(0.02):
            desk.nest.tick(0.02)

    threading.Thread(target=tick, daemon=True).start()
    return stop


def test_a_product_that_runs_is_not_taken_for_the_test_firmware() -> None:
    with wire_to(fresh_unit()) as (_, port):
        ran = identify(port, "--json")
    assert ran.code == 0
    assert ran.told["told"]["test_firmware"]["error"].startswith("other firmware runs")


def test_a_unit_in_dfu_mode_is_named_by_its_descriptor_alone() -> None:
    board = unit_with_test_firmware()
    with wire_to(board) as (desk, port):
        board.dfu_soon()
        desk.nest.advance(2.0)
        ran = identify(port, "--json")
    told = ran.told["told"]
    assert (ran.code, ran.told["device_id"]) == (0, board.chip_id)
    assert (told["usb"]["value"]["mode"], told["usb"]["value"]["state"]) == ("dfu", "sm=o")
    assert "stalls" in told["device_id"]["error"]


def test_a_protected_unit_is_named_and_says_that_it_is_protected() -> None:
    board = unit_with_test_firmware()
    board.chip.poke(modules.BOOTLOADER_START, modules.bootloader(13, 3100, True))
    with wire_to(board) as (_, port):
        ran = identify(port, "--json")
    assert (ran.code, ran.told["told"]["protection"]["value"]) == (0, "protected")
    assert "PROTECTED" in ran.told["told"]["modules"]["error"]
    assert ran.told["told"]["test_firmware"]["value"]["device_id"] == board.chip_id


def test_a_unit_whose_serial_number_is_another_platforms_is_doubted() -> None:
    board = unit_with_test_firmware()
    board.ailments.told_serial = SerialNumber("ARNHAB123456789")
    with wire_to(board) as (_, port):
        ran = identify(port, "--json")
        assert ran.code == 1
        assert ran.told["disagreements"] == ["platform: USB says boron, the serial number is argon's"]
        assert "Its witnesses do not agree." in identify(port).out


class Liar:
    """A unit of which one witness says otherwise."""

    def __init__(self, device: Device, lies: Callable[[Setup, bytes | None], bytes | None]) -> None:
        self._device, self._lies = device, lies

    def transfer(self, setup: Setup, data: bytes) -> bytes | None:
        return self._lies(setup, self._device.transfer(setup, data))


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (lambda setup: setup.request == 0x50 and setup.index == 20, "device id: the USB descriptor says"),
        (lambda setup: setup.request == 0x50 and setup.index == 30, "Device OS: the USB interrupt says 6.2.1"),
    ],
)
def test_one_witness_that_says_otherwise_is_enough_to_doubt(where: Callable[[Setup], bool], said: str) -> None:
    with bus_folder() as folder:
        desk = Desk(folder)

        def lies(setup: Setup, answer: bytes | None) -> bytes | None:
            return answer[:-1] + b"1" if answer is not None and where(setup) else answer

        assert desk.board.chip_id[-1] != "1"
        liar = Liar(UsbDevice(desk.board, Mode.NORMAL), lies)
        with wire_of(liar) as port:
            ran = identify(port, "--json")
        desk.nest.close()
    assert ran.code == 1
    assert any(one.startswith(said) for one in ran.told["disagreements"])


class Bare:
    """A device that knows no standard requests: it stalls them, says nothing, or hangs up."""

    def __init__(self, device: Device, otherwise: str) -> None:
        self._device, self._otherwise = device, otherwise

    def transfer(self, setup: Setup, data: bytes) -> bytes | None:
        if setup.request_type & 0x60 == 0x40:
            return self._device.transfer(setup, data)
        if self._otherwise == "silence":
            time.sleep(1.5)
        elif self._otherwise == "hangs up":
            raise ConnectionResetError
        return None


@pytest.mark.parametrize("otherwise", ["stall", "silence", "hangs up"])
def test_a_device_without_standard_descriptors_is_identified_as_far_as_it_goes(otherwise: str) -> None:
    with bus_folder() as folder:
        desk = Desk(folder)
        with wire_of(Bare(UsbDevice(desk.board, Mode.NORMAL), otherwise)) as port:
            ran = identify(port, "--json")
        desk.nest.close()
    told = ran.told["told"]
    assert (ran.code, ran.told["device_id"]) == (0, desk.board.chip_id)
    assert "no descriptors" in told["usb"]["error"]
    assert "no serial-number descriptor" in told["descriptor_id"]["error"]
    assert told["raw_id"]["value"] == desk.board.chip_id


def test_a_unit_without_a_serial_number_or_memory_is_identified_all_the_same() -> None:
    board = unit_with_test_firmware()
    board.ailments.no_serial = True
    board.ailments.memory = Memory(places=1)
    with wire_to(board) as (_, port):
        ran = identify(port, "--json")
    assert (ran.code, ran.told["serial"]) == (0, None)
    assert "NOT_SUPPORTED" in ran.told["told"]["serial"]["error"]


# What answers there may be anything


@contextmanager
def peer(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """Something that accepts connections and is no device."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stop = threading.Event()

        def serve() -> None:
            while not stop.is_set():
                with suppress(OSError):
                    host, _ = listener.accept()
                    threading.Thread(target=_talk, args=(host, talk), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield listener.getsockname()[1]
        finally:
            stop.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)


def _talk(host: socket.socket, talk: Callable[[socket.socket], None]) -> None:
    with host, suppress(OSError):
        talk(host)


def _silent(host: socket.socket) -> None:
    while host.recv(4096):
        pass


def _closes(host: socket.socket) -> None:
    host.recv(8)


def _closes_in_mid_answer(host: socket.socket) -> None:
    host.recv(8)
    host.sendall(b"\x00\x12\x00\x12\x01")


def _drips(host: socket.socket) -> None:
    while host.recv(8):
        for byte in b"\x00\x12\x00" + bytes(18):
            host.sendall(bytes((byte,)))
            time.sleep(0.3)


def _promises_too_much(host: socket.socket) -> None:
    while host.recv(8):
        host.sendall(b"\x00\xff\xff")


def _never_stops(host: socket.socket) -> None:
    while True:
        host.sendall(b"\x00\x12\x00" * 1000)


def _speaks_http(host: socket.socket) -> None:
    host.recv(8)
    host.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    _silent(host)


def _stalls_everything(host: socket.socket) -> None:
    while host.recv(8):
        host.sendall(b"\x01\x00\x00")


@pytest.mark.parametrize(
    "talk",
    [
        _silent,
        _closes,
        _closes_in_mid_answer,
        _drips,
        _promises_too_much,
        _never_stops,
        _speaks_http,
        _stalls_everything,
    ],
)
@pytest.mark.timeout(BOUNDED)
def test_whatever_is_no_device_ends_in_bounded_time_with_a_sentence(talk: Callable[[socket.socket], None]) -> None:
    with peer(talk) as port:
        ran = identify(port, "--json")
    assert (ran.code, ran.told["device_id"], ran.told["agree"]) == (3, None, False)
    assert all(one.get("error") for one in ran.told["told"].values())


def test_where_nothing_listens_it_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    ran = identify(port)
    assert ran.code == 3
    assert ran.out.splitlines()[0] == f"Nothing at 127.0.0.1:{port} says who it is."


def test_a_text_that_would_paint_the_terminal_is_printed_harmless() -> None:
    class Rude(Scripted):
        def transfer(self, setup: Setup, data: bytes) -> bytes | None:
            if setup.value == 0x302:
                content = "\x1b[2J\x07Boron".encode("utf-16-le")
                return bytes((2 + len(content), 3)) + content
            return super().transfer(setup, data)

    with wire_of(Rude(lambda *_: None)) as port:
        ran, as_json = identify(port), identify(port, "--json")
    assert "\x1b" not in ran.out
    assert "�[2J�Boron" in ran.out
    assert as_json.told["told"]["usb"]["value"]["product"] == "�[2J�Boron"


@pytest.mark.parametrize(
    "words",
    [
        ("--usb-wire", "nowhere"),
        ("--usb-wire", "host:0"),
        ("--usb-wire", "host:65536"),
        ("--usb-wire", ":5"),
        ("--usb", "../../etc"),
        ("--usb", "1-1", "--usb-wire", "127.0.0.1:5"),
        ("--usb", "1-1", "--fixture", "sim-4up"),
        ("--modem",),
        ("--record", "file"),
        ("--usb-wire", "127.0.0.1:5", "--record", "/nowhere/file"),
    ],
)
def test_words_that_do_not_fit_together_are_refused_before_anything_is_asked(words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(cli, ["identify", *words])
    assert done.exit_code == 2


def test_a_place_of_this_machine_without_a_unit_says_so() -> None:
    done = CliRunner().invoke(cli, ["identify", "--usb", "9-9.9", "--json"])
    assert done.exit_code == 3
    assert "nothing is at USB place 9-9.9" in json.loads(done.output)["told"]["usb"]["error"]


# The bench's end


def test_the_bench_offers_a_unit_and_records_what_it_is_asked(tmp_path: Path) -> None:
    record = tmp_path / "bench.jsonl"
    words = ("bench", "--nests", "1", "--usb-wire", "0", "--record", str(record), "--json")
    with subprocess.Popen([*STATION, *words], stdout=subprocess.PIPE, text=True, env=environment()) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        try:
            mine = tmp_path / "host.jsonl"
            ran = identify(told["usb_wire"], "--json", "--record", str(mine))
            with socket.create_connection(("127.0.0.1", told["usb_wire"])) as wire:
                wire.sendall(bytes.fromhex("c05000001e004000"))
                assert wire.recv(64) == b"\x00\x05\x006.2.0"
        finally:
            process.terminate()
            process.wait(20)
    assert process.returncode == 0
    assert (ran.code, ran.told["serial"]) == (0, told["labels"]["1"])
    assert ran.told["told"]["test_firmware"]["value"]["firmware"] == "factory-test"
    # What the host noted is what the unit noted, but for the transfer above, which went by another way.
    assert read(mine.read_text().splitlines()) == read(record.read_text().splitlines())[:-1]

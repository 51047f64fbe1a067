"""The bench as a process: started, joined, outlived, and gone without a trace."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial
import usb.core

from station.bench import modules
from station.bench.client import Bench, BenchError
from station.bench.mishaps import BY_NAME, CATALOGUE, cut_label, label_of_other_platform
from station.bench.wires.usb import BenchUsb
from station.codec import scpi
from station.codec.label import parse
from station.domain.faults import LabelRefused, PlaceRefused, all_faults
from station.domain.platform import platform_of_serial
from tests.bench.conftest import eventually


@pytest.fixture(scope="module")
def shared() -> Iterator[Bench]:
    """One bench of two nests for all tests that leave it as they found it."""
    with Bench.start(nests=2, seed=11) as bench:
        yield bench


@pytest.fixture
def bench(shared: Bench) -> Iterator[Bench]:
    yield shared
    with serial.Serial(str(shared.folder / "fixture"), 115200, timeout=1.0) as port:
        port.write(f"{scpi.RESET_ALL};*OPC?\n".encode())
        assert port.readline() == b"1\n"
    for nest in (1, 2):
        shared.lid(nest, closed=False)
        try:
            shared.remove(nest)
        except BenchError:
            continue


def command(bench: Bench, *texts: str) -> None:
    """Have the fixture's controller do something."""
    with serial.Serial(str(bench.folder / "fixture"), 115200, timeout=1.0) as port:
        port.write((";".join(texts) + ";*OPC?\n").encode())
        assert port.readline() == b"1\n"


def test_a_fresh_unit_let_run_connects_and_is_never_innocent_again(bench: Bench) -> None:
    unit = bench.new_unit()
    bench.place(1, unit)
    command(bench, scpi.power(1, on=True), scpi.reset(1, held=False))
    bench.advance(1, 5.0)
    facts = bench.unit(unit)
    assert (facts.running, facts.mode, facts.seat, facts.powered) == ("tinker", "normal", 1, True)
    assert [contact.firmware for contact in facts.contacts] == ["tinker"]
    command(bench, scpi.RESET_ALL)
    bench.remove(1)
    facts = bench.unit(unit)
    assert (facts.running, facts.seat, facts.powered, len(facts.contacts)) == (None, None, False, 1)


def test_what_the_fixture_switches_shows_on_usb(bench: Bench) -> None:
    unit = bench.new_unit()
    bench.place(2, unit)
    backend = BenchUsb(bench.folder)
    command(bench, scpi.power(2, on=True), scpi.reset(2, held=False))
    bench.advance(2, 1.0)
    found = usb.core.find(backend=backend)
    assert (found.port_numbers, found.serial_number) == ((1, 2), bench.unit(unit).device_id)
    command(bench, scpi.reset(2, held=True))
    assert usb.core.find(backend=backend) is None


def test_time_goes_on_by_itself_while_firmware_runs(bench: Bench) -> None:
    unit = bench.new_unit()
    bench.place(1, unit)
    before = bench.now(1)
    time.sleep(0.1)
    assert bench.now(1) == before
    command(bench, scpi.power(1, on=True), scpi.reset(1, held=False))
    assert eventually(lambda: bench.unit(unit).mode == "normal")


def test_every_factory_has_its_flash_and_its_ids(bench: Bench) -> None:
    unit = bench.new_unit()
    facts = bench.unit(unit)
    assert facts.label == f"{facts.serial} {facts.label.split()[1]}"
    assert parse(facts.label).serial == facts.serial
    assert bench.flash(unit, 0x10000060, 8).hex() == facts.device_id[8:]
    tinker = modules.factory_fresh()[modules.USER_START_OLD]
    assert bench.flash(unit, modules.USER_START_OLD, len(tinker)) == tinker


@pytest.mark.parametrize(
    ("do", "why"),
    [
        ({"do": "place", "nest": 3, "unit": 1}, "no nest 3"),
        ({"do": "place", "nest": 1, "unit": 999}, "no unit 999"),
        ({"do": "place", "nest": "1", "unit": 1}, "whole number"),
        ({"do": "remove", "nest": 1}, "empty"),
        ({"do": "flash", "unit": 1, "start": 0x30000000, "size": 4}, "no memory"),
        ({"do": "advance", "nest": 1, "seconds": -1}, "seconds"),
        ({"do": "mishap", "name": "earthquake", "unit": 1}, "earthquake"),
        ({"do": "mishap", "name": "lid_opened", "unit": 1}, "operator"),
        ({"do": "new_unit", "serial": "short"}, "15"),
        ({"do": "dance"}, "dance"),
        ([], "object"),
    ],
)
def test_nonsense_is_refused_with_a_reason_and_the_bench_goes_on(bench: Bench, do: object, why: str) -> None:
    if not bench_has_units(bench):
        bench.new_unit()
    with socket.socket(socket.AF_UNIX) as wire:
        wire.connect(str(bench.folder / "control.sock"))
        wire.sendall(json.dumps(do).encode() + b"\nnot json\n" + b'{"do": "now", "nest": 1}\n')
        lines = wire.makefile("rb")
        assert why in json.loads(lines.readline())["refused"]
        assert "refused" in json.loads(lines.readline())
        assert json.loads(lines.readline())["ok"] >= 0
        lines.close()


def bench_has_units(bench: Bench) -> bool:
    try:
        bench.unit(1)
    except BenchError:
        return False
    return True


def test_several_clients_see_one_world(bench: Bench) -> None:
    unit = bench.new_unit()
    other = Bench.join(bench.folder)
    other.place(1, unit)
    other.close()
    assert bench.unit(unit).seat == 1
    assert bench.remove(1) == unit


def test_a_taken_nest_and_a_seated_unit_are_not_placed_again(bench: Bench) -> None:
    first, second = bench.new_unit(), bench.new_unit()
    bench.place(1, first)
    with pytest.raises(BenchError, match="taken"):
        bench.place(1, second)
    with pytest.raises(BenchError, match="sits in nest 1"):
        bench.place(2, first)


def test_lids_scans_and_traits(bench: Bench) -> None:
    unit = bench.new_unit(serial="B40HAB1234567K9", rails={"vbat": 0.5})
    assert bench.unit(unit).serial == "B40HAB1234567K9"
    bench.lid(2, closed=True)
    with serial.Serial(str(bench.folder / "fixture"), 115200, timeout=1.0) as port:
        port.write(b"SENS:LID?\n")
        assert port.readline() == b"0,1\n"
    with serial.Serial(str(bench.folder / "scanner"), 9600, timeout=2.0) as port:
        bench.scan(bench.unit(unit).label)
        assert port.read_until(b"\r").decode() == bench.unit(unit).label + "\r"


def test_units_outlive_a_station_that_is_killed(bench: Bench) -> None:
    station = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from station.bench.client import Bench;"
            "bench = Bench.join(Path(sys.argv[1])); unit = bench.new_unit(); bench.place(2, unit);"
            "print(unit, flush=True); input()",
            str(bench.folder),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert station.stdout is not None
    unit = int(station.stdout.readline())
    station.send_signal(signal.SIGKILL)
    station.communicate()
    assert bench.unit(unit).seat == 2


def test_starting_is_quick_and_closing_leaves_nothing() -> None:
    began = time.monotonic()
    bench = Bench.start(nests=4)
    assert time.monotonic() - began < 3.0  # 0.25 s alone on the machine
    folder, number = bench.folder, bench.process_id
    assert number is not None
    bench.close()
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


def test_a_bench_ends_with_its_parent_and_takes_its_sockets_along() -> None:
    folder = Path(tempfile.mkdtemp(prefix="b-"))
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from station.bench.client import Bench;"
            "Bench.start(Path(sys.argv[1]), nests=1); print('up', flush=True); input()",
            str(folder),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"up\n"
    assert (folder / "control.sock").exists()
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    assert eventually(lambda: not folder.exists(), within=5.0)


def test_a_folder_whose_sockets_would_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlaceRefused, match="no room for those of sockets"):
        Bench.start(tmp_path / ("x" * 100))


def test_two_benches_do_not_share_a_folder(bench: Bench) -> None:
    with pytest.raises(BenchError, match="another bench"):
        Bench.start(bench.folder)


def test_sockets_of_a_bench_that_was_killed_are_no_obstacle() -> None:
    folder = Path(tempfile.mkdtemp(prefix="b-"))
    killed = Bench.start(folder, nests=1)
    assert killed.process_id is not None
    os.kill(killed.process_id, signal.SIGKILL)
    killed.close()
    assert (folder / "control.sock").exists()
    with Bench.start(folder, nests=1) as bench:
        assert bench.now(1) == 0.0
    assert not folder.exists()


def test_a_platform_without_a_chip_on_the_bench_is_refused() -> None:
    with pytest.raises(BenchError, match="rtl872x"):
        Bench.start(platform="p2")


def test_the_modules_and_manifests_are_written_by_a_verb(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "station.bench", "modules", str(tmp_path)],
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert {path.stem for path in (tmp_path / "releases").iterdir()} == set(modules.manifests())
    assert len(list((tmp_path / "parts").iterdir())) == 5


def test_the_catalogue_has_one_sentence_and_a_known_code_for_everything() -> None:
    known = {fault.code for fault in all_faults()}
    assert len(BY_NAME) == len(CATALOGUE)
    for one in CATALOGUE:
        assert one.fault is None or one.fault.code in known
        assert one.says.endswith(".")
        assert (one.befall is None) == (one.where != "unit")


def test_hands_reach_a_seated_unit_and_instruments_and_nothing_else(bench: Bench) -> None:
    with pytest.raises(BenchError, match="nest 1 is empty"):
        bench.press(1)
    unit = bench.new_unit()
    bench.place(1, unit)
    bench.press(1)
    facts = bench.unit(unit)
    assert (facts.presses, facts.led, facts.asleep, facts.modem_power_ups) == (0, "off", False, 0)
    bench.instrument(1, "dmm", "silent", after=3)
    bench.instrument(1, "dmm", "none")
    with pytest.raises(BenchError, match="nest 1 has no scope; it has dmm, supply"):
        bench.instrument(1, "scope", "silent")
    with pytest.raises(BenchError, match="no trouble is called 'rusty'; there are none, unplugged, silent"):
        bench.instrument(1, "dmm", "rusty")


def test_the_instruments_of_every_nest_have_their_ports(bench: Bench) -> None:
    there = {one.name for one in (bench.folder / "instruments").iterdir()}
    assert there == {f"{nest}-{name}.port" for nest in (1, 2) for name in ("dmm", "supply")}


@pytest.mark.parametrize("name", [one.name for one in CATALOGUE if one.where == "unit"])
def test_every_mishap_of_a_unit_can_be_had_from_outside(bench: Bench, name: str) -> None:
    unit = bench.new_unit()
    bench.mishap(name, unit=unit)
    bench.place(1, unit)
    assert bench.unit(unit).seat == 1


def test_labels_go_wrong_in_the_ways_the_catalogue_says() -> None:
    with pytest.raises(LabelRefused):
        parse(cut_label("B31KBN0001VK6SD ABCDEFGHJKLMNPQ"))
    other = parse(label_of_other_platform(3)).serial
    assert other is not None
    platform = platform_of_serial(other)
    assert platform is not None
    assert platform.name == "p2"

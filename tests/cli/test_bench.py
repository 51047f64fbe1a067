"""Verbs that touch iron, on the bench: `bench serve`, `identify`, `doctor`."""

import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from station.bench.client import Bench
from tests.line.floor import STATION, command, environment

PYOCD = Path(sys.executable).with_name("pyocd")
READY_WITHIN = 30.0
PART = "0x10000100"
"""nRF52840 PS v1.11 §FICR: INFO.PART."""


@dataclass(frozen=True, slots=True)
class Served:
    """A `station bench serve` that runs, and what it said of itself."""

    process: subprocess.Popen[str]
    folder: Path
    port: int
    bus_pirate: str
    labels: dict[str, str]


@pytest.fixture
def served() -> Iterator[Served]:
    words = ("bench", "serve", "--nests", "1", "--json", "--pyocd-remote", "0", "--bus-pirate")
    with subprocess.Popen(
        [*STATION, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    ) as process:
        try:
            assert process.stdout is not None
            with selectors.DefaultSelector() as selector:
                selector.register(process.stdout, selectors.EVENT_READ)
                assert selector.select(READY_WITHIN)
            told = json.loads(process.stdout.readline())
            yield Served(process, Path(told["folder"]), told["pyocd_remote"], told["bus_pirate"], told["labels"])
        finally:
            process.terminate()
            process.wait(20)


def test_the_pyocd_command_line_reads_a_chip_of_the_bench_and_the_bench_ends_when_told(
    served: Served, tmp_path: Path
) -> None:
    target = ("--no-config", "-j", str(tmp_path), "-u", f"remote:127.0.0.1:{served.port}", "-t", "nrf52840")
    read = subprocess.run(
        [str(PYOCD), "cmd", *target, "-c", f"read32 {PART}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert read.returncode == 0, read.stderr
    assert "00052840" in read.stdout
    bench = Bench.join(served.folder)
    facts = bench.unit(1)
    bench.close()
    assert facts.serial == served.labels["1"]
    assert (served.folder / "parts").is_dir()
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(20) == 0
    assert not served.folder.exists()
    assert served.process.stderr is not None
    assert "Traceback" not in served.process.stderr.read()


@pytest.mark.skipif(shutil.which("openocd") is None, reason="openocd is not installed, its judge is skipped")
def test_openocd_programs_a_chip_of_the_bench_by_the_words_of_the_help(served: Served, tmp_path: Path) -> None:
    image = os.urandom(1000)
    (tmp_path / "image.bin").write_bytes(image)
    adapter = "adapter driver buspirate; buspirate port {}; transport select swd"
    program = "program image.bin 0x40000 verify exit"
    words = ["-c", adapter.format(served.bus_pirate), "-f", "target/nrf52.cfg"]
    words += ["-c", "gdb_port disabled; tcl_port disabled; telnet_port disabled"]
    words += ["-c", program]
    said = subprocess.run(["openocd", *words], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert said.returncode == 0, said.stderr
    assert "** Verified OK **" in said.stdout + said.stderr
    with Bench.join(served.folder) as bench:
        assert bench.flash(1, 0x40000, len(image)) == image
    help_text = command("bench", "serve", "--help").out
    assert adapter.format("FOLDER/probe/BENCH0001.tty") in help_text
    assert program in help_text
    assert served.bus_pirate == str(served.folder / "probe" / "BENCH0001.tty")


def test_identify_tells_the_chips_own_id_and_leaves_the_nest_without_power() -> None:
    with Bench.start(nests=4) as bench:
        unit = bench.new_unit()
        bench.place(2, unit)
        told = command("identify", "--bench", bench.folder, "--nest", "2", "--no-boot")
        facts = bench.unit(unit)
    assert told.code == 0, told.err
    assert told.out == f"{facts.device_id}\n"
    assert (facts.powered, facts.reset_held, facts.boots) == (False, True, ())
    assert "nRF52840" in told.err
    assert told.err.count("not asked: the unit's firmware is not let run") == 4


def test_identify_hears_every_witness_and_keeps_no_secret() -> None:
    with Bench.start(nests=1) as bench:
        unit = bench.new_unit()
        bench.place(1, unit)
        label = bench.unit(unit).label
        told = command("identify", "--bench", bench.folder, "--label", label, "--json")
        facts = bench.unit(unit)
    assert told.code == 0, told.err
    found = json.loads(told.out)
    assert [one["by"] for one in found["witnesses"]] == [
        "label", "swd", "usb", "usb_request", "factory_test", "listening",
    ]  # fmt: skip
    assert {one["device_id"] for one in found["witnesses"]} == {facts.device_id, None}
    assert {one["serial"] for one in found["witnesses"]} == {facts.serial, None}
    assert set(found["unheard"]) == {"modem", "order"}
    assert (found["part"], found["variant"], found["agree"]) == ("0x52840", "AAD0", True)
    assert found["meter"]["conclusion"] == "no evidence of a connection"
    assert (facts.powered, facts.reset_held) == (False, True)
    assert [one.firmware for one in facts.boots] == ["factory-test"]
    assert facts.contacts == ()
    assert label.split()[1] not in told.out + told.err


def test_identify_says_which_witness_contradicts() -> None:
    with Bench.start(nests=1) as bench:
        unit = bench.new_unit()
        bench.mishap("other_id", unit=unit)
        bench.place(1, unit)
        told = command("identify", "--bench", bench.folder, "--json")
    assert told.code == 1
    found = json.loads(told.out)
    assert found["agree"] is False
    assert found["refused"]["code"] == "U112"


def test_doctor_looks_at_this_pc_and_says_what_to_do(tmp_path: Path) -> None:
    told = command("doctor", "--json", "--state", tmp_path / "state")
    assert told.code in (0, 69), told.err
    findings = json.loads(told.out.splitlines()[-1])["findings"]
    assert {one["what"] for one in findings} >= {"python", "usb", "disk"}
    assert told.code == (69 if any(one["state"] == "missing" for one in findings) else 0)
    assert all(one["todo"] for one in findings if one["state"] != "ok")
    assert os.listdir(tmp_path) == []

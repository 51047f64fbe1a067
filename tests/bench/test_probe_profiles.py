"""Probes of every make: real pyOCD drives each, and each is as slow as its pipe and its clock."""

import random
from pathlib import Path

import pytest

from station.bench.cmsis_dap import FULL_SPEED, HID, HIGH_SPEED, SLOW_CLOCK, Usb
from station.bench.cortex import RAM_BASE
from station.bench.dap import TRANSFER_CLOCKS
from tests.bench.swd import seated

SIZE = 64 * 1024
# Seconds for 64 KiB into RAM at the asked 8 MHz: the wire's 16384 transfers take 0.094, the rest is the pipe.
WIRE = SIZE // 4 * TRANSFER_CLOCKS / 8e6
PROFILES = [
    pytest.param(HIGH_SPEED, WIRE, 0.13, id="high speed"),
    pytest.param(FULL_SPEED, WIRE, 0.15, id="full speed"),
    pytest.param(HID, SIZE / 60e3, SIZE / 45e3, id="hid"),  # 14 words a frame are 54.7 KiB/s
    pytest.param(SLOW_CLOCK, 8 * WIRE, 8.5 * WIRE, id="slow clock"),
]


@pytest.mark.parametrize(("usb", "least", "most"), PROFILES)
def test_a_session_opens_and_memory_is_written_at_the_speed_of_the_probe(
    tmp_path: Path, usb: Usb, least: float, most: float
) -> None:
    data = random.Random(1).randbytes(SIZE)
    with seated(tmp_path, usb=usb) as seat:
        seat.power(on=True)
        with seat.session() as session:
            assert session.target.read32(0x1000_0100) == 0x52840
            began = seat.clock.now
            session.target.write_memory_block8(RAM_BASE, data)
            session.target.flush()
            took = (seat.clock.now - began) / 1e6
            assert bytes(session.target.read_memory_block8(RAM_BASE, SIZE)) == data
    assert least <= took <= most


def test_a_hid_probe_is_a_cmsis_dap_v1_probe_to_pyocd(tmp_path: Path) -> None:
    with seated(tmp_path, usb=HID) as seat:
        seat.power(on=True)
        with seat.session() as session:
            assert session.probe.description.startswith("Station")
            link = session.probe._link
            assert tuple(link.protocol_version) == (1, 3, 0)
            assert (link._packet_count, link._packet_size) == (1, 64)

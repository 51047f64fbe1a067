"""Packets to a probe: what it does for many words at once is what it does for each."""

import struct

from hypothesis import given, settings
from hypothesis import strategies as st

from station.bench.chip import Nrf52840
from station.bench.clock import VirtualClock
from station.bench.cmsis_dap import REQUEST_AP, REQUEST_READ, Command, Firmware
from station.bench.cortex import RAM_BASE
from station.bench.dap import CSW, DP_CTRL_STAT, DP_SELECT, DRW, TAR, Dap

WRITE_WORD, READ_WORD = REQUEST_AP | DRW, REQUEST_AP | REQUEST_READ | DRW

WRITES = st.tuples(st.just(WRITE_WORD), st.integers(0, 0xFFFF_FFFF))
ADDRESSES = st.tuples(
    st.just(REQUEST_AP | TAR),
    # plain RAM, the last words before the address wraps, flash, and nothing at all
    st.sampled_from([RAM_BASE, RAM_BASE + 0x40, RAM_BASE + 0xFF8, RAM_BASE + 0x12, 0x1000, 0x6000_0000]),
)
READS = st.tuples(st.just(READ_WORD), st.none())
REQUESTS = st.lists(st.one_of(WRITES, WRITES, WRITES, WRITES, ADDRESSES, READS), min_size=1, max_size=60)


def transfers(requests: list[tuple[int, int | None]]) -> bytes:
    body = b"".join(
        bytes((request,)) if data is None else struct.pack("<BI", request, data) for request, data in requests
    )
    return bytes((Command.TRANSFER, 0, len(requests))) + body


def connected() -> Firmware:
    """A probe with eight idle clocks behind each transfer, and a chip whose memory is open word by word."""
    chip = Nrf52840(VirtualClock())
    chip.power(on=True)
    firmware = Firmware(Dap(chip), "BENCH-1")
    firmware.handle(struct.pack("<BBHH", Command.TRANSFER_CONFIGURE, 8, 100, 0))
    firmware.handle(bytes((Command.SWJ_SEQUENCE, 51)) + b"\xff" * 7)
    firmware.handle(transfers([(DP_CTRL_STAT, 0x5000_0000), (DP_SELECT, 0), (REQUEST_AP | CSW, 0x2300_0012)]))
    return firmware


_PAIR: list[Firmware] = []


@settings(max_examples=60, deadline=None)
@given(requests=REQUESTS)
def test_words_in_a_row_are_the_same_as_one_by_one(requests: list[tuple[int, int | None]]) -> None:
    if not _PAIR:
        _PAIR.extend((connected(), connected()))
        _PAIR[1].dap.inject = lambda *_: None  # watched: everything goes one by one
    cleared = [(0, 0x1E), (REQUEST_AP | TAR, RAM_BASE)]
    packet = transfers([*cleared, *requests])
    at_once, each = (firmware.handle(packet) for firmware in _PAIR)
    assert at_once == each
    one, other = (firmware.dap for firmware in _PAIR)
    assert one.transfers == other.transfers
    assert one.clock.now == other.clock.now
    assert one.chip.ram.view == other.chip.ram.view

"""A virtual unit with its probe, and real pyOCD on it: what the tests of the bench's SWD side share."""

import os
import struct
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pyocd.core.session import Session
from pyocd.flash.flash import Flash
from pyocd.flash.loader import FlashLoader
from pyocd.target import TARGET
from pyocd.target.builtin.target_nRF52840_xxAA import NRF52840
from pyocd.target.family.target_nRF52 import NRF52

from station.bench.chip import Nrf52840, ResetPin
from station.bench.clock import VirtualClock
from station.bench.cmsis_dap import Firmware, ProbePlug, Usb
from station.bench.dap import Dap
from station.bench.modules import RESET_PIN, UICR_RESET_PINS
from station.bench.nvmc import PAGE_SIZE
from station.bench.wires.dap import probe_at

SERIAL = "BENCH-1"
RESET_VECTOR = 0x1100
VECTORS = struct.pack("<2I", 0x2000_4000, RESET_VECTOR | 1)
PAGE = bytes(range(256)) * (PAGE_SIZE // 256)


class QuietNrf52840(NRF52):
    """pyOCD's nRF52840 without its register description, whose file pyOCD 0.46 opens and never closes."""

    def __init__(self, session: Session) -> None:
        super().__init__(session, NRF52840.MEMORY_MAP)


TARGET["nrf52840_quiet"] = QuietNrf52840


class Seat:
    """One unit, without power, and the probe wired to it, plugged in."""

    def __init__(
        self,
        folder: Path,
        build: str = "AAD0",
        part: int = 0x52840,
        reset_pin: ResetPin | None = None,
        usb: Usb | None = None,
    ) -> None:
        self.folder, self.lock, self.clock = folder, threading.RLock(), VirtualClock()
        self.chip = Nrf52840(self.clock, build=build, part=part, reset_pin=reset_pin)
        self.chip.poke(0, VECTORS)
        for address in UICR_RESET_PINS:
            self.chip.poke(address, RESET_PIN.to_bytes(4, "little"))
        self.dap = Dap(self.chip)
        self.firmware = Firmware(self.dap, SERIAL, usb)
        self.plug = ProbePlug(folder / "probe", self.firmware, self.lock)
        self.plug.plug()
        self.heard: list[str] = []
        self.chip.on_run = lambda: self.heard.append("runs")
        self.chip.on_stop = lambda: self.heard.append("stops")

    def power(self, on: bool) -> None:
        """Switch the unit's supply, as the fixture does."""
        with self.lock:
            self.chip.power(on)

    def pull_reset(self, low: bool) -> None:
        """Pull nRESET, as the fixture does."""
        with self.lock:
            self.chip.pull_reset("fixture", low)

    @contextmanager
    def prepared(self, **options: object) -> Iterator[Session]:
        """A session that is not open yet; closed in the end, and the process is back in its own directory."""
        here, project = os.getcwd(), self.folder / "project"
        project.mkdir(exist_ok=True)
        fixed: dict[str, object] = {"no_config": True, "project_dir": str(project), "auto_unlock": False}
        fixed |= {"resume_on_disconnect": False, "target_override": "nrf52840_quiet", "frequency": 8_000_000}
        probe = probe_at(self.plug.path, SERIAL, bulk=self.firmware.usb.is_bulk)
        session = Session(probe, options=fixed | options)
        try:
            yield session
        finally:
            session.close()
            # A session that was never opened does not close a probe that was.
            session.probe.close()
            os.chdir(here)

    @contextmanager
    def session(self, **options: object) -> Iterator[Session]:
        """An open session."""
        with self.prepared(**options) as session:
            session.open()
            yield session


@contextmanager
def seated(
    folder: Path,
    build: str = "AAD0",
    part: int = 0x52840,
    reset_pin: ResetPin | None = None,
    usb: Usb | None = None,
) -> Iterator[Seat]:
    """A seat whose plug is pulled in the end."""
    seat = Seat(folder, build, part, reset_pin, usb)
    try:
        yield seat
    finally:
        seat.plug.unplug()


def flash(session: Session, address: int, data: bytes, progress: Callable[[float], None] = lambda _: None) -> None:
    """Erase the sectors that are touched and program them, by pyOCD's own loader."""
    loader = FlashLoader(session, progress=progress, chip_erase="sector", smart_flash=False)
    loader.add_data(address, data)
    loader.commit()


def crcs(session: Session, pages: Sequence[int]) -> list[int]:
    """The CRC-32 of pages, computed on the chip by pyOCD's analyser."""
    algorithm = session.target.memory_map.get_region_for_address(0).flash
    algorithm.init(Flash.Operation.VERIFY)
    found = [int(crc) for crc in algorithm.compute_crcs([(page, PAGE_SIZE) for page in pages])]
    algorithm.cleanup()
    return found


def crc_of(data: bytes) -> int:
    """The same CRC, computed here."""
    return zlib.crc32(data)

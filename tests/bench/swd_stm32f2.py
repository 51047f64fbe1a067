"""A virtual STM32F205 with its probe, and real pyOCD on it, through the target that the station brings."""

import os
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pyocd.core.session import Session
from pyocd.flash.flash import Flash
from pyocd.flash.loader import FlashLoader

from station.bench.clock import VirtualClock
from station.bench.cmsis_dap import Firmware, ProbePlug
from station.bench.cortex import C_DEBUGEN, C_HALT, DBGKEY, DCRDR, DCRSR, DHCSR, LR, PC, REGWNR, S_HALT, SP
from station.bench.dap import DebugPort
from station.bench.stm32f2 import RAM_BASE, Stm32f205
from station.bench.stm32f2_flash import FLASH_BASE, NWRP
from station.bench.wires.dap import probe_at
from station.drivers.swd_stm32f2 import STACK_BEGIN, TARGET_NAME
from station.drivers.swd_stm32f2_algorithm import CODE, LOAD_ADDRESS

SERIAL = "BENCH-1"
RESET_VECTOR = FLASH_BASE + 0x1100
VECTORS = struct.pack("<2I", 0x2001_0000, RESET_VECTOR | 1)


class F205Seat:
    """One unit, without power, and the probe wired to it, plugged in."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.lock, self.clock = folder, threading.RLock(), VirtualClock()
        self.chip = Stm32f205(self.clock)
        self.chip.poke(FLASH_BASE, VECTORS)
        self.plug = ProbePlug(folder / "probe", Firmware(DebugPort(self.chip), SERIAL), self.lock)
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
    def session(self, **options: object) -> Iterator[Session]:
        """An open session; closed in the end, and the process is back in its own directory."""
        here, project = os.getcwd(), self.folder / "project"
        project.mkdir(exist_ok=True)
        fixed: dict[str, object] = {"no_config": True, "project_dir": str(project), "auto_unlock": False}
        fixed |= {"resume_on_disconnect": False, "target_override": TARGET_NAME, "frequency": 8_000_000}
        session = Session(probe_at(self.plug.path, SERIAL), options=fixed | options)
        try:
            session.open()
            yield session
        finally:
            session.close()
            session.probe.close()
            os.chdir(here)


@contextmanager
def seated(folder: Path) -> Iterator[F205Seat]:
    """A seat whose plug is pulled in the end."""
    seat = F205Seat(folder)
    try:
        yield seat
    finally:
        seat.plug.unplug()


def flash_at(session: Session, address: int) -> Flash:
    """pyOCD's flash object of the region that holds an address."""
    return session.target.memory_map.get_region_for_address(address).flash


def write(session: Session, *pieces: tuple[int, bytes]) -> None:
    """Erase the sectors that are touched and program them, by pyOCD's own loader."""
    loader = FlashLoader(session, progress=lambda _: None, chip_erase="sector", smart_flash=False)
    for address, data in pieces:
        loader.add_data(address, data)
    loader.commit()


def crcs(session: Session, blocks: Sequence[tuple[int, int]]) -> list[int]:
    """The CRC-32 of each (start, size), computed on the chip by pyOCD's analyser."""
    algorithm = flash_at(session, FLASH_BASE)
    algorithm.init(Flash.Operation.VERIFY)
    found = [int(crc) for crc in algorithm.compute_crcs(list(blocks))]
    algorithm.cleanup()
    return found


OWN, KEY = RAM_BASE + 0xC000, DBGKEY << 16


def halted_chip(chip: Stm32f205 | None = None) -> Stm32f205:
    """Powered and halted, with the flash algorithm in RAM."""
    chip = chip or Stm32f205(VirtualClock())
    chip.power(on=True)
    chip.write(DHCSR, KEY | C_DEBUGEN | C_HALT)
    chip.poke(LOAD_ADDRESS, CODE)
    return chip


def call(chip: Stm32f205, routine: int | tuple[int, ...], *arguments: int) -> int:
    """R0 after a routine, or some instructions, called as a debugger does but without a wire."""
    if not isinstance(routine, int):
        chip.poke(OWN, struct.pack(f"<{len(routine)}H", *routine))
        routine = OWN
    registers = dict(enumerate(arguments)) | {SP: STACK_BEGIN, LR: LOAD_ADDRESS | 1, PC: routine}
    for register, value in registers.items():
        chip.write(DCRDR, value)
        chip.write(DCRSR, register | REGWNR)
    chip.write(DHCSR, KEY | C_DEBUGEN)
    assert chip.read(DHCSR) & S_HALT
    chip.write(DCRSR, 0)
    return chip.read(DCRDR)


def protect(chip: Stm32f205, sector: int) -> None:
    """As a bootloader leaves it, which writes its option bytes itself."""
    chip.options &= ~(1 << (NWRP + sector))
    chip.reset_flash()

"""What `station bench flash` measures on one virtual unit: our programmer and stock pyOCD, on the unit's own time."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from station.bench import modules
from station.bench.cmsis_dap import HIGH_SPEED, Usb
from station.bench.nvmc import Timing
from station.bench.stock import StockPyocd
from station.bench.wires.dap import probe_at
from station.cli.notebook import Ledger, op_of
from station.cli.virtual_unit import SERIAL, VirtualUnit, gen3_set, gen3_set_with_other_user_part
from station.domain.flash_map import NRF52840_FLASH
from station.domain.label import Label
from station.domain.release import Loaded
from station.drivers.swd import SwdProgrammer
from station.steps.program import Job
from station.wiring import Selected


@dataclass(frozen=True, slots=True)
class Figures:
    """One job: seconds on the unit's clock, CPU seconds of the thread that programs, and of the emulator beside it."""

    seconds: float
    cpu: float
    emulator_cpu: float
    wall: float
    packets: int
    transfers: int
    size: int
    pages_erased: int


@dataclass(frozen=True, slots=True)
class Ours:
    """The full set onto a unit from the factory, the same again, and with another user part."""

    full: Figures
    again: Figures
    user: Figures


@contextmanager
def unit_on(usb: Usb, timing: Timing, build: str = "AAD0") -> Iterator[VirtualUnit]:
    """A unit from the factory on such a probe; the process is back in its folder afterwards."""
    here = os.getcwd()
    with tempfile.TemporaryDirectory(prefix="trial-") as folder:
        unit = VirtualUnit(Path(folder), modules.factory_fresh(), timing=timing, usb=usb, build=build)
        try:
            yield unit
        finally:
            unit.close()
            os.chdir(here)


def ours(seed: int, selected: Selected, timing: Timing, usb: Usb = HIGH_SPEED) -> Ours:
    """Look, plan, keep, write, prove: what the steps do, three times."""
    ledger, parts = Ledger(), gen3_set(seed)
    with unit_on(usb, timing) as unit:
        programmer = unit.programmer()
        unit.seat()
        programmer.hold()
        unit.let_go()
        programmer.attach()
        try:
            full = _measured(unit, parts, lambda: _put(selected, ledger, programmer, parts))
            again = _measured(unit, parts, lambda: _put(selected, ledger, programmer, parts))
            other = gen3_set_with_other_user_part(seed)
            user = _measured(unit, other, lambda: _put(selected, ledger, programmer, other))
        finally:
            programmer.detach()
    return Ours(full, again, user)


def stock(seed: int, timing: Timing, hz: int, usb: Usb = HIGH_SPEED) -> Figures:
    """Stock pyOCD's load with its defaults, and the read-back. Raises RuntimeError when it reads something else."""
    parts = gen3_set(seed)
    images = [one.image for one in parts]
    with unit_on(usb, timing) as unit:
        unit.seat()
        unit.let_go()
        pyocd = StockPyocd(probe_at(unit.plug.path, SERIAL, bulk=usb.is_bulk), hz, unit.folder / "stock")

        def work() -> None:
            pyocd.load(images)
            if not pyocd.reads_back(images):
                raise RuntimeError("stock pyOCD read back something else than it wrote")

        try:
            return _measured(unit, parts, work)
        finally:
            pyocd.close()


def _put(selected: Selected, ledger: Ledger, programmer: SwdProgrammer, parts: Sequence[Loaded]) -> None:
    Job(op_of(selected, ledger, Label()), programmer, parts).put()


def _measured(unit: VirtualUnit, parts: Sequence[Loaded], work: Callable[[], None]) -> Figures:
    wear = unit.chip.wear
    began, thread, process, wall = unit.clock.now(), time.thread_time(), time.process_time(), time.monotonic()
    packets, transfers, pages = unit.firmware.packets, unit.dap.transfers, wear.pages
    work()
    cpu = time.thread_time() - thread
    return Figures(
        seconds=unit.clock.now() - began,
        cpu=cpu,
        emulator_cpu=time.process_time() - process - cpu,
        wall=time.monotonic() - wall,
        packets=unit.firmware.packets - packets,
        transfers=unit.dap.transfers - transfers,
        size=sum(len(one.image.data) for one in parts),
        pages_erased=wear.pages - pages,
    )


def floor_of_everything(size: int) -> float:
    """Seconds the flash controller needs, at its maxima, to erase everything and write so many bytes."""
    return (NRF52840_FLASH.erase_all or 0.0) + -(-size // 4) * NRF52840_FLASH.word_write


def floor_of_pages(pages: int) -> float:
    """Seconds it needs, at its maxima, to erase and fill so many pages."""
    page = NRF52840_FLASH.pages[0]
    return pages * (page.erase + page.size // 4 * NRF52840_FLASH.word_write)

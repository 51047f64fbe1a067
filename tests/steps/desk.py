"""A nest of the bench in this process, a unit in it, and the drivers of a station on its wires."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from station.bench.board import Board
from station.bench.nest import Nest
from station.bench.wires.usb import BenchUsb
from station.domain.events import Booted
from station.drivers.serial_link import SerialLink
from station.drivers.usb_bus import UsbBus
from station.engine.op import Op
from tests.bench.conftest import let_run, unit_with_test_firmware
from tests.engine.notebook import Notebook, op_of


class NestClock:
    """Implements ports.Clock by the nest's own time."""

    def __init__(self, nest: Nest) -> None:
        self._nest = nest

    def now(self) -> float:
        return self._nest.now()

    def sleep(self, seconds: float) -> None:
        self._nest.advance(seconds)


@dataclass
class Desk:
    """A unit that runs the factory-test firmware, as after op 20, with the hand of an operation on it."""

    nest: Nest
    board: Board
    usb: UsbBus
    link: SerialLink
    clock: NestClock
    pen: Notebook
    op: Op


@contextmanager
def desk(number: int = 1) -> Iterator[Desk]:
    """The number-th unit of a seeded production."""
    folder = Path(tempfile.mkdtemp(prefix="s-"))
    for name in ("usb", "probe"):
        (folder / name).mkdir()
    nest = Nest(1, folder, None)
    try:
        board = unit_with_test_firmware(number)
        clock = NestClock(nest)
        pen = Notebook()
        link = SerialLink(nest.place, lambda place: (folder / "usb" / f"{place}.tty").resolve())
        pen.note(Booted(op=20, firmware="factory-test 1.0.0", mode="manual", clock=clock.now()))
        let_run(nest, board)
        yield Desk(nest, board, UsbBus(nest.place, clock, lambda: BenchUsb(folder)), link, clock, pen, op_of(pen))
        link.close()
    finally:
        nest.close()
        shutil.rmtree(folder)

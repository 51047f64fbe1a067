"""A programmer on a virtual unit, with the unit's own clock: nothing waits in real time, all is repeatable."""

import math
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from station.bench.wires.dap import probe_at
from station.domain.boot_record import MBR_RANGE
from station.domain.firmware import Image
from station.domain.flash_plan import Flashing, FlashPlan, Moment, Range, plan_flash, wanted_pages
from station.drivers.swd import SwdProgrammer
from station.steps.program import read_settings
from tests.bench.swd import SERIAL, Seat
from tests.bench.swd_stm32f2 import F205Seat

EVERYTHING = ((0, 0x100000),)


class UnitClock:
    """Implements ports.Clock with the virtual time of the unit in the seat, in whole microseconds."""

    def __init__(self, seat: Seat | F205Seat) -> None:
        self._seat = seat

    def now(self) -> float:
        return self._seat.clock.now / 1e6

    def sleep(self, seconds: float) -> None:
        with self._seat.lock:
            self._seat.clock.advance(max(1, math.ceil(seconds * 1e6)))


@contextmanager
def short_folder() -> Iterator[Path]:
    """A short path for sockets; the working directory, which pyOCD changes, is put back."""
    here = os.getcwd()
    with tempfile.TemporaryDirectory(prefix="swd-") as name:
        yield Path(name)
        os.chdir(here)


def programmer_of(seat: Seat) -> SwdProgrammer:
    """The programmer of this seat, not connected."""
    return SwdProgrammer(lambda: probe_at(seat.plug.path, SERIAL), UnitClock(seat), seat.folder / "project")


def power_up(seat: Seat, programmer: SwdProgrammer) -> None:
    """As op 10 does it: the fixture holds reset, power comes, the probe holds, the fixture lets go."""
    seat.pull_reset(low=True)
    programmer.hold()
    seat.power(on=True)
    seat.pull_reset(low=False)


def attached(seat: Seat) -> SwdProgrammer:
    """A programmer that has stopped the core before its first instruction."""
    programmer = programmer_of(seat)
    power_up(seat, programmer)
    programmer.attach()
    return programmer


def reseat(seat: Seat, programmer: SwdProgrammer) -> None:
    """The same unit once more, from no power on."""
    programmer.begin()
    seat.power(on=False)
    power_up(seat, programmer)


def plan_of(
    programmer: SwdProgrammer, images: Sequence[Image], left: Sequence[Range] = EVERYTHING, not_all: str = ""
) -> FlashPlan:
    """What it takes to bring these images onto the chip; pages without an image are left unless told otherwise."""
    found = read_settings(programmer)
    return plan_flash(
        programmer.flash,
        wanted_pages(programmer.flash, images, left),
        programmer.scan(),
        settings=found,
        settings_found=found,
        last=MBR_RANGE,
        not_all=not_all,
    )


def unheard(moment: Moment) -> None:
    """Progress that nobody listens to."""


def write(programmer: SwdProgrammer, *images: Image) -> Flashing:
    """Bring these images onto the chip page by page, and leave everything else as it is."""
    return programmer.write(plan_of(programmer, images, not_all="neighbours stay"), unheard)

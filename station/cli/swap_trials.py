"""Three nests whose units, labels, cables and ports are swapped at random, and whose record each identification is in.

The nests are those of the bench, the steps and drivers those of the line: chip over pyOCD, descriptors and control
requests over pyusb, console and test firmware over pyserial.
"""

import os
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from station.bench import modules
from station.bench.board import Board, Mode
from station.bench.nest import Nest
from station.bench.traits import traits
from station.bench.wires.dap import probe_at
from station.bench.wires.usb import BenchUsb
from station.cli.identify_nest import OPERATIONS, Pen, started
from station.codec import module
from station.codec.label import parse
from station.domain.events import Booted
from station.domain.faults import BUG, Fault, WrongUnit
from station.domain.firmware import HEADER_SIZE
from station.domain.label import Label
from station.domain.platform import Platform, platform_named
from station.domain.record import Record
from station.drivers.serial_link import SerialLink
from station.drivers.swd import SwdProgrammer
from station.drivers.usb_bus import UsbBus
from station.engine.op import Op
from station.steps.identify_by_word import identify_by_word
from station.steps.identify_on_wire import identify_on_wire
from station.wiring import Selected, new_run, now_us

NESTS = 3
RIGHT_SHARE = 0.3
"""Of the trials, those in which nothing is swapped: they must end bound."""


@dataclass(frozen=True, slots=True)
class Swap:
    """For each nest: whose label was scanned, which nest's probe and which nest's USB cable ends there."""

    labels: tuple[int, ...]
    probes: tuple[int, ...]
    cables: tuple[int, ...]
    reseated: bool = False
    """Two units change seats between the chip's word and the firmware's."""
    renamed: bool = False
    """Every unit leaves USB and comes back, in another order, before it is asked."""


@dataclass(frozen=True, slots=True)
class Came:
    """What one identification came to: PASS or the fault's code; `wrong` says what must never be."""

    trial: int
    nest: int
    code: str
    swapped: bool
    wrong: str = ""


class Floor:
    """The nests, their units and their drivers, in this process; `close` leaves nothing behind."""

    def __init__(self, selected: Selected, seed: int) -> None:
        self._selected = selected
        self._here = os.getcwd()
        self._folder = tempfile.TemporaryDirectory(prefix="swap-")
        self.folder = Path(self._folder.name)
        for name in ("usb", "probe"):
            (self.folder / name).mkdir()
        platform = platform_named(selected.recipe.value.platform)
        if platform is None:
            raise ValueError("the recipe's platform is none")
        self.nests = [Nest(number, self.folder, None) for number in range(1, NESTS + 1)]
        self.boards = [_unit(number, platform, seed) for number in range(1, NESTS + 1)]
        for nest, board in zip(self.nests, self.boards, strict=True):
            nest.place_unit(board)

    def close(self) -> None:
        """Take everything away."""
        for nest in self.nests:
            nest.close()
        os.chdir(self._here)  # pyOCD changes it
        self._folder.cleanup()

    def run_all(self) -> None:
        """Let every unit run its test firmware, as neighbours do while one is identified."""
        for nest in self.nests:
            nest.set_reset(held=False)
            nest.set_power(on=True)
            nest.advance(2.0)

    def stop_all(self) -> None:
        """No power anywhere."""
        for nest in self.nests:
            nest.make_safe()

    def identify(self, trial: int, number: int, swap: Swap) -> Came:
        """Op 10 and op 30 for one nest, wired as the swap says; everybody else's firmware runs meanwhile."""
        nest = self.nests[number]
        label = parse(self.boards[swap.labels[number]].born.label)
        pen = Pen(
            Record(run=new_run(number + 1), started=started(self._selected, number + 1, label), started_at=now_us())
        )
        clock = NestClock(nest)
        probe = self.nests[swap.probes[number]]
        place = self.nests[swap.cables[number]].place
        programmer = SwdProgrammer(
            lambda: probe_at(probe.plug.path, probe.probe_serial), clock, self.folder / "project"
        )
        usb = UsbBus(place, clock, lambda: BenchUsb(self.folder))
        link = SerialLink(place, self._tty)
        nest.make_safe()
        fault: Fault | None = None
        try:
            programmer.begin()
            identify_on_wire(self._op("identify_on_wire", label, pen), NestPower(nest), programmer, usb)
            pen.note(Booted(op=2, firmware="factory-test", mode="manual", clock=clock.now()))
            programmer.boot()
            usb.await_unit(5.0)
            self._between(swap, number)
            identify_by_word(self._op("identify_by_word", label, pen), usb, link, clock)
        except Fault as why:
            fault = why
        finally:
            nest.make_safe()
            programmer.detach()
            link.close()
        return self._judge(trial, number, swap, pen.record, fault)

    def _tty(self, place: str) -> Path | None:
        node = self.folder / "usb" / f"{place}.tty"
        return node.resolve() if node.exists() else None

    def _op(self, do: str, label: Label, pen: Pen) -> Op:
        inputs = self._selected.inputs
        return Op(OPERATIONS[do], label, inputs.recipe, inputs.release, inputs.factory_test, pen)

    def _between(self, swap: Swap, number: int) -> None:
        if swap.reseated:
            other = (number + 1) % NESTS
            one, two = self.nests[number].remove_unit(), self.nests[other].remove_unit()
            self.nests[number].place_unit(two)
            self.nests[other].place_unit(one)
            for nest in (self.nests[number], self.nests[other]):
                nest.advance(2.0)
        if swap.renamed:
            for nest in reversed(self.nests):
                with nest.lock:
                    if nest.unit is not None and nest.unit.mode is Mode.NORMAL:
                        nest.show_usb(None)
                        nest.show_usb(Mode.NORMAL)

    def _judge(self, trial: int, number: int, swap: Swap, record: Record, fault: Fault | None) -> Came:
        mine = self.boards[swap.labels[number]]
        right = swap.labels[number] == swap.probes[number] == swap.cables[number] == number and not swap.reseated
        bound, wrong = record.bound, ""
        if right and (fault is not None or bound is None):
            wrong = f"its own unit was refused: {fault.code if fault else 'nothing was bound'} {fault}"
        elif bound is not None and (bound.device_id, bound.serial) != (mine.chip_id, mine.born.serial):
            wrong = f"label {mine.born.serial} of {mine.chip_id} was bound as {bound.serial} of {bound.device_id}"
        elif fault is not None and (fault.code in ("", BUG) or (_told_apart(swap, number) and not _stops(fault))):
            wrong = f"a swap ended in {fault.code}: {fault}"
        return Came(trial, number + 1, fault.code if fault else "PASS", not right, wrong)


def _told_apart(swap: Swap, number: int) -> bool:
    """Only the label is another one's: chip and USB are of one unit, so that label and unit must be told apart."""
    return swap.labels[number] != number and swap.probes[number] == swap.cables[number] == number and not swap.reseated


def _stops(fault: Fault) -> bool:
    return isinstance(fault, WrongUnit)


class NestPower:
    """Implements ports.Power on a nest of this process."""

    def __init__(self, nest: Nest) -> None:
        self._nest = nest

    def set_power(self, on: bool) -> None:
        self._nest.set_power(on)

    def set_reset(self, held: bool) -> None:
        self._nest.set_reset(held)

    def seconds_powered(self) -> float:
        return 0.0


class NestClock:
    """Implements ports.Clock by the nest's own time."""

    def __init__(self, nest: Nest) -> None:
        self._nest = nest

    def now(self) -> float:
        return self._nest.now()

    def sleep(self, seconds: float) -> None:
        self._nest.advance(seconds)


def _unit(number: int, platform: Platform, seed: int) -> Board:
    """A unit with the factory-test firmware in its flash."""
    board = Board(number, platform, traits(seed, number, platform), None)
    for file in (*modules.device_os_620(platform.name), modules.factory_test(platform.name)):
        data = file.data[HEADER_SIZE:] if file.kind == "softdevice" else file.data
        board.chip.poke(module.read(file.data).start, data)
    board.chip.poke(modules.USER_START_OLD, b"\xff" * 0x1000)
    return board


def drawn(seed: int, trial: int) -> Swap:
    """The swap of this trial: always the same for the same seed."""
    dice = random.Random(f"swap {seed} {trial}")
    home = tuple(range(NESTS))
    if dice.random() < RIGHT_SHARE:
        return Swap(home, home, home, renamed=dice.random() < 0.5)

    def mixed() -> tuple[int, ...]:
        return tuple(dice.sample(home, NESTS)) if dice.random() < 0.5 else home

    return Swap(mixed(), mixed(), mixed(), reseated=dice.random() < 0.2, renamed=dice.random() < 0.3)


def trials(selected: Selected, seed: int, numbers: Sequence[int]) -> list[Came]:
    """Every nest of every trial, one after the other; each trial has fresh units."""
    came = []
    for trial in numbers:
        floor = Floor(selected, seed * 100_000 + trial)
        try:
            swap = drawn(seed, trial)
            for number in range(NESTS):
                floor.run_all()
                came.append(floor.identify(trial, number, swap))
                if swap.reseated:
                    break  # the units sit elsewhere now
        finally:
            floor.close()
    return came

"""Worker processes with tiny steps: what a unit does to its worker is written in its label (see `sheet.unit`)."""

import ctypes
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Literal

from station.domain.chip import ChipIdentity
from station.domain.events import Booted, Identified, PreAddRequested, Proved, Sealed, Silent, Stopped
from station.domain.faults import CloudContact, LabelOnOtherUnit, LinkLost, OperatorSaysNo, OutOfLimits, Unanswered
from station.domain.flash_map import FlashMap
from station.domain.flash_plan import Flashing, FlashPlan, Range
from station.engine.op import Op, Pen
from station.engine.registry import register
from station.engine.worker import Wire, serve
from station.ports import Clock, Power, Progress
from tests.engine.sheet import character, device_of


class WallClock:
    """Implements ports.Clock."""

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class NoProbe:
    """Implements ports.Programmer for steps that never touch a chip."""

    def begin(self) -> None: ...

    def hold(self) -> None: ...

    def attach(self) -> None: ...

    def identify(self) -> ChipIdentity:
        raise NotImplementedError

    @property
    def flash(self) -> FlashMap:
        raise NotImplementedError

    def read(self, start: int, size: int) -> bytes:
        raise NotImplementedError

    def scan(self) -> dict[int, int]:
        raise NotImplementedError

    def write(self, plan: FlashPlan, progress: Progress) -> Flashing:
        raise NotImplementedError

    def crc(self, ranges: Sequence[Range]) -> list[int]:
        raise NotImplementedError

    def recover(self) -> None:
        raise NotImplementedError

    def untouched(self) -> bool:
        return True

    def boot(self) -> None: ...

    def seconds_running(self) -> float:
        return 0.0

    def detach(self) -> None: ...


def identify_on_wire(op: Op, power: Power) -> None:
    """Power up in reset and name the unit."""
    power.set_reset(True)
    power.set_power(True)
    if character(op.label) in {"LIVE", "LIVEDIE"}:
        power.set_reset(False)
    op.note(Identified(op=op.line.op, by="swd", device_id=device_of(op.label)))


def act(op: Op) -> None:
    """Do to this process what the unit's label says."""
    match character(op.label):
        case "BAD":
            raise OutOfLimits("vbat is 2.1 V")
        case "OTHER":
            raise LabelOnOtherUnit("this label belongs to another unit")
        case "BUG":
            raise ZeroDivisionError("a bug of a step")
        case "DIE":
            os.kill(os.getpid(), signal.SIGKILL)
        case "LIVE" | "LIVEDIE":
            op.note(Booted(op=op.line.op, firmware="factory-test", mode="manual"))
            if character(op.label) == "LIVEDIE":
                os.kill(os.getpid(), signal.SIGKILL)
            while True:
                op.progress(0.1)
                time.sleep(0.01)
        case "LEAVE":
            sys.exit(3)
        case "SLEEP":
            time.sleep(60)
        case "NAG":
            while True:
                op.progress(0.1)
        case "ASKS" | "WAITS":
            reply = op.prompt("Is the LED red?", "yes_no", 0.4 if character(op.label) == "WAITS" else 30.0)
            if reply is None:
                raise Unanswered("nobody answered")
            if reply[0] != "yes":
                raise OperatorSaysNo("the LED is not red")
        case "HOLDS":
            if op.prompt("Hold the button.", "done", 30.0) is None:
                raise Unanswered("nobody answered")
        case "TALKS":
            op.note(Booted(op=op.line.op, firmware="factory-test", mode="manual"))
            op.note(Silent(op=op.line.op, cloud_attempts=1, network_attempts=1, uptime=1.0, status="connecting"))
            raise CloudContact("the unit was connecting to the cloud")
        case "RUNS":
            op.note(Booted(op=op.line.op, firmware="factory-test", mode="manual"))
            raise OutOfLimits("vbat is 2.1 V")
        case "NATIVE":
            op.progress(0.1)
            # Signals blocked and the interpreter's lock held, as in a driver that waits inside C.
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
            ctypes.PyDLL(None).sleep(60)


def dawdle(op: Op) -> None:
    """Some units take their time, and can be stopped while they do."""
    while character(op.label) in {"SLOW", "CHATTY"}:
        op.progress(0.5)
        if character(op.label) == "SLOW":
            time.sleep(0.01)


def inquire(op: Op) -> None:
    """Ask the operator one question after the other, as many as the unit's label says."""

    def lost() -> str | None:
        raise LinkLost("the unit went away")

    if character(op.label) == "LOST" and op.attempt == 1:
        op.prompt("Is it red?", "yes_no", 10.0, lost)
    if character(op.label) == "DIES" and op.attempt == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    for _ in range(2 if character(op.label) == "TWICE" else 1):
        reply = op.prompt("Is it red?", "yes_no", 0.5 if character(op.label) == "HURRY" else 10.0)
        if reply is None:
            raise Unanswered("nobody answered")
        if reply[0] == "no":
            raise OperatorSaysNo(f"no, by {reply[1]}")


def flash_product_firmware(op: Op) -> None:
    """Prove what nobody wrote."""
    if character(op.label) != "LIAR":
        op.note(Proved(op=op.line.op, part="user", start=0xB4000, size=4, crc32="0badcafe"))


def seal(op: Op) -> None:
    """Note the seal; power stays on, so that it is the core that makes the nest safe."""
    op.note(Sealed(op=op.line.op, boots=0, cloud_attempts=0, seconds_powered=1.0, seconds_running=0.0))


def request_preadd(op: Op) -> None:
    """Ask for the unit to be added."""
    op.with_verdict(PreAddRequested(device_id=device_of(op.label), serial=op.record.serial, product_id=31337))


STEPS = (identify_on_wire, act, dawdle, inquire, flash_product_firmware, seal, request_preadd)


def work(nest: int, pipe: Connection, folder: Path, slow_start: float) -> None:
    """The body of a worker process; an orphan takes its time to make the nest safe, as a serial port does."""

    def orphaned() -> None:
        time.sleep(0.5)
        (folder / f"nest-{nest}-safe").touch()

    wire = Wire(pipe, orphaned)
    (folder / f"nest-{nest}-began").write_text(str(os.getpid()))
    time.sleep(slow_start)
    register(*STEPS)
    clock = WallClock()
    serve(wire, {Clock: clock}, clock, NoProbe(), last_words, halted)


def last_words(pen: Pen) -> None:
    """Firmware that still runs says that it spoke to nobody."""
    if len(pen.record.booted) > len(pen.record.stopped):
        pen.note(Silent(op=20, cloud_attempts=0, network_attempts=0, uptime=2.0, when="last_words"))


def halted(pen: Pen) -> None:
    """Firmware that ran stands still now."""
    if len(pen.record.booted) > len(pen.record.stopped):
        pen.note(Stopped(op=20, seconds=2.0))


def work_never(nest: int, pipe: Connection, folder: Path, slow_start: float) -> None:
    """A worker whose drivers cannot be loaded."""
    with (folder / f"nest-{nest}-deaths").open("a") as deaths:
        deaths.write("x")
    os._exit(9)


WorkerBody = Callable[[int, Connection, Path, float], None]


@dataclass
class Spawner:
    """Starts workers from a fresh interpreter ("spawn"), as the station does, or from a warm one, which is quicker.

    Neither shares a pipe or anything else with the station.
    """

    folder: Path
    method: Literal["spawn", "forkserver"] = "forkserver"
    body: WorkerBody = work
    slow_start: float = 0.0
    started: list[BaseProcess] = field(default_factory=list)

    def __call__(self, nest: int) -> tuple[BaseProcess, Connection]:
        warm = multiprocessing.get_context("forkserver")
        warm.set_forkserver_preload(["pytest", "tests.engine.line"])
        context = warm if self.method == "forkserver" else multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(target=self.body, args=(nest, there, self.folder, self.slow_start), daemon=True)
        process.start()
        there.close()
        self.started.append(process)
        return process, here

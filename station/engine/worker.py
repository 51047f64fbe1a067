"""The process that works on one nest: warm, told by a pipe, safe when the pipe closes."""

import contextlib
import os
import queue
import threading
import time
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from typing import assert_never

from station.domain.events import Body, Event, Progressed, RunStarted
from station.domain.faults import BUG, BUG_REMEDY, Fault, FixtureSilent, JournalFull, all_faults
from station.domain.ids import DeviceId, Iccid, RunId, SerialNumber
from station.domain.known import Known
from station.domain.outcome import Outcome
from station.domain.record import Record, fold
from station.engine.messages import (
    Ended,
    FromWorker,
    Job,
    Note,
    Quit,
    Ready,
    Recall,
    Reply,
    Said,
    Stop,
    Switch,
    Tell,
    ToWorker,
)
from station.engine.op import Pen
from station.engine.op import Reply as OperatorsReply
from station.engine.runner import run_sheet
from station.ports import Clock, Power, Programmer

ORPHANED = 70
"""Exit code of a worker whose station went away (sysexits.h, EX_SOFTWARE)."""

NICE = 5
"""By how much a worker stands back behind the station's own process, where the journal and the window are. Eight that
compute without a pause on two cores make the window's timer 64 to 330 ms late at the 99th percentile; so 36 to 40
(measured)."""

LISTEN = 0.05
"""Seconds a question waits for its answer before it looks at anything else."""


class Wire:
    """The worker's end of the pipe. A thread reads it, so that the end of the station is noticed in any state."""

    def __init__(self, pipe: Connection, orphaned: Callable[[], None]) -> None:
        """`orphaned` makes the nest safe; it is called when the station is gone, in the reading thread."""
        self._pipe = pipe
        self._orphaned = orphaned
        self._sending = threading.Lock()
        self._replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()
        self._said: queue.SimpleQueue[Said] = queue.SimpleQueue()
        self.jobs: queue.SimpleQueue[Job | Quit] = queue.SimpleQueue()
        self._stop: Stop | None = None
        threading.Thread(target=self._read, name="pipe", daemon=True).start()

    def _read(self) -> None:
        while True:
            try:
                message: ToWorker = self._pipe.recv()
            except (EOFError, OSError):
                # The station is gone; whatever the main thread does or hangs in, the nest is made safe now.
                try:
                    self._orphaned()
                finally:
                    os._exit(ORPHANED)
            match message:
                case Job() | Quit():
                    self.jobs.put(message)
                case Stop():
                    self._stop = message
                case Reply():
                    self._replies.put(message)
                case Said():
                    self._said.put(message)
                case unknown:
                    assert_never(unknown)

    def stop_wanted(self, run: RunId) -> str | None:
        """Why a person wants this run, and no other, to end; or None."""
        stop = self._stop
        return stop.why if stop is not None and stop.run == run else None

    def said(self, run: RunId, prompt: int) -> OperatorsReply | None:
        """What the operator answered to this question of this run, if it comes within LISTEN; others are dropped."""
        with contextlib.suppress(queue.Empty):
            while True:
                said = self._said.get(timeout=LISTEN)
                if (said.run, said.prompt) == (run, prompt):
                    return said.answer, said.by
        return None

    def send(self, message: FromWorker) -> None:
        """Send without waiting for an answer."""
        try:
            with self._sending:
                self._pipe.send(message)
        except OSError:
            # The station is gone: the reading thread makes the nest safe and ends this process.
            threading.Event().wait()

    def call(self, message: Note | Switch | Recall) -> Reply:
        """Send and wait until it is done. Raises the fault the core answers with."""
        self.send(message)
        reply = self._replies.get()
        if reply.fault is not None:
            code, detail = reply.fault
            known: dict[str, type[Fault]] = {one.code: one for one in all_faults()}
            raise known.get(code, FixtureSilent)(detail)
        return reply


class WirePen:
    """Notes facts through the pipe and keeps the run's record."""

    def __init__(self, wire: Wire, run: RunId) -> None:
        self._wire = wire
        self._run = run
        self._record: Record | None = None
        self._seq = 0

    def begin(self, started: RunStarted) -> None:
        """Start the record; the core has stored this fact already."""
        self._add(started)

    def note(self, body: Body) -> None:
        self._wire.call(Note(body))
        self._add(body)

    def tell(self, progressed: Progressed) -> None:
        self._wire.send(Tell(progressed))

    def stop_wanted(self) -> str | None:
        return self._wire.stop_wanted(self._run)

    def known(self, device: DeviceId | None, serial: SerialNumber | None, iccid: Iccid | None) -> Known:
        return self._wire.call(Recall(device, serial, iccid)).known or Known()

    def said(self, prompt: int) -> OperatorsReply | None:
        return self._wire.said(self._run, prompt)

    def now(self) -> float:
        return time.monotonic()

    @property
    def record(self) -> Record:
        if self._record is None:
            raise RuntimeError("the run has not begun")
        return self._record

    def _add(self, body: Body) -> None:
        self._seq += 1
        self._record = fold(self._record, Event(seq=self._seq, run=self._run, at=0, body=body))


class WirePower:
    """Implements ports.Power by asking the core, which owns the fixture's controller."""

    def __init__(self, wire: Wire, clock: Clock) -> None:
        self._wire = wire
        self._clock = clock
        self._on_since: float | None = None
        self._total = 0.0

    def begin(self) -> None:
        """Forget the last unit."""
        self._on_since, self._total = None, 0.0

    def set_power(self, on: bool) -> None:
        self._wire.call(Switch("power", on))
        if on and self._on_since is None:
            self._on_since = self._clock.now()
        if not on and self._on_since is not None:
            self._total += self._clock.now() - self._on_since
            self._on_since = None

    def set_reset(self, held: bool) -> None:
        self._wire.call(Switch("reset", held))

    def seconds_powered(self) -> float:
        running = 0.0 if self._on_since is None else self._clock.now() - self._on_since
        return self._total + running


LastWords = Callable[[Pen], None]
"""Notes what firmware that still runs has to say, before its power is taken; never raises a fault."""

Halted = Callable[[Pen], None]
"""Notes that firmware which ran stands still now."""


def serve(
    wire: Wire,
    ports: Mapping[type, object],
    clock: Clock,
    programmer: Programmer,
    last_words: LastWords = lambda pen: None,
    halted: Halted = lambda pen: None,
) -> None:
    """Take jobs from the pipe until told to quit."""
    power = WirePower(wire, clock)
    wire.send(Ready(os.getpid()))
    while True:
        job = wire.jobs.get()
        if isinstance(job, Quit):
            programmer.detach()
            return
        power.begin()
        programmer.begin()
        pen = WirePen(wire, job.run)
        pen.begin(job.started)
        ended = _work(job, pen, {**ports, Power: power}, clock)
        with contextlib.suppress(Fault):
            last_words(pen)
        # The probe lets go of reset when it is detached: power goes first, so that nothing can run in between.
        with contextlib.suppress(Fault):  # the core makes the nest safe once more, and tells when it cannot
            power.set_reset(True)
            power.set_power(False)
            halted(pen)
        programmer.detach()
        wire.send(ended)


def _work(job: Job, pen: WirePen, ports: Mapping[type, object], clock: Clock) -> Ended:
    try:
        ended = run_sheet(job, ports, clock, pen)
    except JournalFull as fault:
        ended = Ended(Outcome.ERROR, fault.code, str(fault), fault.remedy)
    except Fault as fault:
        ended = Ended(fault.outcome, fault.code, str(fault), fault.remedy)
    except Exception as bug:
        ended = Ended(Outcome.ERROR, BUG, repr(bug), BUG_REMEDY)
    return ended

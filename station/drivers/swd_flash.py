"""Does a flash plan on a chip: pyOCD's flash algorithm, loaded ahead, with patience and bounded retries.

pyOCD waits for the flash by asking the probe without a pause, which burns a core per nest (pyOCD 0.46,
flash/flash.py, wait_for_completion). Here the first question comes when the flash should be done. While the
algorithm works on one buffer, or erases, the next buffer is loaded.

pyOCD never verifies. Neither does this file, but for what a retry has to know: the proof is `SwdProgrammer.crc`.
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pyocd.core import exceptions
from pyocd.core.target import Target
from pyocd.flash.flash import Flash

from station.domain.faults import EraseFailed, ProgramFailed
from station.domain.flash_map import Page
from station.domain.flash_plan import WORD, FlashPlan, Moment, Span
from station.drivers.swd_crc import TargetCrc
from station.drivers.swd_targets import SwdTarget
from station.ports import Clock, Progress

POLL = 0.002
"""Seconds between two looks at a flash that is still at work."""

EAGER = 0.2
"""Share of the longest erase time after which the first one is looked at: some parts need a quarter of it."""

MARGIN = 10.0
"""A flash that takes that many times as long as it may has failed; and never less than a second."""

RETRIES = 16
"""Failed transfers that one job makes good; at a noise of 10⁻⁵ a transfer a full set meets two or three."""

FIRST_CHUNK = 0x1000
"""Bytes that are written first; then twice as many each time, up to the room of a buffer: a call of the algorithm costs
about a millisecond, and the first buffer is loaded while the flash has nothing to do."""


class PatientFlash(Flash):
    """pyOCD's Flash, told how long the next call should take."""

    def __init__(self, target: Target, swd: SwdTarget, clock: Clock) -> None:
        super().__init__(target, swd.algorithm)
        self.region = target.memory_map.get_region_for_address(swd.flash.start)
        self._clock = clock
        self._due = 0.0
        self._expected = 0.0

    def expect(self, seconds: float) -> None:
        """How long what is begun now should take."""
        self._expected = seconds
        self._due = self._clock.now() + seconds

    def wait_for_completion(self, timeout: float | None = None, watch: Callable[[], object] = lambda: None) -> int:
        """The algorithm's result; pyOCD's TIMEOUT_ERROR when it does not end. `watch` is called now and then."""
        deadline = max(self._due, self._clock.now()) + max(1.0, MARGIN * self._expected)
        while (left := self._due - self._clock.now()) > 0:
            self._clock.sleep(min(left, WATCH))
            watch()
        while not self.target.is_halted():
            if self._clock.now() > deadline:
                self.target.halt()
                return int(self.TIMEOUT_ERROR)
            self._clock.sleep(POLL)
            watch()
        result: int = self.target.read_core_register("r0")
        self._expected = 0.0
        return result

    def settle(self) -> None:
        """Let what the core is at come to its end, if it does in its time, then halt it."""
        deadline = max(self._due, self._clock.now()) + POLL
        while self._clock.now() < deadline and not self.target.is_halted():
            self._clock.sleep(POLL)
        self.target.halt()

    def start(self, entry: str, *arguments: int) -> None:
        """Call an entry point of the algorithm; `wait_for_completion` has its result."""
        self._call_function(self.flash_algo[entry], *arguments)

    def forget(self) -> None:
        """Nothing is known of what lies in RAM: the algorithm is loaded anew."""
        self._did_prepare_target = False
        self._active_operation = None


WATCH = 0.04
"""Seconds between two reports of a wait, about what a page takes to be written: a stop is heard within it."""


@dataclass(frozen=True, slots=True)
class _EraseAll:
    """Erase everything."""


@dataclass(frozen=True, slots=True)
class _Write:
    """Bytes for one call of the algorithm: whole pages of a span, or a single word outside the flash."""

    start: int
    data: bytes


_Task = _EraseAll | Page | _Write


class Writer:
    """One plan on one chip."""

    def __init__(
        self,
        flash: PatientFlash,
        crc: TargetCrc,
        swd: SwdTarget,
        clock: Clock,
        mend: Callable[[exceptions.Error], None],
    ) -> None:
        """`mend` brings the wire back after a failed transfer, or raises why it cannot."""
        self._flash, self._crc, self._swd, self._clock, self._mend = flash, crc, swd, clock, mend
        self._erase_time: float | None = None
        self.retries = 0

    def run(self, plan: FlashPlan, progress: Progress) -> None:
        """Raises EraseFailed, ProgramFailed, what `mend` raises, and what `progress` raises."""
        self._gauge = _Gauge(plan, self._swd, progress, self._clock)
        self._loaded: dict[_Write, int] = {}
        tasks = list(_tasks(plan, self._swd.room))
        for number, task in enumerate(tasks):
            self._gauge.at(task)
            try:
                self._do(task, next((one for one in tasks[number + 1 :] if isinstance(one, _Write)), None))
            except exceptions.TransferError as error:
                self._make_good(task, error)
            self._gauge.done(task)
        self._retrying(self._flash.cleanup)
        self._gauge.over()

    # One task

    def _do(self, task: _Task, ahead: _Write | None) -> None:
        flash = self._flash
        match task:
            case _EraseAll():
                flash.init(flash.Operation.ERASE)
                flash.expect(self._swd.flash.erase_all or 0.0)
                flash.start("pc_eraseAll")
            case Page():
                flash.init(flash.Operation.ERASE)
                known = self._erase_time
                flash.expect(known if known is not None else EAGER * task.erase)
                flash.start("pc_erase_sector", task.start)
            case _Write():
                flash.init(flash.Operation.PROGRAM)
                buffer = self._load(task)
                flash.expect(len(task.data) // WORD * self._swd.flash.word_write)
                flash.start("pc_program_page", task.start, len(task.data), buffer)
        began = self._clock.now()
        if ahead is not None and ahead not in self._loaded:
            self._load_ahead(ahead)
        try:
            result = flash.wait_for_completion(watch=lambda: self._gauge.within(task))
        except exceptions.TransferError:
            raise
        except BaseException:
            self._stop()
            raise
        if isinstance(task, Page):
            self._learn(task, self._clock.now() - began)
        elif isinstance(task, _Write):
            del self._loaded[task]
        self._judge(task, result)

    def _learn(self, page: Page, took: float) -> None:
        """From the first erase that was seen to end: later ones are waited for that long before the first look."""
        if self._erase_time is None:
            self._erase_time = page.erase if took <= EAGER * page.erase + POLL else min(page.erase, took - POLL)

    def _load(self, write: _Write) -> int:
        """Put its bytes into a free buffer, if they are not there yet; returns the buffer's address."""
        if write in self._loaded:
            return self._loaded[write]
        buffer = next(one for one in self._swd.buffers if one not in self._loaded.values())
        words = [int.from_bytes(write.data[at : at + WORD], "little") for at in range(0, len(write.data), WORD)]
        self._flash.target.write_memory_block32(buffer, words)
        self._loaded[write] = buffer
        return buffer

    def _load_ahead(self, write: _Write) -> None:
        """As `_load`; a failure here leaves what the core is at alone."""
        try:
            self._load(write)
            self._flash.target.flush()
        except exceptions.TransferError as error:
            self._loaded.pop(write, None)
            self._count(error)

    def _stop(self) -> None:
        """Somebody wants to leave in mid-work: the core stands still now, not at the end of the buffer."""
        try:
            self._flash.target.halt()
        except exceptions.Error:
            return
        finally:
            self._flash.forget()

    def _judge(self, task: _Task, result: int) -> None:
        if not result:
            return
        late = result == self._flash.TIMEOUT_ERROR
        why = "did not end in its time" if late else f"ended with code {result:#x}"
        match task:
            case _EraseAll():
                raise EraseFailed(f"erasing everything {why}")
            case Page():
                raise EraseFailed(f"erasing the page at {task.start:#x} {why}")
            case _Write():
                raise ProgramFailed(f"writing {len(task.data)} bytes at {task.start:#x} {why}")

    # Retries

    def _count(self, error: exceptions.Error) -> None:
        """Mend the wire after a failed transfer. Raises what `mend` raises, and the error when there were too many."""
        self.retries += 1
        if self.retries > RETRIES:
            raise error
        self._mend(error)

    def _retrying(self, action: Callable[[], object]) -> None:
        while True:
            try:
                action()
                return
            except exceptions.TransferError as error:
                self._begin_again(error)

    def _begin_again(self, error: exceptions.Error) -> None:
        self._count(error)
        self._flash.settle()
        self._loaded.clear()
        self._flash.forget()
        self._crc.forget()

    def _make_good(self, task: _Task, error: exceptions.Error) -> None:
        """Do a task again whose transfers failed; how far it came is not known."""
        failure: exceptions.Error | None = error
        while failure is not None:
            try:
                self._begin_again(failure)
                if isinstance(task, _Write):
                    self._repair(task)
                else:
                    self._do(task, None)
                failure = None
            except exceptions.TransferError as again:
                if self.retries > RETRIES:
                    raise
                failure = again

    def _repair(self, write: _Write) -> None:
        """Leave what is right, write what is blank, erase and write what is torn: a cell only goes from 1 to 0."""
        pieces = list(_by_page(self._swd, write))
        for page, piece in pieces:
            [found] = self._crc.crcs([(piece.start, len(piece.data))])
            if found == zlib.crc32(piece.data):
                continue
            if page is not None and found != zlib.crc32(b"\xff" * len(piece.data)):
                if page.size > self._swd.room:
                    # Its other pieces would be lost: the unit is run again, and its whole sector written.
                    raise exceptions.FlashProgramFailure("torn in mid-sector", address=piece.start)
                self._do(page, None)
            self._do(piece, None)


def _by_page(swd: SwdTarget, write: _Write) -> Iterator[tuple[Page | None, _Write]]:
    """A write cut at pages; a word outside the flash has none."""
    if not swd.flash.start <= write.start < swd.flash.end:
        yield None, write
        return
    for page in swd.flash.pages_of(write.start, write.start + len(write.data)):
        start, end = max(page.start, write.start), min(page.end, write.start + len(write.data))
        yield page, _Write(start, write.data[start - write.start : end - write.start])


def _tasks(plan: FlashPlan, room: int) -> Iterator[_Task]:
    """Erase, settings, spans: after everything is erased the settings come first, as the port locks without them."""
    settings = [_Write(address, word.to_bytes(WORD, "little")) for address, word in plan.settings]
    if plan.erase_all:
        yield _EraseAll()
        yield from settings
    yield from plan.erase
    for span in plan.spans:
        yield from _chunks(span, room)
    if not plan.erase_all:
        yield from settings


def _chunks(span: Span, room: int) -> Iterator[_Write]:
    """A span in pieces that a buffer has room for, which end where small pages do."""
    at, size = span.start, FIRST_CHUNK
    end = span.start + len(span.data)
    while at < end:
        to = min(end, (at + size) // FIRST_CHUNK * FIRST_CHUNK)
        yield _Write(at, span.data[at - span.start : to - span.start])
        at, size = to, min(size * 2, room)


class _Gauge:
    """One progress, 0 to 1, over a whole plan, in seconds of the flash controller."""

    def __init__(self, plan: FlashPlan, swd: SwdTarget, progress: Progress, clock: Clock) -> None:
        self._swd, self._progress, self._clock = swd, progress, clock
        self._total = max(plan.seconds, 1e-9)
        self._size = plan.size
        self._seconds = 0.0
        self._bytes = 0
        self._began = clock.now()
        self._task_began = self._began

    def _cost(self, task: _Task) -> tuple[float, int, str]:
        match task:
            case _EraseAll():
                return self._swd.flash.erase_all or 0.0, 0, "erasing"
            case Page(erase=erase):
                return erase, 0, "erasing"
            case _Write(start=start, data=data):
                size = len(data) if self._swd.flash.start <= start < self._swd.flash.end else 0
                return len(data) // WORD * self._swd.flash.word_write, size, "writing"

    def at(self, task: _Task) -> None:
        self._task_began = self._clock.now()
        self._say(0.0, 0, self._cost(task)[2])

    def within(self, task: _Task) -> None:
        seconds, size, doing = self._cost(task)
        share = min(1.0, (self._clock.now() - self._task_began) / seconds) if seconds else 1.0
        self._say(seconds * share, int(size * share), doing)

    def done(self, task: _Task) -> None:
        seconds, size, _ = self._cost(task)
        self._seconds += seconds
        self._bytes += size

    def over(self) -> None:
        self._progress(Moment(1.0, self._size, self._size, 0.0, "written"))

    def _say(self, seconds: float, size: int, doing: str) -> None:
        part = min(1.0, (self._seconds + seconds) / self._total)
        spent = self._clock.now() - self._began
        # What is left goes as fast as what is done, once a tenth is; before that, as fast as the plan says.
        pace = spent / (part * self._total) if part > 0.1 else 1.0
        left = (1.0 - part) * self._total * pace
        self._progress(Moment(part, min(self._size, self._bytes + size), self._size, left, doing))

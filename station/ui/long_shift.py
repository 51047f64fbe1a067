"""A shift of any length, told and not run: what `station bench ui` has the window hear."""

from collections.abc import Callable, Iterator

from station.domain.events import (
    Answered,
    Body,
    Booted,
    Bound,
    Event,
    Flashed,
    Identified,
    Measured,
    Metered,
    Planned,
    PreAddRequested,
    Programmed,
    Progressed,
    Prompted,
    Proved,
    RunFinished,
    RunStarted,
    ScanRefused,
    Sealed,
    Silent,
    StepFinished,
    StepStarted,
    Stopped,
)
from station.domain.faults import OutOfLimits
from station.domain.ids import DeviceId, RunId, SerialNumber
from station.domain.label import Label
from station.domain.nest import On, State, step
from station.domain.outcome import Outcome
from station.domain.people import Person
from station.domain.recipe import Operation
from station.domain.shift_facts import SignedIn, SignedOut
from station.engine.bus import AtWork, Heard, Moved, Moving, Stored, Trouble
from station.ui.samples import RECIPE, TIMES

EVERY_FAIL, EVERY_REFUSED, EVERY_PERSON = 9, 10, 125
"""One unit in so many fails, comes with a scan that is refused, sees another person: a shift that has some of all."""

PEOPLE = tuple(
    Person.model_validate({"name": name, "badge": badge, "role": "operator"})
    for name, badge in (("M. Quispe", "QUISPE01"), ("Le Thi Hoa", "HOA00002"))
)
QUESTION = "Is the lamp green?"
SHA = "0" * 64


class LongShift:
    """Tells what the bus would tell of `nests` nests; `clock` gives µs since 1970 UTC.

    `progress` is how often an operation tells how far it is. As many facts a unit as the example product's sheet
    stores, and as many moves.
    """

    def __init__(self, nests: int, clock: Callable[[], int], progress: int = 3) -> None:
        self.nests = range(1, nests + 1)
        self.units = 0
        """Units of which a nest has begun to tell."""
        self._clock, self._progress, self._seq = clock, progress, 0

    def begin(self) -> Iterator[Heard]:
        """The station has started: somebody works here, and every nest is empty."""
        yield AtWork(PEOPLE[0], asked=False)
        for nest in self.nests:
            yield Moved(nest, State.EMPTY, "Scan a label.", None)

    def nest(self, nest: int, most: Callable[[], bool] = lambda: True) -> Iterator[Heard]:
        """One unit after the other in this nest, for as long as there is to be one more."""
        while most():
            number = self.units = self.units + 1
            yield from self._between(number)
            yield from self._unit(nest, number)

    def whole(self, units: int) -> Iterator[Heard]:
        """So many units, all nests in turn."""
        yield from self.begin()
        open_nests = [self.nest(nest, lambda: self.units < units) for nest in self.nests]
        while open_nests:
            for one in tuple(open_nests):
                heard = next(one, None)
                if heard is None:
                    open_nests.remove(one)
                else:
                    yield heard

    def _fact(self, body: Body, nest: int | None = None, run: RunId | None = None) -> Stored:
        self._seq += 1
        return Stored(nest, Event(seq=self._seq, run=run, at=self._clock(), body=body))

    def _between(self, number: int) -> Iterator[Heard]:
        """What happens beside the units: a label of something else is scanned, somebody else signs in."""
        if number % EVERY_REFUSED == 0:
            detail = "this is no label"
            yield self._fact(ScanRefused(code="U102", detail=detail, length=20 + number % 40))
            yield Trouble("U102", detail, "Scan the unit's own label.")
        if number % EVERY_PERSON == 0:
            after = PEOPLE[number // EVERY_PERSON % len(PEOPLE)]
            before = PEOPLE[(number // EVERY_PERSON - 1) % len(PEOPLE)]
            yield self._fact(SignedOut(name=before.name, reason="another_badge"))
            yield self._fact(SignedIn(name=after.name, role=after.role, pin=False))
            yield AtWork(after)

    def _unit(self, nest: int, number: int) -> Iterator[Heard]:
        label = Label(serial=SerialNumber(f"B40HAB{number:09}"))
        run = RunId(f"20261124-{number // 3600 % 24:02}{number // 60 % 60:02}{number % 60:02}-n{nest}-{number:04x}")
        device = DeviceId(f"e00fce68{number:016x}")
        bad = number % EVERY_FAIL == 4
        state = State.EMPTY

        def move(on: On, question: Prompted | None = None) -> Moved:
            nonlocal state
            row = step(state, on)
            if row is None:
                raise ValueError(f"{on} does not happen to a nest that is {state}")
            state = row.then
            return Moved(nest, state, row.tell, None if state is State.EMPTY else label, question)

        yield move(On.SCAN)
        yield move(On.LID_CLOSED)
        yield self._fact(_started(nest, label), nest, run)
        for line in RECIPE.sheet:
            fails = bad and line.op == 44
            outcome = Outcome.FAIL if fails else Outcome.PASS
            yield self._fact(StepStarted(op=line.op, do=line.do), nest, run)
            for at in range(self._progress):
                yield Moving(nest, run, Progressed(op=line.op, part=(at + 1) / self._progress))
            for body in _facts(line, device, label, outcome):
                if isinstance(body, Prompted):
                    yield move(On.QUESTION, body)
                yield self._fact(body, nest, run)
                if isinstance(body, Answered):
                    yield move(On.ANSWER)
            seconds = TIMES[line.op] + number % 7 / 10
            yield self._fact(StepFinished(op=line.op, do=line.do, outcome=outcome, seconds=seconds), nest, run)
            if fails:
                break
        conclusion = "no evidence of a connection"
        metered = Metered(verdict="no_evidence", reasons=(), conclusion=conclusion, radio="cellular")
        yield self._fact(metered, nest, run)
        code, remedy = (OutOfLimits.code, OutOfLimits.remedy) if bad else ("", "")
        outcome = Outcome.FAIL if bad else Outcome.PASS
        yield self._fact(RunFinished(outcome=outcome, code=code, remedy=remedy), nest, run)
        yield move(On.FAIL if bad else On.PASS)
        yield move(On.OUT)


def _started(nest: int, label: Label) -> RunStarted:
    return RunStarted(
        nest=nest, label=label, recipe=RECIPE.name, revision=RECIPE.revision, recipe_sha256=SHA,
        release="gateway-1.4.0", release_sha256=SHA, factory_test="factory-test-1.0.0", factory_test_sha256=SHA,
        platform="boron",
        ops=tuple(line.op for line in RECIPE.sheet),
    )  # fmt: skip


def _facts(line: Operation, device: DeviceId, label: Label, outcome: Outcome) -> Iterator[Body]:
    """What an operation stores between its beginning and its end."""
    op = line.op
    match line.do:
        case "identify_on_wire":
            yield Identified(op=op, by="swd", device_id=device)
        case "identify_by_word":
            yield Identified(op=op, by="usb", device_id=device)
            yield Identified(op=op, by="listening", device_id=device, serial=label.serial)
            yield Bound(op=op, device_id=device, serial=label.serial)
        case "flash_factory_test" | "flash_device_os" | "flash_product_firmware":
            yield from _flashed(op)
            if line.do == "flash_factory_test":
                yield Booted(op=op, firmware="factory-test-1.0.0", sha256=SHA, mode="manual")
        case "measure" | "instrument":
            for name in line.judge:
                limit = RECIPE.limits[name]
                value = limit.high if limit.high is not None else limit.low or 0.0
                over = value * 2 if outcome is Outcome.FAIL else value
                yield Measured(op=op, name=name, value=over, limit=limit, outcome=outcome, source=line.ask or "")
        case "prompt":
            yield Prompted(op=op, prompt=op, tell=QUESTION, answers="yes_no", within=line.within)
            yield Answered(op=op, prompt=op, answer="yes", by="key")
        case "read_silence":
            yield Silent(op=op, cloud_attempts=0, network_attempts=0, uptime=12.0)
            yield Stopped(op=op, seconds=13.0)
        case "seal":
            yield Sealed(op=op, boots=1, cloud_attempts=0, seconds_powered=40.0, seconds_running=13.0)
        case "request_preadd":
            yield PreAddRequested(device_id=device, serial=label.serial)
        case _:
            pass


def _flashed(op: int) -> Iterator[Body]:
    size, pages = 128 << 10, 32
    yield Planned(
        op=op, erase_all=False, because="the chip is blank", pages_erased=pages, pages_equal=0, pages_left=0, size=size,
        seconds=9.0,
    )  # fmt: skip
    yield Programmed(
        op=op, part="system", version=6200, start=0x30000, size=size, sha256=SHA, pages_written=pages, pages_equal=0
    )
    yield Flashed(
        op=op, size=size, pages_erased=pages, erased_all=False, seconds=8.0, swclk=8_000_000, retries=0
    )  # fmt: skip
    yield Proved(op=op, part="system", start=0x30000, size=size, crc32="00000000")

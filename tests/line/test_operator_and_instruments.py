"""The recipe with operator and instruments, one unit after the other through the same two nests of one line.

The operator is this test: it reads the events, looks at the LED, presses buttons, and types its answers.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from station.bench import spoil
from station.bench.client import Bench, Facts
from station.bench.mishaps import BY_NAME, CATALOGUE, INSTRUMENTS
from station.bench.operator import READS
from station.domain.events import Answered, Event, Prompted, RunFinished, RunStarted
from station.domain.faults import Aborted, Fault, InstrumentSilent, OperatorSaysNo
from station.domain.outcome import Outcome
from station.domain.record import Record, records_of
from station.journal.store import Reader
from station.journal.verify import verify
from tests.line.floor import TO_BE_SEEN, Line, parts_in, root_with_nests, verb

BAD = tuple(one.name for one in CATALOGUE if one.where == "unit" and one.recipe == INSTRUMENTS)
FIRST, LAST = "good", "good at last"
LID, STOP, TYPED_NO, UNPLUGGED = "lid opened", "stopped", "says no", "dmm unplugged"
UNITS = (FIRST, *BAD, LID, STOP, TYPED_NO, UNPLUGGED, LAST)
"""What is special about each unit or its operator, in the order in which they are seated."""

ENDS: dict[str, type[Fault]] = {
    **{name: fault for name in BAD if (fault := BY_NAME[name].fault) is not None},
    LID: Aborted,
    STOP: Aborted,
    TYPED_NO: OperatorSaysNo,
    UNPLUGGED: InstrumentSilent,
}

PULLED_AFTER = 5
"""Lines that the multimeter takes before its plug comes out."""


@dataclass
class Shift:
    """What came of each unit."""

    state: Path
    facts: dict[str, Facts] = field(default_factory=dict)
    runs: dict[str, Event] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    led: dict[str, str] = field(default_factory=dict)
    workers: list[set[int]] = field(default_factory=list)
    said: str = ""


class Operator:
    """Reads what the station prints and does what a person would do, or what is special about a unit."""

    def __init__(self, bench: Bench, line: Line, shift: Shift) -> None:
        self._bench, self._line, self._shift = bench, line, shift
        self._read = 0

    def work(self, seated: dict[int, str]) -> None:
        """Act on every event since the last time."""
        for event in self._line.seen[self._read :]:
            if isinstance(event.body, Prompted):
                nest = next(n for n, name in seated.items() if self._shift.runs[name].run == event.run)
                self._asked(nest, seated[nest], event.body)
        self._read = len(self._line.seen)

    def _asked(self, nest: int, name: str, question: Prompted) -> None:
        time.sleep(READS)
        special: dict[str, Callable[[], None]] = {
            LID: lambda: self._bench.lid(nest, False),
            STOP: lambda: self._line.enter(f"stop {nest}"),
            TYPED_NO: lambda: self._line.enter(f"NO {nest}"),
        }
        if name in special:
            special[name]()
        elif "LED" in question.tell:
            self._shift.led[name] = self._bench.unit(self._shift.facts[name].unit).led
            self._line.enter(f"{'yes' if self._shift.led[name] == 'red' else 'no'} {nest}")
        else:
            self._bench.press(nest)


@pytest.fixture(scope="module")
def shift(tmp_path_factory: pytest.TempPathFactory) -> Shift:
    folder = tmp_path_factory.mktemp("instruments")
    root, parts = root_with_nests(folder / "root", 2), parts_in(folder / "parts")
    spoil.hurry(root)
    made, waiting, seated = Shift(folder / "state"), list(UNITS), dict[int, str]()
    with Bench.start(nests=2) as bench, Line(bench, root, parts, made.state, recipe=INSTRUMENTS) as line:
        operator = Operator(bench, line, made)
        line.started()
        while waiting or seated:
            for nest in {1, 2} - set(seated):
                # The unit after the unplugged multimeter waits for its nest: that it works there is shown.
                if waiting and not (waiting[0] == LAST and seated):
                    seated[nest] = name = waiting.pop(0)
                    unit = bench.new_unit()
                    if name in BAD:
                        bench.mishap(name, unit=unit)
                    for one in (1, 2):
                        if name == LAST:
                            bench.instrument(one, "dmm", "none")
                    if name == UNPLUGGED:
                        bench.instrument(nest, "dmm", "unplugged", after=PULLED_AFTER)
                    made.facts[name] = bench.unit(unit)
                    made.runs[name] = line.seat(nest, unit)
            operator.work(seated)
            ended = {event.run for event in line.seen if isinstance(event.body, RunFinished)}
            done = {nest: name for nest, name in seated.items() if made.runs[name].run in ended}
            for nest, name in done.items():
                made.facts[name] = bench.unit(made.facts[name].unit)
                line.clear(nest)
                if name == LID:
                    # Its lid was open already: closing the empty nest is what clears it.
                    bench.lid(nest, True)
                    time.sleep(TO_BE_SEEN)
                del seated[nest]
            made.workers.append(set(line.workers()))
            assert done or line.next() is not None, line.said.read_text(encoding="utf-8")
        line.stop()
        made.said = line.said.read_text(encoding="utf-8")
    with Reader.open(made.state) as journal:
        records = {record.run: record for record in records_of(journal.events())}
    made.records = {name: records[run.run] for name, run in made.runs.items() if run.run is not None}
    return made


@pytest.mark.parametrize("name", [FIRST, LAST])
def test_a_good_unit_passes_with_the_operator_s_word_and_the_instruments_readings(name: str, shift: Shift) -> None:
    record = shift.records[name]
    assert (record.outcome, record.missing(), record.repeated) == (Outcome.PASS, [], ())
    assert shift.led[name] == "red"
    assert [(one.answer, one.by) for one in record.answered] == [("yes", "key"), ("done", "button: presses 1")]
    assert [(one.name, one.value, one.outcome) for one in record.checked] == [
        ("jedec", "c22016", Outcome.PASS),
        ("addresses", "36 6b", Outcome.PASS),
    ]
    sources = {one.name: one.source for one in record.measured}
    assert sources["vbat"] == "factory-test:rails"
    assert sources["inrush"].startswith("instrument:supply (Station,bench supply,")
    assert sources["sleep_current"] == sources["v3v3_load"]
    assert sources["sleep_current"].startswith("instrument:dmm (Station,bench multimeter,")
    values = {one.name: one.value for one in record.measured}
    assert 40e-6 < values["sleep_current"] < 55e-6
    assert values["v3v3_load"] < values["v3v3"], "the load pulls the rail down"
    assert 48 in {one.op for one in record.silent}, "a unit that has slept can be asked again"


@pytest.mark.parametrize("name", ENDS)
def test_what_goes_wrong_ends_in_its_fault_and_the_operator_reads_what_to_do(name: str, shift: Shift) -> None:
    fault, finished = ENDS[name], shift.records[name].finished
    assert finished is not None
    assert (finished.outcome, finished.code, finished.remedy) == (fault.outcome, fault.code, fault.remedy)
    assert f"{fault.code} {finished.detail}" in shift.said


@pytest.mark.parametrize("name", UNITS)
def test_every_unit_is_left_without_power_and_spoke_to_nobody(name: str, shift: Shift) -> None:
    facts = shift.facts[name]
    assert (facts.powered, facts.running, facts.contacts) == (False, None, ())


@pytest.mark.parametrize("name", [LID, STOP])
def test_a_question_that_is_stopped_is_answered_by_nobody_and_no_worker_is_ended_for_it(
    name: str, shift: Shift
) -> None:
    assert shift.records[name].answered == ()
    assert len(shift.records[name].prompted) == 1
    assert set.union(*shift.workers) == shift.workers[-1], "the same two workers made every unit"


def test_a_sleep_current_that_is_too_high_is_measured_twice_and_both_are_recorded(shift: Shift) -> None:
    record = shift.records["sleep_current"]
    measured = [(one.attempt, one.outcome) for one in record.measured if one.name == "sleep_current"]
    assert measured == [(1, Outcome.FAIL), (2, Outcome.FAIL)]
    assert record.repeated == (47,)


def test_the_journal_holds_and_every_report_is_written_from_it(shift: Shift, tmp_path: Path) -> None:
    assert verify(shift.state).runs == len(UNITS)
    assert verb("report", "--state", shift.state, "--to", tmp_path).code == 0
    measurements = (tmp_path / "measurements.csv").read_text(encoding="utf-8-sig")
    assert "instrument:dmm (Station,bench multimeter,1,1.0)" in measurements


def test_every_question_is_an_event_before_its_answer(shift: Shift) -> None:
    with Reader.open(shift.state) as journal:
        events = list(journal.events())
    asked: set[tuple[str | None, int]] = set()
    for event in events:
        if isinstance(event.body, Prompted):
            asked.add((event.run, event.body.prompt))
        if isinstance(event.body, Answered):
            assert (event.run, event.body.prompt) in asked
    began = next(event for event in events if event.run is not None)
    assert isinstance(began.body, RunStarted)

"""A shift from its first scan to its import list: the real command line, real processes, the bench."""

import csv
import hashlib
import importlib
import io
import json
import re
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from station.bench import modules
from station.bench.client import Bench, Facts
from station.config import Root, default_root
from station.domain.chip import FORMER_USER_PART, PAGE
from station.domain.events import (
    Booted,
    Event,
    Identified,
    Measured,
    Metered,
    PreAddExported,
    PreAddRequested,
    Programmed,
    Proved,
    RunFinished,
    RunStarted,
    Sealed,
    Silent,
    StationStarted,
    StepFinished,
    StepStarted,
    Stopped,
)
from station.domain.firmware import HEADER_SIZE
from station.domain.outcome import Outcome
from station.domain.record import Record, records_of
from station.journal.chain import body_bytes
from station.journal.store import Reader
from station.report.document import schema
from tests.line.floor import (
    Done,
    Line,
    command,
    eventually,
    files_with,
    parts_in,
    produced,
    root_with_nests,
    secret,
    verb,
)

# Imported by name: the library brings no types.
jsonschema = importlib.import_module("jsonschema")

GOOD = "good"
LID_OPENED = "lid opened"
START = {"bootloader": 0xF4000, "softdevice": 0x1000, "system": 0x28000, "user": 0xB4000}
"""Where Device OS 6.2 has its modules on an nRF52840 (Device OS, build/arm/linker/nrf52840/platform_flash.ld)."""

SHEET = (10, 20, 30, 32, 34, 36, 38, 40, 41, 42, 45, 50, 60, 70, 80)


def events_of(state: Path) -> list[Event]:
    with Reader.open(state) as journal:
        return list(journal.events())


def digests(folder: Path) -> dict[str, str]:
    return {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in folder.iterdir()}


# A demonstration: four units, two at a time


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shift")


@pytest.fixture(scope="module")
def sim(state: Path) -> Done:
    return command("sim", "--headless", "--units", "4", "--nests", "2", "--json", "--state", state)


@pytest.fixture(scope="module")
def records(sim: Done, state: Path) -> list[Record]:
    return records_of(events_of(state))


def test_four_units_pass_and_the_last_line_says_so(sim: Done, state: Path) -> None:
    assert sim.code == 0, sim.err
    told = sim.json
    assert (told["passed"], told["failed"], told["errors"], told["aborted"], told["interrupted"]) == (4, 0, 0, 0, 0)
    assert told["state_dir"] == str(state)
    assert told["cloud_contacts"] == 0
    assert told["codes"] == []
    assert isinstance(told["seconds"], float)
    assert told["seconds"] > 0


def test_people_read_four_verdicts_and_where_everything_lies(sim: Done, state: Path, records: list[Record]) -> None:
    for record in records:
        verdict = rf"^nest {record.started.nest}\s+PASS\s+{record.device_id}\s"
        assert len(re.findall(verdict, sim.err, re.ASCII | re.MULTILINE)) == 1
    assert str(state / "journal.sqlite") in "".join(sim.err.split())
    assert "contacted by 0 of 4 units" in " ".join(sim.err.split())


def test_every_record_is_a_pass_with_nothing_missing(records: list[Record]) -> None:
    assert [record.outcome for record in records] == [Outcome.PASS] * 4
    assert [record.missing() for record in records] == [[]] * 4
    assert len({record.device_id for record in records}) == 4
    assert {record.started.nest for record in records} == {1, 2}


def test_the_journal_has_no_gap_and_its_chain_holds(sim: Done, state: Path) -> None:
    events = events_of(state)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert isinstance(events[0].body, StationStarted)
    verified = command("journal", "verify", "--state", state, "--json")
    assert verified.code == 0
    assert verified.json["entries"] == len(events)
    assert verified.json["runs"] == 4


def test_a_run_begins_with_its_inputs_and_ends_with_its_verdict(sim: Done, state: Path, records: list[Record]) -> None:
    for record in records:
        bodies = [event.body for event in events_of(state) if event.run == record.run]
        assert isinstance(bodies[0], RunStarted)
        assert isinstance(bodies[-1], RunFinished)
        assert sum(isinstance(one, RunStarted | RunFinished) for one in bodies) == 2


def test_operations_follow_the_sheet_and_every_fact_stands_inside_its_own(
    sim: Done, state: Path, records: list[Record]
) -> None:
    for record in records:
        bodies = [event.body for event in events_of(state) if event.run == record.run]
        assert tuple(one.op for one in bodies if isinstance(one, StepStarted)) == SHEET == record.started.ops
        assert tuple(one.op for one in bodies if isinstance(one, StepFinished)) == SHEET
        within: int | None = None
        for body in bodies:
            match body:
                case StepStarted(op=op):
                    assert within is None
                    within = op
                case StepFinished(op=op):
                    assert within == op
                    within = None
                case RunStarted() | RunFinished() | PreAddRequested() | Metered():
                    assert within is None
                case _:
                    assert body.model_dump()["op"] == within


def test_the_request_to_add_the_unit_stands_in_the_transaction_of_its_pass(sim: Done, state: Path) -> None:
    events = events_of(state)
    requests = [event for event in events if isinstance(event.body, PreAddRequested)]
    assert len(requests) == 4
    for request in requests:
        metered, verdict = events[request.seq : request.seq + 2]  # `seq` counts from 1: these are the next ones
        assert isinstance(metered.body, Metered)
        assert metered.body.verdict == "no_evidence"
        assert isinstance(verdict.body, RunFinished)
        assert verdict.body.outcome is Outcome.PASS
        assert (verdict.run, verdict.at) == (metered.run, metered.at) == (request.run, request.at)


def test_the_evidence_comes_in_the_order_that_makes_it_evidence(records: list[Record], state: Path) -> None:
    for record in records:
        bodies = [event.body for event in events_of(state) if event.run == record.run]
        place = {
            kind: [n for n, one in enumerate(bodies) if isinstance(one, kind)]
            for kind in (Booted, Silent, Stopped, Sealed)
        }
        written = [n for n, one in enumerate(bodies) if isinstance(one, Programmed)]
        proved = [n for n, one in enumerate(bodies) if isinstance(one, Proved)]
        assert [one.by for one in record.identified] == [
            "label",
            "swd",
            "usb",
            "usb_request",
            "factory_test",
            "listening",
        ]
        # Firmware runs once; its silence is read when it answers first, after the tests, and right before it is stopped
        # and overwritten; nothing runs after that.
        [booted], [early, later, silent], [stopped], [sealed] = (
            place[kind] for kind in (Booted, Silent, Stopped, Sealed)
        )
        assert booted < early < later < silent < stopped < sealed
        assert stopped == silent + 1
        assert max(written) < max(proved) < sealed
        assert any(n > silent for n in written)
        assert all(any(n < m for m in proved) for n in written)


def test_a_flipped_byte_is_found_and_its_entry_named(sim: Done, state: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(state, copy, ignore=shutil.ignore_patterns("parts", "pyocd"))
    touched = [event for event in events_of(copy) if isinstance(event.body, Identified) and event.body.by == "swd"][2]
    journal = copy / "journal.sqlite"
    data, body = journal.read_bytes(), body_bytes(touched.body)
    assert data.count(body) == 1
    at = data.index(body) + body.index(b"e00fce68") + 9
    journal.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    verified = command("journal", "verify", "--state", copy)
    assert verified.code == 3
    assert f"entry {touched.seq} (run {touched.run})" in verified.err
    assert "S502" in verified.err


def test_every_report_fits_the_published_schema(sim: Done, state: Path, records: list[Record]) -> None:
    validator = jsonschema.Draft202012Validator(schema(), format_checker=jsonschema.FormatChecker())
    for record in records:
        document = json.loads((state / "reports" / f"{record.run}.json").read_text(encoding="utf-8"))
        validator.validate(document)
        assert document["unit"]["device_id"] == record.device_id
        assert document["outcome"] == "pass"


def test_the_tables_have_a_line_a_run_and_a_line_a_measurement(sim: Done, state: Path, records: list[Record]) -> None:
    runs = list(csv.reader(io.StringIO((state / "reports" / "runs.csv").read_text(encoding="utf-8-sig"))))
    measured = list(csv.reader(io.StringIO((state / "reports" / "measurements.csv").read_text(encoding="utf-8-sig"))))
    assert len(runs) == 1 + 4
    assert {cell for row in runs for cell in row} >= {record.device_id for record in records}
    assert len(measured) == 1 + sum(len(record.measured) for record in records) == 1 + 4 * 8


def test_the_same_journal_gives_the_same_reports_again(sim: Done, state: Path, tmp_path: Path) -> None:
    before = digests(state / "reports")
    assert len(before) == 4 + 2
    again = verb("report", "--state", state, "--json", "--to", tmp_path / "again")
    assert again.code == 0
    assert again.json["files"] == 6
    assert digests(tmp_path / "again") == before == digests(state / "reports")


def test_the_import_list_has_the_units_that_passed_once_and_for_ever(
    sim: Done, state: Path, records: list[Record], tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(state, copy, ignore=shutil.ignore_patterns("parts", "pyocd"))
    wanted = [str(record.device_id) for record in records]
    listed = verb("outbox", "list", "--state", copy)
    assert listed.code == 0
    assert [line.split()[0] for line in listed.out.splitlines()] == wanted
    exported = command("outbox", "export", "--state", copy)
    assert exported.code == 0
    assert exported.out.splitlines() == wanted
    assert (copy / "devices.txt").read_bytes() == "".join(f"{one}\n" for one in wanted).encode("ascii")
    assert all(one == one.lower() and len(one) == 24 for one in wanted)
    again = verb("outbox", "export", "--state", copy)
    assert (again.code, again.out) == (0, "")
    assert [one.name for one in copy.glob("devices*")] == ["devices.txt"]
    assert verb("outbox", "list", "--state", copy).out == ""
    assert verb("journal", "verify", "--state", copy).code == 0


def test_no_mobile_secret_is_in_any_file_or_on_any_screen(sim: Done, state: Path, records: list[Record]) -> None:
    units = produced(4)
    assert {unit.serial for unit in units} == {record.serial for record in records}
    for unit in units:
        assert len(secret(unit)) == 15
        assert files_with(state, secret(unit)) == []
        assert secret(unit) not in sim.out + sim.err
        assert files_with(state, unit.serial) != []


# A line on a bench that outlives it, so that the boards can be asked afterwards


@dataclass
class Shift:
    """What a line made of its units, and what the bench knows of them."""

    state: Path
    bench: Bench
    facts: dict[str, Facts] = field(default_factory=dict)
    ended: dict[str, RunFinished] = field(default_factory=dict)
    seen: list[Event] = field(default_factory=list)
    during: dict[str, Done] = field(default_factory=dict)
    leaks: list[Path] = field(default_factory=list)
    said: str = ""
    code: int = -1
    folded: bool = False
    """Whether the journal was one file again once the line had ended."""


@pytest.fixture(scope="module")
def shift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shift]:
    """A good unit, and beside it one whose lid is opened in mid-flash."""
    folder = tmp_path_factory.mktemp("line")
    root, parts = root_with_nests(folder / "root", 2), parts_in(folder / "parts")
    with Bench.start(nests=2) as bench:
        made = Shift(folder / "state", bench)
        units = {name: bench.new_unit() for name in (GOOD, LID_OPENED)}
        with Line(bench, root, parts, made.state) as line:
            line.started()
            runs = {GOOD: line.seat(1, units[GOOD], typed=True).run, LID_OPENED: line.seat(2, units[LID_OPENED]).run}
            line.until(lambda event: event.run == runs[LID_OPENED] and first_of_op_20(event))
            bench.lid(2, False)
            made.during["verify"] = command("journal", "verify", "--state", made.state)
            made.during["export"] = command("outbox", "export", "--state", made.state)
            while len(verdicts := ended(line)) < 2:
                assert line.next() is not None
            for name, nest in ((GOOD, 1), (LID_OPENED, 2)):
                made.facts[name], made.ended[name] = bench.unit(units[name]), verdicts[runs[name]]
                line.clear(nest)
            made.leaks = [file for facts in made.facts.values() for file in files_with(made.state, secret(facts))]
            made.code = line.stop(signal.SIGTERM)
            made.folded = eventually(lambda: not (made.state / "journal.sqlite-wal").exists())
            made.seen, made.said = line.seen, line.said.read_text(encoding="utf-8")
        yield made


def first_of_op_20(event: Event) -> bool:
    return isinstance(event.body, StepStarted) and event.body.op == 20


def ended(line: Line) -> dict[str | None, RunFinished]:
    """The verdicts so far, by run."""
    return {event.run: event.body for event in line.seen if isinstance(event.body, RunFinished)}


def test_a_good_unit_leaves_with_the_release_and_never_spoke_to_the_cloud(shift: Shift) -> None:
    facts = shift.facts[GOOD]
    assert shift.ended[GOOD].outcome is Outcome.PASS
    assert facts.contacts == ()
    assert [one.firmware for one in facts.boots] == ["factory-test"]
    for file in (*modules.device_os_620(), modules.product()):
        data = file.data[HEADER_SIZE:] if file.kind == "softdevice" else file.data
        assert shift.bench.flash(facts.unit, START[file.kind], len(data)) == data, file.name
    # A valid 128 KiB user part would win over the product's firmware.
    assert shift.bench.flash(facts.unit, FORMER_USER_PART, PAGE) == b"\xff" * PAGE


def test_an_opened_lid_stops_the_run_and_the_operator_reads_what_to_do(shift: Shift) -> None:
    ended = shift.ended[LID_OPENED]
    assert (ended.outcome, ended.code, ended.remedy) == (Outcome.ABORTED, "A001", "Run the unit again.")
    assert "lid" in ended.detail
    assert [one.firmware for one in shift.facts[LID_OPENED].boots] == []


@pytest.mark.parametrize("name", [GOOD, LID_OPENED])
def test_a_nest_is_safe_when_its_verdict_is_shown(name: str, shift: Shift) -> None:
    facts = shift.facts[name]
    assert facts.seat is not None
    assert (facts.powered, facts.reset_held, facts.running, facts.mode) == (False, True, None, None)


def test_everything_that_was_printed_is_in_the_journal_and_the_other_way_round(shift: Shift) -> None:
    assert shift.seen == [event for event in events_of(shift.state) if not isinstance(event.body, PreAddExported)]


def test_two_nests_work_at_the_same_time(shift: Shift) -> None:
    first = [event.run for event in shift.seen if event.run is not None]
    runs = list(dict.fromkeys(first))
    assert max(n for n, run in enumerate(first) if run == runs[0]) > min(
        n for n, run in enumerate(first) if run == runs[1]
    )


def test_the_import_list_of_a_mixed_shift_has_the_good_unit_only(shift: Shift) -> None:
    exported = verb("outbox", "export", "--state", shift.state)
    assert exported.out.splitlines() == [shift.facts[GOOD].device_id]


def test_the_journal_can_be_read_while_the_line_runs_and_lists_are_exported_when_it_does_not(shift: Shift) -> None:
    assert shift.during["verify"].code == 0
    assert shift.during["export"].code == 3
    assert "S503" in shift.during["export"].err


def test_a_line_ends_with_the_worst_outcome_of_its_shift(shift: Shift) -> None:
    assert shift.code == 4
    assert shift.folded


def test_no_mobile_secret_is_left_in_a_working_line_or_after_it(shift: Shift) -> None:
    assert shift.leaks == []
    for facts in shift.facts.values():
        hidden = secret(facts)
        assert files_with(shift.state, hidden) == []
        assert hidden not in shift.said
        assert not any(hidden in event.model_dump_json() for event in shift.seen)


def test_measured_values_are_those_that_the_board_has(shift: Shift) -> None:
    measured = [event.body for event in shift.seen if isinstance(event.body, Measured)]
    assert {one.name for one in measured} == set(Root(default_root()).recipe("gateway").value.limits)
    assert all(one.outcome is Outcome.PASS for one in measured)

"""A shift on an order: from the supplier's file to what is built, left and refused, and a unit that was relabelled."""

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from station.bench.client import Bench, Facts
from station.domain.events import Bound, Event, Flashed, Recovering, RunFinished, ScanRefused
from station.domain.outcome import Outcome
from station.domain.record import Record, records_of
from station.journal.store import Reader
from station.journal.verify import verify
from tests.line.floor import Done, Line, files_with, parts_in, root_with_nests, secret, verb

SHIELDED = 'declares = ["reset_held"]\n'


@dataclass
class Shift:
    """What came of it: units by number, their runs in order, and what the verbs said."""

    state: Path
    root: Path
    facts: dict[str, Facts] = field(default_factory=dict)
    runs: dict[str, Event] = field(default_factory=dict)
    refused: dict[str, list[ScanRefused]] = field(default_factory=dict)
    said: dict[str, Done] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def record(self, name: str) -> Record:
        """The run that was begun for this unit."""
        run = self.runs[name].run
        return next(one for one in records_of(self.events) if one.run == run)


def make(
    line: Line,
    bench: Bench,
    shift: Shift,
    name: str,
    run: str | None = None,
    label: str | None = None,
    again: bool = False,
) -> None:
    """Have a unit made, with its own label or with another's; `again` where that label has passed before."""
    shift.runs[run or name] = started = line.seat(1, shift.facts[name].unit, label=label, again=again)
    line.until(lambda event: isinstance(event.body, RunFinished) and event.run == started.run)
    shift.facts[name] = bench.unit(shift.facts[name].unit)
    line.clear(1)


def scan(line: Line, bench: Bench, shift: Shift, name: str, label: str) -> None:
    """Scan a label that no nest takes."""
    bench.scan(label)
    event = line.until(lambda one: isinstance(one.body, ScanRefused))
    assert isinstance(event.body, ScanRefused)
    shift.refused.setdefault(name, []).append(event.body)


@pytest.fixture(scope="module")
def shift(tmp_path_factory: pytest.TempPathFactory) -> Shift:
    folder = tmp_path_factory.mktemp("order")
    made = Shift(folder / "state", root_with_nests(folder / "root", 1))
    fixture, parts = made.root / "fixtures" / "sim-4up.toml", parts_in(folder / "parts")
    without = fixture.read_text(encoding="utf-8")
    fixture.write_text(SHIELDED + without, encoding="utf-8")
    state = ("--state", made.state)
    with Bench.start(nests=1) as bench:
        for name in ("first", "second", "third", "stranger"):
            made.facts[name] = bench.unit(bench.new_unit())
        made.facts["cloned"] = bench.unit(bench.new_unit(serial=made.facts["first"].serial))
        listed = [made.facts[name] for name in ("first", "second", "third")]
        rows = [f"{one.device_id};{one.label.replace(' ', ';')}" for one in listed]
        (folder / "SO-4711.csv").write_text("\n".join(["Device ID;Serial;Secret", *rows, ""]))
        made.said["import"] = verb("orders", "import", folder / "SO-4711.csv", *state)
        with Line(bench, made.root, parts, made.state) as line:
            line.started()
            make(line, bench, made, "first")
            scan(line, bench, made, "stranger", made.facts["stranger"].label)
            # Both stand in the order, and the order ties neither to the other.
            make(line, bench, made, "third", "crosswise", label=made.facts["second"].label)
            make(line, bench, made, "cloned", again=True)
            make(line, bench, made, "first", "first again", again=True)
            line.stop()
        made.said["reconcile"] = verb("orders", "reconcile", "SO-4711", "--json", *state)
        made.said["export"] = verb("outbox", "export", *state)
        fixture.write_text(without, encoding="utf-8")
        with Line(bench, made.root, parts, made.state) as line:
            line.started()
            scan(line, bench, made, "first", made.facts["first"].label)
            line.stop()
        fixture.write_text(SHIELDED + without, encoding="utf-8")
        made.said["release"] = verb("identity", "release", made.facts["first"].device_id, "--why", "scrapped", *state)
        made.said["close"] = verb("orders", "close", "SO-4711", "--why", "all shipped", *state)
        (folder / "SO-4712.csv").write_text(f"{made.facts['cloned'].device_id}\n")
        made.said["second import"] = verb("orders", "import", folder / "SO-4712.csv", *state)
        with Line(bench, made.root, parts, made.state) as line:
            line.started()
            make(line, bench, made, "cloned", "relabelled")
            made.said["stop"] = Done(line.stop(), "", line.said.read_text(encoding="utf-8"))
    made.said["report"] = verb("report", *state)
    with Reader.open(made.state) as journal:
        made.events = list(journal.events())
    return made


def test_a_unit_of_the_order_passes_and_everything_tells_its_order(shift: Shift) -> None:
    record, facts = shift.record("first"), shift.facts["first"]
    assert record.outcome is Outcome.PASS
    assert record.order == "SO-4711"
    assert [one.by for one in record.identified] == [
        "label",
        "swd",
        "order",
        "usb",
        "usb_request",
        "factory_test",
        "listening",
    ]
    assert record.bound == Bound.model_validate({"op": 30, "device_id": facts.device_id, "serial": facts.serial})
    document = json.loads((shift.state / "reports" / f"{record.run}.json").read_text(encoding="utf-8"))
    assert document["unit"]["order"] == "SO-4711"
    assert document["unit"]["bound"]["serial"] == facts.serial
    with (shift.state / "reports" / "runs.csv").open(newline="", encoding="utf-8-sig") as table:
        rows = {row["run"]: row["order"] for row in csv.DictReader(table)}
    assert rows[record.run] == "SO-4711"


def test_a_unit_that_is_made_again_is_the_same_unit(shift: Shift) -> None:
    record = shift.record("first again")
    assert record.outcome is Outcome.PASS
    assert record.bound == shift.record("first").bound


def test_a_unit_outside_the_order_is_refused_at_the_scan(shift: Shift) -> None:
    (refused,) = shift.refused["stranger"]
    assert (refused.code, refused.source) == ("U118", "scanner")
    assert shift.facts["stranger"].serial in refused.detail


def test_a_label_on_the_wrong_unit_of_the_order_is_refused_before_anything_is_erased(shift: Shift) -> None:
    record, facts = shift.record("crosswise"), shift.facts["third"]
    assert record.finished is not None
    assert (record.outcome, record.finished.code) == (Outcome.FAIL, "U119")
    assert facts.device_id in record.finished.detail
    untouched(shift, "crosswise", facts)


def test_a_second_unit_with_a_label_is_refused_before_anything_is_erased(shift: Shift) -> None:
    record = shift.record("cloned")
    assert record.finished is not None
    assert (record.outcome, record.finished.code) == (Outcome.FAIL, "U119")
    assert shift.facts["first"].device_id in record.finished.detail


def untouched(shift: Shift, name: str, facts: Facts) -> None:
    """Nothing was flashed, nothing ran."""
    run = shift.runs[name].run
    assert not [one for one in shift.events if one.run == run and isinstance(one.body, Flashed | Recovering)]
    assert facts.boots == ()
    assert facts.contacts == ()


def test_the_order_is_reconciled_with_what_was_made(shift: Shift) -> None:
    told = shift.said["reconcile"].json
    states = {one["line"]["device_id"]: one["state"] for one in told["units"]}  # type: ignore[attr-defined]
    assert states[shift.facts["first"].device_id] == "built"
    assert states[shift.facts["third"].device_id] == "failed"
    assert (told["listed"], told["built"], told["strangers"]) == (3, 1, [])


def test_a_unit_on_an_import_list_is_not_switched_on_where_it_could_connect(shift: Shift) -> None:
    (refused,) = shift.refused["first"]
    assert refused.code == "U123"
    assert shift.facts["first"].device_id in refused.detail


def test_a_label_that_was_released_may_be_on_another_unit_and_its_report_says_why(shift: Shift) -> None:
    record, cloned = shift.record("relabelled"), shift.facts["cloned"]
    assert record.outcome is Outcome.PASS
    assert record.order == "SO-4712"
    assert record.bound is not None
    assert (record.bound.device_id, record.bound.serial) == (cloned.device_id, shift.facts["first"].serial)
    assert record.bound.released == (f"{shift.facts['first'].device_id}: scrapped",)


def test_no_mobile_secret_of_the_supplier_s_list_or_of_a_label_is_kept(shift: Shift) -> None:
    assert "3 mobile secrets dropped" in shift.said["import"].out
    for facts in shift.facts.values():
        assert files_with(shift.state, secret(facts)) == []
        assert all(secret(facts) not in said.out + said.err for said in shift.said.values())
    assert verify(shift.state).entries == len(shift.events)

"""Every way in which a unit can be bad, one unit after the other through the same two nests of one line.

That the line outlives all of them, and still makes a good unit, is part of what is shown.
"""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from station.bench.client import Bench, Facts
from station.bench.mishaps import BY_NAME, CATALOGUE
from station.domain.events import Event, RunFinished, RunStarted
from station.domain.faults import ChipLocked, CloudContact, RanUnwatched
from station.domain.ids import DeviceId
from station.domain.outcome import Outcome
from station.domain.record import Record, records_of
from station.domain.unwind import suspects
from station.journal.outbox import outbox
from station.journal.store import Reader
from station.journal.verify import verify
from tests.line.floor import Line, eventually, files_with, parts_in, root_with_nests, secret

BAD = tuple(one.name for one in CATALOGUE if one.where == "unit" and one.recipe is None)
GOOD = "good"
OUT_OF_REACH = frozenset({"reset_open", "unseated_unit"})
"""Units whose reset pad the fixture cannot pull."""

SUSPECT = tuple(one.name for one in CATALOGUE if one.where == "unit" and one.fault in (CloudContact, RanUnwatched))
"""Units that may have connected: their nest stays locked until the engineer has seen to them."""


@dataclass
class Tray:
    """What came of each unit, by the name of what is wrong with it."""

    state: Path
    facts: dict[str, Facts] = field(default_factory=dict)
    runs: dict[str, Event] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    said: str = ""
    code: int = -1


@pytest.fixture(scope="module")
def tray(tmp_path_factory: pytest.TempPathFactory) -> Tray:
    """Both nests at work; each board is looked at while it still sits in its nest. The good unit comes last."""
    folder = tmp_path_factory.mktemp("tray")
    root, parts = root_with_nests(folder / "root", 2), parts_in(folder / "parts")
    with (root / "configs" / "station.toml").open("a", encoding="utf-8") as toml:
        toml.write("fail_streak = 0  # nothing but bad units comes here\n")
    made, waiting, seated = Tray(folder / "state"), [*BAD, GOOD], dict[int, str]()
    with Bench.start(nests=2) as bench, Line(bench, root, parts, made.state) as line:
        line.started()
        while waiting or seated:
            for nest in {1, 2} - set(seated):
                if waiting:
                    seated[nest] = name = waiting.pop(0)
                    unit = bench.new_unit()
                    if name != GOOD:
                        bench.mishap(name, unit=unit)
                    made.facts[name] = bench.unit(unit)
                    made.runs[name] = line.seat(nest, unit)
            done = {nest: name for nest, name in seated.items() if made.runs[name].run in ended(line)}
            for nest, name in done.items():
                made.facts[name] = bench.unit(made.facts[name].unit)
                line.clear(nest)
                if name in SUSPECT:
                    line.release(nest)
                # Whoever pulled the probe's plug puts it back before the next unit.
                assert eventually((bench.folder / "probe" / f"BENCH{nest:04d}.sock").exists)
                del seated[nest]
            assert done or line.next() is not None, line.said.read_text(encoding="utf-8")
        made.code, made.said = line.stop(), line.said.read_text(encoding="utf-8")
    with Reader.open(made.state) as journal:
        records = {record.run: record for record in records_of(journal.events())}
    made.records = {name: records[run.run] for name, run in made.runs.items() if run.run is not None}
    return made


def ended(line: Line) -> set[str | None]:
    """Runs that have their verdict."""
    return {event.run for event in line.seen if isinstance(event.body, RunFinished)}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_unit_ends_in_its_fault_and_the_operator_reads_what_to_do(name: str, tray: Tray) -> None:
    fault, finished = BY_NAME[name].fault, tray.records[name].finished
    assert finished is not None
    assert fault is not None
    assert (finished.outcome, finished.code, finished.remedy) == (fault.outcome, fault.code, fault.remedy)
    assert f"{fault.code} {finished.detail}" in tray.said
    assert fault.remedy in tray.said


@pytest.mark.parametrize("name", [*BAD, GOOD])
def test_no_unit_is_under_power_when_its_verdict_is_shown(name: str, tray: Tray) -> None:
    facts = tray.facts[name]
    assert facts.seat is not None
    assert (facts.powered, facts.running, facts.mode) == (False, None, None)
    assert facts.reset_held or name in OUT_OF_REACH


@pytest.mark.parametrize("name", BAD)
def test_what_the_bench_remembers_bears_the_verdict_out(name: str, tray: Tray) -> None:
    facts, fault = tray.facts[name], BY_NAME[name].fault
    if fault is not CloudContact and fault is not RanUnwatched:
        assert facts.contacts == ()
        # The core of a locked chip cannot be stopped: it runs for the moment until its power goes.
        assert {one.firmware for one in facts.boots} <= {"tinker" if fault is ChipLocked else "factory-test"}
    # A unit that was caught while it was connecting need not have arrived; one that arrived is never without evidence.
    assert not facts.contacts or tray.records[name].meter.verdict != "no_evidence"


def test_a_good_unit_passes_after_all_of_them_and_is_the_only_one_on_the_list(tray: Tray) -> None:
    assert tray.records[GOOD].outcome is Outcome.PASS
    assert [name for name, record in tray.records.items() if record.outcome is Outcome.PASS] == [GOOD]
    with Reader.open(tray.state) as journal:
        waiting = outbox(journal.events())
    assert [one.device_id for one in waiting.pending] == [tray.facts[GOOD].device_id]
    assert waiting.withheld == ()


def test_units_that_may_have_connected_and_no_others_are_to_be_unwound(tray: Tray) -> None:
    with Reader.open(tray.state) as journal:
        found = {one.device_id: one for one in suspects(journal.events())}
    assert set(found) == {tray.facts[name].device_id for name in SUSPECT}
    for name in SUSPECT:
        one, touched = found[DeviceId(tray.facts[name].device_id)], bool(tray.facts[name].contacts)
        assert one.verdict in (("incident", "risk") if touched else ("risk",)), name
        assert one.serial == tray.facts[name].serial
        assert one.to_do
    spoke = [name for name in BAD if tray.facts[name].contacts]
    assert all(tray.records[name].meter.verdict != "no_evidence" for name in spoke)


def test_the_line_had_one_run_for_each_unit_and_its_journal_holds(tray: Tray) -> None:
    assert verify(tray.state).runs == len(BAD) + 1
    assert all(isinstance(run.body, RunStarted) for run in tray.runs.values())
    assert tray.code == 3


def test_no_mobile_secret_of_a_bad_unit_is_kept(tray: Tray) -> None:
    for name, facts in tray.facts.items():
        assert files_with(tray.state, secret(facts)) == [], name
        assert secret(facts) not in tray.said

"""What goes wrong on a line, each as `station sim --mishap NAME`: the right fault, no PASS, a sound journal.

Units that are bad in themselves go through one line in test_bad_units.py; here is one of them, everything that the
operator does and everything that happens to the station and its files. What goes wrong with people: test_people.py.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from station.bench import mishaps, spoil
from station.bench.client import Facts
from station.cli import crew
from station.cli.common import code_of, exit_code
from station.cli.mishap_list import OWN, catalogue
from station.domain.events import ScanRefused, StationRefused
from station.domain.faults import Fault, all_faults
from station.domain.outcome import Outcome
from station.domain.record import records_of
from station.domain.unwind import suspects
from station.journal.outbox import outbox
from station.journal.store import Reader
from station.journal.verify import verify
from tests.line.floor import Done, command, produced, verb

FAULTS = {fault.code: fault for fault in all_faults()}
ONE_BAD_UNIT = "unseated_unit"
EXPECTED: dict[str, type[Fault]] = {
    **{
        one.name: one.fault
        for one in mishaps.CATALOGUE
        if one.fault is not None and (one.where != "unit" or one.name == ONE_BAD_UNIT)
    },
    **{one.name: one.fault for one in spoil.CATALOGUE},
    **{name: FAULTS[one.code] for name, one in OWN.items()},
}
HARMLESS = tuple(one.name for one in mishaps.CATALOGUE if one.fault is None)
"""Mishaps that the station notices, and that nothing comes of."""

NAMES = (*EXPECTED, *HARMLESS)
BEFORE_START = frozenset(one.name for one in spoil.CATALOGUE if not one.late)
SCANS = frozenset({"unreadable_label", "label_other_platform", "box_label", "iccid_scan"})
NEIGHBOURS = frozenset({"worker_killed"})
"""Mishaps shown with a second unit, which is good and passes."""

MADE_AGAIN = frozenset({"station_killed"})
"""Mishaps after which the operator runs the same unit again, and it passes."""

TWO = NEIGHBOURS | {"swapped_units"}


class Demonstrations:
    """Runs them, two at a time: while one is looked at, the next one is made."""

    def __init__(self, folder: Path, pool: ThreadPoolExecutor) -> None:
        self._folder, self._pool = folder, pool
        self._running: dict[str, Future[Done]] = {}

    def of(self, name: str) -> Done:
        """How it went."""
        place = NAMES.index(name)
        for one in NAMES[place : place + 2]:
            if one not in self._running:
                self._running[one] = self._pool.submit(self._show, one)
        return self._running[name].result()

    def state(self, name: str) -> Path:
        """Its state folder."""
        return self._folder / name

    def _show(self, name: str) -> Done:
        count = "2" if name in TWO else "1"
        words = ("sim", "--headless", "--json", "--mishap", name, "--units", count, "--nests", count)
        return command(*words, "--state", self.state(name))


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstrations]:
    with ThreadPoolExecutor(2) as pool:
        yield Demonstrations(tmp_path_factory.mktemp("mishaps"), pool)


@pytest.fixture(scope="module")
def units() -> list[Facts]:
    """The two units of every demonstration, as the bench knows them; mishaps befall the first."""
    return produced(2)


def test_the_catalogue_on_the_command_line_is_the_one_that_is_tested_here() -> None:
    bad_units = {one.name for one in mishaps.CATALOGUE if one.where == "unit"}
    assert set(catalogue()) == {*NAMES, *bad_units, *mishaps.HARMLESS, *crew.BY_NAME}
    listed = verb("sim", "--mishaps")
    assert listed.code == 0
    assert [line.split()[0] for line in listed.out.splitlines()] == list(catalogue())


@pytest.mark.parametrize("name", EXPECTED)
def test_what_goes_wrong_is_named_and_no_unit_passes_because_of_it(
    name: str, shown: Demonstrations, units: list[Facts]
) -> None:
    fault, done, state = EXPECTED[name], shown.of(name), shown.state(name)
    told = done.json
    with Reader.open(state) as journal:
        events = list(journal.events())
    records = records_of(events)
    refused = [event.body for event in events if isinstance(event.body, StationRefused)]
    passed = {record.serial for record in records if record.outcome is Outcome.PASS}

    assert done.code == (exit_code(fault("")) if name in BEFORE_START else code_of(fault.outcome)), done.err
    assert fault.code in done.err
    if name in BEFORE_START:
        assert [one.code for one in refused] == [fault.code]
        assert told["refused"] == {"code": fault.code, "detail": refused[0].detail}
        assert records == []
    else:
        assert refused == []
        assert told["codes"] == [fault.code]
        assert told["refused"] is None
    scans = [event.body.code for event in events if isinstance(event.body, ScanRefused)]
    assert scans == ([fault.code] if name in SCANS else [])

    good = {units[1].serial} if name in NEIGHBOURS else {units[0].serial} if name in MADE_AGAIN else set()
    assert passed == good
    assert told["passed"] == len(passed)
    assert all(record.outcome in (Outcome.PASS, fault.outcome) for record in records)
    # What ran while nobody watched is on no list until an engineer has judged it, however good it came out since.
    held = passed if name in MADE_AGAIN else set()
    assert {one.serial for one in suspects(events)} >= held
    assert {one.serial for one in outbox(events).pending} == passed - held
    assert all(record.finished is not None for record in records)
    assert told["cloud_contacts"] == 0
    assert verify(state).entries == len(events)


def test_a_scanner_that_reads_twice_starts_each_unit_once_and_says_so(tmp_path: Path) -> None:
    state = tmp_path / "state"
    done = command(
        "sim", "--headless", "--json", "--mishap", "double_scan", "--units", "2", "--nests", "2", "--state", state
    )
    assert done.code == 0, done.err
    assert done.json["passed"] == 2
    assert done.json["scans_refused"] == 0
    assert done.err.count("scan ignored (scanner)  Read twice") == 2
    with Reader.open(state) as journal:
        assert len(journal.run_ids()) == 2


@pytest.mark.parametrize("name", HARMLESS)
def test_what_does_no_harm_is_noticed_and_the_unit_passes(name: str, shown: Demonstrations, units: list[Facts]) -> None:
    done, state = shown.of(name), shown.state(name)
    with Reader.open(state) as journal:
        (record,) = records_of(journal.events())
    assert (done.code, done.json["codes"]) == (0, []), done.err
    assert (record.outcome, record.serial) == (Outcome.PASS, units[0].serial)
    assert "That question is over." in done.err
    assert [one.answer for one in record.answered] == ["yes", "done"]

"""`station unwind`: what a person sees and says of units that may have connected."""

import csv
from pathlib import Path

import pytest

from station.domain.events import Body, Metered, RunFinished
from station.domain.outcome import Outcome
from station.journal.store import Journal
from tests.journal.shift import clock, run, serial, unit_id, whole_run
from tests.line.floor import verb


def suspect(number: int) -> list[Body]:
    told = Metered(
        verdict="incident",
        reasons=("the unit was connected with the cloud", "=HYPERLINK(1)"),
        conclusion="spoke to the cloud: its billing has probably begun",
        device_id=unit_id(number),
        serial=serial(number),
        radio="cellular",
    )
    return [*whole_run(number, Outcome.FAIL)[:-1], told, RunFinished(outcome=Outcome.FAIL)]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    with Journal.create_or_open(tmp_path, clock().__next__) as journal:
        journal.append(suspect(1), run(1))
        journal.append(whole_run(2), run(2))
        journal.append(suspect(3), run(3))
    return tmp_path


def test_each_suspect_is_listed_with_its_evidence_and_what_to_do(state: Path) -> None:
    told = verb("unwind", "list", "--state", state)
    assert told.code == 0
    assert told.out.count("INCIDENT") == 2
    assert unit_id(2) not in told.out
    assert "because the unit was connected with the cloud" in told.out
    assert "release ownership of the SIM" in told.out
    units = verb("unwind", "list", "--state", state, "--json").json["units"]
    assert isinstance(units, list)
    assert [one["device_id"] for one in units] == [unit_id(1), unit_id(3)]


def test_a_line_without_suspects_says_so(tmp_path: Path) -> None:
    with Journal.create_or_open(tmp_path, clock().__next__) as journal:
        journal.append(whole_run(1), run(1))
    told = verb("unwind", "list", "--state", tmp_path)
    assert (told.code, told.out) == (0, "")
    assert "no evidence of a connection" in told.err
    assert verb("unwind", "list", "--state", tmp_path, "--json").json == {"units": []}


def test_a_unit_that_was_seen_to_is_struck_off_with_a_name_and_stays_in_the_history(state: Path) -> None:
    done = verb("unwind", "done", unit_id(1).upper(), "--by", "M. Quispe", "--note", "never heard", "--state", state)
    assert done.code == 0
    assert unit_id(1) not in verb("unwind", "list", "--state", state).out
    everything = verb("unwind", "list", "--all", "--state", state).out
    assert "done by M. Quispe: never heard" in everything
    again = verb("unwind", "done", unit_id(1), "--by", "M. Quispe", "--note", "twice", "--state", state)
    assert (again.code, "is not on the list" in again.err) == (2, True)


@pytest.mark.parametrize("device", ["e00fce68", "x" * 24, ""])
def test_what_is_no_device_id_is_refused_and_nothing_is_written(device: str, state: Path) -> None:
    before = (state / "journal.sqlite").read_bytes()
    assert verb("unwind", "done", device, "--by", "a", "--note", "b", "--state", state).code == 2
    assert (state / "journal.sqlite").read_bytes() == before


def test_the_table_for_whoever_works_it_off_is_safe_in_a_spreadsheet(state: Path) -> None:
    told = verb("unwind", "export", "--state", state, "--json").json
    assert told["units"] == 2
    text = Path(str(told["file"])).read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["device_id"] for row in rows] == [unit_id(1), unit_id(3)]
    assert all(not cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_without_a_journal_nothing_is_made(tmp_path: Path) -> None:
    for words in (("list",), ("export",), ("done", unit_id(1), "--by", "a", "--note", "b")):
        told = verb("unwind", *words, "--state", tmp_path / "nowhere")
        assert told.code == 3
        assert not (tmp_path / "nowhere").exists()


def test_a_unit_whose_chip_never_told_its_id_is_struck_off_by_its_label(tmp_path: Path) -> None:
    nameless = suspect(1)
    nameless[-2] = nameless[-2].model_copy(update={"device_id": None})
    with Journal.create_or_open(tmp_path, clock().__next__) as journal:
        journal.append(nameless, run(1))
    assert serial(1) in verb("unwind", "list", "--state", tmp_path).out
    done = verb("unwind", "done", serial(1).lower(), "--by", "M. Quispe", "--note", "never heard", "--state", tmp_path)
    assert done.code == 0
    assert verb("unwind", "list", "--state", tmp_path, "--json").json == {"units": []}

"""The journal's file: what goes in comes out, and nobody else gets in."""

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from pydantic import ValidationError

from station.domain.events import Booted, RunFinished
from station.domain.faults import ConfigRefused, JournalBusy, JournalDamaged, JournalGone, NoJournal, PlaceRefused
from station.domain.outcome import Outcome
from station.journal import database
from station.journal.entries import CHECKED, FILE, PAGE
from station.journal.lock import LOCK
from station.journal.marker import MARKER
from station.journal.schema import SCHEMA, VERSION
from station.journal.store import Journal, Reader
from station.ports import Ledger
from tests.journal.shift import MIDNIGHT, clock, measured, run, whole_run


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "line 3?" / "state #1"


@pytest.fixture
def journal(state: Path) -> Iterator[Journal]:
    with Journal.create_or_open(state, clock().__next__) as opened:
        yield opened


def test_what_is_appended_is_read_back_by_the_station_and_by_others(journal: Journal, state: Path) -> None:
    told = journal.append(whole_run(1), run(1)) + journal.append([Booted(op=1, firmware="x")], None)
    assert [event.seq for event in told] == list(range(1, 16))
    assert [event.run for event in told] == [run(1)] * 14 + [None]
    assert list(journal.events()) == told
    with Reader.open(state) as reader:
        assert list(reader.events()) == told
        assert reader.tail() == journal.tail()


def test_the_journal_is_the_ledger_that_the_engine_asks_for(journal: Journal) -> None:
    ledger: Ledger = journal
    ledger.append(whole_run(1)[:3], run(1))
    assert ledger.open_runs() == [run(1)]


def test_facts_of_one_transaction_share_its_time(journal: Journal) -> None:
    first = journal.append(whole_run(1)[:3], run(1))
    second = journal.append(whole_run(1)[3:5], run(1))
    assert {event.at for event in first} == {first[0].at}
    assert first[0].at >= MIDNIGHT
    assert second[0].at > first[0].at


def test_the_journal_goes_on_after_a_restart(state: Path) -> None:
    for number in range(3):
        with Journal.create_or_open(state, clock().__next__) as journal:
            journal.append(whole_run(number), run(number))
    with Reader.open(state) as reader:
        assert [event.seq for event in reader.events()] == list(range(1, 43))
        assert reader.run_ids() == [run(0), run(1), run(2)]


def test_events_can_be_asked_for_by_run_and_from_a_place_on(journal: Journal) -> None:
    for number in range(2 * PAGE // 14 + 2):
        journal.append(whole_run(number), run(number))
    events = list(journal.events())
    assert len(events) > 2 * PAGE
    assert list(journal.events(run(3))) == [event for event in events if event.run == run(3)]
    assert list(journal.events(after=PAGE)) == events[PAGE:]
    assert list(journal.events(run(3), after=45)) == [event for event in events[45:] if event.run == run(3)]
    assert list(journal.events(run(4999))) == []


def test_reading_ends_although_appending_goes_on(journal: Journal) -> None:
    journal.append(whole_run(1), run(1))
    read = 0
    for _ in journal.events():
        read += 1
        journal.append([Booted(op=read, firmware="x")], None)
    assert read == 14


def test_a_run_is_open_until_its_verdict(journal: Journal) -> None:
    journal.append(whole_run(1)[:4], run(1))
    journal.append(whole_run(2), run(2))
    journal.append(whole_run(3)[:1], run(3))
    assert journal.open_runs() == [run(1), run(3)]
    journal.append([RunFinished(outcome=Outcome.ABORTED)], run(1))
    assert journal.open_runs() == [run(3)]
    assert journal.run_ids() == [run(1), run(2), run(3)]


def test_runs_are_told_in_the_order_in_which_they_began(journal: Journal) -> None:
    for number in (9, 2, 5):
        journal.append(whole_run(number)[:1], run(number))
    journal.append(whole_run(2)[1:], run(2))
    assert journal.run_ids() == [run(9), run(2), run(5)]


def test_nothing_to_append_is_no_transaction(journal: Journal) -> None:
    assert journal.append([], run(1)) == []
    assert journal.tail() == (0, journal.identity.genesis)


def test_what_is_no_fact_leaves_nothing_behind(journal: Journal) -> None:
    before = journal.append([measured()], None)
    nameless = Booted(op=1, firmware="x").model_copy(update={"firmware": None})
    with pytest.raises(ValidationError):
        journal.append([Booted(op=1, firmware="x"), nameless], run(1))
    assert journal.tail()[0] == len(before)
    assert journal.append([Booted(op=1, firmware="x")], None)[0].seq == 2


def test_commits_reach_the_disk_before_append_returns(journal: Journal) -> None:
    assert list(journal._database.rows("PRAGMA synchronous")) == [(database.WAL_FULL,)]
    assert list(journal._database.rows("PRAGMA journal_mode")) == [("wal",)]


def test_a_file_that_cannot_keep_a_write_ahead_log_is_refused() -> None:
    memory = apsw.Connection(":memory:")
    with pytest.raises(ConfigRefused, match="must lie on a local disk"):
        database.Database(memory, Path("state") / FILE).durable()
    memory.close()


def test_a_second_station_is_refused_and_told_who_has_the_journal(journal: Journal, state: Path) -> None:
    with pytest.raises(JournalBusy, match=f"process {os.getpid()} writes"):
        Journal.create_or_open(state, clock().__next__)
    journal.append(whole_run(1), run(1))


def test_the_journal_is_free_again_when_it_is_closed(state: Path) -> None:
    for _ in range(2):
        journal = Journal.create_or_open(state, clock().__next__)
        journal.close()
        journal.close()
    assert sorted(path.name for path in state.iterdir()) == [LOCK, FILE, MARKER]


def test_the_lock_is_free_again_when_opening_fails(state: Path) -> None:
    state.mkdir(parents=True)
    (state / FILE).write_bytes(b"")
    for _ in range(2):
        with pytest.raises(JournalDamaged):
            Journal.create_or_open(state, clock().__next__)


def test_another_program_that_locks_the_file_is_waited_for_and_then_named(journal: Journal, state: Path) -> None:
    journal._database._connection.set_busy_timeout(50)
    foreign = apsw.Connection(str(state / FILE))
    foreign.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalBusy, match="another program"):
        journal.append(whole_run(1), run(1))
    foreign.execute("ROLLBACK")
    foreign.close()
    assert journal.append(whole_run(1), run(1))[0].seq == 1


def test_only_the_thread_that_opened_the_journal_appends(journal: Journal) -> None:
    raised: list[Exception] = []

    def other() -> None:
        try:
            journal.append([Booted(op=1, firmware="x")], None)
        except RuntimeError as why:
            raised.append(why)

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert len(raised) == 1
    assert journal.tail()[0] == 0


def test_who_reads_creates_nothing(tmp_path: Path) -> None:
    with pytest.raises(NoJournal, match=r"there is no journal\.sqlite"):
        Reader.open(tmp_path / "none")
    with pytest.raises(NoJournal):
        Reader.open(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_who_reads_cannot_write(journal: Journal, state: Path) -> None:
    journal.append(whole_run(1), run(1))
    with Reader.open(state) as reader, pytest.raises(JournalDamaged, match="readonly"):
        list(reader._database.rows("DELETE FROM entry"))


@pytest.mark.parametrize("content", [b"", b"GIF89a" + bytes(9000), b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_journal_is_refused_and_left_as_it_is(state: Path, content: bytes) -> None:
    state.mkdir(parents=True)
    (state / FILE).write_bytes(content)
    with pytest.raises(JournalDamaged):
        Journal.create_or_open(state, clock().__next__)
    with pytest.raises(JournalDamaged):
        Reader.open(state)
    assert (state / FILE).read_bytes() == content


def test_a_database_of_another_program_is_refused(state: Path) -> None:
    state.mkdir(parents=True)
    other = apsw.Connection(str(state / FILE))
    other.execute("CREATE TABLE entry(seq INTEGER PRIMARY KEY)")
    other.close()
    with pytest.raises(JournalDamaged, match="not a journal"):
        Journal.create_or_open(state, clock().__next__)


def tampered(state: Path, *statements: str) -> None:
    connection = apsw.Connection(str(state / FILE))
    for statement in statements:
        connection.execute(statement)
    connection.close()


def test_a_journal_of_a_newer_program_is_refused(state: Path) -> None:
    Journal.create_or_open(state, clock().__next__).close()
    tampered(state, f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(JournalDamaged, match=f"schema {VERSION + 1}; this program knows schema {VERSION}"):
        Reader.open(state)


def test_a_journal_without_its_triggers_is_refused(state: Path) -> None:
    Journal.create_or_open(state, clock().__next__).close()
    tampered(state, "DROP TRIGGER entry_stays")
    with pytest.raises(JournalDamaged, match="were changed"):
        Journal.create_or_open(state, clock().__next__)


def test_a_log_without_its_file_is_not_taken_for_a_new_station(state: Path) -> None:
    Journal.create_or_open(state, clock().__next__).close()
    (state / FILE).rename(state / f"{FILE}-wal")
    with pytest.raises(JournalGone, match="-wal is there"):
        Journal.create_or_open(state, clock().__next__)


def test_a_start_that_was_interrupted_begins_anew(state: Path) -> None:
    state.mkdir(parents=True)
    for name in (f"{FILE}.new", f"{FILE}.new-wal", f"{FILE}.new-shm"):
        (state / name).write_bytes(b"half")
    Journal.create_or_open(state, clock().__next__).close()
    assert sorted(path.name for path in state.iterdir()) == [LOCK, FILE, MARKER]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET at = 0 WHERE seq = 1",
        "DELETE FROM entry WHERE seq = 14",
        "INSERT INTO entry(seq, at, body, hash) VALUES (99, 0, '{}', zeroblob(32))",
        "REPLACE INTO entry(seq, at, body, hash) VALUES (14, 0, '{}', zeroblob(32))",
        "UPDATE journal SET id = 'x'",
        "DELETE FROM journal",
    ],
)
def test_sql_that_is_no_appending_is_refused_by_the_file_itself(journal: Journal, state: Path, statement: str) -> None:
    told = journal.append(whole_run(1), run(1))
    foreign = apsw.Connection(str(state / FILE))
    with pytest.raises(apsw.ConstraintError):
        foreign.execute(statement)
    foreign.close()
    assert list(journal.events()) == told


def fill(state: Path) -> None:
    """More entries than are checked at once."""
    with Journal.create_or_open(state, clock().__next__) as journal:
        for number in range(CHECKED // 14 + 10):
            journal.append(whole_run(number), run(number))


def test_whatever_was_forged_however_long_ago_is_found_at_the_next_start_and_by_every_reader(state: Path) -> None:
    fill(state)
    drop = "DROP TRIGGER entry_stays"
    remake = next(sql for sql in SCHEMA if "entry_stays" in sql)
    pristine = (state / FILE).read_bytes()
    for seq in (1, 3, 200, CHECKED, CHECKED + 1, 1100, 1134):
        (state / FILE).write_bytes(pristine)
        tampered(state, drop, f"UPDATE entry SET at = at + 1 WHERE seq = {seq}", remake)
        with pytest.raises(JournalDamaged, match=f"entry {seq} "):
            Journal.create_or_open(state, clock().__next__)
        with pytest.raises(JournalDamaged, match=f"entry {seq} "):
            Reader.open(state)


def test_a_row_that_is_missing_long_ago_is_found_at_the_next_start(state: Path) -> None:
    fill(state)
    remake = next(sql for sql in SCHEMA if "entry_remains" in sql)
    tampered(state, "DROP TRIGGER entry_remains", "DELETE FROM entry WHERE seq = 3", remake)
    with pytest.raises(JournalDamaged, match=r"entry 3 .*is missing"):
        Journal.create_or_open(state, clock().__next__)


def test_a_folder_that_cannot_be_made_is_told_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(PlaceRefused, match="state"):
        Journal.create_or_open(tmp_path / "state", clock().__next__)


def test_a_copied_journal_is_the_same_journal(journal: Journal, state: Path, tmp_path: Path) -> None:
    told = journal.append(whole_run(1), run(1))
    journal.close()
    shutil.copytree(state, tmp_path / "copy")
    with Reader.open(tmp_path / "copy") as reader:
        assert list(reader.events()) == told

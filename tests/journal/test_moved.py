"""The journal's files are taken away while its station writes: nothing shown is lost, nothing is silent."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest

from station.domain.events import Event
from station.domain.faults import JournalBusy, JournalMoved, JournalTouched
from station.domain.journal_facts import JournalPutBack
from station.journal.chain import link
from station.journal.entries import FILE
from station.journal.lock import LOCK
from station.journal.presence import beside
from station.journal.store import Journal, Reader
from station.journal.verify import verify
from tests.journal.shift import clock, run, whole_run


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "line 3?" / "state #1"


@pytest.fixture
def journal(state: Path) -> Iterator[Journal]:
    with Journal.create_or_open(state, clock().__next__) as opened:
        opened.append(whole_run(1), run(1))
        yield opened


def rename(state: Path) -> None:
    (state / "backup").mkdir()
    for one in beside(state / FILE):
        one.rename(state / "backup" / one.name)


def delete(state: Path) -> None:
    for one in beside(state / FILE):
        one.unlink()


def delete_the_log(state: Path) -> None:
    for one in beside(state / FILE)[1:]:
        one.unlink()


def delete_the_index_of_the_log(state: Path) -> None:
    beside(state / FILE)[2].unlink()


def move_the_file_alone(state: Path) -> None:
    (state / FILE).rename(state / "old.sqlite")


def as_after_a_kill(state: Path, folder: Path) -> Path:
    """What is in the folder at this moment, as another process finds it."""
    shutil.copytree(state, folder)
    return folder


@pytest.mark.parametrize(
    "harm",
    [rename, delete, delete_the_log, delete_the_index_of_the_log, move_the_file_alone],
    ids=lambda one: one.__name__,
)
def test_what_is_acknowledged_after_the_files_were_taken_away_is_in_the_folder(
    harm: Callable[[Path], None], journal: Journal, state: Path, tmp_path: Path
) -> None:
    heard: list[Event] = []
    journal.tell = heard.extend
    before = list(journal.events())
    harm(state)
    told = journal.append(whole_run(2), run(2))
    found = as_after_a_kill(state, tmp_path / "found")
    assert verify(found).entries == len(before) + 1 + len(told)
    with Journal.create_or_open(found, clock().__next__) as again:
        assert list(again.events()) == [*before, *heard, *told]
    [put_back] = heard
    assert isinstance(put_back.body, JournalPutBack)
    assert FILE in put_back.body.detail
    # It goes on as if nothing had been.
    more = journal.append(whole_run(3), run(3))
    journal.close()
    assert verify(state).entries == more[-1].seq


@pytest.mark.parametrize("harm", [rename, delete, delete_the_log], ids=lambda one: one.__name__)
def test_files_that_were_taken_away_while_nothing_happened_are_back_at_the_end(
    harm: Callable[[Path], None], journal: Journal, state: Path
) -> None:
    harm(state)
    journal.close()
    assert verify(state).entries == 15


def test_where_the_files_went_is_told(journal: Journal, state: Path) -> None:
    heard: list[Event] = []
    journal.tell = heard.extend
    rename(state)
    journal.stay()
    [put_back] = heard
    assert isinstance(put_back.body, JournalPutBack)
    assert str(state / "backup" / FILE) in put_back.body.detail
    # What was moved is as it was, and is never written again.
    assert verify(state / "backup").entries == 14


def test_nothing_is_stored_while_another_file_stands_in_the_place_and_the_other_file_stays_as_it_is(
    journal: Journal, state: Path
) -> None:
    shutil.copyfile(state / FILE, state / "older")
    rename(state)
    (state / "older").rename(state / FILE)
    foreign = (state / FILE).read_bytes()
    for _ in range(2):
        with pytest.raises(JournalMoved, match=r"the journal is now .*backup"):
            journal.append(whole_run(2), run(2))
    assert (state / FILE).read_bytes() == foreign
    assert journal.tail()[0] == 14


def test_moved_away_and_back_is_as_if_it_had_not_been(journal: Journal, state: Path) -> None:
    shutil.copyfile(state / FILE, state / "older")
    rename(state)
    (state / "older").rename(state / FILE)
    with pytest.raises(JournalMoved):
        journal.append(whole_run(2), run(2))
    for one in (state / "backup").iterdir():
        one.replace(state / one.name)
    assert journal.append(whole_run(2), run(2))[-1].seq == 28
    journal.close()
    assert verify(state).entries == 28


def test_a_journal_that_was_replaced_and_is_nowhere_else_is_copied_before_it_is_gone(
    journal: Journal, state: Path
) -> None:
    """As tools do that write anew and rename: only the station still has what it wrote."""
    shutil.copyfile(state / FILE, state / "older")
    (state / "older").replace(state / FILE)
    with pytest.raises(JournalMoved, match=rf"only this station still has it; all of it was copied to .*{FILE}\.kept"):
        journal.append(whole_run(2), run(2))
    journal.close()
    kept = state.parent / "kept"
    kept.mkdir()
    (state / f"{FILE}.kept").rename(kept / FILE)
    assert verify(kept).entries == 14


def test_a_folder_that_is_moved_as_a_whole_takes_no_more_entries_until_it_is_back(
    journal: Journal, state: Path
) -> None:
    elsewhere = state.with_name("elsewhere")
    state.rename(elsewhere)
    with pytest.raises(JournalMoved, match="elsewhere"):
        journal.append(whole_run(2), run(2))
    assert not state.exists()
    elsewhere.rename(state)
    assert journal.append(whole_run(2), run(2))[-1].seq == 28


def test_what_a_backup_reads_or_copies_disturbs_nothing(journal: Journal, state: Path, tmp_path: Path) -> None:
    as_after_a_kill(state, tmp_path / "backup")
    heard: list[Event] = []
    journal.tell = heard.extend
    journal.append(whole_run(2), run(2))
    assert heard == []
    assert verify(tmp_path / "backup").entries == 14


def write_over(state: Path, copy: Path) -> None:
    """As `cp` does onto a file that is there: it stays the same file."""
    names = [str(one) for one in beside(copy / FILE)[:2]]
    subprocess.run(["cp", *names, str(state)], check=True)


FORGER = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=10)
guards = database.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
database.execute("BEGIN IMMEDIATE")
for name, _ in guards:
    database.execute(f"DROP TRIGGER {name}")
assert database.execute(sys.argv[2]).rowcount > 0
for _, made_by in guards:
    database.execute(made_by)
database.execute("COMMIT")
database.close()
"""


def forge(state: Path, sql: str) -> None:
    """What somebody does who has the state folder and SQLite, and knows of the triggers.

    In a process of its own: another SQLite in this one would end the locks of the first.
    """
    subprocess.run([sys.executable, "-c", FORGER, str(state / FILE), sql], check=True)


def test_an_older_copy_written_over_the_file_takes_no_more_entries(
    journal: Journal, state: Path, tmp_path: Path
) -> None:
    older = as_after_a_kill(state, tmp_path / "older")
    for number in range(2, 200):
        journal.append(whole_run(number), run(number))
    write_over(state, older)
    left = (state / FILE).read_bytes()
    for _ in range(2):
        with pytest.raises(JournalTouched):
            journal.append(whole_run(200), run(200))
    assert (state / FILE).read_bytes() == left


def test_an_entry_that_is_changed_while_the_station_runs_is_named_before_another_is_stored(
    journal: Journal, state: Path
) -> None:
    forge(state, "UPDATE entry SET at = at + 1 WHERE seq = 3")
    for _ in range(2):
        with pytest.raises(JournalTouched, match="entry 3"):
            journal.append(whole_run(2), run(2))
    assert journal.tail()[0] == 14


def test_an_entry_that_another_program_adds_is_followed_by_none(journal: Journal, state: Path) -> None:
    """Its hash follows: only who knows what it wrote itself can tell."""
    seq, tail = journal.tail()
    [last] = journal.entries(after=seq - 1)
    added = link(tail, seq + 1, last.run, last.at, last.body)
    forge(
        state,
        f"INSERT INTO entry(seq, run, at, body, hash) SELECT seq + 1, run, at, body, x'{added.hex()}' "
        f"FROM entry WHERE seq = {seq}",
    )
    for _ in range(2):
        with pytest.raises(JournalTouched, match="another program wrote into"):
            journal.append(whole_run(2), run(2))
    assert journal.tail()[0] == seq + 1


def test_a_file_that_another_program_tidies_up_is_written_on(journal: Journal, state: Path) -> None:
    tidy = "import sqlite3, sys; sqlite3.connect(sys.argv[1], isolation_level=None).execute('VACUUM')"
    subprocess.run([sys.executable, "-c", tidy, str(state / FILE)], check=True)
    assert journal.append(whole_run(2), run(2))[-1].seq == 28
    journal.close()
    assert verify(state).entries == 28


WRITER = """
import sys, time
from pathlib import Path
from station.journal.store import Journal
from tests.journal.shift import clock, run, whole_run
with Journal.create_or_open(Path(sys.argv[1]), clock().__next__) as journal:
    journal.append(whole_run(5), run(5))
    print("writing", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def station(state: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the journal of the folder."""
    command = [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {os.getcwd()!r})\n{WRITER}", str(state)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        yield process
        process.kill()


def test_two_stations_never_write_one_journal_also_without_the_lock_file(
    station: subprocess.Popen[str], state: Path
) -> None:
    assert station.poll() is None
    with pytest.raises(JournalBusy, match=f"process {station.pid} writes"):
        Journal.create_or_open(state, clock().__next__)
    (state / LOCK).unlink()
    with pytest.raises(JournalBusy, match="another station writes this file"):
        Journal.create_or_open(state, clock().__next__)
    with Reader.open(state) as reader:
        assert reader.tail()[0] == 14
    assert verify(state).entries == 14


def test_the_journal_of_a_station_that_was_killed_is_free(station: subprocess.Popen[str], state: Path) -> None:
    (state / LOCK).unlink()
    station.kill()
    station.wait()
    with Journal.create_or_open(state, clock().__next__) as journal:
        assert journal.append(whole_run(6), run(6))[0].seq == 15


def test_by_whatever_name_a_journal_is_opened_it_is_the_same_one(
    station: subprocess.Popen[str], state: Path, tmp_path: Path
) -> None:
    assert station.poll() is None
    other = tmp_path / "other"
    other.mkdir()
    for one in beside(state / FILE):
        os.link(one, other / one.name)
    with pytest.raises(JournalBusy, match="another station writes this file"):
        Journal.create_or_open(other, clock().__next__)


def test_readers_in_the_stations_own_process_take_no_lock_from_it(journal: Journal, state: Path) -> None:
    for _ in range(3):
        Reader.open(state).close()
    (state / LOCK).unlink()
    with pytest.raises(JournalBusy):
        Journal.create_or_open(state, clock().__next__)
    foreign = apsw.Connection(str(state / FILE))
    foreign.execute("SELECT count(*) FROM entry").fetchall()
    foreign.close()
    assert beside(state / FILE)[1].exists()
    assert journal.append(whole_run(2), run(2))[0].seq == 15

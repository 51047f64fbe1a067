"""A state folder knows its journal: one that is missing, older or another's is told by its own sentence."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from station.domain.faults import (
    JournalDoubted,
    JournalGone,
    JournalLogGone,
    JournalOther,
    JournalShort,
    NoJournal,
)
from station.domain.journal_facts import JournalAccepted
from station.domain.record import records_of
from station.journal.entries import FILE
from station.journal.marker import MARKER, SIZE, Marker, read, write
from station.journal.outbox import export
from station.journal.presence import beside
from station.journal.store import Journal, Reader
from station.journal.verify import verify
from station.report.document import write_run
from station.report.files import make_folder
from tests.journal.shift import clock, run, whole_run


def made(folder: Path, runs: int = 3, *, first: int = 1) -> Path:
    """A shift that ended by itself."""
    with Journal.create_or_open(folder, clock().__next__) as journal:
        for number in range(first, first + runs):
            journal.append(whole_run(number), run(number))
    return folder


def killed(folder: Path, found: Path) -> Path:
    """The folder of a shift as a power cut leaves it: its last entries are in the log."""
    with Journal.create_or_open(folder, clock().__next__) as journal:
        journal.append(whole_run(7), run(7))
        shutil.copytree(folder, found)
    return found


def reported(folder: Path) -> Path:
    """With the reports of all its runs."""
    with Reader.open(folder) as reader:
        make_folder(folder / "reports")
        for record in records_of(reader.events()):
            write_run(folder / "reports", record, list(reader.events(record.run)))
    return folder


def exported(folder: Path) -> Path:
    """With the list of all its units."""
    with Journal.create_or_open(folder, clock().__next__) as journal:
        export(journal, folder / "devices.txt")
    return folder


def taken_away(folder: Path) -> Path:
    """Without its journal."""
    for one in beside(folder / FILE):
        one.unlink(missing_ok=True)
    return folder


def put_back(old: Path, folder: Path) -> Path:
    """With an older journal in place of its own."""
    taken_away(folder)
    shutil.copyfile(old / FILE, folder / FILE)
    return folder


def content(folder: Path) -> dict[str, bytes]:
    """What is in the folder's files, but for what SQLite and the lock make of them."""
    files = [one for one in folder.iterdir() if one.is_file() and not one.name.endswith(("-shm", ".lock"))]
    return {one.name: data for one in files if (data := one.read_bytes())}


def refusal(folder: Path) -> JournalDoubted:
    """Why nobody uses the journal of this folder; and nothing in it was touched."""
    before = content(folder)
    whys = []
    for ask in (
        lambda: Journal.create_or_open(folder, clock().__next__),
        lambda: Reader.open(folder),
        lambda: verify(folder),
    ):
        with pytest.raises(JournalDoubted) as raised:
            ask()
        whys.append((raised.value.code, str(raised.value)))
    assert len(set(whys)) == 1
    assert content(folder) == before
    return raised.value


def test_a_new_folder_is_new_and_so_is_one_in_which_nothing_was_ever_stored(tmp_path: Path) -> None:
    with pytest.raises(NoJournal):
        Reader.open(tmp_path)
    made(tmp_path, 0)
    taken_away(tmp_path)
    assert verify(made(tmp_path)).entries == 42


def test_a_used_folder_never_gets_a_fresh_journal_by_itself(tmp_path: Path) -> None:
    why = refusal(taken_away(made(tmp_path)))
    assert isinstance(why, JournalGone)
    assert "with 42 entries" in str(why)
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize("use", [reported, exported])
def test_reports_and_lists_show_that_a_folder_was_used_also_without_its_marker(
    use: Callable[[Path], Path], tmp_path: Path
) -> None:
    taken_away(use(made(tmp_path)))
    (tmp_path / MARKER).unlink()
    assert isinstance(refusal(tmp_path), JournalGone)


def test_a_log_that_is_missing_after_a_power_cut_is_told(tmp_path: Path) -> None:
    found = killed(tmp_path / "state", tmp_path / "found")
    assert verify(found).entries == 14
    beside(found / FILE)[1].unlink()
    beside(found / FILE)[2].unlink()
    # What was checkpointed is sound in itself: only the folder knows that it is not all.
    assert isinstance(refusal(found), JournalGone | JournalLogGone)


def test_a_log_that_is_missing_after_a_second_shift_is_told_whatever_is_left(tmp_path: Path) -> None:
    state = made(tmp_path / "state")
    found = killed(state, tmp_path / "found")
    beside(found / FILE)[1].unlink()
    why = refusal(found)
    assert isinstance(why, JournalLogGone)
    assert "42 entries are there" in str(why)


def test_a_shift_that_ended_by_itself_needs_no_log(tmp_path: Path) -> None:
    state = made(tmp_path)
    assert not beside(state / FILE)[1].exists()
    assert verify(made(state, first=8)).entries == 84


def test_a_power_cut_that_lost_nothing_is_nothing(tmp_path: Path) -> None:
    found = killed(made(tmp_path / "state"), tmp_path / "found")
    assert verify(found).entries == 56
    assert verify(made(found, first=10)).entries == 98


def test_an_old_copy_that_was_put_back_is_told(tmp_path: Path) -> None:
    shutil.copytree(made(tmp_path / "state"), tmp_path / "old")
    why = refusal(put_back(tmp_path / "old", made(tmp_path / "state", first=8)))
    assert isinstance(why, JournalShort)
    assert "ends with entry 42, and had 84" in str(why)


def test_an_old_copy_on_which_somebody_went_on_is_told(tmp_path: Path) -> None:
    shutil.copytree(made(tmp_path / "state"), tmp_path / "old")
    made(tmp_path / "state", first=8)
    made(tmp_path / "old", 5, first=20)
    why = refusal(put_back(tmp_path / "old", tmp_path / "state"))
    assert isinstance(why, JournalShort)
    assert "entry 84 is another one" in str(why)


@pytest.mark.parametrize("use", [reported, exported])
def test_an_old_copy_is_told_by_reports_and_lists_also_where_the_marker_is_as_old(
    use: Callable[[Path], Path], tmp_path: Path
) -> None:
    shutil.copytree(made(tmp_path / "state"), tmp_path / "old")
    use(made(tmp_path / "state", first=8))
    put_back(tmp_path / "old", tmp_path / "state")
    shutil.copyfile(tmp_path / "old" / MARKER, tmp_path / "state" / MARKER)
    assert isinstance(refusal(tmp_path / "state"), JournalShort)


def test_two_journals_that_changed_places_are_told_in_both_folders(tmp_path: Path) -> None:
    one, other = made(tmp_path / "one"), made(tmp_path / "other", 5)
    (one / FILE).rename(tmp_path / "between")
    (other / FILE).rename(one / FILE)
    (tmp_path / "between").rename(other / FILE)
    assert isinstance(refusal(one), JournalOther)
    assert isinstance(refusal(other), JournalOther)


def test_two_whole_folders_that_changed_names_are_still_whole(tmp_path: Path) -> None:
    one, other = made(tmp_path / "one"), made(tmp_path / "other", 5)
    one.rename(tmp_path / "between")
    other.rename(one)
    (tmp_path / "between").rename(other)
    assert (verify(one).entries, verify(other).entries) == (70, 42)


def test_a_journal_of_a_program_that_knew_no_marker_is_taken_and_gets_one(tmp_path: Path) -> None:
    (made(tmp_path) / MARKER).unlink()
    assert verify(tmp_path).entries == 42
    made(tmp_path, first=8)
    marker = read(tmp_path)
    assert marker is not None
    assert (marker.open, marker.seq) == (False, 84)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\0" * SIZE, b'{"journal": "x", "open": false, "seq": -1, "hash": ""}']
)
def test_a_marker_that_cannot_be_read_is_no_marker_that_is_not_there(content: bytes, tmp_path: Path) -> None:
    (made(tmp_path) / MARKER).write_bytes(content)
    assert "unreadable" in str(refusal(tmp_path))
    assert isinstance(refusal(taken_away(tmp_path)), JournalGone)


def test_the_marker_is_a_sector_and_is_written_in_place(tmp_path: Path) -> None:
    for seq in (0, 10**9):
        write(tmp_path, Marker(journal="a" * 32, open=True, seq=seq, hash="b" * 64))
        assert (tmp_path / MARKER).stat().st_size == SIZE
        found = read(tmp_path)
        assert found is not None
        assert found.seq == seq
    inode = (tmp_path / MARKER).stat().st_ino
    write(tmp_path, Marker(journal="a" * 32, open=False, seq=3, hash="b" * 64))
    assert (tmp_path / MARKER).stat().st_ino == inode


def accepted(folder: Path) -> Path:
    """An engineer has said what became of the entries."""
    with Journal.create_or_open(folder, clock().__next__, doubted=True) as journal:
        assert journal.doubted is not None
        runs, devices = journal.signs.unknown(journal)
        code, detail = journal.doubted.code, str(journal.doubted)
        fact = JournalAccepted(code=code, detail=detail, why="lost", by="Ann", runs=runs, devices=devices)
        journal.append([fact], None)
    return folder


def gone(folder: Path, old: Path) -> Path:
    return taken_away(exported(reported(made(folder))))


def old_copy(folder: Path, old: Path) -> Path:
    shutil.copytree(made(folder), old)
    return put_back(old, exported(reported(made(folder, first=8))))


def anothers(folder: Path, old: Path) -> Path:
    return put_back(made(old), made(folder, 5))


def without_its_log(folder: Path, old: Path) -> Path:
    found = killed(made(old), folder)
    beside(found / FILE)[1].unlink()
    return found


HARMS = [gone, old_copy, anothers, without_its_log]


@pytest.mark.parametrize("harm", HARMS, ids=lambda one: one.__name__)
def test_once_an_engineer_has_said_which_it_is_the_station_goes_on(
    harm: Callable[[Path, Path], Path], tmp_path: Path
) -> None:
    state = harm(tmp_path / "state", tmp_path / "old")
    refusal(state)
    accepted(state)
    for number in range(2):
        made(state, first=30 + number)
    assert verify(state).entries > 42


@pytest.mark.parametrize("harm", HARMS, ids=lambda one: one.__name__)
def test_looking_at_it_without_saying_so_changes_nothing(harm: Callable[[Path, Path], Path], tmp_path: Path) -> None:
    state = harm(tmp_path / "state", tmp_path / "old")
    before = refusal(state)
    with Journal.create_or_open(state, clock().__next__, doubted=True) as journal:
        journal.append(whole_run(40)[:1], None)
    after = refusal(state)
    assert type(before) is type(after)


def test_a_log_without_its_journal_is_kept_when_another_journal_is_begun(tmp_path: Path) -> None:
    found = killed(tmp_path / "state", tmp_path / "found")
    log = beside(found / FILE)[1]
    content = log.read_bytes()
    (found / FILE).unlink()
    assert "-wal is there" in str(refusal(found))
    accepted(found)
    assert log.with_name(f"{log.name}.kept").read_bytes() == content
    assert verify(found).entries == 1

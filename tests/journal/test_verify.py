"""Every harm to the file is found, or changes nothing that can be read."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from station.domain.events import Event
from station.domain.faults import JournalDamaged, JournalShort, NoJournal
from station.domain.ids import RunId
from station.journal.chain import link
from station.journal.entries import FILE, Entries
from station.journal.marker import MARKER
from station.journal.schema import SCHEMA
from station.journal.store import Journal, Reader
from station.journal.verify import verify
from tests.journal.shift import clock, run, whole_run

FLIPS = 500
RUNS = 6


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    with Journal.create_or_open(folder, clock().__next__) as journal:
        for number in range(RUNS):
            journal.append(whole_run(number)[:7], run(number))
            journal.append(whole_run(number)[7 : 14 if number % 3 else 9], run(number))
    return folder


@pytest.fixture
def state(sound: Path, tmp_path: Path) -> Path:
    shutil.copytree(sound, tmp_path / "state")
    return tmp_path / "state"


def readable(entries: Entries) -> tuple[list[Event], list[RunId], list[RunId], list[Event]]:
    """All that one can ask of a journal."""
    return list(entries.events()), entries.run_ids(), entries.open_runs(), list(entries.events(run(2), after=20))


@pytest.fixture(scope="module")
def content(sound: Path) -> tuple[list[Event], list[RunId], list[RunId], list[Event]]:
    with Reader.open(sound) as reader:
        return readable(reader)


def positions(size: int) -> Iterator[int]:
    """Each byte of the header, then places all over the file."""
    yield from range(100)
    yield from random.Random(11).sample(range(100, size), FLIPS - 100)


def test_a_sound_journal_is_told_by_its_last_hash(sound: Path) -> None:
    verified = verify(sound)
    with Reader.open(sound) as reader:
        assert (verified.entries, bytes.fromhex(verified.last_hash)) == reader.tail()
    assert verified.runs == RUNS
    assert verified.entries == 7 * RUNS + 4 * 7 + 2 * 2


def test_an_empty_journal_is_sound(tmp_path: Path) -> None:
    Journal.create_or_open(tmp_path, clock().__next__).close()
    assert (verify(tmp_path).entries, verify(tmp_path).runs) == (0, 0)


def test_a_journal_is_verified_while_its_station_runs(state: Path) -> None:
    with Journal.create_or_open(state, clock().__next__) as journal:
        journal.append(whole_run(50), run(50))
        assert verify(state).entries == journal.tail()[0]


def test_a_flipped_bit_is_found_or_changes_nothing(
    state: Path, content: tuple[list[Event], list[RunId], list[RunId], list[Event]]
) -> None:
    file = state / FILE
    pristine = file.read_bytes()
    dice = random.Random(5)
    found = 0
    for position in positions(len(pristine)):
        flipped = bytearray(pristine)
        flipped[position] ^= 1 << dice.randrange(8)
        file.write_bytes(flipped)
        try:
            verify(state)
        except JournalDamaged:
            found += 1
        else:
            with Reader.open(state) as reader:
                assert readable(reader) == content, f"byte {position}"
        for leftover in state.glob(f"{FILE}-*"):
            leftover.unlink()
    assert found > FLIPS // 4


def test_a_flipped_bit_in_an_entry_names_the_entry(state: Path) -> None:
    file = state / FILE
    pristine = file.read_bytes()
    start = pristine.index(b'"Conclusion"'.lower())
    file.write_bytes(pristine[:start] + b'"Conclusion"' + pristine[start + 12 :])
    with pytest.raises(JournalDamaged, match=r"entry \d+ \(run 20261123-000\d\d\d-n1-000\d\)"):
        verify(state)


@pytest.mark.parametrize("keep", [0, 1, 99, 100, 4095, 4096, 4097, 8192, -4096, -1])
def test_a_truncated_file_is_found(state: Path, keep: int) -> None:
    file = state / FILE
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(JournalDamaged):
        verify(state)


def tampered(state: Path, *statements: str) -> None:
    """Change rows as somebody would who knows SQLite: triggers taken away and put back."""
    connection = apsw.Connection(str(state / FILE))
    for trigger in ("entry_stays", "entry_remains", "entry_appends"):
        connection.execute(f"DROP TRIGGER {trigger}")
    for statement in statements:
        connection.execute(statement)
    for statement in SCHEMA:
        if "TRIGGER entry_" in statement:
            connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("statements", "first"),
    [
        (["DELETE FROM entry WHERE seq = 1"], 1),
        (["DELETE FROM entry WHERE seq = 9"], 9),
        (["DELETE FROM entry WHERE seq = 9", "UPDATE entry SET seq = seq - 1 WHERE seq > 9"], 9),
        (
            [
                "UPDATE entry SET seq = 1000 WHERE seq = 9",
                "UPDATE entry SET seq = 9 WHERE seq = 10",
                "UPDATE entry SET seq = 10 WHERE seq = 1000",
            ],
            9,
        ),
        (["""UPDATE entry SET body = replace(body, '"pass"', '"fail"') WHERE seq = 13"""], 13),
        (["""UPDATE entry SET body = '{"kind":"promoted"}' WHERE seq = 11"""], 11),
        (["UPDATE entry SET run = NULL WHERE seq = 3"], 3),
        (["UPDATE entry SET run = '20261123-000001-n1-0001' WHERE seq = 3"], 3),
        (["UPDATE entry SET at = at - 1 WHERE seq = 4"], 4),
        (["UPDATE entry SET hash = zeroblob(32) WHERE seq = 5"], 5),
        (["INSERT INTO entry(seq, at, body, hash) SELECT 75, at, body, hash FROM entry WHERE seq = 74"], 75),
        (["UPDATE journal SET created = created + 1"], 1),
    ],
)
def test_changed_rows_are_found_and_the_first_is_named(state: Path, statements: list[str], first: int) -> None:
    if "UPDATE journal" in statements[0]:
        remake = next(sql for sql in SCHEMA if "journal_stays" in sql)
        statements = ["DROP TRIGGER journal_stays", *statements, remake]
    tampered(state, *statements)
    with pytest.raises(JournalDamaged, match=f"entry {first} "):
        verify(state)


def test_an_index_that_hides_a_run_is_found(state: Path) -> None:
    connection = apsw.Connection(str(state / FILE))
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("UPDATE sqlite_schema SET sql = replace(sql, 'run_started', 'run_parked') WHERE type = 'index'")
    connection.close()
    with pytest.raises(JournalDamaged, match="were changed"):
        verify(state)


def test_an_older_copy_is_found_only_by_a_hash_that_was_noted(state: Path, tmp_path: Path) -> None:
    shutil.copytree(state, tmp_path / "yesterday")
    yesterday = bytes.fromhex(verify(state).last_hash)
    with Journal.create_or_open(state, clock().__next__) as journal:
        journal.append(whole_run(50), run(50))
    today = bytes.fromhex(verify(state).last_hash)
    assert verify(state, expect_last=today).last_hash == today.hex()
    assert verify(state, expect_last=yesterday).last_hash == today.hex()
    shutil.copytree(tmp_path / "yesterday", state, dirs_exist_ok=True)
    assert verify(state).last_hash == yesterday.hex()
    with pytest.raises(JournalDamaged, match=today.hex()):
        verify(state, expect_last=today)


def test_a_chain_written_anew_from_its_beginning_is_found_by_a_hash_that_was_noted_in_the_folder_or_outside(
    state: Path,
) -> None:
    noted = bytes.fromhex(verify(state).last_hash)
    with Reader.open(state) as reader:
        entries, previous = list(reader.entries()), reader.identity.genesis
    connection = apsw.Connection(str(state / FILE))
    connection.execute("DROP TRIGGER entry_stays")
    for entry in entries:
        body = entry.body.replace(b'"pass"', b'"fail"')
        previous = link(previous, entry.seq, entry.run, entry.at, body)
        connection.execute(
            "UPDATE entry SET body = ?, hash = ? WHERE seq = ?", (body.decode("ascii"), previous, entry.seq)
        )
    connection.execute(next(sql for sql in SCHEMA if "entry_stays" in sql))
    connection.close()
    with pytest.raises(JournalShort, match=f"entry {len(entries)} is another one than was noted"):
        verify(state)
    (state / MARKER).unlink()
    assert verify(state).entries == len(entries)
    with pytest.raises(JournalDamaged, match="were replaced"):
        verify(state, expect_last=noted)


def test_where_there_is_no_journal_nothing_is_verified(tmp_path: Path) -> None:
    with pytest.raises(NoJournal):
        verify(tmp_path)

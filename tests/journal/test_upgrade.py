"""A journal of the schema before is brought up to date, or stays what it was."""

import contextlib
import itertools
import random
import shutil
from pathlib import Path
from typing import NoReturn

import apsw
import pytest

from station.domain.faults import Fault, JournalDamaged, JournalFull
from station.journal import schema
from station.journal.database import Database
from station.journal.entries import FILE
from station.journal.schema import OLDEST, SCHEMA, VERSION, upgrade
from station.journal.store import Journal, Reader
from station.journal.verify import verify
from tests.journal.power import Disk
from tests.journal.shift import clock, run, serial, unit_id, whole_run


def left_by(version: int, folder: Path) -> Path:
    """A state folder as an older program left it: the same entries, without the indexes that came since."""
    with Journal.create_or_open(folder, clock().__next__) as journal:
        for number in range(20):
            journal.append(whole_run(number), run(number))
    connection = apsw.Connection(str(folder / FILE))
    for statement in set(SCHEMA) - set(schema.schema_of(version)):
        connection.execute(f"DROP INDEX {statement.split()[2]}")
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    return folder


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """As the oldest program that is known left it."""
    return left_by(OLDEST, tmp_path / "old")


@pytest.mark.parametrize("version", range(OLDEST, VERSION))
def test_a_journal_of_any_schema_before_is_brought_up_to_date(version: int, tmp_path: Path) -> None:
    folder = left_by(version, tmp_path / "older")
    before = verify(folder)
    assert state_of(folder) == (version, set(schema.schema_of(version)))
    Journal.create_or_open(folder, clock().__next__).close()
    assert state_of(folder) == NEW
    assert verify(folder) == before


def state_of(folder: Path) -> tuple[int, set[str]]:
    """Version, and what the file says it is made of."""
    connection = apsw.Connection(str(folder / FILE), flags=apsw.SQLITE_OPEN_READONLY)
    found = {str(sql) for (sql,) in connection.execute("SELECT sql FROM sqlite_schema")}
    version = connection.pragma("user_version")
    connection.close()
    assert isinstance(version, int)
    return version, found


OLD = (OLDEST, set(schema.schema_of(OLDEST)))
NEW = (VERSION, set(SCHEMA))


def test_the_next_start_brings_it_up_to_date_and_changes_no_entry(old: Path) -> None:
    before = verify(old)
    assert state_of(old) == OLD
    with Journal.create_or_open(old, clock().__next__) as journal:
        assert journal.known(unit_id(3), serial(3)).bound
        journal.append(whole_run(99), run(99))
    assert state_of(old) == NEW
    assert verify(old, bytes.fromhex(before.last_hash)).runs == before.runs + 1


def test_it_is_read_as_it_is_by_those_who_only_read(old: Path) -> None:
    with Reader.open(old) as reader:
        assert len(list(reader.events())) == sum(len(whole_run(n)) for n in range(20))
        (bound,) = reader.known(None, serial(3)).bound
        assert bound.device_id == unit_id(3)
    assert state_of(old) == OLD


@pytest.mark.parametrize("statement", ["DROP INDEX entry_of_chip", "DROP TRIGGER entry_stays", "CREATE TABLE x(y)"])
def test_one_that_is_not_exactly_the_old_schema_is_refused_and_left_alone(old: Path, statement: str) -> None:
    connection = apsw.Connection(str(old / FILE))
    connection.execute(statement)
    connection.close()
    before = state_of(old)
    with pytest.raises(JournalDamaged, match="were changed"):
        Journal.create_or_open(old, clock().__next__)
    assert state_of(old) == before


class Fused(Database):
    """Fails at the n-th statement that it is given to write."""

    left = 0

    def write(self, sql: str, values: object = ()) -> None:
        type(self).left -= 1
        if self.left == 0:
            self._fail()
        super().write(sql)

    def _fail(self) -> NoReturn:
        raise JournalFull("no room for this statement")


STATEMENTS = len(SCHEMA) - len(schema.schema_of(OLDEST)) + 3
"""BEGIN, the indexes, the version, COMMIT."""


@pytest.mark.parametrize("statement", range(1, STATEMENTS + 1))
def test_an_upgrade_that_fails_at_any_statement_leaves_the_old_journal(old: Path, statement: int) -> None:
    Fused.left = statement
    database = Fused.writable(old / FILE)
    with pytest.raises(JournalFull):
        upgrade(database)
    database.close()
    assert state_of(old) == OLD
    assert verify(old).runs == 20


def test_an_upgrade_needs_no_more_statements_than_are_cut_here(old: Path) -> None:
    Fused.left = STATEMENTS + 1
    database = Fused.writable(old / FILE)
    upgrade(database)
    database.close()
    assert (Fused.left, state_of(old)) == (1, NEW)


def test_a_power_cut_at_any_write_leaves_the_old_or_the_new_journal_and_the_next_start_works(
    old: Path, tmp_path: Path
) -> None:
    found = set()
    for budget in itertools.count(2):
        worked, after = shutil.copytree(old, tmp_path / f"worked-{budget}"), tmp_path / f"found-{budget}"
        after.mkdir()
        disk = Disk(random.Random(budget), budget)
        try:
            with contextlib.suppress(Fault):
                Journal.create_or_open(worked, clock().__next__).close()
        finally:
            disk.unregister()
        disk.leave(after)
        state = state_of(after)
        assert state in (OLD, NEW)
        found.add(state[0])
        with Journal.create_or_open(after, clock().__next__) as journal:
            assert len(journal.run_ids()) == 20
        assert state_of(after) == NEW
        assert verify(after).runs == 20
        if disk.budget > 0:
            break
    assert len(found) == 2

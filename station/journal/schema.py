"""What a journal's file looks like inside, and how it is told from other files."""

import secrets
from collections.abc import Mapping
from typing import NamedTuple

from station.domain.faults import JournalDamaged
from station.journal.chain import genesis
from station.journal.database import Database

APPLICATION_ID = 0x53744A6C
"""`StJl` in the file's header, bytes 68 to 71 (sqlite.org, fileformat2.html §1.3.11)."""

VERSION = 5
"""`user_version` of the file; a program refuses what is newer than itself."""

OLDEST = 2
"""The oldest schema that is brought up to date: it, and those since, lack indexes and nothing else."""

_REFUSE = "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"

_SCHEMA_2 = (
    "CREATE TABLE journal(one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, created INTEGER NOT NULL) STRICT",
    "CREATE TABLE entry(seq INTEGER PRIMARY KEY, run TEXT, at INTEGER NOT NULL, body TEXT NOT NULL, "
    "hash BLOB NOT NULL CHECK (length(hash) = 32), kind TEXT GENERATED ALWAYS AS (body ->> 'kind') VIRTUAL) STRICT",
    "CREATE INDEX entry_of_run ON entry(run)",
    "CREATE INDEX entry_bounds ON entry(run, kind) WHERE kind IN ('run_started', 'run_finished')",
    "CREATE INDEX entry_of_chip ON entry(body ->> 'device_id') WHERE kind IN ('kept', 'restored', 'recovered')",
    "CREATE INDEX entry_of_label ON entry(body ->> 'serial') WHERE kind = 'kept'",
    f"CREATE TRIGGER journal_stays BEFORE UPDATE ON journal {_REFUSE}",
    f"CREATE TRIGGER journal_remains BEFORE DELETE ON journal {_REFUSE}",
    f"CREATE TRIGGER entry_stays BEFORE UPDATE ON entry {_REFUSE}",
    f"CREATE TRIGGER entry_remains BEFORE DELETE ON entry {_REFUSE}",
    # INSERT OR REPLACE deletes without asking the triggers for DELETE, so that inserting has its own.
    "CREATE TRIGGER entry_appends BEFORE INSERT ON entry WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 "
    "FROM entry) BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
)

_SINCE_2 = (
    "CREATE INDEX bound_chip ON entry(body ->> 'device_id') WHERE kind IN ('bound', 'preadd_requested', 'unbound')",
    "CREATE INDEX bound_label ON entry(body ->> 'serial') WHERE kind IN ('bound', 'preadd_requested')",
    "CREATE INDEX bound_sim ON entry(body ->> 'iccid') WHERE kind = 'bound'",
    "CREATE INDEX entry_of_order ON entry(kind) WHERE kind IN ('order_imported', 'order_closed', 'preadd_exported')",
)

_SINCE_3 = (
    "CREATE INDEX run_of_label ON entry(body ->> '$.label.serial') WHERE kind = 'run_started'",
    "CREATE INDEX run_of_chip ON entry(body ->> '$.label.device_id') WHERE kind = 'run_started'",
    "CREATE INDEX entry_of_standing ON entry(kind) WHERE kind IN ('pin_locked', 'pin_unlocked', 'pin_set', "
    "'nest_locked', 'nest_released', 'recipe_accepted', 'reference_judged', 'reference_lifted')",
)

_SINCE_4 = (
    "CREATE INDEX entry_of_people ON entry(kind) WHERE kind IN ('person_set', 'person_removed', 'people_sealed')",
    "CREATE INDEX entry_of_suspects ON entry(kind) WHERE kind = 'unwound' OR (kind = 'metered' AND "
    "body ->> 'verdict' <> 'no_evidence')",
)

ADDED: Mapping[int, tuple[str, ...]] = {2: _SINCE_2, 3: _SINCE_3, 4: _SINCE_4}
"""What each older schema lacks of the one after it."""


def schema_of(version: int) -> tuple[str, ...]:
    """Exactly as SQLite keeps the schema of this version, so that a file can be compared with it."""
    return (*_SCHEMA_2, *(one for since, added in ADDED.items() if since < version for one in added))


SCHEMA = schema_of(VERSION)


class Identity(NamedTuple):
    """Which journal this is: its random id and when it was made, µs since 1970 UTC."""

    journal: str
    created: int

    @property
    def genesis(self) -> bytes:
        """What its first entry follows."""
        return genesis(self.journal, self.created)


def lay_out(database: Database, now: int) -> None:
    """Make the tables of a new journal in an empty file. Raises JournalFull."""
    with database.transaction():
        for statement in SCHEMA:
            database.write(statement)
        database.write("INSERT INTO journal(one, id, created) VALUES (1, ?, ?)", (secrets.token_hex(16), now))
        database.write(f"PRAGMA application_id = {APPLICATION_ID}")
        database.write(f"PRAGMA user_version = {VERSION}")


def upgrade(database: Database) -> None:
    """Bring a journal that is exactly of an older schema up to date, in one transaction; any other stays as it is.

    Only indexes are added: no entry is read, written or moved. Raises JournalFull, JournalDamaged, JournalBusy,
    ConfigRefused.
    """
    application, version = _versions(database)
    if application != APPLICATION_ID or version not in ADDED:
        return
    identify(database)
    database.durable()
    with database.transaction():
        for since, added in ADDED.items():
            for statement in added if isinstance(version, int) and since >= version else ():
                database.write(statement)
        database.write(f"PRAGMA user_version = {VERSION}")


def identify(database: Database) -> Identity:
    """Which journal this file is. Raises JournalDamaged for any other file and for a newer one."""
    application, version = _versions(database)
    if application != APPLICATION_ID:
        raise JournalDamaged(f"the file is not a journal: application id {application!r}")
    if not isinstance(version, int) or not OLDEST <= version <= VERSION:
        raise JournalDamaged(f"the journal has schema {version!r}; this program knows schema {VERSION}")
    found = {sql for (sql,) in database.rows("SELECT CAST(sql AS BLOB) FROM sqlite_schema")}
    if found != {sql.encode("ascii") for sql in schema_of(version)}:
        raise JournalDamaged("the tables, indexes or triggers of the journal were changed")
    match list(database.rows("SELECT CAST(id AS BLOB), created FROM journal")):
        case [(bytes() as journal, int() as created)] if journal.isalnum():
            return Identity(journal.decode("ascii"), created)
        case _:
            raise JournalDamaged("the journal does not say which it is")


def _versions(database: Database) -> tuple[object, object]:
    (application,) = next(database.rows("PRAGMA application_id"))
    (version,) = next(database.rows("PRAGMA user_version"))
    return application, version

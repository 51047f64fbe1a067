"""The whole journal checked: the chain from its first entry to its last, and SQLite's pages and indexes."""

from pathlib import Path

from pydantic import BaseModel

from station.domain.faults import JournalDamaged
from station.journal.store import Reader


class Verified(BaseModel, frozen=True, extra="forbid"):
    """What a sound journal holds; `last_hash` is what to note elsewhere, as 64 hexadecimal digits."""

    entries: int
    runs: int
    last_hash: str


def verify(folder: Path, expect_last: bytes | None = None) -> Verified:
    """Check every entry of a state folder's journal, also while its station runs.

    An older copy that somebody put back, or a chain written anew from its beginning, is sound in itself. Only
    `expect_last` finds it: the last hash as it was noted outside the station. It has to be in the chain, at the end
    or, when the station went on since, before it.

    Raises JournalDamaged that names the first bad entry, JournalDoubted where entries may be missing that were there,
    NoJournal, JournalBusy.
    """
    with Reader.look(folder) as reader, reader.snapshot():
        count, (_, tail) = reader.check(), reader.tail()
        runs, found = reader.count_runs(), expect_last is None or reader.holds(expect_last)
        # The chain is looked at first: it names the entry, SQLite only the page.
        if complaints := reader.complaints():
            raise JournalDamaged("SQLite: " + "; ".join(complaints))
        if not found and expect_last is not None:
            raise JournalDamaged(
                f"no entry has the hash {expect_last.hex()} that was noted: entries after it, or the whole journal, "
                f"were replaced; the last of {count} entries has {tail.hex()}"
            )
        reader.refuse_doubted()
    return Verified(entries=count, runs=runs, last_hash=tail.hex())

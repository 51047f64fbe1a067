"""The whole journal checked: SQLite's pages and indexes, and the chain from its first entry to its last."""

from pathlib import Path

from pydantic import BaseModel

from station.domain.faults import JournalDamaged
from station.journal.chain import follow
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

    Raises JournalDamaged that names the first bad entry, NoJournal, JournalBusy.
    """
    with Reader.open(folder) as reader, reader.snapshot():
        last, tail = reader.tail()
        count, runs, found = 0, set[str](), expect_last in (None, reader.identity.genesis)
        for entry in follow(reader.entries(), reader.identity.genesis, 0):
            count += 1
            found = found or entry.hash == expect_last
            if entry.run is not None:
                runs.add(entry.run)
        # The chain is looked at first: it names the entry, SQLite only the page.
        if complaints := reader.complaints():
            raise JournalDamaged("SQLite: " + "; ".join(complaints))
        if count != last:
            raise JournalDamaged(f"the journal ends with entry {last} and holds {count} entries")
    if not found and expect_last is not None:
        raise JournalDamaged(
            f"no entry has the hash {expect_last.hex()} that was noted: entries after it, or the whole journal, "
            f"were replaced; the last of {count} entries has {tail.hex()}"
        )
    return Verified(entries=count, runs=len(runs), last_hash=tail.hex())

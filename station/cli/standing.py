"""The journal under a person's hand, while no line runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from station.domain.faults import JournalBusy
from station.journal.store import Journal
from station.wiring import now_us


@contextmanager
def standing_journal(folder: Path) -> Iterator[Journal]:
    """The journal for writing. Raises JournalBusy, which says that the line is running."""
    try:
        journal = Journal.create_or_open(folder, now_us)
    except JournalBusy as busy:
        raise JournalBusy(f"{busy}; this is done while the line stands") from None
    with journal:
        yield journal

"""Reading what a journal holds, for the station that writes it and for everybody else alike."""

from collections.abc import Iterator
from pathlib import Path

from station.domain.events import Body, Bound, Event, Kept, Recovered, Restored
from station.domain.faults import JournalDamaged
from station.domain.ids import DeviceId, Iccid, RunId, SerialNumber
from station.domain.known import Known
from station.journal.chain import Entry, read_event
from station.journal.database import Database, Row
from station.journal.schema import Identity, identify

FILE = "journal.sqlite"

PAGE = 500
"""Entries read at once: no query stays open while a caller works, so that the log can be checkpointed meanwhile."""

# Text is fetched as bytes: a damaged file may hold what is not UTF-8. CAST keeps the bytes as they are.
_ALL = (
    "SELECT seq, CAST(run AS BLOB), at, CAST(body AS BLOB), hash FROM entry "
    "WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
)
_OF_RUN = (
    "SELECT seq, CAST(run AS BLOB), at, CAST(body AS BLOB), hash FROM entry "
    "WHERE run = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
)
_RUNS = (
    "SELECT CAST(run AS BLOB) FROM entry INDEXED BY entry_bounds "
    "WHERE kind IN ('run_started', 'run_finished') GROUP BY run ORDER BY min(seq)"
)
_OPEN_RUNS = (
    "SELECT CAST(run AS BLOB) FROM entry INDEXED BY entry_bounds "
    "WHERE kind IN ('run_started', 'run_finished') GROUP BY run HAVING max(kind = 'run_finished') = 0 ORDER BY min(seq)"
)
_OF_CHIP = (
    "SELECT seq, CAST(run AS BLOB), at, CAST(body AS BLOB), hash FROM entry INDEXED BY entry_of_chip "
    "WHERE body ->> 'device_id' = ? AND kind IN ('kept', 'restored', 'recovered') ORDER BY seq DESC"
)
_OF_LABEL = (
    "SELECT seq, CAST(run AS BLOB), at, CAST(body AS BLOB), hash FROM entry INDEXED BY entry_of_label "
    "WHERE body ->> 'serial' = ? AND kind = 'kept' ORDER BY seq DESC LIMIT 1"
)

_OF_BINDING = (
    "SELECT seq, CAST(run AS BLOB), at, CAST(body AS BLOB), hash FROM entry WHERE seq IN ("
    "SELECT seq FROM entry WHERE kind = 'bound' AND body ->> 'device_id' = ? "
    "UNION SELECT seq FROM entry WHERE kind = 'bound' AND body ->> 'serial' = ? "
    "UNION SELECT seq FROM entry WHERE kind = 'bound' AND body ->> 'iccid' = ?) ORDER BY seq"
)


class Entries:
    """A journal's file, open for reading."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self.folder = folder
        self.identity: Identity = identify(database)

    def entries(self, run: RunId | None = None, after: int = 0) -> Iterator[Entry]:
        """The entries that are there now, of one run or of all, that come after entry `after`; in order."""
        last, _ = self.tail()
        sql, which = (_ALL, ()) if run is None else (_OF_RUN, (run,))
        while True:
            page: list[Entry] = []
            broken: JournalDamaged | None = None
            try:
                page.extend(_entry(row) for row in self._database.rows(sql, (*which, after, last, PAGE)))
            except JournalDamaged as why:
                broken = why
            for entry in page:
                if entry.seq <= after:
                    raise JournalDamaged(f"entry {entry.seq} stands behind entry {after}")
                after = entry.seq
                yield entry
            if broken is not None:
                raise JournalDamaged(f"after entry {after}: {broken}") from broken
            if len(page) < PAGE:
                return

    def events(self, run: RunId | None = None, after: int = 0) -> Iterator[Event]:
        """The same as events. Raises JournalDamaged, JournalBusy."""
        return (read_event(entry) for entry in self.entries(run, after))

    def run_ids(self) -> list[RunId]:
        """Every run, in the order in which they began."""
        return self._runs(_RUNS)

    def open_runs(self) -> list[RunId]:
        """Runs that were started and have no verdict, in the order in which they began."""
        return self._runs(_OPEN_RUNS)

    def known(self, device: DeviceId | None, serial: SerialNumber | None, iccid: Iccid | None = None) -> Known:
        """What all history says of a unit with any of these identifiers. Raises JournalDamaged."""
        return Known(kept=self.unrestored(device, serial), bound=self._bound(device, serial, iccid))

    def _bound(self, device: DeviceId | None, serial: SerialNumber | None, iccid: Iccid | None) -> tuple[Bound, ...]:
        """Earlier bindings that share an identifier, oldest first, each once."""
        rows = self._database.rows(_OF_BINDING, (device, serial, iccid))
        found = (read_event(_entry(row)).body for row in rows)
        return tuple(dict.fromkeys(one for one in found if isinstance(one, Bound)))

    def unrestored(self, device: DeviceId | None, serial: SerialNumber | None) -> Kept | None:
        """What was kept of a unit, of this chip or with this label, before an erase that never ended."""
        lost = False
        if device is None and serial is not None:
            labelled = self._last(_OF_LABEL, serial)
            device = labelled.device_id if isinstance(labelled, Kept) else None
        if device is None:
            return None
        for row in self._database.rows(_OF_CHIP, (device,)):
            match read_event(_entry(row)).body:
                case Restored():
                    # Whole, unless it was recovered since: then this is not the newest row.
                    if not lost:
                        return None
                case Recovered():
                    lost = True
                case Kept() as kept:
                    return kept
                case _:
                    continue
        return None

    def tail(self) -> tuple[int, bytes]:
        """Number and hash of the last entry; 0 and the hash that entry 1 follows while there is none."""
        for seq, tail_hash in self._database.rows("SELECT seq, hash FROM entry ORDER BY seq DESC LIMIT 1"):
            if isinstance(seq, int) and isinstance(tail_hash, bytes):
                return seq, tail_hash
            raise JournalDamaged("the last entry has no number or no hash")
        return 0, self.identity.genesis

    def _last(self, sql: str, value: str) -> Body | None:
        return next((read_event(_entry(row)).body for row in self._database.rows(sql, (value,))), None)

    def _runs(self, sql: str) -> list[RunId]:
        return [run for (value,) in self._database.rows(sql) if (run := _run(value)) is not None]


def _entry(row: Row) -> Entry:
    seq, run, at, body, hash_ = row
    if not (isinstance(seq, int) and isinstance(at, int) and isinstance(body, bytes) and isinstance(hash_, bytes)):
        raise JournalDamaged(f"entry {seq!r}: a value has the wrong type")
    return Entry(seq, _run(run), at, body, hash_)


def _run(value: object) -> RunId | None:
    match value:
        case None:
            return None
        case bytes():
            try:
                return RunId(value.decode("ascii"))
            except UnicodeDecodeError:
                raise JournalDamaged("a run id is not ASCII") from None
        case _:
            raise JournalDamaged("a run id is not text")

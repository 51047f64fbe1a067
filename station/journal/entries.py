"""Reading what a journal holds, for the station that writes it and for everybody else alike."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from station.domain.events import (
    Body,
    Bound,
    Event,
    Kept,
    PreAddRequested,
    Recovered,
    Restored,
    RunFinished,
    RunStarted,
    Unbound,
)
from station.domain.faults import JournalDamaged
from station.domain.ids import DeviceId, Iccid, Kind, RunId, SerialNumber
from station.domain.known import Known, Tried
from station.domain.orders import OrderBook
from station.domain.record import Record, records_of
from station.domain.standing import Standing
from station.domain.timeline import Moment
from station.domain.unwind import of_unit, suspects
from station.journal.chain import Entry, follow, read_event
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

# A unit that passed before bindings were facts is bound by its request to be added.
_OF_BINDING = (
    "SELECT seq, CAST(run AS BLOB), at, CAST(body AS BLOB), hash FROM entry WHERE seq IN ("
    "SELECT seq FROM entry WHERE kind IN ('bound', 'preadd_requested', 'unbound') AND body ->> 'device_id' = ? "
    "UNION SELECT seq FROM entry WHERE kind IN ('bound', 'preadd_requested') AND body ->> 'serial' = ? "
    "UNION SELECT seq FROM entry WHERE kind = 'bound' AND body ->> 'iccid' = ?) ORDER BY seq"
)
_UNBOUND = (
    "SELECT seq, CAST(run AS BLOB), at, CAST(body AS BLOB), hash FROM entry "
    "WHERE kind IN ('bound', 'preadd_requested', 'unbound') AND body ->> 'device_id' = ? AND kind = 'unbound' "
    "ORDER BY seq DESC LIMIT 1"
)
_ORDERS = (
    "SELECT seq, CAST(run AS BLOB), at, CAST(body AS BLOB), hash FROM entry "
    "WHERE kind IN ('order_imported', 'order_closed', 'preadd_exported') AND seq > ? ORDER BY seq"
)

_OF_PAST = (
    "SELECT seq, CAST(run AS BLOB), at, CAST(body AS BLOB), hash FROM entry "
    "WHERE kind IN ('run_started', 'run_finished') AND run IN ("
    "SELECT run FROM entry WHERE kind = 'run_started' AND body ->> '$.label.serial' = ? "
    "UNION SELECT run FROM entry WHERE kind = 'run_started' AND body ->> '$.label.device_id' = ?) ORDER BY seq"
)

# What holds until it is taken back, however old (journal.schema, entry_of_standing), and everything new.
_STANDING = (
    "SELECT seq, CAST(run AS BLOB), at, CAST(body AS BLOB), hash FROM entry WHERE seq IN ("
    "SELECT seq FROM entry WHERE kind IN ('pin_locked', 'pin_unlocked', 'pin_set', 'nest_locked', 'nest_released', "
    "'recipe_accepted', 'reference_judged', 'reference_lifted') UNION SELECT seq FROM entry WHERE kind IN "
    "('person_set', 'person_removed', 'people_sealed') UNION SELECT seq FROM entry WHERE seq > ?) ORDER BY seq"
)

_SUSPECTS = (
    "SELECT seq, CAST(run AS BLOB), at, CAST(body AS BLOB), hash FROM entry "
    "WHERE kind = 'unwound' OR (kind = 'metered' AND body ->> 'verdict' <> 'no_evidence') ORDER BY +seq"
)

_BEGUN = (
    "SELECT seq, CAST(run AS BLOB), at, CAST(body AS BLOB), hash FROM entry "
    "WHERE kind = 'run_started' AND seq > ? ORDER BY seq"
)

_BEGUN_RUNS = "SELECT CAST(run AS BLOB) FROM entry WHERE kind = 'run_started' AND seq >= ?"

_MOMENTS = (
    "SELECT seq, at, CASE kind WHEN 'clock_stepped' THEN body ->> 'seconds' END FROM entry WHERE seq > ? ORDER BY seq"
)

# The plus keeps SQLite from walking through all entries for the sake of their order.
_UNLISTED = (
    "SELECT seq, CAST(run AS BLOB), at, CAST(body AS BLOB), hash FROM entry "
    "WHERE kind IN ('bound', 'preadd_requested', 'unbound') AND body ->> 'device_id' > '' "
    "AND kind = 'preadd_requested' ORDER BY +seq"
)

# `chain.canonical` as SQLite writes it: at most a run id needs quoting, and the body is canonical as it is stored.
_CHAIN = (
    """SELECT CAST('{"at":' || at || ',"body":' || body || ',"run":' || json_quote(run) || ',"seq":' || seq || '}' """
    "AS BLOB), hash FROM entry WHERE seq > ? AND seq <= ? ORDER BY seq"
)
_HASH = "SELECT hash FROM entry WHERE seq = ?"
_HOLDS = "SELECT seq FROM entry WHERE hash = ? LIMIT 1"

CHECKED = 1000
"""Entries whose hashes are checked at once; what such a query holds in memory is some 300 kB."""

RECENT = 5000
"""Entries at the journal's end in which fails in a row and wrong PINs are counted at a start: some hundred runs."""


class Entries:
    """A journal's file, open for reading."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self.folder = folder
        self.identity: Identity = identify(database)
        self._book, self._book_to = OrderBook(), 0

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

    def book(self) -> OrderBook:
        """The orders as they are now; what was stored since it was last asked for is added. Raises JournalDamaged."""
        for row in self._database.rows(_ORDERS, (self._book_to,)):
            event = read_event(_entry(row))
            self._book.add(event)
            self._book_to = event.seq
        return self._book

    def known(self, device: DeviceId | None, serial: SerialNumber | None, iccid: Iccid | None = None) -> Known:
        """What all history says of a unit with any of these identifiers. Raises JournalDamaged."""
        book = self.book()
        bound, released = self._bindings(device, serial, iccid)
        lines = book.lines(device, serial, iccid)
        asked: dict[Kind, str | None] = {"device_id": device, "serial": serial, "iccid": iccid}
        # The import lists name units by their device ids only: a label's serial number leads to them.
        devices = [device, *(one.device_id for one in bound if serial is not None and one.serial == serial)]
        listed = tuple(one for one in lines if one.closed is None)
        return Known(
            kept=self.unrestored(device, serial),
            bound=bound,
            orders=book.units,
            imported=bool(book.orders),
            listed=listed,
            closed=tuple(one for one in lines if one.closed is not None),
            may_be_listed=book.may_be_listed(frozenset(kind for kind, value in asked.items() if value)),
            in_product=book.in_product(*devices, *(one.line.device_id for one in listed), serial, iccid),
            released=tuple(f"{one.device_id}: {one.why}" for one in released),
            past=self._past({(one.serial, one.device_id) for one in bound} | {(serial, device)}),
            suspected=of_unit(
                suspects(read_event(_entry(row)) for row in self._database.rows(_SUSPECTS)), device, serial
            ),
        )

    def _past(self, names: set[tuple[SerialNumber | None, DeviceId | None]]) -> tuple[Tried, ...]:
        """The ended runs of a unit that was called so on its labels, in the order of their ends."""
        begun: dict[str | None, RunStarted] = {}
        ended: dict[int, Tried] = {}
        for serial, device in names:
            for row in self._database.rows(_OF_PAST, (serial, device)):
                event = read_event(_entry(row))
                match event.body:
                    case RunStarted(reference=None) as started:
                        begun[event.run] = started
                    case RunFinished(outcome=outcome) if (one := begun.get(event.run)) is not None:
                        ended[event.seq] = Tried(event.at, one.nest, outcome)
                    case _:
                        continue
        return tuple(tried for _, tried in sorted(ended.items()))

    def standing(self) -> Standing:
        """What is locked, accepted and proved here. Raises JournalDamaged."""
        last, _ = self.tail()
        return Standing.of(read_event(_entry(row)) for row in self._database.rows(_STANDING, (max(0, last - RECENT),)))

    def moments(self, newest: int | None = None) -> list[Moment]:
        """What the clock said at each entry, or at so many of the newest. Raises JournalDamaged."""
        last, _ = self.tail()
        rows = self._database.rows(_MOMENTS, (0 if newest is None else max(0, last - newest),))
        return [
            Moment(seq, at, round(step * 1e6) if isinstance(step, float | int) else 0)
            for seq, at, step in rows
            if isinstance(seq, int) and isinstance(at, int)
        ]

    def begun_since(self, first: int) -> frozenset[RunId]:
        """The runs that began with entry `first` or later."""
        found = (_run(run) for (run,) in self._database.rows(_BEGUN_RUNS, (first,)))
        return frozenset(one for one in found if one is not None)

    def recent(self) -> list[Record]:
        """The runs that began among the last RECENT entries, oldest first. Raises JournalDamaged."""
        last, _ = self.tail()
        begun = [read_event(_entry(row)) for row in self._database.rows(_BEGUN, (max(0, last - RECENT),))]
        return records_of(event for one in begun if one.run for event in self.events(run=one.run))

    def unlisted(self) -> dict[DeviceId, int]:
        """Units that are to be added to the product and stand on no import list, and since when, µs since 1970."""
        asked = [read_event(_entry(row)) for row in self._database.rows(_UNLISTED)]
        listed = self.book().exported
        return {
            event.body.device_id: event.at
            for event in asked
            if isinstance(event.body, PreAddRequested) and event.body.device_id not in listed
        }

    def _bindings(
        self, device: DeviceId | None, serial: SerialNumber | None, iccid: Iccid | None
    ) -> tuple[tuple[Bound, ...], tuple[Unbound, ...]]:
        """Bindings that share an identifier and hold, oldest first, each once; and what took the others back."""
        found = [read_event(_entry(row)) for row in self._database.rows(_OF_BINDING, (device, serial, iccid))]
        bound = [(event.seq, one) for event in found if (one := _as_bound(event.body)) is not None]
        undone: dict[DeviceId, tuple[int, Unbound]] = {}
        for chip in {one.device_id for _, one in bound}:
            for row in self._database.rows(_UNBOUND, (chip,)):
                event = read_event(_entry(row))
                if isinstance(event.body, Unbound):
                    undone[chip] = event.seq, event.body
        holding = [one for seq, one in bound if one.device_id not in undone or seq > undone[one.device_id][0]]
        return tuple(dict.fromkeys(holding)), tuple(one for _, one in sorted(undone.values(), key=lambda one: one[0]))

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

    def hash_of(self, seq: int) -> bytes:
        """The hash of an entry; of entry 0 the one that entry 1 follows. Raises JournalDamaged."""
        for (found,) in self._database.rows(_HASH, (seq,)):
            if isinstance(found, bytes):
                return found
        if seq:
            raise JournalDamaged(f"entry {seq} is missing, or has no hash")
        return self.identity.genesis

    def holds(self, noted: bytes) -> bool:
        """Whether an entry has this hash, or the first one follows it."""
        return noted == self.identity.genesis or next(self._database.rows(_HOLDS, (noted,)), None) is not None

    def count_runs(self) -> int:
        """How many runs have an entry."""
        (count,) = next(self._database.rows("SELECT count(DISTINCT run) FROM entry"))
        return count if isinstance(count, int) else 0

    def check(self) -> int:
        """Follow the chain from the first entry to the last, and count the entries. Raises JournalDamaged.

        The hashes are the same as those of `chain.follow`, which is asked for its words where one does not follow. That
        an entry is a fact is found when it is read.
        """
        last, _ = self.tail()
        previous, checked = self.identity.genesis, 0
        while checked < last:
            page = self._database.page(_CHAIN, (checked, checked + CHECKED))
            before = previous
            for content, stored in page:
                previous = sha256(previous + content).digest() if isinstance(content, bytes) else b""
                if previous != stored:
                    raise self._broken(checked, before)
            if len(page) != min(CHECKED, last - checked):
                raise self._broken(checked, before)
            checked += len(page)
        stored_at_all = next(self._database.rows("SELECT count(*) FROM entry"))
        if stored_at_all != (last,):
            raise JournalDamaged(f"the journal ends with entry {last} and holds {stored_at_all[0]!r} entries")
        return last

    def _broken(self, after: int, previous: bytes) -> JournalDamaged:
        """What is wrong behind entry `after`, whose hash is `previous`."""
        try:
            for _ in follow(self.entries(after=after), previous, after):
                continue
        except JournalDamaged as why:
            return why
        return JournalDamaged(f"after entry {after}: the hashes do not follow")

    def _last(self, sql: str, value: str) -> Body | None:
        return next((read_event(_entry(row)).body for row in self._database.rows(sql, (value,))), None)

    def _runs(self, sql: str) -> list[RunId]:
        return [run for (value,) in self._database.rows(sql) if (run := _run(value)) is not None]


def _as_bound(body: Body) -> Bound | None:
    match body:
        case Bound():
            return body.model_copy(update={"op": 1, "released": ()})
        case PreAddRequested(device_id=device, serial=serial):
            return Bound(op=1, device_id=device, serial=serial)
        case _:
            return None


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

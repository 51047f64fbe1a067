"""A whole station: core, journal, fixture, scanners and the station check, from files to the last report."""

import time
from contextlib import suppress
from pathlib import Path

from station import __version__
from station.domain.counted import MEGABYTE, room
from station.domain.events import Event, StationRefused, StationStarted
from station.domain.faults import ConfigRefused, Fault, JournalFull, JournalMoved, PeopleChanged
from station.domain.record import records_of, stations_of
from station.domain.shift_rules import HOUR, ShiftRules
from station.domain.timeline import first_since
from station.drivers import disk
from station.drivers.people_file import FILE, agreed, read_people
from station.engine.bus import Bus, Earlier, Speaks, Stored
from station.engine.core import Core
from station.engine.ready import FEW, Watchdog, facts
from station.engine.scan_desk import ScanDesk
from station.engine.supervisor import Spawn
from station.journal.entries import RECENT, Entries
from station.journal.recovery import close_interrupted, found_running
from station.journal.store import Journal
from station.readiness import LiveCheck, asked, looks_of, people_items
from station.report.document import write_run
from station.report.files import atomic_write, make_folder
from station.report.tables import measurements_csv, runs_csv, spreadsheet
from station.wiring import (
    PATIENCE,
    UNVERIFIED,
    Selected,
    elapsed,
    make_safe_by,
    new_run,
    now_us,
    places_of,
    port_of,
    scanner_opener,
    spawner,
)


def rules_of(selected: Selected, state: Path) -> ShiftRules:
    """The rules of a shift, with the people of this state folder. Raises ConfigRefused where nobody could sign in."""
    station, people = selected.station.value, read_people(state)
    rules = station.shift_rules(people)
    able = [one for one in people.people if one.active and (one.pin is not None or rules.sign_in == "badge")]
    if rules.signed and not able:
        raise ConfigRefused(
            f'{selected.station.path}: sign_in = "{rules.sign_in}", and {state / FILE} has nobody who could;'
            " `station people add` does it"
        )
    return rules


class Line:
    """A whole station: core, journal, fixture and scanner. Use it in one thread; `core` tells what others may call."""

    def __init__(
        self,
        selected: Selected,
        state: Path,
        bench: Path | None,
        bus: Bus,
        hurry: float = 1.0,
        own_shift: bool = False,
        spawn: Spawn | None = None,
    ) -> None:
        """Raises the faults of journal and fixture; closes open runs of an earlier start as INTERRUPTED.

        In a demonstration people's clock may be in a `hurry`: so many seconds pass in one. With an `own_shift` no unit
        of an earlier start is counted as one of this shift. Workers are fresh processes where nobody brings another way
        to `spawn` them.
        """
        from station.drivers.fixture_scpi import ScpiFixture
        from station.drivers.pin_hash import pin_fits

        fixture = selected.fixture.value
        self._state = state
        self._min_free = selected.station.value.min_free_mb * MEGABYTE
        rules = rules_of(selected, state)
        self.journal = Journal.create_or_open(state, now_us, elapsed)
        self.journal.tell = lambda unasked: self._publish(bus, unasked)
        self._refuse_changed(rules)
        self.journal.book()  # read once now, not at the first scan
        self._publish(bus, close_interrupted(self.journal))
        controller = ScpiFixture(port_of(fixture.controller, bench), PATIENCE, fixture.watchdog)
        places = places_of(fixture, selected.parts, state, bench)
        self._started(selected, bus)
        # Before anything is switched: what sat in a nest with power ran unwatched, whoever put it there.
        running = [found_running(one.seat.nest) for one in places if controller.relays(one.seat.nest).runs]
        self._publish(bus, self.journal.append(running, None))
        for one in places:
            with suppress(Fault):  # the core tries it once more, and locks the nest where it cannot
                make_safe_by(controller, one.seat.nest)
        standing = self.journal.standing()

        def take_in(unasked: list[Event]) -> None:
            for event in unasked:
                standing.add(event)
            self._publish(bus, unasked)

        self.journal.tell = take_in
        recent = self.journal.recent()
        first = first_since(self.journal.moments(RECENT), now_us(), int(rules.shift_hours * HOUR))
        this_shift = self.journal.begun_since(first)
        if standing.language is not None:
            bus.publish(Speaks(standing.language))
        if not own_shift:
            bus.publish(Earlier(tuple(one for one in recent if one.run in this_shift)))
        self.core = Core(
            ledger=self.journal,
            fixture=controller,
            nests=[place.seat.nest for place in places],
            inputs=selected.inputs,
            spawn=spawn or spawner(places),
            bus=bus,
            new_run=new_run,
            shortage=self.shortage,
            rules=rules,
            standing=standing,
            fits=pin_fits,
            before={one.started.nest: one for one in recent},
            now=lambda: time.monotonic() * hurry,
            wall=now_us,
        )
        self._scanners = [
            ScanDesk(one.name, scanner_opener(one, port_of(one.port, bench)), self.core.scan, self.core.trouble)
            for one in fixture.all_scanners
        ]
        looks = looks_of(
            fixture,
            state,
            bench,
            lambda: {one.name: one.there for one in self._scanners},
            asked(lambda: self.core.fixture_lost),
            lambda: Watchdog(fixture.no_watchdog, standing.watchdog_at, self.core.safety.asleep),
            lambda: self.core.safety.desk.unfelt,
        )
        self._ready = LiveCheck(
            looks,
            fixture,
            self._min_free,
            lambda ledger, now: facts(rules, standing, selected.inputs, ledger, now),
            lambda: people_items(rules, standing, state),
            self.journal,
            now_us,
            bus,
            self.core.post,
        )

    def _refuse_changed(self, rules: ShiftRules) -> None:
        """Where people sign in, the rights of whoever stands in the file hold only as they were recorded."""
        differ = agreed(self._state, self.journal.standing())[1] if rules.signed else []
        if differ:
            why = PeopleChanged(f"{self._state / FILE}: {'; '.join(differ)}")
            self.journal.append([StationRefused(code=why.code, detail=str(why))], None)
            self.journal.close()
            raise why

    def _started(self, selected: Selected, bus: Bus) -> None:
        started = StationStarted(
            version=__version__,
            station=selected.station.value.name,
            fixture=selected.fixture.value.name,
            recipe=f"{selected.recipe.value.name} {selected.recipe.value.revision}",
            recipe_sha256=selected.recipe.sha256,
            profile=selected.recipe.value.profile,
            unverified=UNVERIFIED,
        )
        self._publish(bus, self.journal.append([started], None))

    @staticmethod
    def _publish(bus: Bus, events: list[Event]) -> None:
        for event in events:
            bus.publish(Stored(None, event))

    def shortage(self) -> Fault | None:
        """Why no unit may be started now, or None."""
        try:
            self.journal.stay()
        except JournalMoved as moved:
            return moved
        try:
            left = disk.room(self._state)
        except Fault as fault:
            return fault
        if left.free < self._min_free:
            return JournalFull(f"{room(left.free)} are free in {self._state}, {room(self._min_free)} are needed")
        if left.files is not None and left.files < FEW:
            return JournalFull(f"{left.files} more files can be made in {self._state}, {FEW} are needed")
        return None

    def run(self) -> None:
        """Work until `core.quit`. The scanners are open before any nest says that it is ready."""
        for one in self._scanners:
            one.start()
        self._ready.start()
        try:
            self.core.run()
        finally:
            self._ready.close()
            for one in self._scanners:
                one.close()

    def write_reports(self) -> None:
        """Write every run's document, and the tables of all runs. Raises JournalMoved, JournalTouched, and more."""
        self.journal.stay()
        write_reports(self.journal, self._state / "reports")

    def close(self) -> None:
        """Let go of the journal."""
        self.journal.close()


def write_reports(entries: Entries, folder: Path) -> list[Path]:
    """One JSON document a run, runs.csv and measurements.csv; returns what was written.

    Raises the faults of domain.places, and those of the journal.
    """
    records, stations = records_of(entries.events()), stations_of(entries.events())
    make_folder(folder)
    written = [write_run(folder, record, list(entries.events(run=record.run))) for record in records]
    tables = {"runs.csv": runs_csv(records, stations), "measurements.csv": measurements_csv(records, stations)}
    written += [atomic_write(folder / name, spreadsheet(text)) for name, text in tables.items()]
    return written


def note_refusal(state: Path, fault: Fault) -> None:
    """Journal that the station did not start; what cannot be written must not hide the reason."""
    try:
        with Journal.create_or_open(state, now_us) as journal:
            journal.append([StationRefused(code=fault.code, detail=str(fault))], None)
    except Fault:
        return

"""The station check of one state folder: on iron by what the kernel lists, on a bench by what lies in its folder.

Nothing is opened that a running line may have open.
"""

import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from station.config import FixtureConfig
from station.domain.events import PreAddExported, PreAddRequested
from station.domain.faults import (
    Fault,
    JournalBusy,
    JournalDamaged,
    JournalDoubted,
    JournalFull,
    JournalMoved,
    NoJournal,
    NoWatchdog,
)
from station.domain.ready import Item, broken
from station.domain.safety_facts import WatchdogTried
from station.domain.shift_facts import NestLocked
from station.domain.shift_rules import ShiftRules
from station.domain.standing import Standing
from station.drivers import disk, usb_places
from station.drivers.people_file import agreed
from station.engine.bus import Bus, Checked, Heard, Stored
from station.engine.nest import Inputs
from station.engine.ready import Ledgered, Looks, Watchdog, changed, clock, facts, things
from station.engine.ready_desk import ReadyDesk
from station.journal.entries import Entries
from station.journal.lock import holder
from station.journal.store import Journal, Reader


def looks_of(
    fixture: FixtureConfig,
    state: Path,
    bench: Path | None,
    scanners: Callable[[], Mapping[str, bool]],
    controller: Callable[[], str],
    watchdog: Callable[[], Watchdog],
    unfelt: Callable[[], bool] = lambda: False,
) -> Looks:
    """How the things of this fixture are looked at."""

    def probes() -> list[str]:
        return usb_places.serials() if bench is None else [one.stem for one in (bench / "probe").glob("*.sock")]

    def hubs() -> frozenset[str]:
        if bench is None:
            return usb_places.places()
        plugged = (bench / "usb").is_dir()
        return frozenset(usb_places.hub_of(seat.usb) for seat in fixture.nests if plugged)

    return Looks(scanners, probes, hubs, usb_places.hub_of, controller, lambda: disk.tried(state), watchdog, unfelt)


class LiveCheck:
    """The station check of a line that runs: looked at now and then, told on the bus when something in it changes."""

    def __init__(
        self,
        looks: Looks,
        fixture: FixtureConfig,
        min_free: int,
        said: Callable[[Ledgered, int], list[Item]],
        people: Callable[[], list[Item]],
        journal: Journal,
        wall: Callable[[], int],
        bus: Bus,
        post: Callable[[Callable[[], None]], None],
    ) -> None:
        """`said` is what rules and journal make of it, `people` what is wrong with their file.

        `post` has something done in the core thread.
        """
        self._said, self._wall, self._bus = said, wall, bus
        self._journal = journal
        self._told: tuple[Item, ...] = ()
        self._last, _ = journal.tail()
        self._last_at = _time_of(journal, self._last)
        self._unlisted = journal.unlisted()
        self._began, self._began_at = time.monotonic(), wall()
        bus.subscribe(self._hear)
        self._desk = ReadyDesk(
            lambda: [*things(fixture, min_free, looks), *people()], lambda found: post(lambda: self._tell(found))
        )
        self.start, self.close = self._desk.start, self._desk.close

    def _hear(self, heard: Heard) -> None:
        if not isinstance(heard, Stored):
            return
        event = heard.event
        self._last, self._last_at = event.seq, event.at
        match event.body:
            case PreAddRequested(device_id=device):
                self._unlisted.setdefault(device, event.at)
            case PreAddExported(device_ids=devices):
                for one in devices:
                    self._unlisted.pop(one, None)
            case _:
                return

    def _tell(self, found: list[Item]) -> None:
        now, ledger = self._wall(), Ledgered(self._last, self._last_at, tuple(self._unlisted.values()))
        jumped = (now - self._began_at) / 1e6 - (time.monotonic() - self._began)
        said = [clock(ledger, now, jumped) if one.code == "CLOCK" else one for one in self._said(ledger, now)]
        try:
            self._journal.stay()
        except JournalMoved as moved:
            said = [broken("JOURNAL", moved) if one.code == "JOURNAL" else one for one in said]
        items = tuple(_with(found, said))
        # The journal grows all the time; that alone is no news.
        if _news(items) != _news(self._told):
            self._told = items
            self._bus.publish(Checked(items))


def _news(items: tuple[Item, ...]) -> list[tuple[str, str, str]]:
    return [(one.code, one.state, "" if one.code in ("JOURNAL", "DISK") else one.says) for one in items]


def _time_of(journal: Entries, last: int) -> int | None:
    return next((one.at for one in journal.entries(after=last - 1)), None) if last else None


def stand_alone(
    fixture: FixtureConfig,
    min_free: int,
    rules: ShiftRules,
    inputs: Inputs,
    state: Path,
    bench: Path | None,
    controller: Callable[[bool], str],
    port: Callable[[str], Path],
    now: int,
) -> list[Item]:
    """The check while no line of this process runs; what another one has open is said to be so, and not touched.

    `controller` tells what the fixture's controller calls itself, and proves its watchdog where it is told to.
    """
    line, seen = holder(state), _standing(state).watchdog_at

    def scanners() -> dict[str, bool]:
        return {one.name: _readable(port(one.port)) for one in fixture.all_scanners}

    def answers() -> str:
        nonlocal seen
        if line is not None:
            return f"used by the line that runs, process {line}"
        if fixture.watchdog is None or not rules.over(seen, now):
            return controller(False)
        try:
            name, seen = controller(True), now
        except NoWatchdog as why:
            note(state, WatchdogTried(bites=False, seconds=fixture.watchdog, detail=str(why)), now)
            raise
        note(state, WatchdogTried(bites=True, seconds=fixture.watchdog), now)
        return name

    def watchdog() -> Watchdog:
        return Watchdog(fixture.no_watchdog, seen)

    looked = things(fixture, min_free, looks_of(fixture, state, bench, scanners, answers, watchdog))
    return [*looked, *_journal_items(rules, inputs, state, now)]


def _standing(state: Path) -> Standing:
    try:
        with Reader.open(state) as journal:
            return journal.standing()
    except Fault:  # what is wrong with the journal is told by its own item
        return Standing()


def note(state: Path, seen: WatchdogTried | NestLocked, now: int) -> None:
    """Keep what was seen, where there is a journal; one that cannot be written is told by its own item."""
    with suppress(Fault):
        Reader.look(state).close()
        with Journal.create_or_open(state, lambda: now) as journal:
            journal.append([seen], None)


def _readable(port: Path) -> bool:
    return os.access(port, os.R_OK)


def _journal_items(rules: ShiftRules, inputs: Inputs, state: Path, now: int) -> list[Item]:
    try:
        with Reader.open(state) as journal, journal.snapshot():
            last, _ = journal.tail()
            ledger = Ledgered(last, _time_of(journal, last), tuple(journal.unlisted().values()))
            standing = journal.standing()
            return _with(people_items(rules, standing, state), facts(rules, standing, inputs, ledger, now))
    except NoJournal:
        nobody = Standing()
        others = facts(rules, nobody, inputs, Ledgered(0, None, ()), now)
        return _with(people_items(rules, nobody, state), others)
    except (JournalDamaged, JournalDoubted, JournalBusy, JournalFull) as why:
        others = facts(rules, Standing(), inputs, Ledgered(0, None, ()), now)
        return [broken("JOURNAL", why), *(one for one in others if one.code in ("PEOPLE",))]


def people_items(rules: ShiftRules, standing: Standing, state: Path) -> list[Item]:
    """What is wrong with the file of people, if anything is."""
    try:
        return changed(rules, agreed(state, standing)[1])
    except Fault as fault:
        return [broken("PEOPLE", fault)]


def _with(found: list[Item], others: list[Item]) -> list[Item]:
    """The others where nothing was found about the same thing."""
    looked = {one.code for one in found}
    return [*found, *(one for one in others if one.code not in looked)]


def asked(lost: Callable[[], Fault | None]) -> Callable[[], str]:
    """What a fixture whose controller is watched already has to say of itself."""

    def tell() -> str:
        fault = lost()
        if fault is not None:
            raise fault
        return "watched"

    return tell

"""The station check: what is looked at, and what each look means."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from station.config import FixtureConfig
from station.domain.counted import room
from station.domain.faults import Fault
from station.domain.ready import Item, broken, item
from station.domain.shift_rules import ShiftRules
from station.domain.standing import Standing
from station.domain.timeline import JUMP, MINUTE
from station.domain.usb_serial import how_many
from station.engine.nest import Inputs

SCARCE = 2
"""Times the least free space: below that somebody should look at the disk. A design margin, not measured."""


FEW = 1000
"""Files that must be left: each run writes one, and some in between. A design margin, not measured."""


@dataclass(frozen=True, slots=True)
class Room:
    """What a disk has left: bytes, and files, where its file system counts them."""

    free: int
    files: int | None = None


@dataclass(frozen=True, slots=True)
class Watchdog:
    """Of the fixture's controller: why it has none, when it was last seen to bite (µs since 1970), what is wrong."""

    none: str | None = None
    proved_at: int | None = None
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Looks:
    """How each thing is looked at; `fixture` says what its controller is called; it and `room` raise faults."""

    scanners: Callable[[], Mapping[str, bool]]
    probes: Callable[[], Collection[str]]
    hubs: Callable[[], Collection[str]]
    hub_of: Callable[[str], str]
    fixture: Callable[[], str]
    room: Callable[[], Room]
    watchdog: Callable[[], Watchdog] = Watchdog
    unfelt: Callable[[], bool] = lambda: False
    """Whether the controller said that it cannot tell a seated unit."""


@dataclass(frozen=True, slots=True)
class Ledgered:
    """What the journal holds: number and time (µs since 1970) of its last entry, units on no import list since when."""

    last: int
    last_at: int | None
    unlisted: Collection[int]


def things(fixture: FixtureConfig, min_free: int, looks: Looks) -> list[Item]:
    """Scanners, programmers, USB, the fixture, the disk."""
    return [
        _scanners(looks.scanners()),
        _probes(fixture, looks.probes()),
        _usb(fixture, looks),
        _fixture(looks),
        _disk(min_free, looks),
    ]


def facts(rules: ShiftRules, standing: Standing, inputs: Inputs, ledger: Ledgered, now: int) -> list[Item]:
    """Journal, recipe, reference units, outbox, clock, people; `now` in µs since 1970.

    That somebody changed the file of people is not known here: `changed` says it.
    """
    return [
        _journal(ledger),
        _recipe(rules, standing, inputs),
        _references(rules, standing, now),
        _outbox(ledger),
        clock(ledger, now, 0.0),
        _people(rules),
    ]


def changed(rules: ShiftRules, differ: Sequence[str]) -> list[Item]:
    """What is said of people where their file is not as it was recorded: rights stay shut."""
    if not differ:
        return []
    return [item("PEOPLE", "fail" if rules.signed else "warn", "changed", len(differ), who="; ".join(differ))]


def clock(ledger: Ledgered, now: int, jumped: float) -> Item:
    """The clock on the wall, which parted from the monotonic one by `jumped` seconds since the station started."""
    if ledger.last_at is not None and now < ledger.last_at - MINUTE:
        back = f"{(ledger.last_at - now) / 1e6:.0f}"
        return item("CLOCK", "fail", "behind", f"-{back} s", seconds=back)
    if abs(jumped) > JUMP:
        return item("CLOCK", "warn", "set", f"{jumped:+.0f} s", seconds=f"{jumped:+.0f}")
    return item("CLOCK", "ok", "agrees")


def _scanners(there: Mapping[str, bool]) -> Item:
    if not there:
        return item("SCANNER", "warn", "none", "none")
    gone = [name for name, is_there in there.items() if not is_there]
    here, whole = len(there) - len(gone), len(there)
    if gone:
        return item("SCANNER", "fail", "gone", f"{here} of {whole}", names=", ".join(gone))
    return item("SCANNER", "ok", "there", f"{here} of {whole}", there=here, all=whole)


def _probes(fixture: FixtureConfig, found: Collection[str]) -> Item:
    alike = [seat for seat in fixture.nests if how_many(seat.probe, found) > 1]
    if alike:
        probes, nests = ", ".join(seat.probe for seat in alike), ", ".join(str(seat.nest) for seat in alike)
        return item("PROGRAMMERS", "fail", "alike", len(alike), probes=probes, nests=nests)
    gone = [seat for seat in fixture.nests if not how_many(seat.probe, found)]
    here, whole = len(fixture.nests) - len(gone), len(fixture.nests)
    if gone:
        probes, nests = ", ".join(seat.probe for seat in gone), ", ".join(str(seat.nest) for seat in gone)
        return item("PROGRAMMERS", "fail", "gone", f"{here} of {whole}", probes=probes, nests=nests)
    return item("PROGRAMMERS", "ok", "there", f"{here} of {whole}", there=here, all=whole)


def _usb(fixture: FixtureConfig, looks: Looks) -> Item:
    hubs = looks.hubs()
    gone = sorted({looks.hub_of(seat.usb) for seat in fixture.nests} - set(hubs))
    if gone:
        return item("USB", "fail", "gone", len(gone), hubs=", ".join(gone))
    return item("USB", "ok", "there", f"{len(fixture.nests)} places")


def _fixture(looks: Looks) -> Item:
    try:
        name = looks.fixture()
    except Fault as fault:
        return broken("FIXTURE", fault)
    watchdog = looks.watchdog()
    if watchdog.fault is not None:
        return broken("FIXTURE", watchdog.fault)
    if watchdog.none is not None:
        return item("FIXTURE", "warn", "unguarded", name, why=watchdog.none)
    if looks.unfelt():
        return item("FIXTURE", "ok", "unfelt", name)
    if watchdog.proved_at is None:
        return item("FIXTURE", "ok", "answers", name)
    return item("FIXTURE", "ok", "guarded", name, at=_when(watchdog.proved_at))


def _disk(min_free: int, looks: Looks) -> Item:
    try:
        left = looks.room()
    except Fault as fault:
        return broken("DISK", fault)
    if left.files is not None and left.files < FEW:
        return item("DISK", "fail", "files", left.files, count=left.files)
    free, here = left.free, room(left.free)
    if free < min_free:
        return item("DISK", "fail", "low", here, free=here, needed=room(min_free))
    if free < SCARCE * min_free:
        return item("DISK", "warn", "scarce", here, free=here)
    return item("DISK", "ok", "room", here, free=here)


def _journal(ledger: Ledgered) -> Item:
    if ledger.last_at is None:
        return item("JOURNAL", "ok", "empty", 0)
    return item("JOURNAL", "ok", "verified", ledger.last, at=_when(ledger.last_at))


def _recipe(rules: ShiftRules, standing: Standing, inputs: Inputs) -> Item:
    recipe, release = f"{inputs.recipe.name} {inputs.recipe.revision}", inputs.release.title
    value = f"{inputs.recipe_sha256[:16]} {inputs.release_sha256[:16]}"
    if not rules.signed:
        return item("RECIPE", "ok", "unsigned", value, recipe=recipe, release=release)
    accepted = standing.accepted
    if accepted is None or accepted.recipe_sha256 != inputs.recipe_sha256:
        return item("RECIPE", "due", "due", value, recipe=recipe, release=release)
    return item("RECIPE", "ok", "accepted", value, recipe=recipe, release=release, by=accepted.by)


def _references(rules: ShiftRules, standing: Standing, now: int) -> Item:
    if not rules.references:
        return item("REFERENCES", "ok", "none", "none")
    wrong = standing.wrong_reference
    if wrong is not None:
        serial, outcome = wrong.serial, wrong.outcome.value
        return item("REFERENCES", "fail", "wrong", serial, serial=serial, outcome=outcome)
    due = rules.due(standing, now)
    if due:
        return item("REFERENCES", "due", "due", f"{len(due)} due", serials=", ".join(one.serial for one in due))
    oldest = min(at for at, _ in (standing.references[one.serial] for one in rules.references))
    until = oldest + int(rules.reference_hours * 3_600_000_000)
    return item("REFERENCES", "ok", "right", len(rules.references), at=_when(until))


def _outbox(ledger: Ledgered) -> Item:
    waiting = ledger.unlisted
    if not waiting:
        return item("OUTBOX", "ok", "empty", 0)
    return item("OUTBOX", "ok", "waiting", len(waiting), count=len(waiting), at=_when(min(waiting)))


def _people(rules: ShiftRules) -> Item:
    if not rules.signed:
        return item("PEOPLE", "ok", "unasked", rules.sign_in)
    able = sum(one.active and (one.pin is not None or rules.sign_in == "badge") for one in rules.people.people)
    if not able:
        return item("PEOPLE", "fail", "none", rules.sign_in)
    return item("PEOPLE", "ok", "able", rules.sign_in, count=able)


def _when(at: int) -> str:
    """As the clock on the wall shows it."""
    return datetime.fromtimestamp(at / 1e6).astimezone().strftime("%Y-%m-%d %H:%M")

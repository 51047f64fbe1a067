"""The station check: what is looked at, and what each look means."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from station.config import FixtureConfig
from station.domain.faults import Fault
from station.domain.ready import Item, ItemCode
from station.domain.shift_rules import MINUTE, ShiftRules
from station.domain.standing import Standing
from station.engine.nest import Inputs

SCARCE = 2
"""Times the least free space: below that somebody should look at the disk. A design margin, not measured."""

JUMP = 5.0
"""Seconds by which the clock on the wall may part from the monotonic one between two looks; a design margin."""


@dataclass(frozen=True, slots=True)
class Looks:
    """How each thing is looked at; `fixture` tells what its controller calls itself, or raises its fault."""

    scanners: Callable[[], Mapping[str, bool]]
    probes: Callable[[], Collection[str]]
    hubs: Callable[[], Collection[str]]
    hub_of: Callable[[str], str]
    fixture: Callable[[], str]
    free: Callable[[], int]


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
    """Journal, recipe, reference units, outbox, clock, people; `now` in µs since 1970."""
    return [
        _journal(ledger),
        _recipe(rules, standing, inputs),
        _references(rules, standing, now),
        _outbox(ledger),
        clock(ledger, now, 0.0),
        _people(rules),
    ]


def clock(ledger: Ledgered, now: int, jumped: float) -> Item:
    """The clock on the wall, which parted from the monotonic one by `jumped` seconds since the station started."""
    if ledger.last_at is not None and now < ledger.last_at - MINUTE:
        back = (ledger.last_at - now) / 1e6
        return _item("CLOCK", "fail", f"The clock is {back:.0f} s behind the journal's last entry.", f"{-back:.0f} s")
    if abs(jumped) > JUMP:
        return _item(
            "CLOCK", "warn", f"The clock was set by {jumped:+.0f} s while the station ran.", f"{jumped:+.0f} s"
        )
    return _item("CLOCK", "ok", "The clock agrees with the journal.")


def _item(code: ItemCode, state: str, says: str, value: object = "") -> Item:
    return Item.model_validate({"code": code, "state": state, "says": says, "value": str(value)})


def _scanners(there: Mapping[str, bool]) -> Item:
    if not there:
        return _item("SCANNER", "warn", "There is no scanner: labels are typed.", "none")
    gone = [name for name, is_there in there.items() if not is_there]
    value = f"{len(there) - len(gone)} of {len(there)}"
    if gone:
        return _item("SCANNER", "fail", f"Scanners that are not there: {', '.join(gone)}.", value)
    return _item("SCANNER", "ok", f"{value} scanners are there.", value)


def _probes(fixture: FixtureConfig, found: Collection[str]) -> Item:
    gone = [f"{seat.probe} (nest {seat.nest})" for seat in fixture.nests if seat.probe not in found]
    value = f"{len(fixture.nests) - len(gone)} of {len(fixture.nests)}"
    if gone:
        return _item("PROGRAMMERS", "fail", f"Programmers that are not there: {', '.join(gone)}.", value)
    return _item("PROGRAMMERS", "ok", f"{value} programmers are there.", value)


def _usb(fixture: FixtureConfig, looks: Looks) -> Item:
    hubs = looks.hubs()
    gone = sorted({looks.hub_of(seat.usb) for seat in fixture.nests} - set(hubs))
    if gone:
        return _item(
            "USB", "fail", f"Hubs that nests are wired to and that are not there: {', '.join(gone)}.", len(gone)
        )
    return _item("USB", "ok", "The USB places of all nests are there.", f"{len(fixture.nests)} places")


def _fixture(looks: Looks) -> Item:
    try:
        name = looks.fixture()
    except Fault as fault:
        return _item("FIXTURE", "fail", f"{fault}.", fault.code)
    return _item("FIXTURE", "ok", "The fixture's controller answers.", name)


def _disk(min_free: int, looks: Looks) -> Item:
    try:
        free = looks.free()
    except OSError as why:
        return _item("DISK", "fail", f"The state folder cannot be looked at: {why.strerror}.")
    value = f"{free >> 20} MB"
    if free < min_free:
        return _item("DISK", "fail", f"{value} are free and {min_free >> 20} MB are needed.", value)
    if free < SCARCE * min_free:
        return _item("DISK", "warn", f"Only {value} are free.", value)
    return _item("DISK", "ok", "There is room on the disk.", value)


def _journal(ledger: Ledgered) -> Item:
    if ledger.last_at is None:
        return _item("JOURNAL", "ok", "The journal is empty.", 0)
    says = f"The journal's newest entries were verified; the last one is of {_when(ledger.last_at)}."
    return _item("JOURNAL", "ok", says, ledger.last)


def _recipe(rules: ShiftRules, standing: Standing, inputs: Inputs) -> Item:
    name = f"{inputs.recipe.name} {inputs.recipe.revision}, release {inputs.release.title}"
    value = f"{inputs.recipe_sha256[:16]} {inputs.release_sha256[:16]}"
    if not rules.signed:
        return _item("RECIPE", "ok", f"{name}; nobody has to accept it.", value)
    accepted = standing.accepted
    if accepted is None or accepted.recipe_sha256 != inputs.recipe_sha256:
        return _item("RECIPE", "due", f"{name}: a lead must accept it.", value)
    return _item("RECIPE", "ok", f"{name}, accepted by {accepted.by}.", value)


def _references(rules: ShiftRules, standing: Standing, now: int) -> Item:
    if not rules.references:
        return _item("REFERENCES", "ok", "No reference units are named.", "none")
    wrong = standing.wrong_reference
    if wrong is not None:
        says = f"Reference unit {wrong.serial} came out as {wrong.outcome.value}: an engineer must see to it."
        return _item("REFERENCES", "fail", says, wrong.serial)
    due = rules.due(standing, now)
    if due:
        return _item(
            "REFERENCES", "due", f"To be tested now: {', '.join(one.serial for one in due)}.", f"{len(due)} due"
        )
    oldest = min(at for at, _ in (standing.references[one.serial] for one in rules.references))
    until = oldest + int(rules.reference_hours * 3_600_000_000)
    return _item("REFERENCES", "ok", f"All came out as they must; due again {_when(until)}.", len(rules.references))


def _outbox(ledger: Ledgered) -> Item:
    waiting = ledger.unlisted
    if not waiting:
        return _item("OUTBOX", "ok", "No unit waits for an import list.", 0)
    says = f"{len(waiting)} units are on no import list yet; the oldest passed {_when(min(waiting))}."
    return _item("OUTBOX", "ok", says, len(waiting))


def _people(rules: ShiftRules) -> Item:
    if not rules.signed:
        return _item("PEOPLE", "ok", "Nobody has to sign in.", rules.sign_in)
    able = [one for one in rules.people.people if one.active and (one.pin or rules.sign_in == "badge")]
    return _item("PEOPLE", "ok" if able else "fail", f"{len(able)} people can sign in.", rules.sign_in)


def _when(at: int) -> str:
    """As the clock on the wall shows it."""
    return datetime.fromtimestamp(at / 1e6).astimezone().strftime("%Y-%m-%d %H:%M")

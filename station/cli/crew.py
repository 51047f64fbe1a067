"""The people of `station sim --sign-in`: who they are, what is written for them, and what may go wrong with them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from station.bench.client import Bench
from station.bench.crew import Crew
from station.bench.traits import traits
from station.codec import badge as badge_code
from station.domain.events import Event, ScanRefused
from station.domain.ids import SerialNumber
from station.domain.people import Action, Badge, People, Person, Role, ending
from station.domain.platform import platform_named
from station.domain.refusals import Code
from station.domain.shift_facts import Approved, Expect, PersonSet
from station.drivers.people_file import new_people
from station.drivers.pin_hash import pin_hash, voucher
from station.journal.store import Journal
from station.wiring import now_us

PIN, LEAD_PIN = "1234", "4321"

OPERATOR = Person(name="Olga Operator", badge="OP3RATOR", role=Role.OPERATOR)
LEAD = Person(name="Leo Lead", badge="LEAD2", role=Role.LEAD)
ENGINEER = Person(name="Edda Engineer", badge="ENG1NEER", role=Role.ENGINEER)

CREW = Crew(
    badge=badge_code.render(Badge(OPERATOR.badge)),
    lead=badge_code.render(Badge(LEAD.badge)),
    pin=PIN,
    lead_pin=LEAD_PIN,
)

BADGES = {one.name: badge_code.render(Badge(one.badge)) for one in (OPERATOR, LEAD, ENGINEER)}
"""Their badges, for a visitor who wants to be one of them."""

STRANGER = badge_code.render(Badge("N0B0DY"))

HURRIED = 10.0
"""Times as fast: people's clock, where a demonstration would wait for it."""


@dataclass(frozen=True, slots=True)
class Peoples:
    """One thing that goes wrong with people, how it is refused, and what they do about it.

    `references` says of the first units what they are expected to come out as. `again` is how often the first unit is
    tested. `befalls` is a mishap of the bench's that the first unit has besides.
    """

    name: str
    says: str
    code: str
    crew: Crew = CREW
    pins: bool = False
    references: tuple[Expect, ...] = ()
    again: int = 1
    befalls: str | None = None


CATALOGUE = (
    Peoples(
        "unknown_badge",
        "A badge that nobody here has; then the operator's own, and the unit passes.",
        Code.BADGE_UNKNOWN,
        replace(CREW, stranger=STRANGER),
    ),
    Peoples(
        "wrong_pin",
        "The operator mistypes the PIN until the badge is locked; the lead unlocks it, and the unit passes.",
        Code.PIN_LOCKED,
        replace(CREW, wrong_pins=5, hurry=HURRIED),
        pins=True,
    ),
    Peoples(
        "operator_releases_nest",
        "A nest is locked, and the operator tries to release it: it stays locked.",
        Code.NOT_ALLOWED,
        replace(CREW, releases=True),
        befalls="phones_home",
    ),
    Peoples(
        "retest_beyond_cap",
        "The operator tests a unit again and again that fails; the third time nobody approves.",
        Code.RETEST_BLOCKED,
        again=3,
        befalls="dead_rail",
    ),
    Peoples(
        "reference_wrong",
        "A reference unit that must fail passes: no unit is made.",
        Code.REF_WRONG,
        replace(CREW, first=1),
        references=("fail",),
    ),
)

BY_NAME: Mapping[str, Peoples] = {one.name: one for one in CATALOGUE}

ORDINARY = Peoples("", "", "", replace(CREW, first=2), references=("pass", "fail"))
"""A shift with people as it should be: the lead accepts the test plan, two reference units come first."""

BAD_REFERENCE = "dead_rail"
"""What a reference unit has that fails."""


def prepare(root: Path, state: Path, shown: Peoples, seed: int) -> None:
    """Write what a station with people needs: its station.toml, people.toml, and the facts of it."""
    platform = platform_named("boron")
    if platform is None:
        raise AssertionError("the bench makes Borons")
    serials = [traits(seed, number, platform).serial for number in range(1, len(shown.references) + 1)]
    path = root / "configs" / "station.toml"
    lines = [f'sign_in = "{"badge_and_pin" if shown.pins else "badge"}"', *_references(serials, shown.references)]
    path.write_text(path.read_text(encoding="utf-8") + "\n" + "\n".join(lines) + "\n", encoding="utf-8")
    pins = {OPERATOR.name: PIN, LEAD.name: LEAD_PIN} if shown.pins else {}
    everybody = tuple(
        one.model_copy(update={"pin": pin_hash(pins[one.name])}) if one.name in pins else one
        for one in (ENGINEER, LEAD, OPERATOR)
    )
    vouchers = {ENGINEER.name: voucher(ENGINEER.badge, "")}
    facts = [
        PersonSet(
            badge=ending(one.badge),
            voucher=vouchers.get(one.name, ""),
            **one.model_dump(exclude={"pin", "badge"}),
        )
        for one in everybody
    ]
    with Journal.create_or_open(state, now_us) as journal, new_people(state, People(people=everybody)) as sealed:
        journal.append([*facts, sealed], None)


def tray_of(bench: Bench, units: int, people: Peoples) -> list[tuple[int, str]]:
    """Reference units first, then as many others; the first of those has what goes wrong with it."""
    tray = []
    for expect in people.references:
        tray.append(bench.new_unit())
        if expect == "fail" and people is ORDINARY:
            bench.mishap(BAD_REFERENCE, unit=tray[-1])
    made = [bench.new_unit() for _ in range(units)]
    if people.befalls is not None:
        bench.mishap(people.befalls, unit=made[0])
    tray += [made[0]] * people.again + made[1:]
    return [(unit, bench.unit(unit).label) for unit in tray]


def _references(serials: list[SerialNumber], expected: tuple[Expect, ...]) -> list[str]:
    if not expected:
        return []
    rows = ", ".join(
        f'{{ serial = "{serial}", expect = "{expect}" }}' for serial, expect in zip(serials, expected, strict=True)
    )
    return [f"references = [{rows}]"]


_APPROVES: Mapping[str, Action] = {
    Code.PLAN_CHANGED: Action.ACCEPT_RECIPE,
    Code.SCAN_ALREADY_PASSED: Action.TEST_AGAIN,
    Code.RETEST_BLOCKED: Action.TEST_AGAIN,
    Code.TYPED_LABEL: Action.TYPE_LABEL,
}


def not_taken(events: Iterable[Event]) -> list[ScanRefused]:
    """Scans that were refused and stayed so: those that somebody approved then went on by themselves."""
    refused: list[ScanRefused] = []
    for event in events:
        match event.body:
            case ScanRefused() as scan:
                refused.append(scan)
            case Approved(action=action) if refused and _APPROVES.get(refused[-1].code) is action:
                refused.pop()
            case _:
                continue
    return refused

"""People for the tests of the engine, and the rules of their shift."""

from dataclasses import replace

from station.domain.events import Event
from station.domain.people import Badge, People, Person, Role
from station.domain.shift_facts import SignInRefused
from station.domain.shift_rules import ShiftRules


def person(name: str, badge: str, role: Role, pin: str = "1234", active: bool = True) -> Person:
    """Somebody."""
    return Person(name=name, badge=badge, role=role, active=active, pin=f"$argon2id$v=19${pin}")


OPERATOR = person("Ola Operator", "OP1", Role.OPERATOR)
OTHER = person("Otto Operator", "OP2", Role.OPERATOR)
LEAD = person("Lea Lead", "LE1", Role.LEAD, "2345")
TECHNICIAN = person("Tim Technician", "TE1", Role.TECHNICIAN)
ENGINEER = person("Eve Engineer", "EN1", Role.ENGINEER, "3456")
AUDITOR = person("Ada Auditor", "AU1", Role.AUDITOR)
GONE = person("Gus Gone", "GO1", Role.ENGINEER, active=False)

CREW = (OPERATOR, OTHER, LEAD, TECHNICIAN, ENGINEER, AUDITOR, GONE)
BY_ROLE = {one.role: one for one in (OPERATOR, LEAD, TECHNICIAN, ENGINEER, AUDITOR)}

BADGES = ShiftRules(sign_in="badge", people=People(people=CREW))
PINS = replace(BADGES, sign_in="badge_and_pin")


def badge(one: Person) -> Badge:
    """The badge of this person."""
    return Badge(one.badge)


def refused_codes(events: list[Event]) -> list[str]:
    """Why badges and PINs were not taken, in order."""
    return [one.body.code for one in events if isinstance(one.body, SignInRefused)]

"""Who stands behind a verb: where people are known, it needs the badge of somebody who may, and their PIN if any.

Both are scanned or typed without being shown, or are the next lines of standard input; never words of a command, which
a shell remembers and `ps` shows.
"""

import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

import click

from station.codec import badge as badge_code
from station.domain.events import Body
from station.domain.faults import BadgeRefused, Fault, NotAllowed, PeopleChanged
from station.domain.people import PIN, SAYS, Action, People, Role, ending, may, who_may
from station.domain.refusals import Code, Refusal, refuse
from station.domain.shift_facts import ActionRefused, Approved, PinLocked, SignInRefused
from station.domain.shift_rules import PIN_TRIES, delay
from station.domain.standing import Standing
from station.drivers.people_file import agreed
from station.drivers.pin_hash import pin_fits, vouched
from station.journal.store import Journal


@dataclass(frozen=True, slots=True)
class Proved:
    """Somebody who has shown who they are."""

    name: str
    role: Role
    badge: str
    pin: str


@dataclass(frozen=True, slots=True)
class _Shown:
    """Whose badge was shown; `who` tells whose it is together with this PIN, and nobody's where it does not fit."""

    name: str
    role: Role
    active: bool
    asks_pin: bool
    who: Callable[[str], str | None]


def allow(journal: Journal, action: Action, *, changed: bool = False) -> str:
    """The name of whoever is behind this action; empty where nobody is known. It is journalled, so is a refusal.

    Where the file of people is not as it was recorded, nothing is allowed; what may be done in spite of that,
    `changed`, is allowed to an engineer whom the journal knows. Raises NotAllowed, BadgeRefused, PeopleChanged, and the
    journal's faults; ConfigRefused for people who cannot be read.
    """
    proved = prove(journal, action, changed=changed)
    return "" if proved is None else proved.name


def prove(journal: Journal, action: Action, *, changed: bool) -> Proved | None:
    """The same, with what was shown; None where nobody is known."""
    standing = journal.standing()
    people, differ = agreed(journal.folder, standing)
    if differ and not changed:
        told = refuse(Code.PEOPLE_CHANGED, what="; ".join(differ), who=who_may(Action.PEOPLE))
        _refuse(journal, told, action, PeopleChanged)
    if not people.people and not standing.people:
        return None
    by_record = bool(differ) and bool(standing.people)
    badge = _badge(journal, action)
    shown = _recorded(standing, badge) if by_record else _written(people, badge)
    if shown is None:
        _unknown(journal, badge)
    if not shown.active:
        _no(journal, refuse(Code.BADGE_OFF, name=shown.name), shown.name)
    if not may(shown.role, action):
        what, who = SAYS[action], who_may(action)
        told = refuse(Code.NOT_ALLOWED, role=shown.role.value, name=shown.name, what=what, who=who)
        _refuse(journal, told, action, NotAllowed, shown.name)
    pin = _pin(journal, shown, standing) if shown.asks_pin else ""
    name = shown.who(pin)
    if name is None:
        _unknown(journal, badge)
    approved = Approved(action=action, by=name, role=shown.role, asked_by="", detail=SAYS[action])
    journal.append([approved], None)
    return Proved(name, shown.role, badge, pin)


def _written(people: People, badge: str) -> _Shown | None:
    person = people.with_badge(badge)
    if person is None:
        return None
    kept, name = person.pin, person.name
    return _Shown(
        name,
        person.role,
        person.active,
        kept is not None,
        lambda pin: name if kept is None or pin_fits(kept, pin) else None,
    )


def _recorded(standing: Standing, badge: str) -> _Shown | None:
    """By the journal alone, which has no badge, but can tell whether badge and PIN together are the recorded ones."""
    vouchers = {
        name: kept
        for name, kept in standing.vouchers.items()
        if kept and (one := standing.people.get(name)) and one.active and one.badge == ending(badge)
    }
    if not vouchers:
        return None
    first = standing.people[next(iter(vouchers))]
    return _Shown(
        first.name,
        first.role,
        True,
        any(name in standing.with_pin for name in vouchers),
        lambda pin: next((name for name, kept in vouchers.items() if vouched(kept, badge, pin)), None),
    )


def _badge(journal: Journal, action: Action) -> str:
    text = ask_secret(f"Scan the badge of {who_may(action)}")
    if not text:
        _refuse(journal, refuse(Code.SIGN_IN_FIRST), action, NotAllowed)
    try:
        return badge_code.parse(text).id
    except BadgeRefused as why:
        journal.append([SignInRefused(code=why.code, detail=str(why))], None)
        raise


def _pin(journal: Journal, shown: _Shown, standing: Standing) -> str:
    """As at the station: few tries, the later the slower, and then none."""
    name = shown.name
    wrong = standing.wrong_pins.get(name, 0)
    if name in standing.locked_pins or wrong >= PIN_TRIES:
        told = refuse(Code.PIN_LOCKED, name=name, tries=PIN_TRIES, who=who_may(Action.UNLOCK_PIN))
        _no(journal, told, name)
    time.sleep(delay(wrong))
    pin = ask_secret(f"PIN of {name}")
    if shown.who(pin) is not None:
        return pin
    wrong += 1
    told = refuse(Code.PIN_WRONG, left=PIN_TRIES - wrong, seconds=f"{delay(wrong):.0f}")
    locks: list[Body] = [PinLocked(name=name, tries=wrong)] if wrong >= PIN_TRIES else []
    journal.append([SignInRefused(code=told.code, detail=told.detail, name=name), *locks], None)
    raise NotAllowed(told.detail)


def ask_secret(says: str, again: bool = False) -> str:
    """What is scanned or typed without being shown; from a program, the next line of standard input."""
    if sys.stdin.isatty():
        return str(click.prompt(says, hide_input=True, confirmation_prompt=again, err=True)).strip()
    return sys.stdin.readline().strip()


def new_pin(name: str) -> str:
    """A PIN that may be one."""
    pin = ask_secret(f"New PIN of {name}", again=True)
    if re.fullmatch(PIN, pin, re.ASCII) is None:
        raise click.UsageError("a PIN has 4 to 12 digits; nothing was changed")
    return pin


def _unknown(journal: Journal, badge: str) -> NoReturn:
    why = refuse(Code.BADGE_UNKNOWN)
    journal.append([SignInRefused(code=why.code, detail=why.detail, badge=ending(badge))], None)
    raise NotAllowed(why.detail)


def _no(journal: Journal, why: Refusal, name: str) -> NoReturn:
    journal.append([SignInRefused(code=why.code, detail=why.detail, name=name)], None)
    raise NotAllowed(why.detail)


def _refuse(journal: Journal, why: Refusal, action: Action, fault: type[Fault], by: str = "") -> NoReturn:
    journal.append([ActionRefused(action=action, code=why.code, detail=why.detail, by=by)], None)
    raise fault(f"{SAYS[action]}: {why.detail}")

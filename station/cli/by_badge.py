"""Who stands behind a verb: where people are known, it needs the badge of somebody who may, and their PIN if any."""

import re
import sys
import time
from collections.abc import Callable
from typing import NoReturn, TypeVar

import click

from station.codec import badge as badge_code
from station.domain.events import Body
from station.domain.faults import BadgeRefused, NotAllowed
from station.domain.people import PIN, SAYS, Action, Person, ending, may, who_may
from station.domain.refusals import Code, Refusal, refuse
from station.domain.shift_facts import ActionRefused, Approved, PinLocked, SignInRefused
from station.domain.shift_rules import PIN_TRIES, delay
from station.domain.standing import Standing
from station.drivers.people_file import read_people
from station.drivers.pin_hash import pin_fits
from station.journal.store import Journal

Verb = TypeVar("Verb", bound=Callable[..., object])


def badge_option(verb: Verb) -> Verb:
    """The badge of whoever wants it."""
    return click.option(
        "--badge",
        envvar="STATION_BADGE",
        metavar="TEXT",
        help="What the badge of somebody who may says; needed once people are known, see `station people`.",
    )(verb)


def allow(journal: Journal, action: Action, badge: str | None) -> str:
    """The name of whoever is behind this action; empty where nobody is known. It is journalled, so is a refusal.

    Raises NotAllowed, BadgeRefused, and the journal's faults; ConfigRefused for people who cannot be read.
    """
    people = read_people(journal.folder)
    if not people.people:
        return ""
    if badge is None:
        _refuse(journal, ActionRefused, refuse(Code.SIGN_IN_FIRST), action)
    try:
        read = badge_code.parse(badge)
    except BadgeRefused as why:
        journal.append([SignInRefused(code=why.code, detail=str(why))], None)
        raise
    person = people.with_badge(read.id)
    if person is None:
        journal.append([_sign_in_refused(refuse(Code.BADGE_UNKNOWN), badge=ending(read.id))], None)
        raise NotAllowed(refuse(Code.BADGE_UNKNOWN).detail)
    if not person.active:
        _no(journal, refuse(Code.BADGE_OFF, name=person.name), person)
    if not may(person.role, action):
        what, who = SAYS[action], who_may(action)
        told = refuse(Code.NOT_ALLOWED, role=person.role.value, name=person.name, what=what, who=who)
        _refuse(journal, ActionRefused, told, action, person.name)
    if person.pin is not None:
        _check_pin(journal, person, person.pin, journal.standing())
    approved = Approved(action=action, by=person.name, role=person.role, asked_by="", detail=SAYS[action])
    journal.append([approved], None)
    return person.name


def _check_pin(journal: Journal, person: Person, kept: str, standing: Standing) -> None:
    """As at the station: few tries, the later the slower, and then none."""
    wrong = standing.wrong_pins.get(person.name, 0)
    if person.name in standing.locked_pins or wrong >= PIN_TRIES:
        told = refuse(Code.PIN_LOCKED, name=person.name, tries=PIN_TRIES, who=who_may(Action.UNLOCK_PIN))
        _no(journal, told, person)
    time.sleep(delay(wrong))
    if pin_fits(kept, ask_pin(f"PIN of {person.name}")):
        return
    wrong += 1
    told = refuse(Code.PIN_WRONG, left=PIN_TRIES - wrong, seconds=f"{delay(wrong):.0f}")
    locks: list[Body] = [PinLocked(name=person.name, tries=wrong)] if wrong >= PIN_TRIES else []
    journal.append([_sign_in_refused(told, person), *locks], None)
    raise NotAllowed(told.detail)


def ask_pin(says: str, again: bool = False) -> str:
    """What is typed without being shown; from a program, a line of standard input."""
    if sys.stdin.isatty():
        return str(click.prompt(says, hide_input=True, confirmation_prompt=again, err=True))
    return sys.stdin.readline().strip()


def new_pin(name: str) -> str:
    """A PIN that may be one."""
    pin = ask_pin(f"New PIN of {name}", again=True)
    if re.fullmatch(PIN, pin, re.ASCII) is None:
        raise click.UsageError("a PIN has 4 to 12 digits; nothing was changed")
    return pin


def _sign_in_refused(why: Refusal, person: Person | None = None, badge: str = "") -> SignInRefused:
    return SignInRefused(code=why.code, detail=why.detail, name=person.name if person else "", badge=badge)


def _no(journal: Journal, why: Refusal, person: Person) -> NoReturn:
    journal.append([_sign_in_refused(why, person)], None)
    raise NotAllowed(why.detail)


def _refuse(journal: Journal, fact: type[ActionRefused], why: Refusal, action: Action, by: str = "") -> NoReturn:
    journal.append([fact(action=action, code=why.code, detail=why.detail, by=by)], None)
    raise NotAllowed(f"{SAYS[action]}: {why.detail}")

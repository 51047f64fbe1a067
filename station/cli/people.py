"""`station people`: who works at this station, with which badge and which rights."""

import secrets
from pathlib import Path

import click
from pydantic import ValidationError

from station.cli.by_badge import allow, badge_option, new_pin
from station.cli.common import USAGE, json_option, say_json, state_of, state_option
from station.cli.standing import standing_journal
from station.codec import badge as badge_code
from station.domain.events import Body
from station.domain.people import Action, Badge, People, Person, Role, ending, may, who_may
from station.domain.shift_facts import PersonRemoved, PersonSet, PinSet
from station.drivers.people_file import new_people, read_people
from station.drivers.pin_hash import pin_hash
from station.journal.store import Journal

ROLES = click.Choice([one.value for one in Role])
LANGUAGES = click.Choice(["en", "zh_CN", "vi", "es"])
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Of badges that are made here: nothing that is mistaken for something else when it is read aloud."""

BADGE_LENGTH = 8


@click.group()
def people() -> None:
    """Say who works at this station, and print their badges.

    They stand in people.toml in the state folder, which nobody else may read; every change is journalled, PINs are not.
    Once somebody is known, a change needs the badge of an engineer. The line must not be running meanwhile.
    Whether people have to sign in says station.toml: sign_in = "badge" or "badge_and_pin".
    """


@people.command()
@click.argument("name")
@click.option("--role", type=ROLES, required=True)
@click.option("--language", type=LANGUAGES, help="What they read.  [default: the station's]")
@click.option("--badge-id", help="Letters and digits of a badge there is.  [default: a new one]")
@badge_option
@state_option
def add(
    name: str, role: str, language: str | None, badge_id: str | None, badge: str | None, state: Path | None
) -> None:
    """Add NAME and print the text of the badge. The first one is an engineer."""
    chosen = badge_id or "".join(secrets.choice(LETTERS) for _ in range(BADGE_LENGTH))
    with standing_journal(state_of(state)) as journal:
        known = read_people(journal.folder)
        if known.named(name) is not None:
            raise click.UsageError(f"{name} is known already; `station people set` changes what is known")
        new = _person({"name": name, "badge": chosen, "role": role, "language": language})
        by = allow(journal, Action.PEOPLE, badge)
        _store(journal, _people((*known.people, new)), [_set(new, by)])
    click.echo(badge_code.render(Badge(new.badge)))


@people.command("set")
@click.argument("name")
@click.option("--role", type=ROLES)
@click.option("--language", type=LANGUAGES)
@click.option("--badge-id", help="Letters and digits of another badge; the one before signs in no more.")
@click.option("--active/--inactive", default=None, help="Whether the badge signs in.")
@badge_option
@state_option
def change(
    name: str,
    role: str | None,
    language: str | None,
    badge_id: str | None,
    active: bool | None,
    badge: str | None,
    state: Path | None,
) -> None:
    """Change what is known of NAME."""
    wanted = {"role": role, "language": language, "badge": badge_id, "active": active}
    with standing_journal(state_of(state)) as journal:
        known = read_people(journal.folder)
        before = _named(known, name)
        said = {key: value for key, value in wanted.items() if value is not None}
        new = _person(before.model_dump() | said)
        by = allow(journal, Action.PEOPLE, badge)
        _store(journal, _people((*known.without(name), new)), [_set(new, by)])


@people.command()
@click.argument("name")
@click.option("--remove", is_flag=True, help="Take the PIN away.")
@badge_option
@state_option
def pin(name: str, remove: bool, badge: str | None, state: Path | None) -> None:
    """Give NAME a new PIN of 4 to 12 digits, typed or from standard input. Wrong tries are forgotten."""
    with standing_journal(state_of(state)) as journal:
        known = read_people(journal.folder)
        before = _named(known, name)
        by = allow(journal, Action.PEOPLE, badge)
        kept = None if remove else pin_hash(new_pin(before.name))
        new = before.model_copy(update={"pin": kept})
        _store(journal, _people((*known.without(name), new)), [PinSet(name=new.name, removed=remove, by=by)])


@people.command()
@click.argument("name")
@badge_option
@state_option
def remove(name: str, badge: str | None, state: Path | None) -> None:
    """Take NAME out; what they did stays in the journal."""
    with standing_journal(state_of(state)) as journal:
        known = read_people(journal.folder)
        before = _named(known, name)
        by = allow(journal, Action.PEOPLE, badge)
        _store(journal, _people(known.without(name)), [PersonRemoved(name=before.name, by=by)])


@people.command("list")
@state_option
@json_option
def list_people(state: Path | None, as_json: bool) -> None:
    """Show everybody, without badges and PINs. Works while a line runs."""
    known = read_people(state_of(state)).people
    if as_json:
        say_json(
            {
                "people": [
                    one.model_dump(mode="json", exclude={"pin", "badge"}) | {"has_pin": one.pin is not None}
                    for one in known
                ]
            }
        )
        return
    for one in known:
        notes = [] if one.active else ["inactive"]
        notes += ["PIN"] if one.pin is not None else []
        click.echo(f"{one.name:<40} {one.role.value:<11} {one.language or '–':<6} {', '.join(notes)}".rstrip())
    if not known:
        click.echo("Nobody is known; `station people add NAME --role engineer` begins.", err=True)


@people.command("badge")
@click.argument("name")
@state_option
def print_badge(name: str, state: Path | None) -> None:
    """Print the text of NAME's badge, as `station sheet --badges` prints it."""
    click.echo(badge_code.render(Badge(_named(read_people(state_of(state)), name).badge)))


def _named(known: People, name: str) -> Person:
    person = known.named(name)
    if person is None:
        names = ", ".join(one.name for one in known.people) or "nobody"
        click.echo(f"{name} is not known here; known are: {names}", err=True)
        raise SystemExit(USAGE)
    return person


def _person(fields: dict[str, object]) -> Person:
    try:
        return Person.model_validate(fields)
    except ValidationError as why:
        said = {
            "name": "a name has 2 to 40 letters, digits, blanks, points, hyphens or apostrophes",
            "badge": "a badge has 1 to 16 capital letters and digits",
        }
        told = [said.get(str(one["loc"][0]), one["msg"]) for one in why.errors(include_input=False, include_url=False)]
        raise click.UsageError("; ".join(told)) from None


def _people(everybody: tuple[Person, ...]) -> People:
    try:
        known = People(people=everybody)
    except ValidationError as why:
        told = why.errors(include_input=False, include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise click.UsageError(told) from None
    if not any(one.active and may(one.role, Action.PEOPLE) for one in known.people) and known.people:
        raise click.UsageError(f"somebody has to be able to change this: one active {who_may(Action.PEOPLE)}")
    return known


def _set(person: Person, by: str) -> PersonSet:
    return PersonSet(by=by, badge=ending(person.badge), **person.model_dump(exclude={"pin", "badge"}))


def _store(journal: Journal, known: People, facts: list[Body]) -> None:
    """Journal it, then have it take effect; the file is ready on disk before either."""
    with new_people(journal.folder, known):
        journal.append(facts, None)

"""`station people`: who works at this station, with which badge and which rights."""

import secrets
from pathlib import Path

import click
from pydantic import ValidationError

from station.cli.by_badge import Proved, allow, ask_secret, new_pin, prove
from station.cli.common import USAGE, as_called, command, json_option, say_json, state_of, state_option
from station.cli.standing import standing_journal
from station.codec import badge as badge_code
from station.domain.events import Body
from station.domain.faults import NoJournal
from station.domain.people import Action, Badge, People, Person, Role, ending, may, who_may
from station.domain.shift_facts import PersonRemoved, PersonSet, PinSet
from station.domain.standing import Standing
from station.drivers.people_file import agreed, new_people, read_people
from station.drivers.pin_hash import pin_hash, voucher
from station.journal.store import Journal, Reader

ROLES = click.Choice([one.value for one in Role])
LANGUAGES = click.Choice(["en", "zh_CN", "vi", "es"])
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Of badges that are made here: nothing that is mistaken for something else when it is read aloud."""

BADGE_LENGTH = 8

scanned_option = click.option(
    "--scan-badge",
    "scanned",
    is_flag=True,
    help="The badge is one there is: it is scanned.",
)


@click.group()
def people() -> None:
    """Say who works at this station, and print their badges.

    They stand in people.toml in the state folder, which nobody else may read; every change is journalled, PINs are not.
    Once somebody is known, a change needs the badge of an engineer, and so does a look at a badge: it is scanned when
    it is asked for, or is a line of standard input, and the PIN the next. The line must not be running meanwhile.
    Whether people have to sign in says station.toml: sign_in = "badge" or "badge_and_pin".
    """


@people.command()
@click.argument("name")
@click.option("--role", type=ROLES, required=True)
@click.option("--language", type=LANGUAGES, help="What they read.  [default: the station's]")
@scanned_option
@state_option
def add(name: str, role: str, language: str | None, scanned: bool, state: Path | None) -> None:
    """Add NAME and print the text of the badge. The first one is an engineer."""
    with standing_journal(state_of(state)) as journal:
        known = read_people(journal.folder)
        if known.named(name) is not None:
            raise click.UsageError(as_called(f"{name} is known already; `station people set` changes what is known"))
        new = _person({"name": name, "badge": _random(), "role": role, "language": language})
        by = allow(journal, Action.PEOPLE)
        new = _person(new.model_dump() | {"badge": _scanned()}) if scanned else new
        vouch = voucher(new.badge, "") if may(new.role, Action.PEOPLE) else ""
        _store(journal, _people((*known.people, new)), [_set(new, by, vouch)], by)
    click.echo(badge_code.render(Badge(new.badge)))


@people.command("set")
@click.argument("name")
@click.option("--role", type=ROLES)
@click.option("--language", type=LANGUAGES)
@click.option("--new-badge", is_flag=True, help="Make another badge; the one before signs in no more.")
@scanned_option
@click.option("--active/--inactive", default=None, help="Whether the badge signs in.")
@state_option
def change(
    name: str,
    role: str | None,
    language: str | None,
    new_badge: bool,
    scanned: bool,
    active: bool | None,
    state: Path | None,
) -> None:
    """Change what is known of NAME. With another badge, or as an engineer, whoever has a PIN is given a new one."""
    wanted = {"role": role, "language": language, "badge": _random() if new_badge else None, "active": active}
    with standing_journal(state_of(state)) as journal:
        known = read_people(journal.folder)
        before = _named(known, name)
        said = {key: value for key, value in wanted.items() if value is not None}
        new = _person(before.model_dump() | said)
        by = allow(journal, Action.PEOPLE)
        new = _person(new.model_dump() | {"badge": _scanned()}) if scanned else new
        vouch, facts = _vouch(journal, before, new), list[Body]()
        if vouch is None:
            pin = new_pin(new.name) if new.pin is not None else ""
            vouch = voucher(new.badge, pin)
            if pin:
                new = new.model_copy(update={"pin": pin_hash(pin)})
                facts = [PinSet(name=new.name, by=by, voucher=vouch)]
        _store(journal, _people((*known.without(name), new)), [_set(new, by, vouch), *facts], by)
    if new_badge:
        click.echo(badge_code.render(Badge(new.badge)))


@people.command()
@click.argument("name")
@click.option("--remove", is_flag=True, help="Take the PIN away.")
@state_option
def pin(name: str, remove: bool, state: Path | None) -> None:
    """Give NAME a new PIN of 4 to 12 digits, typed or from standard input. Wrong tries are forgotten."""
    with standing_journal(state_of(state)) as journal:
        known = read_people(journal.folder)
        before = _named(known, name)
        by = allow(journal, Action.PEOPLE)
        pin = "" if remove else new_pin(before.name)
        new = before.model_copy(update={"pin": None if remove else pin_hash(pin)})
        vouch = voucher(new.badge, pin) if may(new.role, Action.PEOPLE) else ""
        fact = PinSet(name=new.name, removed=remove, by=by, voucher=vouch)
        _store(journal, _people((*known.without(name), new)), [fact], by)


@people.command()
@click.argument("name")
@state_option
def remove(name: str, state: Path | None) -> None:
    """Take NAME out; what they did stays in the journal."""
    with standing_journal(state_of(state)) as journal:
        known = read_people(journal.folder)
        before = _named(known, name)
        by = allow(journal, Action.PEOPLE)
        _store(journal, _people(known.without(name)), [PersonRemoved(name=before.name, by=by)], by)


@people.command()
@state_option
def accept(state: Path | None) -> None:
    """Have people.toml count as it is, after it was edited by hand, put back from a copy, or lost.

    Shows what is not as it was recorded. It needs badge and PIN of an engineer whom the journal knows; their own entry
    is written as they show it. Where the file is lost, it begins anew with that engineer: the others get new badges.
    """
    with standing_journal(state_of(state)) as journal:
        known, standing = read_people(journal.folder), journal.standing()
        _, differ = agreed(journal.folder, standing)
        if not differ:
            click.echo("Who works here is as it was recorded; nothing was changed.", err=True)
            return
        click.secho("Not as it was recorded:", fg="yellow", err=True)
        for one in differ:
            click.echo(f"  - {one}", err=True)
        proved = prove(journal, Action.PEOPLE, changed=True)
        if proved is None:
            raise AssertionError("where nobody is known nothing differs")
        everybody = _people((*known.without(proved.name), _as_shown(known, standing, proved)))
        _store(journal, everybody, _made_good(everybody, standing, proved), proved.name)
    click.echo(f"Accepted by {proved.name}: {', '.join(one.name for one in everybody.people)} work here.", err=True)


@people.command("list")
@state_option
@json_option
def list_people(state: Path | None, as_json: bool) -> None:
    """Show everybody, without badges and PINs, and what was not recorded. Works while a line runs."""
    folder = state_of(state)
    known, differ = read_people(folder).people, _not_as_recorded(folder)
    if as_json:
        say_json(
            {
                "people": [
                    one.model_dump(mode="json", exclude={"pin", "badge"}) | {"has_pin": one.pin is not None}
                    for one in known
                ],
                "not_as_recorded": differ,
            }
        )
        return
    for one in known:
        notes = [] if one.active else ["inactive"]
        notes += ["PIN"] if one.pin is not None else []
        click.echo(f"{one.name:<40} {one.role.value:<11} {one.language or '–':<6} {', '.join(notes)}".rstrip())
    for one_by_hand in differ:
        click.echo(f"Not as it was recorded: {one_by_hand}.", err=True)
    if differ:
        click.echo(
            f"Rights stay shut until an engineer does this: {command('people', 'accept', '--state', folder)}", err=True
        )
    if not known:
        click.echo(f"Nobody is known; `{command('people', 'add')} NAME --role engineer` begins.", err=True)


def _not_as_recorded(folder: Path) -> list[str]:
    """What people.toml says otherwise than the journal; nothing where there is none of either."""
    try:
        with Reader.open(folder) as journal:
            return agreed(folder, journal.standing())[1]
    except NoJournal:
        return []


@people.command("badge")
@click.argument("name")
@state_option
def print_badge(name: str, state: Path | None) -> None:
    """Print the text of NAME's badge, as `station sheet --badges` draws it; it needs the badge of an engineer."""
    with standing_journal(state_of(state)) as journal:
        person = _named(read_people(journal.folder), name)
        allow(journal, Action.PEOPLE)
    click.echo(badge_code.render(Badge(person.badge)))


def _random() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(BADGE_LENGTH))


def _scanned() -> str:
    """A badge there is, of which a program may give the letters and digits alone."""
    text = ask_secret("Scan the badge that is to be known")
    return badge_code.parse(text).id if badge_code.is_badge(text) else text


def _vouch(journal: Journal, before: Person, new: Person) -> str | None:
    """By what the journal knows an engineer when nobody else does; None where it is to be made anew."""
    if not may(new.role, Action.PEOPLE):
        return ""
    if (before.badge, before.role) == (new.badge, new.role):
        return journal.standing().vouchers.get(new.name, "")
    return None


def _as_shown(known: People, standing: Standing, proved: Proved) -> Person:
    """The entry of whoever makes it good: with the badge and the PIN that they showed."""
    written, recorded = known.named(proved.name), standing.people.get(proved.name)
    language = written.language if written else recorded.language if recorded else None
    return Person(
        name=proved.name,
        badge=proved.badge,
        role=proved.role,
        language=language,
        pin=pin_hash(proved.pin) if proved.pin else None,
    )


def _made_good(everybody: People, standing: Standing, proved: Proved) -> list[Body]:
    """What is recorded, so that it agrees: everybody who is here, and who is not any more.

    Who was changed by hand is not known by the journal alone before their PIN is set anew; whoever showed it is.
    """
    by, facts = proved.name, list[Body]()
    for one in everybody.people:
        before = standing.people.get(one.name)
        vouch = voucher(one.badge, proved.pin) if one.name == by and may(one.role, Action.PEOPLE) else ""
        if before is not None and before == _set(one, before.by, before.voucher) and not vouch:
            vouch = standing.vouchers.get(one.name, "")
        facts.append(_set(one, by, vouch))
        if (one.pin is not None) != (one.name in standing.with_pin):
            facts.append(PinSet(name=one.name, removed=one.pin is None, by=by, voucher=vouch))
    gone = [name for name in standing.people if everybody.named(name) is None]
    return [*facts, *(PersonRemoved(name=name, by=by) for name in gone)]


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


def _set(person: Person, by: str, vouch: str) -> PersonSet:
    known = person.model_dump(exclude={"pin", "badge"})
    return PersonSet(by=by, badge=ending(person.badge), voucher=vouch, **known)


def _store(journal: Journal, known: People, facts: list[Body], by: str) -> None:
    """Journal it, then have it take effect; the file is ready on disk before either."""
    with new_people(journal.folder, known, by) as sealed:
        journal.append([*facts, sealed], None)

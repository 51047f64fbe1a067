"""Whether who is written down to work here is who was recorded: rights follow from both, or from neither."""

from collections.abc import Mapping

from station.domain.people import People, Person, ending
from station.domain.standing import Standing


def differences(people: People, entries: Mapping[str, str], standing: Standing) -> list[str]:
    """What is in the people's file and was not recorded, or the other way round, in sentences without a point.

    `entries` are the hashes of the file's entries, as in PeopleSealed. Where nobody is written down and nobody was
    recorded, nothing differs: a station begins like that.
    """
    if not people.people and not standing.people:
        return []
    if not people.people:
        return ["people.toml is gone, or names nobody"]
    found = [said for one in people.people for said in _of(one, entries, standing)]
    return found + [f"{name} is missing" for name in standing.people if people.named(name) is None]


def _of(person: Person, entries: Mapping[str, str], standing: Standing) -> list[str]:
    name, known = person.name, standing.people.get(person.name)
    if known is None:
        return [f"{name} was added as {person.role}"]
    if standing.sealed.get(name) == entries[name]:
        return []
    found = []
    if known.role is not person.role:
        found.append(f"{name} was {known.role} and is {person.role}")
    if known.active is not person.active:
        found.append(f"the badge of {name} was switched {'on' if person.active else 'off'}")
    if known.badge != ending(person.badge):
        found.append(f"the badge of {name} is another one")
    return found or [f"the badge, the PIN or the language of {name} is not as it was recorded"]

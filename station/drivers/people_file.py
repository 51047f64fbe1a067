"""people.toml in the state folder: who works at this station; whole or as it was, and for nobody else's eyes."""

import hashlib
import json
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from station.domain.agreed import differences
from station.domain.faults import ConfigRefused
from station.domain.people import NOBODY, People, Person
from station.domain.places import fault_of
from station.domain.shift_facts import PeopleSealed
from station.domain.standing import Standing
from station.toml_file import load

FILE = "people.toml"
MODE = 0o600

_HEAD = "# Written by `station people`, which journals every change; after one by hand: `station people accept`."


def read_people(folder: Path) -> People:
    """Who works at the station with this state folder; without the file, nobody is known. Raises ConfigRefused."""
    path = folder / FILE
    try:
        kept = path.stat()
    except FileNotFoundError:
        return NOBODY
    except OSError as why:
        raise fault_of(path, why) from why
    mode = stat.S_IMODE(kept.st_mode)
    if mode & 0o077:
        raise ConfigRefused(f"{path}: others may read or write it (mode {mode:o}), and it holds PINs: chmod 600 it")
    if kept.st_uid != os.geteuid():
        raise ConfigRefused(f"{path}: it belongs to another user, {kept.st_uid}, who may write it")
    return load(path, People).value


def agreed(folder: Path, standing: Standing) -> tuple[People, list[str]]:
    """Who is written down to work here, and what of that is not as it was recorded.

    A file that cannot be read is such a thing; where nobody was ever recorded it raises ConfigRefused.
    """
    try:
        people = read_people(folder)
    except ConfigRefused as why:
        if not standing.people:
            raise
        return NOBODY, [str(why)]
    return people, differences(people, entries_of(people), standing)


@contextmanager
def new_people(folder: Path, people: People, by: str = "") -> Iterator[PeopleSealed]:
    """Inside, the new file is on disk under a hidden name; it takes the old one's place when nothing went wrong.

    Yields what is to be journalled of it. Raises ConfigRefused where it cannot be written; then nothing has changed.
    """
    path = folder / FILE
    people = people.model_copy(update={"seal": secrets.token_hex(16)})
    draft = path.with_name(f".{FILE}.{secrets.token_hex(4)}.part")
    try:
        try:
            _write(draft, text_of(people).encode("utf-8"))
        except OSError as why:
            raise ConfigRefused(f"{path}: {why.strerror}; nothing was changed") from why
        yield PeopleSealed(entries=entries_of(people), by=by)
        try:
            draft.replace(path)
            _sync(folder)
        except OSError as why:
            raise ConfigRefused(f"{path}: {why.strerror}") from why
    finally:
        draft.unlink(missing_ok=True)


def entries_of(people: People) -> dict[str, str]:
    """Everybody's entry as a hash, by name; the file's seal keeps it from being found by trying badges."""
    return {one.name: hashlib.sha256(f"{people.seal}\n{_entry(one)}".encode()).hexdigest() for one in people.people}


def text_of(people: People) -> str:
    """The file; the same people make the same text."""
    return "\n".join([_HEAD, f'seal = "{people.seal}"', *(_entry(one) for one in people.people), ""])


def _entry(person: Person) -> str:
    # TOML writes strings and booleans as JSON does.
    fields = person.model_dump(mode="json", exclude_none=True)
    return "\n".join(
        ["", "[[people]]", *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items())]
    )


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
    with os.fdopen(handle, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

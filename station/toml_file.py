"""A TOML file that a person wrote: read within a second whatever it is, sealed by its hash, refused with its lines."""

import hashlib
import os
import re
import stat
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from station.codec.file_kind import what_is
from station.codec.toml_lines import Places
from station.domain.faults import ConfigRefused
from station.domain.mistakes import Mistake, Mistakes, near

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Sealed(Generic[Model]):
    """What a file says, the SHA-256 of the bytes that said it, and the text, for the lines of refusals."""

    path: Path
    value: Model
    sha256: str
    text: str = field(default="", repr=False)

    def says(self, *found: Mistake) -> list[str]:
        """Mistakes as sentences with file and line."""
        return told(self.path, self.text, found)

    def wrong(self, *at: str | int, why: str) -> str:
        """One sentence about the value at this place."""
        return self.says(Mistake(at, why))[0]


class NotThere(ConfigRefused):
    """There is no file of that name; whoever named it has a line to correct."""


MAX_FILE = 1 << 18
"""Bytes. A design margin: a fixture of 99 nests with three instruments each has 40 kB."""

MAX_POINTS = 5000
"""In the text. tomllib's time grows with the square of the parts of a dotted key; 5000 cost a quarter of a second."""

MAX_TOLD = 20
"""Mistakes of a file that are told one by one; nobody reads more at once."""


def load(path: Path, model: type[Model]) -> Sealed[Model]:
    """Read one file. Raises ConfigRefused with the file, the line and what to put there."""
    data = _read(path)
    try:
        text = data.decode("utf-8-sig")  # Windows editors begin a file with a byte order mark
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        _refuse_by_kind(path, data)
        raise ConfigRefused(f"{path}, line {line}: the file is not UTF-8 text; save it as UTF-8") from error
    if text.count(".") > MAX_POINTS:
        raise ConfigRefused(f"{path}: {text.count('.')} points in a text: this is no configuration file")
    try:
        content = tomllib.loads(text)
    except RecursionError as error:
        raise ConfigRefused(f"{path}: its brackets are nested too deeply to be meant") from error
    except ValueError as error:  # what tomllib and its numbers raise
        _refuse_by_kind(path, data)
        raise ConfigRefused(_no_toml(path, text, str(error))) from error
    try:
        value = model.model_validate(content)
    except ValidationError as error:
        raise ConfigRefused("\n".join(_sentences(path, text, error, model))) from error
    return Sealed(path, value, hashlib.sha256(data).hexdigest(), text)


def _refuse_by_kind(path: Path, data: bytes) -> None:
    """Raises ConfigRefused where a file that cannot be read is known for something else than text in UTF-8."""
    kind = what_is(data)
    if kind is not None and kind.encoding.startswith("utf-16"):
        raise ConfigRefused(f"{path}: this is {kind.noun}; save it as UTF-8")
    if kind is not None and not kind.encoding:
        raise ConfigRefused(f"{path}: this is {kind.noun}, and no configuration file")


def _read(path: Path) -> bytes:
    """The bytes of a file that is one: a pipe or device would be waited for, or never end."""
    try:
        with open(path, "rb", opener=_at_once) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ConfigRefused(f"{path}: this is no file but a pipe, a socket or a device")
            data = file.read(MAX_FILE + 1)
    except FileNotFoundError as error:
        raise NotThere(f"{path}: {error.strerror}{_neighbours(path)}") from error
    except OSError as error:
        raise ConfigRefused(f"{path}: {error.strerror}") from error
    if len(data) > MAX_FILE:
        raise ConfigRefused(f"{path}: more than {MAX_FILE} bytes is no configuration file")
    return data


def _at_once(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)


def _neighbours(path: Path) -> str:
    """The files beside one that is not there, the likeliest first."""
    there = sorted(one.stem for one in path.parent.glob("*.toml") if one != path and one.name[0] != ".")
    meant = near(path.stem, there)
    also = f"; {meant}" if meant.startswith("did") else ""
    return f"; there are: {', '.join(there)}{also}" if there else ""


_PLACE = re.compile(r" \((?:at line (\d+), column \d+|at end of document)\)\Z")


def _no_toml(path: Path, text: str, why: str) -> str:
    """tomllib's sentence, with its place where those of all refusals stand."""
    place = _PLACE.search(why)
    if place is None:
        return f"{path}: {why}"
    line = place[1] or text.count("\n") + 1
    return f"{path}, line {line}: {why[: place.start()]}"


def told(path: Path, text: str, found: Sequence[Mistake], more: int = 0) -> list[str]:
    """Mistakes as sentences with file and line; `more` were found besides."""
    places, said = Places(text), []
    for one in found[:MAX_TOLD]:
        # What is missing at the top should stand there.
        line, name = places.line_of(one.at) or 1, ".".join(map(str, one.at))
        said.append(f"{path}, line {line}: {f'{name}: ' if name else ''}{one.says}")
    more += len(found) - len(said)
    return [*said, f"{path}: and {more} more mistakes"] if more else said


def _sentences(path: Path, text: str, error: ValidationError, model: type[BaseModel]) -> list[str]:
    problems, found = error.errors(include_url=False, include_input=False), list[Mistake]()
    for problem in problems[:MAX_TOLD]:
        # Places within a union carry the names of its types, too.
        at = tuple(one for one in problem["loc"] if isinstance(one, int) or re.match(r"[A-Za-z0-9_-]+\Z", one))
        match problem.get("ctx"):
            case {"error": Mistakes() as wrong}:
                found += [Mistake((*at, *one.at), one.says) for one in wrong.found]
            case _ if problem["type"] == "extra_forbidden":
                meant = near(str(at[-1]), _keys(model)) if at else ""
                also = f"; {meant}" if meant.startswith("did") else ""
                found.append(Mistake(at, f"there is no such key{also}"))
            case _:
                found.append(Mistake(at, problem["msg"].removeprefix("Value error, ")))
    return told(path, text, found, max(0, len(problems) - MAX_TOLD))


@cache
def _keys(model: type[BaseModel]) -> set[str]:
    """Every key that stands anywhere in files of this kind."""
    schema = model.model_json_schema()
    return {key for one in (schema, *schema.get("$defs", {}).values()) for key in one.get("properties", {})}

"""Every text an operator meets, by its code, in every language there is a file for.

A language is a TOML file beside this one; English is complete, and the others have its keys and its placeholders.
"""

import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

COMPLETE = "en"
"""The language every key is written in first."""


@dataclass(frozen=True, slots=True)
class Texts:
    """One language's texts; `entries` by dotted key."""

    language: str
    entries: Mapping[str, str]

    def say(self, key: str, **values: object) -> str:
        """The text with its placeholders filled in.

        Raises LookupError for a key that is not there, and for values that are not just the text's placeholders.

        >>> texts_in("en").say("scan.taken", nest=3)
        'Taken for nest 3'
        """
        text = self.entries[key]
        wanted = placeholders(text)
        if wanted != values.keys():
            raise LookupError(f"{key} needs {sorted(wanted)}, not {sorted(values)}")
        return text.format(**values)

    def fill(self, key: str, values: Mapping[str, object]) -> str:
        """The text with those of the values that it has a place for; LookupError where one is lacking."""
        return self.say(key, **{name: values[name] for name in placeholders(self.entries[key]) & values.keys()})

    def has(self, key: str) -> bool:
        """True where there is such a text."""
        return key in self.entries

    def joined(self, parts: list[str]) -> str:
        """Several things in one sentence.

        >>> texts_in("en").joined(["1", "2", "4"])
        '1, 2 and 4'
        """
        first, *others = parts
        if not others:
            return first
        *middle, last = others
        for one in middle:
            first = self.say("comma", first=first, next=one)
        return self.say("and", first=first, last=last)

    def sentences(self, *parts: str) -> str:
        """Sentences one after another; an empty one is left out.

        >>> texts_in("zh_CN").sentences("芯片无应答。", "", "呼叫工程师。")
        '芯片无应答。呼叫工程师。'
        """
        said = [one for one in parts if one]
        text = said[0] if said else ""
        for one in said[1:]:
            text = self.say("then", first=text, next=one)
        return text

    def number(self, digits: str) -> str:
        """A number as this language writes it; files and logs keep the point.

        >>> texts_in("vi").number("94.9")
        '94,9'
        """
        return digits.replace(".", self.say("decimal"))


def placeholders(text: str) -> set[str]:
    """Names in braces. Raises ValueError for anything else in braces: a text is no program.

    >>> sorted(placeholders("{done} of {all}"))
    ['all', 'done']
    """
    found = set()
    for _, name, spec, conversion in string.Formatter().parse(text):
        if name is None:
            continue
        if not name.isidentifier() or spec or conversion:
            raise ValueError(f"{text!r}: a placeholder is a name in braces")
        found.add(name)
    return found


@cache
def texts_in(language: str) -> Texts:
    """The texts of one language; what it lacks is said in English. Raises LookupError where there is no such file."""
    own = written_in(language)
    return Texts(language, own if language == COMPLETE else {**written_in(COMPLETE), **own})


def languages() -> dict[str, str]:
    """Every language there is, by its code, as it calls itself."""
    files = (one.name for one in resources.files(__name__).iterdir())
    codes = sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml"))
    return {code: texts_in(code).entries["language"] for code in codes}


def written_in(language: str) -> dict[str, str]:
    """What the file of a language has itself. Raises LookupError where there is none."""
    file = resources.files(__name__) / f"{language}.toml"
    if not language.isidentifier() or not file.is_file():
        raise LookupError(f"there are no texts in {language!r}")
    return dict(_flat("", tomllib.loads(file.read_text(encoding="utf-8"))))


def _flat(prefix: str, table: Mapping[str, object]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in table.items():
        key = f"{prefix}{name}"
        match value:
            case str():
                placeholders(value)
                found.append((key, value))
            case dict():
                found += _flat(f"{key}.", value)
            case _:
                raise ValueError(f"{key}: a text or a table of texts")
    return found

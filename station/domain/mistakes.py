"""What is wrong in a file that a person wrote: the place of the value, a sentence, and the name that was meant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

Where = tuple[str | int, ...]
"""Keys and array numbers from the top of the file."""

LIKE = 0.6
"""How alike two names are that may be the same one mistyped, 0 to 1 (difflib's own default)."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One sentence, about the value at this place."""

    at: Where
    says: str

    def __str__(self) -> str:
        return self.says


class Mistakes(ValueError):
    """Everything that is wrong; a validator raises it, and whoever reads the file finds the lines."""

    def __init__(self, found: Sequence[Mistake]) -> None:
        super().__init__("; ".join(map(str, found)))
        self.found = tuple(found)


def near(name: str, known: Iterable[str]) -> str:
    """The end of a refusal: what was probably meant, else what there is.

    >>> near("rials", ["rails", "gauge"]), near("zz", ["rails", "gauge"])
    ("did you mean 'rails'?", 'there are: gauge, rails')
    """
    names = sorted(set(known))
    meant = get_close_matches(name[:80], names, n=1, cutoff=LIKE)
    if meant:
        return f"did you mean {meant[0]!r}?"
    return f"there are: {', '.join(names)}" if names else "there is none"

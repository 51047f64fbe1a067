"""Text from outside, made fit for a screen."""

import unicodedata

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories a terminal acts on or does not draw: controls, direction marks, surrogates (Unicode, UAX #44 §5.7.1)."""


def visible(text: str) -> str:
    r"""One line in which every character is seen: what would steer a terminal or turn its reading order is spelt out.

    >>> print(visible("3.1 V\x1b[2J\nlow\u202e"))
    3.1 V\x1b[2J low\u202e
    """
    spaced = " ".join(text.split())
    return "".join(_spelt(one) if unicodedata.category(one) in _UNSEEN else one for one in spaced)


def last_line(text: str) -> str:
    """The last line that says something: of a traceback, the exception.

    >>> last_line("Traceback:\\n  File x\\nZeroDivisionError: division by zero\\n")
    'ZeroDivisionError: division by zero'
    """
    said = [one for one in text.splitlines() if one.strip()]
    return visible(said[-1]) if said else ""


def _spelt(one: str) -> str:
    return one.encode("unicode_escape").decode("ascii")

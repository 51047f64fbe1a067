"""JSON (RFC 8259) as machines should write it: one object, no name twice, no number that is none."""

import json
import math

from station.codec.wire import NotUnderstood

EXACT = 2**53
"""Whole numbers up to here survive as a double (IEEE 754-2008, binary64)."""


def read_object(text: str) -> dict[str, object]:
    """The members of the JSON object that is all of `text`; whole numbers stay int, fractions float.

    Raises NotUnderstood for anything else, for a name that occurs twice, for NaN, infinities and
    numbers a double cannot hold exactly, and for nesting too deep to read.

    >>> read_object('{"a": 1, "b": 2.5}')
    {'a': 1, 'b': 2.5}
    """
    try:
        value: object = _DECODER.decode(text)
    except NotUnderstood:
        raise
    except RecursionError:
        raise NotUnderstood("the JSON is nested too deep") from None
    except ValueError:
        raise NotUnderstood(f"these {len(text)} characters are no JSON") from None
    if not isinstance(value, dict):
        raise NotUnderstood("the JSON is no object")
    return value


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotUnderstood("the JSON has a name twice")
    return members


def _no_constant(_: str) -> float:
    raise NotUnderstood("the JSON holds NaN or an infinity")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise NotUnderstood("the JSON holds a number too large")
    return value


def _exact(digits: str) -> int:
    if len(digits) > len(str(-EXACT)) or abs(value := int(digits)) > EXACT:
        raise NotUnderstood("the JSON holds a number too large")
    return value


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_finite, parse_int=_exact)
"""Made once: making one costs as much as reading an answer."""

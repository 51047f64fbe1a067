"""Serial numbers of things on USB, compared as one person compares them who has them from two places."""

from collections.abc import Iterable


def serial_key(text: str) -> str:
    """What two spellings of one number have in common.

    A J-Link's number has leading zeros in the kernel's list and none in pyOCD's (pyocd/pyOCD#917); hexadecimal ones
    are written in capitals or not.

    >>> serial_key("000261002616") == serial_key("261002616"), serial_key("0001a0") == serial_key("0001A0")
    (True, True)
    """
    bare = text.strip().upper()
    return bare.lstrip("0") if bare.isascii() and bare.isdecimal() else bare


def how_many(serial: str, listed: Iterable[str]) -> int:
    """How many of a list have this number."""
    key = serial_key(serial)
    return sum(serial_key(one) == key for one in listed)

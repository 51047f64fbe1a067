"""The text of a supplier's list, in whatever encoding it was sent; what is no text is refused by its name."""

import codecs

from station.codec.file_kind import encoding_of, what_is
from station.domain.faults import OrderRefused

MAX_SIZE = 16 << 20
"""Bytes: 190 000 rows of all four identifiers. A design margin, not measured on a supplier's list."""


def text_of(data: bytes) -> tuple[str, str]:
    """The text, and the name of its encoding. Raises OrderRefused, which names what the file is instead."""
    if len(data) > MAX_SIZE:
        raise OrderRefused(f"the file has more than {MAX_SIZE >> 20} MiB: that is no list of units")
    kind = what_is(data)
    if kind is not None and not kind.encoding:
        raise OrderRefused(kind.as_rows)
    text, encoding = _decoded(data)
    if "\0" in text:
        raise OrderRefused("this is no text: it has zero bytes in it")
    return text, encoding


def _decoded(data: bytes) -> tuple[str, str]:
    encoding = encoding_of(data)
    if not encoding.startswith("utf-16"):
        return data.removeprefix(codecs.BOM_UTF8).decode(encoding), encoding
    try:
        return data.decode(encoding).removeprefix("\ufeff"), "utf-16"
    except UnicodeDecodeError:
        raise OrderRefused("this is UTF-16 text that was cut off or damaged: copy the file again") from None

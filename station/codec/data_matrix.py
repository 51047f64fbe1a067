"""A short text as a square Data Matrix, ECC 200 (ISO/IEC 16022): what a scanner of labels reads anyway."""

from functools import lru_cache

import zxingcpp

Modules = tuple[tuple[bool, ...], ...]
"""Rows from the top, modules from the left; True is dark. The quiet zone is not among them."""

QUIET = 1
"""Modules around a symbol that stay light (ISO/IEC 16022:2006, 7.1)."""

LARGEST = 26
"""Modules of a side: the largest square with one data region (table 7), which a hand scanner reads from a card."""


@lru_cache(maxsize=256)
def encode(text: str) -> Modules:
    """The smallest square that holds the text. Raises ValueError where there is none, or where it is not ASCII.

    >>> len(encode("CMD-YES-3"))
    14
    """
    if not text or not text.isascii():
        raise ValueError("a Data Matrix of ours holds ASCII")
    drawn = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.DataMatrix, force_square=True)
    image = drawn.to_image(add_quiet_zones=False)
    side = image.shape[0]
    if side > LARGEST:
        raise ValueError(f"{len(text)} characters do not fit into a Data Matrix of {LARGEST} modules")
    grey = memoryview(image).tobytes()  # type: ignore[arg-type]
    return tuple(tuple(one == 0 for one in grey[at : at + side]) for at in range(0, side * side, side))

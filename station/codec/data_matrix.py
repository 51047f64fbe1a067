"""A short text as a Data Matrix, ECC 200, ISO/IEC 16022:2006: what a scanner that reads units' labels reads anyway.

    symbol    = a square of 10 to 26 modules; left column and bottom row dark, top row and right column alternating
    codewords = data, pads, then the error correction of table 7 over GF(256)
    data      = a pair of digits: 130 + their number; any other ASCII character: 1 + its code (5.2.3)
    placement = bits along diagonals, eight to an L, with four special corners (annex F)

Only ASCII encodation is written: our texts are short, and it is the one without a way back from other encodations, in
which encoders went wrong (zxing #1335, postscriptbarcode #86, tc-lib-barcode #48, ppf.datamatrix #13).
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import count

Modules = tuple[tuple[bool, ...], ...]
"""Rows from the top, modules from the left; True is dark. The quiet zone is not among them."""

QUIET = 1
"""Modules around a symbol that stay light (7.1)."""

SIZES = (
    (10, 3, 5),
    (12, 5, 7),
    (14, 8, 10),
    (16, 12, 12),
    (18, 18, 14),
    (20, 22, 18),
    (22, 30, 20),
    (24, 36, 24),
    (26, 44, 28),
)
"""Modules of a side, data and error correction codewords: the squares of table 7 that have one data region."""

PAD = 129
_TWO_DIGITS = re.compile("[0-9]{2}|.", re.DOTALL)
_FIELD = 0x12D
"""x⁸ + x⁵ + x³ + x² + 1 (annex E)."""

Place = tuple[int, int]
_L: tuple[Place, ...] = ((-2, -2), (-2, -1), (-1, -2), (-1, -1), (-1, 0), (0, -2), (0, -1), (0, 0))
"""Row and column of a codeword's bits, the highest first, seen from its last (figure F.1)."""

_CORNERS: tuple[tuple[Place, ...], ...] = (
    ((-1, 0), (-1, 1), (-1, 2), (0, -2), (0, -1), (1, -1), (2, -1), (3, -1)),
    ((-3, 0), (-2, 0), (-1, 0), (0, -4), (0, -3), (0, -2), (0, -1), (1, -1)),
    ((-3, 0), (-2, 0), (-1, 0), (0, -2), (0, -1), (1, -1), (2, -1), (3, -1)),
    ((-1, 0), (-1, -1), (0, -3), (0, -2), (0, -1), (1, -3), (1, -2), (1, -1)),
)
"""The same for the codewords that are torn over corners, from the sides of the whole (figures F.3 to F.6)."""


@lru_cache(maxsize=256)
def encode(text: str) -> Modules:
    """The smallest square that holds the text. Raises ValueError where there is none, or where it is not ASCII.

    >>> len(encode("CMD-YES-3"))
    16
    """
    data = data_codewords(text)
    for size, room, correction in SIZES:
        if len(data) <= room:
            padded = _padded(data, room)
            return _framed(_placed(size - 2, padded + correction_codewords(padded, correction)))
    raise ValueError(f"{len(data)} codewords do not fit into a Data Matrix of {SIZES[-1][0]} modules")


def data_codewords(text: str) -> bytes:
    """The text in ASCII encodation. Raises ValueError for an empty text, or one that is not ASCII.

    >>> data_codewords("123456").hex(" ")
    '8e a4 ba'
    """
    if not text or not text.isascii():
        raise ValueError("a Data Matrix of ours holds ASCII")
    return bytes(130 + int(one) if len(one) == 2 else 1 + ord(one) for one in _TWO_DIGITS.findall(text))


def correction_codewords(data: bytes, number: int) -> bytes:
    """The remainder of the data divided by the generator with the roots 2¹ to 2ⁿ (annex E).

    >>> correction_codewords(bytes.fromhex("8e a4 ba"), 5).hex(" ")
    '72 19 05 58 66'
    """
    generator = _generator(number)
    remainder = [0] * number
    for one in data:
        lead = one ^ remainder[0]
        remainder = [rest ^ _times(lead, factor) for rest, factor in zip([*remainder[1:], 0], generator, strict=True)]
    return bytes(remainder)


@cache
def _generator(number: int) -> tuple[int, ...]:
    """Factors below the highest power, which is 1."""
    factors, root = [1], 1
    for _ in range(number):
        root = _times(root, 2)
        factors = [one ^ _times(root, before) for one, before in zip([*factors, 0], [0, *factors], strict=True)]
    return tuple(factors[1:])


def _times(one: int, other: int) -> int:
    product = 0
    while other:
        product ^= one if other & 1 else 0
        one <<= 1
        one ^= _FIELD if one & 0x100 else 0
        other >>= 1
    return product


def _padded(data: bytes, room: int) -> bytes:
    """Data and pads; every pad but the first is randomised by its place, counted from 1 (5.2.3, annex B.1)."""
    padded = bytearray(data)
    while len(padded) < room:
        place = len(padded) + 1
        mixed = PAD + 149 * place % 253 + 1
        padded.append(PAD if place == len(data) + 1 else mixed if mixed <= 254 else mixed - 254)
    return bytes(padded)


def _placed(side: int, codewords: bytes) -> list[list[bool]]:
    """The bits in the mapping matrix, which is the symbol without its border."""
    bits: dict[Place, bool] = {}
    for codeword, places in zip(codewords, _walk(side), strict=True):
        bits.update({place: bool(codeword >> 7 - bit & 1) for bit, place in enumerate(places)})
    # Where the lower right corner stays empty it is a chequer (annex F.3).
    return [[bits.get((row, column), row == column) for column in range(side)] for row in range(side)]


@cache
def _walk(side: int) -> tuple[tuple[Place, ...], ...]:
    """The places of each codeword's bits, codeword by codeword."""
    found: list[tuple[Place, ...]] = []
    taken: set[Place] = set()

    def take(places: tuple[Place, ...]) -> None:
        found.append(places)
        taken.update(places)

    for corner, row, column in _turns(side):
        if corner is not None:
            take(tuple((down % side, right % side) for down, right in _CORNERS[corner]))
        elif 0 <= row < side and 0 <= column < side and (row, column) not in taken:
            take(tuple(_wrapped(row + down, column + right, side) for down, right in _L))
    return tuple(found)


def _turns(side: int) -> Iterator[tuple[int | None, int, int]]:
    """Diagonals up to the right and down to the left, in turn; where one begins at a corner, that corner first."""
    row, column = 4, 0
    for turn in count():
        if row >= side and column >= side:
            return
        if turn % 2 == 0:
            yield from ((corner, row, column) for corner in _corners_at(row, column, side))
        up = 1 if turn % 2 == 0 else -1
        while True:
            yield None, row, column
            row, column = row - 2 * up, column + 2 * up
            if (row < 0 or column >= side) if up > 0 else (row >= side or column < 0):
                break
        row, column = (row + 1, column + 3) if up > 0 else (row + 3, column + 1)


def _corners_at(row: int, column: int, side: int) -> Iterator[int]:
    conditions = (
        (row, column) == (side, 0),
        (row, column) == (side - 2, 0) and side % 4 != 0,
        (row, column) == (side - 2, 0) and side % 8 == 4,
        (row, column) == (side + 4, 2) and side % 8 == 0,
    )
    return (corner for corner, holds in enumerate(conditions) if holds)


def _wrapped(row: int, column: int, side: int) -> Place:
    """What sticks out at the top or the left comes in at the other side, moved along it (annex F.3)."""
    if row < 0:
        row, column = row + side, column + 4 - (side + 4) % 8
    if column < 0:
        row, column = row + 4 - (side + 4) % 8, column + side
    return row, column


def _framed(inner: list[list[bool]]) -> Modules:
    """The border around the bits."""
    size = len(inner) + 2
    top = tuple(column % 2 == 0 for column in range(size))
    rows = tuple((True, *bits, row % 2 == 0) for row, bits in enumerate(inner))
    return (top, *rows, (True,) * size)

"""Symbols as pictures for the judge, zxing-cpp's reader: grey values, a byte a dot."""

from collections.abc import Sequence

import zxingcpp

from station.codec.data_matrix import Modules

Picture = Sequence[bytes]
"""Rows from the top; 0 is black."""


def picture(modules: Modules, scale: int, quiet: int, light: int = 255, dark: int = 0) -> list[bytes]:
    """Modules of `scale` dots a side, with `quiet` light modules around."""
    across = len(modules[0]) + 2 * quiet
    empty = [bytes([light]) * (across * scale)] * (quiet * scale)
    rows = list(empty)
    for line in modules:
        wide = [*[False] * quiet, *line, *[False] * quiet]
        rows += [b"".join(bytes([dark if one else light]) * scale for one in wide)] * scale
    return rows + empty


def turned(rows: Picture) -> list[bytes]:
    """A quarter to the right."""
    return [bytes(column) for column in zip(*reversed(rows), strict=True)]


def skewed(rows: Picture, drop: int) -> list[bytes]:
    """Each row moved a dot to the right every `drop` rows: a code that is not looked at straight."""
    most = len(rows) // drop
    light = bytes([max(map(max, rows))])
    return [light * (at // drop) + row + light * (most - at // drop) for at, row in enumerate(rows)]


def read(rows: Picture, *, pure: bool = False) -> list[str]:
    """What the judge reads, in the order of letters; every symbol has to be a Data Matrix, whole."""
    data = memoryview(b"".join(rows)).cast("B", shape=[len(rows), len(rows[0])])
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.DataMatrix)
    found = zxingcpp.read_barcodes(data, formats=formats, is_pure=pure)
    assert all(one.valid and one.symbology_identifier == "]d1" for one in found)
    return sorted(one.bytes.decode("ascii") for one in found)

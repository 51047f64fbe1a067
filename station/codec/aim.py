"""The symbology identifier that a scanner puts before a code when it is told to: `]`, a letter, a modifier.

ISO/IEC 15424; its table is printed in scanner manuals, for example Zebra DS457, Programming Reference, "AIM Code
Identifiers". The modifier of a Data Matrix is 2, 3, 5 or 6 for FNC1, of a QR code 3 to 6, of a Code 128 1 for GS1.
Where a code names its character set, a backslash and six digits stand before its text: an ECI (AIM ITS/04-001). They
are dropped, with and without an identifier before them: what is read here is ASCII, which all sets have.
"""

import re

from station.domain.scan import Symbology

_AIM = re.compile(r"\]([A-Za-z])([0-9A-Za-z])", re.ASCII)
_ECI = re.compile(r"(?:\\[0-9]{6})+", re.ASCII)
_LETTERS = {
    "A": Symbology.CODE_39,
    "C": Symbology.CODE_128,
    "d": Symbology.DATA_MATRIX,
    "E": Symbology.EAN,
    "e": Symbology.DATABAR,
    "F": Symbology.CODABAR,
    "G": Symbology.CODE_93,
    "I": Symbology.INTERLEAVED,
    "L": Symbology.PDF417,
    "Q": Symbology.QR,
    "z": Symbology.AZTEC,
}
_GS1 = {
    **dict.fromkeys(("d2", "d3", "d5", "d6"), Symbology.GS1_DATA_MATRIX),
    "C1": Symbology.GS1_128,
}


def split(text: str) -> tuple[Symbology | None, str]:
    """What kind of code it was, where the scanner tells, and the code's own text.

    >>> split("]d1P046AB111111111")
    (<Symbology.DATA_MATRIX: 'data_matrix'>, 'P046AB111111111')
    """
    found = _AIM.match(text)
    kind, rest = None, text
    if found is not None:
        letter, modifier = found.groups()
        kind, rest = _GS1.get(letter + modifier, _LETTERS.get(letter, Symbology.OTHER)), text[found.end() :]
    set_of_characters = _ECI.match(rest)
    return kind, rest if set_of_characters is None else rest[set_of_characters.end() :]

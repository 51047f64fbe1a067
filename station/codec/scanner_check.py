"""The code by which a station sees whether a scanner sends what it reads: every digit and letter, and the hyphen."""

from station.codec.aim import split
from station.codec.keyboards import LAYOUTS
from station.domain.scan import Letters

TEXT = "0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""What the code on the sheet says. No label and no command: scanned by mistake it starts and stops nothing."""

OTHER = "that is another code, or its letters do not arrive as they are"

_AROUND = " \t\r\n\x02\x03"
_MISREAD = 8
"""Characters in a row by which a text is told as this code with something missing. A design margin, not measured."""


def misreading(scanned: str) -> str | None:
    """What is wrong with how a scanner sends this code, as the end of a sentence; None when nothing is.

    >>> misreading("]d1" + TEXT + "\\r")
    >>> misreading(TEXT.lower())
    'it sends small letters for capital ones; Caps Lock may be on'
    """
    text = scanned.strip(_AROUND)
    bare = split(text)[1]
    if bare == TEXT:
        return None
    for layout in LAYOUTS:
        meant = layout.undo(text)
        if meant != text and layout.damage(meant) == text and split(meant)[1] == TEXT:
            return f"this PC types as on {layout.name}"
    if bare.swapcase() == TEXT:
        return "it sends small letters for capital ones; Caps Lock may be on"
    if any(TEXT[at : at + _MISREAD] in bare for at in range(len(TEXT) - _MISREAD + 1)):
        return f"it sends {len(bare)} characters where the code has {len(TEXT)}; scan again, then look at its set-up"
    return OTHER


def read(scanned: str) -> Letters | None:
    """The check, where a text can be told as one; None for any other."""
    wrong = misreading(scanned)
    return None if wrong == OTHER else Letters(wrong or "")

"""The code by which a station sees whether a scanner sends what it reads: every digit and letter, and the hyphen."""

from station.codec.aim import split
from station.codec.keyboards import layout_of
from station.domain.scan import Letters

TEXT = "0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""What the code on the sheet says. No label and no command: scanned by mistake it starts and stops nothing."""

_AROUND = " \t\r\n\x02\x03"


def read(scanned: str) -> Letters | None:
    """The check and how it arrived; None for a text that cannot be told as one.

    >>> read("]d1" + TEXT + "\\r")
    Letters(wrong='')
    >>> read(TEXT.lower())
    Letters(wrong='it sends small letters for capital ones; Caps Lock may be on')
    """
    text = scanned.strip(_AROUND)
    bare = split(text)[1]
    if bare == TEXT:
        return Letters()
    if (layout := layout_of(text, lambda meant: split(meant)[1] == TEXT)) is not None:
        return Letters(f"this PC types as on {layout.name}")
    if bare.swapcase() == TEXT:
        return Letters("it sends small letters for capital ones; Caps Lock may be on")
    rest = iter(TEXT)
    # Some letters in a row may stand on a label, too; most of these, in this order, do not.
    if TEXT in bare or (len(bare) > len(TEXT) // 2 and all(one in rest for one in bare)):
        lost = f"it sends {len(bare)} characters where the code has {len(TEXT)}"
        return Letters(f"{lost}; scan again, then look at its set-up")
    return None

"""The two-dimensional code on a unit, as a scanner types it.

    scan    = [STX] [aim] [eci] text [ETX]          with CR, LF, TAB or SPACE around it
    aim     = "]" letter digit                      AIM symbology identifier, see station/codec/aim.py
    eci     = "\\" 6 digits                         the code's character set, as often as it names one
    text    = serial " " mobile secret              Gen 3 and newer
            | serial                                Gen 2
            | device id                             24 hexadecimal digits, as an engineer pastes it
    serial, mobile secret = 15 of A-Z 0-9           Device OS: HAL_DEVICE_SERIAL_NUMBER_SIZE, HAL_DEVICE_SECRET_SIZE

Labels and prefixes: docs.particle.io, hardware/best-practices/serial-number. The mobile secret is checked for its
shape, so that a bad read is noticed, and dropped: no value, message or log ever holds it.
"""

import re
from collections.abc import Collection

from station.codec import aim, not_a_label
from station.domain.counted import counted
from station.domain.faults import LabelRefused
from station.domain.ids import SerialNumber, device_id
from station.domain.label import Label
from station.domain.platform import platform_of_serial
from station.domain.scan import Symbology

MAX_LENGTH = 100
"""Longer than every label (31 characters) and every other code on a box."""

_AROUND = " \t\r\n\x02\x03"
_DEVICE_ID = re.compile(r"[0-9A-Fa-f]{24}\Z", re.ASCII)
_FIFTEEN = re.compile(r"[A-Z0-9]{15}\Z", re.ASCII)
_DIGITS = re.compile(r"[0-9]+\Z", re.ASCII)


def parse(text: str, symbologies: Collection[Symbology] = ()) -> Label:
    """The unit a scan names; of these kinds of codes only, where any are named.

    Raises LabelRefused, whose message tells the length of the scan and never its text.

    >>> parse("]d1P046AB111111111\\r\\n")
    Label(serial='P046AB111111111', device_id=None)
    """
    symbology, bare = aim.split(text.strip(_AROUND))
    bare = bare.strip(_AROUND)
    if len(text) > MAX_LENGTH:
        raise _refused(text, not_a_label.by_its_beginning(bare) or "too long for a label")
    label = _label(bare)
    if label is None:
        raise _refused(text, not_a_label.why(bare, lambda other: _label(other) is not None))
    if symbologies and symbology not in symbologies:
        wanted = " or ".join(one.words for one in symbologies)
        if symbology is None:
            raise _refused(text, "the scanner does not say what kind of code this is; have it send AIM identifiers")
        raise _refused(text, f"the right text in a {symbology.words}: the unit's own label is a {wanted}")
    return label


def _label(bare: str) -> Label | None:
    """What the text between everything a scanner adds names, or None."""
    if _DEVICE_ID.match(bare):
        return Label(device_id=device_id(bare))
    serial, *secrets = bare.split(" ")
    if not _FIFTEEN.match(serial) or _DIGITS.match(serial) or platform_of_serial(SerialNumber(serial)) is None:
        return None
    if len(secrets) > 1 or any(not _FIFTEEN.match(one) or one == serial for one in secrets):
        return None
    return Label(serial=SerialNumber(serial))


def _refused(text: str, why: str) -> LabelRefused:
    return LabelRefused(f"{why} ({counted(len(text), 'character')} scanned)")

"""The two-dimensional code on a unit, as a scanner types it.

    scan    = [STX] [aim] text [ETX]                with CR, LF, TAB or SPACE around it
    aim     = "]" letter digit                      AIM symbology identifier (ISO/IEC 15424), "]d1" for a Data Matrix
    text    = serial " " mobile secret              Gen 3 and newer
            | serial                                Gen 2
            | device id                             24 hexadecimal digits, as an engineer pastes it
    serial, mobile secret = 15 of A-Z 0-9           Device OS: HAL_DEVICE_SERIAL_NUMBER_SIZE, HAL_DEVICE_SECRET_SIZE

Labels and prefixes: docs.particle.io, hardware/best-practices/serial-number. The mobile secret is checked for its
shape, so that a bad read is noticed, and dropped: no value, message or log ever holds it.
"""

import re

from station.domain.faults import LabelRefused
from station.domain.ids import device_id, serial_number
from station.domain.label import Label
from station.domain.platform import platform_of_serial

MAX_LENGTH = 100
"""Longer than every label (31 characters) and every other code on a box."""

_AROUND = " \t\r\n\x02\x03"
_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]", re.ASCII)
_DEVICE_ID = re.compile(r"[0-9A-Fa-f]{24}\Z", re.ASCII)
_FIFTEEN = re.compile(r"[A-Z0-9]{15}\Z", re.ASCII)
_FIFTEEN_ANY_CASE = re.compile(r"[A-Za-z0-9]{15}\Z", re.ASCII)
_DIGITS = re.compile(r"[0-9]+\Z", re.ASCII)
_ICCID = re.compile(r"89[0-9]{16,20}\Z", re.ASCII)  # ITU-T E.118: industry 89, 18 to 22 digits as stored
_WEB = re.compile(r"(?:[a-z][a-z0-9+.-]*://|www\.)", re.ASCII | re.IGNORECASE)


def parse(text: str) -> Label:
    """The unit a scan names. Raises LabelRefused, whose message tells the length of the scan and never its text.

    >>> parse("]d1P046AB111111111\\r\\n")
    Label(serial='P046AB111111111', device_id=None)
    """
    if len(text) > MAX_LENGTH:
        raise _refused(text, "too long for a label")
    bare = text.strip(_AROUND)
    bare = _AIM.sub("", bare, count=1) if _AIM.match(bare) else bare
    bare = bare.strip(_AROUND)
    if why := _no_label_at_all(bare):
        raise _refused(text, why)
    if _DEVICE_ID.match(bare):
        return Label(device_id=device_id(bare))
    serial, *secrets = bare.split(" ")
    if why := _no_serial(serial):
        raise _refused(text, why)
    if len(secrets) > 1:
        raise _refused(text, "more than a serial number and a mobile secret")
    if secrets and not _FIFTEEN.match(secrets[0]):
        raise _refused(
            text, "what follows the serial number is no mobile secret of 15 upper-case letters and digits; scan again"
        )
    return Label(serial=serial_number(serial))


def _refused(text: str, why: str) -> LabelRefused:
    return LabelRefused(f"{why} ({len(text)} characters scanned)")


def _no_label_at_all(bare: str) -> str | None:
    """Why this is some other code, or none; None when it may be a label."""
    if not bare:
        return "empty scan"
    if not bare.isascii():
        return "a character that no label has; the scanner's keyboard layout may be wrong"
    if not bare.isprintable():
        return "a control character inside the text; two scans may have run together"
    if _WEB.match(bare):
        return "a web address: that is the box label"
    if _ICCID.match(bare):
        return f"{len(bare)}-digit number beginning with 89: that is an ICCID, the SIM's number"
    if _DIGITS.match(bare) and not _DEVICE_ID.match(bare):
        return "15-digit number: that is an IMEI" if len(bare) == 15 else f"{len(bare)}-digit number: no label has that"
    return None


def _no_serial(word: str) -> str | None:
    """Why this is no serial number, or None when it is one."""
    if len(word) != 15:
        return f"{len(word)} characters where a serial number has 15 and a device id 24"
    if not _FIFTEEN_ANY_CASE.match(word):
        return "a character that no serial number has"
    if not _FIFTEEN.match(word):
        return "lower-case letters in the serial number; Caps Lock on the scanner's keyboard may be on"
    if platform_of_serial(serial_number(word)) is None:
        return "unknown first four characters: no Particle device has such a serial number"
    return None

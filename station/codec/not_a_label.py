"""Which other code was scanned in place of a unit's label: named, so that the operator scans the right one.

Nothing here accepts anything: it says why a text that is no label is none, without repeating the text.
"""

import re
from collections.abc import Callable

from station.codec import aim
from station.codec.keyboards import layout_of
from station.domain.counted import counted
from station.domain.ids import NotAnId, SerialNumber, iccid, imei
from station.domain.platform import platform_of_serial

_DIGITS = re.compile(r"[0-9]+\Z", re.ASCII)
_WEB = re.compile(r"(?:[a-z][a-z0-9+.-]*://|www\.)", re.ASCII | re.IGNORECASE)
_OLD_SERIAL = re.compile(r"[A-Z]{2,4}-[0-9]{6}-[A-Z0-9]{4}-[0-9]\Z", re.ASCII)
"""As `PH-170413-HZ74-0`: docs.particle.io, hardware/best-practices/serial-number, older products."""

_PADDED_ICCID = re.compile(r"89[0-9]{16,20}[Ff]{1,2}\Z", re.ASCII)
"""Filled up with F, as the SIM's own file has it (ETSI TS 102 221, 13.2)."""

_ENVELOPE = "[)>"
"""How a message of ISO/IEC 15434 begins, on labels of reels, trays and boxes; some scanners drop its RS, GS and EOT."""

_JSON = re.compile(r"\s*[{\[]\s*[\"{\[]")
_WORD = re.compile(r"[A-Z0-9]+\Z", re.ASCII)
_ANY_CASE = re.compile(r"[A-Za-z0-9]+\Z", re.ASCII)
FNC1 = "\x1d"
"""Group separator, as scanners transmit the FNC1 of a GS1 code (GS1 General Specifications, 7.8.3)."""


def why(bare: str, is_label: Callable[[str], bool]) -> str:
    """Why this text, without what the scanner adds, is no label; `is_label` tells of others whether they are."""
    return (
        by_its_beginning(bare) or _by_its_signs(bare, is_label) or _by_its_digits(bare) or _by_its_words(bare, is_label)
    )


def by_its_beginning(bare: str) -> str | None:
    """What a text of any length is, where its first characters tell."""
    if bare.startswith(_ENVELOPE):
        return "a label of a reel, a tray or a box (ISO 15434), as distributors print it, and not the unit's own"
    if _WEB.match(bare):
        return "a web address: that is the box label"
    if _JSON.match(bare):
        return "a text of another program (JSON): that is not the unit's own label"
    return None


def wrong_layout(text: str, is_right: Callable[[str], bool]) -> str | None:
    """The sentence for a keyboard layout that spoilt a text which is right otherwise; None where none did."""
    layout = layout_of(text, lambda meant: is_right(aim.split(meant)[1]))
    return None if layout is None else f"the keyboard layout is wrong: this PC types as on {layout.name}"


def _by_its_signs(bare: str, is_label: Callable[[str], bool]) -> str | None:
    if not bare:
        return "empty scan"
    if (layout := wrong_layout(bare, is_label)) is not None:
        return layout
    if not bare.isascii():
        return "a character that no label has; the scanner's keyboard layout may be wrong"
    if FNC1 in bare:
        return "a GS1 code: that is the box label"
    if not bare.isprintable():
        return "a control character inside the text; two scans may have run together"
    if _OLD_SERIAL.match(bare):
        return "a serial number of an older form, which no unit that is made here has"
    return None


def _by_its_digits(bare: str) -> str | None:
    if _PADDED_ICCID.match(bare):
        return "a number beginning with 89 and filled up with F: that is an ICCID, the SIM's number"
    if not _DIGITS.match(bare) or len(bare) == 24:
        return None
    if re.match(r"89[0-9]{16,20}\Z", bare):
        wrong = "" if _reads(iccid, bare) else ", with a wrong check digit"
        return f"{len(bare)}-digit number beginning with 89: that is an ICCID, the SIM's number{wrong}"
    if len(bare) == 15:
        wrong = "" if _reads(imei, bare) else ", with a wrong check digit"
        return f"15-digit number: that is an IMEI{wrong}, the modem's number"
    if len(bare) in (8, 12, 13, 14) and _is_gtin(bare):
        return f"{len(bare)}-digit number: that is an EAN or UPC, from the box"
    return f"{len(bare)}-digit number: no label has that"


def _by_its_words(bare: str, is_label: Callable[[str], bool]) -> str:
    serial, *secrets = bare.split(" ")
    if _ran_together(bare, is_label):
        return "two scans ran together; scan again"
    if len(serial) < 15 and platform_of_serial(SerialNumber(serial)) is not None:
        return f"{counted(len(serial), 'character')} where a serial number has 15: the scan was cut off; scan again"
    if len(bare) == 24:
        return "24 characters as a device id has, and not all of them are hexadecimal digits"
    if len(serial) != 15:
        return f"{counted(len(serial), 'character')} where a serial number has 15 and a device id 24"
    if not _ANY_CASE.match(serial):
        return "a character that no serial number has"
    if not _WORD.match(serial):
        return "lower-case letters in the serial number; Caps Lock on the scanner's keyboard may be on"
    if platform_of_serial(SerialNumber(serial)) is None:
        return "unknown first four characters: no Particle device has such a serial number"
    if len(secrets) > 1:
        return "more than a serial number and a mobile secret"
    if secrets and secrets[0] == serial:
        return "two scans ran together; scan again"
    return "what follows the serial number is no mobile secret of 15 upper-case letters and digits; scan again"


def _ran_together(bare: str, is_label: Callable[[str], bool]) -> bool:
    """Whether the text is a label, or a part of one, with another one behind it."""
    return any(is_label(bare[:at]) and _begins_like_a_label(bare[at:].lstrip()) for at in (15, 24, 31))


def _begins_like_a_label(text: str) -> bool:
    return len(text) == 24 or (len(text) >= 8 and platform_of_serial(SerialNumber(text[:4])) is not None)


def _is_gtin(digits: str) -> bool:
    """GS1 General Specifications, 7.9: weights 3 and 1 from the right, a multiple of ten with the check digit."""
    return sum(int(one) * (3 if place % 2 else 1) for place, one in enumerate(reversed(digits))) % 10 == 0


def _reads(read: Callable[[str], str], text: str) -> bool:
    try:
        read(text)
    except NotAnId:
        return False
    return True

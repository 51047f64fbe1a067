"""What a scan or a typed line says: a label, a command, a badge, or why it is none of them.

Its text ends here: it may hold a secret.
"""

from collections.abc import Collection

from station.codec import badge, command, label, not_a_label, scanner_check
from station.codec.frames import Framed
from station.domain.faults import BadgeRefused, CommandRefused, LabelRefused
from station.domain.refusals import Code, refuse
from station.domain.scan import Scan, Symbology


def read_scan(text: str, symbologies: Collection[Symbology] = ()) -> Scan:
    """The label, the command or the badge; else its refusal: code, sentence, number of characters."""
    try:
        if badge.is_badge(text):
            return badge.parse(text)
        return command.parse(text) if command.is_command(text) else label.parse(text, symbologies)
    except (BadgeRefused, LabelRefused, CommandRefused) as fault:
        # After the label: eight letters in a row may stand on one.
        if (letters := scanner_check.read(text)) is not None:
            return letters
        layout = not_a_label.wrong_layout(text.strip(), _is_no_label)
        code, why = (fault.code, str(fault)) if layout is None else (CommandRefused.code, layout)
        return ("refused", code, why, len(text))


def _is_no_label(text: str) -> bool:
    """Whether this is a command or a badge, well read."""
    try:
        return bool(badge.parse(text) if badge.is_badge(text) else command.parse(text))
    except (BadgeRefused, CommandRefused):
        return False


def scan_of(framed: Framed, symbologies: Collection[Symbology] = ()) -> Scan:
    """What a scan says as it came; one whose end never came is refused, whatever it says."""
    text, frame = framed
    if frame.whole:
        return read_scan(text, symbologies)
    return ("refused", Code.SCAN_CUT, refuse(Code.SCAN_CUT, length=frame.length).detail, frame.length)

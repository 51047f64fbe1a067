"""A badge as a barcode: somebody signs in, or approves, by scanning it.

    badge = "BDG-" id "-" check     such as BDG-7Q2K-M
    id    = 1 to 16 capital letters and digits
    check = ISO/IEC 7064, MOD 37,36, over the letters and digits before it, as for commands

Letters, digits and hyphens only: every symbology and every keyboard has them. No label begins with BDG-.
"""

import re

from station.codec.aim import split
from station.codec.command import check_character
from station.domain.faults import BadgeRefused
from station.domain.people import Badge

BEGINS = "BDG-"
_AROUND = " \t\r\n\x02\x03"
_BADGE = re.compile(r"BDG-([0-9A-Z]{1,16})-([0-9A-Z])\Z", re.ASCII)


def is_badge(text: str) -> bool:
    """Whether this is meant as a badge, well read or not."""
    return split(text.strip(_AROUND))[1].upper().startswith(BEGINS)


def parse(text: str) -> Badge:
    """The badge a scan names. Raises BadgeRefused.

    >>> parse(render(Badge("7Q2K")))
    Badge(id='7Q2K')
    """
    bare = split(text.strip(_AROUND))[1]
    found = _BADGE.match(bare)
    if found is None and _BADGE.match(bare.swapcase()):
        raise BadgeRefused("small letters for capital ones in a badge; Caps Lock may be on")
    if found is None:
        raise BadgeRefused("this begins like a badge and is none; the badge may be damaged")
    id_, check = found.groups()
    if check_character(f"BDG{id_}") != check:
        raise BadgeRefused("the check character of the badge is wrong: it was misread")
    return Badge(id_)


def render(badge: Badge) -> str:
    """The text of a badge's barcode.

    >>> render(Badge("7Q2K"))
    'BDG-7Q2K-M'
    """
    return f"{BEGINS}{badge.id}-{check_character('BDG' + badge.id)}"

"""A command as a barcode on a sheet: an operator with gloves answers by scanning it.

    command = "CMD-" verb [ "-" nest ] "-" check     such as CMD-YES-3 or CMD-STOP-2-3
    verb    = the names of domain.command.Verb
    nest    = 1 to 99
    check   = ISO/IEC 7064, MOD 37,36, over the letters and digits before it

Letters, digits and hyphens only: every symbology and every keyboard has them. A label never begins with CMD-.
"""

import re

from station.codec.aim import split
from station.domain.command import Command, Verb
from station.domain.faults import CommandRefused

BEGINS = "CMD-"
_AROUND = " \t\r\n\x02\x03"
_COMMAND = re.compile(r"CMD-([A-Z]{2,10})(?:-([1-9][0-9]?))?-([0-9A-Z])\Z", re.ASCII)
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
WITH_NEST = frozenset({Verb.NEST})
"""Commands that say nothing without a nest."""


def is_command(text: str) -> bool:
    """Whether this is meant as a command, well read or not."""
    return split(text.strip(_AROUND))[1].upper().startswith(BEGINS)


def parse(text: str) -> Command:
    """The command a scan names. Raises CommandRefused.

    >>> parse("CMD-STOP-2-" + check_character("CMDSTOP2"))
    Command(verb=<Verb.STOP: 'STOP'>, nest=2)
    """
    bare = split(text.strip(_AROUND))[1]
    found = _COMMAND.match(bare)
    if found is None and _COMMAND.match(bare.swapcase()):
        raise CommandRefused("small letters for capital ones in a command; Caps Lock may be on")
    if found is None:
        raise CommandRefused("this begins like a command and is none; the sheet may be damaged")
    verb, nest, check = found.groups()
    if check_character(f"CMD{verb}{nest or ''}") != check:
        raise CommandRefused("the check character of the command is wrong: it was misread")
    if verb not in Verb.__members__:
        raise CommandRefused("this station knows no such command")
    if Verb[verb] in WITH_NEST and nest is None:
        raise CommandRefused(f"{verb} needs the number of a nest")
    return Command(Verb[verb], int(nest) if nest else None)


def render(command: Command) -> str:
    """The text of a command's barcode.

    >>> render(Command(Verb.YES))
    'CMD-YES-3'
    """
    nest = "" if command.nest is None else str(command.nest)
    words = [word for word in ("CMD", command.verb.value, nest) if word]
    return "-".join([*words, check_character("".join(words))])


def check_character(text: str) -> str:
    """The character that ISO/IEC 7064, MOD 37,36, adds to letters and digits.

    >>> check_character("A12425GABC1234002")
    'M'
    """
    product = 36
    for one in text:
        total = (product + _ALPHABET.index(one)) % 36 or 36
        product = total * 2 % 37
    return _ALPHABET[(37 - product) % 36]

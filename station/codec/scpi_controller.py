"""The controller's end of the fixture's language: text to commands.

The language stands in station/codec/scpi.py.
"""

from dataclasses import dataclass

from station.codec.scpi import MAX_NESTS, MAX_WATCHDOG, Header
from station.codec.scpi_grammar import NUMBER, ScpiError, shape, spelling

_SWITCHES = frozenset({Header.POWER, Header.RESET})
_ACTIONS = frozenset({Header.RESET_ALL, Header.CLEAR})
_SETTINGS = _SWITCHES | {Header.WATCHDOG}


@dataclass(frozen=True, slots=True)
class Command:
    """A command or question: `nest` where the header takes one, `argument` where it sets something."""

    header: Header
    query: bool = False
    nest: int | None = None
    argument: bool | float | None = None


_PATTERNS = {header: spelling(header.value) for header in Header}


def parse(text: str) -> Command:
    """One command or question, from its short or long form. Raises ScpiError.

    >>> parse("outp3:state on")
    Command(header=<Header.POWER: 'OUTPut#:STATe'>, query=False, nest=3, argument=True)
    """
    word, query, argument = shape(text)
    header, nest = _header(word)
    if (query and header in _ACTIONS) or (not query and header not in _ACTIONS | _SETTINGS):
        raise ScpiError(-113)
    if query or header in _ACTIONS:
        if argument is not None:
            raise ScpiError(-108)
        return Command(header, query, nest)
    if argument is None:
        raise ScpiError(-109)
    if "," in argument:
        raise ScpiError(-108)
    setting = _boolean(argument) if header in _SWITCHES else _seconds(argument)
    return Command(header, query, nest, setting)


def _header(word: str) -> tuple[Header, int | None]:
    for header, pattern in _PATTERNS.items():
        if found := pattern.match(word):
            if not found.re.groups:
                return header, None
            nest = int(found[1] or 1)
            if not 1 <= nest <= MAX_NESTS:
                raise ScpiError(-114)
            return header, nest
    raise ScpiError(-113)


def _boolean(text: str) -> bool:
    match text.strip().upper():
        case "ON" | "1":
            return True
        case "OFF" | "0":
            return False
        case _:
            raise ScpiError(-224)


def _seconds(text: str) -> float:
    if not NUMBER.match(text.strip()):
        raise ScpiError(-104)
    if not 0 <= (seconds := float(text)) <= MAX_WATCHDOG:
        raise ScpiError(-222)
    return seconds

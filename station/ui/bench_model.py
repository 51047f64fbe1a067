"""The panel beside the window when the fixture is virtual, as plain data: what a visitor sees and may do there."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Deed(StrEnum):
    """What a visitor does on the bench; a number says to which nest or unit."""

    PAUSE = "pause"
    """The virtual operator rests, or works again."""
    LID = "lid"
    SEAT = "seat"
    TAKE = "take"
    PRESS = "press"
    CHOOSE = "choose"
    SCAN = "scan"
    NEW = "new"
    BADGE = "badge"
    """Hold somebody's badge before the scanner."""
    LIST = "list"
    """Show what can be wrong with a new unit, or hide it."""


@dataclass(frozen=True, slots=True)
class BenchNest:
    """A nest of the bench; `led` is the colour that its unit's status LED shows, empty while it is dark.

    `ailment` is what is wrong with the unit, by the name the bench has for it.
    """

    nest: int
    closed: bool
    unit: int | None = None
    serial: str = ""
    led: str = ""
    ailment: str = ""


@dataclass(frozen=True, slots=True)
class BenchUnit:
    """A unit in the tray, and what is wrong with it."""

    unit: int
    serial: str
    ailment: str = ""


@dataclass(frozen=True, slots=True)
class BenchPage:
    """The whole panel; the tray's newest unit comes first, `chosen` is the one that the visitor has picked out.

    `ailments` is what a new unit can have while that list is open.
    `badges` are the names on the badges that lie there, where people sign in.
    """

    working: bool
    nests: tuple[BenchNest, ...] = ()
    tray: tuple[BenchUnit, ...] = ()
    chosen: int | None = None
    ailments: tuple[str, ...] = ()
    badges: tuple[str, ...] = ()


class Hands(Protocol):
    """Whoever can do what a visitor wants, and tells how things are; called in one thread, which may wait."""

    def do(self, deed: Deed, number: int, name: str) -> None:
        """Do it, if it makes sense now."""
        ...

    def page(self) -> BenchPage:
        """How things are."""
        ...

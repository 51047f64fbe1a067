"""What an operator can tell the station by scanning a command sheet."""

from dataclasses import dataclass
from enum import StrEnum


class Verb(StrEnum):
    """What is wanted."""

    START = "START"
    STOP = "STOP"
    YES = "YES"
    NO = "NO"
    DONE = "DONE"
    RETRY = "RETRY"
    UNLOAD = "UNLOAD"
    NEST = "NEST"
    LOCK = "LOCK"


@dataclass(frozen=True, slots=True)
class Command:
    """A verb, and the nest it is about where it names one."""

    verb: Verb
    nest: int | None = None

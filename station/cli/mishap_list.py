"""Everything that a demonstration can let go wrong, by name."""

from collections.abc import Mapping
from dataclasses import dataclass

from station.bench import mishaps, spoil
from station.cli import crew


@dataclass(frozen=True, slots=True)
class Own:
    """A mishap of the station's own process or disk."""

    says: str
    code: str


KILLED = "station_killed"

OWN = {
    KILLED: Own(
        "The station is killed in mid-flash; the next start closes the run, the unit is made again and withheld.",
        "S603",
    ),
    "worker_killed": Own("The process that works on nest 1 is killed in mid-flash.", "S602"),
    "disk_full": Own("The disk is full in mid-run, and has room again later.", "S501"),
}


def catalogue() -> Mapping[str, str]:
    """Every mishap and its sentence."""
    return {
        **{one.name: one.says for one in mishaps.CATALOGUE},
        **mishaps.HARMLESS,
        **{one.name: one.says for one in spoil.CATALOGUE},
        **{name: one.says for name, one in OWN.items()},
        **{one.name: one.says for one in crew.CATALOGUE},
    }

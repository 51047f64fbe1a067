"""The facts about power and reset of a nest: when what sits there may run, and who saw that it does not any more."""

from typing import Literal

from pydantic import Field

from station.domain.fact import Fact


class Energised(Fact):
    """From here on the nest has power and its reset is free, so that what sits there may run.

    Stored before it is so: whatever dies then, the journal knows.
    """

    kind: Literal["energised"] = "energised"
    op: int | None = Field(default=None, description="the operation under way; none between two")


class MadeSafe(Fact):
    """Reset is held and the power is off: both were read back from the fixture's controller."""

    kind: Literal["made_safe"] = "made_safe"
    op: int | None = Field(default=None, description="the operation under way; none between two")


class Unwatched(Fact):
    """What sat in the nest could run while nobody watched it."""

    kind: Literal["unwatched"] = "unwatched"
    detail: str


class WatchdogTried(Fact):
    """The fixture's controller was not spoken to, to see whether it takes reset and power by itself."""

    kind: Literal["watchdog_tried"] = "watchdog_tried"
    bites: bool
    seconds: float = Field(description="what the watchdog is set to while units are made")
    detail: str = ""

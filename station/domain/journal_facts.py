"""The facts about the journal and the clock themselves, which the station notes beside those of its units."""

from typing import Literal

from pydantic import Field

from station.domain.fact import Fact
from station.domain.ids import DeviceId, RunId


class JournalAccepted(Fact):
    """An engineer said what became of the entries that this journal may lack, and that the station goes on with it."""

    kind: Literal["journal_accepted"] = "journal_accepted"
    code: str = Field(description="what was doubted")
    detail: str
    why: str
    by: str = Field(description="empty where nobody has to sign in")
    runs: tuple[RunId, ...] = Field(default=(), description="runs that have a report and no entry")
    devices: tuple[DeviceId, ...] = Field(default=(), description="units on import lists that no entry knows")


class JournalPutBack(Fact):
    """The journal's files were taken away while the station wrote them; the station put all of it back."""

    kind: Literal["journal_put_back"] = "journal_put_back"
    detail: str = Field(description="where the files went")


class ClockStepped(Fact):
    """The clock on the wall was set: from the entry before to this one, it and not the time moved."""

    kind: Literal["clock_stepped"] = "clock_stepped"
    seconds: float = Field(description="by how much, forwards or backwards")
    since: Literal["running", "stopped"] = Field(description="seen while the station ran, or at its start")

"""Every fact there can be. Facts are appended to the journal before anyone sees them."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from station.domain.ids import DeviceId, RunId, SerialNumber
from station.domain.label import Label
from station.domain.limits import Limit, Number
from station.domain.outcome import Outcome


class Fact(BaseModel, frozen=True, extra="forbid"):
    """Base of all facts."""


class StationStarted(Fact):
    """The station came up with these inputs."""

    kind: Literal["station_started"] = "station_started"
    version: str
    station: str
    fixture: str
    recipe: str
    recipe_sha256: str
    unverified: tuple[str, ...] = Field(description="drivers that were never checked on hardware")


class StationRefused(Fact):
    """The station did not start to make units."""

    kind: Literal["station_refused"] = "station_refused"
    code: str
    detail: str


class ScanRefused(Fact):
    """A scan that no nest took; the text itself is never kept, it may hold a secret."""

    kind: Literal["scan_refused"] = "scan_refused"
    code: str
    detail: str
    length: int


class RunStarted(Fact):
    """A unit is seated, its lid closed, its inputs sealed."""

    kind: Literal["run_started"] = "run_started"
    nest: int
    label: Label
    recipe: str
    revision: str
    recipe_sha256: str
    release: str
    release_sha256: str
    factory_test: str
    factory_test_sha256: str
    platform: str
    ops: tuple[int, ...] = Field(min_length=1, description="the sheet: every operation a PASS needs")


class StepStarted(Fact):
    """An operation began."""

    kind: Literal["step_started"] = "step_started"
    op: int
    do: str


class Identified(Fact):
    """A witness named the unit."""

    kind: Literal["identified"] = "identified"
    op: int
    by: Literal["label", "swd", "usb", "listening", "factory_test"]
    device_id: DeviceId | None = None
    serial: SerialNumber | None = None
    detail: str = ""


class Programmed(Fact):
    """One image was written, or found equal and left: pages of 4096 bytes."""

    kind: Literal["programmed"] = "programmed"
    op: int
    part: str
    version: int
    start: int
    size: int
    sha256: str
    pages_written: int
    pages_equal: int


class Proved(Fact):
    """The chip itself computed the CRC-32 of what is there, and it is what was meant."""

    kind: Literal["proved"] = "proved"
    op: int
    part: str
    start: int
    size: int
    crc32: str


class Booted(Fact):
    """Firmware was let run: which, and for what."""

    kind: Literal["booted"] = "booted"
    op: int
    firmware: str


class Measured(Fact):
    """A value, judged."""

    kind: Literal["measured"] = "measured"
    op: int
    name: str
    value: Number
    limit: Limit
    outcome: Outcome


class Silent(Fact):
    """What the running firmware says of its contacts since it booted."""

    kind: Literal["silent"] = "silent"
    op: int
    cloud_attempts: int = Field(description="cloud:connatt, counted before the socket opens")
    network_attempts: int = Field(description="net:connatt")
    uptime: float = Field(description="seconds since boot, by the unit's own clock")


class Sealed(Fact):
    """The unit stands in reset without power; this is the evidence that it never spoke to the cloud."""

    kind: Literal["sealed"] = "sealed"
    op: int
    boots: int
    cloud_attempts: int
    seconds_powered: float
    seconds_running: float
    conclusion: str = "no evidence of a connection"


class StepFinished(Fact):
    """An operation ended."""

    kind: Literal["step_finished"] = "step_finished"
    op: int
    do: str
    outcome: Outcome
    code: str = ""
    detail: str = ""
    remedy: str = ""
    seconds: float


class PreAddRequested(Fact):
    """The unit is to be added to the product; stands in the same transaction as the PASS."""

    kind: Literal["preadd_requested"] = "preadd_requested"
    device_id: DeviceId
    serial: SerialNumber | None = None
    product_id: int | None = None


class RunFinished(Fact):
    """The verdict."""

    kind: Literal["run_finished"] = "run_finished"
    outcome: Outcome
    code: str = ""
    detail: str = ""
    remedy: str = ""


class PreAddExported(Fact):
    """These units were written to an import list for the console."""

    kind: Literal["preadd_exported"] = "preadd_exported"
    file: str
    sha256: str
    device_ids: tuple[DeviceId, ...]


Body = Annotated[
    StationStarted
    | StationRefused
    | ScanRefused
    | RunStarted
    | StepStarted
    | Identified
    | Programmed
    | Proved
    | Booted
    | Measured
    | Silent
    | Sealed
    | StepFinished
    | PreAddRequested
    | RunFinished
    | PreAddExported,
    Field(discriminator="kind"),
]


class Event(BaseModel, frozen=True, extra="forbid"):
    """A fact with its place: `seq` has no gaps, `at` is µs since 1970 UTC, `run` is None for the station's own."""

    seq: int
    run: RunId | None
    at: int
    body: Body


class Progressed(Fact):
    """How far an operation is, 0 to 1; broadcast to whoever watches, never stored."""

    kind: Literal["progressed"] = "progressed"
    op: int
    part: float
    text: str = ""

"""Every fact there can be. Facts are appended to the journal before anyone sees them."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

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


class Planned(Fact):
    """What will be done to the flash, decided from what the chip says is there."""

    kind: Literal["planned"] = "planned"
    op: int
    erase_all: bool
    because: str
    pages_erased: int
    pages_equal: int
    pages_left: int = Field(description="pages that a later operation writes, left as they are")
    size: int = Field(description="bytes to be written")
    seconds: float = Field(description="what the flash controller needs at most")


class KeptMemory(BaseModel, frozen=True, extra="forbid"):
    """Bytes that are put back, as hex digits."""

    name: str
    start: int
    data: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{2})*$", max_length=2 * 0x2000)]


class Kept(Fact):
    """What erasing everything will lose of this unit and must be put back; stored before the erase."""

    kind: Literal["kept"] = "kept"
    op: int
    device_id: DeviceId
    serial: SerialNumber | None = Field(default=None, description="the label's")
    memory: tuple[KeptMemory, ...]
    settings: tuple[tuple[int, int], ...] = Field(description="words of UICR by address, in the order of writing")


class Restored(Fact):
    """The chip has back what was kept: compared word for word, and by its own CRC-32."""

    kind: Literal["restored"] = "restored"
    op: int
    device_id: DeviceId


class Recovering(Fact):
    """A locked chip will be erased as a whole to open its port; stored before that is done."""

    kind: Literal["recovering"] = "recovering"
    op: int
    device_id: DeviceId | None = Field(default=None, description="where it is known: a locked chip does not tell")
    why: str


class Recovered(Fact):
    """A locked chip was erased as a whole; its port is open and nothing of its flash and UICR is left."""

    kind: Literal["recovered"] = "recovered"
    op: int
    device_id: DeviceId


class Flashed(Fact):
    """The flash controller's work is done: what it took."""

    kind: Literal["flashed"] = "flashed"
    op: int
    size: int = Field(description="bytes written")
    pages_erased: int
    erased_all: bool
    seconds: float
    swclk: int = Field(description="Hz on the wire at the end; lower than at the beginning after noise")
    retries: int = Field(description="transfers that failed and were made good")


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
    | Planned
    | Kept
    | Restored
    | Recovering
    | Recovered
    | Flashed
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
    done: int | None = Field(default=None, description="bytes written so far, where bytes are written")
    size: int | None = Field(default=None, description="bytes to be written")
    seconds_left: float | None = None

"""Every fact there can be. Facts are appended to the journal before anyone sees them.

What people do at a station, besides answering questions, is in shift_facts.py; journal and clock are in
journal_facts.py.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from station.domain.fact import Fact
from station.domain.ids import DeviceId, Iccid, Imei, RunId, SerialNumber
from station.domain.journal_facts import ClockStepped, JournalAccepted, JournalPutBack
from station.domain.label import Label
from station.domain.limits import Limit, Number
from station.domain.outcome import Outcome
from station.domain.safety_facts import Energised, MadeSafe, Unwatched, WatchdogTried
from station.domain.shift_facts import (
    ActionRefused,
    Approval,
    Approved,
    Expect,
    LanguageChosen,
    LeadCalled,
    LeadCame,
    NestLocked,
    NestReleased,
    PeopleSealed,
    PersonRemoved,
    PersonSet,
    PinLocked,
    PinSet,
    PinUnlocked,
    RecipeAccepted,
    ReferenceJudged,
    ReferenceLifted,
    SignedIn,
    SignedOut,
    SignInRefused,
    StopRequested,
)

Witness = Literal["label", "swd", "usb", "usb_request", "listening", "factory_test", "modem", "order"]
"""Who names a unit: label, chip, USB descriptor, control request, console, test firmware, modem, supplier's list."""

SystemMode = Literal["automatic", "semi_automatic", "manual", "unknown"]
"""When firmware connects: by itself, when told and then for ever, or only when told (Device OS, SYSTEM_MODE)."""

CloudStatus = Literal["disconnected", "connecting", "connected", "disconnecting"]
"""cloud.GetConnectionStatusReply.status, 0 to 3 (device-os-protobuf, control/cloud.proto)."""

MeterVerdict = Literal["no_evidence", "risk", "incident"]
"""incident: it spoke to the cloud. risk: it tried, or what it did is not known. Never: "not billed"."""

Answers = Literal["yes_no", "done"]

Declaration = Literal["reset_held", "shielded"]
"""Of a fixture: reset is held from power-up until the core is stopped; no radio wave leaves or enters it."""

Profile = Literal["offline", "online_e2e", "test_account"]
"""How a unit is made: never online; added first and then connected; connected in a test account."""

OrderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=40)]


class StationStarted(Fact):
    """The station came up with these inputs."""

    kind: Literal["station_started"] = "station_started"
    version: str
    station: str
    fixture: str
    recipe: str
    recipe_sha256: str
    profile: Profile = "offline"
    unverified: tuple[str, ...] = Field(description="drivers that were never checked on hardware")


class StationRefused(Fact):
    """The station did not start to make units."""

    kind: Literal["station_refused"] = "station_refused"
    code: str
    detail: str


class ScanRefused(Fact):
    """A scan that no nest took; the text itself is never kept, it may hold a secret. A label has none any more."""

    kind: Literal["scan_refused"] = "scan_refused"
    code: str
    detail: str
    length: int
    source: str = Field(default="", description="the scanner, as the fixture's file names it; empty for what was typed")
    label: Label | None = Field(default=None, description="where it was one")


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
    profile: Profile = "offline"
    declares: tuple[Declaration, ...] = Field(default=(), description="what the fixture says of itself")
    tells_power: bool = Field(default=False, description="when the unit may run is journalled; older stations did not")
    watchdog: float | None = Field(
        default=None,
        description="seconds without a word after which the fixture's controller takes reset and power; null: it does"
        " not, or the station is older than the question",
    )
    ops: tuple[int, ...] = Field(min_length=1, description="the sheet: every operation a PASS needs")
    operator: str = Field(default="", description="who scanned the label; empty where nobody has to sign in")
    typed: bool = Field(default=False, description="the label was typed, not scanned")
    reference: Expect | None = Field(default=None, description="a reference unit, and what it must come out as")
    approvals: tuple[Approval, ...] = Field(default=(), description="what somebody allowed for this run")


class StepStarted(Fact):
    """An operation began."""

    kind: Literal["step_started"] = "step_started"
    op: int
    do: str
    attempt: int = 1
    tries: int = 1


class Identified(Fact):
    """A witness named the unit."""

    kind: Literal["identified"] = "identified"
    op: int
    by: Witness
    device_id: DeviceId | None = None
    serial: SerialNumber | None = None
    iccid: Iccid | None = None
    imei: Imei | None = None
    order: OrderName | None = Field(default=None, description="the order whose list is the witness")
    detail: str = ""


class Bound(Fact):
    """All witnesses agree: these identifiers belong to one unit, and to no other in all history."""

    kind: Literal["bound"] = "bound"
    op: int
    device_id: DeviceId
    serial: SerialNumber | None = None
    iccid: Iccid | None = None
    imei: Imei | None = None
    released: tuple[str, ...] = Field(default=(), description="earlier bindings that no longer count, and why")


class Unbound(Fact):
    """A person says that the bindings of this unit so far no longer count: it has another label or SIM now."""

    kind: Literal["unbound"] = "unbound"
    device_id: DeviceId
    serial: SerialNumber | None = Field(default=None, description="the label it was bound to last")
    why: str


class OrderLine(BaseModel, frozen=True, extra="forbid"):
    """One unit of an order, as far as the supplier's list names it."""

    device_id: DeviceId | None = None
    serial: SerialNumber | None = None
    iccid: Iccid | None = None
    imei: Imei | None = None


class OrderImported(Fact):
    """A part of an order's list; the parts of one import stand in one transaction."""

    kind: Literal["order_imported"] = "order_imported"
    order: OrderName
    file: str
    sha256: str
    in_product: bool = Field(description="the units are in the product already, so their SIMs may be active")
    lines: tuple[OrderLine, ...]


class OrderClosed(Fact):
    """Units of this order are no longer made here."""

    kind: Literal["order_closed"] = "order_closed"
    order: OrderName
    why: str


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
    warnings: tuple[str, ...] = Field(default=(), description="what a person should know of the modules")


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
    """Firmware was let run: which, by the hash of its user part, and in which mode it was declared to run."""

    kind: Literal["booted"] = "booted"
    op: int
    firmware: str
    sha256: str = Field(default="", description="of the user part's bytes on the chip, as proved before")
    mode: SystemMode = "unknown"
    clock: float = Field(default=0.0, description="the station's monotonic seconds when reset was let go")


class Stopped(Fact):
    """Firmware that ran was stopped: reset held or core halted."""

    kind: Literal["stopped"] = "stopped"
    op: int
    seconds: float = Field(description="from the boot to here, by the station's clock")


class Measured(Fact):
    """A value, judged."""

    kind: Literal["measured"] = "measured"
    op: int
    name: str
    value: Number
    limit: Limit
    outcome: Outcome
    attempt: int = 1
    source: str = Field(default="", description="who measured: the question to the firmware, or the instrument")


class Checked(Fact):
    """A text or a yes-no of the unit, compared with what the recipe expects."""

    kind: Literal["checked"] = "checked"
    op: int
    name: str
    value: str | bool
    expected: str | bool
    outcome: Outcome
    attempt: int = 1
    source: str = ""


class Prompted(Fact):
    """The operator is asked; only an answer with this number counts."""

    kind: Literal["prompted"] = "prompted"
    op: int
    prompt: int
    tell: str
    answers: Answers
    within: float = Field(description="seconds")


class Answered(Fact):
    """The operator's answer; None when the time was over or the question was withdrawn."""

    kind: Literal["answered"] = "answered"
    op: int
    prompt: int
    answer: Literal["yes", "no", "done"] | None
    by: str = Field(default="", description="key, scan, lid, or what the unit showed")
    person: str = Field(default="", description="who was signed in")


class Silent(Fact):
    """What the running firmware says of its contacts since it booted."""

    kind: Literal["silent"] = "silent"
    op: int
    cloud_attempts: int = Field(description="cloud:connatt, counted before the socket opens")
    network_attempts: int = Field(description="net:connatt")
    uptime: float = Field(description="seconds since boot, by the unit's own clock")
    boot: int = Field(default=1, description="which boot of this run, from 1")
    status: CloudStatus = "disconnected"
    disconnections: int = Field(default=0, description="cloud:dconn: connections that ended unexpectedly")
    left_cloud: int = Field(default=0, description="cloud:dconnrsn: why the last connection ended; 0 is none")
    left_network: int = Field(
        default=0, description="net:dconnrsn: why the unit left its network; 0, 3 and 7 say nothing"
    )
    messages: int = Field(default=0, description="coap:transmit: messages sent to the cloud")
    seconds: float | None = Field(default=None, description="since that boot, by the station's clock")
    when: Literal["early", "before_reset", "last_words"] = "before_reset"
    start: int | None = Field(default=None, description="a random number of this start of the firmware")
    source: str = Field(default="", description="which transports told")


class Rebooted(Fact):
    """The unit started over and the station did not make it: what it did before is not known."""

    kind: Literal["rebooted"] = "rebooted"
    op: int
    detail: str


class Sealed(Fact):
    """The unit stands in reset without power; this is the evidence that it never spoke to the cloud."""

    kind: Literal["sealed"] = "sealed"
    op: int
    boots: int
    cloud_attempts: int
    seconds_powered: float
    seconds_running: float
    conclusion: str = "no evidence of a connection"


class Metered(Fact):
    """The billing guard's verdict on one run, and why; stored with the run's end, whatever that is."""

    kind: Literal["metered"] = "metered"
    verdict: MeterVerdict
    reasons: tuple[str, ...]
    conclusion: str
    device_id: DeviceId | None = None
    serial: SerialNumber | None = None
    iccid: Iccid | None = None
    radio: Literal["wifi", "cellular"]
    earlier: tuple[RunId, ...] = Field(
        default=(), description="runs of this unit before in which it may have connected, and that nobody has judged"
    )


class Unwound(Fact):
    """A person did what had to be done about a unit that may have connected.

    It is named as the list of such units does: by its device id, else by its label, else by the run that saw it.
    """

    kind: Literal["unwound"] = "unwound"
    device_id: DeviceId | None = None
    serial: SerialNumber | None = None
    run: RunId | None = None
    by: str
    note: str


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
    attempt: int = 1


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
    | Bound
    | Unbound
    | Planned
    | Kept
    | Restored
    | Recovering
    | Recovered
    | Flashed
    | Programmed
    | Proved
    | Booted
    | Stopped
    | Measured
    | Checked
    | Prompted
    | Answered
    | Silent
    | Rebooted
    | Sealed
    | Energised
    | MadeSafe
    | Unwatched
    | WatchdogTried
    | Metered
    | StepFinished
    | PreAddRequested
    | RunFinished
    | PreAddExported
    | OrderImported
    | OrderClosed
    | Unwound
    | PersonSet
    | PeopleSealed
    | PersonRemoved
    | PinSet
    | SignedIn
    | SignedOut
    | SignInRefused
    | PinLocked
    | PinUnlocked
    | ActionRefused
    | Approved
    | StopRequested
    | NestLocked
    | NestReleased
    | LeadCalled
    | LeadCame
    | LanguageChosen
    | RecipeAccepted
    | ReferenceJudged
    | ReferenceLifted
    | JournalAccepted
    | JournalPutBack
    | ClockStepped,
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

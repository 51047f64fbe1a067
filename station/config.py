"""Reads configs/, fixtures/ and firmware/releases/, and refuses what it does not understand, with the line."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, StringConstraints, field_validator, model_validator

from station.domain.events import Declaration, Profile
from station.domain.faults import ConfigRefused
from station.domain.meter import WATCHDOG
from station.domain.mistakes import Mistake, Mistakes, near
from station.domain.offline import FORBIDDEN_RATES
from station.domain.people import Language, People
from station.domain.recipe import Name, Recipe
from station.domain.release import Release, Slug
from station.domain.scan import Symbology
from station.domain.shift_rules import Reference, ShiftRules, SignInMode
from station.domain.usb_serial import serial_key
from station.toml_file import Model, Sealed, load

VISA = re.compile(
    r"(?:TCPIP|USB|GPIB|ASRL|VICP)[^:\s]*(?:::[^:\s]+)*::(?:INSTR|SOCKET|RAW)\Z", re.ASCII | re.IGNORECASE
)
"""A VISA resource name, such as TCPIP::192.0.2.10::5025::SOCKET (VPP-4.3 §4.3.1)."""

UsbPlace = Annotated[str, StringConstraints(pattern=r"^[0-9]+-[0-9]+(\.[0-9]+)*$")]


class StationConfig(BaseModel, frozen=True, extra="forbid"):
    """configs/station.toml: this PC, this line."""

    name: Slug = Field(description="names this station in journals and reports")
    fixture: Slug = Field(description="a file under fixtures/, without .toml")
    recipe: Slug = Field(description="a file under configs/recipes/, without .toml")
    language: Language = Field(
        default="en", description="what operators read, in the terminal and before a badge says otherwise"
    )
    theme: Literal["light", "dark"] = Field(default="light", description="of the window: light for a bright hall")
    volume: int = Field(default=80, ge=0, le=100, strict=True, description="of the sounds, in percent; 0 is silent")
    profiles: tuple[Profile, ...] = Field(
        default=("offline",), description="ways of making units that this station may use; see domain/profile.py"
    )
    min_free_mb: int = Field(default=500, ge=1, strict=True, description="no unit is started with less free disk space")
    sign_in: SignInMode = Field(
        default="none", description="none: nobody signs in; badge: by a scan; badge_and_pin: by a scan and a PIN"
    )
    references: tuple[Reference, ...] = Field(
        default=(),
        description="units known to be good or bad, which are tested before production, and again each shift",
    )
    reference_hours: float = Field(
        default=12, gt=0, le=168, strict=True, description="for how long a reference unit's verdict holds"
    )
    shift_hours: float = Field(
        default=12,
        gt=0,
        le=24,
        strict=True,
        description="nobody stays signed in for longer; what `station shift` tells of",
    )
    fail_streak: int = Field(
        default=5, ge=0, le=99, strict=True, description="fails in a row that lock a nest; 0: none do"
    )
    typed_labels: Literal["anybody", "lead"] = Field(
        default="anybody", description="lead: a label that is typed is taken with an approval only"
    )

    @field_validator("references")
    @classmethod
    def _each_reference_once(cls, references: tuple[Reference, ...]) -> tuple[Reference, ...]:
        serials = [one.serial for one in references]
        if twice := sorted({one for one in serials if serials.count(one) > 1}):
            raise ValueError(f"the reference unit {', '.join(twice)} is there twice")
        return references

    @model_validator(mode="after")
    def _somebody_approves(self) -> Self:
        if self.typed_labels == "lead" and self.sign_in == "none":
            why = 'typed_labels = "lead" needs people who sign in: sign_in = "badge" or "badge_and_pin"'
            raise Mistakes([Mistake(("typed_labels",), why)])
        return self

    def shift_rules(self, people: People) -> ShiftRules:
        """What this file says of a shift, with the people it is said of."""
        return ShiftRules(
            sign_in=self.sign_in,
            people=people,
            references=self.references,
            reference_hours=self.reference_hours,
            shift_hours=self.shift_hours,
            fail_streak=self.fail_streak,
            typed_labels=self.typed_labels,
        )


class Seat(BaseModel, frozen=True, extra="forbid"):
    """One nest: which places of this PC it is wired to."""

    nest: int = Field(ge=1, le=99, strict=True)
    usb: UsbPlace = Field(
        description="bus and ports of the unit's USB cable, such as 1-1.2: `station doctor` lists them"
    )
    probe: Annotated[str, StringConstraints(min_length=1, max_length=64)] = Field(
        description="serial number of the debug probe"
    )
    instruments: dict[Name, Annotated[str, StringConstraints(min_length=1, max_length=200)]] = Field(
        default={},
        description="measuring instruments: name to VISA resource, such as TCPIP::192.0.2.10::5025::SOCKET",
    )


class ScannerConfig(BaseModel, frozen=True, extra="forbid"):
    """One scanner of a fixture."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _-]*$", max_length=24)] = Field(
        description="as people at the fixture call it; refused scans name it"
    )
    kind: Literal["serial", "wedge"] = Field(
        default="serial", description="wedge: types like a keyboard, and is read at its event device"
    )
    port: str = Field(
        min_length=1, description="serial port, or event device under /dev/input/by-id/; a name on the bench"
    )
    rate: int = Field(default=115200, ge=300, le=4_000_000, strict=True, description="baud of a serial scanner")
    host_ack: Literal["none", "honeywell"] = Field(
        default="none", description="honeywell: the scanner waits to be told whether the station took the scan"
    )
    symbologies: tuple[Symbology, ...] = Field(
        default=(), description="kinds of codes that count; the scanner must send AIM identifiers then"
    )

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.rate in FORBIDDEN_RATES:
            raise ValueError(f"{self.rate} baud is a command to a Particle unit, not a rate to talk at")
        if self.kind == "wedge" and (self.host_ack != "none" or "rate" in self.model_fields_set):
            raise ValueError(f"scanner {self.name!r} types like a keyboard: it has no rate and cannot be told anything")
        return self


class FixtureConfig(BaseModel, frozen=True, extra="forbid"):
    """fixtures/<name>.toml: the iron that holds the nests."""

    name: Slug
    bench: bool = Field(
        default=False, strict=True, description="true for the virtual fixture; ports are then names on the bench"
    )
    controller: str = Field(min_length=1, description="serial port of the fixture's controller")
    scanner: str | None = Field(
        default=None, description="serial port of the only scanner; without any scanner, labels are typed"
    )
    scanners: tuple[ScannerConfig, ...] = Field(default=(), description="several scanners, or one that is not plain")
    declares: tuple[Declaration, ...] = Field(
        default=(),
        description="reset_held: reset is held from power-up until the core is stopped, so no firmware of a unit runs"
        " unasked; shielded: no radio wave leaves or enters. Without either, a cellular unit that is in the product"
        " already is not switched on",
    )
    no_watchdog: Annotated[str, StringConstraints(strip_whitespace=True, min_length=8, max_length=200)] | None = Field(
        default=None,
        description="why the controller has no watchdog; left out, it has one, and without it no unit is powered",
    )
    nests: tuple[Seat, ...] = Field(min_length=1)

    @property
    def watchdog(self) -> float | None:
        """Seconds without a word after which the controller takes reset and power; None where it does not."""
        return WATCHDOG if self.no_watchdog is None else None

    @model_validator(mode="after")
    def _each_its_own(self) -> Self:
        found = []
        for table, key, what, values in (
            ("nests", "nest", "nest", [str(seat.nest) for seat in self.nests]),
            ("nests", "usb", "USB place", [seat.usb for seat in self.nests]),
            ("nests", "probe", "probe", [serial_key(seat.probe) for seat in self.nests]),
            ("scanners", "name", "scanner name", [one.name for one in self.scanners]),
            ("scanners", "port", "scanner port", [one.port for one in self.scanners]),
        ):
            first: dict[str, int] = {}
            for place, one in enumerate(values):
                if first.setdefault(one, place) != place:
                    found.append(Mistake((table, place, key), f"{what} {one} is used by two {table}"))
        if self.scanner is not None and self.scanners:
            found.append(Mistake(("scanner",), "scanner and scanners say the same thing: keep one of them"))
        if found:
            raise Mistakes(found)
        return self

    @property
    def all_scanners(self) -> tuple[ScannerConfig, ...]:
        """Every scanner; the only one, where just its port is given, is called `scanner`."""
        plain = () if self.scanner is None else (ScannerConfig(name="scanner", port=self.scanner),)
        return (*plain, *self.scanners)

    @model_validator(mode="after")
    def _each_instrument_once(self) -> Self:
        """On the bench they are names, and every nest has its own."""
        taken: set[str] = set()
        found = []
        for place, seat in enumerate(self.nests if not self.bench else ()):
            for name, resource in seat.instruments.items():
                at = ("nests", place, "instruments", name)
                if not VISA.match(resource):
                    says = (
                        f"nest {seat.nest}: {name} = {resource!r} is no VISA resource name,"
                        " such as TCPIP::192.0.2.10::5025::SOCKET or USB0::0x0957::0x0607::MY47000000::INSTR"
                    )
                    found.append(Mistake(at, says))
                elif resource.upper() in taken:
                    says = f"instrument {resource} is named twice: it can serve one nest, under one name"
                    found.append(Mistake(at, says))
                taken.add(resource.upper())
        if found:
            raise Mistakes(found)
        return self

    def lacks(self, recipe: Recipe) -> list[Mistake]:
        """The instruments that the recipe reads and a nest does not have, with their places in the recipe."""
        found = []
        there = {name for seat in self.nests for name in seat.instruments}
        for name, ops in recipe.instruments.items():
            without = [str(seat.nest) for seat in self.nests if name not in seat.instruments]
            if without:
                nests, do = ("nests", "do") if len(without) > 1 else ("nest", "does")
                says = (
                    f"op {', '.join(map(str, ops))} reads the instrument {name!r}, which"
                    f" {nests} {', '.join(without)} of {self.name} {do} not have:"
                    f' instruments = {{ {name} = "…" }} in its line; {near(name, there)}'
                )
                found.append(Mistake(recipe.place_of(ops[0], "instrument"), says))
        return found


@dataclass(frozen=True, slots=True)
class Root:
    """The folder that holds configs/, fixtures/ and firmware/."""

    path: Path

    def station(self) -> Sealed[StationConfig]:
        """configs/station.toml. Raises ConfigRefused, as all of these do."""
        return load(self.path / "configs" / "station.toml", StationConfig)

    def fixture(self, name: str) -> Sealed[FixtureConfig]:
        """fixtures/<name>.toml."""
        found = load(self.path / "fixtures" / f"{name}.toml", FixtureConfig)
        return _called(found, found.value.name)

    def recipe(self, name: str) -> Sealed[Recipe]:
        """configs/recipes/<name>.toml."""
        found = load(self.path / "configs" / "recipes" / f"{name}.toml", Recipe)
        return _called(found, found.value.name)

    def release(self, name: str) -> Sealed[Release]:
        """firmware/releases/<name>.toml."""
        found = load(self.path / "firmware" / "releases" / f"{name}.toml", Release)
        return _called(found, f"{found.value.name}-{found.value.version}")

    @property
    def parts(self) -> Path:
        """Where the modules of releases lie; never in git."""
        return self.path / "firmware" / "parts"


def _called(found: Sealed[Model], says: str) -> Sealed[Model]:
    """Refuse a file that says it is another: records would tell of one that nobody finds."""
    if found.path.stem != says:
        raise ConfigRefused(found.wrong("name", why=f"the file is {found.path.name}, and says that it is {says!r}"))
    return found


def default_root() -> Path:
    """The checkout this package runs from, else what the installed package brings."""
    package = Path(__file__).resolve().parent
    checkout = package.parent
    return checkout if (checkout / "configs").is_dir() else package / "share"

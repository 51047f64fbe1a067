"""What a step may ask of the world, and what the engine may ask of the station's surroundings.

A step names the ports it needs in its signature. Drivers answer them; on the bench the same drivers do,
with virtual things behind their wires.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from station.domain.bare import Bare
from station.domain.chip import ChipIdentity
from station.domain.events import Body, Event
from station.domain.flash_map import FlashMap
from station.domain.flash_plan import Flashing, FlashPlan, Moment, Range
from station.domain.ids import DeviceId, Iccid, RunId, SerialNumber
from station.domain.known import Known
from station.domain.release import Loaded, Release
from station.domain.scan import Scan

REQUEST_WITHIN = 5.0
"""Seconds for a whole control request; a design margin, not measured."""

Value = float | str | bool
"""What a question to the factory-test firmware gives and gets."""

Given = Mapping[str, Value]

NOTHING: Given = MappingProxyType({})

Progress = Callable[[Moment], None]
"""Takes how far the work is; may raise Aborted, which stops it within a page."""


class Clock(Protocol):
    """Time; `sleep` may be skipped on the bench, and `now` then moves on as if it had been slept."""

    def now(self) -> float:
        """Monotonic seconds."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        ...


class Power(Protocol):
    """Power and reset of one nest, through the fixture's controller."""

    def set_power(self, on: bool) -> None:
        """Switch the unit's supply. Raises FixtureSilent, FixtureRefused."""
        ...

    def set_reset(self, held: bool) -> None:
        """Hold or let go of the unit's reset line. Raises FixtureSilent, FixtureRefused."""
        ...

    def seconds_powered(self) -> float:
        """How long this unit had power in this run."""
        ...


class Programmer(Protocol):
    """Reads and writes the chip over its debug port. The core stands still from `attach` until `boot`."""

    def begin(self) -> None:
        """Forget the last unit."""
        ...

    def hold(self) -> None:
        """Pull reset through the probe, before power or the fixture lets go of it. Raises ProbeMissing."""
        ...

    def attach(self) -> None:
        """Connect under reset and stop the core before its first instruction.

        Raises ProbeMissing, ProbeLost, TargetSilent, WireNoise, ChipLocked.
        """
        ...

    def identify(self) -> ChipIdentity:
        """What FICR says. Raises ProbeLost, WireNoise."""
        ...

    @property
    def flash(self) -> FlashMap:
        """The pages of the chip this programmer is for."""
        ...

    def read(self, start: int, size: int) -> bytes:
        """What is there. Raises ProbeLost, WireNoise, WireStalled, as all of these do."""
        ...

    def scan(self) -> dict[int, int]:
        """CRC-32 of each page by its start, computed by the chip itself."""
        ...

    def write(self, plan: FlashPlan, progress: Progress) -> Flashing:
        """Do what the plan says and nothing else: erase, then the settings, then the spans in their order.

        Raises EraseFailed, ProgramFailed, RanUnwatched besides; Aborted when `progress` does.
        """
        ...

    def crc(self, ranges: Sequence[Range]) -> list[int]:
        """CRC-32 of each (start, end), computed by the chip itself."""
        ...

    def recover(self) -> None:
        """Open a locked chip by erasing all of it, and stop its core. Raises TargetSilent, EraseFailed besides."""
        ...

    def untouched(self) -> bool:
        """True while the core stands still and was not reset since `attach`. Raises ProbeLost, WireNoise."""
        ...

    def boot(self) -> None:
        """Let go: the core runs from its reset vector and the debug port is left alone."""
        ...

    def seconds_running(self) -> float:
        """How long firmware ran since the first `hold` of this run."""
        ...

    def detach(self) -> None:
        """Leave the core as it is and close the probe; never raises, may be called at any time."""
        ...


class Usb(Protocol):
    """The unit as the USB bus shows it, at this nest's place in the topology."""

    def present(self) -> bool:
        """True when any device is at this place."""
        ...

    def await_unit(self, within: float) -> None:
        """Wait until a Particle device is at this place. Raises DidNotBoot."""
        ...

    def device_id(self) -> DeviceId:
        """The serial-number descriptor. Raises LinkLost, NoAnswer."""
        ...

    def platform_id(self) -> int:
        """From the USB product id. Raises LinkLost, NoAnswer."""
        ...

    def in_dfu_mode(self) -> bool:
        """True for a unit whose bootloader is on USB, not its firmware. Raises LinkLost, NoAnswer."""
        ...

    def request(
        self, number: int, payload: bytes = b"", *, within: float = REQUEST_WITHIN, modem: bool = False
    ) -> bytes:
        """One control request (Device OS, system/inc/system_control.h); `modem` when the recipe lets it be powered.

        Raises OfflineRule before anything is sent, LinkLost, NoAnswer, RequestRefused.
        """
        ...

    def raw(self, number: int) -> bytes:
        """One vendor request without a session, which the USB interrupt answers by itself. Raises the same."""
        ...


class Link(Protocol):
    """Talk with the unit's firmware over USB serial."""

    def ask(self, question: str, within: float, given: Given = NOTHING) -> dict[str, Value]:
        """Put a question to the factory-test firmware. Raises NoAnswer, Babble, LinkLost, TestFailed."""
        ...

    def identify(self, within: float) -> tuple[DeviceId, SerialNumber | None]:
        """Device id and serial number from listening mode; the secret it prints is dropped.

        Raises NoAnswer, Babble, LinkLost.
        """
        ...

    def diagnostics(self, within: float) -> dict[str, int]:
        """Diagnostics from listening mode, by name. Raises NoAnswer, Babble, LinkLost."""
        ...

    def close(self) -> None:
        """Let go of the port; the next talk finds it again. Never raises."""
        ...


class Instruments(Protocol):
    """The measuring instruments of one nest, by the names the fixture's file gives them."""

    def names(self) -> frozenset[str]:
        """Those there are."""
        ...

    def setup(self, name: str, commands: Sequence[str]) -> None:
        """Begin to use an instrument: open it, or find that it is still there, and send it SCPI commands.

        Each command is checked by the instrument's own error queue. Raises InstrumentSilent, InstrumentRefused.
        """
        ...

    def read(self, name: str, query: str) -> float:
        """The finite number a SCPI query answers with; an instrument that was lost since `setup` stays so.

        Raises the same.
        """
        ...

    def identity(self, name: str) -> str:
        """Maker, model, serial number and version, as told when it was opened. Raises InstrumentSilent before that."""
        ...

    def close(self) -> None:
        """Let go of all of them; never raises."""
        ...


class Firmware(Protocol):
    """The sealed firmware of this station."""

    def load(self, release: Release) -> list[Loaded]:
        """Read every part, check its hash and the whole set; these very bytes are flashed.

        Raises FileChanged, ReleaseRefused.
        """
        ...

    def bare(self, release: Release) -> list[Bare]:
        """What the release brings without a module header: boot record, words of UICR. Raises the same."""
        ...


class Ledger(Protocol):
    """The journal as the engine sees it."""

    def append(self, bodies: Sequence[Body], run: RunId | None) -> list[Event]:
        """Store these facts in one transaction; they are on disk when this returns. Raises JournalFull."""
        ...

    def open_runs(self) -> list[RunId]:
        """Runs that were started and have no verdict."""
        ...

    def known(self, device: DeviceId | None, serial: SerialNumber | None, iccid: Iccid | None = None) -> Known:
        """What all history says of a unit with any of these identifiers."""
        ...


@dataclass(frozen=True, slots=True)
class Relays:
    """How a nest's relays stand: power on, reset held."""

    power: bool = False
    reset: bool = True

    @property
    def runs(self) -> bool:
        """What sits there may run."""
        return self.power and not self.reset

    @property
    def safe(self) -> bool:
        """Reset held, power off."""
        return self.reset and not self.power


class Fixture(Protocol):
    """The fixture's controller, for all nests. Whatever it is asked feeds its watchdog."""

    def identity(self) -> str:
        """What the controller answers to *IDN?. Raises FixtureSilent, FixtureRefused."""
        ...

    def set_power(self, nest: int, on: bool) -> None:
        """Done, and read back; switched on with the watchdog armed only. Raises FixtureSilent, FixtureRefused."""
        ...

    def set_reset(self, nest: int, held: bool) -> None:
        """Done, and read back. Raises FixtureSilent, FixtureRefused."""
        ...

    def relays(self, nest: int) -> Relays:
        """How they stand now. Raises FixtureSilent, FixtureRefused."""
        ...

    def prove_watchdog(self, nest: int) -> None:
        """See that power and reset of a nest are taken when nobody feeds the watchdog; then all nests are safe.

        What sits in the nest never runs meanwhile. Raises FixtureSilent, FixtureRefused, NoWatchdog.
        """
        ...

    def lids(self) -> dict[int, bool]:
        """Nest to lid closed. Raises FixtureSilent, FixtureRefused."""
        ...

    def seats(self) -> dict[int, bool]:
        """Nest to unit seated; empty where the controller cannot tell. Raises FixtureSilent, FixtureRefused."""
        ...

    def close(self) -> None:
        """Let go of the port."""
        ...


class Scanner(Protocol):
    """Where labels come from."""

    def read(self, within: float) -> Scan | None:
        """The next scan, or None when nothing came in time. Raises OSError when the scanner is gone."""
        ...

    def judged(self, accepted: bool) -> None:
        """Let the operator hear what became of the last scan, where the scanner can tell. Raises OSError."""
        ...

    def close(self) -> None:
        """Let go of the port."""
        ...


FindTty = Callable[[str], Path | None]
"""USB place to the serial device node that is there now."""

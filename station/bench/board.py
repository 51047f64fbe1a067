"""One unit's truth: ids, flash, rails, radio, and everything it ever did, remembered for ever."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from station.bench import modules
from station.bench.around import Around
from station.bench.boot import Boot, Kind, boot
from station.bench.chip import Nrf52840
from station.bench.clock import VirtualClock
from station.bench.cortex import DCRSR, DHCSR, S_HALT
from station.bench.supply import Supply
from station.bench.traits import Ailments, Traits
from station.domain.ids import DeviceId, SerialNumber, nrf52840_device_id
from station.domain.platform import Platform

BOOT_SECONDS = 0.9  # from reset to USB; assumed, a Boron shows on USB about a second after reset
RESUME_SECONDS = 0.1  # USB comes back when a halted core goes on; assumed
CONNECT_SECONDS = 2.0  # from there to the first attempt; assumed, far quicker than any modem: the worst case
ORDERED_CONNECT_SECONDS = 0.1  # from control request 301 to the attempt; assumed
REENUMERATION_SECONDS = 0.3  # assumed
DELAYED_RESET_SECONDS = 1.0  # Device OS, system/src/control: reset requests are answered first, done a second later


class Mode(StrEnum):
    """What a running unit shows on USB."""

    NORMAL = "normal"
    LISTENING = "listening"
    DFU = "dfu"


@dataclass(frozen=True, slots=True)
class Contact:
    """The unit reached the cloud: its billing has begun. `at` is seconds on the unit's own clock."""

    at: float
    firmware: str


@dataclass(frozen=True, slots=True)
class Run:
    """Firmware was let run out of reset."""

    at: float
    firmware: str


class Chip(Nrf52840):
    """The chip on a board: its reset pad may have no contact, a rail of the board may be shorted so that it never
    powers up, and a spike on nRESET may be waiting for its moment."""

    reset_pad_open = False
    shorted_rail = ""
    spike_awaited = False
    supplied, supply_ups = False, 0
    """Whether the fixture feeds the board, and how often it began to."""
    _run_control_pending = False

    def power(self, on: bool) -> None:
        """As the chip, if the board lets it have any."""
        self.supply_ups += on and not self.supplied
        self.supplied = on
        super().power(on and not self.shorted_rail)

    def pull_reset(self, by: str, low: bool) -> None:
        """As the chip, if the pad is touched."""
        if not self.reset_pad_open:
            super().pull_reset(by, low)

    def spike(self) -> None:
        """The core starts over, and the debugger's vector catch is gone."""
        self.core.clear_debug()
        super().pull_reset("spike", low=True)
        super().pull_reset("spike", low=False)

    def write(self, address: int, value: int, size: int = 4) -> None:
        """As the chip."""
        super().write(address, value, size)
        if address in (DHCSR, DCRSR):
            self._run_control_pending = True

    def read(self, address: int, size: int = 4) -> int:
        """As the chip; an awaited spike comes when the debugger asks, out of the blue, whether the core stands."""
        if address != DHCSR:
            return super().read(address, size)
        asks = not self._run_control_pending
        if self.spike_awaited and asks and boot(self.flash.view, self.uicr.view).kind is Kind.PRODUCT:
            self.spike_awaited = False
            self.spike()
        value = super().read(address, size)
        if value & S_HALT:
            self._run_control_pending = False
        return value


class Wires(Protocol):
    """Where the unit's USB goes: the nest it sits in."""

    def show_usb(self, mode: Mode | None) -> None:
        """The unit attached in this mode, or went away."""
        ...


class Board:
    """A unit on the bench. Not thread-safe: whoever calls holds the lock of the nest it sits in."""

    def __init__(self, number: int, platform: Platform, born: Traits, pace: float | None) -> None:
        self.number, self.platform, self.born = number, platform, born
        self.ailments = Ailments()
        self.clock = VirtualClock(pace)
        self.chip = Chip(self.clock, device_id=born.device_words)
        self.chip.on_run, self.chip.on_stop = self._on_run, self._on_stop
        for address, data in modules.factory_fresh(platform.name).items():
            self.chip.poke(address, data)
        self.wires: Wires | None = None
        self.contacts: list[Contact] = []
        self.runs: list[Run] = []
        self.running: Boot | None = None
        self.mode: Mode | None = None
        self.around, self.supply = Around(), Supply(self)
        self.asleep = False
        self.boot_number = 0
        """What the firmware that runs drew at its start: another one each time."""
        self.connected = False
        self.cloud_attempts = self.network_attempts = 0
        self._began_us = 0
        self._resets_seen = -1
        self._safe_mode_next = False
        self._pending: list[Callable[[], None]] = []
        self._pending_connect: Callable[[], None] | None = None

    # Who it is

    @property
    def chip_id(self) -> DeviceId:
        """The id that follows from the chip."""
        return nrf52840_device_id(*self.born.device_words)

    @property
    def device_id(self) -> DeviceId:
        """The id the unit tells."""
        return self.ailments.told_id or self.chip_id

    @property
    def serial(self) -> SerialNumber:
        """The serial number the unit tells."""
        return self.ailments.told_serial or self.born.serial

    @property
    def seconds(self) -> float:
        """Now, on the unit's own clock."""
        return self.clock.now / 1e6

    @property
    def uptime(self) -> float:
        """Seconds since the firmware that runs was let run."""
        return (self.clock.now - self._began_us) / 1e6 if self.running else 0.0

    @property
    def system_version(self) -> int:
        """Version number of the system part that runs, 6200 for 6.2.0; 0 when none does."""
        return self.running.system.version if self.running and self.running.system else 0

    def amps(self) -> float:
        """What it draws at the fixture's supply now."""
        return self.supply.amps()

    def volts(self, rail: str) -> float:
        """What a rail carries now. Raises ValueError for one it does not have."""
        return self.supply.volts(rail)

    def diagnostics(self) -> dict[str, int]:
        """What Device OS counts since boot (services/inc/diagnostics.h)."""
        return {
            "sys:uptime": int(self.uptime),
            "net:stat": 5 if self.connected else 2,
            "net:connatt": self.network_attempts,
            "net:dconn": 0,
            "cloud:stat": 2 if self.connected else 0,
            "cloud:connatt": self.cloud_attempts,
            "cloud:dconn": 0,
        }

    # What its core does

    def _on_run(self) -> None:
        fresh = self.chip.wear.resets != self._resets_seen
        self._resets_seen = self.chip.wear.resets
        if fresh or self.running is None:
            self._start()
        if self.running is None or self.running.kind is Kind.DEAD:
            return
        self._later(BOOT_SECONDS if fresh else RESUME_SECONDS, self._appear)

    def _start(self) -> None:
        """Out of reset: the counters begin anew, and the boot is remembered."""
        decided = boot(self.chip.flash.view, self.chip.uicr.view)
        if self._safe_mode_next and decided.kind is not Kind.DEAD:
            decided = Boot(Kind.SAFE_MODE, "asked for", decided.system, decided.user, decided.modules)
        self._safe_mode_next = False
        self.running = decided
        self.around.restart()
        self.boot_number = zlib.crc32(f"{self.chip_id} {self.clock.now} {len(self.runs)}".encode()) or 1
        self.cloud_attempts = self.network_attempts = 0
        self._began_us = self.clock.now
        if decided.kind is not Kind.DEAD:
            self.runs.append(Run(self.seconds, decided.kind.value))

    def _on_stop(self) -> None:
        """Reset, no supply, or a debugger's halt: nothing goes on, and USB is gone."""
        for forget in self._pending:
            forget()
        self._pending.clear()
        self._pending_connect = None
        self.connected = self.asleep = False
        self._show(None)
        if not self.chip.core.halted:
            self.running = None
            self.around.restart()

    def _appear(self) -> None:
        self._show(Mode.NORMAL)
        self._schedule_connect()

    def _show(self, mode: Mode | None) -> None:
        if mode is not self.mode:
            self.mode = mode
            if self.wires is not None:
                self.wires.show_usb(mode)

    def _later(self, seconds: float, what: Callable[[], None]) -> Callable[[], None]:
        """Have something happen in a while, unless the core stops before."""
        forget = self.clock.call_at(self.clock.now + round(seconds * 1e6), what)
        self._pending.append(forget)
        return forget

    # The radio

    def _schedule_connect(self) -> None:
        if self.running is None or self._pending_connect is not None:
            return
        if self.ailments.phones_home:
            self.connect()
        elif self.running.connects:
            self._pending_connect = self._later(CONNECT_SECONDS, self.connect)

    def connect(self) -> None:
        """Reach the cloud. Nothing on the bench or on iron takes this back."""
        if self.running is None or self.mode is Mode.DFU:
            return
        self._pending_connect = None
        self.network_attempts += 1
        self.cloud_attempts += 1
        self.connected = True
        self.contacts.append(Contact(self.seconds, self.running.kind.value))

    def disconnect(self) -> None:
        """Leave the cloud and do not come back by itself."""
        self.connected = False
        if self._pending_connect is not None:
            self._pending_connect()
            self._pending_connect = None

    # What it is told over USB

    def listen(self, on: bool) -> None:
        """Enter or leave listening mode; left, firmware that connects goes on to do so."""
        if self.mode is None or self.mode is Mode.DFU:
            return
        if on:
            self.disconnect()
            self.mode = Mode.LISTENING
        elif self.mode is Mode.LISTENING:
            self.mode = Mode.NORMAL
            self._schedule_connect()

    def connect_soon(self) -> None:
        """What control request 301 does, in any firmware."""
        self._later(ORDERED_CONNECT_SECONDS, self.connect)

    def reset_soon(self, safe_mode: bool = False) -> None:
        """Reset itself a second from now."""

        def reset() -> None:
            self._safe_mode_next = safe_mode
            self.chip.soft_reset()

        self._later(DELAYED_RESET_SECONDS, reset)

    def sleep_soon(self, after: float, seconds: float) -> None:
        """Go to sleep in a moment, off the USB bus, and wake by itself: the same start of the firmware goes on."""

        def wake() -> None:
            self.asleep = False
            self._later(REENUMERATION_SECONDS, lambda: self._show(Mode.NORMAL))

        def sleep() -> None:
            self.asleep, self.around.load_on = True, False
            self._show(None)
            self._later(seconds, wake)

        self._later(after, sleep)

    def press(self) -> None:
        """Somebody presses the MODE button, once and shortly; firmware that runs hears it, unless it listens."""
        if self.running is not None and self.mode is not Mode.LISTENING and not self.asleep:
            self.around.presses += 1

    def dfu_soon(self, seconds: float = DELAYED_RESET_SECONDS) -> None:
        """Enter DFU mode: the unit leaves USB and comes back as another device that runs no firmware."""

        def leave() -> None:
            self.disconnect()
            self._show(None)
            self._later(REENUMERATION_SECONDS, lambda: self._show(Mode.DFU))

        self._later(seconds, leave)

"""One unit's truth: ids, flash, rails, radio, and everything it ever did, remembered for ever."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from station.bench import modules
from station.bench.around import Around
from station.bench.boot import Boot, Kind, There, boot
from station.bench.chip_on_board import Chip
from station.bench.clock import VirtualClock
from station.bench.connection import CLOUD_STATUSES, HANDSHAKE_SECONDS, Connection, Ended
from station.bench.inventory import Listed, inventory
from station.bench.p256 import key_of
from station.bench.protection import Lock
from station.bench.supply import Supply
from station.bench.traits import Ailments, Traits
from station.bench.update import Taken, Update
from station.bench.updated import install, store
from station.domain.device_os import os_release
from station.domain.firmware import Function
from station.domain.ids import DeviceId, SerialNumber, nrf52840_device_id
from station.domain.on_unit import AssetOnUnit, Protection
from station.domain.platform import Platform

BOOT_SECONDS = 0.9  # from reset to USB; assumed, a Boron shows on USB about a second after reset
RESUME_SECONDS = 0.1  # USB comes back when a halted core goes on; assumed
CONNECT_SECONDS = 2.0  # from there to the cloud; assumed, far quicker than any modem: the worst case
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
        self.online = Connection(self.later, lambda: self.seconds, self._reached)
        self.claimed = False
        self._listens_at_start: int | None = None  # the supply it was told so on: a reset keeps it, a loss does not
        self.lock = Lock(
            lambda: self.device_id,
            key_of(f"unit {born.device_words}"),
            self._bootloader_locks,
            lambda: self.seconds,
        )
        self.assets: dict[str, AssetOnUnit] = {}
        """Files in its asset storage, by name."""
        self.update = Update(platform.id, lambda: self.there, lambda: self.lock.state, self._updated)
        self._waiting: list[Taken] = []
        self._began_us = 0
        self._resets_seen = -1
        self._safe_mode_next = False
        self._pending: list[Callable[[], None]] = []
        self._falls_asleep: Callable[[], None] | None = None

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
    def connected(self) -> bool:
        """True while the unit is with the cloud."""
        return self.online.cloud == "connected"

    @property
    def cloud_attempts(self) -> int:
        """As Device OS counts them."""
        return self.online.cloud_attempts

    @property
    def network_attempts(self) -> int:
        """As Device OS counts them."""
        return self.online.network_attempts

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

    @property
    def release(self) -> str:
        """The Device OS that runs, as it calls itself."""
        return os_release(self.system_version)

    @property
    def inventory(self) -> list[Listed]:
        """The modules that the firmware lists."""
        return inventory(self.chip.flash.view, self.chip.uicr.view, self.there)

    @property
    def led(self) -> str:
        """What a person sees of the status LED: a colour it was told, off, or what Device OS makes of it."""
        lit = self.chip.core.running and not self.asleep and not self.ailments.led_dark
        return self.around.led if lit else "off"

    def diagnostics(self) -> dict[str, int | None]:
        """What Device OS counts since boot (services/inc/diagnostics.h); None is a value it has not."""
        online = self.online
        network = 4 if online.network_up else 2 if self.mode is Mode.LISTENING else 0
        return {
            "sys:uptime": int(self.uptime),
            "net:stat": network,
            "net:err": 0,
            "cloud:stat": CLOUD_STATUSES.index(online.cloud),
            "net:dconn": 0,
            "cloud:err": 0,
            "cloud:dconn": online.losses,
            "pub:limit": 0,
            "coap:retransmit": 0,
            "coap:unack": 0,
            "coap:transmit": online.messages,
            "sys:tram": None,
            "sys:uram": None,
            "net:connatt": online.network_attempts,
            "net:dconnrsn": int(online.left_network),
            "cloud:connatt": online.cloud_attempts,
            "cloud:dconnrsn": int(online.ended),
            "coap:roundtrip": 0,
            "net:sigstr": None,
            "net:sigqual": None,
            "net:sigqualv": None,
            "net:at": 1,
            "net:sigstrv": None,
            "sys:protected": int(self.lock.state is Protection.PROTECTED),
        }

    @property
    def there(self) -> There:
        """What the firmware that runs finds of itself."""
        return self.running.there if self.running else There((), 0)

    def _bootloader_locks(self) -> bool:
        return self.running is not None and any(one.protects for one in self.running.modules)

    # What its core does

    def _on_run(self) -> None:
        fresh = self.chip.wear.resets != self._resets_seen
        self._resets_seen = self.chip.wear.resets
        if fresh or self.running is None:
            self._start()
        if self.running is not None and self.running.kind is not Kind.DEAD:
            self.later(BOOT_SECONDS if fresh else RESUME_SECONDS, self._appear)

    def _start(self) -> None:
        """Out of reset: the counters begin anew, and the boot is remembered."""
        for one in self._waiting:
            install(self.chip, *one)
        self._waiting.clear()
        decided = boot(self.chip.flash.view, self.chip.uicr.view, {one.sha256 for one in self.assets.values()})
        if self._safe_mode_next and decided.runs:
            decided = replace(decided, kind=Kind.SAFE_MODE, why="asked for")
        self._safe_mode_next = False
        self.running = decided
        self.around.restart()
        self.boot_number = zlib.crc32(f"{self.chip_id} {self.clock.now} {len(self.runs)}".encode()) or 1
        self.online.started()
        self.lock.started()
        match self.lock.state:
            case Protection.PROTECTED:
                self.chip.shut_by_firmware()
            case Protection.SERVICE:
                self.chip.opened_by_firmware()
            case Protection.OPEN:
                pass
        self.update.cancel()
        self._began_us = self.clock.now
        if decided.runs:
            self.runs.append(Run(self.seconds, decided.kind.value))

    def _on_stop(self) -> None:
        """Reset, no supply, or a debugger's halt: nothing goes on, and USB is gone."""
        for forget in self._pending:
            forget()
        self._pending.clear()
        self.online.stopped()
        self.asleep = False
        self._show(None)
        if not self.chip.core.halted:
            self.running = None
            self.around.restart()

    def _appear(self) -> None:
        if self.running is not None and not self.running.runs:
            self._show(Mode.DFU)
            return
        listens = self.running is not None and self.running.connects and self._listens_instead()
        self._show(Mode.LISTENING if listens else Mode.NORMAL)
        if not listens:
            self._schedule_connect()

    def _show(self, mode: Mode | None) -> None:
        if mode is not self.mode:
            self.mode = mode
            if self.wires is not None:
                self.wires.show_usb(mode)

    def later(self, seconds: float, what: Callable[[], None]) -> Callable[[], None]:
        """Have something happen in a while, unless the core stops before."""
        forget = self.clock.call_at(self.clock.now + round(seconds * 1e6), what)
        self._pending.append(forget)
        return forget

    # The radio

    def _schedule_connect(self) -> None:
        if self.running is None:
            return
        if self.ailments.phones_home:
            self._attempt()
        elif self.running.connects:
            self.online.attempt_in(CONNECT_SECONDS - HANDSHAKE_SECONDS)

    def _attempt(self) -> None:
        if self.running is None or self.mode is Mode.DFU:
            return
        if self._listens_instead():
            self.listen(on=True)
        else:
            self.online.attempt()

    def _listens_instead(self) -> bool:
        """Whether it was told to listen at its next start; the first attempt to connect asks for it, and nothing else.

        Source: Device OS 6.2, system/src/system_network_manager_api.cpp, testAndClearListeningModeFlag.
        """
        listens, self._listens_at_start = self._listens_at_start == self.chip.power_ups, None
        return listens

    def connect(self) -> None:
        """Reach the cloud at once. Nothing on the bench or on iron takes this back."""
        if self.running is not None and self.mode is not Mode.DFU:
            self.online.connect()

    def _reached(self) -> None:
        if self.running is not None:
            self.contacts.append(Contact(self.seconds, self.running.kind.value))

    def disconnect(self, why: Ended = Ended.USER, network: bool = True) -> None:
        """Leave the cloud, and the network with it, and do not come back by itself."""
        self.online.end(why, network)

    # What it is told over USB

    def listen(self, on: bool) -> None:
        """Enter or leave listening mode; left, firmware that connects goes on to do so."""
        if self.mode is None or self.mode is Mode.DFU:
            return
        if on:
            self.disconnect(Ended.LISTENING)
            self.mode = Mode.LISTENING
        elif self.mode is Mode.LISTENING:
            self.mode = Mode.NORMAL
            self._schedule_connect()

    def listen_at_start(self, on: bool) -> None:
        """What control request 75 does: listen in place of the next attempt to connect, once."""
        self._listens_at_start = self.chip.power_ups if on else None

    def connect_soon(self) -> None:
        """What control request 301 does, in any firmware."""
        self.later(ORDERED_CONNECT_SECONDS, self._attempt)

    def reset_soon(self, safe_mode: bool = False) -> None:
        """Reset itself a second from now."""

        def reset() -> None:
            self._safe_mode_next = safe_mode
            self.chip.soft_reset()

        self.later(DELAYED_RESET_SECONDS, reset)

    def reset_now(self) -> None:
        """Reset itself in the middle of whatever it is doing."""
        self.chip.soft_reset()

    def _updated(self, taken: list[Taken]) -> None:
        """An update was taken: assets are stored at once, the bootloader writes the rest at the reset that comes."""
        user = self.running.user if self.running else None
        for one in taken:
            if one[0].function is Function.ASSET:
                store(self.assets, one, user)
        self._waiting = [one for one in taken if one[0].function not in (Function.ASSET, Function.NCP)]
        self.reset_soon()

    def sleep_soon(self, after: float, seconds: float) -> None:
        """Go to sleep in a moment, off USB and network, and wake by itself: the same start of the firmware goes on.

        Told twice before it sleeps, it does as it was told last. Time goes on meanwhile, and a connection that sleep
        ended is made again (Device OS, hal/src/nRF52840/sleep_hal.cpp and system/src/system_sleep.cpp).
        """

        def sleep() -> None:
            if self.mode is None or self.mode is Mode.DFU:
                return
            mode, self.asleep, self.around.load_on = self.mode, True, False
            wanted = self.online.sleep()
            self._show(None)
            self.later(seconds, lambda: wake(mode, wanted))

        def wake(mode: Mode, wanted: bool) -> None:
            self.asleep = False
            if wanted:
                self.online.attempt()
            self.later(REENUMERATION_SECONDS, lambda: self._show(mode))

        if self._falls_asleep is not None:
            self._falls_asleep()
        self._falls_asleep = self.later(after, sleep)

    def press(self) -> None:
        """Somebody presses the MODE button, once and shortly; firmware that runs hears it, unless it listens."""
        awake = self.chip.core.running and self.mode is not Mode.LISTENING and not self.asleep
        if self.running is not None and awake and not self.ailments.button_stuck:
            self.around.presses += 1

    def dfu_soon(self, seconds: float = DELAYED_RESET_SECONDS) -> None:
        """Enter DFU mode: the unit leaves USB and comes back as another device that runs no firmware."""

        def leave() -> None:
            self.disconnect()
            self._show(None)
            self.later(REENUMERATION_SECONDS, lambda: self._show(Mode.DFU))

        self.later(seconds, leave)

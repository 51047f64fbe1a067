"""One virtual unit on the bench's wires, in this process, whose own time is the station's clock."""

import hashlib
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from station.bench import modules
from station.bench.chip import Nrf52840
from station.bench.clock import VirtualClock
from station.bench.cmsis_dap import Firmware, ProbePlug, Usb
from station.bench.dap import Dap, DebugPort
from station.bench.nvmc import Timing
from station.bench.wires.dap import probe_at
from station.codec import module
from station.domain.release import Loaded, Part
from station.drivers.swd import SwdProgrammer

FIXTURE = "fixture"
SERIAL = "BENCH0001"


class ChipClock:
    """Implements ports.Clock by the chip's own time: only wires, flash and sleeps advance it."""

    def __init__(self, clock: VirtualClock, lock: threading.RLock) -> None:
        self._clock, self._lock = clock, lock

    def now(self) -> float:
        return self._clock.now / 1e6

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            with self._lock:
                self._clock.advance(max(1.0, seconds * 1e6))  # what is less than the clock can show would never end


class VirtualUnit:
    """A unit without power, wired to a probe that is plugged in; `close` pulls the plug."""

    def __init__(
        self,
        folder: Path,
        cells: Mapping[int, bytes],
        *,
        build: str = "AAD0",
        timing: Timing | None = None,
        usb: Usb | None = None,
        device_id: tuple[int, int] = (0x1122_3344, 0x5566_7788),
    ) -> None:
        """`folder` is short enough for a socket; `cells` is what the unit carries, by address."""
        self.folder, self.lock = folder, threading.RLock()
        self.time = VirtualClock(skips=False)
        self.clock = ChipClock(self.time, self.lock)
        self.chip = Nrf52840(self.time, build=build, timing=timing, device_id=device_id)
        for address, data in cells.items():
            self.chip.poke(address, data)
        self.firmware = Firmware(Dap(self.chip), SERIAL, usb)
        self.plug = ProbePlug(folder / "probe", self.firmware, self.lock)
        self.plug.plug()

    @property
    def dap(self) -> DebugPort:
        """The debug port that the probe's wires touch."""
        return self.firmware.dap

    def programmer(self) -> SwdProgrammer:
        """The station's own programmer on this unit."""
        bulk = self.firmware.usb.is_bulk
        return SwdProgrammer(lambda: probe_at(self.plug.path, SERIAL, bulk=bulk), self.clock, self.folder / "project")

    def seat(self) -> None:
        """Reset is held, the supply comes on: what the fixture does before the programmer holds reset itself."""
        with self.lock:
            self.chip.pull_reset(FIXTURE, low=True)
            self.chip.power(on=False)
            self.chip.power(on=True)

    def let_go(self) -> None:
        """The fixture lets go of reset."""
        with self.lock:
            self.chip.pull_reset(FIXTURE, low=False)

    def close(self) -> None:
        """Pull the probe's plug."""
        self.plug.unplug()


def loaded(file: modules.File) -> Loaded:
    """A module of the bench as the station loads one."""
    sha256 = hashlib.sha256(file.data).hexdigest()
    kinds = {"bootloader": "bootloader", "softdevice": "softdevice", "system": "system"}
    part = Part.model_validate(
        {"kind": kinds.get(file.kind, "user"), "file": file.name, "version": file.version, "sha256": sha256}
    )
    return Loaded(part, module.read(file.data), file.data)


def gen3_set(seed: int) -> list[Loaded]:
    """SoftDevice, system part, user part and bootloader of true size, with the contents of this seed."""
    number = 13  # Boron (Device OS, platforms.h)
    return [loaded(file) for file in _files(number, seed, seed)]


def gen3_set_with_other_user_part(seed: int) -> list[Loaded]:
    """The same set with another version of the user part."""
    return [loaded(file) for file in _files(13, seed, seed + 1)]


def _files(platform: int, seed: int, user_seed: int) -> Sequence[modules.File]:
    needs = ()
    system = modules.system_part(platform, 6200 + seed, modules.SYSTEM_START, 544 * 1024, needs)
    user = modules.user_part(platform, "product", modules.USER_START, 120 * 1024, 6200, 14 + user_seed)
    return (
        modules.File("bootloader", "bootloader.bin", 3100 + seed, modules.bootloader(platform, 3100 + seed)),
        modules.File("softdevice", "softdevice.bin", 202 + seed, modules.softdevice(platform, 202 + seed)),
        modules.File("system", "system-part1.bin", 6200 + seed, system),
        modules.File("user", "product.bin", 6, user),
    )

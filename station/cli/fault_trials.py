"""One fault on one virtual unit in mid-flash, and what came of it: judged by the cells, then seated again.

The sets are small, a few pages in every region, so that ten thousand faults take minutes; plan, driver and steps are
those of the line.
"""

import os
import random
import struct
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from station.bench import modules, wire_faults
from station.bench.chip import Nrf52840
from station.cli.notebook import Ledger, op_of
from station.cli.virtual_unit import FIXTURE, VirtualUnit, loaded
from station.codec.module import build
from station.domain.boot_record import HW_DISABLED
from station.domain.chip import FLASH_SIZE, UICR, UICR_APPROTECT, UICR_BOOTLOADER, UICR_RESET_PIN, USER_PART_END
from station.domain.events import Identified
from station.domain.faults import BUG, Fault, RanUnwatched
from station.domain.firmware import Flag, Function
from station.domain.ids import SerialNumber
from station.domain.label import Label
from station.domain.release import Loaded, Part
from station.drivers.firmware_files import FirmwareFiles
from station.steps.attach import stop_core
from station.steps.program import Job
from station.wiring import Selected

PASSED = "PASS"
SERIAL = SerialNumber("B40KBN0001ABCDE")
BORON = 13
DEVICE_ID = 0x10000060
"""FICR.DEVICEID (nRF52840 PS v1.11, FICR)."""

AGAIN = 2
"""How often a unit may be seated again until it passes."""


class Kind(StrEnum):
    """What goes wrong."""

    POWER_CUT_AT_WORD = "power cut at a word"
    POWER_CUT_IN_ERASE = "power cut in an erase"
    POWER_CUT_AT_TRANSFER = "power cut at a transfer"
    PROBE_UNPLUGGED = "probe unplugged"
    NOISE = "noise on the wire"
    WAIT_STORM = "WAIT storm"
    STUCK_BITS = "stuck bits"
    CHIP_SWAPPED = "chip swapped"
    LOCKED = "locked in mid-run"
    FILE_SWAPPED = "file swapped"


LASTS = frozenset({Kind.STUCK_BITS, Kind.LOCKED})
"""What does not go away by seating: bad cells, and a port that locked itself, which only `recover` opens."""


class Old(StrEnum):
    """What the unit carries before."""

    OTHER_RELEASE = "another release"
    OTHER_USER_PART = "another user part"
    JUNK = "junk everywhere"


@dataclass(frozen=True, slots=True)
class Came:
    """What came of one fault: the first run's end, and whether anything is wrong with that."""

    kind: Kind
    index: int
    code: str
    wrong_passed: bool
    recovered: bool
    must_fail: bool


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a run without a fault does: the moments a fault may choose from."""

    words: int
    erases: int
    transfers: int
    packets: int


def small_set(seed: int, user: int) -> list[Loaded]:
    """Bootloader, SoftDevice, system part and user part of one to three pages each."""
    dice = random.Random(f"{seed} set")

    def noise(size: int, salt: int = 0) -> bytes:
        return random.Random(f"{seed} {salt} {size}").randbytes(size)

    files = (
        ("bootloader", 3100, build(noise(0xE00), function=Function.BOOTLOADER, version=3100, platform=BORON,
                                   start=modules.BOOTLOADER_START, prefix_offset=modules.PREFIX_OFFSET)),
        ("softdevice", 202, build(noise(0xF00), function=Function.RADIO, version=202, platform=BORON,
                                  start=modules.SOFTDEVICE_START, flags=Flag.DROP_MODULE_INFO)),
        ("system", 6200, build(noise(0x1800 + dice.randrange(64) * 4), function=Function.SYSTEM, version=6200,
                               platform=BORON, start=modules.SYSTEM_START, index=1,
                               prefix_offset=modules.PREFIX_OFFSET)),
        ("user", 6, build(noise(0x1100, user), function=Function.USER, version=6, platform=BORON,
                          start=modules.USER_START, index=2)),
    )  # fmt: skip
    return [loaded(modules.File(kind, f"{kind}.bin", version, data)) for kind, version, data in files]


def boot_page() -> bytes:
    """A boot record of a true one's size; synthetic."""
    return struct.pack("<II", 0x2000_0400, 0xA81) + random.Random("mbr").randbytes(0xB00 - 8)


def settings(build_code: str) -> dict[int, int]:
    """The words of UICR that a good unit has."""
    words = {UICR_BOOTLOADER: modules.BOOTLOADER_START, **dict.fromkeys(UICR_RESET_PIN, modules.RESET_PIN)}
    return words | ({UICR_APPROTECT: HW_DISABLED} if build_code >= "AAF0" else {})


def _cells(parts: Sequence[Loaded], build_code: str) -> dict[int, bytes]:
    cells = {one.image.start: one.image.data for one in parts} | {0: boot_page()}
    return cells | {address: word.to_bytes(4, "little") for address, word in settings(build_code).items()}


class Trial:
    """One unit, one release, one ledger; runs as many times as it is seated."""

    def __init__(self, selected: Selected, folder: Path, seed: int) -> None:
        dice = random.Random(f"{seed} unit")
        self._selected, self._folder = selected, folder
        self.build = dice.choice(("AAD0", "AAF0"))
        self.old = dice.choice(list(Old))
        self.parts = small_set(seed, user=1)
        before = {
            Old.OTHER_RELEASE: lambda: small_set(seed + 1_000_000, user=2),
            Old.OTHER_USER_PART: lambda: small_set(seed, user=2),
            Old.JUNK: lambda: small_set(seed + 2_000_000, user=3),
        }[self.old]()
        self.unit = VirtualUnit(folder, _cells(before, self.build), build=self.build)
        if self.old is Old.JUNK:
            for _ in range(6):
                start = dice.randrange(0x30000, FLASH_SIZE, 4)
                self.unit.chip.poke(start, dice.randbytes(min(64, FLASH_SIZE - start)))
        self.chip = self.unit.chip
        self.other: Nrf52840 | None = None
        self.made: Nrf52840 | None = None
        self.identified = ""
        self.ledger = Ledger()

    def run(self, parts: Callable[[], Sequence[Loaded]] | None = None) -> str:
        """Power, stop the core, flash Device OS, then the product, look whether it ran; the code it ended with."""
        unit, load = self.unit, parts or (lambda: self.parts)
        op = op_of(self._selected, self.ledger, Label(serial=SERIAL))
        programmer = unit.programmer()
        try:
            with unit.lock:
                unit.dap.chip.pull_reset(FIXTURE, low=True)
            programmer.hold()
            with unit.lock:
                self.chip.power(on=True)
            unit.let_go()
            self.identified = stop_core(op, programmer).device_id
            op.note(Identified(op=op.line.op, by="swd", device_id=self.identified))
            system = [one for one in load() if one.module.function is not Function.USER]
            Job(op, programmer, system, left=[(modules.USER_START, USER_PART_END)]).put()
            Job(op, programmer, load()).put()
            if not programmer.untouched():
                raise RanUnwatched("the core ran")
            self.made = self.chip if unit.dap.chip is self.chip else self.other
            return PASSED
        except Fault as fault:
            return fault.code
        except Exception as bug:
            return f"{BUG} {type(bug).__name__}"
        finally:
            programmer.detach()
            with unit.lock:
                for chip in filter(None, (self.chip, self.other)):
                    chip.pull_reset(FIXTURE, low=True)
                    chip.power(on=False)

    @property
    def right(self) -> bool:
        """Whether every cell of the chip that passed is as it was meant, and it is the one that was identified."""
        if self.made is None or f"e00fce68{self.made.peek(DEVICE_ID, 8).hex()}" != self.identified:
            return False
        wanted = bytearray(b"\xff" * FLASH_SIZE)
        for start, data in {0: boot_page(), **{one.image.start: one.image.data for one in self.parts}}.items():
            wanted[start : start + len(data)] = data
        words = bytearray(b"\xff" * (UICR[1] - UICR[0]))
        for address, word in settings(self.build).items():
            words[address - UICR[0] : address - UICR[0] + 4] = word.to_bytes(4, "little")
        cells, uicr = self.made.peek(0, FLASH_SIZE), self.made.peek(UICR[0], UICR[1] - UICR[0])
        return cells == bytes(wanted) and uicr == bytes(words)

    def mend(self) -> None:
        """The fault is gone: the plug is in, the wire is quiet, the unit's own chip is in the seat."""
        unit = self.unit
        with unit.lock:
            if unit.dap.chip is not self.chip:
                wire_faults.other_chip(unit.firmware, self.chip, 1)()
            unit.dap.inject = None
            unit.firmware.on_packet = None
            self.chip.power_cut_after_words = self.chip.power_cut_at_erase = None
        unit.plug.plug()

    def close(self) -> None:
        """Let go of the probe."""
        self.unit.close()


def extent(selected: Selected, seed: int) -> Extent:
    """What the unit of this seed takes without a fault."""
    with tempfile.TemporaryDirectory(prefix="flt-") as folder:
        trial = Trial(selected, Path(folder), seed)
        try:
            if trial.run() != PASSED or not trial.right:
                raise RuntimeError(f"seed {seed}: the unit does not pass without a fault")
            wear = trial.chip.wear
            return Extent(
                wear.words, wear.pages + wear.erase_all, trial.unit.dap.transfers, trial.unit.firmware.packets
            )
        finally:
            trial.close()
            os.chdir(os.sep)


UNITS = 24
"""Different units and releases; each fault is another moment on one of them."""


def befall(selected: Selected, seed: int, kind: Kind, index: int, extents: Mapping[int, Extent]) -> Came:
    """Make one unit with one fault, judge it, seat it again."""
    which = seed * UNITS + index % UNITS
    dice = random.Random(f"{seed} {kind} {index}")
    with tempfile.TemporaryDirectory(prefix="flt-") as folder:
        trial = Trial(selected, Path(folder), which)
        try:
            if kind is Kind.FILE_SWAPPED:
                code = _swapped_file(trial, Path(folder), dice)
            else:
                _arm(trial, kind, dice, extents[which])
                code = trial.run()
            wrong = code == PASSED and not trial.right
            must_fail = kind in LASTS and code != PASSED
            recovered = True
            if code != PASSED:
                recovered = _again(trial, must_fail)
            return Came(kind, index, code, wrong, recovered, must_fail)
        finally:
            trial.close()
            os.chdir(os.sep)  # pyOCD moved the process into the folder that goes now


def _again(trial: Trial, must_fail: bool) -> bool:
    """Whether the unit passes, and is right, when it is seated again; a bad one must not."""
    for _ in range(AGAIN):
        trial.mend()
        if trial.run() == PASSED:
            return trial.right
        if must_fail:
            return True
    return False


def _arm(trial: Trial, kind: Kind, dice: random.Random, whole: Extent) -> None:
    chip, unit = trial.chip, trial.unit
    match kind:
        case Kind.POWER_CUT_AT_WORD:
            chip.power_cut_after_words = dice.randrange(whole.words)
        case Kind.POWER_CUT_IN_ERASE:
            chip.power_cut_at_erase, chip.half_erased_seed = dice.randrange(max(1, whole.erases)), dice.getrandbits(32)
        case Kind.POWER_CUT_AT_TRANSFER:
            unit.dap.inject = wire_faults.supply_cut(chip, dice.randint(1, whole.transfers))
        case Kind.PROBE_UNPLUGGED:
            unit.firmware.on_packet = wire_faults.plug_pulled(dice.randint(1, whole.packets))
        case Kind.NOISE:
            unit.dap.inject = wire_faults.Noise(dice.getrandbits(32), 10 ** -dice.uniform(2, 5))
        case Kind.WAIT_STORM:
            length = int(10 ** dice.uniform(1, 5))
            unit.dap.inject = wire_faults.WaitStorm(dice.randint(1, whole.transfers), length)
        case Kind.STUCK_BITS:
            image = dice.choice([one.image for one in trial.parts])
            address = image.start + dice.randrange(len(image.data) // 4) * 4
            chip.stuck_bits[address] = 1 << dice.randrange(32)
        case Kind.CHIP_SWAPPED:
            trial.other = _other(trial)
            unit.firmware.on_packet = wire_faults.other_chip(unit.firmware, trial.other, dice.randint(1, whole.packets))
        case Kind.LOCKED:
            unit.dap.inject = wire_faults.locked_behind(chip, dice.randint(1, whole.transfers))
        case Kind.FILE_SWAPPED:
            raise ValueError("a file is swapped on disk")


def _other(trial: Trial) -> Nrf52840:
    """Another unit of the same make, powered, with the same release already half on it."""
    other = Nrf52840(trial.unit.time, build=trial.build, device_id=(0xAAAA_5555, 0x5555_AAAA))
    for address, data in _cells(trial.parts[:2], trial.build).items():
        other.poke(address, data)
    other.power(on=True)
    return other


def _swapped_file(trial: Trial, folder: Path, dice: random.Random) -> str:
    """The files are read from disk for each operation; one of them is another at the second reading."""
    parts = folder / "parts"
    parts.mkdir()
    for one in trial.parts:
        (parts / one.part.file).write_bytes(one.data)
    files = FirmwareFiles(parts)
    release = trial._selected.release.value.model_copy(  # noqa: SLF001
        update={"parts": tuple(Part.model_validate(one.part.model_dump()) for one in trial.parts), "product": None}
    )
    victim = parts / dice.choice(trial.parts).part.file
    readings = 0

    def load() -> Sequence[Loaded]:
        nonlocal readings
        readings += 1
        if readings == 2:
            data = bytearray(victim.read_bytes())
            data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
            victim.write_bytes(bytes(data))
        return files.read(release)

    return trial.run(load)

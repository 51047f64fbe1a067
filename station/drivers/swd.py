"""A chip on its debug port, through pyOCD; with the other swd files the only door to it.

pyOCD's defaults are made for a desk, not for a line. What is switched off here, and why:
a locked chip is mass-erased by connecting (`auto_unlock`); the core runs when the session closes
(`resume_on_disconnect`), on flash that may be half written; files named pyocd.yaml and pyocd_user.py are
picked up from the project folder, the latter even with `no_config`, and the folder becomes the process's
working directory: see `own_folder`. pyOCD never verifies: `crc` asks the chip.

Never checked on hardware.
"""

import contextlib
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pyocd.core import exceptions
from pyocd.core.session import Session
from pyocd.core.target import Target
from pyocd.coresight.cortex_m import CortexM
from pyocd.coresight.dap import DPConnector
from pyocd.probe.aggregator import DebugProbeAggregator
from pyocd.probe.debug_probe import DebugProbe
from pyocd.probe.pydapaccess import DAPAccess

from station.domain.boot_record import HW_DISABLED
from station.domain.chip import UICR_APPROTECT, ChipIdentity
from station.domain.faults import (
    ChipLocked,
    EraseFailed,
    ProbeLost,
    ProbeMissing,
    ProbesAlike,
    RanUnwatched,
    TargetSilent,
    WireNoise,
    WireStalled,
)
from station.domain.flash_map import FlashMap
from station.domain.flash_plan import Flashing, FlashPlan, Range
from station.domain.usb_serial import serial_key
from station.drivers import usb_places
from station.drivers.own_folder import make_anew
from station.drivers.swd_crc import TargetCrc
from station.drivers.swd_flash import PatientFlash, Writer
from station.drivers.swd_nrf52840 import NRF52840, erase_locked
from station.drivers.swd_targets import SwdTarget
from station.ports import Clock, Progress

FREQUENCIES = (4_000_000, 1_000_000)
"""Hz of SWCLK, and what is fallen back to after a failed transfer. Above 1.2 MHz the flash, not the wire, is what takes
time; pyOCD's default is 1 MHz."""

RESET_PULSE = 0.01
"""Seconds that reset is held for a boot; the pin needs 0.2 µs (nRF52840 PS v1.11, reset)."""

BEFORE_ANY_NETWORK = 0.3
"""Seconds in which bootloader and Device OS cannot have asked a radio for anything: both have to start first.
A design margin, not measured on hardware."""

BLANK_VECTOR = 0xFFFFFFFF

NOTHING_OF_OTHERS = {"no_config": True, "user_script": os.devnull}
"""pyOCD takes no options and no script from files that lie around (pyOCD 0.46, core/session.py): given an empty script,
it looks for none."""

FindProbe = Callable[[], DebugProbe]
"""Returns the nest's probe, closed. Raises ProbeMissing."""


def probe_with_serial(serial: str, listed: Callable[[], Sequence[str]] = usb_places.serials) -> FindProbe:
    """The debug probe with this serial number, on this machine's USB; `listed` are the numbers that the kernel sees.

    Never the first of two: pyOCD would open whichever it lists first, and with it another nest's chip. It raises
    ProbesAlike, too.
    """

    def find() -> DebugProbe:
        usb_places.refuse_alike([serial], listed())
        return only_probe(serial, _connected())

    return find


def only_probe(serial: str, connected: Sequence[DebugProbe]) -> DebugProbe:
    """The one among these probes with this number. Raises ProbeMissing, ProbesAlike."""
    match [one for one in connected if serial_key(one.unique_id) == serial_key(serial)]:
        case [probe]:
            return probe
        case []:
            raise ProbeMissing(f"no debug probe with serial number {serial} is connected")
        case several:
            raise ProbesAlike(f"{len(several)} debug probes have the serial number {serial}")


def _connected() -> Sequence[DebugProbe]:
    try:
        return list(DebugProbeAggregator.get_all_connected_probes())
    except ValueError as error:
        # pyOCD 0.46 takes both interfaces of each probe out of its list by their number, once too often for twins.
        raise ProbesAlike("pyOCD cannot tell the debug probes on USB apart by their serial numbers") from error


def probes() -> list[tuple[str, str]]:
    """Debug probes on this machine: serial number and product. Raises ProbesAlike."""
    return [(probe.unique_id, f"{probe.vendor_name} {probe.product_name}") for probe in _connected()]


class SwdProgrammer:
    """Implements ports.Programmer for the chips in the target table."""

    def __init__(self, find_probe: FindProbe, clock: Clock, project: Path, swd: SwdTarget = NRF52840) -> None:
        """`project` is made anew, empty, whatever was there."""
        self._swd = swd
        self._swclk = FREQUENCIES[0]
        self._crc_now: TargetCrc | None = None
        logging.getLogger("pyocd").setLevel(logging.CRITICAL)
        self._find_probe = find_probe
        self._clock = clock
        self._project, self._made = project, False
        self._session: Session | None = None
        self._running_since: float | None = None
        self._ran = 0.0

    def hold(self) -> None:
        if self._session is None:
            self._open_probe("under-reset")
        with self._faults():
            # Some probes do nothing with their pins before they are connected (pyOCD #1086).
            self._session_now().probe.connect(DebugProbe.Protocol.SWD)
            self._session_now().probe.assert_reset(True)
        if self._running_since is not None:
            self._ran += self._clock.now() - self._running_since
            self._running_since = None

    def attach(self) -> None:
        try:
            self._attach_under_reset()
        except TargetSilent:
            # A report says that an nRF52 answers nothing while its reset pin is low (probe-rs #490).
            self._attach_right_after_reset()

    def _attach_under_reset(self) -> None:
        self._open_session()
        with self._faults():
            if not self._at_reset_vector():
                self._target().halt()
                raise RanUnwatched(
                    "the core was not caught at its reset vector: the reset line of this nest does not hold it"
                )

    def _attach_right_after_reset(self) -> None:
        """Let go of reset, stop the core within milliseconds, then start over at the reset vector.

        Raises RanUnwatched when that took so long that firmware could have asked for a network.
        """
        self.detach()
        self._open_probe("halt")
        with self._faults():
            self._session_now().probe.connect(DebugProbe.Protocol.SWD)
            self._session_now().probe.assert_reset(True)
            self._session_now().probe.assert_reset(False)
        released = self._clock.now()
        self._open_session()
        took = self._clock.now() - released
        with self._faults():
            self._target().reset_and_halt(Target.ResetType.SYSTEM)
            if took > BEFORE_ANY_NETWORK or not self._at_reset_vector():
                raise RanUnwatched(f"the core was stopped {took:.2f} s after it left reset, not at its reset vector")

    def _open_probe(self, mode: str) -> None:
        try:
            # Making the session talks to the probe already (pyOCD 0.46, create_associated_board).
            self._session = self._new_session(mode)
            self._session.probe.open()
        except (exceptions.Error, DAPAccess.Error, OSError) as error:
            self._session = None
            raise ProbeMissing(f"the debug probe cannot be opened: {error}") from error

    def _open_session(self) -> None:
        session = self._session_now()
        try:
            session.open()
        except (exceptions.ProbeError, DAPAccess.DeviceError, OSError) as error:
            raise ProbeLost(f"the debug probe went away: {error}") from error
        except (exceptions.Error, DAPAccess.Error, KeyError, AssertionError) as error:
            self._refuse_locked()
            raise TargetSilent(f"no chip answers on the debug port: {error}") from error
        self._refuse_locked()

    def _refuse_locked(self) -> None:
        """Raises ChipLocked for a locked chip, which nothing but its reset line can stop."""
        if self._locked():
            with self._faults():
                self._session_now().probe.assert_reset(True)
            raise ChipLocked("the chip's debug port is locked (APPROTECT)")

    def _at_reset_vector(self) -> bool:
        """True when the core stands where the reset vector points, or the flash is blank and it can run nothing."""
        target = self._target()
        vector = target.read32(self._swd.flash.start + 4)
        if target.get_state() is not Target.State.HALTED:
            return False
        return bool(vector == BLANK_VECTOR or target.read_core_register("pc") == vector & ~1)

    def identify(self) -> ChipIdentity:
        with self._faults():
            return self._swd.identify(self._target())

    @property
    def flash(self) -> FlashMap:
        return self._swd.flash

    def read(self, start: int, size: int) -> bytes:
        with self._faults():
            return bytes(self._target().read_memory_block8(start, size))

    def scan(self) -> dict[int, int]:
        pages = self._swd.flash.pages
        found = self.crc([(page.start, page.end) for page in pages])
        return {page.start: crc for page, crc in zip(pages, found, strict=True)}

    def crc(self, ranges: Sequence[Range]) -> list[int]:
        with self._faults():
            return self._crc().crcs([(start, end - start) for start, end in ranges])

    def write(self, plan: FlashPlan, progress: Progress) -> Flashing:
        began = self._clock.now()
        with self._faults():
            flash = PatientFlash(self._target(), self._swd, self._clock)
            writer = Writer(flash, self._crc(), self._swd, self._clock, self._mend)
            writer.run(plan, progress)
        return Flashing(self._clock.now() - began, writer.retries, self._swclk)

    def _mend(self, error: exceptions.Error) -> None:
        """Bring the wire back after a failed transfer, at the lower clock.

        Raises TargetSilent when the chip has gone, RanUnwatched when the core is not where it must be.
        """
        target = self._target()
        if self._swclk != FREQUENCIES[-1]:
            self._swclk = FREQUENCIES[-1]
            self._session_now().probe.set_clock(self._swclk)
        try:
            DPConnector(self._session_now().probe).connect()
        except exceptions.ProbeError:
            raise
        except exceptions.Error as gone:
            raise TargetSilent(f"the chip stopped answering in mid-work: {error}") from gone
        target.dp.clear_sticky_err()
        target.dp.power_up_debug()
        if self._escaped():
            raise RanUnwatched("the core was reset in mid-work and ran what lies in its flash")

    def recover(self) -> None:
        self.detach()
        self._open_probe("halt")
        with contextlib.suppress(TargetSilent, ChipLocked, WireNoise):
            self._open_session()
        if not self._locked():
            raise TargetSilent("the chip is not locked, or does not answer: nothing was erased")
        with self._faults():
            erase_locked(self._target(), self._clock)
        self.detach()
        self._open_probe("halt")
        self._open_session()
        with self._faults():
            target = self._target()
            target.halt()
            if self._swd.identify(target).hardened:
                # A blank word would lock the port again at the next reset.
                target.write_uicr(UICR_APPROTECT, HW_DISABLED)

    def untouched(self) -> bool:
        with self._faults():
            target = self._target()
            # The core stands behind the flash algorithm, in RAM; any reset would have set it going from flash.
            state = target.read32(CortexM.DHCSR)
            halted = bool(state & CortexM.S_HALT) and not state & CortexM.S_RESET_ST
            return halted and target.read_core_register("pc") in self._swd.ram

    def boot(self) -> None:
        with self._faults():
            target = self._target()
            target.write32(CortexM.DEMCR, 0)
            self._session_now().probe.assert_reset(True)
            self._clock.sleep(RESET_PULSE)
            self._session_now().probe.assert_reset(False)
            target.write32(CortexM.DHCSR, CortexM.DBGKEY)
        self._running_since = self._clock.now()
        self.detach()

    def seconds_running(self) -> float:
        running = 0.0 if self._running_since is None else self._clock.now() - self._running_since
        return self._ran + running

    def detach(self) -> None:
        session, self._session = self._session, None
        self._crc_now = None
        if session is None:
            return
        with contextlib.suppress(Exception):  # pyOCD raises many kinds from a probe that is gone
            session.context_state.suppress_disconnect_error = True
            session.close()
        with contextlib.suppress(Exception):
            if session.probe.is_open:
                session.probe.close()

    def begin(self) -> None:
        """Forget the last unit."""
        self.detach()
        self._running_since, self._ran = None, 0.0
        self._swclk = FREQUENCIES[0]

    def _new_session(self, mode: str) -> Session:
        if not self._made:
            make_anew(self._project)
            self._made = True
        return Session(
            self._find_probe(),
            options={
                **NOTHING_OF_OTHERS,
                "project_dir": str(self._project),
                "target_override": self._swd.name,
                "connect_mode": mode,
                "auto_unlock": False,
                "resume_on_disconnect": False,
                "frequency": self._swclk,
                "hide_programming_progress": True,
            },
        )

    def _session_now(self) -> Session:
        if self._session is None:
            raise ProbeLost("the debug probe is not open")
        return self._session

    def _target(self) -> Target:
        return self._session_now().board.target

    def _crc(self) -> TargetCrc:
        if self._crc_now is None:
            self._crc_now = TargetCrc(self._target(), self._clock, self._swd.crc)
        return self._crc_now

    def _locked(self) -> bool:
        try:
            locked: bool = self._target().is_locked()
        except (exceptions.Error, DAPAccess.Error, KeyError, AttributeError, AssertionError):
            return False
        return locked

    def _escaped(self) -> bool:
        """True when the core, which should stand at its reset vector or run in RAM, is elsewhere; stops it."""
        if self._session is None:
            return False
        try:
            target = self._target()
            target.halt()
            return target.read_core_register("pc") not in self._swd.ram and not self._at_reset_vector()
        except (exceptions.Error, DAPAccess.Error, KeyError, AttributeError, OSError):
            return False

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        """pyOCD's errors as ours, by who must act."""
        try:
            yield
        except exceptions.FlashFailure as error:
            raise EraseFailed(f"flash algorithm: {error}") from error
        except (exceptions.ProbeError, DAPAccess.DeviceError) as error:
            raise ProbeLost(f"the debug probe went away: {error}") from error
        except (exceptions.Error, DAPAccess.Error) as error:
            if self._escaped():
                raise RanUnwatched("the core was reset in mid-work and ran what lies in its flash") from error
            if isinstance(error, exceptions.TransferTimeoutError):
                raise WireStalled(f"the debug port only ever answers WAIT: {error}") from error
            raise WireNoise(f"the debug port stopped working: {type(error).__name__} {error}") from error
        except KeyError as error:
            # What pyOCD says of a core register when the wire was disturbed while it looked what the core has.
            raise WireNoise(f"the debug port did not tell what core there is: {error}") from error
        except OSError as error:
            raise ProbeLost(f"the debug probe: {error}") from error

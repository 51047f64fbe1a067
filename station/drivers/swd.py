"""A chip on its debug port, through pyOCD; with swd_flash the only door to it.

pyOCD's defaults are made for a desk, not for a line. What is switched off here, and why:
a locked chip is mass-erased by connecting (`auto_unlock`); the core runs when the session closes
(`resume_on_disconnect`), on flash that may be half written; files named pyocd.yaml and pyocd_user.py are
picked up from the project folder, the latter even with `no_config`, and the folder becomes the process's
working directory: so it is an empty one of our own. pyOCD never verifies: `crc` asks the chip.

Never checked on hardware.
"""

import contextlib
import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pyocd.core import exceptions
from pyocd.core.session import Session
from pyocd.core.target import Target
from pyocd.coresight.cortex_m import CortexM
from pyocd.probe.aggregator import DebugProbeAggregator
from pyocd.probe.debug_probe import DebugProbe
from pyocd.target import TARGET
from pyocd.target.builtin.target_nRF52840_xxAA import NRF52840
from pyocd.target.family.target_nRF52 import NRF52

from station.domain.chip import ChipIdentity
from station.domain.faults import (
    ChipLocked,
    FlashFailed,
    ProbeLost,
    ProbeMissing,
    RanUnwatched,
    TargetSilent,
    WireNoise,
)
from station.domain.firmware import Image
from station.drivers.swd_flash import PatientFlash, crc_of, write_pages
from station.ports import Clock, Progress

FREQUENCY = 4_000_000
"""Hz of SWCLK. Above 1.2 MHz the flash, not the wire, is what takes time; pyOCD's default is 1 MHz."""

RESET_PULSE = 0.01
"""Seconds that reset is held for a boot; the pin needs 0.2 µs (nRF52840 PS v1.11, reset)."""

BEFORE_ANY_NETWORK = 0.3
"""Seconds in which bootloader and Device OS cannot have asked a radio for anything: both have to start first.
A design margin, not measured on hardware."""

# nRF52840 PS v1.11, FICR.
_FICR_CODEPAGESIZE, _FICR_CODESIZE = 0x10000010, 0x10000014
_FICR_DEVICEID0, _FICR_DEVICEID1 = 0x10000060, 0x10000064
_FICR_PART, _FICR_VARIANT = 0x10000100, 0x10000104

_SRAM = range(0x20000000, 0x20040000)

FindProbe = Callable[[], DebugProbe]
"""Returns the nest's probe, closed. Raises ProbeMissing."""


def probe_with_serial(serial: str) -> FindProbe:
    """The debug probe with this serial number, on this machine's USB."""

    def find() -> DebugProbe:
        probe = DebugProbeAggregator.get_probe_with_id(serial)
        if probe is None:
            raise ProbeMissing(f"no debug probe with serial number {serial} is connected")
        return probe

    return find


def probes() -> list[tuple[str, str]]:
    """Debug probes on this machine: serial number and product."""
    found = DebugProbeAggregator.get_all_connected_probes()
    return [(probe.unique_id, f"{probe.vendor_name} {probe.product_name}") for probe in found]


class _Nrf52840(NRF52):
    """pyOCD's nRF52840 without its register descriptions, which it unpacks in the background and never closes."""

    def __init__(self, session: Session) -> None:
        super().__init__(session, NRF52840.MEMORY_MAP)


_TARGET_NAME = "station_nrf52840"
TARGET[_TARGET_NAME] = _Nrf52840


class SwdProgrammer:
    """Implements ports.Programmer for an nRF52840."""

    def __init__(self, find_probe: FindProbe, clock: Clock, project: Path) -> None:
        """`project` is an empty folder of the station's own."""
        logging.getLogger("pyocd").setLevel(logging.CRITICAL)
        self._find_probe = find_probe
        self._clock = clock
        self._project = project
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
        self._session = self._new_session(mode)
        try:
            self._session.probe.open()
        except (exceptions.Error, OSError) as error:
            self._session = None
            raise ProbeMissing(f"the debug probe cannot be opened: {error}") from error

    def _open_session(self) -> None:
        session = self._session_now()
        try:
            session.open()
        except exceptions.ProbeError as error:
            raise ProbeLost(f"the debug probe went away: {error}") from error
        except (exceptions.Error, KeyError, AssertionError) as error:
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
        """True when the core stands where the reset vector points."""
        target = self._target()
        vector = target.read32(4) & ~1
        return target.get_state() is Target.State.HALTED and target.read_core_register("pc") == vector

    def identify(self) -> ChipIdentity:
        with self._faults():
            target = self._target()
            size = target.read32(_FICR_CODEPAGESIZE) * target.read32(_FICR_CODESIZE)
            words = target.read32(_FICR_DEVICEID0), target.read32(_FICR_DEVICEID1)
            variant = target.read32(_FICR_VARIANT).to_bytes(4, "big").decode("ascii", "replace")
            return ChipIdentity(target.read32(_FICR_PART), variant, size, words)

    def write(self, images: Sequence[Image], blank: Sequence[int], progress: Progress) -> dict[str, tuple[int, int]]:
        with self._faults():
            return write_pages(self._flash(), images, blank, progress)

    def crc(self, ranges: Sequence[tuple[int, int]]) -> list[int]:
        with self._faults():
            flash = self._flash()
            return [crc_of(flash, start, size) for start, size in ranges]

    def untouched(self) -> bool:
        with self._faults():
            target = self._target()
            # The core stands behind the flash algorithm, in RAM; any reset would have set it going from flash.
            state = target.read32(CortexM.DHCSR)
            halted = bool(state & CortexM.S_HALT) and not state & CortexM.S_RESET_ST
            return halted and target.read_core_register("pc") in _SRAM

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

    def _new_session(self, mode: str) -> Session:
        self._project.mkdir(parents=True, exist_ok=True)
        return Session(
            self._find_probe(),
            options={
                "no_config": True,
                "project_dir": str(self._project),
                "target_override": _TARGET_NAME,
                "connect_mode": mode,
                "auto_unlock": False,
                "resume_on_disconnect": False,
                "frequency": FREQUENCY,
                "hide_programming_progress": True,
            },
        )

    def _session_now(self) -> Session:
        if self._session is None:
            raise ProbeLost("the debug probe is not open")
        return self._session

    def _target(self) -> Target:
        return self._session_now().board.target

    def _flash(self) -> PatientFlash:
        return PatientFlash.of(self._target(), self._clock)

    def _locked(self) -> bool:
        try:
            locked: bool = self._target().is_locked()
        except (exceptions.Error, KeyError, AttributeError, AssertionError):
            return False
        return locked

    def _escaped(self) -> bool:
        """True when the core, which should stand or run in RAM, is found elsewhere; it is stopped there."""
        if self._session is None:
            return False
        try:
            target = self._target()
            target.halt()
            return target.read_core_register("pc") not in _SRAM
        except (exceptions.Error, KeyError, AttributeError, OSError):
            return False

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        """pyOCD's errors as ours, by who must act."""
        try:
            yield
        except exceptions.FlashFailure as error:
            raise FlashFailed(f"flash algorithm: {error}") from error
        except exceptions.ProbeError as error:
            raise ProbeLost(f"the debug probe went away: {error}") from error
        except exceptions.Error as error:
            if self._escaped():
                raise RanUnwatched("the core was reset in mid-work and ran what lies in its flash") from error
            raise WireNoise(f"the debug port stopped working: {type(error).__name__} {error}") from error
        except OSError as error:
            raise ProbeLost(f"the debug probe: {error}") from error

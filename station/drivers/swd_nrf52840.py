"""The nRF52840 for the programmer: pyOCD's target and flash algorithm, and what pyOCD gets wrong around them.

Sources: pyOCD 0.46 target_nRF52840_xxAA.py and target_nRF52.py; nRF52840 PS v1.11, FICR and CTRL-AP.
Never checked on hardware.
"""

from pyocd.core.session import Session
from pyocd.core.target import Target
from pyocd.target import TARGET
from pyocd.target.builtin.target_nRF52840_xxAA import FLASH_ALGO
from pyocd.target.builtin.target_nRF52840_xxAA import NRF52840 as BUILTIN
from pyocd.target.family.target_nRF52 import NRF52

from station.domain.chip import ChipIdentity
from station.domain.faults import EraseFailed
from station.domain.flash_map import NRF52840_FLASH
from station.domain.ids import nrf52840_device_id
from station.drivers.swd_targets import SwdTarget
from station.ports import Clock

_CODEPAGESIZE, _CODESIZE = 0x10000010, 0x10000014
_DEVICEID0, _DEVICEID1 = 0x10000060, 0x10000064
_PART, _VARIANT = 0x10000100, 0x10000104

# CTRL-AP registers (nRF52840 PS v1.11, CTRL-AP).
_RESET, _ERASEALL, _ERASEALLSTATUS = 0x000, 0x004, 0x008
_BUSY = 1

RECOVER_WITHIN = 15.0
"""Seconds until an ERASEALL that does not end has failed (pyOCD 0.46, MASS_ERASE_TIMEOUT)."""


class _Nrf52840(NRF52):
    """pyOCD's nRF52840 without its register descriptions, which it unpacks in the background and never closes."""

    def __init__(self, session: Session) -> None:
        super().__init__(session, BUILTIN.MEMORY_MAP)


def _identify(target: Target) -> ChipIdentity:
    size = target.read32(_CODEPAGESIZE) * target.read32(_CODESIZE)
    words = target.read32(_DEVICEID0), target.read32(_DEVICEID1)
    variant = target.read32(_VARIANT).to_bytes(4, "big").decode("ascii", "replace")
    return ChipIdentity(target.read32(_PART), variant, size, nrf52840_device_id(*words))


def erase_locked(target: Target, clock: Clock) -> None:
    """ERASEALL through the CTRL-AP, then its reset. Raises EraseFailed.

    pyOCD's own mass_erase sleeps by the wall and answers False where it should raise (pyOCD 0.46).
    """
    control = target.ctrl_ap
    control.write_reg(_ERASEALL, 1)
    clock.sleep(NRF52840_FLASH.erase_all or 0.0)
    deadline = clock.now() + RECOVER_WITHIN
    while control.read_reg(_ERASEALLSTATUS) == _BUSY:
        if clock.now() > deadline:
            raise EraseFailed(f"the chip did not end its ERASEALL within {RECOVER_WITHIN:.0f} s")
        clock.sleep(0.01)
    control.write_reg(_RESET, 1)
    control.write_reg(_RESET, 0)
    control.write_reg(_ERASEALL, 0)


NRF52840 = SwdTarget(
    name="station_nrf52840",
    flash=NRF52840_FLASH,
    # Buffers of eight pages instead of pyOCD's one: a call of the algorithm costs about a millisecond.
    algorithm={**FLASH_ALGO, "page_buffers": [0x20008000, 0x20010000]},
    buffers=(0x20008000, 0x20010000),
    room=0x8000,
    crc=0x20020000,
    ram=range(0x20000000, 0x20040000),
    identify=_identify,
)

TARGET[NRF52840.name] = _Nrf52840

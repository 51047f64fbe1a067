"""CRC-32 of what lies in a chip's memory, computed by the chip itself, of any start and any size.

Never checked on hardware.
"""

import itertools
from collections.abc import Sequence

from pyocd.core import exceptions
from pyocd.core.target import Target
from pyocd.coresight.cortex_m import CortexM

from station.drivers.swd_crc_code import BLOCK, BREAKPOINT, CODE, ENTRY
from station.ports import Clock

RANGES = 256
"""Ranges of one call: every page of an nRF52840 at once."""

ROOM = BLOCK + 4 + 8 * RANGES
"""Bytes of RAM: 0.5 KiB of code, 20 KiB of tables, the count and the list, over which the results are written."""

_HZ = 64e6
"""Of the nRF52840's core (nRF52840 PS v1.11, CPU)."""

BYTE = 94 / 32 / _HZ
"""Seconds a byte: a turn of the loop is 83 instructions and 94 cycles for 32 bytes by the Cortex-M4's table and its
rules for pairing loads (Cortex-M4 TRM, DDI 0439, §3.3, as TI SWCU185 reprints it; a taken branch as 3). Flash wait
states and the cost of fetching code from the RAM that holds the tables are unknown; not measured on silicon."""

BUILD = 62_000 / _HZ
"""Seconds to build the tables: 5117 entries of 12 cycles, counted the same way; not measured on silicon."""

POLL = 0.002
"""Seconds between two looks at a core that takes longer than it should."""

_TIMEOUT = 10.0
"""Seconds until a call that does not end has failed; a whole MiB should take 0.05."""

_WORD = 0xFFFFFFFF


class TargetCrc:
    """The CRC routine in the RAM of a halted Cortex-M3 or Cortex-M4."""

    def __init__(self, target: Target, clock: Clock, base: int) -> None:
        """`base`, a multiple of 4, begins `ROOM` bytes of RAM; call `forget` when something else used any of them."""
        if base % 4:
            raise ValueError(f"the CRC routine needs a multiple of 4 to lie at, not {base:#x}")
        self._target, self._clock, self._base = target, clock, base
        self._ready = False

    def forget(self) -> None:
        """Load the code again and build the tables anew: RAM lost its supply, or something else was there."""
        self._ready = False

    def crcs(self, ranges: Sequence[tuple[int, int]]) -> list[int]:
        """CRC-32 of each (start, size), as zlib computes it; 0 for a size of 0.

        The core is halted before and after, with R4 to R11 and SP as they were.
        Raises ValueError for a range that no 32-bit address space holds, and pyOCD's FlashFailure.
        """
        for start, size in ranges:
            if start < 0 or size < 0 or start + size > _WORD + 1:
                raise ValueError(f"{size} bytes at {start:#x} are no range of addresses")
        found: list[int] = []
        for at in range(0, len(ranges), RANGES):
            found += self._call(ranges[at : at + RANGES])
        return found

    def _load(self) -> None:
        self._target.write_memory_block32(self._base, CODE)
        if tuple(self._target.read_memory_block32(self._base, len(CODE))) != CODE:
            raise exceptions.FlashFailure("CRC routine was not found in RAM as it was written", address=self._base)

    def _call(self, ranges: Sequence[tuple[int, int]]) -> list[int]:
        block, count, build = self._base + BLOCK, len(ranges), not self._ready
        if build:
            self._load()
        self._ready = False  # a call that fails leaves in doubt what RAM holds
        self._target.write_memory_block32(block, [count, *itertools.chain.from_iterable(ranges)])
        registers = {
            "pc": self._base + ENTRY,
            "r0": block,
            "r1": int(build),
            "lr": (self._base + BREAKPOINT) | 1,
            "xpsr": CortexM.XPSR_THUMB,
        }
        self._target.write_core_registers_raw(list(registers), list(registers.values()))
        self._target.resume()
        self._clock.sleep(sum(size for _, size in ranges) * BYTE + (BUILD if build else 0))
        self._await_halt()
        # A core that halts for another reason leaves the count as it was, and results of an earlier call behind it.
        done, *results = self._target.read_memory_block32(block, 1 + count)
        if done != count ^ _WORD:
            raise exceptions.FlashFailure("CRC routine stopped before its end")
        self._ready = True
        return [int(crc) for crc in results]

    def _await_halt(self) -> None:
        deadline = self._clock.now() + _TIMEOUT
        while (state := self._target.get_state()) is not Target.State.HALTED:
            if state is Target.State.LOCKUP:
                self._target.halt()
                raise exceptions.FlashFailure("CRC routine read an address where nothing answers")
            if self._clock.now() > deadline:
                self._target.halt()
                raise exceptions.FlashFailure("CRC timed out")
            self._clock.sleep(POLL)

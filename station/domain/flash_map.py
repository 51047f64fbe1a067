"""The flash of a chip: what is erased at once, and how long that takes at most."""

from bisect import bisect_right
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """What one erase command blanks: address and size in bytes, seconds to erase it at most."""

    start: int
    size: int
    erase: float

    @property
    def end(self) -> int:
        """First address behind it."""
        return self.start + self.size


@dataclass(frozen=True, slots=True)
class FlashMap:
    """Pages in ascending order without gaps; seconds to write a word of 4 bytes, and to erase everything at once.

    `erase_all` is None where that must never be done: keys lie in the same flash.
    """

    pages: tuple[Page, ...]
    word_write: float
    erase_all: float | None

    @property
    def start(self) -> int:
        """First address."""
        return self.pages[0].start

    @property
    def end(self) -> int:
        """First address behind the flash."""
        return self.pages[-1].end

    def page_at(self, address: int) -> Page:
        """The page that holds this address. Raises ValueError for one outside the flash."""
        if not self.start <= address < self.end:
            raise ValueError(f"{address:#x} is outside the flash, {self.start:#x}–{self.end:#x}")
        return self.pages[bisect_right(self.pages, address, key=lambda page: page.start) - 1]

    def pages_of(self, start: int, end: int) -> tuple[Page, ...]:
        """Every page that holds a byte from `start` up to, not including, `end`."""
        return tuple(page for page in self.pages if page.start < end and page.end > start)


NRF52840_FLASH = FlashMap(
    pages=tuple(Page(start, 0x1000, 0.085) for start in range(0, 0x100000, 0x1000)),
    word_write=41e-6,
    erase_all=0.169,
)
"""1 MiB in pages of 4 KiB. nRF52840 PS v1.11, NVMC: maxima of tWRITE, tERASEPAGE (nrfx has 85 ms, too) and tERASEALL;
41 µs and 169 ms were read second-hand. One public trace on an nRF52 shows 21 ms a page (probe-rs #2299)."""


def _f205(start: int, count: int, size: int, erase: float) -> tuple[Page, ...]:
    return tuple(Page(start + n * size, size, erase) for n in range(count))


STM32F205_FLASH = FlashMap(
    pages=_f205(0x08000000, 4, 0x4000, 0.5) + _f205(0x08010000, 1, 0x10000, 1.1) + _f205(0x08020000, 7, 0x20000, 2.0),
    word_write=100e-6,
    erase_all=None,
)
"""1 MiB in sectors of 16, 64 and 128 KiB (PM0059, table 2). DS6329, flash memory programming, maxima at x32
parallelism, which takes 2.7 V to 3.6 V; typical times are half of these to erase and 16 µs to write. Read second-hand:
DS8626 has the same table for the STM32F405. Device configuration with the unit's keys lies at 0x08004000."""

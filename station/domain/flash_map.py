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

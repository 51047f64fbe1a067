"""Pages on an nRF52840: compared by the chip, erased, written; pyOCD's flash algorithm with patience.

pyOCD waits for the flash by asking the probe without a pause, which burns a core per nest
(pyOCD 0.46, flash/flash.py, wait_for_completion). Here the first question comes when the flash should be done.
"""

import zlib
from collections.abc import Iterator, Sequence

from pyocd.core import exceptions
from pyocd.core.memory_map import MemoryType
from pyocd.core.target import Target
from pyocd.flash.flash import Flash
from pyocd.target.builtin.target_nRF52840_xxAA import FLASH_ALGO

from station.codec.crc32 import combine
from station.domain.chip import PAGE
from station.domain.firmware import Image
from station.ports import Clock, Progress

PAGE_ERASE = 0.085
"""Seconds to erase a page, at most (nrfx, NVMC_PAGE_ERASE_DURATION_MS); some parts need a quarter of it."""

WORD_WRITE = 41e-6
"""Seconds to write a word, at most (nRF52840 PS v1.11, NVMC; second-hand, not read in the document)."""

CRC_BYTE = 12 / 64e6
"""Seconds of the CRC loop per byte: 9 instructions, about 12 cycles at 64 MHz; not measured on silicon."""

POLL = 0.002
"""Seconds between two looks at a flash that takes longer than it should."""

CRC_BLOCKS = 64
"""Blocks of at most a page that one call of the CRC routine is given."""

SMALLEST = 16
"""Bytes of the smallest block: pyOCD's routine takes address / size in 16 bits, which reaches over 1 MiB."""

_TIMEOUT = 10.0
"""Seconds until an erase or write that does not end has failed (pyOCD 0.46, flash.timeout.*)."""


class PatientFlash(Flash):
    """pyOCD's Flash, told how long the next call should take."""

    clock: Clock
    expected = 0.0

    @classmethod
    def of(cls, target: Target, clock: Clock) -> "PatientFlash":
        """The flash at address 0 of this target."""
        flash = cls(target, FLASH_ALGO)
        flash.region = next(iter(target.memory_map.iter_matching_regions(type=MemoryType.FLASH, start=0)))
        flash.clock = clock
        return flash

    def wait_for_completion(self, timeout: float | None = None) -> int:
        """The algorithm's result; pyOCD's TIMEOUT_ERROR when it does not end."""
        self.clock.sleep(self.expected)
        self.expected = 0.0
        deadline = self.clock.now() + _TIMEOUT
        while self.target.get_state() != Target.State.HALTED:
            if self.clock.now() > deadline:
                self.target.halt()
                return int(self.TIMEOUT_ERROR)
            self.clock.sleep(POLL)
        result: int = self.target.read_core_register("r0")
        return result

    def erase_page(self, address: int) -> None:
        """Raises pyOCD's FlashEraseFailure."""
        self.expected = PAGE_ERASE
        self.erase_sector(address)

    def start_page(self, buffer: int, address: int) -> None:
        """Begin to write the page that lies in this RAM buffer."""
        self.start_program_page_with_buffer(buffer, address)
        self.expected = PAGE // 4 * WORD_WRITE
        self._began = self.clock.now()

    def finish_page(self, address: int) -> None:
        """Wait for the page that was begun. Raises pyOCD's FlashProgramFailure."""
        # The next page was loaded meanwhile: only the rest is waited for.
        self.expected = max(0.0, self.expected - (self.clock.now() - self._began))
        result = self.wait_for_completion()
        if result == self.TIMEOUT_ERROR:
            raise exceptions.FlashProgramFailure("program page timed out", address=address)
        if result:
            raise exceptions.FlashProgramFailure("program page failed", address=address, result_code=result)

    def crcs(self, blocks: Sequence[tuple[int, int]]) -> list[int]:
        """CRC-32 of each (start, size); sizes are powers of two up to a page, starts their multiples."""
        self.init(self.Operation.VERIFY)
        found: list[int] = []
        for at in range(0, len(blocks), CRC_BLOCKS):
            some = blocks[at : at + CRC_BLOCKS]
            self.expected = sum(size for _, size in some) * CRC_BYTE
            found += self.compute_crcs(list(some))
        return found


def _blocks(start: int, size: int) -> Iterator[tuple[int, int]]:
    """Cut a range into aligned blocks of a power of two, at most a page each.

    >>> list(_blocks(0xFE0, 0x1028))
    [(4064, 32), (4096, 4096), (8192, 8)]
    """
    end = start + size
    while start < end:
        block = PAGE
        while start % block or start + block > end:
            block //= 2
        yield start, block
        start += block


def crc_of(flash: PatientFlash, start: int, size: int) -> int:
    """CRC-32 of a range, computed by the chip; pieces too small for its routine are read back."""
    blocks = list(_blocks(start, size))
    large = [block for block in blocks if block[1] >= SMALLEST]
    computed = dict(zip(large, flash.crcs(large), strict=True))
    whole = 0
    for block in blocks:
        at, length = block
        crc = computed.get(block)
        if crc is None:
            crc = zlib.crc32(bytes(flash.target.read_memory_block8(at, length)))
        whole = combine(whole, crc, length)
    return whole


def write_pages(
    flash: PatientFlash, images: Sequence[Image], blank: Sequence[int], progress: Progress
) -> dict[str, tuple[int, int]]:
    """Erase and write what differs; returns pages (written, equal) per image."""
    wanted: dict[int, bytearray] = {page: bytearray(b"\xff" * PAGE) for page in blank}
    for image in images:
        _lay(flash, image, wanted)
    pages = sorted(wanted)
    found = dict(zip(pages, flash.crcs([(page, PAGE) for page in pages]), strict=True))
    different = [page for page in pages if found[page] != zlib.crc32(wanted[page])]
    full = [page for page in different if any(byte != 0xFF for byte in wanted[page])]
    total = len(different) * PAGE_ERASE + len(full) * (PAGE // 4) * WORD_WRITE
    done = 0.0
    flash.init(flash.Operation.ERASE)
    for page in different:
        if total:
            progress(done / total)
        flash.erase_page(page)
        done += PAGE_ERASE
    flash.init(flash.Operation.PROGRAM)
    for number, page in enumerate(full):
        progress(done / total)
        if number == 0:
            flash.load_page_buffer(0, page, wanted[page])
        flash.start_page(number % 2, page)
        if number + 1 < len(full):
            flash.load_page_buffer((number + 1) % 2, full[number + 1], wanted[full[number + 1]])
        flash.finish_page(page)
        done += (PAGE // 4) * WORD_WRITE
    flash.cleanup()
    progress(1.0)
    changed = set(different)
    return {image.name: _counts(image, changed) for image in images}


def _lay(flash: PatientFlash, image: Image, wanted: dict[int, bytearray]) -> None:
    """Put an image on its pages; what the pages hold besides it is read from the chip and kept."""
    for page in range(image.start // PAGE * PAGE, image.end, PAGE):
        begin, end = max(image.start, page), min(image.end, page + PAGE)
        if page not in wanted:
            whole = end - begin == PAGE
            held = b"\xff" * PAGE if whole else bytes(flash.target.read_memory_block8(page, PAGE))
            wanted[page] = bytearray(held)
        wanted[page][begin - page : end - page] = image.data[begin - image.start : end - image.start]


def _counts(image: Image, changed: set[int]) -> tuple[int, int]:
    pages = range(image.start // PAGE * PAGE, image.end, PAGE)
    written = sum(page in changed for page in pages)
    return written, len(pages) - written

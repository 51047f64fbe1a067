"""Flash that RAM code writes in bulk: what was stored natively is found and programmed afterwards."""

import functools
from collections.abc import Iterator
from itertools import groupby

from station.bench.soc import Memory, Soc

BLOCK, PAGE = 0x1_0000, 0x1000

# What an unwritten word looks like meanwhile: the first of these that is nowhere in RAM.
UNWRITTEN = tuple(word.to_bytes(4, "little") for word in (0x9E37_79B1, 0x85EB_CA77, 0xC2B2_AE3D))


@functools.cache
def _pattern(unwritten: bytes, size: int) -> bytearray:
    """`size` bytes of unwritten words. A bytearray compares by memcmp, a memoryview cell by cell."""
    return bytearray(unwritten * (size // 4))


class Bulk:
    """Flash while it is open for writing.

    From `open` to `close` the cells hold a pattern instead of what they hold. Two things differ from writing word by
    word: a word that is written twice meanwhile is programmed once, with its last value; and a word that code computes
    without it ever being in RAM beforehand is lost if it equals the pattern.
    """

    def __init__(self, soc: Soc) -> None:
        self._soc, self._unwritten = soc, UNWRITTEN[0]
        # Made once: fresh megabytes cost more in page faults than in copying.
        self._kept = [(memory, memoryview(bytearray(memory.size))) for memory in soc.cells]
        self.is_open = False

    def open(self) -> bool:
        """False when every word has to be looked at as it is written."""
        soc = self._soc
        if not (soc.write_enabled and soc.sound):
            return False
        ram = bytes(soc.ram.view)
        unwritten = next((word for word in UNWRITTEN if word not in ram), None)
        if unwritten is None:
            return False
        self._unwritten, self.is_open = unwritten, True
        for memory, kept in self._kept:
            kept[:] = memory.view
            memory.view[:] = _pattern(unwritten, memory.size)
        return True

    def close(self) -> None:
        """Put the cells back, and program what was written; harmless when it is not open."""
        if not self.is_open:
            return
        self.is_open = False
        for memory, kept in self._kept:
            written = list(self._written(memory))
            memory.view[:] = kept
            for address, data in written:
                self._soc.program(memory, address, data)

    def _written(self, memory: Memory) -> Iterator[tuple[int, bytes]]:
        """The words that were stored, as runs of (address, bytes)."""
        for page in self._touched(memory, 0, memory.size, BLOCK):
            cells = bytes(memory.view[page : page + PAGE])
            if self._unwritten not in cells:
                yield memory.base + page, cells
                continue
            at = page
            words = (cells[n : n + 4] for n in range(0, PAGE, 4))
            for is_written, run in groupby(words, self._unwritten.__ne__):
                data = b"".join(run)
                if is_written:
                    yield memory.base + at, data
                at += len(data)

    def _touched(self, memory: Memory, start: int, end: int, stride: int) -> Iterator[int]:
        """Offsets of the pages that no longer show the pattern throughout."""
        for at in range(start, end, stride):
            length = min(stride, end - at)
            if _pattern(self._unwritten, length) == memory.view[at : at + length]:
                continue
            if stride == PAGE:
                yield at
            else:
                yield from self._touched(memory, at, at + length, PAGE)

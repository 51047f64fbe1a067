"""Flash that RAM code writes in bulk: what was stored natively is found and programmed afterwards."""

from collections.abc import Iterator
from itertools import groupby

from station.bench.soc import Memory, Soc

BLOCK, PAGE = 0x1_0000, 0x1000

# What an unwritten word looks like meanwhile: the first of these that is nowhere in RAM.
UNWRITTEN = tuple(word.to_bytes(4, "little") for word in (0x9E37_79B1, 0x85EB_CA77, 0xC2B2_AE3D))


class Bulk:
    """Flash while it is open for writing.

    Until `close` the cells hold a pattern instead of what they hold. Two things differ from writing word by word: a
    word that is written twice meanwhile is programmed once, with its last value; and a word that code computes
    without it ever being in RAM beforehand is lost if it equals the pattern.
    """

    def __init__(self, soc: Soc, unwritten: bytes) -> None:
        self._soc, self._unwritten = soc, unwritten
        self._kept = [(memory, bytearray(memory.view)) for memory in soc.cells]
        for memory, _ in self._kept:
            memory.view[:] = unwritten * (memory.size // 4)

    @classmethod
    def open(cls, soc: Soc) -> "Bulk | None":
        """None when every word has to be looked at as it is written."""
        if not (soc.write_enabled and soc.sound):
            return None
        ram = bytes(soc.ram.view)
        unwritten = next((word for word in UNWRITTEN if word not in ram), None)
        return None if unwritten is None else cls(soc, unwritten)

    def close(self) -> None:
        """Put the cells back, and program what was written."""
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
        pattern = bytearray(self._unwritten * (stride // 4))
        for at in range(start, end, stride):
            length = min(stride, end - at)
            # A bytearray compares by memcmp, a memoryview cell by cell.
            if (pattern if length == stride else pattern[:length]) == memory.view[at : at + length]:
                continue
            if stride == PAGE:
                yield at
            else:
                yield from self._touched(memory, at, at + length, PAGE)

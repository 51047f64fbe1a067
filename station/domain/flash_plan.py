"""What will be done to a chip's flash, decided before anything is touched, and what must be proved afterwards.

Every page is accounted for: it holds its part of an image, or it is blank, or it is left alone for a stated reason.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from station.domain.crc32 import combine
from station.domain.firmware import Image
from station.domain.flash_map import FlashMap, Page

WORD = 4
"""Bytes that are written at once."""

Range = tuple[int, int]
"""Start, and first address behind the end."""


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes that are programmed in one go, in whole words."""

    start: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Moment:
    """How far a flash job is: 0 to 1 over all of it, bytes written of all to be written, seconds left as expected."""

    part: float
    done: int
    size: int
    seconds_left: float
    doing: str


@dataclass(frozen=True, slots=True)
class Flashing:
    """What a flash job took: seconds, transfers that were made good, Hz on the wire at its end."""

    seconds: float
    retries: int
    swclk: int


@dataclass(frozen=True, slots=True)
class FlashPlan:
    """What is erased, then written, in this order; `settings` are words outside the flash, lost with everything.

    Seconds are sums of the flash controller's maxima: neither wire nor computing is in them. `all_seconds` is None
    where erasing everything was no choice.
    """

    flash: FlashMap
    erase_all: bool
    because: str
    erase: tuple[Page, ...]
    spans: tuple[Span, ...]
    settings: tuple[tuple[int, int], ...]
    written: frozenset[int]
    equal: int
    left: int
    page_seconds: float
    all_seconds: float | None

    @property
    def seconds(self) -> float:
        """What the flash controller needs for it, at most."""
        return self.all_seconds if self.erase_all and self.all_seconds is not None else self.page_seconds

    @property
    def size(self) -> int:
        """Bytes to be written."""
        return sum(len(span.data) for span in self.spans)

    @property
    def nothing_to_do(self) -> bool:
        """True when the chip holds all of it already."""
        return not (self.erase_all or self.erase or self.spans or self.settings)

    def counts(self, image: Image) -> tuple[int, int]:
        """Pages of an image that are written, and that are equal already."""
        pages = self.flash.pages_of(image.start, image.end)
        written = sum(page.start in self.written for page in pages)
        return written, len(pages) - written


@dataclass(frozen=True, slots=True)
class Expected:
    """A part of the flash and the CRC-32 it must have; of several ranges, the CRC of them one after another."""

    name: str
    ranges: tuple[Range, ...]
    crc32: int

    @property
    def size(self) -> int:
        """Bytes in all ranges."""
        return sum(end - start for start, end in self.ranges)

    def crc_of(self, found: Sequence[int]) -> int:
        """The CRC-32 of the whole, from that of each range."""
        whole = 0
        for (start, end), crc in zip(self.ranges, found, strict=True):
            whole = combine(whole, crc, end - start)
        return whole


def wanted_pages(flash: FlashMap, images: Sequence[Image], left: Sequence[Range] = ()) -> dict[int, bytes | None]:
    """What each page, by its start, must hold: images, blank around them; None for a page of `left` without an image.

    Raises ValueError for an image outside the flash, and for two that overlap.
    """
    wanted: dict[int, bytes | None] = {
        page.start: None if any(start < page.end and page.start < end for start, end in left) else b"\xff" * page.size
        for page in flash.pages
    }
    laid: dict[int, bytearray] = {}
    before: Image | None = None
    for image in sorted(images, key=lambda one: one.start):
        if image.start < flash.start or image.end > flash.end:
            raise ValueError(f"{image.name} {image.start:#x}–{image.end:#x} lies outside the flash")
        if before is not None and image.start < before.end:
            raise ValueError(f"{image.name} overlaps {before.name} at {image.start:#x}")
        before = image
        for page in flash.pages_of(image.start, image.end):
            held = laid.setdefault(page.start, bytearray(b"\xff" * page.size))
            begin, end = max(image.start, page.start), min(image.end, page.end)
            held[begin - page.start : end - page.start] = image.data[begin - image.start : end - image.start]
    return wanted | {start: bytes(held) for start, held in laid.items()}


def plan_flash(
    flash: FlashMap,
    wanted: Mapping[int, bytes | None],
    found: Mapping[int, int],
    *,
    settings: Mapping[int, int],
    settings_found: Mapping[int, int],
    last: Range = (0, 0),
    not_all: str = "",
) -> FlashPlan:
    """Choose between page erase and erasing everything, whichever takes less time.

    `found` is the CRC-32 of each page. `settings` are words by address, in the order in which they are written; one
    that would need erased bits forces erasing everything. Spans in `last` come last. `not_all` says why everything
    must not be erased. Raises ValueError where only that would help.
    """
    judged = {page: data for page in flash.pages if (data := wanted[page.start]) is not None}
    different = {page: data for page, data in judged.items() if found[page.start] != zlib.crc32(data)}
    blank = {page.size: zlib.crc32(b"\xff" * page.size) for page in flash.pages}
    dirty = tuple(page for page in different if found[page.start] != blank[page.size])
    full = {page: data for page, data in judged.items() if data.strip(b"\xff")}
    by_page = _spans({page: data for page, data in different.items() if page in full}, last)
    from_blank = _spans(full, last)
    words = [
        (address, value) for address, value in settings.items() if settings_found.get(address, 0xFFFFFFFF) != value
    ]
    stuck = [address for address, value in words if settings_found.get(address, 0xFFFFFFFF) & value != value]

    not_all = not_all or ("" if flash.erase_all is not None else "keys lie in the same flash")
    page_seconds = sum(page.erase for page in dirty) + _seconds(flash, by_page, len(words))
    all_seconds = None
    if not not_all and flash.erase_all is not None:
        all_seconds = flash.erase_all + _seconds(flash, from_blank, len(settings))
    if stuck and all_seconds is None:
        raise ValueError(f"the word at {stuck[0]:#x} can only be changed by erasing everything, and {not_all}")
    everything = all_seconds is not None and (bool(stuck) or (bool(dirty) and all_seconds < page_seconds))
    spans = from_blank if everything else by_page
    return FlashPlan(
        flash=flash,
        erase_all=everything,
        because=_because(everything, dirty, stuck, page_seconds, all_seconds, not_all),
        erase=() if everything else dirty,
        spans=spans,
        settings=tuple(settings.items()) if everything else tuple(words),
        written=frozenset(page.start for page in (flash.pages if everything else different)),
        equal=0 if everything else len(judged) - len(different),
        left=0 if everything else len(flash.pages) - len(judged),
        page_seconds=page_seconds,
        all_seconds=all_seconds,
    )


def _because(
    everything: bool, dirty: Sequence[Page], stuck: list[int], by_page: float, by_all: float | None, not_all: str
) -> str:
    if everything and stuck:
        return f"the word at {stuck[0]:#x} can only be changed by erasing everything"
    if everything:
        return f"erasing everything takes {by_all:.1f} s, page by page {by_page:.1f} s"
    if not dirty:
        return "no page has to be erased"
    if by_all is None:
        return f"everything must not be erased: {not_all}"
    return f"page by page takes {by_page:.1f} s, erasing everything {by_all:.1f} s"


def _seconds(flash: FlashMap, spans: Sequence[Span], words: int) -> float:
    return (sum(len(span.data) // WORD for span in spans) + words) * flash.word_write


def _spans(pages: Mapping[Page, bytes], last: Range) -> tuple[Span, ...]:
    """Neighbouring pages as one stretch each, without blank words at the ends of a page; those in `last` at the end."""

    def within(address: int) -> bool:
        return last[0] <= address < last[1]

    spans: list[Span] = []
    for page in sorted(pages, key=lambda one: one.start):
        data = pages[page]
        end = -(-len(data.rstrip(b"\xff")) // WORD) * WORD
        begin = (len(data) - len(data.lstrip(b"\xff"))) // WORD * WORD
        if begin >= end:
            continue
        start, data = page.start + begin, data[begin:end]
        before = spans[-1] if spans else None
        if before is not None and before.start + len(before.data) == start and within(before.start) is within(start):
            spans[-1] = Span(before.start, before.data + data)
        else:
            spans.append(Span(start, data))
    return tuple(sorted(spans, key=lambda span: within(span.start)))


def expectations(wanted: Mapping[int, bytes | None], flash: FlashMap, images: Sequence[Image]) -> list[Expected]:
    """What must be proved: each image byte for byte, and that nothing else lies on any page that is judged."""
    found = [Expected(image.name, ((image.start, image.end),), image.crc32) for image in images]
    taken = sorted((image.start, image.end) for image in images)
    gaps: list[Range] = []
    for page in flash.pages:
        if wanted[page.start] is None:
            continue
        at = page.start
        for start, end in [*taken, (page.end, page.end)]:
            if at < min(start, page.end):
                gaps.append((at, min(start, page.end)))
            at = min(page.end, max(at, end))
    gaps = _joined(gaps)
    if gaps:
        crc = zlib.crc32(b"\xff" * sum(end - start for start, end in gaps))
        found.append(Expected("nothing else", tuple(gaps), crc))
    return found


def _joined(ranges: Sequence[Range]) -> list[Range]:
    """Ranges in order, those that touch as one."""
    joined: list[Range] = []
    for start, end in ranges:
        if joined and joined[-1][1] == start:
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
    return joined

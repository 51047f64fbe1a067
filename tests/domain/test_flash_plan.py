"""A flash plan, applied to a model of NOR flash: an erase sets every bit of a page, a write only clears bits."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from station.bench import modules
from station.codec import module
from station.domain.firmware import Image, image_of
from station.domain.flash_map import NRF52840_FLASH, FlashMap, Page
from station.domain.flash_plan import Expected, FlashPlan, Range, expectations, plan_flash, wanted_pages

BLANK = 0xFFFFFFFF
Settings = Mapping[int, int]


@dataclass
class Nor:
    """What the cells hold."""

    flash: FlashMap
    cells: bytearray
    settings: dict[int, int]

    def crcs(self) -> dict[int, int]:
        return {page.start: zlib.crc32(self.held(page)) for page in self.flash.pages}

    def held(self, page: Page) -> bytes:
        return bytes(self.cells[page.start - self.flash.start : page.end - self.flash.start])

    def apply(self, plan: FlashPlan) -> None:
        """Erase, then the words outside the flash and the spans, in the plan's order."""
        if plan.erase_all:
            self.cells[:] = b"\xff" * len(self.cells)
            self.settings.clear()
        for page in plan.erase:
            self.cells[page.start - self.flash.start : page.end - self.flash.start] = b"\xff" * page.size
        for address, word in plan.settings:
            self.settings[address] = self.settings.get(address, BLANK) & word
        for span in plan.spans:
            assert span.start % 4 == len(span.data) % 4 == 0
            for at, byte in enumerate(span.data, start=span.start - self.flash.start):
                self.cells[at] &= byte


@dataclass(frozen=True)
class Case:
    """A flash, what it must hold, what it holds, and what may be done to it."""

    flash: FlashMap
    images: tuple[Image, ...]
    left: tuple[Range, ...]
    settings: Settings
    nor: Nor
    last: Range
    not_all: str

    @property
    def wanted(self) -> dict[int, bytes | None]:
        return wanted_pages(self.flash, self.images, self.left)

    @property
    def judged(self) -> list[Page]:
        return [page for page in self.flash.pages if self.wanted[page.start] is not None]

    @property
    def stuck(self) -> bool:
        """A word that needs erased bits."""
        return any(self.nor.settings.get(address, BLANK) & word != word for address, word in self.settings.items())

    @property
    def all_allowed(self) -> bool:
        return not self.not_all and self.flash.erase_all is not None

    def plan(self, not_all: str | None = None) -> FlashPlan:
        return plan_flash(
            self.flash,
            self.wanted,
            self.nor.crcs(),
            settings=self.settings,
            settings_found=self.nor.settings,
            last=self.last,
            not_all=self.not_all if not_all is None else not_all,
        )


stretches = st.one_of(
    st.binary(min_size=1, max_size=40),
    st.integers(1, 40).map(lambda size: b"\xff" * size),
    st.integers(1, 40).map(bytes),
)
contents = st.lists(stretches, min_size=1, max_size=3).map(b"".join)


@st.composite
def flash_maps(draw: st.DrawFn) -> FlashMap:
    """A few small pages of mixed sizes."""
    pages: list[Page] = []
    at = draw(st.sampled_from([0, 0x8000]))
    for size in draw(st.lists(st.sampled_from([16, 32, 64]), min_size=2, max_size=8)):
        pages.append(Page(at, size, draw(st.sampled_from([0.02, 0.085, 0.3]))))
        at += size
    erase_all = draw(st.sampled_from([None, 0.0, 0.169, 0.6]))
    return FlashMap(tuple(pages), draw(st.sampled_from([0.0, 41e-6, 0.01])), erase_all)


@st.composite
def images_in(draw: st.DrawFn, flash: FlashMap) -> tuple[Image, ...]:
    """Images that do not overlap, of any start and any size."""
    images: list[Image] = []
    at = flash.start
    for number in range(draw(st.integers(0, 4))):
        start = at + draw(st.integers(0, 48))
        data = draw(contents)[: max(0, flash.end - start)]
        if data:
            images.append(Image(f"image {number}", start, data))
            at = start + len(data)
    return tuple(draw(st.permutations(images)))


@st.composite
def cells_like(draw: st.DrawFn, flash: FlashMap, wanted: Mapping[int, bytes | None]) -> bytearray:
    """Every page as it should be, blank, nearly right, or anything."""
    cells = bytearray()
    for page in flash.pages:
        right = wanted[page.start] or b"\xff" * page.size
        held = bytearray(draw(st.sampled_from([right, b"\xff" * page.size, bytes(page.size)])))
        for _ in range(draw(st.integers(0, 2))):
            held[draw(st.integers(0, page.size - 1))] = draw(st.integers(0, 255))
        cells += held
    return cells


@st.composite
def cases(draw: st.DrawFn, stuck: bool = False) -> Case:
    """`stuck`: one word has bits to gain that only erasing everything gives back."""
    flash = draw(flash_maps())
    images = draw(images_in(flash))
    edges = [page.start for page in flash.pages] + [flash.end]
    ranges = st.tuples(st.sampled_from(edges), st.sampled_from(edges)).map(lambda two: (min(two), max(two)))
    left = tuple(draw(st.lists(ranges, max_size=2)))
    words = st.sampled_from([BLANK, BLANK, 0x5A, 0xFFFFFF5A, 0xF4000, 18, 0])
    settings = {address: word for address in (0x100, 0x104, 0x108) if (word := draw(words)) != BLANK}
    found = {address: draw(st.sampled_from([word, BLANK, draw(words)])) for address, word in settings.items()}
    if stuck:
        settings[0x108], found[0x108] = 0x5A, 0
    found[0x200] = draw(words)
    nor = Nor(
        flash,
        draw(cells_like(flash, wanted_pages(flash, images, left))),
        {address: word for address, word in found.items() if word != BLANK},
    )
    return Case(flash, images, left, settings, nor, draw(ranges), draw(st.sampled_from(["", "", "keys"])))


@st.composite
def doable(draw: st.DrawFn) -> Case:
    """A case that has a way: a word that needs erased bits meets a flash that may be erased."""
    case = draw(cases())
    assume(case.all_allowed or not case.stuck)
    return case


@given(doable())
def test_whatever_was_there_before_the_chip_ends_with_exactly_what_is_wanted(case: Case) -> None:
    plan = case.plan()
    case.nor.apply(plan)
    for page in case.judged:
        assert case.nor.held(page) == case.wanted[page.start]
    assert {address: case.nor.settings.get(address, BLANK) for address in case.settings} == case.settings
    assert case.plan().nothing_to_do


@given(doable())
def test_a_page_that_is_left_alone_is_untouched_unless_everything_is_erased(case: Case) -> None:
    left = [page for page in case.flash.pages if page not in case.judged]
    before = {page: case.nor.held(page) for page in left}
    plan = case.plan()
    case.nor.apply(plan)
    for page in left:
        assert case.nor.held(page) == (b"\xff" * page.size if plan.erase_all else before[page])
    assert plan.left == (0 if plan.erase_all else len(left))


@given(doable())
def test_a_chip_that_holds_all_of_it_has_nothing_done_to_it(case: Case) -> None:
    for page in case.judged:
        data = case.wanted[page.start]
        assert data is not None
        case.nor.cells[page.start - case.flash.start : page.end - case.flash.start] = data
    case.nor.settings |= case.settings
    plan = case.plan()
    assert plan.nothing_to_do
    assert (plan.size, plan.seconds, plan.equal) == (0, 0, len(case.judged))
    assert all(plan.counts(image)[0] == 0 for image in case.images)


@given(doable())
def test_the_faster_of_the_two_ways_is_chosen(case: Case) -> None:
    plan = case.plan()
    if plan.erase_all and not case.stuck:
        assert plan.seconds < case.plan(not_all="compare").seconds
    if case.all_allowed and not case.stuck:
        assert plan.all_seconds is not None
        assert plan.seconds == min(plan.page_seconds, plan.all_seconds)


@given(doable())
def test_the_seconds_are_those_of_the_flash_controller_for_what_is_planned(case: Case) -> None:
    for plan in (case.plan(), *([] if case.stuck else [case.plan(not_all="page by page")])):
        words = plan.size // 4 + len(plan.settings)
        erasing = sum(page.erase for page in plan.erase)
        if plan.erase_all:
            assert case.flash.erase_all is not None
            erasing = case.flash.erase_all
        assert plan.seconds == pytest.approx(erasing + words * case.flash.word_write)


@given(cases(stuck=True))
def test_a_word_that_needs_erased_bits_forces_erasing_everything(case: Case) -> None:
    assert case.stuck
    if case.all_allowed:
        plan = case.plan()
        assert plan.erase_all
        assert "can only be changed by erasing everything" in plan.because
        assert plan.settings == tuple(case.settings.items())
    else:
        with pytest.raises(ValueError, match="can only be changed by erasing everything, and keys"):
            case.plan()


@given(doable())
def test_what_must_not_be_erased_as_a_whole_never_is(case: Case) -> None:
    if not case.stuck:
        plan = case.plan(not_all="the MBR is nowhere else")
        assert not plan.erase_all
        assert plan.all_seconds is None
        assert not plan.erase or "must not be erased" in plan.because
    if not case.all_allowed:
        assert not case.plan().erase_all


@given(doable())
def test_spans_in_the_last_range_come_last(case: Case) -> None:
    """Whatever the pages there held: nothing else is written after the first of them."""
    inside = [case.last[0] <= span.start < case.last[1] for span in case.plan().spans]
    assert inside == sorted(inside)
    for span, within in zip(case.plan().spans, inside, strict=True):
        end = span.start + len(span.data)
        assert case.last[0] <= span.start < end <= case.last[1] if within else _apart((span.start, end), case.last)


def _apart(one: Range, other: Range) -> bool:
    return max(one[0], other[0]) >= min(one[1], other[1])


@given(doable())
def test_every_page_is_written_equal_or_left(case: Case) -> None:
    plan = case.plan()
    assert len(plan.written) + plan.equal + plan.left >= len(case.flash.pages)
    if not plan.erase_all:
        assert len(plan.written) + plan.equal + plan.left == len(case.flash.pages)
    for image in case.images:
        pages = case.flash.pages_of(image.start, image.end)
        same = [page for page in pages if case.nor.held(page) == case.wanted[page.start]]
        equal = 0 if plan.erase_all else len(same)
        assert plan.counts(image) == (len(pages) - equal, equal)


@given(cases())
def test_what_is_proved_covers_every_judged_byte_exactly_once(case: Case) -> None:
    proofs = expectations(case.wanted, case.flash, case.images)
    covered = sorted(one for proof in proofs for one in proof.ranges)
    assert all(before[1] <= after[0] for before, after in pairwise(covered))
    judged = {at for page in case.judged for at in range(page.start, page.end)}
    assert {at for start, end in covered for at in range(start, end)} == judged
    assert sum(proof.size for proof in proofs) == len(judged)


@given(cases())
def test_what_is_proved_is_the_crc_of_the_wanted_bytes(case: Case) -> None:
    whole = b"".join(case.wanted[page.start] or b"\0" * page.size for page in case.flash.pages)
    for proof in expectations(case.wanted, case.flash, case.images):
        parts = [whole[start - case.flash.start : end - case.flash.start] for start, end in proof.ranges]
        assert proof.crc32 == zlib.crc32(b"".join(parts))
        assert proof.crc_of([zlib.crc32(part) for part in parts]) == proof.crc32


@given(doable(), st.data())
def test_one_wrong_byte_on_a_judged_page_is_no_proof(case: Case, data: st.DataObject) -> None:
    assume(case.judged)
    case.nor.apply(case.plan())
    page = data.draw(st.sampled_from(case.judged))
    at = page.start - case.flash.start + data.draw(st.integers(0, page.size - 1))
    case.nor.cells[at] ^= data.draw(st.integers(1, 255))
    assert not _proved(case)


@given(doable())
def test_what_was_applied_is_proved(case: Case) -> None:
    case.nor.apply(case.plan())
    assert _proved(case)


def _proved(case: Case) -> bool:
    def crc(start: int, end: int) -> int:
        return zlib.crc32(case.nor.cells[start - case.flash.start : end - case.flash.start])

    proofs = expectations(case.wanted, case.flash, case.images)
    return all(proof.crc_of([crc(*one) for one in proof.ranges]) == proof.crc32 for proof in proofs)


def test_the_crc_of_one_range_after_another_is_that_of_all_their_bytes() -> None:
    proof = Expected("two", ((0, 3), (7, 12)), zlib.crc32(b"abcdefgh"))
    assert proof.crc_of([zlib.crc32(b"abc"), zlib.crc32(b"defgh")]) == proof.crc32
    assert proof.size == 8


def test_a_word_that_is_blank_and_shall_be_blank_needs_nothing() -> None:
    blank = Nor(NRF52840_FLASH, bytearray(b"\xff" * 0x100000), {})
    plan = plan_flash(
        NRF52840_FLASH, wanted_pages(NRF52840_FLASH, []), blank.crcs(), settings={0x10001208: BLANK}, settings_found={}
    )
    assert plan.nothing_to_do


# The images themselves


def images_of(*files: modules.File) -> list[Image]:
    return [image_of(file.name, module.read(file.data), file.data) for file in files]


RELEASE = images_of(*modules.device_os_620(), modules.product())


def plan_after(cells: bytearray, images: Sequence[Image] = RELEASE) -> FlashPlan:
    nor = Nor(NRF52840_FLASH, cells, {})
    return plan_flash(NRF52840_FLASH, wanted_pages(NRF52840_FLASH, images), nor.crcs(), settings={}, settings_found={})


def cells_of(images: Sequence[Image]) -> bytearray:
    cells = bytearray(b"\xff" * 0x100000)
    for image in images:
        cells[image.start : image.end] = image.data
    return cells


def test_a_unit_with_another_release_is_erased_as_a_whole() -> None:
    plan = plan_after(bytearray(bytes(0x100000)))
    assert plan.erase_all
    assert plan.because == f"erasing everything takes {plan.seconds:.1f} s, page by page {plan.page_seconds:.1f} s"
    assert plan.page_seconds > 256 * 0.085


def test_a_unit_that_lacks_only_the_product_is_written_without_an_erase() -> None:
    plan = plan_after(cells_of(RELEASE[:-1]))
    assert (plan.erase_all, plan.erase, plan.because) == (False, (), "no page has to be erased")
    assert [span.start for span in plan.spans] == [RELEASE[-1].start]
    assert plan.counts(RELEASE[-1]) == (30, 0)


def test_one_wrong_page_is_erased_and_written_alone() -> None:
    cells = cells_of(RELEASE)
    cells[0xB5000] ^= 0xFF
    plan = plan_after(cells)
    assert [page.start for page in plan.erase] == [0xB5000]
    assert [(span.start, len(span.data)) for span in plan.spans] == [(0xB5000, 0x1000)]
    assert plan.seconds == pytest.approx(0.085 + 1024 * 41e-6)


@pytest.mark.parametrize(("start", "size"), [(0xFF000, 0x1001), (0x100000, 4)])
def test_an_image_outside_the_flash_is_refused(start: int, size: int) -> None:
    with pytest.raises(ValueError, match=r"big .* lies outside the flash"):
        wanted_pages(NRF52840_FLASH, [Image("big", start, bytes(size))])


def test_two_images_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="two overlaps one at 0x2003"):
        wanted_pages(NRF52840_FLASH, [Image("two", 0x2003, bytes(8)), Image("one", 0x2000, bytes(4))])

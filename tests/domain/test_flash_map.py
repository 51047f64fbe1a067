"""Which page an address lies in."""

import pytest

from station.domain.flash_map import NRF52840_FLASH, FlashMap, Page

MIXED = FlashMap((Page(0x100, 0x10, 0.1), Page(0x110, 0x40, 0.2), Page(0x150, 0x20, 0.3)), 1e-5, None)


@pytest.mark.parametrize("flash", [MIXED, NRF52840_FLASH])
def test_every_address_lies_in_the_one_page_that_holds_it(flash: FlashMap) -> None:
    for page in flash.pages:
        assert flash.page_at(page.start) == page
        assert flash.page_at(page.end - 1) == page
        assert flash.pages_of(page.start, page.end) == (page,)
    assert flash.pages_of(flash.start, flash.end) == flash.pages


@pytest.mark.parametrize("address", [0xFF, 0x170])
def test_an_address_outside_the_flash_is_refused(address: int) -> None:
    with pytest.raises(ValueError, match=f"{address:#x} is outside the flash, 0x100–0x170"):
        MIXED.page_at(address)


def test_a_range_over_the_edge_of_a_page_touches_both() -> None:
    assert MIXED.pages_of(0x10F, 0x111) == MIXED.pages[:2]
    assert MIXED.pages_of(0x110, 0x110) == ()

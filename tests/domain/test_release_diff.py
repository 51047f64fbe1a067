"""Pages that differ, against a plain count of bytes."""

from hypothesis import given
from hypothesis import strategies as st

from station.domain.firmware import Image
from station.domain.release_diff import Change, Item, compare, pages_to_write

data = st.binary(max_size=40).map(lambda some: some * 300)
images = st.builds(Image, st.just("it"), st.integers(0, 0x5000), data)


def held(image: Image, address: int) -> int:
    return image.data[address - image.start] if image.start <= address < image.end else 0xFF


@given(images, images)
def test_a_page_is_written_where_a_byte_of_the_new_image_s_pages_differs(old: Image, new: Image) -> None:
    touched = range(new.start // 0x1000, (new.end + 0xFFF) // 0x1000) if new.data else range(0)
    want = sum(
        any(held(old, at) != held(new, at) for at in range(page * 0x1000, page * 0x1000 + 0x1000)) for page in touched
    )
    assert pages_to_write([old], [new]) == want


@given(images, images)
def test_the_first_address_that_differs_is_told(old: Image, new: Image) -> None:
    [told] = compare([Item("it", {}, old)], [Item("it", {}, new)])
    if old.start != new.start:
        assert told.first == min(old.start, new.start)
    else:
        pairs = zip(old.data, new.data, strict=False)
        at = next((number for number, (one, other) in enumerate(pairs) if one != other), None)
        if at is None and len(old.data) != len(new.data):
            at = min(len(old.data), len(new.data))
        assert told.first == (None if at is None else old.start + at)
    assert (told.change is Change.SAME) == (old == new)

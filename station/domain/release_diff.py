"""What differs between two sets of firmware, part by part and page by page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from station.domain.chip import PAGE
from station.domain.device_os import os_release
from station.domain.firmware import Function, Image, Module

_BLANK_PAGE = b"\xff" * PAGE


class Change(StrEnum):
    """What became of a part."""

    SAME = "same"
    CHANGED = "changed"
    NEW = "new"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Item:
    """A part to be compared: its name, what is known of it by aspect, and its bytes at their address."""

    name: str
    facts: Mapping[str, str]
    image: Image
    on_chip: bool = True


@dataclass(frozen=True, slots=True)
class Difference:
    """One part on both sides: aspects that differ with their values, first address that differs, pages of the new."""

    name: str
    change: Change
    aspects: Mapping[str, tuple[str | None, str | None]]
    first: int | None
    pages: int


def item_of(module: Module, image: Image) -> Item:
    """A module as a part to be compared; user parts are one and the same part at whatever address."""
    number = "" if module.function is Function.USER else f" {module.index}"
    facts = {
        "version": _version(module),
        "platform": str(module.platform),
        "address": f"{image.start:#x}",
        "bytes": str(len(image.data)),
        "product version": str(module.product_version),
        "product id": str(module.product_id),
        "needs": ", ".join("nothing" if one is None else str(one) for one in module.slots),
        "debug port": "locked at its first boot" if module.protects else "left as it is",
        "flags": ", ".join(str(one.name).lower().replace("_", " ") for one in module.flags) or "none",
        "microcontroller": str(module.mcu_target),
        "extensions": ", ".join(str(one) for one in module.extensions) or "none",
        "assets": ", ".join(f"{one.name} {(one.sha256 or '?')[:8]}" for one in module.assets) or "none",
    }
    return Item(f"{module.function.noun}{number}", facts, image)


def _version(module: Module) -> str:
    release = os_release(module.version) if module.function is Function.SYSTEM else str(module.version)
    return str(module.version) if release == str(module.version) else f"{module.version} (Device OS {release})"


def compare(before: Sequence[Item], after: Sequence[Item]) -> list[Difference]:
    """Every part of either side, in the order of the new one, what is gone last."""
    old, kept = {one.name: one for one in before}, {one.name for one in after}
    found = [_changed(old[one.name], one) if one.name in old else _new(one) for one in after]
    return found + [_gone(one) for one in before if one.name not in kept]


def _new(one: Item) -> Difference:
    pages = pages_to_write([], [one.image]) if one.on_chip else 0
    return Difference(one.name, Change.NEW, {name: (None, value) for name, value in one.facts.items()}, None, pages)


def _gone(one: Item) -> Difference:
    return Difference(one.name, Change.GONE, {name: (value, None) for name, value in one.facts.items()}, None, 0)


def _changed(old: Item, new: Item) -> Difference:
    names = {**old.facts, **new.facts}
    aspects = {name: (old.facts.get(name), new.facts.get(name)) for name in names}
    aspects = {name: values for name, values in aspects.items() if values[0] != values[1]}
    first = _first(old.image, new.image)
    change = Change.SAME if first is None and not aspects else Change.CHANGED
    pages = pages_to_write([old.image], [new.image]) if new.on_chip else 0
    return Difference(new.name, change, aspects, first, pages)


def _first(old: Image, new: Image) -> int | None:
    """The lowest address at which the two are not the same, or None."""
    if old.start != new.start:
        return min(old.start, new.start)
    if old.data == new.data:
        return None
    common = min(len(old.data), len(new.data))
    low, high = 0, common  # the first difference lies in [low, high]
    while low < high:
        middle = (low + high) // 2
        if old.data[low : middle + 1] == new.data[low : middle + 1]:
            low = middle + 1
        else:
            high = middle
    return old.start + low


def pages_to_write(before: Iterable[Image], after: Iterable[Image]) -> int:
    """How many pages of 4 KiB that the new images touch hold something else than under the old ones."""
    old, new = _pages(before), _pages(after)
    return sum(old.get(page, _BLANK_PAGE) != content for page, content in new.items())


def _pages(images: Iterable[Image]) -> dict[int, bytearray]:
    """Content by page, blank where no image says anything."""
    pages: dict[int, bytearray] = {}
    for one in (each for each in images if each.data):
        for start in range(one.start // PAGE * PAGE, one.end, PAGE):
            page = pages.setdefault(start, bytearray(_BLANK_PAGE))
            low, high = max(start, one.start), min(start + PAGE, one.end)
            page[low - start : high - start] = one.data[low - one.start : high - one.start]
    return pages

"""The chips a programmer can work on: each with its pages, its algorithm, its RAM and its way of saying who it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pyocd.core.target import Target

from station.domain.chip import ChipIdentity
from station.domain.flash_map import FlashMap


@dataclass(frozen=True)
class SwdTarget:
    """One kind of chip; `buffers` are RAM addresses with room for `room` bytes each, `crc` is free RAM besides."""

    name: str
    flash: FlashMap
    algorithm: Mapping[str, object]
    buffers: tuple[int, int]
    room: int
    crc: int
    ram: range
    identify: Callable[[Target], ChipIdentity]

"""What one firmware file brings, whatever its form."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from station.domain.firmware import Image, Module


@dataclass(frozen=True, slots=True)
class Contents:
    """The modules of a file with their bytes, and what no header describes.

    `boot_record` is the page at 0 without its blank end, `uicr` words by address, `assets` files by name. `unclaimed`
    is content that nothing explains; `notes` are sentences about what was put right or left out.
    """

    modules: tuple[tuple[Module, bytes], ...] = ()
    boot_record: bytes | None = None
    uicr: Mapping[int, int] = field(default_factory=dict)
    assets: Mapping[str, bytes] = field(default_factory=dict)
    unclaimed: tuple[Image, ...] = ()
    notes: tuple[str, ...] = ()

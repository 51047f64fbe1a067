"""The set of firmware modules a unit must leave with, and the rules such a set keeps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from station.domain.chip import FLASH_SIZE, MBR_SIZE
from station.domain.events import SystemMode
from station.domain.firmware import Flag, Function, Image, Module, image_of
from station.domain.platform import platform_named

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$", min_length=64, max_length=64)]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@+-]*$", max_length=120)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=64)]
ReleaseVersion = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z.+-]*$", max_length=32)]

KINDS = {
    "bootloader": Function.BOOTLOADER,
    "softdevice": Function.RADIO,
    "system": Function.SYSTEM,
    "user": Function.USER,
}


class Part(BaseModel, frozen=True, extra="forbid"):
    """One module of a release: its file under firmware/parts/, and the hash that seals it."""

    kind: Literal["bootloader", "softdevice", "system", "user"]
    file: FileName
    version: int = Field(ge=0, le=0xFFFF, strict=True, description="as the module's header says")
    sha256: Sha256 = Field(description="SHA-256 of the whole file")


class BarePart(BaseModel, frozen=True, extra="forbid"):
    """A file under firmware/parts/ that no module header describes."""

    kind: Literal["mbr", "uicr"] = Field(
        description="mbr: raw bytes of the page at 0; uicr: an Intel hex file of the words to write"
    )
    file: FileName
    sha256: Sha256 = Field(description="SHA-256 of the whole file")


class AssetPart(BaseModel, frozen=True, extra="forbid"):
    """A file that the user part needs in the unit's external flash; the debug port cannot write it."""

    name: Annotated[str, StringConstraints(pattern=r"^[^/\\\x00-\x1f\x7f]+$", max_length=255)] = Field(
        description="as the user part calls it"
    )
    file: FileName
    sha256: Sha256 = Field(description="SHA-256 of the whole file, as the user part asks for it")


class Product(BaseModel, frozen=True, extra="forbid"):
    """The product's id in the console, and the PRODUCT_VERSION compiled into the user part."""

    id: int = Field(ge=1, strict=True)
    version: int = Field(ge=1, le=0xFFFF, strict=True)


class Release(BaseModel, frozen=True, extra="forbid"):
    """A manifest under firmware/releases/."""

    name: Slug
    version: ReleaseVersion
    platform: str
    mode: SystemMode = Field(
        default="unknown", description="SYSTEM_MODE compiled into the user part; factory-test firmware must not connect"
    )
    product: Product | None = Field(default=None, description="absent for the factory-test firmware")
    parts: tuple[Part, ...] = Field(min_length=1)
    bare: tuple[BarePart, ...] = Field(default=(), description="boot record and UICR, where the release brings its own")
    assets: tuple[AssetPart, ...] = Field(default=(), description="what the user part needs besides")

    @property
    def title(self) -> str:
        """Name and version, as a person says them."""
        return f"{self.name} {self.version}"

    @property
    def files(self) -> tuple[str, ...]:
        """Every file it needs under firmware/parts/."""
        brought = (*(one.file for one in self.bare), *(one.file for one in self.assets))
        return (*(one.file for one in self.parts), *brought)


@dataclass(frozen=True, slots=True)
class Loaded:
    """One part with the bytes that were read, hashed and will be flashed."""

    part: Part
    module: Module
    data: bytes

    @property
    def image(self) -> Image:
        """What goes on the chip."""
        return image_of(self.part.kind, self.module, self.data)


# Device OS up to 3.x stored an explicit id; from 4.0 the field holds the platform id; 0xFFFF means "not a product".
ANY_PRODUCT = 0xFFFF

NOT_BY_SWD = frozenset({Function.NCP, Function.ASSET})
"""What lies outside the chip's own flash: the debug port can neither write nor check it."""


def problems(release: Release, parts: Sequence[Loaded]) -> list[str]:
    """Every reason why this release may not be flashed, as sentences; empty when it holds together."""
    found: list[str] = []
    platform = platform_named(release.platform)
    if platform is None:
        return [f"platform {release.platform!r} is not a Particle platform"]
    for one in parts:
        found += _of_part(one, platform.id)
    found += _out_of_bounds([one.image for one in parts])
    found += _without_user_part(parts)
    found += _doubles(parts)
    found += _overlaps([one.image for one in parts])
    found += _missing([one.module for one in parts])
    found += _of_product(release, parts)
    found += not_in_the_fixture(parts) if release.product is None else []
    return found


def _of_part(one: Loaded, platform_id: int) -> list[str]:
    module, file = one.module, one.part.file
    found = []
    if not module.crc_ok:
        found.append(f"{file}: its CRC-32 does not match its content; the file is damaged")
    if module.function is not KINDS[one.part.kind]:
        found.append(f"{file}: the manifest calls it {one.part.kind}, its header says {module.function.noun}")
    if module.version != one.part.version:
        found.append(f"{file}: the manifest says version {one.part.version}, its header {module.version}")
    if module.platform != platform_id:
        found.append(f"{file}: it is for platform {module.platform}, the release for platform {platform_id}")
    for flag in (Flag.COMPRESSED, Flag.COMBINED, Flag.ENCRYPTED):
        if flag in module.flags:
            found.append(f"{file}: {str(flag.name).lower()} modules cannot be written over the debug port")
    if module.mcu_target:
        found.append(f"{file}: it is for another microcontroller of the unit, number {module.mcu_target}")
    dropped, radio = Flag.DROP_MODULE_INFO in module.flags, module.function is Function.RADIO
    if radio and not dropped:
        found.append(f"{file}: its header would be written where the SoftDevice begins: no flag drop module info")
    if dropped and not radio:
        found.append(f"{file}: its header would stay behind (flag drop module info), and Device OS looks for it")
    return found


def _out_of_bounds(images: Sequence[Image]) -> list[str]:
    """Images outside the flash a release may write: not the MBR's page, not UICR, nothing behind the end."""
    return [
        f"{one.name} {one.start:#x}–{one.end:#x} lies outside {MBR_SIZE:#x}–{FLASH_SIZE:#x}"
        for one in images
        if one.start < MBR_SIZE or one.end > FLASH_SIZE
    ]


def _without_user_part(parts: Sequence[Loaded]) -> list[str]:
    """Device OS without a valid user part boots into safe mode, and safe mode connects."""
    if any(one.part.kind == "user" for one in parts):
        return []
    return ["there is no user part: the unit would start in safe mode, which connects to the cloud"]


def _doubles(parts: Sequence[Loaded]) -> list[str]:
    seen: dict[tuple[Function, int], str] = {}
    found = []
    for one in parts:
        key = (one.module.function, one.module.index)
        if key in seen:
            found.append(f"{one.part.file} and {seen[key]} are both {one.module.function.noun} {one.module.index}")
        seen[key] = one.part.file
    return found


def _overlaps(images: Iterable[Image]) -> list[str]:
    ordered = sorted(images, key=lambda one: one.start)
    return [
        f"{low.name} {low.start:#x}–{low.end:#x} overlaps {high.name} {high.start:#x}–{high.end:#x}"
        for low, high in pairwise(ordered)
        if low.end > high.start
    ]


def _missing(modules: Sequence[Module]) -> list[str]:
    """Dependencies no module of the release satisfies; those a debug port cannot reach are left to the unit's word."""
    found = []
    for module in modules:
        for need in module.dependencies:
            present = [one for one in modules if (one.function, one.index) == (need.function, need.index)]
            if any(one.satisfies(need) for one in present):
                continue
            if need.function in NOT_BY_SWD or (need.function is Function.RADIO and not present):
                continue
            have = f"the release has version {present[0].version}" if present else "the release has none"
            found.append(f"{module} needs {need}; {have}")
    return found


def left_to_the_unit(modules: Sequence[Module]) -> list[str]:
    """What the release cannot show or write: dependencies only the running unit can confirm, and assets."""
    needs = [
        f"{module} needs {need}, which the release does not bring: the unit must report it"
        for module in modules
        for need in module.dependencies
        if (need.function in NOT_BY_SWD or need.function is Function.RADIO)
        and not any((one.function, one.index) == (need.function, need.index) for one in modules)
    ]
    assets = [
        f"{module} needs asset {need.name!r}, which the debug port cannot write:"
        " the unit's first boot with this user part is safe mode until it arrives"
        for module in modules
        for need in module.assets
    ]
    return needs + assets


def not_in_the_fixture(parts: Sequence[Loaded]) -> list[str]:
    """Why these modules may not boot in the fixture, as factory-test firmware does."""
    found = [
        f"{one.part.file}: it needs assets, without which it starts in safe mode, which connects;"
        " factory-test firmware needs none, and a release for units names its product"
        for one in parts
        if one.module.assets
    ]
    return found + [
        f"{one.part.file}: {one.module} locks the debug port at its first boot (extension SECURITY_MODE), in the"
        " fixture and before the product's firmware is on; factory-test firmware needs a bootloader without it, and a"
        " release for units names its product"
        for one in parts
        if one.module.protects
    ]


def _of_product(release: Release, parts: Sequence[Loaded]) -> list[str]:
    if release.product is None:
        return []
    platform = platform_named(release.platform)
    found = []
    for one in parts:
        module = one.module
        if module.function is not Function.USER:
            continue
        if module.product_version != release.product.version:
            found.append(
                f"{one.part.file}: PRODUCT_VERSION is {module.product_version},"
                f" the release says {release.product.version}"
            )
        wildcard = {ANY_PRODUCT, platform.id if platform else ANY_PRODUCT, None}
        if module.product_id not in wildcard | {release.product.id}:
            found.append(f"{one.part.file}: it is for product {module.product_id}, not {release.product.id}")
    return found

"""A release drafted from what was chosen, judged by every rule, not yet on disk."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from pydantic import ValidationError

from station.domain.bare import Bare, asset_problems, bare_problems, missing_assets
from station.domain.events import SystemMode
from station.domain.firmware import Function, Module
from station.domain.layout import misplaced, unwritable
from station.domain.release import (
    ANY_PRODUCT,
    KINDS,
    AssetPart,
    BarePart,
    Loaded,
    Part,
    Product,
    Release,
    left_to_the_unit,
    problems,
)
from station.domain.remarks import remarks
from station.domain.sealing import Choice, NotSealed, Piece

Named = Callable[[str, bytes], str]
"""The file name to use for these bytes, given the one they should have."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A release that holds together, the bytes of every file it names, and the file of the folder each came from."""

    release: Release
    parts: tuple[Loaded, ...]
    bare: tuple[Bare, ...]
    files: dict[str, bytes]
    origins: dict[str, str]
    notes: tuple[str, ...]

    @property
    def remarks(self) -> list[str]:
        """What a person should know of its modules."""
        return remarks(one.module for one in self.parts)


_KIND = {function: kind for kind, function in KINDS.items()}


def draft(
    choice: Choice,
    name: str,
    version: str,
    product_id: int | None,
    uicr_file: bytes,
    named: Named = lambda name, _: name,
    mode: SystemMode = "unknown",
) -> Draft:
    """The release of that name and version. `uicr_file` holds the chosen words. Raises NotSealed."""
    try:
        made = _draft(choice, name, version, product_id, uicr_file, named)
    except ValidationError as error:
        raise NotSealed([f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]) from None
    wrong = problems(made.release, made.parts)
    wrong += misplaced(made.parts)
    wrong += bare_problems(made.release, made.parts, made.bare)
    wrong += asset_problems([one.module for one in made.parts], made.release.assets)
    if choice.user is not None:
        wrong += missing_assets(choice.user.assets, {name: one.sha256 for name, one in choice.assets.items()})
    why = unwritable(choice.platform.name, choice.platform.mcu)
    if why or wrong:
        raise NotSealed([why] if why else wrong)
    return replace(made, release=made.release.model_copy(update={"mode": mode}))


def _draft(choice: Choice, name: str, version: str, product_id: int | None, uicr: bytes, named: Named) -> Draft:
    files: dict[str, bytes] = {}
    origins: dict[str, str] = {}

    def keep(should: str, piece: Piece) -> str:
        file = named(should, piece.data)
        files[file], origins[file] = piece.data, piece.origin
        return file

    platform = choice.platform.name
    parts = []
    for module, piece in choice.modules:
        file = keep(file_name(platform, module), piece)
        values = {"kind": _KIND[module.function], "file": file, "version": module.version, "sha256": piece.sha256}
        parts.append(Loaded(Part.model_validate(values), module, piece.data))
    bare = []
    if choice.boot_record is not None:
        piece = choice.boot_record
        file = keep(f"{platform}-mbr@{piece.sha256[:8]}.bin", piece)
        bare.append(Bare(BarePart(kind="mbr", file=file, sha256=piece.sha256), piece.data))
    if choice.uicr:
        piece = Piece(uicr, "UICR")
        file = keep(f"{platform}-uicr@{piece.sha256[:8]}.hex", piece)
        bare.append(Bare(BarePart(kind="uicr", file=file, sha256=piece.sha256), piece.data, choice.uicr))
    assets = tuple(
        AssetPart(name=asset, file=keep(_asset_file(asset, piece), piece), sha256=piece.sha256)
        for asset, piece in choice.assets.items()
    )
    release = Release(
        name=name,
        version=version,
        platform=platform,
        product=_product(choice, product_id),
        parts=tuple(one.part for one in parts),
        bare=tuple(one.part for one in bare),
        assets=assets,
    )
    notes = [*choice.notes, *left_to_the_unit([one for one, _ in choice.modules]), *_no_product(release)]
    return Draft(release, tuple(parts), tuple(bare), files, origins, tuple(notes))


def file_name(platform: str, module: Module) -> str:
    """What a module's file is called under firmware/parts/: by its header, and a user part by PRODUCT_VERSION."""
    match module.function:
        case Function.SYSTEM | Function.USER:
            noun = f"{_KIND[module.function]}-part{module.index}"
        case Function.BOOTLOADER | Function.RADIO:
            noun = _KIND[module.function] + (str(module.index) if module.index else "")
        case _:
            noun = f"{module.function.name.lower()}{module.index}"
    version = module.product_version if module.function is Function.USER else None
    return f"{platform}-{noun}@{module.version if version is None else version}.bin"


def _asset_file(name: str, piece: Piece) -> str:
    plain = re.sub(r"[^A-Za-z0-9._+-]+", "-", name)
    return f"asset-{piece.sha256[:8]}-{plain[-80:]}"


def _product(choice: Choice, product_id: int | None) -> Product | None:
    """The product that was named, else the one in the user part where that is none of the wildcards."""
    user = choice.user
    if user is None:
        return None
    if product_id is None:
        if user.product_id in (None, 0, ANY_PRODUCT, choice.platform.id):
            return None
        product_id = user.product_id
    if not user.product_version:
        raise NotSealed([f"the user part has no PRODUCT_VERSION, so it belongs to no product, not to {product_id}"])
    return Product.model_validate({"id": product_id, "version": user.product_version})


def _no_product(release: Release) -> list[str]:
    if release.product is not None:
        return []
    return ["no product: good for factory-test firmware; a release for units needs --product-id"]

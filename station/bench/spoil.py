"""Mishaps of files: firmware and configuration that somebody damaged or put together wrongly."""

import hashlib
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from station.bench import modules
from station.domain.faults import ConfigRefused, Fault, FileChanged, ReleaseRefused

RELEASE = "firmware/releases/gateway-1.4.0.toml"
RECIPE = "configs/recipes/gateway.toml"
_VERSION, _SIZE, _SYSTEM = 14, 120 * 1024, 6200


@dataclass(frozen=True, slots=True)
class Spoilt:
    """One way to spoil the files, and the fault the station must answer with; `late` is after its start."""

    name: str
    says: str
    fault: type[Fault]
    spoil: Callable[[Path, Path], None]
    late: bool = False


def copy_root(source: Path, target: Path) -> None:
    """A copy of configs/, fixtures/ and firmware/releases/ that may be spoilt."""
    if source == target:
        return
    for name in ("configs", "fixtures", "firmware/releases"):
        shutil.copytree(source / name, target / name, dirs_exist_ok=True)


HURRY = 6.0
"""Seconds: what is left of a question's minute where nobody is going to answer it."""


def hurry(root: Path) -> None:
    """Shorten the time of every question to the operator, in all recipes: nobody is there to read them."""
    for recipe in (root / "configs" / "recipes").glob("*.toml"):
        lines = [
            re.sub(r"within *= *[0-9.]+", f"within = {HURRY:g}", line) if 'do = "prompt"' in line else line
            for line in recipe.read_text(encoding="utf-8").splitlines(keepends=True)
        ]
        recipe.write_text("".join(lines), encoding="utf-8")


def _product_file(parts: Path) -> Path:
    return parts / modules.product().name


def _seal_again(root: Path, parts: Path, data: bytes) -> None:
    """Put other bytes in the product's place and their hash in the manifest, as a careless hand would."""
    path, manifest = _product_file(parts), root / RELEASE
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(data)
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace(before, hashlib.sha256(data).hexdigest()), encoding="utf-8")


def _bad_crc(root: Path, parts: Path) -> None:
    data = bytearray(_product_file(parts).read_bytes())
    data[len(data) // 2] ^= 1
    _seal_again(root, parts, bytes(data))


def _other_platform(root: Path, parts: Path) -> None:
    _seal_again(root, parts, modules.user_part(12, "product", modules.USER_START, _SIZE, _SYSTEM, _VERSION))


def _overlap(root: Path, parts: Path) -> None:
    _seal_again(root, parts, modules.user_part(13, "product", modules.USER_START - 0x8000, _SIZE, _SYSTEM, _VERSION))


def _dependency(root: Path, parts: Path) -> None:
    _seal_again(root, parts, modules.user_part(13, "product", modules.USER_START, _SIZE, _SYSTEM + 1, _VERSION))


def _swap(root: Path, parts: Path) -> None:
    data = bytearray(_product_file(parts).read_bytes())
    data[-100] ^= 1
    _product_file(parts).write_bytes(bytes(data))


def _unknown_key(root: Path, parts: Path) -> None:
    recipe = root / RECIPE
    text = recipe.read_text(encoding="utf-8")
    recipe.write_text(
        text.replace('revision     = "A"\n', 'revision     = "A"\nskip_the_seal = true\n'), encoding="utf-8"
    )


CATALOGUE = (
    Spoilt("module_bad_crc", "A module was damaged before it was sealed into the release.", ReleaseRefused, _bad_crc),
    Spoilt("module_wrong_platform", "The product's module is for an Argon.", ReleaseRefused, _other_platform),
    Spoilt("modules_overlap", "The product's module lies over the end of Device OS.", ReleaseRefused, _overlap),
    Spoilt("module_dependency", "The product's module needs a newer Device OS.", ReleaseRefused, _dependency),
    Spoilt("manifest_mismatch", "A module is not the one its manifest was sealed with.", FileChanged, _swap),
    Spoilt("file_swapped", "A module is swapped after the station has checked it.", FileChanged, _swap, late=True),
    Spoilt("config_unknown_key", "The recipe has a key nobody knows.", ConfigRefused, _unknown_key),
)

BY_NAME = {one.name: one for one in CATALOGUE}

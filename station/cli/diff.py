"""`station firmware diff`: what differs between two releases, or two files."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from station.cli.common import BAD_CONFIG, json_option, root_of, root_option, say_json, say_warnings
from station.cli.stage import bench_parts
from station.codec import firmware_file
from station.codec.module import NotAModule
from station.config import Root
from station.domain.bare import UICR_START
from station.domain.contents import Contents
from station.domain.counted import counted
from station.domain.firmware import Image, image_of
from station.domain.release import Release
from station.domain.release_diff import Change, Difference, Item, compare, item_of, pages_to_write
from station.domain.remarks import remarks
from station.drivers.firmware_files import MAX_FILE, FirmwareFiles
from station.drivers.release_folder import FIRMWARE
from station.toml_file import load

DIFFERENT = 1
"""Exit code, as diff(1) has it."""


@dataclass(frozen=True, slots=True)
class _Side:
    title: str
    items: tuple[Item, ...]
    warnings: tuple[str, ...]


@click.command()
@click.argument("a")
@click.argument("b")
@click.option(
    "--parts",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the releases' files.  [default: firmware/parts of the root]",
)
@root_option
@json_option
def diff(a: str, b: str, parts: Path | None, root: Path | None, as_json: bool) -> None:
    """Compare two releases, by name or manifest, or two files, and tell what a unit with A would be flashed with for B.

    Exits 0 when they are the same, 1 when they differ, 78 when one of them cannot be read.
    """
    if _is_file(a) != _is_file(b):
        other = b if _is_file(a) else a
        raise click.UsageError(f"Two releases can be compared, or two files; {other!r} is no firmware file.")
    try:
        before, after = (_side(one, root_of(root), parts) for one in (a, b))
    except NotAModule as error:
        if as_json:
            say_json({"refused": [str(error)]})
        click.secho(str(error), fg="red", err=True)
        raise SystemExit(BAD_CONFIG) from None
    found = compare(before.items, after.items)
    pages = pages_to_write(_images(before), _images(after))
    same = all(one.change is Change.SAME for one in found)
    if as_json:
        say_json(_document(before, after, found, pages, same))
    else:
        _print(before, after, found, pages, same)
    raise SystemExit(0 if same else DIFFERENT)


def _is_file(name: str) -> bool:
    """A firmware file, there or not; anything else is a release's name or manifest."""
    path = Path(name)
    return path.suffix.lower() in FIRMWARE or (path.is_file() and path.suffix != ".toml")


def _side(name: str, root: Root, parts: Path | None) -> _Side:
    if _is_file(name):
        path = Path(name)
        try:
            size = path.stat().st_size
            if size > MAX_FILE:
                raise NotAModule(f"{path}: {size} bytes are too large for firmware")
            contents = firmware_file.read(path.read_bytes())
        except OSError as error:
            raise NotAModule(f"{path}: {error.strerror}") from error
        except NotAModule as error:
            raise NotAModule(f"{path}: {error}") from None
        return _Side(path.name, _items(contents), _warnings(contents))
    release = (load(Path(name), Release) if name.endswith(".toml") else root.release(name)).value
    return _of_release(release, FirmwareFiles(parts or bench_parts(root.parts, release)))


def _of_release(release: Release, files: FirmwareFiles) -> _Side:
    """Raises FileChanged, ReleaseRefused."""
    bare = files.unjudged(release)
    record = next((one.data for one in bare if one.part.kind == "mbr"), None)
    words = {address: word for one in bare for address, word in one.words.items()}
    modules = tuple((one.module, one.data) for one in files.read(release))
    contents = Contents(modules=modules, boot_record=record, uicr=words, assets=files.assets(release))
    product = release.product
    facts = {"platform": release.platform, "product": f"{product.id} version {product.version}" if product else "none"}
    whole = Item("release", facts, Image("release", 0, b""), on_chip=False)
    return _Side(release.title, (whole, *_items(contents)), _warnings(contents))


def _warnings(contents: Contents) -> tuple[str, ...]:
    return tuple(remarks(one for one, _ in contents.modules))


def _items(contents: Contents) -> tuple[Item, ...]:
    items = _each_its_name([item_of(one, image_of("", one, data)) for one, data in contents.modules])
    if contents.boot_record is not None:
        items.append(Item("boot record", {}, Image("boot record", 0, contents.boot_record)))
    if contents.uicr:
        words = {f"{address:#x}": f"{word:#x}" for address, word in contents.uicr.items()}
        items.append(Item("UICR", words, Image("UICR", UICR_START, b""), on_chip=False))
    for name, data in contents.assets.items():
        digest = hashlib.sha256(data).hexdigest()
        facts = {"sha256": digest, "bytes": str(len(data))}
        items.append(Item(f"asset {name!r}", facts, Image(name, 0, b""), on_chip=False))
    return tuple(items)


def _each_its_name(items: list[Item]) -> list[Item]:
    """A second module of the same kind is told apart by its address."""
    names = [one.name for one in items]
    return [
        replace(one, name=f"{one.name} at {one.image.start:#x}") if one.name in names[:number] else one
        for number, one in enumerate(items)
    ]


def _images(side: _Side) -> list[Image]:
    return [one.image for one in side.items if one.on_chip]


def _document(before: _Side, after: _Side, found: Sequence[Difference], pages: int, same: bool) -> dict[str, object]:
    return {
        "a": before.title,
        "b": after.title,
        "same": same,
        "pages": pages,
        "warnings": {"a": list(before.warnings), "b": list(after.warnings)},
        "parts": [
            {
                "part": one.name,
                "change": one.change.value,
                "aspects": {name: list(values) for name, values in one.aspects.items()},
                "first": one.first,
                "pages": one.pages,
            }
            for one in found
        ],
    }


_COLOURS = {Change.SAME: None, Change.CHANGED: "yellow", Change.NEW: "green", Change.GONE: "red"}


def _print(before: _Side, after: _Side, found: Sequence[Difference], pages: int, same: bool) -> None:
    if same:
        click.echo("the same")
        say_warnings(after.warnings)
        return
    click.secho(f"{before.title} → {after.title}", bold=True)
    for one in found:
        if one.name == "release" and one.change is Change.SAME:
            continue
        click.secho(f"  {one.change.value:<8} {one.name}", fg=_COLOURS[one.change])
        if one.change is Change.CHANGED:
            for name, (old, new) in one.aspects.items():
                click.echo(f"             {name}: {_said(old)} → {_said(new)}")
        if one.first is not None:
            click.echo(f"             differs from {one.first:#x} on, in {counted(one.pages, 'page')} of 4 KiB")
    click.echo(f"A unit with {before.title} would be flashed in {counted(pages, 'page')} of 4 KiB.")
    for side in (before, after):
        say_warnings(f"{side.title}: {one}" for one in side.warnings)


def _said(value: str | None) -> str:
    return "nothing" if value is None else value

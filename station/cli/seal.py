"""`station firmware seal`: a folder of firmware becomes a release."""

from pathlib import Path

import click
from pydantic import TypeAdapter, ValidationError

from station.cli.common import BAD_CONFIG, json_option, root_of, root_option, say_fault, say_json, say_warnings, shown
from station.codec import intel_hex
from station.domain.counted import counted
from station.domain.draft import Draft, draft
from station.domain.events import SystemMode
from station.domain.layout import region_of
from station.domain.release import Loaded, ReleaseVersion, Slug
from station.domain.sealing import Choice, NotSealed, choose
from station.drivers import release_folder


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--name", help="Of the release, such as gateway.  [default: the folder's name]")
@click.option("--version", help="Of the release, such as 1.4.0.  [default: the user part's PRODUCT_VERSION]")
@click.option(
    "--product-id", type=click.IntRange(min=1, max=0xFFFF_FFFF), help="In the console; none for factory-test firmware."
)
@click.option(
    "--mode",
    type=click.Choice(["automatic", "semi_automatic", "manual"]),
    help="SYSTEM_MODE compiled into the user part; factory-test firmware needs one that does not connect by itself.",
)
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder with parts/ and releases/.  [default: firmware/ of the root]",
)
@click.option("--dry-run", is_flag=True, help="Print what would be sealed and write nothing.")
@click.option("--force", is_flag=True, help="Replace another manifest of the same name; parts are never replaced.")
@root_option
@json_option
def seal(
    folder: Path,
    name: str | None,
    version: str | None,
    product_id: int | None,
    mode: SystemMode | None,
    into: Path | None,
    dry_run: bool,
    force: bool,
    root: Path | None,
    as_json: bool,
) -> None:
    """Seal a release from the firmware in FOLDER: .bin, .hex and .zip, told by what is in them.

    Takes bootloader, SoftDevice, system parts, user part, boot record, UICR and assets, checks all of it together,
    copies it to parts/ and writes the manifest last. Sealing the same again changes nothing. Exits 78 when anything is
    refused.
    """
    target = (into or root_of(root).path / "firmware").resolve()
    try:
        looked = release_folder.look(folder)
        choice = choose(looked.found)
        named = _name(name, folder), _version(version, choice)
        made = draft(
            choice,
            *named,
            product_id,
            intel_hex.write(intel_hex.of_words(choice.uicr)),
            lambda should, data: release_folder.free_name(target / "parts", should, data),
            mode or "unknown",
        )
        already = False if force else release_folder.sealed_already(target, made.release)
        if not dry_run:
            release_folder.write(made, target)
    except NotSealed as refused:
        if as_json:
            say_json({"sealed": False, "refused": list(refused.reasons)})
        say_fault(refused)
        raise SystemExit(BAD_CONFIG) from None
    written = not dry_run and not already
    if as_json:
        say_json(_document(made, target, looked.ignored, written, dry_run))
    else:
        _print(made, target, looked.ignored, written, dry_run)


def _name(given: str | None, folder: Path) -> str:
    return _valid(TypeAdapter(Slug), "name", folder.resolve().name if given is None else given)


def _version(given: str | None, choice: Choice) -> str:
    if given is None and choice.user is not None and choice.user.product_version:
        given = str(choice.user.product_version)
    if given is None:
        raise click.UsageError("The user part has no PRODUCT_VERSION; give the release a --version.")
    return _valid(TypeAdapter(ReleaseVersion), "version", given)


def _valid(kind: TypeAdapter[str], what: str, value: str) -> str:
    try:
        return kind.validate_python(value)
    except ValidationError:
        raise click.UsageError(f"{value!r} is no {what} of a release; give one with --{what}.") from None


def _document(made: Draft, into: Path, ignored: dict[str, str], written: bool, dry_run: bool) -> dict[str, object]:
    release = made.release
    return {
        "sealed": not dry_run,
        "written": written,
        "manifest": str(release_folder.manifest_path(into, release)),
        "release": release.model_dump(mode="json"),
        "parts": [
            {
                **one.part.model_dump(),
                "what": str(one.module),
                "start": one.image.start,
                "end": one.image.end,
                "room": _room(one),
                "from": made.origins[one.part.file],
            }
            for one in made.parts
        ],
        "uicr": {f"{address:#x}": f"{word:#x}" for one in made.bare for address, word in one.words.items()},
        "notes": list(made.notes),
        "warnings": made.remarks,
        "ignored": ignored,
    }


def _room(one: Loaded) -> int | None:
    region = region_of(one.module)
    return region.room(one.image) if region else None


def _print(made: Draft, into: Path, ignored: dict[str, str], written: bool, dry_run: bool) -> None:
    release = made.release
    product = f", product {release.product.id} version {release.product.version}" if release.product else ""
    click.secho(f"{release.title}, for a {release.platform}{product}", bold=True)
    click.secho(f"  {'PART':<14} {'VERSION':>7}  {'ADDRESS':<17} {'BYTES':>7} {'LEFT':>7}  FILE IN parts/", dim=True)
    for one in made.parts:
        image, room = one.image, _room(one)
        noun = f"{one.module.function.noun} {one.module.index or ''}"
        left = "" if room is None else room
        where = f"{image.start:#07x}–{image.end:#08x}"
        origin = made.origins[one.part.file]
        came = "" if origin == one.part.file else f"  from {origin}"
        click.echo(
            f"  {noun:<14} {one.module.version:>7}  {where:<17} {len(image.data):>7} {left:>7}  {one.part.file}{came}"
        )
    for bare in made.bare:
        what = "boot record" if bare.part.kind == "mbr" else f"{counted(len(bare.words), 'word')} of UICR"
        click.echo(f"  {what:<56}  {bare.part.file}  from {made.origins[bare.part.file]}")
    for asset in release.assets:
        click.echo(f"  {'asset ' + asset.name:<56}  {asset.file}  from {made.origins[asset.file]}")
    for note in made.notes:
        click.echo(f"  note: {note}")
    say_warnings(made.remarks)
    for file, why in ignored.items():
        click.echo(f"  ignored: {file}: {why}")
    path = shown(release_folder.manifest_path(into, release))
    if dry_run:
        click.secho(f"Nothing was written; this would be {path}", fg="yellow")
    elif written:
        click.secho(f"Sealed: {path}", fg="green")
    else:
        click.secho(f"Sealed already, nothing was changed: {path}", fg="green")

"""`station firmware`: what a module file says of itself."""

from pathlib import Path

import click

from station.cli.common import BAD_CONFIG, json_option, say_json
from station.codec import module as codec
from station.domain.firmware import Dependency, Module, image_of
from station.domain.platform import platform_with_id


@click.group()
def firmware() -> None:
    """Look into firmware."""


@firmware.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def inspect(files: tuple[Path, ...], as_json: bool) -> None:
    """Explain module files: what each is, for which platform, where it goes, what it needs.

    Exits 78 when a file is no module, or a damaged one. With --json, one object a line.
    """
    bad = False
    for path in files:
        try:
            data = path.read_bytes()
            module = codec.read(data)
        except codec.NotAModule as error:
            bad = True
            if as_json:
                say_json({"file": path.name, "error": str(error)})
            else:
                click.secho(f"{path.name}: {error}", fg="red", err=True)
            continue
        bad = bad or not module.crc_ok
        if as_json:
            say_json({"file": path.name, **facts(module)})
        else:
            _explain(path, module, data)
    raise SystemExit(BAD_CONFIG if bad else 0)


def facts(module: Module) -> dict[str, object]:
    """A module's header and suffix; numbers as in the file."""
    return {
        "function": int(module.function),
        "function_name": module.function.name,
        "index": module.index,
        "version": module.version,
        "platform": module.platform,
        "start": module.start,
        "end": module.end,
        "flags": int(module.flags),
        "dependencies": [_need(one) for one in module.dependencies],
        "prefix_size": module.prefix_size,
        "suffix_size": module.suffix_size,
        "product_id": module.product_id,
        "product_version": module.product_version,
        "sha256": module.sha256,
        "crc32": f"{module.crc32:08x}",
        "crc_ok": module.crc_ok,
        "size": module.size,
    }


def _need(one: Dependency) -> dict[str, int]:
    return {"function": int(one.function), "index": one.index, "version": one.version}


def _explain(path: Path, module: Module, data: bytes) -> None:
    platform = platform_with_id(module.platform)
    image = image_of(path.name, module, data)
    click.secho(f"{path.name}", bold=True)
    click.echo(
        f"  what      {module}, for {platform.name if platform else 'unknown platform'} (platform {module.platform})"
    )
    click.echo(f"  goes to   {image.start:#x}–{image.end:#x}, {len(image.data)} of the file's {module.size} bytes")
    click.echo(f"  needs     {', '.join(str(one) for one in module.dependencies) or 'nothing'}")
    if module.product_version is not None:
        click.echo(f"  product   id {module.product_id}, version {module.product_version}")
    if module.flags:
        click.echo(f"  flags     {', '.join(str(flag.name).lower().replace('_', ' ') for flag in module.flags)}")
    click.echo(f"  sha256    {module.sha256}")
    if module.crc_ok:
        click.echo(f"  crc32     {module.crc32:08x}, right")
    else:
        click.secho(f"  crc32     {module.crc32:08x}, WRONG: the file is damaged", fg="red")

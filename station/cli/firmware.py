"""`station firmware`: what a module file says of itself."""

import hashlib
from pathlib import Path

import click

from station.cli.common import BAD_CONFIG, json_option, say_json
from station.cli.diff import diff
from station.cli.seal import seal
from station.codec import firmware_file
from station.codec import module as codec
from station.domain.contents import Contents
from station.domain.firmware import HEADER_SIZE, Module, image_of
from station.domain.platform import platform_with_id

MCU_TARGET = 8
"""Offset of the field in the header (Device OS, dynalib/inc/module_info.h)."""

ANY_PRODUCT = 0xFFFF
PRODUCT_SUFFIX = 40
"""Bytes of the smallest suffix with product fields; 0xFFFF in them means "not a product"."""


@click.group()
def firmware() -> None:
    """Look into firmware, compare it, seal releases."""


firmware.add_command(seal)
firmware.add_command(diff)


@firmware.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def inspect(files: tuple[Path, ...], as_json: bool) -> None:
    """Explain module files: what each is, for which platform, where it goes, what it needs; .hex and .zip, too.

    Exits 78 when a file is no module, or a damaged one. With --json, one object a line.
    """
    bad = False
    for path in files:
        try:
            data = path.read_bytes()
            if data.startswith((b":", b"PK")):
                bad = not _inspect_container(path, firmware_file.read(data), as_json) or bad
                continue
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
            say_json({"file": path.name, **facts(module, data)})
        else:
            _explain(path, module, data)
    raise SystemExit(BAD_CONFIG if bad else 0)


def _inspect_container(path: Path, contents: Contents, as_json: bool) -> bool:
    """A hex file or a bundle, module by module; returns whether all of it is understood."""
    for module, data in contents.modules:
        if as_json:
            say_json({"file": path.name, **facts(module, data)})
        else:
            _explain(Path(f"{path.name}, {module.function.noun}"), module, data)
    besides = [f"asset {name}, {len(data)} bytes" for name, data in contents.assets.items()]
    besides += [f"UICR {address:#010x} = {word:08x}" for address, word in contents.uicr.items()]
    if contents.boot_record is not None:
        besides.append(f"boot record, {len(contents.boot_record)} bytes at 0")
    besides += [f"not understood: {len(one.data)} bytes at {one.start:#x}" for one in contents.unclaimed]
    besides += contents.notes
    if as_json:
        say_json({"file": path.name, "besides": besides})
    for one in [] if as_json else besides:
        click.echo(f"{path.name}: {one}")
    return not contents.unclaimed and all(module.crc_ok for module, _ in contents.modules)


def facts(module: Module, data: bytes) -> dict[str, object]:
    """A module's file, header and suffix; numbers as in the file, dependencies as function, index, version."""
    platform = platform_with_id(module.platform)
    offset = module.prefix_size - HEADER_SIZE
    needs = [[int(one.function), one.index, one.version] for one in module.dependencies] + [[0, 0, 0]] * 2
    no_product = ANY_PRODUCT if module.suffix_size >= PRODUCT_SUFFIX else None
    return {
        "size": module.size,
        "sha256": hashlib.sha256(data).hexdigest(),
        "platform": module.platform,
        "platform_name": platform.name if platform else None,
        "function": module.function.name.lower(),
        "index": module.index,
        "version": module.version,
        "start": module.start,
        "end": module.end,
        "prefix_offset": offset,
        "flags": int(module.flags),
        "mcu_target": data[offset + MCU_TARGET],
        "dep": needs[0],
        "dep2": needs[1],
        "product_id": no_product if module.product_id is None else module.product_id,
        "product_version": no_product if module.product_version is None else module.product_version,
        "suffix_size": module.suffix_size,
        "suffix_sha256": module.sha256,
        "crc32": f"{module.crc32:08x}",
        "crc_ok": module.crc_ok,
    }


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
    click.echo(f"  sha256    {hashlib.sha256(data).hexdigest()}")
    if module.crc_ok:
        click.echo(f"  crc32     {module.crc32:08x}, right")
    else:
        click.secho(f"  crc32     {module.crc32:08x}, WRONG: the file is damaged", fg="red")

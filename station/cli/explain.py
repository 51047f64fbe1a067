"""What `station firmware inspect` says of a module, to a person and to a program."""

import hashlib
from collections.abc import Mapping, Sequence

import click

from station.cli.common import say_warnings
from station.codec.module import BASE_SUFFIX, PRODUCT_SIZE, covered, slot_numbers
from station.domain.contents import Contents
from station.domain.device_os import os_release
from station.domain.firmware import HEADER_SIZE, Dependency, Flag, Function, Module, image_of
from station.domain.layout import region_of
from station.domain.platform import platform_with_id
from station.domain.release import ANY_PRODUCT
from station.domain.remarks import remarks

Known = Sequence[tuple[Module, str]]
"""Modules that may meet a need, with the names of their files."""


def facts(module: Module, data: bytes, known: Known) -> dict[str, object]:
    """A module's file, header and suffix; numbers as in the file, dependencies as function, index, version."""
    platform = platform_with_id(module.platform)
    offset = module.prefix_size - HEADER_SIZE
    needs = [list(slot_numbers(one)) for one in module.slots]
    no_product = ANY_PRODUCT if module.suffix_size >= BASE_SUFFIX + PRODUCT_SIZE else None
    region = region_of(module)
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
        "mcu_target": module.mcu_target,
        "dep": needs[0],
        "dep2": needs[1],
        "product_id": no_product if module.product_id is None else module.product_id,
        "product_version": no_product if module.product_version is None else module.product_version,
        "suffix_size": module.suffix_size,
        "suffix_sha256": module.sha256,
        "suffix_sha256_covers": covered(data, module),
        "extensions": [{"number": one.number, "size": one.size} for one in module.extensions],
        "crc32": f"{module.crc32:08x}",
        "crc_ok": module.crc_ok,
        "room": region.room(image_of("", module, data)) if region else None,
        "needs": [{"needs": str(one), "met_by": _met_by(module, one, known)} for one in module.dependencies],
        "assets": [{"name": one.name, "sha256": one.sha256} for one in module.assets],
        "release": os_release(module.version) if module.function is Function.SYSTEM else None,
        "locks_debug_port": module.protects,
        "warnings": remarks([module]),
    }


def _met_by(module: Module, need: Dependency, known: Known) -> str | None:
    """The file with a module for the same platform that meets the need."""
    return next((file for one, file in known if one.platform == module.platform and one.satisfies(need)), None)


def rest_facts(contents: Contents) -> dict[str, object]:
    """What a file holds besides modules; empty where there is nothing."""
    told: Mapping[str, object] = {
        "boot_record": None if contents.boot_record is None else _sha256(contents.boot_record),
        "uicr": {f"{address:#x}": f"{word:#x}" for address, word in contents.uicr.items()},
        "assets": {name: _sha256(data) for name, data in contents.assets.items()},
        "unclaimed": [[one.start, one.end] for one in contents.unclaimed],
        "notes": list(contents.notes),
    }
    return {"besides": told} if any(told.values()) else {}


def _sha256(data: bytes) -> dict[str, object]:
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def explain(file: str, module: Module, data: bytes, known: Known) -> None:
    """The same for a person, one line a question."""
    platform = platform_with_id(module.platform)
    image = image_of(file, module, data)
    click.secho(file, bold=True)
    device = platform.name if platform else "unknown platform"
    release = f" (Device OS {os_release(module.version)})" if module.function is Function.SYSTEM else ""
    click.echo(f"  what      {module}{release}, for {device} (platform {module.platform})")
    click.echo(f"  goes to   {image.start:#x}–{image.end:#x}, {len(image.data)} of the file's {module.size} bytes")
    region = region_of(module)
    if region is not None:
        room = region.room(image)
        left = f"{room} bytes left" if room >= 0 else f"{-room} bytes TOO LARGE"
        click.echo(f"  room      {left} in {region}")
    _explain_needs(module, known)
    click.echo(f"  product   {_product(module)}")
    if module.function is Function.USER:
        click.echo("  connects  unknown: its mode is compiled in, so expect it to connect as soon as it runs")
    for flag in module.flags:
        click.echo(f"  flag      {_FLAGS[flag]}")
    if module.mcu_target:
        click.echo(f"  for       another microcontroller of the unit, number {module.mcu_target}")
    if module.extensions:
        click.echo(f"  has       {', '.join(str(one) for one in module.extensions)}")
    click.echo(f"  sha256    {hashlib.sha256(data).hexdigest()}")
    click.echo(f"  suffix    {module.sha256}, of {covered(data, module) or 'something else'}")
    if module.crc_ok:
        click.echo(f"  crc32     {module.crc32:08x}, right")
    else:
        click.secho(f"  crc32     {module.crc32:08x}, WRONG: the file is damaged", fg="red")
    say_warnings(remarks([module]))


_FLAGS = {
    Flag.DROP_MODULE_INFO: "drop module info: its header stays behind when it is written",
    Flag.COMPRESSED: "compressed: only a running bootloader can unpack it",
    Flag.COMBINED: "combined: another module follows in the same file",
    Flag.ENCRYPTED: "encrypted: only its own chip can read it",
    Flag.PREFIX_EXTENSIONS: "prefix extensions: more about it stands behind its header",
}


def _explain_needs(module: Module, known: Known) -> None:
    if not module.dependencies and not module.assets:
        click.echo("  needs     nothing")
    if module.first_slot_empty:
        click.echo("  needs     nothing in its first place")
    for need in module.dependencies:
        by = _met_by(module, need, known)
        rival = next(
            (one for one, _ in known if (one.platform, one.function, one.index) == (module.platform, *_key(need))), None
        )
        if by is not None:
            told = f"met by {by}"
        elif rival is not None:
            told = f"NOT MET, there is {rival.version}"
        else:
            told = "not among these files"
        click.echo(f"  needs     {need}: {told}")
    for asset in module.assets:
        digest = f"sha256 {asset.sha256[:16]}…" if asset.sha256 else "with a hash of unknown kind"
        click.echo(f"  needs     asset {asset.name!r}, {digest}: without it the unit starts in safe mode")


def _key(need: Dependency) -> tuple[Function, int]:
    return need.function, need.index


def _product(module: Module) -> str:
    if module.product_id is None or module.product_version is None:
        return "none"
    if module.function is not Function.USER:
        return f"id {module.product_id}, version {module.product_version}, which says nothing of this kind of module"
    if module.product_id == module.platform:
        return f"version {module.product_version} of any product: since Device OS 4 the platform's id stands for them"
    return f"id {module.product_id}, version {module.product_version}"


def explain_rest(file: str, contents: Contents) -> None:
    """What a file holds besides modules."""
    if not rest_facts(contents):
        return
    click.secho(f"{file}, besides", bold=True)
    if contents.boot_record is not None:
        click.echo(f"  MBR       boot record, {len(contents.boot_record)} bytes at 0x0, no header; its vectors fit")
    for address, word in contents.uicr.items():
        click.echo(f"  UICR      {address:#x} = {word:#x}")
    for name, data in contents.assets.items():
        click.echo(f"  asset     {name!r}, {len(data)} bytes, as the user part asks for it")
    for one in contents.unclaimed:
        click.secho(f"  not understood: {len(one.data)} bytes at {one.start:#x}", fg="yellow")
    for note in contents.notes:
        click.echo(f"  note      {note}")

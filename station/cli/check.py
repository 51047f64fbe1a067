"""`station check`: everything that can be known before the first unit."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import click
from pydantic import BaseModel

from station.cli.at_nest import seats_of
from station.cli.common import (
    PASS,
    STATION_ERROR,
    json_option,
    release_warnings,
    root_of,
    root_option,
    say_json,
    say_warnings,
    state_of,
    state_option,
)
from station.cli.stage import with_bench_parts
from station.config import FixtureConfig, StationConfig
from station.domain import nest
from station.domain.counted import counted
from station.domain.profile import BANNERS, CHECKLIST
from station.domain.ready import Item, is_ready
from station.domain.recipe import Operation, Recipe
from station.domain.release import Release, left_to_the_unit
from station.domain.remarks import remarks
from station.drivers.firmware_files import FirmwareFiles
from station.engine.registry import steps
from station.report import document
from station.ui.visible import visible
from station.wiring import UNVERIFIED, Selected, refuse_misfits, select, station_check, warnings_of

SCHEMAS: dict[str, type[BaseModel]] = {
    "station": StationConfig,
    "recipe": Recipe,
    "fixture": FixtureConfig,
    "release": Release,
}


def schemas() -> dict[str, dict[str, object]]:
    """The JSON Schemas of every file a person writes, and of the report the station writes."""
    return {name: model.model_json_schema() for name, model in SCHEMAS.items()} | {"run-report": document.schema()}


@click.command()
@click.option("--recipe", help="A file under configs/recipes/, without .toml.  [default: station.toml's]")
@click.option("--fixture", help="A file under fixtures/, without .toml.  [default: station.toml's]")
@click.option("--parts", type=click.Path(file_okay=False, path_type=Path), help="Folder of the firmware modules.")
@click.option("--diagram", is_flag=True, help="Print the life of a nest as a Mermaid diagram, and nothing else.")
@click.option(
    "--schemas", "schema_folder", type=click.Path(file_okay=False, path_type=Path), help="Write the JSON Schemas there."
)
@click.option("--ready", is_flag=True, help="The station check instead: can units be made here now?")
@click.option(
    "--bench",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="With --ready, for a virtual fixture: the folder of a bench that runs.",
)
@state_option
@root_option
@json_option
def check(
    recipe: str | None,
    fixture: str | None,
    parts: Path | None,
    diagram: bool,
    schema_folder: Path | None,
    ready: bool,
    bench: Path | None,
    state: Path | None,
    root: Path | None,
    as_json: bool,
) -> None:
    """Print the sheet, what each step needs, the limits and the release; refuse a misfit with its line.

    Exits 78 when anything is refused. Nothing is switched, nothing is flashed.

    With --ready: scanners, programmers, USB, fixture, disk, journal, recipe, reference units, outbox, clock, people.
    Exits 3 when something is broken or due. What a line that runs has open is not touched.
    """
    if diagram:
        click.echo(nest.diagram(), nl=False)
        return
    if schema_folder is not None:
        _write_schemas(schema_folder)
        return
    selected = select(root_of(root), recipe, fixture, parts)
    if ready:
        with seats_of(selected, bench) as there:
            items = station_check(selected, state_of(state), there)
        _say_ready(items, as_json)
    selected = selected if parts else with_bench_parts(selected)
    refuse_misfits(selected)
    if as_json:
        say_json(_document(selected))
    else:
        _print(selected)


def _say_ready(items: list[Item], as_json: bool) -> NoReturn:
    """The station check, and its exit code."""
    if as_json:
        say_json({"ready": is_ready(items), "items": [one.model_dump(mode="json") for one in items]})
    else:
        colours = {"ok": "green", "warn": "yellow", "due": "blue", "fail": "red"}
        for one in items:
            click.echo(click.style(f"{one.state:<6}", fg=colours[one.state]) + f"{one.code:<13}{visible(one.says)}")
    raise SystemExit(PASS if is_ready(items) else STATION_ERROR)


def _write_schemas(folder: Path) -> None:

    folder.mkdir(parents=True, exist_ok=True)
    for name, content in schemas().items():
        path = folder / f"{name}.schema.json"
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        click.echo(str(path))


def _document(selected: Selected) -> dict[str, object]:
    return {
        "station": selected.station.value.name,
        "fixture": selected.fixture.value.model_dump(mode="json"),
        "recipe": selected.recipe.value.model_dump(mode="json"),
        "recipe_sha256": selected.recipe.sha256,
        "release": selected.release.value.model_dump(mode="json"),
        "release_sha256": selected.release.sha256,
        "factory_test": selected.factory_test.value.model_dump(mode="json"),
        "factory_test_sha256": selected.factory_test.sha256,
        "unverified": list(UNVERIFIED),
        "warnings": warnings_of(selected),
        "release_warnings": release_warnings(selected.parts, selected.release.value),
        "factory_test_warnings": release_warnings(selected.parts, selected.factory_test.value),
    }


def _print(selected: Selected) -> None:
    recipe, fixture = selected.recipe.value, selected.fixture.value
    known = steps()
    click.secho(
        f"{recipe.title or recipe.name}, recipe {recipe.name} {recipe.revision}, for a {recipe.platform}", bold=True
    )
    click.echo(f"{selected.recipe.path}  sha256 {selected.recipe.sha256[:16]}…\n")
    if warning := BANNERS[recipe.profile]:
        click.secho(f"{warning}\n", fg="white", bg="red", bold=True)
    for number, step in enumerate(CHECKLIST[recipe.profile], start=1):
        click.echo(f"  {number}. {step}")
    click.secho("  OP  STEP                    WITHIN  NEEDS", dim=True)
    for line in recipe.sheet:
        needs = ", ".join(need.__name__ for need in known[line.do].needs) or "nothing"
        does = ", ".join(_does(line))
        click.echo(f"{line.op:>4}  {line.do:<22} {line.within:>5g} s  {needs}{f'   {does}' if does else ''}")
    click.secho("\nLIMITS", dim=True)
    for name, limit in recipe.limits.items():
        click.echo(f"  {name:<10} {limit!s:<16} {limit.why}")
    for what, sealed in (("FACTORY TEST", selected.factory_test), ("RELEASE", selected.release)):
        click.secho(f"\n{what}  {sealed.value.title}  sha256 {sealed.sha256[:16]}…", dim=True)
        loaded = FirmwareFiles(selected.parts).load(sealed.value)
        for one in loaded:
            image = one.image
            click.echo(f"  {one.module!s:<32} {image.start:#07x}–{image.end:#07x}  {one.part.file}")
        for note in left_to_the_unit([one.module for one in loaded]):
            click.echo(f"  note: {note}")
        say_warnings(remarks(one.module for one in loaded))
    click.secho(f"\nFIXTURE  {fixture.name}, {counted(len(fixture.nests), 'nest')}", dim=True)
    for scanner in fixture.all_scanners:
        only = f", {' and '.join(kind.words for kind in scanner.symbologies)} only" if scanner.symbologies else ""
        told = ", told what became of each scan" if scanner.host_ack != "none" else ""
        click.echo(f"  scanner {scanner.name}: {scanner.kind} at {scanner.port}{only}{told}")
    click.echo(f"  declares {' and '.join(fixture.declares) or 'nothing'}")
    for seat in fixture.nests:
        instruments = "".join(f", {name} {resource}" for name, resource in seat.instruments.items())
        click.echo(f"  nest {seat.nest}: unit at USB {seat.usb}, probe {seat.probe}{instruments}")
    if not fixture.bench:
        click.secho(f"\nNever checked on hardware: {', '.join(UNVERIFIED)}", fg="yellow")
    for warning in warnings_of(selected):
        click.secho(f"\n{warning}", fg="yellow")
    click.secho("\nEverything fits.", fg="green")


def _does(line: Operation) -> Iterator[str]:
    """What a line of the sheet asks, reads and judges."""
    if line.ask:
        given = ", ".join(f"{name} {value}" for name, value in line.give.items())
        yield f"asks {line.ask!r}" + (f" ({given})" if given else "")
    if line.tell:
        yield f"asks the operator {line.says('en')!r}"
    if line.until:
        yield "until " + " and ".join(f"{name} is {value}" for name, value in line.until.items())
    if line.instrument:
        yield f"reads {line.read} of {line.instrument}" + (
            f", {line.take} of {line.samples}" if line.samples > 1 else ""
        )
    if line.judge:
        yield f"judges {', '.join(line.judge)}"
    if line.expect:
        yield "expects " + " and ".join(f"{name} {value!r}" for name, value in line.expect.items())
    if line.tries > 1:
        yield f"{line.tries} tries"

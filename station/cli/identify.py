"""`station identify`: which unit sits in a nest, by the chip's own word; nothing is written."""

from pathlib import Path

import click

from station.cli.at_nest import bench_option, fixture_option, nest_option, place_of, powered
from station.cli.common import json_option, root_of, root_option, say_json
from station.wiring import select


@click.command()
@nest_option
@fixture_option
@bench_option
@root_option
@json_option
def identify(nest: int, fixture: str | None, bench: Path | None, root: Path | None, as_json: bool) -> None:
    """Power a nest with reset held, read the chip over SWD, power it off again.

    The unit's firmware does not run, so it cannot connect. Nothing is erased or written; a locked chip stays locked.
    """
    selected = select(root_of(root), None, fixture, None)
    with place_of(selected, nest, bench, Path.cwd() / ".station") as (place, _), powered(place) as programmer:
        programmer.attach()
        chip = programmer.identify()
    if as_json:
        say_json(
            {
                "device_id": chip.device_id,
                "part": f"{chip.part:#x}",
                "variant": chip.variant,
                "flash_size": chip.flash_size,
            }
        )
    else:
        click.echo(chip.device_id)
        click.echo(f"part {chip.part:#x} {chip.variant}, {chip.flash_size // 1024} KiB of flash", err=True)

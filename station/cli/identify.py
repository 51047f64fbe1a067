"""`station identify`: which unit sits in a nest, by the chip's own word; nothing is written."""

from pathlib import Path

import click

from station.bench.client import Bench
from station.cli.common import USAGE, json_option, root_of, root_option, say_json
from station.domain.chip import ChipIdentity
from station.drivers.fixture_scpi import ScpiFixture
from station.ports import Programmer
from station.wiring import PATIENCE, Place, drivers_of, places_of, select


@click.command()
@click.option("--nest", default=1, show_default=True, type=click.IntRange(1, 99))
@click.option("--fixture", help="A file under fixtures/, without .toml.  [default: station.toml's]")
@click.option(
    "--bench",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Work on a bench that runs already.  [default, for a virtual fixture: one of its own]",
)
@root_option
@json_option
def identify(nest: int, fixture: str | None, bench: Path | None, root: Path | None, as_json: bool) -> None:
    """Power a nest with reset held, read the chip over SWD, power it off again.

    The unit's firmware does not run, so it cannot connect. Nothing is erased or written; a locked chip stays locked.
    """
    selected = select(root_of(root), None, fixture, None)
    if selected.fixture.value.bench and bench is None:
        with Bench.start(nests=4) as own:
            own.place(nest, own.new_unit())
            chip = _read(places_of(selected.fixture.value, selected.parts, own.folder, own.folder), nest)
    else:
        chip = _read(places_of(selected.fixture.value, selected.parts, Path.cwd() / ".station", bench), nest)
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


def _read(places: list[Place], nest: int) -> ChipIdentity:
    place = next((one for one in places if one.seat.nest == nest), None)
    if place is None:
        click.echo(f"this fixture has no nest {nest}", err=True)
        raise SystemExit(USAGE)
    fixture = ScpiFixture(place.controller, PATIENCE)
    programmer: Programmer = drivers_of(place)[1]
    try:
        fixture.set_reset(nest, True)
        programmer.hold()
        fixture.set_power(nest, True)
        fixture.set_reset(nest, False)
        programmer.attach()
        return programmer.identify()
    finally:
        fixture.set_reset(nest, True)
        fixture.set_power(nest, False)
        programmer.detach()
        fixture.close()

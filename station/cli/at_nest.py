"""One nest under an engineer's hand: powered with reset held, its core stopped, and safe again in the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from station.bench.client import Bench
from station.bench.clock_port import BenchClock
from station.cli.common import USAGE
from station.domain.faults import RanUnwatched
from station.engine.tended import Tended
from station.journal.recovery import found_running
from station.ports import Programmer
from station.readiness import note
from station.wiring import Place, Selected, controller_of, drivers_of, make_safe_by, now_us, places_of

nest_option = click.option("--nest", default=1, show_default=True, type=click.IntRange(1, 99))
fixture_option = click.option("--fixture", help="A file under fixtures/, without .toml.  [default: station.toml's]")
bench_option = click.option(
    "--bench",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Work on a bench that runs already.  [default, for a virtual fixture: one of its own]",
)


@contextmanager
def place_of(selected: Selected, nest: int, bench: Path | None, state: Path) -> Iterator[tuple[Place, Path | None]]:
    """The wires of a nest, and the bench they end on; a virtual fixture without one gets a bench with a unit in it."""
    if selected.fixture.value.bench and bench is None:
        with Bench.start(nests=max(nest, 1), platform=selected.recipe.value.platform) as own:
            own.place(nest, own.new_unit())
            yield _find(selected, nest, own.folder, state), own.folder
    else:
        yield _untouched(_find(selected, nest, bench, state), state), bench


@contextmanager
def seats_of(selected: Selected, bench: Path | None) -> Iterator[Path | None]:
    """The bench that is named; a virtual fixture without one gets one with as many empty nests as it has."""
    if selected.fixture.value.bench and bench is None:
        click.echo("On a bench of its own, which is virtual.", err=True)
        with Bench.start(nests=len(selected.fixture.value.nests)) as own:
            yield own.folder
    else:
        yield bench


@contextmanager
def seat(
    selected: Selected, nest: int, bench: Path | None, scratch: Path, state: Path
) -> Iterator[tuple[Place, str | None]]:
    """The wires of a nest; on a bench of its own, with a unit in it, also what a scanner reads of its label."""
    if selected.fixture.value.bench and bench is None:
        with Bench.start(nests=max(nest, 1), platform=selected.recipe.value.platform) as own:
            unit = own.new_unit()
            own.place(nest, unit)
            yield _find(selected, nest, own.folder, scratch), own.unit(unit).label
    else:
        yield _untouched(_find(selected, nest, bench, scratch), state), None


def _find(selected: Selected, nest: int, bench: Path | None, state: Path) -> Place:
    places = places_of(selected.fixture.value, selected.parts, state, bench)
    place = next((one for one in places if one.seat.nest == nest), None)
    if place is None:
        click.echo(f"{selected.fixture.value.name} has no nest {nest}", err=True)
        raise SystemExit(USAGE)
    return place


def _untouched(place: Place, state: Path) -> Place:
    """The place, where no unit runs in it. Before anything is switched: what ran there was watched by nobody.

    The next line is told of it, if this station has a journal. Raises RanUnwatched, FixtureSilent, FixtureRefused.
    """
    nest, fixture = place.seat.nest, controller_of(place)
    try:
        if not fixture.relays(nest).runs:
            return place
        note(state, found_running(nest), now_us())
        make_safe_by(fixture, nest)
    finally:
        fixture.close()
    raise RanUnwatched(
        f"nest {nest} had power and its reset was free before anything was switched: what sits there may have"
        " connected. Its power is off now"
    )


@contextmanager
def powered(place: Place) -> Iterator[Programmer]:
    """Power with two hands on reset: the fixture pulls it, the probe takes it over, then the fixture lets go.

    Firmware of the unit does not run. In the end reset is held and the power is off, and both were seen.
    Raises FixtureSilent, FixtureRefused, NoWatchdog, ProbeMissing.
    """
    fixture = controller_of(place)
    clock, programmer, _, _ = drivers_of(place)
    try:
        with Tended(fixture, place.seat.nest, clock) as power:
            power.set_reset(True)
            programmer.hold()
            power.set_power(True)
            power.set_reset(False)
            yield programmer
    finally:
        programmer.detach()
        if isinstance(clock, BenchClock):
            clock.close()

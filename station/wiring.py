"""From files to a running station; the only place, besides the command line, that knows the bench."""

import multiprocessing
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from station.bench.modules import MARK
from station.config import FixtureConfig, Root, ScannerConfig, Seat, StationConfig
from station.domain.counted import MEGABYTE
from station.domain.faults import ConfigRefused, PortMissing, ReleaseRefused
from station.domain.ids import RunId, run_id
from station.domain.meter import WATCHDOG
from station.domain.profile import unmet
from station.domain.ready import Item
from station.domain.recipe import Recipe
from station.domain.release import Release, not_in_the_fixture
from station.domain.sheet_rules import mixed
from station.drivers.people_file import read_people
from station.drivers.usb_places import DEVICES, refuse_alike, serials
from station.engine.fixture_desk import emptiest
from station.engine.nest import Inputs
from station.engine.registry import load_plugins, misfits, register
from station.engine.worker import NICE, Wire, serve
from station.ports import Clock, Firmware, Fixture, Instruments, Link, Power, Programmer, Scanner, Usb
from station.readiness import stand_alone
from station.report import bugs
from station.steps import ALL as STEPS
from station.steps import contacts
from station.stopping import STOPS
from station.toml_file import Model, NotThere, Sealed

PORTS: frozenset[type] = frozenset({Clock, Firmware, Instruments, Link, Power, Programmer, Usb})
"""What every nest of a fixture has; its file tells which instruments."""

UPLINK = False
"""Whether this version of the station can follow the product's device list over the network."""

UNVERIFIED = (
    "drivers.fixture_scpi",
    "drivers.scanner",
    "drivers.serial_link",
    "drivers.swd",
    "drivers.usb_bus",
    "drivers.visa_instrument",
    "drivers.wedge",
)
"""Drivers that were never checked on hardware, told at every start; one leaves this list when a person saw it work."""


BROKEN = 70
"""The exit code of a worker that met a bug (sysexits.h, EX_SOFTWARE)."""

PATIENCE = 5.0
"""Seconds to wait for a port that another process is about to let go of."""


def load_steps() -> None:
    """Make this package's steps, and those of other installed packages, known to the engine."""
    register(*STEPS)
    load_plugins()


@dataclass(frozen=True, slots=True)
class Selected:
    """What is to be made, with every file it comes from."""

    station: Sealed[StationConfig]
    fixture: Sealed[FixtureConfig]
    recipe: Sealed[Recipe]
    release: Sealed[Release]
    factory_test: Sealed[Release]
    parts: Path

    @property
    def inputs(self) -> Inputs:
        """The same as the engine wants it."""
        return Inputs(
            recipe=self.recipe.value,
            recipe_sha256=self.recipe.sha256,
            release=self.release.value,
            release_sha256=self.release.sha256,
            factory_test=self.factory_test.value,
            factory_test_sha256=self.factory_test.sha256,
            declares=self.fixture.value.declares,
            watchdog=self.fixture.value.watchdog,
        )


def select(root: Root, recipe: str | None, fixture: str | None, parts: Path | None) -> Selected:
    """Read everything that station.toml, or the caller, names. Raises ConfigRefused."""
    station = root.station()
    sheet = root.recipe(recipe) if recipe else _named(station, "recipe", root.recipe, station.value.recipe)
    return Selected(
        station=station,
        fixture=root.fixture(fixture) if fixture else _named(station, "fixture", root.fixture, station.value.fixture),
        recipe=sheet,
        release=_named(sheet, "release", root.release, sheet.value.release),
        factory_test=_named(sheet, "factory_test", root.release, sheet.value.factory_test),
        parts=parts or root.parts,
    )


def _named(
    by: Sealed[StationConfig] | Sealed[Recipe], key: str, read: Callable[[str], Sealed[Model]], name: str
) -> Sealed[Model]:
    """A file that another one names: where it is not there, the line that names it is told."""
    try:
        return read(name)
    except NotThere as why:
        raise NotThere(by.wrong(key, why=str(why))) from why


def refuse_misfits(selected: Selected, usb: Path = DEVICES) -> None:
    """Find everything that can be known to be wrong before the first unit.

    Raises ConfigRefused, PortMissing, PartMissing, FileChanged, ReleaseRefused, ProbesAlike.
    """
    from station.drivers.firmware_files import FirmwareFiles
    from station.drivers.visa_instrument import require_visa

    load_steps()
    recipe = selected.recipe.value
    found = misfits(recipe, PORTS) + selected.fixture.value.lacks(recipe)
    if found:
        raise PortMissing("\n".join(selected.recipe.says(*found)))
    if recipe.instruments:
        require_visa()
    if not selected.fixture.value.bench:
        refuse_alike([seat.probe for seat in selected.fixture.value.nests], serials(usb))
    for release in (selected.release.value, selected.factory_test.value):
        if release.platform != recipe.platform:
            why = f"the recipe makes a {recipe.platform}, release {release.title} is for a {release.platform}"
            raise ConfigRefused(selected.recipe.wrong("platform", why=why))
    if lacking := unmet(recipe, selected.release.value, selected.station.value.profiles, uplink=UPLINK):
        raise ConfigRefused("\n".join(selected.recipe.wrong("profile", why=one) for one in lacking))
    if selected.release.value.product is None:
        why = "a release for units needs product = { id = …, version = … }"
        raise ConfigRefused(selected.release.wrong("product", why=why))
    if selected.factory_test.value.mode == "automatic":
        why = (
            "factory-test firmware runs here, and this one is declared to connect by itself"
            ' (mode = "automatic"); build it with SYSTEM_MODE(MANUAL)'
        )
        raise ReleaseRefused(selected.factory_test.wrong("mode", why=why))
    firmware = FirmwareFiles(selected.parts)
    for release in (selected.factory_test.value, selected.release.value):
        loaded = firmware.load(release)
        if release is selected.factory_test.value and (wrong := not_in_the_fixture(loaded)):
            raise ReleaseRefused("\n".join(selected.factory_test.wrong("parts", why=one) for one in wrong))
        if not selected.fixture.value.bench and any(MARK in part.data for part in loaded):
            raise ReleaseRefused(
                f"{release.title} is made of the bench's synthetic modules, which run nowhere else;"
                f" {selected.fixture.value.name} is a real fixture"
            )


def station_check(selected: Selected, state: Path, bench: Path | None) -> list[Item]:
    """The station check, without a line of one's own. Raises ConfigRefused."""
    from station.drivers.fixture_scpi import ScpiFixture

    fixture = selected.fixture.value

    def controller(prove: bool) -> str:
        iron = ScpiFixture(port_of(fixture.controller, bench), PATIENCE, fixture.watchdog)
        try:
            name = iron.identity()
            if prove:
                iron.prove_watchdog(emptiest(fixture.nests[0].nest, iron))
            return name
        finally:
            iron.close()

    return stand_alone(
        fixture,
        selected.station.value.min_free_mb * MEGABYTE,
        selected.station.value.shift_rules(read_people(state)),
        selected.inputs,
        state,
        bench,
        controller,
        lambda name: port_of(name, bench),
        now_us(),
    )


def warnings_of(selected: Selected) -> list[str]:
    """What a person should know before the first unit, and what is no reason to refuse."""
    fixture, found = selected.fixture.value, []
    if fixture.no_watchdog is not None:
        found.append(
            f"{fixture.name} has no watchdog ({fixture.no_watchdog}): a unit that has power when this PC dies keeps it,"
            " boots whatever is on it and connects; its billing begins, and it is told at the next start only"
        )
    if selected.factory_test.value.mode == "unknown":
        found.append(
            f'{selected.factory_test.value.title} does not declare its mode; a line mode = "manual" in its manifest'
            " says that it does not connect by itself"
        )
    return found + selected.recipe.says(*mixed(selected.recipe.value))


@dataclass(frozen=True, slots=True)
class Place:
    """Where one nest's wires end; plain data, so that it can go to the worker's process."""

    seat: Seat
    controller: Path
    parts: Path
    project: Path
    bench: Path | None
    watchdog: float | None = WATCHDOG


def worker_main(place: Place, pipe: Connection) -> None:
    """The body of a nest's worker process; what it cannot go on with ends it, in a sentence, and the core goes on."""
    try:
        _work(place, pipe)
    except Exception as bug:
        sys.stderr.write(f"nest {place.seat.nest}: {bugs.sentence(bug, bugs.keep(bug))}\n")
        sys.exit(BROKEN)


def _work(place: Place, pipe: Connection) -> None:
    # They go to the whole group; the station itself ends its workers, in good order.
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
    os.nice(NICE)
    wire = Wire(pipe, lambda: make_safe(place))
    clock, programmer, usb, link = drivers_of(place)
    instruments = instruments_of(place)
    from station.drivers.firmware_files import FirmwareFiles

    load_steps()
    ports: dict[type, object] = {
        Clock: clock,
        Firmware: FirmwareFiles(place.parts),
        Instruments: instruments,
        Link: link,
        Programmer: programmer,
        Usb: usb,
    }
    serve(
        wire,
        ports,
        clock,
        programmer,
        last_words=lambda pen: contacts.last_words(pen, usb, link, clock),
        halted=lambda pen: contacts.note_stop(pen, clock),
    )
    instruments.close()


def drivers_of(place: Place) -> tuple[Clock, Programmer, Usb, Link]:
    """The drivers of a nest; on the bench the same ones, with virtual things behind their wires."""
    from station.drivers.clock import WallClock
    from station.drivers.serial_link import SerialLink
    from station.drivers.serial_port import tty_at
    from station.drivers.swd import SwdProgrammer, probe_with_serial
    from station.drivers.usb_bus import UsbBus, system_backend

    seat, folder = place.seat, place.bench
    if folder is None:
        clock: Clock = WallClock()
        return (
            clock,
            SwdProgrammer(probe_with_serial(seat.probe), clock, place.project),
            UsbBus(seat.usb, clock, system_backend),
            SerialLink(seat.usb, tty_at),
        )
    from station.bench.clock_port import BenchClock
    from station.bench.wires.dap import probe_at
    from station.bench.wires.usb import BenchUsb

    clock = BenchClock(folder, seat.nest)
    socket = folder / "probe" / f"{seat.probe}.sock"
    return (
        clock,
        SwdProgrammer(lambda: probe_at(socket, seat.probe), clock, place.project),
        UsbBus(seat.usb, clock, lambda: BenchUsb(folder)),
        SerialLink(seat.usb, lambda usb: _bench_tty(folder, usb)),
    )


def instruments_of(place: Place) -> Instruments:
    """The measuring instruments of a nest; those of the bench are real sockets, too."""
    from station.drivers.visa_instrument import VisaInstruments

    seat, folder = place.seat, place.bench
    if folder is None:
        return VisaInstruments(seat.instruments)
    from station.bench.rack import resource

    return VisaInstruments(seat.instruments, lambda name: resource(folder, seat.nest, name))


def _bench_tty(folder: Path, usb: str) -> Path | None:
    node = folder / "usb" / f"{usb}.tty"
    try:
        return node.resolve(strict=True)
    except OSError:
        return None


def controller_of(place: Place) -> Fixture:
    """The fixture's controller as a nest sees it. Raises FixtureSilent."""
    from station.drivers.fixture_scpi import ScpiFixture

    return ScpiFixture(place.controller, PATIENCE, place.watchdog)


def make_safe(place: Place) -> None:
    """Hold reset and cut the power of a nest whose station is gone."""
    fixture = controller_of(place)
    try:
        make_safe_by(fixture, place.seat.nest)
    finally:
        fixture.close()


def make_safe_by(fixture: Fixture, nest: int) -> None:
    """Cut the power of a nest and hold its reset, whatever either comes to; raises the fault of the last."""
    try:
        fixture.set_power(nest, False)
    finally:
        fixture.set_reset(nest, True)


def spawner(places: Sequence[Place]) -> Callable[[int], tuple[BaseProcess, Connection]]:
    """Starts worker processes, each from a fresh interpreter: nothing of the station's is shared with them."""
    by_nest = {place.seat.nest: place for place in places}
    context = multiprocessing.get_context("spawn")

    def spawn(nest: int) -> tuple[BaseProcess, Connection]:
        here, there = context.Pipe()
        process = context.Process(target=worker_main, args=(by_nest[nest], there), name=f"nest-{nest}", daemon=True)
        # A signal to the group that comes before the worker ignores it would end it: it is born with all blocked.
        resource_tracker.ensure_running()  # whose own first start unblocks them
        before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        there.close()
        return process, here

    return spawn


def places_of(fixture: FixtureConfig, parts: Path, state: Path, bench: Path | None) -> list[Place]:
    """The wires of every nest."""
    return [
        Place(
            seat,
            port_of(fixture.controller, bench),
            parts,
            state / "pyocd" / f"nest-{seat.nest}",
            bench,
            fixture.watchdog,
        )
        for seat in fixture.nests
    ]


def port_of(name: str, bench: Path | None) -> Path:
    return Path(name) if bench is None else bench / name


def scanner_opener(scanner: ScannerConfig, port: Path) -> Callable[[], Scanner]:
    """Opens a scanner of the fixture; raises OSError where it is not there."""
    from station.drivers.scanner import SerialScanner
    from station.drivers.wedge import KeyWedge

    name, symbologies = scanner.name, scanner.symbologies
    if scanner.kind == "wedge":
        return lambda: KeyWedge(port, name=name, symbologies=symbologies)
    return lambda: SerialScanner(port, name=name, rate=scanner.rate, host_ack=scanner.host_ack, symbologies=symbologies)


def now_us() -> int:
    """Microseconds since 1970 UTC."""
    return time.time_ns() // 1000


def elapsed() -> float:
    """Seconds since the PC was started, sleep included, by a clock that nobody can set (clock_gettime(2))."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def new_run(nest: int) -> RunId:
    """A run id of now."""
    return run_id(f"{datetime.now(UTC):%Y%m%d-%H%M%S}-n{nest}-{secrets.token_hex(2)}")

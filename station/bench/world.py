"""Everything on the bench: units, nests, the fixture's controller, the scanner; and what can be done to them."""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from station.bench import modules
from station.bench.board import Board
from station.bench.client import SOCKET_PATH, fits
from station.bench.fixture import Controller, controller_port
from station.bench.instruments import KINDS, Powered
from station.bench.mishaps import befall
from station.bench.nest import Nest
from station.bench.rack import Rack, Trouble
from station.bench.scanner import MANNERS, Scanner, Wedge
from station.bench.traits import Traits, traits
from station.domain.ids import SerialNumber, serial_number
from station.domain.platform import Mcu, Platform

FIRMWARE: Mapping[str, Callable[[str], dict[int, bytes]]] = MappingProxyType(
    {
        "tinker": lambda _: {},
        "factory-test": lambda name: modules.programmed(modules.factory_test(name), name),
    }
)
"""What a new unit can carry, by the platform's name: its factory's own, or what the station flashes first."""

TICK_SECONDS = 0.02
HELLO = b"bench fixture 1.0 ready\r\n"


class CannotServe(ValueError):
    """The bench cannot be where it was told to be; the message says why."""


class Refused(ValueError):
    """What was asked of the bench makes no sense now; the message says why."""


class World:
    """All commands of the bench; callable from any thread."""

    def __init__(self, folder: Path, nests: int, seed: int, pace: float | None, platform: Platform) -> None:
        if platform.mcu is not Mcu.NRF52840:
            raise CannotServe(f"the bench has no {platform.mcu} chip; it makes units with an nRF52840")
        if not 1 <= nests <= 99:
            raise CannotServe("a bench has 1 to 99 nests")
        if not fits(folder):
            raise CannotServe(f"{folder} is too long a path: sockets under it have {SOCKET_PATH} bytes, see unix(7)")
        for one in ("usb", "probe"):
            (folder / one).mkdir(parents=True, exist_ok=True)
        self._seed, self._pace, self._platform = seed, pace, platform
        self._lock = threading.Lock()
        self._units: dict[int, Board] = {}
        self._nests = [Nest(number, folder, pace) for number in range(1, nests + 1)]
        self._controller = Controller(self._nests)
        self._folder = folder
        self._port = controller_port(folder / "fixture", self._controller)
        self._scanners: dict[str, Scanner | Wedge] = {
            "scanner": Scanner(folder / "scanner"),
            "scanner-2": Scanner(folder / "scanner-2"),
            "wedge": Wedge(folder / "wedge"),
        }
        self._rack = Rack(
            folder,
            {
                (nest.number, name): kind(nest.number, _probe_of(nest))
                for nest in self._nests
                for name, kind in KINDS.items()
            },
        )
        self._stop = threading.Event()
        self._ticker = threading.Thread(target=self._tick, name="time", daemon=True)
        self._ticker.start()

    def _tick(self) -> None:
        before = time.monotonic()
        while not self._stop.wait(TICK_SECONDS):
            now = time.monotonic()
            for nest in self._nests:
                nest.tick(now - before)
            # Its port may be unplugged; the controller goes on.
            self._controller.idle()
            before = now

    def close(self) -> None:
        """Stop, and leave nothing behind in the folder."""
        self._stop.set()
        self._ticker.join()
        self._rack.close()
        for one in self._scanners.values():
            one.close()
        self._port.close()
        for nest in self._nests:
            nest.close()

    # The controller

    def controller(self, what: str) -> None:
        """Unplug the controller's port, plug it in again, or have the controller start over by itself."""
        match what:
            case "unplugged":
                self._port.close()
            case "plugged":
                self._port = controller_port(self._folder / "fixture", self._controller)
            case "restarted":
                self._controller.start_over()
                self._port.write(HELLO)
            case _:
                raise Refused(f"a controller is not {what!r}; it is unplugged, plugged or restarted")

    def pass_time(self, seconds: float) -> None:
        """Let the same time pass for the controller and for every unit, as it does while nobody is there."""
        while seconds > 0:
            step = min(seconds, TICK_SECONDS)
            seconds -= step
            self._controller.later(step)
            for nest in self._nests:
                nest.advance(step)

    # Units

    def new_unit(
        self, serial: str | None = None, rails: dict[str, float] | None = None, firmware: str | None = None
    ) -> int:
        """Make a unit, the next one of the seeded production; returns its number.

        It carries what its factory leaves on it, or one of FIRMWARE.
        """
        if firmware is not None and firmware not in FIRMWARE:
            raise Refused(f"no firmware is called {firmware!r}; there are {', '.join(FIRMWARE)}")
        with self._lock:
            number = len(self._units) + 1
            made = traits(self._seed, number, self._platform)
            if serial is not None or rails is not None:
                made = replace(made, serial=_serial(serial, made), rails={**made.rails, **(rails or {})})
            board = Board(number, self._platform, made, self._pace)
            cells = FIRMWARE[firmware](self._platform.name) if firmware is not None else {}
            for address, data in cells.items():
                board.chip.poke(address, data)
            self._units[number] = board
            return number

    def _unit(self, number: int) -> Board:
        with self._lock:
            if number not in self._units:
                raise Refused(f"there is no unit {number}")
            return self._units[number]

    def _nest(self, number: int) -> Nest:
        if not 1 <= number <= len(self._nests):
            raise Refused(f"there is no nest {number}")
        return self._nests[number - 1]

    def _seat_of(self, board: Board) -> Nest | None:
        return next((nest for nest in self._nests if nest.unit is board), None)

    def facts(self, number: int) -> dict[str, object]:
        """All that is true of a unit."""
        board = self._unit(number)
        seat = self._seat_of(board)
        with seat.lock if seat is not None else nullcontext():
            running = board.running if board.chip.core.running else None
            return {
                "unit": number,
                "device_id": board.chip_id,
                "serial": board.born.serial,
                "label": board.born.label,
                "contacts": [{"at": one.at, "firmware": one.firmware} for one in board.contacts],
                "boots": [{"at": one.at, "firmware": one.firmware} for one in board.runs],
                "powered": board.chip.powered,
                "reset_held": board.chip.reset_low,
                "running": running.kind.value if running is not None else None,
                "mode": board.mode.value if board.mode is not None else None,
                "asleep": board.asleep,
                "led": board.led,
                "presses": board.around.presses,
                "modem_power_ups": len(board.online.modem_starts),
                "seat": seat.number if seat is not None else None,
            }

    def seats(self) -> list[dict[str, object]]:
        """Every nest: whether its lid is closed, the unit that sits in it, and how its relays stand."""
        return [
            {
                "nest": nest.number,
                "closed": nest.lid_closed,
                "unit": None if nest.unit is None else nest.unit.number,
                "power": nest.power_on,
                "reset": nest.reset_held,
            }
            for nest in self._nests
        ]

    def flash(self, number: int, start: int, size: int) -> bytes:
        """What the cells of a unit's chip hold: flash, FICR, UICR or RAM."""
        board = self._unit(number)
        if board.chip.region(start) is None or size < 0:
            raise Refused(f"no memory at {start:#x}")
        return board.chip.peek(start, size)

    # The operator's hands

    def place(self, nest: int, unit: int) -> None:
        """Seat a unit."""
        board, seat = self._unit(unit), self._seat_of(self._unit(unit))
        if seat is not None:
            raise Refused(f"unit {unit} sits in nest {seat.number}")
        try:
            self._nest(nest).place_unit(board)
        except ValueError as why:
            raise Refused(str(why)) from None

    def remove(self, nest: int) -> int:
        """Take out whatever unit sits there; returns its number."""
        try:
            return self._nest(nest).remove_unit().number
        except ValueError as why:
            raise Refused(str(why)) from None

    def lid(self, nest: int, closed: bool) -> None:
        """Close or open a lid."""
        self._nest(nest).lid_closed = closed

    def scan(self, text: str, by: str = "scanner", manner: str = "well") -> None:
        """Hold a code before a scanner, which reads it well or in another manner: station/bench/scanner.py."""
        known = next((one for one in MANNERS if one == manner), None)
        if known is None:
            raise Refused(f"nothing is read in the manner {manner!r}; there are {', '.join(MANNERS)}")
        try:
            self._scanner(by).scan(text, known)
        except ValueError as why:
            raise Refused(str(why)) from None

    def beeps(self, by: str) -> list[str]:
        """What a scanner was told to beep so far."""
        return list(self._scanner(by).beeps())

    def _scanner(self, name: str) -> Scanner | Wedge:
        if name not in self._scanners:
            raise Refused(f"there is no scanner {name!r}; there are {', '.join(self._scanners)}")
        return self._scanners[name]

    def press(self, nest: int) -> None:
        """Press the MODE button of the unit in a nest, once and shortly."""
        seat = self._nest(nest)
        with seat.lock:
            if seat.unit is None:
                raise Refused(f"nest {nest} is empty")
            seat.unit.press()

    def instrument(self, nest: int, name: str, trouble: str, after: int) -> None:
        """Have something go wrong with an instrument of a nest once it has heard so many more lines."""
        try:
            self._rack.befall(nest, name, Trouble(trouble), after)
        except KeyError:
            raise Refused(f"nest {nest} has no {name}; it has {', '.join(KINDS)}") from None
        except ValueError:
            raise Refused(f"no trouble is called {trouble!r}; there are {', '.join(Trouble)}") from None

    def bus_pirate(self, nest: int) -> str:
        """Put a Bus Pirate on a nest's debug wires; returns its serial port."""
        return str(self._nest(nest).bus_pirate())

    # Time and counters

    def now(self, nest: int) -> float:
        """Virtual seconds."""
        return self._nest(nest).now()

    def advance(self, nest: int, seconds: float) -> float:
        """Let virtual time pass; returns the new now."""
        return self._nest(nest).advance(seconds)

    def counters(self, nest: int) -> dict[str, int]:
        """What went over a nest's debug wire, and what it did to the chip that sits there."""
        seat = self._nest(nest)
        with seat.lock:
            wear = seat.probe.dap.chip.wear
            return {
                "packets": seat.probe.packets,
                "transfers": seat.probe.dap.transfers,
                "words": wear.words,
                "pages_erased": wear.pages,
                "resets": wear.resets,
            }

    def mishap(self, name: str, unit: int | None = None, nest: int | None = None) -> None:
        """Have something go wrong with a unit, or with the one in a nest: station/bench/mishaps.py lists what."""
        board = self._unit(unit) if unit is not None else self._nest(nest).unit if nest is not None else None
        if board is None:
            raise Refused("a mishap needs a unit, or a nest with one in it")
        seat = self._seat_of(board)
        with seat.lock if seat is not None else nullcontext():
            try:
                befall(name, board)
            except ValueError as why:
                raise Refused(str(why)) from None
            if seat is not None:
                seat.arm()


def _probe_of(nest: Nest) -> Callable[[Callable[[Powered], float]], float]:
    """The tips of an instrument's leads: on the pins of a nest."""

    def measured(what: Callable[[Powered], float]) -> float:
        with nest.lock:
            touches = nest.unit is not None and nest.unit.wires is nest
            return what(nest.unit.supply) if nest.unit is not None and touches else 0.0

    return measured


def _serial(text: str | None, made: Traits) -> SerialNumber:
    return made.serial if text is None else serial_number(text)

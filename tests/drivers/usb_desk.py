"""A real USB driver on the bench's wire, whose waiting is the unit's time; and devices that answer as they are told."""

import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from station.bench import modules
from station.bench.board import Board
from station.bench.nest import Nest
from station.bench.usb_wire import Attachment, Device
from station.bench.wires.usb import BenchUsb
from station.codec.control import Setup
from station.codec.usb_descriptors import DeviceDescriptor, encode_text
from station.drivers.usb_bus import UsbBus
from tests.bench.conftest import let_run, unit_with_test_firmware

IDENT = "e00fce68aabbccddeeff0011"

Answer = Callable[[Setup, bytes], bytes | None]


class NestClock:
    """Implements ports.Clock by the nest's time; what is waited for is skipped."""

    def __init__(self, nest: Nest) -> None:
        self._nest = nest

    def now(self) -> float:
        return self._nest.now()

    def sleep(self, seconds: float) -> None:
        self._nest.advance(seconds)


class HandClock:
    """Implements ports.Clock; time passes only by waiting, and a moment with each look at it."""

    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> float:
        self.at += 0.001
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


class Heard:
    """A device that notes the setup packets it gets, and passes them on."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self.setups: list[Setup] = []

    def transfer(self, setup: Setup, data: bytes) -> bytes | None:
        self.setups.append(setup)
        return self._device.transfer(setup, data)

    @property
    def vendor(self) -> list[Setup]:
        """Without what USB itself asks."""
        return [one for one in self.setups if one.request_type & 0x60 == 0x40]


class Scripted:
    """A Particle device whose vendor requests are answered by a function."""

    def __init__(self, answer: Answer, product: int = 0xC00D, ident: str | None = IDENT, vendor: int = 0x2B04) -> None:
        self._answer, self._ident = answer, ident
        serial = 3 if ident is not None else 0
        self._device = DeviceDescriptor(0x0200, 0xEF, 2, 1, 64, vendor, product, 0x0251, 1, 2, serial, 1).encode()

    def transfer(self, setup: Setup, data: bytes) -> bytes | None:
        match setup.request_type, setup.request, setup.value:
            case 0x80, 6, 0x100:
                return self._device
            case 0x80, 6, 0x303 if self._ident is not None:
                return encode_text(self._ident)
            case 0x80, 6, 0x301:
                return encode_text("Particle")
            case kind, _, _ if kind & 0x60 == 0x40:
                return self._answer(setup, data)
            case _:
                return None


@contextmanager
def bus_folder() -> Iterator[Path]:
    """A folder for sockets, its path short enough."""
    with tempfile.TemporaryDirectory(prefix="u-") as name:
        for one in ("usb", "probe"):
            (Path(name) / one).mkdir()
        yield Path(name)


@contextmanager
def attached(folder: Path, device: Device, place: str = "1-1.9") -> Iterator[Attachment]:
    """A device at this place."""
    there = Attachment(folder / "usb" / f"{place}.sock", device, threading.RLock())
    yield there
    there.detach()


class Desk:
    """A unit with factory-test firmware in nest 1, running, and the station's driver on its USB."""

    def __init__(self, folder: Path, board: Board | None = None) -> None:
        self.folder = folder
        self.nest = Nest(1, folder, None)
        self.board = board or unit_with_test_firmware()
        let_run(self.nest, self.board)
        self.clock = NestClock(self.nest)
        self.bus = UsbBus("1-1.1", self.clock, lambda: BenchUsb(folder))


@contextmanager
def desk(protects: bool = False) -> Iterator[Desk]:
    """The desk, cleared away in the end."""
    with bus_folder() as folder:
        board = unit_with_test_firmware()
        if protects:
            board.chip.poke(modules.BOOTLOADER_START, modules.bootloader(13, 3100, True))
        at = Desk(folder, board)
        yield at
        at.nest.close()

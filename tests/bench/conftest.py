"""A nest of the virtual fixture in this very process, and units for it."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from station.bench import modules
from station.bench.board import Board
from station.bench.nest import Nest
from station.bench.traits import traits
from station.codec import module
from station.domain.firmware import HEADER_SIZE
from station.domain.platform import platform_named

BORON = platform_named("boron")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose path is short enough for sockets."""
    made = Path(tempfile.mkdtemp(prefix="b-"))
    for name in ("usb", "probe"):
        (made / name).mkdir()
    yield made
    shutil.rmtree(made)


@pytest.fixture
def nest(folder: Path) -> Iterator[Nest]:
    """Empty, reset held, power off."""
    made = Nest(1, folder, None)
    yield made
    made.close()


def fresh_unit(number: int = 1) -> Board:
    """As it comes from its factory."""
    assert BORON is not None
    return Board(number, BORON, traits(1, number, BORON), None)


def program(board: Board, *files: modules.File) -> None:
    """Put modules where the station puts them, without the wire."""
    for file in (*modules.device_os_620(), *files):
        data = file.data[HEADER_SIZE:] if file.kind == "softdevice" else file.data
        board.chip.poke(module.read(file.data).start, data)
    board.chip.poke(modules.USER_START_OLD, b"\xff" * 0x1000)


def unit_with_test_firmware(number: int = 1) -> Board:
    """With the factory-test firmware in flash."""
    board = fresh_unit(number)
    program(board, modules.factory_test())
    return board


def let_run(nest: Nest, board: Board, seconds: float = 1.0) -> None:
    """Seat a unit, power it with reset let go, and let some time pass."""
    nest.place_unit(board)
    nest.set_reset(held=False)
    nest.set_power(on=True)
    nest.advance(seconds)


def eventually(holds: Callable[[], bool], within: float = 2.0) -> bool:
    """Whether it comes true in real time."""
    deadline = time.monotonic() + within
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True

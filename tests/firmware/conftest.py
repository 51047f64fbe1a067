"""The four far ends of the conversation, and the program that two of them are."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from station.bench.nest import Nest
from tests.bench.conftest import let_run, unit_with_test_firmware
from tests.firmware.far import BenchRequest, Far, HostRequest, OverSerial
from tests.firmware.host import Host, build, missing_tools


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The firmware, built once."""
    if missing := missing_tools():
        pytest.skip(f"{' and '.join(missing)} not installed: the C++ of the factory-test firmware is not tested")
    return build(tmp_path_factory.mktemp("firmware"))


def short_folder(stack: ExitStack) -> Path:
    """A folder whose path is short enough for sockets."""
    folder = Path(tempfile.mkdtemp(prefix="f-"))
    stack.callback(shutil.rmtree, folder)
    for name in ("usb", "probe"):
        (folder / name).mkdir()
    return folder


def new_nest(stack: ExitStack) -> tuple[Path, Nest]:
    """A nest whose unit runs the test firmware, and the folder it is in."""
    folder = short_folder(stack)
    nest = Nest(1, folder, None)
    stack.callback(nest.close)
    let_run(nest, unit_with_test_firmware())
    return folder, nest


@pytest.fixture
def nest() -> Iterator[Nest]:
    """A nest of the bench whose unit runs the test firmware."""
    with ExitStack() as stack:
        yield new_nest(stack)[1]


@pytest.fixture
def host(program: Path, tmp_path: Path) -> Iterator[Host]:
    """The C++, with nothing wrong."""
    with Host(program, tmp_path) as running:
        yield running


SERIAL = ("C++ over serial", "bench over serial")
ALL = (*SERIAL, "C++ over request 10", "bench over request 10")


def open_far(stack: ExitStack, kind: str, request: pytest.FixtureRequest) -> Far:
    if kind.startswith("bench"):
        folder, nest = new_nest(stack)
        return OverSerial(nest.tty_path) if kind in SERIAL else BenchRequest(folder, nest.place)
    program: Path = request.getfixturevalue("program")
    running = stack.enter_context(Host(program, short_folder(stack)))
    return OverSerial(running.tty) if kind in SERIAL else HostRequest(running)


@pytest.fixture(scope="module", params=ALL)
def far(request: pytest.FixtureRequest) -> Iterator[Far]:
    """Each of the four in turn; the tests of a module share one."""
    with ExitStack() as stack:
        yield open_far(stack, request.param, request)


@pytest.fixture(scope="module", params=SERIAL)
def port(request: pytest.FixtureRequest) -> Iterator[OverSerial]:
    """Each of the two that have a serial port."""
    with ExitStack() as stack:
        made = open_far(stack, request.param, request)
        assert isinstance(made, OverSerial)
        yield made

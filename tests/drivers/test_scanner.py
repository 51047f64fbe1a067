"""Both kinds of scanners, on the bench's: the station's drivers on the nodes that they open on iron."""

import contextlib
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from station.bench.scanner import Manner, Scanner, Wedge
from station.domain.label import Label
from station.domain.scan import Scan, Symbology
from station.drivers.scanner import SerialScanner
from station.drivers.wedge import KeyWedge
from tests.bench.conftest import eventually

SERIAL = "B31KBN0001VK6SD"
SECRET = "ABCDEFGHJKLMNPQ"
LABEL = f"{SERIAL} {SECRET}"
Driver = SerialScanner | KeyWedge
KINDS = ("serial", "wedge")


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="s-"))
    yield made
    shutil.rmtree(made)


@contextlib.contextmanager
def pair(folder: Path, kind: str) -> Iterator[tuple[Scanner | Wedge, Driver]]:
    """A scanner of the bench and the driver that has opened it."""
    node = folder / kind
    scanner: Scanner | Wedge = Scanner(node) if kind == "serial" else Wedge(node)
    driver: Driver = SerialScanner(node, name="left") if kind == "serial" else KeyWedge(node, name="left")
    try:
        yield scanner, driver
    finally:
        driver.close()
        scanner.close()


def read(scanner: Scanner | Wedge, driver: Driver, manner: Manner, text: str = LABEL) -> list[Scan]:
    """Everything that comes of one reading."""
    reading = threading.Thread(target=scanner.scan, args=(text, manner))
    reading.start()
    first = driver.read(10.0)
    reading.join()
    found = [] if first is None else [first]
    while (more := driver.read(0.35)) is not None:
        found.append(more)
    return found


@pytest.mark.parametrize(
    ("kind", "manner"), [("serial", "framed"), ("wedge", "slow"), ("serial", "double"), ("wedge", "double")]
)
def test_a_label_that_is_read_well_or_nearly_so_names_its_unit(folder: Path, kind: str, manner: Manner) -> None:
    with pair(folder, kind) as (scanner, driver):
        found = read(scanner, driver, manner)
        assert found == [Label.model_validate({"serial": SERIAL})] * (2 if manner == "double" else 1)
        assert SECRET not in repr(vars(driver))


@pytest.mark.parametrize(
    ("kind", "manner", "says"),
    [
        ("serial", "cut", "cut off"),
        ("serial", "together", "two scans ran together"),
        ("wedge", "cut", "cut off"),
        ("wedge", "together", "two scans ran together"),
        ("wedge", "french", "the scanner as on a French one"),
        ("wedge", "caps_lock", "Caps Lock"),
    ],
)
def test_a_label_that_is_read_badly_is_refused_with_the_reason(
    folder: Path, kind: str, manner: Manner, says: str
) -> None:
    with pair(folder, kind) as (scanner, driver):
        (scan,) = read(scanner, driver, manner)
        assert isinstance(scan, tuple)
        assert says in scan[2]
        assert SERIAL not in scan[2]
        assert read(scanner, driver, "well") == [Label.model_validate({"serial": SERIAL})]


@pytest.mark.parametrize("manner", ["french", "caps_lock"])
def test_a_serial_scanner_types_no_keys(folder: Path, manner: Manner) -> None:
    with pair(folder, "serial") as (scanner, _), pytest.raises(ValueError, match="types no keys"):
        scanner.scan(LABEL, manner)


def test_a_scanner_hears_what_became_of_its_scans(folder: Path) -> None:
    node = folder / "serial"
    scanner, driver = Scanner(node), SerialScanner(node, host_ack="honeywell")
    assert read(scanner, driver, "well")
    for accepted in (True, False, False):
        driver.judged(accepted)
    # A pseudo-terminal hands bytes over in its own time.
    assert eventually(lambda: scanner.beeps() == ["good", "razz", "razz"])
    driver.close()
    scanner.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_scanner_that_is_pulled_is_an_error_of_its_port(folder: Path, kind: str) -> None:
    node = folder / kind
    scanner: Scanner | Wedge = Scanner(node) if kind == "serial" else Wedge(node)
    driver: Driver = SerialScanner(node) if kind == "serial" else KeyWedge(node)
    assert read(scanner, driver, "well")
    scanner.close()
    with pytest.raises(OSError, match=r"gone|no data|hung up"):
        driver.read(5.0)
    driver.close()


@pytest.mark.parametrize("driver", [SerialScanner, KeyWedge])
def test_a_scanner_that_is_not_there_is_an_error_of_its_port(folder: Path, driver: Callable[[Path], Driver]) -> None:
    with pytest.raises(OSError, match="nowhere"):
        driver(folder / "nowhere")


def test_a_wedge_refuses_other_kinds_of_codes_where_only_one_counts(folder: Path) -> None:
    node = folder / "wedge"
    scanner, driver = Wedge(node), KeyWedge(node, symbologies=(Symbology.DATA_MATRIX,))
    assert isinstance(read(scanner, driver, "well", f"]d1{LABEL}")[0], Label)
    (refused,) = read(scanner, driver, "well", f"]Q1{LABEL}")
    assert isinstance(refused, tuple)
    assert "QR code" in refused[2]
    driver.close()
    scanner.close()

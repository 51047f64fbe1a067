"""What the core makes of scans: labels, orders, commands, double reads; and what it lets the scanner hear."""

import io
from pathlib import Path

import pytest

from station.cli.line import lines
from station.domain.command import Command, Verb
from station.domain.events import Body, Bound, OrderImported, OrderLine, PreAddExported, RunStarted, ScanRefused
from station.domain.faults import ScannerLost
from station.domain.ids import SerialNumber
from station.domain.label import Label
from station.domain.nest import State
from station.domain.scan import Scan
from station.engine.bus import Ignored, Moved, Stored, Trouble
from station.engine.scan_desk import ScanDesk
from station.journal.store import Journal
from tests.codec.hostile import HOSTILE
from tests.engine.line import Line, good
from tests.engine.sheet import DEVICE, recipe
from tests.journal.shift import clock


def store(folder: Path, *facts: Body) -> None:
    """What the station knows before it starts."""
    with Journal.create_or_open(folder, clock().__next__) as journal:
        journal.append(facts, None)


def order(*lines: OrderLine) -> OrderImported:
    return OrderImported(order="SO-1", file="x.csv", sha256="0" * 64, in_product=False, lines=lines)


def scanned(line: Line, scan: Scan, source: str = "left") -> bool:
    """Have a scanner read something; what it hears."""
    heard: list[bool] = []
    line.core.scan(scan, source, heard.append)
    line.until(lambda: heard)
    return heard[0]


def test_a_scanner_hears_that_its_label_was_taken_or_refused(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        assert scanned(line, good()) is True
        line.until(lambda: line.states[1] is State.LABELLED)
        assert scanned(line, good(1)) is False
        assert scanned(line, ("refused", "U101", "empty scan", 0)) is False
        refused = [one.body for one in line.journal() if isinstance(one.body, ScanRefused)]
    assert [one.source for one in refused] == ["left", "left"]
    assert "Every nest is taken" in refused[0].detail


def test_a_second_read_of_the_same_label_is_shown_and_changes_nothing(tmp_path: Path) -> None:
    with Line(tmp_path, nests=(1, 2)) as line:
        for source in ("left", "left", "right"):
            assert scanned(line, good(), source) is True
        ignored = [one for one in line.heard if isinstance(one, Ignored)]
        assert [one.source for one in ignored] == ["left", "right"]
        assert line.states == {1: State.LABELLED, 2: State.EMPTY}
        assert not [one for one in line.journal() if isinstance(one.body, ScanRefused)]


def test_a_scan_that_was_refused_is_judged_again_at_once_and_told_of_once(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        assert scanned(line, good()) is True
        assert scanned(line, good(1)) is False
        assert scanned(line, good(1)) is False
        line.core.cancel(1)
        assert scanned(line, good(1)) is True
        ignored = [one for one in line.heard if isinstance(one, Ignored)]
        assert len([one.body for one in line.journal() if isinstance(one.body, ScanRefused)]) == 1
    assert ["Every nest is taken" in one.detail for one in ignored] == [True]


def test_what_a_person_types_twice_is_no_double_read(tmp_path: Path) -> None:
    with Line(tmp_path, nests=(1, 2)) as line:
        assert scanned(line, good(), "") is True
        assert scanned(line, good(), "") is False
        (refused,) = [one.body for one in line.journal() if isinstance(one.body, ScanRefused)]
    assert refused.code == "SCAN_AWAITED"


def test_a_label_that_no_order_lists_is_refused_at_the_scan_and_one_that_is_listed_is_made(tmp_path: Path) -> None:
    store(tmp_path, order(OrderLine(serial=good().serial, device_id=DEVICE)))
    with Line(tmp_path) as line:
        assert scanned(line, good(1)) is False
        assert line.troubles()[-1].code == "U118"
        assert line.make(good()) is State.PASSED
        assert sum(isinstance(one.body, RunStarted) for one in line.journal()) == 1


def test_a_unit_that_is_in_the_product_is_refused_at_the_scan(tmp_path: Path) -> None:
    exported = PreAddExported(file="devices.txt", sha256="0" * 64, device_ids=(DEVICE,))
    store(tmp_path, Bound(op=30, device_id=DEVICE, serial=good().serial), exported)
    with Line(tmp_path) as line:
        assert scanned(line, good()) is False
        assert line.troubles()[-1].code == "U123"
        assert scanned(line, Label(device_id=DEVICE)) is False
        assert scanned(line, good(1)) is True


def test_a_recipe_that_wants_orders_makes_nothing_without(tmp_path: Path) -> None:
    sheet = recipe({"do": "act"}, {"do": "dawdle"}).model_copy(update={"orders": "required"})
    with Line(tmp_path, sheet=sheet) as line:
        assert scanned(line, good()) is False
        assert line.troubles()[-1].code == "U118"


@pytest.mark.parametrize("verb", [Verb.START, Verb.RETRY, Verb.UNLOAD])
def test_a_command_that_has_nothing_to_do_is_refused_with_its_reason(tmp_path: Path, verb: Verb) -> None:
    with Line(tmp_path) as line:
        assert scanned(line, Command(verb)) is False
        (refused,) = [one.body for one in line.journal() if isinstance(one.body, ScanRefused)]
    assert (refused.code, refused.source) == (f"NOTHING_TO_{verb}", "left")


LINES = (
    *(b"", b" ", b"\x1d", b"\xff\xfe", b"7", b"480041000247343138383138" * 20, b"x" * 5000, b"[)>\x1e06\x1dP1\x1e\x04"),
    *(b"yes", b"no 1", b"done 9", b"stop 1", b"stop 999", b"cancel 1", b"cancel 9", b"release 1", b"release 0"),
    *(b"pin 1234", b"pin", b"lift", b"accept", b"sign out", b"CMD-YES-3", b"cmd-yes-3", b"CMD-NEST-9-X", b"BDG-7Q2K-M"),
    *(one.encode("utf-8", "surrogatepass") for one in HOSTILE if len(one) < 5000 and "\n" not in one),
)


def test_whatever_line_is_typed_or_piped_to_the_station_it_says_something(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        for text in LINES:
            line.heard.clear()
            lines(line.core, io.BytesIO(text + b"\n"))
            line.until(lambda: any(isinstance(one, Trouble | Ignored | Moved | Stored) for one in line.heard))


def test_what_is_scanned_while_the_station_ends_is_told(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        line.seat(Label(serial=SerialNumber("B40HAB00000SLOW")))
        line.wait_for_step("dawdle")
        line.core.quit()
        line.core.scan(good(1), "left")
        line.until(lambda: any(isinstance(one, Ignored) for one in line.heard))


def test_a_run_is_stopped_by_a_scan(tmp_path: Path) -> None:
    slow = Label(serial=SerialNumber("B40HAB00000SLOW"))
    with Line(tmp_path) as line:
        line.seat(slow)
        line.wait_for_step("dawdle")
        assert scanned(line, Command(Verb.STOP, 2)) is False
        assert "Nothing runs" in line.troubles()[-1].detail
        assert scanned(line, Command(Verb.STOP, 1)) is True
        assert line.end() is State.STOPPED


# The desk of one scanner


class Imager:
    """Implements ports.Scanner: gives these scans, then is pulled."""

    def __init__(self, *scans: Scan) -> None:
        self.scans = list(scans)
        self.told: list[bool] = []
        self.closed = False

    def read(self, within: float) -> Scan | None:
        if not self.scans:
            raise OSError("pulled")
        return self.scans.pop(0)

    def judged(self, accepted: bool) -> None:
        self.told.append(accepted)

    def close(self) -> None:
        self.closed = True


def test_a_desk_tells_its_scanner_what_became_of_each_scan_and_finds_it_again(tmp_path: Path) -> None:
    first, second = Imager(good(), ("refused", "U101", "x", 1)), Imager(good(1))
    imagers = [first, second]

    def find() -> Imager:
        if not imagers:
            raise OSError("not there")
        return imagers.pop(0)

    with Line(tmp_path) as line:
        desk = ScanDesk("left", find, line.core.scan, line.core.trouble)
        desk.start()
        line.until(lambda: len(second.told) == 1)
        line.until(lambda: [one for one in line.troubles() if one.code == ScannerLost.code])
        desk.close()
    assert (first.told, second.told) == ([True, False], [False])
    assert first.closed
    assert second.closed
    lost = [one for one in line.troubles() if one.code == ScannerLost.code]
    assert [one.detail for one in lost] == ["left is not there: not there"]

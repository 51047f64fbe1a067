"""A visitor at the bench: the virtual operator rests, and what is done by hand is done to the same units."""

import time
from collections.abc import Iterator

import pytest
import serial

from station.bench.client import Bench
from station.bench.operator import Habits, Operator, Seen
from station.bench.tray import Tray
from station.cli.visitor import AILMENTS, Visitor
from station.domain.nest import State
from station.ui.bench_model import Deed
from tests.bench.conftest import eventually


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Bench.start(nests=2) as bench:
        yield bench


def at_work(bench: Bench) -> tuple[Tray, Operator, Visitor]:
    for seat in bench.seats():
        bench.lid(seat.nest, False)
        if seat.unit is not None:
            bench.remove(seat.nest)
    units = [bench.new_unit() for _ in range(2)]
    tray = Tray([(unit, bench.unit(unit).label) for unit in units])
    operator = Operator(bench, tray, range(1, 3), Habits(), stays=True)
    return tray, operator, Visitor(bench, tray, operator)


def test_a_unit_is_taken_in_hand_seated_closed_in_and_taken_out_again(bench: Bench) -> None:
    tray, _, visitor = at_work(bench)
    unit = visitor.page().tray[0].unit
    visitor.do(Deed.CHOOSE, unit, "")
    assert visitor.page().chosen == unit
    visitor.do(Deed.SEAT, 2, "")
    visitor.do(Deed.LID, 2, "")
    seated = visitor.page().nests[1]
    assert (seated.unit, seated.closed, seated.serial) == (unit, True, bench.unit(unit).serial)
    assert unit not in [one.unit for one in visitor.page().tray]
    visitor.do(Deed.LID, 2, "")
    visitor.do(Deed.TAKE, 2, "")
    assert [one for one, _ in tray.units()][-1] == unit
    assert visitor.page().nests[1].unit is None


def test_what_makes_no_sense_is_not_done(bench: Bench) -> None:
    _, _, visitor = at_work(bench)
    before = visitor.page()
    for deed in (Deed.TAKE, Deed.SEAT, Deed.PRESS):
        visitor.do(deed, 1, "")
    assert visitor.page() == before


@pytest.mark.parametrize("ailment", AILMENTS)
def test_a_new_unit_has_what_is_wrong_with_it_written_on_it(bench: Bench, ailment: str) -> None:
    _, _, visitor = at_work(bench)
    visitor.do(Deed.LIST, 0, "")
    assert ailment in visitor.page().ailments
    visitor.do(Deed.NEW, 0, ailment)
    page = visitor.page()
    newest = page.tray[0]
    assert newest.ailment == ailment
    assert (page.ailments, page.chosen) == ((), newest.unit)
    visitor.do(Deed.SEAT, 1, "")
    assert (visitor.page().nests[0].ailment, visitor.page().nests[0].unit) == (ailment, newest.unit)


def test_the_newest_unit_lies_uppermost_whoever_laid_it_there(bench: Bench) -> None:
    _, _, visitor = at_work(bench)
    visitor.do(Deed.NEW, 0, "")
    units = [one.unit for one in visitor.page().tray]
    assert len(units) == 3
    assert units == sorted(units, reverse=True)


def test_pausing_after_a_scan_leaves_the_unit_in_the_tray_picked_out_for_the_visitor(bench: Bench) -> None:
    tray, operator, visitor = at_work(bench)
    first, second = (unit for unit, _ in tray.units())
    operator.begin(lambda nest, prompt, answer: None, lambda line: None)
    for nest in (1, 2):
        operator.look(Seen(nest, State.EMPTY))
    assert eventually(lambda: first not in [one for one, _ in tray.units()])
    visitor.do(Deed.PAUSE, 0, "")
    page = visitor.page()
    assert {one.unit for one in page.tray} == {first, second}
    assert page.chosen == first
    # Its scan is answered while the visitor works: the unit waits for him, not for the operator.
    operator.look(Seen(1, State.LABELLED, serial=bench.unit(first).serial))
    visitor.do(Deed.SEAT, 1, "")
    visitor.do(Deed.LID, 1, "")
    assert visitor.page().nests[0].unit == first
    assert [one.unit for one in visitor.page().tray] == [second]


def test_pausing_while_a_verdict_is_read_moves_nothing(bench: Bench) -> None:
    tray, _, _ = at_work(bench)
    unit, label = tray.units()[0]
    bench.place(1, unit)
    tray.take(unit)
    slow = Operator(bench, tray, range(1, 3), Habits(), stays=True, looks=0.5)
    visitor = Visitor(bench, tray, slow)
    slow.begin(lambda nest, prompt, answer: None, lambda line: None)
    slow.look(Seen(1, State.PASSED, serial=label))
    time.sleep(0.1)
    visitor.do(Deed.PAUSE, 0, "")
    assert not eventually(lambda: visitor.page().nests[0].unit is None, within=0.7)
    visitor.do(Deed.PAUSE, 0, "")
    assert eventually(lambda: visitor.page().nests[0].unit is None)


def test_what_the_screen_no_longer_shows_is_not_done_late(bench: Bench) -> None:
    tray, _, _ = at_work(bench)
    unit, _ = tray.units()[0]
    tray.take(unit)
    bench.place(1, unit)
    bench.lid(1, True)
    slow = Operator(bench, tray, range(1, 3), Habits(), stays=True, looks=0.2)
    slow.begin(lambda nest, prompt, answer: None, lambda line: None)
    slow.look(Seen(1, State.LABELLED, serial=bench.unit(unit).serial))
    slow.look(Seen(1, State.RUNNING))
    # Opening the lid to seat the unit once more would end its run.
    assert not eventually(lambda: not bench.seats()[0].closed, within=0.6)


def test_a_unit_that_no_nest_took_lies_in_the_tray_and_is_not_scanned_again(bench: Bench) -> None:
    tray, operator, visitor = at_work(bench)
    first, second = (unit for unit, _ in tray.units())
    operator.begin(lambda nest, prompt, answer: None, lambda line: None)
    with serial.Serial(str(bench.folder / "scanner"), timeout=5.0) as station:
        for nest in (1, 2):
            operator.look(Seen(nest, State.EMPTY))
        assert station.read_until(b"\r") == f"{bench.unit(first).label}\r".encode()
        operator.look(Seen(None, refused="SCAN_ALREADY_PASSED"))
        assert station.read_until(b"\r") == f"{bench.unit(second).label}\r".encode()
    assert [one.unit for one in visitor.page().tray] == [first]
    operator.look(Seen(None, refused="SCAN_ALREADY_PASSED"))
    assert eventually(lambda: [one.unit for one in visitor.page().tray] == [second, first])
    assert tray.next() is None


def test_an_operator_who_rests_touches_nothing_and_then_goes_on_with_what_the_visitor_began(bench: Bench) -> None:
    tray, operator, visitor = at_work(bench)
    unit, _ = tray.units()[1]
    visitor.do(Deed.PAUSE, 0, "")
    assert not visitor.page().working
    operator.begin(lambda nest, prompt, answer: None, lambda line: None)
    operator.look(Seen(1, State.LABELLED, serial=bench.unit(unit).serial))
    operator.look(Seen(2, State.LOCKED))
    assert not eventually(lambda: visitor.page().nests[0].unit is not None, within=0.3)
    visitor.do(Deed.PAUSE, 0, "")
    assert eventually(lambda: visitor.page().nests[0].closed)
    assert visitor.page().nests[0].unit == unit
    assert unit not in [one for one, _ in tray.units()]
    operator.look(Seen(1, State.PASSED))
    assert eventually(lambda: visitor.page().nests[0].unit is None)

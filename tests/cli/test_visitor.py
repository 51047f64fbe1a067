"""A visitor at the bench: the virtual operator rests, and what is done by hand is done to the same units."""

from collections.abc import Iterator

import pytest

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
    assert page.tray[-1].ailment == ailment
    assert page.ailments == ()


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

"""An order against what was made."""

from collections.abc import Sequence

from station.domain.events import Body, Event, Identified, OrderImported, OrderLine, RunFinished
from station.domain.label import Label
from station.domain.orders import OrderBook
from station.domain.outcome import Outcome
from station.domain.reconcile import Reconciliation, reconcile
from station.domain.record import Record, records_of
from tests.journal.shift import run, serial, started, unit_id


def book(*orders: tuple[str, Sequence[OrderLine]]) -> OrderBook:
    made = OrderBook()
    for seq, (name, lines) in enumerate(orders, start=1):
        body = OrderImported(order=name, file="x.csv", sha256="0" * 64, in_product=False, lines=tuple(lines))
        made.add(Event(seq=seq, run=None, at=seq, body=body))
    return made


def line(number: int) -> OrderLine:
    return OrderLine(device_id=unit_id(number), serial=serial(number))


def record(number: int, unit: int, outcome: Outcome | None, label: int | None = None) -> Record:
    """The n-th run, of this unit, with the label of that one."""
    bodies: list[Body] = [
        started(Label(serial=serial(unit if label is None else label))),
        Identified(op=10, by="swd", device_id=unit_id(unit)),
    ]
    if outcome is not None:
        bodies.append(RunFinished(outcome=outcome, code="" if outcome is Outcome.PASS else "U301"))
    events = [Event(seq=seq, run=run(number), at=1000 * number + seq, body=body) for seq, body in enumerate(bodies, 1)]
    (found,) = records_of(events)
    return found


def judged(known: OrderBook, *records: Record, name: str = "SO-1") -> Reconciliation:
    order = known.order(name)
    assert order is not None
    return reconcile(order, known, records)


def test_every_listed_unit_is_built_failed_or_left() -> None:
    known = book(("SO-1", [line(1), line(2), line(3), line(4)]))
    found = judged(
        known, record(1, 1, Outcome.PASS), record(2, 2, Outcome.FAIL), record(3, 3, Outcome.ERROR), record(4, 9, None)
    )
    assert [one.state for one in found.units] == ["built", "failed", "failed", "left"]
    assert (found.listed, found.built, found.failed, found.left) == (4, 1, 2, 1)
    assert [(one.outcome, one.code) for one in found.units[:3]] == [
        (Outcome.PASS, ""),
        (Outcome.FAIL, "U301"),
        (Outcome.ERROR, "U301"),
    ]


def test_the_newest_run_that_saw_a_unit_counts() -> None:
    known = book(("SO-1", [line(1), line(2)]))
    assert judged(known, record(1, 1, Outcome.FAIL), record(2, 1, Outcome.PASS)).built == 1
    again = judged(known, record(1, 1, Outcome.PASS), record(2, 1, None))
    assert (again.built, again.failed, again.units[0].outcome) == (0, 1, None)
    crosswise = judged(known, record(1, 1, Outcome.PASS), record(2, 2, Outcome.FAIL, label=1))
    assert (crosswise.built, crosswise.failed) == (0, 2)


def test_what_was_made_and_stands_in_no_order_is_told_once() -> None:
    known = book(("SO-1", [line(1)]), ("SO-2", [line(2)]))
    runs = [record(n, unit, Outcome.PASS) for n, unit in enumerate((1, 2, 7, 7, 8), start=1)]
    found = judged(known, *runs, record(9, 8, Outcome.FAIL))
    assert [(one.device_id, one.run) for one in found.strangers] == [(unit_id(7), run(4))]


def test_what_two_orders_list_is_told_with_what_they_say_differently() -> None:
    other = OrderLine(device_id=unit_id(9), serial=serial(1))
    found = judged(book(("SO-1", [line(1)]), ("SO-2", [other])))
    (told,) = found.in_two_orders
    assert (told.kind, told.value, told.other, told.differs) == ("serial", serial(1), "SO-2", ("device_id",))

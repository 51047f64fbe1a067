"""Orders, as the book keeps them."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from station.domain.events import Body, Event, OrderClosed, OrderImported, OrderLine, PreAddExported
from station.domain.ids import DeviceId, Iccid, Imei, SerialNumber
from station.domain.orders import OrderBook


def line(number: int, *, serial: bool = True, iccid: bool = False) -> OrderLine:
    """The n-th unit of a supplier."""
    return OrderLine(
        device_id=DeviceId(f"e00fce68{number:016x}"),
        serial=SerialNumber(f"B40HAB{number:09d}") if serial else None,
        iccid=Iccid(f"89{number:017d}") if iccid else None,
    )


def part(*lines: OrderLine, order: str = "SO-1", sha256: str = "0" * 64, in_product: bool = False) -> OrderImported:
    return OrderImported(order=order, file="list.csv", sha256=sha256, in_product=in_product, lines=lines)


def book(*bodies: Body) -> OrderBook:
    made = OrderBook()
    for number, body in enumerate(bodies, start=1):
        made.add(Event(seq=number, run=None, at=1000 * number, body=body))
    return made


def test_a_unit_is_found_by_each_of_its_identifiers() -> None:
    unit = OrderLine(
        device_id=DeviceId("e00fce68aabbccddeeff0011"),
        serial=SerialNumber("B40HAB123456789"),
        iccid=Iccid("8934076500002589174"),
        imei=Imei("352753090000009"),
    )
    made = book(part(line(1), unit, line(2)))
    for value in (unit.device_id, unit.serial, unit.iccid, unit.imei):
        assert [one.line for one in made.lines(value)] == [unit]
    assert [one.line for one in made.lines(unit.serial, unit.device_id)] == [unit]
    assert made.lines("B40HAB999999999", None) == []


def test_the_parts_of_one_import_make_one_order() -> None:
    made = book(part(line(1), line(2)), part(line(3)))
    (order,) = made.orders
    assert [one.device_id for one in order.lines] == [line(n).device_id for n in (1, 2, 3)]
    assert (order.name, order.at, made.units) == ("SO-1", 2000, 3)


def test_another_file_under_the_same_name_takes_the_place_of_the_first() -> None:
    made = book(part(line(1)), part(line(2), sha256="1" * 64))
    assert made.lines(line(1).device_id) == []
    assert [one.line for one in made.lines(line(2).serial)] == [line(2)]
    assert made.units == 1
    back = book(part(line(1)), part(line(2), sha256="1" * 64), part(line(1)))
    assert back.units == 1
    assert back.lines(line(2).device_id) == []


def test_the_same_file_that_is_in_the_product_now_takes_the_place_of_the_first() -> None:
    made = book(part(line(1)), part(line(1), in_product=True))
    assert made.units == 1
    assert made.in_product(line(1).device_id) is not None


def test_a_closed_order_lists_its_units_as_closed_and_counts_none() -> None:
    made = book(part(line(1)), part(line(2), order="SO-2"), OrderClosed(order="SO-1", why="done"))
    assert [one.closed for one in made.lines(line(1).device_id)] == ["done"]
    assert [one.closed for one in made.lines(line(2).device_id)] == [None]
    assert made.units == 1
    reopened = book(part(line(1)), OrderClosed(order="SO-1", why="done"), part(line(1)))
    assert [one.closed for one in reopened.lines(line(1).device_id)] == [None]
    assert reopened.units == 1


def test_closing_what_was_never_imported_changes_nothing() -> None:
    assert book(OrderClosed(order="SO-9", why="?")).orders == []


def test_a_unit_is_in_the_product_when_a_list_or_its_order_says_so() -> None:
    exported = PreAddExported(file="devices.txt", sha256="2" * 64, device_ids=(DeviceId("e00fce68" + "0" * 16),))
    made = book(exported, part(line(7), in_product=True), part(line(8), order="SO-2"))
    assert made.in_product(None, DeviceId("e00fce68" + "0" * 16)) == (
        "e00fce680000000000000000 is on the import list devices.txt"
    )
    assert "order SO-1" in (made.in_product(line(7).serial) or "")
    assert made.in_product(line(8).device_id, line(8).serial, None) is None


def test_a_unit_whose_kind_of_identifier_an_order_does_not_list_may_still_be_listed() -> None:
    by_id = book(part(line(1, serial=False)))
    assert by_id.may_be_listed(frozenset({"serial"}))
    assert not by_id.may_be_listed(frozenset({"serial", "device_id"}))
    both = book(part(line(1)))
    assert not both.may_be_listed(frozenset({"serial"}))
    assert not book(part(line(1, serial=False)), OrderClosed(order="SO-1", why="done")).may_be_listed(
        frozenset({"serial"})
    )


def test_what_two_orders_list_is_told_with_what_they_say_differently() -> None:
    mine = line(1, iccid=True)
    other = mine.model_copy(update={"device_id": line(2).device_id})
    made = book(part(mine, line(5)), part(other, order="SO-2"))
    told = made.shared("SO-1")
    assert {(one.kind, one.other, one.differs) for one in told} == {
        ("serial", "SO-2", ("device_id",)),
        ("iccid", "SO-2", ("device_id",)),
    }
    assert made.shared("SO-3") == []


@given(
    st.lists(
        st.tuples(st.sampled_from(["SO-1", "SO-2"]), st.sampled_from("01"), st.lists(st.integers(0, 9), max_size=4)),
        max_size=6,
    )
)
def test_however_orders_come_and_go_a_line_is_found_where_and_only_where_it_stands_now(
    imports: Sequence[tuple[str, str, list[int]]],
) -> None:
    made = book(*(part(*map(line, units), order=name, sha256=sha * 64) for name, sha, units in imports))
    for number in range(10):
        there = [one.name for one in made.orders for unit in one.lines if unit == line(number)]
        assert sorted(one.order for one in made.lines(line(number).device_id)) == sorted(there)

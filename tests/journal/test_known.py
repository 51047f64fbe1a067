"""What the journal knows of a unit: by chip, by label, by SIM."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.domain.events import (
    Body,
    Bound,
    OrderClosed,
    OrderImported,
    OrderLine,
    PreAddExported,
    PreAddRequested,
    Unbound,
)
from station.domain.ids import Iccid
from station.domain.known import Known
from station.journal import entries
from station.journal.store import Journal, Reader
from tests.journal.shift import clock, serial, unit_id

SIM = Iccid("8934076500002589174")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.create_or_open(tmp_path, clock().__next__) as made:
        yield made


def bound(number: int, label: int | None = None, iccid: Iccid | None = None) -> Bound:
    return Bound(op=30, device_id=unit_id(number), serial=serial(number if label is None else label), iccid=iccid)


def order(*numbers: int, name: str = "SO-1", in_product: bool = False) -> OrderImported:
    lines = tuple(OrderLine(device_id=unit_id(n), serial=serial(n)) for n in numbers)
    return OrderImported(order=name, file="x.csv", sha256="0" * 64, in_product=in_product, lines=lines)


def devices(known: Known) -> list[str]:
    return [one.device_id for one in known.bound]


def test_a_unit_is_known_by_chip_by_label_and_by_sim(journal: Journal) -> None:
    journal.append([bound(1, iccid=SIM), bound(2)], None)
    assert devices(journal.known(unit_id(1), None)) == [unit_id(1)]
    assert devices(journal.known(None, serial(2))) == [unit_id(2)]
    assert devices(journal.known(None, None, SIM)) == [unit_id(1)]
    assert devices(journal.known(unit_id(2), serial(1))) == [unit_id(1), unit_id(2)]
    assert journal.known(unit_id(3), serial(3)) == Known()


def test_a_unit_that_is_made_again_is_bound_once(journal: Journal) -> None:
    journal.append([bound(1), bound(1).model_copy(update={"op": 40, "released": ("x",)})], None)
    assert len(journal.known(unit_id(1), None).bound) == 1


def test_a_unit_that_passed_before_bindings_were_facts_is_bound_by_its_request(journal: Journal) -> None:
    journal.append([PreAddRequested(device_id=unit_id(1), serial=serial(1))], None)
    assert devices(journal.known(None, serial(1))) == [unit_id(1)]
    assert devices(journal.known(unit_id(1), serial(9))) == [unit_id(1)]


def test_what_a_person_took_back_is_no_longer_bound_and_is_told(journal: Journal) -> None:
    journal.append([bound(1, label=7), Unbound(device_id=unit_id(1), serial=serial(7), why="relabelled")], None)
    known = journal.known(unit_id(2), serial(7))
    assert known.bound == ()
    assert known.released == (f"{unit_id(1)}: relabelled",)
    journal.append([bound(1, label=8)], None)
    assert [one.serial for one in journal.known(unit_id(1), None).bound] == [serial(8)]
    assert devices(journal.known(None, serial(7))) == []


def test_only_the_unit_that_was_named_is_taken_back(journal: Journal) -> None:
    journal.append([bound(1), bound(2), Unbound(device_id=unit_id(1), why="relabelled")], None)
    assert devices(journal.known(None, serial(2))) == [unit_id(2)]
    assert journal.known(None, serial(2)).released == ()


def test_orders_are_known_as_they_are_stored(journal: Journal) -> None:
    assert not journal.known(unit_id(1), None).imported
    journal.append([order(1, 2)], None)
    known = journal.known(None, serial(1))
    assert (known.orders, known.imported, known.may_be_listed) == (2, True, False)
    assert [one.line.device_id for one in known.listed] == [unit_id(1)]
    journal.append([OrderClosed(order="SO-1", why="shipped")], None)
    known = journal.known(unit_id(1), None)
    assert (known.orders, known.imported, known.listed) == (0, True, ())
    assert [one.closed for one in known.closed] == ["shipped"]


def test_a_reader_sees_what_the_station_stores_meanwhile(journal: Journal) -> None:
    with Reader.open(journal.folder) as reader:
        assert reader.known(unit_id(1), None) == Known()
        journal.append([order(1)], None)
        assert reader.known(unit_id(1), None).orders == 1
        journal.append([order(2, name="SO-2")], None)
        assert [one.name for one in reader.book().orders] == ["SO-1", "SO-2"]


@pytest.mark.parametrize("by", ["device_id", "serial"])
def test_a_unit_on_an_import_list_is_in_the_product_also_by_its_label(journal: Journal, by: str) -> None:
    facts: list[Body] = [
        bound(1),
        PreAddExported(file="devices.txt", sha256="0" * 64, device_ids=(unit_id(1),)),
        bound(2),
    ]
    journal.append(facts, None)
    ask = (unit_id(1), None) if by == "device_id" else (None, serial(1))
    assert "import list devices.txt" in (journal.known(*ask).in_product or "")
    assert journal.known(unit_id(2), serial(2)).in_product is None


def test_a_unit_of_an_order_that_is_in_the_product_is_too(journal: Journal) -> None:
    journal.append([order(1, in_product=True), order(2, name="SO-2")], None)
    assert "order SO-1" in (journal.known(None, serial(1)).in_product or "")
    assert journal.known(None, serial(2)).in_product is None


@pytest.mark.parametrize("sql", [entries._OF_BINDING, entries._UNBOUND, entries._ORDERS])
def test_nothing_of_it_reads_the_whole_journal(journal: Journal, sql: str) -> None:
    plan = [str(row[3]) for row in journal._database.rows(f"EXPLAIN QUERY PLAN {sql}", ("x",) * sql.count("?"))]
    assert not any(one.startswith("SCAN entry") for one in plan), plan
    assert any("USING INDEX" in one for one in plan)

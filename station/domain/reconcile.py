"""An order against what was made: built, failed, left; made and in no order; in two orders."""

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, Field

from station.domain.events import OrderLine, OrderName
from station.domain.ids import DeviceId, Kind, RunId, SerialNumber, identifiers
from station.domain.orders import Order, OrderBook
from station.domain.outcome import Outcome
from station.domain.record import Record

State = Literal["built", "failed", "left"]


class OrderedUnit(BaseModel, frozen=True, extra="forbid"):
    """A line of the order and the newest run that saw its unit; `left` while none did, `built` when that is a PASS."""

    line: OrderLine
    state: State
    run: RunId | None = None
    outcome: Outcome | None = Field(default=None, description="null also while the run is open")
    code: str = ""


class Stranger(BaseModel, frozen=True, extra="forbid"):
    """A unit that passed and stands in no order."""

    device_id: DeviceId | None
    serial: SerialNumber | None
    run: RunId


class InTwoOrders(BaseModel, frozen=True, extra="forbid"):
    """An identifier that another order lists, too; `differs` is what the two say differently of its unit."""

    kind: Kind
    value: str
    other: OrderName
    differs: tuple[Kind, ...]


class Reconciliation(BaseModel, frozen=True, extra="forbid"):
    """How far an order is. Every listed unit is built, failed or left."""

    order: OrderName
    file: str
    sha256: str
    in_product: bool
    closed: str | None
    listed: int
    built: int
    failed: int
    left: int
    units: tuple[OrderedUnit, ...]
    strangers: tuple[Stranger, ...]
    in_two_orders: tuple[InTwoOrders, ...]


def reconcile(order: Order, book: OrderBook, records: Iterable[Record]) -> Reconciliation:
    """Judge an order by all records, in the order in which their runs began.

    As for the import list, the newest run that saw any name of a unit counts: a unit that passed and was run again
    without a PASS is not built. A run of it as a reference unit makes nothing.
    """
    newest: dict[str, Record] = {}
    for record in records:
        if record.started.reference is not None:
            continue
        newest |= dict.fromkeys(_names(record), record)
    units = tuple(_unit(line, newest) for line in order.lines)
    states = [one.state for one in units]
    made = {one.run: one for one in newest.values() if one.outcome is Outcome.PASS}.values()
    return Reconciliation(
        order=order.name,
        file=order.file,
        sha256=order.sha256,
        in_product=order.in_product,
        closed=order.closed,
        listed=len(units),
        built=states.count("built"),
        failed=states.count("failed"),
        left=states.count("left"),
        units=units,
        strangers=tuple(
            Stranger(device_id=one.device_id, serial=one.serial, run=one.run)
            for one in sorted(made, key=lambda one: (one.started_at, one.run))
            if not book.lines(*_names(one))
        ),
        in_two_orders=tuple(
            InTwoOrders(kind=one.kind, value=one.value, other=one.other, differs=one.differs)
            for one in book.shared(order.name)
        ),
    )


def _unit(line: OrderLine, newest: dict[str, Record]) -> OrderedUnit:
    saw = {one.run: one for value in identifiers(line).values() if (one := newest.get(value))}
    if not saw:
        return OrderedUnit(line=line, state="left")
    record = max(saw.values(), key=lambda one: (one.started_at, one.run))
    state: State = "built" if record.outcome is Outcome.PASS else "failed"
    code = record.finished.code if record.finished else ""
    return OrderedUnit(line=line, state=state, run=record.run, outcome=record.outcome, code=code)


def _names(record: Record) -> set[str]:
    """Every name that the label or a witness gave the unit; what the order's list adds is not seen, but told."""
    label = record.started.label
    names = {one for one in (label.device_id, label.serial) if one}
    return names.union(*(identifiers(one).values() for one in record.identified if one.by != "order"))

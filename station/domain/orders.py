"""The orders that this station was told of: which units they list, by every identifier; a fold of facts.

An order is the list of one file, imported in parts. The same name with another file, or with another word on
whether its units are in the product, begins the order anew; so does an import after it was closed.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from station.domain.events import Event, OrderClosed, OrderImported, OrderLine, OrderName, PreAddExported
from station.domain.ids import Kind, identifiers
from station.domain.known import Listed


@dataclass(slots=True, eq=False)
class Order:
    """One order; `at` is when its import ended, µs since 1970 UTC, `closed` why it is no longer made."""

    name: OrderName
    file: str
    sha256: str
    in_product: bool
    at: int = 0
    lines: list[OrderLine] = field(default_factory=list)
    closed: str | None = None
    kinds: Counter[tuple[Kind, ...]] = field(default_factory=Counter)

    def goes_on_with(self, part: OrderImported) -> bool:
        """Whether this is another part of the same import."""
        return self.closed is None and (self.sha256, self.in_product) == (part.sha256, part.in_product)


@dataclass(frozen=True, slots=True)
class Shared:
    """An identifier that two orders list; `differs` names what they say differently of its unit."""

    order: OrderName
    other: OrderName
    kind: Kind
    value: str
    differs: tuple[Kind, ...]


class OrderBook:
    """All orders; `add` takes the facts in the order in which they are stored, and every other fact changes nothing."""

    def __init__(self) -> None:
        self._orders: dict[OrderName, Order] = {}
        self._places: dict[str, tuple[tuple[Order, OrderLine], ...]] = {}
        self._exported: dict[str | None, str] = {}

    def add(self, event: Event) -> None:
        """Take in one fact."""
        match event.body:
            case OrderImported() as part:
                self._import(part, event.at)
            case OrderClosed(order=name, why=why) if (order := self._orders.get(name)) is not None:
                order.closed = why
            case PreAddExported(file=file, device_ids=devices):
                for one in devices:
                    self._exported.setdefault(one, file)
            case _:
                return

    def _import(self, part: OrderImported, at: int) -> None:
        order = self._orders.get(part.order)
        if order is None or not order.goes_on_with(part):
            order = self._orders[part.order] = Order(part.order, part.file, part.sha256, part.in_product)
        order.at = at
        for line in part.lines:
            named, place = identifiers(line), (order, line)
            order.lines.append(line)
            order.kinds[tuple(named)] += 1
            for value in named.values():
                self._places[value] = (*self._places.get(value, ()), place)

    @property
    def orders(self) -> list[Order]:
        """Every order, as it is now, in the order in which they were first imported."""
        return list(self._orders.values())

    @property
    def exported(self) -> frozenset[str]:
        """The device ids on all import lists so far."""
        return frozenset(one for one in self._exported if one is not None)

    def order(self, name: str) -> Order | None:
        """The order of that name."""
        return self._orders.get(name)

    @property
    def units(self) -> int:
        """How many units the open orders list."""
        return sum(len(one.lines) for one in self._orders.values() if one.closed is None)

    def lines(self, *values: str | None) -> list[Listed]:
        """The lines that name a unit by any of these identifiers, of open and of closed orders, each once."""
        found: dict[int, Listed] = {}
        for value in values:
            for order, line in self._at(value):
                found.setdefault(id(line), Listed(order.name, line, order.in_product, order.closed))
        return list(found.values())

    def _at(self, value: str | None) -> Iterator[tuple[Order, OrderLine]]:
        """Lines of orders that were replaced since are left out."""
        for order, line in self._places.get(value or "", ()):
            if self._orders[order.name] is order:
                yield order, line

    def may_be_listed(self, asked: frozenset[Kind]) -> bool:
        """Whether an open order has lines that name none of these kinds of identifiers."""
        return any(
            not asked.intersection(kinds)
            for one in self._orders.values()
            if one.closed is None
            for kinds in one.kinds
            if kinds
        )

    def in_product(self, *values: str | None) -> str | None:
        """Why a unit with any of these identifiers is taken to be in the product; None when nothing says so."""
        for value in values:
            if value in self._exported:
                return f"{value} is on the import list {self._exported[value]}"
            told = next((one for one in self.lines(value) if one.in_product), None)
            if told is not None:
                return f"order {told.order}, which lists {value}, was imported as being in the product"
        return None

    def shared(self, name: str) -> list[Shared]:
        """Identifiers of this order that another order lists, too."""
        order = self._orders.get(name)
        return [
            Shared(name, other.name, kind, value, _differ(identifiers(line), theirs))
            for line in (order.lines if order else ())
            for kind, value in identifiers(line).items()
            for other, theirs in self._at(value)
            if other is not order
        ]


def _differ(mine: Mapping[Kind, str], theirs: OrderLine) -> tuple[Kind, ...]:
    return tuple(kind for kind, value in identifiers(theirs).items() if mine.get(kind, value) != value)

"""What the journal knows of a unit besides the run that is under way."""

from dataclasses import dataclass, replace
from typing import Self

from station.domain.events import Bound, Kept, OrderLine, OrderName
from station.domain.ids import RunId
from station.domain.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of an order, and the order it stands in; `closed` says why that order is no longer made."""

    order: OrderName
    line: OrderLine
    in_product: bool
    closed: str | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """An earlier run of this unit: when it ended, µs since 1970 UTC, in which nest, and how."""

    at: int
    nest: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Known:
    """`kept` is what an erase that never ended took; `bound` are earlier bindings that share an identifier.

    `orders` counts the units of all open orders, 0 where there is none; `imported` is true once any order was, also
    when all are closed since. `listed` are the lines of open orders that name this unit, `closed` those of closed
    ones. `may_be_listed`: an open order has lines that name none of the kinds of identifiers asked for, so that one
    more witness may still find the unit there. `in_product` says why the unit is taken to be in the product already.
    `released` tells the bindings that share an identifier and that a person took back, and why. `past` are the runs
    of this unit that have ended, by its label and by what was bound to it, oldest first; as a reference unit it has
    none. `suspected` are its runs in which it may have connected, and that nobody has judged.
    """

    kept: Kept | None = None
    bound: tuple[Bound, ...] = ()
    orders: int = 0
    imported: bool = False
    listed: tuple[Listed, ...] = ()
    closed: tuple[Listed, ...] = ()
    may_be_listed: bool = False
    in_product: str | None = None
    released: tuple[str, ...] = ()
    past: tuple[Tried, ...] = ()
    suspected: tuple[RunId, ...] = ()

    def without_orders(self) -> Self:
        """The same of a reference unit, which stands in no order and need not."""
        return replace(self, orders=0, imported=False, listed=(), closed=(), may_be_listed=False)

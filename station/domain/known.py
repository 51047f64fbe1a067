"""What the journal knows of a unit besides the run that is under way."""

from dataclasses import dataclass

from station.domain.events import Bound, Kept, OrderLine


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of an order, and the order it stands in."""

    order: str
    line: OrderLine
    in_product: bool


@dataclass(frozen=True, slots=True)
class Known:
    """`kept` is what an erase that never ended took; `bound` are earlier bindings that share an identifier.

    `orders` counts the units of all open orders, 0 where none was imported; `listed` are the order lines that name this
    unit; `in_product` says why the unit is taken to be in the product already.
    """

    kept: Kept | None = None
    bound: tuple[Bound, ...] = ()
    orders: int = 0
    listed: tuple[Listed, ...] = ()
    in_product: str | None = None

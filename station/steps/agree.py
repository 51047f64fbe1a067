"""Shared by the steps that hear a witness: have all of them name the same unit, or refuse it."""

from station.domain.events import Identified
from station.domain.identity import binding, disagreement, in_product_already, not_in_order, who_is
from station.domain.known import Known
from station.domain.platform import Platform, platform_named
from station.engine.op import Op


def before_power(op: Op) -> None:
    """Refuse by its label alone a unit that must not be switched on. Raises InProductAlready, NotInOrder."""
    known = op.known(op.label.device_id, op.label.serial)
    _refuse_in_product(op, known)
    for fault in not_in_order(who_is(op.label, []), known, op.recipe.orders):
        raise fault


def agree(op: Op, last: bool = False) -> None:
    """Weigh every witness so far against each other, the orders and all history; note the order that lists the unit.

    With the `last` witness heard, what belongs together is bound, once. Raises WrongUnit, NotInOrder,
    InProductAlready.
    """
    who = who_is(op.label, op.record.identified)
    known = op.known(who.device_id, who.serial, who.iccid)
    if known.listed and op.record.order is None:
        listed = known.listed[0]
        line = listed.line
        op.note(
            Identified(
                op=op.line.op,
                by="order",
                device_id=line.device_id,
                serial=line.serial,
                iccid=line.iccid,
                imei=line.imei,
                order=listed.order,
            )
        )
    told = op.record.identified
    fault = disagreement(op.label, told, _platform(op), known, orders=op.recipe.orders, last=last)
    if fault is not None:
        raise fault
    _refuse_in_product(op, known)
    if last and op.record.bound is None:
        bound = binding(op.line.op, op.label, told, known)
        if bound is not None:
            op.note(bound)


def _refuse_in_product(op: Op, known: Known) -> None:
    fault = in_product_already(_platform(op), known, op.record.started.declares)
    if fault is not None:
        raise fault


def _platform(op: Op) -> Platform | None:
    return platform_named(op.recipe.platform)

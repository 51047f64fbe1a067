"""What the steps do with what the witnesses say."""

from dataclasses import replace

import pytest

from station.domain.events import Bound, Identified, OrderLine
from station.domain.faults import InProductAlready, LabelNotUnit, LabelOnOtherUnit, NotInOrder
from station.domain.ids import DeviceId, SerialNumber
from station.domain.known import Known, Listed
from station.engine.op import Op
from station.steps.agree import agree, before_power
from tests.engine.notebook import Notebook, op_of
from tests.engine.sheet import DEVICE, unit

LABEL = unit("GOOD")
OTHER = DeviceId("e00fce681111111111111111")
LINE = OrderLine(device_id=DEVICE, serial=LABEL.serial)
ORDERED = Known(orders=1, imported=True, listed=(Listed("SO-1", LINE, False),))


def hand(knows: Known | None = None, *told: Identified) -> tuple[Op, Notebook]:
    """The hand of an operation to which these witnesses have spoken."""
    pen = Notebook(knows=knows)
    for one in told:
        pen.note(one)
    return op_of(pen), pen


CHIP = Identified(op=10, by="swd", device_id=DEVICE)
CONSOLE = Identified(op=30, by="listening", device_id=DEVICE, serial=LABEL.serial)


def test_before_power_a_unit_is_refused_by_its_label_alone() -> None:
    op, pen = hand(Known(imported=True, orders=3))
    with pytest.raises(NotInOrder):
        before_power(op)
    assert pen.notes == []


def test_a_label_that_may_still_be_found_by_its_chip_is_powered() -> None:
    op, _ = hand(Known(imported=True, orders=3, may_be_listed=True))
    before_power(op)


def test_a_unit_that_is_in_the_product_is_not_powered_unless_the_fixture_says_that_it_cannot_connect() -> None:
    knows = Known(in_product="it is on a list")
    op, pen = hand(knows)
    with pytest.raises(InProductAlready):
        before_power(op)
    started = pen.record.started.model_copy(update={"declares": ("reset_held",)})
    pen._record = pen.record.model_copy(update={"started": started})
    before_power(op)
    agree(op)


def test_the_order_that_lists_a_unit_is_a_witness_and_is_noted_once() -> None:
    op, pen = hand(ORDERED, CHIP)
    agree(op)
    agree(op)
    (order,) = [one for one in pen.record.identified if one.by == "order"]
    assert (order.order, order.device_id, order.serial) == ("SO-1", DEVICE, LABEL.serial)
    assert pen.record.order == "SO-1"
    assert pen.record.bound is None


def test_once_the_last_witness_was_heard_the_unit_is_bound_once() -> None:
    op, pen = hand(replace(ORDERED, released=("x: relabelled",)), CHIP, CONSOLE)
    agree(op, last=True)
    agree(op, last=True)
    assert [one for one in pen.notes if isinstance(one, Bound)] == [
        Bound(op=20, device_id=DEVICE, serial=LABEL.serial, released=("x: relabelled",))
    ]


def test_a_unit_about_which_they_do_not_agree_is_never_bound() -> None:
    op, pen = hand(None, CHIP, CONSOLE.model_copy(update={"serial": SerialNumber("B40HAB000000002")}))
    with pytest.raises(LabelNotUnit):
        agree(op, last=True)
    earlier = Bound(op=30, device_id=OTHER, serial=LABEL.serial)
    op, pen = hand(Known(bound=(earlier,)), CHIP, CONSOLE)
    with pytest.raises(LabelOnOtherUnit):
        agree(op)
    assert pen.record.bound is None

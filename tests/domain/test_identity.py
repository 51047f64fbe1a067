"""Who a unit is: all agree, or the first that does not is named."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.domain.events import Bound, Identified, OrderLine, Witness
from station.domain.faults import (
    ConsoleNotChip,
    InProductAlready,
    LabelNotChip,
    LabelNotDerived,
    LabelNotUnit,
    LabelOnOtherUnit,
    LabelUntied,
    NotInOrder,
    OrderDisagrees,
    RequestNotChip,
    SimOfOtherUnit,
    TestNotChip,
    UnitFault,
    UnitHadOtherLabel,
    UnitHadOtherSim,
    UsbNotChip,
    WrongUnit,
)
from station.domain.identity import binding, disagreement, in_product_already, not_in_order, who_is
from station.domain.ids import DeviceId, Iccid, Imei, SerialNumber, identifiers
from station.domain.known import Known, Listed
from station.domain.label import Label
from station.domain.platform import Platform, platform_named

BORON, ARGON, P2 = platform_named("boron"), platform_named("argon"), platform_named("p2")


@dataclass(frozen=True)
class Unit:
    """One unit, by all its names; `other` is another one that shares none of them."""

    device_id: DeviceId
    serial: SerialNumber
    iccid: Iccid
    imei: Imei

    @property
    def label(self) -> Label:
        return Label(serial=self.serial)

    def line(self) -> OrderLine:
        return OrderLine(device_id=self.device_id, serial=self.serial, iccid=self.iccid, imei=self.imei)

    def bound(self) -> Bound:
        return Bound(op=30, device_id=self.device_id, serial=self.serial, iccid=self.iccid, imei=self.imei)

    def witnesses(self) -> list[Identified]:
        """Every witness there can be, each with all it can tell."""
        device, serial = self.device_id, self.serial
        return [
            Identified(op=10, by="label", serial=serial),
            Identified(op=10, by="swd", device_id=device),
            Identified(op=30, by="usb", device_id=device),
            Identified(op=30, by="usb_request", device_id=device, serial=serial),
            Identified(op=30, by="listening", device_id=device, serial=serial),
            Identified(op=30, by="factory_test", device_id=device, serial=serial),
            Identified(op=30, by="modem", iccid=self.iccid, imei=self.imei),
            Identified(op=30, by="order", device_id=device, serial=serial, iccid=self.iccid, imei=self.imei),
        ]


def unit(number: int) -> Unit:
    return Unit(
        DeviceId(f"e00fce68{number:016x}"),
        SerialNumber(f"B40HAB{number:09d}"),
        Iccid(f"89{number:017d}"),
        Imei(f"{number:015d}"),
    )


ONE, OTHER = unit(1), unit(2)
KNOWN = Known(bound=(ONE.bound(),), orders=9, imported=True, listed=(Listed("SO-1", ONE.line(), False),))


def judged(
    told: list[Identified], known: Known = KNOWN, label: Label | None = None, platform: Platform | None = BORON
) -> UnitFault | None:
    return disagreement(label or ONE.label, told, platform, known, last=True)


def test_a_unit_of_which_all_say_the_same_has_nothing_against_it() -> None:
    assert judged(ONE.witnesses()) is None
    assert judged(ONE.witnesses(), Known()) is None
    assert judged(ONE.witnesses(), label=Label(device_id=ONE.device_id)) is None


def changed(by: Witness, **what: str) -> list[Identified]:
    return [one.model_copy(update=what) if one.by == by else one for one in ONE.witnesses()]


@pytest.mark.parametrize(
    ("by", "kind", "fault"),
    [
        ("usb", "device_id", UsbNotChip),
        ("usb_request", "device_id", RequestNotChip),
        ("listening", "device_id", ConsoleNotChip),
        ("factory_test", "device_id", TestNotChip),
        ("usb_request", "serial", LabelNotUnit),
        ("listening", "serial", LabelNotUnit),
        ("factory_test", "serial", LabelNotUnit),
        ("order", "device_id", OrderDisagrees),
        ("order", "serial", OrderDisagrees),
        ("order", "iccid", OrderDisagrees),
        ("order", "imei", OrderDisagrees),
        ("modem", "iccid", OrderDisagrees),
        ("modem", "imei", OrderDisagrees),
    ],
)
def test_a_single_witness_that_names_another_unit_is_named_with_both_values(
    by: Witness, kind: str, fault: type[UnitFault]
) -> None:
    theirs = identifiers(OTHER.line())[kind]  # type: ignore[index]
    found = judged(changed(by, **{kind: theirs}))
    assert type(found) is fault
    assert theirs in str(found)
    assert identifiers(ONE.line())[kind] in str(found)  # type: ignore[index]


def test_a_chip_that_is_another_is_no_longer_the_label_s() -> None:
    assert type(judged(changed("swd", device_id=OTHER.device_id))) is UsbNotChip
    alone = changed("swd", device_id=OTHER.device_id)[:2]
    assert type(disagreement(ONE.label, alone, BORON, KNOWN)) is OrderDisagrees
    no_order = replace(KNOWN, listed=(), imported=False, orders=0)
    assert type(disagreement(ONE.label, alone, BORON, no_order)) is LabelOnOtherUnit
    assert type(disagreement(Label(device_id=ONE.device_id), alone, BORON, Known())) is LabelNotChip


def test_two_chips_in_one_run_are_two_units() -> None:
    second = Identified(op=50, by="swd", device_id=OTHER.device_id)
    assert type(judged([*ONE.witnesses(), second])) is WrongUnit


def test_without_a_serial_number_on_the_label_the_unit_s_own_have_to_agree() -> None:
    label = Label(device_id=ONE.device_id)
    assert type(judged(changed("listening", serial=OTHER.serial), label=label)) is WrongUnit


def test_two_sims_in_one_run_are_a_fault() -> None:
    second = Identified(op=30, by="listening", iccid=OTHER.iccid)
    assert type(judged([*ONE.witnesses(), second])) is WrongUnit


def test_a_serial_number_that_differs_by_y_and_z_tells_of_the_keyboard() -> None:
    label = Label(serial=SerialNumber("B40HYZ123456789"))
    told = Identified(op=30, by="listening", device_id=ONE.device_id, serial=SerialNumber("B40HZY123456789"))
    found = disagreement(label, [told], BORON)
    assert "German keyboard" in str(found)


# What the platform says


@given(st.binary(min_size=6, max_size=6), st.text("0123456789ABCDEF", min_size=6, max_size=6))
def test_on_an_rtl872x_the_label_s_last_six_are_the_device_id_s(mac: bytes, end: str) -> None:
    device = DeviceId("0a10aced2021" + mac.hex())
    label = Label(serial=SerialNumber("P046AB226" + end))
    chip = Identified(op=10, by="swd", device_id=device)
    fits = device[18:].upper() == end
    found = disagreement(label, [chip], P2)
    assert (found is None) is fits
    assert fits or type(found) is LabelNotDerived
    assert disagreement(Label(serial=SerialNumber("P046AB226" + device[18:].upper())), [chip], P2) is None
    assert disagreement(label, [chip], BORON) is None


# Orders


def test_once_an_order_is_known_a_unit_that_none_lists_is_refused() -> None:
    known = Known(orders=100, imported=True)
    found = judged(ONE.witnesses()[:-1], known)
    assert type(found) is NotInOrder
    assert ONE.device_id in str(found)
    assert ONE.serial in str(found)
    assert "100 units" in str(found)


def test_a_unit_of_a_closed_order_is_refused_with_the_reason() -> None:
    known = Known(imported=True, closed=(Listed("SO-1", ONE.line(), False, "recalled"),))
    assert "SO-1, which is closed: recalled" in str(judged(ONE.witnesses()[:-1], known))


def test_closing_the_last_order_does_not_open_the_line() -> None:
    assert type(judged(ONE.witnesses()[:-1], Known(imported=True))) is NotInOrder


def test_a_recipe_may_want_orders_where_none_was_imported() -> None:
    told = ONE.witnesses()[:-1]
    assert disagreement(ONE.label, told, BORON, Known()) is None
    assert type(disagreement(ONE.label, told, BORON, Known(), orders="required")) is NotInOrder


def test_a_unit_is_not_refused_while_another_witness_may_find_it_in_an_order() -> None:
    known = Known(orders=3, imported=True, may_be_listed=True)
    assert list(not_in_order(who_is(ONE.label, []), known, "if_imported")) == []
    assert [type(one) for one in not_in_order(who_is(ONE.label, []), known, "if_imported", last=True)] == [NotInOrder]


# History


@pytest.mark.parametrize(
    ("before", "fault"),
    [
        (replace(OTHER, serial=ONE.serial), LabelOnOtherUnit),
        (replace(OTHER, device_id=ONE.device_id, iccid=ONE.iccid, imei=ONE.imei), UnitHadOtherLabel),
        (replace(OTHER, iccid=ONE.iccid), SimOfOtherUnit),
        (replace(OTHER, imei=ONE.imei), SimOfOtherUnit),
        (replace(ONE, iccid=OTHER.iccid), UnitHadOtherSim),
        (replace(ONE, imei=OTHER.imei), UnitHadOtherSim),
    ],
)
def test_what_was_bound_once_stays_bound(before: Unit, fault: type[UnitFault]) -> None:
    assert type(judged(ONE.witnesses(), replace(KNOWN, bound=(before.bound(),)))) is fault


def test_a_unit_made_again_is_the_same_unit() -> None:
    sparse = Bound(op=30, device_id=ONE.device_id, serial=ONE.serial)
    assert judged(ONE.witnesses(), replace(KNOWN, bound=(sparse, ONE.bound()))) is None


# The label's tie


def test_a_label_that_no_witness_confirms_is_tied_to_nothing() -> None:
    chip = Identified(op=10, by="swd", device_id=ONE.device_id)
    usb = Identified(op=30, by="usb", device_id=ONE.device_id)
    assert type(judged([chip, usb], Known())) is LabelUntied
    assert disagreement(ONE.label, [chip, usb], BORON) is None
    by_order = replace(KNOWN, bound=())
    assert judged([chip, usb], by_order) is None
    only_id = OrderLine(device_id=ONE.device_id)
    assert type(judged([chip, usb], replace(by_order, listed=(Listed("SO-1", only_id, False),)))) is LabelUntied
    assert judged([chip, usb], Known(), label=Label(device_id=ONE.device_id)) is None


# All of it at once

CHANGES: tuple[tuple[Witness, str], ...] = tuple(
    (one.by, kind) for one in ONE.witnesses() for kind in identifiers(one) if one.by != "label"
)


@given(st.sampled_from(CHANGES), st.integers(2, 10**6), st.booleans(), st.booleans())
def test_whichever_single_word_is_changed_the_unit_is_refused(
    change: tuple[Witness, str], number: int, ordered: bool, made_before: bool
) -> None:
    by, kind = change
    known = Known(
        bound=(ONE.bound(),) if made_before else (),
        listed=(Listed("SO-1", ONE.line(), False),) if ordered else (),
        imported=ordered,
    )
    assert judged(ONE.witnesses(), known) is None
    found = judged(changed(by, **{kind: identifiers(unit(number).line())[kind]}), known)  # type: ignore[index]
    assert isinstance(found, UnitFault)
    assert found.code


def test_of_a_thousand_swaps_of_labels_and_units_every_one_is_found_before_anything_is_flashed() -> None:
    """With an order that ties labels to device ids, label and chip are enough."""
    dice, units = random.Random(16), [unit(n) for n in range(50)]
    for _ in range(1000):
        labelled, seated = dice.choice(units), dice.choice(units)
        listed = tuple(Listed("SO-1", one.line(), False) for one in {labelled, seated})
        known = Known(listed=listed, imported=True, orders=50)
        found = disagreement(labelled.label, [Identified(op=10, by="swd", device_id=seated.device_id)], BORON, known)
        assert (found is None) is (labelled == seated)


def test_the_unit_names_its_label_wrong_in_every_one_of_a_thousand_swaps_without_an_order() -> None:
    dice, units = random.Random(33), [unit(n) for n in range(50)]
    for _ in range(1000):
        labelled, seated = dice.choice(units), dice.choice(units)
        found = disagreement(labelled.label, seated.witnesses()[1:5], BORON, Known(), last=True)
        assert (found is None) is (labelled == seated)
        assert found is None or type(found) is LabelNotUnit


# Binding, and the product


def test_what_is_bound_is_all_that_was_told() -> None:
    bound = binding(30, ONE.label, ONE.witnesses(), replace(KNOWN, released=("x: relabelled",)))
    assert bound == ONE.bound().model_copy(update={"released": ("x: relabelled",)})
    assert binding(30, ONE.label, [], KNOWN) is None


def test_the_chip_and_the_modem_name_the_unit_before_anybody_else() -> None:
    order = Identified(op=10, by="order", device_id=OTHER.device_id, iccid=OTHER.iccid)
    who = who_is(ONE.label, [order, *ONE.witnesses()])
    assert identifiers(who) == identifiers(ONE.line())


@pytest.mark.parametrize(
    ("platform", "why", "declares", "refused"),
    [
        (BORON, "it is on a list", (), True),
        (BORON, "it is on a list", ("reset_held",), False),
        (BORON, "it is on a list", ("shielded",), False),
        (BORON, None, (), False),
        (ARGON, "it is on a list", (), False),
        (None, "it is on a list", (), True),
    ],
)
def test_a_unit_whose_sim_may_be_active_is_switched_on_only_where_it_cannot_connect(
    platform: Platform | None, why: str | None, declares: tuple[str, ...], refused: bool
) -> None:
    found = in_product_already(platform, Known(in_product=why), declares)  # type: ignore[arg-type]
    assert isinstance(found, InProductAlready) is refused


def test_no_fault_of_identity_shares_its_code() -> None:
    rules: list[Callable[..., UnitFault]] = [ConsoleNotChip, RequestNotChip, UsbNotChip, TestNotChip, LabelNotChip]
    assert len({rule("").code for rule in rules}) == len(rules)

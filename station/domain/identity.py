"""Who a unit is: every witness, the order's list and all history have to name the same one.

Each pair of witnesses that can differ has its own fault, and the first one found is the unit's. One label, one device
id, one SIM, over all history: what was bound once stays bound, until a person takes it back.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from station.domain.counted import counted
from station.domain.events import Bound, Declaration, Identified, Witness
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
from station.domain.ids import KIND_NAMES, DeviceId, Iccid, Imei, Kind, Named, SerialNumber, identifiers
from station.domain.known import Known
from station.domain.label import Label
from station.domain.platform import Platform, Radio, label_contradicts

Orders = Literal["if_imported", "required"]
"""A recipe's word: units must be in an order once one was imported, or always."""

_NOT_CHIP: Mapping[Witness, type[WrongUnit]] = {
    "label": LabelNotChip,
    "usb": UsbNotChip,
    "usb_request": RequestNotChip,
    "listening": ConsoleNotChip,
    "factory_test": TestNotChip,
}

_SAYS: Mapping[Witness, str] = {
    "label": "the label",
    "swd": "the chip",
    "usb": "the unit's USB descriptor",
    "usb_request": "the unit's answer to a control request",
    "listening": "the unit in listening mode",
    "factory_test": "the factory-test firmware",
    "modem": "the modem",
    "order": "the order",
}

_QWERTZ = str.maketrans("YZ", "ZY")


@dataclass(frozen=True, slots=True)
class Who:
    """A unit as its best witness names it: the chip, the label, the modem; else whoever spoke first."""

    device_id: DeviceId | None = None
    serial: SerialNumber | None = None
    iccid: Iccid | None = None
    imei: Imei | None = None


def who_is(label: Label, told: Iterable[Identified]) -> Who:
    """The unit that these witnesses mean, whether or not all of them agree."""
    all_told = [Identified(op=1, by="label", device_id=label.device_id, serial=label.serial), *told]

    def best(kind: Kind, *first: Witness) -> str | None:
        spoke = sorted(all_told, key=lambda one: one.by not in first)  # stable: else in the order of speaking
        return next((found[kind] for found in map(identifiers, spoke) if kind in found), None)

    device, serial = best("device_id", "swd"), best("serial", "label")
    iccid, imei = best("iccid", "modem", "usb_request"), best("imei", "modem", "usb_request")
    return Who(
        DeviceId(device) if device else None,
        SerialNumber(serial) if serial else None,
        Iccid(iccid) if iccid else None,
        Imei(imei) if imei else None,
    )


def disagreement(
    label: Label,
    told: Sequence[Identified],
    platform: Platform | None,
    known: Known | None = None,
    *,
    orders: Orders = "if_imported",
    last: bool = False,
) -> UnitFault | None:
    """The first reason why this is not the one unit that all name, or None.

    `last` when no witness is left to be heard: then the label has to be confirmed by one, and the unit to be found in
    an order where it must be in one.
    """
    history = known or Known()
    heard = [one for one in told if one.by not in ("label", "order")]
    listed = [*_listed(history), *(one for one in told if one.by == "order")]
    who = who_is(label, told)

    def found() -> Iterator[UnitFault]:
        yield from _devices(label, heard)
        yield from _derived(label, who, platform)
        yield from _serials(label, heard)
        yield from _sims(heard)
        yield from _orders(who_is(label, heard), listed)
        yield from not_in_order(who, history, orders, last=last)
        yield from _earlier(who, history.bound)
        if last:
            yield from _untied(label, who, heard, listed)

    return next(found(), None)


def not_in_order(who: Named, known: Known, orders: Orders, *, last: bool = False) -> Iterator[NotInOrder]:
    """Why this unit is not to be made; nothing while another witness may still find it in an order."""
    wanted = known.imported or orders == "required"
    if not wanted or known.listed or (known.may_be_listed and not last):
        return
    unit = " or ".join(f"{KIND_NAMES[kind]} {value}" for kind, value in identifiers(who).items())
    if known.closed:
        told = known.closed[-1]
        yield NotInOrder(f"{unit} stands in order {told.order}, which is closed: {told.closed}")
    elif known.orders:
        yield NotInOrder(f"no open order lists {unit}; together they list {counted(known.orders, 'unit')}")
    else:
        yield NotInOrder(f"no order is open that could list {unit}")


def in_product_already(
    platform: Platform | None, known: Known, declares: Iterable[Declaration]
) -> InProductAlready | None:
    """Why this unit must not be switched on in this fixture: a SIM that is active is billed from its first connection.

    A unit with Wi-Fi only knows no network here.
    """
    wifi = platform is not None and platform.radio is Radio.WIFI
    if known.in_product is None or wifi or any(declares):
        return None
    return InProductAlready(f"{known.in_product}, and this fixture declares neither reset_held nor shielded")


def binding(op: int, label: Label, told: Sequence[Identified], known: Known) -> Bound | None:
    """What belongs together from here on, once all agree; None without a device id."""
    who = who_is(label, told)
    if who.device_id is None:
        return None
    return Bound(
        op=op, device_id=who.device_id, serial=who.serial, iccid=who.iccid, imei=who.imei, released=known.released
    )


def _devices(label: Label, heard: Sequence[Identified]) -> Iterator[UnitFault]:
    """Every witness against the chip; without a chip, against whoever named a device id first."""
    named: list[tuple[Witness, str]] = [("label", label.device_id)] if label.device_id else []
    named += [(one.by, one.device_id) for one in heard if one.device_id]
    if not named:
        return
    by, device = next((one for one in named if one[0] == "swd"), named[0])
    for other, value in named:
        if value != device:
            fault = _NOT_CHIP.get(other, WrongUnit) if by == "swd" else WrongUnit
            yield fault(f"{_SAYS[by]} says device id {device}, {_SAYS[other]} says {value}")


def _derived(label: Label, who: Who, platform: Platform | None) -> Iterator[UnitFault]:
    if platform is None or label.serial is None or who.device_id is None:
        return
    if label_contradicts(label.serial, who.device_id, platform):
        yield LabelNotDerived(
            f"the label's serial number {label.serial} does not end like device id {who.device_id},"
            f" as that of every {platform.name} does"
        )


def _serials(label: Label, heard: Sequence[Identified]) -> Iterator[UnitFault]:
    stored = [(one.by, one.serial) for one in heard if one.serial]
    for by, serial in stored:
        if label.serial is not None and serial != label.serial:
            hint = ""
            if serial.translate(_QWERTZ) == label.serial:
                hint = "; the two differ by Y and Z: the scanner may type as if on a German keyboard"
            yield LabelNotUnit(f"the label says serial number {label.serial}, {_SAYS[by]} says {serial}{hint}")
        if serial != stored[0][1]:
            yield WrongUnit(f"{_SAYS[stored[0][0]]} says serial number {stored[0][1]}, {_SAYS[by]} says {serial}")


def _sims(heard: Sequence[Identified]) -> Iterator[UnitFault]:
    kinds: tuple[Kind, ...] = ("iccid", "imei")
    for kind in kinds:
        named = [(one.by, identifiers(one)[kind]) for one in heard if kind in identifiers(one)]
        for by, value in named:
            if value != named[0][1]:
                first = f"{_SAYS[named[0][0]]} says {KIND_NAMES[kind]} {named[0][1]}"
                yield WrongUnit(f"{first}, {_SAYS[by]} says {value}")


def _listed(known: Known) -> list[Identified]:
    """The lines of open orders as witnesses."""
    return [
        Identified(
            op=1,
            by="order",
            device_id=one.line.device_id,
            serial=one.line.serial,
            iccid=one.line.iccid,
            imei=one.line.imei,
            order=one.order,
        )
        for one in known.listed
    ]


def _orders(who: Who, listed: Sequence[Identified]) -> Iterator[UnitFault]:
    mine = identifiers(who)
    for line in listed:
        theirs = identifiers(line)
        shared = [kind for kind in theirs if mine.get(kind) == theirs[kind]]
        for kind, value in theirs.items():
            if kind in mine and mine[kind] != value:
                by = f" lists {KIND_NAMES[shared[0]]} {mine[shared[0]]} with" if shared else " says"
                yield OrderDisagrees(
                    f"order {line.order}{by} {KIND_NAMES[kind]} {value}, this unit has {KIND_NAMES[kind]} {mine[kind]}"
                )


def _earlier(who: Who, bound: Sequence[Bound]) -> Iterator[UnitFault]:
    for before in bound:
        mine, theirs = identifiers(who), identifiers(before)
        same_unit = before.device_id == who.device_id
        for kind, value in theirs.items():
            equal = mine.get(kind) == value
            if kind == "device_id" or kind not in mine or who.device_id is None or equal is same_unit:
                continue
            name, now = KIND_NAMES[kind], mine[kind]
            sim = kind != "serial"
            if same_unit:
                had = UnitHadOtherSim if sim else UnitHadOtherLabel
                yield had(f"device {who.device_id} was made with {name} {value} before and has {now} now")
            else:
                other = SimOfOtherUnit if sim else LabelOnOtherUnit
                yield other(f"{name} {now} belongs to device {before.device_id}, this one is {who.device_id}")


def _untied(label: Label, who: Who, heard: Sequence[Identified], listed: Sequence[Identified]) -> Iterator[UnitFault]:
    if label.serial is None or any(one.serial for one in heard):
        return
    if not any((one.serial, one.device_id) == (label.serial, who.device_id) for one in listed):
        yield LabelUntied(f"nothing but the label says that device {who.device_id} has serial number {label.serial}")

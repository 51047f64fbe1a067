"""What a demonstration begins with: nests, units in their order, labels, an order that the station knows."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from station.bench import mishaps
from station.bench.client import Bench, Facts
from station.bench.instruments import DMM, KINDS
from station.config import FixtureConfig, Seat
from station.domain.events import OrderImported, OrderLine
from station.domain.ids import device_id, serial_number
from station.journal.store import Journal
from station.wiring import Selected, now_us

WRONG_CODES = {"box_label": mishaps.BOX_LABEL, "iccid_scan": mishaps.SIM_LABEL}
"""What is scanned in place of the first label."""


def with_nests(selected: Selected, count: int) -> Selected:
    """The virtual fixture with as many nests as are wanted; the bench numbers places and probes like its file."""
    fixture = selected.fixture
    instruments = {name: name for name in KINDS}
    seats = tuple(
        Seat(nest=n, usb=f"1-1.{n}", probe=f"BENCH{n:04d}", instruments=instruments) for n in range(1, count + 1)
    )
    sized: FixtureConfig = fixture.value.model_copy(update={"nests": seats})
    return replace(selected, fixture=replace(fixture, value=sized))


def tray_of(bench: Bench, units: int, mishap: str | None) -> list[tuple[int, str]]:
    """Units with the text of their labels; the first one is the one that a mishap befalls."""
    wrong = mishaps.BY_NAME.get(mishap or "")
    tray = []
    for number in range(units):
        unit = bench.new_unit()
        label = bench.unit(unit).label
        if number == 0 and mishap == "unreadable_label":
            label = mishaps.cut_label(label)
        elif number == 0 and mishap == "label_other_platform":
            label = mishaps.label_of_other_platform(unit)
        elif number == 0 and mishap in WRONG_CODES:
            label = WRONG_CODES[mishap]
        elif number == 0 and wrong is not None and wrong.where == "unit":
            bench.mishap(wrong.name, unit=unit)
        tray.append((unit, label))
    if wrong is not None and wrong.where == "instrument":
        bench.instrument(1, DMM, wrong.trouble, after=mishaps.DMM_LINES)
    return tray


def know_order(state: Path, units: Sequence[Facts]) -> None:
    """Have the station know an order of these units, and of one more that is never made."""
    lines = [OrderLine(device_id=device_id(one.device_id), serial=serial_number(one.serial)) for one in units]
    lines.append(OrderLine(device_id=device_id("e00fce68" + 16 * "f")))
    with Journal.create_or_open(state, now_us) as journal:
        journal.append(
            [OrderImported(order="SO-1", file="sim.csv", sha256="0" * 64, in_product=False, lines=tuple(lines))], None
        )

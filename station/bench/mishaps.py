"""What the bench can let go wrong: each a test and a `station sim --mishap NAME`."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from station.bench.board import Board
from station.bench.chip import APPROTECT, ENABLED, FICR, PART
from station.bench.nvmc import UICR
from station.bench.operator import Manner
from station.bench.rack import Trouble
from station.bench.traits import CHARGER, SMALLER_FLASH_ID
from station.domain.faults import (
    Aborted,
    Babble,
    ChipLocked,
    CloudContact,
    Fault,
    ImageMismatch,
    InstrumentRefused,
    InstrumentSilent,
    LabelNotUnit,
    LabelOfOtherPlatform,
    LabelRefused,
    NoAnswer,
    NotDoneInTime,
    NotInOrder,
    OperatorSaysNo,
    OutOfLimits,
    ProbeLost,
    RanUnwatched,
    TargetSilent,
    TestFailed,
    Unanswered,
    UsbNotChip,
    WrongAnswer,
    WrongChip,
)
from station.domain.ids import DeviceId, SerialNumber

BAD_CELL = 0xB6000  # inside every user part of the bench
STUCK_BITS = 0x00FF_FF00
LATE_SECONDS = 8.0  # real; longer than a station waits for anything a unit says
PLUG_PULLED_AFTER = 400  # packets: some 30 pages into a flash job
SUPPLY_LOST_AFTER = 20_000  # words: in the middle of page 20
OTHER_PART = 0x52833
WORN_CONTACT_OHMS = 2.0
NOT_QUITE_OFF = 720e-6  # amperes asleep, seen on Borons (community.particle.io, "can't get 170uA (720uA instead)")
DMM_LINES = 9  # what the multimeter has heard in the middle of its first reading
INSTRUMENTS = "gateway-full"  # the recipe that reads instruments and asks the operator


@dataclass(frozen=True, slots=True)
class Mishap:
    """One thing that goes wrong, who does it, and the fault the station must end in; None: the unit passes."""

    name: str
    where: Literal["unit", "operator", "instrument"]
    says: str
    fault: type[Fault] | None
    befall: Callable[[Board], None] | None = None
    """What it does to a unit; None where it is the operator's or an instrument's doing."""
    recipe: str | None = None
    """The recipe that shows it; None where any does."""
    manner: Manner = Manner.TRUTHFULLY
    trouble: Trouble = Trouble.NONE
    """With the multimeter of nest 1, in mid-run."""
    waits: bool = False
    """Whether a question's time has to be over before anything is noticed."""


def _dead_rail(board: Board) -> None:
    board.ailments.rails["vbat"] = 0.021


def _rail_shorted(board: Board) -> None:
    board.chip.shorted_rail = "v3v3"


def _gauge_silent(board: Board) -> None:
    board.ailments.gauge_silent = True


def _loopback_open(board: Board) -> None:
    board.ailments.cut.add(("D2", "D3"))


def _loopback_short(board: Board) -> None:
    board.ailments.touching.add(("D3", "D4"))


def _i2c_missing(board: Board) -> None:
    board.ailments.missing.add(CHARGER)


def _wrong_flash(board: Board) -> None:
    board.ailments.flash_id = SMALLER_FLASH_ID


def _flash_worn(board: Board) -> None:
    board.ailments.flash_worn = True


def _rtc_stopped(board: Board) -> None:
    board.ailments.rtc_stopped = True


def _silent(board: Board) -> None:
    board.ailments.silent = True


def _babbling(board: Board) -> None:
    board.ailments.babbling = True


def _late(board: Board) -> None:
    board.ailments.late = LATE_SECONDS


def _other_id(board: Board) -> None:
    last = "1" if board.chip_id[-1] == "0" else "0"
    board.ailments.told_id = DeviceId(board.chip_id[:-1] + last)


def _other_serial(board: Board) -> None:
    last = "B" if board.born.serial[-1] == "A" else "A"
    board.ailments.told_serial = SerialNumber(board.born.serial[:-1] + last)


def _wrong_chip(board: Board) -> None:
    board.chip.ficr.set_word(FICR + PART, OTHER_PART)


def _locked(board: Board) -> None:
    board.chip.uicr.set_word(UICR + APPROTECT, 0xFFFF_FF00 | ENABLED)


def _probe_pulled(board: Board) -> None:
    board.ailments.plug_pulled_after = PLUG_PULLED_AFTER


def _unseated(board: Board) -> None:
    if board.wires is not None:
        raise ValueError("the unit sits well already: take it out first")
    board.ailments.no_contact = True


def _bad_cell(board: Board) -> None:
    board.chip.stuck_bits[BAD_CELL] = STUCK_BITS


def _power_lost(board: Board) -> None:
    board.chip.power_cut_after_words = SUPPLY_LOST_AFTER


def _reset_open(board: Board) -> None:
    board.chip.reset_pad_open = True


def _phones_home(board: Board) -> None:
    board.ailments.phones_home = True


def _product_ran(board: Board) -> None:
    board.chip.spike_awaited = True


def _sleep_current(board: Board) -> None:
    board.ailments.sleep_amps = NOT_QUITE_OFF


def _sagging_rail(board: Board) -> None:
    board.ailments.ohms["v3v3"] = WORN_CONTACT_OHMS


def _dark_led(board: Board) -> None:
    board.ailments.led_dark = True


def _stuck_button(board: Board) -> None:
    board.ailments.button_stuck = True


CATALOGUE = (
    Mishap("dead_rail", "unit", "The battery rail is dead.", OutOfLimits, _dead_rail),
    Mishap(
        "rail_shorted",
        "unit",
        "The 3.3 V rail is shorted: nothing on the unit runs.",
        TargetSilent,
        _rail_shorted,
    ),
    Mishap("gauge_silent", "unit", "The fuel gauge does not answer.", TestFailed, _gauge_silent),
    Mishap("loopback_open", "unit", "Two pins that the fixture joins have no contact.", TestFailed, _loopback_open),
    Mishap("loopback_short", "unit", "Two pins touch that nothing joins.", TestFailed, _loopback_short),
    Mishap("i2c_missing", "unit", "The charger does not answer on the I2C bus.", TestFailed, _i2c_missing),
    Mishap("wrong_flash", "unit", "The external flash is a smaller one.", WrongAnswer, _wrong_flash),
    Mishap(
        "flash_worn",
        "unit",
        "The external flash does not keep what is written.",
        TestFailed,
        _flash_worn,
    ),
    Mishap("rtc_stopped", "unit", "The real-time clock stands still.", TestFailed, _rtc_stopped),
    Mishap("silent_unit", "unit", "The unit is on USB and never says a word on its serial port.", NoAnswer, _silent),
    Mishap("babbling_unit", "unit", "The unit's serial port sends noise without end.", Babble, _babbling),
    Mishap("late_unit", "unit", "The unit answers when nobody waits any more.", NoAnswer, _late),
    Mishap(
        "other_id",
        "unit",
        "On USB and in listening mode the unit tells another id than its chip.",
        UsbNotChip,
        _other_id,
    ),
    Mishap(
        "other_serial",
        "unit",
        "The unit's own serial number is not the one on its label.",
        LabelNotUnit,
        _other_serial,
    ),
    Mishap("wrong_chip", "unit", "The chip is an nRF52833.", WrongChip, _wrong_chip),
    Mishap("locked_chip", "unit", "The chip's debug port is locked.", ChipLocked, _locked),
    Mishap(
        "probe_pulled",
        "unit",
        "The probe's plug comes out in mid-flash and goes back in.",
        ProbeLost,
        _probe_pulled,
    ),
    Mishap("unseated_unit", "unit", "The unit lies in the nest and touches no pin.", TargetSilent, _unseated),
    Mishap(
        "bad_cell",
        "unit",
        "Bits of one flash word cannot be programmed; the chip reports success.",
        ImageMismatch,
        _bad_cell,
    ),
    Mishap("power_lost", "unit", "The unit's supply fails in the middle of a page.", TargetSilent, _power_lost),
    Mishap("reset_open", "unit", "The reset pad has no contact: the factory firmware runs.", RanUnwatched, _reset_open),
    Mishap(
        "phones_home",
        "unit",
        "The factory-test firmware connects as soon as it is up.",
        CloudContact,
        _phones_home,
    ),
    Mishap(
        "product_ran",
        "unit",
        "A spike on reset starts the product's firmware before the seal.",
        RanUnwatched,
        _product_ran,
    ),
    Mishap("swapped_units", "operator", "The operator seats two units crosswise.", LabelNotUnit),
    Mishap("unreadable_label", "operator", "The scanner reads half a label.", LabelRefused),
    Mishap("label_other_platform", "operator", "The label is that of another kind of device.", LabelOfOtherPlatform),
    Mishap("box_label", "operator", "The operator scans the label of the box.", LabelRefused),
    Mishap("iccid_scan", "operator", "The operator scans the SIM's number.", LabelRefused),
    Mishap("unit_outside_order", "operator", "The first unit stands in no order; the others do.", NotInOrder),
    Mishap("lid_opened", "operator", "The operator opens the lid in mid-run.", Aborted),
    Mishap(
        "sleep_current",
        "unit",
        "The unit draws too much while it sleeps.",
        OutOfLimits,
        _sleep_current,
        recipe=INSTRUMENTS,
    ),
    Mishap(
        "sagging_rail",
        "unit",
        "The 3.3 V rail sags under load.",
        OutOfLimits,
        _sagging_rail,
        recipe=INSTRUMENTS,
    ),
    Mishap(
        "dark_led",
        "unit",
        "The status LED stays dark, and the operator says so.",
        OperatorSaysNo,
        _dark_led,
        recipe=INSTRUMENTS,
    ),
    Mishap(
        "stuck_button",
        "unit",
        "The MODE button is pressed and the unit does not notice.",
        NotDoneInTime,
        _stuck_button,
        recipe=INSTRUMENTS,
        waits=True,
    ),
    Mishap(
        "operator_says_no",
        "operator",
        "The operator says no, whatever is asked.",
        OperatorSaysNo,
        recipe=INSTRUMENTS,
        manner=Manner.NO,
    ),
    Mishap(
        "nobody_answers",
        "operator",
        "The operator is away when the screen asks.",
        Unanswered,
        recipe=INSTRUMENTS,
        manner=Manner.NEVER,
        waits=True,
    ),
    Mishap(
        "answered_too_late",
        "operator",
        "The operator answers when the question is over.",
        Unanswered,
        recipe=INSTRUMENTS,
        manner=Manner.LATE,
        waits=True,
    ),
    Mishap(
        "answered_twice",
        "operator",
        "The operator says no to the last question when the next one is asked.",
        None,
        recipe=INSTRUMENTS,
        manner=Manner.STALE,
    ),
    Mishap(
        "dmm_unplugged",
        "instrument",
        "The multimeter's plug comes out in mid-reading.",
        InstrumentSilent,
        recipe=INSTRUMENTS,
        trouble=Trouble.UNPLUGGED,
    ),
    Mishap(
        "dmm_garbage",
        "instrument",
        "The multimeter begins to answer garbage in mid-reading.",
        InstrumentRefused,
        recipe=INSTRUMENTS,
        trouble=Trouble.GARBAGE,
    ),
)

HARMLESS = {"double_scan": "The scanner reads each label twice; it is shown, and the unit passes."}
"""What goes wrong without harm: no fault comes of it."""

BY_NAME = {one.name: one for one in CATALOGUE}


def befall(name: str, board: Board) -> None:
    """Let a mishap of the catalogue happen to this unit. Raises ValueError where that cannot be."""
    mishap = BY_NAME.get(name)
    if mishap is None:
        raise ValueError(f"no mishap is called {name!r}; there are {', '.join(sorted(BY_NAME))}")
    if mishap.befall is None:
        raise ValueError(f"{name} is the {mishap.where}'s doing, not the unit's")
    mishap.befall(board)


BOX_LABEL = "HTTPS://SETUP.PARTICLE.IO/B31K"
"""A QR code as boxes have one."""

SIM_LABEL = "8934076500002589174"
"""An ICCID with its check digit, as SIM cards and modules have one in a barcode."""


def cut_label(text: str) -> str:
    """What a scanner makes of half a label."""
    return text[:7]


def label_of_other_platform(seed: int) -> str:
    """A label that is good, of a Photon 2."""
    dice = random.Random(f"label {seed}")
    unique = "".join(dice.choices("0123456789ABCDEF", k=6))
    return f"P051AB226{unique} {''.join(dice.choices('ABCDEFGHJKLMNPQRSTUVWXYZ23456789', k=15))}"

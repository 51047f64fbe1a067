"""What goes wrong on a line, and what an operator reads of it: the nest, the tray or the thing to touch, by its name.

The rows are those of the screen's specification; its names for them stand in the first column. Each is provoked at the
reception, or at a whole core with worker processes where only a run can tell it.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from station.codec.scan import read_scan
from station.domain.events import Event
from station.domain.faults import Fault, JournalFull, ScannerLost, all_faults
from station.domain.label import Label
from station.domain.nest import State
from station.domain.outcome import Outcome
from station.domain.shift_rules import Reference, ShiftRules
from station.engine.bus import Moved, Trouble
from station.texts import texts_in
from station.ui.around import Around, Making
from station.ui.bands import band_of, trouble_text
from station.ui.cards import card_of
from station.ui.model import Tone
from station.ui.samples import NOW
from station.ui.screen import Screen
from tests.engine.crew import BADGES, OPERATOR, badge
from tests.engine.floor import ScanFloor, label
from tests.engine.line import SHEET, Line, good
from tests.engine.sheet import unit
from tests.engine.test_people_at_work import ACCEPTED

TEXTS = texts_in("en")
MAKING = Making("line-1", SHEET, "demo-1.0.0")
SERIAL = label(9).serial
assert SERIAL is not None
MUST_FAIL, MUST_PASS = Reference(serial=SERIAL, expect="fail"), Reference(serial=SERIAL, expect="pass")


class Floor(ScanFloor):
    """Two nests, an operator who is signed in where somebody has to be, and what was told."""

    def __init__(self, rules: ShiftRules, accepted: bool = True) -> None:
        super().__init__(rules, 2, [Event(seq=1, run=None, at=0, body=ACCEPTED)] if accepted else [])
        self.screen, self.troubles = Screen(), list[Trouble]()
        for nest in self.nests:
            self.screen.hear(Moved(nest, State.EMPTY, "Scan a label.", None), NOW)
        self.bus.subscribe(lambda heard: self.troubles.append(heard) if isinstance(heard, Trouble) else None)
        if rules.signed:
            self.scan(badge(OPERATOR))

    def scan(self, scan: object) -> None:
        """A scanner reads something; a while has passed since it last did."""
        self.time.seconds += 2.0
        self.reception.judge(scan, "left", self.time.now(), None)  # type: ignore[arg-type]

    def make(self, number: int, outcome: Outcome, nest: int = 1) -> None:
        """A unit is made in the lowest nest, and taken out."""
        self.scan(label(number))
        self.lid(nest, True)
        self.end(nest, outcome)
        self.lid(nest, False)


def text(floor: Floor, scan: str) -> None:
    floor.scan(read_scan(scan))


def duplicate(floor: Floor) -> None:
    floor.scan(label(1))
    floor.lid(1, True)
    floor.scan(label(1))


def awaited(floor: Floor) -> None:
    floor.scan(label(1))
    floor.scan(label(1))


def no_nest(floor: Floor) -> None:
    for number in (1, 2, 3):
        floor.scan(label(number))


def found_elsewhere(floor: Floor) -> None:
    floor.scan(label(1))
    floor.lid(1, True)
    floor.end(1, Outcome.PASS)
    floor.scan(label(1))


def passed_before(floor: Floor) -> None:
    floor.make(1, Outcome.PASS)
    floor.scan(label(1))


def failed_twice(floor: Floor) -> None:
    for _ in range(3):
        floor.make(1, Outcome.FAIL)


def reference_wrong(floor: Floor) -> None:
    floor.make(9, Outcome.PASS)
    floor.scan(label(1))


ROWS: dict[str, tuple[ShiftRules, Callable[[Floor], None], str, str]] = {
    "SCAN_NOT_LABEL": (ShiftRules(), lambda one: text(one, "http://example.org"), "U101", "not a unit label"),
    "SCAN_OTHER_PRODUCT": (ShiftRules(), lambda one: text(one, "ARNKAB123456789"), "U102", "Check the tray"),
    "SCAN_DUPLICATE": (ShiftRules(), duplicate, "SCAN_DUPLICATE", "already in nest 1"),
    "SCAN_AWAITED": (ShiftRules(), awaited, "SCAN_AWAITED", "Seat it there"),
    "SCAN_NO_NEST": (ShiftRules(), no_nest, "SCAN_NO_NEST", "Unload a finished nest"),
    "LABEL_FOUND_OTHER_NEST": (ShiftRules(), found_elsewhere, "LABEL_FOUND_OTHER_NEST", "sits in nest 1"),
    "SCAN_ALREADY_PASSED": (BADGES, passed_before, "SCAN_ALREADY_PASSED", "Put it in the green tray"),
    "RETEST_BLOCKED": (BADGES, failed_twice, "RETEST_BLOCKED", "Put it in the red tray"),
    "REF_DUE": (replace(BADGES, references=(MUST_PASS,)), lambda one: one.scan(label(1)), "REF_DUE", SERIAL),
    "REF_WRONG": (
        replace(BADGES, references=(MUST_FAIL,)), reference_wrong, "REF_WRONG", "Stop using this station",
    ),
}  # fmt: skip
"""The rules of the shift, what happens, the code it is told by, and what it must say."""


@pytest.mark.parametrize("row", ROWS)
def test_a_scan_that_is_not_taken_says_what_to_do_instead(row: str) -> None:
    rules, happens, code, says = ROWS[row]
    floor = Floor(rules)
    happens(floor)
    told = floor.troubles[-1]
    assert told.code == code
    assert says in " ".join(trouble_text(told, TEXTS))
    floor.screen.hear(told, NOW)
    band = band_of(floor.screen, MAKING, Around(NOW), TEXTS)
    assert band.tone is Tone.WARN
    assert says in f"{band.prompt}. {band.detail}"


def test_a_plan_that_changed_names_it_and_who_must_accept_it() -> None:
    floor = Floor(BADGES, accepted=False)
    floor.scan(label(1))
    what, do = trouble_text(floor.troubles[-1], TEXTS)
    assert (what, do) == ("The recipe changed: demo A.", "A lead must accept it: scan that badge now.")


def test_a_row_of_fails_names_its_nest_and_whom_to_call(tmp_path: Path) -> None:
    with Line(tmp_path, rules=ShiftRules(fail_streak=2)) as line:
        for number in (0, 1):
            assert line.make(unit("BAD", number)) is State.FAILED
        line.until(line.troubles)
        what, do = trouble_text(line.troubles()[-1], TEXTS)
        assert (what, do) == ("Nest 1 is locked. Fails in a row: 2.", "Call the line lead.")


@pytest.mark.parametrize(
    ("fault", "says"),
    [(ScannerLost("left is not there"), "Plug it in. Running tests go on."), (JournalFull("3 MB are free"), "")],
)
def test_what_is_wrong_with_the_station_itself_names_the_thing_to_touch(
    fault: Fault, says: str, tmp_path: Path
) -> None:
    """SCANNER_GONE and DISK_LOW."""
    with Line(tmp_path) as line:
        if isinstance(fault, JournalFull):
            line.full = fault
            line.core.scan(good())
            says = "Running tests go on. Call the technician."
        else:
            line.core.trouble(fault)
        line.until(line.troubles)
        assert trouble_text(line.troubles()[0], TEXTS)[1] == says


RUNS = {
    "WORKER_DIED": ("DIE", "S602", "This nest had to start anew. It is safe. Run the unit again."),
    "FAIL_LIMIT": ("BAD", "U301", "A measured value is outside its limit. Put the unit in the red tray."),
    "UNIT_REMOVED": ("SLOW", "A001", ""),
    "RADIO_ON": ("TALKS", "U401", "It may have connected to the cloud. Leave the unit in the nest."),
    "PLAIN BUG": ("BUG", "X000", ""),
}
"""What the unit does, the code of its run, and what its card must say."""


def test_a_run_that_goes_wrong_says_on_its_card_what_to_do_with_the_unit(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        for row, (does, code, says) in RUNS.items():
            line.seat(unit(does))
            if does == "SLOW":
                line.wait_for_step("dawdle")
                line.open_lid()
            line.end()
            assert line.verdicts()[-1].code == code, row
            shown = Screen()
            for one in list(line.heard):
                shown.hear(one, NOW)
            card = card_of(shown.nests[1], MAKING, Around(NOW), TEXTS)
            assert card.advice is not None, row
            told = str(card.advice)
            assert told.startswith(says or TEXTS.say(f"fault.{code}.what")), row
            assert "Traceback" not in f"{told} {card.headline} {card.description}", row
            if shown.nests[1].state is State.LOCKED:
                line.open_lid()
                line.core.release_nest(1, "Edda Engineer")
                line.until(lambda: line.states[1] is State.EMPTY)


@pytest.mark.parametrize(
    ("row", "code", "touches"),
    [
        ("LABEL_MISMATCH", "U110", "label"),
        ("PROBE_LOST", "S104", "unit"),
        ("UNIT_NOT_SEEN", "U203", "USB contact"),
    ],
)
def test_a_unit_that_cannot_be_worked_on_names_what_to_touch(row: str, code: str, touches: str) -> None:
    assert code in {fault.code for fault in all_faults()}
    assert touches in f"{TEXTS.say(f'fault.{code}.what')} {TEXTS.say(f'fault.{code}.do')}", row


def test_a_label_alone_is_never_shown_with_what_follows_its_serial_number() -> None:
    floor = Floor(ShiftRules())
    text(floor, f"{SERIAL} WBPYG6CPLRCFK4S WBPYG6CPLRCFK4S")
    assert "WBPYG6" not in repr((floor.troubles, floor.events, Label))

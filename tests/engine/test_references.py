"""A reference unit is called one from its scan to its box, on every screen, in the journal and in the ear."""

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from station.domain.events import RunFinished, StepFinished
from station.domain.faults import LabelOnOtherUnit
from station.domain.nest import State
from station.domain.outcome import Outcome
from station.domain.refusals import Code
from station.domain.shift_facts import Expect, ReferenceJudged
from station.domain.shift_rules import Reference, ShiftRules
from station.engine.bus import Moved
from station.texts import languages, texts_in
from station.ui.around import Around, Making
from station.ui.model import Look, RunPage
from station.ui.run_page import run_page
from station.ui.samples import NOW
from station.ui.screen import Screen
from station.ui.sound import Sound, heard_as
from station.ui.terminal import Spoken, render
from tests.engine.line import SHEET, Line
from tests.engine.sheet import unit
from tests.engine.test_restart import again, left, looked

MAKING = Making("line-1", SHEET, "demo-1.0.0")
TRAY = re.compile(r"\btray\b|charola|khay|盘|set (it|the unit) (apart|aside)", re.IGNORECASE)
BOX = {"en": "box", "zh_CN": "盒", "vi": "hộp", "es": "caja"}


def rules(character: str, expect: Expect) -> ShiftRules:
    serial = unit(character).serial
    assert serial is not None
    return ShiftRules(references=(Reference(serial=serial, expect=expect),))


def shown(line: Line) -> Screen:
    screen = Screen()
    for heard in list(line.heard):
        screen.hear(heard, NOW)
    return screen


def page(line: Line, language: str = "en") -> RunPage:
    return run_page(shown(line), MAKING, Around(NOW), texts_in(language))


def read(line: Line, language: str) -> str:
    """Everything that stands on the window's page and in the terminal about nest 1."""
    whole = page(line, language)
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(render(shown(line), "line-1", Spoken(texts_in(language), SHEET)))
    card = whole.cards[0]
    told = [whole.band.prompt, whole.band.detail, card.word, card.headline, card.remark, str(card.advice or "")]
    return "\n".join([*told, console.export_text()])


def says(line: Line) -> list[str]:
    """What the journal's events and the bus tell people to do."""
    told = [one.body.remedy for one in line.stored() if isinstance(one.body, StepFinished | RunFinished)]
    return [*told, *(one.tell for one in line.heard if isinstance(one, Moved))]


ENDS: dict[str, tuple[str, Expect, State, str, Sound]] = {
    "good": ("GOOD", "pass", State.PASSED, "RIGHT", Sound.PASS),
    "bad": ("BAD", "fail", State.FAILED, "RIGHT", Sound.PASS),
    "a bad one that passes": ("GOOD", "fail", State.PASSED, "WRONG", Sound.FAULT),
    "a good one that fails": ("BAD", "pass", State.FAILED, "WRONG", Sound.FAULT),
    "no verdict": ("BUG", "pass", State.UNDECIDED, "NO RESULT", Sound.FAULT),
}


@pytest.mark.parametrize("how", ENDS)
def test_whatever_a_reference_unit_comes_out_as_it_goes_back_to_its_box(how: str, tmp_path: Path) -> None:
    character, expect, state, word, sound = ENDS[how]
    with Line(tmp_path, rules=rules(character, expect)) as line:
        assert line.scanned(unit(character))
        assert page(line).band.prompt == "Seat the reference unit in nest 1"
        assert page(line).cards[0].remark == f"Reference, must {expect}"
        line.close_lid()
        assert line.end() is state
        card = page(line).cards[0]
        assert (card.word, card.tray, card.remark) == (word, "", f"Reference, must {expect}")
        assert heard_as([one for one in line.heard if isinstance(one, Moved)][-1]) is sound
        for told in says(line):
            assert not TRAY.search(told), told
        assert "back in its box" in says(line)[-1]
        for language in languages():
            seen = read(line, language)
            assert not TRAY.search(seen), seen
            assert state is State.UNDECIDED or BOX[language] in seen


def test_a_reference_unit_that_is_stopped_is_still_one(tmp_path: Path) -> None:
    with Line(tmp_path, rules=rules("SLOW", "pass")) as line:
        line.seat(unit("SLOW"))
        line.wait_for_step("dawdle")
        assert page(line).cards[0].remark == "Reference, must pass"
        line.core.stop_nest(1)
        assert line.end() is State.STOPPED
        assert page(line).cards[0].headline == "Reference, stopped"
        assert line.verdicts()[0].remedy.endswith("Put the reference unit back in its box.")


@pytest.mark.parametrize(
    "end", [RunFinished(outcome=Outcome.PASS), RunFinished(outcome=Outcome.FAIL, code="U302"), None]
)
def test_a_reference_unit_that_is_found_after_a_restart_is_still_one(end: RunFinished | None, tmp_path: Path) -> None:
    left(tmp_path, end, reference="pass")
    line = again(tmp_path, closed=(1,))
    with line:
        looked(line)
        card = page(line).cards[0]
        assert (card.remark, card.tray) == ("Reference, must pass", "")
        assert not TRAY.search(read(line, "en"))
        if end is None:
            assert [one.body.remedy for one in line.closed if isinstance(one.body, RunFinished)] == [
                "Run the unit again. Put the reference unit back in its box."
            ]


@pytest.mark.parametrize("expect", ["pass", "fail"])
def test_another_unit_under_a_reference_unit_s_label_proves_nothing_and_is_set_apart(
    expect: Expect, tmp_path: Path
) -> None:
    with Line(tmp_path, rules=rules("OTHER", expect)) as line:
        line.seat(unit("OTHER"))
        assert line.end() is State.FAILED
        assert not [one for one in line.stored() if isinstance(one.body, ReferenceJudged)]
        card = page(line).cards[0]
        assert (card.word, card.headline, card.remark) == ("FAIL", "Set it apart", "")
        assert heard_as([one for one in line.heard if isinstance(one, Moved)][-1]) is Sound.FAIL
        for language in languages():
            assert BOX[language] not in read(line, language)
        assert not any("back in its box" in told for told in says(line))
        assert not line.troubles(), "nobody says that the reference unit came out wrong"
        line.unload()
        assert not line.scanned(unit("GOOD", 1))
        assert [one.code for one in line.troubles()] == [Code.REF_DUE]


def test_another_unit_under_a_reference_unit_s_label_is_found_as_what_it_is(tmp_path: Path) -> None:
    left(tmp_path, RunFinished(outcome=Outcome.FAIL, code=LabelOnOtherUnit.code), reference="fail")
    line = again(tmp_path, closed=(1,))
    with line:
        looked(line)
        assert (page(line).cards[0].word, page(line).cards[0].headline) == ("FAIL", "Set it apart")


def test_a_reference_unit_that_may_have_connected_stays_in_its_nest_as_any_other(tmp_path: Path) -> None:
    with Line(tmp_path, rules=rules("TALKS", "fail")) as line:
        line.seat(unit("TALKS"))
        assert line.end() is State.LOCKED
        assert page(line).cards[0].look is Look.LOCKED
        assert "Quarantine" in line.verdicts()[0].remedy


def test_a_whole_page_of_passes_with_a_reference_unit_sends_nobody_to_the_green_tray(tmp_path: Path) -> None:
    with Line(tmp_path, nests=(1, 2), rules=rules("GOOD", "pass")) as line:
        line.seat(unit("GOOD"), 1)
        assert line.end(1) is State.PASSED
        line.seat(unit("GOOD", 1), 2)
        assert line.end(2) is State.PASSED
        assert page(line).band.prompt == "Unload nests 1 and 2"
        assert [one.tray for one in page(line).cards] == ["", "P"]

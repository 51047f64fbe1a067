"""What is felt under a lid: a verdict stays until its unit is out, and a unit without a label is told."""

from pathlib import Path

from station.domain.command import Command, Verb
from station.domain.events import RunStarted
from station.domain.nest import State
from station.engine.admission import DOUBLE_READ
from station.engine.bus import Moved
from station.texts import texts_in
from station.ui.around import Around, Making
from station.ui.model import Band, Look, RunPage
from station.ui.run_page import run_page
from station.ui.samples import NOW
from station.ui.screen import Screen
from tests.engine.line import SHEET, Line, good
from tests.engine.sheet import unit

MAKING = Making("line-1", SHEET, "demo-1.0.0")


def page(line: Line) -> RunPage:
    screen = Screen()
    for heard in list(line.heard):
        screen.hear(heard, NOW)
    return run_page(screen, MAKING, Around(NOW), texts_in("en"))


def band(line: Line) -> Band:
    return page(line).band


def feeling(folder: Path, nests: tuple[int, ...] = (1,)) -> Line:
    """A line whose fixture feels its units; none is in it."""
    line = Line(folder, nests=nests)
    line.iron.seated = dict.fromkeys(nests, False)
    return line


def looks(line: Line, nest: int = 1) -> None:
    """Wait until the station has seen how a nest stands: a seat counts once two looks agree."""
    for _ in range(3):
        line.iron.seen = {}
        line.until(lambda: nest in line.iron.seen)
    done: list[bool] = []
    line.core.post(lambda: done.append(True))
    line.until(lambda: done)


def put(line: Line, nest: int = 1, *, seated: bool) -> None:
    line.iron.seated[nest] = seated
    looks(line, nest)


def lid(line: Line, nest: int = 1, *, closed: bool) -> None:
    line.iron.lid_closed[nest] = closed
    looks(line, nest)


def passed(line: Line, nest: int = 1, number: int = 0) -> None:
    """A unit is scanned, seated, made, and still there."""
    assert line.scanned(good(number))
    put(line, nest, seated=True)
    lid(line, nest, closed=True)
    assert line.end(nest) is State.PASSED


def runs(line: Line) -> int:
    return sum(isinstance(one.body, RunStarted) for one in line.stored())


def test_a_verdict_stays_until_its_unit_is_seen_out(tmp_path: Path) -> None:
    with feeling(tmp_path) as line:
        passed(line)
        for closed in (False, True, False, True, False):
            lid(line, closed=closed)
            assert (line.states[1], page(line).cards[0].word) == (State.PASSED, "PASS")
        assert not line.scanned(good(5)), "its unit is still in the nest"
        assert not line.scanned(Command(Verb.UNLOAD))
        assert line.troubles()[-1].code == "UNIT_STILL_IN"
        put(line, seated=False)
        assert line.states[1] is State.EMPTY
        assert runs(line) == 1, "a lid that moves over the same unit starts nothing"


def test_a_unit_that_is_seated_without_a_label_is_told_and_not_made(tmp_path: Path) -> None:
    with feeling(tmp_path, (1, 2)) as line:
        put(line, 2, seated=True)
        assert line.states == {1: State.EMPTY, 2: State.UNLABELLED}
        assert band(line).prompt == "A unit without a label is in nest 2"
        assert band(line).detail == "Take it out, scan its label, then seat it."
        assert page(line).cards[1].look is Look.YOUR_TURN
        lid(line, 2, closed=True)
        assert line.states == {1: State.EMPTY, 2: State.UNLABELLED}
        lid(line, 2, closed=False)
        assert line.scanned(good()), "another nest is free"
        assert (line.states[1], line.states[2]) == (State.LABELLED, State.UNLABELLED)
        assert not line.scanned(good(1))
        assert line.troubles()[-1].code == "SEATED_UNLABELLED"
        assert not line.scanned(Command(Verb.NEST, 2))
        assert line.troubles()[-1].nest == 2
        put(line, 2, seated=False)
        assert line.states == {1: State.LABELLED, 2: State.EMPTY}
        line.later(DOUBLE_READ)
        assert line.scanned(good(1))
        put(line, 2, seated=True)
        lid(line, 2, closed=True)
        assert line.end(2) is State.PASSED
        assert runs(line) == 1


def test_a_lid_that_is_closed_over_nothing_starts_no_run(tmp_path: Path) -> None:
    with feeling(tmp_path) as line:
        assert line.scanned(good())
        lid(line, closed=True)
        assert line.states[1] is State.LABELLED
        assert page(line).cards[0].headline == "No unit is in it. Seat it"
        lid(line, closed=False)
        put(line, seated=True)
        lid(line, closed=True)
        assert line.end() is State.PASSED
        assert runs(line) == 1


def test_a_label_that_is_dropped_over_a_unit_leaves_it_without_one(tmp_path: Path) -> None:
    with feeling(tmp_path) as line:
        assert line.scanned(good())
        put(line, seated=True)
        line.core.cancel(1)
        line.until(lambda: line.states[1] is State.UNLABELLED)
        put(line, seated=False)
        assert line.states[1] is State.EMPTY


def test_a_run_that_the_lid_stopped_goes_on_with_its_unit_where_it_sits(tmp_path: Path) -> None:
    with feeling(tmp_path, (1, 2)) as line:
        assert line.scanned(Command(Verb.NEST, 2))
        assert line.scanned(unit("SLOW"))
        put(line, 2, seated=True)
        lid(line, 2, closed=True)
        line.wait_for_step("dawdle", 2)
        lid(line, 2, closed=False)
        assert line.end(2) is State.STOPPED
        line.later(DOUBLE_READ)
        assert line.scanned(unit("SLOW")), "it sits there still"
        assert line.states == {1: State.EMPTY, 2: State.LABELLED}
        lid(line, 2, closed=True)
        line.wait_for_step("dawdle", 2)
        line.core.stop_nest(2)
        assert line.end(2) is State.STOPPED


def test_a_verdict_that_comes_when_its_unit_is_out_already_can_still_be_read(tmp_path: Path) -> None:
    with feeling(tmp_path) as line:
        assert line.scanned(unit("SLOW"))
        put(line, seated=True)
        lid(line, closed=True)
        line.wait_for_step("dawdle")
        put(line, seated=False)
        lid(line, closed=False)
        assert line.end() is State.STOPPED
        looks(line)
        assert line.states == {1: State.STOPPED}
        assert line.scanned(good()), "the nest is open and empty"
        assert line.states == {1: State.LABELLED}


def test_a_unit_that_bounces_is_seated_once(tmp_path: Path) -> None:
    with feeling(tmp_path) as line:
        looks(line)
        for seated in (True, False, True, False):
            line.iron.seated[1] = seated
            line.iron.seen = {}
            line.until(lambda: 1 in line.iron.seen)
        looks(line)
        assert State.UNLABELLED not in {one.state for one in line.heard if isinstance(one, Moved)}


def test_a_unit_that_is_seated_when_the_station_starts_and_was_never_run_is_told(tmp_path: Path) -> None:
    line = feeling(tmp_path)
    line.iron.seated[1] = line.iron.lid_closed[1] = True
    with line:
        line.until(lambda: line.states[1] is State.UNLABELLED)


def test_a_nest_that_is_felt_empty_at_the_start_shows_no_verdict_of_before(tmp_path: Path) -> None:
    with feeling(tmp_path) as line:
        passed(line)
    line = feeling(tmp_path)
    line.iron.lid_closed[1] = True
    with line:
        looks(line)
        assert line.states[1] is State.EMPTY


def test_where_nothing_feels_a_unit_the_lid_that_is_closed_again_says_that_it_is_out(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        assert line.make(good()) is State.PASSED
        assert band(line).detail.endswith("Take it out before the lid is closed again.")
        line.open_lid()
        looks(line)
        assert (line.states[1], page(line).cards[0].word) == (State.PASSED, "PASS")
        assert band(line).detail == "It goes in nest 1, once its unit is out."
        lid(line, closed=True)
        assert line.states[1] is State.EMPTY
        assert runs(line) == 1


def test_where_nothing_feels_a_unit_the_next_label_takes_the_open_nest(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        assert line.make(unit("BAD")) is State.FAILED
        assert not line.scanned(good()), "its lid is closed"
        line.open_lid()
        looks(line)
        line.later(DOUBLE_READ)
        assert line.scanned(good())
        assert (line.states[1], page(line).cards[0].serial) == (State.LABELLED, str(good()))
        line.close_lid()
        assert line.end() is State.PASSED

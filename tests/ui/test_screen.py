"""What is shown, as a fold of what was heard."""

import pytest

from station.domain.events import Body, Event, Identified, Progressed, Prompted, RunFinished, StepFinished, StepStarted
from station.domain.ids import RunId
from station.domain.label import Label
from station.domain.nest import READY, State
from station.domain.outcome import Outcome
from station.engine.bus import Heard, Ignored, Moved, Moving, Stored, Trouble
from station.ui.screen import NestView, Screen, share_done
from tests.engine.sheet import DEVICE, RUN, recipe, started, unit

LABEL = unit("GOOD")
START = started(recipe({"do": "measure", "ask": "rails"}), LABEL)
FIRST = StepStarted(op=10, do="identify_on_wire")
FIRST_DONE = StepFinished(op=10, do="identify_on_wire", outcome=Outcome.PASS, seconds=1.0)
SECOND = StepStarted(op=20, do="measure")
PASS = RunFinished(outcome=Outcome.PASS)


def stored(body: Body, nest: int | None = 1, run: RunId = RUN) -> Stored:
    return Stored(nest, Event(seq=1, run=run, at=0, body=body))


def moved(state: State, tell: str = "Working.", label: Label | None = LABEL, nest: int = 1) -> Moved:
    return Moved(nest, state, tell, label)


def moving(part: float, text: str = "writing") -> Moving:
    return Moving(1, RUN, Progressed(op=10, part=part, text=text))


def screen(*heard: Heard) -> Screen:
    shown = Screen()
    for one in heard:
        shown.hear(one)
    return shown


QUESTION = Prompted(op=20, prompt=1, tell="Is it red?", answers="yes_no", within=58.0)
ASKING = Moved(1, State.ASKING, QUESTION.tell, LABEL, QUESTION)
RUNNING = (moved(State.LABELLED), moved(State.RUNNING), stored(START))


def test_a_screen_that_heard_nothing_shows_no_nest_and_counts_nothing() -> None:
    assert Screen().nests == {}
    assert set(Screen().outcomes.values()) == {0}
    assert (NestView(3).state, NestView(3).tell) == (State.EMPTY, READY)


def test_a_nest_stands_where_it_last_moved() -> None:
    shown = screen(moved(State.LABELLED, "Seat the unit."), moved(State.EMPTY, "Dropped.", None, nest=2))
    assert (shown.nests[1].state, shown.nests[1].tell, shown.nests[1].label) == (
        State.LABELLED,
        "Seat the unit.",
        LABEL,
    )
    assert (shown.nests[2].state, shown.nests[2].label) == (State.EMPTY, None)


def test_facts_of_a_run_become_the_record_of_its_nest() -> None:
    shown = screen(*RUNNING, stored(FIRST), stored(Identified(op=10, by="swd", device_id=DEVICE)))
    record = shown.nests[1].record
    assert record is not None
    assert (record.current, record.device_id) == (FIRST, DEVICE)


def test_progress_is_that_of_the_operation_and_begins_anew_with_the_next() -> None:
    shown = screen(*RUNNING, stored(FIRST), moving(0.5))
    assert (shown.nests[1].part, shown.nests[1].doing) == (0.5, "writing")
    shown.hear(stored(Identified(op=10, by="swd", device_id=DEVICE)))
    assert (shown.nests[1].part, shown.nests[1].doing) == (0.5, "writing")
    shown.hear(stored(FIRST_DONE))
    assert (shown.nests[1].part, shown.nests[1].doing) == (0.0, "")


def test_a_new_run_forgets_the_last_one() -> None:
    shown = screen(*RUNNING, stored(FIRST), stored(PASS), moved(State.PASSED), moved(State.RUNNING))
    assert shown.nests[1].record is None
    other = RunId("20261122-201502-n1-0001")
    shown.hear(stored(START, run=other))
    record = shown.nests[1].record
    assert record is not None
    assert (record.run, record.finished) == (other, None)


def test_a_run_that_is_being_stopped_keeps_its_record() -> None:
    shown = screen(*RUNNING, stored(FIRST), moved(State.STOPPING))
    assert shown.nests[1].record is not None


@pytest.mark.parametrize("outcome", Outcome)
def test_every_verdict_is_counted_also_one_of_a_run_that_no_nest_has_any_more(outcome: Outcome) -> None:
    shown = screen(*RUNNING, stored(RunFinished(outcome=outcome)), stored(RunFinished(outcome=outcome), nest=None))
    assert shown.outcomes == {one: 2 if one is outcome else 0 for one in Outcome}
    assert list(shown.nests) == [1]


def test_a_reference_unit_counts_nowhere() -> None:
    reference = START.model_copy(update={"reference": "pass"})
    shown = screen(moved(State.LABELLED), moved(State.RUNNING), stored(reference), stored(PASS))
    assert (shown.outcomes[Outcome.PASS], shown.shift.units, shown.shift.cycle) == (0, 0, None)


def test_trouble_is_the_last_that_was_told() -> None:
    last = Trouble("S102", "refused", "")
    assert screen(Trouble("S101", "silent", ""), last).trouble is last


def test_the_share_of_a_run_that_is_done_is_counted_in_operations() -> None:
    shown = screen(*RUNNING)
    share = [share_done(NestView(1)), share_done(shown.nests[1])]
    for heard in (stored(FIRST), moving(0.5), stored(FIRST_DONE), stored(SECOND), stored(PASS)):
        shown.hear(heard)
        share.append(share_done(shown.nests[1]))
    assert share == [0.0, 0.0, 0.0, 0.1, 0.2, 0.2, 1.0]


def test_a_question_stands_in_its_nest_until_it_is_answered_and_the_run_goes_on_where_it_was() -> None:
    shown = screen(*RUNNING, stored(FIRST), ASKING)
    assert (shown.nests[1].state, shown.nests[1].question) == (State.ASKING, QUESTION)
    shown.hear(moved(State.RUNNING))
    assert shown.nests[1].question is None
    record = shown.nests[1].record
    assert record is not None
    assert record.current == FIRST


def test_an_operation_that_is_tried_again_does_not_move_the_bar_twice() -> None:
    failed = FIRST_DONE.model_copy(update={"outcome": Outcome.FAIL})
    again = FIRST.model_copy(update={"attempt": 2, "tries": 3})
    once = screen(*RUNNING, stored(FIRST), stored(FIRST_DONE))
    tried = screen(*RUNNING, stored(FIRST), stored(failed), stored(again))
    assert share_done(tried.nests[1]) == 0.0
    tried.hear(stored(FIRST_DONE.model_copy(update={"attempt": 2})))
    assert share_done(tried.nests[1]) == share_done(once.nests[1]) > 0


def test_a_scan_that_was_ignored_is_shown_until_something_moves_or_needs_somebody() -> None:
    ignored = Ignored("left", "Read twice.")
    assert screen(ignored).ignored == ignored
    assert screen(ignored, moved(State.LABELLED)).ignored is None
    assert screen(ignored, Trouble("S101", "x", "y")).ignored is None
    assert screen(ignored, moving(0.5)).ignored == ignored

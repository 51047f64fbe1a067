"""The life of a nest."""

import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.domain.nest import ENDED, TABLE, On, State, diagram, found, lid_moved, step, takes, verdict
from station.domain.outcome import Outcome


def reachable(start: State) -> set[State]:
    seen: set[State] = set()
    todo = [start]
    while todo:
        state = todo.pop()
        if state not in seen:
            seen.add(state)
            todo += [row.then for row in TABLE if row.state is state]
    return seen


@pytest.mark.parametrize("state", State)
def test_every_state_can_be_reached_and_leads_back_to_empty(state: State) -> None:
    assert state in reachable(State.EMPTY)
    assert State.EMPTY in reachable(state)


def test_no_pair_stands_in_the_table_twice() -> None:
    assert max(Counter((row.state, row.on) for row in TABLE).values()) == 1


BUSY = (State.RUNNING, State.ASKING, State.STOPPING)


def test_only_a_pass_reaches_the_green_tray() -> None:
    ways = {(row.state, row.on) for row in TABLE if row.then is State.PASSED and row.state is not State.PASSED}
    assert ways == {*((state, On.PASS) for state in BUSY), (State.EMPTY, On.FOUND_PASS)}
    assert {row.then for row in TABLE if "green" in row.tell} == {State.PASSED}


def test_a_verdict_that_is_found_at_a_start_is_the_verdict_that_the_run_had() -> None:
    for outcome in Outcome:
        ran, sits = step(State.RUNNING, verdict(outcome)), step(State.EMPTY, found(outcome))
        assert ran is not None
        assert sits is not None
        assert (ran.then, ran.tell) == (sits.then, sits.tell)


def test_only_three_things_lock_a_nest_and_only_a_person_releases_it() -> None:
    assert {row.on for row in TABLE if row.then is State.LOCKED} == {On.UNSAFE, On.METER, On.STREAK}
    assert {row.state for row in TABLE if row.on is On.UNSAFE} == set(State) - {State.LOCKED}
    assert {row.state for row in TABLE if row.on is On.METER} == {State.EMPTY, *BUSY}
    assert [row.state for row in TABLE if row.on is On.STREAK] == [State.EMPTY]
    assert [(row.on, row.then) for row in TABLE if row.state is State.LOCKED] == [(On.RELEASED, State.EMPTY)]


def test_a_run_begins_only_with_a_label_and_a_closed_lid() -> None:
    ways = [(row.state, row.on) for row in TABLE if row.then is State.RUNNING]
    begins = [(State.LABELLED, On.LID_CLOSED), (State.LABELLED, On.CLOSED_ON_UNIT)]
    assert ways == [*begins, (State.ASKING, On.ANSWER)]
    labelled = {row.on for row in TABLE if row.then is State.LABELLED and row.state is not State.LABELLED}
    assert labelled == {On.SCAN, On.SCAN_OPEN, On.RETRY}


@pytest.mark.parametrize("state", ENDED)
def test_a_verdict_stays_until_its_unit_is_out(state: State) -> None:
    for on in (On.LID_OPENED, On.CLOSED_ON_UNIT):
        row = step(state, on)
        assert row is not None
        assert row.then is state
        assert row.tell == next(one.tell for one in TABLE if one.state is State.RUNNING and one.then is state)
    for on in (On.OUT, On.CLOSED_EMPTY, On.LID_CLOSED):
        row = step(state, on)
        assert row is not None
        assert row.then is State.EMPTY
        assert "label" in row.tell
    leaves = {row.on for row in TABLE if row.state is state and row.then is not state}
    assert leaves <= {On.OUT, On.CLOSED_EMPTY, On.LID_CLOSED, On.SCAN_OPEN, On.RETRY, On.UNSAFE}


@given(st.sampled_from(State), st.sampled_from([True, False, None]), st.sampled_from([True, False, None]))
def test_no_label_is_taken_over_a_unit_that_is_seen_or_under_a_closed_lid(
    state: State, closed: bool | None, seated: bool | None
) -> None:
    on = takes(state, closed=closed, seated=seated)
    assert on is None or step(state, on) is not None
    if state is not State.EMPTY:
        assert on is (On.SCAN_OPEN if state in ENDED and closed is False and not seated else None)


def test_what_a_lid_tells_depends_on_what_is_felt_under_it() -> None:
    assert [lid_moved(closed=True, seated=seated) for seated in (True, False, None)] == [
        On.CLOSED_ON_UNIT,
        On.CLOSED_EMPTY,
        On.LID_CLOSED,
    ]
    assert {lid_moved(closed=False, seated=seated) for seated in (True, False, None)} == {On.LID_OPENED}


def test_a_unit_that_is_seated_before_its_label_is_scanned_comes_out_before_anything_else() -> None:
    assert {(row.on, row.then) for row in TABLE if row.state is State.UNLABELLED} == {
        (On.OUT, State.EMPTY),
        (On.CLOSED_EMPTY, State.EMPTY),
        (On.UNSAFE, State.LOCKED),
    }


def test_only_an_empty_nest_takes_a_label() -> None:
    assert [row.state for row in TABLE if row.on is On.SCAN] == [State.EMPTY]


def test_a_unit_without_verdict_is_scanned_again_and_one_with_a_verdict_is_not() -> None:
    again = {row.state for row in TABLE if row.then is State.EMPTY and "again" in row.tell and row.on is not On.CANCEL}
    assert again == {State.UNDECIDED, State.STOPPED}


def test_only_a_unit_without_verdict_is_run_once_more_without_a_scan_and_only_when_the_lid_is_closed_again() -> None:
    assert {row.state for row in TABLE if row.on is On.RETRY} == {State.UNDECIDED, State.STOPPED}
    assert {row.then for row in TABLE if row.on is On.RETRY} == {State.LABELLED}


@pytest.mark.parametrize("state", BUSY)
def test_a_closed_lid_changes_nothing_in_mid_run(state: State) -> None:
    assert step(state, On.LID_CLOSED) is None


@pytest.mark.parametrize("state", BUSY)
def test_a_run_always_ends_whatever_its_outcome(state: State) -> None:
    for outcome in Outcome:
        row = step(state, verdict(outcome))
        assert row is not None
        assert row.then in {State.PASSED, State.FAILED, State.UNDECIDED, State.STOPPED}
        assert (row.then is State.PASSED) == (outcome is Outcome.PASS)
        assert (row.then is State.FAILED) == (outcome is Outcome.FAIL)


@pytest.mark.parametrize("outcome", Outcome)
def test_a_verdict_that_is_found_at_the_start_is_shown_as_it_was_and_only_in_an_empty_nest(outcome: Outcome) -> None:
    shown, first = step(State.EMPTY, found(outcome)), step(State.RUNNING, verdict(outcome))
    assert shown is not None
    assert first is not None
    assert (shown.then, shown.tell) == (first.then, first.tell)
    assert [row.state for row in TABLE if row.on is found(outcome)] == [State.EMPTY]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.state} - {row.on}")
def test_the_operator_reads_one_whole_sentence_or_two(row: object) -> None:
    (tell,) = (one.tell for one in TABLE if one is row)
    assert tell[0].isupper()
    assert tell.endswith(".")
    assert len(tell) < 60


@given(st.lists(st.sampled_from(On)))
def test_a_nest_stands_only_where_its_last_accepted_row_put_it(events: list[On]) -> None:
    state, passed = State.EMPTY, False
    pairs = {(row.state, row.on) for row in TABLE}
    for on in events:
        row = step(state, on)
        assert (row is None) == ((state, on) not in pairs)
        if row is not None:
            assert (row.state, row.on) == (state, on)
            passed = on in (On.PASS, On.FOUND_PASS) or (passed and row.then is State.PASSED)
            state = row.then
        assert (state is State.PASSED) == passed


def test_the_diagram_shows_every_row_but_the_one_that_all_states_share() -> None:
    arrows = [line for line in diagram().splitlines() if "-->" in line]
    shared = sum(row.on is On.UNSAFE for row in TABLE)
    assert len(arrows) == len(TABLE) - shared + 2
    assert all(f"{row.state} --> {row.then}: {row.on}" in diagram() for row in TABLE if row.on is not On.UNSAFE)


def test_what_is_not_in_the_table_does_not_happen() -> None:
    pairs = set(itertools.product(State, On)) - {(row.state, row.on) for row in TABLE}
    assert all(step(*pair) is None for pair in pairs)
    assert (State.EMPTY, On.LID_CLOSED) in pairs
    assert (State.RUNNING, On.SCAN) in pairs

"""Many runs in a few numbers."""

import json

import pytest

from station.domain.events import Body, RunFinished, StepFinished
from station.domain.ids import RunId
from station.domain.label import Label
from station.domain.outcome import Outcome
from station.domain.record import records_of
from station.report.summary import OperationTime, Summary
from tests.journal.shift import as_events, run, serial, started, whole_run


def summed(*runs: list[Body]) -> Summary:
    history: list[tuple[RunId | None, list[Body]]] = [(run(number), bodies) for number, bodies in enumerate(runs)]
    return Summary.of(records_of(as_events(history)))


def test_runs_units_and_every_outcome_are_counted() -> None:
    summary = summed(whole_run(1), whole_run(2, Outcome.FAIL), whole_run(2), whole_run(3)[:4])
    assert (summary.runs, summary.open_runs, summary.units) == (4, 1, 3)
    assert summary.outcomes == {
        Outcome.PASS: 2,
        Outcome.FAIL: 1,
        Outcome.ERROR: 0,
        Outcome.ABORTED: 0,
        Outcome.INTERRUPTED: 0,
    }


def test_first_pass_yield_counts_the_first_attempt() -> None:
    summary = summed(whole_run(1, Outcome.FAIL), whole_run(1), whole_run(2), whole_run(2, Outcome.FAIL), whole_run(3))
    assert (summary.first_pass, summary.first_fail, summary.first_pass_yield) == (2, 1, 0.6667)


def test_an_attempt_that_the_station_could_not_judge_is_neither_for_nor_against_the_unit() -> None:
    summary = summed(whole_run(1, Outcome.ERROR), whole_run(1), whole_run(2), whole_run(3, Outcome.FAIL))
    assert (summary.first_pass, summary.first_fail, summary.first_unjudged) == (1, 1, 1)
    assert summary.first_pass_yield == 0.5


def test_without_a_judged_attempt_there_is_no_yield() -> None:
    assert summed().first_pass_yield is None
    assert summed(whole_run(1, Outcome.ABORTED)).first_pass_yield is None


def test_a_run_that_knew_only_the_label_counts_for_its_unit() -> None:
    early: list[Body] = [started(Label(serial=serial(1))), RunFinished(outcome=Outcome.FAIL)]
    summary = summed(early, whole_run(1))
    assert (summary.units, summary.first_pass_yield) == (1, 0.0)


def test_runs_that_never_learnt_who_the_unit_is_are_units_of_their_own() -> None:
    nobody: list[Body] = [started(Label()), RunFinished(outcome=Outcome.FAIL)]
    assert summed(nobody, nobody).units == 2


def test_the_time_of_each_operation_is_told() -> None:
    slow = [
        body.model_copy(update={"seconds": 0.75}) if body.kind == "step_finished" else body for body in whole_run(2)
    ]
    summary = summed(whole_run(1), slow, whole_run(3))
    assert summary.operations == (
        OperationTime(op=10, do="identify", count=3, median=0.25, max=0.75),
        OperationTime(op=20, do="measure", count=3, median=1.5, max=1.5),
    )


def test_a_summary_is_json_for_other_programs() -> None:
    told = json.loads(summed(whole_run(1)).model_dump_json())
    assert told["outcomes"] == {"pass": 1, "fail": 0, "error": 0, "aborted": 0, "interrupted": 0}
    assert told["first_pass_yield"] == 1.0


def repeated(number: int, *first: Outcome) -> list[Body]:
    """A run that passes, after these outcomes of its operation 20 before the last attempt."""
    bodies = whole_run(number)
    end = next(n for n, one in enumerate(bodies) if isinstance(one, StepFinished) and one.op == 20)
    tries = [
        StepFinished(op=20, do="measure", outcome=outcome, seconds=1.0, attempt=attempt)
        for attempt, outcome in enumerate(first, start=1)
    ]
    last = bodies[end].model_copy(update={"attempt": len(first) + 1})
    return [*bodies[:end], *tries, last, *bodies[end + 1 :]]


@pytest.mark.parametrize(
    ("first", "counts"),
    [
        ((Outcome.FAIL,), (0, 1, 0)),
        ((Outcome.ERROR,), (0, 0, 1)),
        ((Outcome.ERROR, Outcome.FAIL), (0, 0, 1)),
        ((), (1, 0, 0)),
    ],
)
def test_a_pass_that_took_a_second_try_is_no_first_pass(
    first: tuple[Outcome, ...], counts: tuple[int, int, int]
) -> None:
    summary = summed(repeated(1, *first))
    assert summary.outcomes[Outcome.PASS] == 1
    assert (summary.first_pass, summary.first_fail, summary.first_unjudged) == counts


def test_a_unit_that_failed_one_operation_at_first_has_failed_whatever_the_station_could_not_tell() -> None:
    odd = [
        StepFinished(op=10, do="identify", outcome=Outcome.ERROR, seconds=0.1),
        StepFinished(op=10, do="identify", outcome=Outcome.PASS, seconds=0.1, attempt=2),
    ]
    run_again = repeated(1, Outcome.FAIL)
    summary = summed([run_again[0], *odd, *run_again[4:]])
    assert (summary.first_pass, summary.first_fail, summary.first_unjudged) == (0, 1, 0)


def test_a_fail_counts_once_however_often_it_was_tried() -> None:
    bodies = whole_run(1, Outcome.FAIL)
    end = next(n for n, one in enumerate(bodies) if isinstance(one, StepFinished) and one.op == 20)
    again = bodies[end].model_copy(update={"attempt": 2})
    summary = summed([*bodies[: end + 1], again, *bodies[end + 1 :]])
    assert (summary.first_fail, summary.units, summary.first_pass_yield) == (1, 1, 0.0)

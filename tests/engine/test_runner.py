"""Sheets worked off with steps of flesh and a pen of memory."""

from collections.abc import Iterator

import pytest

from station.domain.events import Body, Booted, Measured, PreAddRequested, StepFinished, StepStarted
from station.domain.faults import Aborted, JournalFull, NoAnswer, OutOfLimits, StationFault, UnitFault
from station.domain.outcome import Outcome
from station.domain.recipe import Recipe
from station.engine.messages import Ended
from station.engine.op import Op
from station.engine.registry import register, steps
from station.engine.runner import TRACEBACK_LIMIT
from station.ports import Link
from tests.engine.notebook import Notebook, run
from tests.engine.sheet import DEVICE, recipe

BOOTED = Booted(op=20, firmware="factory test")
ASKED = PreAddRequested(device_id=DEVICE)


def identify_on_wire(op: Op) -> None: ...


def works(op: Op) -> None:
    op.note(BOOTED)


def fails(op: Op) -> None:
    raise OutOfLimits("vbat is 2.1 V")


def fails_worse(op: Op) -> None:
    raise NoAnswer("nothing in 3 s")


def has_a_bug(op: Op) -> None:
    raise ZeroDivisionError("in a step")


def has_a_bug_deep_down(op: Op) -> None:
    raise RuntimeError("x" * 3 * TRACEBACK_LIMIT)


def is_aborted(op: Op) -> None:
    raise Aborted("the lid was opened")


def promises(op: Op) -> None:
    op.with_verdict(ASKED)


def promises_and_fails(op: Op) -> None:
    op.with_verdict(ASKED)
    raise OutOfLimits("vbat is 2.1 V")


def needs_a_link(op: Op, link: Link) -> None: ...


def wobbles(op: Op) -> None:
    """Too low at first, good then."""
    op.judge({"vbat": 3.0 if op.attempt == 1 else 3.7})


def is_refused_at_first(op: Op) -> None:
    op.with_verdict(ASKED)
    if op.attempt == 1:
        raise NoAnswer("nothing in 3 s")


def raises_the_root_of_unit_faults(op: Op) -> None:
    raise UnitFault("no code of its own")


def raises_the_root_of_station_faults(op: Op) -> None:
    raise StationFault("no code of its own")


def flash_product_firmware(op: Op) -> None: ...


def seal(op: Op) -> None: ...


def request_preadd(op: Op) -> None:
    op.with_verdict(ASKED)


@pytest.fixture(autouse=True)
def _steps() -> Iterator[None]:
    before = [one.call for one in steps().values()]
    register(identify_on_wire, works, fails, fails_worse, has_a_bug, has_a_bug_deep_down, is_aborted, promises)
    register(promises_and_fails, needs_a_link, raises_the_root_of_unit_faults, raises_the_root_of_station_faults)
    register(flash_product_firmware, seal, request_preadd, wobbles, is_refused_at_first)
    yield
    register(*before)


def sheet(*steps: str, on_fail: str = "stop") -> Recipe:
    lines: list[dict[str, object]] = [{"do": step, "on_fail": on_fail} for step in steps]
    return recipe(*lines)


def ended(pen: Notebook) -> dict[str, StepFinished]:
    return {note.do: note for note in pen.notes if isinstance(note, StepFinished)}


def test_a_sheet_that_is_worked_off_without_a_fault_passes() -> None:
    of, pen = sheet("works"), Notebook()
    end = run(of, pen)
    assert (end.outcome, end.code, end.detail, end.remedy) == (Outcome.PASS, "", "", "")
    assert end.on_pass == (ASKED,)
    expected: list[Body] = []
    for line in of.sheet:
        expected.append(StepStarted(op=line.op, do=line.do))
        expected += [BOOTED] if line.do == "works" else []
        expected.append(StepFinished(op=line.op, do=line.do, outcome=Outcome.PASS, seconds=0.5))
    assert pen.notes == expected


def test_a_failure_stops_the_sheet() -> None:
    pen = Notebook()
    end = run(sheet("fails", "works"), pen)
    assert (end.outcome, end.code, end.detail) == (Outcome.FAIL, "U301", "op 20 fails: vbat is 2.1 V")
    assert end.remedy == OutOfLimits.remedy
    assert list(ended(pen)) == ["identify_on_wire", "fails"]
    assert end.on_pass == ()


def test_a_failure_that_may_be_passed_over_goes_on_and_still_fails() -> None:
    pen = Notebook()
    end = run(sheet("fails", "works", on_fail="continue"), pen)
    assert (end.outcome, end.code) == (Outcome.FAIL, "U301")
    assert list(ended(pen))[-1] == "request_preadd"
    assert end.on_pass == ()


@pytest.mark.parametrize("step", ["fails_worse", "has_a_bug", "is_aborted", "needs_a_link", "no_such_step"])
def test_only_a_failure_of_the_unit_may_be_passed_over(step: str) -> None:
    pen = Notebook()
    end = run(sheet(step, "works", on_fail="continue"), pen)
    assert end.outcome in {Outcome.ERROR, Outcome.ABORTED}
    assert list(ended(pen))[-1] == step


def test_the_worst_operation_names_the_run() -> None:
    pen = Notebook()
    end = run(sheet("fails", "works", "fails_worse", "fails", on_fail="continue"), pen)
    assert (end.outcome, end.code, end.detail) == (Outcome.ERROR, "S201", "op 40 fails_worse: nothing in 3 s")


def test_of_two_failures_the_first_names_the_run() -> None:
    twice = recipe({"do": "fails", "on_fail": "continue"}, {"do": "fails", "on_fail": "continue"})
    assert run(twice, Notebook()).detail.startswith("op 20 ")


def test_a_bug_is_an_error_with_its_traceback_and_never_a_failure_of_the_unit() -> None:
    pen = Notebook()
    end = run(sheet("has_a_bug"), pen)
    assert (end.outcome, end.code) == (Outcome.ERROR, "X000")
    step = ended(pen)["has_a_bug"]
    assert (step.outcome, step.code) == (Outcome.ERROR, "X000")
    assert step.detail.startswith("Traceback")
    assert "in has_a_bug" in step.detail
    assert "ZeroDivisionError: in a step" in step.detail
    assert step.remedy


def test_of_a_long_traceback_the_end_is_kept() -> None:
    pen = Notebook()
    run(sheet("has_a_bug_deep_down"), pen)
    assert ended(pen)["has_a_bug_deep_down"].detail.endswith("xxxx\n")
    assert len(ended(pen)["has_a_bug_deep_down"].detail) == TRACEBACK_LIMIT


@pytest.mark.parametrize("step", ["raises_the_root_of_unit_faults", "raises_the_root_of_station_faults"])
def test_a_fault_without_a_code_is_a_bug_of_its_step(step: str) -> None:
    pen = Notebook()
    end = run(sheet(step), pen)
    assert (end.outcome, end.code) == (Outcome.ERROR, "X000")
    assert "no code of its own" in ended(pen)[step].detail


def test_a_step_that_is_aborted_aborts_the_run() -> None:
    end = run(sheet("is_aborted", "works"), Notebook())
    assert (end.outcome, end.code) == (Outcome.ABORTED, "A001")
    assert "the lid was opened" in end.detail


@pytest.mark.parametrize("stop_at", range(1, 10))
def test_a_run_that_a_person_wants_to_end_begins_no_further_work(stop_at: int) -> None:
    of, pen = sheet("works"), Notebook(stop_at=stop_at)
    end = run(of, pen)
    assert (end.outcome, end.code) == (Outcome.ABORTED, "A001")
    assert end.on_pass == ()
    assert list(ended(pen).values())[-1].outcome is Outcome.ABORTED
    assert len(pen.notes) <= stop_at + 3, "the end of this operation, and begin and end of the one that is refused"


def test_a_port_that_is_missing_is_an_error_before_the_step_begins() -> None:
    pen = Notebook()
    assert run(sheet("needs_a_link"), pen).code == "S402"
    assert "needs Link" in ended(pen)["needs_a_link"].detail


ROOM = 11
"""Notes of the sheet `works`: five operations with begin and end, one fact."""


@pytest.mark.parametrize("room", range(ROOM))
def test_a_disk_that_fills_up_at_any_note_is_never_a_pass(room: int) -> None:
    pen = Notebook(room=room)
    with pytest.raises(JournalFull):
        run(sheet("works"), pen)
    assert len(pen.notes) == room


def test_a_disk_with_room_for_all_is_no_hindrance() -> None:
    assert run(sheet("works"), Notebook(room=ROOM)).outcome is Outcome.PASS


def test_facts_that_wait_for_the_verdict_come_with_a_pass_in_the_order_of_the_sheet_and_with_nothing_else() -> None:
    assert run(sheet("promises"), Notebook()).on_pass == (ASKED, ASKED)
    assert run(sheet("promises", "fails"), Notebook()).on_pass == ()
    assert run(sheet("promises_and_fails", on_fail="continue"), Notebook()).on_pass == ()


# Attempts


def test_a_measurement_knows_its_attempt_and_a_bad_first_one_does_not_spoil_a_good_last_one() -> None:
    sheet = recipe(
        {"do": "wobbles", "tries": 3, "judge": ["vbat"]}, limits={"vbat": {"low": 3.6, "high": 4.2, "unit": "V"}}
    )
    pen = Notebook(sheet)
    run(sheet, pen)
    measured = [one for one in pen.notes if isinstance(one, Measured)]
    assert [(one.attempt, one.value, one.outcome) for one in measured] == [
        (1, 3.0, Outcome.FAIL),
        (2, 3.7, Outcome.PASS),
    ]
    assert [(one.attempt, one.outcome) for one in pen.record.last_attempts if one.do == "wobbles"] == [
        (2, Outcome.PASS)
    ]
    assert "a measurement is out of its limits" not in pen.record.missing()


def test_an_error_may_be_tried_again_and_only_the_last_attempt_s_promises_are_kept() -> None:
    of, pen = recipe({"do": "is_refused_at_first", "tries": 2}), Notebook()
    assert run(of, pen) == Ended(Outcome.PASS, on_pass=(ASKED, ASKED))  # the sheet's own request is the second one
    tries = [(one.attempt, one.outcome, one.code) for one in pen.record.steps if one.do == "is_refused_at_first"]
    assert tries == [(1, Outcome.ERROR, "S201"), (2, Outcome.PASS, "")]


@pytest.mark.parametrize(("step", "tries"), [("fails", 3), ("fails_worse", 3), ("has_a_bug", 1), ("is_aborted", 1)])
def test_failures_are_tried_as_often_as_the_line_says_bugs_and_stops_once(step: str, tries: int) -> None:
    of, pen = recipe({"do": step, "tries": 3}), Notebook()
    assert run(of, pen).outcome is not Outcome.PASS
    assert [one.attempt for one in pen.record.steps if one.do == step] == list(range(1, tries + 1))

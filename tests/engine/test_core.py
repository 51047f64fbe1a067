"""The core with a real journal and real worker processes."""

import contextlib
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from station.domain.events import Body, Metered, PreAddRequested, RunFinished, RunStarted, ScanRefused, StepStarted
from station.domain.faults import FixtureRefused, FixtureSilent, JournalFull
from station.domain.ids import RunId, SerialNumber
from station.domain.label import Label
from station.domain.nest import State
from station.domain.outcome import Outcome
from station.domain.record import record_of
from station.engine.bus import Heard, Moved, Moving, Stored
from tests.engine.line import TIGHT, Line, good
from tests.engine.sheet import DEVICE, device_of, unit
from tests.engine.workers import work, work_never


def on_disk(line: Line, kind: type[Body]) -> list[Body]:
    return [event.body for event in line.journal() if isinstance(event.body, kind)]


# The way of a good unit


def test_a_good_unit_passes_and_its_request_stands_in_the_same_transaction(tmp_path: Path) -> None:
    with Line(tmp_path, method="spawn") as line:
        assert line.make(good()) is State.PASSED
        events = line.journal()
    *_, asked, metered, finished = events
    assert isinstance(asked.body, PreAddRequested)
    assert asked.body.device_id == DEVICE
    assert isinstance(metered.body, Metered)
    assert metered.body.verdict == "no_evidence"
    assert finished.body == RunFinished(outcome=Outcome.PASS)
    assert (asked.at, asked.run) == (metered.at, metered.run) == (finished.at, finished.run)
    assert len({event.at for event in events}) == len(events) - 2
    record = record_of(events)
    assert record is not None
    assert record.missing() == []


def test_the_verdict_is_stored_only_when_the_nest_is_safe_and_shown_only_when_it_is_stored(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        safe_at: list[tuple[str, bool]] = []

        def look(heard: Heard) -> None:
            if isinstance(heard, Moved) and heard.state is State.PASSED:
                safe_at.append(("shown", line.iron.safe(1)))

        def slow(bodies: Sequence[Body], run: RunId | None) -> None:
            if isinstance(bodies[-1], RunFinished):
                safe_at.append(("stored", line.iron.safe(1)))

        line.core.post(lambda: line.core.bus.subscribe(look))
        line.desk.hindrance = slow
        assert line.make(good()) is State.PASSED
        assert safe_at == [("stored", True), ("shown", True)]
        told = [type(one.event.body) if isinstance(one, Stored) else one for one in line.heard]
        passed = next(n for n, one in enumerate(told) if isinstance(one, Moved) and one.state is State.PASSED)
        assert told[passed - 1] is RunFinished


def test_every_nest_is_made_safe_before_the_first_unit(tmp_path: Path) -> None:
    with Line(tmp_path, nests=(1, 2)) as line:
        line.until(lambda: line.iron.safe(1) and line.iron.safe(2))
        assert line.iron.switched == [(1, "reset", True), (1, "power", False), (2, "reset", True), (2, "power", False)]


def test_many_units_one_after_the_other_in_two_nests(tmp_path: Path) -> None:
    with Line(tmp_path, nests=(1, 2)) as line:
        for number in range(3):
            line.seat(good(number), 1)
            line.seat(good(number + 5), 2)
            assert (line.end(1), line.end(2)) == (State.PASSED, State.PASSED)
        assert [one.outcome for one in line.verdicts()] == [Outcome.PASS] * 6
        assert len(line.spawner.started) == 2


def test_a_bad_unit_fails_with_its_code_and_asks_for_nothing(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        assert line.make(unit("BAD")) is State.FAILED
        (verdict,) = line.verdicts()
        assert (verdict.outcome, verdict.code) == (Outcome.FAIL, "U301")
        assert "op 20 act: vbat is 2.1 V" in verdict.detail
        assert line.iron.safe(1)
        assert on_disk(line, PreAddRequested) == []


def test_a_pass_that_lacks_its_proof_is_an_error_and_asks_for_nothing(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        assert line.make(unit("LIAR")) is State.UNDECIDED
        (verdict,) = line.verdicts()
        assert (verdict.outcome, verdict.code) == (Outcome.ERROR, "S504")
        assert "nothing on the chip was proved" in verdict.detail
        assert on_disk(line, PreAddRequested) == []


def test_a_bug_of_a_step_is_an_error_and_the_worker_lives_on(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        assert line.make(unit("BUG")) is State.UNDECIDED
        assert line.verdicts()[0].code == "X000"
        assert "a bug of a step" in line.verdicts()[0].detail
        assert line.make(good()) is State.PASSED
        assert len(line.spawner.started) == 1


# Scans


def test_a_scan_that_no_nest_takes_is_journaled_as_the_label_it_was_and_never_as_text(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        argon = Label(serial=SerialNumber("ARNKAB123456789"))
        line.core.scan(argon)
        line.core.scan(("refused", "U101", "empty scan (0 characters scanned)", 0))
        line.until(lambda: len(line.troubles()) == 2)
        assert line.states == {1: State.EMPTY}
        refused = on_disk(line, ScanRefused)
        assert [body.code for body in refused if isinstance(body, ScanRefused)] == ["U102", "U101"]
        assert [body.label for body in refused if isinstance(body, ScanRefused)] == [argon, None], (
            "what was read as one"
        )


def test_without_room_on_the_disk_no_unit_is_started(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        line.full = JournalFull("3 MB are free")
        line.core.scan(good())
        line.until(line.troubles)
        assert line.troubles()[0].code == "DISK_LOW"
        assert line.states == {1: State.EMPTY}


def test_a_label_can_be_dropped_before_its_unit_is_seated(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        line.core.scan(good())
        line.until(lambda: line.states[1] is State.LABELLED)
        line.core.cancel(1)
        line.until(lambda: line.states[1] is State.EMPTY)
        assert line.make(good(1)) is State.PASSED


def test_a_closed_lid_without_a_label_starts_nothing(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        line.until(lambda: line.iron.seen == {1: False})
        line.iron.lid_closed[1] = True
        line.until(lambda: line.iron.seen == {1: True})
        line.core.scan(good())
        line.until(lambda: line.states[1] is State.LABELLED)
        assert on_disk(line, RunStarted) == []


# Workers that do not come back


@pytest.mark.parametrize("how", ["DIE", "LEAVE"])
def test_a_worker_that_dies_in_mid_run_is_an_error_and_the_next_unit_works(tmp_path: Path, how: str) -> None:
    with Line(tmp_path, method="spawn") as line:
        assert line.make(unit(how)) is State.UNDECIDED
        assert line.iron.safe(1)
        (verdict,) = line.verdicts()
        assert (verdict.outcome, verdict.code) == (Outcome.ERROR, "S602")
        record = line.record()
        assert record is not None
        assert [(step.do, step.code) for step in record.steps][-1] == ("act", "S602")
        assert line.make(good()) is State.PASSED
        assert len(line.spawner.started) == 2


def test_an_idle_worker_that_dies_is_replaced_without_a_word_to_the_operator(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        assert line.make(good()) is State.PASSED
        pid = line.spawner.started[0].pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        line.until(lambda: len(line.spawner.started) == 2)
        assert line.states == {1: State.PASSED}
        assert line.make(good(1)) is State.PASSED
        assert [one.outcome for one in line.verdicts()] == [Outcome.PASS, Outcome.PASS]


@pytest.mark.parametrize("how", ["SLEEP", "NATIVE", "NAG"])
def test_an_operation_that_hangs_is_ended_and_its_neighbour_does_not_notice(tmp_path: Path, how: str) -> None:
    with Line(tmp_path, nests=(1, 2), method="spawn" if how == "NATIVE" else "forkserver") as line:
        line.seat(unit(how), 1)
        line.seat(good(), 2)
        began = time.monotonic()
        assert line.end(2) is State.PASSED
        assert line.end(1) is State.UNDECIDED
        assert time.monotonic() - began < 20, "the step itself would have taken 60 s"
        late = next(one for one in line.verdicts() if one.outcome is not Outcome.PASS)
        assert (late.outcome, late.code) == (Outcome.ERROR, "S601")
        assert "op 20 act" in late.detail
        assert line.iron.safe(1)
        assert not line.spawner.started[0].is_alive()
        assert line.make(good(1), 1) is State.PASSED


def test_an_operation_that_talks_faster_than_the_core_listens_is_ended_too(tmp_path: Path) -> None:
    with Line(tmp_path, nests=(1, 2)) as line:

        def slow_screen(heard: Heard) -> None:
            if isinstance(heard, Moving):
                time.sleep(0.002)

        line.core.post(lambda: line.core.bus.subscribe(slow_screen))
        line.seat(unit("NAG"), 1)
        line.seat(good(), 2)
        assert line.end(2) is State.PASSED
        assert line.end(1) is State.UNDECIDED
        assert [one.code for one in line.verdicts() if one.outcome is not Outcome.PASS] == ["S601"]


def test_an_operation_that_was_ended_took_as_long_as_it_took(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        assert line.make(unit("SLEEP")) is State.UNDECIDED
        record = line.record()
        assert record is not None
        assert record.steps[-1].seconds >= TIGHT


def test_a_lid_that_is_opened_in_mid_run_aborts_it(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        line.seat(unit("SLOW"))
        line.wait_for_step("dawdle")
        line.until(lambda: any(isinstance(one, Moving) for one in line.heard))
        line.open_lid()
        assert line.end() is State.STOPPED
        (verdict,) = line.verdicts()
        assert (verdict.outcome, verdict.code) == (Outcome.ABORTED, "A001")
        assert "the lid was opened" in verdict.detail
        assert line.iron.safe(1)
        assert line.make(good()) is State.PASSED


def test_a_person_can_stop_a_run(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        line.seat(unit("CHATTY"))
        line.wait_for_step("dawdle")
        line.core.stop_nest(1)
        assert line.end() is State.STOPPED
        assert line.verdicts()[0].outcome is Outcome.ABORTED


def test_a_stop_that_comes_before_the_worker_is_ready_is_not_forgotten(tmp_path: Path) -> None:
    with Line(tmp_path, slow_start=1.5) as line:
        line.seat(good())
        line.open_lid()
        line.until(lambda: line.states[1] is not State.RUNNING)
        assert line.end() is State.STOPPED
        assert line.verdicts()[0].outcome is Outcome.ABORTED


def test_a_worker_that_never_comes_up_locks_its_nest_and_is_not_tried_for_ever(tmp_path: Path) -> None:
    with Line(tmp_path, method="spawn", body=work_never) as line:
        line.until(lambda: line.states[1] is State.LOCKED)
        assert line.troubles()[-1].code == "S602"
        tried = len(line.spawner.started)
        time.sleep(1.0)
        assert len(line.spawner.started) <= tried + 1
        line.spawner.body = work
        line.core.release_nest(1)
        line.until(lambda: line.states[1] is State.EMPTY)
        assert line.make(good()) is State.PASSED


# A core that is slow, and a fixture that is broken


def test_the_core_s_own_slowness_is_not_charged_to_an_operation(tmp_path: Path) -> None:
    """A disk that takes its time over one nest must not end the worker of another, whose answer waits in the pipe."""
    with Line(tmp_path) as line:

        def busy(bodies: Sequence[Body], run: RunId | None) -> None:
            if isinstance(bodies[0], StepStarted) and bodies[0].do == "act":
                line.core.post(lambda: time.sleep(2 * TIGHT))

        line.desk.hindrance = busy
        assert line.make(good()) is State.PASSED
        assert len(line.spawner.started) == 1


def test_a_nest_that_cannot_be_made_safe_is_locked_and_its_unit_does_not_pass(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        line.until(lambda: line.iron.safe(1))
        line.iron.stuck = lambda nest, what, on: what == "power" and not on
        assert line.make(good()) is State.LOCKED
        (verdict,) = line.verdicts()
        assert (verdict.outcome, verdict.code) == (Outcome.ERROR, "S604")
        assert line.troubles()[-1].code == "S604"
        assert State.PASSED not in [one.state for one in line.heard if isinstance(one, Moved)]
        line.core.scan(good(1))
        line.until(lambda: len(line.troubles()) == 2)
        line.iron.stuck = lambda nest, what, on: False
        line.core.release_nest(1)
        line.until(lambda: line.states[1] is State.EMPTY)
        assert line.make(good(2)) is State.PASSED
        assert on_disk(line, PreAddRequested) == [
            PreAddRequested(device_id=device_of(good(2)), serial=good(2).serial, product_id=31337)
        ]


def test_a_fail_in_a_nest_that_cannot_be_made_safe_stays_a_fail_in_a_locked_nest(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        line.until(lambda: line.iron.safe(1))
        line.iron.stuck = lambda nest, what, on: what == "power" and not on
        assert line.make(unit("BAD")) in {State.FAILED, State.LOCKED}
        line.until(lambda: line.states[1] is State.LOCKED)
        assert line.verdicts()[0].code == "U301"


def test_power_is_taken_away_also_where_reset_cannot_be_held(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        line.seat(unit("SLOW"))
        line.wait_for_step("dawdle")
        line.iron.stuck = lambda nest, what, on: what == "reset"
        line.core.stop_nest(1)
        line.until(lambda: line.states[1] is State.LOCKED)
        assert not line.iron.power[1]


def test_a_fixture_that_refuses_a_step_is_an_error_of_the_station(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        line.iron.stuck = lambda nest, what, on: what == "power" and on
        assert line.make(good()) is State.UNDECIDED
        assert line.verdicts()[0].code == "S102"
        assert line.iron.safe(1)


def test_a_nest_that_is_unsafe_from_the_start_is_locked_and_the_others_work(tmp_path: Path) -> None:
    line = Line(tmp_path, nests=(1, 2))
    line.iron.stuck = lambda nest, what, on: nest == 1
    with line:
        line.until(lambda: line.states[1] is State.LOCKED)
        assert line.make(good(), 2) is State.PASSED
        assert [one.code for one in line.troubles()] == ["S604"]


def test_a_silent_fixture_is_told_once_and_once_more_when_it_comes_back_and_goes_again(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        line.until(lambda: line.iron.seen)
        line.iron.raises = FixtureSilent("no answer in 1 s")
        line.until(line.troubles)
        time.sleep(0.3)
        assert [one.code for one in line.troubles()] == ["S101"]
        line.iron.raises = None
        assert line.make(good()) is State.PASSED


def test_a_fixture_that_refuses_to_tell_its_lids_is_told_once(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        line.until(lambda: line.iron.seen)
        line.iron.raises = FixtureRefused('-113,"Undefined header"')
        line.until(line.troubles)
        time.sleep(0.5)
        assert [one.code for one in line.troubles()] == ["S102"]


def test_a_bug_in_a_driver_of_the_fixture_does_not_leave_a_run_without_an_end(tmp_path: Path) -> None:
    with Line(tmp_path, patience=2.0) as line:
        line.seat(unit("SLOW"))
        line.wait_for_step("dawdle")
        line.iron.raises = ValueError("a bug of a driver")
        time.sleep(0.2)
        line.iron.raises = None
        line.core.stop_nest(1)
        assert line.end() is State.STOPPED


# The end


def test_quitting_in_mid_run_ends_every_run_and_leaves_every_nest_safe(tmp_path: Path) -> None:
    with Line(tmp_path, nests=(1, 2)) as line:
        line.seat(unit("SLOW"), 1)
        line.seat(unit("CHATTY"), 2)
        line.wait_for_step("dawdle", 1)
        line.wait_for_step("dawdle", 2)
        line.quit()
        assert [one.outcome for one in line.verdicts()] == [Outcome.ABORTED] * 2
        assert line.iron.safe(1)
        assert line.iron.safe(2)
        assert line.iron.closed
        assert not any(process.is_alive() for process in line.spawner.started)


def test_quitting_while_a_worker_hangs_still_ends_with_a_safe_nest(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        line.seat(unit("NATIVE"))
        line.until(lambda: any(isinstance(one, Moving) for one in line.heard))
        line.quit()
        assert [one.code for one in line.verdicts()] == ["S601"]
        assert line.iron.safe(1)


def test_a_station_that_has_ended_can_be_told_to_quit_and_to_scan(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        line.quit()
        line.core.quit()
        line.core.scan(good())


def test_a_nest_that_does_not_exist_cannot_stop_the_station(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        for tell in (line.core.stop_nest, line.core.cancel, line.core.release_nest):
            with contextlib.suppress(KeyError):
                tell(7)
        assert line.make(good()) is State.PASSED

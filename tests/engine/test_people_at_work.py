"""A line on which people sign in: nothing starts without a session, and what only a lead may do waits for one."""

from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from station.codec.command import check_character
from station.domain.command import Command, Verb
from station.domain.events import Answered, Body, PreAddRequested, RunStarted, ScanRefused
from station.domain.faults import JournalFull
from station.domain.label import Label
from station.domain.nest import State
from station.domain.people import Action, Role
from station.domain.recipe import Recipe
from station.domain.record import records_of
from station.domain.shift_facts import (
    ActionRefused,
    Approval,
    Approved,
    LanguageChosen,
    LeadCalled,
    NestLocked,
    NestReleased,
    RecipeAccepted,
    ReferenceJudged,
    ReferenceLifted,
    SignedOut,
    StopRequested,
)
from station.domain.shift_rules import UNREAD, Reference, ShiftRules
from station.domain.standing import Standing
from station.engine.bus import Aimed, AtWork, Waiting
from station.report.shift import ShiftReport
from station.report.summary import Summary
from station.ui.wishes import typed
from tests.engine.crew import AUDITOR, BADGES, ENGINEER, LEAD, OPERATOR, OTHER, TECHNICIAN, badge
from tests.engine.line import SHEET, Line, good
from tests.engine.sheet import recipe, unit
from tests.engine.test_scans import store

Kind = TypeVar("Kind", bound=Body)

ACCEPTED = RecipeAccepted(recipe="demo", revision="A", recipe_sha256="a" * 64, release_sha256="b" * 64, by="Lea Lead")

ASKING = recipe({"do": "act", "within": 40}, {"do": "dawdle", "within": 60})


def station(
    folder: Path, rules: ShiftRules = BADGES, *, accepted: bool = True, nests: int = 1, sheet: Recipe = SHEET
) -> Line:
    """A line whose recipe was accepted before."""
    if accepted:
        store(folder, ACCEPTED)
    return Line(folder, range(1, nests + 1), rules=rules, sheet=sheet)


def of(line: Line, kind: type[Kind]) -> list[Kind]:
    return [one.body for one in line.stored() if isinstance(one.body, kind)]


def refusals(line: Line) -> list[str]:
    return [one.code for one in of(line, ScanRefused)]


def waiting(line: Line) -> Action | None:
    """What waits for an approval now."""
    with line._news:
        return next((one.action for one in reversed(line.heard) if isinstance(one, Waiting)), None)


def at_work(line: Line) -> str | None:
    with line._news:
        told = next((one.person for one in reversed(line.heard) if isinstance(one, AtWork)), None)
    return told.name if told else None


# The language


def test_the_language_that_was_chosen_is_recorded_with_who_chose_it_and_stays_after_a_restart(tmp_path: Path) -> None:
    with station(tmp_path) as line:
        line.core.speak("vi")
        line.scanned(badge(OPERATOR))
        line.core.speak("zh_CN")
        line.until(lambda: len(of(line, LanguageChosen)) == 2)
        assert of(line, LanguageChosen) == [
            LanguageChosen(language="vi"),
            LanguageChosen(language="zh_CN", by=OPERATOR.name),
        ]
        assert Standing.of(line.stored()).language == "zh_CN"


# Sessions


def test_without_a_session_a_label_is_refused_and_nothing_starts(tmp_path: Path) -> None:
    with station(tmp_path) as line:
        assert not line.scanned(good())
        line.close_lid()
        for verb in (Verb.START, Verb.RETRY, Verb.UNLOAD, Verb.YES):
            assert not line.scanned(Command(verb))
        assert not line.scanned(Command(Verb.NEST, 1))
        assert refusals(line) == ["SIGN_IN_FIRST"] * 5
        assert [(one.action, one.code) for one in of(line, ActionRefused)] == [(Action.ANSWER, "SIGN_IN_FIRST")]
        assert line.states == {1: State.EMPTY}
        assert of(line, RunStarted) == []


def test_a_run_carries_who_scanned_its_label_whoever_comes_after(tmp_path: Path) -> None:
    with station(tmp_path) as line:
        assert line.scanned(badge(OPERATOR))
        line.seat(unit("SLOW"))
        line.wait_for_step("dawdle")
        assert line.scanned(badge(OTHER))
        assert line.states[1] is State.RUNNING
        line.core.stop_nest(1)
        assert line.end() is State.STOPPED
        assert [one.operator for one in of(line, RunStarted)] == [OPERATOR.name]
        assert [(one.by, one.why) for one in of(line, StopRequested)] == [(OTHER.name, "stopped by a person")]
        record = line.record()
        assert record is not None
        assert record.stop_requested == tuple(of(line, StopRequested))


def test_a_line_without_people_works_and_the_record_says_so(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        assert line.make(good()) is State.PASSED
        assert [(one.operator, one.approvals, one.typed) for one in of(line, RunStarted)] == [("", (), True)]
        assert [(one.person, one.asked) for one in line.heard if isinstance(one, AtWork)] == [(None, False)]


def test_an_answer_carries_who_gave_it(tmp_path: Path) -> None:
    with station(tmp_path, sheet=ASKING) as line:
        line.scanned(badge(OPERATOR))
        line.seat(unit("ASKS"))
        line.until(lambda: line.states[1] is State.ASKING)
        line.later(UNREAD)
        line.scanned(badge(AUDITOR))
        line.core.answer("yes", "key")
        line.until(lambda: of(line, ActionRefused))
        line.scanned(badge(OTHER))
        line.time.seconds += 1
        line.scanned(Command(Verb.YES))
        assert line.end() is State.PASSED
        assert [(one.by, one.person) for one in of(line, Answered)] == [("scan", OTHER.name)]
        assert [(one.code, one.by) for one in of(line, ActionRefused)] == [("NOT_ALLOWED", AUDITOR.name)]


def test_an_auditor_starts_nothing(tmp_path: Path) -> None:
    with station(tmp_path) as line:
        line.scanned(badge(AUDITOR))
        assert not line.scanned(good())
        assert refusals(line) == ["NOT_ALLOWED"]


def test_a_label_that_waits_when_nobody_is_signed_in_any_more_is_dropped(tmp_path: Path) -> None:
    with station(tmp_path) as line:
        line.scanned(badge(OPERATOR))
        assert line.scanned(good())
        line.later(600.0)
        line.until(lambda: at_work(line) is None)
        line.until(lambda: line.states[1] is State.EMPTY)
        line.close_lid()
        assert of(line, RunStarted) == []
        assert [one.reason for one in of(line, SignedOut)] == ["idle"]


def test_a_scanned_lock_signs_out_and_tests_go_on(tmp_path: Path) -> None:
    with station(tmp_path) as line:
        line.scanned(badge(OPERATOR))
        line.seat(unit("SLOW"))
        line.wait_for_step("dawdle")
        assert line.scanned(Command(Verb.LOCK))
        assert at_work(line) is None
        assert line.states[1] is State.RUNNING
        assert line.scanned(Command(Verb.STOP)), "nobody is refused a stop"
        assert line.end() is State.STOPPED
        assert [one.by for one in of(line, StopRequested)] == [""]


def test_whoever_is_signed_in_when_the_station_ends_is_signed_out(tmp_path: Path) -> None:
    with station(tmp_path) as line:
        line.scanned(badge(OPERATOR))
        line.quit()
        assert [one.reason for one in of(line, SignedOut)] == ["closed"]


def test_the_program_is_closed_by_whoever_may_and_not_in_mid_run(tmp_path: Path) -> None:
    with station(tmp_path) as line:
        line.scanned(badge(OPERATOR))
        line.core.close()
        line.until(lambda: waiting(line) is Action.CLOSE)
        line.seat(unit("SLOW"))
        line.wait_for_step("dawdle")
        line.scanned(badge(TECHNICIAN))
        assert line.states[1] is State.RUNNING, "it ran by the time somebody approved"
        line.core.close()
        line.until(lambda: [one.code for one in of(line, ActionRefused)] == ["NOT_ALLOWED", "STILL_RUNNING"])
        line.core.stop_nest(1)
        line.end()
        line.scanned(badge(LEAD))
        line.core.close()
        line._thread.join(10)
        assert not line._thread.is_alive()


# A changed test plan


def test_a_recipe_that_nobody_accepted_makes_nothing_until_a_lead_does(tmp_path: Path) -> None:
    with station(tmp_path, accepted=False) as line:
        line.scanned(badge(OPERATOR))
        assert not line.scanned(good())
        assert (refusals(line), waiting(line)) == (["PLAN_CHANGED"], Action.ACCEPT_RECIPE)
        assert line.scanned(badge(LEAD))
        assert [one.by for one in of(line, RecipeAccepted)] == [LEAD.name]
        assert at_work(line) == OPERATOR.name
        line.until(lambda: line.states[1] is State.LABELLED)
        line.close_lid()
        assert line.end() is State.PASSED
    with station(tmp_path, accepted=False) as line:
        line.scanned(badge(OPERATOR))
        assert line.scanned(good(1)), "it is accepted still"


def test_another_recipe_is_another_plan(tmp_path: Path) -> None:
    store(tmp_path, ACCEPTED.model_copy(update={"recipe_sha256": "f" * 64}))
    with station(tmp_path, accepted=False) as line:
        line.scanned(badge(OPERATOR))
        assert not line.scanned(good())
        line.core.accept_recipe()
        line.until(lambda: [one.code for one in of(line, ActionRefused)] == ["NOT_ALLOWED"])
        line.scanned(badge(ENGINEER))
        line.until(lambda: of(line, RecipeAccepted))
        assert line.scanned(good())


# A unit that was tested before


def test_a_unit_that_passed_is_tested_again_only_when_a_lead_allows_it_and_only_once(tmp_path: Path) -> None:
    with station(tmp_path, nests=2) as line:
        line.scanned(badge(OPERATOR))
        assert line.make(good()) is State.PASSED
        line.unload()
        line.later(10.0)
        assert not line.scanned(good())
        assert refusals(line) == ["SCAN_ALREADY_PASSED"]
        assert "2026-11-2" in of(line, ScanRefused)[0].detail
        [wish] = [one for one in line.heard if isinstance(one, Waiting) and one.action]
        assert (wish.action, wish.label, wish.nest) == (Action.TEST_AGAIN, good(), 1)
        assert line.scanned(badge(LEAD))
        line.until(lambda: line.states[1] is State.LABELLED)
        line.close_lid()
        assert line.end() is State.PASSED
        allowed = Approval(action=Action.TEST_AGAIN, by=LEAD.name, role=LEAD.role)
        assert [one.approvals for one in of(line, RunStarted)] == [(), (allowed,)]
        [approved] = of(line, Approved)
        assert (approved.label, approved.nest, approved.asked_by) == (good(), 1, OPERATOR.name)
        line.unload()
        line.later(10.0)
        assert not line.scanned(good())
        line.scanned(badge(OTHER))
        line.later(2.0)
        line.scanned(badge(LEAD))
        assert at_work(line) == LEAD.name
        assert line.states[1] is State.EMPTY


def test_a_unit_that_failed_as_often_as_the_recipe_allows_is_not_tested_again(tmp_path: Path) -> None:
    with station(tmp_path) as line:
        line.scanned(badge(OPERATOR))
        for _ in range(2):
            line.later(10.0)
            assert line.make(unit("BAD")) is State.FAILED
        line.unload()
        line.later(10.0)
        assert not line.scanned(unit("BAD"))
        assert (refusals(line), waiting(line)) == (["RETEST_BLOCKED"], Action.TEST_AGAIN)
        assert "Fails of this unit: 2" in of(line, ScanRefused)[0].detail
        line.later(31.0)
        line.scanned(badge(LEAD))
        assert line.states[1] is State.EMPTY, "too late to approve"
        assert not line.scanned(unit("BAD"))
        line.later(2.0)
        line.scanned(badge(LEAD))
        line.until(lambda: line.states[1] is State.LABELLED)


def test_an_approval_is_not_carried_over_to_a_run_that_is_tried_once_more(tmp_path: Path) -> None:
    with station(tmp_path) as line:
        line.scanned(badge(OPERATOR))
        assert line.make(good()) is State.PASSED
        line.open_lid()
        line.later(10.0)
        line.scanned(good())
        line.scanned(badge(LEAD))
        line.until(lambda: line.states[1] is State.LABELLED)
        line.iron.stuck = lambda nest, what, on: what == "power" and on
        line.close_lid()
        assert line.end() is State.UNDECIDED
        assert line.scanned(Command(Verb.RETRY)), "its newest run is no pass, so nobody has to allow it"
        line.until(lambda: line.states[1] is State.LABELLED)
        line.iron.stuck = lambda nest, what, on: False
        line.open_lid()
        line.close_lid()
        assert line.end() is State.PASSED
        assert [len(one.approvals) for one in of(line, RunStarted)] == [0, 1, 0]


def test_where_nobody_signs_in_a_unit_that_failed_is_tested_as_often_as_somebody_likes(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        for _ in range(3):
            assert line.make(unit("BAD")) is State.FAILED
        assert line.make(good()) is State.PASSED


def test_where_nobody_signs_in_a_unit_that_passed_is_made_again_only_when_somebody_says_so(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        assert line.make(good()) is State.PASSED
        line.unload()
        line.later(10.0)
        for _ in range(3):
            assert not line.scanned(good()), "however often it is scanned"
            line.later(2.0)
        assert refusals(line) == ["PASSED_BEFORE"] * 3
        assert "Put it in the green tray" in line.troubles()[-1].remedy
        assert line.scanned(Command(Verb.RETRY))
        line.until(lambda: line.states[1] is State.LABELLED)
        line.close_lid()
        assert line.end() is State.PASSED
        allowed = Approval(action=Action.TEST_AGAIN, by="", role=Role.OPERATOR)
        assert [one.approvals for one in of(line, RunStarted)] == [(), (allowed,)]
        assert [(one.action, one.by, one.label) for one in of(line, Approved)] == [(Action.TEST_AGAIN, "", good())]
        line.unload()
        line.later(10.0)
        assert not line.scanned(good()), "it was said of one run"
        line.later(31.0)
        assert not line.scanned(Command(Verb.RETRY)), "too late"
        assert line.states == {1: State.EMPTY}


def test_a_unit_that_passed_and_had_no_verdict_since_is_made_again_without_a_word(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        assert line.make(good()) is State.PASSED
        line.unload()
        line.later(10.0)
        assert not line.scanned(good())
        line.later(2.0)
        line.iron.stuck = lambda nest, what, on: what == "power" and on
        assert line.scanned(Command(Verb.RETRY))
        line.close_lid()
        assert line.end() is State.UNDECIDED
        line.iron.stuck = lambda nest, what, on: False
        line.unload()
        assert line.make(good()) is State.PASSED


def test_a_nest_whose_unit_may_have_connected_is_released_by_nobody_without_a_name(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        line.seat(unit("TALKS"))
        assert line.end() is State.LOCKED
        for text in ("release 1", "release-1", "CMD-UNLOAD-1-" + check_character("CMDUNLOAD1"), "release 1 -"):
            line.later(2.0)
            typed(line.core, text)
        line.until(lambda: len(line.troubles()) == 4)
        assert [(one.code, one.nest) for one in of(line, ActionRefused)] == [("NAME_NEEDED", 1)] * 4
        assert line.states == {1: State.LOCKED}
        typed(line.core, "release 1 Edda Engineer")
        line.until(lambda: line.states[1] is State.EMPTY)
        [released] = of(line, NestReleased)
        assert (released.nest, released.why, released.by) == (1, "meter", "Edda Engineer")
        [locked] = ShiftReport.of(line.stored(), 1, 0, line.time.wall() + 10**9).locks
        assert (locked.why, locked.released_by) == ("meter", "Edda Engineer")


def test_a_call_for_the_lead_is_recorded_with_its_nest_and_until_somebody_comes(tmp_path: Path) -> None:
    with station(tmp_path) as line:
        line.core.call_lead()
        line.scanned(badge(OPERATOR))
        typed(line.core, "lead 1")
        line.until(lambda: len(of(line, LeadCalled)) == 2)
        line.later(30.0)
        line.scanned(badge(LEAD))
        line.core.call_lead()
        line.until(lambda: len(of(line, LeadCalled)) == 3)
        calls = ShiftReport.of(line.stored(), 1, 0, line.time.wall() + 10**9).calls
        assert [(one.by, one.nest, one.came) for one in calls] == [
            ("", None, LEAD.name),
            (OPERATOR.name, 1, LEAD.name),
            (LEAD.name, None, None),
        ]


def test_a_typed_label_is_taken_with_an_approval_where_the_station_says_so(tmp_path: Path) -> None:
    with station(tmp_path, replace(BADGES, typed_labels="lead")) as line:
        line.scanned(badge(OPERATOR))
        assert not line.scanned(good(), "")
        assert (refusals(line), waiting(line)) == (["TYPED_LABEL"], Action.TYPE_LABEL)
        line.scanned(badge(TECHNICIAN))
        line.until(lambda: line.states[1] is State.LABELLED)
        line.close_lid()
        assert line.end() is State.PASSED
        [started] = of(line, RunStarted)
        assert (started.typed, [one.action for one in started.approvals]) == (True, [Action.TYPE_LABEL])


# Locked nests


def lock(line: Line, nest: int = 1) -> None:
    """Have a unit that may have connected lock its nest."""
    line.seat(unit("TALKS"), nest)
    assert line.end(nest) is State.LOCKED


def test_five_fails_in_a_row_lock_a_nest_once_the_last_one_is_out(tmp_path: Path) -> None:
    with station(tmp_path, nests=2) as line:
        line.scanned(badge(OPERATOR))
        for number in range(5):
            assert line.make(unit("BAD", number)) is State.FAILED
        assert [(one.nest, one.why, one.code) for one in of(line, NestLocked)] == [(1, "streak", "FAIL_STREAK")]
        assert line.troubles()[-1].values == {"times": "5", "nest": "1"}
        line.unload()
        line.until(lambda: line.states[1] is State.LOCKED)
        assert line.make(good(), 2) is State.PASSED
        line.core.release_nest(1)
        line.until(lambda: waiting(line) is Action.RELEASE_NEST)
        assert [(one.code, one.by, one.nest) for one in of(line, ActionRefused)] == [("NOT_ALLOWED", OPERATOR.name, 1)]
        line.scanned(badge(LEAD))
        line.until(lambda: line.states[1] is State.EMPTY)
        assert [(one.nest, one.why, one.by) for one in of(line, NestReleased)] == [(1, "streak", LEAD.name)]
        assert line.make(unit("BAD", 5)) is State.FAILED
        line.unload()
        line.until(lambda: line.states[1] is State.EMPTY)


def test_a_pass_and_a_run_without_verdict_do_not_make_a_row(tmp_path: Path) -> None:
    with Line(tmp_path, rules=ShiftRules(fail_streak=2)) as line:
        assert line.make(unit("BAD")) is State.FAILED
        assert line.make(good()) is State.PASSED
        assert line.make(unit("BAD", 1)) is State.FAILED
        assert line.make(unit("DIE")) is State.UNDECIDED
        assert line.make(unit("BAD", 2)) is State.FAILED
        line.unload()
        line.until(lambda: line.states[1] is State.LOCKED)


def test_a_nest_stays_locked_when_the_station_starts_again(tmp_path: Path) -> None:
    with station(tmp_path, nests=2) as line:
        line.scanned(badge(OPERATOR))
        lock(line)
    with station(tmp_path, accepted=False, nests=2) as line:
        line.until(lambda: line.states.get(1) is State.LOCKED)
        line.scanned(badge(LEAD))
        line.core.release_nest(1)
        line.until(lambda: waiting(line) is Action.RELEASE_METER)
        line.later(2.0)
        line.scanned(badge(LEAD))
        assert line.states[1] is State.LOCKED
        line.scanned(badge(ENGINEER))
        line.until(lambda: line.states[1] is State.EMPTY)
    with station(tmp_path, accepted=False, nests=2) as line:
        line.until(lambda: line.states.get(1) is State.EMPTY)
        assert line.states == {1: State.EMPTY, 2: State.EMPTY}


def test_fails_in_a_row_are_counted_over_a_restart(tmp_path: Path) -> None:
    rules = ShiftRules(fail_streak=2)
    with Line(tmp_path, rules=rules) as line:
        assert line.make(unit("BAD")) is State.FAILED
    with Line(tmp_path, rules=rules) as line:
        assert line.make(unit("BAD", 1)) is State.FAILED
        assert [one.why for one in of(line, NestLocked)] == ["streak"]


def test_a_locked_nest_is_locked_over_every_restart_until_it_is_released(tmp_path: Path) -> None:
    rules = ShiftRules(fail_streak=1)
    with Line(tmp_path, nests=(1, 2), rules=rules) as line:
        lock(line, 1)
        assert line.make(unit("BAD"), 2) is State.FAILED
    with Line(tmp_path, nests=(1, 2), rules=rules) as line:
        line.until(lambda: line.states == {1: State.LOCKED, 2: State.LOCKED})
        assert not line.scanned(good())
        assert refusals(line)[-1] == "SCAN_NO_NEST"
        line.core.release_nest(2)
        line.until(lambda: line.states[2] is State.EMPTY)
        assert line.make(good(1), 2) is State.PASSED
    with Line(tmp_path, nests=(1, 2), rules=rules) as line:
        line.until(lambda: line.states == {1: State.LOCKED, 2: State.EMPTY})
        facts = [one.body for one in line.journal()]
    assert [one.why for one in facts if isinstance(one, NestLocked)] == ["meter", "streak"]
    assert [(one.nest, one.why) for one in facts if isinstance(one, NestReleased)] == [(2, "streak")]


def test_a_scanned_unload_asks_for_a_locked_nest_and_only_the_engineer_opens_it(tmp_path: Path) -> None:
    with station(tmp_path, nests=2) as line:
        line.scanned(badge(OPERATOR))
        lock(line)
        assert not line.scanned(Command(Verb.UNLOAD, 1))
        assert waiting(line) is Action.RELEASE_METER
        assert line.states[1] is State.LOCKED
        line.scanned(badge(ENGINEER))
        line.until(lambda: line.states[1] is State.EMPTY)
        assert at_work(line) == OPERATOR.name


def test_a_nest_that_is_released_and_cannot_be_made_safe_is_locked_again(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        line.until(lambda: line.iron.safe(1))
        line.iron.stuck = lambda nest, what, on: what == "power" and not on
        assert line.make(good()) is State.LOCKED
        assert [(one.why, one.code) for one in of(line, NestLocked)] == [("unsafe", "S604")]
        line.core.release_nest(1)
        line.until(lambda: len(of(line, NestLocked)) == 2)
        assert line.states[1] is State.LOCKED
        line.iron.stuck = lambda nest, what, on: False
        line.core.release_nest(1)
        line.until(lambda: line.states[1] is State.EMPTY)
        assert line.make(good(1)) is State.PASSED


def test_what_is_not_locked_cannot_be_released(tmp_path: Path) -> None:
    with station(tmp_path) as line:
        line.scanned(badge(ENGINEER))
        for number in (1, 7):
            line.core.release_nest(number)
        line.core.cancel(1)
        line.core.lift_reference()
        line.until(lambda: len(of(line, ActionRefused)) == 4)
        assert [one.code for one in of(line, ActionRefused)] == [
            "NOTHING_TO_RELEASE",
            "NOTHING_TO_RELEASE",
            "NOTHING_TO_CANCEL",
            "NOTHING_TO_LIFT",
        ]


# Reference units

GOOD, BAD = Label(serial=good(8).serial), unit("BAD", 9)


def references(serials: bool = True) -> ShiftRules:
    assert GOOD.serial is not None
    assert BAD.serial is not None
    both = (Reference(serial=GOOD.serial, expect="pass"), Reference(serial=BAD.serial, expect="fail"))
    return replace(BADGES, references=both)


def test_production_begins_when_each_reference_unit_came_out_as_it_must_and_again_each_shift(tmp_path: Path) -> None:
    with station(tmp_path, references()) as line:
        line.scanned(badge(OPERATOR))
        assert not line.scanned(good())
        assert line.make(GOOD) is State.PASSED
        line.unload()
        line.later(10.0)
        assert not line.scanned(good())
        assert line.make(BAD) is State.FAILED
        assert refusals(line) == ["REF_DUE"] * 2
        assert [one.reference for one in of(line, RunStarted)] == ["pass", "fail"]
        assert [(one.outcome, one.right) for one in of(line, ReferenceJudged)] == [("pass", True), ("fail", True)]
        assert line.make(good()) is State.PASSED
        assert [one.serial for one in of(line, PreAddRequested)] == [good().serial], "a reference unit is on no list"
        summary = Summary.of(records_of(line.stored()))
        assert (summary.units, summary.first_pass_yield) == (1, 1.0)
        line.unload()
        line.later(12 * 3600.0)
        line.scanned(badge(OTHER))
        assert not line.scanned(good(1))
        assert refusals(line)[-1] == "REF_DUE"
        line.later(2.0)
        assert line.make(GOOD) is State.PASSED, "a reference unit may pass as often as it likes"


def test_a_reference_unit_without_verdict_proves_nothing(tmp_path: Path) -> None:
    with station(tmp_path, references()) as line:
        line.scanned(badge(OPERATOR))
        line.iron.stuck = lambda nest, what, on: what == "power" and on
        assert line.make(GOOD) is State.UNDECIDED
        assert of(line, ReferenceJudged) == []


def test_a_reference_unit_that_comes_out_wrong_stops_production_until_an_engineer_lifts_it(tmp_path: Path) -> None:
    assert BAD.serial is not None
    wrong = replace(BADGES, references=(Reference(serial=good(9).serial or BAD.serial, expect="fail"),))
    with station(tmp_path, wrong) as line:
        line.scanned(badge(OPERATOR))
        assert line.make(good(9)) is State.PASSED
        assert line.troubles()[-1].code == "REF_WRONG"
        line.unload()
        assert not line.scanned(good())
        assert refusals(line) == ["REF_WRONG"]
        line.core.lift_reference()
        line.until(lambda: waiting(line) is Action.LIFT_REFERENCE)
        line.later(2.0)
        line.scanned(badge(LEAD))
        assert of(line, ReferenceLifted) == []
    with station(tmp_path, wrong, accepted=False) as line:
        line.scanned(badge(ENGINEER))
        assert not line.scanned(good()), "a restart lifts nothing"
        line.core.lift_reference()
        line.until(lambda: of(line, ReferenceLifted))
        line.later(2.0)
        assert not line.scanned(good())
        assert refusals(line)[-2:] == ["REF_WRONG", "REF_DUE"], "it has not come out right yet"


def test_fails_of_reference_units_lock_no_nest(tmp_path: Path) -> None:
    with station(tmp_path, replace(references(), fail_streak=2)) as line:
        line.scanned(badge(OPERATOR))
        for _ in range(3):
            assert line.make(BAD) is State.FAILED
        line.unload()
        line.until(lambda: line.states[1] is State.EMPTY)
        assert of(line, NestLocked) == []


def test_a_reference_unit_stands_in_no_order_and_need_not(tmp_path: Path) -> None:
    sheet = SHEET.model_copy(update={"orders": "required"})
    with station(tmp_path, references(), sheet=sheet) as line:
        line.scanned(badge(OPERATOR))
        assert line.make(GOOD) is State.PASSED
        assert line.make(BAD) is State.FAILED
        line.unload()
        assert not line.scanned(good())
        assert refusals(line) == ["U118"], "it is any other unit that must"


# Commands


def test_a_nest_that_is_named_takes_the_next_label_for_eight_seconds(tmp_path: Path) -> None:
    with Line(tmp_path, nests=(1, 2, 3)) as line:
        assert line.scanned(Command(Verb.NEST, 2))
        assert line.scanned(good())
        line.until(lambda: line.states[2] is State.LABELLED)
        assert line.scanned(Command(Verb.NEST, 3))
        line.later(8.0)
        assert line.scanned(good(1))
        line.until(lambda: line.states[1] is State.LABELLED)
        assert [one.nest for one in line.heard if isinstance(one, Aimed)] == [2, None, 3, None]
        assert not line.scanned(Command(Verb.NEST, 1))
        assert not line.scanned(Command(Verb.NEST, 9))
        assert refusals(line) == ["SCAN_NEST_TAKEN", "NO_SUCH_NEST"]


def test_a_unit_without_verdict_is_found_where_it_sits(tmp_path: Path) -> None:
    with Line(tmp_path, nests=(1, 2)) as line:
        line.iron.stuck = lambda nest, what, on: nest == 2 and what == "power" and on
        line.scanned(Command(Verb.NEST, 2))
        line.scanned(good())
        line.close_lid(2)
        assert line.end(2) is State.UNDECIDED
        assert line.scanned(good(), "right")
        line.until(lambda: line.states[2] is State.LABELLED)
        assert line.states[1] is State.EMPTY
        line.iron.stuck = lambda nest, what, on: False
        line.open_lid(2)
        line.close_lid(2)
        assert line.end(2) is State.PASSED
        line.later(10.0)
        assert not line.scanned(good())
        assert refusals(line) == ["LABEL_FOUND_OTHER_NEST"]


def test_a_lid_that_was_closed_before_the_scan_is_made_to_count_by_a_scanned_start(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        line.iron.lid_closed[1] = True
        line.until(lambda: line.iron.seen.get(1))
        assert not line.scanned(Command(Verb.START))
        line.scanned(good())
        line.later(2.0)
        assert line.scanned(Command(Verb.START))
        assert line.end() is State.PASSED
        line.later(2.0)
        assert not line.scanned(Command(Verb.UNLOAD)), "its lid is closed: nobody can have taken it out"
        assert refusals(line) == ["NOTHING_TO_START", "LID_CLOSED"]
        assert line.states[1] is State.PASSED


def test_an_open_lid_is_no_start(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        line.until(lambda: line.iron.seen.get(1) is False)
        line.scanned(good())
        assert not line.scanned(Command(Verb.START))
        assert (refusals(line), line.states[1]) == (["LID_OPEN"], State.LABELLED)


def test_a_nest_whose_run_the_opened_lid_stopped_is_cleared_by_a_scanned_unload(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        line.seat(unit("SLOW"))
        line.wait_for_step("dawdle")
        line.open_lid()
        assert line.end() is State.STOPPED
        assert line.scanned(Command(Verb.UNLOAD, 1))
        line.until(lambda: line.states[1] is State.EMPTY)
        assert [one.why for one in of(line, StopRequested)] == ["the lid was opened"]


def test_without_room_on_the_disk_a_scan_is_refused_by_its_reason(tmp_path: Path) -> None:
    with station(tmp_path) as line:
        line.scanned(badge(OPERATOR))
        line.full = JournalFull("3 MB are free")
        assert not line.scanned(good())
        assert refusals(line) == ["DISK_LOW"]


@pytest.mark.parametrize("answer", ["yes", "no", "done"])
def test_an_answer_to_nothing_is_stored_as_refused(tmp_path: Path, answer: str) -> None:
    verb = {"yes": Verb.YES, "no": Verb.NO, "done": Verb.DONE}[answer]
    with Line(tmp_path) as line:
        assert not line.scanned(Command(verb))
        assert [(one.action, one.code) for one in of(line, ActionRefused)] == [(Action.ANSWER, "NOTHING_ASKED")]

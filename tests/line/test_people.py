"""People on the bench: a shift as it should be, and what goes wrong with badges, PINs, locked nests and references."""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from station.cli import crew
from station.domain.events import Event, RunStarted, ScanRefused
from station.domain.outcome import Outcome
from station.domain.people import Action
from station.domain.record import Record, records_of
from station.domain.refusals import Code
from station.domain.shift_facts import (
    ActionRefused,
    Approved,
    NestReleased,
    PinLocked,
    PinUnlocked,
    ReferenceJudged,
    SignedIn,
    SignInRefused,
)
from station.domain.standing import Standing
from station.journal.outbox import outbox
from station.journal.store import Reader
from station.journal.verify import verify
from tests.line.floor import Done, command, verb

Kind = TypeVar("Kind")
OPERATOR, LEAD = crew.OPERATOR.name, crew.LEAD.name


@dataclass(frozen=True, slots=True)
class Shown:
    """A demonstration that has ended, and what it left in the journal."""

    done: Done
    events: list[Event]

    def of(self, kind: type[Kind]) -> list[Kind]:
        """The facts of this kind."""
        return [event.body for event in self.events if isinstance(event.body, kind)]

    @property
    def records(self) -> list[Record]:
        """Its runs."""
        return list(records_of(self.events))


def show(state: Path, *how: str) -> Shown:
    """Have a station with people make one unit on the bench; what holds of every one of them is looked at here."""
    done = command("sim", "--headless", "--json", *how, "--units", "1", "--nests", "1", "--state", state)
    assert verify(state).entries > 0
    with Reader.open(state) as journal:
        made = Shown(done, list(journal.events()))
    passed = {one.serial for one in made.records if one.outcome is Outcome.PASS and one.started.reference is None}
    assert {one.serial for one in outbox(made.events).pending} == passed
    assert {one.started.operator for one in made.records} == {OPERATOR}
    assert done.json["cloud_contacts"] == 0
    return made


def mishap(name: str, state: Path, code: int, *verdicts: Outcome) -> Shown:
    """One that ends with this exit code and these verdicts, and is refused by its own code."""
    made = show(state, "--mishap", name)
    assert made.done.code == code, made.done.err
    assert [one.outcome for one in made.records] == list(verdicts)
    codes = {one.code for one in made.of(SignInRefused)} | {one.code for one in made.of(ScanRefused)}
    assert crew.BY_NAME[name].code in codes | {one.code for one in made.of(ActionRefused)}
    return made


def test_a_stranger_makes_nothing_until_somebody_who_is_known_comes(tmp_path: Path) -> None:
    made = mishap("unknown_badge", tmp_path, 0, Outcome.PASS)
    [refused], [came] = made.of(SignInRefused), made.of(SignedIn)
    assert (refused.code, refused.badge, refused.name, came.name) == (Code.BADGE_UNKNOWN, "DY", "", OPERATOR)


def test_a_badge_is_locked_after_five_wrong_pins_and_opened_by_a_lead(tmp_path: Path) -> None:
    made = mishap("wrong_pin", tmp_path, 0, Outcome.PASS)
    assert [one.code for one in made.of(SignInRefused)] == [*[Code.PIN_WRONG] * 5, Code.PIN_LOCKED]
    assert [(one.name, one.tries) for one in made.of(PinLocked)] == [(OPERATOR, 5)]
    assert [(one.name, one.by) for one in made.of(PinUnlocked)] == [(OPERATOR, LEAD)]
    assert " 0 more" not in made.done.err


def test_a_nest_that_an_operator_may_not_release_is_locked_over_the_end_of_the_program(tmp_path: Path) -> None:
    made = mishap("operator_releases_nest", tmp_path, 1, Outcome.FAIL)
    [refused] = made.of(ActionRefused)
    assert (refused.action, refused.by, refused.nest) == (Action.RELEASE_METER, OPERATOR, 1)
    assert made.of(NestReleased) == []
    assert {nest: one.why for nest, one in Standing.of(made.events).locks.items()} == {1: "meter"}


def test_a_unit_that_failed_twice_is_tested_by_nobody_alone(tmp_path: Path) -> None:
    made = mishap("retest_beyond_cap", tmp_path, 3, Outcome.FAIL, Outcome.FAIL)
    assert made.of(ScanRefused)[-1].code == Code.RETEST_BLOCKED
    assert [one.action for one in made.of(Approved)] == [Action.ACCEPT_RECIPE]


def test_after_a_reference_unit_that_came_out_wrong_nothing_is_made(tmp_path: Path) -> None:
    made = mishap("reference_wrong", tmp_path, 3, Outcome.PASS)
    [judged], [started] = made.of(ReferenceJudged), made.of(RunStarted)
    assert (judged.expect, judged.outcome, judged.right) == ("fail", Outcome.PASS, False)
    assert started.reference == "fail"
    assert outbox(made.events).pending == ()
    assert Standing.of(made.events).wrong_reference == judged


def test_a_shift_with_people_begins_with_its_reference_units_and_is_told_when_it_is_over(tmp_path: Path) -> None:
    made = show(tmp_path, "--sign-in")
    assert made.done.code == 0, made.done.err
    assert {(one.expect, one.right) for one in made.of(ReferenceJudged)} == {("pass", True), ("fail", True)}
    assert [one.started.reference for one in made.records] == ["pass", "fail", None]
    assert (made.done.json["units"], made.done.json["references"]) == (1, 2)
    told = verb("shift", "--json", "--state", tmp_path)
    assert told.code == 0, told.err
    assert OPERATOR in told.out
    assert Action.ACCEPT_RECIPE in told.out
    listed = verb("journal", "show", "--state", tmp_path)
    assert (OPERATOR in listed.out, LEAD in listed.out) == (True, True)

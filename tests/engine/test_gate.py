"""Badges, PINs, sessions and approvals."""

import itertools

import pytest

from station.domain.people import Action, Person, Role, may
from station.domain.shift_facts import (
    Approved,
    PinLocked,
    PinUnlocked,
    SignedIn,
    SignedOut,
    SignInRefused,
)
from station.domain.shift_rules import PIN_TRIES, ShiftRules
from station.engine.bus import AtWork, Ignored
from station.engine.gate import Wish
from tests.engine.crew import (
    AUDITOR,
    BADGES,
    BY_ROLE,
    ENGINEER,
    GONE,
    LEAD,
    OPERATOR,
    OTHER,
    PINS,
    TECHNICIAN,
    badge,
    person,
    refused_codes,
)
from tests.engine.desk import SignInDesk

STRANGER = person("Sam Stranger", "XYZ9", Role.ENGINEER)


def ins_and_outs(desk: SignInDesk) -> list[tuple[str, str]]:
    return [
        (one.name, one.reason if isinstance(one, SignedOut) else "in")
        for one in desk.facts
        if isinstance(one, SignedIn | SignedOut)
    ]


# Badges


def test_a_badge_signs_in_and_another_one_takes_its_place() -> None:
    desk = SignInDesk(BADGES)
    assert desk.scan(OPERATOR)
    assert desk.scan(OTHER)
    assert desk.gate.person == OTHER
    assert ins_and_outs(desk) == [(OPERATOR.name, "in"), (OPERATOR.name, "another_badge"), (OTHER.name, "in")]
    assert desk.left == 0
    assert [one.person for one in desk.heard if isinstance(one, AtWork)] == [OPERATOR, OTHER]


def test_the_same_badge_again_changes_nothing() -> None:
    desk = SignInDesk(BADGES)
    desk.scan(OPERATOR)
    assert desk.scan(OPERATOR)
    assert len(desk.facts) == 1
    assert any(isinstance(one, Ignored) for one in desk.heard)


@pytest.mark.parametrize(("person", "code"), [(STRANGER, "BADGE_UNKNOWN"), (GONE, "BADGE_OFF")])
def test_a_badge_that_is_unknown_or_switched_off_signs_nobody_in_or_out(person: Person, code: str) -> None:
    desk = SignInDesk(BADGES)
    desk.scan(OPERATOR)
    assert not desk.scan(person)
    assert desk.gate.person == OPERATOR
    assert (desk.codes(), refused_codes(desk.events)) == ([code], [code])


def test_no_whole_badge_is_stored() -> None:
    desk = SignInDesk(BADGES)
    desk.scan(STRANGER)
    desk.scan(OPERATOR)
    stored = "".join(one.model_dump_json() for one in desk.facts)
    assert STRANGER.badge not in stored
    assert '"badge":"Z9"' in stored


def test_where_nobody_has_to_sign_in_a_badge_does_nothing() -> None:
    desk = SignInDesk(ShiftRules())
    assert not desk.scan(OPERATOR)
    assert (desk.codes(), desk.facts) == (["SIGN_IN_OFF"], [])
    assert all(desk.gate.refusal(one) is None for one in Action)


def test_without_a_session_everything_but_a_stop_is_refused() -> None:
    desk = SignInDesk(BADGES)
    for action in Action:
        refused = desk.gate.refusal(action)
        assert (refused is None) == (action is Action.STOP)
        assert refused is None or refused.code == "SIGN_IN_FIRST"


@pytest.mark.parametrize("role", Role)
def test_a_session_may_what_its_role_may(role: Role) -> None:
    desk = SignInDesk(BADGES)
    desk.scan(BY_ROLE[role])
    for action in Action:
        refused = desk.gate.refusal(action)
        assert (refused is None) == may(role, action)
        assert refused is None or refused.code == "NOT_ALLOWED"


# Sessions end


def test_nobody_stays_signed_in_without_a_scan_and_a_run() -> None:
    desk = SignInDesk(BADGES)
    desk.scan(OPERATOR)
    desk.later(599.0)
    assert desk.gate.person == OPERATOR
    desk.later(1.0)
    assert desk.gate.person is None
    assert ins_and_outs(desk)[-1] == (OPERATOR.name, "idle")
    assert desk.left == 1


def test_a_run_that_is_under_way_keeps_its_operator_signed_in_and_so_does_a_scan() -> None:
    desk = SignInDesk(BADGES)
    desk.scan(OPERATOR)
    for _ in range(4):
        desk.later(500.0, busy=True)
    desk.later(500.0)
    desk.gate.touch()
    desk.later(500.0)
    assert desk.gate.person == OPERATOR


@pytest.mark.parametrize("person", [TECHNICIAN, ENGINEER])
def test_a_technician_and_an_engineer_stay_for_a_quarter_of_an_hour_also_in_mid_run(person: Person) -> None:
    desk = SignInDesk(BADGES)
    desk.scan(person)
    desk.later(899.0, busy=True)
    assert desk.gate.person is not None
    desk.later(1.0, busy=True)
    assert desk.gate.person is None
    assert ins_and_outs(desk)[-1][1] == "time"


@pytest.mark.parametrize("person", [OPERATOR, LEAD, AUDITOR])
def test_a_shift_ends(person: Person) -> None:
    desk = SignInDesk(BADGES)
    desk.scan(person)
    desk.later(12 * 3600 - 1.0, busy=True)
    assert desk.gate.person == person
    desk.later(1.0, busy=True)
    assert ins_and_outs(desk)[-1] == (person.name, "shift")


def test_whoever_goes_is_signed_out_and_nobody_else_is() -> None:
    desk = SignInDesk(BADGES)
    assert not desk.gate.sign_out("person")
    desk.scan(OPERATOR)
    assert desk.gate.sign_out("person")
    assert ins_and_outs(desk) == [(OPERATOR.name, "in"), (OPERATOR.name, "person")]


def test_a_full_disk_signs_nobody_in_and_keeps_nobody_in() -> None:
    desk = SignInDesk(BADGES)
    desk.full = True
    assert not desk.scan(OPERATOR)
    assert desk.gate.person is None
    desk.full = False
    desk.scan(OPERATOR)
    desk.full = True
    assert not desk.scan(OTHER)
    assert desk.gate.person == OPERATOR
    desk.later(600.0)
    assert desk.gate.person is None


# Approvals


@pytest.mark.parametrize(("action", "role"), list(itertools.product(Action, Role)))
def test_the_badge_of_somebody_who_may_approves_and_does_not_sign_in(action: Action, role: Role) -> None:
    desk = SignInDesk(BADGES)
    desk.scan(OTHER)
    desk.want(action)
    desk.scan(BY_ROLE[role])
    if may(role, action):
        assert [(one.action, one.by, one.role) for one in desk.done] == [(action, BY_ROLE[role].name, role)]
        assert desk.gate.person == OTHER
        [approved] = [one for one in desk.facts if isinstance(one, Approved)]
        assert (approved.asked_by, approved.detail) == (OTHER.name, "a test wants it")
    else:
        assert (desk.done, desk.gate.person) == ([], BY_ROLE[role])
    assert desk.waiting() is None


def test_an_approval_is_used_once() -> None:
    desk = SignInDesk(BADGES)
    desk.scan(OPERATOR)
    desk.want(Action.TEST_AGAIN)
    desk.scan(LEAD)
    desk.scan(LEAD)
    assert len(desk.done) == 1
    assert desk.gate.person == LEAD


def test_an_approval_that_comes_too_late_is_a_sign_in() -> None:
    desk = SignInDesk(BADGES)
    desk.scan(OPERATOR)
    desk.want(Action.TEST_AGAIN)
    desk.later(29.9)
    assert desk.waiting() is Action.TEST_AGAIN
    desk.later(0.1)
    assert desk.waiting() is None
    desk.scan(LEAD)
    assert (desk.done, desk.gate.person) == ([], LEAD)


def test_of_two_wishes_the_newer_one_is_approved() -> None:
    desk = SignInDesk(BADGES)
    desk.scan(OPERATOR)
    desk.want(Action.TEST_AGAIN)
    desk.want(Action.RELEASE_NEST)
    desk.scan(LEAD)
    assert [one.action for one in desk.done] == [Action.RELEASE_NEST]


def test_what_one_operator_asked_for_is_not_approved_for_the_next() -> None:
    desk = SignInDesk(BADGES)
    desk.scan(OPERATOR)
    desk.want(Action.TEST_AGAIN)
    desk.scan(OTHER)
    desk.scan(LEAD)
    assert (desk.done, desk.gate.person) == ([], LEAD)


def test_whoever_is_signed_in_and_may_approves_with_their_own_badge_only() -> None:
    desk = SignInDesk(BADGES)
    desk.scan(LEAD)
    desk.want(Action.TEST_AGAIN)
    assert desk.done == []
    desk.scan(LEAD)
    assert [one.by for one in desk.done] == [LEAD.name]


def test_what_cannot_be_stored_is_not_approved() -> None:
    desk = SignInDesk(BADGES)
    desk.scan(OPERATOR)
    desk.want(Action.TEST_AGAIN)
    desk.full = True
    assert not desk.scan(LEAD)
    assert desk.done == []


# PINs


def test_a_badge_asks_for_its_pin_and_the_right_one_signs_in() -> None:
    desk = SignInDesk(PINS)
    assert desk.scan(OPERATOR)
    assert desk.gate.person is None
    asked = desk.asked()
    assert asked is not None
    assert (asked.name, asked.approves) == (OPERATOR.name, None)
    assert desk.type("1234")
    assert desk.gate.person == OPERATOR
    assert [one.pin for one in desk.facts if isinstance(one, SignedIn)] == [True]


def test_a_pin_that_nobody_asked_for_is_not_looked_at() -> None:
    desk = SignInDesk(PINS)
    assert not desk.type("1234")
    desk.scan(OPERATOR)
    desk.later(30.0)
    assert not desk.type("1234")
    assert (desk.hashed, desk.codes()) == ([], ["PIN_NOT_ASKED"] * 2)
    assert desk.gate.person is None


def test_the_pin_is_that_of_the_badge_that_was_scanned_last() -> None:
    desk = SignInDesk(PINS)
    desk.scan(LEAD)
    desk.scan(OPERATOR)
    desk.type("2345")
    assert desk.gate.person is None
    desk.later(1.0)
    desk.type("1234")
    assert desk.gate.person == OPERATOR


def test_somebody_without_a_pin_cannot_sign_in_where_pins_are_asked_for() -> None:
    nobody = OPERATOR.model_copy(update={"pin": None})
    desk = SignInDesk(ShiftRules(sign_in="badge_and_pin", people=PINS.people.model_copy(update={"people": (nobody,)})))
    assert not desk.scan(nobody)
    assert (desk.codes(), desk.gate.person) == (["PIN_MISSING"], None)


def test_each_wrong_pin_makes_the_next_one_wait_longer_and_the_fifth_locks_the_badge() -> None:
    desk = SignInDesk(PINS)
    desk.scan(OPERATOR)
    for pause in (1.0, 2.0, 4.0, 8.0):
        assert not desk.type("0000")
        asked = desk.asked()
        assert asked is not None
        assert asked.not_before == pause
        desk.later(pause - 0.1)
        assert not desk.type("1234"), "too early, so that it is not even looked at"
        desk.later(0.1)
    desk.type("0000")
    assert desk.hashed == ["0000"] * PIN_TRIES
    assert refused_codes(desk.events) == ["PIN_WRONG", "PIN_WAIT"] * 4 + ["PIN_WRONG", "PIN_LOCKED"]
    assert PinLocked(name=OPERATOR.name, tries=PIN_TRIES) in desk.facts
    desk.later(3600.0)
    assert not desk.scan(OPERATOR)
    assert not desk.type("1234")
    assert desk.gate.person is None


def test_a_right_pin_forgets_the_wrong_ones() -> None:
    desk = SignInDesk(PINS)
    for _ in range(20):
        desk.scan(OPERATOR)
        for pause in (1.0, 2.0, 4.0, 8.0):
            desk.type("0000")
            desk.later(pause)
        assert desk.type("1234")
        desk.gate.sign_out("person")


def locked() -> SignInDesk:
    desk = SignInDesk(PINS)
    desk.scan(OPERATOR)
    for pause in (1.0, 2.0, 4.0, 8.0, 0.0):
        desk.type("0000")
        desk.later(pause)
    return desk


@pytest.mark.parametrize(("person", "pin"), [(LEAD, "2345"), (ENGINEER, "3456")])
def test_a_lead_or_an_engineer_unlocks_a_badge_with_theirs(person: Person, pin: str) -> None:
    desk = locked()
    desk.later(60.0)
    desk.scan(OPERATOR)
    assert desk.waiting() is Action.UNLOCK_PIN
    desk.scan(person)
    asked = desk.asked()
    assert asked is not None
    assert asked.approves is Action.UNLOCK_PIN
    assert desk.type(pin)
    assert PinUnlocked(name=OPERATOR.name, by=person.name) in desk.facts
    assert desk.gate.person is None, "to unlock is not to sign in"
    desk.scan(OPERATOR)
    assert desk.type("1234")


@pytest.mark.parametrize("person", [OTHER, TECHNICIAN, AUDITOR])
def test_nobody_else_does(person: Person) -> None:
    desk = locked()
    desk.scan(person)
    desk.type("1234")
    assert desk.gate.person == person
    assert not desk.scan(OPERATOR)


def test_an_approval_needs_the_pin_too_and_a_wrong_one_counts() -> None:
    desk = SignInDesk(PINS)
    desk.scan(OPERATOR)
    desk.type("1234")
    desk.want(Action.TEST_AGAIN)
    desk.scan(LEAD)
    assert desk.done == []
    assert not desk.type("0000")
    desk.later(1.0)
    assert desk.type("2345")
    assert [one.by for one in desk.done] == [LEAD.name]
    assert desk.gate.person == OPERATOR


def test_a_pin_for_a_wish_that_was_replaced_approves_nothing() -> None:
    desk = SignInDesk(PINS)
    desk.scan(OPERATOR)
    desk.type("1234")
    desk.want(Action.TEST_AGAIN)
    desk.scan(LEAD)
    desk.gate.want(Wish(Action.RELEASE_NEST, "another", lambda approval: True))
    assert not desk.type("2345")
    assert not [one for one in desk.facts if isinstance(one, Approved)]


def test_a_thousand_wrong_pins_end_locked_after_five_looks() -> None:
    desk = SignInDesk(PINS)
    for number in range(1000):
        desk.scan(OPERATOR)
        desk.type(f"{number + 2000}")
        desk.later(0.5)
    assert len(desk.hashed) == PIN_TRIES
    assert desk.gate.person is None
    assert OPERATOR.name in desk.standing.locked_pins
    stored = "".join(one.model_dump_json() for one in desk.facts)
    assert not any(f'"{pin}"' in stored for pin in desk.hashed)


def test_a_full_disk_gives_nobody_more_tries() -> None:
    desk = SignInDesk(PINS)
    desk.scan(OPERATOR)
    desk.full = True
    for _ in range(100):
        desk.scan(OPERATOR)
        desk.type("0000")
        desk.later(10.0)
    assert len(desk.hashed) == PIN_TRIES


def test_a_station_that_starts_again_gives_nobody_more_tries() -> None:
    desk = SignInDesk(PINS)
    for _ in range(PIN_TRIES + 3):
        desk.scan(OPERATOR)
        desk.type("0000")
        desk = SignInDesk(PINS, desk.events)
        desk.later(10.0)
    assert [one.code for one in desk.facts if isinstance(one, SignInRefused)].count("PIN_WRONG") == PIN_TRIES
    assert not desk.scan(OPERATOR)


def test_a_wrong_pin_of_one_is_not_counted_against_another() -> None:
    desk = locked()
    desk.scan(OTHER)
    assert desk.type("1234")


def test_a_badge_stays_a_badge_where_pins_are_not_asked_for() -> None:
    desk = SignInDesk(BADGES, locked().events)
    assert desk.scan(OPERATOR)
    assert desk.gate.by == OPERATOR.name
    assert badge(OPERATOR).id == OPERATOR.badge

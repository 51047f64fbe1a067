"""Who may do what: the whole table, and the people it is about."""

import itertools
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from station.codec import badge as badge_code
from station.codec.scan import read_scan
from station.domain.faults import BadgeRefused
from station.domain.people import RIGHTS, SAYS, Action, Badge, People, Person, Role, may, who_may

O, L, T, E, A = Role  # noqa: E741

MATRIX: dict[Action, str] = {
    # operator lead technician engineer auditor
    Action.RUN: "OLTE-",
    Action.ANSWER: "OLTE-",
    Action.STOP: "OLTEA",
    Action.CANCEL: "OLTE-",
    Action.RELEASE_NEST: "-L-E-",
    Action.RELEASE_METER: "---E-",
    Action.TEST_AGAIN: "-L-E-",
    Action.ACCEPT_RECIPE: "-L-E-",
    Action.TYPE_LABEL: "-LTE-",
    Action.LIFT_REFERENCE: "---E-",
    Action.UNLOCK_PIN: "-L-E-",
    Action.CLOSE: "-LTE-",
    Action.PEOPLE: "---E-",
    Action.ORDERS: "-L-E-",
    Action.UNWIND: "---E-",
    Action.RELEASE_UNIT: "---E-",
    Action.RECOVER_CHIP: "---E-",
    Action.ACCEPT_JOURNAL: "---E-",
}


def test_every_action_is_in_the_table_and_says_what_it_is() -> None:
    assert set(RIGHTS) == set(SAYS) == set(MATRIX) == set(Action)
    assert all(RIGHTS[one] for one in Action)


@pytest.mark.parametrize(("role", "action"), list(itertools.product(Role, Action)))
def test_a_role_may_what_the_table_says_and_nothing_else(role: Role, action: Action) -> None:
    assert may(role, action) == (role.value[0].upper() in MATRIX[action])


def test_an_engineer_may_everything_and_an_auditor_may_only_stop() -> None:
    assert all(may(Role.ENGINEER, one) for one in Action)
    assert [one for one in Action if may(Role.AUDITOR, one)] == [Action.STOP]


def test_what_an_operator_may_every_lead_may() -> None:
    assert all(may(Role.LEAD, one) for one in Action if may(Role.OPERATOR, one))


def test_who_may_is_told_in_words() -> None:
    assert who_may(Action.RELEASE_METER) == "engineer"
    assert who_may(Action.RELEASE_NEST) == "lead or engineer"
    assert who_may(Action.TYPE_LABEL) == "lead, technician or engineer"


@pytest.mark.parametrize("name", ["M. Quispe", "Nguyễn Văn Anh", "李小龙", "O’Neil-Smith 2", "Mária Ñ."])
def test_a_person_has_a_name_of_any_script(name: str) -> None:
    assert Person(name=name, badge="A1", role=Role.OPERATOR).name == name


@pytest.mark.parametrize(
    "name", ["", "X", " Max", "Max ", "Max\n", "Max\x1b[2J", "a" * 41, "-", "Max/../x", "Max\tM", "M;x"]
)
def test_a_name_that_could_be_mistaken_for_something_else_is_none(name: str) -> None:
    with pytest.raises(ValidationError):
        Person(name=name, badge="A1", role=Role.OPERATOR)


@pytest.mark.parametrize("badge", ["", "a1", "A-1", "A" * 17, "Ä1", "A1\n"])
def test_a_badge_has_capital_letters_and_digits(badge: str) -> None:
    with pytest.raises(ValidationError):
        Person(name="Max", badge=badge, role=Role.OPERATOR)


@pytest.mark.parametrize(
    "pin", ["1234", "$argon2i$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA", "$2b$12$abcdefghijklmnopqrstuv", ""]
)
def test_a_pin_is_kept_as_an_argon2id_hash_or_not_at_all(pin: str) -> None:
    with pytest.raises(ValidationError) as told:
        Person(name="Max", badge="A1", role=Role.OPERATOR, pin=pin)
    assert "pin" in str(told.value)


def test_a_hash_is_not_shown() -> None:
    kept = "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA"
    assert kept not in repr(Person(name="Max", badge="A1", role=Role.OPERATOR, pin=kept))


@pytest.mark.parametrize(("first", "second"), [("Max", "MAX"), ("max", "Max")])
def test_nobody_is_there_twice(first: str, second: str) -> None:
    one, two = (Person(name=name, badge=f"A{n}", role=Role.LEAD) for n, name in enumerate((first, second)))
    with pytest.raises(ValidationError, match="is there twice"):
        People(people=(one, two))
    with pytest.raises(ValidationError, match="the badge A0 is there twice"):
        People(people=(one, two.model_copy(update={"name": "Eva", "badge": "A0"})))


def test_people_are_found_by_badge_and_by_name() -> None:
    max_ = Person(name="Max", badge="A1", role=Role.LEAD)
    people = People(people=(max_,))
    assert people.with_badge("A1") == people.named("MAX") == max_
    assert people.with_badge("A2") is None
    assert people.without("max") == ()


# Badges as barcodes

IDS = st.text(string.digits + string.ascii_uppercase, min_size=1, max_size=16)


@given(IDS)
def test_a_badge_reads_back_as_it_was_printed(id_: str) -> None:
    text = badge_code.render(Badge(id_))
    assert badge_code.parse(text) == Badge(id_)
    for around in ("{}\r", "]C0{}", "\x02{}\x03", " {} "):
        assert read_scan(around.format(text)) == Badge(id_)


@given(IDS, st.data())
def test_one_wrong_character_is_another_badge_never(id_: str, data: st.DataObject) -> None:
    text = badge_code.render(Badge(id_))
    at = data.draw(st.integers(4, len(text) - 1).filter(lambda n: text[n] != "-"))
    other = data.draw(st.sampled_from([one for one in string.digits + string.ascii_uppercase if one != text[at]]))
    with pytest.raises(BadgeRefused):
        badge_code.parse(text[:at] + other + text[at + 1 :])


@pytest.mark.parametrize(
    "text", ["BDG-", "BDG-7Q2K", "bdg-7q2k-m", "BDG-7Q2K-M-M", "BDG-7Q2K-MX", "BDG--0", "BDG-" + "A" * 17 + "-0"]
)
def test_what_begins_like_a_badge_and_is_none_is_refused_as_one(text: str) -> None:
    refused = read_scan(text)
    assert isinstance(refused, tuple)
    assert refused[1] == "S421"

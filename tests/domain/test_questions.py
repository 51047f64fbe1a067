"""What the factory-test firmware can be asked."""

import pytest

from station.domain.questions import BY_NAME, QUESTIONS, Ask, Kind, kind_of, refusal, seconds_away, taken_back


def test_every_question_has_a_name_a_sentence_and_a_time() -> None:
    assert len(BY_NAME) == len(QUESTIONS)
    assert all(one.says and one.within > 0 for one in QUESTIONS)


def test_what_takes_a_question_back_are_arguments_that_it_takes() -> None:
    for one in QUESTIONS:
        assert all(one.given.get(name) == kind_of(value) for name, value in one.undo.items()), one.name
        assert one.away is None or one.given.get(one.away) is Kind.NUMBER


def test_a_value_of_an_answer_is_of_one_kind() -> None:
    for one in QUESTIONS:
        names = [*one.numbers, *one.texts, *one.flags]
        assert len(names) == len(set(names)), one.name
        assert all(one.kind_of(name) is not None for name in names)
        assert one.kind_of("no_such_name") is None


@pytest.mark.parametrize(
    ("question", "given", "back"),
    [
        ("load", {"on": True}, {"on": False}),
        ("load", {"on": False}, None),
        ("led", {"colour": "red"}, None),
        ("nobody_knows", {"on": True}, None),
    ],
)
def test_what_was_switched_on_can_be_switched_off(
    question: str, given: dict[str, float | str | bool], back: dict[str, bool] | None
) -> None:
    assert taken_back(question, given) == back


@pytest.mark.parametrize(
    ("question", "given", "says"),
    [
        ("led", {"colour": "red"}, None),
        ("i2c", {}, None),
        ("led", {}, "led needs colour"),
        ("load", {"on": 1.0}, "on must be true or false"),
        ("sleep", {"seconds": True}, "seconds must be a number"),
        ("rails", {"on": True}, "rails takes no on"),
        ("led", {"colour": "mauve"}, "colour must be off, red, green, blue or white"),
        ("sleep", {"seconds": 61.0}, "seconds must be 1 to 60"),
        ("i2c", {"expect": "36,6B"}, "expect must be addresses such as 36 6b"),
        ("modem", {"allow": False}, "the modem stays off: allow is not true"),
    ],
)
def test_what_a_question_does_not_take_or_lacks_is_refused_by_name(
    question: str, given: dict[str, float | str | bool], says: str | None
) -> None:
    assert refusal(BY_NAME[question], given) == says


def test_a_unit_that_sleeps_is_away_for_as_long_as_it_was_told() -> None:
    assert seconds_away("sleep", {"seconds": 10.0}) == 10.0
    assert seconds_away("sleep", {}) == 0.0
    assert seconds_away("rails", {"seconds": 10.0}) == 0.0
    assert seconds_away("nobody_knows", {"seconds": 10.0}) == 0.0


@pytest.mark.parametrize("ask", QUESTIONS, ids=lambda one: one.name)
def test_a_form_belongs_to_an_argument_or_a_value_and_what_takes_back_has_it(ask: Ask) -> None:
    assert set(ask.forms) <= {*ask.given, *ask.texts}
    assert all(ask.unfit(name, value) is None for name, value in ask.undo.items())

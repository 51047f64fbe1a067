"""Every question, good and bad, over every transport: the C++ and the bench's unit give the same answers."""

import json

import pytest

from station.codec.factory_test import MAX_MESSAGE, Answer, Value, decode_answer
from station.domain.questions import BY_NAME, QUESTIONS, Ask, Kind
from tests.firmware.far import Far

GOOD: dict[str, dict[str, Value]] = {
    "led": {"colour": "red"},
    "load": {"on": False},
    "modem": {"allow": True},
    "i2c": {"bus": 0, "expect": ""},
}
"""Arguments with which a question is answered; sleep has a test of its own, as it ends the talk."""

WRONG: dict[Kind, Value] = {Kind.NUMBER: "1", Kind.TEXT: True, Kind.FLAG: 1.0}
"""A value of another kind."""

ANSWERED = [one for one in QUESTIONS if one.name != "sleep"]


def arguments() -> list[tuple[Ask, str, Kind]]:
    return [(ask, name, kind) for ask in QUESTIONS for name, kind in ask.given.items()]


@pytest.mark.parametrize("ask", ANSWERED, ids=lambda ask: ask.name)
def test_the_answer_has_exactly_what_the_table_says(ask: Ask, far: Far) -> None:
    answer = far.ask(ask.name, **GOOD.get(ask.name, {}))
    assert answer.ok, answer.error
    kinds: dict[str, type] = {**dict.fromkeys(ask.numbers, float), **dict.fromkeys(ask.texts, str)}
    kinds |= dict.fromkeys(ask.flags, bool)
    assert {name: type(value) for name, value in answer.values.items()} == kinds


def test_a_question_that_no_firmware_knows_is_answered_with_no(far: Far) -> None:
    assert far.ask("phase_of_the_moon", who="cares", really=True) == Answer(1, ok=False, error="unknown question")


@pytest.mark.parametrize(("ask", "name", "kind"), arguments(), ids=lambda one: getattr(one, "name", str(one)))
def test_an_argument_of_another_kind_is_refused_by_name(ask: Ask, name: str, kind: Kind, far: Far) -> None:
    words = {Kind.NUMBER: "a number", Kind.TEXT: "a text", Kind.FLAG: "true or false"}
    given = {**GOOD.get(ask.name, {}), name: WRONG[kind]}
    assert far.ask(ask.name, **given) == Answer(1, ok=False, error=f"{name} must be {words[kind]}")


@pytest.mark.parametrize("ask", QUESTIONS, ids=lambda ask: ask.name)
def test_an_argument_that_a_question_does_not_have_is_refused_by_name(ask: Ask, far: Far) -> None:
    given: dict[str, Value] = {"pace": 1.0, **GOOD.get(ask.name, {})}
    assert far.ask(ask.name, **given) == Answer(1, ok=False, error=f"{ask.name} takes no pace")


@pytest.mark.parametrize("ask", [one for one in QUESTIONS if one.needs], ids=lambda ask: ask.name)
def test_an_argument_that_is_missing_is_asked_for_by_name(ask: Ask, far: Far) -> None:
    (needed,) = ask.needs
    assert far.ask(ask.name) == Answer(1, ok=False, error=f"{ask.name} needs {needed}")


@pytest.mark.parametrize(
    ("question", "given", "error"),
    [
        ("led", {"colour": "mauve"}, "colour must be off, red, green, blue or white"),
        ("led", {"colour": ""}, "colour must be off, red, green, blue or white"),
        ("sleep", {"seconds": 0.5}, "seconds must be 1 to 60"),
        ("sleep", {"seconds": 61.0}, "seconds must be 1 to 60"),
        ("sleep", {"seconds": -5.0}, "seconds must be 1 to 60"),
        ("sleep", {"seconds": 9e99}, "seconds must be 1 to 60"),
        ("modem", {"allow": False}, "the modem stays off: allow is not true"),
        ("i2c", {"bus": 2.0}, "there is no such bus"),
        ("i2c", {"bus": 0.5}, "there is no such bus"),
        ("i2c", {"bus": -1.0}, "there is no such bus"),
        ("i2c", {"expect": "36 6b 55 08"}, "no answer from 08 55"),
        ("i2c", {"bus": 0.0, "expect": "36"}, "no answer from 36"),
        *(
            ("i2c", {"expect": text}, "expect must be addresses such as 36 6b")
            for text in ("3", "36,6b", "36  6b", " 36", "36 ", "6B", "07", "78", "0x36", "36 6b 1")
        ),
    ],
)
def test_an_argument_that_makes_no_sense_is_refused(
    question: str, given: dict[str, Value], error: str, far: Far
) -> None:
    assert far.ask(question, **given) == Answer(1, ok=False, error=error)


def test_a_bus_is_scanned_for_what_it_is_told_to_expect(far: Far) -> None:
    assert far.ask("i2c", expect="6b").values == {"found": 2.0, "addresses": "36 6b"}
    assert far.ask("i2c", bus=1).values == {"found": 2.0, "addresses": "36 6b"}
    assert far.ask("i2c", bus=0).values == {"found": 0.0, "addresses": ""}


def test_a_unit_says_that_it_runs_this_firmware_and_in_manual_mode(far: Far) -> None:
    who = far.ask("who").values
    assert (who["firmware"], who["mode"]) == ("factory-test", "MANUAL")
    assert who["boot"] == far.ask("radio").values["boot"] != 0
    assert far.ask("radio").values["network"] is False


NAME = BY_NAME["who"].name


@pytest.mark.parametrize(
    "message",
    [
        '{"id":1,"ask":"led","colour":"off"}',
        '{"id":65535,"ask":"led","colour":"off"}',
        '{"ask":"led","colour":"off","id":7}',
        '{"colour":"off","ask":"led","id":7}',
        '{ "id" : 7 , "ask" : "led" , "colour" : "off" }',
        '{"id":7,"ask":"led","colour":"\\u006f\\u0066\\u0066"}',
        '{"\\u0069d":7,"\\u0061sk":"l\\u0065d","c\\u006Flour":"off"}',
        '{"id":7,"ask":"phase","x":"' + "x" * 200 + '"}',
        '{"id":7,"ask":"phase","x":"\\"\\\\\\/\\u007e"}',
        '{"id":7,"ask":"phase","x":9007199254740992}',
        '{"id":7,"ask":"phase","x":-0.0,"y":0,"z":-0,"u":1E5,"v":1e-99,"w":12.5e+03}',
        '{"id":7,"ask":"phase","x":0.' + "1" * 30 + "}",
        '{"id":7,"ask":"' + "a" * 40 + '"}',
        '{"id":7,"ask":"phase",' + ",".join(f'"v{n}":1' for n in range(32)) + "}",
    ],
)
def test_a_message_of_the_language_is_answered_with_its_id(message: str, far: Far) -> None:
    reply = far.reply(message.encode())
    assert reply is not None
    assert decode_answer(reply).id == json.loads(message)["id"]


@pytest.mark.parametrize(
    "message",
    [
        "{}",
        "{ }",
        '{"id":7}',
        '{"ask":"who"}',
        '{"id":0,"ask":"who"}',
        '{"id":65536,"ask":"who"}',
        '{"id":-1,"ask":"who"}',
        '{"id":1.0,"ask":"who"}',
        '{"id":1e2,"ask":"who"}',
        '{"id":"7","ask":"who"}',
        '{"id":true,"ask":"who"}',
        '{"id":null,"ask":"who"}',
        '{"id":07,"ask":"who"}',
        '{"id":7,"id":7,"ask":"who"}',
        '{"id":7,"ask":"who","ask":"who"}',
        '{"id":7,"ask":"who","x":1,"x":1}',
        '{"id":7,"ask":7}',
        '{"id":7,"ask":""}',
        '{"id":7,"ask":"Who"}',
        '{"id":7,"ask":"' + "a" * 41 + '"}',
        '{"id":7,"ask":"who","Name":1}',
        '{"id":7,"ask":"who","":1}',
        '{"id":7,"ask":"who","ok":true}',
        '{"id":7,"ask":"who","error":"x"}',
        '{"id":7,"ask":"who","x":null}',
        '{"id":7,"ask":"who","x":[]}',
        '{"id":7,"ask":"who","x":{}}',
        '{"id":7,"ask":"who","x":NaN}',
        '{"id":7,"ask":"who","x":-Infinity}',
        '{"id":7,"ask":"who","x":9007199254740993}',
        '{"id":7,"ask":"who","x":1e100}',
        '{"id":7,"ask":"who","x":1e-100}',
        '{"id":7,"ask":"who","x":0.' + "1" * 31 + "}",
        '{"id":7,"ask":"who","x":01}',
        '{"id":7,"ask":"who","x":1.}',
        '{"id":7,"ask":"who","x":.5}',
        '{"id":7,"ask":"who","x":+1}',
        '{"id":7,"ask":"who","x":-}',
        '{"id":7,"ask":"who","x":1e}',
        '{"id":7,"ask":"who","x":1e+}',
        '{"id":7,"ask":"who","x":tru}',
        '{"id":7,"ask":"who","x":True}',
        '{"id":7,"ask":"who","x":"' + "x" * 201 + '"}',
        '{"id":7,"ask":"who","x":"\\n"}',
        '{"id":7,"ask":"who","x":"\\u000a"}',
        '{"id":7,"ask":"who","x":"\\u007f"}',
        '{"id":7,"ask":"who","x":"\\u00e9"}',
        '{"id":7,"ask":"who","x":"\\ud83d\\ude00"}',
        '{"id":7,"ask":"who","x":"\\u00"}',
        '{"id":7,"ask":"who","x":"\\x41"}',
        '{"id":7,"ask":"who","x":"}',
        '{"id":7,"ask":"who","x"}',
        '{"id":7,"ask":"who",}',
        '{"id":7,"ask":"who"}}',
        '{"id":7,"ask":"who"} x}',
        '{,"id":7,"ask":"who"}',
        '{"id":7 "ask":"who"}',
        '{"id":7,"ask":"phase",' + ",".join(f'"v{n}":1' for n in range(33)) + "}",
        '{"a":' * 80 + "1" + "}" * 80,
        '{"id":7,"ask":"who"'.ljust(MAX_MESSAGE) + "}",
    ],
)
def test_a_message_that_is_not_of_the_language_is_passed_over(message: str, far: Far) -> None:
    assert far.reply(message.encode()) is None


def test_the_longest_message_is_answered(far: Far) -> None:
    longest = '{"id":7,"ask":"phase"'.ljust(MAX_MESSAGE - 1) + "}"
    reply = far.reply(longest.encode())
    assert reply is not None
    assert decode_answer(reply).error == "unknown question"

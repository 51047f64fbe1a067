"""Process sheets."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from station.domain.mistakes import Mistake, Mistakes
from station.domain.recipe import Recipe

SHEET = ["identify_on_wire", "measure", "flash_product_firmware", "seal", "request_preadd"]
LAST = SHEET[2:]


def lines(*steps: str) -> list[dict[str, object]]:
    asks = {"measure": {"ask": "flash_id"}}
    return [{"op": 10 * n, "do": step, "within": 60, **asks.get(step, {})} for n, step in enumerate(steps, start=1)]


def recipe(**fields: object) -> Recipe:
    good: dict[str, object] = {
        "name": "demo",
        "revision": "A",
        "platform": "boron",
        "release": "demo-1.0.0",
        "factory_test": "factory-test-1.0.0",
        "sheet": lines(*SHEET),
    }
    return Recipe.model_validate(good | fields)


def test_a_sheet_that_begins_on_the_wire_and_ends_with_flash_seal_and_request_is_a_recipe() -> None:
    assert [line.do for line in recipe().sheet] == SHEET
    shortest = ["identify_on_wire", *LAST]
    assert [line.do for line in recipe(sheet=lines(*shortest)).sheet] == shortest


@pytest.mark.parametrize(
    ("platform", "says"),
    [
        ("borom", "not a Particle platform"),
        ("xenon", "cannot be in a product"),
        ("p2", "RTL872x"),
        ("photon", "the steps identify and boot nRF52840 units"),
        ("electron", "its chip can be programmed, but no sheet"),
        ("tachyon", "no programmer yet"),
    ],
)
def test_a_platform_that_cannot_be_made_here_is_refused_with_the_reason(platform: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        recipe(platform=platform)


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        (SHEET[:-1], "the last operations must be"),
        ([*SHEET, "measure"], "the last operations must be"),
        (["identify_on_wire"], "the last operations must be"),
        (["identify_on_wire", "seal", "request_preadd"], "the last operations must be"),
        (["identify_on_wire", "flash_product_firmware", "request_preadd"], "the last operations must be"),
        (["identify_on_wire", *LAST[:2], "measure", LAST[2]], "the last operations must be"),
        (["identify_on_wire", "seal", "flash_product_firmware", "request_preadd"], "the last operations must be"),
        (["identify_on_wire", LAST[0], "flash_factory_test", *LAST[1:]], "the last image never runs"),
        (["identify_on_wire", "flash_product_firmware", *LAST], "flash_product_firmware must stand once"),
        (["identify_on_wire", "seal", "measure", *LAST], "seal must stand once"),
        (["identify_on_wire", "request_preadd", *LAST], "request_preadd must stand once"),
        (["identify_on_wire", *LAST, *LAST], "must stand once"),
    ],
)
def test_nothing_runs_after_the_last_image_and_nothing_follows_the_request(steps: list[str], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        recipe(sheet=lines(*steps))


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        (LAST, "identify_on_wire must stand first"),
        (["measure", *LAST], "identify_on_wire must stand first"),
        (["measure", *SHEET], "identify_on_wire must stand first"),
        (["flash_factory_test", "identify_on_wire", *LAST], "the unit's own firmware connects when it runs"),
        (["identify_on_wire", "measure", "identify_on_wire", *LAST], "identify_on_wire must stand once"),
    ],
)
def test_the_chip_is_caught_before_any_other_operation_and_only_once(steps: list[str], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        recipe(sheet=lines(*steps))


@given(st.permutations(["identify_on_wire", "measure", "flash_factory_test", *LAST]))
def test_of_all_orders_only_those_with_the_right_ends_are_a_recipe(steps: list[str]) -> None:
    good = steps[0] == "identify_on_wire" and steps[-3:] == LAST
    try:
        recipe(sheet=lines(*steps))
    except ValidationError:
        assert not good
    else:
        assert good


@pytest.mark.parametrize("last", [-1, -2, -3])
def test_the_last_three_operations_stop_on_failure(last: int) -> None:
    sheet = lines(*SHEET)
    sheet[last]["on_fail"] = "continue"
    with pytest.raises(ValidationError, match="must stop on failure"):
        recipe(sheet=sheet)


@pytest.mark.parametrize("numbers", [(10, 20, 20, 30, 40), (20, 10, 30, 40, 50)])
def test_op_numbers_rise_as_on_paper(numbers: tuple[int, ...]) -> None:
    sheet = [line | {"op": number} for line, number in zip(lines(*SHEET), numbers, strict=True)]
    with pytest.raises(ValidationError, match="rise"):
        recipe(sheet=sheet)


def test_a_name_that_is_judged_has_a_limit() -> None:
    sheet = lines(*SHEET)
    sheet[1] |= {"ask": "rails", "judge": ["vbat"]}
    with pytest.raises(ValidationError, match="op 20 judges 'vbat'"):
        recipe(sheet=sheet)
    judged = recipe(sheet=sheet, limits={"vbat": {"low": 3.6, "high": 4.2, "unit": "V"}})
    assert judged.limits["vbat"].holds(3.7)


@pytest.mark.parametrize(
    "fields",
    [
        {"sheet": []},
        {"name": "Demo"},
        {"name": "demo\n"},
        {"name": "../demo"},
        {"release": "demo/1"},
        {"revision": ""},
        {"note": "x"},
        {"limits": {"V Bat": {"low": 1.0}}},
        {"limits": {"vbat": {"unit": "V"}}},
        {"sheet": [*lines(*SHEET[:-1]), {"op": 50, "do": "request_preadd", "within": math.nan}]},
        {"sheet": [*lines(*SHEET[:-1]), {"op": 50, "do": "request_preadd", "within": math.inf}]},
        {"sheet": [*lines(*SHEET[:-1]), {"op": 50, "do": "request_preadd", "within": 0}]},
        {"sheet": [*lines(*SHEET[:-1]), {"op": 50, "do": "request_preadd", "within": 60, "retry": 3}]},
        {"sheet": [*lines(*SHEET[:-1]), {"op": 1000, "do": "request_preadd", "within": 60}]},
    ],
)
def test_a_recipe_with_anything_odd_in_it_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        recipe(**fields)


# Lines with fields of their own

PROMPT: dict[str, object] = {"do": "prompt", "within": 60, "tell": "Is it red?"}
DMM: dict[str, object] = {"do": "instrument", "instrument": "dmm", "read": "READ?", "judge": ["rail"]}
RAIL = {"rail": {"low": 3.2, "high": 3.4, "unit": "V"}}


def with_line(line: dict[str, object], limits: dict[str, object] | None = None, **fields: object) -> Recipe:
    sheet = lines(*SHEET)
    sheet[1] = {"op": 20, "within": 60, **line}
    usual = RAIL if "judge" in line else {}
    return recipe(sheet=sheet, limits=limits if limits is not None else usual, **fields)


@pytest.mark.parametrize(
    "line",
    [
        PROMPT,
        {**PROMPT, "within": 5},
        {**PROMPT, "ask": "led", "give": {"colour": "red"}},
        {**PROMPT, "ask": "button", "until": {"presses": 1, "pressed": False}, "answers": "done"},
        {**PROMPT, "ask": "radio", "expect": {"cloud": False}},
        DMM,
        {**DMM, "ask": "load", "give": {"on": True}, "settle": 0.5, "samples": 10, "take": "max"},
        {**DMM, "ask": "sleep", "give": {"seconds": 10}, "settle": 2},
        {"do": "measure", "ask": "flash_id", "expect": {"jedec": "1c7016"}},
    ],
)
def test_lines_that_ask_and_measure_may_be_written_so(line: dict[str, object]) -> None:
    assert with_line(line).sheet[1].do == line["do"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ({"do": "prompt", "within": 60}, "prompt needs tell"),
        ({**PROMPT, "within": 4.9}, "a prompt needs within = 5 or more"),
        ({**PROMPT, "until": {"presses": 1}}, "need ask"),
        ({**PROMPT, "give": {"colour": "red"}}, "need ask"),
        (
            {**PROMPT, "ask": "led", "give": {"color": "red"}},
            r"'led' takes colour \(text\); color = 'red' is none of it",
        ),
        ({**PROMPT, "ask": "led", "give": {"colour": True}}, "is none of it"),
        ({**PROMPT, "ask": "led"}, "'led' needs give = \\{ colour"),
        ({**PROMPT, "ask": "button", "until": {"press": 1}}, "has no number 'press'; it has presses, pressed"),
        ({**PROMPT, "ask": "button", "until": {"presses": True}}, "has no flag 'presses'"),
        ({**PROMPT, "judge": ["rail"]}, "prompt has no use for judge"),
        ({"do": "instrument", "read": "READ?", "judge": ["rail"]}, "instrument needs instrument"),
        ({**DMM, "judge": []}, "instrument needs judge"),
        ({**DMM, "judge": ["rail", "rail"]}, "judges it by one limit"),
        ({**DMM, "settle": 60, "within": 60}, "settle = 60 leaves nothing of within = 60"),
        ({**DMM, "ask": "sleep", "give": {"seconds": 2}, "settle": 2}, "the unit is back from the 2 s of sleep"),
        ({**DMM, "samples": 0}, "greater than or equal to 1"),
        ({**DMM, "samples": True}, "valid integer"),
        ({**DMM, "setup": ["CONF\n"]}, "match pattern"),
        ({**DMM, "read": ""}, "match pattern"),
        ({**DMM, "expect": {"a": "b"}}, "instrument has no use for expect"),
        (
            {"do": "measure", "ask": "flash_id", "expect": {"jedek": "1c7016"}},
            "has no text 'jedek'; it has size, jedec",
        ),
        ({"do": "measure", "ask": "loopback", "give": {"pairs": 3}}, "'loopback' takes nothing"),
        ({"do": "measure", "ask": "rails", "give": {"vbat": math.nan}}, "finite number"),
        ({"do": "measure"}, "measure needs ask"),
        ({"do": "measure", "ask": "rails", "tries": 0}, "greater than or equal to 1"),
        ({"do": "measure", "ask": "rails", "tries": 6}, "less than or equal to 5"),
    ],
)
def test_a_line_that_asks_or_measures_wrongly_is_refused_with_the_reason(line: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        with_line(line)


@pytest.mark.parametrize("unit", ["mV", "kHz", "", "mA", "volt"])
def test_an_instrument_s_limit_is_in_the_unit_in_which_instruments_answer(unit: str) -> None:
    with pytest.raises(ValidationError, match="instruments answer in V, A, W"):
        with_line(DMM, {"rail": {"low": 3.2, "unit": unit}})


def test_a_recipe_tells_which_instruments_it_reads_and_where() -> None:
    sheet = lines(*SHEET)
    sheet[1:2] = [
        {"op": 20 + n, "within": 60, **DMM, "instrument": name} for n, name in enumerate(("dmm", "psu", "dmm"))
    ]
    made = recipe(sheet=sheet, limits=RAIL)
    assert made.instruments == {"dmm": (20, 22), "psu": (21,)}
    assert recipe().instruments == {}


def test_what_the_operator_reads_is_in_his_language_or_in_the_first_there_is() -> None:
    line = with_line({**PROMPT, "tell": {"es": "¿Rojo?", "en": "Red?"}}).sheet[1]
    assert (line.says("en"), line.says("es"), line.says("vi")) == ("Red?", "¿Rojo?", "¿Rojo?")
    assert with_line(PROMPT).sheet[1].says("zh_CN") == "Is it red?"


MODEM_SHEET = ["identify_on_wire", "identify_by_word", "identify_modem", *LAST]


def test_the_modem_is_powered_only_by_a_recipe_that_says_so() -> None:
    assert recipe(sheet=lines(*MODEM_SHEET), modem="identify").modem == "identify"
    with pytest.raises(ValidationError, match='the recipe says modem = "off"'):
        recipe(sheet=lines(*MODEM_SHEET))
    with pytest.raises(ValidationError, match="must stand after identify_by_word"):
        recipe(sheet=lines("identify_on_wire", "identify_modem", "identify_by_word", *LAST), modem="identify")
    with pytest.raises(ValidationError, match="argon has no modem"):
        recipe(sheet=lines(*MODEM_SHEET), modem="identify", platform="argon")


# What would fail good units, or looks as if something were tested


def mistakes(line: dict[str, object], limits: dict[str, object] | None = None, **fields: object) -> list[Mistake]:
    """What is wrong with a recipe whose second operation is this line."""
    with pytest.raises(ValidationError) as refused:
        with_line(line, limits, **fields)
    (problem,) = refused.value.errors()
    wrong = problem["ctx"]["error"]
    assert isinstance(wrong, Mistakes)
    return list(wrong.found)


VBAT: dict[str, object] = {"vbat": {"low": 3.6, "high": 4.2, "unit": "V"}}


@pytest.mark.parametrize(
    ("line", "key", "says"),
    [
        ({"ask": "rials"}, "ask", "no question 'rials'; did you mean 'rails'?"),
        ({"ask": "rails", "judge": ["vbatt"]}, "judge", "judges 'vbatt', which [limits] does not have"),
        ({"ask": "flash_id", "expect": {"jedek": "c22016"}}, "expect", "has no text 'jedek'"),
        ({"ask": "flash_id", "expect": {"jedec": "C22016"}}, "expect", "six lower-case hexadecimal digits"),
        ({"ask": "flash_id", "expect": {"jedec": "0xc22016"}}, "expect", "six lower-case hexadecimal digits"),
        ({"ask": "i2c", "expect": {"addresses": "36,6B"}}, "expect", "addresses are such as 36 6b"),
        ({"ask": "i2c", "give": {"expect": "0x36"}}, "give", "expect must be addresses such as 36 6b"),
        ({"ask": "led", "give": {"colour": "rde"}}, "give", "colour must be off, red, green, blue or white"),
        ({"ask": "sleep", "give": {"seconds": 90}}, "give", "seconds must be 1 to 60"),
        ({"ask": "sleep", "give": {"secs": 9}}, "give", "'sleep' takes seconds (number)"),
        ({"ask": "who", "expect": {"mode": "manual"}}, "expect", "mode is one of MANUAL"),
    ],
)
def test_a_name_or_value_that_the_test_firmware_does_not_know_is_refused_before_it_fails_good_units(
    line: dict[str, object], key: str, says: str
) -> None:
    found = mistakes({"do": "measure", **line}, {})
    assert found[0].at == ("sheet", 1, key)
    assert says in found[0].says
    assert found[0].says.startswith("op 20")


def test_a_number_under_a_name_that_is_not_in_the_answer_is_refused_also_where_it_has_a_limit() -> None:
    line: dict[str, object] = {"do": "measure", "ask": "rails", "judge": ["v3v"]}
    (found,) = mistakes(line, {"v3v": {"low": 3.2, "unit": "V"}})
    assert found.says == "op 20: the answer to 'rails' has no number 'v3v'; did you mean 'v3v3'?"


def test_a_limit_is_in_the_unit_of_the_answer() -> None:
    line: dict[str, object] = {"do": "measure", "ask": "rails", "judge": ["vbat"]}
    (found,) = mistakes(line, {"vbat": {"low": 3600, "unit": "mV"}})
    assert found.says == "op 20: the firmware answers 'vbat' in V, its limit is in mV"


def test_a_limit_that_judges_nothing_is_refused() -> None:
    (found,) = mistakes({"do": "measure", "ask": "rails"}, VBAT)
    assert found.at == ("limits", "vbat")
    assert found.says.startswith("no operation judges 'vbat'")


def test_a_value_is_judged_once_by_an_operation() -> None:
    (found,) = mistakes({"do": "measure", "ask": "rails", "judge": ["vbat", "vbat"]}, VBAT)
    assert found.says == "op 20 judges 'vbat' twice"


def test_a_modem_that_no_operation_uses_is_not_allowed() -> None:
    (found,) = mistakes({"do": "measure", "ask": "rails"}, modem="identify")
    assert found.at == ("modem",)


OWN: dict[str, object] = {
    "tank": {"numbers": {"level": "mm"}, "texts": ["sensor"], "flags": ["full"], "give": {"times": "number"}}
}


def test_what_firmware_of_one_s_own_answers_is_said_in_the_recipe() -> None:
    line: dict[str, object] = {
        "do": "measure",
        "ask": "tank",
        "judge": ["level"],
        "give": {"times": 3},
        "expect": {"full": True},
    }
    made = with_line(line, {"level": {"high": 80, "unit": "mm"}}, questions=OWN)
    assert made.questions["tank"].numbers == {"level": "mm"}
    for typo in ({"ask": "tnak"}, {"give": {"time": 3}}, {"give": {"times": "3"}}, {"expect": {"ful": True}}):
        assert mistakes({**line, **typo}, {"level": {"high": 80, "unit": "mm"}}, questions=OWN)
    (found,) = mistakes(line, {"level": {"high": 8, "unit": "cm"}}, questions=OWN)
    assert "answers 'level' in mm" in found.says


def test_a_board_may_name_more_of_a_known_answer_and_not_say_it_otherwise() -> None:
    line: dict[str, object] = {"do": "measure", "ask": "rails", "judge": ["v1v8"]}
    limits: dict[str, object] = {"v1v8": {"low": 1.7, "high": 1.9, "unit": "V"}}
    assert with_line(line, limits, questions={"rails": {"numbers": {"v1v8": "V"}}}).sheet[1].judge == ("v1v8",)
    found = mistakes(line, limits, questions={"rails": {"numbers": {"v1v8": "V", "vbat": "mV"}}})
    assert [one.at for one in found] == [("questions", "rails")]


def test_a_question_of_one_s_own_that_nobody_asks_is_refused() -> None:
    (found,) = mistakes({"do": "measure", "ask": "rails"}, {}, questions=OWN)
    assert found.at == ("questions", "tank")

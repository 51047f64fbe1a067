"""Process sheets."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from station.domain.recipe import Recipe

SHEET = ["identify_on_wire", "measure", "flash_product_firmware", "seal", "request_preadd"]
LAST = SHEET[2:]


def lines(*steps: str) -> list[dict[str, object]]:
    asks = {"measure": {"ask": "anything"}}
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

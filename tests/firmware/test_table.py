"""One table of questions: the domain's. Firmware, bench, README and recipe have no other."""

import re
from collections import Counter
from pathlib import Path

import pytest

from station.bench.around import PAIRS
from station.bench.factory_firmware import BUSES, USUAL_BUS, VERSION
from station.codec.factory_test import QuestionDecoder
from station.config import Root
from station.domain.questions import BY_NAME, COLOURS, QUESTIONS, refusal
from tests.firmware.host import SOURCE, questions

README = (SOURCE / "README.md").read_text(encoding="utf-8")
BOARD = (SOURCE / "src" / "board.h").read_text(encoding="utf-8")
ROOT = Path(__file__).parents[2]


def test_the_firmwares_own_table_is_the_domains(program: Path) -> None:
    assert questions(program) == [
        {"name": ask.name, "given": {name: [kind, name in ask.needs] for name, kind in ask.given.items()}}
        for ask in QUESTIONS
    ]


def rows() -> dict[str, tuple[str, str]]:
    """Questions of the README: arguments and values by name."""
    found = re.findall(r"^\| `([a-z0-9_]+)` \| ([^|]*) \| ([^|]*) \|", README, re.MULTILINE)
    return {name: (given.strip(), answered.strip()) for name, given, answered in found}


def test_the_readme_has_the_same_questions_in_the_same_order() -> None:
    assert list(rows()) == list(BY_NAME)


@pytest.mark.parametrize("name", list(BY_NAME))
def test_the_readme_says_what_a_question_takes_and_gives(name: str) -> None:
    ask = BY_NAME[name]
    given, answered = rows()[name]
    takes = [f"`{one}` {kind}{'' if one in ask.needs else ', may be left out'}" for one, kind in ask.given.items()]
    numbers = [f"`{one}` {unit}".rstrip() for one, unit in ask.numbers.items()]
    gives = [*numbers, *(f"`{one}` text" for one in ask.texts), *(f"`{one}` flag" for one in ask.flags)]
    assert given == "; ".join(takes)
    assert answered == ", ".join(gives)


def test_every_line_of_the_readme_that_can_be_pasted_is_a_good_question() -> None:
    lines = re.findall(r"^\{.*\}\*[0-9A-F]{8}$", README, re.MULTILINE)
    asked = QuestionDecoder().feed("".join(f"{one}\n" for one in lines).encode())
    assert len(asked) == len(lines)
    assert Counter(one.ask for one in asked) == Counter(list(BY_NAME))
    assert [refusal(BY_NAME[one.ask], one.given) for one in asked] == [None] * len(asked)


@pytest.mark.parametrize("name", ["gateway", "gateway-full"])
def test_the_example_recipes_ask_for_what_the_firmware_answers(name: str) -> None:
    recipe = Root(ROOT).recipe(name).value
    measured = [line for line in recipe.sheet if line.do == "measure"]
    assert [line.ask for line in measured] == ["flash_id", "flash_check", "i2c", "rtc", "rails", "gauge", "loopback"]
    for line in recipe.sheet:
        if line.ask is not None:
            assert refusal(BY_NAME[line.ask], line.give) is None
    for line in measured:
        assert line.ask is not None
        assert set(line.judge) <= set(BY_NAME[line.ask].numbers)
        assert {BY_NAME[line.ask].numbers[one] for one in line.judge} == {recipe.limits[one].unit for one in line.judge}
    assert {one for line in recipe.sheet for one in line.judge} == set(recipe.limits)


def test_the_bench_is_wired_as_the_board_says() -> None:
    assert tuple(re.findall(r"\{PIN\((D\d+)\), PIN\((D\d+)\)\}", BOARD)) == PAIRS
    (devices,) = re.findall(r"Wire1; \}, \{(.*)\}\}", BOARD)
    assert tuple(int(one, 16) for one in devices.split(", ")) == BUSES[int(USUAL_BUS)]
    assert re.findall(r"Wire; \}, \{(.*)\}\}", BOARD) == [""]
    assert f"usualBus = {USUAL_BUS:.0f};" in BOARD


def test_the_bench_and_the_firmware_have_the_same_version_and_colours() -> None:
    who, led = ((SOURCE / "src" / name).read_text(encoding="utf-8") for name in ("who.cpp", "led.cpp"))
    assert f'version = "{VERSION}"' in who
    assert tuple(re.findall(r'\{"([a-z]+)", \d', led)) == COLOURS

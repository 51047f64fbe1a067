"""What a sheet must hold together by: its ends, its questions, its limits; each mistake with its place in the file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from station.domain.limits import Limit
from station.domain.mistakes import Mistake, near
from station.domain.platform import PLATFORMS, Mcu, Radio, platform_named
from station.domain.questions import BY_NAME, Ask, Kind, kind_of

if TYPE_CHECKING:
    from station.domain.recipe import Operation, OwnQuestion, Recipe

READ_IN = ("V", "A", "W", "Ω", "Hz", "s", "F", "°C")
"""Units in which instruments answer, never in mV or kHz (SCPI-99 volume 1, §7.1)."""

LAST = ("flash_product_firmware", "seal", "request_preadd")


def mistakes_of(recipe: "Recipe") -> list[Mistake]:
    """Everything that is wrong with a recipe whose lines are each well formed."""
    asks = questions_of(recipe.questions)
    found = [*_platform(recipe.platform), *_own_questions(recipe)]
    for place, line in enumerate(recipe.sheet):
        found += [Mistake(("sheet", place, *one.at), f"op {line.op}{one.says}") for one in _line(line, recipe, asks)]
    return [*found, *_limits(recipe), *_modem(recipe), *_order(recipe.sheet)]


def questions_of(own: "Mapping[str, OwnQuestion]") -> dict[str, Ask]:
    """Every question that may be asked: those of the factory-test firmware, and what a recipe says of its own."""
    asks = dict(BY_NAME)
    for name, words in own.items():
        known = asks.get(name, Ask(name, ""))
        asks[name] = replace(
            known,
            given={**known.given, **words.give},
            numbers={**known.numbers, **words.numbers},
            texts=(*known.texts, *words.texts),
            flags=(*known.flags, *words.flags),
        )
    return asks


def _platform(name: str) -> Iterator[Mistake]:
    platform = platform_named(name)
    if platform is None:
        meant = near(name, (one.name for one in PLATFORMS if one.mcu is Mcu.NRF52840 and one.in_products))
        why = f"is not a Particle platform; {meant}"
    elif not platform.in_products:
        why = "cannot be in a product"
    elif platform.mcu is Mcu.RTL872X:
        why = (
            "has an RTL872x: its keys lie in the flash a programmer would erase,"
            " and no open flash algorithm is available; it cannot be made over the debug port yet"
        )
    elif platform.mcu is Mcu.STM32F2:
        why = (
            "has an STM32F205: its chip can be programmed, but no sheet can make its units yet,"
            " as the steps identify and boot nRF52840 units"
        )
    elif platform.mcu is not Mcu.NRF52840:
        why = "has no programmer yet; nRF52840 platforms have"
    else:
        return
    yield Mistake(("platform",), f"platform {name!r} {why}")


def _own_questions(recipe: "Recipe") -> Iterator[Mistake]:
    """What a recipe's own firmware answers besides; nothing that is known is said otherwise, nothing goes unasked."""
    asked = {line.ask for line in recipe.sheet}
    for name, words in recipe.questions.items():
        if name not in asked:
            yield Mistake(("questions", name), f"no operation asks {name!r}; take it out")
        known = BY_NAME.get(name)
        for one in (*words.numbers, *words.texts, *words.flags) if known is not None else ():
            if known is not None and known.kind_of(one) is not None:
                yield Mistake(
                    ("questions", name), f"{one!r} of {name!r} is the factory-test firmware's own; take it out"
                )


def _line(line: "Operation", recipe: "Recipe", asks: Mapping[str, Ask]) -> Iterator[Mistake]:
    """Of one line; the places begin at it, and the sentences go on behind its number."""
    yield from _judged(line, recipe.limits)
    if line.ask is None:
        return
    known = asks.get(line.ask)
    if known is None:
        yield Mistake(
            ("ask",),
            f": the factory-test firmware knows no question {line.ask!r}; {near(line.ask, asks)};"
            f" what firmware of your own answers stands in [questions.{line.ask}]",
        )
        return
    yield from _given(line, known)
    yield from _looked_for(line, known)
    if line.do == "measure":
        yield from _measured(line, known, recipe.limits)
    if line.ask == "modem" and recipe.modem == "off":
        yield Mistake(("ask",), ' asks for the modem, and the recipe says modem = "off"')


def _judged(line: "Operation", limits: Mapping[str, Limit]) -> Iterator[Mistake]:
    for name in line.judge:
        if name not in limits:
            yield Mistake(("judge",), f" judges {name!r}, which [limits] does not have; {near(name, limits)}")
        elif line.do == "instrument" and limits[name].unit not in READ_IN:
            unit = limits[name].unit or "no unit"
            yield Mistake(("judge",), f": instruments answer in {', '.join(READ_IN)}, the limit is in {unit}")
    for name in sorted({one for one in line.judge if line.judge.count(one) > 1}):
        yield Mistake(("judge",), f" judges {name!r} twice")


def _measured(line: "Operation", known: Ask, limits: Mapping[str, Limit]) -> Iterator[Mistake]:
    """A limit is in the unit in which the firmware answers."""
    for name in (one for one in line.judge if one in limits):
        unit = known.numbers.get(name)
        if unit is None:
            there = near(name, known.numbers) if known.numbers else "it has no number"
            yield Mistake(("judge",), f": the answer to {line.ask!r} has no number {name!r}; {there}")
        elif unit != limits[name].unit:
            told = limits[name].unit or "no unit"
            yield Mistake(("judge",), f": the firmware answers {name!r} in {unit or 'no unit'}, its limit is in {told}")


def _given(line: "Operation", known: Ask) -> Iterator[Mistake]:
    """What goes with a question must be what it takes: the firmware refuses the rest, and the unit would fail by it."""
    for name, value in line.give.items():
        if known.given.get(name) != kind_of(value):
            takes = ", ".join(f"{one} ({kind})" for one, kind in known.given.items()) or "nothing"
            yield Mistake(("give",), f": {known.name!r} takes {takes}; {name} = {value!r} is none of it")
        elif (why := known.unfit(name, value)) is not None:
            yield Mistake(("give",), f": {why}; {name} = {value!r} is not")
    if lacking := [one for one in known.given if one in known.needs and one not in line.give]:
        yield Mistake((), f": {known.name!r} needs give = {{ {', '.join(lacking)} = … }}")


def _looked_for(line: "Operation", known: Ask) -> Iterator[Mistake]:
    for key, wanted in (("expect", line.expect), ("until", line.until)):
        for name, value in wanted.items():
            kind = kind_of(value)
            if known.kind_of(name) != kind:
                there = ", ".join((*known.numbers, *known.texts, *known.flags)) or "nothing but ok"
                yield Mistake((key,), f": the answer to {known.name!r} has no {kind} {name!r}; it has {there}")
            elif kind is Kind.TEXT and (why := known.unfit(name, value)) is not None:
                yield Mistake((key,), f": {why}; {name} = {value!r} is not")


def _limits(recipe: "Recipe") -> Iterator[Mistake]:
    """A limit that judges nothing looks as if something were tested."""
    judged = {name for line in recipe.sheet for name in line.judge}
    for name in recipe.limits:
        if name not in judged:
            yield Mistake(("limits", name), f"no operation judges {name!r}; name it in a judge, or take it out")


def _modem(recipe: "Recipe") -> Iterator[Mistake]:
    """The modem is powered only where the recipe says so, and only once the unit has named itself."""
    steps = [line.do for line in recipe.sheet]
    if "identify_modem" not in steps:
        if recipe.modem != "off" and not any(line.ask == "modem" for line in recipe.sheet):
            yield Mistake(("modem",), 'no operation uses the modem: modem = "off"')
        return
    at = ("sheet", steps.index("identify_modem"))
    platform = platform_named(recipe.platform)
    if recipe.modem == "off":
        yield Mistake(at, 'identify_modem powers the modem, and the recipe says modem = "off"')
    if platform is not None and platform.radio is not Radio.CELLULAR:
        yield Mistake(at, f"identify_modem: platform {platform.name} has no modem")
    if "identify_by_word" not in steps[: steps.index("identify_modem")]:
        yield Mistake(at, "identify_modem must stand after identify_by_word")


def _order(sheet: "Sequence[Operation]") -> Iterator[Mistake]:
    """First things first, last things last: nothing is flashed or booted after the seal."""
    steps = [line.do for line in sheet]
    for place, line in enumerate(sheet):
        if place and line.op <= sheet[place - 1].op:
            yield Mistake(("sheet", place, "op"), f"op {line.op}: op numbers must rise from line to line")
    if steps[0] != "identify_on_wire":
        yield Mistake(("sheet", 0), "identify_on_wire must stand first: the unit's own firmware connects when it runs")
    if tuple(steps[-len(LAST) :]) != LAST:
        yield Mistake(
            ("sheet", len(sheet) - 1), f"the last operations must be {', '.join(LAST)}: the last image never runs"
        )
    for step in ("identify_on_wire", *LAST):
        places = [place for place, one in enumerate(steps) if one == step]
        if len(places) != 1:
            yield Mistake(("sheet", places[1]) if places else ("sheet",), f"{step} must stand once on the sheet")
    for place in range(max(0, len(sheet) - len(LAST)), len(sheet)):
        if steps[place] in LAST and sheet[place].on_fail != "stop":
            yield Mistake(("sheet", place, "on_fail"), f"op {sheet[place].op} ({steps[place]}) must stop on failure")


def mixed(recipe: "Recipe") -> Iterator[Mistake]:
    """Values of one name by two witnesses, which is no reason to refuse."""
    witnesses: dict[str, str] = {}
    for line in recipe.sheet:
        source = f"the instrument {line.instrument!r}" if line.instrument else f"the question {line.ask!r}"
        for name in line.judge:
            if (other := witnesses.setdefault(name, source)) != source:
                why = f"op {line.op}: {name!r} comes from {source} and from {other}: a chart of it mixes two things"
                yield Mistake(recipe.place_of(line.op, "judge"), why)

"""A product's process sheet: what is done to every unit, in which order, within which limits."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator

from station.domain.events import Answers, Profile
from station.domain.limits import Limit, Number
from station.domain.people import Language
from station.domain.platform import Mcu, Radio, platform_named
from station.domain.questions import BY_NAME as QUESTIONS
from station.domain.questions import kind_of, seconds_away, unit_of
from station.domain.release import Slug

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Command = Annotated[str, StringConstraints(pattern=r"^[ -~]+$", max_length=200)]
Given = bool | Number | Annotated[str, StringConstraints(max_length=200)]

PROMPT_LEAST = 5.0
"""Seconds: a prompt that is over before a person has read it helps nobody. A design margin, not measured."""

READ_IN = ("V", "A", "W", "Ω", "Hz", "s", "F", "°C")
"""Units in which instruments answer, never in mV or kHz (SCPI-99 volume 1, §7.1)."""


class Operation(BaseModel, frozen=True, extra="forbid"):
    """One line of the sheet."""

    op: int = Field(ge=1, le=999, strict=True, description="number on the paper sheet")
    do: Name = Field(description="the step")
    within: float = Field(gt=0, le=3600, strict=True, description="seconds; the worker is ended when they are over")
    on_fail: Literal["stop", "continue"] = "stop"
    tries: int = Field(
        default=1, ge=1, le=5, strict=True, description="attempts; each is recorded, and the first counts for the yield"
    )
    ask: Name | None = Field(default=None, description="the question put to the factory-test firmware")
    give: dict[Name, Given] = Field(default={}, description="arguments of the question")
    judge: tuple[Name, ...] = Field(default=(), description="names in [limits] that the answer is judged by")
    expect: dict[Name, str | bool] = Field(default={}, description="texts and yes-noes that the answer must have")
    tell: Text | dict[Language, Text] | None = Field(
        default=None, description="what `prompt` asks of the operator; by language, or in the station's own"
    )
    answers: Answers = Field(default="yes_no", description="how the operator answers: YES or NO, or DONE")
    until: dict[Name, str | bool | Number] = Field(
        default={}, description="`prompt` ends by itself when the unit's answer to `ask` shows these; numbers: or more"
    )
    instrument: Name | None = Field(default=None, description="an instrument of this nest, as the fixture calls it")
    setup: tuple[Command, ...] = Field(default=(), description="SCPI commands before the reading")
    read: Command | None = Field(default=None, description="the SCPI query whose answer is judged")
    settle: Number = Field(default=0.0, ge=0, le=60, description="seconds between setting up and reading")
    samples: int = Field(default=1, ge=1, le=1000, strict=True, description="how often `read` is asked")
    take: Literal["mean", "min", "max", "last"] = Field(default="mean", description="what of the samples is judged")

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        """What the steps of this package need; those of other packages check their own."""
        needs = _FIELDS.get(self.do)
        if needs is None:
            return self
        must, may = needs
        there = self.model_fields_set - _COMMON
        if lacking := [one for one in must if not getattr(self, one)]:
            raise ValueError(f"{self.do} needs {', '.join(lacking)}")
        if beyond := sorted(there - must - may):
            raise ValueError(f"{self.do} has no use for {', '.join(beyond)}")
        if self.do == "instrument" and len(self.judge) != 1:
            raise ValueError("instrument reads one value and judges it by one limit")
        if (self.until or self.expect or self.give) and self.ask is None:
            raise ValueError("until, expect and give need ask, the question they belong to")
        if self.do == "prompt" and self.within < PROMPT_LEAST:
            raise ValueError(f"a prompt needs within = {PROMPT_LEAST:g} or more: a person has to read and answer it")
        if self.settle >= self.within:
            raise ValueError(f"settle = {self.settle:g} leaves nothing of within = {self.within:g}")
        away = seconds_away(self.ask or "", self.give)
        if 0 < away <= self.settle:
            raise ValueError(f"after settle = {self.settle:g} the unit is back from the {away:g} s of {self.ask}")
        return self

    def says(self, language: str) -> str:
        """What the operator reads, in this language or in the first there is."""
        match self.tell:
            case None:
                return ""
            case str():
                return self.tell
            case _:
                return next(
                    (text for known, text in self.tell.items() if known == language), next(iter(self.tell.values()))
                )


_COMMON = frozenset({"op", "do", "within", "on_fail", "tries"})
_ASKING = frozenset({"ask", "give"})

_FIELDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "measure": (frozenset({"ask"}), _ASKING | {"judge", "expect"}),
    "prompt": (frozenset({"tell"}), _ASKING | {"answers", "until", "expect"}),
    "instrument": (
        frozenset({"instrument", "read", "judge"}),
        _ASKING | {"setup", "settle", "samples", "take"},
    ),
}
"""Steps that take fields of their own: those they must have, those they may have."""


class Recipe(BaseModel, frozen=True, extra="forbid"):
    """A file under configs/recipes/."""

    name: Slug
    revision: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.-]+$", max_length=16)]
    title: str = ""
    platform: str
    release: Slug = Field(description="a manifest under firmware/releases/, without .toml")
    factory_test: Slug = Field(description="the manifest of the factory-test firmware and the Device OS it needs")
    profile: Profile = Field(
        default="offline", description="any other than offline brings units online, and must be allowed by the station"
    )
    account: Annotated[str, StringConstraints(pattern=r"^[ -~]+$", max_length=80)] | None = Field(
        default=None, description="whose test account it is; for profile test_account"
    )
    modem: Literal["off", "identify"] = Field(
        default="off", description="identify: the modem may be powered to read SIM and modem numbers, and for that only"
    )
    orders: Literal["if_imported", "required"] = Field(
        default="if_imported", description="whether units must be in an order's list, also where none was imported"
    )
    retests: int = Field(
        default=2, ge=1, le=9, strict=True, description="fails after which only a lead may have a unit tested again"
    )
    sheet: tuple[Operation, ...] = Field(min_length=1)
    limits: dict[Name, Limit] = {}

    @model_validator(mode="after")
    def _sheet_holds_together(self) -> Self:
        platform = platform_named(self.platform)
        if platform is None:
            raise ValueError(f"platform {self.platform!r} is not a Particle platform")
        if not platform.in_products:
            raise ValueError(f"platform {self.platform!r} cannot be in a product")
        if platform.mcu is Mcu.RTL872X:
            raise ValueError(
                f"platform {self.platform!r} has an RTL872x: its keys lie in the flash a programmer would erase,"
                " and no open flash algorithm is available; it cannot be made over the debug port yet"
            )
        if platform.mcu is Mcu.STM32F2:
            raise ValueError(
                f"platform {self.platform!r} has an STM32F205: its chip can be programmed, but no sheet can make its"
                " units yet, as the steps identify and boot nRF52840 units"
            )
        if platform.mcu is not Mcu.NRF52840:
            raise ValueError(f"platform {self.platform!r} has no programmer yet; nRF52840 platforms have")
        numbers = [line.op for line in self.sheet]
        if numbers != sorted(set(numbers)):
            raise ValueError("op numbers must rise from line to line")
        for line in self.sheet:
            for name in line.judge:
                if name not in self.limits:
                    raise ValueError(f"op {line.op} judges {name!r}, which [limits] does not have")
            self._units(line)
            _known_words(line)
            if line.ask == "modem" and self.modem == "off":
                raise ValueError(f'op {line.op} asks for the modem, and the recipe says modem = "off"')
        self._modem()
        self._order()
        return self

    def _units(self, line: Operation) -> None:
        """A limit is in the unit in which the firmware or the instrument answers, where that is known."""
        for unit in (self.limits[name].unit for name in line.judge if line.do == "instrument"):
            if unit not in READ_IN:
                raise ValueError(
                    f"op {line.op}: instruments answer in {', '.join(READ_IN)}, the limit is in {unit or 'no unit'}"
                )
        if line.do != "measure" or line.ask is None:
            return
        for name in line.judge:
            given = unit_of(line.ask, name)
            if given is None and line.ask in QUESTIONS:
                there = ", ".join(QUESTIONS[line.ask].numbers) or "no number"
                raise ValueError(f"op {line.op}: the answer to {line.ask!r} has no {name!r}; it has {there}")
            if given is not None and given != self.limits[name].unit:
                raise ValueError(
                    f"op {line.op}: the firmware answers {name!r} in {given or 'no unit'},"
                    f" its limit is in {self.limits[name].unit or 'no unit'}"
                )

    def _modem(self) -> None:
        """The modem is powered only where the recipe says so, and only once the unit has named itself."""
        steps = [line.do for line in self.sheet]
        platform = platform_named(self.platform)
        if "identify_modem" not in steps:
            return
        if self.modem == "off":
            raise ValueError('identify_modem powers the modem, and the recipe says modem = "off"')
        if platform is not None and platform.radio is not Radio.CELLULAR:
            raise ValueError(f"identify_modem: platform {platform.name} has no modem")
        if "identify_by_word" not in steps[: steps.index("identify_modem")]:
            raise ValueError("identify_modem must stand after identify_by_word")

    def _order(self) -> None:
        """First things first, last things last: nothing is flashed or booted after the seal."""
        steps = [line.do for line in self.sheet]
        if steps[0] != "identify_on_wire":
            raise ValueError("identify_on_wire must stand first: the unit's own firmware connects when it runs")
        last = ["flash_product_firmware", "seal", "request_preadd"]
        if steps[-3:] != last:
            raise ValueError(f"the last operations must be {', '.join(last)}: the last image never runs")
        for step in ("identify_on_wire", *last):
            if steps.count(step) != 1:
                raise ValueError(f"{step} must stand once on the sheet")
        for line in self.sheet[-3:]:
            if line.on_fail != "stop":
                raise ValueError(f"op {line.op} ({line.do}) must stop on failure")

    def line(self, op: int) -> Operation | None:
        """The line of the sheet with this number."""
        return next((one for one in self.sheet if one.op == op), None)

    @property
    def instruments(self) -> dict[str, tuple[int, ...]]:
        """The instruments this sheet reads, each with the operations that do."""
        names = {line.instrument for line in self.sheet if line.instrument is not None}
        return {one: tuple(line.op for line in self.sheet if line.instrument == one) for one in sorted(names)}


def _known_words(line: Operation) -> None:
    """What is given to a question and looked for in its answer must be there, where the question is known."""
    known = QUESTIONS.get(line.ask or "")
    if known is None:
        return
    for name, value in line.give.items():
        if known.given.get(name) != kind_of(value):
            takes = ", ".join(f"{one} ({kind})" for one, kind in known.given.items()) or "nothing"
            raise ValueError(f"op {line.op}: {known.name!r} takes {takes}; {name} = {value!r} is none of it")
    if lacking := [one for one in known.given if one in known.needs and one not in line.give]:
        raise ValueError(f"op {line.op}: {known.name!r} needs give = {{ {', '.join(lacking)} = … }}")
    for name, value in {**line.expect, **line.until}.items():
        if known.kind_of(name) != kind_of(value):
            there = ", ".join((*known.numbers, *known.texts, *known.flags)) or "nothing but ok"
            raise ValueError(
                f"op {line.op}: the answer to {known.name!r} has no {kind_of(value)} {name!r}; it has {there}"
            )

"""A product's process sheet: what is done to every unit, in which order, within which limits."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator

from station.domain.events import Answers, Profile
from station.domain.limits import Limit, Number
from station.domain.mistakes import Mistakes, Where
from station.domain.people import Language
from station.domain.questions import Kind, seconds_away
from station.domain.release import Slug
from station.domain.sheet_rules import mistakes_of

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Command = Annotated[str, StringConstraints(pattern=r"^[ -~]+$", max_length=200)]
Given = bool | Number | Annotated[str, StringConstraints(max_length=200)]

PROMPT_LEAST = 5.0
"""Seconds: a prompt that is over before a person has read it helps nobody. A design margin, not measured."""


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


class OwnQuestion(BaseModel, frozen=True, extra="forbid"):
    """A question that test firmware of your own answers, or more values of a known one."""

    numbers: dict[Name, Annotated[str, StringConstraints(max_length=12)]] = Field(
        default={}, description="numbers of the answer, each with its unit; an empty text where it has none"
    )
    texts: tuple[Name, ...] = Field(default=(), description="texts of the answer")
    flags: tuple[Name, ...] = Field(default=(), description="yes-noes of the answer")
    give: dict[Name, Kind] = Field(default={}, description="its arguments: number, text or flag")


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
    questions: dict[Name, OwnQuestion] = Field(
        default={}, description="what the product's own test firmware answers besides the questions that are known"
    )

    @model_validator(mode="after")
    def _sheet_holds_together(self) -> Self:
        if found := mistakes_of(self):
            raise Mistakes(found)
        return self

    def line(self, op: int) -> Operation | None:
        """The line of the sheet with this number."""
        return next((one for one in self.sheet if one.op == op), None)

    def place_of(self, op: int, *key: str) -> Where:
        """Where the line of this number stands in the file, or a key of it."""
        return ("sheet", next(at for at, one in enumerate(self.sheet) if one.op == op), *key)

    @property
    def instruments(self) -> dict[str, tuple[int, ...]]:
        """The instruments this sheet reads, each with the operations that do."""
        names = {line.instrument for line in self.sheet if line.instrument is not None}
        return {one: tuple(line.op for line in self.sheet if line.instrument == one) for one in sorted(names)}

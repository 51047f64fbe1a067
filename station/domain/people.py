"""Who works at a station, and what each role may do. If it is not in the table, it is not allowed."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator

Language = Literal["en", "zh_CN", "vi", "es"]

NAME = r"[^\W_][\w .'’-]{0,38}[\w.]"

PersonName = Annotated[str, StringConstraints(pattern=rf"^{NAME}$")]
"""Two to forty letters of any script, digits, blanks, points, hyphens, apostrophes: no name can steer a screen."""

BadgeId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{1,16}$")]

PinHash = Annotated[str, StringConstraints(pattern=r"^\$argon2id\$v=19\$[A-Za-z0-9+/=,$]+$", max_length=200)]

PIN = r"[0-9]{4,12}"
"""Digits only: a keypad for gloves has no letters."""


class Role(StrEnum):
    """What somebody is at this line."""

    OPERATOR = "operator"
    LEAD = "lead"
    TECHNICIAN = "technician"
    ENGINEER = "engineer"
    AUDITOR = "auditor"


class Action(StrEnum):
    """What somebody may want of the station."""

    RUN = "run"
    ANSWER = "answer"
    STOP = "stop"
    CANCEL = "cancel"
    RELEASE_NEST = "release_nest"
    RELEASE_METER = "release_meter"
    TEST_AGAIN = "test_again"
    ACCEPT_RECIPE = "accept_recipe"
    TYPE_LABEL = "type_label"
    LIFT_REFERENCE = "lift_reference"
    UNLOCK_PIN = "unlock_pin"
    CLOSE = "close"
    PEOPLE = "people"
    ORDERS = "orders"
    UNWIND = "unwind"
    RELEASE_UNIT = "release_unit"
    RECOVER_CHIP = "recover_chip"
    ACCEPT_JOURNAL = "accept_journal"


_OPERATOR, _LEAD, _TECHNICIAN, _ENGINEER, _AUDITOR = Role
_MAKERS = frozenset({_OPERATOR, _LEAD, _TECHNICIAN, _ENGINEER})

RIGHTS: Mapping[Action, frozenset[Role]] = {
    Action.RUN: _MAKERS,
    Action.ANSWER: _MAKERS,
    # Whose run it is makes no difference: stopping is the safe direction, and any hand can open the lid.
    Action.STOP: frozenset(Role),
    Action.CANCEL: _MAKERS,
    Action.RELEASE_NEST: frozenset({_LEAD, _ENGINEER}),
    Action.RELEASE_METER: frozenset({_ENGINEER}),
    Action.TEST_AGAIN: frozenset({_LEAD, _ENGINEER}),
    Action.ACCEPT_RECIPE: frozenset({_LEAD, _ENGINEER}),
    Action.TYPE_LABEL: frozenset({_LEAD, _TECHNICIAN, _ENGINEER}),
    Action.LIFT_REFERENCE: frozenset({_ENGINEER}),
    Action.UNLOCK_PIN: frozenset({_LEAD, _ENGINEER}),
    Action.CLOSE: frozenset({_LEAD, _TECHNICIAN, _ENGINEER}),
    Action.PEOPLE: frozenset({_ENGINEER}),
    Action.ORDERS: frozenset({_LEAD, _ENGINEER}),
    Action.UNWIND: frozenset({_ENGINEER}),
    Action.RELEASE_UNIT: frozenset({_ENGINEER}),
    Action.RECOVER_CHIP: frozenset({_ENGINEER}),
    Action.ACCEPT_JOURNAL: frozenset({_ENGINEER}),
}
"""Who may do what. An auditor reads, and may stop."""

SAYS: Mapping[Action, str] = {
    Action.RUN: "testing units",
    Action.ANSWER: "answering questions",
    Action.STOP: "stopping a run",
    Action.CANCEL: "dropping a label",
    Action.RELEASE_NEST: "releasing a locked nest",
    Action.RELEASE_METER: "releasing a nest whose unit may have connected",
    Action.TEST_AGAIN: "testing this unit again",
    Action.ACCEPT_RECIPE: "accepting a changed test plan",
    Action.TYPE_LABEL: "typing a label",
    Action.LIFT_REFERENCE: "going on after a wrong reference unit",
    Action.UNLOCK_PIN: "unlocking a badge after wrong PINs",
    Action.CLOSE: "closing the program",
    Action.PEOPLE: "changing who works here",
    Action.ORDERS: "changing orders",
    Action.UNWIND: "striking off a unit that may have connected",
    Action.RELEASE_UNIT: "releasing the label of a unit",
    Action.RECOVER_CHIP: "erasing a locked chip",
    Action.ACCEPT_JOURNAL: "going on with a journal that may lack entries",
}


def may(role: Role, action: Action) -> bool:
    """Whether somebody with this role may do that."""
    return role in RIGHTS[action]


def who_may(action: Action) -> str:
    """The roles that may, as words.

    >>> who_may(Action.RELEASE_NEST)
    'lead or engineer'
    """
    *others, last = [one.value for one in Role if may(one, action)]
    return f"{', '.join(others)} or {last}" if others else last


class Person(BaseModel, frozen=True, extra="forbid"):
    """Somebody who works here. The hash of the PIN is shown nowhere and stored nowhere but in the people's file."""

    name: PersonName
    badge: BadgeId = Field(description="what the badge says between BDG- and its check character")
    role: Role
    language: Language | None = Field(default=None, description="of what they read; empty: the station's")
    active: bool = Field(default=True, strict=True, description="false: this badge does not sign in")
    pin: PinHash | None = Field(default=None, repr=False, description="argon2id")


class People(BaseModel, frozen=True, extra="forbid"):
    """Everybody who works at this station; names and badges are unique."""

    seal: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{32})?$")] = Field(
        default="", repr=False, description="random, made anew with each change that is journalled"
    )
    people: tuple[Person, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for what, values in (
            ("name", [one.name.casefold() for one in self.people]),
            ("badge", [one.badge for one in self.people]),
        ):
            twice = sorted({one for one in values if values.count(one) > 1})
            if twice:
                raise ValueError(f"the {what} {', '.join(twice)} is there twice")
        return self

    def with_badge(self, badge: str) -> Person | None:
        """Whose badge this is."""
        return next((one for one in self.people if one.badge == badge), None)

    def named(self, name: str) -> Person | None:
        """The person of that name, however it is capitalised."""
        return next((one for one in self.people if one.name.casefold() == name.casefold()), None)

    def without(self, name: str) -> tuple[Person, ...]:
        """Everybody else."""
        return tuple(one for one in self.people if one.name.casefold() != name.casefold())


NOBODY = People()


def ending(badge: str) -> str:
    """As much of a badge as a journal keeps.

    >>> ending("7Q2K")
    '2K'
    """
    return badge[-2:]


@dataclass(frozen=True, slots=True)
class Badge:
    """A badge that was scanned."""

    id: str

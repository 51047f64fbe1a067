"""The station check: what must be well before units are made, item by item."""

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, Field

ItemState = Literal["ok", "warn", "due", "fail"]
"""warn: look at it when there is time; due: a person has to do something before production; fail: it is broken."""

ItemCode = Literal[
    "SCANNER", "PROGRAMMERS", "USB", "FIXTURE", "DISK", "JOURNAL", "RECIPE", "REFERENCES", "OUTBOX", "CLOCK", "PEOPLE"
]


class Item(BaseModel, frozen=True, extra="forbid"):
    """One thing that was looked at."""

    code: ItemCode
    state: ItemState
    says: str = Field(description="one sentence")
    value: str = ""


def is_ready(items: Iterable[Item]) -> bool:
    """Whether units can be made."""
    return all(one.state in ("ok", "warn") for one in items)

"""The base of all facts."""

from pydantic import BaseModel


class Fact(BaseModel, frozen=True, extra="forbid"):
    """Base of all facts; station/domain/events.py has them all."""

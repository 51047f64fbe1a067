"""What is good enough."""

import math
from typing import Annotated, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""A finite number; a bool, a string or NaN is refused."""


_MAY_BE_SMALL = frozenset({"V", "A", "W", "F", "s"})


def quantity(value: float, unit: str) -> str:
    """A value as a person reads it.

    >>> quantity(0.00072, "A"), quantity(3.1, "V")
    ('720 µA', '3.1 V')
    """
    factor, told = _scale(value, unit)
    return f"{value * factor:.9g} {told}".rstrip()


def _scale(largest: float, unit: str) -> tuple[float, str]:
    """By what to multiply and how to call it, so that nobody has to read 2e-05."""
    small = unit in _MAY_BE_SMALL and 0 < abs(largest) < 1e-3
    return (1e6, f"µ{unit}") if small else (1.0, unit)


class Limit(BaseModel, frozen=True, extra="forbid"):
    """An inclusive window with a unit; one side may be open, not both."""

    low: Number | None = None
    high: Number | None = None
    unit: Annotated[str, StringConstraints(max_length=12)] = ""
    why: str = Field(default="", description="where the numbers come from")

    @model_validator(mode="after")
    def _window(self) -> Self:
        if self.low is None and self.high is None:
            raise ValueError("a limit needs low, high or both")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low {self.low:g} is above high {self.high:g}")
        return self

    def holds(self, value: float) -> bool:
        """True inside the window, edges included; NaN and infinity never are.

        >>> Limit(low=3.2, high=3.4, unit="V").holds(3.4)
        True
        """
        if not math.isfinite(value):
            return False
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def __str__(self) -> str:
        edges = (self.low, self.high)
        factor, unit = _scale(max(abs(edge) for edge in edges if edge is not None), self.unit)
        low, high = ("…" if edge is None else f"{edge * factor:g}" for edge in edges)
        return f"{low}–{high} {unit}".rstrip()

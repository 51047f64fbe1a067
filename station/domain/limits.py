"""What is good enough."""

import math
from typing import Annotated, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""A finite number; a bool, a string or NaN is refused."""


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
        low = "…" if self.low is None else f"{self.low:g}"
        high = "…" if self.high is None else f"{self.high:g}"
        return f"{low}–{high} {self.unit}".rstrip()

"""A product's process sheet: what is done to every unit, in which order, within which limits."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator

from station.domain.limits import Limit
from station.domain.platform import Mcu, platform_named
from station.domain.release import Slug

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]


class Operation(BaseModel, frozen=True, extra="forbid"):
    """One line of the sheet."""

    op: int = Field(ge=1, le=999, strict=True, description="number on the paper sheet")
    do: Name = Field(description="the step")
    within: float = Field(gt=0, le=3600, strict=True, description="seconds; the worker is ended when they are over")
    on_fail: Literal["stop", "continue"] = "stop"
    ask: Name | None = Field(default=None, description="the question `measure` puts to the factory-test firmware")
    judge: tuple[Name, ...] = Field(default=(), description="names in [limits] that the answer is judged by")


class Recipe(BaseModel, frozen=True, extra="forbid"):
    """A file under configs/recipes/."""

    name: Slug
    revision: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.-]+$", max_length=16)]
    title: str = ""
    platform: str
    release: Slug = Field(description="a manifest under firmware/releases/, without .toml")
    factory_test: Slug = Field(description="the manifest of the factory-test firmware and the Device OS it needs")
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
        self._order()
        return self

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

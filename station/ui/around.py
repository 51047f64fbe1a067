"""What a page needs besides what the bus says: what is made here, and what only the window knows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from station.domain.events import Prompted
from station.domain.recipe import Operation, Recipe
from station.ui.model import Lamp, Person
from station.ui.visible import visible


@dataclass(frozen=True, slots=True)
class Trays:
    """The letters on the trays: a colour alone is not read by everybody."""

    good: str = "P"
    bad: str = "R"


@dataclass(frozen=True, slots=True)
class Making:
    """What this line makes; `medians` are an operation's usual seconds by its number, from the history."""

    station: str
    recipe: Recipe
    release: str
    product: int | None = None
    medians: Mapping[int, float] = field(default_factory=dict)
    trays: Trays = Trays()

    @property
    def title(self) -> str:
        """The product, as people call it."""
        return self.recipe.title or self.recipe.name

    def line(self, op: int) -> Operation | None:
        """The line of the sheet with this number."""
        return self.recipe.line(op)

    def asks(self, asked: Prompted, language: str) -> str:
        """What the operator is asked, in this language where the recipe has it."""
        return question_text(asked, self.recipe, language)

    def usual(self) -> dict[int, float]:
        """Seconds that each operation usually takes; where nothing is known, its limit, brought to the same scale."""
        sheet = self.recipe.sheet
        known = [line for line in sheet if self.medians.get(line.op)]
        limits = sum(line.within for line in known)
        scale = sum(self.medians[line.op] for line in known) / limits if limits else 1.0
        return {line.op: self.medians.get(line.op) or line.within * scale for line in sheet}


def question_text(asked: Prompted, recipe: Recipe | None, language: str) -> str:
    """What the operator is asked: the journal has it in one language, the recipe may have it in this one."""
    line = recipe.line(asked.op) if recipe is not None else None
    return visible((line.says(language) if line is not None else "") or asked.tell)


@dataclass(frozen=True, slots=True)
class Frame:
    """What a window is like: `keyed` where scans come as keys, `whole` where it covers the screen, as on a line."""

    making: Making
    keyed: bool
    whole: bool = True
    theme: str = "light"
    language: str = "en"
    volume: int = 80


@dataclass(frozen=True, slots=True)
class Notice:
    """Something of the window's own that comes before everything else, by its code under `notice` in the texts."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Around:
    """What only the window knows; `now` is µs since 1970 UTC, `log` None while the drawer is shut."""

    now: int
    zone: tzinfo = UTC
    lamps: tuple[Lamp, ...] = ()
    person: Person | None = None
    notice: Notice | None = None
    log: tuple[str, ...] | None = None
    lead_called: bool = False

"""The steps there are, and what each one needs, read from its signature."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import get_type_hints

from station.domain.faults import ConfigRefused, PortMissing
from station.domain.mistakes import Mistake, near
from station.domain.recipe import Recipe
from station.engine.op import Op

ENTRY_POINTS = "station.steps"
"""Entry-point group under which other packages bring step functions."""


@dataclass(frozen=True, slots=True)
class Step:
    """A function that does an operation; `needs` are the ports in its signature."""

    name: str
    call: Callable[..., None]
    needs: tuple[type, ...]
    summary: str


_STEPS: dict[str, Step] = {}


def register(*functions: Callable[..., None]) -> None:
    """Make functions the steps of their own names. Raises TypeError for one that takes no Op first."""
    for function in functions:
        hints = get_type_hints(function)
        first, *others = [*inspect.signature(function).parameters, ""]
        if hints.get(first) is not Op:
            raise TypeError(f"step {function.__name__} must take an Op first")
        summary = (inspect.getdoc(function) or "").partition("\n")[0]
        _STEPS[function.__name__] = Step(
            function.__name__, function, tuple(hints[name] for name in others if name), summary
        )


def steps() -> Mapping[str, Step]:
    """All steps by name."""
    return _STEPS


def load_plugins() -> None:
    """Register the steps that other installed packages bring.

    Raises ConfigRefused when one would take the place of a step that is known.
    """
    for point in entry_points(group=ENTRY_POINTS):
        function: Callable[..., None] = point.load()
        known = _STEPS.get(function.__name__)
        if known is not None and known.call is not function:
            raise ConfigRefused(f"{point.value} brings a step {function.__name__!r}, and there is one of that name")
        register(function)


def misfits(recipe: Recipe, ports: frozenset[type]) -> list[Mistake]:
    """Every reason why this sheet cannot be worked off with these ports, as sentences with the op number."""
    found = []
    for line in recipe.sheet:
        at, known = recipe.place_of(line.op, "do"), _STEPS.get(line.do)
        if known is None:
            found.append(Mistake(at, f"op {line.op}: there is no step {line.do!r}; {near(line.do, _STEPS)}"))
            continue
        found += [
            Mistake(at, f"op {line.op} ({line.do}) needs {need.__name__}, which this fixture does not have")
            for need in known.needs
            if need not in ports
        ]
    return found


def bind(name: str, ports: Mapping[type, object]) -> Callable[[Op], None]:
    """The step, with its ports filled in. Raises PortMissing."""
    found = _STEPS.get(name)
    if found is None:
        raise PortMissing(f"there is no step {name!r}")
    missing = [need.__name__ for need in found.needs if need not in ports]
    if missing:
        raise PortMissing(f"step {name} needs {', '.join(missing)}, which this nest does not have")
    filled = [ports[need] for need in found.needs]
    call = found.call
    return lambda op: call(op, *filled)

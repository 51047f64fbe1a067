"""Who is told what: events after they are on disk, progress, and the moves of nests."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from station.domain.events import Event, Progressed, Prompted
from station.domain.ids import RunId
from station.domain.label import Label
from station.domain.nest import State

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stored:
    """An event that is on disk; `nest` is None for the station's own."""

    nest: int | None
    event: Event


@dataclass(frozen=True, slots=True)
class Moving:
    """Progress of the operation in a nest."""

    nest: int
    run: RunId
    progressed: Progressed


@dataclass(frozen=True, slots=True)
class Moved:
    """A nest's state and the sentence its operator reads now."""

    nest: int
    state: State
    tell: str
    label: Label | None
    question: Prompted | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something about the station itself that a person must know: code, what, what to do, and at which nest."""

    code: str
    detail: str
    remedy: str
    nest: int | None = None


@dataclass(frozen=True, slots=True)
class Ignored:
    """A scan that changed nothing and is nobody's mistake: shown for a moment, and not stored."""

    source: str
    detail: str


Heard = Stored | Moving | Moved | Trouble | Ignored
Listener = Callable[[Heard], None]


class Bus:
    """Calls every listener in the core thread; a listener that fails cannot hurt the run."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> None:
        """Have `listener` called for everything from now on; it must return at once."""
        self._listeners.append(listener)

    def publish(self, heard: Heard) -> None:
        """Tell everyone."""
        for listener in self._listeners:
            try:
                listener(heard)
            except Exception:
                _log.exception("a listener failed")

"""The one thread that talks to the fixture's controller: switches what it is asked to, watches the lids."""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from station.domain.faults import Fault, FixtureRefused
from station.ports import Fixture

POLL = 0.05
"""Seconds between two looks at the lids: an operator's hand is slower than that by far."""

Done = Callable[[Fault | None], None]


@dataclass(frozen=True, slots=True)
class Request:
    """Switch power or reset of a nest, or make it safe: reset held, then power off."""

    nest: int
    what: Literal["power", "reset", "safe"]
    on: bool
    done: Done


class FixtureDesk:
    """Requests are done in order; lids are reported when they change, closed ones at the first look.

    `on_lid` is told nest, whether it is closed, and whether it was so at the first look.
    """

    def __init__(
        self, fixture: Fixture, on_lid: Callable[[int, bool, bool], None], on_lost: Callable[[Fault], None]
    ) -> None:
        self._fixture = fixture
        self._on_lid = on_lid
        self._on_lost = on_lost
        self._requests: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._lids: dict[int, bool] = {}
        self._looked = self._lost = False
        self._why: Fault | None = None
        self._thread = threading.Thread(target=self._work, name="fixture", daemon=True)

    @property
    def lost(self) -> Fault | None:
        """Why the controller did not tell its lids last time; may be asked from any thread."""
        return self._why

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def ask(self, request: Request) -> None:
        """Queue a request; `done` is called in this desk's thread."""
        self._requests.put(request)

    def close(self) -> None:
        """Finish what is queued and let go of the controller."""
        self._requests.put(None)
        self._thread.join(timeout=5.0)
        self._fixture.close()

    def _work(self) -> None:
        while True:
            try:
                request = self._requests.get(timeout=POLL)
            except queue.Empty:
                self._look()
                continue
            if request is None:
                return
            request.done(self._do(request))

    def _do(self, request: Request) -> Fault | None:
        try:
            match request.what:
                case "power":
                    self._fixture.set_power(request.nest, request.on)
                case "reset":
                    self._fixture.set_reset(request.nest, request.on)
                case "safe":
                    try:
                        self._fixture.set_reset(request.nest, True)
                    finally:
                        # A reset that cannot be held is no reason to leave the power on.
                        self._fixture.set_power(request.nest, False)
        except Fault as fault:
            return fault
        except Exception as bug:
            return FixtureRefused(f"the fixture's driver failed: {bug!r}")
        return None

    def _look(self) -> None:
        try:
            lids = self._fixture.lids()
        except Exception as error:
            self._why = error if isinstance(error, Fault) else FixtureRefused(f"the fixture's driver failed: {error!r}")
            if not self._lost:
                self._lost = True
                self._on_lost(self._why)
            return
        self._lost, self._why = False, None
        for nest, closed in lids.items():
            # A lid that is closed at the first look was closed by somebody: a nest that waits for it must hear of it.
            if self._lids.get(nest, False) != closed:
                self._lids[nest] = closed
                self._on_lid(nest, closed, not self._looked)
        self._looked = True

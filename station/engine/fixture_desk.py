"""The one thread that talks to the fixture's controller: switches what it is asked to, watches lids and relays.

Whatever it says feeds the controller's watchdog; it says nothing more once the core stands still, so that a station
that hangs is taken for one that is gone.
"""

import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

from station.domain.faults import Fault, FixtureRefused, NoWatchdog, PowerTaken
from station.ports import Fixture, Relays

POLL = 0.05
"""Seconds between two looks at the lids: an operator's hand is slower than that by far."""

HANGS = 10.0
"""Seconds without a sign of life of the core after which nothing is said any more; it turns twice a second. A design
margin, not measured."""

OWED = 1.0
"""Seconds until a nest that could not be made safe is tried again."""

IDLE = 4
"""Looks until a nest that is safe is looked at again: one that gets power by itself is seen in a second or two. A
design margin."""

Done = Callable[[Fault | None], None]
OnSeen = Callable[[int, bool, bool | None, bool], None]
What = Literal["power", "reset", "safe", "prove"]


@dataclass(frozen=True, slots=True)
class Request:
    """Switch power or reset of a nest, make it safe: reset held, then power off; or prove the watchdog there."""

    nest: int
    what: What
    on: bool
    done: Done


def _nobody(nest: int, fault: Fault, runs: bool) -> None:
    """Nobody has to be told."""


def emptiest(nest: int, fixture: Fixture) -> int:
    """Where the watchdog is proved: a nest that is seen to be empty, else one whose lid is open, else this one."""
    empty = [one for one, seated in fixture.seats().items() if not seated]
    return next(iter(empty or [one for one, closed in fixture.lids().items() if not closed]), nest)


class FixtureDesk:
    """Requests are done in order; lids are reported when they change, closed ones at the first look.

    `on_seen` is told nest, whether its lid is closed, whether a unit is seated (None where the controller cannot tell),
    and whether it was so at the first look. A seat counts once two looks agree: a unit bounces. `on_taken` is told of a
    nest whose relays do not stand as they were switched here, and whether its unit can run: before the next one is
    switched, and now and then.
    """

    def __init__(
        self,
        fixture: Fixture,
        on_seen: OnSeen,
        on_lost: Callable[[Fault], None],
        on_taken: Callable[[int, Fault, bool], None] = _nobody,
        hangs: float = HANGS,
    ) -> None:
        self._fixture = fixture
        self._on_seen = on_seen
        self._on_lost = on_lost
        self._on_taken, self._hangs = on_taken, hangs
        self._requests: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._stands: dict[int, tuple[bool, bool | None]] = {}
        self._felt: dict[int, bool] = {}
        self._relays: dict[int, Relays] = {}
        self._owed: dict[int, float] = {}
        self._looked = self._lost = False
        self._looks = 0
        self._why: Fault | None = None
        self._asleep: Fault | None = None
        self._beat = time.monotonic()
        self._thread = threading.Thread(target=self._work, name="fixture", daemon=True)

    @property
    def lost(self) -> Fault | None:
        """Why the controller did not tell its lids last time; may be asked from any thread."""
        return self._why

    @property
    def unfelt(self) -> bool:
        """Whether the controller said last time that it cannot tell a seated unit; may be asked from any thread."""
        return self._looked and not self._felt

    def start(self) -> None:
        """Begin to watch."""
        self.beat()
        self._thread.start()

    def beat(self) -> None:
        """The core is alive; from any thread."""
        self._beat = time.monotonic()

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
                if time.monotonic() - self._beat < self._hangs:
                    self._look()
                continue
            if request is None:
                return
            request.done(self._do(request))

    def _do(self, request: Request) -> Fault | None:
        try:
            match request.what:
                case "power" if request.on and self._asleep is not None:
                    return self._asleep
                case "power" | "reset":
                    self._switch(request)
                case "safe":
                    self._make_safe(request.nest)
                case "prove":
                    self._prove(request.nest)
        except Fault as fault:
            return fault
        except Exception as bug:
            return FixtureRefused(f"the fixture's driver failed: {bug!r}")
        return None

    def _switch(self, request: Request) -> None:
        nest, on = request.nest, request.on
        self._compare(nest)
        if request.what == "power":
            self._fixture.set_power(nest, on)
            self._relays[nest] = replace(self._relays.get(nest, Relays()), power=on)
        else:
            self._fixture.set_reset(nest, on)
            self._relays[nest] = replace(self._relays.get(nest, Relays()), reset=on)

    def _make_safe(self, nest: int) -> None:
        self._relays.pop(nest, None)
        # Owed until it was seen: what keeps the watchdog fed must not keep this nest's power on.
        self._owed[nest] = time.monotonic() + OWED
        try:
            self._fixture.set_reset(nest, True)
        finally:
            # A reset that cannot be held is no reason to leave the power on.
            self._fixture.set_power(nest, False)
        self._owed.pop(nest)
        self._relays[nest] = Relays()

    def _prove(self, nest: int) -> None:
        if not all(one.safe for one in self._relays.values()):
            raise FixtureRefused("the watchdog is not proved while a unit has power")
        try:
            self._fixture.prove_watchdog(emptiest(nest, self._fixture))
        except NoWatchdog as fault:
            self._asleep = fault
            raise
        self._asleep = None

    def _compare(self, nest: int) -> None:
        """Raises PowerTaken where the relays of a nest do not stand as they were switched."""
        meant = self._relays.get(nest)
        if meant is None or (found := self._fixture.relays(nest)) == meant:
            return
        self._relays.pop(nest)
        power, reset = "on" if found.power else "off", "held" if found.reset else "free"
        fault = PowerTaken(f"nest {nest}: power is {power} and reset {reset}, which the station did not switch")
        self._on_taken(nest, fault, found.runs)
        raise fault

    def _pay(self) -> None:
        for nest in [one for one, at in self._owed.items() if time.monotonic() >= at]:
            with suppress(Fault):  # whoever asked for it was told, and the nest is locked
                self._make_safe(nest)

    def _look(self) -> None:
        try:
            lids, seats = self._fixture.lids(), self._fixture.seats()
            self._pay()
            for nest in self._next():
                self._relays[nest] = self._relays.pop(nest)
                self._compare(nest)
        except PowerTaken:
            return
        except Exception as error:
            self._why = error if isinstance(error, Fault) else FixtureRefused(f"the fixture's driver failed: {error!r}")
            if not self._lost:
                self._lost = True
                self._on_lost(self._why)
            return
        self._lost, self._why = False, None
        for nest, closed in lids.items():
            # A lid that is closed at the first look was closed by somebody: a nest that waits for it must hear of it.
            before = self._stands.get(nest, (False, None))
            now = closed, self._seat(nest, seats.get(nest), before[1])
            if closed and not before[0] and now[1] is not seats.get(nest):
                # The lid was closed behind a unit that has only just come: the next look tells both.
                continue
            if before != now:
                self._stands[nest] = now
                self._on_seen(nest, *now, not self._looked)
        self._looked = True

    def _next(self) -> list[int]:
        """One of those with power in each look, in turns, and of the others now and then: 115200 baud have room."""
        self._looks += 1
        live = [nest for nest, one in self._relays.items() if not one.safe]
        idle = [nest for nest, one in self._relays.items() if one.safe] if self._looks % IDLE == 0 else []
        return [*live[:1], *idle[:1]]

    def _seat(self, nest: int, felt: bool | None, before: bool | None) -> bool | None:
        """Whether a unit is seated, once two looks agree."""
        if felt is None:
            self._felt.pop(nest, None)
            return None
        agree = self._felt.get(nest, felt) is felt
        self._felt[nest] = felt
        return felt if agree or before is None else before

"""A gate with nothing behind it but a list of facts: who works at a station, without a station."""

import itertools
from collections.abc import Callable

from station.domain.events import Body, Event
from station.domain.people import Action, Person
from station.domain.shift_facts import Approval
from station.domain.shift_rules import ShiftRules
from station.domain.standing import Standing
from station.engine.bus import Bus, Heard, PinWanted, Trouble, Waiting
from station.engine.gate import Gate, Wish
from tests.engine.crew import badge
from tests.engine.line import PeoplesTime, pin_fits


class SignInDesk:
    """Badges are scanned, PINs are typed, time passes; `facts` are what was stored, in order."""

    def __init__(self, rules: ShiftRules, earlier: list[Event] | None = None) -> None:
        self.time = PeoplesTime()
        self.events: list[Event] = list(earlier or [])
        self.heard: list[Heard] = []
        self.done: list[Approval] = []
        self.hashed: list[str] = []
        self.left = 0
        self.full = False
        self.standing = Standing.of(self.events)
        self._seq = itertools.count(len(self.events) + 1)
        bus = Bus()
        bus.subscribe(self.heard.append)
        self.gate = Gate(rules, self.standing, self._fits, self.time.now, self._store, bus, self._left)

    @property
    def facts(self) -> list[Body]:
        return [one.body for one in self.events]

    def scan(self, person: Person) -> bool:
        self.gate.tick(busy=False)
        self.gate.touch()
        return self.gate.badge(badge(person), "left")

    def type(self, pin: str) -> bool:
        self.gate.tick(busy=False)
        return self.gate.pin(pin)

    def later(self, seconds: float, busy: bool = False) -> None:
        self.time.seconds += seconds
        self.gate.tick(busy)

    def want(self, action: Action, do: Callable[[Approval], bool] | None = None) -> None:
        """Have an action wait for whoever may approve it."""
        self.gate.want(Wish(action, "a test wants it", do or self._do))

    def waiting(self) -> Action | None:
        return next((one.action for one in reversed(self.heard) if isinstance(one, Waiting)), None)

    def asked(self) -> PinWanted | None:
        return next((one for one in reversed(self.heard) if isinstance(one, PinWanted) and one.name), None)

    def codes(self) -> list[str]:
        """What people were told went wrong."""
        return [one.code for one in self.heard if isinstance(one, Trouble)]

    def _do(self, approval: Approval) -> bool:
        self.done.append(approval)
        return True

    def _fits(self, kept: str, pin: str) -> bool:
        self.hashed.append(pin)
        return pin_fits(kept, pin)

    def _left(self) -> None:
        self.left += 1

    def _store(self, body: Body) -> bool:
        if self.full:
            return False
        event = Event(seq=next(self._seq), run=None, at=self.time.wall(), body=body)
        self.events.append(event)
        self.standing.add(event)
        return True

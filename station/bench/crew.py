"""The people at the virtual fixture: an operator with a badge, a lead who comes when something waits for one."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from station.bench.client import Bench
from station.domain.people import Action
from station.domain.refusals import Code
from station.engine.bus import AtWork, PinWanted, Waiting

Type = Callable[[str], None]
"""Types a line at the station, as `station run` takes it."""

LIFTED = frozenset({Code.PLAN_CHANGED, Code.SCAN_ALREADY_PASSED, Code.RETEST_BLOCKED, Code.TYPED_LABEL})
"""What a scan is refused for that goes on by itself once somebody has approved it."""

People = AtWork | PinWanted | Waiting


@dataclass(frozen=True, slots=True)
class Crew:
    """Badges as their barcodes say, PINs, and habits.

    `first` are the reference units at the tray's beginning. `stranger` is a badge that is shown first and that nobody
    knows. The operator mistypes the PIN `wrong_pins` times; `releases`: tries to release a locked nest. The lead
    approves these actions. A station whose people's clock is in a hurry makes nobody wait longer.
    """

    badge: str
    lead: str
    pin: str = ""
    lead_pin: str = ""
    first: int = 0
    stranger: str = ""
    wrong_pins: int = 0
    releases: bool = False
    approves: frozenset[Action] = frozenset({Action.ACCEPT_RECIPE, Action.UNLOCK_PIN})
    hurry: float = 1.0


class Badges:
    """What the crew does with badges and PINs; everything here runs in the operator's thread."""

    def __init__(self, bench: Bench, crew: Crew, type_: Type) -> None:
        self._bench, self._crew, self._type = bench, crew, type_
        self._wrong = crew.wrong_pins
        self._lead_came = False
        self.signed_in = False

    def look(self, seen: People) -> None:
        """Do what the screen asks for."""
        crew = self._crew
        match seen:
            case AtWork(person=None, asked=True):
                self.signed_in = False
                if crew.stranger:
                    self._bench.scan(crew.stranger)
                self._bench.scan(crew.badge)
            case AtWork():
                self.signed_in = True
            case PinWanted(name=str(), not_before=wait):
                time.sleep(wait / crew.hurry)
                self._type(f"pin {self._pin()}")
            case Waiting(action=Action() as action) if action in crew.approves:
                self._lead_came = True
                self._bench.scan(crew.lead)
            case Waiting(action=None) if self._lead_came:
                self._lead_came = False
                if not self.signed_in:
                    self._bench.scan(crew.badge)
            case _:
                return

    def _pin(self) -> str:
        if self._lead_came:
            return self._crew.lead_pin
        self._wrong -= 1
        return "0000" if self._wrong >= 0 else self._crew.pin

    def goes_on(self, code: str) -> bool:
        """Whether a refused scan is soon approved."""
        return code in LIFTED and (Action.ACCEPT_RECIPE if code == Code.PLAN_CHANGED else Action.TEST_AGAIN) in (
            self._crew.approves
        )

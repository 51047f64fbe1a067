"""How a station stands, as its journal says: what is locked, accepted and proved; a fold of facts.

The same fold is made at each start and goes on with every fact that is stored, so that ending the program unlocks
nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

from station.domain.events import Event, RunFinished, RunStarted, StationStarted
from station.domain.ids import RunId, SerialNumber
from station.domain.journal_facts import ClockStepped
from station.domain.outcome import Outcome
from station.domain.people import Language
from station.domain.refusals import Code
from station.domain.safety_facts import WatchdogTried
from station.domain.shift_facts import (
    Approved,
    LanguageChosen,
    NestLocked,
    NestReleased,
    PeopleSealed,
    PersonRemoved,
    PersonSet,
    PinLocked,
    PinSet,
    PinUnlocked,
    RecipeAccepted,
    ReferenceJudged,
    ReferenceLifted,
    SignedIn,
    SignInRefused,
)
from station.domain.timeline import MINUTE


@dataclass(slots=True, eq=False)
class Standing:
    """`add` takes the facts in the order in which they are stored."""

    wrong_pins: dict[str, int] = field(default_factory=dict)
    """Wrong PINs since the last right one, by name."""
    locked_pins: set[str] = field(default_factory=set)
    locks: dict[int, NestLocked] = field(default_factory=dict)
    streaks: dict[int, int] = field(default_factory=dict)
    """Fails in a row, by nest; runs without a verdict, and reference units, do not count."""
    accepted: RecipeAccepted | None = None
    language: Language | None = None
    """What was chosen here last; None: what the station's file says."""
    references: dict[SerialNumber, tuple[int, ReferenceJudged]] = field(default_factory=dict)
    """The newest verdict of each, and when, µs since 1970 UTC."""
    wrong_reference: ReferenceJudged | None = None
    """One that came out wrong and that no engineer has seen to."""
    people: dict[str, PersonSet] = field(default_factory=dict)
    """Who was recorded to work here, by name."""
    sealed: dict[str, str] = field(default_factory=dict)
    """The hash of everybody's entry in the people's file, as it was last written by the station."""
    vouchers: dict[str, str] = field(default_factory=dict)
    with_pin: set[str] = field(default_factory=set)
    watchdog_at: int | None = None
    """When the fixture's watchdog was last seen to bite, µs since 1970 UTC; None once it did not."""
    _made_in: dict[RunId, int] = field(default_factory=dict)
    _clock: int = 0
    """What the clock said at the last fact."""

    @classmethod
    def of(cls, events: Iterable[Event]) -> Self:
        """The sum of these facts."""
        standing = cls()
        for event in events:
            standing.add(event)
        return standing

    def add(self, event: Event) -> None:
        """Take in one fact; most change nothing."""
        self._set_clock(event)
        match event.body:
            case SignInRefused(code=Code.PIN_WRONG, name=name):
                self.wrong_pins[name] = self.wrong_pins.get(name, 0) + 1
            case PinLocked(name=name):
                self.locked_pins.add(name)
            case PinUnlocked(name=name) | PinSet(name=name):
                self._trust(name)
                self.locked_pins.discard(name)
                if isinstance(event.body, PinSet):
                    self._pin_set(event.body)
            case PersonSet(name=name, voucher=voucher) as person:
                self.people[name] = person
                self.vouchers[name] = voucher
            case PersonRemoved(name=name):
                for known in (self.people, self.vouchers):
                    known.pop(name, None)
                self.with_pin.discard(name)
            case PeopleSealed(entries=entries):
                self.sealed = dict(entries)
            case SignedIn(name=name, pin=True) | Approved(by=name):
                self._trust(name)
            case NestLocked() as locked:
                self.locks[locked.nest] = locked
            case NestReleased(nest=nest):
                self.locks.pop(nest, None)
                self.streaks.pop(nest, None)
            case StationStarted():
                # Every nest is made safe at the start, or locked anew.
                self.locks = {nest: one for nest, one in self.locks.items() if one.why != "unsafe"}
            case RecipeAccepted() as accepted:
                self.accepted = accepted
            case LanguageChosen(language=language):
                self.language = language
            case ReferenceJudged() as judged:
                self.references[judged.serial] = (event.at, judged)
                if not judged.right:
                    self.wrong_reference = judged
            case ReferenceLifted():
                self.wrong_reference = None
            case WatchdogTried(bites=bites):
                self.watchdog_at = event.at if bites else None
            case RunStarted(nest=nest, reference=None) if event.run is not None:
                self._made_in[event.run] = nest
            case RunFinished(outcome=outcome) if event.run is not None:
                self._ended(event.run, outcome)
            case _:
                return

    def _set_clock(self, event: Event) -> None:
        """A clock that was set moves the time of what was proved along with it: how long ago it was stays."""
        step = event.at - self._clock if self._clock - event.at > MINUTE else 0
        if isinstance(event.body, ClockStepped):
            step = round(event.body.seconds * 1e6)
        self._clock = event.at
        if step:
            self.references = {serial: (at + step, one) for serial, (at, one) in self.references.items()}
            self.watchdog_at = None if self.watchdog_at is None else self.watchdog_at + step

    def _pin_set(self, fact: PinSet) -> None:
        self.vouchers[fact.name] = fact.voucher
        (self.with_pin.discard if fact.removed else self.with_pin.add)(fact.name)

    def _trust(self, name: str) -> None:
        self.wrong_pins.pop(name, None)

    def _ended(self, run: RunId, outcome: Outcome) -> None:
        nest = self._made_in.pop(run, None)
        if nest is None:
            return
        if outcome is Outcome.PASS:
            self.streaks.pop(nest, None)
        elif outcome is Outcome.FAIL:
            self.streaks[nest] = self.streaks.get(nest, 0) + 1

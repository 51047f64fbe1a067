"""What people may want besides scans and answers, and who may have it."""

import re
from collections.abc import Callable, Mapping
from typing import Protocol

from station.domain.events import Body
from station.domain.faults import Fault
from station.domain.nest import On, State
from station.domain.people import NAME, SAYS, Action, Language
from station.domain.refusals import Code, Refusal, refuse
from station.domain.shift_facts import (
    ActionRefused,
    LanguageChosen,
    LeadCalled,
    LeadCame,
    NestReleased,
    RecipeAccepted,
    ReferenceLifted,
)
from station.engine.allowed import House
from station.engine.bus import Bus, Speaks, Trouble
from station.engine.gate import Gate, Wish
from station.engine.nest import Nest

RUNNING = (State.RUNNING, State.ASKING, State.STOPPING)


class Floor(Protocol):
    """What the core does with its nests."""

    def move(self, nest: Nest, on: On, why: str = "", by: str = "") -> bool:
        """Move a nest by the table; False when the table has no such row and nothing changed."""
        ...

    def store(self, nest: Nest | None, bodies: list[Body]) -> Fault | None:
        """Append, then tell; the fault when nothing was stored."""
        ...

    def quit(self) -> None:
        """End the station."""
        ...


class Wishes:
    """Everything here runs in the core thread."""

    def __init__(self, house: House, floor: Floor, gate: Gate, nests: Mapping[int, Nest], bus: Bus) -> None:
        self._house, self._floor, self._gate, self._nests, self._bus = house, floor, gate, nests, bus

    def stop(self, number: int | None, why: str) -> bool:
        """Stop the run of a nest, or all; nobody is refused that."""
        meant = [one for one in self._nests.values() if number in (None, one.number)]
        stopped = [nest for nest in meant if self._floor.move(nest, On.STOP, why, self._gate.by)]
        return bool(stopped) or self.refuse(Action.STOP, refuse(Code.NOTHING_TO_STOP), number)

    def cancel(self, number: int) -> bool:
        """Drop the label of a nest whose unit is not seated yet."""

        def drop(_: str) -> bool:
            return self._floor.move(self._nests[number], On.CANCEL)

        if number not in self._nests or self._nests[number].state is not State.LABELLED:
            return self.refuse(Action.CANCEL, refuse(Code.NOTHING_TO_CANCEL), number)
        return self._with_right(Action.CANCEL, number, drop)

    def release(self, number: int, name: str = "") -> bool:
        """A person says that a locked nest may be used again; `name` says who, where nobody signs in.

        A nest whose unit may have connected is released by nobody without a name.
        """
        nest = self._nests.get(number)
        if nest is None or nest.state is not State.LOCKED:
            return self.refuse(Action.RELEASE_NEST, refuse(Code.NOTHING_TO_RELEASE, nest=number), number)
        action = Action.RELEASE_METER if nest.locked == "meter" else Action.RELEASE_NEST
        named = re.fullmatch(NAME, name) is not None
        if action is Action.RELEASE_METER and not self._house.rules.signed and not named:
            return self.refuse(action, refuse(Code.NAME_NEEDED, nest=number), number)

        def open_up(by: str) -> bool:
            # It may have been released since, and locked again for another reason.
            needed = Action.RELEASE_METER if nest.locked == "meter" else Action.RELEASE_NEST
            if nest.state is not State.LOCKED or needed is not action:
                return False
            released = NestReleased(nest=number, why=nest.locked, by=by or (name if named else ""))
            return self._floor.store(None, [released]) is None and self._floor.move(nest, On.RELEASED)

        return self._with_right(action, number, open_up)

    def lift(self) -> bool:
        """A person says that the station may go on after a reference unit that came out wrong."""
        wrong = self._house.standing.wrong_reference
        if wrong is None:
            return self.refuse(Action.LIFT_REFERENCE, refuse(Code.NOTHING_TO_LIFT))

        def go_on(by: str) -> bool:
            return self._floor.store(None, [ReferenceLifted(serial=wrong.serial, by=by)]) is None

        return self._with_right(Action.LIFT_REFERENCE, None, go_on)

    def accept(self) -> bool:
        """A person accepts the recipe as it is now."""
        return self._with_right(Action.ACCEPT_RECIPE, None, self.accepted)

    def accepted(self, by: str) -> bool:
        """Somebody who may accept the recipe did so."""
        inputs = self._house.inputs
        accepted = RecipeAccepted(
            recipe=inputs.recipe.name,
            revision=inputs.recipe.revision,
            recipe_sha256=inputs.recipe_sha256,
            release_sha256=inputs.release_sha256,
            by=by,
        )
        return self._floor.store(None, [accepted]) is None

    def call_lead(self, number: int | None) -> bool:
        """Somebody calls the line lead, to a nest or to the only one that is locked; nobody is refused that."""
        locked = [one.number for one in self._nests.values() if one.state is State.LOCKED]
        at = number if number is not None or len(locked) != 1 else locked[0]
        return self._floor.store(None, [LeadCalled(nest=at, by=self._gate.by)]) is None

    def lead_came(self) -> bool:
        """Whoever was called is here."""
        return self._floor.store(None, [LeadCame(by=self._gate.by)]) is None

    def speak(self, language: Language) -> bool:
        """Choose the station's language; nobody is refused that."""
        if self._floor.store(None, [LanguageChosen(language=language, by=self._gate.by)]) is not None:
            return False
        self._bus.publish(Speaks(language))
        return True

    def close(self) -> bool:
        """A person wants the program to end; not in mid-run."""

        def end(_: str) -> bool:
            if self.running:
                return self.refuse(Action.CLOSE, refuse(Code.STILL_RUNNING))
            self._floor.quit()
            return True

        return end("") if self.running else self._with_right(Action.CLOSE, None, end)

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return any(nest.state in RUNNING for nest in self._nests.values())

    def refuse(self, action: Action, why: Refusal, nest: int | None = None) -> bool:
        """Store and tell that something was not done."""
        told = ActionRefused(action=action, code=why.code, detail=why.detail, by=self._gate.by, nest=nest)
        self._floor.store(None, [told])
        self._bus.publish(Trouble.of(why))
        return False

    def _with_right(self, action: Action, nest: int | None, do: Callable[[str], bool]) -> bool:
        """Do it where whoever is signed in may; else refuse it, and wait for the badge of somebody who may."""
        self._gate.touch()
        why = self._gate.refusal(action)
        if why is None:
            return do(self._gate.by)
        self.refuse(action, why, nest)
        if why.code == Code.NOT_ALLOWED:
            self._gate.want(Wish(action, SAYS[action], lambda approval: do(approval.by), nest))
        return False

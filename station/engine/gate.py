"""Who works at the station: badges, PINs, sessions that end, and approvals that are used once.

Everything here runs in the core thread; time comes from the clock that is passed in.
"""

from collections.abc import Callable
from dataclasses import dataclass

from station.domain.events import Body
from station.domain.label import Label
from station.domain.people import SAYS, Action, Badge, Person, Role, ending, may, who_may
from station.domain.refusals import Code, Refusal, refuse
from station.domain.shift_facts import (
    Approval,
    Approved,
    PinLocked,
    PinUnlocked,
    SignedIn,
    SignedOut,
    SignInRefused,
    SignOut,
)
from station.domain.shift_rules import APPROVED_WITHIN, IDLE, PIN_TRIES, SHORT_SESSION, ShiftRules, delay
from station.domain.standing import Standing
from station.engine.bus import AtWork, Bus, Ignored, PinWanted, Trouble, Waiting

PinFits = Callable[[str, str], bool]
"""Whether a PIN is the one of which this hash was kept."""

Store = Callable[[Body], bool]
"""Append a fact of the station; False when it could not be stored, and then it did not happen."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What waits for the badge of somebody who may; `do` is called once, with their approval."""

    action: Action
    detail: str
    do: Callable[[Approval], bool]
    nest: int | None = None
    label: Label | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whose PIN is waited for, until when, and for what."""

    person: Person
    until: float
    wish: Wish | None
    source: str


class Gate:
    """The session of one station."""

    def __init__(
        self,
        rules: ShiftRules,
        standing: Standing,
        fits: PinFits,
        now: Callable[[], float],
        store: Store,
        bus: Bus,
        left: Callable[[], None],
    ) -> None:
        """`left` is called when somebody has signed out and nobody came in their place."""
        self._rules, self._standing, self._fits, self._now = rules, standing, fits, now
        self._store, self._bus, self._left = store, bus, left
        self.person: Person | None = None
        self._since = self._active = now()
        self._wish: Wish | None = None
        self._wish_until = 0.0
        self._asked: _Asked | None = None
        self._wrong = dict(standing.wrong_pins)
        standing.locked_pins.update(name for name, wrong in self._wrong.items() if wrong >= PIN_TRIES)
        self._not_before = {name: now() + delay(wrong) for name, wrong in self._wrong.items()}

    @property
    def by(self) -> str:
        """Whose session it is; empty for nobody's."""
        return self.person.name if self.person else ""

    def touch(self) -> None:
        """Somebody did something."""
        self._active = self._now()

    def refusal(self, action: Action) -> Refusal | None:
        """Why whoever is signed in may not do this; None when they may, or when nobody has to sign in."""
        if not self._rules.signed or (self.person is None and action is Action.STOP):
            return None
        if self.person is None:
            return refuse(Code.SIGN_IN_FIRST)
        if not may(self.person.role, action):
            return refuse(
                Code.NOT_ALLOWED,
                role=self.person.role.value,
                name=self.person.name,
                what=SAYS[action],
                who=who_may(action),
            )
        return None

    # Badges and PINs

    def badge(self, badge: Badge, source: str) -> bool:
        """Somebody scanned a badge: they approve what waits, where they may, and sign in otherwise."""
        if not self._rules.signed:
            self._bus.publish(Trouble.of(refuse(Code.SIGN_IN_OFF)))
            return False
        person = self._rules.people.with_badge(badge.id)
        if person is None:
            return self._refuse(refuse(Code.BADGE_UNKNOWN), source, badge=ending(badge.id))
        if not person.active:
            return self._refuse(refuse(Code.BADGE_OFF, name=person.name), source, person)
        wish = self._wish if self._wish is not None and may(person.role, self._wish.action) else None
        if wish is None and person == self.person:
            self._bus.publish(Ignored(source, f"{person.name} is signed in already."))
            return True
        if self._rules.sign_in == "badge":
            return self._let(person, wish, source)
        if person.name in self._standing.locked_pins:
            return self._locked(person, source)
        if person.pin is None:
            return self._refuse(refuse(Code.PIN_MISSING, name=person.name), source, person)
        self._ask(_Asked(person, self._now() + APPROVED_WITHIN, wish, source))
        return True

    def pin(self, pin: str) -> bool:
        """Somebody typed the PIN that is waited for."""
        asked = self._asked
        if asked is None:
            self._bus.publish(Trouble.of(refuse(Code.PIN_NOT_ASKED)))
            return False
        person, now = asked.person, self._now()
        if (wait := self._not_before.get(person.name, 0.0) - now) > 0:
            return self._refuse(refuse(Code.PIN_WAIT, seconds=f"{wait:.0f}"), asked.source, person)
        if person.pin is not None and self._fits(person.pin, pin):
            self._ask(None)
            self._trust(person.name)
            return self._let(person, asked.wish, asked.source)
        return self._wrong_pin(asked)

    def _wrong_pin(self, asked: _Asked) -> bool:
        person = asked.person
        # Counted before it is stored: a full disk gives nobody more tries.
        wrong = self._wrong[person.name] = self._wrong.get(person.name, 0) + 1
        pause = delay(wrong)
        self._not_before[person.name] = self._now() + pause
        told = refuse(Code.PIN_WRONG, left=max(0, PIN_TRIES - wrong), seconds=f"{pause:.0f}")
        self._keep(told, asked.source, person)
        if wrong < PIN_TRIES:
            self._bus.publish(Trouble.of(told))
            self._ask(_Asked(person, self._now() + pause + APPROVED_WITHIN, asked.wish, asked.source))
            return False
        self._ask(None)
        self._standing.locked_pins.add(person.name)
        self._store(PinLocked(name=person.name, tries=wrong))
        return self._locked(person, asked.source)

    def _locked(self, person: Person, source: str) -> bool:
        who = who_may(Action.UNLOCK_PIN)
        self._refuse(refuse(Code.PIN_LOCKED, name=person.name, tries=PIN_TRIES, who=who), source, person)
        self.want(
            Wish(Action.UNLOCK_PIN, f"{SAYS[Action.UNLOCK_PIN]}: {person.name}", lambda by: self._open(person, by))
        )
        return False

    def _open(self, person: Person, approval: Approval) -> bool:
        """Tries count anew; the person signs in with their own badge and PIN."""
        if not self._store(PinUnlocked(name=person.name, by=approval.by)):
            return False
        self._trust(person.name)
        return True

    def _trust(self, name: str) -> None:
        self._wrong.pop(name, None)
        self._not_before.pop(name, None)

    def _ask(self, asked: _Asked | None) -> None:
        if asked is None:
            if self._asked is not None:
                self._asked = None
                self._bus.publish(PinWanted(None))
            return
        self._asked = asked
        if asked.wish is not None and asked.wish is self._wish:
            # Who came in time to approve has the time to type a PIN.
            self._wish_until = asked.until
        now, name = self._now(), asked.person.name
        wait = max(0.0, self._not_before.get(name, 0.0) - now)
        action = asked.wish.action if asked.wish else None
        self._bus.publish(PinWanted(name, round(asked.until - now, 3), action, round(wait, 3)))

    def _refuse(self, why: Refusal, source: str, person: Person | None = None, badge: str = "") -> bool:
        self._keep(why, source, person, badge)
        self._bus.publish(Trouble.of(why))
        return False

    def _keep(self, why: Refusal, source: str, person: Person | None, badge: str = "") -> None:
        name = person.name if person else ""
        self._store(SignInRefused(code=why.code, detail=why.detail, name=name, badge=badge, source=source))

    # Sessions

    def _let(self, person: Person, wish: Wish | None, source: str) -> bool:
        if wish is not None:
            return self._approve(person, wish)
        self._withdraw()
        with_pin = self._rules.sign_in == "badge_and_pin"
        if self.person is not None and not self._store(SignedOut(name=self.person.name, reason="another_badge")):
            return False
        if not self._store(SignedIn(name=person.name, role=person.role, pin=with_pin, source=source)):
            self._out()
            return False
        self.person, self._since = person, self._now()
        self.touch()
        self._bus.publish(AtWork(person))
        return True

    def sign_out(self, reason: SignOut) -> bool:
        """Nobody works here any more. Not being able to store it keeps nobody signed in."""
        if self.person is None:
            return False
        self._store(SignedOut(name=self.person.name, reason=reason))
        self._out()
        return True

    def _out(self) -> None:
        self.person = None
        self._withdraw()
        self._ask(None)
        self._bus.publish(AtWork(None))
        self._left()

    def tick(self, busy: bool) -> None:
        """End what is over; `busy` while a run is under way."""
        now = self._now()
        if busy:
            self.touch()
        if self._asked is not None and now >= self._asked.until:
            self._ask(None)
        if self._wish is not None and now >= self._wish_until:
            self._withdraw()
        if self.person is not None and (reason := self._over(self.person.role, now)) is not None:
            self.sign_out(reason)

    def _over(self, role: Role, now: float) -> SignOut | None:
        age = now - self._since
        if role in (Role.TECHNICIAN, Role.ENGINEER) and age >= SHORT_SESSION:
            return "time"
        if age >= self._rules.shift_hours * 3600:
            return "shift"
        return "idle" if now - self._active >= IDLE else None

    # Approvals

    def want(self, wish: Wish) -> None:
        """Let an action wait for the badge of somebody who may; it takes the place of another that waits."""
        self._withdraw()
        self._wish, self._wish_until = wish, self._now() + APPROVED_WITHIN
        self._bus.publish(Waiting(wish.action, wish.detail, APPROVED_WITHIN, wish.nest, wish.label))

    def confirms(self, nest: int | None) -> bool:
        """Whether something waits that whoever is here may want once more: where nobody signs in, nobody else could."""
        return not self._rules.signed and self._wish is not None and nest in (None, self._wish.nest)

    def confirm(self) -> bool:
        """Somebody wants once more what waits."""
        wish = self._wish
        if wish is None:
            return False
        self._withdraw()
        return self._allow(wish, Approval(action=wish.action, by="", role=Role.OPERATOR))

    def _approve(self, person: Person, wish: Wish) -> bool:
        # Somebody else may have come, or its time may have gone, while the PIN was typed.
        if wish is not self._wish:
            return False
        self._withdraw()
        return self._allow(wish, Approval(action=wish.action, by=person.name, role=person.role))

    def _allow(self, wish: Wish, approval: Approval) -> bool:
        told = Approved(
            action=wish.action,
            by=approval.by,
            role=approval.role,
            asked_by=self.by,
            detail=wish.detail,
            nest=wish.nest,
            label=wish.label,
        )
        return self._store(told) and wish.do(approval)

    def _withdraw(self) -> None:
        if self._wish is not None:
            self._wish = None
            self._bus.publish(Waiting(None))

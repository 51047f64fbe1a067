"""The facts that people make at a station: who works there, who signed in, what was approved, refused and locked.

A name stands in every one of them; no PIN and no whole badge does, nor what they could be found out from: whoever
reads a journal shall not be able to print one. Of who may change people it keeps one slow hash over badge and PIN
together, so that they are known even where people.toml is gone.
"""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, Field

from station.domain.fact import Fact
from station.domain.ids import SerialNumber
from station.domain.label import Label
from station.domain.outcome import Outcome
from station.domain.people import Action, Language, Role

Expect = Literal["pass", "fail"]
"""What a reference unit is known to be."""

SignOut = Literal["person", "another_badge", "idle", "time", "shift", "closed"]
"""person: wanted so; idle: nothing scanned and nothing run for a while; time: a technician's or engineer's session is
over; shift: so is the shift; closed: the station was."""

Lock = Literal["unsafe", "meter", "streak"]
"""Why a nest is locked: it cannot be made safe; its unit may have connected; too many fails in a row."""


class Approval(BaseModel, frozen=True, extra="forbid"):
    """Somebody with the right to it allowed one action, once."""

    action: Action
    by: str = Field(description="empty where nobody signs in: somebody wanted it a second time")
    role: Role


class PersonSet(Fact):
    """Somebody works here from now on, or something about them was changed."""

    kind: Literal["person_set"] = "person_set"
    name: str
    badge: str = Field(description="how it ends")
    role: Role
    language: Language | None = Field(default=None, description="empty: the station's")
    active: bool
    by: str = Field(default="", description="who did it; empty where nobody was known yet")
    voucher: str = Field(default="", repr=False, description="argon2id over badge and PIN, of who may change people")


class PersonRemoved(Fact):
    """Somebody does not work here any more."""

    kind: Literal["person_removed"] = "person_removed"
    name: str
    by: str = ""


class PinSet(Fact):
    """Somebody has another PIN, or none any more; wrong tries before it no longer count."""

    kind: Literal["pin_set"] = "pin_set"
    name: str
    removed: bool = False
    by: str = ""
    voucher: str = Field(default="", repr=False, description="as in PersonSet")


class PeopleSealed(Fact):
    """The file of people as it stands from now on: whoever changes it by another way than the station is found out."""

    kind: Literal["people_sealed"] = "people_sealed"
    entries: Mapping[str, str] = Field(description="name to SHA-256 of the file's random seal and of the whole entry")
    by: str = ""


class SignedIn(Fact):
    """Somebody works at this station from now on."""

    kind: Literal["signed_in"] = "signed_in"
    name: str
    role: Role
    pin: bool = Field(description="whether a PIN was asked for, and was right")
    source: str = Field(default="", description="the scanner that read the badge; empty for one that was typed")


class SignedOut(Fact):
    """They do not any more; runs that are under way go on."""

    kind: Literal["signed_out"] = "signed_out"
    name: str
    reason: SignOut


class SignInRefused(Fact):
    """A badge or a PIN that was not taken."""

    kind: Literal["sign_in_refused"] = "sign_in_refused"
    code: str
    detail: str
    name: str = Field(default="", description="whose badge it was, where it is known")
    badge: str = Field(default="", description="how an unknown badge ends")
    source: str = ""


class PinLocked(Fact):
    """Too many wrong PINs: this badge signs in again when somebody unlocks it."""

    kind: Literal["pin_locked"] = "pin_locked"
    name: str
    tries: int


class PinUnlocked(Fact):
    """Wrong tries before it no longer count."""

    kind: Literal["pin_unlocked"] = "pin_unlocked"
    name: str
    by: str


class ActionRefused(Fact):
    """Somebody wanted what they may not do, or what makes no sense now; nothing was done."""

    kind: Literal["action_refused"] = "action_refused"
    action: Action
    code: str
    detail: str
    by: str = ""
    nest: int | None = None


class Approved(Fact):
    """Somebody with the right to it approved this one action with their badge."""

    kind: Literal["approved"] = "approved"
    action: Action
    by: str
    role: Role
    asked_by: str
    detail: str
    nest: int | None = None
    label: Label | None = None


class StopRequested(Fact):
    """This run is to end before its end."""

    kind: Literal["stop_requested"] = "stop_requested"
    why: str
    by: str = Field(default="", description="who, where a person at the station asked for it")


class NestLocked(Fact):
    """No unit is made in this nest until somebody releases it."""

    kind: Literal["nest_locked"] = "nest_locked"
    nest: int
    why: Lock
    code: str
    detail: str


class NestReleased(Fact):
    """Somebody said that this nest may be used again."""

    kind: Literal["nest_released"] = "nest_released"
    nest: int
    why: Lock | None = Field(description="it was locked for")
    by: str = Field(default="", description="as they signed in, or said where nobody has to")


class LeadCalled(Fact):
    """Somebody called the line lead."""

    kind: Literal["lead_called"] = "lead_called"
    nest: int | None = Field(
        default=None, description="the nest it is about, where one was named or is the only locked"
    )
    by: str = Field(default="", description="empty where nobody is signed in")


class LeadCame(Fact):
    """Whoever was called is here; so is a lead or an engineer who signs in."""

    kind: Literal["lead_came"] = "lead_came"
    by: str = ""


class RecipeAccepted(Fact):
    """From now on units are made by this recipe."""

    kind: Literal["recipe_accepted"] = "recipe_accepted"
    recipe: str
    revision: str
    recipe_sha256: str
    release_sha256: str
    by: str


class LanguageChosen(Fact):
    """This station speaks this language from now on, to whoever's badge names no other."""

    kind: Literal["language_chosen"] = "language_chosen"
    language: Language
    by: str = Field(default="", description="empty where nobody was signed in")


class ReferenceJudged(Fact):
    """A reference unit was run: it came out as it must, or not."""

    kind: Literal["reference_judged"] = "reference_judged"
    serial: SerialNumber
    nest: int
    expect: Expect
    outcome: Outcome
    right: bool


class ReferenceLifted(Fact):
    """An engineer said that the station may go on after a reference unit that came out wrong."""

    kind: Literal["reference_lifted"] = "reference_lifted"
    serial: SerialNumber
    by: str = ""

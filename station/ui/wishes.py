"""What a person may ask of the station, and the words by which it is typed; all of it is judged there, not here."""

import re
from collections.abc import Callable
from typing import Literal, Protocol

from station.codec.scan import read_scan
from station.domain.command import Command, Verb
from station.domain.people import Language
from station.domain.scan import Scan

Answer = Literal["yes", "no", "done"]


class Desk(Protocol):
    """Each returns at once; what became of it comes over the bus. `engine.core.Core` is one."""

    def scan(self, scan: Scan, source: str = "", judged: Callable[[bool], None] | None = None) -> None:
        """A scanner read something; without a source a person typed it."""
        ...

    def pin(self, pin: str) -> None:
        """A person typed a PIN."""
        ...

    def answer(self, answer: Answer, by: str, number: int | None = None, prompt: int | None = None) -> None:
        """The operator answers a question."""
        ...

    def stop_nest(self, number: int) -> None:
        """The run in this nest ends, now."""
        ...

    def stop_all(self) -> None:
        """Every run ends, now."""
        ...

    def cancel(self, number: int) -> None:
        """Drop the label of a nest whose unit is not seated yet."""
        ...

    def release_nest(self, number: int, name: str = "") -> None:
        """A locked nest is safe again, says somebody of that name."""
        ...

    def call_lead(self, number: int | None = None) -> None:
        """The line lead is called, to this nest."""
        ...

    def lead_came(self) -> None:
        """Whoever was called is here."""
        ...

    def lift_reference(self) -> None:
        """The station may go on after a reference unit that came out wrong."""
        ...

    def accept_recipe(self) -> None:
        """The recipe is right as it is now."""
        ...

    def sign_out(self) -> None:
        """Whoever is signed in goes."""
        ...

    def speak(self, language: Language) -> None:
        """The station speaks this language, to whoever's badge names no other."""
        ...

    def close(self) -> None:
        """A person wants the program to end."""
        ...

    def quit(self) -> None:
        """End now: runs are stopped, nests made safe."""
        ...


_WISH = re.compile(r"(stop|cancel|lead)[ -](\d{1,3})\Z", re.ASCII | re.IGNORECASE)
_RELEASE = re.compile(r"release[ -](\d{1,3})(?:[ -](.+))?\Z", re.IGNORECASE)
_NEST = re.compile(r"(nest|retry)[ -](\d{1,2})\Z", re.ASCII | re.IGNORECASE)
_ANSWER = re.compile(r"(yes|no|done)(?:[ -](\d{1,3}))?\Z", re.ASCII | re.IGNORECASE)
_PIN = re.compile(r"pin (\S+)\Z", re.ASCII | re.IGNORECASE)
_ANSWERS: dict[str, Answer] = {"yes": "yes", "no": "no", "done": "done"}


def typed(desk: Desk, text: str) -> None:
    """A label, a badge, a command, an answer or a wish that a person typed; a keypad without a space has a hyphen."""
    came, text = text, " ".join(text.split())
    alone: dict[str, Callable[[], None]] = {
        "accept": desk.accept_recipe,
        "lift": desk.lift_reference,
        "lead": desk.call_lead,
        "came": desk.lead_came,
        "retry": lambda: desk.scan(Command(Verb.RETRY)),
        "sign out": desk.sign_out,
        "sign-out": desk.sign_out,
    }
    at_nest = {"stop": desk.stop_nest, "cancel": desk.cancel, "lead": desk.call_lead}
    if (wish := alone.get(text.lower())) is not None:
        wish()
    elif (meant := _WISH.match(text)) is not None:
        at_nest[meant[1].lower()](int(meant[2]))
    elif (named := _NEST.match(text)) is not None:
        desk.scan(Command(Verb[named[1].upper()], int(named[2])))
    elif (released := _RELEASE.match(text)) is not None:
        desk.release_nest(int(released[1]), (released[2] or "").strip())
    elif (answered := _ANSWER.match(text)) is not None:
        desk.answer(_ANSWERS[answered[1].lower()], "key", int(answered[2]) if answered[2] else None)
    elif (pin := _PIN.match(text)) is not None:
        desk.pin(pin[1])
    else:
        # As it came: what is taken for a blank here may be all that a scanner sent.
        desk.scan(read_scan(text or came))

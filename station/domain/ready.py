"""The station check: what must be well before units are made, item by item."""

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import BaseModel, Field

from station.domain.faults import Fault

ItemState = Literal["ok", "warn", "due", "fail"]
"""warn: look at it when there is time; due: a person has to do something before production; fail: it is broken."""

ItemCode = Literal[
    "SCANNER", "PROGRAMMERS", "USB", "FIXTURE", "DISK", "JOURNAL", "RECIPE", "REFERENCES", "OUTBOX", "CLOCK", "PEOPLE"
]


SENTENCES: Mapping[ItemCode, Mapping[str, str]] = {
    "SCANNER": {
        "none": "There is no scanner: labels are typed.",
        "gone": "Scanners that are not there: {names}.",
        "there": "Scanners that are there: {there} of {all}.",
    },
    "PROGRAMMERS": {
        "gone": "Programmers that are not there: {probes} (nest {nests}).",
        "alike": "Two things on USB have the number of one programmer: {probes} (nest {nests}).",
        "there": "Programmers that are there: {there} of {all}.",
    },
    "USB": {
        "gone": "Hubs that nests are wired to and that are not there: {hubs}.",
        "there": "The USB places of all nests are there.",
    },
    "FIXTURE": {
        "answers": "The fixture's controller answers.",
        "unfelt": "The fixture's controller answers; it feels no units: a lid opened and closed again counts as out.",
        "guarded": "The fixture's controller answers; its watchdog cut the power at {at}.",
        "unguarded": "The fixture has no watchdog ({why}): a unit keeps its power when this PC dies, and connects.",
    },
    "DISK": {
        "files": "Only {count} more files can be made on this disk.",
        "low": "{free} are free and {needed} are needed.",
        "scarce": "Only {free} are free.",
        "room": "{free} are free on the disk.",
    },
    "JOURNAL": {
        "empty": "The journal is empty.",
        "verified": "Every entry of the journal was verified; the last one is of {at}.",
    },
    "RECIPE": {
        "unsigned": "{recipe}, release {release}; nobody has to accept it.",
        "due": "{recipe}, release {release}: a lead must accept it.",
        "accepted": "{recipe}, release {release}, accepted by {by}.",
    },
    "REFERENCES": {
        "none": "No reference units are named.",
        "wrong": "Reference unit {serial} came out as {outcome}: an engineer must see to it.",
        "due": "To be tested now: {serials}.",
        "right": "All came out as they must; due again {at}.",
    },
    "OUTBOX": {
        "empty": "No unit waits for an import list.",
        "waiting": "Units on no import list yet: {count}; the oldest passed {at}.",
    },
    "CLOCK": {
        "behind": "The clock is {seconds} s behind the journal's last entry.",
        "set": "The clock was set by {seconds} s while the station ran.",
        "agrees": "The clock agrees with the journal.",
    },
    "PEOPLE": {
        "unasked": "Nobody has to sign in.",
        "able": "People who can sign in: {count}.",
        "none": "Nobody can sign in.",
        "changed": "Who works here is not as it was recorded: {who}.",
    },
}
"""Every sentence of the check by its name, in English; a catalogue in another language has the same names."""


class Item(BaseModel, frozen=True, extra="forbid"):
    """One thing that was looked at."""

    code: ItemCode
    state: ItemState
    says: str = Field(description="one sentence, in English")
    what: str = Field(default="", description="that sentence's name in SENTENCES, or a fault's code")
    values: Mapping[str, str] = Field(default_factory=dict, description="what a sentence in another language needs")
    value: str = ""


def item(code: ItemCode, state: ItemState, what: str, value: object = "", **values: object) -> Item:
    """What a look found, said by one of the sentences.

    >>> item("CLOCK", "fail", "behind", seconds=90).says
    "The clock is 90 s behind the journal's last entry."
    """
    told = {name: str(one) for name, one in values.items()}
    says = SENTENCES[code][what].format(**told)
    return Item(code=code, state=state, says=says, what=what, values=told, value=str(value))


def broken(code: ItemCode, fault: Fault) -> Item:
    """What could not be looked at, for a fault that was foreseen."""
    return Item(code=code, state="fail", says=f"{fault}.", what=fault.code, value=fault.code)


def is_ready(items: Iterable[Item]) -> bool:
    """Whether units can be made."""
    return all(one.state in ("ok", "warn") for one in items)

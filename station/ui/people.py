"""What a screen says of people: who works here, what waits for whom, and how the station stands."""

from collections.abc import Iterable, Iterator, Mapping

from station.domain.people import RIGHTS, Role
from station.domain.ready import Item, ItemCode
from station.texts import Texts
from station.ui.model import Band, Check, Lamp, Person, Sign, Tone
from station.ui.screen import Screen
from station.ui.visible import visible

_TITLES: Mapping[ItemCode, str] = {
    "SCANNER": "scanner",
    "PROGRAMMERS": "probes",
    "USB": "usb",
    "FIXTURE": "fixture",
    "DISK": "disk",
    "JOURNAL": "journal",
    "RECIPE": "recipe",
    "REFERENCES": "reference",
    "OUTBOX": "upload",
    "CLOCK": "clock",
    "PEOPLE": "people",
}


def person_of(screen: Screen, texts: Texts) -> Person | None:
    """Who is signed in, as the header shows them."""
    person = screen.at_work.person if screen.at_work is not None else None
    if person is None:
        return None
    words = person.name.split()
    initials = "".join(dict.fromkeys(one[0] for one in (words[0], words[-1]))) if len(words) > 1 else words[0][:2]
    return Person(visible(person.name), texts.say(f"role.{person.role}"), visible(initials.upper()))


def nobody_text(screen: Screen, texts: Texts) -> str:
    """What stands there while nobody is signed in; some stations ask nobody."""
    asked = screen.at_work is None or screen.at_work.asked
    return texts.say("header.nobody" if asked else "header.unasked")


def pin_band(screen: Screen, now: int, texts: Texts) -> Iterator[Band]:
    """A PIN that is wanted."""
    if screen.pin is not None and screen.pin.name is not None:
        wait = screen.pin.not_before - (now - screen.pin_at) / 1e6
        seconds = wait if wait > 0 else screen.pin.within - (now - screen.pin_at) / 1e6
        detail = texts.say("band.pin.wait" if wait > 0 else "band.pin.detail", seconds=f"{max(0.0, seconds):.0f}")
        yield Band(Tone.ACT, Sign.ANSWER, texts.say("band.pin.prompt", name=visible(screen.pin.name)), detail)


def approval_band(screen: Screen, now: int, texts: Texts) -> Iterator[Band]:
    """An action that waits for the badge of somebody who may allow it."""
    waiting = screen.waiting
    if waiting is not None and waiting.action is not None:
        left = max(0.0, waiting.within - (now - screen.waiting_at) / 1e6)
        if screen.at_work is not None and not screen.at_work.asked:
            # Where nobody signs in, whoever wants it says so once more.
            detail = texts.say("band.again.detail", seconds=f"{left:.0f}")
            yield Band(Tone.ACT, Sign.LOCK, texts.say("band.again.prompt"), detail)
            return
        what = texts.say(f"action.{waiting.action}")
        prompt = (
            texts.say("band.approve.prompt", what=what)
            if waiting.nest is None
            else texts.say("band.approve_nest.prompt", nest=waiting.nest, what=what)
        )
        who = ", ".join(texts.say(f"role.{role}") for role in Role if role in RIGHTS[waiting.action])
        detail = texts.say("band.approve.detail", who=who, seconds=f"{left:.0f}")
        yield Band(Tone.ACT, Sign.LOCK, prompt, detail)


def sign_in_band(screen: Screen, texts: Texts) -> Iterator[Band]:
    """Where people sign in and nobody has, a badge comes before labels and answers."""
    if screen.at_work is not None and screen.at_work.person is None and screen.at_work.asked:
        yield Band(Tone.ACT, Sign.SCAN, texts.say("sign_in.title"), texts.say("band.sign_in.detail"))


LAMPS: tuple[ItemCode, ...] = ("SCANNER", "PROGRAMMERS", "USB", "FIXTURE", "DISK")
"""What is named at the head of the page in any case; the rest only while something is wrong with it."""


def lamps_of(items: Iterable[Item], texts: Texts) -> tuple[Lamp, ...]:
    """The station check at the head of the page; what is due is told elsewhere."""
    return tuple(
        Lamp(texts.say(f"check.{_TITLES[item.code]}.title"), well=item.state in ("ok", "due"))
        for item in items
        if item.code in LAMPS or item.state in ("warn", "fail")
    )


def checks_of(items: Iterable[Item], texts: Texts) -> tuple[Check, ...]:
    """The station check as lines of the sign-in page."""
    return tuple(
        Check(
            title=texts.say(f"check.{_TITLES[item.code]}.title"),
            text=_sentence(item, texts),
            ready=item.state == "ok",
            state=texts.say(f"check.state.{item.state}") if item.state != "ok" else "",
        )
        for item in items
    )


def _sentence(item: Item, texts: Texts) -> str:
    """The item's own sentence, or that of a fault; in English where the fault is of another package."""
    for key in (check_key(item.code, item.what), f"fault.{item.what}.what"):
        if texts.has(key):
            return texts.fill(key, {name: _kept(name, visible(value)) for name, value in item.values.items()})
    return visible(item.says)


def _kept(name: str, value: str) -> str:
    """A size is not parted from its unit; of everything else spaces are spaces."""
    return value.replace(" ", "\u00a0") if name in ("free", "needed") else value


def check_key(code: ItemCode, what: str) -> str:
    """Where the catalogue has a sentence of the station check."""
    return f"check.{_TITLES[code]}.{what}"

"""The band: the one next thing for the operator, decided from all nests; the first rule that has something says it."""

import re
from collections.abc import Iterator
from dataclasses import replace

from station.domain.faults import JournalMoved, LabelRefused, NoWatchdog
from station.domain.nest import ENDED, State
from station.domain.refusals import Code
from station.engine.bus import Trouble
from station.texts import Texts
from station.ui.around import Around, Making, Notice
from station.ui.cards import seconds_left, unloads
from station.ui.model import Band, Sign, Tone
from station.ui.people import approval_band, pin_band, sign_in_band
from station.ui.screen import NestView, Screen
from station.ui.visible import last_line, visible
from station.ui.words import lock_of, numbers

LEAST_LABEL = 15
"""Characters of the shortest label, a serial number's; a scan with fewer is the beginning of one, or another code."""

NEWS = 12.0
"""Seconds for which what was refused stands in the band. A design margin, not measured."""

LOCK_NEWS = 30.0
"""Seconds for which a nest that has just locked stands in the band; its card says it for as long as it is locked."""

_STOP = re.compile(r"\. |\.$|。")
"""The end of a sentence, in any of the languages."""

TRAY_FIRST = frozenset({Code.SCAN_ALREADY_PASSED, Code.PASSED_BEFORE, Code.RETEST_BLOCKED})
"""Where the unit goes if nobody comes with a badge is read first; then, for whose badge it still waits."""

GO_ON = frozenset(
    {
        Code.NOTHING_TO_START,
        Code.NOTHING_TO_STOP,
        Code.NOTHING_TO_RETRY,
        Code.NOTHING_TO_UNLOAD,
        Code.NOTHING_TO_CANCEL,
        Code.NOTHING_TO_RELEASE,
        Code.NOTHING_TO_LIFT,
        Code.NOTHING_ASKED,
        Code.NEST_ASKS_NOTHING,
        Code.QUESTION_OVER,
    }
)
"""Of what came to nothing, what is to be done next is told in its place."""

NO_LABELS = frozenset({Code.DISK_LOW, Code.JOURNAL_MOVED, Code.REF_WRONG, JournalMoved.code, NoWatchdog.code})
"""While one of these stands in the band, no card says that the next scan goes there."""

BUSY = (State.RUNNING, State.STOPPING)


def aimed(screen: Screen) -> int | None:
    """The nest that the next scan goes to, while nothing else comes first; as `engine.admission` decides it."""
    views = in_order(screen)
    if not _takes_labels(screen):
        return None
    if screen.aimed is not None:
        return screen.aimed
    if any(view.state is State.LABELLED for view in views):
        return None
    if screen.references_due and not _references_left(screen):
        return None
    free = [view for view in views if view.takes_label]
    return min(free, key=lambda view: (view.state is not State.EMPTY, view.nest)).nest if free else None


def _takes_labels(screen: Screen) -> bool:
    """Whether a label is what the station waits for, and not a badge, a PIN, or somebody who sees to it."""
    stopped = screen.trouble is not None and screen.trouble.code in NO_LABELS
    return may_answer(screen) and screen.pin is None and screen.waiting is None and not stopped


def _references_left(screen: Screen) -> list[str]:
    """The reference units that come before every other unit, and are in no nest."""
    there = {str(view.label.serial) for view in screen.nests.values() if view.label is not None}
    return [one for one in screen.references_due if one not in there]


def in_order(screen: Screen) -> list[NestView]:
    """The nests as they stand on the fixture."""
    return [screen.nests[nest] for nest in sorted(screen.nests)]


def band_of(screen: Screen, making: Making, around: Around, texts: Texts) -> Band:
    """What the band says."""
    return next(_bands(screen, making, around, texts))


def _bands(screen: Screen, making: Making, around: Around, texts: Texts) -> Iterator[Band]:
    for band in _before_questions(screen, around, texts):
        yield replace(band, detail=texts.sentences(band.detail, _asks_too(screen, texts)))
    yield from _asked(screen, making, around, texts)
    for band in _trouble(screen, around, texts):
        goes_on = screen.trouble is not None and screen.trouble.code in GO_ON
        yield replace(band, detail=next(_next(screen, making, around, texts)).prompt) if goes_on else band
    yield from _next(screen, making, around, texts)


def _next(screen: Screen, making: Making, around: Around, texts: Texts) -> Iterator[Band]:
    """What to do where nothing is asked and nothing was refused."""
    views = in_order(screen)
    yield from sign_in_band(screen, texts)
    yield from _unlabelled(views, texts)
    yield from _seat(views, texts)
    yield from _scan(screen, texts)
    yield from _unload(views, texts)
    yield from _wait(views, making, texts)
    yield from _locked(views, around, texts, news=False)
    yield Band(Tone.RUN, Sign.WAIT, texts.say("band.start.prompt"), texts.say("band.start.detail"))


def _before_questions(screen: Screen, around: Around, texts: Texts) -> Iterator[Band]:
    """What somebody has to know or do before they answer anything."""
    yield from _notice(around.notice, texts)
    yield from _locked(in_order(screen), around, texts, news=True)
    yield from pin_band(screen, around.now, texts)
    if screen.trouble is not None and screen.trouble.code in TRAY_FIRST:
        yield from _trouble(screen, around, texts)
    for band in approval_band(screen, around.now, texts):
        refused = _news(screen, around, texts) if screen.trouble_at > screen.waiting_at else None
        yield band if refused is None else replace(band, detail=texts.sentences(*refused))
    if not may_answer(screen):
        yield from _trouble(screen, around, texts)
        yield from sign_in_band(screen, texts)


def may_answer(screen: Screen) -> bool:
    """Whether somebody is here to answer."""
    return screen.at_work is None or not screen.at_work.asked or screen.at_work.person is not None


def _asks_too(screen: Screen, texts: Texts) -> str:
    """The question that a scan answers, while something else stands in the band."""
    return "" if screen.asked is None else texts.say("band.ask.also", nest=screen.asked.nest)


def _notice(notice: Notice | None, texts: Texts) -> Iterator[Band]:
    """What the window itself has to say."""
    if notice is not None:
        what, do = (texts.fill(f"notice.{notice.code}.{part}", notice.values) for part in ("what", "do"))
        yield Band(Tone.WARN, Sign.WARN, what, do)


def _trouble(screen: Screen, around: Around, texts: Texts) -> Iterator[Band]:
    """A refused scan for a while; what is wrong with the station until a unit is taken again."""
    if (news := _news(screen, around, texts)) is not None:
        prompt, rest = first_sentence(news[0])
        yield Band(Tone.WARN, Sign.WARN, prompt, texts.sentences(rest, news[1]))


def _news(screen: Screen, around: Around, texts: Texts) -> tuple[str, str] | None:
    """What is wrong and what to do, while it is news."""
    told, taken = screen.trouble, screen.scanned
    if told is None or (not told.stays and around.now - screen.trouble_at > NEWS * 1e6):
        return None
    if taken is not None and taken.nest is not None and taken.at > screen.trouble_at:
        return None
    return trouble_text(told, texts)


def trouble_text(told: Trouble, texts: Texts) -> tuple[str, str]:
    """What happened and what to do; in its own words where it is of another package."""
    values = told.values if told.nest is None else {**told.values, "nest": told.nest}
    if told.code == LabelRefused.code and int(told.values.get("length", LEAST_LABEL)) < LEAST_LABEL:
        return texts.say("scan.short.what"), texts.say("scan.short.do")
    try:
        key = "hint" if texts.has(f"hint.{told.code}.what") else "fault"
        what, do = (texts.fill(f"{key}.{told.code}.{part}", values) for part in ("what", "do"))
    except LookupError:
        return last_line(told.detail), visible(told.remedy)
    return what, do


def first_sentence(text: str) -> tuple[str, str]:
    """The first sentence without its stop, for the band's large line; and the rest.

    >>> first_sentence("The disk is full. Without a record there is no verdict.")
    ('The disk is full', 'Without a record there is no verdict.')
    """
    first, _, rest = _STOP.sub("\n", text, count=1).partition("\n")
    return first, rest


def _asked(screen: Screen, making: Making, around: Around, texts: Texts) -> Iterator[Band]:
    """The one question that a scan answers. A scan that was refused meanwhile is told under it, and hides it never."""
    view = screen.asked
    if view is None or view.question is None:
        return
    said = texts.say("band.ask.prompt", nest=view.nest, question=making.asks(view.question, texts.language))
    if (news := _news(screen, around, texts)) is not None:
        yield Band(Tone.ACT, Sign.ANSWER, said, texts.sentences(*news))
        return
    detail = texts.say("band.ask.done" if view.question.answers == "done" else "band.ask.yes_no")
    others = [one.nest for one in in_order(screen) if one.state is State.ASKING and one is not view]
    yield Band(Tone.ACT, Sign.ANSWER, said, texts.sentences(detail, some("band.ask.more", others, texts)))


def _unlabelled(views: list[NestView], texts: Texts) -> Iterator[Band]:
    """First the label, then the unit."""
    view = next((view for view in views if view.state is State.UNLABELLED), None)
    if view is None:
        return
    key = "band.released.prompt" if view.released else "band.unlabelled.prompt"
    detail = texts.say("card.released.do" if view.released else "band.unlabelled.detail")
    yield Band(Tone.WARN, Sign.UNLOAD, texts.say(key, nest=view.nest), detail)


def _seat(views: list[NestView], texts: Texts) -> Iterator[Band]:
    seats = [view for view in views if view.state is State.LABELLED]
    if len(seats) == 1:
        (view,) = seats
        key = "band.seat.prompt" if view.reference is None else "band.seat.reference"
        detail = "band.seat.again" if view.told == "nest.labelled.once_more" else "band.seat.detail"
        yield Band(Tone.ACT, Sign.SEAT, texts.say(key, nest=view.nest), texts.say(detail))
    elif seats:
        prompt = texts.say("band.seat_many.prompt", nests=numbers([view.nest for view in seats], texts))
        yield Band(Tone.ACT, Sign.SEAT, prompt, texts.say("band.seat_many.detail"))


def _scan(screen: Screen, texts: Texts) -> Iterator[Band]:
    nest = aimed(screen)
    if nest is None:
        return
    ended = [view for view in in_order(screen) if view.state in ENDED]
    opened = any(view.nest == nest for view in ended)
    # Of the nest that the label goes to it is said that its unit has to be out.
    finished = [view.nest for view in ended if view.nest != nest and unloads(view)]
    others = [view.nest for view in ended if view.nest != nest and not unloads(view)]
    detail = texts.say("band.scan.opened" if opened else "band.scan.detail", nest=nest)
    more = texts.sentences(some("band.finished", finished, texts), some("band.see_too", others, texts))
    if left := _references_left(screen):
        more = texts.say("check.reference.due", serials=", ".join(left))
    prompt = "band.scan.reference" if left else "band.scan.prompt"
    yield Band(Tone.ACT, Sign.SCAN, texts.say(prompt), texts.sentences(detail, more))


def some(key: str, nests: list[int], texts: Texts) -> str:
    """A sentence about one nest or several, in two texts; nothing about none."""
    if not nests:
        return ""
    return texts.say(key if len(nests) == 1 else f"{key}_many", nests=numbers(nests, texts))


def _unload(views: list[NestView], texts: Texts) -> Iterator[Band]:
    ended = [view for view in views if view.state in ENDED]
    if not ended:
        return
    finished = [view.nest for view in ended if unloads(view)]
    others = [view.nest for view in ended if not unloads(view)]
    if all(view.state is State.PASSED and view.reference is None for view in views) and len(views) > 1:
        prompt = texts.say("band.unload_pass.prompt", count=len(views))
        yield Band(Tone.GOOD, Sign.UNLOAD, prompt, texts.say("band.unload_pass.detail"))
        return
    if not finished:
        detail = texts.say("band.see.detail" if len(others) == 1 else "band.see.detail_many")
        yield Band(Tone.ACT, Sign.UNLOAD, some("band.see.prompt", others, texts), detail)
        return
    detail = texts.say("band.unload.detail" if len(finished) == 1 else "band.unload.detail_many")
    # Where no switch feels it, a lid that is closed again says that its unit is out.
    felt = "" if all(view.seated is not None for view in ended) else texts.say("band.unload.unfelt")
    detail = texts.sentences(detail, some("band.see_too", others, texts) or felt)
    yield Band(Tone.ACT, Sign.UNLOAD, some("band.unload.prompt", finished, texts), detail)


def _wait(views: list[NestView], making: Making, texts: Texts) -> Iterator[Band]:
    busy = [view for view in views if view.state in BUSY]
    if not busy:
        return
    left = [one for view in busy if (one := seconds_left(view, making)) is not None]
    detail = texts.say("band.wait.detail", seconds=f"{min(left):.0f}") if left else texts.say("band.wait.soon")
    locked = [view.nest for view in views if view.state is State.LOCKED]
    detail = texts.sentences(detail, some("band.locked_some", locked, texts))
    # Other nests may be free then.
    prompt = "band.wait.prompt" if all(view.reference is None for view in busy) else "band.wait.reference"
    yield Band(Tone.RUN, Sign.WAIT, texts.say(prompt), detail)


def _locked(views: list[NestView], around: Around, texts: Texts, *, news: bool) -> Iterator[Band]:
    """A nest that has just locked comes before all else; later only where nothing else is left to do."""
    locked = [view for view in views if view.state is State.LOCKED]
    if news:
        locked = [view for view in locked if around.now - view.since <= LOCK_NEWS * 1e6]
    if not locked:
        return
    if not news and len(locked) > 1 and len(locked) == len(views):
        yield Band(Tone.WARN, Sign.LOCK, texts.say("band.locked.prompt"), texts.say("band.locked.detail"))
        return
    view = max(locked, key=lambda one: one.since)
    key = f"band.{lock_of(view.told)}"
    yield Band(Tone.BAD, Sign.LOCK, texts.say(f"{key}.prompt", nest=view.nest), texts.say(f"{key}.detail"))

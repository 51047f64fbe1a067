"""A nest as its card: the state's look, the unit, the operations, and what to do."""

from collections.abc import Mapping
from dataclasses import replace

from station.domain.events import RunFinished
from station.domain.faults import (
    ConsoleNotChip,
    LabelNotChip,
    LabelNotUnit,
    RequestNotChip,
    TestNotChip,
    UsbNotChip,
    all_faults,
)
from station.domain.nest import ENDED, State
from station.domain.outcome import Outcome
from station.domain.record import Record
from station.texts import Texts
from station.ui.around import Around, Making
from station.ui.model import Advice, Card, Choice, Look, Mark, Question, Segment, StepRow, Tone
from station.ui.screen import NestView
from station.ui.visible import last_line, visible
from station.ui.words import clock, limit_text, lock_of, minutes, quantity, right, step_text

LEAST_SHARE = 0.02
"""Of the progress bar: an operation that takes no time is still seen. A matter of taste."""

LEAST_SECONDS = 0.05
"""A shorter time would be shown as 0.0 s, which says nothing."""

_OTHER_UNIT = frozenset({UsbNotChip.code, RequestNotChip.code, ConsoleNotChip.code, TestNotChip.code})

LOOKS: Mapping[State, Look] = {
    State.EMPTY: Look.EMPTY,
    State.UNLABELLED: Look.YOUR_TURN,
    State.LABELLED: Look.READY,
    State.RUNNING: Look.TESTING,
    State.ASKING: Look.YOUR_TURN,
    State.STOPPING: Look.STOPPING,
    State.PASSED: Look.PASS,
    State.FAILED: Look.FAIL,
    State.UNDECIDED: Look.NO_RESULT,
    State.STOPPED: Look.NO_RESULT,
    State.LOCKED: Look.LOCKED,
}

_MARKS: Mapping[Outcome, Mark] = {Outcome.PASS: Mark.DONE, Outcome.FAIL: Mark.BAD}
_ENDED = (*ENDED, State.LOCKED)

_ONCE_MORE = frozenset(one.code for one in all_faults() if one.once_more)


def card_of(view: NestView, making: Making, around: Around, texts: Texts, *, aimed: bool = False) -> Card:
    """One nest's card; `aimed` where the next scan goes."""
    look, word = Look.LOAD if aimed and view.state is State.EMPTY else LOOKS[view.state], ""
    if (came := right(view.state, view.reference)) is not None:
        # What counts of a reference unit is not its verdict, but that the station could tell.
        look, word = (
            (Look.PASS, texts.say("card.reference.right")) if came else (Look.FAIL, texts.say("card.reference.wrong"))
        )
    word = word or texts.say(f"look.{look}")
    card = Card(
        nest=view.nest,
        look=look,
        word=word,
        headline=_headline(view, texts, aimed=aimed),
        name=texts.say("card.name", nest=view.nest, word=word),
        advice=advice_of(view, texts),
    )
    if view.state is State.EMPTY:
        # Only the nest that the next scan goes to says so; the others are quiet.
        return replace(card, picture=True, notes=tuple(texts.say("card.load").split("\n"))) if aimed else card
    if view.state is State.LOCKED:
        card = replace(card, remark=texts.say("card.since", time=clock(view.since, around.zone)))
    if view.label is None and view.record is None:
        return card
    return _with_unit(card, view, making, around, texts)


def _headline(view: NestView, texts: Texts, *, aimed: bool) -> str:
    """The sentence of the row that led here; an empty nest speaks only when it is its turn."""
    if view.state is not State.EMPTY or view.told in ("nest.empty.again", "nest.empty.cancel"):
        return texts.say(view.told)
    return texts.say("nest.empty.aimed") if aimed else ""


def _with_unit(card: Card, view: NestView, making: Making, around: Around, texts: Texts) -> Card:
    """The card with its unit, its operations and its times."""
    record = view.record
    rows = step_rows(view, making, texts)
    marks = [row.mark for row in rows]
    done = sum(mark not in (Mark.TODO, Mark.ACTIVE) for mark in marks)
    active = next((at for at, mark in enumerate(marks) if mark in (Mark.ACTIVE, Mark.BAD, Mark.UNDECIDED)), done)
    serial = view.label.serial if view.label else record.serial if record else None
    device = record.device_id if record else view.label.device_id if view.label else None
    card = replace(
        card,
        serial=visible(serial or ""),
        device_id=visible(device or ""),
        count=texts.say("card.count", done=done, all=len(rows)),
        remark=card.remark or _attempt(view, texts),
        elapsed=minutes(_seconds(view, around.now)) if record else "",
        segments=segments(view, making, marks),
        steps=rows,
        active=min(active, max(0, len(rows) - 1)),
        question=_question(view, making, texts),
    )
    match card.look:
        case Look.TESTING if record is not None:
            left = seconds_left(view, making)
            # Between two operations the one that ended still stands there: a word that comes and goes is noise.
            at = card.active if record.current else done - 1
            return replace(
                card,
                headline=rows[at].text if at >= 0 else texts.say("card.starting"),
                left="" if left is None else minutes(left + 0.5),
                left_word="" if left is None else texts.say("card.left"),
            )
        case Look.PASS if view.reference is None:
            return replace(card, tray=making.trays.good)
        case Look.FAIL if view.reference is None:
            return _failed(card, record, making, texts)
        case _:
            return card


def _failed(card: Card, record: Record | None, making: Making, texts: Texts) -> Card:
    """A unit that failed goes to the tray of the bad ones, unless its fault says where else."""
    elsewhere = set_apart(record, texts)
    return replace(card, headline=elsewhere) if elsewhere else replace(card, tray=making.trays.bad)


def unloads(view: NestView) -> bool:
    """Whether all that is left to do with the unit of a run that ended is to put it where its card says."""
    finished = view.record.finished if view.record is not None else None
    again = finished is not None and finished.code in _ONCE_MORE and view.reference is None
    return view.state in (State.PASSED, State.FAILED) and not again


def set_apart(record: Record | None, texts: Texts) -> str:
    """Where a unit that failed goes instead of the red tray; empty where it goes there."""
    code = record.finished.code if record is not None and record.finished is not None else ""
    elsewhere = f"fault.{code}.head"
    return texts.say(elsewhere) if texts.has(elsewhere) else ""


def advice_of(view: NestView, texts: Texts) -> Advice | None:
    """What happened and what to do, where there is no PASS."""
    if view.state is State.LOCKED:
        key = f"card.{lock_of(view.told)}"
        return Advice(Tone.BAD, texts.say(f"{key}.what"), texts.say(f"{key}.do"))
    if view.state is State.UNLABELLED:
        key = "card.released" if view.released else "card.unlabelled"
        return Advice(Tone.ACT, texts.say(f"{key}.what"), texts.say(f"{key}.do"))
    record = view.record
    if record is None and view.state is State.UNDECIDED:
        return Advice(Tone.WARN, texts.say("card.not_begun.what"), texts.say("card.not_begun.do"))
    ended = record.finished if record is not None else None
    if record is not None and ended is not None and (came := right(view.state, view.reference)) is not None:
        return _advice_of_reference(record, ended, texts, came=came)
    if record is None or ended is None or ended.outcome is Outcome.PASS or view.state not in _ENDED:
        return None
    tone = Tone.BAD if ended.outcome is Outcome.FAIL else Tone.WARN
    known = f"fault.{ended.code}"
    do = texts.say(f"{known}.do") if texts.has(f"{known}.do") else visible(ended.remedy)
    return Advice(tone, _what(record, ended, texts), do)


def _what(record: Record, ended: RunFinished, texts: Texts) -> str:
    """Why there is no PASS."""
    known = f"fault.{ended.code}.what"
    return (
        _measured(record, texts)
        or _differ(record, texts)
        or (texts.say(known) if texts.has(known) else last_line(ended.detail))
    )


def _advice_of_reference(record: Record, ended: RunFinished, texts: Texts, *, came: bool) -> Advice | None:
    """What a reference unit showed; nothing of a good one that passed."""
    if not came:
        key = "failed" if ended.outcome is Outcome.FAIL else "passed"
        return Advice(Tone.BAD, texts.say(f"card.reference.{key}"), texts.say("card.reference.call"))
    if ended.outcome is Outcome.PASS:
        return None
    return Advice(Tone.GOOD, _what(record, ended, texts), texts.say("card.reference.as_it_must"))


def _measured(record: Record, texts: Texts) -> str:
    """The value that failed, with its limit."""
    if record.finished is None or record.finished.code != "U301":
        return ""
    bad = [one for one in record.measured if one.outcome is not Outcome.PASS]
    return limit_text(bad[-1].name, bad[-1].value, bad[-1].limit, texts) if bad else ""


def _differ(record: Record, texts: Texts) -> str:
    """Both names of a unit of which two witnesses say something different, and neither is said to be wrong.

    Of device ids the end: all of one platform begin alike.
    """
    code, label = record.finished.code if record.finished is not None else "", record.started.label
    told = [one.serial for one in record.identified if one.serial and one.serial != label.serial]
    if code == LabelNotUnit.code and label.serial and told:
        return texts.say("card.differ.label", label=label.serial, unit=told[-1])
    chip = next((one.device_id for one in record.identified if one.by == "swd"), None)
    if code == LabelNotChip.code and label.device_id and chip:
        return texts.say("card.differ.label", label=_end(label.device_id), unit=_end(chip))
    others = [one.device_id for one in record.identified if one.device_id and one.device_id != chip]
    if code in _OTHER_UNIT and chip and others:
        return texts.say("card.differ.chip", chip=_end(chip), other=_end(others[-1]))
    return ""


def _end(device_id: str) -> str:
    return f"…{device_id[-8:]}"


def step_rows(view: NestView, making: Making, texts: Texts) -> tuple[StepRow, ...]:
    """Every line of the sheet, and how far it is."""
    record = view.record
    ended = {step.op: step for step in record.last_attempts} if record else {}
    current = record.current if record else None
    rows = []
    for line in making.recipe.sheet:
        text = step_text(line, line.do, texts)
        if current is not None and current.op == line.op:
            told = texts.say("figures.percent", number=f"{view.part * 100:.0f}") if view.part else ""
            rows.append(StepRow(text, Mark.ACTIVE, (told,) if told else ()))
        elif line.op in ended:
            step = ended[line.op]
            mark = _MARKS.get(step.outcome, Mark.UNDECIDED)
            rows.append(StepRow(text, mark, _values(record, line.op, step.attempt, step.seconds, mark, texts)))
        else:
            rows.append(StepRow(text, Mark.TODO))
    return tuple(rows)


def _values(record: Record | None, op: int, attempt: int, seconds: float, mark: Mark, texts: Texts) -> tuple[str, ...]:
    """What was measured, of a measurement that failed what failed; else how long it took, where that is to be seen."""
    measured = [one for one in record.measured if (one.op, one.attempt) == (op, attempt)] if record is not None else []
    if mark is Mark.BAD:
        measured = [one for one in measured if one.outcome is not Outcome.PASS][-1:]
    if measured:
        return tuple(quantity(one.value, one.limit.unit, texts) for one in measured)
    return (texts.number(f"{seconds:.1f}\u00a0s"),) if seconds >= LEAST_SECONDS else ()


def segments(view: NestView, making: Making, marks: list[Mark]) -> tuple[Segment, ...]:
    """The progress bar: operations as wide as they usually take."""
    usual = list(making.usual().values())
    whole = sum(usual)
    shares = [max(LEAST_SHARE, one / whole) for one in usual]
    filled = {Mark.TODO: 0.0, Mark.ACTIVE: view.part}
    return tuple(
        Segment(share / sum(shares), mark, filled.get(mark, 1.0)) for share, mark in zip(shares, marks, strict=True)
    )


def _attempt(view: NestView, texts: Texts) -> str:
    """Which attempt this is, of the operation or of the unit; nothing for a first one; that it is a reference unit."""
    if view.reference is not None:
        return texts.say(f"card.reference.{view.reference}")
    current = view.record.current if view.record else None
    if current is not None and current.attempt > 1:
        return texts.say("card.attempt", attempt=current.attempt, tries=current.tries)
    return texts.say("card.run", count=view.runs + 1) if view.runs else ""


def _seconds(view: NestView, now: int) -> float:
    """Since the run began, or how long it took; µs on the same clock as the events'."""
    record = view.record
    if record is None:
        return 0.0
    return ((record.finished_at or now) - record.started_at) / 1e6


def seconds_left(view: NestView, making: Making) -> float | None:
    """What the history says a run still needs; None where it does not know every operation that is left."""
    record = view.record
    if record is None:
        return None
    done = {one.op for one in record.last_attempts if one.outcome is Outcome.PASS}
    left = 0.0
    for line in making.recipe.sheet:
        usual = making.medians.get(line.op)
        if line.op in done:
            continue
        if usual is None:
            return None
        left += usual * (1.0 - view.part if record.current is not None and record.current.op == line.op else 1.0)
    return left


def _question(view: NestView, making: Making, texts: Texts) -> Question | None:
    """What is asked, in the operator's language where the recipe has it."""
    asked = view.question
    if asked is None or view.state is not State.ASKING:
        return None
    choices = (
        (Choice("done", texts.say("answer.done")),)
        if asked.answers == "done"
        else (Choice("yes", texts.say("answer.yes")), Choice("no", texts.say("answer.no")))
    )
    return Question(asked.prompt, making.asks(asked, texts.language), choices)

"""Shared by the steps that ask the factory-test firmware: the time an answer has, what it must hold, what is undone."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from station.domain.faults import Aborted, ConfigRefused, Fault, NoAnswer, OutOfLimits, WrongAnswer
from station.domain.outcome import Outcome
from station.domain.questions import BY_NAME, kind_of, seconds_away, taken_back
from station.engine.op import Op
from station.ports import Given, Link, Usb, Value

ANSWER = 3.0
"""Seconds for the answer to a question that the table does not know. A design margin, not measured."""

SPARE = 0.5
"""Seconds of an operation that are left for what follows an answer, so that its worker is not ended over it."""

LEAST = 0.1
"""Seconds an answer has in any case."""

WAKES = 15.0
"""Seconds until a unit that has slept is on USB again. A design margin, not measured on hardware."""


def ask(op: Op, link: Link) -> dict[str, Value]:
    """Put the line's question. Raises NoAnswer, Babble, LinkLost, TestFailed."""
    return _put(op, link, op.line.give)


def _put(op: Op, link: Link, given: Given) -> dict[str, Value]:
    question = op.line.ask
    if question is None:
        raise ConfigRefused(f"op {op.line.op}: {op.line.do} needs `ask`, the question to put")
    known = BY_NAME.get(question)
    within = min(ANSWER if known is None else known.within, op.remaining() - SPARE)
    return link.ask(question, max(LEAST, within), given)


def weigh(op: Op, answer: Mapping[str, Value]) -> None:
    """Note every value the line names, then fail once, naming every bad one.

    Only finite numbers are judged; texts and yes-noes must be exactly what the recipe expects. Raises NoAnswer where a
    value is missing or of another kind, else OutOfLimits, else WrongAnswer.
    """
    source = f"factory-test:{op.line.ask}"
    unread, out, wrong = [], [], []
    for name in op.line.judge:
        value = answer.get(name)
        if value is None or isinstance(value, bool | str) or not math.isfinite(value):
            unread.append(f"{name} is {told(value)}, which is no number")
        elif op.measure(name, float(value), source) is not Outcome.PASS:
            out.append(op.beyond(name, value))
    for name, expected in op.line.expect.items():
        value = answer.get(name)
        if not isinstance(value, bool | str):
            unread.append(f"{name} is {told(value)}, expected {told(expected)}")
        elif op.check(name, value, expected, source) is not Outcome.PASS:
            wrong.append(f"{name} is {told(value)}, expected {told(expected)}")
    sentence = "; ".join(unread + out + wrong)
    if unread:
        raise NoAnswer(f"{op.line.ask}: {sentence}")
    if out:
        raise OutOfLimits(sentence)
    if wrong:
        raise WrongAnswer(sentence)


def shows(answer: Mapping[str, Value], wanted: Mapping[str, Value]) -> bool:
    """Whether an answer has all these values: texts and yes-noes exactly, numbers as large or larger.

    >>> shows({"presses": 2.0}, {"presses": 1.0}), shows({"presses": True}, {"presses": 1.0})
    (True, False)
    """
    return all(name in answer and _reaches(answer[name], value) for name, value in wanted.items())


def _reaches(value: Value, wanted: Value) -> bool:
    if kind_of(value) != kind_of(wanted):
        return False
    if isinstance(value, bool | str) or isinstance(wanted, bool | str):
        return value == wanted
    return math.isfinite(value) and value >= wanted


def told(value: Value | None) -> str:
    """A value of an answer as a person reads it."""
    match value:
        case None:
            return "missing"
        case bool():
            return "yes" if value else "no"
        case str():
            return repr(value)
        case _:
            return f"{value:g}"


@contextmanager
def asked_for(op: Op, link: Link, usb: Usb) -> Iterator[None]:
    """Ask the line's question, if it has one, for as long as the block takes.

    Afterwards, also when the block fails, what it switched on is switched off, and a unit that sleeps is waited for.
    A run that is stopped is not waited for: its unit loses power.
    """
    if op.line.ask is None:
        yield
        return
    ask(op, link)
    try:
        yield
    except Aborted:
        raise
    except Fault:
        # What went wrong first is what is told.
        with suppress(Fault):
            _undo(op, link, usb)
        raise
    _undo(op, link, usb)


def _undo(op: Op, link: Link, usb: Usb) -> None:
    question = op.line.ask or ""
    back = taken_back(question, op.line.give)
    if back is not None:
        _put(op, link, back)
    away = seconds_away(question, op.line.give)
    if away:
        usb.await_unit(max(LEAST, min(away + WAKES, op.remaining() - SPARE)))

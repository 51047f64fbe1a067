"""The operator is asked: is the LED red? Press the button. An answer, or what the unit shows, ends the question."""

from collections.abc import Mapping

from station.domain.faults import ConfigRefused, NotDoneInTime, OperatorSaysNo, Unanswered
from station.engine.op import Op, Reply
from station.ports import Link, Value
from station.steps.asking import ask, shows, told, weigh

MARGIN = 2.0
"""Seconds of an operation that a question leaves, so that its worker is never ended while it waits for a person."""

LAST_LOOK = 2.0
"""Seconds more where the unit is looked at: the last look may find it gone, which takes a while to be sure of."""

LOOKS_EVERY = 0.2
"""Seconds between two looks at the unit while the operator does something: a hand is slower than that."""

LANGUAGE = "en"
"""Which of the texts in `tell` the journal has; a screen shows the operator's own, from the recipe."""


def prompt(op: Op, link: Link) -> None:
    """Ask the operator; with `until`, wait for the unit to show what the operator was asked to do."""
    if op.line.tell is None:
        raise ConfigRefused(f"op {op.line.op}: prompt needs `tell`, what to ask of the operator")
    if op.line.until:
        _until_shown(op, link)
        return
    if op.line.ask is not None:
        weigh(op, ask(op, link))
    left = op.remaining() - MARGIN
    if _unless_no(op, op.prompt(op.line.says(LANGUAGE), op.line.answers, left)) is None:
        raise Unanswered(f"nobody answered within {max(0.0, left):.0f} s: {op.line.says(LANGUAGE)}")


def _unless_no(op: Op, reply: Reply | None) -> Reply | None:
    """Raises OperatorSaysNo."""
    if reply is not None and reply[0] == "no":
        raise OperatorSaysNo(f"{op.line.says(LANGUAGE)} The operator says no.")
    return reply


def _until_shown(op: Op, link: Link) -> None:
    """The unit decides. An operator who says yes or done too early is asked again.

    Raises NotDoneInTime, OperatorSaysNo, and what asking the unit raises.
    """
    unit = _Watched(op, link)
    margin = MARGIN + LAST_LOOK
    whole = op.remaining() - margin
    while (left := op.remaining() - margin) > 0:
        reply = _unless_no(op, op.prompt(op.line.says(LANGUAGE), op.line.answers, left, unit.look))
        if reply is not None and unit.shown is None:
            unit.look_now()
        if unit.shown is not None:
            weigh(op, unit.shown)
            return
        if reply is None:
            break
    raise NotDoneInTime(f"{op.line.says(LANGUAGE)} After {max(0.0, whole):.0f} s {op.line.ask} says {unit.last}.")


class _Watched:
    """The unit while the operator does something: `shown` is the answer that has what was waited for."""

    def __init__(self, op: Op, link: Link) -> None:
        self._op, self._link = op, link
        self._looked_at: float | None = None
        self.shown: Mapping[str, Value] | None = None
        self.last = "nothing"

    def look(self) -> str | None:
        """What the unit shows as a text once it is enough; None before, and when it is too early to look again."""
        remaining = self._op.remaining()
        if self._looked_at is not None and self._looked_at - remaining < LOOKS_EVERY:
            return None
        self._looked_at = remaining
        return self.look_now()

    def look_now(self) -> str | None:
        """The same, without waiting."""
        answer = ask(self._op, self._link)
        self.last = ", ".join(f"{name} {told(answer.get(name))}" for name in self._op.line.until)
        if not shows(answer, self._op.line.until):
            return None
        self.shown = answer
        return f"{self._op.line.ask}: {self.last}"

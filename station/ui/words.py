"""How a person reads times, values, operations and the rows of the nest's table."""

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo

from station.domain.limits import Limit
from station.domain.nest import TABLE, On, Row, State
from station.domain.recipe import Operation
from station.domain.shift_facts import Expect
from station.texts import Texts

_PREFIXED = frozenset({"V", "A", "W", "Hz", "F", "Ω", "Ohm", "s"})
_PREFIXES = ((1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"))


def words(step: str) -> str:
    """A step's name as a person reads it."""
    return step.replace("_", " ")


def step_text(line: Operation | None, do: str, texts: Texts) -> str:
    """An operation's name: of a measurement its question, of an instrument's reading its limit, else the step's."""
    if line is not None and do == "instrument" and line.judge:
        return value_text(line.judge[0], texts)
    for key in (f"step.{do}.{line.ask}" if line is not None and line.ask else "", f"step.{do}"):
        if texts.has(key):
            return texts.say(key)
    name = line.ask or do if line is not None else do
    return _capital(words(name))


def value_text(name: str, texts: Texts) -> str:
    """A measured value, as a person says it; a recipe may have names of its own."""
    key = f"value.{name}"
    return texts.say(key) if texts.has(key) else _capital(words(name))


def _capital(name: str) -> str:
    """With a capital at its beginning; the rest as it is, such as LTE."""
    return name[:1].upper() + name[1:]


def clock(at: int, zone: tzinfo = UTC, *, seconds: bool = False) -> str:
    """Hours and minutes of a moment in µs since 1970 UTC; 24 hours, as on the hall's clock.

    >>> clock(1_700_000_000_000_000, seconds=True)
    '22:13:20'
    """
    return f"{datetime.fromtimestamp(at / 1e6, zone):{'%H:%M:%S' if seconds else '%H:%M'}}"


def minutes(seconds: float) -> str:
    """A stretch of time, as a stop-watch shows it.

    >>> minutes(97.4), minutes(7200)
    ('1:37', '2:00:00')
    """
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def quantity(value: float, unit: str, texts: Texts) -> str:
    """A value with three digits that count, a prefix where its unit takes one, and a no-break space.

    >>> from station.texts import texts_in
    >>> texts = texts_in("en")
    >>> quantity(0.000412, "A", texts), quantity(3.3, "V", texts), quantity(55, "%", texts)
    ('412\\xa0µA', '3.3\\xa0V', '55\\xa0%')
    >>> quantity(4096, "B", texts)
    '4096\\xa0B'
    """
    prefix = ""
    if unit in _PREFIXED and value:
        size = abs(float(f"{value:.3g}"))
        factor, prefix = next(((one, name) for one, name in _PREFIXES if size >= one), _PREFIXES[-1])
        value /= factor
    number = texts.number(f"{value:.3g}" if abs(value) < 999.5 else f"{value:.0f}")
    return f"{number}\u00a0{prefix}{unit}" if prefix or unit else number


def limit_text(name: str, value: float, limit: Limit, texts: Texts) -> str:
    """What a value did to its limit, as one sentence; empty where it holds."""
    said = value_text(name, texts)
    for edge, way in ((limit.low, "low"), (limit.high, "high")):
        if edge is not None and ((value < edge) if way == "low" else (value > edge)):
            told, missed = (quantity(one, limit.unit, texts) for one in (value, edge))
            return texts.say(f"limit.{way}", name=said, value=told, limit=missed)
    return ""


def row_key(row: Row) -> str:
    """The text that a row of the nest's table has in every language.

    >>> row_key(TABLE[0])
    'nest.labelled.scan'
    """
    on = row.on.value.removeprefix("found ")
    match row:
        case Row(then=State.EMPTY, on=On.CANCEL):
            pass
        case Row(then=State.EMPTY, state=State.UNLABELLED):
            on = "start"
        case Row(then=State.UNLABELLED):
            on = "seated"
        case Row(then=State.LABELLED, on=On.CLOSED_EMPTY):
            on = "no_unit"
        case Row(then=State.LABELLED, on=On.SCAN_OPEN):
            on = On.SCAN.value
        case Row(then=State.RUNNING, on=On.CLOSED_ON_UNIT):
            on = On.LID_CLOSED.value
        case Row(state=before, then=then) if before is then:
            # Its verdict still stands there.
            on = next(one.on.value for one in TABLE if one.state is State.RUNNING and one.then is then)
        case Row(then=State.EMPTY, state=State.UNDECIDED | State.STOPPED):
            on = "again"
        case Row(then=State.EMPTY):
            on = "next"
        case _:
            pass
    return f"nest.{row.then}.{on.replace(' ', '_')}"


def right(state: State, reference: Expect | None) -> bool | None:
    """Whether a reference unit came out as it must; None of other units, and before it came out."""
    if reference is None or state not in (State.PASSED, State.FAILED):
        return None
    return (state is State.PASSED) is (reference == "pass")


def moved_key(before: State, then: State, tell: str, reference: Expect | None = None) -> str:
    """The text for a nest that has moved; what the operator reads tells rows apart that lead to the same state."""
    if (came := right(then, reference)) is not None:
        return "nest.reference.right" if came else "nest.reference.wrong"
    if reference is not None and then in (State.LABELLED, State.UNDECIDED, State.STOPPED):
        return f"nest.reference.{then}"
    rows = [row for row in TABLE if row.then is then]
    ways = [row for row in rows if row.state is before] or rows
    said = [row for row in ways if row.tell == tell]
    if then is State.EMPTY and before is State.EMPTY:
        return "nest.empty.start"
    return row_key((said or ways)[0])


def lock_of(told: str) -> str:
    """Why a nest is locked, by the text it has: what its card and the band say of it."""
    match told:
        case "nest.locked.may_have_connected":
            return "meter"
        case "nest.locked.too_many_fails_in_a_row":
            return "streak"
        case _:
            return "unsafe"


def numbers(nests: Iterable[int], texts: Texts) -> str:
    """Nests in a sentence."""
    return texts.joined([str(one) for one in nests])

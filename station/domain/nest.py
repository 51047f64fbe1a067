"""The life of one nest, as a table. If it is not a row here, it does not happen.

The fourth column is the operator's next sentence, so the table is the work instruction, too.
The diagram in station/README.md is printed from it by `station check --diagram`. Fixtures that tell whether a unit is
seated have rows of their own; without that, a lid that was opened and closed again is the best there is.
"""

from dataclasses import dataclass
from enum import StrEnum

from station.domain.outcome import Outcome
from station.domain.shift_facts import Expect


class State(StrEnum):
    """Where a nest stands."""

    EMPTY = "empty"
    UNLABELLED = "unlabelled"
    LABELLED = "labelled"
    RUNNING = "running"
    ASKING = "asking"
    STOPPING = "stopping"
    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"
    STOPPED = "stopped"
    LOCKED = "locked"


class On(StrEnum):
    """What can happen to a nest."""

    SCAN = "scan"
    RETRY = "once more"
    CANCEL = "cancel"
    SCAN_OPEN = "scan, lid open"
    LID_CLOSED = "lid closed"
    CLOSED_ON_UNIT = "lid closed, unit seated"
    CLOSED_EMPTY = "lid closed, no unit"
    LID_OPENED = "lid opened"
    SEATED = "unit seated"
    OUT = "unit out"
    STOP = "stop"
    QUESTION = "question"
    ANSWER = "answer"
    PASS = "pass"
    FAIL = "fail"
    ERROR = "error"
    ABORTED = "aborted"
    METER = "may have connected"
    STREAK = "too many fails in a row"
    UNSAFE = "cannot be made safe"
    RELEASED = "released"
    FOUND_PASS = "found pass"
    FOUND_FAIL = "found fail"
    FOUND_ERROR = "found error"
    FOUND_ABORTED = "found aborted"


@dataclass(frozen=True, slots=True)
class Row:
    """In `state`, `on` leads to `then`, and the operator reads `tell`."""

    state: State
    on: On
    then: State
    tell: str


_ENDS = (
    (On.PASS, State.PASSED, "PASS. Put the unit in the green tray."),
    (On.FAIL, State.FAILED, "FAIL. Put the unit in the red tray."),
    (On.ERROR, State.UNDECIDED, "No verdict. Open the lid and run the unit again."),
    (On.ABORTED, State.STOPPED, "Stopped. Run the unit again."),
)
"""What a run comes to, where its nest stands then, and what the operator reads until the unit is out."""

_FOUND = {
    On.PASS: On.FOUND_PASS,
    On.FAIL: On.FOUND_FAIL,
    On.ERROR: On.FOUND_ERROR,
    On.ABORTED: On.FOUND_ABORTED,
}

_BUSY = (State.RUNNING, State.ASKING, State.STOPPING)
ENDED = (State.PASSED, State.FAILED, State.UNDECIDED, State.STOPPED)
_AGAIN = (State.UNDECIDED, State.STOPPED)

_SEAT_IT = "Seat the unit and close the lid."
_NO_LABEL = "A unit without a label: take it out, scan, seat it."

TABLE = (
    Row(State.EMPTY, On.SCAN, State.LABELLED, _SEAT_IT),
    Row(State.LABELLED, On.CANCEL, State.EMPTY, "Label dropped. Scan again."),
    Row(State.LABELLED, On.LID_CLOSED, State.RUNNING, "Working. Keep the lid closed."),
    Row(State.LABELLED, On.CLOSED_ON_UNIT, State.RUNNING, "Working. Keep the lid closed."),
    Row(State.LABELLED, On.CLOSED_EMPTY, State.LABELLED, "No unit is in it. Open the lid and seat the unit."),
    # First the label, then the unit: what is seated before is nobody's.
    Row(State.EMPTY, On.SEATED, State.UNLABELLED, _NO_LABEL),
    Row(State.EMPTY, On.CLOSED_ON_UNIT, State.UNLABELLED, _NO_LABEL),
    Row(State.UNLABELLED, On.OUT, State.EMPTY, "Scan its label, then seat it."),
    Row(State.UNLABELLED, On.CLOSED_EMPTY, State.EMPTY, "Scan its label, then seat it."),
    *(Row(busy, on, then, tell) for busy in _BUSY for on, then, tell in _ENDS),
    # The operator reads the question itself.
    Row(State.RUNNING, On.QUESTION, State.ASKING, "Answer the question on the screen."),
    Row(State.ASKING, On.ANSWER, State.RUNNING, "Working. Keep the lid closed."),
    *(
        Row(busy, on, State.STOPPING, tell)
        for busy in (State.RUNNING, State.ASKING)
        for on, tell in ((On.LID_OPENED, "Lid opened: stopping the run."), (On.STOP, "Stopping the run."))
    ),
    # A verdict stays until its unit is out: seen so, or said so by the lid, or by the next label.
    *(Row(then, on, then, tell) for _, then, tell in _ENDS for on in (On.LID_OPENED, On.CLOSED_ON_UNIT)),
    *(
        Row(ended, on, State.EMPTY, "Scan the label again." if ended in _AGAIN else "Scan the next label.")
        for ended in ENDED
        for on in (On.OUT, On.LID_CLOSED, On.CLOSED_EMPTY)
    ),
    *(Row(ended, On.SCAN_OPEN, State.LABELLED, _SEAT_IT) for ended in ENDED),
    # Once more without another scan: the unit is still in the nest.
    *(Row(ended, On.RETRY, State.LABELLED, "Open and close the lid to run it again.") for ended in _AGAIN),
    # The unit that failed last is out, and everybody has read its verdict. From EMPTY also: locked before the start.
    Row(State.EMPTY, On.STREAK, State.LOCKED, "Too many fails in a row here: call the lead."),
    *(
        Row(state, On.METER, State.LOCKED, "It may have connected: leave it in, call the engineer.")
        for state in (State.EMPTY, *_BUSY)
    ),
    *(
        Row(state, On.UNSAFE, State.LOCKED, "Hands off. Call the line engineer.")
        for state in State
        if state is not State.LOCKED
    ),
    Row(State.LOCKED, On.RELEASED, State.EMPTY, "Scan the next label."),
    # The station starts with the lid closed over a unit that has its verdict since before: it stays until it is out.
    *(Row(State.EMPTY, _FOUND[on], then, tell) for on, then, tell in _ENDS),
)

READY = "Scan a label."
"""What an operator reads at a nest that nothing has happened to yet."""

_ROWS = {(row.state, row.on): row for row in TABLE}


def step(state: State, on: On) -> Row | None:
    """The row that applies, or None when the nest refuses: nothing changes, the station beeps."""
    return _ROWS.get((state, on))


def sentence(row: Row, reference: Expect | None = None) -> str:
    """What the operator reads now; a reference unit is called one, and goes to no tray."""
    match row.then:
        case State.LABELLED if reference is not None:
            return f"Reference unit, must {reference}. {row.tell}"
        case State.PASSED | State.FAILED if reference is not None:
            right = (row.then is State.PASSED) is (reference == "pass")
            came = "Came out as it must." if right else "Came out WRONG: call the line engineer."
            return f"Reference unit. {came} Put it back in its box."
        case State.UNDECIDED | State.STOPPED if reference is not None:
            return "Reference unit, no verdict. Run it again, or put it back in its box."
        case _:
            return row.tell


def verdict(outcome: Outcome) -> On:
    """What the end of a run means to its nest."""
    match outcome:
        case Outcome.PASS:
            return On.PASS
        case Outcome.FAIL:
            return On.FAIL
        case Outcome.ERROR | Outcome.INTERRUPTED:
            return On.ERROR
        case Outcome.ABORTED:
            return On.ABORTED


def found(outcome: Outcome) -> On:
    """What a verdict means to the nest whose unit still sits in it when the station starts."""
    return _FOUND[verdict(outcome)]


def lid_moved(*, closed: bool, seated: bool | None) -> On:
    """What a lid that moved means; `seated` is None where the fixture cannot tell."""
    if not closed:
        return On.LID_OPENED
    if seated is None:
        return On.LID_CLOSED
    return On.CLOSED_ON_UNIT if seated else On.CLOSED_EMPTY


def takes(state: State, *, closed: bool | None, seated: bool | None) -> On | None:
    """What a scan is to a nest, where it may take one; an open nest with a verdict may, unless its unit is seen in it.

    >>> takes(State.PASSED, closed=False, seated=None), takes(State.PASSED, closed=False, seated=True)
    (<On.SCAN_OPEN: 'scan, lid open'>, None)
    """
    if state in ENDED:
        return On.SCAN_OPEN if closed is False and not seated else None
    return On.SCAN if step(state, On.SCAN) is not None else None


def diagram() -> str:
    """The table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.EMPTY}"]
    lines += [f"    {row.state} --> {row.then}: {row.on}" for row in TABLE if row.on is not On.UNSAFE]
    lines += [f"    state any_state <<choice>>\n    any_state --> {State.LOCKED}: {On.UNSAFE}"]
    return "\n".join(lines) + "\n"

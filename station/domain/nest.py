"""The life of one nest, as a table. If it is not a row here, it does not happen.

The fourth column is the operator's next sentence, so the table is the work instruction, too.
The diagram in station/README.md is printed from it by `station check --diagram`.
"""

from dataclasses import dataclass
from enum import StrEnum

from station.domain.outcome import Outcome
from station.domain.shift_facts import Expect


class State(StrEnum):
    """Where a nest stands."""

    EMPTY = "empty"
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
    LID_CLOSED = "lid closed"
    LID_OPENED = "lid opened"
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


TABLE = (
    Row(State.EMPTY, On.SCAN, State.LABELLED, "Seat the unit and close the lid."),
    Row(State.LABELLED, On.CANCEL, State.EMPTY, "Label dropped. Scan again."),
    Row(State.LABELLED, On.LID_CLOSED, State.RUNNING, "Working. Keep the lid closed."),
    Row(State.RUNNING, On.PASS, State.PASSED, "PASS. Put the unit in the green tray."),
    Row(State.RUNNING, On.FAIL, State.FAILED, "FAIL. Put the unit in the red tray."),
    Row(State.RUNNING, On.ERROR, State.UNDECIDED, "No verdict. Open the lid and run the unit again."),
    Row(State.RUNNING, On.ABORTED, State.STOPPED, "Stopped. Run the unit again."),
    # The operator reads the question itself.
    Row(State.RUNNING, On.QUESTION, State.ASKING, "Answer the question on the screen."),
    Row(State.ASKING, On.ANSWER, State.RUNNING, "Working. Keep the lid closed."),
    Row(State.ASKING, On.PASS, State.PASSED, "PASS. Put the unit in the green tray."),
    Row(State.ASKING, On.FAIL, State.FAILED, "FAIL. Put the unit in the red tray."),
    Row(State.ASKING, On.ERROR, State.UNDECIDED, "No verdict. Open the lid and run the unit again."),
    Row(State.ASKING, On.ABORTED, State.STOPPED, "Stopped. Run the unit again."),
    Row(State.ASKING, On.LID_OPENED, State.STOPPING, "Lid opened: stopping the run."),
    Row(State.ASKING, On.STOP, State.STOPPING, "Stopping the run."),
    Row(State.RUNNING, On.LID_OPENED, State.STOPPING, "Lid opened: stopping the run."),
    Row(State.RUNNING, On.STOP, State.STOPPING, "Stopping the run."),
    Row(State.STOPPING, On.PASS, State.PASSED, "PASS. Put the unit in the green tray."),
    Row(State.STOPPING, On.FAIL, State.FAILED, "FAIL. Put the unit in the red tray."),
    Row(State.STOPPING, On.ERROR, State.UNDECIDED, "No verdict. Open the lid and run the unit again."),
    Row(State.STOPPING, On.ABORTED, State.STOPPED, "Stopped. Run the unit again."),
    Row(State.PASSED, On.LID_OPENED, State.EMPTY, "Scan the next label."),
    Row(State.FAILED, On.LID_OPENED, State.EMPTY, "Scan the next label."),
    Row(State.UNDECIDED, On.LID_OPENED, State.EMPTY, "Scan the label again."),
    Row(State.STOPPED, On.LID_OPENED, State.EMPTY, "Scan the label again."),
    # A run that the opened lid stopped ends with the lid open: closing the empty nest clears it.
    Row(State.PASSED, On.LID_CLOSED, State.EMPTY, "Scan the next label."),
    Row(State.FAILED, On.LID_CLOSED, State.EMPTY, "Scan the next label."),
    Row(State.UNDECIDED, On.LID_CLOSED, State.EMPTY, "Scan the label again."),
    Row(State.STOPPED, On.LID_CLOSED, State.EMPTY, "Scan the label again."),
    # Once more without another scan: the unit is still in the nest.
    Row(State.UNDECIDED, On.RETRY, State.LABELLED, "Open and close the lid to run it again."),
    Row(State.STOPPED, On.RETRY, State.LABELLED, "Open and close the lid to run it again."),
    # The unit that failed last is out, and everybody has read its verdict. From EMPTY also: locked before the start.
    Row(State.EMPTY, On.STREAK, State.LOCKED, "Too many fails in a row here: call the lead."),
    *(
        Row(
            state,
            On.METER,
            State.LOCKED,
            "It may have connected: leave it in, call the engineer.",
        )
        for state in (State.EMPTY, State.RUNNING, State.ASKING, State.STOPPING)
    ),
    *(
        Row(state, On.UNSAFE, State.LOCKED, "Hands off. Call the line engineer.")
        for state in State
        if state is not State.LOCKED
    ),
    Row(State.LOCKED, On.RELEASED, State.EMPTY, "Scan the next label."),
    # The station starts with the lid closed over a unit that has its verdict since before: it stays until it is out.
    Row(State.EMPTY, On.FOUND_PASS, State.PASSED, "PASS. Put the unit in the green tray."),
    Row(State.EMPTY, On.FOUND_FAIL, State.FAILED, "FAIL. Put the unit in the red tray."),
    Row(State.EMPTY, On.FOUND_ERROR, State.UNDECIDED, "No verdict. Open the lid and run the unit again."),
    Row(State.EMPTY, On.FOUND_ABORTED, State.STOPPED, "Stopped. Run the unit again."),
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
    match outcome:
        case Outcome.PASS:
            return On.FOUND_PASS
        case Outcome.FAIL:
            return On.FOUND_FAIL
        case Outcome.ERROR | Outcome.INTERRUPTED:
            return On.FOUND_ERROR
        case Outcome.ABORTED:
            return On.FOUND_ABORTED


def diagram() -> str:
    """The table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.EMPTY}"]
    lines += [f"    {row.state} --> {row.then}: {row.on}" for row in TABLE if row.on is not On.UNSAFE]
    lines += [f"    state any_state <<choice>>\n    any_state --> {State.LOCKED}: {On.UNSAFE}"]
    return "\n".join(lines) + "\n"

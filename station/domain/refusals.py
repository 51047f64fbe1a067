"""Why the station does not do what somebody wants: each reason has a code, what happened, and what to do.

A catalogue in another language has the same codes and the same names in braces.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from station.domain.faults import Fault


class Code(StrEnum):
    """The reasons that are no fault of a unit or of the station."""

    SIGN_IN_FIRST = "SIGN_IN_FIRST"
    NOT_ALLOWED = "NOT_ALLOWED"
    NEEDS_APPROVAL = "NEEDS_APPROVAL"
    SIGN_IN_OFF = "SIGN_IN_OFF"
    BADGE_UNKNOWN = "BADGE_UNKNOWN"
    BADGE_OFF = "BADGE_OFF"
    PIN_MISSING = "PIN_MISSING"
    PIN_NOT_ASKED = "PIN_NOT_ASKED"
    PIN_WRONG = "PIN_WRONG"
    PIN_WAIT = "PIN_WAIT"
    PIN_LOCKED = "PIN_LOCKED"
    PEOPLE_CHANGED = "PEOPLE_CHANGED"
    SCAN_CUT = "SCAN_CUT"
    SCANNER_LAYOUT = "SCANNER_LAYOUT"
    SCAN_NO_NEST = "SCAN_NO_NEST"
    SCAN_DUPLICATE = "SCAN_DUPLICATE"
    SCAN_AWAITED = "SCAN_AWAITED"
    SCAN_NEST_TAKEN = "SCAN_NEST_TAKEN"
    SEATED_UNLABELLED = "SEATED_UNLABELLED"
    UNIT_STILL_IN = "UNIT_STILL_IN"
    PASSED_BEFORE = "PASSED_BEFORE"
    NAME_NEEDED = "NAME_NEEDED"
    SCAN_ALREADY_PASSED = "SCAN_ALREADY_PASSED"
    LABEL_FOUND_OTHER_NEST = "LABEL_FOUND_OTHER_NEST"
    TYPED_LABEL = "TYPED_LABEL"
    RETEST_BLOCKED = "RETEST_BLOCKED"
    FAIL_STREAK = "FAIL_STREAK"
    REF_DUE = "REF_DUE"
    REF_WRONG = "REF_WRONG"
    PLAN_CHANGED = "PLAN_CHANGED"
    DISK_LOW = "DISK_LOW"
    JOURNAL_MOVED = "JOURNAL_MOVED"
    NO_SUCH_NEST = "NO_SUCH_NEST"
    LID_OPEN = "LID_OPEN"
    LID_CLOSED = "LID_CLOSED"
    NOTHING_TO_START = "NOTHING_TO_START"
    NOTHING_TO_STOP = "NOTHING_TO_STOP"
    NOTHING_TO_RETRY = "NOTHING_TO_RETRY"
    NOTHING_TO_UNLOAD = "NOTHING_TO_UNLOAD"
    NOTHING_TO_CANCEL = "NOTHING_TO_CANCEL"
    NOTHING_TO_RELEASE = "NOTHING_TO_RELEASE"
    NOTHING_TO_LIFT = "NOTHING_TO_LIFT"
    NOTHING_ASKED = "NOTHING_ASKED"
    NEST_ASKS_NOTHING = "NEST_ASKS_NOTHING"
    OTHER_ANSWER = "OTHER_ANSWER"
    QUESTION_OVER = "QUESTION_OVER"
    QUESTION_UNREAD = "QUESTION_UNREAD"
    STILL_RUNNING = "STILL_RUNNING"


TEXTS: Mapping[Code, tuple[str, str]] = {
    Code.SIGN_IN_FIRST: ("Nobody is signed in; nothing was done.", "Scan your badge."),
    Code.NOT_ALLOWED: ("As {role}, {name} does not do this: {what}.", "It needs the badge of {who}."),
    Code.NEEDS_APPROVAL: ("{what} needs an approval.", "It needs the badge of {who}."),
    Code.SIGN_IN_OFF: ("Nobody has to sign in at this station.", "Go on."),
    Code.BADGE_UNKNOWN: ("This badge is not known here.", "Use your own badge, or call the lead."),
    Code.BADGE_OFF: ("The badge of {name} is switched off.", "Call the lead."),
    Code.PIN_MISSING: ("{name} has no PIN yet, and this station asks for one.", "Call the engineer."),
    Code.PIN_NOT_ASKED: ("No PIN is asked for.", "Scan your badge first."),
    Code.PIN_WRONG: ("This PIN is wrong; {left} more will be taken.", "Type it again in {seconds} s."),
    Code.PIN_WAIT: ("The next PIN is taken in {seconds} s; this one was not looked at.", "Wait, then type it."),
    Code.PIN_LOCKED: ("The badge of {name} is locked; PINs tried: {tries}.", "It needs the badge of {who}."),
    Code.PEOPLE_CHANGED: (
        "Who works here is not as it was recorded: {what}.",
        "It needs the badge of {who}: `station people accept`.",
    ),
    Code.SCAN_CUT: ("The scan was cut off: no end came. Characters: {length}.", "Scan again."),
    Code.SCANNER_LAYOUT: ("This scanner sends other letters than the code has: {why}.", "Call the technician."),
    Code.SCAN_NO_NEST: ("Every nest is taken.", "Take a finished unit out first, then scan again."),
    Code.SCAN_DUPLICATE: ("This label is in nest {nest} already.", "Scan another unit."),
    Code.SCAN_AWAITED: ("Nest {nest} waits for this unit already.", "Seat it there and close the lid."),
    Code.SCAN_NEST_TAKEN: ("Nest {nest} takes no label now.", "Scan another nest's number, or the label alone."),
    Code.SEATED_UNLABELLED: (
        "A unit without a label was seated in nest {nest}.",
        "Take it out, scan its label, seat it.",
    ),
    Code.UNIT_STILL_IN: ("The unit is still in nest {nest}.", "Take it out."),
    Code.PASSED_BEFORE: (
        "This unit passed before: {at}.",
        "Put it in the green tray. RETRY makes it once more all the same.",
    ),
    Code.NAME_NEEDED: (
        "Nest {nest} is locked because its unit may have connected; nobody said who releases it.",
        "The engineer releases it by name: release {nest} NAME.",
    ),
    Code.SCAN_ALREADY_PASSED: (
        "This unit passed before: {at}.",
        "Put it in the green tray. To test it again needs the badge of {who}.",
    ),
    Code.LABEL_FOUND_OTHER_NEST: ("The unit of this label sits in nest {nest}.", "Take it out first, then scan again."),
    Code.TYPED_LABEL: ("A label that is typed is taken with an approval only.", "It needs the badge of {who}."),
    Code.RETEST_BLOCKED: (
        "Fails of this unit: {times}.",
        "Put it in the red tray. To test it again needs the badge of {who}.",
    ),
    Code.FAIL_STREAK: ("Fails in a row in nest {nest}: {times}. The nest is locked.", "Call the lead."),
    Code.REF_DUE: (
        "Reference units are due: {serials}.",
        "Test them. Production starts when each has come out as it must.",
    ),
    Code.REF_WRONG: (
        "Reference unit {serial} came out as {outcome} and must be {expect}.",
        "Stop using this station and call the engineer.",
    ),
    Code.PLAN_CHANGED: (
        "The test plan is another one than was last accepted: {recipe}.",
        "It needs the badge of {who}.",
    ),
    Code.DISK_LOW: ("The disk is nearly full: {detail}.", "Running tests go on. Call the technician."),
    Code.JOURNAL_MOVED: (
        "No unit is tested now: {detail}.",
        "Call the line engineer: the files have to be as they were, then the station goes on by itself.",
    ),
    Code.NO_SUCH_NEST: ("There is no nest {nest}.", "Scan the number of a nest of this fixture."),
    Code.LID_OPEN: ("The lid of nest {nest} is open.", "Close it."),
    Code.LID_CLOSED: ("The lid of nest {nest} is closed.", "Open it and take the unit out."),
    Code.NOTHING_TO_START: ("No nest waits to be started.", "Scan a label, seat the unit, close the lid."),
    Code.NOTHING_TO_STOP: ("Nothing runs there.", "Go on."),
    Code.NOTHING_TO_RETRY: ("No nest there has ended without a verdict.", "Scan the label of the unit."),
    Code.NOTHING_TO_UNLOAD: ("No nest there is finished.", "Go on."),
    Code.NOTHING_TO_CANCEL: ("No label waits there.", "Go on."),
    Code.NOTHING_TO_RELEASE: ("Nest {nest} is not locked.", "Go on."),
    Code.NOTHING_TO_LIFT: ("No reference unit came out wrong.", "Go on."),
    Code.NOTHING_ASKED: ("Nothing is asked.", "Go on as the screen says."),
    Code.NEST_ASKS_NOTHING: ("Nest {nest} asks nothing.", "Answer the question on the screen."),
    Code.OTHER_ANSWER: ("That is no answer to the question of nest {nest}.", "Answer as the screen asks."),
    Code.QUESTION_OVER: ("That question is over.", "Go on as the screen says."),
    Code.QUESTION_UNREAD: ("Nest {nest} has only just asked; this answer came too soon.", "Read it, then answer."),
    Code.STILL_RUNNING: ("A test is running.", "Wait for its end, or stop it."),
}
"""What happened, and what to do."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something was not done; `values` are what stands in the sentences, for other languages."""

    code: str
    detail: str
    remedy: str
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def nest(self) -> int | None:
        """The nest that the sentences are about."""
        number = self.values.get("nest", "")
        return int(number) if number.isdigit() else None

    @classmethod
    def of(cls, fault: Fault) -> "Refusal":
        """A fault that was foreseen."""
        return cls(fault.code, str(fault), fault.remedy)


def refuse(code: Code, **values: object) -> Refusal:
    """The refusal with this code.

    >>> refuse(Code.SCAN_DUPLICATE, nest=2).detail
    'This label is in nest 2 already.'
    """
    detail, remedy = TEXTS[code]
    told = {name: str(value) for name, value in values.items()}
    return Refusal(code.value, detail.format(**told), remedy.format(**told), told)

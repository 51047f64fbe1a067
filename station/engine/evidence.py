"""What a run comes to in the end: the runner's word, weighed against the record and the nest's safety."""

from dataclasses import replace

from station.domain.faults import EvidenceMissing, Fault, NestUnsafe
from station.domain.outcome import Outcome
from station.domain.record import Record
from station.engine.messages import Ended


def weigh(record: Record | None, ended: Ended, unsafe: Fault | None) -> Ended:
    """A PASS needs a safe nest and every piece of evidence; anything else keeps its first reason."""
    if ended.outcome is not Outcome.PASS:
        return replace(ended, on_pass=())
    if unsafe is not None:
        fault: Fault = NestUnsafe(str(unsafe))
    elif record is None or record.verdict() is not Outcome.PASS:
        fault = EvidenceMissing("; ".join(record.missing() if record else ["nothing was recorded"]))
    else:
        return ended
    return Ended(fault.outcome, fault.code, str(fault), fault.remedy)

"""Works off a sheet; the only place where exceptions become outcomes."""

import traceback
from collections.abc import Mapping

from station.domain.events import Body, StepFinished, StepStarted
from station.domain.faults import BUG, BUG_REMEDY, Fault
from station.domain.outcome import Outcome
from station.domain.recipe import Operation
from station.engine.messages import Ended, Job
from station.engine.op import Op, Pen
from station.engine.registry import bind
from station.ports import Clock

TRACEBACK_LIMIT = 4000
"""Characters of a traceback that go into a record."""

RETRIED = (Outcome.FAIL, Outcome.ERROR)
"""What another attempt may mend, where the line of the sheet has one left."""


def run_sheet(job: Job, ports: Mapping[type, object], clock: Clock, pen: Pen) -> Ended:
    """Do every operation of the sheet until one says stop; returns what the run came to.

    Raises JournalFull when a fact could not be stored: then there is no verdict.
    """
    on_pass: list[Body] = []
    worst: StepFinished | None = None
    for line in job.recipe.sheet:
        for attempt in range(1, line.tries + 1):
            op = Op(line, job.started.label, job.recipe, job.release, job.factory_test, pen)
            op.attempt = attempt
            end = _do(op, line, ports, clock, pen)
            if end.outcome not in RETRIED or end.code == BUG:
                break
        on_pass += op.on_pass
        if end.outcome is not Outcome.PASS and (worst is None or end.outcome.severity > worst.outcome.severity):
            worst = end
        if end.outcome is not Outcome.PASS and (line.on_fail == "stop" or end.outcome is not Outcome.FAIL):
            break
    if worst is not None:
        return Ended(worst.outcome, worst.code, f"op {worst.op} {worst.do}: {worst.detail}", worst.remedy)
    return Ended(Outcome.PASS, on_pass=tuple(on_pass))


def _do(op: Op, line: Operation, ports: Mapping[type, object], clock: Clock, pen: Pen) -> StepFinished:
    began = clock.now()
    pen.note(StepStarted(op=line.op, do=line.do, attempt=op.attempt, tries=line.tries))
    code = detail = remedy = ""
    try:
        op.checkpoint()
        bind(line.do, ports)(op)
        outcome = Outcome.PASS
    except Fault as fault:
        outcome, code, detail, remedy = fault.outcome, fault.code, str(fault), fault.remedy
        if not code:
            outcome, code, remedy = Outcome.ERROR, BUG, BUG_REMEDY
            detail = f"{type(fault).__name__} has no code of its own: {detail}"
    except Exception:
        # A bug of ours must not be counted against the unit.
        outcome, code, remedy = Outcome.ERROR, BUG, BUG_REMEDY
        detail = traceback.format_exc()[-TRACEBACK_LIMIT:]
    seconds = round(clock.now() - began, 3)
    end = StepFinished(
        op=line.op,
        do=line.do,
        outcome=outcome,
        code=code,
        detail=detail,
        remedy=remedy,
        seconds=seconds,
        attempt=op.attempt,
    )
    pen.note(end)
    return end

"""What a station does about runs that it did not end itself."""

from station.domain.events import Event, RunFinished
from station.domain.faults import RanUnwatched, StationStopped
from station.domain.record import Record, metered_of, record_of, with_facts
from station.domain.reference import of_reference
from station.domain.shift_facts import NestLocked
from station.journal.store import Journal


def close_interrupted(journal: Journal) -> list[Event]:
    """End each run that was left open by a crash, a kill or a power cut as INTERRUPTED; called once, at start."""
    verdict = RunFinished(
        outcome=StationStopped.outcome,
        code=StationStopped.code,
        detail="The station stopped before this run had an end.",
        remedy=StationStopped.remedy,
    )
    ended: list[Event] = []
    for run in journal.open_runs():
        record = record_of(journal.events(run))
        end = verdict if record is None or record.started.reference is None else of_reference(verdict)
        judged = with_facts(record, [end])
        earlier = () if judged is None else journal.known(judged.device_id, judged.serial).suspected
        ended += journal.append([*metered_of(judged, earlier), *_locked(judged), end], run)
    return ended


def _locked(record: Record | None) -> list[NestLocked]:
    """A unit that could run before its chip had told who it is, is held where it sits: its label may be another's."""
    if record is None or not record.may_run or any(one.by == "swd" for one in record.identified):
        return []
    return [_lock(record.started.nest, "the station stopped while a unit could run whose chip had not told its id yet")]


def found_running(nest: int) -> NestLocked:
    """A nest that had power and its reset free when the station started: what sits there ran unwatched."""
    return _lock(
        nest, "at the start the nest had power and its reset was free: what sat there since may have connected"
    )


def _lock(nest: int, detail: str) -> NestLocked:
    return NestLocked(nest=nest, why="meter", code=RanUnwatched.code, detail=detail)

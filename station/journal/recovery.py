"""What a station does about runs that it did not end itself."""

from station.domain.events import Event, RunFinished
from station.domain.faults import StationStopped
from station.domain.record import metered_of, record_of
from station.domain.reference import of_reference
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
        ended += journal.append([*metered_of(record), end], run)
    return ended

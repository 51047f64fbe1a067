"""Runs that the station did not end."""

from pathlib import Path

from station.domain.events import Body, Event, Identified, Metered, RunFinished, StepStarted, Unwound
from station.domain.faults import StationStopped
from station.domain.label import Label
from station.domain.outcome import Outcome
from station.domain.record import record_of, records_of
from station.domain.safety_facts import Energised, MadeSafe
from station.domain.shift_facts import NestLocked
from station.domain.unwind import suspects
from station.journal.outbox import outbox
from station.journal.recovery import close_interrupted
from station.journal.store import Journal
from tests.journal.shift import clock, run, serial, started, unit_id, whole_run


def test_each_open_run_is_closed_as_interrupted_and_no_other(tmp_path: Path) -> None:
    with Journal.create_or_open(tmp_path, clock().__next__) as journal:
        journal.append(whole_run(1), run(1))
        journal.append(whole_run(2)[:5], run(2))
        journal.append(whole_run(3)[:1], run(3))
    with Journal.create_or_open(tmp_path, clock().__next__) as journal:
        closed = close_interrupted(journal)
        assert [event.run for event in closed] == [run(2), run(2), run(3), run(3)]
        assert [event.body.kind for event in closed] == ["metered", "run_finished"] * 2
        assert journal.open_runs() == []
        outcomes = [record.outcome for record in records_of(journal.events())]
        assert outcomes == [Outcome.PASS, Outcome.INTERRUPTED, Outcome.INTERRUPTED]


def test_the_verdict_says_what_happened_and_what_to_do(tmp_path: Path) -> None:
    with Journal.create_or_open(tmp_path, clock().__next__) as journal:
        journal.append(whole_run(2)[:5], run(2))
        close_interrupted(journal)
        record = record_of(journal.events(run(2)))
    assert record is not None
    assert record.finished == RunFinished(
        outcome=Outcome.INTERRUPTED,
        code=StationStopped.code,
        detail="The station stopped before this run had an end.",
        remedy=StationStopped.remedy,
    )
    assert record.current is None


def test_closing_twice_adds_nothing(tmp_path: Path) -> None:
    with Journal.create_or_open(tmp_path, clock().__next__) as journal:
        journal.append(whole_run(2)[:5], run(2))
        close_interrupted(journal)
        assert close_interrupted(journal) == []


def closed_after(tmp_path: Path, *facts: Body, label: Label | None = None) -> tuple[list[Event], list[Event]]:
    """What the next start stores of a run that was cut off after these facts, and the whole journal."""
    head = started(label or Label(serial=serial(1), device_id=unit_id(1))).model_copy(update={"tells_power": True})
    with Journal.create_or_open(tmp_path, clock().__next__) as journal:
        journal.append([head, *facts], run(1))
        return close_interrupted(journal), list(journal.events())


BEGUN = StepStarted(op=10, do="identify")
CHIP = Identified(op=10, by="swd", device_id=unit_id(1))


def verdict_of(closed: list[Event]) -> Metered:
    [told] = [event.body for event in closed if isinstance(event.body, Metered)]
    return told


def test_a_run_that_was_cut_off_while_its_unit_could_run_is_a_risk(tmp_path: Path) -> None:
    closed, events = closed_after(tmp_path, BEGUN, Energised(op=10), CHIP)
    told = verdict_of(closed)
    assert (told.verdict, told.device_id) == ("risk", unit_id(1))
    assert "the unit had power and its reset was free; its fixture has no watchdog" in told.reasons[0]
    assert [one.key for one in suspects(events)] == [unit_id(1)]
    # Whoever seats it next: it passes, and is withheld.
    with Journal.create_or_open(tmp_path, clock().__next__) as journal:
        journal.append(whole_run(1), run(2))
        assert journal.known(unit_id(1), None).suspected == (run(1),)
        found = outbox(journal.events())
        assert (found.pending, [one.device_id for one in found.withheld]) == ((), [unit_id(1)])
        journal.append([Unwound(device_id=unit_id(1), by="M. Quispe", note="never heard")], None)
        assert journal.known(unit_id(1), None).suspected == ()
        assert [one.device_id for one in outbox(journal.events()).pending] == [unit_id(1)]


def test_a_run_that_was_cut_off_before_power_or_after_the_nest_was_safe_is_none(tmp_path: Path) -> None:
    before, _ = closed_after(tmp_path / "before", BEGUN, Identified(op=10, by="label", serial=serial(1)))
    after, _ = closed_after(tmp_path / "after", BEGUN, Energised(op=10), CHIP, MadeSafe(op=10))
    assert [verdict_of(one).verdict for one in (before, after)] == ["no_evidence"] * 2


def test_a_unit_that_could_run_before_its_chip_was_known_is_held_by_its_label_and_where_it_sits(tmp_path: Path) -> None:
    closed, events = closed_after(tmp_path, BEGUN, Energised(op=10), label=Label(serial=serial(1)))
    assert (verdict_of(closed).verdict, verdict_of(closed).device_id) == ("risk", None)
    [lock] = [event.body for event in closed if isinstance(event.body, NestLocked)]
    assert lock.why == "meter"
    assert [one.key for one in suspects(events)] == [serial(1)]
    with Journal.create_or_open(tmp_path, clock().__next__) as journal:
        journal.append(whole_run(1), run(2))
        assert [one.device_id for one in outbox(journal.events()).withheld] == [unit_id(1)]
        journal.append([Unwound(serial=serial(1), by="M. Quispe", note="never heard")], None)
        assert [one.device_id for one in outbox(journal.events()).pending] == [unit_id(1)]
        assert [one.done is not None for one in suspects(journal.events())] == [True]


def test_a_journal_of_an_older_station_does_not_tell_of_power_and_that_is_no_evidence_of_silence(
    tmp_path: Path,
) -> None:
    with Journal.create_or_open(tmp_path, clock().__next__) as journal:
        journal.append(whole_run(2)[:5], run(2))
        journal.append(whole_run(3)[:1], run(3))
        verdicts = [event.body.verdict for event in close_interrupted(journal) if isinstance(event.body, Metered)]
    assert verdicts == ["risk", "no_evidence"]

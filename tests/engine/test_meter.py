"""The billing guard at the engine: every run has its verdict, and a suspect locks its nest."""

from pathlib import Path

from station.domain.events import Metered, Silent, Stopped
from station.domain.nest import State
from station.domain.outcome import Outcome
from station.domain.unwind import suspects
from tests.engine.line import Line, good
from tests.engine.sheet import device_of, unit


def metered(line: Line) -> list[Metered]:
    return [one.body for one in line.stored() if isinstance(one.body, Metered)]


def test_every_run_is_metered_whatever_its_outcome(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        for character in ("GOOD", "BAD", "BUG", "DIE"):
            line.make(unit(character))
        assert [one.verdict for one in metered(line)] == ["no_evidence"] * 4
        assert len(line.verdicts()) == 4


def test_a_unit_that_tried_locks_its_nest_until_the_engineer_releases_it(tmp_path: Path) -> None:
    with Line(tmp_path, nests=(1, 2)) as line:
        line.seat(unit("TALKS"))
        line.until(lambda: line.states[1] is State.LOCKED)
        assert line.iron.safe(1)
        [told] = metered(line)
        assert (told.verdict, told.device_id, told.reasons) == (
            "risk",
            device_of(unit("TALKS")),
            ("the unit was connecting to the cloud",),
        )
        assert line.verdicts()[0].outcome is Outcome.FAIL
        assert line.make(good(3), nest=2) is State.PASSED
        line.core.release_nest(1, "Edda Engineer")
        line.until(lambda: line.states[1] is State.EMPTY)
        assert line.make(good(4), nest=1) is State.PASSED
        assert [one.verdict for one in suspects(line.journal())] == ["risk"]


def test_firmware_that_still_runs_has_the_last_word_before_its_power_is_taken(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        assert line.make(unit("RUNS")) is State.FAILED
        record = line.record()
        assert record is not None
        assert [one.when for one in record.silent if isinstance(one, Silent)] == ["last_words"]
        assert record.stopped == (Stopped(op=20, seconds=2.0),)
        assert record.meter.unread == ()
        assert record.metered is not None
        assert record.metered.conclusion == "no evidence of a connection"

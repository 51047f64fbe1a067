"""Power and reset of a nest when something goes wrong while its unit may run."""

from collections.abc import Sequence
from pathlib import Path

from station.domain.events import Body, Metered, RunFinished
from station.domain.faults import FixtureSilent, JournalFull, NoWatchdog
from station.domain.ids import RunId
from station.domain.nest import State
from station.domain.outcome import Outcome
from station.domain.safety_facts import Energised, MadeSafe, Unwatched, WatchdogTried
from station.domain.shift_facts import NestLocked
from station.domain.unwind import suspects
from station.journal.outbox import outbox
from tests.engine.line import Line, good
from tests.engine.sheet import device_of, recipe, unit

LIVES = recipe({"do": "act", "within": 60})
LIVE = unit("LIVE")


def alive(line: Line) -> None:
    """A unit sits in nest 1, and its firmware runs."""
    line.seat(LIVE)
    line.until(lambda: any(one.booted for one in [line.record()] if one is not None))
    assert (line.iron.power[1], line.iron.reset[1]) == (True, False)


def ended(line: Line) -> RunFinished:
    line.until(line.verdicts)
    return line.verdicts()[-1]


def facts(line: Line) -> list[type[object]]:
    kinds = (Energised, MadeSafe, Unwatched, RunFinished)
    return [type(one.body) for one in line.stored() if isinstance(one.body, kinds)]


def verdict(line: Line) -> str:
    return next(one.body.verdict for one in line.stored() if isinstance(one.body, Metered))


def test_that_a_unit_may_run_is_on_disk_before_it_does_and_that_it_does_not_when_it_was_seen(tmp_path: Path) -> None:
    def stored(bodies: Sequence[Body], run: RunId | None) -> None:
        if isinstance(bodies[0], Energised):
            line.iron.switched.append((1, "stored", True))

    with Line(tmp_path, sheet=LIVES) as line:
        line.desk.hindrance = stored
        alive(line)
        line.core.stop_nest(1)
        assert ended(line).outcome is Outcome.ABORTED
        assert facts(line) == [Energised, MadeSafe, RunFinished]
        on_disk = line.iron.switched.index((1, "stored", True))
        assert on_disk < line.iron.switched.index((1, "reset", False))


def test_a_unit_whose_being_let_run_cannot_be_stored_is_not_let_run(tmp_path: Path) -> None:
    def full(bodies: Sequence[Body], run: RunId | None) -> None:
        if isinstance(bodies[0], Energised):
            raise JournalFull("no space left on device")

    with Line(tmp_path, sheet=LIVES) as line:
        line.desk.hindrance = full
        line.seat(LIVE)
        assert ended(line).outcome is Outcome.ERROR
        assert (1, "reset", False) not in line.iron.switched


def test_power_that_the_fixture_took_ends_the_run_with_a_true_sentence(tmp_path: Path) -> None:
    with Line(tmp_path, sheet=LIVES) as line:
        alive(line)
        line.iron.power[1], line.iron.reset[1] = False, True  # as a watchdog does while this PC sleeps
        end = ended(line)
        assert (end.outcome, end.code) == (Outcome.ERROR, "S114")
        assert "power is off and reset held" in end.detail
        assert facts(line) == [Energised, Unwatched, MadeSafe, RunFinished]
        assert verdict(line) == "risk"
        line.until(lambda: line.states[1] is State.LOCKED)


def test_a_nest_that_gets_power_by_itself_is_locked_and_the_unit_that_has_its_verdict_there_is_on_no_list(
    tmp_path: Path,
) -> None:
    with Line(tmp_path, nests=(1, 2)) as line:
        assert line.make(good()) is State.PASSED
        assert len(outbox(line.stored()).pending) == 1
        for nest in (1, 2):  # as a controller does that starts over with its relays on
            line.iron.power[nest], line.iron.reset[nest] = True, False
        line.until(lambda: all(line.states[nest] is State.LOCKED for nest in (1, 2)))
        line.until(lambda: line.iron.safe(1) and line.iron.safe(2))
        assert {one.code for one in line.troubles()} >= {"S114"}
        assert [one.body.why for one in line.stored() if isinstance(one.body, NestLocked)] == ["meter", "meter"]
        assert [one.device_id for one in suspects(line.stored())] == [device_of(good())]
        assert outbox(line.stored()).pending == ()


def test_a_nest_with_power_whose_unit_cannot_run_is_made_safe_and_goes_on(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        line.until(lambda: line.iron.safe(1))
        line.iron.power[1] = True  # reset is held
        line.until(lambda: line.iron.safe(1))
        line.until(lambda: [one for one in line.troubles() if one.code == "S114"])
        assert line.make(good()) is State.PASSED


def test_a_worker_that_dies_while_firmware_runs_leaves_a_risk_and_one_that_dies_before_does_not(tmp_path: Path) -> None:
    with Line(tmp_path, sheet=LIVES) as line:
        line.seat(unit("LIVEDIE"))
        assert ended(line).code == "S602"
        assert verdict(line) == "risk"
    with Line(tmp_path / "two", sheet=LIVES) as line:
        line.seat(unit("DIE"))
        assert ended(line).code == "S602"
        assert verdict(line) == "no_evidence"


def test_a_lid_that_is_opened_cuts_the_power_at_once_and_counts_against_no_unit(tmp_path: Path) -> None:
    with Line(tmp_path, sheet=LIVES) as line:
        alive(line)
        line.open_lid()
        assert (ended(line).outcome, ended(line).code) == (Outcome.ABORTED, "A001")
        assert line.iron.safe(1)


def test_a_controller_that_is_lost_ends_the_runs_it_had_and_their_units_are_withheld(tmp_path: Path) -> None:
    with Line(tmp_path, sheet=LIVES) as line:
        alive(line)
        line.iron.stuck = lambda nest, what, on: True
        line.iron.raises = FixtureSilent("the cable is out")
        end = ended(line)
        assert (end.outcome, end.code) == (Outcome.ERROR, "S101")
        assert verdict(line) == "risk"
        line.until(lambda: line.states[1] is State.LOCKED)
        # It comes back: nobody has to ask for the nest to be made safe.
        line.iron.stuck, line.iron.raises = (lambda nest, what, on: False), None
        line.until(lambda: line.iron.safe(1))


def test_a_nest_is_released_when_it_was_seen_safe_and_stays_locked_else(tmp_path: Path) -> None:
    with Line(tmp_path, sheet=LIVES) as line:
        line.until(lambda: line.iron.safe(1))
        line.iron.stuck = lambda nest, what, on: (what, on) == ("power", False)
        alive(line)
        line.core.stop_nest(1)
        line.until(lambda: line.states[1] is State.LOCKED)
        told = len(line.troubles())
        line.core.release_nest(1, "Edda Engineer")
        line.until(lambda: len(line.troubles()) > told)
        assert line.states[1] is State.LOCKED
        line.iron.stuck = lambda nest, what, on: False
        line.core.release_nest(1, "Edda Engineer")
        line.until(lambda: line.states[1] is State.EMPTY)
        assert line.iron.safe(1)


def test_the_next_run_of_a_unit_that_may_have_connected_says_so_until_an_engineer_has_judged_it(tmp_path: Path) -> None:
    with Line(tmp_path) as line:
        line.seat(unit("LIVEDIE"))
        line.until(lambda: line.states[1] is State.LOCKED)
        first = line.record()
        assert first is not None
        line.core.release_nest(1, "Edda Engineer")
        line.until(lambda: line.states[1] is State.EMPTY)
        line.seat(unit("LIVEDIE", 0))
        line.until(lambda: len(line.verdicts()) == 2)
        again = line.record()
        assert again is not None
        assert again.metered is not None
        assert first.run in again.metered.earlier
        assert "which nobody has judged yet" in again.metered.conclusion
        events = line.journal()
    assert [one.device_id for one in suspects(events)] == [device_of(unit("LIVEDIE"))]
    assert outbox(events).pending == ()


# The watchdog


def test_the_watchdog_is_proved_while_nothing_runs_and_not_again_in_the_same_shift(tmp_path: Path) -> None:
    with Line(tmp_path, watchdog=2.0) as line:
        line.until(lambda: [one for one in line.stored() if isinstance(one.body, WatchdogTried)])
        assert line.make(good()) is State.PASSED
        line.later(3600.0)
    assert line.iron.proved == [1]
    with Line(tmp_path, watchdog=2.0, time=line.time) as line:
        assert line.make(good(1)) is State.PASSED
        assert line.iron.proved == []
        line.later(13 * 3600.0)
        line.until(lambda: line.iron.proved == [1])


def test_a_watchdog_that_does_not_bite_stops_production_and_gives_no_unit_power(tmp_path: Path) -> None:
    with Line(tmp_path, watchdog=2.0, asleep=NoWatchdog("the controller left power on")) as line:
        line.until(lambda: [one for one in line.troubles() if one.code == "S113"])
        told = len(line.troubles())
        line.core.scan(good())
        line.until(lambda: len(line.troubles()) > told)
        assert line.states[1] is State.EMPTY
        [tried] = [one.body for one in line.stored() if isinstance(one.body, WatchdogTried)]
        assert (tried.bites, tried.detail) == (False, "the controller left power on")
        assert not any(what == "power" and on for _, what, on in line.iron.switched)

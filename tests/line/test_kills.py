"""A station that is killed, wherever it stands: the nest is made safe without it, and its next start loses nothing.

Every event of a run is a place to die. Two things are shown of them. For each event, 53 of them, a photograph: the
station is stopped when it has printed the event and is at most one event further, its journal's files are copied as a
kill would leave them, it goes on; every copy is then opened as the next start opens it. And in each of six stretches
of the sheet one station really is killed, its nest watched, and another one started in its place, which is the next
to be killed.
"""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from station.bench.client import Bench, Facts
from station.domain.events import (
    Booted,
    Event,
    Metered,
    PreAddRequested,
    Programmed,
    RunFinished,
    RunStarted,
    Sealed,
    StepStarted,
)
from station.domain.outcome import Outcome
from station.domain.record import records_of
from station.domain.safety_facts import Energised, MadeSafe
from station.domain.shift_facts import NestLocked
from station.domain.unwind import suspects
from station.engine.worker import NICE
from station.journal.outbox import outbox
from station.journal.recovery import close_interrupted
from station.journal.store import Journal, Reader
from station.journal.verify import verify
from station.wiring import now_us
from tests.line.floor import Line, command, eventually, is_gone, parts_in, root_with_nests

SAFE_WITHIN = 5.0
"""Seconds in which a nest without a station must stand in reset, without power."""


@dataclass(frozen=True, slots=True)
class Floor:
    """One nest, one unit, one state folder; stations come and go."""

    bench: Bench
    unit: int
    folder: Path

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def facts(self) -> Facts:
        return self.bench.unit(self.unit)

    @property
    def is_safe(self) -> bool:
        return self.facts.reset_held and not self.facts.powered

    def start(self, state: Path | None = None, stepped: bool = False) -> Line:
        return Line(self.bench, self.folder / "root", self.folder / "parts", state or self.state, stepped)

    def events(self) -> list[Event]:
        with Reader.open(self.state) as journal:
            return list(journal.events())


@pytest.fixture(scope="module")
def floor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    folder = tmp_path_factory.mktemp("kills")
    root_with_nests(folder / "root", 1)
    parts_in(folder / "parts")
    with Bench.start(nests=1) as bench:
        yield Floor(bench, bench.new_unit(), folder)


# Photographs


def photograph(line: Line, state: Path, copy: Path) -> None:
    """The journal's files as they are at this moment, while the station stands still; without its lock."""
    line.process.send_signal(signal.SIGSTOP)
    try:
        assert eventually(lambda: state_of(line.process.pid) == "T")
        copy.mkdir()
        for file in state.glob("journal.sqlite*"):
            # The shared memory beside the log belongs to living processes; the next one makes it anew.
            if not file.name.endswith("-shm"):
                shutil.copy2(file, copy)
    finally:
        line.process.send_signal(signal.SIGCONT)


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]


@pytest.fixture(scope="module")
def photographs(floor: Floor) -> list[tuple[Path, list[Event]]]:
    """For each event of a whole run: the files as a kill would leave them, and the events that were printed by then."""
    state, taken = floor.folder / "photographed", list[tuple[Path, list[Event]]]()
    with floor.start(state, stepped=True) as line:
        line.started()
        line.seat(1, floor.unit, typed=True)
        while not isinstance(line.seen[-1].body, RunFinished):
            assert line.prints()
            copy = floor.folder / f"photograph-{len(line.seen) + 1}"
            photograph(line, state, copy)
            # Read only now: until then the station could not go on printing.
            assert line.next() is not None
            taken.append((copy, list(line.seen)))
        line.clear(1)
        assert line.stop() == 0
    return taken


def test_a_run_has_an_event_for_everything_that_matters(photographs: list[tuple[Path, list[Event]]]) -> None:
    assert len(photographs) > 50
    assert isinstance(photographs[0][1][-1].body, StepStarted)
    assert isinstance(photographs[-1][1][-1].body, RunFinished)


def test_a_station_killed_at_any_event_has_lost_nothing_that_it_showed(
    photographs: list[tuple[Path, list[Event]]],
) -> None:
    for copy, printed in photographs:
        with Reader.open(copy) as journal:
            stored = list(journal.events())
        assert stored[: len(printed)] == printed, copy.name
        # What is stored in one transaction is on disk before the first of it is told.
        ahead = stored[len(printed) :]
        assert len({event.at for event in ahead}) <= 1, copy.name


def test_a_run_cut_off_at_any_event_is_closed_as_interrupted_and_its_unit_is_on_no_list(
    photographs: list[tuple[Path, list[Event]]],
) -> None:
    for copy, _ in photographs:
        with Journal.create_or_open(copy, now_us) as journal:
            # What was stored and not printed yet counts, too.
            bodies = [event.body for event in journal.events()]
            decided = any(isinstance(event.body, RunFinished) for event in journal.events())
            asked = any(isinstance(event.body, PreAddRequested) for event in journal.events())
            closed = [event.body for event in close_interrupted(journal)]
            [record] = records_of(journal.events())
            waiting = outbox(journal.events())
        assert decided == asked, copy.name
        if decided:
            assert (closed, record.outcome, len(waiting.pending)) == ([], Outcome.PASS, 1), copy.name
        else:
            metered, verdict = [body for body in closed if not isinstance(body, NestLocked)]
            assert isinstance(metered, Metered)
            could_run = sum(isinstance(body, Energised) for body in bodies) > sum(
                isinstance(body, MadeSafe) for body in bodies
            )
            assert metered.verdict == ("risk" if could_run else "no_evidence"), copy.name
            assert isinstance(verdict, RunFinished)
            assert (verdict.outcome, verdict.code) == (Outcome.INTERRUPTED, "S603"), copy.name
            assert (record.outcome, waiting.pending) == (Outcome.INTERRUPTED, ()), copy.name
        assert verify(copy).runs == 1, copy.name


# Kills


def first(kind: type[object], op: int | None = None) -> Callable[[Event], bool]:
    """The first event of this kind, of this operation if one is named."""
    return lambda event: isinstance(event.body, kind) and op in (None, event.body.model_dump().get("op"))


WHERE: dict[str, Callable[[Event], bool]] = {
    "before the worker has begun": first(RunStarted),
    "in the middle of flashing": first(StepStarted, 20),
    "with the test firmware running": first(Booted),
    "with the product's firmware in flash": first(Programmed, 60),
    "after the seal": first(Sealed),
    "with the verdict on the screen": first(RunFinished),
}
LATER = {"in the middle of flashing": 0.3}
"""Seconds after the event."""


@dataclass
class Killed:
    """What was left of a station, and what the next one made of it."""

    printed: list[Event]
    safe: bool
    workers_gone: bool
    stored: list[Event]
    found: list[Event] = field(default_factory=list)
    facts: Facts | None = None

    @property
    def run(self) -> str:
        return next(event.run for event in self.printed if event.run is not None and isinstance(event.body, RunStarted))


@pytest.fixture(scope="module")
def killed(floor: Floor) -> dict[str, Killed]:
    """One station after the other on the same unit, each in the place of the one that was killed before it."""
    made: dict[str, Killed] = {}
    previous: Killed | None = None
    for name, here in WHERE.items():
        with floor.start() as line:
            line.started()
            if previous is not None:
                previous.found = list(line.seen)
            begun = line.seat(1, floor.unit, typed=True)
            workers = line.workers()
            if not here(begun):
                line.until(here)
            time.sleep(LATER.get(name, 0.0))
            line.kill()
            safe = eventually(lambda: floor.is_safe, SAFE_WITHIN)
            gone = [eventually(partial(is_gone, worker), SAFE_WITHIN) for worker in workers]
            assert workers
            made[name] = previous = Killed(line.seen, safe, all(gone), floor.events(), facts=floor.facts)
    with floor.start() as line:
        line.started()
        assert previous is not None
        previous.found = list(line.seen)
        assert line.stop() == 0
    return made


@pytest.mark.parametrize("where", WHERE)
def test_a_nest_whose_station_was_killed_is_made_safe_by_its_worker(where: str, killed: dict[str, Killed]) -> None:
    assert killed[where].safe
    assert killed[where].workers_gone


@pytest.mark.parametrize("where", WHERE)
def test_everything_that_was_printed_before_the_kill_is_on_disk(where: str, killed: dict[str, Killed]) -> None:
    one = killed[where]
    assert [event for event in one.printed if event not in one.stored] == []


@pytest.mark.parametrize("where", WHERE)
def test_the_next_start_closes_the_run_and_blocks_its_unit(where: str, killed: dict[str, Killed]) -> None:
    one = killed[where]
    verdicts = [event for event in one.found if isinstance(event.body, RunFinished)]
    if any(event.run == one.run and isinstance(event.body, RunFinished) for event in one.stored):
        assert where == "with the verdict on the screen"
        assert verdicts == []
    else:
        [verdict] = verdicts
        assert isinstance(verdict.body, RunFinished)
        assert verdict.run == one.run
        assert (verdict.body.outcome, verdict.body.code) == (Outcome.INTERRUPTED, "S603")


def test_a_unit_that_could_run_when_its_station_was_killed_waits_for_an_engineer_and_the_journal_holds(
    floor: Floor, killed: dict[str, Killed]
) -> None:
    events = floor.events()
    records = records_of(events)
    assert [record.outcome for record in records] == [Outcome.INTERRUPTED] * (len(WHERE) - 1) + [Outcome.PASS]
    # It ran while nobody watched: an engineer judges it first, and the run that passed says so.
    waiting = outbox(events)
    assert ([one.run for one in waiting.pending], [one.run for one in waiting.withheld]) == ([], [records[-1].run])
    metered = records[-1].metered
    assert metered is not None
    assert metered.earlier
    assert "which nobody has judged yet" in metered.conclusion
    assert [one.device_id for one in suspects(events) if one.done is None] == [records[-1].device_id]
    assert verify(floor.state).runs == len(WHERE)


def test_a_unit_whose_station_was_killed_never_spoke_to_the_cloud(killed: dict[str, Killed]) -> None:
    assert all(one.facts is not None and one.facts.contacts == () for one in killed.values())


# Ends that are not kills


@dataclass
class Ends:
    """One line: its worker is killed, another station wants its journal, and it is told to stop."""

    worker_lost: RunFinished
    safe: dict[str, bool]
    second: tuple[int, str]
    codes: dict[str, int]
    last: dict[str, RunFinished]
    behind: int


@pytest.fixture(scope="module")
def ends(floor: Floor) -> Ends:
    state, safe, codes, last = floor.folder / "ends", dict[str, bool](), dict[str, int](), dict[str, RunFinished]()
    with floor.start(state) as line:
        line.started()
        line.seat(1, floor.unit, typed=True)
        line.until(first(Programmed, 20))
        [worker] = line.workers()
        behind = os.getpriority(os.PRIO_PROCESS, worker) - os.getpriority(os.PRIO_PROCESS, line.process.pid)
        os.kill(worker, signal.SIGKILL)
        worker_lost = line.until_finished()
        safe["worker"] = floor.is_safe
        line.clear(1)
        second = command(
            *("run", "--bench", floor.bench.folder, "--root", floor.folder / "root"),
            *("--parts", floor.folder / "parts", "--state", state),
        )
        line.seat(1, floor.unit, typed=True)
        line.until(first(StepStarted, 20))
        codes["terminated"] = line.stop(signal.SIGTERM, everybody=True)
        safe["terminated"] = floor.is_safe
        last["terminated"] = verdict_of(line)
    with floor.start(floor.folder / "interrupted") as line:
        line.started()
        line.seat(1, floor.unit, typed=True)
        line.until(first(StepStarted, 20))
        # A terminal sends it to the workers, too.
        codes["interrupted"] = line.stop(signal.SIGINT, everybody=True)
        safe["interrupted"] = floor.is_safe
        last["interrupted"] = verdict_of(line)
    with floor.start(floor.folder / "hung up") as line:
        line.started()
        line.seat(1, floor.unit, typed=True)
        line.until(first(StepStarted, 20))
        # A terminal that is closed sends it to the workers, too.
        codes["hung up"] = line.stop(signal.SIGHUP, everybody=True)
        safe["hung up"] = floor.is_safe
        last["hung up"] = verdict_of(line)
    return Ends(worker_lost, safe, (second.code, second.err), codes, last, behind)


def verdict_of(line: Line) -> RunFinished:
    return [event.body for event in line.seen if isinstance(event.body, RunFinished)][-1]


def test_a_run_whose_worker_is_killed_has_no_verdict_on_the_unit_and_a_safe_nest(ends: Ends) -> None:
    assert (ends.worker_lost.outcome, ends.worker_lost.code) == (Outcome.ERROR, "S602")
    assert ends.safe["worker"]


def test_a_worker_stands_back_behind_the_journal_and_the_window(ends: Ends) -> None:
    assert ends.behind == NICE


def test_a_second_station_on_the_same_state_folder_is_refused(ends: Ends) -> None:
    code, said = ends.second
    assert code == 3
    assert "S503" in said


@pytest.mark.parametrize("how", ["terminated", "interrupted", "hung up"])
def test_a_station_that_is_told_to_stop_aborts_its_run_and_leaves_the_nest_safe(how: str, ends: Ends) -> None:
    assert (ends.last[how].outcome, ends.last[how].code) == (Outcome.ABORTED, "A001")
    assert ends.safe[how]


def test_the_exit_code_tells_the_worst_that_happened(ends: Ends) -> None:
    assert ends.codes == {"terminated": 4, "interrupted": 4, "hung up": 4}

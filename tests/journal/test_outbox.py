"""Which units are to be added to the product, and how their list reaches a person."""

import hashlib
import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.codec.import_file import parse, render
from station.domain.events import (
    Body,
    Event,
    Identified,
    Metered,
    MeterVerdict,
    PreAddExported,
    PreAddRequested,
    RunFinished,
    RunStarted,
    Unwound,
)
from station.domain.faults import JournalFull
from station.domain.ids import DeviceId, RunId
from station.domain.label import Label
from station.domain.outcome import Outcome
from station.domain.unwind import suspects
from station.journal.outbox import UNDELIVERED, Exported, ExportRefused, export, outbox, pending
from station.journal.store import Journal
from station.journal.verify import verify
from tests.journal.shift import as_events, clock, run, serial, started, unit_id, whole_run
from tests.journal.writer import export_until_killed

SPAWN = multiprocessing.get_context("forkserver")
SPAWN.set_forkserver_preload(["station.journal.outbox"])


def exported(*numbers: int) -> tuple[None, list[Body]]:
    fact = PreAddExported(file="devices.txt", sha256="0" * 64, device_ids=tuple(unit_id(one) for one in numbers))
    return None, [fact]


def waiting(*history: tuple[RunId | None, Sequence[Body]]) -> list[DeviceId]:
    return [unit.device_id for unit in pending(as_events(history))]


def test_a_unit_that_passed_waits_with_its_serial_run_product_and_time() -> None:
    events = as_events([(run(1), whole_run(1))])
    (unit,) = pending(events)
    assert unit.model_dump() == {
        "device_id": unit_id(1),
        "serial": serial(1),
        "run": run(1),
        "product_id": 4711,
        "at": events[-1].at,
    }


@pytest.mark.parametrize("outcome", [one for one in Outcome if one is not Outcome.PASS])
def test_only_a_pass_is_listed(outcome: Outcome) -> None:
    asked = PreAddRequested(device_id=unit_id(1))
    assert waiting((run(1), [*whole_run(1, outcome)[:-1], asked, RunFinished(outcome=outcome)])) == []


def test_a_pass_that_asks_for_nothing_is_not_listed() -> None:
    bodies = [body for body in whole_run(1) if not isinstance(body, PreAddRequested)]
    assert waiting((run(1), bodies)) == []


def test_a_run_without_a_verdict_is_not_listed() -> None:
    assert waiting((run(1), whole_run(1)[:-1])) == []


def test_a_unit_that_was_listed_is_never_listed_again() -> None:
    assert waiting((run(1), whole_run(1)), (run(2), whole_run(2)), exported(1)) == [unit_id(2)]
    assert waiting((run(1), whole_run(1)), exported(1), (run(3), whole_run(1))) == []


def test_a_unit_that_passed_twice_is_listed_once_with_its_latest_run() -> None:
    events = as_events([(run(1), whole_run(1)), (run(2), whole_run(1))])
    assert [(unit.device_id, unit.run) for unit in pending(events)] == [(unit_id(1), run(2))]


def test_a_pass_after_a_fail_is_listed() -> None:
    assert waiting((run(1), whole_run(1, Outcome.FAIL)), (run(2), whole_run(1))) == [unit_id(1)]


@pytest.mark.parametrize("later", [whole_run(1, Outcome.FAIL), whole_run(1, Outcome.ERROR), whole_run(1)[:3]])
def test_a_unit_that_passed_and_then_did_not_is_withheld_and_says_why(later: list[Body]) -> None:
    state = outbox(as_events([(run(1), whole_run(1)), (run(2), later)]))
    assert state.pending == ()
    (unit,) = state.withheld
    assert (unit.device_id, unit.run) == (unit_id(1), run(1))
    assert run(2) in unit.why


def test_a_later_run_that_saw_no_more_than_the_label_withholds_the_unit_too() -> None:
    later: list[Body] = [started(Label(serial=serial(1))), RunFinished(outcome=Outcome.ERROR)]
    assert waiting((run(1), whole_run(1)), (run(2), later)) == []


def test_the_serial_of_an_earlier_pass_withholds_a_unit_whose_last_pass_did_not_read_it() -> None:
    asked = PreAddRequested(device_id=unit_id(1))
    nameless: list[Body] = [started(Label(device_id=unit_id(1))), asked, RunFinished(outcome=Outcome.PASS)]
    later: list[Body] = [started(Label(serial=serial(1))), RunFinished(outcome=Outcome.FAIL)]
    assert waiting((run(1), whole_run(1)), (run(2), nameless)) == [unit_id(1)]
    assert waiting((run(1), whole_run(1)), (run(2), nameless), (run(3), later)) == []


def test_a_pass_brings_a_withheld_unit_back() -> None:
    history = [(run(1), whole_run(1)), (run(2), whole_run(1, Outcome.FAIL)), (run(3), whole_run(1))]
    assert waiting(*history) == [unit_id(1)]
    assert outbox(as_events(history)).withheld == ()


def test_two_units_that_claim_one_serial_are_not_both_listed() -> None:
    twin: list[Body] = [
        started(Label(serial=serial(1))),
        Identified(op=10, by="swd", device_id=unit_id(2)),
        PreAddRequested(device_id=unit_id(2), serial=serial(1)),
        RunFinished(outcome=Outcome.PASS),
    ]
    assert waiting((run(1), whole_run(1)), (run(2), twin)) == [unit_id(2)]


def test_a_run_that_asks_for_two_units_lists_none() -> None:
    bodies = [*whole_run(1)[:-1], PreAddRequested(device_id=unit_id(2)), RunFinished(outcome=Outcome.PASS)]
    assert waiting((run(1), bodies)) == []


FACTS = st.one_of(
    st.builds(
        lambda number, with_id: started(Label(serial=serial(number), device_id=unit_id(number) if with_id else None)),
        st.integers(1, 4),
        st.booleans(),
    ),
    st.builds(lambda number: Identified(op=1, by="swd", device_id=unit_id(number)), st.integers(1, 4)),
    st.builds(
        lambda number, named: PreAddRequested(device_id=unit_id(number), serial=serial(number) if named else None),
        st.integers(1, 4),
        st.booleans(),
    ),
    st.builds(lambda outcome: RunFinished(outcome=outcome), st.sampled_from([Outcome.PASS, *Outcome])),
)
RUNS = st.one_of(
    st.lists(FACTS, min_size=1, max_size=5),
    st.builds(whole_run, st.integers(1, 4), st.sampled_from([Outcome.PASS, Outcome.PASS, Outcome.FAIL])),
)
LISTS = st.lists(st.integers(1, 4), min_size=1, max_size=2, unique=True)


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Anything a journal could hold: runs that overlap, that lack a head, that ask twice; lists in between."""
    history: list[tuple[RunId | None, Sequence[Body]]] = []
    for _ in range(draw(st.integers(0, 9))):
        if draw(st.booleans()):
            history.append((run(draw(st.integers(1, 5))), draw(RUNS)))
        else:
            history.append(exported(*draw(LISTS)))
    return as_events(history)


@given(histories())
def test_no_history_lists_a_unit_twice_or_one_whose_run_did_not_pass(events: list[Event]) -> None:
    units = pending(events)
    assert len({unit.device_id for unit in units}) == len(units)
    listed = {one for event in events if isinstance(event.body, PreAddExported) for one in event.body.device_ids}
    order = list(dict.fromkeys(event.run for event in events if event.run is not None))
    for unit in units:
        bodies = [event.body for event in events if event.run == unit.run]
        verdicts = {body.outcome for body in bodies if isinstance(body, RunFinished)}
        assert verdicts == {Outcome.PASS}
        assert {body.device_id for body in bodies if isinstance(body, PreAddRequested)} == {unit.device_id}
        assert unit.device_id not in listed
        later = set(order[order.index(unit.run) + 1 :])
        seen_later = {
            name
            for event in events
            if event.run in later
            for name in (
                [event.body.label.device_id]
                if isinstance(event.body, RunStarted)
                else [event.body.device_id]
                if isinstance(event.body, Identified | PreAddRequested)
                else []
            )
        }
        assert unit.device_id not in seen_later


@given(histories())
def test_every_unit_that_passed_is_listed_waiting_or_withheld(events: list[Event]) -> None:
    state = outbox(events)
    listed = {one for event in events if isinstance(event.body, PreAddExported) for one in event.body.device_ids}
    known = listed | {unit.device_id for unit in state.pending} | {unit.device_id for unit in state.withheld}
    for run_id in {event.run for event in events}:
        bodies = [event.body for event in events if event.run == run_id]
        asked = {body.device_id for body in bodies if isinstance(body, PreAddRequested)}
        verdicts = {body.outcome for body in bodies if isinstance(body, RunFinished)}
        if verdicts == {Outcome.PASS} and len(asked) == 1:
            assert asked <= known
    assert not {unit.device_id for unit in state.pending} & {unit.device_id for unit in state.withheld}


KINDS = (
    "pass", "pass", "died", "died without a label", "died before its chip was heard", "open", "struck off", "exported",
)  # fmt: skip


@st.composite
def shifts(draw: st.DrawFn) -> list[Event]:
    """Two units, run again and again in any order: passes, deaths of the station, an engineer, lists."""
    history: list[tuple[RunId | None, Sequence[Body]]] = []
    for place in range(1, draw(st.integers(1, 8)) + 1):
        number = draw(st.integers(1, 2))
        match draw(st.sampled_from(KINDS)):
            case "pass":
                history.append((run(place), whole_run(number)))
            case "died":
                history.append((run(place), died(number)))
            case "died without a label":
                history.append((run(place), [started(Label()), *died(number)[1:]]))
            case "open":
                history.append((run(place), whole_run(number)[:2]))
            case "struck off":
                named = {"device_id": unit_id(number)} if draw(st.booleans()) else {"serial": serial(number)}
                history.append((None, [Unwound.model_validate({**named, "by": "M. Quispe", "note": "never heard"})]))
            case "died before its chip was heard":
                unknown = Metered.model_validate({**suspect(number).model_dump(), "device_id": None})
                history.append((run(place), [started(Label(serial=serial(number))), unknown]))
            case "exported":
                listed = waiting(*history)
                if listed:
                    fact = PreAddExported(file="devices.txt", sha256="0" * 64, device_ids=tuple(listed))
                    history.append((None, [fact]))
    return as_events(history)


def died(number: int) -> list[Body]:
    """A run in which the station died while its unit could run, as the next start closes it."""
    return [*whole_run(number)[:-2], suspect(number), RunFinished(outcome=Outcome.INTERRUPTED)]


@given(shifts())
def test_in_no_order_of_deaths_passes_and_strikes_does_a_suspect_get_on_a_list(events: list[Event]) -> None:
    passed_last: dict[DeviceId, bool] = {}
    for at, event in enumerate(events):
        match event.body:
            case PreAddExported(device_ids=listed):
                left = {one.key for one in suspects(events[:at]) if one.done is None}
                assert not left & {*listed, *(serial(one) for one in (1, 2) if unit_id(one) in listed)}
                assert all(passed_last[one] for one in listed)
            case RunStarted(label=label) if (name := label.serial) is not None:
                passed_last |= {unit_id(one): False for one in (1, 2) if serial(one) == name}
            case Identified(device_id=device) if device is not None:
                passed_last[device] = False
            case RunFinished(outcome=Outcome.PASS):
                asked = [one.body for one in events[:at] if one.run == event.run]
                passed_last |= {one.device_id: True for one in asked if isinstance(one, PreAddRequested)}
            case _:
                pass
    waits = {one.device_id for one in pending(events)}
    left = {one.key for one in suspects(events) if one.done is None}
    assert not left & {*waits, *(serial(one) for one in (1, 2) if unit_id(one) in waits)}


def test_who_strikes_off_a_label_does_not_strike_off_the_chip_that_had_it_in_another_run() -> None:
    unknown = Metered.model_validate({**suspect(1).model_dump(), "device_id": None})
    head: list[Body] = [started(Label(serial=serial(1))), unknown, RunFinished(outcome=Outcome.INTERRUPTED)]
    struck: list[Body] = [Unwound(serial=serial(1), by="M. Quispe", note="never heard")]
    events = as_events([(run(1), head), (run(2), died(1)), (None, struck), (run(3), whole_run(1))])
    assert [one.key for one in suspects(events) if one.done is None] == [unit_id(1)]
    assert pending(events) == []
    both: list[Body] = [Unwound(device_id=unit_id(1), by="M. Quispe", note="never heard")]
    seen_to = as_events([(run(1), head), (run(2), died(1)), (None, both), (run(3), whole_run(1))])
    assert [one.device_id for one in pending(seen_to)] == [unit_id(1)]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    (tmp_path / "stick").mkdir()
    with Journal.create_or_open(tmp_path / "state", clock().__next__) as opened:
        yield opened


def passed(journal: Journal, *numbers: int, product_id: int | None = 4711) -> None:
    for number in numbers:
        journal.append(whole_run(number, product_id=product_id), run(number))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_an_export_writes_the_list_and_records_it(journal: Journal, tmp_path: Path) -> None:
    passed(journal, 1, 2, 3)
    target = tmp_path / "stick" / "devices.txt"
    done = export(journal, target)
    assert target.read_bytes() == render([unit_id(1), unit_id(2), unit_id(3)])
    fact = list(journal.events())[-1].body
    assert fact == PreAddExported(
        file="devices.txt",
        sha256=hashlib.sha256(target.read_bytes()).hexdigest(),
        device_ids=(unit_id(1), unit_id(2), unit_id(3)),
    )
    assert done == Exported(
        file=target, sha256=fact.sha256, device_ids=fact.device_ids, product_id=4711, again=False, remaining=0
    )
    assert names(tmp_path / "stick") == ["devices.txt"]
    assert UNDELIVERED not in names(journal.folder)
    assert pending(journal.events()) == []


def test_an_empty_outbox_writes_nothing_and_says_so(journal: Journal, tmp_path: Path) -> None:
    assert export(journal, tmp_path / "stick" / "devices.txt") == Exported()
    assert names(tmp_path / "stick") == []
    assert journal.tail()[0] == 0


def test_another_file_of_that_name_is_left_alone_and_nothing_is_recorded(journal: Journal, tmp_path: Path) -> None:
    passed(journal, 1)
    target = tmp_path / "stick" / "devices.txt"
    target.write_bytes(render([unit_id(9)]))
    with pytest.raises(ExportRefused, match="another name"):
        export(journal, target)
    assert target.read_bytes() == render([unit_id(9)])
    assert names(tmp_path / "stick") == ["devices.txt"]
    assert [unit.device_id for unit in pending(journal.events())] == [unit_id(1)]
    assert export(journal, tmp_path / "stick" / "devices-2.txt").device_ids == (unit_id(1),)


def test_a_file_of_that_name_that_is_this_very_list_is_taken_as_written(journal: Journal, tmp_path: Path) -> None:
    passed(journal, 1)
    target = tmp_path / "stick" / "devices.txt"
    target.write_bytes(render([unit_id(1)]))
    assert export(journal, target).device_ids == (unit_id(1),)
    assert pending(journal.events()) == []


@pytest.mark.parametrize(
    "target", ["absent/devices.txt", "stick", "state/journal.sqlite/devices.txt", "stick/" + 300 * "x"]
)
def test_a_place_that_cannot_be_written_is_refused_and_the_units_wait(
    journal: Journal, tmp_path: Path, target: str
) -> None:
    passed(journal, 1)
    with pytest.raises(ExportRefused, match="nothing was exported"):
        export(journal, tmp_path / target)
    assert [unit.device_id for unit in pending(journal.events())] == [unit_id(1)]
    assert names(tmp_path / "stick") == []


def test_a_list_that_could_not_be_recorded_is_not_handed_out(journal: Journal, tmp_path: Path) -> None:
    class Full(Journal):
        def append(self, bodies: Sequence[Body], run: RunId | None) -> list[Event]:
            raise JournalFull("no room")

    passed(journal, 1)
    journal.close()
    with Full.create_or_open(tmp_path / "state", clock().__next__) as full, pytest.raises(JournalFull):
        export(full, tmp_path / "stick" / "devices.txt")
    assert names(tmp_path / "stick") == []
    with Journal.create_or_open(tmp_path / "state", clock().__next__) as again:
        passed(again, 2)
        done = export(again, tmp_path / "stick" / "devices.txt")
    assert (done.again, done.device_ids) == (False, (unit_id(1), unit_id(2)))


def test_a_list_holds_the_units_of_one_product(journal: Journal, tmp_path: Path) -> None:
    passed(journal, 1, 3, product_id=1)
    passed(journal, 2, product_id=2)
    first = export(journal, tmp_path / "stick" / "a.txt")
    second = export(journal, tmp_path / "stick" / "b.txt")
    assert (first.product_id, first.device_ids, first.remaining) == (1, (unit_id(1), unit_id(3)), 1)
    assert (second.product_id, second.device_ids, second.remaining) == (2, (unit_id(2),), 0)


def test_a_stick_that_goes_away_at_the_last_moment_gets_the_same_list_later(journal: Journal, tmp_path: Path) -> None:
    class Pulled(Journal):
        def append(self, bodies: Sequence[Body], run: RunId | None) -> list[Event]:
            events = super().append(bodies, run)
            (tmp_path / "stick").rename(tmp_path / "pocket")
            return events

    passed(journal, 1)
    journal.close()
    with Pulled.create_or_open(tmp_path / "state", clock().__next__) as pulled:
        with pytest.raises(ExportRefused, match="the list is kept"):
            export(pulled, tmp_path / "stick" / "devices.txt")
        assert pending(pulled.events()) == []
    with Journal.create_or_open(tmp_path / "state", clock().__next__) as again:
        passed(again, 2)
        (tmp_path / "other").mkdir()
        done = export(again, tmp_path / "other" / "devices.txt")
        assert (done.again, done.device_ids, done.remaining) == (True, (unit_id(1),), 1)
        assert export(again, tmp_path / "other" / "devices-2.txt").device_ids == (unit_id(2),)


def lists(folder: Path) -> list[bytes]:
    """What a person finds to upload: all but hidden names."""
    return [path.read_bytes() for path in sorted(folder.iterdir()) if not path.name.startswith(".")]


@pytest.mark.parametrize("same_name", [True, False], ids=["same-name", "other-folder"])
def test_an_export_that_is_killed_anywhere_loses_no_unit_and_lists_none_in_two_lists(
    tmp_path: Path, same_name: bool
) -> None:
    moments = 0
    ended = False
    while not ended:
        moments += 1
        folder = tmp_path / str(moments)
        (folder / "first").mkdir(parents=True)
        (folder / "second").mkdir()
        with Journal.create_or_open(folder / "state", clock().__next__) as journal:
            passed(journal, 1, 2)
        mine, theirs = SPAWN.Pipe(duplex=False)
        arguments = (folder / "state", folder / "first" / "devices.txt", moments, theirs)
        process = SPAWN.Process(target=export_until_killed, args=arguments)
        process.start()
        theirs.close()
        process.join()
        ended = process.exitcode == 0
        assert ended or process.exitcode == -signal.SIGKILL
        mine.close()
        process.close()
        with Journal.create_or_open(folder / "state", clock().__next__) as journal:
            passed(journal, 3)
            where = folder / "first" if same_name else folder / "second"
            for name in ("devices.txt", "more.txt", "last.txt"):
                try:
                    export(journal, where / name)
                except ExportRefused:
                    assert same_name
        found = lists(folder / "first") + lists(folder / "second")
        units = [one for content in set(found) for one in parse(content)]
        assert sorted(units) == [unit_id(1), unit_id(2), unit_id(3)], f"killed at moment {moments}"
        verify(folder / "state")
    assert moments > 8


def test_a_copy_that_no_event_tells_of_is_dropped(journal: Journal, tmp_path: Path) -> None:
    (journal.folder / UNDELIVERED).write_bytes(render([unit_id(9)]))
    passed(journal, 1)
    assert export(journal, tmp_path / "stick" / "devices.txt").device_ids == (unit_id(1),)
    assert UNDELIVERED not in os.listdir(journal.folder)


def suspect(number: int, verdict: MeterVerdict = "risk") -> Metered:
    """What the billing guard says of the n-th unit."""
    return Metered(
        verdict=verdict,
        reasons=("the unit was connecting to the cloud",),
        conclusion="may have connected",
        device_id=unit_id(number),
        serial=serial(number),
        radio="cellular",
    )


def test_a_unit_that_may_have_connected_is_withheld_until_a_person_has_struck_it_off() -> None:
    failed = [*whole_run(1, Outcome.FAIL)[:-1], suspect(1), RunFinished(outcome=Outcome.FAIL)]
    history: list[tuple[RunId | None, list[Body]]] = [(run(1), failed), (run(2), whole_run(1)), (run(3), whole_run(2))]
    found = outbox(as_events(history))
    assert [one.device_id for one in found.pending] == [unit_id(2)]
    [held] = found.withheld
    assert held.device_id == unit_id(1)
    assert run(1) in held.why
    assert "unwind" in held.why
    struck: list[Body] = [Unwound(device_id=unit_id(1), by="M. Quispe", note="never heard")]
    after = outbox(as_events([*history, (None, struck)]))
    assert {one.device_id for one in after.pending} == {unit_id(1), unit_id(2)}
    again = [*whole_run(1, Outcome.FAIL)[:-1], suspect(1, "incident"), RunFinished(outcome=Outcome.FAIL)]
    last = outbox(as_events([*history, (None, struck), (run(4), again), (run(5), whole_run(1))]))
    assert [one.device_id for one in last.withheld] == [unit_id(1)]


def test_a_quiet_verdict_withholds_nothing() -> None:
    quiet = [*whole_run(1)[:-1], suspect(1, "no_evidence"), RunFinished(outcome=Outcome.PASS)]
    assert [one.device_id for one in outbox(as_events([(run(1), quiet)])).pending] == [unit_id(1)]

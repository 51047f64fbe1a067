"""A unit's whole story, by whichever of its names."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from station.domain.events import (
    Body,
    Bound,
    Identified,
    Metered,
    OrderImported,
    OrderLine,
    PreAddExported,
    RunFinished,
    StationStarted,
    Unbound,
    Unwound,
)
from station.domain.ids import DeviceId, Iccid, Imei, RunId, SerialNumber
from station.domain.outcome import Outcome
from station.journal.store import Journal
from tests.journal.shift import clock, run, unit_id, whole_run
from tests.line.floor import Done, verb

SIM = Iccid("8988307000010000022")
MODEM = Imei("352753090010115")
STATION = StationStarted(
    version="1", station="line-7", fixture="f", recipe="r A", recipe_sha256="a" * 64, unverified=()
)
History = Sequence[tuple[RunId | None, Sequence[Body]]]


def serial(number: int) -> SerialNumber:
    """The label that `whole_run` gives its unit."""
    return SerialNumber(f"B40HAB{number:09d}")


def bound(number: int) -> Bound:
    return Bound(op=30, device_id=unit_id(number), serial=serial(number), iccid=SIM, imei=MODEM)


def journal(folder: Path, history: History) -> Path:
    with Journal.create_or_open(folder, clock().__next__) as made:
        for number, bodies in history:
            for body in bodies:
                made.append([body], number)
    return folder


def story(state: Path, name: str) -> dict[str, object]:
    return verb("identity", "show", name, "--state", state, "--json").json


def show(state: Path, name: str) -> Done:
    return verb("identity", "show", name, "--state", state)


def between(number: int, outcome: Outcome = Outcome.PASS, *facts: Body) -> list[Body]:
    """A whole run with more facts before its end."""
    *bodies, end = whole_run(number, outcome)
    return [*bodies, *facts, end]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Unit 1 failed at first and passed then, and is on a list; unit 2 waits; unit 3 may have connected."""
    incident = Metered(
        verdict="incident",
        reasons=("boot 1: 2 cloud attempts",),
        conclusion="spoke to the cloud",
        device_id=unit_id(3),
        serial=serial(3),
        radio="cellular",
    )
    order = OrderImported(
        order="SO-1", file="so.csv", sha256="0" * 64, in_product=False, lines=(OrderLine(device_id=unit_id(1)),)
    )
    return journal(
        tmp_path / "state",
        [
            (None, [STATION, order]),
            (run(1), whole_run(1, Outcome.FAIL)),
            (run(4), between(1, Outcome.PASS, bound(1))),
            (None, [PreAddExported(file="devices.txt", sha256="0" * 64, device_ids=(unit_id(1),))]),
            (run(2), whole_run(2)),
            (run(3), between(3, Outcome.FAIL, incident)),
        ],
    )


@pytest.mark.parametrize(
    "name",
    [
        unit_id(1),
        unit_id(1).upper(),
        serial(1),
        serial(1).lower(),
        SIM,
        f"{SIM}F",
        f"{SIM}FF",
        "8988 3070 0001 0000 022",
        MODEM,
        run(1),
        run(4),
    ],
)
def test_a_unit_has_one_story_whichever_of_its_names_is_asked_for(name: str, state: Path) -> None:
    told = story(state, name)
    assert (told["device_id"], told["serial"], told["iccid"], told["imei"]) == (unit_id(1), serial(1), SIM, MODEM)
    runs = json.loads(json.dumps(told["runs"]))
    assert [(one["run"], one["outcome"], one["station"]) for one in runs] == [
        (run(1), "fail", "line-7"),
        (run(4), "pass", "line-7"),
    ]


def test_a_story_has_what_failed_what_was_flashed_and_where_the_unit_stands(state: Path) -> None:
    told = story(state, unit_id(1))
    runs = json.loads(json.dumps(told["runs"]))
    assert [one["name"] for one in runs[0]["out_of_limits"]] == ["vcc_3v3"]
    assert [one["op"] for one in runs[1]["ops"]]
    assert runs[1]["programmed"]
    assert runs[1]["guard"] == "no_evidence"
    assert json.loads(json.dumps(told["outbox"]))["file"] == "devices.txt"
    assert [one["order"] for one in json.loads(json.dumps(told["orders"]))] == ["SO-1"]
    read = show(state, unit_id(1)).out
    for words in ("FAIL ", "PASS ", "vcc_3v3 2.9 V, limit 3.2–3.4 V", "line-7 nest", "on the list devices.txt since"):
        assert words in read


def test_a_unit_that_waits_and_one_that_may_have_connected_say_so(state: Path) -> None:
    assert "waits for a list since" in show(state, unit_id(2)).out
    read = show(state, serial(3)).out
    assert "unwind    incident" in read
    assert "because boot 1: 2 cloud attempts" in read
    with Journal.create_or_open(state, clock().__next__) as made:
        made.append([Unwound(device_id=unit_id(3), by="M. Quispe", note="never heard")], None)
    assert "done by M. Quispe: never heard" in show(state, serial(3)).out


def test_a_unit_that_passed_and_failed_since_is_held_back(state: Path) -> None:
    journal(state, [(run(5), whole_run(2, Outcome.FAIL))])
    assert f"held back: run {run(5)} saw it later" in show(state, unit_id(2)).out


def test_a_label_that_was_scanned_over_another_chip_tells_which(state: Path) -> None:
    swapped = [
        one.model_copy(update={"device_id": unit_id(2)}) if isinstance(one, Identified) and one.by == "swd" else one
        for one in whole_run(1, Outcome.FAIL)
    ]
    journal(state, [(run(6), swapped)])
    mine, other = (story(state, unit_id(number))["runs"] for number in (1, 2))
    assert [one["other"] for one in json.loads(json.dumps(mine)) if one["run"] == run(6)] == [unit_id(2)]
    assert [one["other"] for one in json.loads(json.dumps(other)) if one["run"] == run(6)] == [None]
    assert f"the chip was {unit_id(2)}" in show(state, unit_id(1)).out


def test_a_released_name_is_no_longer_the_unit_s_and_the_release_is_told(state: Path) -> None:
    released = Unbound(device_id=unit_id(1), serial=serial(1), why="relabelled")
    moved = Bound(op=30, device_id=unit_id(2), serial=serial(1))
    journal(state, [(None, [released]), (run(7), between(2, Outcome.PASS, moved))])
    told = story(state, unit_id(1))
    assert (told["serial"], told["bound"], told["released"]) == (None, [], [f"{unit_id(1)}: relabelled"])
    assert [one["run"] for one in json.loads(json.dumps(told["runs"]))] == [run(1), run(4)]
    assert story(state, serial(1))["device_id"] == unit_id(2)


def test_of_two_units_with_one_name_one_has_to_be_named(state: Path) -> None:
    journal(state, [(None, [Bound(op=30, device_id=unit_id(9), serial=serial(1))])])
    done = show(state, serial(1))
    assert (done.code, done.out) == (2, "")
    assert unit_id(1) in done.err
    assert unit_id(9) in done.err
    assert show(state, unit_id(9)).code == 0


@pytest.mark.parametrize("name", [DeviceId("e00fce68ffffffffffffffff"), run(99), "8944501234567890123", serial(77)])
def test_a_unit_that_nobody_knows_is_usage_and_says_so(name: str, state: Path) -> None:
    done = show(state, name)
    assert (done.code, done.out) == (2, "")
    assert "known" in done.err or "no device id" in done.err


@pytest.mark.parametrize("name", ["", "x", f"{unit_id(1)} {unit_id(2)}", "WBPYG6CPLRCFK4S!"])
def test_what_names_no_unit_is_refused_and_not_repeated(name: str, state: Path) -> None:
    done = show(state, name)
    assert (done.code, done.out) == (2, "")
    assert not name or name not in done.err


def test_an_open_run_is_told_as_open(state: Path) -> None:
    journal(state, [(run(8), [one for one in whole_run(8) if not isinstance(one, RunFinished)][:3])])
    assert "OPEN " in show(state, run(8)).out

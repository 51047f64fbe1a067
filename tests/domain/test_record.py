"""The sum of a run's events."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from station.domain.events import (
    Body,
    Booted,
    Event,
    Identified,
    Measured,
    PreAddExported,
    PreAddRequested,
    Programmed,
    Proved,
    RunFinished,
    RunStarted,
    ScanRefused,
    Sealed,
    Silent,
    StationRefused,
    StationStarted,
    StepFinished,
    StepStarted,
)
from station.domain.ids import DeviceId, RunId, SerialNumber
from station.domain.label import Label
from station.domain.limits import Limit
from station.domain.outcome import Outcome
from station.domain.record import Record, fold, record_of, records_of

RUN, OTHER = RunId("20261122-201501-n2-3f9a"), RunId("20261122-201502-n1-0001")
DEVICE, CHIP = DeviceId("e00fce68aabbccddeeff0011"), DeviceId("e00fce68aabbccddeeff0022")
SERIAL = SerialNumber("B40HAB123456789")

STARTED = RunStarted(
    nest=2,
    label=Label(serial=SERIAL),
    recipe="demo",
    revision="A",
    recipe_sha256="0" * 64,
    release="demo 1.0.0",
    release_sha256="0" * 64,
    factory_test="test 1.0.0",
    factory_test_sha256="0" * 64,
    platform="boron",
    ops=(10, 20),
)
DONE = StepFinished(op=10, do="identify", outcome=Outcome.PASS, seconds=1.5)
DONE_TOO = StepFinished(op=20, do="seal", outcome=Outcome.PASS, seconds=2.0)
SEALED = Sealed(op=20, boots=1, cloud_attempts=0, seconds_powered=60, seconds_running=20)
PROVED = Proved(op=20, part="user", start=0xB4000, size=100, crc32="00000000")
IDENTIFIED = Identified(op=10, by="usb", device_id=DEVICE)
LIMIT = Limit(low=3.0, unit="V")
MEASURED = Measured(op=10, name="vbat", value=3.7, limit=LIMIT, outcome=Outcome.PASS)
EVIDENCE: list[Body] = [STARTED, IDENTIFIED, MEASURED, DONE, PROVED, SEALED, DONE_TOO]
REST: list[Body] = [
    StepStarted(op=10, do="identify"),
    Programmed(op=10, part="user", version=1, start=0, size=1, sha256="0" * 64, pages_written=1, pages_equal=0),
    Booted(op=10, firmware="factory test"),
    Silent(op=10, cloud_attempts=0, network_attempts=0, uptime=3.0),
    PreAddRequested(device_id=DEVICE, serial=SERIAL),
    RunFinished(outcome=Outcome.PASS),
]
OF_THE_STATION: list[Body] = [
    StationStarted(version="1", station="s", fixture="f", recipe="r", recipe_sha256="0" * 64, unverified=()),
    StationRefused(code="S401", detail="x"),
    ScanRefused(code="U101", detail="x", length=3),
    PreAddExported(file="x.txt", sha256="0" * 64, device_ids=(DEVICE,)),
]


def events(bodies: Sequence[Body], run: RunId | None = RUN) -> list[Event]:
    return [Event(seq=number, run=run, at=1000 * number, body=body) for number, body in enumerate(bodies, start=1)]


def record(bodies: Sequence[Body]) -> Record:
    folded = record_of(events(bodies))
    assert folded is not None
    return folded


def test_a_run_with_all_its_evidence_passes() -> None:
    whole = record(EVIDENCE)
    assert whole.missing() == []
    assert whole.verdict() is Outcome.PASS
    assert whole.seconds == 3.5
    assert whole.outcome is None


@pytest.mark.parametrize(
    "lacking", [IDENTIFIED, DONE, PROVED, SEALED, DONE_TOO], ids=lambda body: f"{body.kind} {body.op}"
)
def test_a_pass_without_one_piece_of_evidence_is_an_error(lacking: Body) -> None:
    told = record([body for body in EVIDENCE if body is not lacking])
    assert told.verdict() is Outcome.ERROR
    assert len(told.missing()) == 1


def test_a_measurement_out_of_its_limits_is_never_a_pass() -> None:
    low = MEASURED.model_copy(update={"value": 2.0, "outcome": Outcome.FAIL})
    assert record([*EVIDENCE, low]).verdict() is Outcome.ERROR


@given(st.lists(st.sampled_from(Outcome), min_size=1, max_size=4))
def test_the_worst_step_is_the_verdict(outcomes: list[Outcome]) -> None:
    steps = [StepFinished(op=op, do="measure", outcome=one, seconds=0) for op, one in enumerate(outcomes, start=30)]
    assert record([*EVIDENCE, *steps]).verdict() is max(outcomes, key=lambda one: one.severity)


@pytest.mark.parametrize(
    "contact",
    [
        Silent(op=10, cloud_attempts=1, network_attempts=0, uptime=3.0),
        SEALED.model_copy(update={"cloud_attempts": 2}),
    ],
    ids=["as the unit says", "as the seal says"],
)
def test_a_unit_that_tried_to_reach_the_cloud_never_passes(contact: Body) -> None:
    told = record([*EVIDENCE, contact])
    assert len(told.missing()) == 1
    assert "tried to reach the cloud" in told.missing()[0]
    assert told.verdict() is Outcome.ERROR


def test_silence_that_was_read_is_no_hindrance() -> None:
    silent = Silent(op=10, cloud_attempts=0, network_attempts=0, uptime=3.0)
    assert record([*EVIDENCE, silent, silent]).verdict() is Outcome.PASS


def test_a_run_that_did_nothing_has_not_passed() -> None:
    assert record([STARTED]).verdict() is Outcome.ERROR


def test_the_chip_names_the_unit_before_any_other_witness() -> None:
    by_chip = Identified(op=10, by="swd", device_id=CHIP)
    assert record([STARTED, IDENTIFIED, by_chip]).device_id == CHIP
    assert record([STARTED, IDENTIFIED]).device_id == DEVICE
    assert record([STARTED]).device_id is None
    labelled = STARTED.model_copy(update={"label": Label(device_id=DEVICE)})
    assert record([labelled]).device_id == DEVICE


def test_the_label_names_the_serial_number_before_the_unit_does() -> None:
    told = Identified(op=10, by="listening", serial=SerialNumber("B40HAB999999999"))
    assert record([STARTED, told]).serial == SERIAL
    bare = STARTED.model_copy(update={"label": Label(device_id=DEVICE)})
    assert record([bare, told]).serial == told.serial
    assert record([bare]).serial is None


def test_every_fact_of_a_run_finds_its_place() -> None:
    bodies = [*EVIDENCE, *REST]
    whole = record(bodies)
    assert whole.events == len(bodies)
    assert (whole.started_at, whole.finished_at) == (1000, 1000 * len(bodies))
    assert whole.steps == (DONE, DONE_TOO)
    assert (whole.sealed, whole.preadd, whole.finished) == (SEALED, *REST[4:])
    assert (whole.programmed, whole.booted, whole.silent) == tuple((body,) for body in REST[1:4])
    assert (whole.identified, whole.measured, whole.proved) == ((IDENTIFIED,), (MEASURED,), (PROVED,))
    assert (whole.outcome, whole.current) == (Outcome.PASS, None)


def test_the_current_step_is_the_one_that_began_and_has_not_ended() -> None:
    assert record([STARTED, REST[0]]).current == REST[0]
    assert record([STARTED, REST[0], DONE]).current is None


@pytest.mark.parametrize("body", [*EVIDENCE[1:], *REST])
def test_another_run_s_facts_change_nothing(body: Body) -> None:
    mine = record([STARTED])
    (foreign,) = events([body], OTHER)
    assert fold(mine, foreign) == mine
    assert fold(None, foreign) is None


@pytest.mark.parametrize("body", OF_THE_STATION, ids=lambda body: str(body.kind))
@pytest.mark.parametrize("run", [None, RUN])
def test_the_station_s_own_facts_change_no_run(body: Body, run: RunId | None) -> None:
    mine = record([STARTED])
    (own,) = events([body], run)
    assert fold(mine, own) == mine


def test_a_start_without_a_run_starts_nothing() -> None:
    assert record_of(events([STARTED], None)) is None
    assert records_of(events([STARTED, *EVIDENCE], None)) == []


def test_a_second_start_changes_nothing_of_the_run() -> None:
    other = STARTED.model_copy(update={"nest": 3, "ops": (10,)})
    twice = record([*EVIDENCE, other])
    assert twice.started == STARTED
    assert twice == record(EVIDENCE)


def test_a_run_without_operations_cannot_be_written_down() -> None:
    with pytest.raises(ValidationError, match="ops"):
        RunStarted.model_validate(STARTED.model_dump() | {"ops": ()})


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, True, "3.7", None])
def test_what_was_measured_is_a_finite_number(value: object) -> None:
    with pytest.raises(ValidationError, match="value"):
        Measured.model_validate(MEASURED.model_dump() | {"value": value})


@given(st.lists(st.booleans(), min_size=2 * len(EVIDENCE), max_size=2 * len(EVIDENCE)))
def test_runs_that_interleave_fold_as_if_each_were_alone(turns: list[bool]) -> None:
    mine, theirs = events(EVIDENCE), events([*EVIDENCE, *REST], OTHER)
    left, right, mixed = list(mine), list(theirs), []
    for turn in turns:
        if source := left if turn else right:
            mixed.append(source.pop(0))
    mixed += left + right
    alone = {RUN: record_of(mine), OTHER: record_of(theirs)}
    assert {one.run: one for one in records_of(mixed)} == alone


@pytest.mark.parametrize("body", [*EVIDENCE, *REST, *OF_THE_STATION], ids=lambda body: str(body.kind))
def test_a_fact_survives_the_journal(body: Body) -> None:
    (event,) = events([body])
    assert Event.model_validate_json(event.model_dump_json()) == event

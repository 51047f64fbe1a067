"""One run as a JSON document."""

import importlib
import json
import time
from pathlib import Path

import pytest

from station.domain.events import Body, Booted, Bound, Event, Identified, RunFinished, Silent
from station.domain.ids import NotAnId, RunId
from station.domain.outcome import Outcome
from station.domain.record import Record, record_of
from station.journal.store import Journal
from station.report.document import document_bytes, run_document, schema, write_run
from tests.journal.shift import as_events, clock, measured, run, serial, unit_id, whole_run

# Imported by name: the library brings no types.
jsonschema = importlib.import_module("jsonschema")


def recorded(bodies: list[Body]) -> tuple[Record, list[Event]]:
    events = as_events([(run(1), bodies)])
    record = record_of(events)
    assert record is not None
    return record, events


def valid(document: dict[str, object]) -> dict[str, object]:
    """The document as a reader of the file gets it, checked against the published schema."""
    read = json.loads(document_bytes(document))
    jsonschema.Draft202012Validator(schema(), format_checker=jsonschema.FormatChecker()).validate(read)
    assert read == document
    return document


@pytest.mark.parametrize(
    "bodies", [whole_run(1), whole_run(1, Outcome.FAIL), *(whole_run(1)[:n] for n in range(1, 14))]
)
def test_every_run_however_far_it_came_fits_the_published_schema(bodies: list[Body]) -> None:
    valid(run_document(*recorded(bodies)))


def test_a_document_tells_unit_verdict_inputs_and_evidence() -> None:
    record, events = recorded(whole_run(1))
    document = valid(run_document(record, events))
    assert (document["run"], document["outcome"], document["missing"]) == (run(1), "pass", [])
    assert document["unit"] == {
        "device_id": unit_id(1),
        "serial": "B40HAB000000001",
        "iccid": None,
        "order": None,
        "bound": None,
        "label_device_id": unit_id(1),
        "label_serial": "B40HAB000000001",
        "witnesses": [record.identified[0].model_dump(mode="json")],
    }
    assert document["inputs"] == record.started.model_dump(mode="json")
    assert document["seconds"] == 1.75
    assert document["proved"] == [one.model_dump(mode="json") for one in record.proved]
    assert document["programmed"] == [one.model_dump(mode="json") for one in record.programmed]
    assert document["preadd"] == events[-2].body.model_dump(mode="json")
    assert document["journal"] == {"first": 1, "last": 14, "events": 14}


def test_a_unit_tells_its_order_and_what_was_bound() -> None:
    order = Identified(op=10, by="order", device_id=unit_id(1), serial=serial(1), order="SO-1")
    bound = Bound(op=10, device_id=unit_id(1), serial=serial(1), released=("e00f…: relabelled",))
    told = run_document(*recorded([*whole_run(1)[:3], order, bound]))["unit"]
    assert isinstance(told, dict)
    assert told["order"] == "SO-1"
    assert told["bound"] == bound.model_dump(mode="json")


def test_the_meter_says_no_evidence_and_never_more() -> None:
    document = run_document(*recorded(whole_run(1)))
    meter = document["meter"]
    assert isinstance(meter, dict)
    assert meter["conclusion"] == "no evidence of a connection"
    written = document_bytes(document).decode().lower()
    for claim in ("not billed", "never connected", "not connected", "no billing"):
        assert claim not in written


def test_without_a_seal_the_meter_tells_what_ran_and_what_could_not_be_asked() -> None:
    bodies = [*whole_run(1)[:5], Booted(op=20, firmware="ft-2", sha256="e" * 64, mode="manual")]
    meter = run_document(*recorded(bodies))["meter"]
    assert isinstance(meter, dict)
    assert meter["conclusion"] == "no evidence of a connection; the unit could not be asked at the end of boot 1"
    boot = {"op": 20, "firmware": "ft-2", "sha256": "e" * 64, "mode": "manual", "seconds": None, "asked": False}
    assert (meter["sealed"], meter["boots"], meter["answers"], meter["to_do"]) == (False, [boot], [], [])


def test_a_unit_that_may_have_connected_is_told_with_what_a_person_must_do() -> None:
    bodies = [*whole_run(1)[:9], Silent(op=20, cloud_attempts=1, network_attempts=1, uptime=3, status="connecting")]
    meter = run_document(*recorded(bodies))["meter"]
    assert isinstance(meter, dict)
    assert (meter["verdict"], meter["reasons"]) == ("risk", ["the unit was connecting to the cloud"])
    assert any("release ownership of the SIM" in one for one in meter["to_do"])


def test_each_attempt_of_an_operation_is_a_line_with_its_times() -> None:
    bodies = [*whole_run(1)[1:4], *whole_run(1, Outcome.FAIL)[1:4], whole_run(1)[4]]
    steps = run_document(*recorded([whole_run(1)[0], *bodies]))["steps"]
    assert isinstance(steps, list)
    assert [(line["op"], line["do"], line["outcome"], line["seconds"]) for line in steps] == [
        (10, "identify", "pass", 0.25),
        (10, "identify", "pass", 0.25),
        (20, "measure", None, None),
    ]
    assert steps[0]["started_at"] == "2026-11-23T00:00:00.001000Z"
    assert steps[0]["finished_at"] == "2026-11-23T00:00:00.003000Z"
    assert steps[2]["finished_at"] is None


def test_a_step_that_was_begun_and_left_for_another_keeps_its_line() -> None:
    steps = run_document(*recorded([whole_run(1)[0], whole_run(1)[1], *whole_run(1)[1:4]]))["steps"]
    assert isinstance(steps, list)
    assert [(line["op"], line["outcome"]) for line in steps] == [(10, None), (10, "pass")]


def test_a_reading_is_told_with_its_limit_and_where_the_limit_is_from() -> None:
    document = valid(run_document(*recorded([whole_run(1)[0], measured(-2.31)])))
    readings = document["measured"]
    assert isinstance(readings, list)
    assert (readings[0]["value"], readings[0]["outcome"]) == (-2.31, "fail")
    assert readings[0]["limit"] == {"low": 3.2, "high": 3.4, "unit": "V", "why": "TPS63000 data sheet"}


def test_a_fault_is_told_with_code_and_remedy() -> None:
    bodies = [*whole_run(1)[:3], RunFinished(outcome=Outcome.FAIL, code="U301", detail="2.9 V", remedy="Red tray.")]
    document = run_document(*recorded(bodies))
    assert [document[key] for key in ("outcome", "code", "detail", "remedy")] == ["fail", "U301", "2.9 V", "Red tray."]


def test_events_of_another_run_are_refused() -> None:
    record, events = recorded(whole_run(1))
    with pytest.raises(ValueError, match="14 events of run"):
        run_document(record, events[:-1])
    with pytest.raises(ValueError, match="14 events of run"):
        run_document(record, as_events([(run(2), whole_run(1))]))


def test_the_same_events_give_the_same_bytes_wherever_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Journal.create_or_open(tmp_path / "state", clock().__next__) as journal:
        told = journal.append(whole_run(1), run(1))
        read = list(journal.events(run(1)))
    first, second = record_of(told), record_of(read)
    assert first is not None
    assert second is not None
    path = write_run(tmp_path / "reports", first, told)
    before = path.read_bytes()
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert write_run(tmp_path / "reports", second, read).read_bytes() == before
    finally:
        monkeypatch.undo()
        time.tzset()
    assert [one.name for one in (tmp_path / "reports").iterdir()] == [f"{run(1)}.json"]
    assert json.loads(before)["started_at"] == "2026-11-23T00:00:00.001000Z"


@pytest.mark.parametrize("name", ["../../etc/cron", "20261123-000001-n1-0001/x", "20261123-000001-n1-0001\n", ""])
def test_a_file_name_comes_from_a_true_run_id_only(tmp_path: Path, name: str) -> None:
    record, events = recorded(whole_run(1))
    with pytest.raises(NotAnId):
        write_run(tmp_path / "reports", record.model_copy(update={"run": RunId(name)}), events)
    assert list(tmp_path.iterdir()) == []


def test_the_published_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema() == schema()

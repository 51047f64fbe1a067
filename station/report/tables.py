"""Records as CSV for spreadsheets: RFC 4180, CRLF, a header line, UTF-8 with the mark by which Excel knows it.

Text is data to us and may be a program to a spreadsheet (CWE-1236), or a number that it rounds: 24 digits of a device
id become 1E+23. So a line of text within a cell gets a leading apostrophe when, after blanks,

* it begins with = + - @ or their full-width forms, or begins with a tab or carriage return,
* or it reads as a number or a date that would not come out as it went in: more than 15 digits, an exponent, a zero in
  front, a comma, point, colon, slash or dash among digits; `42` stays,
* or it begins with an apostrophe, so that whoever reads the file may drop one from each line and has the text again.

`1e0027000647343138333038` is therefore written as `'1e0027000647343138333038`; ids that begin with a letter stay as
they are. Cells of numeric columns are written as numbers and never changed. Control characters become U+FFFD.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence

from station.domain.ids import RunId
from station.domain.reconcile import Reconciliation
from station.domain.record import Record
from station.domain.unwind import Suspect
from station.report.times import utc

Cell = str | int | float | None

RUNS = (
    "run",  # text: run id
    "outcome",  # text: pass, fail, error, aborted, interrupted; empty while the run is open
    "code",  # text: the fault's code, empty for a PASS
    "detail",  # text: what happened
    "device_id",  # text: 24 hexadecimal digits
    "serial",  # text: 15 letters and digits
    "nest",  # number
    "started_at",  # text: RFC 3339, UTC
    "finished_at",  # text: RFC 3339, UTC; empty while the run is open
    "seconds",  # number: sum of the operations' times
    "repeated",  # number: operations that needed more than one attempt
    "recipe",  # text
    "revision",  # text
    "recipe_sha256",  # text: 64 hexadecimal digits
    "release",  # text
    "release_sha256",  # text: 64 hexadecimal digits
    "factory_test",  # text
    "platform",  # text
    "boots",  # number: how often firmware was let run; empty without a seal
    "cloud_attempts",  # number: as the firmware counted; empty without a seal
    "meter",  # text: no_evidence, risk or incident; empty while the run is open
    "conclusion",  # text: what the evidence says of contact with the cloud; empty while the run is open
    "profile",  # text: offline, online_e2e, test_account
    "order",  # text: the order whose list names the unit; empty without one
    "operator",  # text: who scanned the label; empty where nobody has to sign in
    "approved_by",  # text: who allowed what of this run is not allowed to everybody
    "reference",  # text: pass or fail, as a reference unit must come out; empty for a unit that is made
    "station",  # text: the station's name
)
"""Columns of `runs_csv`, one line per run."""

MEASUREMENTS = (
    "run",  # text: run id
    "device_id",  # text: 24 hexadecimal digits
    "serial",  # text: 15 letters and digits
    "nest",  # number
    "op",  # number: the operation
    "name",  # text: what was measured
    "value",  # number
    "unit",  # text: the unit of measure
    "low",  # number: lower limit, included; empty when open
    "high",  # number: upper limit, included; empty when open
    "outcome",  # text: pass or fail
    "attempt",  # number: of its operation, from 1
    "source",  # text: the question to the firmware, or the instrument
    "station",  # text: the station's name
)
"""Columns of `measurements_csv`, one line per measured value."""

ORDERED = (
    "order",  # text
    "device_id",  # text: 24 hexadecimal digits
    "serial",  # text: 15 letters and digits
    "iccid",  # text: 18 to 22 digits
    "imei",  # text: 15 digits
    "state",  # text: built, failed, left
    "run",  # text: the newest run that saw the unit; empty while it is left
    "outcome",  # text: of that run; empty while it is open
    "code",  # text: the fault's code, empty for a PASS
    "station",  # text: the name of the station that made that run; empty while the unit is left
)
"""Columns of `order_csv`, one line per listed unit, sorted by state, then by device id and serial number."""

_BLANK = r"[\s\u00a0\u180e\u200b-\u200f\u2060\ufeff]*"
_EVALUATED = re.compile(_BLANK + r"[=+\-@\uff1d\uff0b\uff0d\uff20\u2212']|[\t\r]")
_NUMBER = re.compile(_BLANK + r"(?=[\d.,:/-]*\d)[\d.,:/-]+(e[+-]?\d+)?" + _BLANK + r"\Z", re.IGNORECASE)
_KEPT_NUMBER = re.compile(r"(0|[1-9]\d{0,14})\Z", re.ASCII)
"""Whole numbers that a spreadsheet shows as they are written; it keeps 15 digits (Excel specifications and limits)."""

_LINE_ENDS = re.compile(r"(\r\n|[\n\r\x85\u2028\u2029])")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


UNWIND = (
    "device_id",  # text: 24 hexadecimal digits
    "serial",  # text: 15 letters and digits
    "iccid",  # text: 18 to 22 digits
    "verdict",  # text: risk or incident
    "reasons",  # text
    "run",  # text: run id
    "noticed_at",  # text: RFC 3339, UTC
    "to_do",  # text: the steps, numbered
    "done_by",  # empty, to be filled in
    "done_note",  # empty, to be filled in
    "station",  # text: the station's name
)
"""Columns of `unwind_csv`, one line per unit."""

Stations = Mapping[RunId, str]
"""The name of the station that made each run."""


def spreadsheet(table: str) -> bytes:
    """The bytes of a file: without the mark in front, Excel reads UTF-8 as the PC's old character set."""
    return table.encode("utf-8-sig")


def runs_csv(records: Iterable[Record], stations: Stations) -> str:
    """One line per run, with the columns of `RUNS`."""
    return _table(RUNS, ([*_run_line(record), stations.get(record.run)] for record in records))


def measurements_csv(records: Iterable[Record], stations: Stations) -> str:
    """One line per measured value, with the columns of `MEASUREMENTS`."""
    lines = ([*line, stations.get(record.run)] for record in records for line in _measurement_lines(record))
    return _table(MEASUREMENTS, lines)


def unwind_csv(found: Iterable[Suspect], stations: Stations) -> str:
    """One line per unit that may have connected, with the columns of `UNWIND`."""
    lines: list[list[Cell]] = [
        [
            one.device_id,
            one.serial,
            one.iccid,
            one.verdict,
            "; ".join(one.reasons),
            one.run,
            utc(one.at),
            " ".join(f"{number}. {step}" for number, step in enumerate(one.to_do, start=1)),
            None,
            None,
            stations.get(one.run),
        ]
        for one in found
    ]
    return _table(UNWIND, lines)


def order_csv(found: Reconciliation, stations: Stations) -> str:
    """One line per unit of an order, with the columns of `ORDERED`."""
    lines: list[list[Cell]] = [
        [
            found.order,
            one.line.device_id,
            one.line.serial,
            one.line.iccid,
            one.line.imei,
            one.state,
            one.run,
            one.outcome.value if one.outcome else None,
            one.code,
            None if one.run is None else stations.get(one.run),
        ]
        for one in sorted(found.units, key=lambda one: (one.state, one.line.device_id or "", one.line.serial or ""))
    ]
    return _table(ORDERED, lines)


def text_cell(text: str) -> str:
    """Text as a cell that every spreadsheet shows as it is.

    >>> text_cell("=1+1"), text_cell("1e0027000647343138333038"), text_cell("e00fce68aabbccddeeff0011")
    ("'=1+1", "'1e0027000647343138333038", 'e00fce68aabbccddeeff0011')
    """
    shown = _CONTROLS.sub("\ufffd", text)
    cell = "".join(_guarded(part) for part in _LINE_ENDS.split(shown))
    # A cell of blank lines and then a formula is a formula to programs that trim.
    return cell if cell.startswith("'") or not _EVALUATED.match(shown) else "'" + cell


def _guarded(line: str) -> str:
    if _LINE_ENDS.fullmatch(line):
        return line
    changed = _NUMBER.match(line) and not _KEPT_NUMBER.match(line)
    return "'" + line if changed or _EVALUATED.match(line) else line


def _table(columns: Sequence[str], lines: Iterable[Sequence[Cell]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in line] for line in lines)
    return out.getvalue()


def _cell(value: Cell) -> str:
    match value:
        case None:
            return ""
        case str():
            return text_cell(value)
        case _:
            return repr(value)


def _run_line(record: Record) -> list[Cell]:
    started, ended, sealed, meter = record.started, record.finished, record.sealed, record.meter
    return [
        record.run,
        None if ended is None else ended.outcome.value,
        None if ended is None else ended.code,
        None if ended is None else ended.detail,
        record.device_id,
        record.serial,
        started.nest,
        utc(record.started_at),
        None if record.finished_at is None else utc(record.finished_at),
        round(record.seconds, 3),
        len(record.repeated),
        started.recipe,
        started.revision,
        started.recipe_sha256,
        started.release,
        started.release_sha256,
        started.factory_test,
        started.platform,
        None if sealed is None else sealed.boots,
        None if sealed is None else sealed.cloud_attempts,
        None if ended is None else meter.verdict,
        None if ended is None else meter.conclusion,
        started.profile,
        record.order,
        started.operator,
        ", ".join(f"{one.by or 'somebody'} ({one.action})" for one in started.approvals),
        started.reference,
    ]


def _measurement_lines(record: Record) -> list[list[Cell]]:
    whose: list[Cell] = [record.run, record.device_id, record.serial, record.started.nest]
    return [
        [
            *whose,
            one.op,
            one.name,
            one.value,
            one.limit.unit,
            one.limit.low,
            one.limit.high,
            one.outcome.value,
            one.attempt,
            one.source,
        ]
        for one in record.measured
    ]

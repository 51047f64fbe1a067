"""`station orders` and `station identity`, as a person at a terminal or a script meets them."""

import csv
import io
from pathlib import Path

import pytest

from station.cli import orders
from station.codec.order_text import MAX_SIZE
from station.domain.events import Body, Bound, Identified, RunFinished, Unbound
from station.domain.label import Label
from station.domain.outcome import Outcome
from station.journal.store import Journal, Reader
from station.journal.verify import verify
from station.report.tables import ORDERED
from tests.codec.hostile import HOSTILE
from tests.journal.shift import clock, run, serial, started, unit_id
from tests.line.floor import Done, files_with, verb

SECRET = "WBPYG6CPLRCFK4S"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def supplier_s(tmp_path: Path) -> Path:
    """A list of ten units."""
    path = tmp_path / "SO 4711 (final).csv"
    rows = "".join(f"{unit_id(n)};{serial(n)};{SECRET}\r\n" for n in range(10))
    path.write_bytes(b"Device ID;Serial;Secret\r\n" + rows.encode())
    return path


def facts(state: Path) -> list[Body]:
    with Reader.open(state) as journal:
        return [event.body for event in journal.events()]


def ask(*words: str | Path) -> Done:
    done = verb(*words)
    assert "Traceback" not in done.err
    return done


# Import


def test_a_list_is_imported_in_one_transaction_and_its_secrets_are_kept_nowhere(
    state: Path, supplier_s: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "LINES_A_FACT", 4)
    done = ask("orders", "import", supplier_s, "--state", state)
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "Order SO-4711-final: 10 units (11 lines: 10 with units, 1 before them; utf-8; 10 mobile secrets dropped).\n"
    )
    with Reader.open(state) as journal:
        events = list(journal.events())
    assert len({event.at for event in events}) == 1
    assert len(events) == 3
    assert files_with(state, SECRET) == []
    assert verify(state).entries == 3


def test_the_same_file_twice_changes_nothing_and_says_so(state: Path, supplier_s: Path, tmp_path: Path) -> None:
    ask("orders", "import", supplier_s, "--state", state)
    copy = tmp_path / "another name.csv"
    copy.write_bytes(supplier_s.read_bytes())
    for file in (supplier_s, copy):
        done = ask("orders", "import", file, "--state", state)
        assert (done.code, done.out) == (0, "This file is order SO-4711-final already; nothing was changed.\n")
    named = ask("orders", "import", copy, "--name", "SO-9", "--state", state)
    assert named.code == 78
    assert "this very file is order SO-4711-final already" in named.err
    assert len(facts(state)) == 1


def test_another_file_of_the_same_name_is_refused_unless_it_is_to_take_its_place(
    state: Path, supplier_s: Path, tmp_path: Path
) -> None:
    ask("orders", "import", supplier_s, "--name", "SO-1", "--state", state)
    other = tmp_path / "b.txt"
    other.write_text(f"{unit_id(99)}\n")
    words = ("orders", "import", other, "--name", "SO-1", "--state", state)
    refused = ask(*words)
    assert refused.code == 78
    assert "there is an order SO-1 of 10 units" in refused.err
    assert "--replace" in refused.err
    assert len(facts(state)) == 1
    done = ask(*words, "--replace", "--json")
    assert (done.code, done.json["changed"], done.json["units"]) == (0, True, 1)
    assert "1 unit" in ask("orders", "list", "--state", state).out


def test_a_closed_order_is_opened_again_only_on_purpose(state: Path, supplier_s: Path) -> None:
    ask("orders", "import", supplier_s, "--name", "SO-1", "--state", state)
    ask("orders", "close", "SO-1", "--why", "all shipped", "--state", state)
    again = ask("orders", "import", supplier_s, "--name", "SO-1", "--state", state)
    assert again.code == 78
    assert "closed: all shipped" in again.err
    assert ask("orders", "import", supplier_s, "--name", "SO-1", "--replace", "--state", state).code == 0
    assert "open" in ask("orders", "list", "--state", state).out


def test_what_a_person_should_look_at_is_told_with_its_line(state: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text(f"{unit_id(1)}\n{unit_id(2)[:-1]}\n{unit_id(1)}\n")
    done = ask("orders", "import", path, "--state", state)
    assert done.code == 0
    assert done.err.splitlines() == [
        "line 2: what looks like a device id has not 24 digits; the line is left out",
        "line 3: names the unit of line 1 again; it is taken once",
    ]
    assert "1 unit (3 lines: 1 with units, 2 named above; utf-8)" in done.out
    told = ask("orders", "import", path, "--state", state, "--json").json
    assert (told["rows"], told["header"], told["rows_with_units"], told["rows_named"]) == (3, 0, 1, 2)
    findings = told["findings"]
    assert isinstance(findings, list)
    assert [one["line"] for one in findings] == [2, 3]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"PK\x03\x04....xl/workbook.xml", "an Excel workbook"),
        (b"", "the file is empty"),
        (f"{unit_id(1)},{serial(1)}\n{unit_id(2)},{serial(1)}\n".encode(), "line 2: "),
        (b"x" * (MAX_SIZE + 2), "more than 16 MiB"),
    ],
)
def test_a_list_that_is_refused_leaves_nothing_behind(state: Path, tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(data)
    done = ask("orders", "import", path, "--state", state)
    assert (done.code, done.out) == (78, "")
    assert "S410" in done.err
    assert says in done.err
    assert not state.exists()


@pytest.mark.parametrize("name", ["", "-x", "a b", "ä", "x" * 41, "../x"])
def test_a_name_that_no_order_can_have_is_refused_as_usage(state: Path, supplier_s: Path, name: str) -> None:
    done = ask("orders", "import", supplier_s, "--name", name, "--state", state)
    assert (done.code, done.out) == (2, "")
    assert not state.exists()


def test_units_that_stand_in_another_order_are_told_of(state: Path, supplier_s: Path, tmp_path: Path) -> None:
    ask("orders", "import", supplier_s, "--name", "SO-1", "--state", state)
    other = tmp_path / "b.csv"
    other.write_text(f"{unit_id(3)},{serial(77)}\n")
    done = ask("orders", "import", other, "--name", "SO-2", "--state", state)
    assert "1 of its identifiers stand in another order" in done.out
    told = ask("orders", "reconcile", "SO-2", "--state", state).out
    assert f"device id {unit_id(3)}  SO-1  with another serial number" in told


# While a line runs


@pytest.mark.parametrize(
    "words",
    [
        ("orders", "close", "SO-1", "--why", "x"),
        ("identity", "release", unit_id(1), "--why", "x"),
        ("orders", "import"),
    ],
)
def test_nothing_is_changed_while_the_line_runs_and_everything_can_be_read(
    state: Path, supplier_s: Path, words: tuple[str, ...]
) -> None:
    ask("orders", "import", supplier_s, "--name", "SO-1", "--state", state)
    with Journal.create_or_open(state, clock().__next__):
        file = (supplier_s, "--name", "SO-2") if words[-1] == "import" else ()
        done = ask(*words, *file, "--state", state)
        assert (done.code, done.out) == (3, "")
        assert "S503" in done.err
        assert "while the line stands" in done.err
        for reading in (("orders", "list"), ("orders", "show", "SO-1"), ("orders", "reconcile", "SO-1")):
            assert ask(*reading, "--state", state).code == 0
    assert len(facts(state)) == 1


# List, show, reconcile, close


def test_a_station_without_orders_says_so(state: Path) -> None:
    Journal.create_or_open(state, clock().__next__).close()
    done = ask("orders", "list", "--state", state)
    assert (done.code, done.out) == (0, "")
    assert "No order was imported" in done.err
    assert ask("orders", "list", "--state", state, "--json").json == {"orders": []}


@pytest.mark.parametrize("words", [("show", "SO-9"), ("reconcile", "SO-9"), ("close", "SO-9", "--why", "x")])
def test_an_order_that_is_not_there_is_refused_with_those_that_are(
    state: Path, supplier_s: Path, words: tuple[str, ...]
) -> None:
    ask("orders", "import", supplier_s, "--name", "SO-1", "--state", state)
    done = ask("orders", *words, "--state", state)
    assert done.code == 2
    assert done.err == "There is no order 'SO-9'; there are: SO-1\n"


def test_the_units_of_an_order_are_shown_as_its_file_lists_them(state: Path, supplier_s: Path) -> None:
    ask("orders", "import", supplier_s, "--name", "SO-1", "--in-product", "--state", state)
    lines = ask("orders", "show", "SO-1", "--state", state).out.splitlines()
    assert lines == [f"{unit_id(n)}  {serial(n)}" for n in range(10)]
    told = ask("orders", "show", "SO-1", "--state", state, "--json").json
    assert (told["units"], told["in_product"], told["closed"]) == (10, True, None)


@pytest.fixture
def made(state: Path, supplier_s: Path) -> Path:
    """An order of which three units were made, and one more that it does not list."""
    ask("orders", "import", supplier_s, "--name", "SO-1", "--state", state)
    with Journal.create_or_open(state, clock().__next__) as journal:
        for number, outcome in ((1, Outcome.PASS), (2, Outcome.PASS), (3, Outcome.FAIL), (50, Outcome.PASS)):
            journal.append(
                [
                    started(Label(serial=serial(number))),
                    Identified(op=10, by="swd", device_id=unit_id(number)),
                    Bound(op=30, device_id=unit_id(number), serial=serial(number)),
                    RunFinished(outcome=outcome, code="" if outcome is Outcome.PASS else "U301"),
                ],
                run(number),
            )
    return state


def test_an_order_is_reconciled_with_what_was_made(made: Path, tmp_path: Path) -> None:
    target = tmp_path / "SO-1.csv"
    done = ask("orders", "reconcile", "SO-1", "--to", target, "--state", made)
    assert done.code == 0
    assert [line.split() for line in done.out.splitlines()[1:5]] == [
        ["listed", "10"],
        ["built", "2"],
        ["failed", "1"],
        ["left", "7"],
    ]
    assert f"{unit_id(3)}  fail U301  {run(3)}" in done.out
    assert f"{unit_id(50)}  {serial(50)}  {run(50)}" in done.out
    rows = list(csv.DictReader(io.StringIO(target.read_text(encoding="utf-8-sig"))))
    assert tuple(rows[0]) == ORDERED
    assert [row["state"] for row in rows] == ["built"] * 2 + ["failed"] + ["left"] * 7
    assert rows == sorted(rows, key=lambda row: (row["state"], row["device_id"]))
    told = ask("orders", "reconcile", "SO-1", "--state", made, "--json").json
    assert (told["built"], told["failed"], told["left"]) == (2, 1, 7)


def test_closing_an_order_is_journalled_once_with_its_reason(made: Path) -> None:
    words = ("orders", "close", "SO-1", "--why", "recalled \x1b[2J", "--state", made)
    assert ask(*words).out == "Order SO-1 is closed; its units are refused from now on.\n"
    assert "is closed already: recalled \\x1b[2J" in ask(*words).out
    assert "closed: recalled \\x1b[2J" in ask("orders", "list", "--state", made).out


# Identity


def test_who_a_unit_is_is_shown_by_chip_and_by_label(made: Path) -> None:
    for name in (unit_id(1), unit_id(1).upper(), serial(1), serial(1).lower()):
        told = ask("identity", "show", name, "--state", made).out
        assert f"bound     device id {unit_id(1)}  serial number {serial(1)}" in told
        assert "ordered   SO-1" in told
    assert "Nothing is known" in ask("identity", "show", serial(77), "--state", made).err


@pytest.mark.parametrize("name", [unit_id(1), serial(1)])
def test_a_binding_that_is_released_no_longer_holds_and_is_told(made: Path, name: str) -> None:
    done = ask("identity", "release", name, "--why", "relabelled", "--state", made)
    assert done.code == 0
    assert f"Released: device id {unit_id(1)}, serial number {serial(1)}" in done.out
    assert facts(made)[-1] == Unbound(device_id=unit_id(1), serial=serial(1), why="relabelled")
    told = ask("identity", "show", serial(1), "--state", made).out
    assert "bound" not in told
    assert f"released  {unit_id(1)}: relabelled" in told
    again = ask("identity", "release", name, "--why", "again", "--state", made)
    assert again.code == 2
    assert "nothing was changed" in again.err


def test_of_two_units_with_one_label_one_has_to_be_named(made: Path) -> None:
    with Journal.create_or_open(made, clock().__next__) as journal:
        journal.append([Bound(op=30, device_id=unit_id(60), serial=serial(1))], None)
    done = ask("identity", "release", serial(1), "--why", "x", "--state", made)
    assert done.code == 2
    assert unit_id(1) in done.err
    assert unit_id(60) in done.err
    assert ask("identity", "release", unit_id(60), "--why", "x", "--state", made).code == 0


# Whatever is typed


TYPEABLE = [one for one in HOSTILE if "\0" not in one and len(one) < 200]
"""What a shell can pass on."""


@pytest.mark.parametrize("text", TYPEABLE, ids=range(len(TYPEABLE)))
def test_what_was_written_to_do_harm_is_refused_and_steers_no_terminal(made: Path, text: str) -> None:
    before = len(facts(made))
    for words in (
        ("identity", "show", text),
        ("identity", "release", text, "--why", text),
        ("orders", "show", text),
        ("orders", "close", text, "--why", text),
        ("orders", "reconcile", text),
    ):
        done = ask(*words, "--state", made)
        assert done.code == 2
        assert "\x1b" not in done.err + done.out
    assert len(facts(made)) == before

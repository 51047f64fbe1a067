"""`station sheet` writes one file with every command, or nothing."""

import hashlib
import io
from pathlib import Path

import pytest

from station.codec.command import parse
from station.codec.scanner_check import TEXT
from station.domain.command import Verb
from tests.line.floor import command, root_with_nests, verb


def test_a_fixtures_nests_are_on_its_sheet(tmp_path: Path) -> None:
    root, file = root_with_nests(tmp_path / "root", 2), tmp_path / "two.pdf"
    told = verb("sheet", "--root", root, "--to", file, "--json")
    assert told.code == 0
    assert told.json["file"] == str(file)
    assert file.read_bytes().startswith(b"%PDF-")
    codes = told.json["codes"]
    assert isinstance(codes, list)
    commands = [parse(code) for code in codes if code != TEXT]
    assert {one.verb for one in commands} == set(Verb)
    assert [one.nest for one in commands if one.nest] == [1, 2]


def test_another_process_writes_the_same_bytes(tmp_path: Path) -> None:
    here, there = tmp_path / "here.pdf", tmp_path / "there.pdf"
    told = verb("sheet", "--nests", "4", "--paper", "letter", "--to", here)
    assert (told.code, told.out) == (0, "")
    assert "13 codes on 3 pages" in told.err
    assert command("sheet", "--nests", "4", "--paper", "letter", "--to", there).code == 0
    assert hashlib.sha256(here.read_bytes()).digest() == hashlib.sha256(there.read_bytes()).digest()


def test_an_older_sheet_is_replaced_as_a_whole(tmp_path: Path) -> None:
    file = tmp_path / "sheet.pdf"
    sizes = []
    for nests in ("9", "1"):
        assert verb("sheet", "--nests", nests, "--to", file).code == 0
        sizes.append(file.stat().st_size)
    assert sizes[0] > sizes[1]
    assert file.read_bytes().rstrip().endswith(b"%%EOF")
    assert [one.name for one in tmp_path.iterdir()] == ["sheet.pdf"]


def test_everybody_who_works_here_gets_a_badge_once_an_engineer_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, file = tmp_path / "state", tmp_path / "badges.pdf"
    refused = verb("sheet", "--badges", "--state", state, "--to", file)
    assert refused.code == 78
    assert "names nobody" in refused.err
    assert not file.exists()
    badge = verb("people", "add", "Edda Engineer", "--role", "engineer", "--state", state).out
    monkeypatch.setattr("sys.stdin", io.StringIO(badge))
    told = verb("sheet", "--badges", "--state", state, "--to", file, "--json")
    assert told.code == 0, told.err
    assert told.json == {"file": str(file), "pages": 1}, "the codes are on the paper and nowhere else"
    assert file.read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--nests", "0"], "0 is not in the range"),
        (["--nests", "100"], "100 is not in the range"),
        (["--paper", "a3"], "'a3' is not one of"),
        (["--language", "../en"], "no texts in '../en', but in en"),
        (["--nests", "2", "--fixture", "sim-4up"], "keep one of them"),
        (["--badges", "--nests", "2"], "badges are people's"),
    ],
)
def test_what_cannot_be_printed_is_refused(tmp_path: Path, words: list[str], says: str) -> None:
    file = tmp_path / "sheet.pdf"
    told = verb("sheet", *words, "--to", file)
    assert told.code == 2
    assert says in told.err
    assert not file.exists()


def test_an_unknown_fixture_is_refused(tmp_path: Path) -> None:
    told = verb("sheet", "--fixture", "nowhere", "--to", tmp_path / "sheet.pdf")
    assert told.code == 78
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    told = verb("sheet", "--nests", "1", "--to", tmp_path / "no" / "sheet.pdf")
    assert told.code == 78
    assert "No such file or directory" in told.err
    assert list(tmp_path.iterdir()) == []

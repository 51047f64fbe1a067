"""`station journal`, and what every verb says of a journal that may lack entries or was forged."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from station.journal.entries import FILE
from station.journal.schema import SCHEMA
from station.journal.store import Journal, Reader
from tests.journal.shift import clock, run, whole_run
from tests.journal.test_moved import FORGER
from tests.line.floor import STATION, environment, eventually, verb


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    with Journal.create_or_open(folder, clock().__next__) as journal:
        for number in range(100):
            journal.append(whole_run(number), run(number))
    return folder


READERS = [
    ("report",),
    ("shift",),
    ("outbox", "list"),
    ("orders", "list"),
    ("unwind", "list"),
    ("unwind", "export"),
    ("identity", "show", "e00fce680000000000000001"),
    ("journal", "verify"),
]

WRITERS = [
    ("outbox", "export"),
    ("sim", "--headless", "--units", "1"),
    ("unwind", "done", "e00fce680000000000000001", "--by", "Ann", "--note", "x"),
]


def forge(state: Path, statement: str) -> None:
    """Change an entry as somebody would who knows SQLite."""
    connection = apsw.Connection(str(state / FILE))
    connection.execute("DROP TRIGGER entry_stays")
    connection.execute(statement)
    connection.execute(next(sql for sql in SCHEMA if "entry_stays" in sql))
    connection.close()


@pytest.mark.parametrize("words", [*READERS, *WRITERS], ids=" ".join)
def test_a_forged_id_of_long_ago_reaches_no_list_and_no_report(words: tuple[str, ...], state: Path) -> None:
    forge(state, "UPDATE entry SET body = replace(body, '0000000002', 'aaaaaaaaaa') WHERE seq = 41")
    done = verb(*words, "--state", state)
    assert done.code == 3
    assert "entry 41 (run 20261123-000002-n1-0002)" in done.err
    assert "aaaaaaaaaa" not in done.out
    assert sorted(one.name for one in state.iterdir() if one.suffix in (".txt", ".csv")) == []
    assert not (state / "reports").exists()


@pytest.mark.parametrize("words", [*READERS, *WRITERS], ids=" ".join)
def test_every_verb_says_that_a_journal_is_gone_and_makes_none(words: tuple[str, ...], state: Path) -> None:
    (state / FILE).unlink()
    done = verb(*words, "--state", state)
    assert (done.code, done.err[:4]) == (3, "S513")
    assert "station journal accept" in done.err
    assert not (state / FILE).exists()


@pytest.mark.parametrize("words", [*READERS, *WRITERS], ids=" ".join)
def test_every_verb_says_that_a_journal_is_an_old_copy(words: tuple[str, ...], state: Path, tmp_path: Path) -> None:
    shutil.copyfile(state / FILE, tmp_path / "old")
    with Journal.create_or_open(state, clock().__next__) as journal:
        journal.append(whole_run(200), run(200))
    shutil.copyfile(tmp_path / "old", state / FILE)
    done = verb(*words, "--state", state)
    assert (done.code, done.err[:4]) == (3, "S515")
    assert "ends with entry 1400, and had 1414" in done.err


def test_an_engineer_says_what_became_of_it_and_the_station_goes_on(state: Path) -> None:
    (state / FILE).unlink()
    nameless = verb("journal", "accept", "--why", "the disk died", "--state", state)
    assert nameless.code == 2
    assert not (state / FILE).exists()
    assert verb("journal", "accept", "--why", "the disk died", "--by", "Ann", "--state", state).code == 0
    assert verb("journal", "verify", "--state", state).code == 0
    told = verb("journal", "show", "--state", state).out
    assert '"kind": "journal_accepted"' in told
    assert "the disk died" in told
    assert "Ann: accepted the journal, because the disk died" in verb("shift", "--state", state).out


def test_where_nothing_is_doubted_nothing_is_accepted(state: Path) -> None:
    with Reader.open(state) as reader:
        before = reader.tail()
    done = verb("journal", "accept", "--why", "to be safe", "--by", "Ann", "--state", state)
    assert done.code == 2
    with Reader.open(state) as reader:
        assert reader.tail() == before


def test_a_journal_that_is_doubted_can_be_looked_at(state: Path, tmp_path: Path) -> None:
    shutil.copyfile(state / FILE, tmp_path / "old")
    with Journal.create_or_open(state, clock().__next__) as journal:
        journal.append(whole_run(200), run(200))
    shutil.copyfile(tmp_path / "old", state / FILE)
    done = verb("journal", "show", "--state", state)
    assert done.code == 0
    assert len(done.out.splitlines()) == 1400


@pytest.mark.parametrize("name", [FILE, f"{FILE}-wal", "journal.lock", "state-folder.json"])
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["pipe", "folder"])
@pytest.mark.parametrize("words", [("journal", "verify"), ("outbox", "export")], ids=" ".join)
def test_what_is_no_file_is_told_and_waited_for_by_nobody(
    words: tuple[str, ...], make: Callable[[Path], None], name: str, state: Path
) -> None:
    (state / name).unlink(missing_ok=True)
    make(state / name)
    done = verb(*words, "--state", state)
    assert done.code == 78
    assert "S404" in done.err
    assert f"{name}: this is no file" in done.err


def test_a_list_is_written_into_no_pipe_and_read_from_none(state: Path) -> None:
    os.mkfifo(state / "devices-9.txt")
    done = verb("outbox", "export", "--state", state, "--to", state / "devices-9.txt")
    assert done.code == 3
    assert "devices-9.txt: this is no file; nothing was exported" in done.err
    assert verb("outbox", "list", "--state", state).code == 0


def test_a_demonstration_whose_journal_is_changed_in_mid_run_does_not_end_well(tmp_path: Path) -> None:
    state = tmp_path / "state"
    words = ["sim", "--headless", "--units", "8", "--nests", "1", "--state", str(state), "--json"]
    with subprocess.Popen(
        [*STATION, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as shown:
        assert eventually((state / FILE).exists, 60.0)
        assert eventually(lambda: "run_finished" in verb("journal", "show", "--state", state).out, 60.0)
        sql = "UPDATE entry SET at = at + 1 WHERE seq = 3"
        subprocess.run([sys.executable, "-c", FORGER, str(state / FILE), sql], check=True)
        out, err = shown.communicate(timeout=100)
    assert shown.returncode == 3, err.decode()
    found = json.loads(out.splitlines()[-1])
    assert found["units"] < 8
    assert b"S517" in out + err
    assert verb("outbox", "export", "--state", state).code == 3

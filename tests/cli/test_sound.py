"""`station sound` plays what the station sounds like, or keeps it."""

import wave
from pathlib import Path

import pytest

from station.ui.sound import Sound, seconds, wav
from tests.line.floor import verb


def a_program(folder: Path, then: str) -> None:
    program = folder / "aplay"
    program.write_text(f'#!/bin/sh\necho "$*" >> "{folder}/log"\n{then}\n', encoding="ascii")
    program.chmod(0o755)


def test_all_are_played_in_turn_each_with_what_it_means(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    a_program(tmp_path, "exit 0")
    told = verb("sound", "--volume", "40")
    assert (told.code, told.err) == (0, "")
    assert [line.split()[0] for line in told.out.splitlines()] == list(Sound)
    assert "A label was taken" in told.out
    played = [Path(line.split()[-1]).stem for line in (tmp_path / "log").read_text(encoding="ascii").splitlines()]
    assert played == [f"{one}-40" for one in Sound]


def test_one_is_played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    a_program(tmp_path, "exit 0")
    assert verb("sound", "fail").out.startswith("fail ")
    assert (tmp_path / "log").read_text(encoding="ascii").count("\n") == 1


def test_where_nothing_plays_it_says_why_and_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    told = verb("sound")
    assert told.code == 69
    assert "install alsa-utils" in told.err
    a_program(tmp_path, "exit 1")
    told = verb("sound")
    assert told.code == 69
    assert "no sound device" in told.err
    assert (tmp_path / "log").read_text(encoding="ascii").count("\n") == 1


def test_a_file_is_written_and_nothing_is_played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    a_program(tmp_path, "exit 0")
    one, every = tmp_path / "one.wav", tmp_path / "every.wav"
    assert verb("sound", "pass", "--to", one).code == 0
    assert verb("sound", "--to", every).code == 0
    assert one.read_bytes() == wav([Sound.PASS])
    with wave.open(str(every)) as file:
        assert file.getnframes() / file.getframerate() == pytest.approx(sum(map(seconds, Sound)), abs=0.001)
    assert not (tmp_path / "log").exists()


@pytest.mark.parametrize(
    ("words", "code"),
    [(["loud"], 2), (["--volume", "0"], 2), (["--volume", "101"], 2), (["--to", "/nowhere/at/all.wav"], 78)],
)
def test_what_cannot_be_played_or_written_is_refused(words: list[str], code: int) -> None:
    told = verb("sound", *words)
    assert (told.code, told.out) == (code, "")

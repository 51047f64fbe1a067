"""Report files are whole or not there."""

import os
from pathlib import Path

import pytest

from station.domain.faults import JournalFull, PlaceRefused
from station.report.files import atomic_write


def test_a_report_is_written_under_its_name_and_nothing_else_stays(tmp_path: Path) -> None:
    assert atomic_write(tmp_path / "a.json", b"1") == tmp_path / "a.json"
    atomic_write(tmp_path / "a.json", b"2")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.json", b"2")]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_disk_that_fails_midway_leaves_the_report_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    atomic_write(tmp_path / "a.json", b"old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(JournalFull, match="No space"):
        atomic_write(tmp_path / "a.json", b"new")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.json", b"old")]


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(PlaceRefused):
        atomic_write(tmp_path / "stick" / "a.json", b"1")

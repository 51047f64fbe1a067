"""Files that are handed to people."""

import errno
import os
from pathlib import Path

import pytest

from station.journal.files import prepare, publish


def test_a_prepared_file_is_hidden_until_it_is_published(tmp_path: Path) -> None:
    draft = prepare(tmp_path / "devices.txt", b"x\n")
    assert [path.name for path in tmp_path.glob("[!.]*")] == []
    publish(draft, tmp_path / "devices.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["devices.txt"]
    assert (tmp_path / "devices.txt").read_bytes() == b"x\n"


def test_publishing_never_takes_the_place_of_another_file(tmp_path: Path) -> None:
    (tmp_path / "devices.txt").write_bytes(b"other\n")
    with pytest.raises(FileExistsError):
        publish(prepare(tmp_path / "devices.txt", b"x\n"), tmp_path / "devices.txt")
    assert (tmp_path / "devices.txt").read_bytes() == b"other\n"


@pytest.mark.parametrize("taken", [False, True])
def test_a_stick_without_hard_links_is_written_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: bool
) -> None:
    def no_links(source: Path, target: Path) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    draft = prepare(tmp_path / "devices.txt", b"x\n")
    if taken:
        (tmp_path / "devices.txt").write_bytes(b"other\n")
        with pytest.raises(FileExistsError):
            publish(draft, tmp_path / "devices.txt")
        assert (tmp_path / "devices.txt").read_bytes() == b"other\n"
    else:
        publish(draft, tmp_path / "devices.txt")
        assert (tmp_path / "devices.txt").read_bytes() == b"x\n"


def test_nothing_is_left_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        prepare(tmp_path / "absent" / "devices.txt", b"x")
    assert list(tmp_path.iterdir()) == []

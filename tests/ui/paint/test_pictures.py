"""The pictures beside the program are what it paints, pixel for pixel, on every PC.

When a page was meant to change: `python -m station.ui.shots --selection station/ui/pictures`, then look at each.
"""

from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage

from station.ui import shots
from station.ui.shots import Shot, fingerprint, fingerprinted, paint, pictured, small

FOLDER = Path(shots.__file__).parent / "pictures"
LINES = (FOLDER / shots.FINGERPRINTS).read_text().splitlines()
KNOWN = {name: digest for digest, name in (line.split("  ") for line in LINES)}

RGB = QImage.Format.Format_RGB32
Place = tuple[int, int]


def reduced(picture: QImage) -> QImage:
    """As it is kept, in 256 colours."""
    return small(picture).convertToFormat(RGB)


def differing(one: QImage, other: QImage) -> list[Place]:
    """Where two pictures of one size differ."""
    return [(x, y) for y in range(one.height()) for x in range(one.width()) if one.pixel(x, y) != other.pixel(x, y)]


def show_difference(now: QImage, kept: QImage, path: Path) -> str:
    """Write a picture of the difference, magenta on what is painted now; returns where it is and how much."""
    if now.size() != kept.size():
        return f"{now.width()}x{now.height()} instead of {kept.width()}x{kept.height()}"
    places = differing(now, kept)
    marked = now.convertToFormat(RGB)
    for x, y in places:
        marked.setPixelColor(x, y, QColor("magenta"))
    marked.save(str(path))
    left, top = min(x for x, _ in places), min(y for _, y in places)
    return f"{len(places)} pixels differ, from ({left}, {top}) on; see {path}"


@pytest.mark.parametrize("shot", fingerprinted(), ids=lambda shot: shot.name)
def test_every_page_is_painted_as_it_was_looked_at(shot: Shot, tmp_path: Path) -> None:
    now = paint(shot)
    if fingerprint(now) == KNOWN[shot.name]:
        return
    path = tmp_path / f"{shot.name}.png"
    now.save(str(path))
    kept = QImage(str(FOLDER / path.name))
    if kept.isNull():
        pytest.fail(f"{shot.name} is painted differently: {path}")
    if reduced(now) == kept.convertToFormat(RGB):
        pytest.fail(f"{shot.name} differs by less than its picture shows: {path}")
    told = show_difference(reduced(now), kept.convertToFormat(RGB), tmp_path / "difference.png")
    pytest.fail(f"{shot.name}: {told}; now: {path}")


@pytest.mark.parametrize("shot", pictured(), ids=lambda shot: shot.name)
def test_every_picture_that_is_kept_is_of_now(shot: Shot, tmp_path: Path) -> None:
    now, kept = reduced(paint(shot)), QImage(str(FOLDER / f"{shot.name}.png")).convertToFormat(RGB)
    if now != kept:
        pytest.fail(f"{shot.name}: {show_difference(now, kept, tmp_path / 'difference.png')}")


def test_there_is_a_picture_for_each_that_is_kept_and_no_other() -> None:
    assert {one.name for one in FOLDER.iterdir()} == {
        shots.FINGERPRINTS,
        *(f"{shot.name}.png" for shot in pictured()),
    }
    assert list(KNOWN) == [shot.name for shot in fingerprinted()]


def test_a_difference_is_shown_where_it_is(tmp_path: Path) -> None:
    shot = pictured()[0]
    now = reduced(paint(shot))
    kept = now.copy()
    kept.setPixelColor(200, 300, QColor("red"))
    told = show_difference(now, kept, tmp_path / "difference.png")
    assert told.startswith("1 pixels differ, from (200, 300) on")
    assert QImage(str(tmp_path / "difference.png")).pixelColor(200, 300) == QColor("magenta")


def test_the_whole_selection_is_small() -> None:
    assert sum(one.stat().st_size for one in FOLDER.iterdir()) < 1_300_000


@pytest.mark.parametrize("arguments", [[], ["--selection"], ["--help"], ["a", "b"]])
def test_a_wrong_command_line_is_told_what_is_right(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert shots.main(arguments) == 2
    assert "DIR" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_ends_with_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "no" / "such.png"
    assert shots.save({picture: paint(pictured()[0])}) == 1
    assert str(picture) in capsys.readouterr().err

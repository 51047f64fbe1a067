"""Pictures of every page: `python -m station.ui.shots DIR` paints all of them, without a screen.

The small selection beside this file, in pictures/, is compared with what is painted now, pixel for pixel:
`python -m station.ui.shots --selection station/ui/pictures` paints it anew.
"""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from station.ui.paint.run_view import RunView
from station.ui.paint.sign_in import SignInView
from station.ui.samples import RUN_PAGES, SIGN_IN_PAGES
from station.ui.tokens import THEMES

SIZES = ((1366, 768), (1920, 1080), (3840, 2160))
SMALL = (1280, 720)
"""A panel on which four cards stand two by two."""

SELECTED = (1366, 768)


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: which page, in which colours, on which panel."""

    page: str
    theme: str
    width: int
    height: int

    @property
    def name(self) -> str:
        """The file's name."""
        return f"{self.page}-{self.theme}-{self.width}x{self.height}.png"


def all_shots() -> Iterator[Shot]:
    """Every page in every theme on every panel."""
    for page in (*RUN_PAGES, *SIGN_IN_PAGES):
        for theme in THEMES:
            for width, height in (*SIZES, SMALL):
                yield Shot(page, theme, width, height)


def selection() -> Iterator[Shot]:
    """Every state of both pages in both themes on the smallest usual panel, and one of each other arrangement."""
    for page in ("first", "seated", "mixed", "turn", "passed", "refused", "stopping", *SIGN_IN_PAGES):
        for theme in THEMES:
            yield Shot(page, theme, *SELECTED)
    for page in ("one", "two", "eight"):
        yield Shot(page, "light", *SELECTED)
    yield Shot("mixed", "light", *SMALL)


def application() -> QApplication:
    """The one application of this process, without a screen where there is none."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    there = QApplication.instance()
    return there if isinstance(there, QApplication) else QApplication([])


def paint(shot: Shot) -> QImage:
    """The picture."""
    application()
    view: RunView | SignInView
    if shot.page in RUN_PAGES:
        view = RunView(THEMES[shot.theme])
        view.resize(shot.width, shot.height)
        view.show_page(RUN_PAGES[shot.page]())
    else:
        view = SignInView(THEMES[shot.theme])
        view.resize(shot.width, shot.height)
        view.show_page(SIGN_IN_PAGES[shot.page]())
    return picture_of(view)


def picture_of(view: RunView | SignInView) -> QImage:
    """What a widget shows now."""
    picture = QImage(view.size(), QImage.Format.Format_RGB32)
    painter = QPainter(picture)
    view.render(painter, QPoint(0, 0))
    painter.end()
    return picture


def main(arguments: list[str]) -> int:
    """Paint the pictures into a folder."""
    selected = arguments[:1] == ["--selection"]
    places = arguments[1:] if selected else arguments
    if len(places) != 1 or places[0].startswith("-"):
        sys.stderr.write("python -m station.ui.shots [--selection] DIR\n")
        return 2
    folder = Path(places[0])
    folder.mkdir(parents=True, exist_ok=True)
    for shot in selection() if selected else all_shots():
        if not paint(shot).save(str(folder / shot.name)):
            sys.stderr.write(f"{folder / shot.name} could not be written\n")
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

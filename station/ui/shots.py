"""Pictures of every page: `python -m station.ui.shots DIR` paints all of them, without a screen.

The selection beside this file, in pictures/, is compared with what is painted now, pixel for pixel:
`python -m station.ui.shots --selection station/ui/pictures` paints it anew, when a page was meant to change.
"""

import hashlib
import os
import sys
from array import array
from collections import Counter
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
USUAL = SIZES[0]
"""The smallest panel that a hall still has; the pictures are of it."""

FINGERPRINTS = "pixels.sha256"
"""Beside the pictures: a line a shot, with the hash of all its colours; a picture has only 256 of them."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: which page, in which colours, on which panel."""

    page: str
    theme: str
    width: int
    height: int

    @property
    def name(self) -> str:
        """What its file is called, without .png."""
        return f"{self.page}-{self.theme}-{self.width}x{self.height}"


def all_shots() -> Iterator[Shot]:
    """Every page in every theme on every panel."""
    for page in (*RUN_PAGES, *SIGN_IN_PAGES):
        for theme in THEMES:
            for width, height in (*SIZES, SMALL):
                yield Shot(page, theme, width, height)


def pictured() -> list[Shot]:
    """Those kept as pictures: every state of both pages, most in both themes, and the arrangements."""
    both = [(page, theme) for page in ("first", "mixed", "turn", "stopping", "sign-in") for theme in THEMES]
    light = [(page, "light") for page in ("seated", "one", "eight", "seen_to", "sign-in-refused")]
    light += [(page, "light") for page in ("turn-zh_CN", "stopping-es")]
    dark = [(page, "dark") for page in ("passed", "refused", "mixed-vi", "sign-in-zh_CN")]
    return [Shot(page, theme, *USUAL) for page, theme in both + light + dark] + [Shot("mixed", "light", *SMALL)]


def fingerprinted() -> list[Shot]:
    """Those whose every pixel is known: all pages on the usual panel, and what is kept as a picture."""
    usual = [Shot(page, theme, *USUAL) for page in (*RUN_PAGES, *SIGN_IN_PAGES) for theme in THEMES]
    return list(dict.fromkeys([*usual, *pictured(), Shot("mixed", "light", *SIZES[-1])]))


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


def fingerprint(picture: QImage) -> str:
    """SHA-256 of size and colours, row by row."""
    plain = picture.convertToFormat(QImage.Format.Format_RGB888)
    digest = hashlib.sha256(f"{plain.width()}x{plain.height()}".encode())
    data, row = bytes(plain.constBits()), plain.bytesPerLine()
    for y in range(plain.height()):
        digest.update(data[y * row : y * row + 3 * plain.width()])
    return digest.hexdigest()


def small(picture: QImage) -> QImage:
    """The same in 256 colours, as it is kept: a quarter of the size, and no eye sees the difference.

    The most frequent colours stay as they are; of the others, those that stand for most pixels.
    """
    pixels = array("I", bytes(picture.constBits()))
    counts = Counter(pixels)
    exact = [colour for colour, _ in sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:64]]
    near: dict[int, list[tuple[int, int]]] = {}
    for colour, count in counts.items():
        near.setdefault(colour & 0xF0F0F0, []).append((count, colour))
    sums = sorted((-sum(count for count, _ in one), max(one)[1]) for one in near.values())
    others = [colour for _, colour in sums if colour not in exact]
    return picture.convertToFormat(QImage.Format.Format_Indexed8, (exact + others)[:256])


def main(arguments: list[str]) -> int:
    """Paint the pictures into a folder."""
    selected = arguments[:1] == ["--selection"]
    places = arguments[1:] if selected else arguments
    if len(places) != 1 or places[0].startswith("-"):
        sys.stderr.write("python -m station.ui.shots [--selection] DIR\n")
        return 2
    folder = Path(places[0])
    folder.mkdir(parents=True, exist_ok=True)
    return _select(folder) if selected else _everything(folder)


def _everything(folder: Path) -> int:
    return max(save({folder / f"{shot.name}.png": paint(shot)}) for shot in all_shots())


def _select(folder: Path) -> int:
    painted = {shot: paint(shot) for shot in fingerprinted()}
    lines = [f"{fingerprint(picture)}  {shot.name}\n" for shot, picture in painted.items()]
    (folder / FINGERPRINTS).write_text("".join(lines), encoding="ascii")
    return save({folder / f"{shot.name}.png": small(painted[shot]) for shot in pictured()})


def save(pictures: dict[Path, QImage]) -> int:
    """Write pictures; 1 where one could not be written."""
    for path, picture in pictures.items():
        # Quality 0 is PNG's best compression in Qt.
        if not picture.save(str(path), quality=0):
            sys.stderr.write(f"{path} could not be written\n")
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

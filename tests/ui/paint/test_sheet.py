"""Printed pages are true to size and the same every time, and a scanner reads what is on them."""

import math
import re
from itertools import pairwise

import pypdfium2
import pytest
from PySide6.QtGui import QImage, QPainter

from station.codec import scanner_check
from station.texts import languages, texts_in
from station.ui.paint.sheet import origin, pdf
from station.ui.sheet import AREA, DOT, Badge, Page, Paper, Sheet, badge_sheet, command_sheet
from tests.codec.symbols import Picture, read

ENGLISH = texts_in("en")
NESTS = (1, 2, 3, 4, 5, 6, 7, 12)
MM = 25.4
POINTS = 72 / MM
"""PDF's unit, a mm."""


@pytest.fixture(scope="module")
def commands() -> Sheet:
    return command_sheet(NESTS, ENGLISH)


@pytest.fixture(scope="module")
def printed(commands: Sheet) -> dict[Paper, bytes]:
    return {paper: pdf(commands, paper) for paper in Paper}


def scanned(file: bytes, page: int, dpi: int) -> list[bytes]:
    """A page as grey values, as an office scanner gives it."""
    picture = pypdfium2.PdfDocument(file)[page].render(scale=dpi / 72, grayscale=True)
    data, row = bytes(picture.buffer), picture.stride
    return [data[at : at + picture.width] for at in range(0, row * picture.height, row)]


def turned(rows: Picture, degrees: int) -> list[bytes]:
    """A page that lies askew, light around."""
    wide, high = len(rows[0]), len(rows)
    side = math.ceil(math.hypot(wide, high))
    askew = QImage(side, side, QImage.Format.Format_Grayscale8)
    askew.fill(255)
    painter = QPainter(askew)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.translate(side / 2, side / 2)
    painter.rotate(degrees)
    painter.drawImage(-wide // 2, -high // 2, QImage(b"".join(rows), wide, high, wide, askew.format()))
    painter.end()
    data, row = bytes(askew.constBits()), askew.bytesPerLine()
    return [data[at : at + side] for at in range(0, row * side, row)]


def faded(rows: Picture, by: float) -> list[bytes]:
    """Black gets lighter and white gets darker: so much of the contrast is lost."""
    table = bytes(round(127.5 + (one - 127.5) * (1 - by)) for one in range(256))
    return [row.translate(table) for row in rows]


def codes(page: Page) -> list[str]:
    return sorted(card.code for card in page.cards)


@pytest.mark.parametrize("paper", Paper)
def test_a_scanner_reads_every_code_of_every_page(commands: Sheet, printed: dict[Paper, bytes], paper: Paper) -> None:
    assert len(pypdfium2.PdfDocument(printed[paper])) == len(commands.pages) == 3
    for number, page in enumerate(commands.pages):
        assert read(scanned(printed[paper], number, 150)) == codes(page)


@pytest.mark.parametrize("dpi", [75, 300])
def test_so_does_a_bad_camera_and_a_good_one(commands: Sheet, printed: dict[Paper, bytes], dpi: int) -> None:
    for number, page in enumerate(commands.pages):
        assert read(scanned(printed[Paper.A4], number, dpi)) == codes(page)


@pytest.mark.parametrize("degrees", [7, 45, 90, 143, 180, 270])
def test_a_page_may_lie_askew(commands: Sheet, printed: dict[Paper, bytes], degrees: int) -> None:
    for number, page in enumerate(commands.pages):
        assert read(turned(scanned(printed[Paper.A4], number, 100), degrees)) == codes(page)


@pytest.mark.parametrize("lost", [0.1, 0.6])
def test_a_page_may_have_faded(commands: Sheet, printed: dict[Paper, bytes], lost: float) -> None:
    for number, page in enumerate(commands.pages):
        assert read(faded(scanned(printed[Paper.LETTER], number, 100), lost)) == codes(page)


@pytest.mark.parametrize("paper", Paper)
def test_codes_are_as_large_and_where_they_should_be(
    commands: Sheet, printed: dict[Paper, bytes], paper: Paper
) -> None:
    """To half a dot of a printer with 300 dots an inch."""
    left, top = origin(paper)
    document = pypdfium2.PdfDocument(printed[paper])
    for number, page in enumerate(commands.pages):
        size = document[number].get_size()
        assert size == pytest.approx([one * POINTS for one in paper.value], abs=0.5)
        rows = scanned(printed[paper], number, 300)
        for card in page.cards:
            x, y = ((start + place) / DOT for start, place in zip((left, top), card.place, strict=True))
            side = card.side / DOT
            column = [row[round(x) + 2] for row in rows[round(y) - 20 : round(y + side) + 20]]
            dark = [at for at, grey in enumerate(column) if grey < 128]
            assert (dark[0], dark[-1] + 1) == pytest.approx((20, 20 + side), abs=1)
            bottom = rows[round(y + side) - 3][round(x) - 20 : round(x + side) + 20]
            dark = [at for at, grey in enumerate(bottom) if grey < 128]
            assert (dark[0], dark[-1] + 1) == pytest.approx((20, 20 + side), abs=1)


def test_the_line_that_is_measured_is_a_hundred_millimetres(printed: dict[Paper, bytes]) -> None:
    foot = round((origin(Paper.A4)[1] + AREA[1] - 4) / DOT)
    row = max(scanned(printed[Paper.A4], 0, 300)[foot:], key=lambda row: sum(grey < 128 for grey in row))
    dark = [at for at, grey in enumerate(row) if grey < 128]
    assert all(after == before + 1 for before, after in pairwise(dark))
    assert len(dark) * MM / 300 == pytest.approx(100, abs=0.1)


def test_the_same_sheet_is_the_same_file(commands: Sheet, printed: dict[Paper, bytes]) -> None:
    assert pdf(commands, Paper.A4) == printed[Paper.A4]
    assert pdf(command_sheet(NESTS, ENGLISH), Paper.LETTER) == printed[Paper.LETTER]
    assert printed[Paper.A4] != printed[Paper.LETTER]
    for file in printed.values():
        assert not re.search(rb"D:[0-9]{8}|20[0-9]{2}-[0-9]{2}-[0-9]{2}", file)


@pytest.mark.parametrize("language", languages())
def test_every_language_can_be_printed(language: str) -> None:
    sheet = command_sheet([1], texts_in(language))
    file = pdf(sheet, Paper.A4)
    assert [read(scanned(file, number, 100)) for number in range(3)] == [codes(page) for page in sheet.pages]


def test_badges_are_read_whoever_they_belong_to() -> None:
    people = [Badge("Maria Quispe", "Line lead", "BDG-1042-K"), Badge("X" * 60, "Y" * 80, "BDG-ABCDEFGHIJKLMNOP-7")]
    sheet = badge_sheet(people, ENGLISH)
    assert read(scanned(pdf(sheet, Paper.LETTER), 0, 150)) == codes(sheet.pages[0])


def test_the_scanner_check_is_among_the_codes(commands: Sheet) -> None:
    assert scanner_check.TEXT in codes(commands.pages[-1])

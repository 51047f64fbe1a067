"""Text is outlines of the bundled letters: the same everywhere, and never wider than its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QFontDatabase, QImage, QPainter, QRawFont

from station.texts import languages, texts_in, written_in
from station.ui.paint.binding import lost_references, misfit
from station.ui.paint.fonts import has_letters, missing_cjk, missing_letters
from station.ui.paint.text import (
    ELLIPSIS,
    draw,
    draw_centred,
    fitted,
    fitted_end,
    shaped,
    shrunk,
    units,
    width,
    wrapped,
)
from station.ui.tokens import ADVICE, HEADLINE, PROMPT, SERIAL, SERIAL_END, STEP, Face, Type

VIETNAMESE = "ĂăÂâĐđÊêÔôƠơƯưẠạẢảẤấẦầẨẩẪẫẬậẮắẰằẲẳẴẵẶặẸẹẺẻẼẽẾếỀềỂểỄễỆệỈỉỊịỌọỎỏỐốỒồỔổỖỗỘộỚớỜờỞởỠỡỢợỤụỦủỨứỪừỬửỮữỰựỲỳỴỵỶỷỸỹ"
RARE = "龘"
"""A character outside the bundled files."""
SIGNS = "0123456789–…µΩ°×²≤≥ñáéíóúü¿¡\u00a0"

SOME_TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=0x17F, categories=("L", "N", "P", "Zs")), max_size=80)
ROOM = st.floats(min_value=0, max_value=900)


def test_every_letter_of_our_languages_is_in_the_bundled_files() -> None:
    for face in Face:
        assert has_letters(face, VIETNAMESE + SIGNS), face
    assert not has_letters(Face.TEXT, RARE)


@pytest.mark.parametrize("language", languages())
def test_every_character_of_every_language_is_in_the_bundled_files(language: str) -> None:
    used = set("".join(texts_in(language).entries.values())) - {"\n"}
    for face in Face:
        assert [one for one in sorted(used) if not has_letters(face, one)] == [], face


@pytest.mark.parametrize("language", languages())
def test_every_text_is_drawn_with_the_bundled_letters_whatever_is_installed(language: str) -> None:
    """So a page is the same on every PC; languages in Latin letters need no others."""
    allowed = {Face.STRONG.family} | ({Face.STRONG.chinese} if language == "zh_CN" else set())
    own = "\n".join(written_in(language).values())
    for text in own.split("\n"):
        assert shaped(text, Face.STRONG).families <= allowed, text


def test_chinese_can_be_shown_without_any_font_of_the_system() -> None:
    assert not missing_cjk()
    assert missing_letters("合格 PASS ĐẠT 20 µA\n") == ""
    # Every character of GB 2312's first level, 3755 of them: names and questions are written with these.
    rows = (bytes([row, cell]) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    level = "".join(one.decode("gb2312") for one in rows if one < b"\xd7\xfa")
    assert len(level) == 3755
    for face in Face:
        assert has_letters(face, level)


@pytest.mark.parametrize("text", [RARE, f"王{RARE}{RARE}的"])
def test_a_character_that_no_font_here_has_is_named_once(text: str) -> None:
    known = any(QRawFont.fromFont(QFont(one)).supportsCharacter(ord(RARE)) for one in QFontDatabase.families())
    assert missing_letters(text) == ("" if known else RARE)
    # It is drawn as a box or by the system, and takes its room.
    assert shaped(text, Face.TEXT).width > 0


def test_chinese_stands_on_the_line_of_the_latin_letters_at_their_size() -> None:
    for face in Face:
        line = shaped("合格工位国", face)
        box, em = line.path.boundingRect(), units(face)
        assert line.width == pytest.approx(5 * em), face
        assert -0.92 < box.top() / em < -0.7, face
        assert 0 < box.bottom() / em < 0.15, face


def test_a_line_is_measured_in_whole_font_units() -> None:
    """So no screen's resolution rounds it, and a text is as wide on a small panel as on a large one."""
    for face in Face:
        line = shaped("Nest 4: Sleep 412", face)
        assert line.width == int(line.width) > units(face)


def test_values_have_figures_of_one_width_and_sentences_have_not() -> None:
    assert width("1:11", STEP) == width("0:38", STEP)
    assert width("111\u00a0µA", STEP) == width("888\u00a0µA", STEP)
    assert width("Nests 1 and 11", STEP) < width("Nests 8 and 88", STEP)


@given(SOME_TEXT, ROOM)
def test_a_text_that_is_cut_fits_and_says_that_it_is_cut(text: str, room: float) -> None:
    cut = fitted(text, ADVICE, room)
    assert cut == text or cut.endswith(ELLIPSIS)
    assert width(cut, ADVICE) <= max(room, width(ELLIPSIS, ADVICE))
    if width(text, ADVICE) <= room:
        assert cut == text


@given(st.text("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ", min_size=4, max_size=24), st.floats(min_value=90, max_value=900))
def test_the_last_four_of_a_serial_number_are_always_there(serial: str, room: float) -> None:
    head, end = serial[:-4], serial[-4:]
    shown = fitted_end(head, SERIAL, room - width(end, SERIAL_END)) + end
    assert shown.endswith(end)
    assert width(shown, SERIAL) <= room + 1e-6


@given(st.text("abc de", max_size=120), st.floats(min_value=120, max_value=900), st.integers(1, 4))
def test_a_wrapped_text_has_no_more_lines_than_there_are_and_none_too_long(text: str, room: float, most: int) -> None:
    lines = wrapped(text, ADVICE, room, most)
    assert 1 <= len(lines) <= most
    assert all(width(line, ADVICE) <= room for line in lines)
    if not any(line.endswith(ELLIPSIS) for line in lines):
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_chinese_is_broken_between_characters_and_never_before_punctuation() -> None:
    text = "休眠电流过高：412 µA，上限 250 µA。不要重测，请贴不合格标签。"
    lines = wrapped(text, ADVICE, 170, 9)
    assert len(lines) > 2
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert not any(line[0] in "，。：" for line in lines)


def test_lines_are_about_equally_long() -> None:
    lines = wrapped("The run was stopped. The unit was not judged.", ADVICE, 370, 3)
    assert lines == ("The run was stopped.", "The unit was not judged.")


def test_a_word_is_made_smaller_before_it_is_cut_but_not_too_small() -> None:
    assert shrunk("PASS", PROMPT, 1000, 30) is PROMPT
    assert shrunk("NO RESULT", PROMPT, width("NO RESULT", PROMPT) / 1.2, 30).size == PROMPT.size / 1.2
    assert shrunk("NO RESULT", PROMPT, 1, 30).size == 30


def test_no_letter_hangs_below_what_a_line_allows_for() -> None:
    for face in Face:
        low = shaped("gjpqyQ,;()ç", face).path.boundingRect().bottom() / units(face)
        assert 0 < low <= 0.25, face


def painted(box: QRectF, text: str, kind: Type) -> QRectF:
    picture = QImage(int(box.width()), int(box.height()), QImage.Format.Format_RGB32)
    picture.fill(0xFFFFFF)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    draw_centred(painter, text, kind, box, "#000000")
    painter.end()
    dark = [
        (x, y) for x in range(picture.width()) for y in range(picture.height()) if picture.pixel(x, y) & 0xFF < 0x80
    ]
    left, top = min(x for x, _ in dark), min(y for _, y in dark)
    return QRectF(left, top, max(x for x, _ in dark) - left + 1, max(y for _, y in dark) - top + 1)


def test_capitals_stand_in_the_middle_of_their_box() -> None:
    ink = painted(QRectF(0, 0, 120, 80), "H", Type(Face.HEAVY, 47))
    assert abs(ink.center().x() - 60) <= 1
    assert abs(ink.center().y() - 40) <= 1


def test_a_line_ends_where_it_says() -> None:
    picture = QImage(10, 10, QImage.Format.Format_RGB32)
    painter = QPainter(picture)
    assert draw(painter, "Nest 4", HEADLINE, 7, 5, "#000000") == 7 + width("Nest 4", HEADLINE)
    painter.end()


def test_this_binding_loses_no_references() -> None:
    """PySide6 6.12.0 on Python 3.11 loses one a call and ends the process after some thousand of them."""
    assert lost_references() == 0
    assert misfit() is None


def gaps(text: str, face: Face) -> list[float]:
    """Empty columns between letters, in font units, that are wide enough to be a space."""
    rows = sorted(
        (rect.left(), rect.right())
        for rect in (one.boundingRect() for one in shaped(text, face).path.toSubpathPolygons())
    )
    found, end = [], rows[0][1]
    for left, right in rows[1:]:
        found.append(left - end)
        end = max(end, right)
    return [one for one in found if one > 0.15 * units(face)]


@pytest.mark.parametrize("face", [Face.TEXT, Face.STRONG, Face.BOLD])
def test_a_one_stands_as_far_from_the_next_word_as_a_two(face: Face) -> None:
    for one, two in (
        ("nests 1 and 2", "nests 2 and 2"),
        ("1\u00a0unit", "2\u00a0unit"),
        ("🙂 71 of 1 left", "🙂 72 of 2 left"),
    ):
        for narrow, usual in zip(gaps(one, face), gaps(two, face), strict=True):
            assert narrow > 0.85 * usual, (one, narrow, usual)

"""The body of a card: the unit, how far it is, what happened and what to do."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath

from station.ui.model import Advice, Card, Look, Question
from station.ui.paint.canvas import Part
from station.ui.paint.card_plan import Plan, inner
from station.ui.paint.ground import border, fill, rounded, tinted
from station.ui.paint.progress import HEIGHT, progress_part
from station.ui.paint.question import question_height, question_parts
from station.ui.paint.steps import step_parts
from station.ui.paint.text import cap_height, draw, draw_centred, draw_right, fitted, fitted_end, width, wrapped
from station.ui.tokens import ADVICE, LABEL, NOTE, SERIAL, SERIAL_END, SMALL_MONO, Theme

LAST = 4
"""Characters of a serial number that are read aloud and told apart; never cut."""
LINE = 26.0
ADVICE_PAD = 14.0
NOTE_LINE = 33.0
DOT = 6.0


def body_parts(card: Card, where: Plan, theme: Theme) -> list[Part]:
    """What is known, from the top down; what does not fit is left out from the bottom up."""
    if card.picture or (not card.serial and not card.device_id):
        return _empty(card, where, theme)
    box = inner(where.body)
    asks = card.question is not None and not where.full
    parts = [_unit(card, where, box, theme)]
    top = box.top() + (48 + 28 if where.full else 42)
    if not asks:
        bar = QRectF(box.left(), top + (21 if where.full else 14), box.width(), HEIGHT)
        parts.append(progress_part(card.segments, card.look, bar, theme))
        counts = QRectF(box.left(), bar.bottom() + 4, box.width(), 34)
        parts.append(_counts(card, counts, theme))
        top = counts.bottom() + (10 if where.full else 2)
    bottom = box.bottom() - (16 if where.full else 12)
    if card.question is not None:
        place = question_box(card.question, where)
        parts += question_parts(card.question, place, theme, _question_lines(where))
        top = place.bottom() + 16
    elif card.advice is not None:
        advice = _advice(card.advice, QRectF(box.left(), top, box.width(), bottom - top), theme)
        parts += advice
        top = (advice[0].box.bottom() if advice else top) + 12
    if where.full:
        parts += step_parts(card, QRectF(box.left(), top, box.width(), bottom - top), theme)
    return parts


def _question_lines(where: Plan) -> int:
    return 4 if where.full else 2


def question_box(question: Question, where: Plan) -> QRectF:
    """Where a question and its answers stand."""
    box = inner(where.body)
    most = _question_lines(where)
    height = question_height(question, box.width(), most)
    top = box.top() + 147 if where.full else box.bottom() - 14 - height
    return QRectF(box.left(), top, box.width(), height)


def _unit(card: Card, where: Plan, box: QRectF, theme: Theme) -> Part:
    """The serial number with its last four heavy; under it, where there is room, the device id."""
    place = QRectF(box.left(), box.top() + 18, box.width(), 66 if where.full else 30)
    baseline = box.top() + (48 if where.full else 40)

    def paint(painter: QPainter) -> None:
        if card.serial:
            _serial(painter, card.serial, place, baseline, theme)
            if where.full and card.device_id:
                draw(
                    painter,
                    fitted_end(card.device_id, SMALL_MONO, place.width()),
                    SMALL_MONO,
                    place.left(),
                    baseline + 28,
                    theme.text3,
                )
        else:
            _serial(painter, card.device_id, place, baseline, theme)

    return Part("unit", place, (card.serial, card.device_id, theme.name), paint)


def _serial(painter: QPainter, text: str, place: QRectF, baseline: float, theme: Theme) -> None:
    head, end = text[:-LAST], text[-LAST:]
    room = place.width() - width(end, SERIAL_END)
    x = draw(painter, fitted_end(head, SERIAL, room), SERIAL, place.left(), baseline, theme.text3)
    draw(painter, end, SERIAL_END, x, baseline, theme.text)


def _counts(card: Card, box: QRectF, theme: Theme) -> Part:
    """How many operations, which attempt, and the time."""

    def paint(painter: QPainter) -> None:
        baseline = box.center().y() + cap_height(LABEL) / 2
        room = box.width()
        if card.elapsed:
            draw_right(painter, card.elapsed, LABEL, box.right(), baseline, theme.text)
            room -= width(card.elapsed, LABEL) + 16
        x = draw(painter, fitted(card.count, LABEL, room), LABEL, box.left(), baseline, theme.text2)
        left = x + 18
        if card.attempt and left + width(card.attempt, LABEL) <= box.left() + room:
            draw(painter, card.attempt, LABEL, left, baseline, theme.text)

    return Part("counts", box, (card.count, card.attempt, card.elapsed, theme.name), paint)


def _advice(advice: Advice, room: QRectF, theme: Theme) -> list[Part]:
    """What happened and what to do, on a tint of its meaning; as many lines as there is room for, two at least."""
    text = room.width() - 2 * ADVICE_PAD - 6
    most = max(2, int((room.height() - 2 * ADVICE_PAD) // LINE))
    do = wrapped(advice.do, ADVICE, text, max(1, min(2, most - 1)))
    what = wrapped(advice.what, ADVICE, text, max(1, min(3, most - len(do))))
    box = QRectF(room.left(), room.top(), room.width(), (len(what) + len(do)) * LINE + 2 * ADVICE_PAD - 4)

    def paint(painter: QPainter) -> None:
        fill(painter, rounded(box, 6), tinted(theme, advice.tone))
        fill(painter, rounded(QRectF(box.left(), box.top(), 5, box.height()), 2), theme.inks[advice.tone])
        baseline = box.top() + ADVICE_PAD - 2 + LINE / 2 + cap_height(ADVICE) / 2
        for at, line in enumerate([*what, *do]):
            ink = theme.text if at < len(what) else theme.inks[advice.tone]
            draw(painter, line, ADVICE, box.left() + ADVICE_PAD + 6, baseline + at * LINE, ink)

    return [Part("advice", box, (advice, theme.name), paint)]


def _empty(card: Card, where: Plan, theme: Theme) -> list[Part]:
    """A nest without a unit: what it waits for, or why it does not."""
    body = inner(where.body)
    told = card.advice is not None
    lines = [] if told else list(card.notes)
    picture = card.picture and body.height() >= len(lines) * NOTE_LINE + 170
    height = len(lines) * NOTE_LINE + (150 if picture else 0)
    top = body.top() + (body.height() - height) / (2.6 if where.full else 2)

    def paint(painter: QPainter) -> None:
        ink = theme.text if card.look is Look.LOAD else theme.text2
        for at, line in enumerate(lines):
            row = QRectF(body.left(), top + at * NOTE_LINE, body.width(), NOTE_LINE)
            draw_centred(painter, fitted(line, NOTE, body.width()), NOTE, row, ink)
        if picture:
            place = QRectF(body.center().x() - 92, top + len(lines) * NOTE_LINE + 36, 184, 116)
            _label_picture(painter, place, theme, strong=card.look is Look.LOAD)

    parts = [Part("notes", where.body, (lines, picture, card.look, theme.name), paint)]
    if card.advice is not None:
        first = QRectF(body.left(), body.top() + 24, body.width(), body.height() - 40)
        parts += _advice(card.advice, first, theme)
        parts.append(_since(card.notes, QRectF(body.left(), parts[-1].box.bottom() + 8, body.width(), 34), theme))
    return parts


def _since(notes: tuple[str, ...], box: QRectF, theme: Theme) -> Part:
    """Since when a nest is locked."""
    text = " ".join(notes)

    def paint(painter: QPainter) -> None:
        draw(
            painter,
            fitted(text, LABEL, box.width()),
            LABEL,
            box.left(),
            box.center().y() + cap_height(LABEL) / 2,
            theme.text2,
        )

    return Part("since", box, (text, theme.name), paint)


_MATRIX = (
    "1010101010",
    "1100110101",
    "1011001010",
    "1101010011",
    "1010011100",
    "1110100101",
    "1001011010",
    "1101100111",
    "1010010100",
    "1111111111",
)
"""A picture of a Data Matrix code: its two full edges and its two dotted ones; it says nothing."""


def _label_picture(painter: QPainter, box: QRectF, theme: Theme, *, strong: bool) -> None:
    """The label to look for."""
    ink = theme.text2 if strong else theme.text3
    fill(painter, rounded(box, 10), theme.sunken)
    border(painter, box, 10, theme.line_strong, 2)
    code = QPainterPath()
    for row, cells in enumerate(_MATRIX):
        for column, cell in enumerate(cells):
            if cell == "1":
                code.addRect(QRectF(box.left() + 20 + column * DOT, box.top() + 28 + row * DOT, DOT, DOT))
    code.setFillRule(Qt.FillRule.WindingFill)
    fill(painter, code, ink)
    for at, length in enumerate((62, 62, 42)):
        line = QRectF(box.left() + 98, box.top() + 34 + at * 19, length, 9)
        fill(painter, rounded(line, 4), theme.line_strong)

"""The body of a card: the unit, how far it is, what happened and what to do."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath

from station.ui.model import Advice, Card, Choice, Look, Question
from station.ui.paint.canvas import Part, larger, zoomed
from station.ui.paint.card_plan import Plan, inner
from station.ui.paint.ground import border, fill, rounded, tinted
from station.ui.paint.progress import HEIGHT, progress_part
from station.ui.paint.question import answers, question_height, question_parts
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
    """What is known, from the top down."""
    if card.picture or (not card.serial and not card.device_id):
        parts = _empty(card, where, theme)
    elif where.full:
        parts = _full(card, where, theme)
    else:
        parts = _compact(card, where, theme)
    return [zoomed(part, where.larger) for part in parts]


def _full(card: Card, where: Plan, theme: Theme) -> list[Part]:
    """The unit, the bar, what happened, the list of operations as far as there is room."""
    box = inner(where.body)
    parts = [_unit(card, QRectF(box.left(), box.top() + 18, box.width(), 66), 30, theme, with_id=True)]
    parts += _progress(card, QRectF(box.left(), box.top() + 97, box.width(), 50), theme)
    top, bottom = box.top() + 156, box.bottom() - 16
    if card.question is not None:
        place = question_box(card.question, where)
        parts += question_parts(card.question, place, theme)
        top = place.bottom() + 16
    elif card.advice is not None:
        advice = _advice(card.advice, QRectF(box.left(), top, box.width(), bottom - top), theme)
        parts.append(advice)
        top = advice.box.bottom() + 12
    return parts + step_parts(card, QRectF(box.left(), top, box.width(), bottom - top), theme)


def _compact(card: Card, where: Plan, theme: Theme) -> list[Part]:
    """The unit, and either how far it is or what happened: a card in two rows has no room for both."""
    box = inner(where.body)
    if card.question is not None:
        place = question_box(card.question, where)
        unit = _unit(card, QRectF(box.left(), box.top() + 8, box.width(), 32), 30, theme)
        # Where there is no room for both, the answers are what is needed: the nest is known by its number.
        known = [unit] if unit.box.bottom() <= place.top() else []
        return [*known, *question_parts(card.question, place, theme, compact_lines(where))]
    if card.advice is not None:
        room = QRectF(box.left(), box.top() + 50, box.width(), box.height() - 60)
        needs = _advice(card.advice, room, theme).box.height()
        down = min(24.0, max(0.0, (room.height() - needs) / 2))
        unit = _unit(card, QRectF(box.left(), box.top() + 8 + down / 2, box.width(), 32), 30, theme)
        return [unit, _advice(card.advice, room.adjusted(0, down, 0, 0), theme)]
    down = min(36.0, max(0.0, (box.height() - 116) / 3))
    unit = _unit(card, QRectF(box.left(), box.top() + 8 + down, box.width(), 32), 30, theme)
    bar = QRectF(box.left(), box.top() + 54 + 1.4 * down, box.width(), 50)
    return [unit, *_progress(card, bar, theme)]


def _progress(card: Card, box: QRectF, theme: Theme) -> list[Part]:
    bar = QRectF(box.left(), box.top(), box.width(), HEIGHT)
    counts = QRectF(box.left(), bar.bottom() + 4, box.width(), box.height() - HEIGHT - 4)
    return [progress_part(card.segments, card.look, bar, theme), _counts(card, counts, theme)]


def compact_lines(where: Plan) -> int:
    """Lines of a question in two rows; the band has it whole."""
    return 1 if where.inline else 2


def question_box(question: Question, where: Plan) -> QRectF:
    """Where a question and its answers stand, before the body is made larger."""
    box = inner(where.body)
    if where.full:
        return QRectF(box.left(), box.top() + 160, box.width(), question_height(question, box.width()))
    height = question_height(question, box.width(), compact_lines(where))
    return QRectF(box.left(), box.bottom() - 14 - height, box.width(), height)


def answer_places(question: Question, where: Plan) -> list[tuple[Choice, QRectF]]:
    """Each answer and where it is touched."""
    return [(one, larger(place, where.larger)) for one, place in answers(question, question_box(question, where))]


def _unit(card: Card, place: QRectF, baseline: float, theme: Theme, *, with_id: bool = False) -> Part:
    """The serial number with its last four heavy; under it, where there is room, the device id."""
    line = place.top() + baseline

    def paint(painter: QPainter) -> None:
        _serial(painter, card.serial or card.device_id, place, line, theme)
        if with_id and card.serial:
            told = fitted_end(card.device_id, SMALL_MONO, place.width())
            draw(painter, told, SMALL_MONO, place.left(), line + 28, theme.text3)

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


def _advice(advice: Advice, room: QRectF, theme: Theme) -> Part:
    """What happened and what to do, on a tint of its meaning; as many lines as there is room for, two at least."""
    text = room.width() - 2 * ADVICE_PAD - 6
    most = max(2, int((room.height() - 2 * ADVICE_PAD + 8) // LINE))
    do = wrapped(advice.do, ADVICE, text, max(1, most - 1))
    what = wrapped(advice.what, ADVICE, text, max(1, most - len(do)))
    lines = len(what) + len(do)
    pad = min(ADVICE_PAD, max(6.0, (room.height() - lines * LINE) / 2))
    box = QRectF(room.left(), room.top(), room.width(), lines * LINE + 2 * pad)

    def paint(painter: QPainter) -> None:
        fill(painter, rounded(box, 6), tinted(theme, advice.tone))
        fill(painter, rounded(QRectF(box.left(), box.top(), 5, box.height()), 2), theme.inks[advice.tone])
        baseline = box.top() + pad + LINE / 2 + cap_height(ADVICE) / 2
        for at, line in enumerate([*what, *do]):
            ink = theme.text if at < len(what) else theme.inks[advice.tone]
            draw(painter, line, ADVICE, box.left() + ADVICE_PAD + 6, baseline + at * LINE, ink)

    return Part("advice", box, (advice, theme.name), paint)


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
        parts.append(_advice(card.advice, first, theme))
        since = QRectF(body.left(), parts[-1].box.bottom() + 8, body.width(), 34)
        parts += [_since(card.notes, since, theme)] if since.bottom() <= body.bottom() - 4 else []
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

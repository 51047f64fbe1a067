"""The body of a card: the unit, how far it is, what happened and what to do."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from station.ui.model import Card, Choice, Question
from station.ui.paint.advice import advice_part
from station.ui.paint.canvas import Part, larger, zoomed
from station.ui.paint.card_empty import empty_parts
from station.ui.paint.card_plan import Plan, inner
from station.ui.paint.progress import HEIGHT, progress_part
from station.ui.paint.question import answers, question_height, question_parts
from station.ui.paint.steps import step_parts
from station.ui.paint.text import cap_height, draw, draw_right, fitted, fitted_end, width
from station.ui.tokens import LABEL, SERIAL, SERIAL_END, SMALL_MONO, Theme

COMPACT_LIST = 92.0
"""Where the list begins on a card in two rows: under the unit, the bar and the counts, all of which stand closer."""
LAST = 4
"""Characters of a serial number that are read aloud and told apart; never cut."""


def body_parts(card: Card, where: Plan, theme: Theme) -> list[Part]:
    """What is known, from the top down."""
    if card.picture or (not card.serial and not card.device_id):
        parts = empty_parts(card, where, theme)
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
        advice = advice_part(card.advice, QRectF(box.left(), top, box.width(), bottom - top), theme)
        parts.append(advice)
        top = advice.box.bottom() + 12
    return parts + step_parts(card, QRectF(box.left(), top, box.width(), bottom - top), theme)


def _compact(card: Card, where: Plan, theme: Theme) -> list[Part]:
    """The unit, and either how far it is or what happened: a card in two rows has no room for both.

    Beside the bench's panel cards in two rows are high enough for a few operations.
    """
    box = inner(where.body)
    if card.question is not None:
        place = question_box(card.question, where)
        unit = _unit(card, QRectF(box.left(), box.top() + 8, box.width(), 32), 30, theme)
        # Where there is no room for both, the answers are what is needed: the nest is known by its number.
        known = [unit] if unit.box.bottom() <= place.top() else []
        return [*known, *question_parts(card.question, place, theme, compact_lines(where))]
    if card.advice is not None:
        room = QRectF(box.left(), box.top() + 50, box.width(), box.height() - 60)
        needs = advice_part(card.advice, room, theme).box.height()
        down = min(24.0, max(0.0, (room.height() - needs) / 2))
        unit = _unit(card, QRectF(box.left(), box.top() + 8 + down / 2, box.width(), 32), 30, theme)
        return [unit, advice_part(card.advice, room.adjusted(0, down, 0, 0), theme)]
    steps = step_parts(
        card, QRectF(box.left(), box.top() + COMPACT_LIST, box.width(), box.height() - COMPACT_LIST - 4), theme
    )
    if steps:
        unit = _unit(card, QRectF(box.left(), box.top() + 6, box.width(), 32), 28, theme)
        bar = QRectF(box.left(), box.top() + 46, box.width(), COMPACT_LIST - 50)
        return [unit, *_progress(card, bar, theme), *steps]
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
    """How many operations, the remark, and the time."""

    def paint(painter: QPainter) -> None:
        baseline = box.center().y() + cap_height(LABEL) / 2
        room = box.width()
        if card.elapsed:
            draw_right(painter, card.elapsed, LABEL, box.right(), baseline, theme.text)
            room -= width(card.elapsed, LABEL) + 16
        x = draw(painter, fitted(card.count, LABEL, room), LABEL, box.left(), baseline, theme.text2)
        left = x + 18
        if card.remark and left + width(card.remark, LABEL) <= box.left() + room:
            draw(painter, card.remark, LABEL, left, baseline, theme.text)

    return Part("counts", box, (card.count, card.remark, card.elapsed, theme.name), paint)

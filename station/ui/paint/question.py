"""A question at a nest, and the answers that a gloved finger hits."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from station.ui.model import Choice, Question, Tone
from station.ui.paint.canvas import Part
from station.ui.paint.ground import border, fill, rounded
from station.ui.paint.text import cap_height, draw, draw_centred, wrapped
from station.ui.tokens import BUTTON, BUTTON_GAP, BUTTON_HEIGHT, HEADLINE, RADIUS, Theme

LINE = 29.0
MOST = 4
"""Lines of a question: 120 characters, the recipe's limit, in the narrowest card."""


def question_height(question: Question, width: float, most: int = MOST) -> float:
    """Design pixels that a question needs with its answers."""
    return len(wrapped(question.text, HEADLINE, width, most)) * LINE + 14 + BUTTON_HEIGHT


def question_parts(question: Question, box: QRectF, theme: Theme, most: int = MOST) -> list[Part]:
    """The question's text from the top of the box, its answers at the bottom."""
    lines = wrapped(question.text, HEADLINE, box.width(), most)
    text = QRectF(box.left(), box.top(), box.width(), len(lines) * LINE)

    def paint(painter: QPainter) -> None:
        baseline = text.top() + LINE / 2 + cap_height(HEADLINE) / 2
        for at, line in enumerate(lines):
            draw(painter, line, HEADLINE, text.left(), baseline + at * LINE, theme.text)

    return [
        Part("question", text, (lines, theme.name), paint),
        *[_choice(choice, place, theme) for choice, place in answers(question, box)],
    ]


def answers(question: Question, box: QRectF) -> list[tuple[Choice, QRectF]]:
    """Each answer and where it is touched: side by side at the bottom of the box."""
    count = len(question.choices)
    width = (box.width() - BUTTON_GAP * (count - 1)) / count
    top = box.bottom() - BUTTON_HEIGHT
    return [
        (choice, QRectF(box.left() + at * (width + BUTTON_GAP), top, width, BUTTON_HEIGHT))
        for at, choice in enumerate(question.choices)
    ]


def _choice(choice: Choice, place: QRectF, theme: Theme) -> Part:
    """No answer is more inviting than the other: both look alike."""

    def paint(painter: QPainter) -> None:
        fill(painter, rounded(place, RADIUS), theme.surface)
        border(painter, place, RADIUS, theme.inks[Tone.ACT], 3)
        draw_centred(painter, choice.text, BUTTON, place, theme.inks[Tone.ACT])

    return Part(f"answer {choice.answer}", place, (choice, theme.name), paint)

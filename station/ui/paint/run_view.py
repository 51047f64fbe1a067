"""The run page as a widget: it shows a `RunPage` and tells what was touched; it decides nothing."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from station.ui.model import RunPage
from station.ui.paint.band import BandView
from station.ui.paint.canvas import Canvas
from station.ui.paint.card import CardView
from station.ui.paint.footer import FooterView
from station.ui.paint.header import HeaderView
from station.ui.paint.log import LogView
from station.ui.paint.page import places
from station.ui.paint.warning import WarningView
from station.ui.tokens import LIGHT, Theme


class RunView(QWidget):
    """The page on which units are made.

    `pressed` tells a key of the foot (`model.Press`); `answered` a nest, the question's number and the answer.
    """

    pressed = Signal(str)
    answered = Signal(int, int, str)

    def __init__(self, theme: Theme = LIGHT, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._theme = theme
        self._page: RunPage | None = None
        self._header = HeaderView(self)
        self._band = BandView(self)
        self._footer = FooterView(self)
        self._warning = WarningView(self)
        self._log = LogView(self)
        self._cards: list[CardView] = []
        self._footer.pressed.connect(self.pressed)

    @property
    def page(self) -> RunPage | None:
        """The page that is shown, or will be at the next paint."""
        return self._page

    @property
    def cards(self) -> tuple[CardView, ...]:
        """The cards as they stand, for whoever reads their names aloud."""
        return tuple(self._cards)

    @property
    def footer(self) -> FooterView:
        """The figures and the keys."""
        return self._footer

    def show_page(self, page: RunPage) -> None:
        """Show this page; only what differs from the one before is painted."""
        self._page = page
        self._lay_out(page)
        self._header.show_header(page.header)
        self._band.show_band(page.band, page.last_scan)
        self._footer.show_footer(page.figures, page.buttons)
        if page.warning:
            self._warning.show_warning(page.warning)
        if page.log is not None:
            self._log.show_log(page.log)
        for view, card in zip(self._cards, page.cards, strict=True):
            view.show_card(card)

    def set_theme(self, theme: Theme) -> None:
        """Light or dark."""
        self._theme = theme
        self._again()

    def _again(self) -> None:
        if self._page is not None:
            self.show_page(self._page)
        self.update()

    def _lay_out(self, page: RunPage) -> None:
        while len(self._cards) < len(page.cards):
            self._add_card()
        while len(self._cards) > len(page.cards):
            gone = self._cards.pop()
            gone.hide()
            gone.deleteLater()
        there = places(
            self.width(), self.height(), len(page.cards), warned=bool(page.warning), logged=page.log is not None
        )
        placed: list[tuple[Canvas, QRectF | None]] = [
            (self._header, there.header),
            (self._band, there.band),
            (self._footer, there.footer),
            (self._warning, there.warning),
            (self._log, there.log),
            *zip(self._cards, there.cards, strict=True),
        ]
        for view, box in placed:
            view.setVisible(box is not None)
            if box is not None:
                view.put(box, there.scale, self._theme)

    def _add_card(self) -> None:
        view = CardView(self)
        at = len(self._cards)
        view.answered.connect(lambda prompt, answer: self._answer(at, prompt, answer))
        self._cards.append(view)

    def _answer(self, at: int, prompt: int, answer: str) -> None:
        if self._page is not None:
            self.answered.emit(self._page.cards[at].nest, prompt, answer)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 -- Qt's name
        """Another panel, another scale."""
        self._again()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 -- Qt's name
        """The ground between the pieces."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(self._theme.page))
        painter.end()

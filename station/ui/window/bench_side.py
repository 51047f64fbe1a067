"""The bench's panel beside the window: what is touched is done in a thread of its own, what is there is looked up."""

import logging
import queue
import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from station.ui.bench_model import BenchPage, Deed, Hands
from station.ui.paint.bench_panel import BenchPanel
from station.ui.tokens import LIGHT, Theme

_log = logging.getLogger(__name__)

LOOK = 250
"""Milliseconds between two looks: a virtual LED blinks slower than that."""


class BenchSide(QObject):
    """Owns the panel; `close` ends its thread."""

    _looked = Signal(object)

    def __init__(self, hands: Hands, theme: Theme = LIGHT) -> None:
        super().__init__()
        self.panel = BenchPanel(theme)
        self._hands = hands
        self._todo: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._looking = False
        self._looked.connect(self._show)
        self.panel.did.connect(lambda deed, number, name: self._do(Deed(deed), number, name))
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK)
        self._timer.timeout.connect(self._look)
        self._timer.start()
        self._thread = threading.Thread(target=self._work, name="visitor", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Do no more."""
        self._timer.stop()
        self._todo.put(None)
        self._thread.join(timeout=5.0)

    def _do(self, deed: Deed, number: int, name: str) -> None:
        self._todo.put(lambda: self._hands.do(deed, number, name))
        self._look()

    def _look(self) -> None:
        if not self._looking:
            self._looking = True
            self._todo.put(lambda: self._looked.emit(self._hands.page()))

    def _work(self) -> None:
        while (what := self._todo.get()) is not None:
            try:
                what()
            except Exception:
                # A bench that has ended shows nothing more; the line beside it says what it misses.
                _log.exception("the bench's panel")
                self._looking = False

    def _show(self, page: BenchPage) -> None:
        self._looking = False
        self.panel.show_page(page)

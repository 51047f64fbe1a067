"""`station` in a window without a screen, watched: whatever its cards come to say is one line of JSON on stderr."""

import json
import os
import sys
import threading
import time
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication

from station.cli import main
from station.ui.paint.card import CardView

PAGE = "PAGE "


def age() -> float:
    """Seconds since this process began, its imports included (proc_pid_stat(5), starttime)."""
    ticks = int(Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")


class Watch(QObject):
    """Looks at the window from within its own thread, whenever it is told to."""

    look = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._before: list[list[str]] = []
        self.look.connect(self._look, Qt.ConnectionType.QueuedConnection)

    def _look(self) -> None:
        windows = [one for one in QApplication.topLevelWidgets() if one.isVisible()]
        cards = [card for window in windows for card in window.findChildren(CardView) if card.isVisible()]
        said = sorted([card.accessibleName(), card.accessibleDescription()] for card in cards)
        if said != self._before:
            self._before = said
            page = {"seconds": round(age(), 2), "cards": dict(said)}
            sys.stderr.write(f"{PAGE}{json.dumps(page)}\n")
            sys.stderr.flush()


def _watch(watch: Watch) -> None:
    while True:
        time.sleep(0.02)
        if QApplication.instance() is not None:
            watch.look.emit()


if __name__ == "__main__":
    threading.Thread(target=_watch, args=(Watch(),), daemon=True).start()
    main()

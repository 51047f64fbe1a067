"""What a bug leaves for those who mend the station: a file with its traceback, and never a traceback on a screen."""

import logging
import os
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from platformdirs import user_state_path

from station import __version__
from station.domain.faults import BUG

FOLDER = "bugs"
"""Beside the state folders; who may not write there finds it in a private temporary folder."""


def keep(bug: BaseException, more: str = "") -> Path | None:
    """Write a bug down, and what else was said, for its user's eyes only; None where nothing can be written."""
    now = datetime.now(UTC)
    head = f"station {__version__}, Python {sys.version.split()[0]}, {now:%Y-%m-%d %H:%M:%S} UTC\n{sys.argv}\n\n"
    data = (head + "".join(traceback.format_exception(bug)) + more).encode("utf-8", "backslashreplace")
    name = f"{now:%Y%m%d-%H%M%S-%f}-{os.getpid()}.txt"
    for folder in (_beside_the_states, _private):
        try:
            return _write(folder(), name, data)
        except OSError:
            continue
    return None


def _beside_the_states() -> Path:
    given = os.environ.get("STATE_DIRECTORY")
    return (Path(given) if given else user_state_path("station")) / FOLDER


def _private() -> Path:
    return Path(tempfile.mkdtemp(prefix="station-"))


def _write(folder: Path, name: str, data: bytes) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / name
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(data)
    return path


def sentence(bug: BaseException, kept: Path | None) -> str:
    """What people read of a bug: what it is, and where the rest is written."""
    where = f"it is written down in {kept}" if kept else "no disk here takes a file with more of it"
    said = " ".join(f"{type(bug).__name__}: {bug}".split())
    return f"{BUG}  A bug of the station, {said}; {where}"


class _Log(logging.Handler):
    """What libraries and threads log reaches a person as a sentence; a traceback goes to a file."""

    def __init__(self, tell: Callable[[BaseException], None], say: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._tell, self._say = tell, say

    def emit(self, record: logging.LogRecord) -> None:
        """Never raises."""
        bug = record.exc_info[1] if record.exc_info else None
        if bug is not None:
            self._tell(bug)
        else:
            self._say(f"{record.name}: {record.getMessage()}")


@contextmanager
def watched(say: Callable[[str], None]) -> Iterator[list[BaseException]]:
    """Inside, bugs of threads, of Qt's slots and of destructors are kept, said in a sentence, and end nobody else.

    Yields the list of them, each kind and place once.
    """
    found: list[BaseException] = []
    places: set[tuple[str, int]] = set()

    def tell(bug: BaseException | None) -> None:
        if bug is None or isinstance(bug, SystemExit):
            return
        last = traceback.extract_tb(bug.__traceback__)[-1:]
        place = (type(bug).__name__ + (last[0].filename if last else ""), last[0].lineno or 0 if last else 0)
        if place not in places:
            places.add(place)
            found.append(bug)
            say(sentence(bug, keep(bug)))

    before = sys.excepthook, sys.unraisablehook, threading.excepthook
    log, root = _Log(tell, say), logging.getLogger()
    root.addHandler(log)
    sys.excepthook = lambda _kind, bug, _at: tell(bug)
    sys.unraisablehook = lambda what: tell(what.exc_value)
    threading.excepthook = lambda what: tell(what.exc_value)
    try:
        yield found
    finally:
        sys.excepthook, sys.unraisablehook, threading.excepthook = before
        root.removeHandler(log)

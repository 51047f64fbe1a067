"""A file that what goes over a unit's USB is written to."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from station.codec.usb_recording import Transfer

Note = Callable[[Transfer], None]


@contextmanager
def recorder(path: Path | None) -> Iterator[Note | None]:
    """Takes transfers, from any thread, and writes each as a line; None without a file. A file that is there goes."""
    if path is None:
        yield None
        return
    try:
        file = path.open("w", encoding="ascii", newline="\n")
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from None
    lock = threading.Lock()

    def note(transfer: Transfer) -> None:
        with lock:
            if not file.closed:
                file.write(transfer.line() + "\n")
                file.flush()

    try:
        yield note
    finally:
        with lock:
            file.close()

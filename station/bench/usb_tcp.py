"""A unit's USB wire on a TCP port of this machine: the language of station/bench/usb_wire.py, unchanged.

One connection is one attachment: while no unit is on the bus a connection is closed at once, and when the unit leaves
the bus, every connection is closed. Several hosts may be connected.
"""

import contextlib
import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from station.bench.usb_wire import ANSWER, SETUP_SIZE, exactly
from station.codec.control import Setup
from station.codec.usb_recording import Transfer, Unanswered

HOST = "127.0.0.1"

Note = Callable[[Transfer], None]


@contextmanager
def offered(path: Path, port: int, note: Note | None = None) -> Iterator[int]:
    """Offer whatever is attached at this socket; yields the port, a free one for 0. Raises OSError for a taken one."""
    with socket.create_server((HOST, port), backlog=16) as listener:
        stopping = threading.Event()
        accepting = threading.Thread(target=_accept, args=(listener, path, note, stopping), name="usb tcp", daemon=True)
        accepting.start()
        try:
            yield listener.getsockname()[1]
        finally:
            stopping.set()
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            accepting.join()


def _accept(listener: socket.socket, path: Path, note: Note | None, stopping: threading.Event) -> None:
    hosts: set[socket.socket] = set()
    while not stopping.is_set():
        try:
            host, _ = listener.accept()
        except OSError:
            break
        host.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        hosts = {host, *(one for one in hosts if one.fileno() >= 0)}
        threading.Thread(target=_converse, args=(host, path, note), name="usb tcp host", daemon=True).start()
    for host in hosts:
        with contextlib.suppress(OSError):
            host.shutdown(socket.SHUT_RDWR)


def _converse(host: socket.socket, path: Path, note: Note | None) -> None:
    """Carry transfers until either end goes."""
    with host, socket.socket(socket.AF_UNIX) as unit, contextlib.suppress(OSError):
        unit.connect(str(path))
        while True:
            ready, _, _ = select.select([host, unit], [], [])
            # A unit says nothing unasked: what is there to be read from it is the end.
            if unit in ready or not _carry(host, unit, note):
                return


def _carry(host: socket.socket, unit: socket.socket, note: Note | None) -> bool:
    """One transfer; False when an end has gone."""
    head = exactly(host, SETUP_SIZE)
    if head is None:
        return False
    setup = Setup.decode(head)
    out = b"" if setup.request_type & 0x80 else exactly(host, setup.length)
    if out is None:
        return False
    unit.sendall(head + out)
    begin = exactly(unit, ANSWER.size)
    stall, length = ANSWER.unpack(begin) if begin is not None else (0, 0)
    data = exactly(unit, length) if begin is not None else None
    if note is not None:
        note(Transfer(setup, out, Unanswered.LOST if data is None else Unanswered.STALL if stall else data))
    if begin is None or data is None:
        return False
    host.sendall(begin + data)
    return True

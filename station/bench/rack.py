"""Where the virtual fixture's instruments stand: each listens on a port of 127.0.0.1, and each can be in trouble.

    <folder>/instruments/<nest>-<name>.port     the number of its port

One thread serves them all. A line ends in LF and has at most 255 bytes. Like many a LAN instrument, each takes one
connection at a time; another one waits.
"""

import contextlib
import selectors
import socket
import threading
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from station.bench.instruments import Instrument
from station.codec.scpi import MAX_LINE
from station.codec.wire import Lines
from station.domain.faults import InstrumentSilent

POLL_SECONDS = 0.02
GARBAGE = b"\x00\xff#<overload?>;;\n"
FLOOD = b"8" * 65536


class Trouble(StrEnum):
    """What can be wrong with an instrument."""

    NONE = "none"
    UNPLUGGED = "unplugged"
    SILENT = "silent"
    GARBAGE = "garbage"
    HALF_LINES = "half_lines"
    ENDLESS = "endless"


class Place:
    """One instrument in the rack."""

    def __init__(self, instrument: Instrument, port_file: Path) -> None:
        self._instrument, self.port_file = instrument, port_file
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(4)
        self._listener.setblocking(False)
        self._client: socket.socket | None = None
        self._lines = Lines(MAX_LINE)
        self._overruns = 0
        self._trouble, self._lines_until = Trouble.NONE, 0
        port_file.write_text(f"{self._listener.getsockname()[1]}\n", encoding="ascii")

    def befall(self, trouble: Trouble, after: int) -> None:
        """Have something go wrong after so many more lines."""
        self._trouble, self._lines_until = trouble, after

    @property
    def trouble(self) -> Trouble:
        """What is wrong now."""
        return Trouble.NONE if self._lines_until > 0 else self._trouble

    def sockets(self) -> list[socket.socket]:
        """What to wait for."""
        return [self._client if self._client is not None else self._listener]

    def serve(self, ready: bool) -> None:
        """Do what there is to do; called when a socket is ready, and now and then."""
        if self.trouble is Trouble.UNPLUGGED:
            self.hang_up()
            if ready:
                self._turn_away()
            return
        try:
            if self._client is None:
                if ready:
                    self._client, _ = self._listener.accept()
                    self._client.setblocking(False)
                    self._lines, self._overruns = Lines(MAX_LINE), 0
                return
            if ready:
                self._hear(self._client)
            elif self.trouble is Trouble.ENDLESS:
                self._client.send(FLOOD)
        except BlockingIOError:
            return
        except OSError:
            self.hang_up()

    def _turn_away(self) -> None:
        """Nobody is there: whoever calls is cut off."""
        with contextlib.suppress(OSError):
            self._listener.accept()[0].close()

    def _hear(self, client: socket.socket) -> None:
        data = client.recv(4096)
        if not data:
            self.hang_up()
            return
        for piece in data.splitlines(keepends=True):
            for line in self._lines.feed(piece):
                self._answer(client, line.decode("ascii", "replace"))
            if piece.endswith(b"\n") and self._lines.dropped > self._overruns:
                self._overruns = self._lines.dropped
                self._instrument.overrun()

    def _answer(self, client: socket.socket, text: str) -> None:
        trouble = self.trouble
        self._lines_until -= 1
        answer = self._instrument.line(text)
        if trouble is Trouble.UNPLUGGED:
            self.hang_up()
        if answer is None:
            return
        match trouble:
            case Trouble.NONE:
                client.sendall(f"{answer}\n".encode("ascii"))
            case Trouble.GARBAGE:
                client.sendall(GARBAGE)
            case Trouble.HALF_LINES:
                client.sendall(answer[: len(answer) // 2].encode("ascii"))
            case Trouble.ENDLESS:
                client.send(FLOOD)
            case Trouble.SILENT | Trouble.UNPLUGGED:
                return
            case unknown:
                assert_never(unknown)

    def hang_up(self) -> None:
        """End the connection, if there is one."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def close(self) -> None:
        """Leave nothing behind."""
        self.hang_up()
        self._listener.close()
        self.port_file.unlink(missing_ok=True)


def resource(folder: Path, nest: int, name: str) -> str:
    """The VISA resource name of an instrument of the bench in this folder. Raises InstrumentSilent."""
    try:
        port = (folder / "instruments" / f"{nest}-{name}.port").read_text(encoding="ascii").strip()
    except OSError:
        raise InstrumentSilent(f"nest {nest} of the bench has no instrument {name!r}") from None
    return f"TCPIP::127.0.0.1::{port}::SOCKET"


class Rack:
    """All instruments of a bench, by nest and name."""

    def __init__(self, folder: Path, instruments: Mapping[tuple[int, str], Instrument]) -> None:
        self._folder = folder / "instruments"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._places = {
            (nest, name): Place(instrument, self._folder / f"{nest}-{name}.port")
            for (nest, name), instrument in instruments.items()
        }
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="instruments", daemon=True)
        self._thread.start()

    def befall(self, nest: int, name: str, trouble: Trouble, after: int) -> None:
        """Have something go wrong with an instrument after so many more lines. Raises KeyError."""
        self._places[nest, name].befall(trouble, after)

    def close(self) -> None:
        """Stop, and leave nothing behind in the folder."""
        self._stop.set()
        self._thread.join()
        for place in self._places.values():
            place.close()

    def _serve(self) -> None:
        while not self._stop.is_set():
            with selectors.DefaultSelector() as selector:
                for place in self._places.values():
                    for one in place.sockets():
                        selector.register(one, selectors.EVENT_READ, place)
                ready = {id(key.data): key.data for key, _ in selector.select(POLL_SECONDS)}
            for place in self._places.values():
                place.serve(id(place) in ready)

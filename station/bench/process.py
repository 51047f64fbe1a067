"""The bench as a process of its own, so that units outlive the station that works on them, as iron does.

    <folder>/control.sock          this language, for several clients at once
    <folder>/fixture               serial port of the fixture's controller
    <folder>/scanner, scanner-2    serial ports of two scanners; wedge: key events of one that types
    <folder>/probe/<serial>.sock   CMSIS-DAP packets of each nest's probe, <serial>.tty a Bus Pirate that was asked for
    <folder>/instruments/<nest>-<name>.port   TCP ports of the instruments on 127.0.0.1
    <folder>/usb/<place>.sock      endpoint 0 of each unit that is attached, <place>.tty its serial port

A client sends one JSON object per line, `{"do": "place", "nest": 1, "unit": 3}`, and gets one line back:
`{"ok": value}` or `{"refused": "why"}`. The commands are those of `COMMANDS`; station/bench/world.py explains them.
"""

import base64
import contextlib
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from station.bench.world import CannotServe, Refused, World
from station.domain.platform import platform_named

MAX_LINE = 65536


class Arguments:
    """What a command was given; every accessor raises Refused when it is missing or of another kind."""

    def __init__(self, members: dict[str, object]) -> None:
        self._members = members

    def number(self, name: str) -> int:
        """A whole number."""
        value = self._members.get(name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise Refused(f"{name!r} must be a whole number")
        return value

    def optional_number(self, name: str) -> int | None:
        """A whole number, or nothing."""
        return None if self._members.get(name) is None else self.number(name)

    def seconds(self, name: str) -> float:
        """A duration."""
        value = self._members.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e6:
            raise Refused(f"{name!r} must be a number of seconds")
        return float(value)

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self._members.get(name)
        if not isinstance(value, bool):
            raise Refused(f"{name!r} must be true or false")
        return value

    def text(self, name: str) -> str:
        """A text."""
        value = self._members.get(name)
        if not isinstance(value, str):
            raise Refused(f"{name!r} must be a text")
        return value

    def optional_text(self, name: str) -> str | None:
        """A text, or nothing."""
        return None if self._members.get(name) is None else self.text(name)

    def volts(self, name: str) -> dict[str, float]:
        """Numbers by name; empty when there is nothing."""
        value = self._members.get(name) or {}
        if not isinstance(value, dict) or not all(isinstance(one, int | float) for one in value.values()):
            raise Refused(f"{name!r} must be numbers by name")
        return {str(rail): float(one) for rail, one in value.items()}


Command = Callable[[World, Arguments], object]

COMMANDS: dict[str, Command] = {
    "new_unit": lambda world, its: world.new_unit(
        its.optional_text("serial"), its.volts("rails"), its.optional_text("firmware")
    ),
    "place": lambda world, its: world.place(its.number("nest"), its.number("unit")),
    "remove": lambda world, its: world.remove(its.number("nest")),
    "lid": lambda world, its: world.lid(its.number("nest"), its.flag("closed")),
    "press": lambda world, its: world.press(its.number("nest")),
    "instrument": lambda world, its: world.instrument(
        its.number("nest"), its.text("name"), its.text("trouble"), its.optional_number("after") or 0
    ),
    "bus_pirate": lambda world, its: world.bus_pirate(its.number("nest")),
    "scan": lambda world, its: world.scan(
        its.text("text"), its.optional_text("by") or "scanner", its.optional_text("manner") or "well"
    ),
    "beeps": lambda world, its: world.beeps(its.text("by")),
    "seats": lambda world, its: world.seats(),
    "controller": lambda world, its: world.controller(its.text("what")),
    "pass_time": lambda world, its: world.pass_time(its.seconds("seconds")),
    "unit": lambda world, its: world.facts(its.number("unit")),
    "flash": lambda world, its: base64.b64encode(
        world.flash(its.number("unit"), its.number("start"), its.number("size"))
    ).decode("ascii"),
    "advance": lambda world, its: world.advance(its.number("nest"), its.seconds("seconds")),
    "now": lambda world, its: world.now(its.number("nest")),
    "counters": lambda world, its: world.counters(its.number("nest")),
    "mishap": lambda world, its: world.mishap(
        its.text("name"), its.optional_number("unit"), its.optional_number("nest")
    ),
}


class Control:
    """The control socket."""

    def __init__(self, path: Path, world: World, stop: threading.Event) -> None:
        self._path, self._world, self._stop = path, world, stop
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen(16)
        threading.Thread(target=self._accept, name="control", daemon=True).start()

    def close(self) -> None:
        """Take no more clients."""
        self._path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with self._listener:
            while True:
                try:
                    client, _ = self._listener.accept()
                except OSError:
                    return
                threading.Thread(target=self._converse, args=(client,), name="control client", daemon=True).start()

    def _converse(self, client: socket.socket) -> None:
        with client, client.makefile("rb") as lines, contextlib.suppress(OSError):
            while line := lines.readline(MAX_LINE):
                client.sendall(json.dumps(self.answer(line)).encode("ascii") + b"\n")

    def answer(self, line: bytes) -> dict[str, object]:
        """Do what one line says."""
        try:
            members = json.loads(line)
            if not isinstance(members, dict):
                raise Refused("a command is a JSON object")
            name = members.get("do")
            if name == "stop":
                self._stop.set()
                return {"ok": None}
            command = COMMANDS.get(str(name))
            if command is None:
                raise Refused(f"no command is called {name!r}; there are {', '.join(COMMANDS)} and stop")
            return {"ok": command(self._world, Arguments(members))}
        except ValueError as why:
            return {"refused": str(why)}


def serve(folder: Path, nests: int, seed: int, pace: float | None, platform: str, follow: bool) -> None:
    """Be the bench until told to stop, by a command, by a signal, or, to `follow`, by the end of stdin.

    Prints one line when everything is there. Raises CannotServe.
    """
    kind = platform_named(platform)
    if kind is None:
        raise CannotServe(f"{platform!r} is not a Particle platform")
    folder.mkdir(parents=True, exist_ok=True)
    if _taken(folder / "control.sock"):
        raise CannotServe(f"another bench is in {folder}")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    world = World(folder, nests, seed, pace, kind)
    control = Control(folder / "control.sock", world, stop)
    try:
        if follow:
            threading.Thread(target=_until_orphaned, args=(stop,), name="parent", daemon=True).start()
        sys.stdout.write(f"ready {folder}\n")
        sys.stdout.flush()
        stop.wait()
    finally:
        control.close()
        world.close()
        _tidy(folder, folder / "usb", folder / "probe", folder / "instruments")


def _tidy(folder: Path, *inside: Path) -> None:
    """Take the folders away that hold nothing but what the bench made."""
    for one in (*inside, folder):
        with contextlib.suppress(OSError):
            one.rmdir()


def _taken(path: Path) -> bool:
    """Whether somebody answers at this socket; one that nobody answers is left from a bench that was killed."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)
            return False
    return True


def _until_orphaned(stop: threading.Event) -> None:
    while os.read(0, 256):
        pass
    stop.set()

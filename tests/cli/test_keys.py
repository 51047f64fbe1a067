"""A terminal into which a person and a scanner type."""

import os
import termios
import threading
import time
from collections.abc import Iterator

import pytest

from station.cli.keys import Keyboard, masked, quiet
from station.codec.frames import Framed
from station.codec.keyboards import LAYOUTS
from station.codec.scan import scan_of
from station.domain.label import Label
from tests.line.floor import eventually

LABEL = "B31KBN0001VK6SD ABCDEFGHJKLMNPQ"
SECRET = LABEL.split()[1]
A_PERSON_S = 0.12
"""Seconds between two keys."""


class Desk:
    """A terminal, and what the station hears and shows of it."""

    def __init__(self) -> None:
        self.master, self.terminal = os.openpty()
        self.heard: list[Framed] = []
        self.shown: list[str] = []
        self.keyboard = Keyboard(self.terminal, self.heard.append, self.shown.append)
        self.thread = threading.Thread(target=self.keyboard.run, daemon=True)

    def type(self, text: str, gap: float = 0.0) -> None:
        """Press keys; all at once, as a scanner's come out of the kernel's buffer, or with pauses."""
        if not gap:
            os.write(self.master, text.encode())
            return
        for one in text:
            os.write(self.master, one.encode())
            time.sleep(gap)

    def next(self) -> Framed:
        """What is heard."""
        assert eventually(lambda: bool(self.heard))
        return self.heard.pop(0)

    @property
    def echo(self) -> bytes:
        """What the terminal itself shows."""
        os.set_blocking(self.master, False)
        try:
            return os.read(self.master, 4096)
        except BlockingIOError:
            return b""


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    before = termios.tcgetattr(made.terminal)
    with quiet(made.terminal):
        made.thread.start()
        yield made
    assert termios.tcgetattr(made.terminal) == before
    os.close(made.master)
    made.thread.join(2.0)
    os.close(made.terminal)


def test_no_control_character_of_a_code_stops_the_station_or_freezes_its_terminal(desk: Desk) -> None:
    code = "[)>\x1e06\x1c\x1a\x13\x11S\x04"
    desk.type(f"{code}\r")
    framed = desk.next()
    assert framed.text == code
    refused = scan_of(framed)
    assert isinstance(refused, tuple)
    assert "ISO 15434" in refused[2]


def test_a_scanner_s_keys_are_a_scan_and_its_secret_is_seen_nowhere(desk: Desk) -> None:
    desk.type(f"{LABEL}\r")
    framed = desk.next()
    assert not framed.frame.typed
    assert isinstance(scan_of(framed), Label)
    assert desk.shown == []
    assert desk.echo == b""


def test_what_a_person_types_is_shown_while_they_type_and_heard_when_they_end(desk: Desk) -> None:
    desk.type("stop 1x", A_PERSON_S)
    assert eventually(lambda: desk.shown[-1:] == ["stop 1x"])
    desk.type("\x7f\n", A_PERSON_S)
    framed = desk.next()
    assert (framed.text, framed.frame.typed, framed.frame.whole) == ("stop 1", True, True)
    assert desk.shown[-1] == ""
    assert desk.shown[0] == "s"


def test_a_scan_that_is_cut_off_is_heard_as_such(desk: Desk) -> None:
    desk.type(LABEL[:9])
    framed = desk.next()
    assert not framed.frame.whole
    assert not framed.frame.typed
    assert desk.shown == []


def test_a_terminal_with_another_keyboard_is_named(desk: Desk) -> None:
    desk.type(LAYOUTS[0].damage(LABEL) + "\r")
    scan = scan_of(desk.next())
    assert isinstance(scan, tuple)
    assert "AZERTY" in scan[2]


def test_of_a_label_that_is_typed_only_the_serial_number_is_shown() -> None:
    assert SECRET[:1] not in masked(LABEL)[15:]
    assert masked("e00fce68aabbccddeeff0011") == "e00fce68aabbccddeeff0011"

"""Whatever is scanned is taken or refused by a name, on each way into the station; none leaves no trace."""

import io
import os
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.cli.line import keyed, lines
from station.codec import badge, command
from station.codec.frames import ALONE_IDLE, FLOOD, SERIAL_IDLE, Framed, SerialFramer, WedgeFramer
from station.codec.key_events import EV_KEY, EVENT, press
from station.codec.scan import read_scan, scan_of
from station.domain.command import Command, Verb
from station.domain.label import Label
from station.domain.people import Badge
from station.domain.scan import Letters, Scan
from station.drivers.wedge import KeyWedge
from station.ui.typing import Kind, Typing
from tests.codec.hostile import HOSTILE
from tests.ui.window.hands import Notes

SERIAL, SECRET, DEVICE = "P044AB000000001", "ABCDEFGHJKLMNPQ", "480041000247343138383138"
LABEL = f"{SERIAL} {SECRET}"
YES, ANN = command.render(Command(Verb.YES)), badge.render(Badge("7Q2K"))

ENDS = "\r\n\x02\x03"
codes = st.one_of(
    st.text(max_size=40),
    st.text("0123456789", max_size=30),
    st.text("".join(map(chr, range(32))) + "\x7f", max_size=6),
    st.text(st.characters(codec="latin-1"), max_size=6).map(lambda text: text * 60),
    st.sampled_from(
        [LABEL, LABEL[:9], SERIAL, DEVICE, YES, ANN, YES.lower(), LABEL.lower()]
        + [one for one in HOSTILE if len(one) < FLOOD // 9]
    ),
)


def named(scan: object) -> bool:
    """Taken, or refused with a code and a sentence that a person reads."""
    match scan:
        case ("refused", str(code), str(says), int(length)):
            return bool(code) and len(says) > 8 and says.isascii() and says.isprintable() and length >= 0
        case _:
            return isinstance(scan, Label | Command | Badge | Letters)


def meant(scan: Scan) -> str:
    assert isinstance(scan, tuple)
    return scan[2]


# What a scan says


@given(codes)
@settings(max_examples=500)
def test_every_text_is_taken_or_refused_by_a_name(text: str) -> None:
    assert named(read_scan(text))


@pytest.mark.parametrize(
    "before", ["", "]d1", "]d4", "]Q2", "\\000026", "]d4\\000026", "]Q2\\000003", "\\000003\\000026"]
)
def test_a_code_that_names_its_character_set_is_read_like_any_other(before: str) -> None:
    assert read_scan(before + LABEL) == Label.model_validate({"serial": SERIAL})
    assert read_scan(before + YES) == Command(Verb.YES)
    assert read_scan(before + ANN) == Badge("7Q2K")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[)>\x1e06\x1d1PBRN404X\x1dSP044AB000000001\x1dQ50\x1e\x04", "reel"),
        ("[)>061PBRN404XSP044AB000000001", "ISO 15434"),
        ("]d1[)>\x1e05\x1d21P044AB000000001\x1e\x04", "ISO 15434"),
        ("[)>\x1e06" + "\x1d1PBRN404X" * 30, "ISO 15434"),
        ("]C101004012345678905\x1d17", "GS1"),
        ("https://setup.particle.io/" + "x" * 200, "web address"),
        ('{"serial":"P044AB00001"}', "JSON"),
        ('[{"a":1}]', "JSON"),
        ("8934076500002589174F", "ICCID"),
        ("893407650000258917FF", "ICCID"),
        ("e00fce68000000000000000g", "24 characters as a device id has"),
        (YES.lower(), "Caps Lock"),
        ("cmd-stop-2-3", "Caps Lock"),
        (ANN.lower(), "Caps Lock"),
        (LABEL.lower(), "Caps Lock"),
        ("", "empty scan"),
        ("x" * 101, "too long"),
    ],
)
def test_what_is_no_label_is_named_as_what_it_is(text: str, says: str) -> None:
    assert says in meant(read_scan(text))


@pytest.mark.parametrize("text", [YES, ANN])
def test_a_keyboard_layout_that_spoils_a_command_or_a_badge_is_named(text: str) -> None:
    french = text.translate(str.maketrans("1234567890-AQWZM", "&é\"'(-è_çà)QAZW?"))
    assert "layout is wrong: this PC types as on a French keyboard" in meant(read_scan(french))


def test_a_command_that_was_misread_is_not_excused_by_caps_lock() -> None:
    assert "Caps" not in meant(read_scan("CMD-Y3S-3"))


# A serial scanner


@given(
    st.lists(codes, min_size=1, max_size=5),
    st.sampled_from(["\r", "\n", "\r\n", "\x03", "\x03\r\n"]),
    st.integers(1, 9),
)
def test_a_serial_scanner_s_every_code_comes_out(some: list[str], end: str, size: int) -> None:
    bare = ["".join(one for one in code if one not in ENDS) for code in some]
    data = b"".join(one.encode("utf-8") + end.encode() for one in bare)
    framer, found = SerialFramer("s"), list[Framed]()
    for at in range(0, len(data), size):
        found += framer.feed(data[at : at + size], 1.0)
    # Behind the end of a code more ends of the same moment are its own; nothing stands before an empty scan.
    codes_sent = [one for at, one in enumerate(bare) if one or at == 0]
    assert [one.frame.length for one in found] == [len(one.encode()) for one in codes_sent]
    assert all(named(scan_of(one)) for one in found)


def test_a_serial_scanner_that_never_ends_a_code_is_told_of() -> None:
    framer = SerialFramer("s")
    (one,) = framer.feed(b"7" * (2 * FLOOD), 1.0)
    assert "cut off" in meant(scan_of(one))
    assert len(framer.idle(1.0 + SERIAL_IDLE)) == 1


# A scanner that types, read at the kernel's event device


def typed_keys(text: str, at: float, gap: float) -> bytes:
    return b"".join(press(one, at + n * gap) for n, one in enumerate(text))


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60), st.sampled_from([0.008, 0.06, 0.5]))
def test_a_wedge_s_every_code_comes_out_whatever_its_pace_and_with_its_end_or_without(text: str, gap: float) -> None:
    for end in ("\r", ""):
        framer, found, at = WedgeFramer("w", persons=False), list[Framed](), 1.0
        for one in text + end:
            found += framer.key(one, at)
            at += gap
        found += framer.idle(at + ALONE_IDLE)
        assert "".join(one.text for one in found) == text
        assert bool(found) == bool(text or end)
        assert all(named(scan_of(one)) and not one.frame.typed for one in found)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (typed_keys(DEVICE + "\r", 1.0, 0.008), "label"),
        (typed_keys("\r", 1.0, 0.008), "empty scan"),
        (typed_keys("7", 1.0, 0.008), "cut off"),
        (b"".join(EVENT.pack(1, n, EV_KEY, 183, 1) for n in range(5)) + press("\r", 1.1), "keyboard layout"),
        (typed_keys("7" * 3000 + "\r", 1.0, 0.001), "too long"),
    ],
)
def test_a_wedge_at_its_event_device_leaves_a_trace_of_everything(data: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "event0"
    os.mkfifo(path)
    holds = os.open(path, os.O_RDWR)
    wedge = KeyWedge(path, name="gun")
    writer = threading.Thread(target=os.write, args=(holds, data))
    writer.start()
    scan, until = None, time.monotonic() + 30.0
    while scan is None and time.monotonic() < until:
        scan = wedge.read(0.1)
    writer.join()
    wedge.close()
    os.close(holds)
    assert scan is not None
    assert (says == "label" and isinstance(scan, Label)) or says in meant(scan)


# A terminal, a pipe, the window's keypad


@given(st.lists(st.one_of(codes.map(str.encode), st.binary(max_size=300)), min_size=1, max_size=6))
def test_every_line_of_a_pipe_is_asked_of_the_station(some: list[bytes]) -> None:
    bare = [one.replace(b"\n", b"") for one in some]
    desk = Notes()
    lines(desk, io.BytesIO(b"".join(one + b"\n" for one in bare)))
    assert len(desk.asked) == len(bare)
    assert all(named(one[1]) for one in desk.asked if one[0] == "scan")


def test_a_huge_line_is_refused_once_and_its_end_is_no_line_of_its_own() -> None:
    desk = Notes()
    lines(desk, io.BytesIO(b"x" * 514 + b"\nstop 1\n" + YES.encode()))
    assert [one[0] for one in desk.asked] == ["scan", "stop", "scan"]


@given(codes.filter(lambda text: not set(text) & set("\r\n\t")), st.sampled_from([0.01, 0.15]))
def test_what_is_typed_or_scanned_into_a_terminal_or_the_window_is_asked_of_the_station(text: str, gap: float) -> None:
    framer, terminal, window, at = WedgeFramer("keyboard"), Notes(), list[object](), 1.0
    framed: list[Framed] = []
    for one in f"{text}\r":
        framed += framer.key(one, at)
        at += gap
    for scanned in framed:
        keyed(terminal, scanned)
        if scanned.frame.typed:
            window.append(Typing().line(scanned.text))
    assert len(terminal.asked) == len(framed) == bool(text)
    assert None not in window or not text.strip(" "), "Space and Enter do nothing"


def test_blanks_are_no_pin() -> None:
    typing = Typing()
    typing.pin("Ann", 0.0)
    assert typing.kind is Kind.PIN
    assert typing.line("  ") is None

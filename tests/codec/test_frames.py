"""Where scans end: bytes on a serial port, and keys."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.codec.frames import FLOOD, LONGEST, SCANNER_GAP, SERIAL_IDLE, WEDGE_IDLE, Framed, SerialFramer, WedgeFramer
from station.codec.scan import scan_of
from station.domain.label import Label
from station.domain.scan import End, Symbology

SERIAL = "B40HAB123456789"
SECRET = "WBPYG6CPLRCFK4S"
LABEL = f"{SERIAL} {SECRET}"

codes = st.lists(st.text("ABC123 -]", min_size=1, max_size=40), min_size=1, max_size=5)
ends = st.sampled_from([b"\r", b"\n", b"\r\n", b"\r\r", b"\r\n\r\n", b"\n\n\n"])


def texts(framed: list[Framed]) -> list[str]:
    return [one.text for one in framed]


def typed(
    framer: WedgeFramer, text: str, gap: float, start: float = 1.0, jitter: random.Random | None = None
) -> list[Framed]:
    """Type a text with these seconds between its keys."""
    found, at = [], start
    for one in text:
        found += framer.key(one, at)
        at += gap if jitter is None else jitter.choice([*[gap] * 6, 2 * gap, 0.06])
    return found


# Serial


@given(codes, ends, st.lists(st.integers(1, 7), min_size=1, max_size=40))
def test_codes_come_apart_in_whatever_pieces_their_bytes_come(some: list[str], end: bytes, sizes: list[int]) -> None:
    data, framer, found, now = b"".join(one.encode() + end for one in some), SerialFramer("left"), [], 0.0
    while data:
        size = sizes[len(data) % len(sizes)]
        found += framer.feed(data[:size], now)
        data, now = data[size:], now + 0.01
    assert texts(found) == some
    assert all(one.frame.source == "left" and one.frame.whole for one in found)


@pytest.mark.parametrize(
    ("data", "end"),
    [(b"ABC\r", "CR"), (b"ABC\n", "LF"), (b"\x02ABC\x03", "ETX"), (b"\x02ABC\r\n", "CR"), (b"\x02ABC\x03\r\n", "ETX")],
)
def test_each_end_is_known_by_its_name(data: bytes, end: End) -> None:
    ((text, frame),) = SerialFramer("s").feed(data, 1.0)
    assert (text, frame.end, frame.length) == ("ABC", end, 3)


def test_the_kind_of_code_is_told_where_the_scanner_tells_it() -> None:
    ((_, frame), (_, plain)) = SerialFramer("s").feed(f"]d1{LABEL}\r{LABEL}\r".encode(), 1.0)
    assert frame.symbology is Symbology.DATA_MATRIX
    assert plain.symbology is None


def test_what_pauses_without_its_end_was_cut_off() -> None:
    framer = SerialFramer("s")
    assert framer.feed(SERIAL.encode(), 1.0) == []
    assert framer.idle(1.0 + SERIAL_IDLE - 0.01) == []
    (one,) = framer.idle(1.0 + SERIAL_IDLE)
    assert not one.frame.whole
    scan = scan_of(one)
    assert isinstance(scan, tuple)
    assert "cut off" in scan[2]
    assert framer.idle(99.0) == []
    assert texts(framer.feed(f"{LABEL}\r".encode(), 100.0)) == [LABEL]


def test_a_station_that_was_busy_finds_the_rest_of_a_scan_and_cuts_nothing() -> None:
    framer = SerialFramer("s")
    framer.feed(SERIAL[:5].encode(), 1.0)
    assert texts(framer.feed(SERIAL[5:].encode() + b"\r", 9.0)) == [SERIAL]


def test_an_end_that_comes_alone_is_an_empty_scan_and_one_behind_an_end_is_none() -> None:
    framer = SerialFramer("s")
    assert texts(framer.feed(b"\r\n", 5.0)) == [""]
    assert texts(framer.feed(b"\r\n", 6.0)) == [""]
    assert texts(framer.feed(b"ABC\r\n\r\n", 7.0)) == ["ABC"]
    assert texts(framer.feed(b"\r\n", 7.1)) == []
    assert texts(framer.feed(b"\r", 8.0)) == [""]
    assert texts(framer.feed(b"\x02ABC\x03\r\n\x02\x03\r\n", 9.0)) == ["ABC", ""]


def test_the_end_of_a_scan_that_was_cut_off_may_come_late_and_is_no_scan_of_its_own() -> None:
    framer = SerialFramer("s")
    assert framer.feed(b"ABC", 1.0) == []
    assert texts(framer.idle(1.3)) == ["ABC"]
    assert framer.feed(b"\r\n", 1.4) == []


def test_a_wedge_that_ends_its_codes_twice_scans_nothing_empty() -> None:
    framer = WedgeFramer("w", persons=False)
    assert texts(typed(framer, "ABC\r\r", 0.01, 1.0)) == ["ABC"]
    assert texts(typed(framer, "ABC\r\n\r\n", 0.01, 2.0)) == ["ABC"]
    assert texts(typed(framer, "\r\n", 0.01, 3.0)) == [""]


def test_a_scan_that_a_new_one_begins_in_was_cut_off() -> None:
    first, second = SerialFramer("s").feed(f"\x02{SERIAL[:6]}\x02{LABEL}\x03".encode(), 1.0)
    assert (first.text, first.frame.end) == (SERIAL[:6], "none")
    assert (second.text, second.frame.end) == (LABEL, "ETX")


def test_a_flood_without_an_end_is_counted_and_not_kept() -> None:
    framer = SerialFramer("s")
    told = [framer.feed(b"x" * 10_000, n * 0.01) for n in range(100)]
    ((text, frame),) = [one for some in told for one in some]
    assert (len(text), frame.length, frame.whole) == (LONGEST, FLOOD, False)
    ((text, frame),) = framer.feed(b"\r", 2.0)
    assert (len(text), frame.length) == (LONGEST, 1_000_000)


def test_two_scanners_at_once_do_not_mix() -> None:
    left, right, found = SerialFramer("left"), SerialFramer("right"), []
    for one, two in zip(f"{LABEL}\r".encode(), f"P046AB226334455 {SECRET}\r".encode(), strict=True):
        found += left.feed(bytes([one]), 1.0) + right.feed(bytes([two]), 1.0)
    assert {one.frame.source: one.text for one in found} == {"left": LABEL, "right": f"P046AB226334455 {SECRET}"}


# Keys


@pytest.mark.parametrize("end", ["\r", "\n", "\t"])
@pytest.mark.parametrize("gap", [0.0, 0.005, 0.016, 0.039])
def test_a_wedge_is_known_by_its_pace(end: str, gap: float) -> None:
    ((text, frame),) = typed(WedgeFramer("w"), LABEL + end, gap)
    assert text == LABEL
    assert not frame.typed
    assert frame.median_gap_ms == pytest.approx(gap * 1000, abs=0.1)


@pytest.mark.parametrize("gap", [0.06, 0.1, 0.2, 0.9])
def test_a_person_is_known_by_theirs_and_may_take_their_time(gap: float) -> None:
    framer = WedgeFramer("w")
    for n, one in enumerate(SERIAL):
        assert framer.key(one, n * gap) == []
        assert framer.idle(n * gap + 60.0) == []
        assert framer.by_a_person == SERIAL[: n + 1]
    ((text, frame),) = framer.key("\r", 999.0)
    assert (text, frame.typed) == (SERIAL, True)


def test_single_pauses_do_not_make_a_scanner_a_person() -> None:
    """One gap in eight is a person's, as on a busy machine."""
    dice = random.Random(56)
    for _ in range(480):
        ((text, frame),) = typed(WedgeFramer("w"), LABEL + "\r", 0.01, jitter=dice)
        assert (text, frame.typed) == (LABEL, False)


def test_a_wedge_that_pauses_without_its_end_was_cut_off() -> None:
    framer = WedgeFramer("w")
    typed(framer, SERIAL[:9], 0.01, start=1.0)
    assert framer.idle(1.0 + 8 * 0.01 + WEDGE_IDLE - 0.01) == []
    (one,) = framer.idle(1.0 + 8 * 0.01 + WEDGE_IDLE)
    assert not one.frame.whole
    assert framer.by_a_person == ""


def test_what_a_person_left_standing_does_not_spoil_a_scan() -> None:
    framer = WedgeFramer("w")
    typed(framer, "st", 0.2, start=1.0)
    left, scan = typed(framer, LABEL + "\r", 0.01, start=5.0)
    assert (left.text, left.frame.whole, left.frame.typed) == ("st", False, True)
    assert (scan.text, scan.frame.end, scan.frame.typed) == (LABEL, "CR", False)
    assert scan_of(scan) == Label.model_validate({"serial": SERIAL})


def test_a_wrong_key_can_be_rubbed_out() -> None:
    framer = WedgeFramer("w")
    framer.rub_out()
    typed(framer, "stopp", 0.2)
    framer.rub_out()
    assert texts(framer.key("\r", 9.0)) == ["stop"]


def test_an_end_without_anything_before_it_is_nothing() -> None:
    assert typed(WedgeFramer("w"), "\r\n\t\r", 0.01) == []


@given(st.lists(st.tuples(st.characters(codec="latin-1"), st.floats(0, 2)), max_size=60))
def test_no_keys_crash_the_framer_and_none_is_lost_or_told_twice(keys: list[tuple[str, float]]) -> None:
    framer, found, now = WedgeFramer("w"), [], 0.0
    for character, gap in keys:
        now += gap
        found += framer.idle(now) + framer.key(character, now)
    found += framer.key("\r", now + 1.0)
    assert "".join(texts(found)) == "".join(one for one, _ in keys if one not in "\r\n\t")
    assert all(one.frame.length == len(one.text) for one in found)


def test_no_frame_tells_its_text() -> None:
    ((_, frame),) = typed(WedgeFramer("w"), LABEL + "\r", SCANNER_GAP / 2)
    assert SECRET not in repr(frame)
    assert SERIAL not in repr(frame)

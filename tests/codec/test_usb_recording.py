"""Conversations on endpoint 0 as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.codec.control import Setup
from station.codec.usb_recording import Transfer, Unanswered, read
from station.codec.wire import NotUnderstood


@st.composite
def transfers(draw: st.DrawFn) -> Transfer:
    data = draw(st.binary(max_size=20))
    to_host = draw(st.booleans())
    byte, word = st.integers(0, 0x7F), st.integers(0, 0xFFFF)
    kind = draw(byte) | (0x80 if to_host else 0)
    length = draw(st.integers(len(data), 40)) if to_host else len(data)
    setup = Setup(kind, draw(byte), draw(word), draw(word), length)
    came = draw(st.sampled_from(Unanswered) | st.just(data if to_host else b""))
    return Transfer(setup, b"" if to_host else data, came)


@given(st.lists(transfers(), max_size=5))
def test_a_recording_reads_as_it_was_written(several: list[Transfer]) -> None:
    lines = [one.line() for one in several]
    assert read(lines) == several
    assert read(["", *lines, "\n"]) == several
    assert all(len(line.splitlines()) == 1 for line in lines)


GOOD = '{"setup": "c050000014004000", "out": "", "in": "45"}'


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("[]", "no object"),
        ("{}", "has setup, out, and one of"),
        (GOOD.replace('"in": "45"', '"stall": false'), "one of"),
        (GOOD.replace('"in": "45"', '"in": "45", "stall": true'), "one of"),
        (GOOD.replace("}", ', "serial": "text"}'), "one of"),
        (GOOD.replace("c050", "zz50"), "hexadecimal"),
        (GOOD.replace("c0500000", "c050"), "eight|8 bytes"),
        (GOOD.replace('"out": ""', '"out": "00"'), "1 bytes to the unit"),
        (GOOD.replace("4000", "0000"), "fewer"),
        ('{"setup": "4050000014000200", "out": "00", "in": ""}', "1 bytes to the unit where the setup packet says 2"),
        ('{"setup": "4050000014000000", "out": "", "in": "00"}', "fewer"),
        ('{"setup": "' + "0" * 300_000 + '", "out": "", "in": ""}', "characters"),
    ],
)
def test_a_line_that_is_no_transfer_is_refused_with_its_number(line: str, why: str) -> None:
    with pytest.raises(NotUnderstood, match=f"line 2: .*({why})"):
        read([GOOD, line])

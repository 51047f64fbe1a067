"""Lines and strict JSON."""

import json
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.codec.strict_json import EXACT, read_object
from station.codec.wire import Lines, NotUnderstood


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """`data` in pieces, cut at these places."""
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in pairwise(edges)]


@given(st.lists(st.sampled_from([b"a", b"bc", b"\n", b"0123456789"])).map(b"".join), st.lists(st.integers(0, 200)))
def test_lines_do_not_depend_on_how_the_stream_is_cut(data: bytes, places: list[int]) -> None:
    whole, pieces = Lines(8), Lines(8)
    once = whole.feed(data)
    assert [line for piece in cut(data, places) for line in pieces.feed(piece)] == once
    assert pieces.dropped == whole.dropped
    assert once == [line for line in data.split(b"\n")[:-1] if len(line) < 8]


def test_a_line_of_the_limit_is_kept_and_one_byte_more_is_not() -> None:
    lines = Lines(8)
    assert lines.feed(b"1234567\n12345678\nok\n") == [b"1234567", b"ok"]
    assert lines.dropped == 9


def test_a_line_without_end_is_counted_while_it_runs() -> None:
    lines = Lines(8)
    for _ in range(1000):
        assert lines.feed(b"x" * 1000) == []
    assert lines.dropped == 1_000_000
    assert lines.feed(b"\nnext\n") == [b"next"]


@given(st.dictionaries(st.text(), st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text()))
def test_an_object_reads_as_it_was_written(members: dict[str, object]) -> None:
    assert read_object(json.dumps(members)) == members


@given(st.text())
def test_arbitrary_text_is_an_object_or_not_understood(text: str) -> None:
    with suppress(NotUnderstood):
        assert read_object(text) == json.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        "7",
        '{"a":1,"a":1}',
        '{"a":{"b":1,"b":2}}',
        '{"a":NaN}',
        '{"a":Infinity}',
        '{"a":-Infinity}',
        '{"a":1e999}',
        f'{{"a":{EXACT + 1}}}',
        '{"a":' + "9" * 5000 + "}",
        '{"a":1} x',
        "{'a':1}",
        "[" * 5000,
        '{"a":' * 5000,
    ],
)
def test_what_machines_should_not_write_is_refused(text: str) -> None:
    with pytest.raises(NotUnderstood):
        read_object(text)

"""Whatever bytes come along the wire, the C++ and the bench's unit answer alike."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.bench.board import Board
from station.bench.personality import SerialTalk
from station.codec.factory_test import MAX_LINE, Decoder, Question, Value, decode_answer, encode_question, line
from station.domain.questions import QUESTIONS
from tests.firmware.conftest import new_nest, short_folder
from tests.firmware.far import SENTINEL, Wire, mirror, same
from tests.firmware.host import Host

ids = st.integers(1, SENTINEL.id - 1)
texts = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=12)
numbers = st.integers(-100, 100).map(float) | st.sampled_from([0.5, -0.25, 1e15, 2e-7])
words = st.sampled_from(["colour", "on", "bus", "expect", "allow", "seconds", "pace", "x"])
values: st.SearchStrategy[Value] = (
    st.booleans() | numbers | texts | st.sampled_from(["red", "off", "36 6b", "36", "zz"])
)


def _stays_awake(question: Question) -> bool:
    """A unit that goes to sleep ends the talk."""
    return question.ask != "sleep" or not isinstance(question.given.get("seconds"), float)


questions = st.builds(
    Question,
    ids,
    st.sampled_from([one.name for one in QUESTIONS]) | st.from_regex(r"\A[a-z][a-z0-9_]{0,39}\Z"),
    st.dictionaries(words, values, max_size=3),
).filter(_stays_awake)

tokens = st.sampled_from(
    '{ } : , "id" "ask" "who" "led" "colour" "x" "y" "ok" "red" 7 12 0 -1 01 1.5 1e5 1E-3 -0 9007199254740992'
    ' 9007199254740993 1e99 1e100 .5 1. true false null NaN [ ] {} "" "\\u0041" "\\"" "\\u00e9" "\\n" "a b"'.split(" ")
) | st.just(" ")
jsonish = st.lists(tokens, max_size=14).map("".join).map(str.encode)
members = st.lists(
    st.tuples(st.sampled_from(['"id"', '"ask"', '"colour"', '"x"', '"\\u0061sk"', '"Y"', '""']), tokens).map(":".join),
    max_size=5,
).map(lambda some: ("{" + ",".join(some) + "}").encode())


def spoil(good: bytes, at: int, bit: int) -> bytes:
    return good[: at % len(good)] + bytes([good[at % len(good)] ^ 1 << bit]) + good[at % len(good) + 1 :]


valid = questions.map(encode_question).map(line)
streams = st.lists(
    valid
    | (jsonish | members).map(line)
    | st.builds(spoil, valid, st.integers(0, MAX_LINE), st.integers(0, 7))
    | st.binary(max_size=60)
    | st.sampled_from([b"\n", b"\r\n", b"x" * 600, b"\0" * 20, b"[app] INFO: hello\r\n"]),
    max_size=6,
).map(b"".join)


@pytest.fixture(scope="module")
def pair(program: Path) -> Iterator[tuple[Wire, Host, Board]]:
    """A unit of each kind, made alike."""
    with ExitStack() as stack:
        _, nest = new_nest(stack)
        assert nest.unit is not None
        host = stack.enter_context(Host(program, short_folder(stack), *mirror(nest.unit)))
        yield stack.enter_context(Wire(host.tty)), host, nest.unit


@settings(max_examples=300)
@given(streams)
def test_the_same_bytes_get_the_same_answers(pair: tuple[Wire, Host, Board], stream: bytes) -> None:
    wire, _, board = pair
    theirs = wire.answers(stream)
    ours = Decoder().feed(SerialTalk(board).received(stream))
    assert len(theirs) == len(ours), (theirs, ours)
    assert all(same(one, other) for one, other in zip(theirs, ours, strict=True)), (theirs, ours)


@settings(max_examples=300)
@given(questions.map(encode_question) | jsonish | members | st.binary(max_size=60))
def test_the_same_request_gets_the_same_reply(pair: tuple[Wire, Host, Board], payload: bytes) -> None:
    _, host, board = pair
    ((result, reply),) = host.request(payload)
    ours = Decoder().feed(SerialTalk(board).received(line(payload))) if payload[:1] == b"{" else []
    if result == 0 and ours:
        assert same(decode_answer(reply), ours[0])
    # A line begins with its brace and ends with it; a request may have blanks around.
    elif payload.strip(b" ") == payload:
        assert (result == 0) is bool(ours)

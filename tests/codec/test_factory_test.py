"""The talk with the factory-test firmware."""

import json
import tracemalloc
import zlib
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.codec import factory_test
from station.codec.factory_test import (
    MAX_ID,
    MAX_LINE,
    MAX_MESSAGE,
    MAX_NUMBER,
    MAX_TEXT,
    MAX_VALUES,
    Answer,
    Decoder,
    Question,
    QuestionDecoder,
    Value,
    decode_answer,
    decode_question,
    encode_answer,
    encode_question,
    line,
)
from station.codec.wire import NotUnderstood

ids = st.integers(1, MAX_ID)
names = st.from_regex(r"\A[a-z][a-z0-9_]{0,9}\Z").filter(lambda name: name not in {"id", "ask", "ok", "error"})
texts = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=8)
numbers = st.just(0.0) | st.floats(1e-99, 9e99) | st.floats(-9e99, -1e-99)
values = st.dictionaries(names, st.booleans() | texts | numbers, max_size=4)
questions = st.builds(Question, ids, st.from_regex(r"\A[a-z][a-z0-9_]{0,39}\Z"), values)
answers = st.builds(lambda number, some: Answer(number, True, some), ids, values) | st.builds(
    lambda number, error: Answer(number, False, error=error), ids, texts.filter(bool)
)


def sealed(text: str) -> bytes:
    """A line with a right CRC around whatever content."""
    return line(text.encode())


@given(questions)
def test_a_question_arrives_as_it_was_asked(question: Question) -> None:
    assert decode_question(encode_question(question)) == question
    assert QuestionDecoder().feed(line(encode_question(question))) == [question]


@given(answers)
def test_an_answer_arrives_as_it_was_given(answer: Answer) -> None:
    back = decode_answer(encode_answer(answer))
    assert back == answer
    assert {name: type(value) for name, value in back.values.items()} == {
        name: type(value) for name, value in answer.values.items()
    }


def test_the_line_is_exactly_what_the_firmware_has_to_write() -> None:
    assert line(encode_question(Question(7, "rails"))) in factory_test_examples()
    assert encode_answer(Answer(7, True, {"vbat": 3.71, "charging": False, "modem": "R510S"})) == (
        b'{"id":7,"ok":true,"vbat":3.71,"charging":false,"modem":"R510S"}'
    )
    assert encode_answer(Answer(7, False, error="gauge does not answer")) == (
        b'{"id":7,"ok":false,"error":"gauge does not answer"}'
    )


def factory_test_examples() -> list[bytes]:
    """The line that the protocol's own description quotes."""
    described = factory_test.__doc__ or ""
    return [(part + "\n").encode() for part in described.split("`") if part.startswith("{")]


def test_a_whole_number_is_a_value_like_any_other() -> None:
    assert decode_answer(b'{"id":1,"ok":true,"bars":4}') == Answer(1, True, {"bars": 4.0})


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in pairwise(edges)]


def spoil(good: bytes, at: int, bit: int) -> bytes:
    return good[: at % len(good)] + bytes([good[at % len(good)] ^ 1 << bit]) + good[at % len(good) + 1 :]


valid = answers.map(lambda answer: line(encode_answer(answer)))
wire = st.lists(
    valid
    | st.builds(spoil, valid, st.integers(0, MAX_LINE), st.integers(0, 7))
    | st.binary(max_size=40)
    | st.sampled_from([b"\n", b"0000001234 [app] INFO: hello\r\n", b"x" * 600, b'{"id":1}*00000000\n'])
).map(b"".join)


@given(wire, st.lists(st.integers(0, 5000)))
def test_how_the_stream_is_cut_does_not_matter(data: bytes, places: list[int]) -> None:
    whole, pieces = Decoder(), Decoder()
    once = whole.feed(data)
    assert [one for piece in cut(data, places) for one in pieces.feed(piece)] == once
    assert (pieces.damaged, pieces.noise) == (whole.damaged, whole.noise)


@given(wire)
def test_an_answer_comes_only_from_a_line_with_its_own_crc(data: bytes) -> None:
    found = Decoder().feed(data)
    right = [
        text[:-9]
        for text in data.split(b"\n")[:-1]
        if text[-9:-8] == b"*" and text[-8:] == b"%08X" % zlib.crc32(text[:-9])
    ]
    assert all(answer in [decode_answer(message) for message in right] for answer in found)
    assert len(found) <= len(right)


@given(answers, st.integers(0, MAX_LINE), st.integers(0, 7))
def test_one_wrong_bit_anywhere_and_there_is_no_answer(answer: Answer, at: int, bit: int) -> None:
    assert Decoder().feed(spoil(line(encode_answer(answer)), at, bit)) == []


@given(st.binary(max_size=60), answers)
def test_after_any_noise_an_empty_line_makes_way_for_the_answer(noise: bytes, answer: Answer) -> None:
    assert Decoder().feed(noise + b"\n" + line(encode_answer(answer)))[-1:] == [answer]


@pytest.mark.parametrize(
    "text",
    [
        '{"id":true,"ok":true}',
        '{"id":1.0,"ok":true}',
        '{"id":"1","ok":true}',
        '{"id":0,"ok":true}',
        '{"id":-1,"ok":true}',
        '{"id":65536,"ok":true}',
        '{"ok":true}',
        '{"id":1}',
        '{"id":1,"ok":1}',
        '{"id":1,"ok":"true"}',
        '{"id":1,"ok":null}',
        '{"id":1,"ok":true,"error":""}',
        '{"id":1,"ok":true,"error":"x"}',
        '{"id":1,"ok":true,"error":null}',
        '{"id":1,"ok":false}',
        '{"id":1,"ok":false,"error":""}',
        '{"id":1,"ok":false,"error":7}',
        '{"id":1,"ok":false,"error":null}',
        '{"id":1,"ok":false,"error":"x","vbat":3.7}',
        '{"id":1,"ok":true,"vbat":null}',
        '{"id":1,"ok":true,"vbat":[3.7]}',
        '{"id":1,"ok":true,"vbat":{"v":3.7}}',
        '{"id":1,"ok":true,"vbat":NaN}',
        '{"id":1,"ok":true,"vbat":-Infinity}',
        '{"id":1,"ok":true,"vbat":1e999}',
        '{"id":1,"ok":true,"vbat":' + "9" * 400 + "}",
        '{"id":1,"ok":true,"vbat":3.7,"vbat":3.8}',
        '{"id":1,"id":1,"ok":true}',
        '{"id":1,"ok":true,"Vbat":3.7}',
        '{"id":1,"ok":true,"v bat":3.7}',
        '{"id":1,"ok":true,"":3.7}',
        '{"id":1,"ok":true,"text":"\\u0007"}',
        '{"id":1,"ok":true,"text":"\\ud800"}',
        '{"id":1,"ok":true,"text":"\\u00e9"}',
        '{"id":1,"ok":true,"vbat":1e100}',
        '{"id":1,"ok":true,"vbat":1E-100}',
        '{"id":1,"ok":true,"vbat":9007199254740993}',
        '{"id":1,"ok":true,"vbat":3.' + "0" * MAX_NUMBER + "}",
        '{"id":1,"ok":true,' + ",".join(f'"v{n}":1' for n in range(MAX_VALUES + 1)) + "}",
        '{"id":1,"ok":true,"text":"' + "x" * (MAX_TEXT + 1) + '"}',
        '{"id":1,"ok":true}}',
        '{"a":' * 80 + "1" + "}" * 80,
        "{}",
    ],
)
def test_an_answer_of_another_shape_is_damaged_even_with_a_right_crc(text: str) -> None:
    with pytest.raises(NotUnderstood):
        decode_answer(text.encode())
    decoder = Decoder()
    assert decoder.feed(sealed(text)) == []
    assert (decoder.damaged, decoder.noise) == (1, len(sealed(text)))


@pytest.mark.parametrize(
    "text",
    [
        '{"id":1}',
        '{"ask":"rails"}',
        '{"id":true,"ask":"rails"}',
        '{"id":1,"ask":7}',
        '{"id":1,"ask":""}',
        '{"id":1,"ask":"Rails"}',
        '{"id":1,"ask":"rails\\n"}',
        '{"id":1,"ask":"' + "a" * 41 + '"}',
        '{"id":1,"ask":"rails","x":null}',
        '{"id":1,"ask":"rails","x":[1]}',
        '{"id":1,"ask":"rails","ok":true}',
    ],
)
def test_a_question_of_another_shape_is_damaged_even_with_a_right_crc(text: str) -> None:
    decoder = QuestionDecoder()
    assert decoder.feed(sealed(text)) == []
    assert decoder.damaged == 1


def test_noise_counts_the_bytes_of_every_line_that_is_none_of_ours() -> None:
    decoder = Decoder()
    good = line(encode_answer(Answer(2, True)))
    assert good != good.lower()
    log = b"0000001234 [app] INFO: hello\r\n"
    assert decoder.feed(log + b"\n" + good + good.lower()) == [Answer(2, True)]
    assert (decoder.damaged, decoder.noise) == (0, len(log) + len(good))


def test_a_megabyte_without_a_line_end_is_counted_and_not_kept() -> None:
    decoder = Decoder()
    piece = b"{" * 4096
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(256):
        decoder.feed(piece)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert decoder.noise == 256 * 4096
    assert after - before < 16 * MAX_LINE
    assert decoder.feed(b"\n" + line(encode_answer(Answer(9, True)))) == [Answer(9, True)]


def test_the_longest_message_just_fits_its_line() -> None:
    room = MAX_MESSAGE - len(encode_answer(Answer(1, True, {"a": "", "b": "", "c": ""})))
    full: dict[str, Value] = {"a": "x" * 200, "b": "x" * 200, "c": "x" * (room - 400)}
    longest = Answer(1, True, full)
    assert len(line(encode_answer(longest))) == MAX_LINE
    assert Decoder().feed(line(encode_answer(longest))) == [longest]
    with pytest.raises(ValueError, match="room"):
        encode_answer(Answer(10, True, full))
    too_long = json.dumps({"id": 10, "ok": True, **full}, separators=(",", ":"))
    assert Decoder().feed(sealed(too_long)) == []


@pytest.mark.parametrize(
    "make",
    [
        lambda: Question(0, "rails"),
        lambda: Question(1, "rails\n"),
        lambda: Answer(True, True),
        lambda: Answer(1, True, error="x"),
        lambda: Answer(1, False),
        lambda: Answer(1, False, {"vbat": 3.7}, "x"),
        lambda: Answer(1, True, {"vbat": float("nan")}),
        lambda: Answer(1, True, {"ok": True}),
        lambda: Answer(1, True, {"text": "a\nb"}),
        lambda: Answer(1, True, {"text": "é"}),
        lambda: Answer(1, True, {f"v{n}": True for n in range(MAX_VALUES + 1)}),
        lambda: encode_answer(Answer(1, True, {"vbat": 1e100})),
    ],
)
def test_what_the_protocol_does_not_have_cannot_be_made(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"^(a|an) "):
        make()


def test_as_many_values_and_as_long_numbers_as_there_may_be_are_read() -> None:
    most = {f"v{n}": n / 3 for n in range(MAX_VALUES)}
    short: dict[str, Value] = {name: round(value, 3) for name, value in most.items()}
    assert decode_answer(encode_answer(Answer(1, True, short))).values == short
    assert decode_answer(b'{"id":1,"ok":true,"v":0.%b}' % (b"1" * (MAX_NUMBER - 2))).values["v"] == pytest.approx(1 / 9)
    assert decode_answer(b'{"id":1,"ok":true,"v":-9007199254740992}').values["v"] == -(2.0**53)


def test_a_whole_number_that_would_arrive_as_another_is_not_sent() -> None:
    with pytest.raises(ValueError, match="too large"):
        encode_answer(Answer(1, True, {"bytes": 2**53 + 1}))


def test_digits_within_a_text_are_no_number() -> None:
    assert decode_answer(rb'{"id":1,"ok":true,"v":"1e999 \"1e999\""}').values == {"v": '1e999 "1e999"'}

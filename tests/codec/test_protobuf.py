"""Protocol Buffers, judged by google's own runtime."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError, Message
from hypothesis import example, given
from hypothesis import strategies as st

from station.codec import protobuf
from station.codec.protobuf import decode, encode
from station.codec.wire import NotUnderstood


@dataclass(frozen=True)
class Inner:
    number: int = protobuf.uint32(1)
    word: str = protobuf.text(2)


@dataclass(frozen=True)
class Everything:
    """A field of every kind."""

    signed: int = protobuf.int32(1)
    unsigned: int = protobuf.uint32(2)
    zigzag: int = protobuf.sint32(3)
    four: int = protobuf.fixed32(4)
    truth: bool = protobuf.flag(5)
    word: str = protobuf.text(6)
    content: bytes = protobuf.data(7)
    inner: Inner | None = protobuf.message(8, Inner)
    inners: tuple[Inner, ...] = protobuf.messages(9, Inner)
    words: tuple[str, ...] = protobuf.texts(10)
    numbers: tuple[int, ...] = protobuf.uint32s(11)
    fours: tuple[int, ...] = protobuf.fixed32s(200)


def _declared_to_google() -> type[Message]:
    """The same messages as google's runtime knows them, declared field by field."""
    kinds = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="everything.proto", package="t", syntax="proto3")
    inner = file.message_type.add(name="Inner")
    inner.field.add(name="number", number=1, type=kinds.TYPE_UINT32, label=kinds.LABEL_OPTIONAL)
    inner.field.add(name="word", number=2, type=kinds.TYPE_STRING, label=kinds.LABEL_OPTIONAL)
    whole = file.message_type.add(name="Everything")
    for name, number, kind, label in (
        ("signed", 1, kinds.TYPE_INT32, kinds.LABEL_OPTIONAL),
        ("unsigned", 2, kinds.TYPE_UINT32, kinds.LABEL_OPTIONAL),
        ("zigzag", 3, kinds.TYPE_SINT32, kinds.LABEL_OPTIONAL),
        ("four", 4, kinds.TYPE_FIXED32, kinds.LABEL_OPTIONAL),
        ("truth", 5, kinds.TYPE_BOOL, kinds.LABEL_OPTIONAL),
        ("word", 6, kinds.TYPE_STRING, kinds.LABEL_OPTIONAL),
        ("content", 7, kinds.TYPE_BYTES, kinds.LABEL_OPTIONAL),
        ("inner", 8, kinds.TYPE_MESSAGE, kinds.LABEL_OPTIONAL),
        ("inners", 9, kinds.TYPE_MESSAGE, kinds.LABEL_REPEATED),
        ("words", 10, kinds.TYPE_STRING, kinds.LABEL_REPEATED),
        ("numbers", 11, kinds.TYPE_UINT32, kinds.LABEL_REPEATED),
        ("fours", 200, kinds.TYPE_FIXED32, kinds.LABEL_REPEATED),
    ):
        typed = ".t.Inner" if kind == kinds.TYPE_MESSAGE else None
        whole.field.add(name=name, number=number, type=kind, label=label, type_name=typed)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    made: type[Message] = message_factory.GetMessageClass(pool.FindMessageTypeByName("t.Everything"))
    return made


Google = _declared_to_google()


def _as_google(ours: Everything) -> Message:
    """The same values in google's hands."""
    values: dict[str, object] = dict(vars(ours))
    values["inner"] = vars(ours.inner) if ours.inner is not None else None
    values["inners"] = [vars(one) for one in ours.inners]
    return Google(**values)


def _as_ours(google: Message) -> Everything:
    """The same values in our hands."""
    told = {one.name: value for one, value in google.ListFields()}
    inner = told.get("inner")
    make: Callable[..., Everything] = Everything
    return make(
        **{
            **{name: tuple(value) if name in ("words", "numbers", "fours") else value for name, value in told.items()},
            "inner": Inner(inner.number, inner.word) if inner is not None else None,
            "inners": tuple(Inner(one.number, one.word) for one in told.get("inners", ())),
        }
    )


word = st.integers(0, 0xFFFFFFFF)
signed = st.integers(-(1 << 31), (1 << 31) - 1)
inners = st.builds(Inner, number=word, word=st.text(max_size=5))
messages = st.builds(
    Everything,
    signed=signed,
    unsigned=word,
    zigzag=signed,
    four=word,
    truth=st.booleans(),
    word=st.text(max_size=10),
    content=st.binary(max_size=10),
    inner=st.none() | inners,
    inners=st.lists(inners, max_size=3).map(tuple),
    words=st.lists(st.text(max_size=5), max_size=3).map(tuple),
    numbers=st.lists(word, max_size=5).map(tuple),
    fours=st.lists(word, max_size=5).map(tuple),
)


@given(messages)
def test_what_we_write_google_writes_too_and_reads_as_it_was(ours: Everything) -> None:
    written = encode(ours)
    assert written == _as_google(ours).SerializeToString(deterministic=True)
    assert _as_ours(Google.FromString(written)) == ours
    assert decode(Everything, written) == ours


@given(st.lists(messages, min_size=2, max_size=3))
def test_messages_one_after_another_are_read_as_google_merges_them(several: list[Everything]) -> None:
    whole = b"".join(encode(one) for one in several)
    assert decode(Everything, whole) == _as_ours(Google.FromString(whole))


varints = st.integers(0, (1 << 64) - 1).map(protobuf._as_varint) | st.binary(min_size=1, max_size=11)
tags = st.builds(lambda number, wire: protobuf._as_varint(number << 3 | wire), st.integers(0, 13), st.integers(0, 7))
records = st.builds(
    lambda tag, size, body: tag + size + body,
    tags,
    st.just(b"") | varints,
    st.binary(max_size=6) | messages.map(encode),
)
garbled = st.binary(max_size=40) | st.lists(records, max_size=4).map(b"".join)


@given(garbled)
@example(b"\x42\x02\x08\x01\x42\x03\x12\x01a")  # one message in two halves
@example(b"\x58\x01\x5a\x02\x02\x03")  # a repeated number, one by one and packed
@example(b"\x0a\x01a")  # a number's field that holds a text: skipped
@example(b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")  # minus one
@example(b"\x08\x81\x80\x80\x80\x80\x80\x80\x80\x80\x00")  # more bytes than needed, and still ten
def test_whatever_we_accept_google_accepts_and_reads_alike(encoded: bytes) -> None:
    try:
        ours = decode(Everything, encoded)
    except NotUnderstood:
        return
    assert _as_ours(Google.FromString(encoded)) == ours


@given(garbled)
def test_what_we_refuse_and_google_reads_holds_a_group_or_a_number_of_more_than_64_bits(encoded: bytes) -> None:
    try:
        Google.FromString(encoded)
    except DecodeError:
        return
    try:
        decode(Everything, encoded)
    except NotUnderstood as why:
        assert "of wire type 3" in str(why) or "more than 64 bits" in str(why)  # noqa: PT017 - not every input is refused


@pytest.mark.parametrize(
    ("encoded", "why"),
    [
        ("08", "ends inside a number"),
        ("0880", "ends inside a number"),
        ("08" + "80" * 10 + "01", "more than 64 bits"),
        ("08" + "ff" * 9 + "02", "more than 64 bits"),
        ("320261", "ends inside a field"),
        ("32ffffffff0f", "ends inside a field"),
        ("32ffffffffffffffffff01", "more than 32 bits"),
        ("25010203", "ends inside a field"),
        ("1901020304050607", "ends inside a field"),
        ("0001", "field number 0"),
        ("808080808001", "more than 32 bits"),
        ("888080808000" + "01", "more than 32 bits"),
        ("0b0c", "wire type 3"),
        ("0c", "wire type 4"),
        ("0e", "wire type 6"),
        ("0f", "wire type 7"),
        ("3202c328", "no UTF-8"),
        ("c20c03010203", "end inside one"),
        ("5a0180", "ends inside a number"),
        ("42020801" + "42020a80", "ends inside a number"),
    ],
)
def test_bytes_that_are_no_message_are_refused_in_words_without_the_bytes(encoded: str, why: str) -> None:
    with pytest.raises(NotUnderstood, match=why):
        decode(Everything, bytes.fromhex(encoded))


def test_nothing_is_the_default_message() -> None:
    assert decode(Everything, b"") == Everything()
    assert encode(Everything()) == b""
    assert encode(Everything(inner=Inner())) == b"\x42\x00"
    assert decode(Everything, b"\x42\x00") == Everything(inner=Inner())


def test_a_message_that_could_fill_the_memory_is_refused() -> None:
    with pytest.raises(NotUnderstood, match="65536"):
        decode(Everything, bytes(protobuf.MAX_SIZE + 1))
    with pytest.raises(NotUnderstood, match="times"):
        decode(Everything, b"\x4a\x00" * (protobuf.MAX_ELEMENTS + 1))
    with pytest.raises(NotUnderstood, match="times"):
        decode(Everything, b"\x5a\x81\x20" + b"\x00" * (protobuf.MAX_ELEMENTS + 1))


@pytest.mark.parametrize(
    "wrong",
    [
        Everything(signed=1 << 31),
        Everything(unsigned=-1),
        Everything(zigzag=-(1 << 31) - 1),
        Everything(four=1 << 32),
        Everything(word="\ud800"),
        Everything(numbers=(1, -1)),
    ],
)
def test_a_value_that_does_not_fit_its_field_is_not_written(wrong: Everything) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - UTF-8's own error is one, too
        encode(wrong)


def test_a_field_that_says_nothing_of_its_place_is_a_mistake_of_ours() -> None:
    @dataclass(frozen=True)
    class Nowhere:
        number: int = 0

    with pytest.raises(TypeError, match="place"):
        encode(Nowhere())


def test_every_field_of_the_test_message_is_exercised_by_the_judge() -> None:
    assert {one.name for one in fields(Everything)} == {one.name for one in Google.DESCRIPTOR.fields}
    assert replace(Everything(), word="a") != Everything()

r"""The talk between the station and the factory-test firmware: questions, answers, and the line that carries them.

A message is one flat JSON object (RFC 8259) of printable ASCII, at most 502 bytes. It travels in a line over USB
serial, or bare as the payload of control request 10. The unit's end of it is firmware/factory-test/src, in C++ without
a heap: what that cannot read as exactly as this does is not in the language.

    line     = message "*" crc LF                  at most 512 bytes
    crc      = 8 upper-case hexadecimal digits     CRC-32 (zlib's) of the message's bytes
    question = {"id":7,"ask":"rails"}
             | {"id":8,"ask":"led","colour":"red"}
    answer   = {"id":7,"ok":true,"vbat":3.71,"charging":false,"modem":"R510S"}
             | {"id":7,"ok":false,"error":"gauge does not answer"}

    id       1 to 65535, chosen by the station, different from question to question; the answer repeats it
    ask      a name: a-z first, then a-z 0-9 _, at most 40 characters
    values   at most 32, each under a name of the same form other than id, ask, ok, error: a number, a boolean, or a
             text; null, arrays and objects are refused. A question may have some, too: they say what exactly is asked
             for
    number   at most 32 characters, an exponent of at most two digits; a whole one is at most 2^53
    text     at most 200 printable ASCII characters, any of which may be escaped as JSON has it
    error    a text that is not empty, there exactly when ok is false

On the wire, the line for the question above is `{"id":7,"ask":"rails"}*616F3E78` and LF. No CR, no blank before the
brace. An empty line means nothing; a sender may begin with one, to end whatever stood on the wire before. The unit
answers each valid question with one line, within its own time, and says nothing unasked. A line that is not valid,
log output for one, is passed over: who asked, asks again with a new id. An unknown question is answered with ok
false. The firmware that speaks this connects to nothing; not verified on hardware.
"""

import json
import math
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from station.codec.strict_json import read_object
from station.codec.wire import Lines, NotUnderstood

Value = float | str | bool

MAX_LINE = 512
"""Bytes, LF included; a buffer the unit can afford on its stack."""

MAX_MESSAGE = MAX_LINE - len("*00000000\n")
"""Bytes."""

MAX_TEXT = 200
MAX_VALUES = 32
MAX_NUMBER = 32
MAX_ID = 0xFFFF

_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z", re.ASCII)
_RESERVED = frozenset({"id", "ask", "ok", "error"})
_LINE = re.compile(rb"(\{[ -~]*\})\*([0-9A-F]{8})\Z")
_PRINTABLE = re.compile(rb"[ -~]*\Z")
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"')
_LONG_NUMBER = re.compile(rf"[-+.0-9eE]{{{MAX_NUMBER + 1},}}|[eE][-+]?[0-9]{{3}}")


@dataclass(frozen=True, slots=True)
class Question:
    """What the station asks; ValueError when the protocol has no such question."""

    id: int
    ask: str
    given: Mapping[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_id(self.id)
        if not _NAME.match(self.ask):
            raise ValueError("a question is a name of a-z, 0-9 and _")
        _check_values(self.given)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the unit answers; ValueError when the protocol has no such answer."""

    id: int
    ok: bool
    values: Mapping[str, Value] = field(default_factory=dict)
    error: str = ""

    def __post_init__(self) -> None:
        _check_id(self.id)
        if self.ok and self.error:
            raise ValueError("an answer that is ok has no error")
        if not self.ok and (self.values or not self.error):
            raise ValueError("an answer that is not ok has an error and no values")
        _check_text(self.error)
        _check_values(self.values)


def _check_id(number: int) -> None:
    if isinstance(number, bool) or not 1 <= number <= MAX_ID:
        raise ValueError(f"an id is a whole number from 1 to {MAX_ID}")


def _check_values(values: Mapping[str, Value]) -> None:
    if len(values) > MAX_VALUES:
        raise ValueError(f"a message has at most {MAX_VALUES} values")
    for name, value in values.items():
        if not _NAME.match(name) or name in _RESERVED:
            raise ValueError("a value's name is one of a-z, 0-9 and _, and none of id, ask, ok, error")
        if isinstance(value, str):
            _check_text(value)
        elif not math.isfinite(value):
            raise ValueError("a value is a finite number")


def _check_text(text: str) -> None:
    if len(text) > MAX_TEXT or not (text.isascii() and text.isprintable()):
        raise ValueError(f"a text has at most {MAX_TEXT} printable ASCII characters")


def encode_question(question: Question) -> bytes:
    """The message. Raises ValueError when it has more than MAX_MESSAGE bytes, or a number the far end cannot read."""
    return _message({"id": question.id, "ask": question.ask, **question.given})


def encode_answer(answer: Answer) -> bytes:
    """The message. Raises ValueError as `encode_question` does."""
    outcome: dict[str, Value] = {"ok": answer.ok} if answer.ok else {"ok": answer.ok, "error": answer.error}
    return _message({"id": answer.id, **outcome, **answer.values})


def _message(members: Mapping[str, Value]) -> bytes:
    message = _ENCODER.encode(members).encode("ascii")
    if len(message) > MAX_MESSAGE:
        raise ValueError(f"a message of {len(message)} bytes; the line has room for {MAX_MESSAGE}")
    _members(message)
    return message


def line(message: bytes) -> bytes:
    """The line that carries a message.

    >>> line(encode_question(Question(7, "rails")))
    b'{"id":7,"ask":"rails"}*616F3E78\\n'
    """
    return b"%b*%08X\n" % (message, zlib.crc32(message))


def decode_question(message: bytes) -> Question:
    """Raises NotUnderstood."""
    members = _members(message)
    match members.pop("id", None), members.pop("ask", None):
        case int(number), str(ask):
            given = {name: _value(value) for name, value in members.items()}
            return _made(lambda: Question(number, ask, given))
        case _:
            raise NotUnderstood("a question has an id and a name to ask")


def decode_answer(message: bytes) -> Answer:
    """Raises NotUnderstood."""
    members = _members(message)
    has_error = "error" in members
    match members.pop("id", None), members.pop("ok", None), members.pop("error", ""):
        case int(number), bool(ok), str(error) if ok is not has_error:
            values = {name: _value(value) for name, value in members.items()}
            return _made(lambda: Answer(number, ok, values, error))
        case _:
            raise NotUnderstood("an answer has an id, a boolean ok and, when that is false, an error")


def _members(message: bytes) -> dict[str, object]:
    if len(message) > MAX_MESSAGE or not _PRINTABLE.match(message):
        raise NotUnderstood(f"a message is at most {MAX_MESSAGE} bytes of printable ASCII")
    text = message.decode("ascii")
    members = read_object(text)
    if _LONG_NUMBER.search(_STRINGS.sub('""', text)):
        raise NotUnderstood(f"a number has at most {MAX_NUMBER} characters and two digits of exponent")
    return members


def _value(value: object) -> Value:
    match value:
        case bool() | str() | float():
            return value
        case int():
            return float(value)
        case _:
            raise NotUnderstood("a value is a number, a boolean or a text")


_T = TypeVar("_T", Question, Answer)


def _made(make: Callable[[], _T]) -> _T:
    try:
        return make()
    except ValueError as why:
        raise NotUnderstood(str(why)) from None


class _Decoder(Generic[_T]):
    """Finds messages in a byte stream, however it is cut into chunks. Never raises."""

    def __init__(self, decode: Callable[[bytes], _T]) -> None:
        self._decode: Callable[[bytes], _T] = decode
        self._lines = Lines(MAX_LINE)
        self._noise = 0
        self.damaged = 0
        """Lines of the right shape whose CRC or content is wrong."""

    @property
    def noise(self) -> int:
        """Bytes of lines that were not valid, damaged ones included."""
        return self._noise + self._lines.dropped

    def feed(self, data: bytes) -> list[_T]:
        """The messages that `data` completes."""
        return [message for text in self._lines.feed(data) if text and (message := self._read(text)) is not None]

    def _read(self, text: bytes) -> _T | None:
        shape = _LINE.match(text)
        if shape is not None:
            message, crc = shape.groups()
            if zlib.crc32(message) == int(crc, 16):
                try:
                    return self._decode(message)
                except NotUnderstood:
                    pass
            self.damaged += 1
        self._noise += len(text) + 1
        return None


class Decoder(_Decoder[Answer]):
    """The station's ear: bytes to answers."""

    def __init__(self) -> None:
        super().__init__(decode_answer)


class QuestionDecoder(_Decoder[Question]):
    """The unit's ear: bytes to questions."""

    def __init__(self) -> None:
        super().__init__(decode_question)

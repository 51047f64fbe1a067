"""Protocol Buffers on the wire, third syntax: frozen dataclasses to bytes and back.

    message = record*          record = tag value          tag = varint(field number << 3 | wire type)
    wire types                 0 varint · 1 eight bytes · 2 length and as many bytes · 5 four bytes

A field says where it stands and how it is written: `size: int = uint32(11)`. A field that holds its default is not
written, so b"" is the default message. Fields nobody declared are skipped; one that comes again replaces the former, of
a repeated one it is the next element, of a message it is merged into it. Repeated numbers are read packed or one by
one, and written packed.

Source: protobuf.dev, "Encoding". Groups, which proto3 does not have, field number 0 and numbers that do not fit their
field are refused; google's own runtime judges the rest in the tests.
"""

import dataclasses
import functools
from collections.abc import Callable, Iterator
from enum import Enum, auto
from typing import TYPE_CHECKING, TypeVar

from station.codec.wire import NotUnderstood

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

MAX_SIZE = 0x10000
"""Bytes; no control request carries more than 65535 (the size travels in 16 bits)."""

MAX_ELEMENTS = 4096
"""Elements of one repeated field; a design margin, not measured: a unit has some ten modules."""

_KEY = "protobuf"
_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5
_WORD = 0xFFFF_FFFF

M = TypeVar("M", bound="DataclassInstance")


class _Kind(Enum):
    INT32 = auto()
    UINT32 = auto()
    SINT32 = auto()
    BOOL = auto()
    FIXED32 = auto()
    TEXT = auto()
    DATA = auto()
    MESSAGE = auto()


_WIRE = {_Kind.FIXED32: _FOUR, _Kind.TEXT: _BYTES, _Kind.DATA: _BYTES, _Kind.MESSAGE: _BYTES}


@dataclasses.dataclass(frozen=True, slots=True)
class _Place:
    """Where a field stands in its message, and how it is written."""

    number: int
    kind: _Kind
    repeated: bool = False
    of: "type[DataclassInstance] | None" = None
    name: str = ""

    @property
    def wire(self) -> int:
        return _WIRE.get(self.kind, _VARINT)


# What a field of a message is declared with


def int32(number: int) -> int:
    """A whole number that may be negative; an enumeration, too."""
    return dataclasses.field(default=0, metadata={_KEY: _Place(number, _Kind.INT32)})


def uint32(number: int) -> int:
    """A whole number from 0 on."""
    return dataclasses.field(default=0, metadata={_KEY: _Place(number, _Kind.UINT32)})


def sint32(number: int) -> int:
    """A whole number written zigzag: 0, -1, 1, -2."""
    return dataclasses.field(default=0, metadata={_KEY: _Place(number, _Kind.SINT32)})


def fixed32(number: int) -> int:
    """A whole number from 0 on, always four bytes."""
    return dataclasses.field(default=0, metadata={_KEY: _Place(number, _Kind.FIXED32)})


def flag(number: int) -> bool:
    """True or false."""
    return dataclasses.field(default=False, metadata={_KEY: _Place(number, _Kind.BOOL)})


def text(number: int) -> str:
    """UTF-8."""
    return dataclasses.field(default="", metadata={_KEY: _Place(number, _Kind.TEXT)})


def data(number: int) -> bytes:
    """Bytes as they are."""
    return dataclasses.field(default=b"", metadata={_KEY: _Place(number, _Kind.DATA)})


def message(number: int, of: type[M]) -> M | None:
    """Another message; None where there is none."""
    return dataclasses.field(default=None, metadata={_KEY: _Place(number, _Kind.MESSAGE, of=of)})


def messages(number: int, of: type[M]) -> tuple[M, ...]:
    """Any number of another message."""
    return dataclasses.field(default=(), metadata={_KEY: _Place(number, _Kind.MESSAGE, repeated=True, of=of)})


def texts(number: int) -> tuple[str, ...]:
    """Any number of texts."""
    return dataclasses.field(default=(), metadata={_KEY: _Place(number, _Kind.TEXT, repeated=True)})


def uint32s(number: int) -> tuple[int, ...]:
    """Any number of whole numbers from 0 on."""
    return dataclasses.field(default=(), metadata={_KEY: _Place(number, _Kind.UINT32, repeated=True)})


def fixed32s(number: int) -> tuple[int, ...]:
    """Any number of whole numbers of four bytes each."""
    return dataclasses.field(default=(), metadata={_KEY: _Place(number, _Kind.FIXED32, repeated=True)})


@functools.cache
def _places(cls: "type[DataclassInstance]") -> dict[int, _Place]:
    """The fields of a message by number, in ascending order."""
    found: list[_Place] = []
    for one in dataclasses.fields(cls):
        match one.metadata.get(_KEY):
            case _Place() as place:
                found.append(dataclasses.replace(place, name=one.name))
            case _:
                raise TypeError(f"{cls.__name__}.{one.name} says nothing of its place in the message")
    return {place.number: place for place in sorted(found, key=lambda place: place.number)}


# Bytes to values


def decode(cls: type[M], encoded: bytes) -> M:
    """Read a message. Raises NotUnderstood, whose words hold nothing of the bytes."""
    if len(encoded) > MAX_SIZE:
        raise NotUnderstood(f"a message of {len(encoded)} bytes; none has more than {MAX_SIZE}")
    places = _places(cls)
    found: dict[_Place, list[object]] = {}
    for number, wire, value in _records(encoded):
        place = places.get(number)
        if place is not None and (read := _read(place, wire, value)) is not None:
            elements = found.setdefault(place, [])
            elements += read
            if len(elements) > MAX_ELEMENTS:
                raise NotUnderstood(f"a field more than {MAX_ELEMENTS} times")
    make: Callable[..., M] = cls
    return make(**{place.name: _settled(place, elements) for place, elements in found.items()})


def _records(encoded: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    """Field number, wire type and raw value of each record."""
    at = 0
    while at < len(encoded):
        tag, at = _varint(encoded, at, 32)
        number, wire = tag >> 3, tag & 7
        if not number:
            raise NotUnderstood("field number 0")
        value: int | bytes
        match wire:
            case 0:
                value, at = _varint(encoded, at)
            case 1 | 5:
                value, at = _taken(encoded, at, 8 if wire == _EIGHT else 4)
            case 2:
                size, at = _varint(encoded, at, 32)
                value, at = _taken(encoded, at, size)
            case _:
                raise NotUnderstood(f"a field of wire type {wire}, which proto3 does not have")
        yield number, wire, value


def _varint(encoded: bytes, at: int, bits: int = 64) -> tuple[int, int]:
    """A number and where it ends; no more bytes than `bits` need, seven to a byte."""
    value = 0
    for place in range(-(-bits // 7)):
        if at + place >= len(encoded):
            raise NotUnderstood("the message ends inside a number")
        byte = encoded[at + place]
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            if value >> bits:
                break
            return value, at + place + 1
    raise NotUnderstood(f"a number of more than {bits} bits")


def _taken(encoded: bytes, at: int, size: int) -> tuple[bytes, int]:
    if size > len(encoded) - at:
        raise NotUnderstood("the message ends inside a field")
    return encoded[at : at + size], at + size


def _read(place: _Place, wire: int, value: int | bytes) -> list[object] | None:
    """The elements in one record; None for one that is written in no way this field can be, which is skipped."""
    if isinstance(value, int):
        return [_number(place.kind, value)] if place.wire == _VARINT and wire == _VARINT else None
    if wire == place.wire:
        return [_four(value) if wire == _FOUR else _text(value) if place.kind is _Kind.TEXT else value]
    if wire != _BYTES or not place.repeated:
        return None
    return _packed(place, value)


def _packed(place: _Place, value: bytes) -> list[object]:
    if place.wire == _FOUR:
        if len(value) % 4:
            raise NotUnderstood("packed numbers that end inside one")
        return [_four(value[at : at + 4]) for at in range(0, len(value), 4)]
    numbers: list[object] = []
    at = 0
    while at < len(value):
        raw, at = _varint(value, at)
        numbers.append(_number(place.kind, raw))
    return numbers


def _settled(place: _Place, elements: list[object]) -> object:
    """The field's value from everything its records held."""
    if place.of is not None:
        parts = [one for one in elements if isinstance(one, bytes)]
        # Merging messages is reading them one after another.
        return tuple(decode(place.of, one) for one in parts) if place.repeated else decode(place.of, b"".join(parts))
    return tuple(elements) if place.repeated else elements[-1]


def _number(kind: _Kind, raw: int) -> int | bool:
    """A varint as its field means it: numbers of 32 bits take the lower half, as every runtime does."""
    low = raw & _WORD
    match kind:
        case _Kind.BOOL:
            return raw != 0
        case _Kind.INT32:
            return low - (1 << 32) if low >> 31 else low
        case _Kind.SINT32:
            return (low >> 1) ^ -(low & 1)
        case _:
            return low


def _four(value: bytes) -> int:
    return int.from_bytes(value, "little")


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise NotUnderstood("a text that is no UTF-8") from None


# Values to bytes


def encode(instance: "DataclassInstance") -> bytes:
    """Write a message, its fields in the order of their numbers. Raises ValueError for a number that does not fit."""
    values: dict[str, object] = vars(instance)
    return b"".join(_field(place, values[place.name]) for place in _places(type(instance)).values())


def _field(place: _Place, value: object) -> bytes:
    tag = _as_varint(place.number << 3 | place.wire)
    if not isinstance(value, tuple):
        return tag + _value(place.kind, value) if value or (value is not None and place.of is not None) else b""
    written = [_value(place.kind, one) for one in value]
    if place.wire == _BYTES or not written:
        return b"".join(tag + one for one in written)
    return _as_varint(place.number << 3 | _BYTES) + _counted(b"".join(written))


def _value(kind: _Kind, value: object) -> bytes:
    match kind, value:
        case _Kind.TEXT, str(characters):
            return _counted(characters.encode("utf-8"))
        case _Kind.DATA, bytes(content):
            return _counted(content)
        case _Kind.MESSAGE, _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return _counted(encode(value))
        case _Kind.INT32, int(number) if -(1 << 31) <= number < 1 << 31:
            return _as_varint(number & 0xFFFF_FFFF_FFFF_FFFF)
        case _Kind.SINT32, int(number) if -(1 << 31) <= number < 1 << 31:
            return _as_varint((number << 1 ^ number >> 31) & _WORD)
        case _Kind.BOOL | _Kind.UINT32, int(number) if 0 <= number <= _WORD:
            return _as_varint(number)
        case _Kind.FIXED32, int(number) if 0 <= number <= _WORD:
            return number.to_bytes(4, "little")
        case _:
            raise ValueError(f"a value that is no {kind.name.lower()}")


def _counted(content: bytes) -> bytes:
    return _as_varint(len(content)) + content


def _as_varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*out, number))

"""Intel hex files: bytes by address.

    record   = ":" length(1) address(2) type(1) data(length) checksum(1), in hexadecimal, upper or lower case
    checksum = two's complement of the sum of all other bytes

Ref: Intel, Hexadecimal Object File Format Specification, revision A, 1988. The file ends with an end-of-file record;
one without is cut short. `intelhex` 2.3.0 agrees on what is valid, save that it takes files without an end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_DATA, _END, _SEGMENT, _START_SEGMENT, _LINEAR, _START_LINEAR = range(6)
_LENGTHS = {_END: 0, _SEGMENT: 2, _START_SEGMENT: 4, _LINEAR: 2, _START_LINEAR: 4}
"""Data bytes of the records that carry no content."""

LINE = 521
"""Characters of the longest record: 255 data bytes."""

ROW = 16
"""Data bytes in a record that `write` makes, as everybody does."""

TOP = 1 << 32


class NotHex(ValueError):
    """The text is no Intel hex file; the message is a sentence with the line's number."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bytes without a gap, from an address on."""

    start: int
    data: bytes

    @property
    def end(self) -> int:
        """First address behind it."""
        return self.start + len(self.data)


def read(text: bytes) -> tuple[Stretch, ...]:
    """What a hex file puts where, by ascending address, joined where it touches. Raises NotHex."""
    records, base, ended = [], 0, False
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if not bare:
            continue
        if ended:
            raise NotHex(f"line {number}: a record behind the end-of-file record")
        address, kind, data = _record(bare, number)
        match kind:
            case 0:
                if base + address + len(data) > TOP:
                    raise NotHex(f"line {number}: data beyond the last address of 32 bits")
                records.append((base + address, number, data))
            case 1:
                ended = True
            case 2:
                base = int.from_bytes(data, "big") << 4
            case 4:
                base = int.from_bytes(data, "big") << 16
            case _:
                pass  # where a processor would start; a chip reads its vectors instead
    if not ended:
        raise NotHex("cut short: there is no end-of-file record")
    return _joined(records)


def _record(line: bytes, number: int) -> tuple[int, int, bytes]:
    """Address, type and data of one line."""
    if not line.startswith(b":") or len(line) > LINE:
        raise NotHex(f"line {number}: no record of an Intel hex file")
    try:
        record = bytes.fromhex(line[1:].decode("ascii"))
    except ValueError:
        raise NotHex(f"line {number}: not hexadecimal") from None
    if len(record) < 5 or len(record) != record[0] + 5:
        raise NotHex(f"line {number}: the record is not as long as it says")
    if sum(record) & 0xFF:
        raise NotHex(f"line {number}: the checksum does not match")
    kind = record[3]
    if kind > _START_LINEAR or record[0] != _LENGTHS.get(kind, record[0]):
        raise NotHex(f"line {number}: there is no record of type {kind} with {record[0]} bytes")
    return int.from_bytes(record[1:3], "big"), kind, record[4:-1]


def _joined(records: list[tuple[int, int, bytes]]) -> tuple[Stretch, ...]:
    """Records in order of address; two that say something of the same address are refused."""
    ordered = sorted((one for one in records if one[2]), key=lambda one: one[0])
    for (start, first, data), (then, second, _) in pairwise(ordered):
        if start + len(data) > then:
            raise NotHex(f"lines {min(first, second)} and {max(first, second)} both say what is at {then:#x}")
    stretches: list[tuple[int, bytearray]] = []
    for start, _, data in ordered:
        if stretches and stretches[-1][0] + len(stretches[-1][1]) == start:
            stretches[-1][1].extend(data)
        else:
            stretches.append((start, bytearray(data)))
    return tuple(Stretch(start, bytes(data)) for start, data in stretches)


def write(stretches: Sequence[Stretch]) -> bytes:
    """A hex file that puts these bytes there; the same stretches make the same file."""
    lines, upper = [], 0
    for one in sorted(stretches, key=lambda each: each.start):
        at = one.start
        while at < one.end:
            if at >> 16 != upper:
                upper = at >> 16
                lines.append(_line(0, _LINEAR, upper.to_bytes(2, "big")))
            size = min(ROW - at % ROW, one.end - at)
            lines.append(_line(at & 0xFFFF, _DATA, one.data[at - one.start : at - one.start + size]))
            at += size
    return "\n".join([*lines, _line(0, _END, b""), ""]).encode("ascii")


def _line(address: int, kind: int, data: bytes) -> str:
    record = bytes([len(data), address >> 8, address & 0xFF, kind]) + data
    return ":" + (record + bytes([-sum(record) & 0xFF])).hex().upper()


def of_words(words: Mapping[int, int]) -> tuple[Stretch, ...]:
    """Little-endian words by address, as stretches."""
    return tuple(Stretch(address, word.to_bytes(4, "little")) for address, word in sorted(words.items()))


def words(text: bytes) -> dict[int, int]:
    """Little-endian words by address of a hex file that holds nothing else. Raises NotHex."""
    found = {}
    for one in read(text):
        if one.start % 4 or len(one.data) % 4:
            raise NotHex(f"what is at {one.start:#x} are no whole words")
        for at in range(0, len(one.data), 4):
            found[one.start + at] = int.from_bytes(one.data[at : at + 4], "little")
    return found

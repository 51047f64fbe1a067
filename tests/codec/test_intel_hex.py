"""Intel hex, judged by the library everybody uses."""

import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intelhex import IntelHex

from station.codec.intel_hex import NotHex, Stretch, of_words, read, words, write

END = b":00000001FF\n"
ROW = b":10010000214601360121470136007EFE09D2190140\n"  # the example of Intel's specification

starts = st.integers(0, 0x1_0010) | st.integers(0xF3FF0, 0xF4010) | st.integers(0x10000FF0, 0x10001010)
layouts = st.lists(st.tuples(starts, st.binary(min_size=1, max_size=70)), max_size=6)


def stretches_of(layout: list[tuple[int, bytes]]) -> dict[int, int]:
    """A byte by address; later ones win."""
    return {start + at: byte for start, data in layout for at, byte in enumerate(data)}


def joined(memory: dict[int, int]) -> tuple[Stretch, ...]:
    runs: list[tuple[int, bytearray]] = []
    for address in sorted(memory):
        if runs and runs[-1][0] + len(runs[-1][1]) == address:
            runs[-1][1].append(memory[address])
        else:
            runs.append((address, bytearray([memory[address]])))
    return tuple(Stretch(start, bytes(data)) for start, data in runs)


@given(layouts)
def test_what_is_written_reads_back_and_the_library_reads_the_same(layout: list[tuple[int, bytes]]) -> None:
    memory = stretches_of(layout)
    text = write(joined(memory))
    assert read(text) == joined(memory)
    judge = IntelHex(io.StringIO(text.decode("ascii")))
    assert judge.todict() == memory


@given(layouts)
def test_what_the_library_writes_is_read(layout: list[tuple[int, bytes]]) -> None:
    memory = stretches_of(layout)
    file = io.StringIO()
    IntelHex(dict(memory)).write_hex_file(file)
    assert read(file.getvalue().encode("ascii")) == joined(memory)


def test_case_line_ends_blank_lines_and_start_addresses_do_not_matter() -> None:
    start = b":0400000500000195" + b"%02X" % (-(4 + 5 + 1 + 0x95) & 0xFF) + b"\r\n"
    text = b"\r\n" + ROW.lower() + b"\n" + start + END.strip() + b"\r\n\r\n"
    assert read(text) == (Stretch(0x100, bytes.fromhex(ROW[9:41].decode())),)


def test_a_segment_record_moves_by_paragraphs() -> None:
    assert read(b":020000021200EA\n:0100000055AA\n" + END) == (Stretch(0x12000, b"\x55"),)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "cut short"),
        (ROW, "cut short: there is no end-of-file record"),
        (ROW[:-3] + b"1\n" + END, "line 1: not hexadecimal"),
        (ROW[:-3] + b"41\n" + END, "line 1: the checksum does not match"),
        (b"\n" + ROW.replace(b":10", b":11") + END, "line 2: the record is not as long as it says"),
        (ROW + ROW + END, "lines 1 and 2 both say what is at 0x100"),
        (ROW + b":01010F0000EF\n" + END, "lines 1 and 2 both say what is at 0x10f"),
        (ROW + END + ROW, "line 3: a record behind the end-of-file record"),
        (b"hello\n" + END, "line 1: no record"),
        (b":00000006FA\n" + END, "line 1: there is no record of type 6"),
        (b":0100000455A6\n" + END, "line 1: there is no record of type 4 with 1 bytes"),
        (b":02000004FFFFFC\n:02FFFF000000FF0000\n" + END, "line 2: the record is not as long"),
        (b":02000004FFFFFC\n:02FFFF000000" + b"00\n" + END, "line 2: data beyond the last address"),
        (":0000000１FF\n".encode(), "line 1: not hexadecimal"),
        (b":" + b"0" * 2000 + b"\n" + END, "line 1: no record"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: bytes, says: str) -> None:
    with pytest.raises(NotHex, match=f"^{says}"):
        read(text)


@given(
    st.binary(max_size=200) | st.lists(st.sampled_from([ROW, END, b":0", b"\n", b":02000004", b"FC\n"])).map(b"".join)
)
def test_no_text_makes_it_fail_otherwise(text: bytes) -> None:
    with contextlib.suppress(NotHex):
        assert text.rstrip().endswith(b"FF") or not read(text)


@given(st.integers(0, len(ROW + END) - 2), st.integers(0, 7))
def test_a_flipped_bit_is_found_or_changes_nothing(at: int, bit: int) -> None:
    whole = bytearray(ROW + END)
    whole[at] ^= 1 << bit
    with contextlib.suppress(NotHex):
        assert read(bytes(whole)) == read(ROW + END)


def test_words_are_little_endian_and_whole() -> None:
    there = {0x10001014: 0xF4000, 0x10001200: 18, 0x10001204: 18}
    assert words(write(of_words(there))) == there
    with pytest.raises(NotHex, match="0x10001014 are no whole words"):
        words(write([Stretch(0x10001014, b"\x12\0\0")]))
    with pytest.raises(NotHex, match="no whole words"):
        words(write([Stretch(0x10001015, bytes(4))]))

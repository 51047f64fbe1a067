"""What may come along a serial line: damage, noise, haste. Both ends answer what is right and nothing else."""

import zlib

import pytest

from station.codec.factory_test import MAX_LINE, Answer, Question, encode_question, line
from station.domain.faults import NoAnswer
from tests.firmware.far import OverSerial, Wire

OFF = encode_question(Question(7, "led", {"colour": "off"}))
GOOD = line(OFF)
DONE = [Answer(7, ok=True)]


@pytest.mark.parametrize(
    "damaged",
    [
        GOOD.replace(b"*", b"#"),
        GOOD.replace(b"off", b"ofF"),
        GOOD[:-2] + (b"0" if GOOD[-2:-1] != b"0" else b"1") + b"\n",
        OFF + b"*%08x\n" % zlib.crc32(OFF),
        GOOD[:-1] + b"\r\n",
        b" " + GOOD,
        GOOD[:-1] + b" \n",
        OFF + b"\n",
        GOOD.replace(b"7", b"\x007", 1),
        GOOD.replace(b"{", b"{\xff", 1),
        GOOD[1:],
        b"*00000000\n",
        b"{}*%08X\n" % zlib.crc32(b"{}"),
        b"\n\n\n",
        b"0000001234 [app] INFO: hello\r\n",
    ],
)
def test_a_line_that_is_not_whole_is_passed_over_and_the_next_one_answered(damaged: bytes, port: OverSerial) -> None:
    with Wire(port.path) as wire:
        assert wire.answers(damaged) == []
        assert wire.answers(damaged + GOOD) == DONE


def test_a_line_in_pieces_is_one_line(port: OverSerial) -> None:
    with Wire(port.path) as wire:
        for place in range(len(GOOD)):
            wire.write(GOOD[place : place + 1])
        assert wire.answers(b"") == DONE


def test_several_questions_at_once_are_answered_one_by_one_in_their_order(port: OverSerial) -> None:
    asked = [line(encode_question(Question(number, "phase", {"n": number}))) for number in range(1, 21)]
    with Wire(port.path) as wire:
        assert [one.id for one in wire.answers(b"".join(asked))] == list(range(1, 21))


def test_a_megabyte_without_a_line_end_leaves_no_trace(port: OverSerial) -> None:
    with Wire(port.path) as wire:
        assert wire.answers(b"{" * (1 << 20)) == []
        assert wire.answers(GOOD) == DONE


def test_zeros_and_noise_before_a_question_do_not_matter(port: OverSerial) -> None:
    with Wire(port.path) as wire:
        assert wire.answers(bytes(5000) + b"\n" + bytes(range(256)) + b"\n" + GOOD) == DONE


@pytest.mark.parametrize("length", [MAX_LINE - 1, MAX_LINE, MAX_LINE + 1])
def test_lines_about_as_long_as_they_may_be_end_where_they_end(length: int, port: OverSerial) -> None:
    with Wire(port.path) as wire:
        assert wire.answers(b"x" * (length - 1) + b"\n" + GOOD) == DONE


def test_unasked_the_unit_says_nothing(port: OverSerial) -> None:
    with Wire(port.path) as wire:
        wire.answers(GOOD)
        assert wire.read(0.2) == b""


def test_a_question_given_up_halfway_is_forgotten_with_the_next_line(port: OverSerial) -> None:
    with Wire(port.path) as wire:
        wire.write(GOOD[:20])
    with Wire(port.path) as wire:
        assert wire.answers(b"\n" + GOOD) == DONE


def test_an_answer_that_came_too_late_is_not_taken_for_the_next_one(port: OverSerial) -> None:
    for _ in range(20):
        with pytest.raises(NoAnswer):
            port.link.ask("who", 0.0)
        assert port.ask("led", colour="off") == Answer(1, ok=True)


def test_a_host_that_does_not_read_loses_no_answer_it_has_room_for(port: OverSerial) -> None:
    with Wire(port.path) as wire:
        for number in range(1, 9):
            wire.write(line(encode_question(Question(number, "i2c"))))
        assert [one.id for one in wire.answers(b"")] == list(range(1, 9))

"""The same faults in the C++'s surroundings and in the bench's unit are told in the same words."""

from collections.abc import Callable
from pathlib import Path

import pytest

from station.bench.board import Board
from station.bench.factory_firmware import answer
from station.bench.nest import Nest
from station.codec.factory_test import Answer, Question
from tests.bench.conftest import unit_with_test_firmware
from tests.firmware.far import OverSerial, mirror, same
from tests.firmware.host import Host


def cut(*pairs: tuple[str, str]) -> Callable[[Board], None]:
    return lambda board: board.ailments.cut.update(pairs)


def touching(*pairs: tuple[str, str]) -> Callable[[Board], None]:
    return lambda board: board.ailments.touching.update(pairs)


def stuck(pin: str, high: bool) -> Callable[[Board], None]:
    return lambda board: board.ailments.stuck.update({pin: high})


def both(*ailments: Callable[[Board], None]) -> Callable[[Board], None]:
    def befall(board: Board) -> None:
        for one in ailments:
            one(board)

    return befall


def ail(**what: object) -> Callable[[Board], None]:
    return lambda board: vars(board.ailments).update(what)


@pytest.mark.parametrize(
    ("question", "commands", "befall", "error"),
    [
        ("loopback", ["cut D2 D3"], cut(("D2", "D3")), "open D2-D3"),
        ("loopback", ["join D4 D6"], touching(("D4", "D6")), "short D4-D6"),
        ("loopback", ["join D3 D10"], touching(("D3", "D10")), "short D2-D9"),
        ("loopback", ["tie D6 off"], stuck("D6", high=False), "stuck low D6, stuck low D8"),
        ("loopback", ["tie D9 on"], stuck("D9", high=True), "stuck high D9, stuck high D10"),
        (
            "loopback",
            ["cut D6 D8", "tie D8 off"],
            both(cut(("D6", "D8")), stuck("D8", high=False)),
            "stuck low D8",
        ),
        (
            "loopback",
            ["cut D2 D3", "join D3 D4"],
            both(cut(("D2", "D3")), touching(("D3", "D4"))),
            "open D2-D3, short D3-D4",
        ),
        (
            "loopback",
            ["join D2 D4", "join D4 D6", "join D6 D9"],
            touching(("D2", "D4"), ("D4", "D6"), ("D6", "D9")),
            "short D2-D4, short D2-D6, short D2-D9, short D4-D6, short D4-D9, short D6-D9",
        ),
        (
            "loopback",
            ["cut D2 D3", "cut D4 D5", "cut D6 D8", "cut D9 D10"],
            cut(("D2", "D3"), ("D4", "D5"), ("D6", "D8"), ("D9", "D10")),
            "open D2-D3, open D4-D5, open D6-D8, open D9-D10",
        ),
        (
            "loopback",
            ["cut D2 D3", "cut D4 D5", "join D2 D4", "join D3 D5"],
            both(cut(("D2", "D3"), ("D4", "D5")), touching(("D2", "D4"), ("D3", "D5"))),
            "open D2-D3, open D4-D5, short D2-D4",
        ),
        ("gauge", ["gauge silent"], ail(gauge_silent=True), "the fuel gauge does not answer"),
        ("i2c", ["i2c 1 36"], ail(missing={0x6B}), "no answer from 6b"),
        ("i2c", ["i2c 1"], ail(missing={0x36, 0x6B}), "no answer from 36 6b"),
        ("flash_check", ["flash bad"], ail(flash_worn=True), "the external flash gives back something else"),
        ("rtc", ["rtc stopped"], ail(rtc_stopped=True), "the 32 kHz clock stands still"),
        ("modem", ["modem dead"], ail(modem_dead=True), "the modem does not answer"),
    ],
)
def test_a_fault_is_told_in_the_same_words(
    question: str, commands: list[str], befall: Callable[[Board], None], error: str, program: Path, tmp_path: Path
) -> None:
    given = {"allow": True} if question == "modem" else {}
    board = unit_with_test_firmware()
    befall(board)
    with Host(program, tmp_path, *commands) as host:
        told = OverSerial(host.tty).ask(question, **given)
    assert told == answer(board, Question(1, question, given)) == Answer(1, ok=False, error=error)


@pytest.mark.parametrize(
    ("question", "command", "error"),
    [
        ("rails", "volts A3 0.01", "the reference is not at A3"),
        ("rails", "volts A3 3.1", "the reference is not at A3"),
        ("i2c", "i2c 1 held", "every address answers: a line of the bus is held low"),
        ("flash_id", "jedec 000000", "the external flash does not answer"),
        ("flash_id", "jedec ffffff", "the external flash does not answer"),
        ("flash_check", "flash readonly", "no file can be made on the external flash"),
    ],
)
def test_the_firmware_tells_what_the_bench_has_no_ailment_for(
    question: str, command: str, error: str, host: Host
) -> None:
    host.tell(command)
    assert OverSerial(host.tty).ask(question) == Answer(1, ok=False, error=error)


def test_an_adc_that_is_off_is_corrected_by_the_fixtures_reference(host: Host) -> None:
    far = OverSerial(host.tty)
    right = far.ask("rails").values
    host.tell("adc 0.96")
    for rail, volts in far.ask("rails").values.items():
        assert volts == pytest.approx(right[rail], abs=0.002)


def test_another_external_flash_is_named(host: Host) -> None:
    host.tell("jedec c86517")
    assert OverSerial(host.tty).ask("flash_id").values == {"jedec": "c86517", "size": 8.0}


@pytest.mark.parametrize("ppm", [-250.0, -20.0, 0.0, 3.5, 120.0])
def test_a_clock_is_measured_to_a_part_in_a_million(ppm: float, host: Host) -> None:
    host.tell(f"rtc {ppm}")
    seen = OverSerial(host.tty).ask("rtc").values
    assert seen["drift"] == pytest.approx(ppm, abs=1.0)
    assert seen["seconds"] == pytest.approx(1.0, abs=0.01)


def test_a_unit_like_the_benchs_answers_like_it(nest: Nest, program: Path, tmp_path: Path) -> None:
    board = nest.unit
    assert board is not None
    with Host(program, tmp_path, *mirror(board)) as host:
        far = OverSerial(host.tty)
        for question in (
            "who",
            "radio",
            "rails",
            "gauge",
            "loopback",
            "i2c",
            "flash_id",
            "flash_check",
            "rtc",
            "button",
        ):
            ours, theirs = answer(board, Question(1, question)), far.ask(question)
            assert same(theirs, ours), (theirs, ours)

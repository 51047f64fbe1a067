"""The fixture's controller on its serial port, asked in SCPI by real pyserial."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import serial

from station.bench.fixture import Controller, controller_port
from station.bench.nest import Nest
from station.codec import scpi
from tests.bench.conftest import eventually, fresh_unit


@dataclass
class Desk:
    """Two nests, their controller, and the host's port."""

    nests: list[Nest]
    port: serial.Serial

    def say(self, text: str) -> str | None:
        """One exchange; the value of a question. Raises AssertionError with the controller's complaint."""
        talk = scpi.Exchange(text)
        self.port.write(talk.request)
        while not talk.take(self.port.readline().decode().rstrip("\n")):
            pass
        assert talk.error is None, talk.error
        return talk.value


@pytest.fixture
def desk(folder: Path) -> Iterator[Desk]:
    nests = [Nest(number, folder, None) for number in (1, 2)]
    device = controller_port(folder / "fixture", Controller(nests))
    with serial.Serial(str(folder / "fixture"), 115200, timeout=1.0, exclusive=True) as port:
        yield Desk(nests, port)
    device.close()
    for nest in nests:
        nest.close()


def test_everything_is_safe_when_the_fixture_comes_up(desk: Desk) -> None:
    assert desk.say(scpi.ASK_IDENTITY) == "Station,bench fixture,0,1.0"
    assert desk.say(scpi.ASK_NESTS) == "2"
    for nest in (1, 2):
        assert (desk.say(scpi.ask_power(nest)), desk.say(scpi.ask_reset(nest))) == ("0", "1")
    assert desk.say(scpi.ASK_WATCHDOG) == "0.000"


def test_each_relay_drives_its_own_nest(desk: Desk) -> None:
    unit = fresh_unit()
    desk.nests[1].place_unit(unit)
    desk.say(scpi.power(2, on=True))
    assert (unit.chip.powered, unit.chip.reset_held, unit.runs) == (True, True, [])
    desk.say(scpi.reset(2, held=False))
    assert [run.firmware for run in unit.runs] == ["tinker"]
    desk.say(scpi.reset(2, held=True))
    desk.say(scpi.power(2, on=False))
    assert not unit.chip.powered
    assert desk.nests[0].reset_held


def test_lids_are_seen(desk: Desk) -> None:
    assert desk.say(scpi.ASK_LIDS) == "0,0"
    desk.nests[1].lid_closed = True
    assert scpi.read_nests(desk.say(scpi.ASK_LIDS) or "") == {1: False, 2: True}


def test_reset_all_makes_every_nest_safe(desk: Desk) -> None:
    for nest in (1, 2):
        desk.say(scpi.power(nest, on=True))
        desk.say(scpi.reset(nest, held=False))
    desk.say(scpi.RESET_ALL)
    assert [(nest.power_on, nest.reset_held) for nest in desk.nests] == [(False, True)] * 2


@pytest.mark.parametrize(
    ("line", "error"),
    [("OUTP3:STAT ON", -114), ("ROUT3:RES?", -114), ("NONS", -113), ("OUTP1:STAT", -109), ("OUTP1:STAT MAYBE", -224)],
)
def test_what_makes_no_sense_is_an_error_and_changes_nothing(desk: Desk, line: str, error: int) -> None:
    desk.port.write(f"{line}\nSYST:ERR?\nSYST:ERR?\n".encode())
    assert desk.port.readline().startswith(f"{error},".encode())
    assert desk.port.readline() == b'0,"No error"\n'
    assert [(nest.power_on, nest.reset_held) for nest in desk.nests] == [(False, True)] * 2


def test_after_an_error_the_rest_of_the_line_is_dropped(desk: Desk) -> None:
    desk.port.write(b"OUTP1:STAT ON;OUTP9:STAT ON;OUTP2:STAT ON\nSYST:ERR?\n")
    assert desk.port.readline().startswith(b"-114,")
    assert [nest.power_on for nest in desk.nests] == [True, False]


def test_a_line_without_end_is_an_overrun_and_the_next_one_works(desk: Desk) -> None:
    desk.port.write(b"A" * 1000 + b"\n")
    desk.port.write(b"SYST:ERR?\n*IDN?\n")
    assert desk.port.readline().startswith(b"-363,")
    assert desk.port.readline() == b"Station,bench fixture,0,1.0\n"


def test_the_watchdog_makes_all_safe_when_nobody_talks_any_more(desk: Desk) -> None:
    desk.say(scpi.watchdog(0.2))
    desk.say(scpi.power(1, on=True))
    desk.say(scpi.reset(1, held=False))
    assert desk.nests[0].power_on
    assert eventually(lambda: not desk.nests[0].power_on and desk.nests[0].reset_held)

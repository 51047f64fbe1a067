"""Serial drivers on kernel PTYs: the unit's link, the scanner, the fixture's controller."""

import contextlib
import os
import threading
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from station.bench.client import Bench
from station.codec import factory_test, listening
from station.codec.frames import LONGEST
from station.domain.faults import (
    Babble,
    FixtureRefused,
    FixtureSilent,
    LinkLost,
    NoAnswer,
    NoWatchdog,
    OfflineRule,
    TestFailed,
)
from station.domain.ids import device_id, serial_number
from station.domain.label import Label
from station.domain.scan import Symbology
from station.drivers.fixture_scpi import ScpiFixture
from station.drivers.scanner import HostAck, SerialScanner
from station.drivers.serial_link import SerialLink
from station.drivers.serial_port import PortLost, SerialPort
from station.ports import Relays
from tests.line.floor import eventually

DEVICE = device_id("e00fce68aabbccddeeff0011")
SERIAL = serial_number("B31KBN0001VK6SD")
SECRET = "ABCDEFGHJKLMNPQ"

Reply = Callable[[bytes], bytes | None]


class FarEnd:
    """The other end of a PTY: a thread that answers what it reads; `reply` may say nothing."""

    def __init__(self, reply: Reply, babbles: bool = False) -> None:
        self._master, slave = os.openpty()
        tty.setraw(slave)
        self.path = Path(os.ttyname(slave))
        self._slave = slave
        self._reply = reply
        self._babbles = babbles
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work)
        self._thread.start()

    def _work(self) -> None:
        os.set_blocking(self._master, False)
        held = b""
        while not self._stop.is_set():
            try:
                held += os.read(self._master, 4096)
            except BlockingIOError:
                time.sleep(0.002)
            except OSError:
                return
            answer = self._reply(held) if held else None
            if answer is not None:
                held = b""
                self.send(answer)
            if self._babbles:
                self.send(b"noise " * 100)

    def send(self, data: bytes) -> None:
        try:
            os.write(self._master, data)
        except BlockingIOError:
            time.sleep(0.002)

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        for end in (self._master, self._slave):
            with contextlib.suppress(OSError):
                os.close(end)


@pytest.fixture
def far_end() -> Iterator[Callable[..., FarEnd]]:
    """Makes far ends and ends them."""
    made: list[FarEnd] = []

    def make(reply: Reply, babbles: bool = False) -> FarEnd:
        made.append(FarEnd(reply, babbles))
        return made[-1]

    yield make
    for one in made:
        one.close()


def link_to(end: FarEnd) -> SerialLink:
    return SerialLink("1-1.1", lambda place: end.path)


def answering(values: dict[str, float | str | bool] | None, error: str = "", offset: int = 0) -> Reply:
    """A unit that answers every question with these values, under the question's id plus an offset."""
    decoder = factory_test.QuestionDecoder()

    def reply(held: bytes) -> bytes | None:
        for asked in decoder.feed(held):
            answer = factory_test.Answer(asked.id + offset, values is not None, values or {}, error)
            return factory_test.line(factory_test.encode_answer(answer))
        return b""

    return reply


def console(text: str) -> Reply:
    return lambda held: text.encode("ascii") if held else None


def test_a_question_is_answered_with_its_values(far_end: Callable[..., FarEnd]) -> None:
    end = far_end(answering({"vbat": 3.71, "charging": False}))
    assert link_to(end).ask("rails", 1.0) == {"vbat": 3.71, "charging": False}


def test_a_no_of_the_unit_is_the_units_failure(far_end: Callable[..., FarEnd]) -> None:
    end = far_end(answering(None, error="gauge does not answer"))
    with pytest.raises(TestFailed, match="gauge does not answer"):
        link_to(end).ask("rails", 1.0)


def test_an_answer_to_another_question_is_no_answer(far_end: Callable[..., FarEnd]) -> None:
    end = far_end(answering({"vbat": 3.71}, offset=1))
    with pytest.raises(NoAnswer):
        link_to(end).ask("rails", 0.3)


def test_a_silent_unit_is_the_stations_problem(far_end: Callable[..., FarEnd]) -> None:
    end = far_end(lambda held: None)
    with pytest.raises(NoAnswer, match="nothing valid"):
        link_to(end).ask("rails", 0.2)


def test_a_babbling_unit_is_told_from_a_silent_one(far_end: Callable[..., FarEnd]) -> None:
    end = far_end(lambda held: None, babbles=True)
    with pytest.raises(Babble):
        link_to(end).identify(3.0)


def test_log_lines_around_an_answer_do_not_matter(far_end: Callable[..., FarEnd]) -> None:
    plain = answering({"vbat": 3.71})
    end = far_end(lambda held: b"0000001 [app] INFO: boot\r\n" + (plain(held) or b"") + b"half a li")
    assert link_to(end).ask("rails", 1.0) == {"vbat": 3.71}


def test_listening_mode_names_the_unit_and_the_secret_is_dropped(far_end: Callable[..., FarEnd]) -> None:
    end = far_end(console(listening.write_identity(DEVICE, SECRET, SERIAL)))
    assert link_to(end).identify(1.0) == (DEVICE, SERIAL)


def test_a_reply_that_makes_no_sense_is_refused_without_its_text(far_end: Callable[..., FarEnd]) -> None:
    end = far_end(console(f"Device Secret: {SECRET}\r\nSerial Number: what?\r\n"))
    with pytest.raises(NoAnswer) as refused:
        link_to(end).identify(2.0)
    assert SECRET not in str(refused.value)


def test_what_could_bring_a_unit_online_is_never_typed(far_end: Callable[..., FarEnd]) -> None:
    typed: list[bytes] = []

    def reply(held: bytes) -> bytes:
        typed.append(held)
        return b""

    end = far_end(reply)
    link = link_to(end)
    for character in "xwCLf":
        with pytest.raises(OfflineRule):
            link._console(character, 0.1)
    assert typed == []


def test_a_unit_without_a_port_is_lost() -> None:
    with pytest.raises(LinkLost, match="USB place"):
        SerialLink("1-1.1", lambda place: None).ask("rails", 0.1)


def test_a_port_that_came_back_under_another_name_is_found_by_its_place(far_end: Callable[..., FarEnd]) -> None:
    ends = [far_end(answering({"vbat": 3.0 + number})) for number in range(3)]
    here = {"1-1.1": ends[0].path, "1-1.2": ends[1].path}
    link = SerialLink("1-1.1", here.get)
    assert link.ask("rails", 1.0) == {"vbat": 3.0}
    # The unit was reset: its node is gone, a neighbour has the old name's place in the list, its own is a new one.
    ends[0].close()
    here["1-1.1"] = ends[2].path
    assert link.ask("rails", 1.0) == {"vbat": 5.0}
    link.close()


def test_a_port_is_opened_once_for_many_talks(far_end: Callable[..., FarEnd]) -> None:
    end, looked = far_end(answering({"vbat": 3.71})), list[str]()

    def find(place: str) -> Path:
        looked.append(place)
        return end.path

    link = SerialLink("1-1.1", find)
    for _ in range(5):
        assert link.ask("rails", 1.0) == {"vbat": 3.71}
    assert looked == ["1-1.1"]
    link.close()


def test_a_cable_that_is_pulled_in_mid_talk_is_a_lost_link_and_the_next_talk_finds_the_unit_again(
    far_end: Callable[..., FarEnd],
) -> None:
    pulled, back = far_end(lambda held: None), far_end(answering({"vbat": 3.71}))
    here = {"1-1.1": pulled.path}
    link = SerialLink("1-1.1", here.get)
    threading.Timer(0.1, pulled.close).start()
    with pytest.raises(LinkLost):
        link.ask("rails", 5.0)
    here["1-1.1"] = back.path
    assert link.ask("rails", 1.0) == {"vbat": 3.71}
    link.close()


def test_what_was_said_between_two_talks_is_not_taken_for_an_answer(far_end: Callable[..., FarEnd]) -> None:
    end = far_end(answering({"vbat": 3.71}))
    link = link_to(end)
    assert link.ask("rails", 1.0) == {"vbat": 3.71}
    end.send(factory_test.line(factory_test.encode_answer(factory_test.Answer(2, True, {"vbat": 9.9}))))
    time.sleep(0.05)
    assert link.ask("rails", 1.0) == {"vbat": 3.71}
    link.close()


@pytest.mark.parametrize("rate", [14400, 28800])
def test_rates_that_are_commands_are_never_used(far_end: Callable[..., FarEnd], rate: int) -> None:
    with pytest.raises(ValueError, match="command"):
        SerialPort(far_end(lambda held: None).path, rate)


def test_a_write_nobody_reads_ends(far_end: Callable[..., FarEnd]) -> None:
    master, slave = os.openpty()
    tty.setraw(slave)
    port = SerialPort(Path(os.ttyname(slave)), 115200)
    with pytest.raises(PortLost):
        port.write(b"x" * 100_000)
    port.close()
    os.close(master)
    os.close(slave)


@pytest.mark.parametrize("end_of_code", [b"\r", b"\n", b"\r\n"])
def test_a_scan_ends_with_any_line_end_and_keeps_no_secret(far_end: Callable[..., FarEnd], end_of_code: bytes) -> None:
    end = far_end(lambda held: None)
    scanner = SerialScanner(end.path)
    end.send(f"{SERIAL} {SECRET}".encode() + end_of_code)
    scan = scanner.read(1.0)
    assert SECRET not in repr(scan)
    assert SECRET not in repr(vars(scanner))
    assert str(scan) == SERIAL
    assert scanner.read(0.05) is None
    scanner.close()


def test_garbage_from_a_scanner_is_a_refusal_with_its_length_only(far_end: Callable[..., FarEnd]) -> None:
    end = far_end(lambda held: None)
    scanner = SerialScanner(end.path)
    end.send(b"https://example.org/box?s=1\r")
    scan = scanner.read(1.0)
    assert isinstance(scan, tuple)
    assert scan[1] == "U101"
    assert scan[3] == len("https://example.org/box?s=1")
    assert "example" not in repr(scan)
    scanner.close()


def test_a_scanner_that_floods_does_not_grow(far_end: Callable[..., FarEnd]) -> None:
    end = far_end(lambda held: None)
    scanner = SerialScanner(end.path)
    for _ in range(20):
        end.send(b"A" * 1000)
        assert scanner.read(0.02) is None
    assert len(scanner._framer._held) <= LONGEST
    scanner.close()


def test_a_scan_without_an_end_is_refused_as_cut_off(far_end: Callable[..., FarEnd]) -> None:
    end = far_end(lambda held: None)
    scanner = SerialScanner(end.path)
    end.send(SERIAL.encode())
    scan = scanner.read(5.0)
    assert isinstance(scan, tuple)
    assert "cut off" in scan[2]
    scanner.close()


@pytest.mark.parametrize(("accepted", "told"), [(True, b"\x1b7,"), (False, b"\x1b8,")])
def test_a_scanner_that_waits_for_it_hears_what_became_of_its_scan(
    far_end: Callable[..., FarEnd], accepted: bool, told: bytes
) -> None:
    heard: list[bytes] = []

    def reply(held: bytes) -> bytes:
        heard.append(held)
        return b""

    end = far_end(reply)
    acks: tuple[HostAck, ...] = ("none", "honeywell")
    for ack in acks:
        scanner = SerialScanner(end.path, host_ack=ack)
        scanner.judged(accepted)
        scanner.close()
    assert eventually(lambda: b"".join(heard) == told)


def test_a_code_of_another_kind_is_refused_where_only_one_counts(far_end: Callable[..., FarEnd]) -> None:
    end = far_end(lambda held: None)
    scanner = SerialScanner(end.path, symbologies=(Symbology.DATA_MATRIX,))
    end.send(f"]d1{SERIAL}\r]Q1{SERIAL}\r".encode())
    assert isinstance(scanner.read(1.0), Label)
    refused = scanner.read(1.0)
    assert isinstance(refused, tuple)
    assert "QR code" in refused[2]
    scanner.close()


def test_a_fixture_that_says_nothing_is_silent(far_end: Callable[..., FarEnd]) -> None:
    fixture = ScpiFixture(far_end(lambda held: None).path)
    with pytest.raises(FixtureSilent, match="did not answer"):
        fixture.set_power(1, True)
    fixture.close()


def test_a_fixtures_error_is_told_with_its_number(far_end: Callable[..., FarEnd]) -> None:
    def reply(held: bytes) -> bytes | None:
        return b'0,"No error"\n' if b"*CLS" in held else b'-222,"Data out of range"\n'

    fixture = ScpiFixture(far_end(reply).path)
    with pytest.raises(FixtureRefused, match="-222"):
        fixture.set_power(9, True)
    fixture.close()


def test_a_missing_controller_is_named() -> None:
    with pytest.raises(FixtureSilent, match="/dev/nothing-here"):
        ScpiFixture(Path("/dev/nothing-here"))


def seats(answers: list[bytes]) -> Reply:
    """A controller that answers this to SENS:SEAT?, one after the other, and knows itself."""
    left = iter(answers)

    def reply(held: bytes) -> bytes | None:
        if not held.endswith(b"SYST:ERR?\n"):
            return None
        if b"SEAT?" in held:
            return next(left)
        return b'A,B,0,1\n0,"No error"\n' if b"*IDN?" in held else b'0,"No error"\n'

    return reply


def test_a_controller_that_feels_no_units_is_asked_once_and_says_so(far_end: Callable[..., FarEnd]) -> None:
    fixture = ScpiFixture(far_end(seats([b'-113,"Undefined header"\n'])).path)
    assert [fixture.seats() for _ in range(3)] == [{}, {}, {}]
    fixture.close()


def test_a_controller_that_feels_units_tells_them_by_nest(far_end: Callable[..., FarEnd]) -> None:
    fixture = ScpiFixture(far_end(seats([b'1,0\n0,"No error"\n', b'0,0\n0,"No error"\n'])).path)
    assert [fixture.seats() for _ in range(2)] == [{1: True, 2: False}, {1: False, 2: False}]
    fixture.close()


def test_another_error_of_a_seat_is_not_taken_for_a_controller_that_feels_nothing(
    far_end: Callable[..., FarEnd],
) -> None:
    fixture = ScpiFixture(far_end(seats([b'-240,"Hardware error"\n', b'1\n0,"No error"\n'])).path)
    with pytest.raises(FixtureRefused, match="-240"):
        fixture.seats()
    assert fixture.seats() == {1: True}
    fixture.close()


class Board:
    """A fixture's controller with one nest behind a serial port, which does what a test says."""

    def __init__(self) -> None:
        self.power, self.reset, self.watchdog = False, True, 0.0
        self.heard: list[str] = []
        self.name = b"Acme,NANO,1,1.0\n"
        self.no_error = b'0,"No error"\n'
        self.stuck: set[str] = set()
        self.late: dict[str, float] = {}
        self.slow = 0.0
        self.lids, self.cut = b"0\n", list[bytes]()

    def reply(self, held: bytes) -> bytes | None:
        """A FarEnd's reply: every line that is whole is done, one after the other."""
        if not held.endswith(b"\n"):
            return None
        return b"".join(self.line(one.decode("ascii")) for one in held.splitlines())

    def line(self, text: str) -> bytes:
        self.heard.append(text)
        time.sleep(self.late.pop(text, self.slow if text == "SYST:ERR?" else 0.0))
        match text.split():
            case ["*IDN?"]:
                return self.name
            case ["SYST:ERR?"]:
                return self.no_error
            case ["OUTP1:STAT?"]:
                return b"1\n" if self.power else b"0\n"
            case ["ROUT1:RES?"]:
                return b"1\n" if self.reset else b"0\n"
            case ["SYST:WATC?"]:
                return f"{self.watchdog:.3f}\n".encode("ascii")
            case ["SYST:WATC", seconds] if text not in self.stuck:
                self.watchdog = float(seconds)
            case ["OUTP1:STAT", on] if text not in self.stuck:
                self.power = on == "ON"
            case ["ROUT1:RES", on] if text not in self.stuck:
                self.reset = on == "ON"
            case ["SENS:LID?"]:
                return self.cut.pop() if self.cut else self.lids
        return b""


def test_the_watchdog_is_armed_and_read_back_before_any_power(far_end: Callable[..., FarEnd]) -> None:
    board = Board()
    fixture = ScpiFixture(far_end(board.reply).path)
    fixture.set_power(1, True)
    assert (board.power, board.watchdog) == (True, 2.0)
    said = [one for one in board.heard if one not in ("", "SYST:ERR?", "*IDN?")]
    assert said == ["SYST:WATC?", "SYST:WATC 2.000", "SYST:WATC?", "OUTP1:STAT ON", "OUTP1:STAT?"]
    board.watchdog = 0.0  # it started over
    fixture.set_power(1, True)
    assert board.watchdog == 2.0
    fixture.close()


def test_a_controller_whose_watchdog_does_not_keep_its_setting_gives_no_power(far_end: Callable[..., FarEnd]) -> None:
    board = Board()
    board.stuck = {"SYST:WATC 2.000"}
    fixture = ScpiFixture(far_end(board.reply).path)
    with pytest.raises(NoWatchdog, match="reads something else"):
        fixture.set_power(1, True)
    assert not board.power
    fixture.close()
    declared = ScpiFixture(far_end(board.reply).path, watchdog=None)
    declared.set_power(1, True)
    assert board.power
    declared.close()


def test_what_was_switched_and_stayed_as_it_was_is_refused(far_end: Callable[..., FarEnd]) -> None:
    board = Board()
    fixture = ScpiFixture(far_end(board.reply).path)
    fixture.set_power(1, True)
    board.stuck = {"OUTP1:STAT OFF"}
    with pytest.raises(FixtureRefused, match="switched off, and is on"):
        fixture.set_power(1, False)
    fixture.close()


def test_a_late_answer_is_never_taken_for_the_next_one(far_end: Callable[..., FarEnd]) -> None:
    board = Board()
    fixture = ScpiFixture(far_end(board.reply).path)
    fixture.set_power(1, True)
    board.late = {"OUTP1:STAT OFF": 1.2}
    board.stuck = {"OUTP1:STAT OFF"}
    with pytest.raises(FixtureRefused, match="is on"):
        fixture.set_power(1, False)
    board.stuck = set()
    fixture.set_power(1, False)
    assert not board.power
    assert not fixture.relays(1).power
    fixture.close()


def test_what_makes_no_sense_may_be_another_questions_answer_and_the_line_is_opened_anew(
    far_end: Callable[..., FarEnd],
) -> None:
    board = Board()
    end = far_end(board.reply)
    fixture = ScpiFixture(end.path)
    assert fixture.lids() == {1: False}
    end.send(b'1\n0,"No error"\n')  # behind by one answer from here on, if it is believed
    board.lids = b"0,1\n"
    board.heard.clear()
    with pytest.raises(FixtureRefused, match="2 now"):
        fixture.lids()
    assert board.heard.count("*IDN?") >= 1
    board.lids = b"0\n"
    assert fixture.lids() == {1: False}
    fixture.close()


def test_a_list_that_lost_its_beginning_is_not_taken_for_that_of_other_nests(far_end: Callable[..., FarEnd]) -> None:
    board = Board()
    board.lids = b"0,1,1,1\n"
    fixture = ScpiFixture(far_end(board.reply).path)
    assert fixture.lids() == {1: False, 2: True, 3: True, 4: True}
    board.cut = [b"1,1,1\n"]
    assert fixture.lids() == {1: False, 2: True, 3: True, 4: True}
    board.lids = b"1,1\n"  # another controller
    assert fixture.lids() == {1: True, 2: True}
    fixture.close()


def test_an_answer_that_is_always_late_is_never_taken_for_that_of_the_question_behind(
    far_end: Callable[..., FarEnd],
) -> None:
    board = Board()
    end = far_end(board.reply)
    fixture = ScpiFixture(end.path)
    fixture.set_power(1, True)
    board.late = {"OUTP1:STAT OFF": 1.2}
    board.slow = 0.4
    board.stuck = {"OUTP1:STAT OFF"}
    with pytest.raises(FixtureRefused, match="is on"):
        fixture.set_power(1, False)
    assert fixture.relays(1) == Relays(power=True, reset=True)
    fixture.close()


@pytest.mark.parametrize("no_error", [b"0  No Error\n", b"+0\n", b"0\n"])
def test_controllers_say_no_error_in_their_own_ways(far_end: Callable[..., FarEnd], no_error: bytes) -> None:
    board = Board()
    board.no_error = no_error
    fixture = ScpiFixture(far_end(board.reply).path)
    fixture.set_power(1, True)
    assert fixture.relays(1) == Relays(power=True, reset=True)
    fixture.close()


def test_a_garbled_identity_is_a_fault(far_end: Callable[..., FarEnd]) -> None:
    board = Board()
    board.name = b"\xff\x07NANO\n"
    fixture = ScpiFixture(far_end(board.reply).path)
    with pytest.raises(FixtureRefused, match="four fields"):
        fixture.identity()
    fixture.close()


def test_a_controller_that_says_hello_in_between_is_understood(far_end: Callable[..., FarEnd]) -> None:
    board = Board()
    end = far_end(board.reply)
    fixture = ScpiFixture(end.path)
    assert fixture.lids() == {1: False}
    end.send(b"fixture 1.0 ready\r\n")
    assert fixture.lids() == {1: False}
    assert fixture.identity() == "Acme NANO 1 1.0"
    fixture.close()


def test_a_watchdog_that_is_not_there_is_found_out_and_one_of_the_bench_bites(
    far_end: Callable[..., FarEnd],
) -> None:
    board = Board()
    fixture = ScpiFixture(far_end(board.reply).path)
    with pytest.raises(NoWatchdog, match="power on"):
        fixture.prove_watchdog(1)
    assert (board.power, board.reset) == (False, True)
    fixture.close()
    with Bench.start(nests=1) as bench:
        fixture = ScpiFixture(bench.folder / "fixture")
        fixture.prove_watchdog(1)
        [seat] = bench.seats()
        assert (seat.power, seat.reset) == (False, True)
        fixture.close()

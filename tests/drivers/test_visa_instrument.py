"""The driver of measuring instruments on real sockets, with everything an instrument can do wrong behind them."""

import math
import os
import socket
import struct
import subprocess
import sys
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.bench.instruments import Dmm
from station.bench.rack import Rack, Trouble
from station.domain.faults import InstrumentRefused, InstrumentSilent
from station.drivers.visa_instrument import VisaInstruments, local_resources
from tests.bench.test_instruments import Unit, on

PATIENCE = 1.0
"""Seconds these tests have for an answer: an instrument of theirs answers at once, or never."""

IDENTITY = b"Maker,Model,SN,1.0\n"

Answer = Callable[[socket.socket, str], None]
"""What a scripted instrument does when it hears a line."""


class Scripted:
    """An instrument on a socket that behaves until it is asked READ?, and then as its script says."""

    def __init__(self, read: Answer, hello: bytes = b"", errors: bytes = b'+0,"No error"\n', deaf: int = 0) -> None:
        """It says hello to whoever connects, and is deaf for its first questions."""
        self.read, self.hello, self.errors, self.deaf = read, hello, errors, deaf
        self.slow = 0.0
        self.heard: list[str] = []
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._clients: list[socket.socket] = []
        self._threads[0].start()

    @property
    def resource(self) -> str:
        return f"TCPIP::127.0.0.1::{self._listener.getsockname()[1]}::SOCKET"

    def hang_up(self) -> None:
        """Every connection ends, as after a power failure of the instrument."""
        for one in self._clients:
            with suppress(OSError):  # it is gone already
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.hang_up()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._clients.append(client)
            self._threads.append(threading.Thread(target=self._converse, args=(client,), daemon=True))
            self._threads[-1].start()

    def _converse(self, client: socket.socket) -> None:
        with client:
            try:
                client.sendall(self.hello)
                for line in client.makefile("rb"):
                    text = line.decode("ascii").rstrip()
                    self.heard.append(text)
                    if text.endswith("?") and self.deaf:
                        self.deaf -= 1
                        continue
                    if text.endswith("?"):
                        threading.Event().wait(self.slow)
                    if text == "READ?":
                        self.read(client, text)
                    elif text.endswith("?"):
                        client.sendall({"*IDN?": IDENTITY, "*OPC?": b"1\n"}.get(text, self.errors))
            except (OSError, ValueError):
                return


def says(data: bytes) -> Answer:
    return lambda client, text: client.sendall(data)


def nothing(client: socket.socket, text: str) -> None: ...


def drip(client: socket.socket, text: str) -> None:
    """A byte now and then, for ever, and never a whole line."""
    while True:
        client.sendall(b"1")
        threading.Event().wait(0.05)


def endless(client: socket.socket, text: str) -> None:
    while True:
        client.sendall(b"1" * 65536)


def closes(client: socket.socket, text: str) -> None:
    client.shutdown(socket.SHUT_RDWR)


def resets(client: socket.socket, text: str) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


@pytest.fixture
def scripted() -> Iterator[Callable[[Answer], Scripted]]:
    made: list[Scripted] = []

    def script(read: Answer) -> Scripted:
        made.append(Scripted(read))
        return made[-1]

    yield script
    for one in made:
        one.close()


def driver(resource: str) -> VisaInstruments:
    return VisaInstruments({"dmm": resource}, answer=PATIENCE)


def outcome(instruments: VisaInstruments) -> float | type[Exception]:
    """What one operation comes to."""
    try:
        instruments.setup("dmm", ["CONF:VOLT:DC"])
        return instruments.read("dmm", "READ?")
    except (InstrumentSilent, InstrumentRefused) as fault:
        return type(fault)


# What is good


def test_a_number_is_read_and_the_instrument_stays_open(scripted: Callable[[Answer], Scripted]) -> None:
    instrument = scripted(says(b"+3.30100000E+00\r\n"))
    instruments = driver(instrument.resource)
    assert instruments.names() == {"dmm"}
    assert [outcome(instruments) for _ in range(3)] == [3.301] * 3
    assert instruments.identity("dmm") == "Maker,Model,SN,1.0"
    assert instrument.connections == 1
    assert instrument.heard.count("*IDN?") == 1
    instruments.close()


def test_every_command_and_every_reading_is_checked_by_the_error_queue(scripted: Callable[[Answer], Scripted]) -> None:
    instrument = scripted(says(b"1\n"))
    instruments = driver(instrument.resource)
    instruments.setup("dmm", ["CONF:VOLT:DC 10", "*OPC?", "INIT"])
    instruments.read("dmm", "READ?")
    instruments.close()
    assert instrument.heard == [
        *("*CLS", "*IDN?", "SYST:ERR?"),
        *("CONF:VOLT:DC 10", "SYST:ERR?", "*OPC?", "SYST:ERR?", "INIT", "SYST:ERR?"),
        *("READ?", "SYST:ERR?"),
    ]


def test_nothing_is_opened_before_it_is_needed() -> None:
    instruments = VisaInstruments({"dmm": "TCPIP::127.0.0.1::1::SOCKET"}, pytest.fail)
    assert instruments.names() == {"dmm"}
    instruments.close()


# What an instrument can do wrong


@pytest.mark.parametrize("how", [nothing, says(b"+3.3"), drip, endless, closes, resets], ids=lambda one: one.__name__)
def test_an_instrument_that_gives_no_whole_line_is_silent_and_the_next_operation_opens_it_again(
    how: Answer, scripted: Callable[[Answer], Scripted]
) -> None:
    instrument = scripted(how)
    instruments = driver(instrument.resource)
    assert outcome(instruments) is InstrumentSilent
    with pytest.raises(InstrumentSilent, match="never set up"):
        instruments.read("dmm", "READ?")
    instrument.read = says(b"1.5\n")
    assert outcome(instruments) == 1.5
    instruments.close()


@pytest.mark.parametrize(
    ("data", "says_so"),
    [
        (b"9.9E37\n", "overload"),
        (b"-9.90000000E+37\n", "overload"),
        (b"9.91E37\n", "no reading"),
        (b"nan\n", "not one number"),
        (b"inf\n", "not one number"),
        (b"1e999\n", "overload"),
        (b"1.0,2.0\n", "not one number"),
        (b"1.0 V\n", "not one number"),
        (b"TRUE\n", "not one number"),
        (b"\n", "not one number"),
        (b"1_0\n", "not one number"),
        (b"\xff\x00\n", "not one number"),
        (b"0x10\n", "not one number"),
        ("１\n".encode(), "not one number"),
        (b"1.0\n2.0\n", "error queue answers '2.0'"),
    ],
)
def test_what_is_not_one_finite_number_is_refused(
    data: bytes, says_so: str, scripted: Callable[[Answer], Scripted]
) -> None:
    instruments = driver(scripted(says(data)).resource)
    instruments.setup("dmm", [])
    with pytest.raises(InstrumentRefused, match=says_so):
        instruments.read("dmm", "READ?")
    instruments.close()


@pytest.mark.parametrize("stray", [b"0", b"1", b"-5", b"+0"])
def test_a_second_value_is_never_taken_for_a_bare_error_number(
    stray: bytes, scripted: Callable[[Answer], Scripted]
) -> None:
    instrument = scripted(says(b"1.0\n" + stray + b"\n"))
    instrument.errors = b"0\n"
    assert outcome(driver(instrument.resource)) in {InstrumentSilent, InstrumentRefused}


@pytest.mark.parametrize("errors", [b"0\n", b"+0\n", b"0  No Error\n", b"No error\n", b'0,"No error"\n'])
@pytest.mark.parametrize(
    "hello",
    [
        b"",
        b"Welcome to SCPI\r\n",
        b"Maker, Model ready\n",
        b"0\n",
        b'0,"No error"\n',
        IDENTITY,
        b"\xff\xfe\x00boot\n",
        b"no end of a line",
        b"a\n" * 9,
    ],
)
def test_what_an_instrument_says_by_itself_when_it_is_opened_is_no_answer(
    hello: bytes, errors: bytes, scripted: Callable[[Answer], Scripted]
) -> None:
    instrument = scripted(says(b"2.5\n"))
    instrument.hello, instrument.errors = hello, errors
    instruments = driver(instrument.resource)
    assert outcome(instruments) == 2.5
    assert instruments.identity("dmm") == "Maker,Model,SN,1.0"
    instruments.close()


@pytest.mark.parametrize("deaf", [1, 2])
def test_an_instrument_that_starts_over_when_it_is_opened_is_asked_again(
    deaf: int, scripted: Callable[[Answer], Scripted]
) -> None:
    instrument = scripted(says(b"2.5\n"))
    instrument.deaf = deaf
    instruments = VisaInstruments({"dmm": instrument.resource}, answer=deaf * PATIENCE)
    assert outcome(instruments) == 2.5
    instruments.close()


def test_an_instrument_on_a_serial_port_that_starts_over_and_says_hello_is_read() -> None:
    master, terminal = os.openpty()
    tty.setraw(terminal)
    answers = {b"*IDN?": IDENTITY, b"READ?": b"2.5\n", b"SYST:ERR?": b"0\n"}

    def starts_over() -> None:
        os.write(master, b"\xff\x00booting")
        while b"*IDN?\n" not in os.read(master, 4096):  # lost: it is not there yet
            pass
        os.write(master, b"ready, SCPI\r\n0\n")
        held = b""
        while True:
            try:
                held += os.read(master, 4096)
            except OSError:
                return
            *whole, held = held.split(b"\n")
            os.write(master, b"".join(answers.get(line, b"") for line in whole))

    thread = threading.Thread(target=starts_over, daemon=True)
    thread.start()
    instruments = driver(f"ASRL{os.ttyname(terminal)}::INSTR")
    assert [outcome(instruments) for _ in range(2)] == [2.5, 2.5]
    assert instruments.identity("dmm") == "Maker,Model,SN,1.0"
    instruments.close()
    os.close(terminal)
    os.close(master)
    thread.join()


@pytest.mark.parametrize("seconds", [0.3, 0.7])
def test_an_instrument_that_takes_its_time_for_every_answer_is_read_when_it_is_opened(
    seconds: float, scripted: Callable[[Answer], Scripted]
) -> None:
    instrument = scripted(says(b"2.5\n"))
    instrument.slow = seconds
    instruments = driver(instrument.resource)
    assert outcome(instruments) == 2.5
    instruments.close()


def test_an_error_is_told_by_its_number_where_the_instrument_has_no_words(
    scripted: Callable[[Answer], Scripted],
) -> None:
    instrument = scripted(says(b"2.5\n"))
    instrument.errors = b"-222\n"
    with pytest.raises(InstrumentRefused, match=r"CONF: error -222\Z"):
        driver(instrument.resource).setup("dmm", ["CONF"])


@given(st.binary(max_size=60))
@settings(max_examples=15, deadline=None)
def test_whatever_is_answered_to_the_identity_is_an_instrument_or_a_fault(garbled: bytes) -> None:
    instrument = Scripted(says(b"1.0\n"), hello=garbled + b"\n")
    instruments = driver(instrument.resource)
    assert outcome(instruments) in {1.0, InstrumentSilent, InstrumentRefused}
    instruments.close()
    instrument.close()


def test_a_late_answer_is_never_the_next_one(scripted: Callable[[Answer], Scripted]) -> None:
    late = threading.Event()

    def slow(client: socket.socket, text: str) -> None:
        late.wait(5.0)
        client.sendall(b"111\n")

    instrument = scripted(slow)
    instruments = driver(instrument.resource)
    assert outcome(instruments) is InstrumentSilent
    instrument.read = says(b"222\n")
    late.set()
    assert outcome(instruments) == 222.0
    instruments.close()


def test_a_connection_that_ended_between_two_units_is_opened_again_without_a_fault(
    scripted: Callable[[Answer], Scripted],
) -> None:
    instrument = scripted(says(b"7\n"))
    instruments = driver(instrument.resource)
    assert outcome(instruments) == 7.0
    instrument.hang_up()
    assert outcome(instruments) == 7.0
    assert instrument.connections == 2
    instruments.close()


def test_an_instrument_that_lost_its_settings_is_not_read_on(scripted: Callable[[Answer], Scripted]) -> None:
    instrument = scripted(says(b"7\n"))
    instruments = driver(instrument.resource)
    instruments.setup("dmm", ["CONF:CURR:DC"])
    instrument.hang_up()
    for _ in range(2):
        with pytest.raises(InstrumentSilent):
            instruments.read("dmm", "READ?")
    instruments.close()


@given(st.binary(max_size=300))
@settings(max_examples=40)
def test_whatever_bytes_it_answers_with_only_a_finite_number_comes_out(data: bytes) -> None:
    instrument = Scripted(says(data + b"\n"))
    instruments = driver(instrument.resource)
    came = outcome(instruments)
    assert isinstance(came, type) or math.isfinite(came)
    if isinstance(came, float):
        assert float(data) == came
    instruments.close()
    instrument.close()


# What instruments refuse


def test_a_command_that_the_instrument_refuses_is_told_in_its_words_and_nothing_follows_it(tmp_path: Path) -> None:
    rack = Rack(tmp_path, {(1, "dmm"): Dmm(1, on(Unit()))})
    instruments = driver(at(tmp_path))
    with pytest.raises(InstrumentRefused, match=r"dmm: CONF:RES: error -113, Undefined header"):
        instruments.setup("dmm", ["CONF:RES", "CONF:CURR:DC"])
    with pytest.raises(InstrumentRefused, match=r"dmm: MEAS:FREQ\?: error -113, Undefined header"):
        instruments.setup("dmm", ["MEAS:FREQ?"])
    instruments.setup("dmm", [])
    with pytest.raises(InstrumentRefused, match=r"dmm: FETC\?: error -230, Data corrupt or stale"):
        instruments.read("dmm", "FETC?")
    instruments.close()
    rack.close()


@pytest.mark.parametrize("trouble", [Trouble.GARBAGE, Trouble.HALF_LINES, Trouble.UNPLUGGED, Trouble.SILENT])
def test_an_instrument_in_trouble_from_the_start_is_refused_and_works_when_it_is_well_again(
    trouble: Trouble, tmp_path: Path
) -> None:
    rack = Rack(tmp_path, {(1, "dmm"): Dmm(1, on(Unit()))})
    instruments = driver(at(tmp_path))
    rack.befall(1, "dmm", trouble, after=0)
    assert outcome(instruments) in {InstrumentSilent, InstrumentRefused}
    rack.befall(1, "dmm", Trouble.NONE, after=0)
    assert outcome(instruments) == 3.301
    instruments.close()
    rack.close()


def at(folder: Path) -> str:
    port = (folder / "instruments" / "1-dmm.port").read_text(encoding="ascii").strip()
    return f"TCPIP::127.0.0.1::{port}::SOCKET"


# What is not there


@pytest.mark.parametrize(
    ("resource", "says_so"),
    [
        ("rubbish", "INV_RSRC_NAME"),
        ("GPIB0::5::INSTR", "linux-gpib"),
        ("ASRL/dev/ttyNOWHERE::INSTR", "No such file"),
        ("USB0::0x1234::0x5678::NOBODY::INSTR", ""),
    ],
)
def test_an_instrument_that_is_not_there_is_named_with_the_reason(resource: str, says_so: str) -> None:
    with pytest.raises(InstrumentSilent, match=f"dmm: {resource}: .*{says_so}"):
        driver(resource).setup("dmm", [])


def test_a_port_where_nobody_listens_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(InstrumentSilent, match=rf"dmm: TCPIP::127.0.0.1::{port}::SOCKET: Connection refused"):
        driver(f"TCPIP::127.0.0.1::{port}::SOCKET").setup("dmm", [])


def test_an_instrument_that_the_fixture_does_not_have_is_named() -> None:
    with pytest.raises(InstrumentSilent, match="no instrument 'scope'"):
        driver("rubbish").setup("scope", [])


def test_this_pc_s_own_buses_are_listed_without_a_word_to_the_network() -> None:
    assert all(one.startswith(("USB", "ASRL", "GPIB")) for one in local_resources())


# What pyvisa says by itself

NOISY = """
import sys
from station.domain.faults import Fault
from station.drivers.visa_instrument import VisaInstruments
instruments = VisaInstruments({"dmm": sys.argv[1], "gone": "TCPIP::127.0.0.1::1::SOCKET", "odd": "odd"}, answer=0.2)
for name in ("dmm", "gone", "odd"):
    try:
        instruments.setup(name, [])
        instruments.read(name, "READ?")
    except Fault as fault:
        print(fault.code)
"""


def test_warnings_logs_and_the_end_of_pyvisa_reach_nobody(scripted: Callable[[Answer], Scripted]) -> None:
    instrument = scripted(says(b"1" * 300))
    command = [sys.executable, "-W", "default", "-c", NOISY, instrument.resource]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, cwd=Path(__file__).parents[2]
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["S108", "S108", "S108"]

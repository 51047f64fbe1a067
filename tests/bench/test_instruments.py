"""The virtual fixture's instruments: their language, and their sockets."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from station.bench.instruments import Dmm, Instrument, Powered, Supply
from station.bench.rack import Rack, Trouble
from station.codec import scpi_instrument as host
from station.codec.scpi import MAX_LINE
from station.codec.wire import NotUnderstood


@dataclass
class Unit:
    """Implements bench.instruments.Powered."""

    drawn: float = 0.032
    rail: float = 3.301
    highest: float = 0.61

    def amps(self) -> float:
        return self.drawn

    def volts(self, rail: str) -> float:
        return {"v3v3": self.rail, "vbat": 3.92}.get(rail, 0.0)

    def peak(self) -> float:
        return self.highest


def on(unit: Unit | None) -> Callable[[Callable[[Powered], float]], float]:
    return lambda what: 0.0 if unit is None else what(unit)


def ask(instrument: Instrument, *lines: str) -> str:
    """What the last line is answered with."""
    answer = None
    for line in lines:
        answer = instrument.line(line)
    assert answer is not None
    return answer


# The multimeter


@pytest.mark.parametrize(
    ("lines", "value"),
    [
        (("READ?",), 3.301),
        (("CONF:VOLT:DC 10", "READ?"), 3.301),
        (("CONFIGURE:CURRENT", "READ?"), 0.032),
        (("conf:curr:dc 1,0.0001", "init", "fetc?"), 0.032),
        (("MEAS:VOLT:DC? AUTO",), 3.301),
        (("MEASure:SCALar:CURRent:DC?",), 0.032),
        (("CONF:CURR:DC", "*RST", "READ?"), 3.301),
        (("CONF:CURR;:INIT;:FETC?",), 0.032),
    ],
)
def test_a_multimeter_reads_the_rail_and_the_supply_s_current(lines: tuple[str, ...], value: float) -> None:
    meter = Dmm(1, on(Unit()))
    assert host.number(ask(meter, *lines)) == pytest.approx(value)
    assert ask(meter, "SYST:ERR?") == '0,"No error"'


def test_a_meter_without_a_unit_reads_nothing() -> None:
    assert host.number(ask(Dmm(1, on(None)), "READ?")) == 0.0


def test_a_current_beyond_the_range_is_an_overload_and_no_number() -> None:
    meter = Dmm(1, on(Unit(drawn=0.013)))
    with pytest.raises(NotUnderstood, match="overload"):
        host.number(ask(meter, "CONF:CURR:DC 0.01", "READ?"))
    assert host.number(ask(meter, "CONF:CURR:DC 0.1", "READ?")) == pytest.approx(0.013)


def test_a_reading_that_was_never_taken_cannot_be_fetched() -> None:
    meter = Dmm(1, on(Unit()))
    assert meter.line("FETC?") is None
    assert ask(meter, "SYST:ERR?") == '-230,"Data corrupt or stale"'


def test_a_multimeter_tells_its_settings() -> None:
    assert ask(Dmm(1, on(Unit())), "CONF:CURR:DC 0.1", "CONF?") == '"CURR 0.1"'
    assert ask(Dmm(1, on(Unit())), "CONF?") == '"VOLT AUTO"'


# The supply


@pytest.mark.parametrize(
    ("query", "value"), [("MEAS:VOLT?", 3.92), ("MEAS:CURR:DC?", 0.032), ("measure:scalar:current:maximum?", 0.61)]
)
def test_a_supply_reads_back_what_it_gives_and_the_highest_current(query: str, value: float) -> None:
    assert host.number(ask(Supply(1, on(Unit())), query)) == pytest.approx(value)


# What both have in common


@pytest.mark.parametrize("kind", [Dmm, Supply])
def test_every_instrument_names_itself_and_its_nest(kind: type[Instrument]) -> None:
    assert host.identity(ask(kind(3, on(None)), "*IDN?")) == f"Station,{kind.model},3,1.0"


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("MEAS:RES?", -113),
        ("READ", -113),
        ("*RST?", -113),
        ("*IDN? 3", -108),
        ("CONF:VOLT ten", -104),
        ("CONF:VOLT 1\x00", -101),
        ("??", -102),
    ],
)
def test_what_an_instrument_does_not_know_goes_into_its_queue_and_ends_the_line(line: str, number: int) -> None:
    meter = Dmm(1, on(Unit()))
    assert meter.line(f"{line};*IDN?") is None
    assert host.error(ask(meter, "SYST:ERR?"))[0] == number
    assert ask(meter, "SYSTem:ERRor:NEXT?") == '0,"No error"'


def test_errors_are_forgotten_on_demand_and_answers_stand_in_one_line() -> None:
    meter = Dmm(1, on(Unit()))
    meter.line("BAD")
    assert ask(meter, "*CLS;SYST:ERR?;*OPC?") == '0,"No error";1'
    assert meter.line("*CLS;*OPC") is None


# In the rack


class Caller:
    """One connection to an instrument of the rack."""

    def __init__(self, folder: Path, name: str) -> None:
        port = int((folder / "instruments" / f"{name}.port").read_text(encoding="ascii"))
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=5.0)
        self._lines = self._socket.makefile("rb")

    def say(self, data: bytes) -> None:
        self._socket.sendall(data)

    def hears(self, size: int = -1) -> bytes:
        """The next line, or so many bytes; nothing when the other end hung up."""
        try:
            return self._lines.readline() if size < 0 else self._lines.read(size)
        except ConnectionResetError:
            return b""

    def impatient(self) -> None:
        """Wait a moment only, from now on."""
        self._socket.settimeout(0.1)

    def close(self) -> None:
        self._lines.close()
        self._socket.close()


@pytest.fixture
def rack(tmp_path: Path) -> Iterator[Rack]:
    unit = on(Unit())
    made = Rack(tmp_path, {(1, "dmm"): Dmm(1, unit), (1, "supply"): Supply(1, unit), (2, "dmm"): Dmm(2, unit)})
    yield made
    made.close()
    assert list((tmp_path / "instruments").iterdir()) == []


@pytest.fixture
def call(tmp_path: Path, rack: Rack) -> Iterator[Callable[[str], Caller]]:
    callers: list[Caller] = []

    def called(name: str = "1-dmm") -> Caller:
        callers.append(Caller(tmp_path, name))
        return callers[-1]

    yield called
    for one in callers:
        one.close()


def test_every_instrument_has_a_port_of_its_own(call: Callable[[str], Caller]) -> None:
    for name, model in (("1-dmm", "multimeter,1"), ("1-supply", "supply,1"), ("2-dmm", "multimeter,2")):
        one = call(name)
        one.say(b"*IDN?\n")
        assert model.encode() in one.hears()


def test_lines_may_come_in_pieces_and_too_long_ones_are_told(call: Callable[[str], Caller]) -> None:
    one = call("1-dmm")
    for piece in (b"CONF:CU", b"RR\r\nRE", b"AD?\n"):
        one.say(piece)
    assert host.number(one.hears().decode()) == pytest.approx(0.032)
    one.say(b"X" * (2 * MAX_LINE) + b"\nSYST:ERR?\n")
    assert one.hears() == b'-363,"Input buffer overrun"\n'


def test_one_connection_at_a_time_and_the_next_one_waits(call: Callable[[str], Caller]) -> None:
    first, second = call("1-dmm"), call("1-dmm")
    second.say(b"*OPC?\n")
    first.say(b"*OPC?\n")
    assert first.hears() == b"1\n"
    first.close()
    assert second.hears() == b"1\n"


def test_trouble_comes_when_it_is_told_to(rack: Rack, call: Callable[[str], Caller]) -> None:
    one = call("1-dmm")
    rack.befall(1, "dmm", Trouble.UNPLUGGED, after=2)
    for _ in range(2):
        one.say(b"*OPC?\n")
        assert one.hears() == b"1\n"
    one.say(b"*OPC?\n")
    assert one.hears() == b""
    assert call("1-dmm").hears() == b""
    rack.befall(1, "dmm", Trouble.NONE, after=0)
    again = call("1-dmm")
    again.say(b"*OPC?\n")
    assert again.hears() == b"1\n"


@pytest.mark.parametrize(
    ("trouble", "size", "data"),
    [
        (Trouble.GARBAGE, 4, b"\x00\xff#<"),
        (Trouble.HALF_LINES, 5, b"Stati"),
        (Trouble.ENDLESS, 200_000, b"8" * 200_000),
    ],
)
def test_an_instrument_in_trouble_answers_as_its_trouble_says(
    rack: Rack, call: Callable[[str], Caller], trouble: Trouble, size: int, data: bytes
) -> None:
    rack.befall(1, "dmm", trouble, after=0)
    one = call("1-dmm")
    one.say(b"*IDN?\n")
    assert one.hears(size) == data


def test_a_silent_instrument_says_nothing(rack: Rack, call: Callable[[str], Caller]) -> None:
    rack.befall(1, "dmm", Trouble.SILENT, after=0)
    one = call("1-dmm")
    one.impatient()
    one.say(b"*IDN?\n")
    with pytest.raises(TimeoutError):
        one.hears()


def test_a_trouble_or_an_instrument_that_nobody_knows_is_an_error(rack: Rack) -> None:
    with pytest.raises(KeyError):
        rack.befall(1, "scope", Trouble.SILENT, after=0)
    with pytest.raises(ValueError, match="earthquake"):
        Trouble("earthquake")

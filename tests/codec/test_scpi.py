"""The fixture controller's language, both ends."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.codec import scpi
from station.codec.scpi import Exchange, Header
from station.codec.scpi_controller import Command, parse
from station.codec.scpi_grammar import ErrorQueue, ScpiError, split
from station.codec.wire import NotUnderstood

nests = st.integers(1, scpi.MAX_NESTS)


@given(nests, st.booleans())
def test_the_controller_reads_what_the_host_writes(nest: int, on: bool) -> None:
    assert parse(scpi.power(nest, on)) == Command(Header.POWER, nest=nest, argument=on)
    assert parse(scpi.reset(nest, on)) == Command(Header.RESET, nest=nest, argument=on)
    assert parse(scpi.ask_power(nest)) == Command(Header.POWER, query=True, nest=nest)
    assert parse(scpi.ask_reset(nest)) == Command(Header.RESET, query=True, nest=nest)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        (scpi.ASK_IDENTITY, Command(Header.IDENTITY, query=True)),
        (scpi.ASK_LIDS, Command(Header.LIDS, query=True)),
        (scpi.ASK_NESTS, Command(Header.NESTS, query=True)),
        (scpi.ASK_WATCHDOG, Command(Header.WATCHDOG, query=True)),
        (scpi.RESET_ALL, Command(Header.RESET_ALL)),
        (scpi.CLEAR, Command(Header.CLEAR)),
        ("*opc?", Command(Header.COMPLETE, query=True)),
        (":SYSTem:ERRor?", Command(Header.ERROR, query=True)),
        ("OUTPut3:STATe ON", Command(Header.POWER, nest=3, argument=True)),
        ("output12:state\t0", Command(Header.POWER, nest=12, argument=False)),
        ("outp:stat 1", Command(Header.POWER, nest=1, argument=True)),
        ("ROUT4:RESET  off ", Command(Header.RESET, nest=4, argument=False)),
        ("SENSE:LID?", Command(Header.LIDS, query=True)),
        ("SYST:WATC 2.5", Command(Header.WATCHDOG, argument=2.5)),
        ("SYST:WATC 1E1", Command(Header.WATCHDOG, argument=10.0)),
        ("system:watchdog 0", Command(Header.WATCHDOG, argument=0.0)),
    ],
)
def test_short_and_long_forms_in_any_case_are_the_same(text: str, command: Command) -> None:
    assert parse(text) == command


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("OUTPU3:STAT ON", -113),
        ("OUTP3:STAT:ON", -113),
        ("OUTP3", -113),
        ("SOUR3:VOLT 3", -113),
        ("*RST?", -113),
        ("*IDN", -113),
        ("SENS:LID 1", -113),
        ("SYST:NEST3?", -113),
        ("OUTP 3:STAT ON", -113),
        ("OUTP0:STAT ON", -114),
        ("OUTP100:STAT?", -114),
        ("OUTP3:STAT", -109),
        ("SYST:WATC", -109),
        ("OUTP3:STAT ON,OFF", -108),
        ("OUTP3:STAT? ON", -108),
        ("*RST 1", -108),
        ("OUTP3:STAT 2", -224),
        ("OUTP3:STAT ＯＮ", -101),
        ("OUTP3:STAT\x00ON", -101),
        ("SYST:WATC fast", -104),
        ("SYST:WATC nan", -104),
        ("SYST:WATC --5", -104),
        ("SYST:WATC -1", -222),
        ("SYST:WATC 3601", -222),
        ("SYST:WATC 1e999", -222),
        ("", -102),
        ("?", -102),
        ("OUTP3:STAT??", -102),
    ],
)
def test_a_wrong_command_is_refused_with_its_scpi_number(text: str, number: int) -> None:
    with pytest.raises(ScpiError) as refused:
        parse(text)
    assert refused.value.number == number
    assert scpi.read_error(str(refused.value)) == (number, scpi.ERRORS[number])


@given(st.text(max_size=40) | st.from_regex(r"\A(OUTP|ROUT|SYST|SENS|:|[0-9]|STAT|WATC|\?| |,|;|-|\.|E)*\Z"))
def test_arbitrary_text_is_a_command_or_an_error_of_the_table(text: str) -> None:
    for part in split(text):
        with suppress(ScpiError):
            command = parse(part)
            assert command.nest is None or 1 <= command.nest <= scpi.MAX_NESTS
            assert command.argument is None or not command.query


def test_a_line_may_hold_several() -> None:
    assert split("OUTP3:STAT ON; *OPC?\r") == ["OUTP3:STAT ON", "*OPC?"]
    assert split(" ; \r") == []


@pytest.mark.parametrize("nest", [0, -1, 100])
def test_the_host_never_writes_a_nest_that_no_fixture_has(nest: int) -> None:
    for write in (scpi.ask_power, scpi.ask_reset):
        with pytest.raises(ValueError, match="nests"):
            write(nest)
    for command in (scpi.power, scpi.reset):
        with pytest.raises(ValueError, match="nests"):
            command(nest, True)


@given(st.floats(0, scpi.MAX_WATCHDOG))
def test_a_watchdog_survives_the_way_to_the_controller_and_back(seconds: float) -> None:
    argument = parse(scpi.watchdog(seconds)).argument
    assert argument == pytest.approx(seconds, abs=0.0006)
    assert scpi.read_seconds(f"{argument:.3f}") == argument


@pytest.mark.parametrize("seconds", [-0.1, 3600.1, float("nan"), float("inf")])
def test_a_watchdog_that_the_controller_would_refuse_is_not_written(seconds: float) -> None:
    with pytest.raises(ValueError, match="watchdog"):
        scpi.watchdog(seconds)


@given(st.lists(st.booleans(), min_size=1, max_size=16))
def test_lids_come_back_in_the_order_of_the_nests(closed: list[bool]) -> None:
    answer = ",".join("1" if one else "0" for one in closed)
    assert scpi.read_nests(answer) == dict(enumerate(closed, start=1))


@pytest.mark.parametrize("answer", ["", "1,", ",1", "1,2", "1 ,0", "1,0\n", "on", "１"])
def test_a_list_of_lids_with_anything_else_in_it_is_refused(answer: str) -> None:
    with pytest.raises(NotUnderstood):
        scpi.read_nests(answer)


@pytest.mark.parametrize("answer", ["", "2", "ON", "1\n", " 1"])
def test_a_switch_is_0_or_1(answer: str) -> None:
    assert (scpi.read_switch("0"), scpi.read_switch("1")) == (False, True)
    with pytest.raises(NotUnderstood):
        scpi.read_switch(answer)


@pytest.mark.parametrize("answer", ["", "0", "-1", "100", "4.0", "４"])
def test_a_fixture_has_1_to_99_nests(answer: str) -> None:
    assert scpi.read_count("4") == 4
    with pytest.raises(NotUnderstood):
        scpi.read_count(answer)


@pytest.mark.parametrize("answer", ["", "nan", "inf", "-1", "1e9", "1,5", "1\n"])
def test_seconds_are_a_plain_number(answer: str) -> None:
    with pytest.raises(NotUnderstood):
        scpi.read_seconds(answer)


def test_an_identity_has_four_fields() -> None:
    assert scpi.read_identity("Acme, F4 ,0007,1.2") == ("Acme", "F4", "0007", "1.2")
    for answer in ("", "Acme,F4,0007", "a,b,c,d,e", "a,b,c,\x07"):
        with pytest.raises(NotUnderstood):
            scpi.read_identity(answer)


def test_a_command_ends_with_the_first_line_that_comes_back() -> None:
    talk = Exchange(scpi.power(1, True))
    assert talk.take('0,"No error"')
    assert (talk.value, talk.error) == (None, None)


def test_a_refused_question_ends_with_its_error() -> None:
    talk = Exchange(scpi.ask_power(9))
    assert talk.take('-114,"Header suffix out of range"')
    assert talk.error == (-114, "Header suffix out of range")


@pytest.mark.parametrize("no_error", ['0,"No error"', "0  No Error", "+0", "0", '+0,"No error"'])
def test_no_error_is_told_in_the_forms_that_controllers_have(no_error: str) -> None:
    assert Exchange(scpi.CLEAR).take(no_error)
    talk = Exchange(scpi.ask_power(1))
    assert [talk.take(answer) for answer in ("0", no_error)] == [False, True]
    assert (talk.value, talk.error) == ("0", None)


def test_a_bare_negative_number_is_a_refusal_and_never_a_value() -> None:
    talk = Exchange(scpi.ASK_WATCHDOG)
    assert talk.take("-113")
    assert talk.error == (-113, "")


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        (scpi.CLEAR, ["1"]),
        (scpi.ASK_LIDS, ['0,"No error"']),
        (scpi.ASK_LIDS, ["1,0", "1,0"]),
        (scpi.ASK_LIDS, ["1,0", ""]),
    ],
)
def test_lines_that_do_not_fit_the_exchange_are_not_understood(text: str, answers: list[str]) -> None:
    talk = Exchange(text)
    *first, last = answers
    assert not any(talk.take(answer) for answer in first)
    with pytest.raises(NotUnderstood):
        talk.take(last)


def test_errors_come_back_oldest_first_and_overflow_is_told_last() -> None:
    queue = ErrorQueue(room=3)
    for number in (-113, -109, -108, -222, -224):
        queue.push(number)
    told = [scpi.read_error(queue.pop()) for _ in range(4)]
    assert told == [
        (-113, "Undefined header"),
        (-109, "Missing parameter"),
        (-350, "Queue overflow"),
        scpi.NO_ERROR,
    ]


def test_clearing_forgets_every_error() -> None:
    queue = ErrorQueue()
    queue.push(-113)
    queue.clear()
    assert scpi.read_error(queue.pop()) == scpi.NO_ERROR

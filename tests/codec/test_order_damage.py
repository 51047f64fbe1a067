"""Lists of units that were damaged on their way: rounded, dressed up, spoilt. Nothing is guessed, no row is lost."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.codec import order_file
from station.codec.order_file import read
from station.domain.events import OrderLine
from station.domain.ids import DeviceId
from tests.codec.test_order_file import MODEM1, ONE, S1, S2, SECRET, SIM1, TWO, adds_up, encodings, refusal, says, units

DECIMAL = "480041000247343138383138"
"""A device id of digits alone, which a spreadsheet takes for a number."""


@pytest.mark.parametrize(
    "text",
    [
        f"0x{ONE}",
        f"0X{ONE.upper()}",
        f"{ONE}.",
        f"#{ONE}",
        f"id{ONE}",
        "-".join(re.findall("........", ONE)),
        "-".join(re.findall("....", ONE)),
        ":".join(re.findall("..", ONE)),
        " ".join(re.findall("....", ONE)),
        "\u00a0".join(re.findall("........", ONE)),
        "\u2011".join(re.findall("....", ONE)),
        f"'{ONE}",
        f'="{ONE}"',
    ],
)
def test_a_device_id_in_another_dress_is_taken(text: str) -> None:
    assert units(f"{TWO}\n{text}\n") == [{"device_id": TWO}, {"device_id": ONE}]


@pytest.mark.parametrize("text", [f"{DECIMAL}.0", f"{DECIMAL},00", f"{DECIMAL}.000", f"'{DECIMAL}"])
def test_decimal_tails_are_no_part_of_a_number(text: str) -> None:
    assert units(f"{TWO}\n{text}\n") == [{"device_id": TWO}, {"device_id": DECIMAL}]


@pytest.mark.parametrize(
    "text",
    [
        f"{SIM1}F",
        f"{SIM1}f",
        f"{SIM1}FF",
        f"ICCID{SIM1}",
        f"ICCID: {SIM1}",
        f"{SIM1}.0",
        "8934 0765 0000 2589 174",
        "8934\u00a00765\u00a00000\u00a02589\u00a0174",
        "8934-0765-0000-2589-174",
        "893407-65000-02589174F",
    ],
)
def test_a_sim_in_another_dress_is_the_same_sim(text: str) -> None:
    assert units(f"{ONE};{text}\n") == [{"device_id": ONE, "iccid": SIM1}]


@pytest.mark.parametrize("text", ["35-275309-000000-9", "35 275309 000000 9", f"IMEI{MODEM1}", f"{MODEM1}.0"])
def test_a_modem_in_another_dress_is_the_same_modem(text: str) -> None:
    assert units(f"{ONE};{text}\n") == [{"device_id": ONE, "imei": MODEM1}]


@pytest.mark.parametrize(
    "text", [f"SN{S1}", f"S/N:{S1}", f"SN-{S1}", f"{ONE}/{S1}", f"{S1}\\{ONE}", "B40H-AB12-345-6789"]
)
def test_a_serial_number_in_another_dress_is_taken(text: str) -> None:
    assert S1 in [one.get("serial") for one in units(f"{TWO}\n{text}\n")]


@pytest.mark.parametrize(
    "text",
    [
        "20261123 20261124 20261125",
        "1234 5678 1234 5678 1234 5678",
        f"{ONE[:8]} {ONE[8:]}0",
        "eOOfce68aabbccddeeff0011",
        ONE.replace("0", "о"),
        f"{ONE}-{ONE}",
        f"x{ONE}",
        "2026-11-30-17-16-55-00-00",
    ],
)
def test_what_may_be_something_else_is_no_unit_and_is_named(text: str) -> None:
    found = read(f"{TWO}\n{text}\n".encode())
    assert ([one.device_id for one in found.units], found.named) == ([TWO], 1)


@pytest.mark.parametrize(
    "text",
    [
        "480041000247343000000000",
        "480041000247343130000000",
        f"{float(DECIMAL):.0f}",
        "4.80041E+23",
        "4,80041000247343E+23",
        "4.8E23",
        "4.8×10^23",
        "4.80041000247343e+023",
        "480041000247343000000000.0",
    ],
)
def test_a_device_id_that_was_kept_as_a_number_is_no_unit_and_is_named(text: str) -> None:
    found = read(f"{ONE};{S1}\n{text};{S2}\n".encode())
    assert found.units == (OrderLine(device_id=ONE, serial=S1),)
    (said,) = says(found)
    assert said.startswith("2: a spreadsheet has rounded a number; the line is left out")


@given(st.integers(18, 20).flatmap(lambda size: st.text("0123456789", min_size=size - 2, max_size=size - 2)))
def test_a_sim_that_a_spreadsheet_has_rounded_is_never_taken(digits: str) -> None:
    sim = f"89{digits}"
    rounded = sim[:15] + "0" * (len(sim) - 15)
    found = read(f"{ONE};{rounded}\n".encode())
    assert found.units == (OrderLine(device_id=ONE),)
    assert (found.with_units, found.named, len(found.findings)) == (1, 0, 1)
    assert "a spreadsheet has rounded a number, an ICCID; the unit is taken without it" in says(found)[0]


def test_sims_that_a_program_kept_as_doubles_are_found_by_all_of_them_together() -> None:
    sims = [f"{float(f'89340765000025{n:05d}'):.0f}" for n in range(1, 9999, 7)]
    rows = "".join(f"e00fce68{n:016x};{sim}\n" for n, sim in enumerate(sims))
    found = read(rows.encode())
    assert (len(found.units), found.rows) == (len(sims), len(sims))
    assert {one.iccid for one in found.units} == {None}
    assert all(one.unit for one in found.findings)
    assert len(found.findings) == len(sims)


def test_a_row_that_adds_a_spoilt_number_to_a_unit_is_told_with_it() -> None:
    found = read(f"{ONE}\n{ONE},8934076500002589175\n{ONE},8.93E+18\n".encode())
    assert says(found) == [
        "2: names the unit of line 1 again; it is taken once",
        "2: the ICCID's check digit is wrong; the unit is taken without it",
        "3: names the unit of line 1 again; it is taken once",
        "3: a spreadsheet has rounded a number; the unit is taken without it. Save the sheet with its columns as text",
    ]


@pytest.mark.parametrize(
    "sim",
    [
        "8934O76500002589174",
        "89340765000025891",
        "89340765000025891741111",
        "984370560000529871F4",
        "8934076500002589174X",
    ],
)
def test_a_sim_that_cannot_be_read_is_told_and_its_unit_is_not_lost(sim: str) -> None:
    found = read(f"{ONE},{S1},{SIM1}\n{TWO},{S2},{sim}\n".encode())
    assert found.units[1] == OrderLine(device_id=TWO, serial=S2)
    assert says(found) == [
        "2: what looks like an ICCID has other characters in it, or another length; the unit is taken without it"
    ]


def test_a_device_id_that_cannot_be_read_is_not_made_up_for_by_its_serial_number() -> None:
    for spoilt in ("eOOfce680000000000000002", f"{TWO}_1", f"{TWO}-A", "e00fce68OOOO000000000002"):
        found = read(f"{ONE},{S1}\n{spoilt},{S2}\n".encode())
        assert found.units == (OrderLine(device_id=ONE, serial=S1),)
        assert says(found) == ["2: what looks like a device id has other characters in it; the line is left out"]


def test_a_small_number_in_powers_of_ten_is_nobody_s_identifier() -> None:
    assert read(f"{ONE};1.5E+3;2.0E+05\n".encode()).findings == ()


def test_a_serial_number_that_is_none_is_told_where_the_others_have_one() -> None:
    found = read(f"{ONE},{S1}\n{TWO},PO46AB226334455\n".encode())
    assert found.units[1] == OrderLine(device_id=TWO)
    assert says(found) == ["2: there is no serial number in this line, and others have one"]
    assert read(f"{ONE},{SECRET}\n{TWO},{SECRET}\n".encode()).findings == ()


def test_what_a_row_lost_and_other_words_stand_for_is_told() -> None:
    cyrillic = f"{ONE},{S1}\n\u043500fc\u043568aabbccddeeff0002,{S2}\n"
    assert says(read(cyrillic.encode())) == ["2: there is no device id in this line, and others have one"]
    in_a_note = f'{ONE},{S1},"note one\ninstead of {TWO}\nend"\n'
    assert "2: there is no serial number in this line, and others have one" in says(read(in_a_note.encode()))
    thousands = f'{ONE},{S1},{SIM1}\n{TWO},{S2},"8,934,076,500,002,510,014"\n'
    assert says(read(thousands.encode())) == ["2: there is no ICCID in this line, and others have one"]
    sections = f"{ONE},{S1}\n{TWO},{S2}\n{ONE},{SIM1}\n"
    assert says(read(sections.encode())) == ["3: names the unit of line 1 again; it is taken once"]


def test_a_range_is_not_taken_for_a_list_of_its_ends_unsaid() -> None:
    for range_ in (f"{S1} - {S2}", f"from {ONE} to {TWO}"):
        [told] = says(read(f"{range_}\n".encode()))
        assert "range" in told
    assert says(read(f"{ONE} {TWO}\n".encode())) == []


def test_a_secret_that_looks_like_a_serial_number_is_repeated_in_no_dress() -> None:
    alike = "E40KG6CPLRCFK4S"
    found = read(f"{S2} {SECRET}\n{S1}/{alike}\n".encode())
    assert [one.serial for one in found.units] == [S2, S1]
    assert alike not in repr(found)


GOOD_ROW, AGAIN, NO_UNIT, EMPTY_ROW = "good", "again", "no unit", "empty"
dresses = st.sampled_from(
    [
        "{0}",
        "{0},BRN404X",
        "0x{0}",
        "{0}.",
        "'{0}",
        "{0}/x",
        "{0} {1}",
        "{0}/{1}",
        "{1};{0};2026-11-30",
        "{0},8934076500002589175",
        "{0};3.5E+14",
    ]
)
spoilt = st.sampled_from(
    [
        "Total;7",
        "Device ID;Serial",
        "e00fce6800000000000000",
        "eOOfce68{2:016x}",
        "4.8E+23",
        "480041000247343000000000",
        "8934076500002589174",
        "B40HAB1234567",
        "WBPYG6CPLRCFK4S",
        "page 2 of 3",
        "x",
        "\u200be00fce68\u200b00",
    ]
)
damaged = st.lists(
    st.one_of(
        dresses.map(lambda text: (GOOD_ROW, text)),
        st.just((AGAIN, "{0}")),
        spoilt.map(lambda text: (NO_UNIT, text)),
        st.just((EMPTY_ROW, " ;;\u00a0, ")),
    ),
    max_size=30,
)


@settings(max_examples=300)
@given(damaged, st.sampled_from(["\n", "\r\n", "\r"]), encodings)
def test_of_a_damaged_list_every_row_is_a_unit_or_is_named_by_its_line(
    rows: list[tuple[str, str]], end: str, encoding: str
) -> None:
    lines, expected, unnamed = [f"{ONE};first"], [ONE], set[int]()
    for number, (what, text) in enumerate(rows, start=2):
        fresh, serial = f"e00fce68{number:016x}", f"B40HAB{number:09d}"
        known = expected[-1] if what == AGAIN else fresh
        lines.append(text.format(known, serial, number))
        if what == GOOD_ROW:
            expected.append(DeviceId(fresh))
        elif what != EMPTY_ROW:
            unnamed.add(number)
    found = read(end.join(lines).encode(encoding))
    adds_up(found)
    assert [one.device_id for one in found.units] == expected
    assert {one.line for one in found.findings if not one.unit} == unnamed
    assert found.with_units == len(expected)
    assert found.header == 0


def test_a_number_before_the_first_unit_that_is_none_is_named_and_a_header_is_counted() -> None:
    found = read(f"Order 4711\nDevice ID\neOOfce680000000000000002\n{ONE}\n".encode())
    assert (found.header, found.named, found.with_units) == (2, 1, 1)
    assert [one.line for one in found.findings] == [3]


def test_a_file_that_names_more_lines_than_a_list_has_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_file, "MAX_FINDINGS", 3)
    assert "line 5: more than 3 lines without a unit" in refusal(f"{ONE}\n" + "x\n" * 5)

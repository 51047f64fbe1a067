"""Lists of units, as suppliers send them."""

import io
import random
import re
import string
import zipfile
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.codec import order_file
from station.codec.order_file import OrderFile, read
from station.codec.order_text import MAX_SIZE
from station.domain.events import OrderLine
from station.domain.faults import OrderRefused
from station.domain.ids import DeviceId, Iccid, Imei, Kind, NotAnId, SerialNumber, iccid, identifiers, imei
from station.domain.platform import PLATFORMS
from tests.codec.hostile import HOSTILE

ONE, TWO = DeviceId("e00fce68aabbccddeeff0011"), DeviceId("0a10aced2021001122334455")
S1, S2 = SerialNumber("B40HAB123456789"), SerialNumber("P046AB226334455")
SIM1, SIM2 = Iccid("8934076500002589174"), Iccid("89000123456789012341")
MODEM1 = Imei("352753090000009")
SECRET = "WBPYG6CPLRCFK4S"


def units(data: bytes | str) -> list[dict[Kind, str]]:
    """What each unit of a list is named by."""
    found = read(data.encode() if isinstance(data, str) else data)
    return [identifiers(one) for one in found.units]


def refusal(data: bytes | str) -> str:
    with pytest.raises(OrderRefused) as refused:
        read(data.encode() if isinstance(data, str) else data)
    assert refused.value.__cause__ is None
    return str(refused.value)


def says(found: OrderFile) -> list[str]:
    return [f"{one.line}: {one.says}" for one in found.findings]


# Known forms


@pytest.mark.parametrize(
    "text",
    [
        f"{ONE}\n{TWO}\n",
        f"{ONE}\r\n{TWO}",
        f"{ONE}\r{TWO}\r",
        f"\ufeff{ONE.upper()}\n\n\n  {TWO}  \n",
        f"Device ID\n{ONE}\n{TWO}\n",
        f"{ONE},{TWO}",
        f'"{ONE}";"{TWO}"\r\n',
        f"{ONE} {TWO}\n",
        f'="{ONE}"\n\'{TWO}\n',
        f"device id: {ONE}\ndevice id: {TWO}\n",
        f"['{ONE}', '{TWO}']",
        f"tray 1|{ONE}\ntray 1|{TWO}\n",
    ],
)
def test_a_list_of_device_ids_is_read_in_whatever_form_it_comes(text: str) -> None:
    assert units(text) == [{"device_id": ONE}, {"device_id": TWO}]


@pytest.mark.parametrize("separator", [",", ";", "\t", " ", ", ", " ; ", "|", '","'])
@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_a_row_ties_its_names_together_in_any_order_and_with_any_separator(
    separator: str, order: tuple[int, ...]
) -> None:
    columns = (ONE, S1, SIM1, MODEM1)
    found = read(separator.join(columns[n] for n in order).encode())
    assert found.units == (OrderLine(device_id=ONE, serial=S1, iccid=SIM1, imei=MODEM1),)
    assert found.findings == ()


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16"),
        ("utf-16-be", "utf-16"),
        ("latin-1", "latin-1"),
        ("cp1252", "latin-1"),
    ],
)
def test_a_list_is_read_in_whatever_encoding_it_comes(encoding: str, told: str) -> None:
    text = f"Gerät\u00a0Nr.;Seriennummer\r\n{ONE};{S1}\r\n{TWO};{S2}\r\n"
    found = read(text.encode(encoding))
    assert [one.device_id for one in found.units] == [ONE, TWO]
    assert (found.encoding, found.header) == (told, 1)


def test_headers_and_other_columns_are_counted_and_do_not_matter() -> None:
    found = read(
        f"Order 4711\nDevice ID,SKU,Date\n{ONE},BRN404X,2026-11-23\n\n{TWO},BRN404X,2026-11-23\nend\n".encode()
    )
    assert [one.device_id for one in found.units] == [ONE, TWO]
    assert (found.header, found.rows, found.with_units, found.named, found.strangers) == (2, 5, 2, 1, 4)
    assert says(found) == ["6: there is no unit in this line"]


# What a person should look at


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (ONE, "3: names the unit of line 1 again"),
        (f"{ONE},{S1}", "3: names the unit of line 1 again"),
        (f"{ONE[:-1]},{S2}", "3: what looks like a device id has not 24 digits; the line is left out"),
        (f"{ONE[:16]},{S2}", "3: what looks like a device id"),
        (f"{ONE}0", "3: what looks like a device id"),
        ("3b002100174735323634303", "3: what looks like a device id"),
        (S2[:-1], "3: what looks like a serial number has not 15 characters"),
        (f"{S2}0,{ONE}", "3: what looks like a serial number"),
        (f"3.00024E+23,{S2}", "3: a spreadsheet has rounded a number"),
        (SIM2, "3: a SIM or modem without a unit"),
    ],
)
def test_a_line_that_is_left_out_is_named(line: str, told: str) -> None:
    found = read(f"{ONE}\n{TWO}\n{line}\n".encode())
    assert len(found.units) == 2
    (said,) = says(found)
    assert said.startswith(told)


@pytest.mark.parametrize(("number", "kind"), [("8934076500002589175", "ICCID"), ("352753090000000", "IMEI")])
def test_a_number_with_a_wrong_check_digit_is_left_out_and_its_unit_is_not(number: str, kind: str) -> None:
    found = read(f"{ONE},{S1},{number}\n".encode())
    assert found.units == (OrderLine(device_id=ONE, serial=S1),)
    (said,) = says(found)
    assert kind in said
    assert "check digit" in said


def test_rows_that_add_to_a_unit_make_it_whole() -> None:
    found = read(f"{ONE},{S1}\n{TWO},{S2}\n{S1},{SIM1}\n{ONE},{MODEM1}\n".encode())
    assert found.units[0] == OrderLine(device_id=ONE, serial=S1, iccid=SIM1, imei=MODEM1)
    assert says(found) == [
        "3: names the unit of line 1 again; it is taken once",
        "4: names the unit of line 1 again; it is taken once",
    ]


# Secrets


@pytest.mark.parametrize(
    "line",
    [
        f"{S1} {SECRET}",
        f"{S1},{ONE},{SECRET}",
        f'{ONE};"{S1}";"{SECRET}";{SIM1}',
        f"{S1}:{SECRET}",
        f"Serial: {S1} Secret: {SECRET}",
    ],
)
def test_a_mobile_secret_is_counted_and_kept_nowhere(line: str) -> None:
    found = read(f"a,b\n{line}\n".encode())
    assert found.secrets == 1
    assert found.units[0].serial == S1
    assert SECRET not in repr(found)


def test_a_secret_that_begins_like_a_serial_number_is_not_taken_for_a_unit() -> None:
    alike = "E40KG6CPLRCFK4S"
    found = read(f"{S1} {SECRET}\n{S2} {alike}\n".encode())
    assert [one.serial for one in found.units] == [S1, S2]
    assert found.secrets == 2
    assert alike not in repr(found)


@pytest.mark.parametrize("text", [f"{SECRET}\n", f"{SECRET}{SECRET[:3]}\n", f"x {SECRET}\n", f"{ONE[:20]} {SECRET}\n"])
def test_a_secret_is_not_in_a_refusal_either(text: str) -> None:
    assert SECRET not in refusal(text)


# Refused


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the file is empty"),
        ("\n\r\n , ; \t\n", "the file is empty"),
        ("Device ID,Serial\n", "in 1 line there is no device id and no serial number"),
        (f"{SIM1}\n{SIM2}\n", "the file names 2 SIMs and no unit: that is a list for importing SIMs"),
        (ONE[:-1], "line 1: what looks like a device id"),
        (f"{ONE},{S1}\n{TWO},{S1}\n", f"line 2: device id {TWO} for the unit that has {ONE} in line 1"),
        (f"{ONE},{S1}\n{ONE},{S2}\n", f"line 2: serial number {S2} for the unit that has {S1} in line 1"),
        (f"{ONE},{SIM1}\n{TWO},{SIM1}\n", f"line 2: device id {TWO} for the unit that has {ONE} in line 1"),
        (f"{ONE}\n{S1}\n{ONE},{S1}\n", "line 3: ties together what lines 1 and 2 name as different units"),
        (f"{ONE},{TWO},{S1}\n", "line 1: 2 device ids in one row"),
        (f"{ONE},{S1},{S2}\n", "line 1: 2 serial numbers in one row"),
        (f"{ONE},{SIM1},{SIM2}\n", "line 1: 2 ICCIDs in one row"),
    ],
)
def test_a_list_that_makes_no_sense_is_refused_with_the_line(text: str, told: str) -> None:
    assert told in refusal(text)


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x" * 100)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "an Excel workbook: open it, and save the sheet"),
        (zipped("[Content_Types].xml", "word/document.xml"), "a Word document"),
        (zipped("list.csv"), "a zip archive: unpack it"),
        (b"PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "an OpenDocument sheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "an old Office"),
        (b"%PDF-1.7\n" + ONE.encode(), "a PDF"),
        (b"\x1f\x8b\x08" + bytes(20), "a gzip archive"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"\xff\xd8\xff\xe0", "a picture"),
        (f"<!DOCTYPE html>\n<p>{ONE}".encode(), "a web page"),
        (f"\ufeff <html><td>{ONE}".encode(), "a web page"),
        (f"<?xml version='1.0'?><id>{ONE}</id>".encode(), "an XML document"),
        (f"{{\\rtf1 {ONE}}}".encode(), "a rich-text document"),
        (f"Return-Path: <x@example.org>\n\n{ONE}\n".encode(), "an e-mail"),
        (f'[{{"id": "{ONE}"}}]'.encode(), "a JSON document"),
        (f"{ONE}\n\0\n".encode(), "zero bytes"),
        (f"{ONE}\n".encode("utf-16") + b"\x00", "cut off or damaged"),
        (f"{ONE}\n".encode("utf-32"), "zero bytes"),
        (b"x" * (MAX_SIZE + 1), "more than 16 MiB"),
    ],
)
def test_a_file_that_is_no_list_is_refused_by_its_name(data: bytes, told: str) -> None:
    assert told in refusal(data)


def test_of_many_wrong_lines_the_first_are_named_and_the_others_counted() -> None:
    text = "".join(f"e00fce68{n:016x},{S1}\n" for n in range(50))
    told = refusal(text).splitlines()
    assert told[0].startswith("line 2: ")
    assert told[-1] == "and 29 more"
    assert len(told) == 21


def test_more_units_than_an_order_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_file, "MAX_UNITS", 3)
    assert "line 4: more than 3 units" in refusal("".join(f"e00fce68{n:016x}\n" for n in range(5)))


# Whatever comes


def check(data: bytes) -> None:
    """No crash but a refusal; no unit that is not character for character in the file; and every line is counted."""
    try:
        found = read(data)
    except OrderRefused:
        return
    text = data.decode("utf-16" if found.encoding == "utf-16" else found.encoding, "replace").upper()
    if found.encoding == "utf-16" and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = (data.decode("utf-16-le", "replace") + data.decode("utf-16-be", "replace")).upper()
    for one in found.units:
        assert one.device_id or one.serial
        assert one.iccid is None or iccid(one.iccid)
        assert one.imei is None or imei(one.imei)
        assert all(value.upper() in DRESS.sub("", text) for value in identifiers(one).values())
    adds_up(found)


DRESS = re.compile("[-_. :\u00a0\u2007\u2009\u202f\u2010-\u2015\u2212]")
"""What may stand inside an identifier."""


def adds_up(found: OrderFile) -> None:
    """Lines before the first unit, lines with a unit of their own, and lines that are named: nothing else."""
    named = {one.line for one in found.findings if not one.unit}
    assert found.rows == found.header + found.with_units + len(named)
    assert (found.named, found.with_units <= len(found.units)) == (len(named), True)


fifteen = st.text(string.ascii_uppercase + string.digits, min_size=15, max_size=15)
digits = st.text(string.digits, min_size=14, max_size=23)
words = st.one_of(
    st.binary(min_size=11, max_size=13).map(bytes.hex),
    st.builds(
        str.__add__, st.sampled_from([one for kind in PLATFORMS for one in kind.prefixes]), fifteen.map(lambda t: t[4:])
    ),
    fifteen,
    digits,
    digits.map(lambda t: "89" + t),
    st.text(max_size=20),
    st.sampled_from([ONE, TWO, S1, S2, SIM1, SIM2, MODEM1, SECRET, *HOSTILE[:25]]),
)
separators = st.sampled_from([",", ";", "\t", " ", "\n", "\r\n", "\r", '"', "|", ", ", "", "\0", "\u00a0", "\ufeff"])
lists = st.lists(st.tuples(words, separators), max_size=40).map(lambda parts: "".join(a + b for a, b in parts))
encodings = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])


@settings(max_examples=1500)
@given(lists, encodings)
def test_no_text_crashes_the_reader_or_brings_a_unit_that_is_not_in_it(text: str, encoding: str) -> None:
    check(text.encode(encoding, "surrogatepass"))


@settings(max_examples=1000)
@given(st.binary(max_size=400) | st.binary(max_size=60).map(lambda b: ONE.encode() + b))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    check(data)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_was_written_to_do_harm_names_no_unit(text: str) -> None:
    for line in (text, f"a\n{text}\nb\n"):
        try:
            found = read(line.encode("utf-8", "surrogatepass"))
        except OrderRefused:
            continue
        # Some hold a good number between separators, as any line of a list may, or a device id with 0x before it.
        if text.startswith("0x"):
            assert [one.device_id for one in found.units] == [ONE]
            continue
        assert [one.serial for one in found.units] == [S1]
        assert "\u202e" in text or "\u200b" in text


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=12))
def test_no_two_units_of_a_list_share_a_name(rows: Sequence[tuple[int, int, int]]) -> None:
    text = "".join(f"e00fce68{a:016x},B40HAB{b:09d},{'' if not c else SIM1 if c == 1 else SIM2}\n" for a, b, c in rows)
    try:
        found = read(text.encode())
    except OrderRefused:
        return
    kinds: tuple[Kind, ...] = ("device_id", "serial", "iccid")
    for kind in kinds:
        named = [identifiers(one)[kind] for one in found.units if kind in identifiers(one)]
        assert len(named) == len(set(named))


def test_a_megabyte_of_the_smallest_words_is_read_like_any_other_text() -> None:
    found = read(f"{ONE}\n".encode() + b"a;b 1,\n" * (MAX_SIZE // 128))
    assert found.units == (OrderLine(device_id=ONE),)
    assert (found.named, found.with_units, found.rows) == (MAX_SIZE // 128, 1, MAX_SIZE // 128 + 1)


@pytest.mark.nightly
@pytest.mark.timeout(0)
def test_of_a_million_damaged_lists_none_brings_a_unit_that_is_not_in_it() -> None:
    dice = random.Random(9)
    good = f"{ONE},{S1},{SIM1},{MODEM1}\n{TWO},{S2} {SECRET};{SIM2}\n"
    for _ in range(1_000_000):
        encoding = dice.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"))
        data = bytearray(good.encode(encoding))
        for _ in range(dice.randrange(1, 5)):
            at = dice.randrange(len(data))
            data[at : at + dice.randrange(3)] = dice.randbytes(dice.randrange(3))
        check(bytes(data))


def test_a_check_digit_is_what_it_is_called() -> None:
    with pytest.raises(NotAnId):
        iccid(SIM1[:-1] + "5")

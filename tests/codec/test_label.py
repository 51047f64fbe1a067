"""Labels, as scanners type them."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.codec.label import MAX_LENGTH, parse
from station.domain.faults import LabelRefused
from station.domain.ids import DeviceId, SerialNumber
from station.domain.label import Label
from station.domain.platform import PLATFORMS

SERIAL = SerialNumber("B40HAB123456789")
SECRET = "WBPYG6CPLRCFK4S"
DEVICE = DeviceId("e00fce68aabbccddeeff0011")

fifteen = st.text(string.ascii_uppercase + string.digits, min_size=15, max_size=15)
serials = st.builds(
    str.__add__,
    st.sampled_from([prefix for platform in PLATFORMS for prefix in platform.prefixes]),
    st.text(string.ascii_uppercase + string.digits, min_size=11, max_size=11),
)
before = st.sampled_from(["", "\x02", "]d1", "\x02]d2", "]Q3", " ", "\r\n"])
after = st.sampled_from(["", "\r", "\n", "\r\n", "\t", "\x03", "\x03\r\n", "  "])


@given(before, serials, st.none() | fifteen, after)
def test_a_label_names_its_serial_number_whatever_the_scanner_adds(
    head: str, serial: str, secret: str | None, tail: str
) -> None:
    text = head + serial + (f" {secret}" if secret else "") + tail
    assert parse(text) == Label(serial=SerialNumber(serial))


@pytest.mark.parametrize("text", [DEVICE, DEVICE.upper(), f"]d1{DEVICE}\r\n", f"\t{DEVICE}\n"])
def test_a_pasted_device_id_is_a_label_too(text: str) -> None:
    assert parse(text) == Label(device_id=DEVICE)


def test_the_secret_is_nowhere_in_the_label() -> None:
    assert SECRET not in repr(parse(f"{SERIAL} {SECRET}")) + parse(f"{SERIAL} {SECRET}").model_dump_json()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        (" \r\n", "empty"),
        ("]d1", "empty"),
        ("352753090000000", "15-digit number: that is an IMEI"),
        ("8934076500002589174", "19-digit number beginning with 89: that is an ICCID"),
        ("89000123456789012341", "20-digit number beginning with 89: that is an ICCID"),
        ("4006381333931", "13-digit number"),
        ("https://particle.io/x", "a web address: that is the box label"),
        ("HTTP://PARTICLE.IO", "a web address"),
        ("www.particle.io", "a web address"),
        (SERIAL.lower(), "lower-case letters"),
        (f"{SERIAL.lower()} {SECRET.lower()}", "lower-case letters"),
        ("QQQQAB123456789", "unknown first four characters"),
        (SECRET, "unknown first four characters"),
        (f"{SECRET} {SERIAL}", "unknown first four characters"),
        (SERIAL[:-1], "14 characters where a serial number has 15"),
        (f"{SERIAL}X", "16 characters"),
        (f"{SERIAL} {SECRET[:-1]}", "no mobile secret"),
        (f"{SERIAL} {SECRET.lower()}", "no mobile secret"),
        (f"{SERIAL}  {SECRET}", "more than"),
        (f"{SERIAL} {SECRET} {SECRET}", "more than"),
        (f"{SERIAL}\t{SECRET}", "control character"),
        (f"{SERIAL}\r{SERIAL}", "control character"),
        (f"{SERIAL[:-1]}\x00", "control character"),
        (SERIAL.replace("9", "９"), "a character that no label has"),
        ("１２３４５６７８９０１２３４５", "a character that no label has"),
        (SERIAL[:-1] + "-", "a character that no serial number has"),
        (DEVICE[:-1], "23 characters"),
        (DEVICE + "0", "25 characters"),
        (SERIAL * 7, "too long"),
        (" " * (MAX_LENGTH + 1), "too long"),
    ],
)
def test_a_scan_that_is_no_label_is_refused_with_the_reason(text: str, says: str) -> None:
    with pytest.raises(LabelRefused, match=says) as refused:
        parse(text)
    assert f"({len(text)} characters scanned)" in str(refused.value)


def refusal(text: str) -> LabelRefused | None:
    try:
        parse(text)
    except LabelRefused as refused:
        return refused
    return None


@given(st.text(max_size=120) | st.builds("{} {}".format, fifteen, fifteen) | fifteen)
def test_a_refusal_never_repeats_what_was_scanned(text: str) -> None:
    refused = refusal(text)
    if refused is not None:
        assert not any(word in str(refused) for word in text.split() if len(word) > 8)
        assert refused.__cause__ is None
        assert refused.__context__ is None

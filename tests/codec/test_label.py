"""Labels, as scanners type them."""

import random
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.codec.label import MAX_LENGTH, parse
from station.codec.scan import read_scan
from station.domain.faults import LabelRefused
from station.domain.ids import DeviceId, SerialNumber
from station.domain.label import Label
from station.domain.platform import PLATFORMS
from station.domain.scan import Symbology
from tests.codec.hostile import HOSTILE

SERIAL = SerialNumber("B40HAB123456789")
SECRET = "WBPYG6CPLRCFK4S"
DEVICE = DeviceId("e00fce68aabbccddeeff0011")

fifteen = st.text(string.ascii_uppercase + string.digits, min_size=15, max_size=15)
serials = st.builds(
    str.__add__,
    st.sampled_from([prefix for platform in PLATFORMS for prefix in platform.prefixes]),
    st.text(string.ascii_uppercase + string.digits, min_size=11, max_size=11),
)
mangled = st.lists(
    st.sampled_from(
        [SERIAL, SECRET, DEVICE, "P046AB226334455", " ", "\r", "\n", "\t", "]d1", "]Q1", "\x02", "\x1d", "CMD-"]
    )
    | serials
    | fifteen
    | st.text(max_size=16),
    max_size=5,
).map("".join)
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
        (f"{SERIAL} {SERIAL}", "two scans ran together"),
        (SERIAL + SERIAL, "two scans ran together"),
        (f"{SERIAL}{SERIAL} {SECRET}", "two scans ran together"),
        (f"{SERIAL} {SECRET}{SERIAL} {SECRET}", "two scans ran together"),
        (f"{SERIAL} {SECRET} {SERIAL} {SECRET}", "two scans ran together"),
        (f"{DEVICE}{DEVICE}", "two scans ran together"),
        (SERIAL[:9], "9 characters where a serial number has 15: the scan was cut off"),
        ("PH-170413-HZ74-0", "serial number of an older form"),
        ("352753090000009", "15-digit number: that is an IMEI, the modem's"),
        ("8934076500002589175", "that is an ICCID, the SIM's number, with a wrong check digit"),
        ("4006381333931", "13-digit number: that is an EAN or UPC, from the box"),
        ("4006381333932", "13-digit number: no label has that"),
        ("01234565", "8-digit number: that is an EAN or UPC"),
        (f"0109506000134352\x1d21{SERIAL}", "a GS1 code: that is the box label"),
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


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("]d1", Symbology.DATA_MATRIX),
        ("]d2", Symbology.GS1_DATA_MATRIX),
        ("]d6", Symbology.GS1_DATA_MATRIX),
        ("]Q1", Symbology.QR),
        ("]C0", Symbology.CODE_128),
        ("]C1", Symbology.GS1_128),
        ("]A0", Symbology.CODE_39),
        ("]E0", Symbology.EAN),
        ("]L2", Symbology.PDF417),
        ("]z0", Symbology.AZTEC),
        ("]X0", Symbology.OTHER),
    ],
)
def test_where_only_some_kinds_of_codes_count_another_one_is_named(head: str, kind: Symbology) -> None:
    assert parse(head + SERIAL, [kind]) == parse(SERIAL) == Label(serial=SERIAL)
    other = Symbology.QR if kind is not Symbology.QR else Symbology.DATA_MATRIX
    with pytest.raises(LabelRefused, match=f"the right text in a {kind.words}: .* is a {other.words}"):
        parse(head + SERIAL, [other])
    with pytest.raises(LabelRefused, match="AIM identifiers"):
        parse(SERIAL, [kind])


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_was_written_to_do_harm_is_no_label(text: str) -> None:
    with pytest.raises(LabelRefused) as refused:
        parse(text)
    assert len(str(refused.value)) < 200


@settings(max_examples=1500)
@given(mangled)
def test_a_damaged_label_is_refused_or_names_a_unit_that_stands_in_it(text: str) -> None:
    scan = read_scan(text)
    if isinstance(scan, tuple):
        assert scan[3] == len(text)
    elif isinstance(scan, Label):
        assert str(scan) in text or str(scan) in text.lower()


@pytest.mark.nightly
@pytest.mark.timeout(0)
def test_of_a_million_damaged_labels_none_names_a_unit_that_does_not_stand_in_it() -> None:
    """Parts of labels put together anyhow, with characters changed, dropped and doubled."""
    dice, taken = random.Random(36), 0
    good = [SERIAL, SECRET, DEVICE, "P046AB226334455", "352753090000009", "8934076500002589174", *HOSTILE[:25]]
    between = ["", " ", "\r", "\n", "\t", "]d1", "]Q1", "\x02", "\x03", "\x1d", "CMD-"]
    for _ in range(1_000_000):
        parts = [dice.choice(good) + dice.choice(between) for _ in range(dice.choice((1, 1, 2, 2, 3)))]
        text = list(dice.choice(between) + "".join(parts))
        for _ in range(dice.choice((0, 0, 1, 2))):
            at = dice.randrange(len(text) + 1)
            text[at : at + dice.randrange(2)] = dice.choice(string.printable) * dice.randrange(3)
        scan = read_scan("".join(text))
        if isinstance(scan, Label):
            taken += 1
            assert str(scan) in "".join(text) or str(scan) in "".join(text).lower()
            assert SECRET not in repr(scan)
        elif isinstance(scan, tuple):
            assert scan[3] == len(text)
            assert SECRET not in scan[2]
    assert taken > 1000


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

"""Identifiers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.domain.ids import NotAnId, device_id, nrf52840_device_id, run_id, serial_number

around = st.text(" \t\r\n\0", max_size=3)


@given(st.binary(min_size=12, max_size=12), around, around)
def test_a_device_id_is_read_in_any_case_and_through_line_ends(raw: bytes, head: str, tail: str) -> None:
    assert device_id(head + raw.hex() + tail) == raw.hex()
    assert device_id(head + raw.hex().upper() + tail) == raw.hex()


@given(st.from_regex(r"\A[A-Z0-9]{15}\Z"), around, around)
def test_a_serial_number_is_read_through_line_ends(serial: str, head: str, tail: str) -> None:
    assert serial_number(head + serial + tail) == serial


@pytest.mark.parametrize(
    "text",
    [
        "",
        "e00fce68aabbccddeeff001",
        "e00fce68aabbccddeeff00112",
        "e00fce68aabbccddeeff001g",
        "e00fce68aabb ccddeeff001",
        "e00fce68aabbccddeeff0011\nx",
        "e00fce68aabbccddeeff\n001",
        "１" * 24,
        "٣" * 24,
        "e00fce68aabbccddeeff001\u0661",
        "\ufeffe00fce68aabbccddeeff0011",
    ],
)
def test_anything_else_is_no_device_id_and_is_not_repeated(text: str) -> None:
    with pytest.raises(NotAnId) as refused:
        device_id(text)
    assert not text or text not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["", "B40HAB12345678", "B40HAB1234567890", "b40hab123456789", "B40HAB12345678９", "B40HAB1234\n6789"]
)
def test_anything_else_is_no_serial_number_and_is_not_repeated(text: str) -> None:
    with pytest.raises(NotAnId) as refused:
        serial_number(text)
    assert not text or text not in str(refused.value)


def test_a_run_id_is_a_safe_file_name() -> None:
    assert run_id("20261122-201501-n2-3f9a") == "20261122-201501-n2-3f9a"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "20261122-201501-n2-3f9a\n",
        " 20261122-201501-n2-3f9a",
        "20261122-201501-n2-3F9A",
        "20261122-201501-n123-3f9a",
        "２0261122-201501-n2-3f9a",
        "../20261122-201501-n2-3f9a",
    ],
)
def test_what_is_no_run_id_never_becomes_a_file_name(text: str) -> None:
    with pytest.raises(NotAnId):
        run_id(text)


@given(st.binary(min_size=8, max_size=8))
def test_the_chip_s_own_bytes_follow_the_nrf52840_prefix_in_memory_order(raw: bytes) -> None:
    words = int.from_bytes(raw[:4], "little"), int.from_bytes(raw[4:], "little")
    assert nrf52840_device_id(*words) == device_id("e00fce68" + raw.hex())

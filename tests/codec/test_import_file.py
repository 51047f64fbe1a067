"""The list of device ids for the console."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.codec.import_file import parse, render
from station.domain.ids import DeviceId

ONE, TWO = DeviceId("e00fce68aabbccddeeff0011"), DeviceId("0a10aced2021001122334455")
ids = st.lists(st.binary(min_size=12, max_size=12).map(lambda raw: DeviceId(raw.hex())), unique=True)


@given(ids)
def test_what_is_written_reads_back_in_order(some: list[DeviceId]) -> None:
    assert parse(render(some)) == some


@given(ids)
def test_crlf_and_blank_lines_are_tolerated(some: list[DeviceId]) -> None:
    assert parse(render(some).replace(b"\n", b"\r\n\r\n \n")) == some


def test_the_file_is_one_lower_case_id_per_line_with_lf_and_no_bom() -> None:
    assert render([ONE, TWO]) == b"e00fce68aabbccddeeff0011\n0a10aced2021001122334455\n"
    assert render([]) == b""


def test_an_id_is_never_written_twice() -> None:
    with pytest.raises(ValueError, match="twice"):
        render([ONE, TWO, ONE])


@pytest.mark.parametrize("wrong", [ONE.upper(), f"{ONE}\n", f" {ONE}", ONE[:-1], ""])
def test_an_id_that_is_not_canonical_is_never_written(wrong: str) -> None:
    with pytest.raises(ValueError, match="device id"):
        render([DeviceId(wrong)])


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (f"{ONE}\n{ONE[:-1]}\n".encode(), "line 2: "),
        (f"{ONE}\n\n{ONE.upper()}\n".encode(), "line 3: .* stands in line 1"),
        (f"\ufeff{ONE}\n".encode(), "line 1: "),
        (f"{ONE},{TWO}\n".encode(), "line 1: "),
        (f"{ONE}\x0b{TWO}\n".encode(), "line 1: "),
        (f"{ONE}\n\xff\n".encode("latin-1"), "line 2: "),
    ],
)
def test_a_bad_line_names_its_number(data: bytes, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse(data)

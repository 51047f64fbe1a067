"""What the kernel lists on USB, and which probe a serial number names."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.bench.wires.dap import probe_at
from station.cli.doctor import probe_finding
from station.config import FixtureConfig
from station.domain.faults import ProbeMissing, ProbesAlike
from station.domain.usb_serial import how_many, serial_key
from station.drivers import usb_places
from station.drivers.swd import only_probe, probe_with_serial

KERNEL, PYOCD = "000261002616", "261002616"
"""One J-Link, as the kernel and as pyOCD call it."""


@pytest.fixture
def sysfs(tmp_path: Path) -> Path:
    """A hub, two scanners without a number, two clones of one probe, a J-Link, and an interface of it."""
    plug(tmp_path, "usb1", serial="0000:00:14.0", bDeviceClass="09")
    plug(tmp_path, "usb2", serial="0000:00:14.0", bDeviceClass="09")
    for place in ("1-1.1", "1-1.2"):
        plug(tmp_path, place, idVendor="0c2e", idProduct="0901", product="Xenon")
    for place in ("1-1.3", "1-1.4"):
        plug(tmp_path, place, idVendor="0d28", idProduct="0204", serial="0001A0000000")
    plug(tmp_path, "1-2", idVendor="1366", idProduct="0101", serial=KERNEL)
    plug(tmp_path, "1-2:1.0", serial=KERNEL)
    return tmp_path


def plug(sysfs: Path, place: str, **says: str) -> None:
    (sysfs / place).mkdir()
    for name, text in says.items():
        (sysfs / place / name).write_text(f"{text}\n")


def test_a_number_is_listed_as_often_as_things_on_usb_have_it(sysfs: Path) -> None:
    assert sorted(usb_places.serials(sysfs)) == ["0001A0000000", "0001A0000000", KERNEL]


def test_things_of_one_kind_that_no_number_tells_apart_are_found_and_hubs_are_none(sysfs: Path) -> None:
    assert [[one.place for one in group] for group in usb_places.twins(sysfs)] == [
        ["1-1.1", "1-1.2"],
        ["1-1.3", "1-1.4"],
    ]


@pytest.mark.parametrize("asked", [KERNEL, PYOCD, "0261002616"])
@pytest.mark.parametrize("told", [KERNEL, PYOCD])
def test_a_j_link_is_found_by_its_number_with_and_without_its_zeros(asked: str, told: str, tmp_path: Path) -> None:
    others = [probe_at(tmp_path / "a", "0001A0000000"), probe_at(tmp_path / "b", "2610026160")]
    probe = probe_at(tmp_path / "c", told)
    assert only_probe(asked, [*others, probe]) is probe


def test_of_two_probes_with_one_number_neither_is_opened_whichever_is_listed_first(tmp_path: Path) -> None:
    one, other = probe_at(tmp_path / "a", "0001A0000000"), probe_at(tmp_path / "b", "0001a0000000")
    for connected in ([one, other], [other, one]):
        with pytest.raises(ProbesAlike, match="2 debug probes have the serial number 0001A0000000"):
            only_probe("0001A0000000", connected)
    with pytest.raises(ProbeMissing, match="no debug probe with serial number 7"):
        only_probe("7", [one, other])


def test_twins_that_the_kernel_lists_are_refused_before_pyocd_is_asked(sysfs: Path) -> None:
    with pytest.raises(ProbesAlike, match="two things on USB have the serial number 0001A0000000"):
        probe_with_serial("0001A0000000", lambda: usb_places.serials(sysfs))()


def test_the_doctor_tells_twins_and_a_number_that_is_made_up(sysfs: Path) -> None:
    own = usb_places.serials(sysfs)
    assert probe_finding(PYOCD, "J-Link", [PYOCD], own).state == "ok"
    clone = probe_finding("0001A0000000", "Clone", ["0001A0000000"], own)
    assert (clone.state, "another one has this number" in clone.detail) == ("warn", True)
    without = probe_finding("9f3c21", "Clone", ["9f3c21"], own)
    assert (without.state, "has no serial number" in without.detail) == ("warn", True)


def test_a_fixture_does_not_name_one_probe_for_two_nests_in_two_spellings() -> None:
    nests = [{"nest": n, "usb": f"1-{n}", "probe": probe} for n, probe in enumerate((KERNEL, PYOCD), 1)]
    with pytest.raises(ValueError, match="probe 261002616 is used by two nests"):
        FixtureConfig.model_validate({"name": "two", "controller": "/dev/ttyACM0", "nests": nests})


@given(st.text(max_size=12), st.integers(0, 9))
def test_only_zeros_before_digits_and_capitals_make_no_difference(text: str, zeros: int) -> None:
    assert serial_key(serial_key(text)) == serial_key(text)
    assert how_many(text, [text]) == 1
    if text.isascii() and text.isdecimal():
        assert serial_key("0" * zeros + text) == serial_key(text)
    elif text.strip():
        assert serial_key(f"0{text.strip()}") != serial_key(text)

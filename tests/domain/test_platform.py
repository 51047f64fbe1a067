"""Platforms, told apart from outside."""

from collections import Counter

import pytest

from station.domain.ids import DeviceId, serial_number
from station.domain.platform import (
    PLATFORMS,
    Mcu,
    Platform,
    label_contradicts,
    platform_named,
    platform_of_serial,
    platform_of_usb,
    platform_with_id,
)


def test_no_two_platforms_share_a_name_an_id_a_usb_id_or_a_serial_prefix() -> None:
    products = [one for each in PLATFORMS for one in (each.usb_product, each.usb_product_dfu) if one is not None]
    for column in (
        [one.name for one in PLATFORMS],
        [one.id for one in PLATFORMS],
        [prefix for one in PLATFORMS for prefix in one.prefixes],
        products,
    ):
        assert max(Counter(column).values()) == 1


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda one: str(one.name))
def test_a_platform_is_found_by_everything_it_shows(platform: Platform) -> None:
    assert platform_named(platform.name) is platform
    assert platform_with_id(platform.id) is platform
    for prefix in platform.prefixes:
        assert platform_of_serial(serial_number(prefix + "AB123456789")) is platform
    for product in (platform.usb_product, platform.usb_product_dfu):
        assert product is None or platform_of_usb(product) is platform


@pytest.mark.parametrize(
    ("name", "number", "normal", "dfu"),
    [
        ("argon", 12, 0xC00C, 0xD00C),
        ("boron", 13, 0xC00D, 0xD00D),
        ("tracker", 26, 0xC01A, 0xD01A),
        ("p2", 32, 0xC020, 0xD020),
        ("msom", 35, 0xC023, 0xD023),
        ("tachyon", 42, 0xC02A, None),
    ],
)
def test_usb_ids_are_those_that_particle_publishes(name: str, number: int, normal: int, dfu: int | None) -> None:
    platform = platform_named(name)
    assert platform is not None
    assert (platform.id, platform.usb_product, platform.usb_product_dfu) == (number, normal, dfu)


@pytest.mark.parametrize(
    ("name", "prefix"), [("boron", "e00fce68"), ("p2", "0a10aced2021"), ("tachyon", "422a06"), ("photon", "")]
)
def test_a_device_id_begins_as_its_microcontroller_has_it(name: str, prefix: str) -> None:
    # nRF52840 and RTL872x: Device OS, deviceid_hal; Tachyon: @particle/device-constants 4.2.1, src/js/linux.js
    platform = platform_named(name)
    assert platform is not None
    assert platform.device_id_prefix == prefix


def test_what_nobody_makes_is_no_platform() -> None:
    assert platform_named("core") is None
    assert platform_with_id(0) is None
    assert platform_of_usb(0x0204) is None
    assert platform_of_usb(0xD02A) is None
    assert platform_of_serial(serial_number("QQQQAB123456789")) is None


def test_only_an_rtl872x_ties_its_label_to_its_chip() -> None:
    device = DeviceId("0a10aced2021001122aabbcc")
    right, wrong = serial_number("P046AB123AABBCC"), serial_number("P046AB123AABBCD")
    for platform in PLATFORMS:
        assert not label_contradicts(right, device, platform)
        assert label_contradicts(wrong, device, platform) == (platform.mcu is Mcu.RTL872X)

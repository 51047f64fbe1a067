"""Which release of Device OS a system part is, by the version number in its header.

The number is no writing of the release: 4006 is 4.0.2, 5004 is 5.1.0, 5901 is 5.9.0.
Source: Device OS 6.2.0, system/system-versions.md; four numbers that it leaves out (1103, 1104, 2020, 2021) from
modules/shared/system_module_version.mk at their tags.
"""

from collections.abc import Mapping
from types import MappingProxyType

_RUNS = {
    0: (
        "0.4.0 0.4.1 0.4.2 0.4.3 0.4.4-rc.6 0.4.4 0.4.5 0.4.6 0.4.7 0.4.8-rc.1 0.4.8-rc.6 0.4.9 "
        "0.5.0-rc.1 0.5.0 0.5.1-rc.1 0.5.1 0.5.2-rc.1 0.5.2 0.5.3-rc.1 0.5.3-rc.2 0.5.3-rc.3 0.5.3 0.5.4 "
        "0.5.5"
    ),
    100: "0.6.0-rc.1 0.6.0-rc.2 0.6.0 0.6.1-rc.1 0.6.1-rc.2 0.6.1 0.6.2-rc.1 0.6.2-rc.2 0.6.2 0.6.3 0.6.4",
    200: "0.7.0-rc.1 0.7.0-rc.2 0.7.0-rc.3 0.7.0-rc.4 0.7.0-rc.5 0.7.0-rc.6 0.7.0-rc.7 0.7.0",
    300: (
        "0.8.0-rc.1 0.8.0-rc.2 0.8.0-rc.3 0.8.0-rc.4 0.8.0-rc.5 0.8.0-rc.6 0.8.0-rc.7 0.8.0-rc.8 "
        "0.8.0-rc.9 0.8.0-rc.10 0.8.0-rc.11 0.8.0-rc.12 0.8.0-rc.14"
    ),
    314: (
        "0.8.0-rc.15 0.8.0-rc.16 0.8.0-rc.17 0.8.0-rc.18 0.8.0-rc.19 0.8.0-rc.20 0.8.0-rc.21 0.8.0-rc.22 "
        "0.8.0-rc.23 0.8.0-rc.24 0.8.0-rc.25 0.8.0-rc.26 0.8.0-rc.27"
    ),
    400: "0.9.0-rc.1 0.9.0-rc.2 0.9.0-rc.3 0.9.0",
    1000: "1.0.0 1.0.1-rc.1 1.0.1",
    1100: "1.1.0-rc.1 1.1.0-rc.2 1.1.0 1.1.1-rc.1 1.1.1",
    1200: "1.2.0-alpha.1 1.2.0-beta.1 1.2.0-rc.1",
    1210: "1.2.1-rc.1 1.2.1-rc.2 1.2.1-rc.3 1.2.1",
    1300: "1.3.0-alpha.1 1.3.0-rc.1",
    1320: "1.3.1-rc.1 1.3.1",
    1400: "1.4.0-rc.1 1.4.0 1.4.1-rc.1 1.4.1 1.4.2 1.4.3 1.4.4 1.4.5-b5som.1 1.4.5-b5som.2",
    1500: "1.5.0-rc.1 1.5.0-rc.2 1.5.0 1.5.1-tracker.1 1.5.1-tracker.2 1.5.1-tracker.3",
    1510: "1.5.1-rc.1 1.5.1 1.5.2 1.5.3-tracker.1 1.5.4-rc.1 1.5.4-rc.2",
    2000: (
        "2.0.0-alpha.1 2.0.0-alpha.2 2.0.0-alpha.3 2.0.0-alpha.4 2.0.0-rc.1 2.0.0-rc.2 2.0.0-rc.3 "
        "2.0.0-rc.4 2.0.0 2.0.1-alpha.1 2.0.1-alpha.2 2.0.1"
    ),
    2020: "2.0.2-rc.1 2.0.2",
    2100: "2.1.0-rc.1 2.1.0",
    2200: "2.2.0-rc.1 2.2.0-rc.2 2.2.0",
    2300: "2.3.0-rc.1 2.3.0 2.3.1",
    3000: "3.0.0-alpha.1 3.0.0-alpha.2 3.0.0-beta.1 3.0.0-rc.1 3.0.0-rc.2 3.0.0",
    3010: "3.0.1-p2.1 3.0.1-p2.2 3.0.1-p2.3 3.0.1-p2.4 3.0.1-p2.5",
    3100: "3.1.0-alpha.1 3.1.0-alpha.2 3.1.0-rc.1 3.1.0",
    3200: "3.2.0-rc.1 3.2.0",
    3210: "3.2.1-p2.1 3.2.1-p2.2 3.2.1-p2.3 3.2.1-p2.4",
    3300: "3.3.0-rc.1 3.3.0 3.3.1",
    4000: "4.0.0-alpha.1 4.0.0-alpha.2 4.0.0-beta.1 4.0.0 4.0.1-rc.1 4.0.1 4.0.2",
    4100: "4.1.0",
    4200: "4.2.0",
    5000: "5.0.0-alpha.1 5.0.0-alpha.2 5.0.0 5.0.1 5.1.0",
    5200: "5.2.0",
    5300: "5.3.0 5.3.1 5.3.2",
    5400: "5.4.0",
    5410: "5.4.1",
    5500: "5.5.0-rc.1 5.5.0",
    5600: "5.6.0",
    5700: "5.7.0",
    5800: "5.8.0 5.8.1 5.8.2",
    5901: "5.9.0",
    6000: "6.0.0",
    6100: "6.1.0 6.1.1 6.1.2",
    6200: "6.2.0",
}
"""Releases by the number of the first; each of the others has the next number. Of several with one number, the last."""

RELEASES: Mapping[int, str] = MappingProxyType(
    {first + more: name for first, names in _RUNS.items() for more, name in enumerate(names.split())}
)
"""Releases by the version number of their system part."""


def os_release(number: int) -> str:
    """How a person calls the Device OS of a system part; one that is not known here by its number.

    >>> os_release(4006), os_release(6300)
    ('4.0.2', '6300')
    """
    return RELEASES.get(number, str(number))


def is_prerelease(number: int) -> bool:
    """True for what was published to be tried, such as 3.1.0-alpha.2; an unknown number is not called so."""
    return "-" in os_release(number)

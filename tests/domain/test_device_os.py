"""What a person calls the Device OS of a system part."""

import pytest

from station.domain.device_os import RELEASES, is_prerelease, os_release


@pytest.mark.parametrize(
    ("number", "release"),
    [
        # Device OS 6.2.0, system/system-versions.md
        (4006, "4.0.2"),
        (4003, "4.0.0"),
        (5004, "5.1.0"),
        (5003, "5.0.1"),
        (5410, "5.4.1"),
        (5501, "5.5.0"),
        (5901, "5.9.0"),
        (3103, "3.1.0"),
        (2301, "2.3.0"),
        (1213, "1.2.1"),
        (3014, "3.0.1-p2.5"),
        (6102, "6.1.2"),
        (6200, "6.2.0"),
        # the tags v1.1.1 and v2.0.2, modules/shared/system_module_version.mk
        (1104, "1.1.1"),
        (2021, "2.0.2"),
    ],
)
def test_a_number_is_told_as_the_release_it_was_published_as(number: int, release: str) -> None:
    assert os_release(number) == release


def test_a_number_that_is_not_known_is_shown_as_it_is() -> None:
    assert os_release(6300) == "6300"
    assert not is_prerelease(6300)


def test_a_pre_release_is_called_one() -> None:
    assert is_prerelease(3101)
    assert not is_prerelease(3103)


def test_no_release_has_two_numbers() -> None:
    assert len(set(RELEASES.values())) == len(RELEASES)

"""The rule that keeps the meter at zero."""

import string

import pytest

from station.domain.offline import (
    ALLOWED_CONSOLE,
    ALLOWED_REQUESTS,
    FORBIDDEN_REQUESTS,
    MODEM_REQUESTS,
    RAW_REQUESTS,
    console_refusal,
    raw_refusal,
    request_refusal,
)

CONNECTS = {41, 60, 250, 251, 252, 253, 301, 500, 501, 507, 550, 552}


def test_no_request_is_on_both_lists() -> None:
    assert not ALLOWED_REQUESTS.keys() & FORBIDDEN_REQUESTS.keys()
    assert not ALLOWED_REQUESTS.keys() & CONNECTS


def test_of_all_requests_there_can_be_only_the_allowed_ones_pass() -> None:
    assert {number for number in range(0x10000) if request_refusal(number) is None} == set(ALLOWED_REQUESTS)


def test_the_modem_is_powered_only_by_its_own_request_and_only_where_the_recipe_allows_it() -> None:
    allowed = {number for number in range(0x10000) if request_refusal(number, modem=True) is None}
    assert allowed == {*ALLOWED_REQUESTS, *MODEM_REQUESTS}
    assert {number for number in range(0x10000) if raw_refusal(number) is None} == set(RAW_REQUESTS)


def test_every_refusal_says_why() -> None:
    assert all(request_refusal(number) == why for number, why in FORBIDDEN_REQUESTS.items())
    assert request_refusal(65535) == request_refusal(-1) == "it is not on the list of requests a station needs"


def test_of_all_characters_only_the_allowed_ones_pass() -> None:
    characters = [chr(number) for number in range(0x10000)]
    assert {one for one in characters if console_refusal(one) is None} == set(ALLOWED_CONSOLE)


@pytest.mark.parametrize("typed", ["x", "L", "C", "w", "f", "", "iv", "I", "ｉ", "\n", *string.digits])
def test_what_could_bring_a_unit_online_is_never_typed(typed: str) -> None:
    assert console_refusal(typed) is not None

"""The three ways to make a unit."""

from station.domain.events import Profile
from station.domain.profile import BANNERS, CHECKLIST, unmet
from station.domain.recipe import Recipe
from tests.engine.sheet import FACTORY_TEST, RELEASE, recipe

OFFLINE = recipe()
EVERYTHING: tuple[Profile, ...] = ("offline", "online_e2e", "test_account")


def with_profile(profile: Profile, **more: object) -> Recipe:
    return Recipe.model_validate(OFFLINE.model_dump() | {"profile": profile} | more)


def test_a_recipe_that_says_nothing_is_offline_and_needs_nothing() -> None:
    assert OFFLINE.profile == "offline"
    assert unmet(OFFLINE, FACTORY_TEST, (), uplink=False) == []
    assert BANNERS["offline"] == ""
    assert CHECKLIST["offline"] == ()


def test_what_goes_online_must_be_allowed_by_the_station() -> None:
    for profile in ("online_e2e", "test_account"):
        made = with_profile(profile, orders="required", account="qa")
        assert any("does not allow it" in one for one in unmet(made, RELEASE, EVERYTHING[:1], uplink=True))
        assert unmet(made, RELEASE, EVERYTHING, uplink=True) == []


def test_end_to_end_needs_units_in_the_product_and_a_way_to_hear_of_them() -> None:
    found = unmet(with_profile("online_e2e"), FACTORY_TEST, EVERYTHING, uplink=False)
    assert len(found) == 3
    assert "names no product" in found[0]
    assert 'orders = "required"' in found[1]
    assert "no way to the product's device list" in found[2]


def test_a_test_account_needs_its_owner_s_name_and_is_a_checklist_for_a_person() -> None:
    [lacking] = unmet(with_profile("test_account"), RELEASE, EVERYTHING, uplink=False)
    assert "account" in lacking
    assert "a person does" in CHECKLIST["test_account"][0]


def test_whatever_is_not_offline_says_so_in_capitals() -> None:
    assert all(BANNERS[profile].startswith("NOT OFFLINE") for profile in EVERYTHING if profile != "offline")

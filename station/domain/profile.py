"""The three ways to make a unit, and what each one needs before the first unit.

Source: docs.particle.io, "Creating a product": connecting by the end-user, adding to the product first, using a test
account. Only the first keeps every unit from the cloud, and it is what a recipe means when it says nothing.
"""

from collections.abc import Collection

from station.domain.events import Profile
from station.domain.recipe import Recipe
from station.domain.release import Release

BANNERS: dict[Profile, str] = {
    "offline": "",
    "online_e2e": "NOT OFFLINE: units of this recipe are added to the product, then connected (online_e2e)",
    "test_account": "NOT OFFLINE: units of this recipe are connected in a test account by hand (test_account)",
}
"""What every screen and report shows in red."""

CHECKLIST: dict[Profile, tuple[str, ...]] = {
    "offline": (),
    "online_e2e": (),
    "test_account": (
        "The station does none of this: a person does, for each unit that passed, and signs for it.",
        "The test account's owner is a member of the product's team: only then can its SIMs move without a release.",
        "Claim the unit to the test account, activate its SIM there, connect it, test what needs a network.",
        "Unclaim the unit; flash the release of this recipe again at this station, so that the last image never ran.",
        "Add the unit to the product; its SIM moves with it. Check that it does: a re-activation can take days.",
        "From its first connection on, the unit is metered.",
    ),
}


def unmet(recipe: Recipe, release: Release, allowed: Collection[Profile], uplink: bool) -> list[str]:
    """Every reason why units cannot be made by this recipe's profile here; `uplink`: the station reaches the cloud."""
    profile = recipe.profile
    if profile == "offline":
        return []
    found = []
    if profile not in allowed:
        found.append(f'profile {profile}: station.toml does not allow it; it needs profiles = ["offline", "{profile}"]')
    if release.product is None:
        found.append(f"profile {profile}: release {release.title} names no product")
    match profile:
        case "online_e2e":
            if recipe.orders != "required":
                found.append(
                    'profile online_e2e: units must be in an order that is in the product: orders = "required"'
                )
            if not uplink:
                found.append(
                    "profile online_e2e: it waits for spark/status of each unit, and this station has no way to the"
                    " product's device list"
                )
        case "test_account":
            if recipe.account is None:
                found.append('profile test_account: the recipe names no account = "…"')
    return found

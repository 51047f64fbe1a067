"""Pages of told shifts, for tests."""

from station.texts import texts_in
from station.ui.around import Around
from station.ui.model import Card, RunPage
from station.ui.run_page import run_page
from station.ui.samples import MAKING, NOW, Story
from station.ui.screen import Screen

TEXTS = texts_in("en")


def page(screen: Screen, now: int = NOW) -> RunPage:
    """What this screen shows at this moment."""
    return run_page(screen, MAKING, Around(now), TEXTS)


def card(story: Story, nest: int = 1, now: int = NOW) -> Card:
    """One nest's card."""
    return next(one for one in page(story.screen, now).cards if one.nest == nest)

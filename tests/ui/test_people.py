"""What a screen says of people, folded from what the bus says of them."""

from typing import get_args

from station.domain.ids import SerialNumber
from station.domain.outcome import Outcome
from station.domain.people import Action, Person, Role
from station.domain.ready import Item, ItemCode, ItemState
from station.domain.shift_facts import ReferenceJudged
from station.engine.bus import Aimed, AtWork, Checked, PinWanted, Trouble, Waiting
from station.ui.model import Look, Sign
from station.ui.people import checks_of
from station.ui.samples import FOUND, NOW, SECOND, Story
from tests.ui.story import TEXTS, card, page

OLGA = Person(name="Olga de la Cruz", badge="OP1", role=Role.OPERATOR)


def test_who_is_at_work_stands_in_the_header() -> None:
    story = Story(1)
    story.screen.hear(AtWork(None), NOW)
    assert (page(story.screen).header.person, page(story.screen).header.nobody) == (None, "No one is signed in")
    assert page(story.screen).band.prompt == "Scan your badge"
    story.screen.hear(AtWork(OLGA), NOW)
    person = page(story.screen).header.person
    assert person is not None
    assert (person.name, person.role, person.initials) == ("Olga de la Cruz", "Operator", "OC")
    assert page(story.screen).band.sign is Sign.SCAN
    story.screen.hear(AtWork(None, asked=False), NOW)
    assert page(story.screen).header.nobody == "No sign-in"
    assert page(story.screen).band.prompt == "Scan the label of the next unit"


def test_where_a_unit_goes_that_nobody_allows_is_read_before_what_waits_for_a_badge() -> None:
    story = Story(2)
    story.screen.hear(AtWork(OLGA), NOW)
    story.screen.hear(Waiting(Action.TEST_AGAIN, "x", 30.0), NOW)
    story.screen.hear(Trouble("RETEST_BLOCKED", "", "", values={"times": "2", "who": "lead"}), NOW)
    assert page(story.screen, NOW + SECOND).band.detail.startswith("Put it in the red tray.")
    assert page(story.screen, NOW + 20 * SECOND).band.detail.endswith("10\u00a0s left.")


def test_what_waits_for_a_badge_is_told_before_why_and_counts_down() -> None:
    story = Story(2)
    story.screen.hear(AtWork(OLGA), NOW)
    story.screen.hear(Trouble("NOT_ALLOWED", "no", "no"), NOW)
    for action in Action:
        story.screen.hear(Waiting(action, "x", 30.0, nest=2), NOW)
        shown = page(story.screen, NOW + 10 * SECOND).band
        assert shown.prompt == f"Nest 2 waits for a badge: {TEXTS.say(f'action.{action}')}"
        assert shown.detail.endswith("20\u00a0s left.")
    story.screen.hear(Waiting(None), NOW)
    assert page(story.screen).band.sign is Sign.WARN
    story.screen.hear(AtWork(OLGA), NOW)
    assert page(story.screen).band.sign is Sign.SCAN


def test_a_pin_is_wanted_by_name_and_never_shown() -> None:
    story = Story(1)
    story.screen.hear(Waiting(Action.TEST_AGAIN, "x", 30.0), NOW)
    story.screen.hear(PinWanted("Leo", 34.0, Action.TEST_AGAIN, not_before=4.0), NOW)
    assert page(story.screen).band.prompt == "Leo: type your PIN"
    assert page(story.screen).band.detail == "The next PIN is looked at in 4\u00a0s."
    assert page(story.screen, NOW + 5 * SECOND).band.detail == "29\u00a0s left."
    story.screen.hear(PinWanted(None), NOW)
    assert page(story.screen).band.prompt == "Waits for a badge: test this unit again"


def test_a_nest_that_was_named_is_the_one_the_next_scan_goes_to() -> None:
    story = Story(3)
    story.screen.hear(Aimed(2, 8.0), NOW)
    assert [card(story, nest).look for nest in (1, 2)] == [Look.EMPTY, Look.LOAD]
    assert page(story.screen).band.detail == "It goes in nest 2."
    story.screen.hear(Aimed(None), NOW)
    assert card(story, 1).look is Look.LOAD


def test_while_reference_units_are_due_the_band_asks_for_them_and_for_no_other_unit() -> None:
    story = Story(3)
    story.screen.hear(Checked(FOUND), NOW)
    shown = page(story.screen).band
    assert shown.prompt == "Scan the label of a reference unit"
    assert shown.detail == "It goes in nest 1. Test now: B40HAB412004F7Q, B40HAB412004F8R"
    story.run(1, "B40HAB412004F7Q", 3, 20, 0.5)
    assert page(story.screen).band.detail == "It goes in nest 2. Test now: B40HAB412004F8R"
    story.run(2, "B40HAB412004F8R", 3, 20, 0.5)
    assert page(story.screen).band.sign is Sign.WAIT
    assert Look.LOAD not in {one.look for one in page(story.screen).cards}
    for nest, serial in ((1, "B40HAB412004F7Q"), (2, "B40HAB412004F8R")):
        judged = ReferenceJudged(
            serial=SerialNumber(serial), nest=nest, expect="pass", outcome=Outcome.PASS, right=True
        )
        story.fact(judged, nest, 0)
    assert page(story.screen).band.prompt == "Scan the label of the next unit"
    assert card(story, 3).look is Look.LOAD


def test_every_item_of_the_station_check_has_a_title_and_a_word_where_it_is_not_well() -> None:
    story = Story(1)
    items = tuple(
        Item(code=code, state=state, says="It is so.") for code in get_args(ItemCode) for state in get_args(ItemState)
    )
    story.screen.hear(Checked(items), NOW)
    shown = checks_of(story.screen.checks, TEXTS)
    assert len({one.title for one in shown}) == len(items) / len(get_args(ItemState))
    assert all(one.ready is (one.state == "") for one in shown)

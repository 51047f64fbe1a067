"""The rest of the page: header, last scan, figures, keys; and the page before a shift."""

from zoneinfo import ZoneInfo

import pytest

from station.domain.outcome import Outcome
from station.domain.refusals import Code
from station.engine.bus import Trouble
from station.ui.around import Around
from station.ui.model import Check, Press
from station.ui.people import checks_of
from station.ui.run_page import run_page, sign_in_page
from station.ui.samples import FOUND, LANGUAGES, MAKING, NOW, SECOND, Story, mixed, signing_in
from tests.ui.story import TEXTS, page


def test_the_header_says_what_is_made_with_what() -> None:
    header = page(Story(1).screen).header
    assert (header.station, header.product, header.time) == ("Line 1", "Gateway rev C", "12:41")
    assert header.details == ("Recipe gateway C", "Release gateway-1.4.0", "Product 31004")
    assert header.person is None


def test_times_are_those_of_the_hall() -> None:
    around = Around(NOW, zone=ZoneInfo("Asia/Ho_Chi_Minh"))
    assert run_page(mixed().screen, MAKING, around, TEXTS).header.time == "19:41"
    assert run_page(mixed().screen, MAKING, around, TEXTS).last_scan.time.startswith("19:40")


def test_every_scan_gets_an_answer() -> None:
    story = Story(2)
    assert page(story.screen).last_scan.taken is None
    story.scan(1, "B40HAB412004F7Q", 2)
    taken = page(story.screen).last_scan
    assert (taken.what, taken.answer, taken.taken, taken.time) == (
        "B40HAB412004F7Q",
        "Taken for nest 1",
        True,
        "12:40:58",
    )
    story.refuse("U101", 31, 1)
    refused = page(story.screen).last_scan
    assert (refused.what, refused.answer, refused.taken) == ("Characters: 31", "Not taken", False)


def test_the_text_of_a_refused_scan_is_shown_nowhere() -> None:
    """It may have held a secret; the station never keeps it."""
    story = Story(2)
    story.refuse("U101", 31, 1)
    assert "Characters: 31" in repr(page(story.screen))


def test_the_shift_is_counted_as_the_report_counts_it() -> None:
    story = mixed()
    values = [one.value for one in page(story.screen).figures]
    assert values == ["98", "94.9\u00a0%", "5", "0:37", "0:31"]
    assert story.screen.shift.failed == story.screen.outcomes[Outcome.FAIL] == 5


def test_a_shift_without_units_has_no_yield() -> None:
    assert [one.value for one in page(Story(4).screen).figures] == ["0", "–", "0", "–", "–"]


def test_the_log_key_is_down_while_the_drawer_is_open() -> None:
    keys = {one.press: one.down for one in mixed().page(log=("a line",)).buttons}
    assert keys == {press: press is Press.LOG for press in Press}
    assert not any(one.down for one in mixed().page().buttons)


def test_of_a_command_that_was_not_taken_nobody_reads_how_many_characters_it_had() -> None:
    story = mixed()
    story.refuse(Code.NOTHING_TO_UNLOAD, 0, 2)
    assert (page(story.screen).last_scan.what, page(story.screen).last_scan.answer) == ("A command", "Not taken")


def test_a_key_says_what_a_touch_of_it_does_now() -> None:
    said = [run_page(mixed().screen, MAKING, Around(NOW, lead_called=one), TEXTS).buttons[2] for one in (False, True)]
    assert [(one.press, one.text) for one in said] == [(Press.LEAD, "Call lead"), (Press.LEAD, "Lead is here")]


@pytest.mark.parametrize("profile", ["online_e2e", "test_account"])
def test_a_line_that_goes_online_says_so_on_every_page(profile: str) -> None:
    story = Story(1, profile=profile)
    assert page(story.screen).warning.startswith("NOT OFFLINE")
    before = sign_in_page(
        story.screen, MAKING, Around(NOW), TEXTS, shift="", checks=checks_of(FOUND, TEXTS), languages=LANGUAGES
    )
    assert before.warning == page(story.screen).warning
    assert page(Story(1).screen).warning == ""


def test_the_same_moment_makes_the_same_page() -> None:
    assert mixed().page() == mixed().page()
    assert page(mixed().screen, NOW) != page(mixed().screen, NOW + SECOND)


def test_who_is_due_may_sign_in_and_who_misses_something_may_not() -> None:
    assert signing_in().check_text == "Ready: 9 of 11. You can sign in now."

    def told(*checks: Check) -> str:
        made = sign_in_page(Story(1).screen, MAKING, Around(NOW), TEXTS, shift="", checks=checks, languages=LANGUAGES)
        return made.check_text

    ready = Check("Scanner", "it answers", True)
    assert told(ready, ready) == "All 2 are ready. You can sign in now."
    missing = Check("Scanner", "it does not answer", False, TEXTS.say("check.state.fail"))
    assert told(ready, missing) == "Ready: 1 of 2. Call the technician."


def test_a_scan_that_named_its_nest_says_which() -> None:
    story = mixed()
    story.screen.hear(Trouble(Code.SCAN_DUPLICATE, "", "", 2), NOW)
    assert page(story.screen).band.prompt == "This unit is already in nest 2"

"""The band always says the one next thing, and it is always true."""

import pytest

from station.domain.faults import CommandRefused, JournalMoved, all_faults
from station.domain.nest import On
from station.domain.outcome import Outcome
from station.domain.people import Action
from station.domain.refusals import TEXTS as REFUSALS
from station.domain.refusals import Code
from station.engine.bus import AtWork, Checked, Trouble, Turned, Waiting
from station.texts import placeholders
from station.ui.around import Around, Making, Notice
from station.ui.bands import GO_ON, LOCK_NEWS, NEWS
from station.ui.model import Band, Look, Sign, Tone
from station.ui.run_page import run_page
from station.ui.samples import FOUND, MAKING, NOW, SECOND, Story, mixed
from station.ui.screen import Screen
from tests.ui.story import TEXTS, page

SERIALS = ("B40HAB412004F7Q", "B40HAB412004F83", "B40HAB412004F9M", "B40HAB412004FA1")


WELL = tuple(one.model_copy(update={"state": "ok"}) for one in FOUND)


def band(story: Story, later: float = 0.0) -> Band:
    return page(story.screen, NOW + int(later * SECOND)).band


def running(nests: int = 2) -> Story:
    story = Story(nests)
    for nest in range(1, nests + 1):
        story.run(nest, SERIALS[nest - 1], 4, 20, 0.5)
    return story


def test_before_anything_is_known_the_station_says_that_it_starts() -> None:
    assert page(Screen()).band.prompt == "The station starts"


def test_an_empty_nest_is_to_be_filled_and_finished_ones_can_be_unloaded() -> None:
    shown = band(mixed())
    assert (shown.tone, shown.sign, shown.prompt) == (Tone.ACT, Sign.SCAN, "Scan the label of the next unit")
    assert shown.detail == "It goes in nest 4. Nests 1 and 3 are finished and can be unloaded."


def test_a_scanned_unit_is_to_be_seated_before_another_is_scanned() -> None:
    story = Story(3)
    story.scan(1, SERIALS[0], 2)
    assert band(story).prompt == "Seat the unit in nest 1"
    story.scan(2, SERIALS[1], 1)
    assert band(story).prompt == "Seat the units in nests 1 and 2"


def test_when_all_nests_work_there_is_nothing_to_do_but_to_wait() -> None:
    shown = band(running())
    assert (shown.tone, shown.sign) == (Tone.RUN, Sign.WAIT)
    assert shown.detail == "The next verdict comes in about 24\u00a0s."
    unknown = Making("line-1", MAKING.recipe, "gateway-1.4.0")
    told = run_page(running().screen, unknown, Around(NOW), TEXTS).band
    assert told.detail == "The next verdict comes soon."


def test_a_question_comes_before_units_and_the_next_one_is_announced() -> None:
    story = Story(3)
    for nest in (1, 2):
        story.run(nest, SERIALS[nest - 1], 6, 20, 0.0)
        story.ask(nest, 46, "Is the lamp green?", 1)
    shown = band(story)
    assert (shown.tone, shown.prompt) == (Tone.ACT, "Nest 1: Is the lamp green?")
    assert shown.detail.endswith("Then nest 2 asks, too.")


def test_only_when_all_passed_the_band_is_green() -> None:
    story = Story(2)
    for nest in (1, 2):
        story.run(nest, SERIALS[nest - 1], 12, 40)
        story.end(nest, Outcome.PASS, On.PASS, 2)
    assert (band(story).tone, band(story).prompt) == (Tone.GOOD, "2 of 2 passed. Unload")
    other = Story(2)
    for nest, outcome, on in ((1, Outcome.PASS, On.PASS), (2, Outcome.FAIL, On.FAIL)):
        other.run(nest, SERIALS[nest - 1], 12, 40)
        other.end(nest, outcome, on, 2, "" if outcome is Outcome.PASS else "U302")
    assert (band(other).tone, band(other).prompt) == (Tone.ACT, "Unload nests 1 and 2")


def test_a_refused_scan_is_told_for_a_while() -> None:
    story = mixed()
    story.refuse("U102", 31, 0)
    shown = band(story, NEWS - 1)
    assert (shown.tone, shown.prompt) == (Tone.WARN, "This label belongs to another product")
    assert shown.detail == "Nothing was started. Check the tray and the recipe."
    assert band(story, NEWS + 1).sign is Sign.SCAN


def test_a_scan_that_is_taken_ends_the_news_of_one_that_was_not() -> None:
    story = Story(3)
    story.refuse("U102", 31, 2)
    story.scan(1, SERIALS[0], 1)
    assert band(story).sign is Sign.SEAT


@pytest.mark.parametrize("code", [*Code, *(fault.code for fault in all_faults())])
def test_whatever_the_station_tells_has_a_sentence_and_never_its_code(code: str) -> None:
    story = mixed()
    values = dict.fromkeys(placeholders("".join("".join(one) for one in REFUSALS.values())), "3")
    story.screen.hear(Trouble(code, "the detail", "the remedy", 2, values), NOW)
    shown = band(story)
    assert shown.tone is Tone.WARN
    for text in (shown.prompt, shown.detail):
        assert text
        assert code not in text
        assert "the detail" not in text
    assert not shown.prompt.endswith(".")


def test_trouble_of_another_package_is_told_in_its_own_words() -> None:
    story = mixed()
    story.screen.hear(Trouble("P900", "The oven is cold. 40 °C are missing.", "Wait."), NOW)
    assert (band(story).prompt, band(story).detail) == ("The oven is cold", "40 °C are missing. Wait.")


def test_a_hint_that_needs_a_nest_and_has_none_does_not_end_the_window() -> None:
    story = mixed()
    story.screen.hear(Trouble(Code.SCAN_DUPLICATE, "This label is in a nest already.", "Scan another unit."), NOW)
    assert band(story).prompt == "This label is in a nest already"


def test_trouble_of_the_station_stays_until_a_unit_is_taken_again() -> None:
    story = mixed()
    story.screen.hear(Trouble("S501", "", ""), NOW - 2 * SECOND)
    assert band(story, 3600).prompt == "The disk is full"
    story.scan(4, SERIALS[3], 1)
    assert band(story).sign is Sign.SEAT


def test_a_nest_that_locks_comes_first_and_then_leaves_room_for_the_others() -> None:
    story = running(3)
    story.end(1, Outcome.FAIL, On.METER, 0, "U401", 42)
    shown = band(story)
    assert (shown.tone, shown.sign, shown.prompt) == (Tone.BAD, Sign.LOCK, "Leave the unit in nest 1")
    later = band(story, LOCK_NEWS + 1)
    assert later.sign is Sign.WAIT
    assert later.detail.endswith("Nest 1 is locked.")


def test_when_every_nest_is_locked_nothing_else_is_said() -> None:
    story = Story(2)
    for nest in (1, 2):
        story.move(nest, On.UNSAFE, 3600)
    assert band(story).prompt == "Every nest is locked"
    one = Story(1)
    one.move(1, On.UNSAFE, 3600)
    assert band(one).prompt == "Hands off nest 1"


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("focus_lost", {}),
        ("broken", {}),
        ("lead_called", {"time": "12:02"}),
    ],
)
def test_what_the_window_has_to_say_comes_before_all_else(code: str, values: dict[str, object]) -> None:
    around = Around(NOW, notice=Notice(code, values))
    shown = run_page(mixed().screen, MAKING, around, TEXTS).band
    assert (shown.tone, shown.prompt) == (Tone.WARN, TEXTS.fill(f"notice.{code}.what", values))


@pytest.mark.parametrize("code", [Code.JOURNAL_MOVED, JournalMoved.code, Code.DISK_LOW])
def test_while_no_unit_is_tested_no_card_takes_one_and_the_band_says_it_until_the_station_sees_it_mended(
    code: str,
) -> None:
    story, part = mixed(), "DISK" if code == Code.DISK_LOW else "JOURNAL"
    looks = {card.look for card in page(story.screen, NOW).cards}
    assert Look.LOAD in looks
    story.screen.hear(Checked(WELL), NOW)
    story.screen.hear(Trouble(code, "", ""), NOW)
    told = band(story, 3600).prompt
    assert told not in ("", "Scan the label of the next unit")
    assert Look.LOAD not in {card.look for card in page(story.screen, NOW).cards}
    story.screen.hear(Checked(WELL), NOW)
    assert band(story, 3600).prompt == told  # it was looked at before
    broken = tuple(one.model_copy(update={"state": "fail"}) if one.code == part else one for one in WELL)
    story.screen.hear(Checked(broken), NOW)
    assert band(story, 3600).prompt == told
    story.screen.hear(Checked(WELL), NOW)
    assert band(story, 3600).prompt == "Scan the label of the next unit"


def test_a_scan_that_is_refused_while_the_station_waits_for_another_is_told_there() -> None:
    story = mixed()
    story.screen.hear(AtWork(None, asked=False), NOW)
    story.screen.hear(Trouble(Code.PASSED_BEFORE, "", "", values={"at": "2026-11-24 05:49"}), NOW)
    story.screen.hear(Waiting(Action.TEST_AGAIN, "x", 30.0, nest=4), NOW)
    assert band(story).detail == "Put it in the green tray. RETRY makes it once more."
    story.screen.hear(Trouble(CommandRefused.code, "", ""), NOW + SECOND)
    shown = band(story, 2)
    assert shown.prompt == "Scan RETRY to make this unit again"
    assert shown.detail == "That command cannot be read. Scan it again. Nothing was done."


@pytest.mark.parametrize("code", sorted(GO_ON))
def test_what_came_to_nothing_is_told_with_what_to_do_next(code: Code) -> None:
    story = mixed()
    story.screen.hear(Trouble(code, "", "", 3), NOW)
    shown = band(story)
    assert shown.tone is Tone.WARN
    assert shown.detail == "Scan the label of the next unit"
    asks(story, 4)
    assert band(story).prompt == "Nest 4: Is the lamp green?"


def asks(story: Story, *nests: int) -> None:
    """These nests ask, the first of them the longest ago."""
    for at, nest in enumerate(nests):
        story.run(nest, SERIALS[nest - 1], 6, 20, 0.0)
        story.ask(nest, 46, "Is the lamp green?", 9 - at)


def test_the_band_asks_the_one_question_that_a_scan_answers() -> None:
    story = Story(4)
    asks(story, 3, 1, 2)
    assert band(story).prompt == "Nest 3: Is the lamp green?"
    assert band(story).detail.endswith("Then nests 1 and 2 ask, too.")
    story.screen.hear(Turned(2, named=True), NOW)
    assert band(story).prompt == "Nest 2: Is the lamp green?"
    assert band(story).detail.endswith("Then nests 1 and 3 ask, too.")


def test_a_refused_scan_never_hides_the_question_that_the_next_scan_answers() -> None:
    story = Story(4)
    asks(story, 1, 2)
    story.refuse("U102", 31, 0)
    shown = band(story)
    assert (shown.tone, shown.prompt) == (Tone.ACT, "Nest 1: Is the lamp green?")
    assert shown.detail.startswith("This label belongs to another product. Nothing was started.")
    assert band(story, NEWS + 1).detail.startswith("Scan YES or NO")


def test_what_comes_before_a_question_says_which_nest_a_scan_answers() -> None:
    story = Story(3)
    asks(story, 2, 3)
    story.run(1, SERIALS[0], 6, 20, 0.0)
    story.end(1, Outcome.FAIL, On.METER, 0, "U401", 42)
    shown = band(story)
    assert (shown.sign, shown.prompt) == (Sign.LOCK, "Leave the unit in nest 1")
    assert shown.detail.endswith("Nest 2 asks, too.")

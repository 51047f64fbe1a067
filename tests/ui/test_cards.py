"""A nest's card says what the nest is, what became of its unit, and what to do."""

import pytest

from station.domain.events import Identified, Measured, RunFinished, StepFinished, StepStarted
from station.domain.faults import all_faults
from station.domain.nest import On
from station.domain.outcome import Outcome
from station.domain.refusals import Code
from station.domain.shift_facts import NestReleased
from station.engine.bus import Trouble
from station.texts import languages, texts_in
from station.ui.around import Around, Making
from station.ui.cards import LOOKS
from station.ui.model import Look, Mark, Tone
from station.ui.run_page import run_page
from station.ui.samples import MAKING, NOW, RECIPE, RUN_PAGES, SECOND, TIMES, Story, mixed
from tests.ui.story import TEXTS, card, page

SERIAL = "B40HAB412004F7Q"


def ran(ops: int = 4, part: float | None = 0.5, attempt: int = 1) -> Story:
    story = Story(2)
    story.run(1, SERIAL, ops, 20, part, attempt)
    return story


def ended(outcome: Outcome, on: On, code: str = "", op: int | None = None) -> Story:
    story = ran(3, None)
    story.end(1, outcome, on, 2, code, op)
    return story


def test_the_samples_show_every_look() -> None:
    shown = {one.look for make in RUN_PAGES.values() for one in make().cards}
    assert shown == set(Look)
    assert set(LOOKS.values()) | {Look.LOAD} == set(Look)


def test_cards_stand_as_the_nests_do() -> None:
    assert [one.nest for one in page(mixed(8).screen).cards] == list(range(1, 9))


def test_the_first_empty_nest_is_the_one_to_load_and_only_it_speaks() -> None:
    first, second = page(Story(2).screen).cards
    assert (first.look, first.headline, second.look, second.headline) == (
        Look.LOAD,
        TEXTS.say("nest.empty.aimed"),
        Look.EMPTY,
        "",
    )
    assert first.picture
    assert not second.picture
    assert second.notes == ()


def test_while_a_unit_waits_to_be_seated_no_other_nest_is_to_be_loaded() -> None:
    story = Story(3)
    story.scan(1, SERIAL, 3)
    assert [one.look for one in page(story.screen).cards] == [Look.READY, Look.EMPTY, Look.EMPTY]


def test_a_running_card_names_its_operation_its_share_and_what_is_left() -> None:
    shown = card(ran())
    assert (shown.look, shown.headline, shown.count, shown.elapsed) == (
        Look.TESTING,
        "Pins, joined in pairs",
        "4 of 12 done",
        "0:20",
    )
    assert [row.mark for row in shown.steps] == [*[Mark.DONE] * 4, Mark.ACTIVE, *[Mark.TODO] * 7]
    assert shown.steps[4].values == ("50\u00a0%",)
    left = sum(TIMES[line.op] for line in RECIPE.sheet[5:]) + TIMES[42] / 2
    assert shown.left == f"0:{round(left):02}"


def test_between_two_operations_the_last_one_still_stands_there() -> None:
    assert card(ran(0, None)).headline == "Getting ready"
    assert card(ran(4, None)).headline == "Power rails"
    assert card(ran(12, None)).headline == "List for the product"


def test_the_bars_pieces_are_as_wide_as_their_operations_take_and_fill_it() -> None:
    pieces = card(ran()).segments
    assert sum(one.share for one in pieces) == pytest.approx(1.0)
    assert pieces[1].share / pieces[8].share == pytest.approx(TIMES[20] / TIMES[50])
    assert min(one.share for one in pieces) > 0.015
    assert pieces[4].filled == 0.5


def test_without_a_history_the_limits_give_the_bar_its_shape() -> None:
    usual = Making("line-1", RECIPE, "gateway-1.4.0").usual()
    assert usual == {line.op: line.within for line in RECIPE.sheet}


def test_another_attempt_is_told() -> None:
    assert card(ran(attempt=2)).remark == "Attempt 2 of 2"
    assert card(ran()).remark == ""


def test_another_run_of_a_unit_is_told() -> None:
    story = ended(Outcome.ERROR, On.ERROR, "S201", 40)
    story.move(1, On.OUT, 1)
    story.scan(1, SERIAL, 0)
    assert card(story).remark == "Run 2 of this unit"
    story.scan(2, "B40HAB412009999", 0)
    assert card(story, 2).remark == ""


def test_time_stands_still_when_the_run_has_ended() -> None:
    story = ended(Outcome.PASS, On.PASS)
    assert card(story).elapsed == card(story, now=NOW + 3600 * SECOND).elapsed == "0:18"


def test_time_never_runs_backwards_on_a_clock_that_was_set() -> None:
    assert card(ran(), now=NOW - 3600 * SECOND).elapsed == "0:00"


def test_a_pass_names_its_tray_and_its_letter() -> None:
    shown = card(ended(Outcome.PASS, On.PASS))
    assert (shown.look, shown.tray, shown.advice) == (Look.PASS, "P", None)


def test_a_value_out_of_its_limit_is_told_with_both_numbers() -> None:
    story = ran(5, None)
    limit = RECIPE.limits["sleep_current"]
    story.fact(Measured(op=44, name="sleep_current", value=0.000412, limit=limit, outcome=Outcome.FAIL), 1, 3)
    story.end(1, Outcome.FAIL, On.FAIL, 2, "U301", 44)
    shown = card(story)
    assert shown.advice is not None
    assert shown.advice.what == "Sleep current is 412\u00a0µA, at most 250\u00a0µA."
    assert (shown.tray, shown.advice.tone) == ("R", Tone.BAD)
    assert (shown.steps[5].mark, shown.steps[5].values) == (Mark.BAD, ("412\u00a0µA",))
    assert shown.active == 5


def test_a_unit_that_must_not_go_in_the_red_tray_is_not_sent_there() -> None:
    shown = card(ended(Outcome.FAIL, On.FAIL, "U103", 40))
    assert (shown.headline, shown.tray) == ("Set it apart", "")


@pytest.mark.parametrize("code", [fault.code for fault in all_faults()])
def test_every_fault_is_told_on_its_card_in_the_operators_words(code: str) -> None:
    on, outcome = (On.FAIL, Outcome.FAIL) if code.startswith("U") else (On.ERROR, Outcome.ERROR)
    shown = card(ended(outcome, on, code, 40))
    assert shown.advice is not None
    assert str(shown.advice) == f"{TEXTS.say(f'fault.{code}.what')} {TEXTS.say(f'fault.{code}.do')}"
    assert shown.look is (Look.FAIL if outcome is Outcome.FAIL else Look.NO_RESULT)


def test_a_fault_of_another_package_is_told_in_its_own_words() -> None:
    story = ran(3, None)
    end = RunFinished(outcome=Outcome.FAIL, code="P900", detail="op 40: antenna is open\x1b[2J", remedy="Set it apart.")
    story.fact(end, 1, 2)
    story.move(1, On.FAIL, 2)
    shown = card(story)
    assert str(shown.advice) == "op 40: antenna is open\\x1b[2J Set it apart."


def test_no_result_is_neither_pass_nor_fail() -> None:
    shown = card(ended(Outcome.ERROR, On.ERROR, "S104", 40))
    assert (shown.look, shown.tray) == (Look.NO_RESULT, "")
    assert shown.advice is not None
    assert shown.advice.tone is Tone.WARN
    stopped = card(ended(Outcome.ABORTED, On.ABORTED, "A001"))
    assert (stopped.look, stopped.headline) == (Look.NO_RESULT, "Stopped. Run it again")


def test_a_unit_that_may_have_connected_stays_in_a_locked_nest_with_words_of_its_own() -> None:
    shown = card(ended(Outcome.FAIL, On.METER, "U401", 48))
    assert (shown.look, shown.headline, shown.serial) == (Look.LOCKED, "It may have connected", SERIAL)
    assert shown.remark == "Locked since 12:40"
    assert shown.advice is not None
    assert "Leave the unit in the nest" in shown.advice.do


def test_a_nest_that_cannot_be_made_safe_is_locked_with_its_time() -> None:
    story = Story(2)
    story.move(1, On.UNSAFE, 5 * 60)
    shown = card(story)
    assert (shown.look, shown.remark) == (Look.LOCKED, "Locked since 12:36")
    assert shown.advice is not None
    assert "power may be on" in shown.advice.what


def test_a_question_has_its_text_its_number_and_its_answers() -> None:
    story = ran(6, 0.0)
    story.ask(1, 46, "Is the lamp green?", 1)
    shown = card(story)
    assert shown.look is Look.YOUR_TURN
    assert shown.question is not None
    assert (shown.question.prompt, shown.question.text) == (7, "Is the lamp green?")
    assert [one.answer for one in shown.question.choices] == ["yes", "no"]
    done = ran(6, 0.0)
    done.ask(1, 46, "Press the button.", 1, answers="done")
    asked = card(done).question
    assert asked is not None
    assert [one.answer for one in asked.choices] == ["done"]


def test_an_answered_question_leaves_the_run_where_it_was() -> None:
    story = ran(6, 0.0)
    story.ask(1, 46, "Is the lamp green?", 1)
    story.move(1, On.ANSWER, 0)
    shown = card(story)
    assert (shown.look, shown.question, shown.count) == (Look.TESTING, None, "6 of 12 done")


def test_a_verdict_stays_until_the_unit_is_out() -> None:
    story = ended(Outcome.FAIL, On.FAIL, "U302", 40)
    for later in (0, 60, 8 * 3600):
        assert card(story, now=NOW + later * SECOND).look is Look.FAIL
    for on in (On.LID_OPENED, On.CLOSED_ON_UNIT, On.LID_OPENED):
        story.move(1, on, 0)
        assert (card(story).look, card(story).headline) == (Look.FAIL, "Put in the red tray")
    story.move(1, On.OUT, 0)
    assert card(story).look is Look.LOAD


def test_after_no_result_the_empty_nest_asks_for_the_same_label() -> None:
    story = ended(Outcome.ERROR, On.ERROR, "S201", 40)
    story.move(1, On.LID_OPENED, 0)
    story.move(1, On.LID_CLOSED, 0)
    assert card(story).headline == "Scan the label again"


def test_a_run_that_could_not_begin_says_so_and_what_to_do_with_its_unit() -> None:
    story = Story(1)
    story.scan(1, SERIAL, 9)
    story.move(1, On.LID_CLOSED, 1)
    story.move(1, On.ERROR, 0)
    told = card(story).advice
    assert (told and told.what) == "The run did not begin. Nothing was done to the unit."
    assert (told and told.do) == "Take it out, then scan its label again."


def test_a_unit_that_is_to_run_once_more_shows_nothing_of_its_run_before() -> None:
    story = ended(Outcome.ERROR, On.ERROR, "S201", 40)
    story.move(1, On.RETRY, 0)
    shown = card(story)
    assert (shown.remark, shown.elapsed, shown.count) == ("Run 2 of this unit", "", "0 of 12 done")
    assert {row.mark for row in shown.steps} == {Mark.TODO}


def test_a_unit_in_a_nest_that_was_unlocked_is_handed_on_and_not_scanned_again() -> None:
    story = ended(Outcome.FAIL, On.METER, "U401", 48)
    story.screen.hear(Trouble(Code.NAME_NEEDED, "", "", 1), NOW)
    story.fact(NestReleased(nest=1, why="meter", by="EDDA"), 1, 0)
    story.move(1, On.RELEASED, 0)
    story.move(1, On.SEATED, 0)
    told = card(story).advice
    assert (told and told.do) == "Take it out and hand it to the line engineer."
    shown = page(story.screen).band
    assert (shown.prompt, shown.detail) == ("Take the unit out of nest 1", told and told.do)
    story.move(1, On.OUT, 0)
    story.move(1, On.SEATED, 0)
    assert page(story.screen).band.prompt == "A unit without a label is in nest 1"


def test_an_operation_that_was_tried_again_counts_once() -> None:
    story = ran(4, None)
    for attempt, outcome in ((1, Outcome.ERROR), (2, Outcome.PASS)):
        story.fact(StepStarted(op=42, do="measure", attempt=attempt, tries=2), 1, 3)
        story.fact(StepFinished(op=42, do="measure", outcome=outcome, seconds=1.0, attempt=attempt), 1, 3)
    shown = card(story)
    assert (shown.count, shown.steps[4].mark) == ("5 of 12 done", Mark.DONE)


def test_a_card_reads_itself_aloud() -> None:
    shown = card(ended(Outcome.FAIL, On.FAIL, "U302", 40))
    assert shown.name == "Nest 1: FAIL"
    assert shown.description.startswith(f"{SERIAL}. Put in the red tray. The unit says")


def test_a_measurement_tells_what_was_measured_where_its_time_says_nothing() -> None:
    story = ran(3, None)
    limit = RECIPE.limits["vbat"]
    for value in (3.916, 3.9):
        story.fact(Measured(op=40, name="vbat", value=value, limit=limit, outcome=Outcome.PASS), 1, 3)
    for op in (40, 42):
        story.fact(StepStarted(op=op, do="measure", attempt=1, tries=1), 1, 3)
        story.fact(StepFinished(op=op, do="measure", outcome=Outcome.PASS, seconds=0.003), 1, 3)
    rows = {line.op: row for line, row in zip(RECIPE.sheet, card(story).steps, strict=True)}
    assert rows[40].values == ("3.92\u00a0V", "3.9\u00a0V")
    assert rows[42].values == (), "0.0 s says nothing"


@pytest.mark.parametrize(
    ("code", "by", "names"),
    [
        ("U111", {"by": "factory_test", "serial": "B40HAB412004F8R"}, (SERIAL, "B40HAB412004F8R")),
        ("U112", {"by": "usb", "device_id": "e00fce68ffffffffffffffff"}, ("…4a04a1f8", "…ffffffff")),
    ],
)
def test_where_two_witnesses_differ_both_are_named_and_none_is_blamed(
    code: str, by: dict[str, str], names: tuple[str, str]
) -> None:
    story = ran(3, None)
    story.fact(Identified.model_validate({"op": 30, **by}), 1, 3)
    story.end(1, Outcome.FAIL, On.FAIL, 2, code, 40)
    for language in languages():
        (shown, *_) = run_page(story.screen, MAKING, Around(NOW), texts_in(language)).cards
        assert shown.advice is not None
        assert all(name in shown.advice.what for name in names), shown.advice.what
        assert shown.headline == texts_in(language).say(f"fault.{code}.head")

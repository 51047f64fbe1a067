"""The line in a terminal."""

import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console, RenderableType

from station.domain.events import RunFinished, StepFinished, StepStarted
from station.domain.ids import DeviceId, SerialNumber
from station.domain.label import Label
from station.domain.nest import On, State
from station.domain.outcome import Outcome
from station.domain.record import record_of
from station.engine.bus import Heard, Ignored, Moved, Trouble
from station.report.summary import Summary
from station.texts import languages, texts_in
from station.ui.samples import RECIPE, Story, mixed
from station.ui.terminal import Spoken, render, render_summary
from station.ui.visible import visible
from tests.ui.test_screen import (
    ASKING,
    FIRST,
    FIRST_DONE,
    LABEL,
    PASS,
    QUESTION,
    RUNNING,
    START,
    moved,
    moving,
    screen,
    stored,
)

WORDS = {
    State.EMPTY: "EMPTY",
    State.UNLABELLED: "REMOVE",
    State.LABELLED: "SEAT",
    State.RUNNING: "RUN",
    State.ASKING: "ANSWER",
    State.STOPPING: "STOP",
    State.PASSED: "PASS",
    State.FAILED: "FAIL",
    State.UNDECIDED: "AGAIN",
    State.STOPPED: "STOPPED",
    State.LOCKED: "LOCKED",
}
WIDTHS = (80, 120, 160)
HOSTILE = ["[red]low[/red]", "[/]", "[link=http://a.b]x[/link]", "\x1b[2J", "\x1b]0;own\x07", "\x9b31m", "\u202eSSAP"]


def drawn(what: RenderableType, width: int = 120, *, colours: bool = False) -> str:
    """What a terminal of this width would get."""
    console = Console(width=width, file=io.StringIO(), force_terminal=colours, highlight=False, color_system=None)
    with console.capture() as captured:
        console.print(what)
    return captured.get()


def shown(*heard: Heard, width: int = 120) -> str:
    return drawn(render(screen(*heard), "line-1"), width)


def cells(text: str, nest: int = 1) -> list[str]:
    """The words of a nest's row."""
    return next(row.strip("│ ").split() for row in text.splitlines() if row.strip("│ ").startswith(f"{nest} "))


def failed(detail: str, code: str = "U301") -> list[Heard]:
    end = RunFinished(outcome=Outcome.FAIL, code=code, detail=detail, remedy="Put the unit in the red tray.")
    return [*RUNNING, stored(end), moved(State.FAILED, "FAIL. Put the unit in the red tray.")]


def test_no_two_states_share_a_word() -> None:
    assert set(WORDS) == set(State)
    assert len(set(WORDS.values())) == len(State)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("with_record", [False, True])
def test_every_state_is_drawn_with_its_own_word(state: State, width: int, with_record: bool) -> None:
    heard: list[Heard] = [*RUNNING, stored(FIRST), moving(0.4)] if with_record else []
    text = shown(*heard, moved(state), width=width)
    assert cells(text)[:2] == ["1", WORDS[state]]
    assert {len(line) for line in text.splitlines()} == {width}


@pytest.mark.parametrize("width", WIDTHS)
def test_a_failure_shows_its_code_and_its_unit(width: int) -> None:
    text = shown(*failed("op 40 measure: vbat is 2.1 V, limit 3.6–4.2 V"), width=width)
    assert cells(text)[1:3] == ["FAIL", str(LABEL)]
    assert "U301 op 40 measure: " in text
    assert "1 fail" in text
    assert "0 pass" in text


@pytest.mark.parametrize(("state", "outcome"), [(State.UNDECIDED, Outcome.ERROR), (State.STOPPED, Outcome.ABORTED)])
def test_a_run_without_a_verdict_on_the_unit_shows_why(state: State, outcome: Outcome) -> None:
    end = RunFinished(outcome=outcome, code="S601", detail="op 20 act did not end in its time")
    text = shown(*RUNNING, stored(end), moved(state), width=160)
    assert "S601 op 20 act did not end" in text
    assert f"1 {texts_in('en').say(f'outcome.{outcome}')}" in text


def test_a_bug_shows_its_last_line_and_not_its_traceback() -> None:
    detail = 'op 40 measure: Traceback (most recent call last):\n  File "x.py"\nZeroDivisionError: division by zero\n'
    text = shown(*failed(detail, "X000"), width=160)
    assert "X000 ZeroDivisionError: division by zero" in text
    assert "Traceback" not in text


def test_the_operation_that_runs_is_named_as_a_person_says_it() -> None:
    text = shown(*RUNNING, stored(FIRST), moving(0.5), width=160)
    assert "10 Identify the chip" in text
    assert "writing" in text


def test_a_unit_that_passed_shows_no_operation() -> None:
    text = shown(*RUNNING, stored(FIRST), stored(FIRST_DONE), stored(PASS), moved(State.PASSED))
    assert cells(text)[1:] == ["PASS", str(LABEL), "Put", "in", "the", "green", "tray"]


def test_units_that_are_known_by_their_ids_can_be_told_apart() -> None:
    """All ids of a platform begin with the same eight digits, and a column holds sixteen."""
    one, other = (Label(device_id=DeviceId(f"e00fce6800000000000000{n}")) for n in ("1a", "2b"))
    text = shown(moved(State.LABELLED, label=one), moved(State.LABELLED, label=other, nest=2), width=80)
    assert cells(text, 1)[2] == "…00000000001a"
    assert cells(text, 2)[2] == "…00000000002b"


def test_nests_stand_in_the_order_of_their_numbers() -> None:
    text = shown(*(moved(State.EMPTY, label=None, nest=nest) for nest in (10, 2, 1)))
    order = [text.index(f" {nest}  EMPTY") for nest in (1, 2, 10)]
    assert order == sorted(order)


def test_what_needs_a_person_is_told_with_code_and_remedy() -> None:
    text = shown(moved(State.EMPTY), Trouble("S101", "no answer in 1 s", "Check the fixture's cable."))
    assert "S101 no answer in 1 s Check the fixture's cable." in text
    assert "No nest" in shown(Trouble("", "No nest is free.", ""))


def harmless(text: str) -> bool:
    """True when nothing in it steers a terminal; line ends are the terminal's own."""
    return not any(unicodedata.category(one) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for one in text.replace("\n", ""))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_what_it_is_wherever_it_comes_from(text: str) -> None:
    long_title = render(screen(moved(State.EMPTY)), text)
    question = QUESTION.model_copy(update={"tell": text})
    pictures = [
        shown(*failed(text), width=160),
        shown(*RUNNING, Moved(1, State.ASKING, "", LABEL, question), width=160),
        shown(*RUNNING, stored(StepStarted(op=10, do=text)), width=160),
        shown(*RUNNING, stored(FIRST), moving(0.5, text), width=160),
        shown(moved(State.EMPTY), Trouble("S101", text, text), width=160),
        drawn(long_title, 160),
        drawn(render_summary(summary(text), 1.0), 160),
    ]
    literal = visible(text)
    for picture in pictures:
        assert literal in picture
        assert harmless(picture)


@given(st.text())
def test_whatever_is_made_visible_is_one_line_that_steers_nothing(text: str) -> None:
    made = visible(text)
    assert harmless(made)
    assert "\n" not in made
    assert made.isprintable()
    assert visible(made) == made


@given(st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1))
def test_what_was_visible_already_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize("width", WIDTHS)
@given(detail=st.text(max_size=60), doing=st.text(max_size=40), serial=st.text(max_size=20))
def test_no_text_breaks_the_frame(width: int, detail: str, doing: str, serial: str) -> None:
    label = Label(serial=SerialNumber(serial))
    text = shown(
        *failed(detail), moved(State.LABELLED, doing, label, nest=2), Trouble("S1", detail, doing), width=width
    )
    assert harmless(text)
    assert text.splitlines()[0].startswith("╭")
    assert text.splitlines()[-1].startswith("╰")


# The summary


def summary(do: str = "measure") -> Summary:

    events = [stored(START).event, stored(StepFinished(op=20, do=do, outcome=Outcome.PASS, seconds=1.25)).event]
    record = record_of([*events, stored(PASS).event])
    return Summary.of([record] if record else [])


def test_a_summary_tells_units_outcomes_and_times() -> None:
    text = drawn(render_summary(summary(), 12.34))
    assert "1 unit in 12.3 s: 1 pass" in text
    assert "fail" not in text
    assert "1.25" in text


def test_a_shift_without_units_says_so() -> None:
    text = drawn(render_summary(Summary.of([]), 3.0))
    assert "No unit was run (3.0 s)." in text
    assert "MEDIAN" not in text


@pytest.mark.parametrize("width", WIDTHS)
def test_a_question_stands_in_the_nest_s_row_with_what_may_be_answered(width: int) -> None:
    text = shown(*RUNNING, stored(FIRST), ASKING, width=width)
    assert cells(text)[1] == "ANSWER"
    assert "Is it red?  yes or no" in text


def test_a_question_that_is_done_wants_a_done_and_nothing_in_it_steers_the_terminal() -> None:
    question = QUESTION.model_copy(update={"tell": "Press it.\x1b[2J[red]", "answers": "done"})
    text = shown(*RUNNING, Moved(1, State.ASKING, question.tell, LABEL, question))
    assert r"Press it.\x1b[2J[red]  done" in text
    assert "\x1b" not in text


def test_another_attempt_says_which_it_is() -> None:
    assert "Attempt" not in shown(*RUNNING, stored(FIRST))
    assert "Identify the chip  Attempt 2 of 3" in shown(
        *RUNNING, stored(FIRST.model_copy(update={"attempt": 2, "tries": 3}))
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_an_ignored_scan_and_what_is_typed_are_shown_as_they_are(text: str) -> None:
    seen = screen(*RUNNING, Ignored(f"left {text}", f"Read twice {text}"))
    seen.typing = f"stop {text}"
    drawing = drawn(render(seen, "line-1"), 160)
    for shown_text in (f"left {text}: Read twice {text}", f"> stop {text}"):
        assert visible(shown_text) in drawing


# In the operator's language


def told(language: str, *heard: Heard, width: int = 160) -> str:
    return drawn(render(screen(*heard), "line-1", Spoken(texts_in(language), RECIPE)), width)


@pytest.mark.parametrize("language", languages())
def test_every_state_has_its_own_word_and_sentence_in_every_language(language: str) -> None:
    texts = texts_in(language)
    assert len({texts.say(f"terminal.word.{state}") for state in State}) == len(State)
    for state in State:
        for width in WIDTHS:
            text = told(language, *RUNNING, stored(FIRST), moving(0.4), moved(state), width=width)
            assert texts.say(f"terminal.word.{state}") in text
            assert {cell_len(line) for line in text.splitlines()} == {width}


def test_who_reads_chinese_gets_the_sentence_and_the_code_and_no_english_detail() -> None:
    text = told("zh_CN", *failed("op 40 measure: vbat is 2.1 V"), Trouble("S101", "no answer in 1 s", "Check it."))
    assert "U301 测量值超出限值。放入红色托盘。" in text
    assert "S101 治具无应答。检查线缆和电源，然后呼叫工程师。" in text
    for english in ("measure", "no answer", "Check it"):
        assert english not in text


def test_a_question_is_asked_in_the_language_that_the_recipe_has() -> None:
    lines = [
        line.model_copy(update={"tell": {"en": "Is it red?", "vi": "Đèn có đỏ không?"}}) if line.op == 46 else line
        for line in RECIPE.sheet
    ]
    recipe = RECIPE.model_copy(update={"sheet": tuple(lines)})
    question = QUESTION.model_copy(update={"op": 46})
    asking = Moved(1, State.ASKING, question.tell, LABEL, question)
    seen = screen(*RUNNING, stored(FIRST), asking)
    assert "Đèn có đỏ không?  yes hoặc no" in drawn(render(seen, "line-1", Spoken(texts_in("vi"), recipe)), 160)
    assert "Is it red?  yes o no" in drawn(render(seen, "line-1", Spoken(texts_in("es"))), 160)


def test_what_a_unit_that_failed_is_told_apart_by_says_where_it_goes() -> None:
    assert "Set it apart" in shown(*failed("label and unit differ", "U103"))
    assert "隔离此产品" in told("zh_CN", *failed("label and unit differ", "U103"))


@pytest.mark.parametrize("language", languages())
def test_an_ignored_scan_and_progress_are_told_without_english_words(language: str) -> None:
    text = told(language, *RUNNING, stored(FIRST), moving(0.5, "writing"), Ignored("left", "Read twice: ignored."))
    assert ("writing" in text) is ("Read twice: ignored" in text) is (language == "en")
    assert ("50" in text) is (language != "en")


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("width", [40, 48, 60, 72, 80, 100, 120, 160])
def test_columns_stand_one_under_the_other_and_nothing_is_cut_in_any_terminal(language: str, width: int) -> None:
    texts = texts_in(language)
    told = mixed(8).screen
    rows = drawn(render(told, "line-1 网关 Gateway", Spoken(texts, RECIPE)), width).splitlines()
    assert {cell_len(row) for row in rows} == {width}
    begins = set()
    for nest, view in told.nests.items():
        row = next(row for row in rows if row.lstrip("│ ").startswith(f"{nest}  "))
        word = texts.say(f"terminal.word.{view.state}")
        assert word in row
        begins.add(cell_len(row[: row.index(word)]))
        if view.label is not None:
            assert str(view.label.serial)[-4:] in row
    assert len(begins) == 1
    # Of what is told only the beginning of a serial number may be missing, never an end.
    assert not any(row.rstrip("│ ").endswith("…") for row in rows)


@pytest.mark.parametrize("language", languages())
def test_eight_nests_with_everything_that_happens_fit_a_terminal_of_80_by_24(language: str) -> None:
    text = drawn(render(mixed(8).screen, "line-1", Spoken(texts_in(language), RECIPE)), 80)
    assert len(text.splitlines()) <= 24


def test_a_view_that_is_drawn_later_shows_what_was_when_it_was_made() -> None:
    told = screen(moved(State.EMPTY, label=None))
    view = render(told, "line-1")
    told.hear(moved(State.LABELLED))
    assert WORDS[State.EMPTY] in drawn(view)
    assert WORDS[State.LABELLED] not in drawn(view)


@pytest.mark.parametrize(
    ("on", "says"),
    [
        (On.METER, "Leave the unit in the nest. Call the line engineer."),
        (On.UNSAFE, "Switch the fixture off, then call the line engineer."),
        (On.SEATED, "Take it out, scan its label, then seat it."),
        (On.STREAK, "Call the line lead: a lead or an engineer releases the nest."),
    ],
)
def test_where_a_person_has_to_see_to_a_nest_its_row_says_how(on: On, says: str) -> None:
    story = Story(1)
    story.move(1, on, 1)
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(render(story.screen, "line-1"))
    assert says in console.export_text()

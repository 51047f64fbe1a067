"""What the window makes of scans, keys, touches and what the station says; the station is a list of what it was asked.

What a page looks like is tested in `tests/ui`; what the station makes of all this, in `tests/engine`.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from station.codec.command import render
from station.domain.command import Command, Verb
from station.domain.events import Event, Prompted, RunFinished
from station.domain.label import Label
from station.domain.nest import On, State
from station.domain.outcome import Outcome
from station.domain.people import Language, Person, Role
from station.domain.shift_facts import LeadCalled, LeadCame
from station.engine.bus import AtWork, Heard, Moved, PinWanted, Speaks, Stored, Trouble
from station.texts import languages, texts_in
from station.ui.model import Choice, Question
from station.ui.paint.band import BandView
from station.ui.paint.card import CardView
from station.ui.paint.card_body import answer_places
from station.ui.paint.card_plan import plan
from station.ui.paint.keypad import KeypadView, keys
from station.ui.paint.leave import LeaveView
from station.ui.paint.leave import keys as leave_keys
from station.ui.paint.run_view import RunView
from station.ui.paint.sign_in import SignInView
from station.ui.run_page import leave_of
from station.ui.samples import MAKING, NOW, TEXTS, Story
from station.ui.sound import AGAIN, Sound
from station.ui.typing import Typing
from station.ui.window.focus import Focus
from station.ui.window.inbox import Inbox
from station.ui.window.keys import SOURCE, KeyFilter
from station.ui.window.window import TYPES_FOR, Window
from tests.ui.window.hands import PERSON, Clock, Keyboard, Notes

SERIAL, SECRET, PIN = "B40HAB123456789", "WBPYG6CPLRCFK4S", "8061"
LABEL = Label.model_validate({"serial": SERIAL})


def signed_in(language: Language = "en") -> AtWork:
    person = Person(name="Ola Operator", badge="OP1", role=Role.OPERATOR, active=True, language=language)
    return AtWork(person)


def question(prompt: int, tell: str = "Is the lamp green?") -> Moved:
    asked = Prompted(op=46, prompt=prompt, tell=tell, answers="yes_no", within=60.0)
    return Moved(1, State.ASKING, tell, LABEL, asked)


EMPTY = Moved(1, State.EMPTY, "Scan a label.", None)


@dataclass
class Place:
    """A window, its keyboard, and the desk behind it."""

    app: QApplication
    keyed: bool = True
    clock: Clock = field(default_factory=Clock)
    desk: Notes = field(default_factory=Notes)
    sounds: list[Sound] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.filter = KeyFilter(now=self.clock)
        self.app.installEventFilter(self.filter)
        self.focus = Focus(self.app)
        self.window = Window(
            MAKING,
            self.desk,
            Inbox(),
            self.filter,
            self.focus,
            self.desk.close,
            keyed=self.keyed,
            now=self.clock,
            sounds=self.sounds.append,
        )
        self.window.resize(1366, 768)
        self.keyboard = Keyboard(self.clock, self.window)

    def hear(self, *heard: Heard, at: int = NOW) -> None:
        self.window.hear([(one, at) for one in heard])
        self.window.show_page()

    @property
    def asked(self) -> list[tuple[object, ...]]:
        return self.desk.asked

    @property
    def band(self) -> str:
        self.window.show_page()
        (band,) = self.window.findChildren(BandView)
        return band.accessibleName()

    @property
    def card(self) -> CardView:
        self.window.show_page()
        return self.window.findChildren(CardView)[0]

    @property
    def pad(self) -> KeypadView | None:
        self.window.show_page()
        (pad,) = self.window.findChildren(KeypadView)
        return pad if pad.isVisible() else None

    @property
    def signs_in(self) -> bool:
        self.window.show_page()
        (page,) = self.window.findChildren(SignInView)
        return page.isVisible()

    def touch(self, does: str) -> None:
        """A key of the open keypad."""
        pad, shown = self.pad, self.window.typing.keypad(TEXTS)
        assert pad is not None
        assert shown is not None
        key = next(one for one in keys(shown, pad.design) if one.does == does)
        QTest.mouseClick(pad, Qt.MouseButton.LeftButton, pos=(key.box.center() * pad.zoom).toPoint())

    def touch_answer(self, question: Question, answer: str) -> None:
        """An answer on the card, where it stands now."""
        card = self.card
        at = next(place for choice, place in answer_places(question, plan(card.design)) if choice.answer == answer)
        QTest.mouseClick(card, Qt.MouseButton.LeftButton, pos=(at.center() * card.zoom).toPoint())


@contextmanager
def window(app: QApplication, keyed: bool = True) -> Iterator[Place]:
    made = Place(app, keyed)
    try:
        yield made
    finally:
        app.removeEventFilter(made.filter)
        made.window.hide()


@pytest.fixture
def place(app: QApplication) -> Iterator[Place]:
    with window(app) as made:
        made.hear(EMPTY, AtWork(None, asked=False))
        yield made


# Scans


def test_a_scan_goes_to_the_station_the_moment_it_ends_and_none_waits(place: Place) -> None:
    place.keyboard.scan(f"{SERIAL} {SECRET}")
    place.keyboard.scan("B40HAB999999999")
    labels = [(one[0], str(one[1]), one[2]) for one in place.asked]
    assert labels == [("scan", SERIAL, SOURCE), ("scan", "B40HAB999999999", SOURCE)]
    place.hear(Trouble("SCAN_NO_NEST", "Every nest is taken.", "Unload."))
    place.hear(EMPTY)
    assert len(place.asked) == 2, "what was refused is not tried again behind anybody's back"


def test_a_scan_that_is_cut_off_is_handed_on_as_refused_with_its_code(place: Place) -> None:
    place.keyboard.type(SERIAL[:9], 0.01)
    for _ in range(10):
        place.clock.seconds += 0.05
        place.filter.look()
    ((_, refused, source),) = place.asked
    assert isinstance(refused, tuple)
    assert (refused[0], refused[1], refused[3], source) == ("refused", "SCAN_CUT", 9, SOURCE)


@pytest.mark.parametrize("opened", ["a label is typed", "a PIN is typed", "the log is open"])
def test_a_scan_is_a_scan_whatever_is_open(place: Place, opened: str) -> None:
    match opened:
        case "a label is typed":
            place.keyboard.press(Qt.Key.Key_F2)
            place.keyboard.type("b40", PERSON)
        case "a PIN is typed":
            place.hear(PinWanted("Ola Operator", 30.0))
            place.keyboard.type("80", PERSON)
        case _:
            place.keyboard.press(Qt.Key.Key_F8)
    place.clock.seconds += 1.0
    place.keyboard.scan(SERIAL)
    assert [(one[0], str(one[1]), one[2]) for one in place.asked] == [("scan", SERIAL, SOURCE)]


def test_a_command_that_is_scanned_answers_nothing_by_itself_but_goes_to_the_station(place: Place) -> None:
    place.keyboard.scan(render(Command(Verb.STOP)))
    assert place.asked == [("scan", Command(Verb.STOP), SOURCE)]


# Typing


def test_a_line_that_a_person_types_opens_the_keypad_and_becomes_a_label(place: Place) -> None:
    place.keyboard.type("b4", PERSON)
    assert place.pad is None, "a brush with the sleeve"
    place.keyboard.type("0hab123456789", PERSON)
    assert place.pad is not None
    place.keyboard.type("\r", PERSON)
    assert place.pad is None
    assert [(one[0], str(one[1]), one[2]) for one in place.asked] == [("scan", SERIAL, "")]


def test_a_label_is_typed_by_touch_alone(place: Place) -> None:
    place.keyboard.press(Qt.Key.Key_F2)
    for one in f"{SERIAL[:-1]}X":
        place.touch(one)
    place.touch("erase")
    place.touch(SERIAL[-1])
    place.touch("enter")
    assert [(one[0], str(one[1]), one[2]) for one in place.asked] == [("scan", SERIAL, "")]
    assert place.pad is None


def test_a_secret_that_is_typed_behind_a_serial_number_is_not_shown(place: Place) -> None:
    place.keyboard.type(f"{SERIAL} {SECRET}", PERSON)
    assert place.window.typing.shown() == SERIAL + "\u2022" * (1 + len(SECRET))
    assert SECRET not in repr(place.window.typing)
    place.keyboard.type("\r", PERSON)
    ((_, label, _),) = place.asked
    assert label == LABEL


def test_a_pin_is_dots_and_stands_in_no_log_no_repr_and_nothing_that_is_shown(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    place.hear(PinWanted("Ola Operator", 30.0))
    place.keyboard.type(PIN[:2], PERSON)
    place.touch(PIN[2])
    told = [repr(place.window.typing), repr(place.window.typing.keypad(TEXTS)), repr(place.window.shown)]
    assert place.window.typing.shown() == "\u2022" * 3
    place.touch(PIN[3])
    place.keyboard.press(Qt.Key.Key_F8)
    place.touch("enter")
    assert place.asked == [("pin", PIN)]
    assert place.pad is None
    told += [repr(place.window.shown), repr(place.window.around(NOW)), caplog.text]
    assert [one for one in told if PIN in one or PIN[:3] in one] == []


def test_a_pin_typed_on_real_keys_is_a_pin_and_no_label(place: Place) -> None:
    place.hear(PinWanted("Ola Operator", 30.0))
    place.keyboard.type(f"{PIN}\r", PERSON)
    assert place.asked == [("pin", PIN)]


def test_a_pin_that_nobody_asked_for_is_not_shown_either(place: Place) -> None:
    place.keyboard.type(f"pin {PIN}", PERSON)
    assert place.window.typing.shown() == "PIN" + "\u2022" * len(PIN)
    place.keyboard.type("\r", PERSON)
    assert place.asked == [("pin", PIN)]


def test_what_stood_typed_when_a_pin_is_asked_for_is_no_part_of_it(place: Place) -> None:
    place.keyboard.type("b40h", PERSON)
    place.hear(PinWanted("Ola Operator", 30.0))
    place.keyboard.type(f"{PIN}\r", PERSON)
    assert place.asked == [("pin", PIN)]


def test_a_keypad_shuts_when_nothing_is_wanted_any_more(place: Place) -> None:
    place.hear(PinWanted("Ola Operator", 30.0))
    assert place.pad is not None
    place.hear(PinWanted(None))
    assert place.pad is None
    place.keyboard.press(Qt.Key.Key_F2)
    place.keyboard.type("b40", PERSON)
    place.clock.seconds += TYPES_FOR + 1.0
    place.window.tick()
    assert place.pad is None, "whoever typed has gone"
    place.keyboard.type("hab123456789\r", PERSON)
    ((_, refused, _),) = place.asked
    assert isinstance(refused, tuple)
    assert refused[1] == "U101", "and what they had typed is no part of the next label"


def test_escape_shuts_the_keypad_first_and_then_the_log_and_nothing_else(place: Place) -> None:
    place.keyboard.press(Qt.Key.Key_F8)
    place.keyboard.press(Qt.Key.Key_F2)
    place.keyboard.press(Qt.Key.Key_Escape)
    assert place.pad is None
    assert place.window.around(NOW).log is not None
    place.keyboard.press(Qt.Key.Key_Escape)
    assert place.window.around(NOW).log is None
    place.keyboard.press(Qt.Key.Key_Escape)
    assert place.asked == []
    assert place.window.isVisible()


# Answers


def test_a_touch_answers_the_question_that_stood_there_and_no_newer_one(place: Place) -> None:
    first = Question(1, "Is the lamp green?", (Choice("yes", "Yes"), Choice("no", "No")))
    place.hear(question(1))
    place.card  # noqa: B018 -- it is on the screen now
    # The next question has come, and the page that shows it is not painted yet.
    place.window.hear([(question(2), NOW)])
    card = place.window.findChildren(CardView)[0]
    at = next(spot for choice, spot in answer_places(first, plan(card.design)) if choice.answer == "yes")
    QTest.mouseClick(card, Qt.MouseButton.LeftButton, pos=(at.center() * card.zoom).toPoint())
    place.touch_answer(first, "no")
    assert place.asked == [("answer", "yes", "touch", 1, 1), ("answer", "no", "touch", 1, 2)]


def test_space_and_enter_answer_no_question(place: Place) -> None:
    place.hear(question(1))
    for key, text in ((Qt.Key.Key_Space, " "), (Qt.Key.Key_Return, "\r"), (Qt.Key.Key_Enter, "\r")):
        place.keyboard.press(key, text)
    assert place.asked == []


# Verdicts


def test_pass_is_shown_when_the_station_says_so_and_not_before(place: Place) -> None:
    story = Story(1)
    story.run(1, SERIAL, 12, 40)
    story.fact(RunFinished(outcome=Outcome.PASS), 1, 1)
    place.window.shown = story.screen
    assert "TESTING" in place.card.accessibleName(), "every operation passed, and the nest has not moved"
    story.move(1, On.PASS, 0)
    assert place.card.accessibleName() == "Nest 1: PASS"


def test_a_fail_stays_whatever_is_pressed_scanned_or_touched_until_the_lid_moves(place: Place) -> None:
    story = Story(1)
    story.run(1, SERIAL, 5, 40)
    story.end(1, Outcome.FAIL, On.FAIL, 5, "U301", 44)
    place.window.shown = story.screen
    shown = (place.card.accessibleName(), place.card.accessibleDescription())
    for key in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_F1):
        place.keyboard.press(key)
    place.keyboard.scan("B40HAB999999999")
    QTest.mouseClick(place.card, Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    place.hear(Trouble("SCAN_NO_NEST", "Every nest is taken.", "Unload."), signed_in())
    place.clock.seconds += 3600
    place.window.tick()
    assert shown[0] == "Nest 1: FAIL"
    assert (place.card.accessibleName(), place.card.accessibleDescription()) == shown
    story.move(1, On.OUT, 0)
    assert place.card.accessibleName() == "Nest 1: LOAD"


def test_a_bug_is_told_in_a_sentence_and_its_traceback_is_on_no_card_band_or_log(place: Place) -> None:
    trace = 'Traceback (most recent call last):\n  File "/x/y.py", line 7\nZeroDivisionError: nobody foresaw this'
    story = Story(1)
    story.run(1, SERIAL, 5, 40)
    story.fact(RunFinished(outcome=Outcome.ERROR, code="X000", detail=trace), 1, 1)
    story.move(1, On.ERROR, 0)
    place.window.shown = story.screen
    place.hear(Stored(1, Event(seq=1, run=None, at=NOW, body=RunFinished(outcome=Outcome.ERROR, detail=trace))))
    place.hear(Trouble("X000", trace, ""))
    place.keyboard.press(Qt.Key.Key_F8)
    log = place.window.around(NOW).log
    told = [place.band, place.card.accessibleName(), place.card.accessibleDescription(), *(log or ())]
    assert place.card.accessibleName() == "Nest 1: NO RESULT"
    assert TEXTS.say("fault.X000.what").rstrip(".") in place.card.accessibleDescription()
    assert [one for one in told if "Traceback" in one or "File" in one] == []


# Focus


def test_while_another_program_is_in_front_the_band_says_so_and_no_longer_than_that(place: Place) -> None:
    place.focus.changed.emit(False)
    assert place.band == TEXTS.say("notice.focus_lost.what")
    place.focus.changed.emit(True)
    assert place.band == "Scan the label of the next unit"


def test_where_no_scanner_types_a_lost_focus_loses_nothing_and_is_not_told(app: QApplication) -> None:
    with window(app, keyed=False) as place:
        place.hear(EMPTY, AtWork(None, asked=False))
        place.focus.changed.emit(False)
        assert place.band == "Scan the label of the next unit"
        place.keyboard.scan(SERIAL)
        assert place.band == TEXTS.say("notice.focus_lost.what"), "now one has typed here"


# People


def test_the_sign_in_page_stands_only_while_nobody_is_there_and_no_nest_has_anything_to_say(place: Place) -> None:
    assert not place.signs_in, "nobody has to"
    place.hear(AtWork(None))
    assert place.signs_in
    place.hear(Moved(1, State.LOCKED, "Hands off. Call the line engineer.", None))
    assert place.signs_in
    for state in State:
        if state not in (State.EMPTY, State.LOCKED):
            place.hear(Moved(1, state, "", LABEL))
            assert not place.signs_in, state
    place.hear(EMPTY, signed_in())
    assert not place.signs_in
    place.hear(AtWork(None))
    assert place.signs_in
    place.keyboard.press(Qt.Key.Key_F8)
    assert not place.signs_in, "whoever opens the log wants to read it"


@pytest.mark.parametrize("language", languages())
def test_the_page_speaks_the_language_of_the_badge(place: Place, language: Language) -> None:
    place.hear(signed_in(language))
    assert place.band == texts_in(language).say("band.scan.prompt")
    place.hear(AtWork(None), signed_in("en"))
    assert place.band == TEXTS.say("band.scan.prompt")


def choose(place: Place, language: str) -> None:
    (page,) = place.window.findChildren(SignInView)
    page.chosen.emit(language)
    place.window.show_page()


def of_no_language() -> AtWork:
    return AtWork(Person(name="Ola Operator", badge="OP1", role=Role.OPERATOR))


def test_the_language_that_was_touched_stays_for_who_signs_in_next_whatever_the_badge_says(place: Place) -> None:
    place.hear(AtWork(None), EMPTY)
    choose(place, "zh_CN")
    assert place.asked == [("speak", "zh_CN")]
    place.hear(Speaks("zh_CN"), signed_in("es"))
    assert place.band == texts_in("zh_CN").say("band.scan.prompt")


def test_after_a_shift_the_stations_language_is_back_and_a_badge_of_its_own_counts_again(place: Place) -> None:
    place.hear(AtWork(None), EMPTY, Speaks("vi"), signed_in("es"))
    assert place.band == texts_in("es").say("band.scan.prompt")
    place.hear(AtWork(None))
    assert place.window.texts.language == "vi"
    place.hear(of_no_language())
    assert place.band == texts_in("vi").say("band.scan.prompt")


def test_a_language_is_chosen_on_the_sign_in_page(place: Place) -> None:
    place.hear(AtWork(None))
    (page,) = place.window.findChildren(SignInView)
    page.chosen.emit("es")
    place.window.show_page()
    assert page.accessibleName() == texts_in("es").say("sign_in.title")


def test_calling_the_lead_is_the_station_s_to_record_and_a_second_touch_says_that_somebody_came(place: Place) -> None:
    place.keyboard.press(Qt.Key.Key_F9)
    assert (place.asked, place.window.notice) == ([("lead", None)], None)
    place.hear(Stored(None, Event(seq=1, run=None, at=time.time_ns() // 1000, body=LeadCalled())))
    at = place.window.notice
    assert at is not None
    assert place.band == TEXTS.fill("notice.lead_called.what", at.values)
    place.keyboard.press(Qt.Key.Key_F9)
    assert place.asked[1:] == [("came",)]
    place.hear(Stored(None, Event(seq=2, run=None, at=time.time_ns() // 1000, body=LeadCame())))
    assert place.band == "Scan the label of the next unit"


def test_a_page_that_cannot_be_made_says_so_and_the_window_goes_on(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    place.hear(EMPTY)
    nests = place.window.shown.nests
    # What no fold leaves behind: a nest without a view.
    place.window.shown.nests = {1: nests[1], 0: None}  # type: ignore[dict-item]
    assert place.band == "This screen cannot show what happens"
    assert "the page could not be made" in caplog.text
    assert [one for one in place.window.findChildren(CardView) if one.isVisible()] == []
    place.window.shown.nests = nests
    assert place.band == "Scan the label of the next unit"


def test_what_cannot_be_taken_in_is_told_and_everything_after_it_is_heard(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    # What no station says: it moved, and nobody knows where to.
    wrong = Moved(1, "nowhere", "x.", None)  # type: ignore[arg-type]
    place.hear(EMPTY, wrong, Moved(2, State.PASSED, "PASS. Put the unit in the green tray.", LABEL))
    assert place.band == "This screen cannot show what happens"
    assert place.window.shown.nests[2].state is State.PASSED
    assert "not shown: Moved" in caplog.text


def test_the_lock_key_signs_out_and_stop_all_stops_all(place: Place) -> None:
    place.keyboard.press(Qt.Key.Key_F10)
    view = place.window.findChildren(RunView)[0]
    view.pressed.emit("stop")
    assert place.asked == [("sign out",), ("stop",)]


# Sounds


def test_every_thing_that_is_heard_sounds_once(place: Place) -> None:
    place.sounds.clear()
    story: list[Heard] = [
        Moved(1, State.LABELLED, "Seat the unit.", LABEL),
        Moved(1, State.RUNNING, "Working.", LABEL),
        question(1),
        Moved(1, State.RUNNING, "Working.", LABEL),
        Moved(1, State.FAILED, "FAIL.", LABEL),
        Trouble("SCAN_NO_NEST", "Every nest is taken.", ""),
    ]
    place.hear(*story)
    place.window.tick()
    place.window.show_page()
    assert place.sounds == [Sound.ACCEPTED, Sound.TICK, Sound.QUESTION, Sound.TICK, Sound.FAIL, Sound.REFUSED]


def test_a_question_that_nobody_answers_is_sounded_again_however_much_else_is_heard(place: Place) -> None:
    place.hear(question(1))
    place.sounds.clear()
    for _ in range(int(2 * AGAIN) + 2):
        place.clock.seconds += 1.0
        place.hear(Moved(2, State.RUNNING, "Working.", LABEL))
        place.window.tick()
    assert place.sounds.count(Sound.QUESTION) == 2, "after 21 and after 42 seconds: looks are a second apart"
    place.hear(Moved(1, State.RUNNING, "Working.", LABEL))
    place.sounds.clear()
    for _ in range(60):
        place.clock.seconds += 1.0
        place.window.tick()
    assert place.sounds == []


# The end


def leaves(place: Place) -> LeaveView | None:
    place.window.show_page()
    (view,) = place.window.findChildren(LeaveView)
    return view if view.isVisible() else None


def touch_leave(place: Place, ends: bool) -> None:
    view = leaves(place)
    assert view is not None
    leave = leave_of(place.window.shown, place.window.texts, stops=False)
    (box,) = [box for known, _, box in leave_keys(leave, view.design) if known is ends]
    at = box.center() * view.zoom
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=at.toPoint())


def test_closing_the_window_is_asked_first_and_only_then_asks_the_station(place: Place) -> None:
    assert not place.window.close()
    assert place.asked == []
    touch_leave(place, ends=True)
    assert place.asked == [("close",)]
    assert place.window.isVisible()
    assert leaves(place) is None


def test_neither_a_scan_nor_a_key_nor_a_second_alt_f4_answers_whether_to_end(place: Place) -> None:
    place.window.close()
    for text in (SERIAL, "YES", "CMD-YES-X"):
        place.keyboard.scan(text)
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_Y):
        place.keyboard.press(key)
    place.window.close()
    assert ("close",) not in place.asked
    assert leaves(place) is not None
    assert [one[0] for one in place.asked] == ["scan", "scan", "scan"]


def test_who_does_not_want_to_end_touches_it_away_presses_escape_or_leaves(place: Place) -> None:
    place.window.close()
    touch_leave(place, ends=False)
    assert leaves(place) is None
    place.window.close()
    place.keyboard.press(Qt.Key.Key_Escape)
    assert leaves(place) is None
    place.window.close()
    place.clock.seconds += TYPES_FOR + 1
    place.window.tick()
    assert leaves(place) is None
    assert place.asked == []


def test_while_units_are_tested_a_line_does_not_end(place: Place) -> None:
    place.hear(Moved(1, State.RUNNING, "Working.", LABEL))
    place.window.close()
    view = leaves(place)
    assert view is not None
    leave = leave_of(place.window.shown, place.window.texts, stops=False)
    assert [ends for ends, _, _ in leave_keys(leave, view.design)] == [False]
    assert "1" in view.accessibleDescription()


def test_a_demonstration_says_whose_run_ends_with_it(place: Place) -> None:
    place.hear(Moved(1, State.RUNNING, "Working.", LABEL), question(4))
    leave = leave_of(place.window.shown, place.window.texts, stops=True)
    assert leave.end
    assert leave.prompt == place.window.texts.say("leave.runs", nests=1)


def test_nothing_typed_is_left_in_a_keypad_that_was_shut() -> None:
    typing = Typing()
    typing.pin("Ola", 0.0)
    for one in PIN:
        typing.touch(one, 0.0)
    typing.shut()
    assert typing.line("") is None

"""What must never happen in the window (ui.md's table), and what an operator does there."""

import threading
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QPushButton

from station.domain.events import Event, Prompted
from station.domain.ids import SerialNumber
from station.domain.label import Label
from station.domain.nest import State
from station.domain.people import Person, Role
from station.domain.shift_facts import SignedOut
from station.engine.bus import AtWork, Heard, Moved, PinWanted, Stored, Trouble
from station.ui.samples import mixed
from station.ui.sound import Sound
from tests.ui.window.conftest import Screened

SERIAL = "B40HAB412004F9M"
LABEL = Label(serial=SerialNumber(SERIAL))
SECRET = "ABCDEFGHIJKLMNO"
EMPTY = tuple(Moved(nest, State.EMPTY, "Scan a label.", None) for nest in (1, 2))
ASKED = Prompted(op=46, prompt=7, tell="Is the lamp green?", answers="yes_no", within=60)
ANN = Person(name="Ann Other", badge="ANN", role=Role.OPERATOR, language="es")


def scanned(screened: Screened) -> list[object]:
    return [one[1] for one in screened.desk.asked if one[0] == "scan"]


# Scans


def test_a_scan_is_handed_on_once_at_its_end(screened: Screened) -> None:
    screened.scans(SERIAL, end="")
    assert screened.desk.asked == []
    screened.key(Qt.Key.Key_Return, "\r")
    assert screened.desk.asked == [("scan", LABEL, "keyboard")]


def test_a_modal_dialog_cannot_eat_a_scan(screened: Screened) -> None:
    dialog = QDialog(screened.window)
    dialog.setModal(True)
    dialog.show()
    screened.scans(SERIAL, to=dialog.windowHandle())
    assert scanned(screened) == [LABEL]
    # Return closes a dialog, where it gets it.
    assert dialog.isVisible()
    dialog.close()


def test_a_focused_button_can_neither_eat_nor_fire_on_a_scan(screened: Screened) -> None:
    fired: list[bool] = []
    button = QPushButton("Delete everything", screened.window)
    button.clicked.connect(fired.append)
    button.show()
    button.setFocus()
    screened.scans(f"{SERIAL} {SECRET}")
    screened.settle()
    assert scanned(screened) == [LABEL]
    assert fired == []


def test_a_scan_while_the_keypad_is_open_stays_a_scan(screened: Screened) -> None:
    screened.key(Qt.Key.Key_F2)
    assert screened.window.typing.kind == "label"
    screened.scans(SERIAL)
    assert screened.desk.asked == [("scan", LABEL, "keyboard")]


def test_scans_are_handed_on_in_order_whatever_the_page_does(screened: Screened) -> None:
    labels = [f"B40HAB41200{at:04}" for at in range(20)]
    for at, one in enumerate(labels):
        screened.scans(one)
        screened.inbox.put(Moved(1, State.LABELLED if at % 2 else State.EMPTY, "x.", LABEL if at % 2 else None))
    assert [str(one) for one in scanned(screened)] == labels


# Typing


def test_a_line_that_a_person_types_opens_the_keypad_and_has_no_source(screened: Screened) -> None:
    screened.types("B4")
    assert screened.window.typing.kind is None
    screened.types(SERIAL[2:])
    assert screened.window.typing.shown() == SERIAL
    screened.key(Qt.Key.Key_Return, "\r", apart=200)
    assert screened.desk.asked == [("scan", LABEL, "")]
    assert screened.window.typing.kind is None


def test_what_stands_behind_a_serial_number_is_not_shown(screened: Screened) -> None:
    screened.types(f"{SERIAL} {SECRET}")
    assert screened.window.typing.shown() == SERIAL + "•" * (1 + len(SECRET))


def test_a_pin_is_dots_and_goes_to_the_desk_only(screened: Screened) -> None:
    screened.hear(*EMPTY, AtWork(None), PinWanted("Ann Other", 30))
    screened.types("1234")
    assert screened.window.typing.shown() == "••••"
    screened.key(Qt.Key.Key_Return, "\r", apart=200)
    assert screened.desk.asked == [("pin", "1234")]
    screened.hear(PinWanted(None))
    assert screened.window.typing.kind is None
    assert not any("1234" in line for line in screened.window.log)


def test_words_that_a_person_types_are_wishes(screened: Screened) -> None:
    for words in ("release 2", "accept", "yes 1"):
        screened.types(words, end="\r")
    assert screened.desk.asked == [("release", 2), ("accept",), ("answer", "yes", 1, None)]


def test_the_function_keys_and_nothing_else_do_something(screened: Screened) -> None:
    for key in (Qt.Key.Key_F1, Qt.Key.Key_F5, Qt.Key.Key_Delete, Qt.Key.Key_Space, Qt.Key.Key_Escape):
        screened.key(key)
    assert screened.desk.asked == []
    screened.key(Qt.Key.Key_F10)
    assert screened.desk.asked == [("sign out",)]
    screened.key(Qt.Key.Key_F8)
    screened.settle()
    assert screened.window.page is not None
    assert screened.window.page.log is not None
    screened.key(Qt.Key.Key_Escape)
    screened.settle()
    assert screened.window.page.log is None


# What is shown


def test_the_band_says_that_scans_do_not_come_here_while_another_program_is_in_front(screened: Screened) -> None:
    screened.hear(*EMPTY)
    screened.focus.changed.emit(False)
    screened.settle()
    # Nothing was ever typed by a scanner, and another scanner is there: no scan is lost.
    assert "Scan the label" in band(screened)
    screened.scans(SERIAL)
    screened.settle()
    assert "not reaching this station" in band(screened)
    screened.focus.changed.emit(True)
    screened.settle()
    assert "Scan the label" in band(screened)


def band(screened: Screened) -> str:
    assert screened.window.page is not None
    return screened.window.page.band.prompt


def test_an_answer_that_is_touched_tells_the_question_that_was_read(screened: Screened) -> None:
    screened.hear(*EMPTY, Moved(1, State.ASKING, ASKED.tell, LABEL, ASKED))
    run_view = screened.window.run_view
    run_view.answered.emit(1, 7, "yes")
    screened.hear(Moved(1, State.ASKING, "Another?", LABEL, ASKED.model_copy(update={"prompt": 8})))
    run_view.answered.emit(1, 7, "yes")
    assert screened.desk.asked == [("answer", "yes", 1, 7), ("answer", "yes", 1, 7)]


def test_stop_all_asks_nobody(screened: Screened) -> None:
    screened.window.run_view.pressed.emit("stop")
    assert screened.desk.asked == [("stop all",)]


def test_the_page_before_a_shift_is_shown_when_nobody_is_there_and_no_nest_has_anything_to_say(
    screened: Screened,
) -> None:
    screened.hear(*EMPTY)
    assert not screened.window.signs_in
    screened.hear(AtWork(None))
    assert screened.window.signs_in
    screened.hear(Moved(1, State.FAILED, "x.", LABEL))
    assert not screened.window.signs_in
    screened.hear(Moved(1, State.EMPTY, "x.", None), AtWork(ANN))
    assert not screened.window.signs_in


def test_the_language_is_that_of_whoever_signs_in(screened: Screened) -> None:
    screened.hear(*EMPTY, AtWork(ANN))
    assert screened.window.texts.language == "es"


def test_a_verdict_stands_until_the_nest_moves_on(screened: Screened) -> None:
    screened.hear(*EMPTY, Moved(1, State.FAILED, "FAIL. Put the unit in the red tray.", LABEL))
    for key in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Space):
        screened.key(key)
    screened.settle()
    assert screened.window.page is not None
    assert screened.window.page.cards[0].look == "fail"


def test_what_is_heard_is_sounded_once_and_a_question_again_until_it_is_answered(screened: Screened) -> None:
    screened.hear(*EMPTY, Moved(1, State.PASSED, "x.", LABEL))
    assert screened.sounds == [Sound.PASS]
    screened.hear(Moved(2, State.ASKING, ASKED.tell, LABEL, ASKED))
    screened.window.tick(later=21)
    screened.window.tick(later=22)
    assert screened.sounds == [Sound.PASS, Sound.QUESTION, Sound.QUESTION]


def test_a_page_that_cannot_be_made_says_so_and_the_window_goes_on(
    screened: Screened, caplog: pytest.LogCaptureFixture
) -> None:
    screened.hear(*EMPTY)
    nests, screened.window.shown.nests = screened.window.shown.nests, {1: mixed().screen.nests[1], 0: None}  # type: ignore[dict-item]
    screened.hear(Trouble("S101", "", ""))
    assert band(screened) == "This screen cannot show what happens"
    assert screened.window.page is not None
    assert screened.window.page.cards == ()
    screened.window.shown.nests = nests
    screened.hear(Moved(1, State.EMPTY, "Scan a label.", None))
    assert len(screened.window.page.cards) == 2
    assert "the page could not be made" in caplog.text


def test_closing_the_window_asks_the_station(screened: Screened) -> None:
    screened.window.close()
    assert screened.window.isVisible()
    assert screened.desk.asked == [("close",)]


# The inbox


def test_nothing_that_other_threads_say_is_lost_and_each_ones_order_is_kept(screened: Screened) -> None:
    heard: list[Heard] = []
    batches: list[int] = []
    screened.inbox.arrived.connect(lambda batch: batches.append(len(batch)))
    screened.inbox.arrived.connect(lambda batch: heard.extend(one for one, _ in batch))

    def say(nest: int) -> None:
        for at in range(500):
            screened.inbox.put(Trouble(str(at), "", "", nest))

    threads = [threading.Thread(target=say, args=(nest,)) for nest in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    screened.settle()
    screened.settle()
    said = [one for one in heard if isinstance(one, Trouble)]
    for nest in range(4):
        assert [one.code for one in said if one.nest == nest] == [str(at) for at in range(500)]
    # Keys and paint have their turn in between.
    assert max(batches) <= 200


def test_the_log_has_what_happened_with_its_time(screened: Screened) -> None:
    body = SignedOut(name="Ann Other", reason="person")
    at = int(datetime(2026, 11, 24, 9, 41, 5, tzinfo=UTC).timestamp() * 1e6)
    screened.window.hear([(Stored(None, Event(seq=1, run=None, at=at, body=body)), at)])
    assert list(screened.window.log)[-1] == "09:41:05  signed out  Ann Other, person"
